//===- Model.cpp - Matching weights, running `prepare` --------------------===//
#include "Model.h"

#include "Error.h"
#include "Poison.h"
#include "Scratch.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <memory>
#include <string>

using namespace cortex;
using namespace cortex::rt;

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

namespace {

/// The caller's or the artifact's tensors in one form.
struct Weight {
  std::string name;
  uint32_t dtype = 0; ///< as given: may be no DType at all
  std::vector<uint64_t> shape;
  const void *data = nullptr;
};

/// Parameter i's values, at an address that is aligned to its elements.
struct ParamData {
  const void *data = nullptr;
  std::unique_ptr<uint8_t[]> copy;
};

} // namespace

/// The bytes of a parameter's values.
static uint64_t bytesOfParam(const ParamInfo &param) {
  uint64_t bytes = bytesOf(param.dtype);
  for (uint64_t d : param.shape)
    bytes *= d;
  return bytes;
}

static std::string describe(uint32_t dtype, const std::vector<uint64_t> &shape) {
  static const char *const kNames[] = {"f32", "f64", "i32"};
  std::string s = dtype < 3 ? kNames[dtype] : "dtype " + std::to_string(dtype);
  s += "[";
  for (size_t i = 0; i < shape.size(); ++i)
    s.append(i ? "," : "").append(std::to_string(shape[i]));
  return s + "]";
}

static std::vector<Weight> collect(const cortex_program &program, const cortex_tensor *weights, size_t count) {
  std::vector<Weight> list;
  if (!weights) {
    for (const Artifact::Weight &w : program.weights())
      list.push_back({w.name, static_cast<uint32_t>(w.dtype), w.shape, w.data});
    return list;
  }
  for (size_t i = 0; i < count; ++i) {
    const cortex_tensor &t = weights[i];
    if (!t.name)
      invalidArgument("weights[" + std::to_string(i) + "].name is null");
    if (t.rank > 0 && !t.shape)
      invalidArgument("the shape of weight " + quoted(t.name) + " is null");
    // A caller in C may give any number, which must not be read as the enumeration.
    list.push_back({t.name, std::bit_cast<uint32_t>(t.dtype), {t.shape, t.shape + t.rank}, t.data});
  }
  return list;
}

/// The weights in the order of the parameters; one error for all that does not
/// match.
static std::vector<ParamData> match(const Manifest &m, const std::vector<Weight> &weights, bool embedded) {
  std::vector<ParamData> data(m.params.size());
  std::string faults;
  auto fault = [&](const std::string &f) { faults.append(faults.empty() ? "" : "; ").append(f); };
  std::vector<bool> used(weights.size(), false);
  for (size_t p = 0; p < m.params.size(); ++p) {
    const ParamInfo &param = m.params[p];
    const std::string expected = describe(static_cast<uint32_t>(param.dtype), param.shape);
    auto w = std::find_if(weights.begin(), weights.end(), [&](const Weight &x) { return x.name == param.name; });
    if (w == weights.end()) {
      fault("missing " + quoted(param.name) + " " + expected);
      continue;
    }
    used[w - weights.begin()] = true;
    const std::string given = describe(w->dtype, w->shape);
    const bool empty = std::find(w->shape.begin(), w->shape.end(), 0u) != w->shape.end();
    if (given != expected) {
      fault(quoted(param.name).append(" is ").append(given).append(", expected ").append(expected));
    } else if (!w->data && !empty) {
      fault(quoted(param.name) + " has no data");
    } else {
      data[p].data = w->data;
      const uint64_t element = bytesOf(param.dtype);
      if (reinterpret_cast<uintptr_t>(w->data) % element != 0) {
        const uint64_t bytes = bytesOfParam(param);
        data[p].copy = std::make_unique<uint8_t[]>(bytes);
        std::memcpy(data[p].copy.get(), w->data, bytes);
        data[p].data = data[p].copy.get();
      }
    }
  }
  for (size_t i = 0; i < weights.size(); ++i)
    if (!used[i]) {
      auto twin = std::find_if(weights.begin(), weights.begin() + i,
                               [&](const Weight &x) { return x.name == weights[i].name; });
      fault((twin == weights.begin() + i ? "superfluous " : "a second ") + quoted(weights[i].name));
    }
  if (!faults.empty())
    throw Error(CORTEX_INVALID_WEIGHTS, std::string("the ") + (embedded ? "artifact's " : "") +
                                            "weights do not match model " + quoted(m.model) + ": " + faults);
  return data;
}

//===----------------------------------------------------------------------===//
// Prepare
//===----------------------------------------------------------------------===//

