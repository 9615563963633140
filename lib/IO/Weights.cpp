#include "cortex/IO/Weights.h"

#include "Support.h"

#include <cstring>
#include <unordered_map>

namespace cortex::io {

static std::string describe(TensorType type, std::span<const uint64_t> shape) {
  return std::string(nameOf(type)) + " " + describeShape(shape);
}

/// Whether every value of `from` has the same value in `to`.
static bool widens(TensorType from, TensorType to) {
  if (from == to)
    return true;
  if (to != TensorType::F32 && to != TensorType::F64)
    return false;
  return from == TensorType::F16 || from == TensorType::BF16 || (from == TensorType::F32 && to == TensorType::F64);
}

template <typename From, typename To, typename Widen> static void widenWith(Tensor &tensor, Widen widen) {
  const size_t count = tensor.bytes.size() / sizeof(From);
  std::vector<uint8_t> wide(count * sizeof(To));
  for (size_t i = 0; i < count; ++i) {
    From from;
    std::memcpy(&from, tensor.bytes.data() + i * sizeof(From), sizeof(From));
    const To to = widen(from);
    std::memcpy(wide.data() + i * sizeof(To), &to, sizeof(To));
  }
  tensor.bytes = std::move(wide);
}

/// Converts in place; widens(tensor.type, to) holds.
static void widen(Tensor &tensor, TensorType to) {
  if (tensor.type == TensorType::F16) {
    widenWith<uint16_t, float>(tensor, widenF16);
    tensor.type = TensorType::F32;
  } else if (tensor.type == TensorType::BF16) {
    widenWith<uint16_t, float>(tensor, widenBF16);
    tensor.type = TensorType::F32;
  }
  if (tensor.type == TensorType::F32 && to == TensorType::F64)
    widenWith<float, double>(tensor, [](float value) { return double{value}; });
  tensor.type = to;
}

bool matchWeights(std::span<const ParamInfo> params, std::vector<Tensor> &&tensors, const std::string &file,
                  std::vector<Tensor> &out, std::string &error) {
  std::unordered_map<std::string_view, Tensor *> by_name;
  std::string mismatches;
  for (Tensor &tensor : tensors)
    if (!by_name.emplace(tensor.name, &tensor).second)
      mismatches += "\n  twice: " + tensor.name;

  std::vector<Tensor *> found;
  for (const ParamInfo &param : params) {
    const TensorType wanted = tensorTypeOf(param.dtype);
    const auto it = by_name.find(param.name);
    if (it == by_name.end()) {
      mismatches += "\n  missing: " + param.name + " (expected " + describe(wanted, param.shape) + ")";
      continue;
    }
    Tensor &tensor = *it->second;
    by_name.erase(it);
    if (tensor.shape != param.shape)
      mismatches += "\n  wrong shape: " + param.name + " (expected " + describe(wanted, param.shape) + ", found " +
                    describe(tensor.type, tensor.shape) + ")";
    else if (!widens(tensor.type, wanted))
      mismatches += "\n  wrong dtype: " + param.name + " (expected " + describe(wanted, param.shape) + ", found " +
                    describe(tensor.type, tensor.shape) + ")";
    found.push_back(&tensor);
  }
  for (const Tensor &tensor : tensors) // in the file's order
    if (const auto it = by_name.find(tensor.name); it != by_name.end() && it->second == &tensor)
      mismatches += "\n  not a parameter: " + tensor.name + " (found " + describe(tensor.type, tensor.shape) + ")";
  if (!mismatches.empty())
    return fail(error, file + ": the tensors do not match the model's parameters:" + mismatches);

  std::vector<Tensor> result;
  for (size_t i = 0; i < params.size(); ++i) {
    widen(*found[i], tensorTypeOf(params[i].dtype));
    result.push_back(std::move(*found[i]));
  }
  out = std::move(result);
  return true;
}

} // namespace cortex::io
