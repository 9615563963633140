#include "RandomBatch.h"

namespace cortex::io {
namespace {

TEST(BatchTest, EmptyBatchHasNothing) {
  const Batch batch;
  EXPECT_EQ(batch.structures(), 0u);
  EXPECT_EQ(batch.nodes(), 0u);
  EXPECT_EQ(batch.edges(), 0u);
  EXPECT_EQ(batch.slice(0, 0).structures(), 0u);
}

TEST(BatchTest, SliceRebasesIdsAndCutsInputs) {
  // (0, 1) <- 2   and   3 <- 4, 3 <- 4 again
  Batch batch;
  batch.node_offsets = {0, 3, 5};
  batch.child_offsets = {0, 0, 0, 2, 2, 4};
  batch.children = {0, 1, 3, 3};
  batch.types = {0, 0, 1, 0, 1};
  batch.root_offsets = {0, 1, 3};
  batch.roots = {2, 4, 3};
  batch.inputs = {{"x", Place::Nodes, DType::F32, {2}, {}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {}},
                  {"rel", Place::Edges, DType::I32, {}, {10, 11, 12, 13}, {}, {}},
                  {"doc", Place::Structures, DType::F64, {}, {}, {}, {0.5, 1.5}}};
  const Batch second = batch.slice(1, 2);
  EXPECT_EQ(second.node_offsets, (std::vector<int32_t>{0, 2}));
  EXPECT_EQ(second.child_offsets, (std::vector<int32_t>{0, 0, 2}));
  EXPECT_EQ(second.children, (std::vector<int32_t>{0, 0}));
  EXPECT_EQ(second.types, (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(second.root_offsets, (std::vector<int32_t>{0, 2}));
  EXPECT_EQ(second.roots, (std::vector<int32_t>{1, 0}));
  EXPECT_EQ(second.find("x")->f32, (std::vector<float>{6, 7, 8, 9}));
  EXPECT_EQ(second.find("rel")->symbols, (std::vector<int32_t>{12, 13}));
  EXPECT_EQ(second.find("doc")->f64, (std::vector<double>{1.5}));
  EXPECT_EQ(second.find("y"), nullptr);
}

TEST(BatchTest, SliceOfAllIsTheBatch) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const Batch batch = randomBatch(random, 5, seed % 2);
    expectEqual(batch.slice(0, 5), batch);
    // Cutting twice is cutting once.
    expectEqual(batch.slice(1, 5).slice(1, 3), batch.slice(2, 4));
    EXPECT_EQ(batch.slice(3, 3).nodes(), 0u);
  }
}

TEST(BatchTest, DefaultRootsAreNodesWithoutParentInInputOrder) {
  Batch batch;
  batch.node_offsets = {0, 1, 5};
  batch.child_offsets = {0, 0, 2, 2, 2, 2};
  batch.children = {2, 4}; // node 1 has the children 2 and 4; 3 stands alone
  EXPECT_EQ(defaultRoots(batch, 0), (std::vector<int32_t>{0}));
  EXPECT_EQ(defaultRoots(batch, 1), (std::vector<int32_t>{1, 3}));
}

TEST(SchemaTest, TypesFollowFromArityUnlessTheyOverlap) {
  EXPECT_TRUE(binaryTrees(5).typesFollowFromArity());
  EXPECT_FALSE(richSchema().typesFollowFromArity());
  EXPECT_EQ(binaryTrees(5).typeOfArity(2), 1u);
  EXPECT_EQ(binaryTrees(5).typeOfArity(1), std::nullopt);
  EXPECT_EQ(richSchema().describeArities(), "0 (var) or 1 to * (fn) or 2 (eq)");
}

} // namespace
} // namespace cortex::io
