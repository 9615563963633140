//===- Orderings.cpp - Orders of positions, neighbour lists, strips -------===//
#include "Linearizer.h"

#include <algorithm>
#include <numeric>

using namespace cortex;
using namespace cortex::rt;

//===----------------------------------------------------------------------===//
// Orders of nodes
//===----------------------------------------------------------------------===//

/// Stable counting sort of the nodes by (level, type, kind), then by key within each.
/// `level` null: all in one level. Fills nodeAt (by position) and, if wanted,
/// its inverse.
void Linearizer::placeNodes(Ordering &o, const OrderingPlan &p, const int32_t *level, int32_t levels, int32_t *nodeAt,
                            int32_t *positionOf) {
  // Without kinds every node is of its type's first class.
  const int32_t *type = type_.data(), *firstClass = plan.firstClass.data(), *kinds = p.byKind ? class_.data() : nullptr;
  const size_t classes = plan.classes.size(), bins = static_cast<size_t>(levels) * classes;
  o.numLevels = levels;
  o.positions = nodes;
  if (bins == 1 && p.keys.empty()) { // nothing tells the nodes apart
    o.finalGroups = o.groups.ensure(1);
    o.groups[0] = {0, 0, nodes, 0};
    int32_t *levelGroups = o.levelGroups.ensure(2);
    levelGroups[0] = 0;
    levelGroups[1] = 1;
    std::iota(nodeAt, nodeAt + nodes, 0);
    if (positionOf)
      std::iota(positionOf, positionOf + nodes, 0);
    return;
  }
  int32_t *count = counts.ensure(bins);
  std::fill(count, count + bins, 0);
  auto binOf = [&](int32_t n) {
    return (level ? static_cast<size_t>(level[n]) * classes : 0) + (kinds ? kinds[n] : firstClass[type[n]]);
  };
  for (int32_t n = 0; n < nodes; ++n)
    ++count[binOf(n)];

  Group *groups = o.groups.ensure(std::min<size_t>(bins, nodes));
  int32_t *levelGroups = o.levelGroups.ensure(static_cast<size_t>(levels) + 1);
  int32_t position = 0, numGroups = 0;
  for (int32_t l = 0; l < levels; ++l) {
    levelGroups[l] = numGroups;
    for (size_t k = 0; k < classes; ++k) {
      int32_t &c = count[static_cast<size_t>(l) * classes + k];
      if (const int32_t size = c; size > 0) {
        groups[numGroups++] = {static_cast<int32_t>(k), position, position + size, 0};
        c = position;
        position += size;
      }
    }
  }
  levelGroups[levels] = numGroups;
  o.finalGroups = groups;

  for (int32_t n = 0; n < nodes; ++n) {
    const int32_t at = count[binOf(n)]++;
    nodeAt[at] = n;
    if (positionOf)
      positionOf[n] = at;
  }
  if (p.keys.empty())
    return;
  sortKeys(o, p, nodeAt);
  if (positionOf)
    for (int32_t at = 0; at < nodes; ++at)
      positionOf[nodeAt[at]] = at;
}

/// Sorts the nodes of every group by the group key of its type, and splits the
/// group where the key changes.
void Linearizer::sortKeys(Ordering &o, const OrderingPlan &p, int32_t *nodeAt) {
  Group *out = o.keyedGroups.ensure(nodes);
  int32_t made = 0;
  for (int32_t l = 0; l < o.numLevels; ++l) {
    const int32_t firstGroup = o.levelGroups[l], lastGroup = o.levelGroups[l + 1];
    o.levelGroups[l] = made;
    for (int32_t g = firstGroup; g < lastGroup; ++g) {
      const Group &group = o.groups[g];
      const int32_t input = p.keys[plan.classes[group.rowClass].type];
      if (input < 0) {
        out[made++] = group;
        continue;
      }
      const int32_t *key = static_cast<const int32_t *>(batch->inputs[input]) + nodeBase;
      sortGroup(nodeAt + group.begin, group.end - group.begin, key,
                static_cast<int32_t>(plan.manifest->inputs[input].domain));
      for (int32_t begin = group.begin, at = begin + 1; begin < group.end; ++at)
        if (at == group.end || key[nodeAt[at]] != key[nodeAt[begin]]) {
          out[made++] = {group.rowClass, begin, at, key[nodeAt[begin]]};
          begin = at;
        }
    }
  }
  o.levelGroups[o.numLevels] = made;
  o.finalGroups = out;
}

