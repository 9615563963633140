//===- Items.h - How many items a run's buffers have, how much it computes -===//
#ifndef CORTEX_RUNTIME_ITEMS_H
#define CORTEX_RUNTIME_ITEMS_H

#include "Linearizer.h"
#include "cortex/manifest.h"

#include <vector>

namespace cortex::rt {

/// Sets items[i] to the number of items that buffer i has for the range that `linearizer` holds.
void countItems(const Manifest &manifest, const Linearizer &linearizer, std::vector<uint64_t> &items);

/// Sets items[i] to the most that buffer i has for ranges within `extent` whose
/// levels have at most `levelRows` positions. `wide`: a position may have more
/// edges than a strip should, as many as its type lets it.
void boundItems(const Manifest &manifest, const Extent &extent, uint64_t levelRows, bool wide,
                std::vector<uint64_t> &items);

/// Below twice this many FLOPs a second worker costs more than it does.
constexpr uint64_t kFlopsPerWorker = 500'000;

/// FLOPs of the products for the range that `linearizer` holds.
uint64_t countFlops(const Manifest &manifest, const Linearizer &linearizer);
/// About how many FLOPs a node takes: half of the nodes of a tree are leaves, and kinds are alternatives.
uint64_t flopsPerNode(const Manifest &manifest);

} // namespace cortex::rt
#endif // CORTEX_RUNTIME_ITEMS_H
