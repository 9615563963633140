//===- LinearizerTest.cpp - The linearizer against plain definitions ------===//
//
// Every result is compared with one computed from its definition in abi.h and
// manifest.h: sorting instead of counting, recursion by repeated relaxation
// instead of scans.
//===----------------------------------------------------------------------===//
#include "PlacedLinearizer.h"
#include "TestBatch.h"

#include <gtest/gtest.h>
#include <map>
#include <tuple>

using namespace cortex;
using namespace cortex::rt;
using namespace cortex::test;

namespace {

constexpr int32_t kWords = 5, kKinds = 1000;

/// Inputs 0 "word" (all types) and 1 "kind" (types but the first); every kind of order.
Manifest manifestFor(StructureKind kind, bool givenTypes) {
  Manifest m;
  m.model = "test";
  m.structure = kind;
  if (givenTypes)
    m.types = {{"a", 0, TypeInfo::kAnyArity}, {"b", 0, TypeInfo::kAnyArity}, {"c", 0, TypeInfo::kAnyArity}};
  else if (kind == StructureKind::Sequence)
    m.types = {{"first", 0, 0}, {"later", 1, 1}};
  else
    m.types = {{"leaf", 0, 0}, {"unary", 1, 1}, {"many", 2, TypeInfo::kAnyArity}};
  m.types[0].symbol = true;
  m.types[0].kinds = KindRule::Root;
  m.types[1].kinds = kind == StructureKind::Sequence ? KindRule::First : KindRule::FirstTwo;
  m.types.back().kinds = givenTypes || kind != StructureKind::Tree ? KindRule::Inner : KindRule::FirstTwo;
  const auto types = static_cast<uint32_t>(m.types.size());
  InputInfo word = symbolInput("word", Place::Nodes, kWords);
  InputInfo rare = symbolInput("kind", Place::Nodes, kKinds);
  for (uint32_t t = 1; t < types; ++t)
    rare.types.push_back(t);
  m.inputs = {word, rare};
  std::vector<int32_t> byWord(types, 0), byKind(types, 1);
  byKind[0] = -1;
  auto order = [&](OrderKind k, bool kids, bool parents, uint32_t rows, uint32_t edges,
                   std::vector<int32_t> keys = {}) {
    m.orders.push_back(orderOf(k, kids, parents, rows, edges, std::move(keys)));
  };
  order(OrderKind::Map, true, true, 7, 5);
  order(OrderKind::Up, true, false, 64, 256);
  order(OrderKind::Up, true, true, 3, 4, byWord);
  order(OrderKind::Up, false, false, 100, 1);
  order(OrderKind::Down, true, true, 4, 6);
  order(OrderKind::Down, false, true, 5, 256, byKind);
  order(OrderKind::Map, false, false, 4, 1, byKind);
  order(OrderKind::Map, false, false, 1000, 1, byWord);
  order(OrderKind::Roots, true, true, 2, 3);
  // By kinds; the last visits few of them.
  std::vector<uint32_t> allKinds, fewKinds(types, 0);
  for (const TypeInfo &t : m.types)
    allKinds.push_back((1u << kindsOf(t.kinds)) - 1);
  fewKinds[0] = fewKinds.back() = 2;
  for (const OrderKind k : {OrderKind::Up, OrderKind::Down, OrderKind::Map})
    for (const auto &visits : {allKinds, fewKinds}) {
      order(k, k == OrderKind::Map, true, 3, 5, k == OrderKind::Down ? byKind : std::vector<int32_t>());
      m.orders.back().needs_inner = m.orders.back().needs_symbols = k != OrderKind::Map;
      m.orders.back().visits = visits;
    }
  order(OrderKind::Structures, true, false, 2, 9);
  m.orders.push_back(orderOf(OrderKind::Symbols));
  m.orders.back().domain = 3;
  return m;
}

/// Everything about a batch by definition.
struct Naive {
  Naive(const Manifest &m, const TestBatch &b) : m(m), b(b) {
    const int32_t n = b.nodes();
    parents.resize(n);
    for (int32_t p = 0; p < n; ++p)
      for (int32_t e = b.childOffsets[p]; e < b.childOffsets[p + 1]; ++e) {
        kids[p].push_back({b.children[e], e});
        parents[b.children[e]].push_back({p, e});
      }
    up = relax([&](int32_t p) -> auto & { return kids[p]; });
    down = relax([&](int32_t p) -> auto & { return parents[p]; });
    for (int32_t s = 0; s < b.structures(); ++s)
      for (int32_t i = b.nodeOffsets[s]; i < b.nodeOffsets[s + 1]; ++i)
        structure.push_back(s);
    for (int32_t i = 0; i < n; ++i) {
      const auto arity = static_cast<uint32_t>(kids[i].size());
      int32_t t = 0;
      while (m.types[t].min_arity > arity || m.types[t].max_arity < arity)
        ++t;
      type.push_back(b.types.empty() ? t : b.types[i]);
    }
  }

