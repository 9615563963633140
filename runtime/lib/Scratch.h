//===- Scratch.h - The buffers of a run -----------------------------------===//
#ifndef CORTEX_RUNTIME_SCRATCH_H
#define CORTEX_RUNTIME_SCRATCH_H

#include "Memory.h"
#include "cortex/manifest.h"

#include <vector>

namespace cortex::rt {

/// Lays out the buffers of a manifest for given numbers of items and writes
/// their frame slots. Memory only grows: a run whose counts are all within what
/// was seen before finds every buffer where it was.
class Scratch {
public:
  /// `copies`: of the buffers that every worker has one of. `guarded`: for
  /// tests; every buffer ends at an inaccessible page and is filled with NaN.
  Scratch(const Manifest &manifest, uint32_t copies, bool guarded);

  /// The bytes that buffers of counts[i] items take. Saturates.
  uint64_t bytes(const std::vector<uint64_t> &counts) const;

  /// Makes room for counts[i] items of buffer i and writes the slots of all
  /// buffers but parameters and constants. Takes more than these need only
  /// within `budget`.
  void place(const std::vector<uint64_t> &counts, uint64_t budget, uint64_t *frame);

  /// Takes memory for this many bytes of buffers. As long as `budget` is
  /// capacity(), place() then takes none for counts that need no more.
  void hold(uint64_t bytes);
  uint64_t capacity() const { return arena.size(); }

private:
  uint64_t extent(size_t buffer, uint64_t count) const;
  void grow(uint64_t bytes);
  void placeGuarded(const std::vector<uint64_t> &counts, uint64_t *frame);
  bool isScratch(size_t buffer) const;
  uint32_t copiesOf(size_t buffer) const { return manifest.buffers[buffer].per_worker ? copies : 1; }

  const Manifest &manifest;
  const uint32_t copies;
  const bool guarded;
  std::vector<uint64_t> largest; ///< counts that the arena is laid out for
  Block arena;
  bool placed = false;
  std::vector<Block> guardedBlocks;
};

} // namespace cortex::rt
#endif // CORTEX_RUNTIME_SCRATCH_H
