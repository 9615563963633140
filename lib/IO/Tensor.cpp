#include "cortex/IO/Tensor.h"

#include <bit>
#include <cstring>

namespace cortex::io {

namespace {
struct TypeRecord {
  TensorType type;
  std::string_view name;
  uint32_t bytes;
};
} // namespace

/// In the order of the enumeration.
static constexpr TypeRecord kTypes[] = {
    {TensorType::BOOL, "BOOL", 1},       {TensorType::U8, "U8", 1},           {TensorType::I8, "I8", 1},
    {TensorType::F8_E5M2, "F8_E5M2", 1}, {TensorType::F8_E4M3, "F8_E4M3", 1}, {TensorType::I16, "I16", 2},
    {TensorType::U16, "U16", 2},         {TensorType::F16, "F16", 2},         {TensorType::BF16, "BF16", 2},
    {TensorType::I32, "I32", 4},         {TensorType::U32, "U32", 4},         {TensorType::F32, "F32", 4},
    {TensorType::I64, "I64", 8},         {TensorType::U64, "U64", 8},         {TensorType::F64, "F64", 8},
};

std::string_view nameOf(TensorType type) {
  return kTypes[static_cast<size_t>(type)].name;
}
uint32_t bytesOf(TensorType type) {
  return kTypes[static_cast<size_t>(type)].bytes;
}

std::optional<TensorType> tensorTypeOf(std::string_view name) {
  for (const TypeRecord &record : kTypes)
    if (record.name == name)
      return record.type;
  return std::nullopt;
}

TensorType tensorTypeOf(DType type) {
  return type == DType::F64 ? TensorType::F64 : type == DType::I32 ? TensorType::I32 : TensorType::F32;
}

uint64_t Tensor::elements() const {
  uint64_t count = 1;
  for (const uint64_t extent : shape)
    count *= extent;
  return count;
}

template <typename T>
static Tensor make(std::string name, TensorType type, std::vector<uint64_t> shape, std::span<const T> values) {
  Tensor tensor{std::move(name), type, std::move(shape), std::vector<uint8_t>(values.size_bytes())};
  if (!values.empty())
    std::memcpy(tensor.bytes.data(), values.data(), values.size_bytes());
  return tensor;
}

Tensor makeTensor(std::string name, std::vector<uint64_t> shape, std::span<const float> values) {
  return make(std::move(name), TensorType::F32, std::move(shape), values);
}
Tensor makeTensor(std::string name, std::vector<uint64_t> shape, std::span<const double> values) {
  return make(std::move(name), TensorType::F64, std::move(shape), values);
}
Tensor makeTensor(std::string name, std::vector<uint64_t> shape, std::span<const int32_t> values) {
  return make(std::move(name), TensorType::I32, std::move(shape), values);
}

template <typename T> static std::span<const T> view(const Tensor &tensor, TensorType type) {
  if (tensor.type != type)
    return {};
  // A vector's storage is aligned for every fundamental type.
  return {reinterpret_cast<const T *>(tensor.bytes.data()), tensor.bytes.size() / sizeof(T)};
}

template <> std::span<const float> valuesOf<float>(const Tensor &tensor) {
  return view<float>(tensor, TensorType::F32);
}
template <> std::span<const double> valuesOf<double>(const Tensor &tensor) {
  return view<double>(tensor, TensorType::F64);
}
template <> std::span<const int32_t> valuesOf<int32_t>(const Tensor &tensor) {
  return view<int32_t>(tensor, TensorType::I32);
}

std::string describeShape(std::span<const uint64_t> shape) {
  std::string text;
  for (const uint64_t extent : shape)
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text.empty() ? "scalar" : text;
}

std::optional<uint64_t> byteSize(std::span<const uint64_t> shape, TensorType type) {
  uint64_t size = bytesOf(type);
  for (const uint64_t extent : shape)
    if (__builtin_mul_overflow(size, extent, &size))
      return std::nullopt;
  return size;
}

float widenBF16(uint16_t bits) {
  return std::bit_cast<float>(uint32_t{bits} << 16);
}

float widenF16(uint16_t bits) {
  const uint32_t sign = uint32_t{bits & 0x8000u} << 16, exponent = (bits >> 10) & 0x1F, fraction = bits & 0x3FF;
  if (exponent == 0) { // zero or subnormal: fraction * 2^-24, exact in f32
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return std::bit_cast<float>(std::bit_cast<uint32_t>(magnitude) | sign);
  }
  const uint32_t wide = exponent == 0x1F ? 0xFF : exponent + (127 - 15);
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

} // namespace cortex::io