/// Stable sort of nodes (given in ascending order) by key.
void Linearizer::sortGroup(int32_t *nodeAt, int32_t count, const int32_t *key, int32_t domain) {
  if (count < 2)
    return;
  if (domain > 4 * int64_t(count)) { // clearing the counters would cost more than sorting
    uint64_t *pairs = sortable.ensure(count);
    for (int32_t i = 0; i < count; ++i)
      pairs[i] = static_cast<uint64_t>(static_cast<uint32_t>(key[nodeAt[i]])) << 32 | static_cast<uint32_t>(nodeAt[i]);
    std::sort(pairs, pairs + count);
    for (int32_t i = 0; i < count; ++i)
      nodeAt[i] = static_cast<int32_t>(pairs[i]);
    return;
  }
  int32_t *start = keyCounts.ensure(static_cast<size_t>(domain) + 1);
  std::fill(start, start + domain + 1, 0);
  for (int32_t i = 0; i < count; ++i)
    ++start[key[nodeAt[i]] + 1];
  for (int32_t k = 0; k < domain; ++k)
    start[k + 1] += start[k];
  int32_t *to = sorted.ensure(count);
  for (int32_t i = 0; i < count; ++i)
    to[start[key[nodeAt[i]]]++] = nodeAt[i];
  std::copy(to, to + count, nodeAt);
}

/// By height, part by part where trees were cut.
void Linearizer::placeUp(Ordering &o, const OrderingPlan &p, int32_t *nodeAt, int32_t *positionOf) {
  const bool cut = parts > 0;
  placeNodes(o, p, cut ? partLevel.data() : height.data(), cut ? firstLevel[parts + 1] : numLevels, nodeAt, positionOf);
}

/// All in one level, or in one for each part and one for the crown.
void Linearizer::placeAll(Ordering &o, const OrderingPlan &p, int32_t *nodeAt, int32_t *positionOf) {
  placeNodes(o, p, parts > 0 ? part.data() : nullptr, parts + 1, nodeAt, positionOf);
}

void Linearizer::orderRows() {
  Ordering &o = orderings[0];
  int32_t *nodeAt = nodeOfRow_.data(), *rowOf = rowOfNode_.data(), *structureOf = structureOfRow_.data();
  const OrderingPlan &p = plan.orderings[0];
  if (p.kind == OrderKind::Up)
    placeUp(o, p, nodeAt, rowOf);
  else
    placeAll(o, p, nodeAt, rowOf);
  o.rows = identity(nodes);
  if (structures == 1) {
    std::fill(structureOf, structureOf + nodes, 0);
  } else {
    for (int32_t s = 0; s < structures; ++s)
      for (int32_t n = nodeOffsets[s] - nodeBase, end = nodeOffsets[s + 1] - nodeBase; n < end; ++n)
        structureOf[rowOf[n]] = s;
  }
  if (nodeBase != 0)
    for (int32_t r = 0; r < nodes; ++r)
      nodeAt[r] += nodeBase;
}

void Linearizer::rowsOfNodes(Ordering &o, int32_t *nodeAt) {
  for (int32_t p = 0; p < nodes; ++p)
    nodeAt[p] = rowOfNode_[nodeAt[p]];
  o.rows = nodeAt;
}

void Linearizer::orderDown(Ordering &o, const OrderingPlan &p) {
  int32_t *d = depth.ensure(nodes), levels = 1;
  std::fill(d, d + nodes, 0);
  for (int32_t r = nodes - 1; r >= 0; --r) { // a parent's row is above its children's
    const int32_t n = nodeOfRow_[r] - nodeBase, below = d[n] + 1;
    const int32_t e1 = childOffsets[n + 1];
    if (childOffsets[n] < e1)
      levels = std::max(levels, below + 1);
    for (int32_t e = childOffsets[n]; e < e1; ++e) {
      int32_t &c = d[children[e] - nodeBase];
      c = std::max(c, below);
    }
  }
  placeNodes(o, p, d, levels, o.ownRows.ensure(nodes), nullptr);
  rowsOfNodes(o, o.ownRows.data());
}

void Linearizer::orderMap(Ordering &o, const OrderingPlan &p) {
  placeAll(o, p, o.ownRows.ensure(nodes), nullptr);
  rowsOfNodes(o, o.ownRows.data());
}

void Linearizer::orderRoots(Ordering &o) {
  o.positions = roots;
  o.numLevels = roots > 0 ? 1 : 0;
  o.rows = rowOfRoot_.data();
  Group *groups = o.groups.ensure(roots);
  int32_t made = 0;
  for (int32_t p = 0; p < roots; ++p) {
    const int32_t rowClass = plan.firstClass[type_[nodeOfRow_[o.rows[p]] - nodeBase]];
    if (made > 0 && groups[made - 1].rowClass == rowClass)
      groups[made - 1].end = p + 1;
    else
      groups[made++] = {rowClass, p, p + 1, 0};
  }
  o.finalGroups = groups;
  int32_t *levelGroups = o.levelGroups.ensure(2);
  levelGroups[0] = 0;
  levelGroups[1] = made;
}

