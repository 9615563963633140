//===- TestBatch.h - Batches for the runtime's tests ----------------------===//
#ifndef CORTEX_UNITTESTS_RUNTIME_TESTBATCH_H
#define CORTEX_UNITTESTS_RUNTIME_TESTBATCH_H

#include "cortex/cortex.h"
#include "cortex/manifest.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace cortex::test {

using Children = std::vector<std::vector<int32_t>>; ///< of one structure, by node

/// An owning batch that tests can also damage.
struct TestBatch {
  std::vector<int32_t> nodeOffsets{0}, childOffsets{0}, children, types, rootOffsets, roots;
  std::vector<const void *> inputs;

  void add(const Children &kids) {
    const int32_t base = nodeOffsets.back();
    for (const auto &list : kids) {
      for (int32_t c : list)
        children.push_back(c + base);
      childOffsets.push_back(static_cast<int32_t>(children.size()));
    }
    nodeOffsets.push_back(base + static_cast<int32_t>(kids.size()));
  }
  int32_t structures() const { return static_cast<int32_t>(nodeOffsets.size()) - 1; }
  int32_t nodes() const { return nodeOffsets.back(); }
  int32_t edges() const { return static_cast<int32_t>(children.size()); }

  cortex_batch view() const {
    cortex_batch b{};
    b.struct_size = sizeof b;
    b.num_structures = structures();
    b.node_offsets = nodeOffsets.data();
    b.child_offsets = childOffsets.data();
    b.children = children.data();
    b.types = types.empty() ? nullptr : types.data();
    b.root_offsets = rootOffsets.empty() ? nullptr : rootOffsets.data();
    b.roots = rootOffsets.empty() ? nullptr : roots.data();
    b.inputs = inputs.empty() ? nullptr : inputs.data();
    return b;
  }
};

inline InputInfo symbolInput(const char *name, Place place, uint32_t domain, std::vector<uint32_t> types = {}) {
  InputInfo i;
  i.name = name;
  i.place = place;
  i.symbol = true;
  i.domain = domain;
  i.types = std::move(types);
  return i;
}
inline InputInfo featureInput(const char *name, Place place, std::vector<uint32_t> shape) {
  InputInfo i;
  i.name = name;
  i.place = place;
  i.shape = std::move(shape);
  return i;
}
inline OrderInfo orderOf(OrderKind kind, bool children = false, bool parents = false, uint32_t rows = 64,
                         uint32_t edges = 256, std::vector<int32_t> keys = {}) {
  OrderInfo o;
  o.kind = kind;
  o.needs_children = children;
  o.needs_parents = parents;
  o.strip_rows = rows;
  o.strip_edges = edges;
  o.key_input = std::move(keys);
  return o;
}

/// A manifest with an input at each place, of which the first type alone has the words.
inline Manifest manifestOfTypes(StructureKind kind, std::vector<TypeInfo> types) {
  Manifest m;
  m.structure = kind;
  m.types = std::move(types);
  m.inputs = {symbolInput("word", Place::Nodes, 10, {0}), featureInput("x", Place::Nodes, {3}),
              symbolInput("label", Place::Edges, 4), symbolInput("topic", Place::Structures, 2)};
  m.orders = {orderOf(OrderKind::Up, true), orderOf(OrderKind::Roots)};
  return m;
}
inline const std::vector<TypeInfo> kLeafAndPair = {{"leaf", 0, 0}, {"pair", 2, 2}};

/// Two trees of three nodes (0 and 1 below 2; 3 and 4 below 5) with good inputs for that manifest.
struct TwoTrees : TestBatch {
  TwoTrees() {
    add({{}, {}, {0, 1}});
    add({{}, {}, {0, 1}});
    inputs = {word.data(), x.data(), label.data(), topic.data()};
  }
  std::vector<int32_t> word{1, 2, -1, 3, 4, 99}, label{0, 1, 2, 3}, topic{0, 1};
  std::vector<float> x = std::vector<float>(18, 1.0f);
};

/// How the ids of a structure's nodes relate to its edges.
enum class Ids { ChildrenFirst, ParentsFirst, Shuffled };

/// Renumbers a structure whose children have lower ids than their parents.
inline Children renumber(const Children &kids, Ids ids, std::mt19937 &random) {
  std::vector<int32_t> to(kids.size());
  std::iota(to.begin(), to.end(), 0);
  if (ids == Ids::ParentsFirst)
    std::reverse(to.begin(), to.end());
  if (ids == Ids::Shuffled)
    std::shuffle(to.begin(), to.end(), random);
  Children out(kids.size());
  for (size_t n = 0; n < kids.size(); ++n)
    for (int32_t c : kids[n])
      out[to[n]].push_back(to[c]);
  return out;
}

/// A random tree (or forest) of `nodes` nodes with at most `arity` children each.
inline Children randomTree(int32_t nodes, int32_t arity, std::mt19937 &random, bool forest = false) {
  Children kids(nodes);
  for (int32_t n = 0; n + 1 < nodes; ++n) {
    if (forest && random() % 8 == 0)
      continue;
    // Any later node that has room; the last always gets what nobody else can take.
    int32_t p = n + 1 + static_cast<int32_t>(random() % std::min(nodes - n - 1, 6));
    while (p + 1 < nodes && static_cast<int32_t>(kids[p].size()) >= arity)
      ++p;
    if (static_cast<int32_t>(kids[p].size()) < arity)
      kids[p].push_back(n);
  }
  for (auto &list : kids)
    std::shuffle(list.begin(), list.end(), random);
  return kids;
}

/// A random DAG; the same child may appear more than once.
inline Children randomDag(int32_t nodes, std::mt19937 &random) {
  Children kids(nodes);
  for (int32_t n = 1; n < nodes; ++n)
    for (uint32_t k = random() % 4; k > 0; --k)
      kids[n].push_back(static_cast<int32_t>(random() % n));
  return kids;
}

inline Children chain(int32_t nodes) {
  Children kids(nodes);
  for (int32_t n = 1; n < nodes; ++n)
    kids[n].push_back(n - 1);
  return kids;
}

/// rows x columns; a node's children are the ones left and above.
inline Children grid(int32_t rows, int32_t columns) {
  Children kids(rows * columns);
  for (int32_t r = 0; r < rows; ++r)
    for (int32_t c = 0; c < columns; ++c) {
      if (c > 0)
        kids[r * columns + c].push_back(r * columns + c - 1);
      if (r > 0)
        kids[r * columns + c].push_back((r - 1) * columns + c);
    }
  return kids;
}

} // namespace cortex::test
#endif // CORTEX_UNITTESTS_RUNTIME_TESTBATCH_H
