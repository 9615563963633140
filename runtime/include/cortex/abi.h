//===- abi.h - The contract between a compiled program and its runtime ---===//
//
// A compiled program is two functions, `prepare` and `run`, with one signature:
//
//     void f(const uint64_t *frame, uint32_t worker, uint32_t workers)
//
// Every worker of the team calls the function at once (SPMD). The *frame* is a
// flat table of 64-bit slots; everything the program may touch is reached
// through it. Which slot means what follows from the program's manifest
// (manifest.h) by the functions in namespace cortex::abi below. The compiler
// and the runtime both include this header: it is the only declaration.
//
// Words (docs/Architecture.md): a *row* is a node's place in the execution
// order of the batch (children before parents). An *order* is a sequence of
// *positions* that a sweep visits, cut into *levels*, each level cut into
// *strips* of one type (and one group key).
//===----------------------------------------------------------------------===//
#ifndef CORTEX_ABI_H
#define CORTEX_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// First word of a program, of an artifact's footer and of a frame: "CORTEX1\0".
#define CORTEX_ABI_MAGIC UINT64_C(0x0031584554524F43)
/// Changes whenever anything in this header or in the manifest changes.
#define CORTEX_ABI_VERSION 6u

/// `prepare` or `run`; called by all workers of a team at once.
typedef void (*cortex_entry)(const uint64_t *frame, uint32_t worker, uint32_t workers);

/// Blocks until all workers of this run have arrived. `context` and the
/// function pointer come from the frame.
typedef void (*cortex_barrier)(void *context, uint32_t worker);

/// What a compiled program exports (symbol `cortex_program`, or
/// `cortex_program_<prefix>` with --emit=obj).
typedef struct cortex_program_entry {
  uint64_t magic;          ///< CORTEX_ABI_MAGIC
  uint32_t abi_version;    ///< CORTEX_ABI_VERSION
  uint32_t struct_size;    ///< sizeof(cortex_program_entry)
  uint64_t manifest_size;  ///< bytes
  const uint8_t *manifest; ///< serialized cortex::Manifest
  cortex_entry prepare;
  cortex_entry run;
} cortex_program_entry;

/// What a strip's `type` counts kinds by (TypeInfo::kinds in manifest.h).
#define CORTEX_KIND 0x10000

/// Positions [begin, end) of one level: rows of one type, kind and group key.
typedef struct cortex_strip {
  int32_t type;  ///< index into the manifest's types (0 at structures) + kind * CORTEX_KIND
  int32_t begin; ///< first position
  int32_t end;   ///< one past the last position; end > begin
  int32_t key;   ///< value of the type's group key symbol, 0 without one
} cortex_strip;

/// One record of the trace buffer (frame slot trace; null by default).
typedef struct cortex_trace_event {
  uint64_t begin_ns, end_ns; ///< steady clock
  uint32_t worker;
  uint32_t order; ///< index into the manifest's orders
  uint32_t level;
  uint32_t phase;
} cortex_trace_event;

#ifdef __cplusplus
} // extern "C"

static_assert(sizeof(cortex_strip) == 16, "read by generated code");
static_assert(sizeof(cortex_program_entry) == 48, "read by the loader before it is trusted");

namespace cortex::abi {

/// Slots at the head of every frame.
enum HeaderSlot : uint32_t {
  kMagic = 0,          ///< CORTEX_ABI_MAGIC
  kBarrier = 1,        ///< cortex_barrier
  kBarrierContext = 2, ///< its first argument
  kTrace = 3,          ///< reserved for the trace buffer; 0 = off
  kNodeOfRow = 4,      ///< const int32_t*: the caller's node id of each row
  kStructureOfRow = 5, ///< const int32_t*: the structure of each row
  kEdgePosition = 6,   ///< const int32_t*: by edge id, the child's place in its parent's list
  kHeaderSlots = 8
};

/// Per buffer: where item 0 lies, and how far apart the workers' copies are.
enum BufferSlot : uint32_t { kBase = 0, kWorkerStride = 1, kBufferSlots = 2 };

/// Per order.
enum OrderSlot : uint32_t {
  kNumLevels = 0,   ///< int64
  kLevelStrips = 1, ///< const int32_t*: [levels + 1] offsets into strips
  kStrips = 2,      ///< const cortex_strip*
  kRows = 3,        ///< const int32_t*: position -> row; the identity is written out too
  kAdjacency = 4,   ///< kAdjacencies x AdjacencySlot, in the order of Adjacency
  kOrderSlots = 20
};

/// Per adjacency, all indexed by position (CSR). Edges of one position are in
/// stored order; edges of consecutive positions are consecutive.
enum AdjacencySlot : uint32_t {
  kOffsets = 0,   ///< const int32_t*: [positions + 1]
  kNeighbour = 1, ///< const int32_t*: the neighbour's row, by edge
  kEdgeId = 2,    ///< const int32_t*: the caller's edge id (index into the children array), by edge
  kOwner = 3,     ///< const int32_t*: the position that the edge belongs to, by edge
  kAdjacencySlots = 4
};
/// The children of symbol types (TypeInfo::symbol) and the others are also listed apart.
enum Adjacency : uint32_t { kChildren = 0, kNodes = 0, kParents = 1, kInner = 2, kSymbols = 3, kAdjacencies = 4 };

/// Frame layout: header, buffers, inputs (one slot each: a pointer), orders.
/// Node symbols are int32 by row; node features by the caller's node id (see
/// kNodeOfRow); edge inputs by edge id; structure inputs by structure. Symbols
/// are int32, features are dense rows of the model's float type.
struct FrameLayout {
  uint32_t buffers = 0, inputs = 0, orders = 0;
  constexpr uint32_t buffer(uint32_t i, BufferSlot s) const { return kHeaderSlots + i * kBufferSlots + s; }
  constexpr uint32_t input(uint32_t i) const { return kHeaderSlots + buffers * kBufferSlots + i; }
  constexpr uint32_t order(uint32_t i, OrderSlot s) const { return input(inputs) + i * kOrderSlots + s; }
  constexpr uint32_t adjacency(uint32_t i, Adjacency a, AdjacencySlot s) const {
    return order(i, kAdjacency) + static_cast<uint32_t>(a) * kAdjacencySlots + s;
  }
  constexpr uint32_t size() const { return order(orders, kNumLevels); }
};

} // namespace cortex::abi
#endif // __cplusplus
#endif // CORTEX_ABI_H