void Linearizer::orderStructures(Ordering &o) {
  o.positions = structures;
  o.numLevels = 1;
  o.rows = identity(structures);
  Group *groups = o.groups.ensure(1);
  groups[0] = {0, 0, structures, 0};
  o.finalGroups = groups;
  int32_t *levelGroups = o.levelGroups.ensure(2);
  levelGroups[0] = 0;
  levelGroups[1] = 1;
}

//===----------------------------------------------------------------------===//
// Neighbours
//===----------------------------------------------------------------------===//

/// The parents of every node, in order of the parent's id, then of its place in
/// the parent's list.
void Linearizer::listParents() {
  int32_t *end = parentEnd.ensure(nodes), *parent = parentNode.ensure(edges), *edge = parentEdge.ensure(edges);
  int32_t at = 0;
  for (int32_t n = 0; n < nodes; ++n) {
    end[n] = at; // moves to the end as the list fills
    at += parentCount[n];
  }
  for (int32_t n = 0; n < nodes; ++n)
    for (int32_t e = childOffsets[n]; e < childOffsets[n + 1]; ++e) {
      const int32_t slot = end[children[e] - nodeBase]++;
      parent[slot] = n;
      edge[slot] = e;
    }
}

/// The children of every position in stored order; of `Part` those only whose type is a symbol type, if `wanted`, or is
/// none. `Vary`: neighbouring positions may have any numbers of children. (Else their numbers are those of their types,
/// by which positions are sorted, and branches on them are foreseen.)
template <bool Part, bool Vary>
void Linearizer::listChildren(const Ordering &o, AdjacencyStore &to, bool wanted) const {
  int32_t *offsets = to.offsets.data(), *neighbour = to.neighbour.data(), *edgeId = to.edgeId.data(),
          *owner = to.owner.data();
  const int32_t *nodeOf = nodeOfRow_.data(), *rowOf = rowOfNode_.data(), *rows = o.rows, *type = type_.data(),
                *firstEdge = childOffsets, *kids = children;
  const uint8_t *symbol = plan.symbolType.data();
  const int32_t base = nodeBase;
  // So many entries are written without asking, and the next position's lie over those too many.
  constexpr int32_t kFew = 4;
  const int32_t lastFew = edgeBase + edges - kFew;
  const auto most = static_cast<int64_t>(to.neighbour.capacity()) - kFew;
  int32_t at = 0;
  for (int32_t p = 0; p < o.positions; ++p) {
    const int32_t n = nodeOf[rows[p]] - base, e0 = firstEdge[n], e1 = firstEdge[n + 1];
    offsets[p] = at;
    auto put = [&](int32_t e) {
      const int32_t child = kids[e] - base;
      neighbour[at] = rowOf[child];
      edgeId[at] = e;
      owner[at] = p;
      return !Part || (symbol[type[child]] != 0) == wanted;
    };
    if (Vary && e1 - e0 <= kFew && e0 <= lastFew && at <= most) {
      for (int32_t i = 0; i < kFew; ++i)
        at += static_cast<int32_t>(put(e0 + i)) & static_cast<int32_t>(e0 + i < e1);
    } else {
      for (int32_t e = e0; e < e1; ++e)
        at += static_cast<int32_t>(put(e));
    }
  }
  offsets[o.positions] = at;
}

/// The parents of every position, as listParents has them.
void Linearizer::listParentsOf(const Ordering &o, AdjacencyStore &to) const {
  int32_t at = 0;
  for (int32_t p = 0; p < o.positions; ++p) {
    const int32_t n = nodeOfRow_[o.rows[p]] - nodeBase;
    to.offsets[p] = at;
    for (int32_t i = parentEnd[n] - parentCount[n]; i < parentEnd[n]; ++i, ++at) {
      to.neighbour[at] = rowOfNode_[parentNode[i]];
      to.edgeId[at] = parentEdge[i];
      to.owner[at] = p;
    }
  }
  to.offsets[o.positions] = at;
}

void Linearizer::fillAdjacency(Ordering &o, abi::Adjacency which) {
  AdjacencyStore &to = o.adjacency[which];
  if (which == abi::kParents)
    listParentsOf(o, to);
  else if (which == abi::kChildren)
    plan.aritiesVary ? listChildren<false, true>(o, to, false) : listChildren<false, false>(o, to, false);
  else
    plan.aritiesVary ? listChildren<true, true>(o, to, which == abi::kSymbols)
                     : listChildren<true, false>(o, to, which == abi::kSymbols);
}