namespace {
/// The values of a symbol as an order of one level.
struct SymbolsOrder {
  explicit SymbolsOrder(const OrderInfo &o) {
    const auto domain = static_cast<int32_t>(o.domain);
    const auto most = static_cast<int32_t>(std::min<uint32_t>(o.strip_rows, std::numeric_limits<int32_t>::max()));
    for (int32_t v = 0; v < domain; ++v)
      rows.push_back(v);
    for (int32_t begin = 0; begin < domain;) {
      const int32_t end = domain - begin > most ? begin + most : domain;
      strips.push_back({0, begin, end, 0});
      begin = end;
    }
    levelStrips = {0, static_cast<int32_t>(strips.size())};
    widest = std::min(domain, most);
  }
  std::vector<int32_t> rows, levelStrips;
  std::vector<cortex_strip> strips;
  int32_t widest;
};
} // namespace

static uint64_t address(const void *p) {
  return reinterpret_cast<uintptr_t>(p);
}

/// How many items each scratch buffer has while `prepare` runs.
static std::vector<uint64_t> prepareCounts(const Manifest &m) {
  std::vector<uint64_t> counts(m.buffers.size(), 0);
  for (size_t i = 0; i < counts.size(); ++i) {
    const BufferInfo &b = m.buffers[i];
    if (b.space == Space::Fixed) {
      counts[i] = b.count;
    } else if (isOrdered(b.space) && !isByEdge(b.space)) {
      const OrderInfo &o = m.orders[b.order];
      if (o.kind == OrderKind::Symbols)
        counts[i] = b.space == Space::StripRows ? std::min(o.domain, o.strip_rows) : o.domain;
    }
  }
  return counts;
}

void cortex_model::allocateConstants(bool guarded) {
  const Manifest &m = program().manifest;
  places.assign(m.buffers.size(), 0);
  for (const BufferInfo &b : m.buffers)
    if (b.space == Space::Const)
      constantBytes += b.count * b.item_bytes;
  if (!guarded)
    blocks.emplace_back(constantBytes);
  const uint8_t *at = guarded ? nullptr : blocks.front().data();
  for (size_t i = 0; i < places.size(); ++i) {
    const BufferInfo &b = m.buffers[i];
    if (b.space != Space::Const)
      continue;
    if (guarded)
      at = blocks.emplace_back(Block::guarded(b.count * b.item_bytes)).data();
    places[i] = address(at);
    poisonPadding(at, b.count, b.value_bytes, b.item_bytes);
    at += b.count * b.item_bytes;
  }
}

cortex_model::cortex_model(cortex_program &program, const cortex_tensor *weights, size_t numWeights,
                           const cortex_model_options &options)
    : program_(Ref<cortex_program>::share(&program)) {
  const Manifest &m = program.manifest;
  const bool guarded = (options.flags & CORTEX_MODEL_GUARD_PAGES) != 0;
  cortex_team &team = options.team ? *options.team : cortex_team::processWide();
  const std::vector<ParamData> params = match(m, collect(program, weights, numWeights), !weights);

  allocateConstants(guarded);

  const abi::FrameLayout layout = m.layout();
  std::vector<uint64_t> frame(layout.size(), 0);
  cortex_team::Call call(team);
  frame[abi::kMagic] = CORTEX_ABI_MAGIC;
  frame[abi::kBarrier] = reinterpret_cast<uintptr_t>(&Barrier::wait);
  frame[abi::kBarrierContext] = address(&call.barrier);
  Scratch scratch(m, team.size(), guarded);
  const std::vector<uint64_t> counts = prepareCounts(m);
  const Block memory(guarded ? 0 : scratch.bytes(counts));
  scratch.place(counts, memory.data(), frame.data());
  placeConstants(frame.data());
  GuardedCopies copies;
  auto show = [&](const void *array, size_t bytes) { return guarded ? copies.add(array, bytes) : address(array); };
  for (size_t p = 0; p < params.size(); ++p)
    frame[layout.buffer(m.params[p].buffer, abi::kBase)] = show(params[p].data, bytesOfParam(m.params[p]));

  std::vector<std::unique_ptr<SymbolsOrder>> orders;
  for (uint32_t i = 0; i < m.orders.size(); ++i)
    if (m.orders[i].kind == OrderKind::Symbols) {
      const SymbolsOrder &o = *orders.emplace_back(std::make_unique<SymbolsOrder>(m.orders[i]));
      frame[layout.order(i, abi::kNumLevels)] = 1;
      frame[layout.order(i, abi::kLevelStrips)] = show(o.levelStrips.data(), o.levelStrips.size() * sizeof(int32_t));
      frame[layout.order(i, abi::kStrips)] = show(o.strips.data(), o.strips.size() * sizeof(cortex_strip));
      frame[layout.order(i, abi::kRows)] = show(o.rows.data(), o.rows.size() * sizeof(int32_t));
    }
  team.run(program.prepare, frame.data(), team.atOnce(), cortex_team::Mode::Patient, call);
}

void cortex_model::placeConstants(uint64_t *frame) const {
  const Manifest &m = program().manifest;
  const abi::FrameLayout layout = m.layout();
  for (uint32_t i = 0; i < m.buffers.size(); ++i)
    if (m.buffers[i].space == Space::Const)
      frame[layout.buffer(i, abi::kBase)] = places[i];
}
