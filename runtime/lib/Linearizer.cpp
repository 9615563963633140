//===- Linearizer.cpp - Heights, types, roots and symbols of a batch ------===//
#include "Linearizer.h"

#include "Error.h"
#include "Poison.h"

#include <algorithm>
#include <limits>
#include <numeric>

using namespace cortex;
using namespace cortex::rt;

Linearizer::Linearizer(const LinearizerPlan &plan, const Cutting &cutting)
    : plan(plan), cutting(cutting), symbols(plan.nodeSymbols.size()), orderings(plan.orderings.size()),
      strips(plan.orders.size()), orders(plan.orders.size()) {
  firstLevel.assign(cutting.mostParts + 2, 0);
  for (StripStore &store : strips)
    store.partLevels.assign(cutting.mostParts + 2, 0);
  if (cutting.mostParts > 1)
    planCut();
}

static constexpr uint64_t kMostNeighbours = std::numeric_limits<int32_t>::max();

Extent Extent::larger(const Extent &a, const Extent &b) {
  Extent e;
  e.structures = std::max(a.structures, b.structures);
  e.nodes = std::max(a.nodes, b.nodes);
  e.edges = std::max(a.edges, b.edges);
  e.roots = std::max(a.roots, b.roots);
  for (int i = 0; i < 2; ++i)
    e.rootEdges[i] = std::max(a.rootEdges[i], b.rootEdges[i]);
  return e;
}

bool Linearizer::run(const cortex_batch &b, int32_t first, int32_t last) {
  if (!rangeOf(b, first, last, extent_))
    fault(b, first, last);
  if (!extent_.within(room))
    return false;
  readRange(b, first, last);
  if (!scanStructures() || !classify() || !checkInputs())
    fault(b, first, last);
  if (!roomForRoots())
    return false;
  if (plan.wantsKinds)
    tellKinds();
  if (cutting.mostParts > 1)
    cutSubtrees();
  orderRows();
  if (plan.wantsRoots && !findRoots())
    fault(b, first, last);
  if (!roomForRootEdges())
    return false;
  gatherSymbols();
  if (plan.wantsParents)
    listParents();
  for (size_t i = 0; i < orderings.size(); ++i) {
    const OrderingPlan &p = plan.orderings[i];
    Ordering &o = orderings[i];
    if (i > 0)
      switch (p.kind) {
      case OrderKind::Up:
        placeUp(o, p, o.ownRows.ensure(nodes), nullptr);
        rowsOfNodes(o, o.ownRows.data());
        break;
      case OrderKind::Down:
        orderDown(o, p);
        break;
      case OrderKind::Map:
        orderMap(o, p);
        break;
      case OrderKind::Roots:
        orderRoots(o);
        break;
      case OrderKind::Structures:
        orderStructures(o);
        break;
      case OrderKind::Symbols: // belongs to prepare
        break;
      }
    if (p.kind == OrderKind::Structures) {
      if (p.adjacency[abi::kNodes])
        fillStructureNodes(o);
      continue;
    }
    for (abi::Adjacency a : {abi::kChildren, abi::kParents, abi::kInner, abi::kSymbols})
      if (p.adjacency[a])
        fillAdjacency(o, a);
  }
  for (size_t i = 0; i < orders.size(); ++i)
    if (plan.orders[i].ordering >= 0)
      cutStrips(i);
  return true;
}

void Linearizer::fault(const cortex_batch &b, int32_t first, int32_t last) const {
  const std::string found = explainBatch(plan, b, first, last);
  throw Error(CORTEX_INVALID_BATCH, found.empty() ? "the batch changed while it was read" : found);
}

//===----------------------------------------------------------------------===//
// Room
//===----------------------------------------------------------------------===//

