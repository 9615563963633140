//===- LinearizerPlan.cpp - What a manifest asks of the linearizer --------===//
#include "LinearizerPlan.h"

#include <algorithm>

using namespace cortex;
using namespace cortex::rt;

/// Fills in which type has each arity; returns false if two types share one.
static bool tellTypesByArity(const std::vector<TypeInfo> &types, std::vector<int32_t> &typeOfArity) {
  uint32_t last = 0; // arities from here on are all alike
  for (const TypeInfo &t : types)
    last = std::max(last, (t.max_arity == TypeInfo::kAnyArity ? t.min_arity : t.max_arity) + 1);
  // A table is only worth it for arities that occur in practice.
  constexpr uint32_t kLargestTable = 1 << 16;
  if (last > kLargestTable)
    return false;
  typeOfArity.assign(last + 1, -1);
  for (size_t i = 0; i < types.size(); ++i)
    for (uint32_t a = types[i].min_arity; a <= std::min(types[i].max_arity, last); ++a) {
      if (typeOfArity[a] != -1)
        return false;
      typeOfArity[a] = static_cast<int32_t>(i);
    }
  return true;
}

static KindPlan planKind(KindRule rule) {
  KindPlan plan;
  plan.firstIsSymbol = rule == KindRule::First || rule == KindRule::FirstTwo ? 1 : 0;
  plan.secondIsSymbol = rule == KindRule::FirstTwo ? 2 : 0;
  plan.isRoot = rule == KindRule::Root ? 1 : 0;
  plan.hasInner = rule == KindRule::Inner ? 1 : 0;
  return plan;
}

LinearizerPlan::LinearizerPlan(const Manifest &m)
    : manifest(&m), tree(m.structure != StructureKind::Dag),
      maxArity(m.structure == StructureKind::Sequence ? 1 : TypeInfo::kAnyArity),
      numTypes(static_cast<int32_t>(m.types.size())), wantsRoots(false) {
  typesFromArity = tellTypesByArity(m.types, typeOfArity);
  bool symbolsAreLeaves = true, anyInner = false;
  for (const TypeInfo &t : m.types) {
    kinds.push_back(planKind(t.kinds));
    anyInner |= t.kinds == KindRule::Inner;
    symbolsAreLeaves &= t.symbol ? t.max_arity == 0 : t.min_arity > 0;
    firstClass.push_back(static_cast<int32_t>(classes.size()));
    symbolType.push_back(t.symbol);
    aritiesVary |= t.min_arity != t.max_arity;
    for (uint32_t k = 0; k < kindsOf(t.kinds); ++k)
      classes.push_back({static_cast<int32_t>(symbolType.size()) - 1, static_cast<int32_t>(k)});
  }

  kindsBySums = symbolsAreLeaves || !anyInner;

  // Rows are numbered by the first `up` order. A program without one has rows all the same: where it goes down they are
  // numbered children first, else as its loops over all nodes visit them.
  auto orderingOf = [&](const OrderInfo &o) {
    bool keyed = std::any_of(o.key_input.begin(), o.key_input.end(), [](int32_t k) { return k >= 0; });
    std::vector<int32_t> keys = keyed ? o.key_input : std::vector<int32_t>();
    const bool byKind = !o.visits.empty();
    for (size_t i = 0; i < orderings.size(); ++i)
      if (orderings[i].kind == o.kind && orderings[i].keys == keys && orderings[i].byKind == byKind)
        return i;
    orderings.push_back({o.kind, keys, byKind, {}});
    return orderings.size() - 1;
  };
  auto firstOf = [&](OrderKind kind) {
    return std::find_if(m.orders.begin(), m.orders.end(), [&](const OrderInfo &o) { return o.kind == kind; });
  };
  const auto none = m.orders.end();
  auto rows = firstOf(OrderKind::Up);
  if (rows == none && firstOf(OrderKind::Down) == none)
    rows = firstOf(OrderKind::Map);
  orderingOf(rows == none ? OrderInfo{} : *rows);

  for (const OrderInfo &o : m.orders) {
    OrderPlan plan;
    if (o.kind != OrderKind::Symbols) {
      plan.ordering = static_cast<int32_t>(orderingOf(o));
      for (uint32_t a = 0; a < abi::kAdjacencies; ++a)
        orderings[plan.ordering].adjacency[a] |= plan.adjacency[a] = o.needs(a);
      if (!o.visits.empty())
        for (const ClassPlan &c : classes)
          plan.visits.push_back(o.visits[c.type] >> c.kind & 1);
    }
    plan.stripRows = o.strip_rows;
    plan.stripEdges = o.strip_edges;
    wantsRoots |= o.kind == OrderKind::Roots;
    orders.push_back(plan);
  }
  for (const BufferInfo &b : m.buffers)
    wantsRoots |= b.space == Space::Roots;
  for (const OutputInfo &o : m.outputs)
    wantsRoots |= o.place == Place::Roots;

  for (OrderPlan &plan : orders)
    plan.work.resize(classes.size());
  for (const WorkInfo &w : m.work)
    for (size_t c = 0; c < classes.size(); ++c) {
      if ((w.type != WorkInfo::kEveryType && w.type != classes[c].type) ||
          (w.kind != WorkInfo::kEveryKind && w.kind != classes[c].kind))
        continue;
      ClassWork &work = orders[w.order].work[c];
      work.perRow += w.flops_per_row;
      for (uint32_t a = 0; a < abi::kAdjacencies; ++a)
        work.perEdge[a] += w.flops_per_edge[a];
    }

  for (size_t i = 0; i < m.inputs.size(); ++i) {
    const InputInfo &input = m.inputs[i];
    if (!input.symbol)
      continue;
    SymbolPlan plan{static_cast<uint32_t>(i), static_cast<int32_t>(input.domain), {}};
    if (!input.types.empty()) {
      plan.ofType.assign(m.types.size(), 0);
      for (uint32_t t : input.types)
        plan.ofType[t] = 1;
    }
    auto &list = input.place == Place::Nodes   ? nodeSymbols
                 : input.place == Place::Edges ? edgeSymbols
                                               : structureSymbols;
    list.push_back(std::move(plan));
    if (input.place == Place::Nodes)
      largestDomain = std::max(largestDomain, input.domain);
  }
  for (const OrderingPlan &o : orderings) {
    wantsDepth |= o.kind == OrderKind::Down;
    wantsParents |= o.adjacency[abi::kParents];
    wantsKeys |= !o.keys.empty();
    wantsKinds |= o.byKind;
  }
  for (const TypeInfo &t : m.types)
    wantsRootKind |= wantsKinds && t.kinds == KindRule::Root;
  wantsRoots |= wantsRootKind; // so that those a batch names are checked
}
