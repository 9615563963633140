//===- CutSubtrees.cpp - Trees in parts for one worker each ---------------===//
//
// Opens subtrees, the largest first: its root goes to the crown, and its children
// are subtrees of their own. Each state on the way is dealt out to the parts, the
// largest subtree first and always to the part with the least work (Graham's LPT
// rule), and the state with the least time is kept.
//===----------------------------------------------------------------------===//
#include "Linearizer.h"

#include <algorithm>

using namespace cortex;
using namespace cortex::rt;

/// What a node takes beside its products, in FLOPs that a worker computes meanwhile.
static constexpr uint64_t kWorkPerNode = 2'000;
/// Where workers share units, each repeats about one in so many of all FLOPs: what it gathers from children, say.
static constexpr uint64_t kPartRepeated = 10;
/// A cut is worth it if one in so many nanoseconds is saved, as far as that can be told.
static constexpr uint64_t kLeastGain = 16;
/// So many subtrees are opened per part, at most: trees that need more are near to chains.
static constexpr int32_t kMostOpened = 16;
/// Children up to so many are sorted in one by one.
static constexpr int32_t kFewChildren = 8;
/// Mark of the crown while it is not known how many parts there are.
static constexpr int32_t kInCrown = -1;

uint64_t Cutting::unitsTime(uint64_t work, uint64_t levels, uint64_t workers) const {
  return aloneTime(work, levels) / workers + levels * exchangeWork + work / kPartRepeated;
}

void Linearizer::planCut() {
  shares.resize(cutting.mostParts);
  nodeWork.resize(plan.classes.size());
  for (const OrderPlan &order : plan.orders) {
    if (order.ordering < 0)
      continue;
    const OrderKind kind = plan.orderings[order.ordering].kind;
    if (kind != OrderKind::Up && kind != OrderKind::Map)
      continue;
    for (size_t c = 0; c < nodeWork.size(); ++c) {
      if (!order.visits.empty() && !order.visits[c])
        continue;
      nodeWork[c].perRow += order.work[c].perRow + kWorkPerNode;
      for (uint32_t a = 0; a < abi::kAdjacencies; ++a)
        nodeWork[c].perEdge[a] += order.work[c].perEdge[a];
    }
  }
}

/// Fills treeWork and returns the work of all trees.
uint64_t Linearizer::sumWork() {
  const int32_t *classOf = plan.wantsKinds ? class_.data() : nullptr, *type = type_.data();
  uint64_t all = 0, *of = treeWork.data();
  for (int32_t i = nodes - 1; i >= 0; --i) {
    const int32_t n = queue[i], e0 = childOffsets[n], e1 = childOffsets[n + 1];
    const NodeWork &work = nodeWork[classOf ? classOf[n] : plan.firstClass[type[n]]];
    uint64_t below = 0, symbols = 0;
    for (int32_t e = e0; e < e1; ++e) {
      const int32_t child = children[e] - nodeBase;
      below += of[child];
      symbols += plan.symbolType[type[child]];
    }
    const auto arity = static_cast<uint64_t>(e1 - e0);
    const uint64_t own = work.perRow + arity * work.perEdge[abi::kChildren] +
                         (arity - symbols) * work.perEdge[abi::kInner] + symbols * work.perEdge[abi::kSymbols];
    of[n] = own + below;
    all += own;
  }
  return all;
}

/// Fills `subtrees`, largest first, with those below the first `opened` nodes of `crown`; marks both. Returns how many.
int32_t Linearizer::collectSubtrees() {
  const auto larger = [&](int32_t a, int32_t b) { return isLarger(a, b); };
  int32_t count = 0;
  for (int32_t n = 0; n < nodes; ++n)
    if (parentCount[n] == 0)
      subtrees[count++] = n;
  for (int32_t i = 0; i < opened; ++i)
    for (int32_t e = childOffsets[crown[i]]; e < childOffsets[crown[i] + 1]; ++e)
      subtrees[count++] = children[e] - nodeBase;
  for (int32_t i = 0; i < count; ++i)
    part[subtrees[i]] = 0;
  for (int32_t i = 0; i < opened; ++i)
    part[crown[i]] = kInCrown;
  count = static_cast<int32_t>(
      std::remove_if(subtrees.data(), subtrees.data() + count, [&](int32_t n) { return part[n] == kInCrown; }) -
      subtrees.data());
  std::sort(subtrees.data(), subtrees.data() + count, larger);
  return count;
}

/// Moves the root of the largest subtree to the crown and returns its own work.
uint64_t Linearizer::openLargest(int32_t &count) {
  const auto larger = [&](int32_t a, int32_t b) { return isLarger(a, b); };
  int32_t *first = subtrees.data();
  const int32_t root = *first;
  const bool many = childOffsets[root + 1] - childOffsets[root] > kFewChildren;
  std::copy(first + 1, first + count--, first);
  crown[opened++] = root;
  uint64_t own = treeWork[root];
  for (int32_t e = childOffsets[root]; e < childOffsets[root + 1]; ++e) {
    const int32_t child = children[e] - nodeBase;
    own -= treeWork[child];
    partLevel[child] = partLevel[root] + 1; // for now: its distance from the root of the tree
    int32_t *at = many ? first + count : std::upper_bound(first, first + count, child, larger);
    std::copy_backward(at, first + count, first + count + 1);
    *at = child;
    ++count;
  }
  if (many)
    std::sort(first, first + count, larger);
  return own;
}