/// Calls visit(array, elements) for every array, with as many elements as any
/// range within `r` needs.
template <class Visit> void Linearizer::eachArray(const Extent &r, const Visit &visit) {
  const uint64_t n = r.nodes, e = r.edges, levels = n; // a chain has as many
  visit(identity_, std::max(n, r.structures));         // first: it stays where it is
  for (PlacedArray<int32_t> *a :
       {&height, &type_, &parentCount, &remaining, &queue, &rowOfNode_, &nodeOfRow_, &structureOfRow_})
    visit(*a, n);
  for (PlacedArray<int32_t> &a : symbols)
    visit(a, n);
  visit(edgePosition_, e);
  visit(rowOfRoot_, r.roots);
  visit(class_, plan.wantsKinds ? n : 0);
  visit(rootMark, plan.wantsRootKind ? n : 0);
  const uint64_t groupsOfLevels = cutting.mostParts > 1 ? cutting.mostParts + 1 : 1; // in a loop over all nodes
  visit(counts, std::max(n, groupsOfLevels) * plan.classes.size());
  const uint64_t cut = cutting.mostParts > 1 ? n : 0;
  visit(treeWork, cut);
  for (PlacedArray<int32_t> *a : {&part, &partLevel, &subtrees, &crown})
    visit(*a, cut);
  visit(depth, plan.wantsDepth ? n : 0);
  visit(parentEnd, plan.wantsParents ? n : 0);
  visit(parentNode, plan.wantsParents ? e : 0);
  visit(parentEdge, plan.wantsParents ? e : 0);
  visit(sorted, plan.wantsKeys ? n : 0);
  visit(sortable, plan.wantsKeys ? n : 0);
  // Larger domains are sorted, not counted: see sortGroup.
  visit(keyCounts, plan.wantsKeys ? std::min<uint64_t>(plan.largestDomain, 4 * n) + 1 : 0);
  for (size_t i = 0; i < orderings.size(); ++i) {
    const OrderingPlan &p = plan.orderings[i];
    Ordering &o = orderings[i];
    const bool roots = p.kind == OrderKind::Roots, structures = p.kind == OrderKind::Structures;
    const bool byLevel = p.kind == OrderKind::Up || p.kind == OrderKind::Down;
    const uint64_t positions = roots ? r.roots : structures ? r.structures : n;
    visit(o.ownRows, i > 0 && !roots && !structures ? n : 0);
    visit(o.levelGroups, (byLevel ? levels : groupsOfLevels) + 1);
    visit(o.groups, structures ? 1 : positions);
    visit(o.keyedGroups, p.keys.empty() ? 0 : n);
    for (uint32_t a = 0; a < abi::kAdjacencies; ++a) {
      const uint64_t listed = !p.adjacency[a] ? 0 : roots ? r.rootEdges[a == abi::kParents] : structures ? n : e;
      visit(o.adjacency[a].offsets, p.adjacency[a] ? positions + 1 : 0);
      for (PlacedArray<int32_t> *list : {&o.adjacency[a].neighbour, &o.adjacency[a].edgeId, &o.adjacency[a].owner})
        visit(*list, listed);
    }
  }
  for (size_t i = 0; i < orders.size(); ++i) {
    if (plan.orders[i].ordering < 0)
      continue;
    const OrderKind kind = plan.orderings[plan.orders[i].ordering].kind;
    visit(strips[i].levelStrips, (kind == OrderKind::Up || kind == OrderKind::Down ? levels : groupsOfLevels) + 1);
    visit(strips[i].strips, kind == OrderKind::Roots ? r.roots : kind == OrderKind::Structures ? r.structures : n);
  }
}

uint64_t Linearizer::bytes(const Extent &r) const {
  uint64_t total = 0;
  const_cast<Linearizer *>(this)->eachArray(
      r, [&](const auto &array, uint64_t count) { total += roundUp(count * sizeof array[0], 64); });
  return total;
}

void Linearizer::place(const Extent &r, uint8_t *memory, bool fresh) {
  room = r;
  identitySize = fresh ? 0 : std::min(identitySize, static_cast<int32_t>(std::max(r.nodes, r.structures)));
  eachArray(r, [&](auto &array, uint64_t count) {
    const uint64_t used = count * sizeof array[0], size = roundUp(used, 64);
    array.place(memory, count);
    unpoison(memory, used);
    poison(memory + used, size - used);
    memory += size;
  });
}

Extent Linearizer::measure(const cortex_batch &b, int32_t first, int32_t last) const {
  Extent e;
  if (!rangeOf(b, first, last, e))
    fault(b, first, last);
  return e;
}

