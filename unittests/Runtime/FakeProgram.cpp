//===- FakeProgram.cpp - A program as the compiler would make it, by hand -===//
#include "FakeProgram.h"

#include "TestBatch.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

using namespace cortex;
using namespace cortex::test;

namespace {

enum Buffers { kE, kTable, kHBuffer, kDBuffer, kSBuffer, kYBuffer, kMessages, kStage, kPrepared, kSymbolStage };
enum Orders { kUp, kDown, kStructures, kRoots, kSymbols };

/// Reads a frame.
struct View {
  const uint64_t *frame;
  abi::FrameLayout layout{10, 5, 5};
  uint32_t worker, workers;

  uint32_t begin() const { return kUnits * worker / workers; }
  uint32_t end() const { return kUnits * (worker + 1) / workers; }
  void barrier() const {
    reinterpret_cast<cortex_barrier>(frame[abi::kBarrier])(reinterpret_cast<void *>(frame[abi::kBarrierContext]),
                                                           worker);
  }
  template <class T> T *item(uint32_t buffer, int64_t i) const {
    return reinterpret_cast<T *>(frame[layout.buffer(buffer, abi::kBase)] +
                                 worker * frame[layout.buffer(buffer, abi::kWorkerStride)] + 64 * i);
  }
  template <class T> const T *input(uint32_t i) const { return reinterpret_cast<const T *>(frame[layout.input(i)]); }
  const int32_t *array(uint32_t slot) const { return reinterpret_cast<const int32_t *>(frame[slot]); }
  int64_t levels(uint32_t o) const { return static_cast<int64_t>(frame[layout.order(o, abi::kNumLevels)]); }
  const int32_t *levelStrips(uint32_t o) const { return array(layout.order(o, abi::kLevelStrips)); }
  const cortex_strip *strips(uint32_t o) const {
    return reinterpret_cast<const cortex_strip *>(frame[layout.order(o, abi::kStrips)]);
  }
  const int32_t *rows(uint32_t o) const { return array(layout.order(o, abi::kRows)); }
  const int32_t *adjacency(uint32_t o, abi::Adjacency a, abi::AdjacencySlot s) const {
    return array(layout.adjacency(o, a, s));
  }
};

template <class T> void prepare(const uint64_t *frame, uint32_t worker, uint32_t workers) {
  const View v{.frame = frame, .worker = worker, .workers = workers};
  const T *e = v.item<T>(kE, 0);
  const int32_t *symbol = v.rows(kSymbols);
  for (int32_t s = 0; s < v.levelStrips(kSymbols)[v.levels(kSymbols)]; ++s) {
    const cortex_strip strip = v.strips(kSymbols)[s];
    for (int32_t p = strip.begin; p < strip.end; ++p)
      for (uint32_t i = v.begin(); i < v.end(); ++i)
        v.item<T>(kSymbolStage, p - strip.begin)[i] = 2 * e[symbol[p] * kUnits + i];
    for (int32_t p = strip.begin; p < strip.end; ++p)
      for (uint32_t i = v.begin(); i < v.end(); ++i)
        v.item<T>(kPrepared, p)[i] = v.item<T>(kSymbolStage, p - strip.begin)[i];
  }
  v.barrier();
  // Rotated twice through another worker's units, so that the barrier matters.
  for (uint32_t p = 0; p < kWordDomain; ++p)
    for (uint32_t i = v.begin(); i < v.end(); ++i)
      v.item<T>(kTable, p)[(i + 1) % kUnits] = v.item<T>(kPrepared, p)[(i + 1) % kUnits];
}

template <class T> void up(const View &v) {
  const int32_t *offsets = v.adjacency(kUp, abi::kChildren, abi::kOffsets),
                *kid = v.adjacency(kUp, abi::kChildren, abi::kNeighbour),
                *edge = v.adjacency(kUp, abi::kChildren, abi::kEdgeId),
                *owner = v.adjacency(kUp, abi::kChildren, abi::kOwner);
  const int32_t *node = v.array(abi::kNodeOfRow), *place = v.array(abi::kEdgePosition), *rows = v.rows(kUp);
  for (int64_t l = 0; l < v.levels(kUp); ++l) {
    const int32_t first = v.levelStrips(kUp)[l], last = v.levelStrips(kUp)[l + 1];
    const int32_t begin = v.strips(kUp)[first].begin, end = v.strips(kUp)[last - 1].end;
    for (int32_t e = offsets[begin]; e < offsets[end]; ++e)
      for (uint32_t i = v.begin(); i < v.end(); ++i) {
        const bool owned = owner[e] >= begin && owner[e] < end;
        v.item<T>(kMessages, e - offsets[begin])[i] =
            owned ? v.item<T>(kHBuffer, kid[e])[(i + 1) % kUnits] * static_cast<T>(1 + place[edge[e]]) +
                        v.input<T>(kWeight)[edge[e]] * static_cast<T>(v.input<int32_t>(kLabel)[edge[e]])
                  : T(1e30);
      }
    v.barrier();
    for (int32_t s = first; s < last; ++s) {
      const cortex_strip strip = v.strips(kUp)[s];
      for (int32_t p = strip.begin; p < strip.end; ++p)
        for (uint32_t i = v.begin(); i < v.end(); ++i) {
          T sum = v.input<T>(kX)[node[rows[p]] * kUnits + i];
          if (strip.type == 0)
            sum += v.item<T>(kTable, v.input<int32_t>(kWord)[rows[p]])[i];
          v.item<T>(kStage, p - strip.begin)[i] = sum;
        }
      for (int32_t p = strip.begin; p < strip.end; ++p)
        for (uint32_t i = v.begin(); i < v.end(); ++i) {
          T sum = v.item<T>(kStage, p - strip.begin)[i];
          for (int32_t e = offsets[p]; e < offsets[p + 1]; ++e)
            sum += v.item<T>(kMessages, e - offsets[begin])[(i + 2) % kUnits];
          v.item<T>(kHBuffer, rows[p])[i] = sum;
        }
    }
    v.barrier();
  }
}

template <class T> void down(const View &v) {
  const int32_t *offsets = v.adjacency(kDown, abi::kParents, abi::kOffsets),
                *parent = v.adjacency(kDown, abi::kParents, abi::kNeighbour), *rows = v.rows(kDown);
  for (int64_t l = 0; l < v.levels(kDown); ++l) {
    for (int32_t s = v.levelStrips(kDown)[l]; s < v.levelStrips(kDown)[l + 1]; ++s)
      for (int32_t p = v.strips(kDown)[s].begin; p < v.strips(kDown)[s].end; ++p)
        for (uint32_t i = v.begin(); i < v.end(); ++i) {
          T sum = v.item<T>(kHBuffer, rows[p])[i] / 2;
          for (int32_t e = offsets ? offsets[p] : 0; e < (offsets ? offsets[p + 1] : 0); ++e)
            sum += v.item<T>(kDBuffer, parent[e])[(i + 1) % kUnits];
          v.item<T>(kDBuffer, rows[p])[i] = sum;
        }
    v.barrier();
  }
}

template <class T> void readOut(const View &v) {
  const int32_t *offsets = v.adjacency(kStructures, abi::kNodes, abi::kOffsets),
                *row = v.adjacency(kStructures, abi::kNodes, abi::kNeighbour),
                *owner = v.adjacency(kStructures, abi::kNodes, abi::kOwner),
                *structureOf = v.array(abi::kStructureOfRow);
  for (int64_t l = 0; l < v.levels(kStructures); ++l)
    for (int32_t t = v.levelStrips(kStructures)[l]; t < v.levelStrips(kStructures)[l + 1]; ++t)
      for (int32_t p = v.strips(kStructures)[t].begin; p < v.strips(kStructures)[t].end; ++p)
        for (uint32_t i = v.begin(); i < v.end(); ++i) {
          const int32_t s = v.rows(kStructures)[p];
          T sum = v.input<T>(kTopic)[s * kUnits + i];
          for (int32_t e = offsets[p]; e < offsets[p + 1]; ++e)
            sum += owner[e] == p && structureOf[row[e]] == s ? v.item<T>(kHBuffer, row[e])[i] : T(1e30);
          v.item<T>(kSBuffer, s)[i] = sum;
        }
  for (int64_t l = 0; l < v.levels(kRoots); ++l)
    for (int32_t t = v.levelStrips(kRoots)[l]; t < v.levelStrips(kRoots)[l + 1]; ++t)
      for (int32_t p = v.strips(kRoots)[t].begin; p < v.strips(kRoots)[t].end; ++p)
        for (uint32_t i = v.begin(); i < v.end(); ++i)
          v.item<T>(kYBuffer, p)[i] = v.item<T>(kDBuffer, v.rows(kRoots)[p])[(i + 3) % kUnits];
}

template <class T> void run(const uint64_t *frame, uint32_t worker, uint32_t workers) {
  FakeWitness &witness = fakeWitness();
  witness.runs.fetch_add(1);
#if defined(__x86_64__)
  if (_mm_getcsr() & 0x8040)
    witness.flushedDenormals = true;
#endif
  const View v{.frame = frame, .worker = worker, .workers = workers};
  up<T>(v);
  down<T>(v);
  readOut<T>(v);
}

BufferInfo buffer(const char *name, Space space, DType type, uint64_t count = 0) {
  BufferInfo b;
  b.name = name;
  b.space = space;
  b.item_bytes = 64;
  b.value_bytes = uint64_t(kUnits) * bytesOf(type);
  b.count = count;
  return b;
}

} // namespace