  template <class F> std::vector<int32_t> relax(F neighbours) {
    std::vector<int32_t> level(b.nodes(), 0);
    for (bool changed = true; changed;) {
      changed = false;
      for (int pass = 0; pass < 2; ++pass) // both ways: chains settle quickly
        for (int32_t i = 0; i < b.nodes(); ++i) {
          const int32_t p = pass ? b.nodes() - 1 - i : i;
          for (auto [q, e] : neighbours(p))
            if (level[q] + 1 > level[p]) {
              level[p] = level[q] + 1;
              changed = true;
            }
        }
    }
    return level;
  }

  int32_t key(const OrderInfo &o, int32_t n) const {
    if (o.key_input.empty() || o.key_input[type[n]] < 0)
      return 0;
    return static_cast<const int32_t *>(b.inputs[o.key_input[type[n]]])[n];
  }
  bool isRoot(int32_t n) const {
    return b.rootOffsets.empty() ? parents[n].empty() : std::find(b.roots.begin(), b.roots.end(), n) != b.roots.end();
  }
  /// By its definition in manifest.h.
  int32_t kind(const OrderInfo &o, int32_t n) const {
    if (o.visits.empty())
      return 0;
    std::vector<bool> symbols; // of the children
    if (kids.count(n))
      for (auto [child, e] : kids.at(n))
        symbols.push_back(m.types[type[child]].symbol);
    auto at = [&](size_t i) { return i < symbols.size() && symbols[i] ? 1 : 0; };
    switch (m.types[type[n]].kinds) {
    case KindRule::Inner:
      return std::count(symbols.begin(), symbols.end(), false) > 0;
    case KindRule::First:
      return at(0);
    case KindRule::FirstTwo:
      return at(0) + 2 * at(1);
    case KindRule::Root:
      return isRoot(n);
    default:
      return 0;
    }
  }
  bool visited(const OrderInfo &o, int32_t n) const {
    return o.visits.empty() || (o.visits[type[n]] >> kind(o, n) & 1);
  }
  int32_t level(const OrderInfo &o, int32_t n) const {
    return o.kind == OrderKind::Up ? up[n] : o.kind == OrderKind::Down ? down[n] : 0;
  }
  /// Nodes in the order of `o`.
  std::vector<int32_t> nodesOf(const OrderInfo &o) const {
    std::vector<int32_t> nodes;
    if (o.kind == OrderKind::Roots) {
      for (int32_t n = 0; n < b.nodes() && b.rootOffsets.empty(); ++n)
        if (parents[n].empty())
          nodes.push_back(n);
      if (!b.rootOffsets.empty())
        nodes = b.roots;
      return nodes;
    }
    nodes.resize(b.nodes());
    std::iota(nodes.begin(), nodes.end(), 0);
    std::sort(nodes.begin(), nodes.end(), [&](int32_t x, int32_t y) {
      return std::tuple(level(o, x), type[x], kind(o, x), key(o, x), x) <
             std::tuple(level(o, y), type[y], kind(o, y), key(o, y), y);
    });
    return nodes;
  }

