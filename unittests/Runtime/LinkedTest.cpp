//===- LinkedTest.cpp - Batches from linked nodes -------------------------===//
#include "cortex/linked.hpp"

#include "FakeFixture.h"

#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <utility>

using namespace cortex;
using namespace cortex::test;

namespace {

struct Node {
  std::vector<Node *> kids;
  int32_t id = 0; ///< in the batch it was made from
  const FakeBatch<float> *batch = nullptr;
  mutable int32_t slot = 12345; ///< garbage at first: a walk must not believe it
};

/// All inputs of the fake program; children by index, shared nodes by hash.
struct ByIndex {
  using Node = const ::Node *;
  size_t num_children(Node n) const { return n->kids.size(); }
  Node child(Node n, size_t i) const { return n->kids[i]; }
  int32_t symbol(Node n, uint32_t input) const { return n->batch->word[n->id]; }
  const float *features(Node n, uint32_t input) const { return &n->batch->x[n->id * kUnits]; }
  int32_t edge_symbol(Node n, size_t i, uint32_t input) const { return n->batch->label[edge(n, i)]; }
  const float *edge_features(Node n, size_t i, uint32_t input) const { return &n->batch->weight[edge(n, i)]; }
  static size_t edge(Node n, size_t i) { return n->batch->childOffsets[n->id] + i; }
};
/// The same with a range of children and a slot in the node.
struct BySlot : ByIndex {
  const std::vector<::Node *> &children(Node n) const { return n->kids; }
  int32_t &slot(Node n) const { return n->slot; }
};
/// The same with types from the user.
struct Typed : ByIndex {
  int32_t type(Node n) const { return n->kids.empty() ? 0 : 1; }
};

std::vector<std::unique_ptr<Node>> link(const FakeBatch<float> &b) {
  std::vector<std::unique_ptr<Node>> nodes;
  for (int32_t n = 0; n < b.nodes(); ++n)
    nodes.push_back(std::make_unique<Node>());
  for (int32_t n = 0; n < b.nodes(); ++n) {
    nodes[n]->id = n;
    nodes[n]->batch = &b;
    for (int32_t e = b.childOffsets[n]; e < b.childOffsets[n + 1]; ++e)
      nodes[n]->kids.push_back(nodes[b.children[e]].get());
  }
  return nodes;
}

std::vector<std::vector<Node *>> rootsOf(const FakeBatch<float> &b, const std::vector<std::unique_ptr<Node>> &nodes) {
  std::vector<uint8_t> child(b.nodes(), 0);
  for (int32_t c : b.children)
    child[c] = 1;
  std::vector<std::vector<Node *>> roots(b.structures());
  for (int32_t s = 0; s < b.structures(); ++s)
    for (int32_t n = b.nodeOffsets[s]; n < b.nodeOffsets[s + 1]; ++n)
      if (!child[n])
        roots[s].push_back(nodes[n].get());
  return roots;
}

class Linked : public testing::Test {
protected:
  FakeEntry dagEntry{fakeManifest(DType::F32, StructureKind::Dag)};
  FakeEntry treeEntry{fakeManifest(DType::F32, StructureKind::Tree)};
  FakeEntry sequenceEntry{fakeManifest(DType::F32, StructureKind::Sequence)};

  template <class Accessor> void same(bool dag) {
    const Program program = Program::fromEntry((dag ? dagEntry : treeEntry).entry);
    cortex_session_options o{};
    o.exact_workers = 1;
    Session session(fakeModel<float>(program), o);
    Outputs outputs(program);
    LinkedBatch<Accessor> linked(program);
    for (uint32_t seed = 0; seed < 40; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      const FakeBatch<float> b = randomFakeBatch<float>(seed, 1 + seed % 5, 40, dag);
      const auto nodes = link(b);
      const auto expected = expectedOutputs(b);
      linked.clear();
      for (const auto &roots : rootsOf(b, nodes))
        linked.addRoots(roots);
      linked.setStructureInput(kTopic, b.topic.data());
      session.run(linked.batch(), outputs);
      ASSERT_EQ(linked.numNodes(), b.nodes()) << "every node once";
      ASSERT_EQ(linked.numEdges(), b.edges());
      const auto h = outputs.values<float>("h");
      for (int32_t n = 0; n < b.nodes(); ++n)
        for (uint32_t i = 0; i < kUnits; ++i)
          ASSERT_EQ(h[n * kUnits + i], expected[kH][linked.node(n)->id * kUnits + i]);
      if (!dag) { // where sums over several parents are taken, their order follows the ids
        const auto y = outputs.values<float>("y");
        ASSERT_EQ(std::vector<float>(y.begin(), y.end()), expected[kY]);
      }
    }
  }

