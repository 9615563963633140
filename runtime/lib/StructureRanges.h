//===- StructureRanges.h - Workers that own whole structures --------------===//
//
// The other way to share a batch. By units every worker computes its own units
// of every node, and after each level all wait for each other. By structures the
// batch is cut into ranges of whole structures, and one worker does everything
// for a range: it linearizes it, runs the program on it alone, and copies its
// outputs. Nothing is exchanged; but every worker reads all weights, and the
// levels of a range are narrower than the batch's.
//
// A run has two phases with a barrier between them, so that nothing runs before
// all structures were found good:
//
//   linearize   each range into arrays of its own
//   run         each range in the buffers of the worker that takes it, which it
//               uses again for its next range: they stay in its caches
//
// Which worker takes which range, and how many there are, changes no bits: an
// output does not depend on what else is in its batch.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_RUNTIME_STRUCTURERANGES_H
#define CORTEX_RUNTIME_STRUCTURERANGES_H

#include "Lane.h"
#include "Linearizer.h"
#include "Team.h"

#include <atomic>
#include <exception>
#include <memory>
#include <vector>

namespace cortex::rt {

class StructureRanges {
public:
  /// For runs of at most `workers` workers, or `exact`ly so many, whose barrier is the call's.
  StructureRanges(const cortex_model &model, uint32_t workers, bool exact, uint32_t flags, cortex_team::Call &call);

  /// Whether a batch of extent `whole` should be run by ranges, as far as that
  /// can be told before it is linearized.
  bool suits(const Extent &whole) const;
  /// Makes room for the ranges of all batches within `whole`: allocates their
  /// objects, and returns the bytes of memory that such a batch mostly takes. 0
  /// if none will run by ranges, be it that there is no memory for their objects.
  uint64_t reserve(const Extent &whole);
  /// Cuts a batch of extent `whole` into ranges and returns the bytes that it
  /// takes, at most; Scratch::kHuge if it cannot be run by ranges, or not well.
  /// Allocates nothing. Throws CORTEX_INVALID_BATCH if its offsets are bad.
  uint64_t cut(const cortex_batch &batch, const Extent &whole);
  /// Runs the batch that was cut in `size` bytes of `memory`. False if that
  /// turned out not to be possible (the batch is at fault, or `size` too small):
  /// nothing was run or written then.
  bool run(cortex_team &team, const cortex_batch &batch, const Extent &whole, void *const *outputs, uint8_t *memory,
           uint64_t size);

  /// What the last run did; extent and items: what its batch needs at most as one range.
  struct Done {
    uint32_t workers = 0, ranges = 0;
    uint64_t levels = 0, strips = 0, barriers = 0, flops = 0, linearizeNs = 0, bytes = 0;
    Extent extent;
    std::vector<uint64_t> items;
  };
  const Done &done() const { return done_; }

private:
  struct Range {
    explicit Range(const cortex_model &model);
    Linearizer linearizer;
    std::vector<uint64_t> items;
    std::atomic<bool> linearized{false}, taken{false}; ///< by some worker
    int32_t first = 0, end = 0;
    Extent room;
    uint64_t rootsBefore = 0, flops = 0;
  };

  bool someSuit(const Extent &whole) const;
  /// What a worker runs its ranges with.
  struct Alone {
    Alone(const cortex_model &model, bool guarded) : lane(model, 1, guarded, barrier) {}
    Barrier barrier{1, 0}; ///< of programs that do not ask how many they are
    Lane lane;
  };

  uint32_t workersFor(uint64_t nodes) const;
  uint32_t rangesFor(const Extent &whole) const;
  uint64_t boundLane(const Extent &room);
  static void enter(const uint64_t *frame, uint32_t worker, uint32_t workers);
  void work(uint32_t worker, uint32_t workers);
  template <class Do>
  void forEachRange(uint32_t worker, uint32_t workers, std::atomic<bool> Range::*flag, const Do &body);
  void linearize(Range &range);
  void plan(uint32_t workers);
  void runRange(Range &range, uint32_t worker);

  const cortex_model &model;
  const Manifest &manifest;
  const uint32_t mostWorkers;
  const bool exact, timed;
  cortex_team::Call &call;
  uint64_t workPerNode = 0;         ///< about so many FLOPs
  uint64_t nodesPerRange = 0;       ///< whose rows stay in a worker's share of the last cache
  uint64_t structuresPerWorker = 0; ///< at least, for levels wide enough to hide the reading of weights
  std::vector<std::unique_ptr<Range>> ranges;
  std::vector<std::unique_ptr<Alone>> lanes; ///< by worker
  std::vector<uint64_t> bound;               ///< items, while something is bounded

  // Of the run under way.
  uint32_t numRanges = 0;
  uint64_t arrayBytes = 0, laneBytes = 0;
  const cortex_batch *batch = nullptr;
  void *const *outputs = nullptr;
  uint8_t *memory = nullptr;
  uint64_t memorySize = 0;
  int64_t began = 0;
  std::atomic<bool> failed{false}; ///< to linearize some range, or then to run it
  std::exception_ptr error;        ///< of the worker that made it fail
  Done done_;
};

} // namespace cortex::rt
#endif // CORTEX_RUNTIME_STRUCTURERANGES_H