  using Edge = std::pair<int32_t, int32_t>; ///< node, edge id
  const Manifest &m;
  const TestBatch &b;
  std::map<int32_t, std::vector<Edge>> kids;
  std::vector<std::vector<Edge>> parents;
  std::vector<int32_t> up, down, type, structure;
};

class LinearizerTest : public testing::Test {
protected:
  /// One random tree of 40 nodes, numbered in any order.
  TestBatch shuffledTree(const Manifest &m) {
    std::mt19937 random(4);
    TestBatch b;
    b.add(renumber(randomTree(40, 3, random), Ids::Shuffled, random));
    finish(b, m, false, random);
    return b;
  }

  /// Inputs (and, if wanted, types and roots) for the structures of `b`.
  void finish(TestBatch &b, const Manifest &m, bool givenTypes, std::mt19937 &random) {
    words.clear();
    kinds.clear();
    for (int32_t n = 0; n < b.nodes(); ++n) {
      words.push_back(static_cast<int32_t>(random() % kWords));
      const bool leaf = b.childOffsets[n] == b.childOffsets[n + 1];
      if (givenTypes)
        b.types.push_back(static_cast<int32_t>(random() % m.types.size()));
      const bool hasKind = givenTypes ? b.types.back() != 0 : !leaf;
      kinds.push_back(hasKind ? static_cast<int32_t>(random() % kKinds) : -7); // never read where the type lacks it
    }
    b.inputs = {words.data(), kinds.data()};
  }

  void checkStrips(const Manifest &m, const Naive &naive, size_t i, const OrderArrays &o,
                   const std::vector<int32_t> &nodes, int32_t positions) {
    const OrderInfo &info = m.orders[i];
    const bool perNode = info.kind != OrderKind::Structures;
    auto edges = [&](uint32_t a, int32_t begin, int32_t end) -> int64_t {
      return info.needs(a) ? o.adjacency[a].offsets[end] - o.adjacency[a].offsets[begin] : 0;
    };
    auto classOf = [&](int32_t p) {
      if (!perNode)
        return std::tuple(0, 0, 0);
      const int32_t n = nodes[p];
      return std::tuple(naive.level(info, n), naive.type[n] + naive.kind(info, n) * CORTEX_KIND, naive.key(info, n));
    };
    int32_t next = 0, widestLevel = 0, widestStrip = 0, widestEdges[cortex::abi::kAdjacencies] = {},
            levelEdges[cortex::abi::kAdjacencies] = {};
    auto skip = [&] {
      while (perNode && next < positions && !naive.visited(info, nodes[next]))
        ++next;
    };
    int32_t lastLevel = -1;
    for (int32_t l = 0; l < o.numLevels; ++l) {
      ASSERT_LT(o.levelStrips[l], o.levelStrips[l + 1]) << "empty level";
      skip();
      const int32_t levelBegin = next, level = std::get<0>(classOf(next));
      ASSERT_GT(level, lastLevel);
      lastLevel = level;
      for (int32_t s = o.levelStrips[l]; s < o.levelStrips[l + 1]; ++s) {
        const cortex_strip &strip = o.strips[s];
        skip();
        ASSERT_EQ(strip.begin, next);
        ASSERT_LT(strip.begin, strip.end);
        for (int32_t p = strip.begin; p < strip.end; ++p) {
          ASSERT_EQ(classOf(p), classOf(strip.begin));
          ASSERT_EQ(std::get<0>(classOf(p)), level);
        }
        ASSERT_EQ(strip.type, std::get<1>(classOf(strip.begin)));
        ASSERT_EQ(strip.key, std::get<2>(classOf(strip.begin)));
        auto fits = [&](int32_t end) {
          bool edgesFit = true;
          for (uint32_t a = 0; a < cortex::abi::kAdjacencies; ++a)
            edgesFit &= edges(a, strip.begin, end) <= info.strip_edges;
          return end - strip.begin == 1 || (static_cast<uint32_t>(end - strip.begin) <= info.strip_rows && edgesFit);
        };
        ASSERT_TRUE(fits(strip.end));
        const bool more = strip.end < positions && classOf(strip.end) == classOf(strip.begin);
        ASSERT_FALSE(more && fits(strip.end + 1)) << "a strip is shorter than it must be";
        next = strip.end;
        widestStrip = std::max(widestStrip, strip.end - strip.begin);
        for (uint32_t a = 0; a < cortex::abi::kAdjacencies; ++a)
          widestEdges[a] = std::max(widestEdges[a], static_cast<int32_t>(edges(a, strip.begin, strip.end)));
      }
      widestLevel = std::max(widestLevel, next - levelBegin);
      for (uint32_t a = 0; a < cortex::abi::kAdjacencies; ++a)
        levelEdges[a] = std::max(levelEdges[a], static_cast<int32_t>(edges(a, levelBegin, next)));
    }
    skip();
    EXPECT_EQ(next, positions);
    EXPECT_EQ(o.positions, positions);
    EXPECT_EQ(o.numStrips, o.levelStrips[o.numLevels]);
    EXPECT_EQ(o.levelRows, widestLevel);
    EXPECT_EQ(o.stripRows, widestStrip);
    for (uint32_t a = 0; a < cortex::abi::kAdjacencies; ++a) {
      EXPECT_EQ(o.stripEdges[a], widestEdges[a]);
      EXPECT_EQ(o.levelEdges[a], levelEdges[a]);
    }
  }