/// Deals `count` subtrees out to the parts, `mark`ing their roots. Returns the time of the part that takes longest.
uint64_t Linearizer::deal(int32_t count, bool mark) {
  std::fill(shares.begin(), shares.begin() + parts, Share());
  for (int32_t i = 0; i < count; ++i) {
    const int32_t root = subtrees[i];
    const auto least = std::min_element(shares.begin(), shares.begin() + parts,
                                        [](const Share &a, const Share &b) { return a.work < b.work; });
    least->work += treeWork[root];
    least->levels = std::max(least->levels, height[root] + 1);
    if (mark)
      part[root] = static_cast<int32_t>(least - shares.begin());
  }
  uint64_t longest = 0;
  for (int32_t p = 0; p < parts; ++p)
    longest = std::max(longest, cutting.aloneTime(shares[p].work, static_cast<uint64_t>(shares[p].levels)));
  return longest;
}

/// Finds which subtrees to open, `all` being the work of all trees; leaves their number in `opened`, and in `parts` 0
/// if no cut is worth it.
void Linearizer::openSubtrees(uint64_t all) {
  int32_t count = 0, bestOpened = 0;
  uint64_t crownLevels = 0, best = ~uint64_t(0);
  crownWork_ = 0;
  opened = 0;
  count = collectSubtrees();
  for (int32_t i = 0; i < count; ++i)
    partLevel[subtrees[i]] = 0;
  const auto workers = static_cast<uint64_t>(parts);
  for (;;) {
    const uint64_t above = std::min(cutting.aloneTime(crownWork_, crownLevels),
                                    cutting.unitsTime(crownWork_, crownLevels, workers)),
                   time = deal(count, false) + above;
    if (time < best) {
      best = time;
      bestOpened = opened;
    }
    // With each that is opened the crown takes longer, and no part takes less than the mean.
    if (height[subtrees[0]] == 0 || opened >= kMostOpened * parts || above + (all - crownWork_) / workers >= best)
      break;
    crownLevels = std::max(crownLevels, static_cast<uint64_t>(partLevel[subtrees[0]]) + 1);
    crownWork_ += openLargest(count);
  }
  opened = bestOpened;
  const auto levels = static_cast<uint64_t>(numLevels);
  const uint64_t uncut = std::min(cutting.aloneTime(all, levels), cutting.unitsTime(all, levels, workers));
  if (!cutting.always && best + best / kLeastGain > uncut)
    parts = 0;
}

/// Part and level of every node, when its subtree's root is marked.
void Linearizer::markNodes() {
  const int32_t crownPart = parts;
  firstLevel[0] = 0;
  for (int32_t p = 0; p < parts; ++p)
    firstLevel[p + 1] = firstLevel[p] + shares[p].levels;
  int32_t crownLevels = 0;
  crownWork_ = 0;
  for (int32_t i = opened - 1; i >= 0; --i) { // a node was opened before its children
    const int32_t n = crown[i];
    int32_t level = 0;
    crownWork_ += treeWork[n];
    for (int32_t e = childOffsets[n]; e < childOffsets[n + 1]; ++e) {
      const int32_t child = children[e] - nodeBase;
      crownWork_ -= treeWork[child];
      if (part[child] == crownPart)
        level = std::max(level, partLevel[child] - firstLevel[parts] + 1);
    }
    part[n] = crownPart;
    partLevel[n] = firstLevel[parts] + level;
    crownLevels = std::max(crownLevels, level + 1);
  }
  firstLevel[parts + 1] = firstLevel[parts] + crownLevels;
  for (int32_t i = 0; i < nodes; ++i) {
    const int32_t n = queue[i], p = part[n];
    if (p == crownPart)
      continue;
    partLevel[n] = firstLevel[p] + height[n];
    for (int32_t e = childOffsets[n]; e < childOffsets[n + 1]; ++e)
      part[children[e] - nodeBase] = p;
  }
}

void Linearizer::cutSubtrees() {
  parts = 0;
  if (static_cast<uint64_t>(nodes) > cutting.mostNodes && !cutting.always)
    return;
  const uint64_t all = sumWork();
  const uint64_t wanted =
      cutting.exact ? cutting.mostParts : std::min<uint64_t>(all / cutting.partWork, cutting.mostParts);
  if (wanted < 2)
    return;
  parts = static_cast<int32_t>(wanted);
  openSubtrees(all);
  if (parts == 0)
    return;
  const int32_t count = collectSubtrees();
  parts = std::min(parts, count);
  if (parts < 2) {
    parts = 0;
    return;
  }
  deal(count, true);
  markNodes();
}
