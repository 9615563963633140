//===- Session.h - Running a model on batches -----------------------------===//
#ifndef CORTEX_RUNTIME_SESSION_H
#define CORTEX_RUNTIME_SESSION_H

#include "Lane.h"
#include "Linearizer.h"
#include "Memory.h"
#include "Model.h"
#include "StructureRanges.h"
#include "SubtreeParts.h"
#include "Team.h"
#include "cortex/cortex.h"

#include <atomic>
#include <vector>

struct cortex_session final : public cortex::rt::RefCounted {
  /// See cortex_session_create.
  cortex_session(cortex_model &model, const cortex_session_options &options);

  void reserve(uint64_t structures, uint64_t nodes, uint64_t edges, uint64_t roots, uint64_t levelRows);
  void run(const cortex_batch &batch, void *const *outputs);
  uint32_t parallel(cortex_function function, void *context);
  void stats(cortex_session_stats &to) const;
  cortex_model &model() const { return *model_; }

private:
  /// Where the next chunk's outputs go.
  struct Cursor {
    uint64_t roots = 0;
  };

  uint64_t bytes(const cortex::rt::Extent &x, const std::vector<uint64_t> &items) const;
  uint64_t leastBytes(const cortex::rt::Extent &x) const;
  bool leastFits(const cortex::rt::Extent &x) const;
  void take(uint64_t size);
  void takeEither(uint64_t size, uint64_t least);
  void takeBudget();
  bool layOut(const cortex::rt::Extent &x, const std::vector<uint64_t> &items, uint64_t limit);
  bool linearize(const cortex_batch &batch, int32_t first, int32_t last);
  bool fit(const cortex_batch &batch, int32_t first, int32_t end, uint64_t limit);
  int32_t mostStructures() const;
  int32_t lastWithin(const cortex_batch &batch, int32_t first, double limit) const;
  int32_t nextChunk(const cortex_batch &batch, int32_t first, uint64_t limit, double &ratio);
  [[noreturn]] void refuse(const cortex_batch &batch, int32_t structure) const;
  void runChunks(const cortex_batch &batch, void *const *outputs, Cursor &cursor);
  void runLinearized(const cortex_batch &batch, int32_t first, void *const *outputs, Cursor &cursor);
  bool takeForRanges(uint64_t need, uint64_t usual);
  bool runRanges(const cortex_batch &batch, void *const *outputs);
  uint32_t wantedWorkers(uint64_t flops) const;

  cortex::rt::Ref<cortex_model> model_;
  cortex::rt::Ref<cortex_team> team;
  const cortex::Manifest &manifest;
  const uint32_t flags;
  const uint32_t exactWorkers;
  const uint32_t maxWorkers;
  const uint64_t budget;

  cortex_team::Call call, parallelCall; ///< of runs; of parallel()
  cortex::rt::SubtreeParts subtrees;
  cortex::rt::Linearizer linearizer;
  cortex::rt::Lane lane; ///< of runs of all workers together
  cortex::rt::StructureRanges ranges;
  std::vector<uint64_t> counts; ///< items per buffer in the current chunk
  uint64_t needed_ = 0;         ///< bytes that it needs
  /// One block for the linearizer's arrays and, behind them, the buffers. It is
  /// never larger than the budget, and laid out for the largest numbers so far
  /// that fit together.
  cortex::rt::Block memory;
  cortex::rt::Extent roomExtent;
  uint64_t roomBytes = 0;     ///< of the linearizer's arrays; 0 before they are placed in this memory
  bool budgetRefused = false; ///< the system has no memory for the whole budget
  std::vector<uint64_t> roomItems, wantedItems;
  uint64_t bytesPerRow = 0;    ///< of all buffers that have an item per row
  uint64_t bytesOfNoItems = 0; ///< what all buffers take without any: the gaps between them
  cortex_session_stats last{};
  std::atomic<bool> busy{false};
};

#endif // CORTEX_RUNTIME_SESSION_H