  void checkAdjacency(const Naive &naive, const Linearizer &lin, const OrderArrays &o, cortex::abi::Adjacency which,
                      const std::vector<int32_t> &nodes) {
    const AdjacencyArrays &a = o.adjacency[which];
    const bool toParents = which == cortex::abi::kParents;
    int32_t at = 0;
    for (size_t p = 0; p < nodes.size(); ++p) {
      ASSERT_EQ(a.offsets[p], at);
      const auto list = toParents                    ? naive.parents[nodes[p]]
                        : naive.kids.count(nodes[p]) ? naive.kids.at(nodes[p])
                                                     : std::vector<Naive::Edge>();
      for (auto [node, edge] : list) {
        const bool symbol = naive.m.types[naive.type[node]].symbol;
        if ((which == cortex::abi::kInner && symbol) || (which == cortex::abi::kSymbols && !symbol))
          continue;
        ASSERT_EQ(a.neighbour[at], lin.rowOfNode()[node]);
        ASSERT_EQ(a.edgeId[at], edge);
        ASSERT_EQ(a.owner[at], static_cast<int32_t>(p));
        ++at;
      }
    }
    ASSERT_EQ(a.offsets[nodes.size()], at);
  }

  void check(const Manifest &m, const TestBatch &b, PlacedLinearizer &lin) {
    const Naive naive(m, b);
    lin.run(b.view(), 0, b.structures());
    ASSERT_EQ(lin.numNodes(), b.nodes());
    ASSERT_EQ(lin.numEdges(), b.edges());
    ASSERT_EQ(lin.numStructures(), b.structures());
    // Rows: the first `up` order.
    const std::vector<int32_t> rows = naive.nodesOf(m.orders[1]);
    for (int32_t r = 0; r < b.nodes(); ++r) {
      const int32_t n = rows[r];
      ASSERT_EQ(lin.nodeOfRow()[r], n);
      ASSERT_EQ(lin.rowOfNode()[n], r);
      ASSERT_EQ(lin.structureOfRow()[r], naive.structure[n]);
      ASSERT_EQ(lin.nodeSymbol(0)[r], words[n]);
      ASSERT_EQ(lin.nodeSymbol(1)[r], kinds[n] == -7 ? 0 : kinds[n]);
      for (int32_t e = b.childOffsets[n]; e < b.childOffsets[n + 1]; ++e) {
        ASSERT_EQ(lin.edgePosition()[e], e - b.childOffsets[n]);
        ASSERT_LT(lin.rowOfNode()[b.children[e]], r) << "a child comes first";
      }
    }
    for (size_t i = 0; i < m.orders.size(); ++i) {
      SCOPED_TRACE("order " + std::to_string(i));
      const OrderInfo &info = m.orders[i];
      const OrderArrays &o = lin.order(i);
      if (info.kind == OrderKind::Symbols) {
        EXPECT_EQ(o.numLevels, 0);
        continue;
      }
      if (info.kind == OrderKind::Structures) {
        for (int32_t s = 0; s < b.structures(); ++s)
          ASSERT_EQ(o.rows[s], s);
        const AdjacencyArrays &a = o.adjacency[cortex::abi::kNodes];
        for (int32_t n = 0; n < b.nodes(); ++n) {
          ASSERT_EQ(a.neighbour[n], lin.rowOfNode()[n]);
          ASSERT_EQ(a.edgeId[n], n);
          ASSERT_EQ(a.owner[n], naive.structure[n]);
        }
        for (int32_t s = 0; s <= b.structures(); ++s)
          ASSERT_EQ(a.offsets[s], b.nodeOffsets[s]);
        checkStrips(m, naive, i, o, {}, b.structures());
        continue;
      }
      const std::vector<int32_t> nodes = naive.nodesOf(info);
      if (info.kind == OrderKind::Roots) {
        ASSERT_EQ(lin.numRoots(), static_cast<int32_t>(nodes.size()));
      }
      for (size_t p = 0; p < nodes.size(); ++p)
        ASSERT_EQ(o.rows[p], lin.rowOfNode()[nodes[p]]) << "position " << p;
      if (info.kind != OrderKind::Roots) // the roots' levels are one run of types each, whatever their order
        checkStrips(m, naive, i, o, nodes, static_cast<int32_t>(nodes.size()));
      for (cortex::abi::Adjacency a :
           {cortex::abi::kChildren, cortex::abi::kParents, cortex::abi::kInner, cortex::abi::kSymbols})
        if (info.needs(a))
          checkAdjacency(naive, lin, o, a, nodes);
      if (HasFatalFailure())
        return;
    }
  }