Extent Linearizer::bound(const cortex_batch &b, int32_t first, int32_t last) const {
  Extent e = measure(b, first, last);
  if (plan.wantsRoots && !b.root_offsets && !plan.tree)
    e.roots = e.nodes;
  uint64_t neighbours = e.edges;
  if (plan.wantsRoots && b.root_offsets) { // each root may have all edges of its structure
    neighbours = 0;
    for (int32_t s = first; s < last; ++s)
      if (Extent one; rangeOf(b, s, s + 1, one)) // else run will find the fault
        neighbours = std::min(neighbours + one.roots * one.edges, kMostNeighbours);
  }
  e.rootEdges[0] = e.rootEdges[1] = neighbours;
  return e;
}

/// The roots of DAGs are counted when all edges have been seen.
bool Linearizer::roomForRoots() {
  if (!plan.wantsRoots || batch->root_offsets)
    return true;
  extent_.roots = static_cast<uint64_t>(std::count(parentCount.data(), parentCount.data() + nodes, 0));
  return extent_.roots <= room.roots;
}

/// The neighbours of roots, where an order of roots lists them: a root may be
/// named several times.
bool Linearizer::roomForRootEdges() {
  for (const OrderingPlan &p : plan.orderings) {
    if (p.kind != OrderKind::Roots)
      continue;
    for (const bool up : {false, true}) {
      uint64_t total = 0;
      const bool listed = up ? p.adjacency[abi::kParents]
                             : p.adjacency[abi::kChildren] || p.adjacency[abi::kInner] || p.adjacency[abi::kSymbols];
      for (int32_t r = 0; r < roots && listed; ++r) {
        const int32_t n = nodeOfRow_[rowOfRoot_[r]] - nodeBase;
        total += static_cast<uint64_t>(up ? parentCount[n] : childOffsets[n + 1] - childOffsets[n]);
      }
      if (total > kMostNeighbours)
        throw Error(CORTEX_INVALID_BATCH, "the roots have more than 2147483647 neighbours");
      extent_.rootEdges[up] = std::max(extent_.rootEdges[up], total);
    }
  }
  return extent_.within(room);
}

/// 0, 1, 2, ...: what runs before have written of it stays, and `place` says how
/// much of that is left.
const int32_t *Linearizer::identity(int32_t n) {
  int32_t *id = identity_.ensure(n);
  if (n > identitySize) {
    std::iota(id + identitySize, id + n, identitySize);
    identitySize = n;
  }
  return id;
}

//===----------------------------------------------------------------------===//
// Reading and checking
//===----------------------------------------------------------------------===//

/// What the offsets say; false if they cannot be right. Reads no more of them
/// than their heads promise.
bool Linearizer::rangeOf(const cortex_batch &b, int32_t first, int32_t last, Extent &e) const {
  const int32_t allNodes = b.node_offsets[b.num_structures], allEdges = b.child_offsets[allNodes];
  const int32_t n0 = b.node_offsets[first], n1 = b.node_offsets[last];
  if (n0 < 0 || n1 <= n0 || n1 > allNodes)
    return false;
  const int32_t e0 = b.child_offsets[n0], e1 = b.child_offsets[n1];
  if (e0 < 0 || e1 < e0 || e1 > allEdges || (!b.types && !plan.typesFromArity))
    return false;
  e = Extent();
  e.structures = static_cast<uint64_t>(last - first);
  e.nodes = static_cast<uint64_t>(n1 - n0);
  e.edges = static_cast<uint64_t>(e1 - e0);
  if (!plan.wantsRoots)
    return true;
  if (!b.root_offsets) {
    e.roots = plan.tree && e.nodes > e.edges ? e.nodes - e.edges : e.structures;
    return true;
  }
  const int32_t r0 = b.root_offsets[first], r1 = b.root_offsets[last];
  if (r0 < 0 || r1 < r0 || r1 > b.root_offsets[b.num_structures])
    return false;
  e.roots = static_cast<uint64_t>(r1 - r0);
  return true;
}

void Linearizer::readRange(const cortex_batch &b, int32_t first, int32_t last) {
  batch = &b;
  firstStructure = first;
  structures = last - first;
  nodeOffsets = b.node_offsets + first;
  nodeBase = nodeOffsets[0];
  nodes = static_cast<int32_t>(extent_.nodes);
  childOffsets = b.child_offsets + nodeBase;
  edgeBase = childOffsets[0];
  edges = static_cast<int32_t>(extent_.edges);
  children = b.children;
  givenTypes = b.types ? b.types + nodeBase : nullptr;
}

