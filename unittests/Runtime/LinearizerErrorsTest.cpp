//===- LinearizerErrorsTest.cpp - What is said about bad batches ----------===//
#include "../../runtime/lib/Error.h"
#include "PlacedLinearizer.h"
#include "TestBatch.h"

#include <functional>
#include <gtest/gtest.h>

using namespace cortex;
using namespace cortex::rt;
using namespace cortex::test;

namespace {

Manifest manifestFor(StructureKind kind, std::vector<TypeInfo> types) {
  Manifest m;
  m.structure = kind;
  m.types = std::move(types);
  m.inputs = {symbolInput("word", Place::Nodes, 10, {0}), featureInput("x", Place::Nodes, {3}),
              symbolInput("label", Place::Edges, 4), symbolInput("topic", Place::Structures, 2)};
  m.orders = {orderOf(OrderKind::Up, true), orderOf(OrderKind::Roots)};
  return m;
}

const std::vector<TypeInfo> kLeafAndPair = {{"leaf", 0, 0}, {"pair", 2, 2}};

/// Two trees of three nodes (0 and 1 below 2; 3 and 4 below 5) with good inputs.
struct TwoTrees : TestBatch {
  TwoTrees() {
    add({{}, {}, {0, 1}});
    add({{}, {}, {0, 1}});
    inputs = {word.data(), x.data(), label.data(), topic.data()};
  }
  std::vector<int32_t> word{1, 2, -1, 3, 4, 99}, label{0, 1, 2, 3}, topic{0, 1};
  std::vector<float> x = std::vector<float>(18, 1.0f);
};

/// The message of linearizing `b`, or "" if it is accepted.
std::string messageOf(const Manifest &m, const cortex_batch &b) {
  const LinearizerPlan plan(m);
  PlacedLinearizer lin(plan);
  try {
    checkBatchHead(b);
    lin.run(b, 0, b.num_structures);
    return "";
  } catch (const Error &e) {
    EXPECT_EQ(e.status, CORTEX_INVALID_BATCH);
    return e.what();
  }
}

std::string treeFault(const std::function<void(TwoTrees &)> &damage, StructureKind kind = StructureKind::Tree,
                      const std::vector<TypeInfo> &types = kLeafAndPair) {
  TwoTrees b;
  damage(b);
  return messageOf(manifestFor(kind, types), b.view());
}

} // namespace

TEST(LinearizerErrors, GoodBatchIsAccepted) {
  EXPECT_EQ(treeFault([](TwoTrees &) {}), "");
}

TEST(LinearizerErrors, Head) {
  const Manifest m = manifestFor(StructureKind::Tree, kLeafAndPair);
  const TwoTrees good;
  auto fault = [&](const std::function<void(cortex_batch &)> &damage) {
    cortex_batch b = good.view();
    damage(b);
    return messageOf(m, b);
  };
  EXPECT_EQ(fault([](cortex_batch &b) { b.struct_size = 8; }), "cortex_batch.struct_size is not sizeof(cortex_batch)");
  EXPECT_EQ(fault([](cortex_batch &b) { b.num_structures = -1; }), "the number of structures is negative");
  EXPECT_EQ(fault([](cortex_batch &b) { b.node_offsets = nullptr; }), "node_offsets is null");
  EXPECT_EQ(fault([](cortex_batch &b) { b.child_offsets = nullptr; }), "child_offsets is null");
  EXPECT_EQ(fault([](cortex_batch &b) { b.children = nullptr; }), "children is null, but there are edges");
  EXPECT_EQ(fault([](cortex_batch &b) { b.inputs = nullptr; }), "inputs is null, but the model has inputs");
  EXPECT_EQ(fault([](cortex_batch &b) { b.roots = b.children; }), "roots are given without root_offsets");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.nodeOffsets[0] = 1; }), "node_offsets does not begin with 0");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.childOffsets[0] = 1; }), "child_offsets does not begin with 0");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.nodeOffsets[2] = INT32_MIN; }),
            "node_offsets ends below 0, which means more than 2147483647 nodes");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.childOffsets[6] = -4; }),
            "child_offsets ends below 0, which means more than 2147483647 edges");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.rootOffsets = {1, 1, 1}; }), "root_offsets does not begin with 0");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.rootOffsets = {0, 0, -1}; }),
            "root_offsets ends below 0, which means more than 2147483647 roots");
}