  std::vector<int32_t> words, kinds;
};

Ids someIds(std::mt19937 &random) {
  return static_cast<Ids>(random() % 3);
}

} // namespace

TEST_F(LinearizerTest, RandomTrees) {
  for (bool typed : {false, true}) {
    const Manifest m = manifestFor(StructureKind::Tree, typed);
    const LinearizerPlan plan(m);
    PlacedLinearizer lin(plan); // one for all batches: what a run leaves behind must not matter
    for (uint32_t seed = 0; seed < 60; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      std::mt19937 random(seed);
      TestBatch b;
      for (uint32_t s = 1 + random() % 5; s > 0; --s)
        b.add(renumber(randomTree(1 + static_cast<int32_t>(random() % 60), 1 + static_cast<int32_t>(random() % 4),
                                  random, random() % 2),
                       someIds(random), random));
      finish(b, m, typed, random);
      check(m, b, lin);
      if (HasFatalFailure())
        return;
    }
  }
}

TEST_F(LinearizerTest, RandomDagsWithGivenRoots) {
  for (bool typed : {false, true}) {
    const Manifest m = manifestFor(StructureKind::Dag, typed);
    const LinearizerPlan plan(m);
    PlacedLinearizer lin(plan);
    for (uint32_t seed = 0; seed < 60; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      std::mt19937 random(seed);
      TestBatch b;
      for (uint32_t s = 1 + random() % 4; s > 0; --s)
        b.add(renumber(random() % 4 ? randomDag(1 + static_cast<int32_t>(random() % 50), random) : grid(4, 5),
                       someIds(random), random));
      if (seed % 2) {
        b.rootOffsets = {0};
        for (int32_t s = 0; s < b.structures(); ++s) {
          for (uint32_t r = random() % 4; r > 0; --r) // none, or the same one twice: both are allowed
            b.roots.push_back(b.nodeOffsets[s] +
                              static_cast<int32_t>(random() % (b.nodeOffsets[s + 1] - b.nodeOffsets[s])));
          b.rootOffsets.push_back(static_cast<int32_t>(b.roots.size()));
        }
      }
      finish(b, m, typed, random);
      check(m, b, lin);
      if (HasFatalFailure())
        return;
    }
  }
}

