//===- Lane.h - What one execution of a program needs beside the arrays ---===//
#ifndef CORTEX_RUNTIME_LANE_H
#define CORTEX_RUNTIME_LANE_H

#include "Linearizer.h"
#include "Memory.h"
#include "Model.h"
#include "Scratch.h"

#include <vector>

namespace cortex::rt {

/// Whether a buffer holds states, which outlast the loop that stores them; else each part of a cut has its own.
inline bool isOfStates(const BufferInfo &b) {
  return b.space == Space::Rows || b.space == Space::Roots || b.space == Space::Structures;
}

/// A frame and the buffers that it names: one execution of `run` at a time.
class Lane {
public:
  /// `copies`: of the buffers that every worker has one of. `guarded`: see CORTEX_SESSION_GUARD_PAGES.
  Lane(const cortex_model &model, uint32_t copies, bool guarded, Barrier &barrier);

  /// The bytes that buffers of items[i] items take.
  uint64_t bytes(const std::vector<uint64_t> &items) const { return scratch.bytes(items); }
  /// Makes ready to run what `linearizer` holds, structures of `batch` from
  /// `first` on, with buffers of items[i] items at `memory`.
  void fill(const Linearizer &linearizer, const cortex_batch &batch, int32_t first, const std::vector<uint64_t> &items,
            uint8_t *memory);
  /// Narrows what was filled to one part of trees that were cut, or to the crown (the part after the last).
  void narrow(const Linearizer &linearizer, int32_t part);
  /// Makes ready to run a part of what `whole` was filled with: states are `whole`'s, temporaries lie at `memory`, of
  /// items[i] items, which are 0 for states.
  void fillPart(const Lane &whole, const Linearizer &linearizer, int32_t part, const std::vector<uint64_t> &items,
                uint8_t *memory);
  /// The barrier of the next run's workers, in the place of the lane's own.
  void meetAt(Barrier &of);
  const uint64_t *frame() const { return frame_.data(); }
  /// Copies outputs of what was run to where they belong in those of the batch,
  /// of which `rootsBefore` roots come before.
  void copyOutputs(const Linearizer &linearizer, int32_t first, uint64_t rootsBefore, void *const *outputs) const;

private:
  uint64_t show(const void *array, int64_t count, size_t size);
  uint64_t showInput(const Linearizer &linearizer, uint32_t index, const void *items, int32_t firstStructure);

  const cortex_model &model;
  const Manifest &manifest;
  const abi::FrameLayout layout;
  const bool guarded;
  Barrier &barrier;
  Scratch scratch;
  GuardedCopies copies; ///< with guard pages: of what the program only reads
  std::vector<uint64_t> frame_;
};

} // namespace cortex::rt
#endif // CORTEX_RUNTIME_LANE_H