bool Linearizer::scanStructures() {
  numLevels = 1;
  for (int32_t s = 0; s < structures; ++s) {
    // Offsets count from the start of the batch, everything here from the first
    // node of the range.
    const int64_t from = int64_t{nodeOffsets[s]} - nodeBase, to = int64_t{nodeOffsets[s + 1]} - nodeBase;
    if (from < 0 || to <= from || to > nodes)
      return false;
    const auto begin = static_cast<int32_t>(from), end = static_cast<int32_t>(to);
    Scan scan = scanInOrder<true>(begin, end);
    const bool ascending = scan == Scan::Done;
    if (scan == Scan::OtherOrder)
      scan = scanInOrder<false>(begin, end);
    if (scan == Scan::Bad || (scan == Scan::OtherOrder && !scanAnyOrder(begin, end)))
      return false;
    if (scan == Scan::Done && cutting.mostParts > 1)
      listParentsFirst(begin, end, ascending);
  }
  return true;
}

/// The order in which scanAnyOrder walks, for a structure that needed none.
void Linearizer::listParentsFirst(int32_t begin, int32_t end, bool ascending) {
  int32_t *order = queue.data();
  for (int32_t n = begin; n < end; ++n)
    order[n] = ascending ? begin + end - 1 - n : n;
}

/// One structure whose children all have lower ids than their parents (or all
/// higher): one walk gives heights, and there can be no cycle.
template <bool Ascending> Linearizer::Scan Linearizer::scanInOrder(int32_t begin, int32_t end) {
  const int32_t *offsets = childOffsets, *kids = children;
  int32_t *h = height.data(), *parents = parentCount.data(), *place = edgePosition_.data();
  const int32_t edgeEnd = edgeBase + edges, base = nodeBase, step = Ascending ? 1 : -1;
  const uint32_t mostParents = plan.tree ? 1 : 0xffffffffu;
  int32_t highest = 0;
  uint32_t sharing = 0; // the largest number of parents seen
  for (int32_t n = Ascending ? begin : end - 1, left = end - begin; left > 0; --left, n += step) {
    const int32_t e0 = offsets[n], e1 = offsets[n + 1];
    if (e0 < edgeBase || e1 < e0 || e1 > edgeEnd)
      return Scan::Bad;
    int32_t level = 0;
    parents[n] = 0;
    for (int32_t e = e0; e < e1; ++e) {
      // One unsigned comparison with the nodes walked so far: [begin, n) or (n,
      // end).
      const uint32_t c = static_cast<uint32_t>(kids[e]) - static_cast<uint32_t>(base);
      const uint32_t walkedFrom = Ascending ? begin : n + 1;
      if (c - walkedFrom >= static_cast<uint32_t>(Ascending ? n - begin : end - n - 1))
        return Scan::OtherOrder;
      level = std::max(level, h[c] + 1);
      sharing = std::max(sharing, static_cast<uint32_t>(++parents[c]));
      place[e - edgeBase] = e - e0;
    }
    h[n] = level;
    highest = std::max(highest, level);
  }
  numLevels = std::max(numLevels, highest + 1);
  return sharing > mostParents ? Scan::Bad : Scan::Done;
}