TEST_F(LinearizerTest, Sequences) {
  const Manifest m = manifestFor(StructureKind::Sequence, false);
  const LinearizerPlan plan(m);
  PlacedLinearizer lin(plan);
  std::mt19937 random(1);
  for (Ids ids : {Ids::ChildrenFirst, Ids::ParentsFirst, Ids::Shuffled}) {
    TestBatch b;
    for (int32_t n : {1, 5, 2, 30})
      b.add(renumber(chain(n), ids, random));
    finish(b, m, false, random);
    check(m, b, lin);
  }
}

TEST_F(LinearizerTest, ChainsOfAHundredThousandNodes) {
  const Manifest m = manifestFor(StructureKind::Tree, false);
  const LinearizerPlan plan(m);
  std::mt19937 random(2);
  for (Ids ids : {Ids::ChildrenFirst, Ids::ParentsFirst, Ids::Shuffled}) {
    TestBatch b;
    b.add(renumber(chain(100000), ids, random));
    finish(b, m, false, random);
    PlacedLinearizer lin(plan);
    lin.run(b.view(), 0, 1);
    EXPECT_EQ(lin.order(1).numLevels, 100000);
    EXPECT_EQ(lin.order(4).numLevels, 100000);
    EXPECT_EQ(lin.numRoots(), 1);
    EXPECT_EQ(lin.rowOfRoot()[0], 99999);
    for (int32_t r = 1; r < 100000; ++r)
      ASSERT_EQ(lin.order(1).adjacency[0].neighbour[r - 1], r - 1);
  }
}

/// A range of structures gives what those structures give alone, with the batch's ids.
TEST_F(LinearizerTest, RangesOfABatch) {
  const Manifest m = manifestFor(StructureKind::Dag, false);
  const LinearizerPlan plan(m);
  std::mt19937 random(3);
  std::vector<Children> parts;
  TestBatch all;
  for (int s = 0; s < 6; ++s) {
    parts.push_back(renumber(randomDag(20, random), someIds(random), random));
    all.add(parts.back());
  }
  finish(all, m, false, random);
  PlacedLinearizer whole(plan), alone(plan);
  for (int32_t s = 0; s < 6; ++s) {
    TestBatch one;
    one.add(parts[s]);
    const int32_t node = all.nodeOffsets[s], edge = all.childOffsets[node];
    one.inputs = {words.data() + node, kinds.data() + node};
    whole.run(all.view(), s, s + 1);
    alone.run(one.view(), 0, 1);
    ASSERT_EQ(whole.numNodes(), alone.numNodes());
    EXPECT_EQ(whole.firstNode(), node);
    EXPECT_EQ(whole.firstEdge(), edge);
    for (int32_t r = 0; r < 20; ++r) {
      EXPECT_EQ(whole.nodeOfRow()[r], alone.nodeOfRow()[r] + node);
      EXPECT_EQ(whole.structureOfRow()[r], 0);
      EXPECT_EQ(whole.nodeSymbol(1)[r], alone.nodeSymbol(1)[r]);
    }
    for (size_t i : {1u, 2u, 4u, 8u}) {
      const OrderArrays &w = whole.order(i), &a = alone.order(i);
      ASSERT_EQ(w.numStrips, a.numStrips);
      for (int32_t e = 0; e < a.adjacency[0].offsets[a.levelRows]; ++e) {
        EXPECT_EQ(w.adjacency[0].neighbour[e], a.adjacency[0].neighbour[e]);
        EXPECT_EQ(w.adjacency[0].edgeId[e], a.adjacency[0].edgeId[e] + edge);
      }
    }
  }
}

