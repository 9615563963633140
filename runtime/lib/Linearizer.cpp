//===- Linearizer.cpp - Heights, types, roots and symbols of a batch ------===//
#include "Linearizer.h"

#include "Error.h"

#include <algorithm>

using namespace cortex;
using namespace cortex::rt;

Linearizer::Linearizer(const LinearizerPlan &plan)
    : plan(plan), symbols(plan.nodeSymbols.size()), orderings(plan.orderings.size()), strips(plan.orders.size()),
      orders(plan.orders.size()) {}

void Linearizer::run(const cortex_batch &b, int32_t first, int32_t last) {
  eachArray([](auto &array) { array.forget(); });
  bool good = readRange(b, first, last) && scanStructures() && classify() && checkInputs();
  if (good) {
    orderRows();
    good = !plan.wantsRoots || findRoots();
  }
  if (!good) {
    std::string fault = explainBatch(plan, b, first, last);
    throw Error(CORTEX_INVALID_BATCH, fault.empty() ? "the batch changed while it was read" : fault);
  }
  gatherSymbols();
  const bool parents = std::any_of(plan.orderings.begin(), plan.orderings.end(),
                                   [](const OrderingPlan &p) { return p.adjacency[abi::kParents]; });
  if (parents)
    listParents();
  for (size_t i = 0; i < orderings.size(); ++i) {
    const OrderingPlan &p = plan.orderings[i];
    Ordering &o = orderings[i];
    if (i > 0)
      switch (p.kind) {
      case OrderKind::Up:
        placeNodes(o, p, height.data(), numLevels, o.ownRows.ensure(nodes), nullptr);
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
    for (abi::Adjacency a : {abi::kChildren, abi::kParents})
      if (p.adjacency[a])
        fillAdjacency(o, a);
  }
  for (size_t i = 0; i < orders.size(); ++i)
    if (plan.orders[i].ordering >= 0)
      cutStrips(i);
  usedBytes = 0;
  eachArray([&](const auto &array) { usedBytes += array.bytesWanted(); });
}

//===----------------------------------------------------------------------===//
// Arrays
//===----------------------------------------------------------------------===//

/// Calls visit(array) for every array that grows.
template <class Visit> void Linearizer::eachArray(const Visit &visit) {
  for (GrowArray<int32_t> *a :
       {&height, &depth, &type_, &parentCount, &remaining, &queue, &rowOfNode_, &parentEnd, &parentNode, &parentEdge,
        &nodeOfRow_, &edgePosition_, &rowOfRoot_, &structureOfRow_, &identity_, &counts, &keyCounts, &sorted})
    visit(*a);
  visit(sortable);
  for (GrowArray<int32_t> &a : symbols)
    visit(a);
  for (Ordering &o : orderings) {
    visit(o.ownRows);
    visit(o.levelGroups);
    visit(o.groups);
    visit(o.keyedGroups);
    for (AdjacencyStore &a : o.adjacency)
      for (GrowArray<int32_t> *list : {&a.offsets, &a.neighbour, &a.edgeId, &a.owner})
        visit(*list);
  }
  for (StripStore &s : strips) {
    visit(s.levelStrips);
    visit(s.strips);
  }
}

void Linearizer::ensureArrays(int32_t s, int32_t n, int32_t e, int32_t r) {
  for (GrowArray<int32_t> *a :
       {&height, &type_, &parentCount, &remaining, &queue, &rowOfNode_, &nodeOfRow_, &structureOfRow_})
    a->ensure(n);
  edgePosition_.ensure(e);
  rowOfRoot_.ensure(r);
  identity(std::max(n, s));
  for (GrowArray<int32_t> &a : symbols)
    a.ensure(n);
}

/// Calls want(array, elements) for every array of any run within these numbers.
template <class Want> void Linearizer::eachReserved(int32_t s, int32_t n, int32_t e, int32_t r, const Want &want) {
  for (GrowArray<int32_t> *a : {&height, &type_, &parentCount, &remaining, &queue, &rowOfNode_, &nodeOfRow_,
                                &structureOfRow_, &depth, &parentEnd, &sorted})
    want(*a, n);
  for (GrowArray<int32_t> *a : {&edgePosition_, &parentNode, &parentEdge})
    want(*a, e);
  want(rowOfRoot_, std::max(r, plan.wantsRoots ? n : 0)); // before they are counted, every node may be one
  want(identity_, std::max(n, s));
  for (GrowArray<int32_t> &a : symbols)
    want(a, n);
  want(counts, static_cast<size_t>(n) * plan.numTypes);
  want(sortable, n);
  for (const SymbolPlan &symbol : plan.nodeSymbols)
    want(keyCounts, std::min<int64_t>(symbol.domain, 4 * int64_t(n)) + 1);
  for (size_t i = 0; i < orderings.size(); ++i) {
    Ordering &o = orderings[i];
    int32_t positions = plan.orderings[i].kind == OrderKind::Roots        ? r
                        : plan.orderings[i].kind == OrderKind::Structures ? s
                                                                          : n;
    want(o.ownRows, positions);
    want(o.levelGroups, static_cast<size_t>(n) + 1);
    want(o.groups, std::max(positions, 1));
    if (!plan.orderings[i].keys.empty())
      want(o.keyedGroups, positions);
    for (int a = 0; a < 2; ++a)
      if (plan.orderings[i].adjacency[a]) {
        const size_t listed = plan.orderings[i].kind == OrderKind::Structures ? n : e;
        want(o.adjacency[a].offsets, static_cast<size_t>(positions) + 1);
        for (GrowArray<int32_t> *list : {&o.adjacency[a].neighbour, &o.adjacency[a].edgeId, &o.adjacency[a].owner})
          want(*list, listed);
      }
  }
  for (size_t i = 0; i < orders.size(); ++i)
    if (plan.orders[i].ordering >= 0) {
      want(strips[i].levelStrips, static_cast<size_t>(n) + 1);
      want(strips[i].strips, std::max({n, s, r}));
    }
}

void Linearizer::reserve(int32_t s, int32_t n, int32_t e, int32_t r) {
  identity(std::max(n, s)); // which knows what is written there
  eachReserved(s, n, e, r, [](auto &array, size_t count) { array.ensure(count); });
}

uint64_t Linearizer::reservedBytes(int32_t s, int32_t n, int32_t e, int32_t r) {
  uint64_t total = 0;
  eachReserved(s, n, e, r, [&](auto &array, size_t count) { total += count * sizeof array[0]; });
  return total;
}

uint64_t Linearizer::leastBytes(uint64_t n, uint64_t e) const {
  uint64_t perNode = 9 + symbols.size(), perEdge = 1; // see ensureArrays
  for (size_t i = 0; i < orderings.size(); ++i) {
    const OrderingPlan &p = plan.orderings[i];
    if (p.kind == OrderKind::Roots)
      continue;
    const bool byNode = p.kind != OrderKind::Structures;
    perNode += i > 0 && byNode ? 1 : 0;
    for (bool wanted : p.adjacency)
      if (wanted && byNode)
        perNode += 1, perEdge += 3;
      else if (wanted)
        perNode += 3;
  }
  uint64_t total = 4 * (perNode * n + perEdge * e);
  for (const OrderPlan &o : plan.orders)
    if (o.ordering >= 0 && plan.orderings[o.ordering].kind != OrderKind::Roots &&
        plan.orderings[o.ordering].kind != OrderKind::Structures)
      total += sizeof(cortex_strip) * n;
  return total;
}

/// 0, 1, 2, ...: written once, when the array grows.
const int32_t *Linearizer::identity(int32_t n) {
  if (n > identitySize)
    identitySize = 0; // growing may fail, and has then lost what was there
  int32_t *id = identity_.ensure(n);
  if (identitySize == 0) {
    for (int32_t i = 0; i < n; ++i)
      id[i] = i;
    identitySize = n;
  }
  return id;
}

//===----------------------------------------------------------------------===//
// Reading and checking
//===----------------------------------------------------------------------===//

bool Linearizer::readRange(const cortex_batch &b, int32_t first, int32_t last) {
  batch = &b;
  firstStructure = first;
  structures = last - first;
  const int32_t allNodes = b.node_offsets[b.num_structures];
  nodeOffsets = b.node_offsets + first;
  nodeBase = nodeOffsets[0];
  const int32_t nodeEnd = nodeOffsets[structures];
  if (nodeBase < 0 || nodeEnd <= nodeBase || nodeEnd > allNodes)
    return false;
  nodes = nodeEnd - nodeBase;
  const int32_t allEdges = b.child_offsets[allNodes];
  childOffsets = b.child_offsets + nodeBase;
  edgeBase = childOffsets[0];
  const int32_t edgeEnd = childOffsets[nodes];
  if (edgeBase < 0 || edgeEnd < edgeBase || edgeEnd > allEdges || (edgeEnd > edgeBase && !b.children))
    return false;
  edges = edgeEnd - edgeBase;
  children = b.children;
  givenTypes = b.types ? b.types + nodeBase : nullptr;
  if (!givenTypes && !plan.typesFromArity)
    return false;
  ensureArrays(structures, nodes, edges, 0);
  return true;
}

bool Linearizer::scanStructures() {
  numLevels = 1;
  for (int32_t s = 0; s < structures; ++s) {
    // Offsets count from the start of the batch, everything here from the first node of the range.
    const int32_t begin = nodeOffsets[s] - nodeBase, end = nodeOffsets[s + 1] - nodeBase;
    if (begin < 0 || end <= begin || end > nodes)
      return false;
    Scan scan = scanInOrder<true>(begin, end);
    if (scan == Scan::OtherOrder)
      scan = scanInOrder<false>(begin, end);
    if (scan == Scan::Bad || (scan == Scan::OtherOrder && !scanAnyOrder(begin, end)))
      return false;
  }
  return true;
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
      // One unsigned comparison with the nodes walked so far: [begin, n) or (n, end).
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
    int32_t *to = rowOfRoot_.ensure(nodes);
    for (int32_t n = 0; n < nodes; ++n)
      if (parentCount[n] == 0)
        to[roots++] = rowOfNode_[n];
    return true;
  }
  const int32_t all = batch->root_offsets[batch->num_structures];
  const int32_t *offsets = batch->root_offsets + firstStructure;
  if (offsets[0] < 0 || offsets[structures] < offsets[0] || offsets[structures] > all)
    return false;
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