  /// A session whose calls wait for so many workers.
  Session sessionOf(const Program &program, uint32_t workers) {
    cortex_session_options o{};
    o.exact_workers = workers;
    return Session(fakeModel<float>(program), o);
  }

  /// Many structures at once are the same batch as one by one, whoever walks them.
  template <class Accessor> void eachIsOneByOne(bool dag) {
    const Program program = Program::fromEntry((dag ? dagEntry : treeEntry).entry);
    for (uint32_t workers : {1u, 2u, 3u}) {
      Session session = sessionOf(program, workers);
      LinkedBatch<Accessor> each(program), one(program);
      bool together = false;
      for (uint32_t seed = 0; seed < 12; ++seed) {
        SCOPED_TRACE("workers " + std::to_string(workers) + ", seed " + std::to_string(seed));
        const FakeBatch<float> b = randomFakeBatch<float>(seed, 1 + 9 * (seed % 6), 40, dag);
        const auto nodes = link(b);
        const auto structures = rootsOf(b, nodes);
        one.clear();
        each.clear();
        if (seed % 3 == 0) { // they may follow others
          one.addRoots(structures[0]);
          each.addRoots(structures[0]);
        }
        for (const auto &roots : structures)
          one.addRoots(roots);
        each.addEach(session, structures);
        together = together || each.walkers() > 1;
        if (each.walkers() > 1)
          ASSERT_EQ(each.walkers(), workers);
        expectSameArrays(program, one, each);
      }
      EXPECT_EQ(together, workers > 1);
    }
  }
  template <class Accessor>
  void expectSameArrays(const Program &program, LinkedBatch<Accessor> &one, LinkedBatch<Accessor> &each) {
    const cortex_batch &a = one.batch(), &b = each.batch();
    ASSERT_EQ(each.numNodes(), one.numNodes());
    ASSERT_EQ(each.numEdges(), one.numEdges());
    ASSERT_EQ(b.num_structures, a.num_structures);
    auto same = [](const auto *x, const auto *y, int64_t count) { return std::equal(x, x + count, y); };
    const int32_t s = a.num_structures, n = one.numNodes(), e = one.numEdges();
    EXPECT_TRUE(same(a.node_offsets, b.node_offsets, s + 1));
    EXPECT_TRUE(same(a.child_offsets, b.child_offsets, n + 1));
    EXPECT_TRUE(same(a.children, b.children, e));
    EXPECT_TRUE(same(a.root_offsets, b.root_offsets, s + 1));
    EXPECT_TRUE(same(a.roots, b.roots, a.root_offsets[s]));
    ASSERT_EQ(b.types == nullptr, a.types == nullptr);
    if (a.types)
      EXPECT_TRUE(same(a.types, b.types, n));
    for (int32_t id = 0; id < n; ++id)
      ASSERT_EQ(each.node(id), one.node(id));
    for (uint32_t i = 0; i < program.info().num_inputs; ++i) {
      const cortex_input_info in = program.input(i);
      if (in.place == CORTEX_AT_STRUCTURES)
        continue;
      const size_t each4 = in.is_symbol ? 1 : in.rank == 0 ? 1 : kUnits;
      EXPECT_EQ(std::memcmp(a.inputs[i], b.inputs[i], 4 * each4 * (in.place == CORTEX_AT_NODES ? n : e)), 0) << in.name;
    }
  }

  template <class F> std::string messageOf(F f) {
    try {
      f();
    } catch (const Error &e) {
      return e.what();
    }
    return "";
  }
};

} // namespace