Manifest cortex::test::fakeManifest(DType type, StructureKind structure) {
  Manifest m;
  m.model = "fake";
  m.target = "host";
  m.float_type = type;
  m.structure = structure;
  m.types = {{"leaf", 0, 0}, {"inner", 1, TypeInfo::kAnyArity}};
  m.inputs = {symbolInput("word", Place::Nodes, kWordDomain, {0}), featureInput("x", Place::Nodes, {kUnits}),
              symbolInput("label", Place::Edges, kLabelDomain), featureInput("weight", Place::Edges, {}),
              featureInput("topic", Place::Structures, {kUnits})};
  for (InputInfo &i : m.inputs)
    i.dtype = type;
  m.params = {{"E", type, {kWordDomain, kUnits}, kE}};
  m.buffers = {buffer("E", Space::Param, type),
               buffer("table", Space::Const, type, kWordDomain),
               buffer("h", Space::Rows, type),
               buffer("d", Space::Rows, type),
               buffer("s", Space::Structures, type),
               buffer("y", Space::Roots, type),
               buffer("messages", Space::LevelEdges, type),
               buffer("stage", Space::StripRows, type),
               buffer("prepared", Space::Fixed, type, kWordDomain),
               buffer("symbols", Space::StripRows, type)};
  m.buffers[kMessages].order = kUp;
  m.buffers[kStage].per_worker = true;
  m.buffers[kStage].order = kUp;
  m.buffers[kPrepared].prepare_only = true;
  m.buffers[kSymbolStage].order = kSymbols;
  m.orders = {orderOf(OrderKind::Up, true, false, 3, 5), orderOf(OrderKind::Down, false, true, 4),
              orderOf(OrderKind::Structures, true, false, 2), orderOf(OrderKind::Roots),
              orderOf(OrderKind::Symbols, false, false, 4)};
  m.orders[kSymbols].domain = kWordDomain;
  const std::vector<uint32_t> shape = {kUnits};
  m.outputs = {{"h", kHBuffer, Place::Nodes, type, shape},
               {"d", kDBuffer, Place::Roots, type, shape},
               {"s", kSBuffer, Place::Structures, type, shape},
               {"y", kYBuffer, Place::Roots, type, shape}};
  m.work = {
      {0, WorkInfo::kEveryType, WorkInfo::kEveryKind, 10000000, {}}}; // so that few rows are work for several workers
  m.exchanges_per_level = 3;
  return m;
}

Manifest cortex::test::fakeUpManifest(DType type, Partition partition) {
  Manifest m = fakeManifest(type, StructureKind::Tree);
  m.orders[kDown] = orderOf(OrderKind::Map, false, false, 4);
  m.partition = partition;
  m.subtrees_alone = true;
  return m;
}

FakeEntry::FakeEntry(const Manifest &manifest) : bytes(serializeManifest(manifest)) {
  const bool f64 = manifest.float_type == DType::F64;
  entry = {CORTEX_ABI_MAGIC,
           CORTEX_ABI_VERSION,
           sizeof(cortex_program_entry),
           bytes.size(),
           bytes.data(),
           f64 ? prepare<double> : prepare<float>,
           f64 ? run<double> : run<float>};
}

FakeWitness &cortex::test::fakeWitness() {
  static FakeWitness witness;
  return witness;
}