TEST(LinearizerErrors, Offsets) {
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.nodeOffsets[1] = 0; }), "structure 0: it has no nodes");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.nodeOffsets[1] = 6; }), "structure 1: it has no nodes");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.nodeOffsets[1] = 9; }),
            "structure 0: node_offsets goes from 0 to 9 of 6 nodes");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.childOffsets[1] = 1000000; }),
            "structure 0, node 0: child_offsets goes from 0 to 1000000 of 4 edges");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.childOffsets[4] = 1; }),
            "structure 1, node 3: child_offsets goes from 2 to 1 of 4 edges");
}

TEST(LinearizerErrors, Children) {
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.children[1] = 3; }),
            "structure 0, node 2: its child 1 is node 3, the structure has nodes 0 to 2");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.children[2] = -2147483647; }),
            "structure 1, node 5: its child 0 is node -2147483647, the structure has nodes 3 to 5");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.children[2] = 2147483647; }),
            "structure 1, node 5: its child 0 is node 2147483647, the structure has nodes 3 to 5");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.children[1] = 0; }),
            "structure 0, node 0: it is more than once a child of node 2, but the model takes trees");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.children[1] = 0; }, StructureKind::Dag), "");
}

TEST(LinearizerErrors, TwoParents) {
  auto fault = [](StructureKind kind) {
    TestBatch b;
    b.add({{}, {0}, {0}, {1, 2}});
    Manifest m = manifestFor(kind, {{"any", 0, TypeInfo::kAnyArity}});
    m.inputs.clear();
    return messageOf(m, b.view());
  };
  EXPECT_EQ(fault(StructureKind::Tree),
            "structure 0, node 0: it has two parents, nodes 1 and 2, but the model takes trees");
  EXPECT_EQ(fault(StructureKind::Sequence),
            "structure 0, node 0: it has two parents, nodes 1 and 2, but the model takes sequences");
  EXPECT_EQ(fault(StructureKind::Dag), "");
}

TEST(LinearizerErrors, Sequences) {
  EXPECT_EQ(treeFault([](TwoTrees &) {}, StructureKind::Sequence),
            "structure 0, node 2: it has 2 children, but the model takes sequences");
}

TEST(LinearizerErrors, Cycles) {
  auto fault = [](const Children &kids, StructureKind kind) {
    TestBatch b;
    b.add({{}});
    b.add(kids);
    Manifest m = manifestFor(kind, {{"any", 0, TypeInfo::kAnyArity}});
    m.inputs.clear();
    return messageOf(m, b.view());
  };
  EXPECT_EQ(fault({{0}}, StructureKind::Tree),
            "structure 1, node 1: it is its own descendant: the structure has a cycle");
  EXPECT_EQ(fault({{}, {2}, {3}, {1}}, StructureKind::Tree),
            "structure 1, node 2: it is its own descendant: the structure has a cycle");
  // Node 1 only leads into the cycle of 2 and 3.
  EXPECT_EQ(fault({{1}, {2, 3}, {1}, {}}, StructureKind::Dag),
            "structure 1, node 2: it is its own descendant: the structure has a cycle");
}

TEST(LinearizerErrors, Types) {
  EXPECT_EQ(treeFault([](TwoTrees &) {}, StructureKind::Tree, {{"leaf", 0, 0}, {"one", 1, 1}}),
            "structure 0, node 2: no type of the model takes 2 children");
  EXPECT_EQ(treeFault([](TwoTrees &) {}, StructureKind::Tree, {{"a", 0, 2}, {"b", 2, 2}}),
            "types is null, but the arities of the model's types overlap: give the type of every node");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.types = {0, 0, 1, 0, 2, 1}; }),
            "structure 1, node 4: its type is 2, the model has types 0 to 1");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.types = {0, 0, 1, 0, -1, 1}; }),
            "structure 1, node 4: its type is -1, the model has types 0 to 1");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.types = {0, 0, 1, 1, 0, 1}; }),
            "structure 1, node 3: type 'pair' takes 2 children, it has 0");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.types = {0, 0, 0, 0, 0, 0}; }, StructureKind::Tree,
                      {{"few", 0, 1}, {"many", 2, TypeInfo::kAnyArity}}),
            "structure 0, node 2: type 'few' takes 0 to 1 children, it has 2");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.types = {1, 0, 1, 0, 0, 1}; }, StructureKind::Tree,
                      {{"few", 0, 1}, {"many", 2, TypeInfo::kAnyArity}}),
            "structure 0, node 0: type 'many' takes 2 or more children, it has 0");
}

