//===- Scratch.h - The buffers of a run -----------------------------------===//
#ifndef CORTEX_RUNTIME_SCRATCH_H
#define CORTEX_RUNTIME_SCRATCH_H

#include "Memory.h"
#include "cortex/manifest.h"

#include <vector>

namespace cortex::rt {

/// Lays out the buffers of a manifest for given numbers of items and writes
/// their frame slots. The memory is the caller's.
class Scratch {
public:
  /// `copies`: of the buffers that every worker has one of. `guarded`: for
  /// tests; every buffer ends at an inaccessible page and is filled with NaN.
  /// It then has memory of its own.
  Scratch(const Manifest &manifest, uint32_t copies, bool guarded);

  /// The bytes that buffers of counts[i] items take. Saturates at kHuge.
  uint64_t bytes(const std::vector<uint64_t> &counts) const;
  /// Sizes above this are as good as infinite.
  static constexpr uint64_t kHuge = uint64_t(1) << 60;

  /// Places counts[i] items of buffer i in the bytes(counts) bytes at `memory`
  /// (aligned to 64 bytes) and writes the slots of all buffers but parameters
  /// and constants.
  void place(const std::vector<uint64_t> &counts, uint8_t *memory, uint64_t *frame);

private:
  uint64_t extent(size_t buffer, uint64_t count) const;
  void placeGuarded(const std::vector<uint64_t> &counts, uint64_t *frame);
  bool isScratch(size_t buffer) const;
  uint32_t copiesOf(size_t buffer) const { return manifest.buffers[buffer].per_worker ? copies : 1; }

  const Manifest &manifest;
  const uint32_t copies;
  const bool guarded;
  std::vector<Block> guardedBlocks;
};

} // namespace cortex::rt
#endif // CORTEX_RUNTIME_SCRATCH_H