/// One structure in any order of ids: removes nodes whose parents are all
/// removed; what cannot be removed lies on or below a cycle.
bool Linearizer::scanAnyOrder(int32_t begin, int32_t end) {
  const int32_t *offsets = childOffsets;
  int32_t *h = height.data(), *parents = parentCount.data(), *left = remaining.data(), *order = queue.data() + begin;
  const int32_t edgeEnd = edgeBase + edges;
  std::fill(parents + begin, parents + end, 0);
  for (int32_t n = begin; n < end; ++n) {
    const int32_t e0 = offsets[n], e1 = offsets[n + 1];
    if (e0 < edgeBase || e1 < e0 || e1 > edgeEnd)
      return false;
    for (int32_t e = e0; e < e1; ++e) {
      const int64_t c = int64_t(children[e]) - nodeBase;
      if (c < begin || c >= end || (++parents[c] > 1 && plan.tree))
        return false;
      edgePosition_[e - edgeBase] = e - e0;
    }
  }
  int32_t found = 0;
  for (int32_t n = begin; n < end; ++n) {
    left[n] = parents[n];
    if (parents[n] == 0)
      order[found++] = n;
  }
  for (int32_t i = 0; i < found; ++i)
    for (int32_t e = offsets[order[i]]; e < offsets[order[i] + 1]; ++e)
      if (int32_t c = children[e] - nodeBase; --left[c] == 0)
        order[found++] = c;
  if (found != end - begin)
    return false;
  for (int32_t i = found - 1; i >= 0; --i) {
    int32_t n = order[i], level = 0;
    for (int32_t e = offsets[n]; e < offsets[n + 1]; ++e)
      level = std::max(level, h[children[e] - nodeBase] + 1);
    h[n] = level;
    numLevels = std::max(numLevels, level + 1);
  }
  return true;
}

bool Linearizer::classify() {
  const auto &infos = plan.manifest->types;
  int32_t *type = type_.data();
  const uint32_t last = static_cast<uint32_t>(plan.typeOfArity.size()) - 1;
  for (int32_t n = 0; n < nodes; ++n) {
    const auto arity = static_cast<uint32_t>(childOffsets[n + 1] - childOffsets[n]);
    int32_t t;
    if (givenTypes) {
      t = givenTypes[n];
      if (static_cast<uint32_t>(t) >= static_cast<uint32_t>(plan.numTypes) || arity < infos[t].min_arity ||
          arity > infos[t].max_arity)
        return false;
    } else {
      t = plan.typeOfArity[std::min(arity, last)];
      if (t < 0)
        return false;
    }
    if (arity > plan.maxArity)
      return false;
    type[n] = t;
  }
  return true;
}

/// The class of every node: its type, refined by what the type's rule asks.
void Linearizer::tellKinds() {
  int32_t *marks = plan.wantsRootKind ? rootMark.data() : nullptr;
  if (marks && !batch->root_offsets) {
    for (int32_t n = 0; n < nodes; ++n)
      marks[n] = parentCount[n] == 0;
  } else if (marks) {
    std::fill(marks, marks + nodes, 0);
    const int32_t *offsets = batch->root_offsets + firstStructure;
    for (int32_t i = offsets[0]; i < offsets[structures]; ++i) // those out of range are findRoots' to report
      if (const int64_t n = int64_t(batch->roots[i]) - nodeBase; n >= 0 && n < nodes)
        marks[n] = 1;
  }
  const auto &infos = plan.manifest->types;
  const int32_t *type = type_.data();
  int32_t *to = class_.data();
  if (plan.kindsBySums && edges > 0) { // without a branch per node: leaves and others alternate
    const int32_t *h = height.data(), lastEdge = edgeBase + edges - 1;
    for (int32_t n = 0; n < nodes; ++n) {
      const int32_t e = childOffsets[n], arity = childOffsets[n + 1] - e;
      auto isSymbol = [&](int32_t edge) -> int32_t {
        return plan.symbolType[type[children[std::min(edge, lastEdge)] - nodeBase]];
      };
      const KindPlan &kind = plan.kinds[type[n]];
      to[n] = plan.firstClass[type[n]] + kind.firstIsSymbol * (arity > 0) * isSymbol(e) +
              kind.secondIsSymbol * (arity > 1) * isSymbol(e + 1) + kind.hasInner * (h[n] > 1) +
              (marks ? kind.isRoot * marks[n] : 0);
    }
    return;
  }
  for (int32_t n = 0; n < nodes; ++n) {
    const int32_t *child = children + childOffsets[n], *end = children + childOffsets[n + 1];
    auto isSymbol = [&](const int32_t *c) { return plan.symbolType[type[*c - nodeBase]]; };
    int32_t kind = 0;
    switch (infos[type[n]].kinds) {
    case KindRule::None:
      break;
    case KindRule::Inner:
      for (; child != end && kind == 0; ++child)
        kind = !isSymbol(child);
      break;
    case KindRule::FirstTwo:
      kind = end - child > 1 ? 2 * isSymbol(child + 1) : 0;
      [[fallthrough]];
    case KindRule::First:
      kind += child != end ? isSymbol(child) : 0;
      break;
    case KindRule::Root:
      kind = marks[n];
      break;
    }
    to[n] = plan.firstClass[type[n]] + kind;
  }
}