TEST(LinearizerErrors, Roots) {
  EXPECT_EQ(treeFault([](TwoTrees &b) {
              b.rootOffsets = {0, 1, 2};
              b.roots = {2, 2};
            }),
            "structure 1: its root 0 is node 2, the structure has nodes 3 to 5");
  EXPECT_EQ(treeFault([](TwoTrees &b) {
              b.rootOffsets = {0, 5, 2};
              b.roots = {2, 5};
            }),
            "structure 0: root_offsets goes from 0 to 5 of 2 roots");
}

TEST(LinearizerErrors, Inputs) {
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.word[4] = 10; }),
            "structure 1, node 4, input 'word': symbol 10 is not in 0 to 9");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.word[0] = -1; }),
            "structure 0, node 0, input 'word': symbol -1 is not in 0 to 9");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.inputs[0] = nullptr; }),
            "structure 0, node 0, input 'word': it is needed here, but its pointer is null");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.inputs[1] = nullptr; }),
            "structure 0, node 0, input 'x': it is needed here, but its pointer is null");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.inputs[2] = nullptr; }),
            "structure 0, node 2, child 0, input 'label': it is needed here, but its pointer is null");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.label[3] = 4; }),
            "structure 1, node 5, child 1, input 'label': symbol 4 is not in 0 to 3");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.topic[1] = 2; }), "structure 1, input 'topic': symbol 2 is not in 0 to 1");
  EXPECT_EQ(treeFault([](TwoTrees &b) { b.inputs[3] = nullptr; }),
            "structure 0, input 'topic': it is needed here, but its pointer is null");
}

/// An input that no node of the batch has may be null.
TEST(LinearizerErrors, InputsThatAreNotNeeded) {
  TestBatch b;
  b.add({{}});
  const std::vector<float> x(3);
  const std::vector<int32_t> topic{0};
  Manifest m = manifestFor(StructureKind::Tree, kLeafAndPair);
  m.inputs[0].types = {1};
  b.inputs = {nullptr, x.data(), nullptr, topic.data()};
  EXPECT_EQ(messageOf(m, b.view()), "");
}

/// The fast passes and the slow explanation agree on which batches are at fault.
TEST(LinearizerErrors, RandomDamage) {
  const Manifest m = manifestFor(StructureKind::Dag, {{"leaf", 0, 0}, {"few", 1, 3}});
  const LinearizerPlan plan(m);
  PlacedLinearizer lin(plan);
  int bad = 0, good = 0;
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    TestBatch b;
    for (int s = 0; s < 3; ++s)
      b.add(renumber(randomDag(8, random), static_cast<Ids>(random() % 3), random));
    std::vector<int32_t> word(24, 3), label(b.children.size() + 1, 1), topic(3, 1);
    std::vector<float> x(72);
    b.inputs = {word.data(), x.data(), label.data(), topic.data()};
    for (std::vector<int32_t> *array : {&b.nodeOffsets, &b.childOffsets, &b.children, &word, &label})
      if (random() % 4 == 0 && array->size() > 2) { // not the ends of the offsets: those are the batch's size
        const int32_t values[] = {-1, 0, 3, 9, 12, 2147483647, INT32_MIN, static_cast<int32_t>(random() % 24)};
        (*array)[1 + random() % (array->size() - 2)] = values[random() % 8];
      }
    const cortex_batch view = b.view();
    const std::string expected = explainBatch(plan, view, 0, 3);
    std::string got;
    try {
      lin.run(view, 0, 3);
    } catch (const Error &e) {
      got = e.what();
    }
    ASSERT_EQ(got, expected);
    ++(got.empty() ? good : bad);
  }
  EXPECT_GT(bad, 500);
  EXPECT_GT(good, 500);
}