void Linearizer::fillStructureNodes(Ordering &o) {
  AdjacencyStore &store = o.adjacency[abi::kNodes];
  int32_t *offsets = store.offsets.ensure(static_cast<size_t>(structures) + 1);
  int32_t *neighbour = store.neighbour.ensure(nodes), *id = store.edgeId.ensure(nodes),
          *owner = store.owner.ensure(nodes);
  for (int32_t s = 0; s < structures; ++s) {
    offsets[s] = nodeOffsets[s] - nodeBase;
    for (int32_t n = offsets[s], end = nodeOffsets[s + 1] - nodeBase; n < end; ++n) {
      neighbour[n] = rowOfNode_[n];
      id[n] = n + nodeBase;
      owner[n] = s;
    }
  }
  offsets[structures] = nodes;
}

//===----------------------------------------------------------------------===//
// Strips
//===----------------------------------------------------------------------===//

void Linearizer::cutStrips(size_t index) {
  const OrderPlan &p = plan.orders[index];
  const Ordering &o = orderings[p.ordering];
  OrderArrays &out = orders[index];
  out = OrderArrays();
  int32_t *levelStrips = strips[index].levelStrips.ensure(static_cast<size_t>(o.numLevels) + 1);
  cortex_strip *strip = strips[index].strips.ensure(o.positions);
  const int32_t *offsets[abi::kAdjacencies];
  uint32_t lists = 0, listed[abi::kAdjacencies]; // those that are filled
  for (uint32_t a = 0; a < abi::kAdjacencies; ++a)
    if (p.adjacency[a]) {
      const AdjacencyStore &store = o.adjacency[a];
      out.adjacency[a] = {store.offsets.data(), store.neighbour.data(), store.edgeId.data(), store.owner.data()};
      offsets[lists] = store.offsets.data();
      listed[lists++] = a;
    }
  const auto mostRows = static_cast<int64_t>(p.stripRows), mostEdges = static_cast<int64_t>(p.stripEdges);
  auto fits = [&](int32_t begin, int32_t end) {
    bool all = end - begin <= mostRows;
    for (uint32_t i = 0; i < lists; ++i)
      all &= offsets[i][end] - offsets[i][begin] <= mostEdges;
    return all;
  };
  auto widen = [&](int32_t begin, int32_t end, int32_t &rows, int32_t (&edges)[abi::kAdjacencies]) {
    rows = std::max(rows, end - begin);
    for (uint32_t i = 0; i < lists; ++i)
      edges[listed[i]] = std::max(edges[listed[i]], offsets[i][end] - offsets[i][begin]);
  };

  const OrderKind kind = plan.orderings[p.ordering].kind;
  const bool ofNodes = kind == OrderKind::Up || kind == OrderKind::Map;
  int32_t *partLevels = strips[index].partLevels.data(), part = 0; // the next to begin
  int32_t made = 0, levels = 0;
  for (int32_t l = 0; l < o.numLevels; ++l) {
    for (; part <= parts && ofNodes && (kind == OrderKind::Map ? part : firstLevel[part]) <= l; ++part)
      partLevels[part] = levels;
    levelStrips[levels] = made;
    const int32_t firstGroup = o.levelGroups[l], lastGroup = o.levelGroups[l + 1];
    for (int32_t g = firstGroup; g < lastGroup; ++g) {
      const Group &group = o.finalGroups[g];
      if (!p.visits.empty() && !p.visits[group.rowClass])
        continue;
      const ClassPlan &c = plan.classes[group.rowClass];
      const ClassWork &work = p.work[group.rowClass];
      for (int32_t begin = group.begin, end; begin < group.end; begin = end) {
        end = group.end;
        if (!fits(begin, end))
          for (end = begin + 1; end < group.end && fits(begin, end + 1);)
            ++end;
        strip[made++] = {c.type + c.kind * CORTEX_KIND, begin, end, group.key};
        widen(begin, end, out.stripRows, out.stripEdges);
        out.flops += static_cast<uint64_t>(end - begin) * work.perRow;
        for (uint32_t i = 0; i < lists; ++i)
          out.flops += static_cast<uint64_t>(offsets[i][end] - offsets[i][begin]) * work.perEdge[listed[i]];
      }
    }
    // A level that nobody visits is none.
    if (const int32_t first = levelStrips[levels]; made > first) {
      widen(strip[first].begin, strip[made - 1].end, out.levelRows, out.levelEdges);
      ++levels;
    }
  }
  levelStrips[levels] = made;
  for (; part <= parts; ++part) // roots and structures come after all parts
    partLevels[part] = ofNodes ? levels : 0;
  partLevels[parts + 1] = levels;
  out.partLevels = partLevels;
  out.positions = o.positions;
  out.numLevels = levels;
  out.numStrips = made;
  out.levelStrips = levelStrips;
  out.strips = strip;
  out.rows = o.rows;
}