bool Linearizer::inputNeeded(const InputInfo &input) const {
  switch (input.place) {
  case Place::Edges:
    return edges > 0;
  case Place::Nodes:
    return input.types.empty() || std::any_of(type_.data(), type_.data() + nodes, [&](int32_t t) {
             return std::find(input.types.begin(), input.types.end(), static_cast<uint32_t>(t)) != input.types.end();
           });
  default:
    return true;
  }
}

static bool inDomain(const int32_t *values, int64_t count, int32_t domain) {
  uint32_t largest = 0;
  for (int64_t i = 0; i < count; ++i)
    largest = std::max(largest, static_cast<uint32_t>(values[i]));
  return count == 0 || largest < static_cast<uint32_t>(domain);
}

bool Linearizer::checkInputs() const {
  const auto &inputs = plan.manifest->inputs;
  if (inputs.empty())
    return true;
  if (!batch->inputs)
    return false;
  for (size_t i = 0; i < inputs.size(); ++i)
    if (!batch->inputs[i] && inputNeeded(inputs[i]))
      return false;
  auto values = [&](const SymbolPlan &s) { return static_cast<const int32_t *>(batch->inputs[s.input]); };
  for (const SymbolPlan &s : plan.nodeSymbols) {
    if (!values(s))
      continue;
    const int32_t *v = values(s) + nodeBase;
    if (s.ofType.empty()) {
      if (!inDomain(v, nodes, s.domain))
        return false;
      continue;
    }
    bool bad = false; // without a branch per node: types alternate
    for (int32_t n = 0; n < nodes; ++n)
      bad |= (s.ofType[type_[n]] != 0) & (static_cast<uint32_t>(v[n]) >= static_cast<uint32_t>(s.domain));
    if (bad)
      return false;
  }
  for (const SymbolPlan &s : plan.edgeSymbols)
    if (edges > 0 && !inDomain(values(s) + edgeBase, edges, s.domain))
      return false;
  for (const SymbolPlan &s : plan.structureSymbols)
    if (!inDomain(values(s) + firstStructure, structures, s.domain))
      return false;
  return true;
}

/// Node symbols by row. Where a node's type lacks the input, the caller's array
/// may hold anything: the row gets 0.
void Linearizer::gatherSymbols() {
  for (size_t i = 0; i < symbols.size(); ++i) {
    const SymbolPlan &s = plan.nodeSymbols[i];
    const auto *v = static_cast<const int32_t *>(batch->inputs[s.input]);
    int32_t *to = symbols[i].data();
    if (!v) {
      std::fill(to, to + nodes, 0);
    } else if (s.ofType.empty()) {
      for (int32_t r = 0; r < nodes; ++r)
        to[r] = v[nodeOfRow_[r]];
    } else {
      for (int32_t r = 0; r < nodes; ++r) {
        const int32_t n = nodeOfRow_[r];
        to[r] = v[n] & -static_cast<int32_t>(s.ofType[type_[n - nodeBase]]);
      }
    }
  }
}

bool Linearizer::findRoots() {
  roots = 0;
  if (!batch->root_offsets) {
    int32_t *to = rowOfRoot_.data();
    for (int32_t n = 0; n < nodes; ++n)
      if (parentCount[n] == 0)
        to[roots++] = rowOfNode_[n];
    return true;
  }
  const int32_t *offsets = batch->root_offsets + firstStructure;
  int32_t *to = rowOfRoot_.ensure(offsets[structures] - offsets[0]);
  for (int32_t s = 0; s < structures; ++s) {
    const int32_t begin = nodeOffsets[s], end = nodeOffsets[s + 1];
    if (offsets[s + 1] < offsets[s] || offsets[s + 1] > offsets[structures])
      return false;
    for (int32_t i = offsets[s]; i < offsets[s + 1]; ++i) {
      const int32_t n = batch->roots[i];
      if (n < begin || n >= end)
        return false;
      to[roots++] = rowOfNode_[n - nodeBase];
    }
  }
  return true;
}