TEST_F(Linked, TreesByIndex) {
  same<ByIndex>(false);
}
TEST_F(Linked, TreesBySlot) {
  same<BySlot>(false);
}
TEST_F(Linked, TreesTyped) {
  same<Typed>(false);
}
TEST_F(Linked, DagsByIndex) {
  same<ByIndex>(true);
}
TEST_F(Linked, DagsBySlot) {
  same<BySlot>(true);
}

TEST_F(Linked, EachIsOneByOneOverTrees) {
  eachIsOneByOne<ByIndex>(false);
}
TEST_F(Linked, EachIsOneByOneOverTypedTrees) {
  eachIsOneByOne<Typed>(false);
}
TEST_F(Linked, EachIsOneByOneOverDags) {
  eachIsOneByOne<ByIndex>(true);
}
TEST_F(Linked, EachIsOneByOneWithSlots) {
  eachIsOneByOne<BySlot>(true);
}

/// Much of one structure is its features, which workers share.
TEST_F(Linked, EachSharesTheFeaturesOfOneStructure) {
  const Program program = Program::fromEntry(dagEntry.entry);
  std::mt19937 random(3);
  FakeBatch<float> b;
  b.add(renumber(randomDag(12'000, random), Ids::Shuffled, random));
  b.finish(random);
  const auto nodes = link(b);
  const auto structures = rootsOf(b, nodes);
  for (uint32_t workers : {1u, 2u, 3u}) {
    Session session = sessionOf(program, workers);
    LinkedBatch<Typed> each(program), one(program);
    for (int times = 0; times < 2; ++times) {
      one.addRoots(structures[0]);
      each.addEach(session, structures);
      EXPECT_EQ(each.walkers(), times == 0 ? 1u : workers);
    }
    expectSameArrays(program, one, each);
  }
}

/// A session that takes whoever is awake has its threads walk, too: soon, in a loop of calls.
TEST_F(Linked, EachTakesWhoeverIsAwake) {
  const Program program = Program::fromEntry(treeEntry.entry);
  cortex_session_options options{};
  options.max_workers = 2;
  Session session(fakeModel<float>(program), options);
  const FakeBatch<float> b = randomFakeBatch<float>(4, 20, 40, false);
  const auto nodes = link(b);
  const auto structures = rootsOf(b, nodes);
  LinkedBatch<ByIndex> each(program), one(program);
  for (const auto &roots : structures)
    one.addRoots(roots);
  for (int times = 0; times < 100'000 && each.walkers() < 2; ++times) {
    if (times > 0 && session.parallel([](uint32_t, uint32_t) noexcept {}) < 2)
      continue; // it is not awake yet
    each.clear();
    each.addEach(session, structures);
  }
  expectSameArrays(program, one, each);
  if (cortex_team_workers(cortex_team_default()) >= 2)
    EXPECT_EQ(each.walkers(), 2u);
}

/// Of many structures one may be at fault: the message is that of the walk one by one, and nothing is added.
TEST_F(Linked, EachNamesTheFaultAndLeavesTheBatch) {
  struct SomeFeatures : ByIndex {
    const float *features(Node n, uint32_t input) const { return n == none ? nullptr : ByIndex::features(n, input); }
    Node none = nullptr;
  };
  const Program program = Program::fromEntry(treeEntry.entry);
  const FakeBatch<float> b = randomFakeBatch<float>(5, 40, 30, false);
  const auto nodes = link(b);
  auto structures = rootsOf(b, nodes);
  for (uint32_t workers : {1u, 3u}) {
    Session session = sessionOf(program, workers);
    LinkedBatch<SomeFeatures> each(program), one(program);
    auto expectFault = [&](const std::string &message) {
      const int32_t before = each.numNodes(), roots = each.batch().root_offsets[each.numStructures()];
      EXPECT_EQ(messageOf([&] { each.addEach(session, structures); }), message);
      EXPECT_EQ(each.numStructures(), 41);
      EXPECT_EQ(each.numNodes(), before);
      EXPECT_EQ(each.batch().root_offsets[41], roots);
    };
    for (LinkedBatch<SomeFeatures> *linked : {&each, &one})
      linked->addRoots(structures[7]);
    each.addEach(session, structures);
    const auto root = std::exchange(structures[33], {nullptr});
    expectFault("structure 74: the root is null");
    structures[33] = root;
    each.access().none = nodes[b.nodeOffsets[20]].get();
    const int32_t first = b.nodeOffsets[8] - b.nodeOffsets[7]; // the nodes of the structure that was added before
    std::string id;
    for (int32_t n = 0; n < each.numNodes(); ++n)
      if (n >= first && each.node(n) == each.access().none)
        id = std::to_string(n + b.nodes());
    expectFault("structure 61, node " + id + ", input 'x': the accessor gives a null pointer");
    each.access().none = nullptr;
    each.addEach(session, structures);
    EXPECT_EQ(each.walkers(), workers);
    for (int again = 0; again < 2; ++again)
      for (const auto &roots : structures)
        one.addRoots(roots);
    expectSameArrays(program, one, each);
    each.addEach(session, std::vector<Node *>());
    EXPECT_EQ(each.numStructures(), 81);
  }
}

TEST_F(Linked, DeepChain) {
  constexpr int32_t kNodes = 1000000;
  FakeBatch<float> b;
  b.add(chain(kNodes));
  std::mt19937 random(1);
  b.finish(random);
  const auto nodes = link(b);
  const Program program = Program::fromEntry(sequenceEntry.entry);
  LinkedBatch<ByIndex> byIndex(program);
  LinkedBatch<BySlot> bySlot(program);
  byIndex.add(nodes.back().get());
  bySlot.add(nodes.back().get());
  EXPECT_EQ(byIndex.numNodes(), kNodes);
  EXPECT_EQ(bySlot.numEdges(), kNodes - 1);
  EXPECT_EQ(byIndex.node(0), nodes[0].get());
  EXPECT_EQ(bySlot.node(kNodes - 1), nodes.back().get());
}

/// There may be far more edges than nodes: lists that name the same few children many times, some of them below others.
TEST_F(Linked, ChildrenThatAreListedManyTimes) {
  constexpr int32_t kLists = 4, kTimes = 250000;
  Children kids(1 + kLists);
  for (int32_t n = 1; n <= kLists; ++n)
    kids[n].assign(kTimes, n - 1);
  kids[kLists][kTimes / 2] = 0;
  FakeBatch<float> b;
  b.add(kids);
  std::mt19937 random(1);
  b.finish(random);
  const auto nodes = link(b);
  const Program program = Program::fromEntry(dagEntry.entry);
  LinkedBatch<ByIndex> byIndex(program);
  LinkedBatch<BySlot> bySlot(program);
  auto expectSame = [&](const cortex_batch &batch, int32_t edges) {
    ASSERT_EQ(edges, kLists * kTimes);
    EXPECT_TRUE(std::equal(b.childOffsets.begin(), b.childOffsets.end(), batch.child_offsets));
    EXPECT_TRUE(std::equal(b.children.begin(), b.children.end(), batch.children));
  };
  byIndex.add(nodes.back().get());
  expectSame(byIndex.batch(), byIndex.numEdges());
  bySlot.add(nodes.back().get());
  expectSame(bySlot.batch(), bySlot.numEdges());
}

TEST_F(Linked, FaultsNameTheNodeAndLeaveTheBatch) {
  FakeBatch<float> b;
  b.add({{}, {}, {0, 1}});
  std::mt19937 random(1);
  b.finish(random);
  auto nodes = link(b);
  LinkedBatch<ByIndex> trees(Program::fromEntry(treeEntry.entry)), dags(Program::fromEntry(dagEntry.entry));
  trees.add(nodes[2].get());
  dags.add(nodes[2].get());
  nodes[1]->kids = {nodes[2].get()};
  const char *const cycle =
      "structure 1: the node below the root at child 1 0 is its own descendant: the linked nodes have a cycle";
  EXPECT_EQ(messageOf([&] { trees.add(nodes[2].get()); }), cycle);
  EXPECT_EQ(messageOf([&] { dags.add(nodes[2].get()); }), cycle);
  nodes[1]->kids = {nodes[0].get()};
  EXPECT_EQ(messageOf([&] { trees.add(nodes[2].get()); }),
            "structure 1: the node below the root at child 1 0 has two parents, but the model takes trees");
  EXPECT_EQ(messageOf([&] { dags.add(nodes[2].get()); }), "");
  nodes[1]->kids = {nullptr};
  EXPECT_EQ(messageOf([&] { trees.add(nodes[2].get()); }), "structure 1: the node below the root at child 1 0 is null");
  EXPECT_EQ(messageOf([&] { trees.add(nullptr); }), "structure 1: the root is null");
  EXPECT_EQ(messageOf([&] { trees.addRoots(std::vector<Node *>()); }), "structure 1: it has no nodes");
  EXPECT_EQ(trees.numStructures(), 1);
  EXPECT_EQ(trees.numNodes(), 3);
  EXPECT_EQ(trees.batch().root_offsets[1], 1);
  nodes[1]->kids.clear();
  trees.add(nodes[2].get());
  EXPECT_EQ(trees.numNodes(), 6);

  FakeBatch<float> deep;
  deep.add(chain(30));
  deep.finish(random);
  const auto links = link(deep);
  links[0]->kids = {links[5].get()};
  EXPECT_EQ(messageOf([&] { trees.add(links.back().get()); }),
            "structure 2: the node below the root at child 0 0 0 0 0 0 0 0 0 0 0 0 ... (30 steps) is its own "
            "descendant: the linked nodes have a cycle");
}

TEST_F(Linked, AccessorsMustGiveTheInputs) {
  struct Bare {
    using Node = const ::Node *;
    size_t num_children(Node n) const { return n->kids.size(); }
    Node child(Node n, size_t i) const { return n->kids[i]; }
  };
  struct OnlySymbols : Bare {
    int32_t symbol(Node, uint32_t) const { return 0; }
  };
  const Program program = Program::fromEntry(treeEntry.entry);
  EXPECT_EQ(messageOf([&] { LinkedBatch<Bare> linked(program); }),
            "the model has the input 'word', but the accessor has no symbol()");
  EXPECT_EQ(messageOf([&] { LinkedBatch<OnlySymbols> linked(program); }),
            "the model has the input 'x', but the accessor has no features()");
  struct NullFeatures : ByIndex {
    const float *features(Node, uint32_t) const { return nullptr; }
  };
  FakeBatch<float> b;
  b.add({{}});
  std::mt19937 random(1);
  b.finish(random);
  const auto nodes = link(b);
  LinkedBatch<NullFeatures> linked(program);
  EXPECT_EQ(messageOf([&] { linked.add(nodes[0].get()); }),
            "structure 0, node 0, input 'x': the accessor gives a null pointer");
  EXPECT_EQ(messageOf([&] { linked.setStructureInput(0, nullptr); }), "input 0 is not at structures");
}

/// Nodes may be integers: indices into the user's own arrays.
TEST_F(Linked, IntegerNodes) {
  Manifest m = fakeManifest(DType::F32, StructureKind::Tree);
  m.inputs.clear();
  FakeEntry entry(m);
  struct Indices {
    using Node = int;
    std::vector<std::vector<int>> kids;
    const std::vector<int> &children(Node n) const { return kids[n]; }
  };
  LinkedBatch<Indices> linked(Program::fromEntry(entry.entry), Indices{{{1, 2}, {}, {3}, {}}});
  linked.add(0);
  const cortex_batch &b = linked.batch();
  EXPECT_EQ(linked.numNodes(), 4);
  EXPECT_EQ(std::vector<int32_t>(b.children, b.children + 3), (std::vector<int32_t>{1, 0, 2}));
  EXPECT_EQ(std::vector<int32_t>(b.child_offsets, b.child_offsets + 5), (std::vector<int32_t>{0, 0, 0, 1, 3}));
  EXPECT_EQ(b.roots[0], 3);
}