/// Roots that a batch names are checked where only kinds read them.
TEST_F(LinearizerTest, RootsForKindsOnly) {
  Manifest m = manifestFor(StructureKind::Tree, false);
  std::erase_if(m.orders, [](const OrderInfo &o) { return o.kind == OrderKind::Roots; });
  const LinearizerPlan plan(m);
  ASSERT_TRUE(plan.wantsRootKind);
  PlacedLinearizer lin(plan);
  std::mt19937 random(5);
  TestBatch b;
  for (int s = 0; s < 3; ++s)
    b.add(chain(4));
  finish(b, m, false, random);
  b.roots = {3, 7, 11};
  b.rootOffsets = {0, 1, 2, 3};
  EXPECT_NO_THROW(lin.run(b.view(), 0, 3));
  for (const std::vector<int32_t> &offsets :
       {std::vector<int32_t>{-5, 1, 2, 3}, {0, 1, 2'000'000'000, 3}, {2'000'000'000, 1, 2, 3}}) {
    b.rootOffsets = offsets;
    EXPECT_THROW(lin.run(b.view(), 0, 2), std::exception) << offsets.front();
  }
}

/// Programs without a sweep that follows children still have rows: the nodes as their loops visit them.
TEST_F(LinearizerTest, MapOnly) {
  Manifest m = manifestFor(StructureKind::Tree, false);
  m.orders = {m.orders[0]};
  const LinearizerPlan plan(m);
  PlacedLinearizer lin(plan);
  const TestBatch b = shuffledTree(m);
  lin.run(b.view(), 0, 1);
  EXPECT_EQ(lin.order(0).numLevels, 1);
  const Naive naive(m, b);
  const std::vector<int32_t> nodes = naive.nodesOf(m.orders[0]);
  for (int32_t p = 0; p < 40; ++p) {
    EXPECT_EQ(lin.order(0).rows[p], p) << "nothing depends on levels";
    EXPECT_EQ(lin.nodeOfRow()[p], nodes[p]);
    EXPECT_EQ(lin.rowOfNode()[nodes[p]], p);
  }
}

/// Children first, where the only sweep goes down.
TEST_F(LinearizerTest, DownOnly) {
  Manifest m = manifestFor(StructureKind::Tree, false);
  m.orders[0].kind = OrderKind::Down;
  m.orders = {m.orders[0]};
  const LinearizerPlan plan(m);
  PlacedLinearizer lin(plan);
  const TestBatch b = shuffledTree(m);
  lin.run(b.view(), 0, 1);
  for (int32_t n = 0; n < 40; ++n)
    for (int32_t e = b.childOffsets[n]; e < b.childOffsets[n + 1]; ++e)
      EXPECT_LT(lin.rowOfNode()[b.children[e]], lin.rowOfNode()[n]);
}

/// Nodes of one type, all in one level.
TEST_F(LinearizerTest, NothingTellsNodesApart) {
  Manifest m = manifestFor(StructureKind::Tree, false);
  m.types = {{"any", 0, TypeInfo::kAnyArity}};
  m.orders[0].key_input = {};
  m.orders[0].strip_rows = m.orders[0].strip_edges = 100;
  m.orders = {m.orders[0]};
  for (InputInfo &input : m.inputs)
    input.types = {};
  const LinearizerPlan plan(m);
  PlacedLinearizer lin(plan);
  std::mt19937 random(4);
  TestBatch b;
  for (int i = 0; i < 2; ++i)
    b.add(renumber(randomTree(20, 3, random), Ids::Shuffled, random));
  finish(b, m, false, random);
  kinds.assign(kinds.size(), 0);
  lin.run(b.view(), 0, 2);
  ASSERT_EQ(lin.order(0).numStrips, 1);
  EXPECT_EQ(lin.order(0).strips[0].end, 40);
  for (int32_t n = 0; n < 40; ++n) {
    EXPECT_EQ(lin.nodeOfRow()[n], n);
    EXPECT_EQ(lin.rowOfNode()[n], n);
  }
}
