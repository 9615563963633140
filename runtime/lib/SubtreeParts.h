//===- SubtreeParts.h - Workers that own whole subtrees -------------------===//
//
// The way to share few trees. By units all workers wait for each other after
// each level. By subtrees the linearizer cuts the trees into parts (CutSubtrees.cpp),
// a worker runs all levels of a part alone, then all meet once, and what is above
// the parts is run by units, or by one worker if it is little.
//
// All parts and the crown are one linearization: states lie in one place, by row.
// A part's frame differs from the crown's in which levels it shows, and in its
// temporaries. Who runs which part changes no bits.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_RUNTIME_SUBTREEPARTS_H
#define CORTEX_RUNTIME_SUBTREEPARTS_H

#include "Lane.h"
#include "Linearizer.h"
#include "Team.h"

#include <atomic>
#include <memory>
#include <vector>

namespace cortex::rt {

class SubtreeParts {
public:
  /// For runs of at most `workers` workers, or `exact`ly so many, whose barrier is the call's.
  SubtreeParts(const cortex_model &model, uint32_t workers, bool exact, bool guarded, cortex_team::Call &call);

  /// What the session's linearizer is to do.
  const Cutting &cutting() const { return cutting_; }
  /// The bytes of all parts' temporaries, at most, in a run whose buffers have items[i] items.
  uint64_t bytes(const std::vector<uint64_t> &items) const;
  /// Runs what `whole` was filled with, which `linearizer` holds in parts; the parts' temporaries, for `items` as
  /// above, lie at `memory`. Returns the number of workers, at most as many as parts unless exact.
  uint32_t run(cortex_team &team, const Linearizer &linearizer, Lane &whole, const std::vector<uint64_t> &items,
               uint8_t *memory);

private:
  /// What a part is run with.
  struct Alone {
    Alone(const cortex_model &model, bool guarded) : lane(model, 1, guarded, barrier) {}
    Barrier barrier{1, 0}; ///< of programs that do not ask how many they are
    Lane lane;
  };

  const std::vector<uint64_t> &itemsOfPart(const std::vector<uint64_t> &items) const;
  static void enter(const uint64_t *frame, uint32_t worker, uint32_t workers);
  void work(uint32_t worker, uint32_t workers);

  const cortex_model &model;
  const Manifest &manifest;
  const bool exact;
  cortex_team::Call &call;
  Cutting cutting_;
  std::vector<std::unique_ptr<Alone>> lanes; ///< by part
  Barrier ofOne{1, 0};                       ///< of a crown that one worker runs
  mutable std::vector<uint64_t> partItems;

  // Of the run under way.
  const uint64_t *crownFrame = nullptr;
  uint32_t numParts = 0;
  bool crownAlone = false;
  std::atomic<uint32_t> taken{0}; ///< parts that some worker has taken
};

} // namespace cortex::rt
#endif // CORTEX_RUNTIME_SUBTREEPARTS_H
