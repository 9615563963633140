//===- RandomTest.cpp - Random structures and weights fit the model -------===//
#include "TestSupport.h"

#include "gmock/gmock.h"

#include <cmath>
#include <set>

namespace cortex::reference {
namespace {

using testing::ElementsAre;

std::string typesOnly(const std::string &kind, const std::string &types) {
  return "ra.model @M structure(" + kind + ") float(f32) {\n" + types + R"(
    ra.input @x : tensor<2xf32>
    ra.sweep @s map states(@y : tensor<2xf32>) { ra.body {
      %x = ra.read self @x : tensor<2xf32>
      ra.yield %x : tensor<2xf32> } } })";
}

TEST(ReferenceRandom, GeneratorIsTheSameEverywhere) {
  Random random(42);
  std::vector<uint64_t> words{random.next(), random.next(), random.next()};
  // xoshiro256** of Blackman and Vigna, seeded by splitmix64(42).
  EXPECT_THAT(words, ElementsAre(1546998764402558742u, 6990951692964543102u, 12544586762248559009u));
}

TEST(ReferenceRandom, ShapesFollowTheModel) {
  ParsedModel sequence(typesOnly("sequence", "ra.type @cell(0 to 1)"));
  EXPECT_THAT(shapesOf(sequence.model), ElementsAre(Shape::Single, Shape::Chain, Shape::Mixed));
  ParsedModel binary(typesOnly("tree", "ra.type @leaf(0)\n ra.type @pair(2)"));
  EXPECT_THAT(shapesOf(binary.model), ElementsAre(Shape::Single, Shape::Chain, Shape::Perfect, Shape::RandomBinary,
                                                  Shape::RandomNary, Shape::Mixed));
  ParsedModel dag(typesOnly("dag", "ra.type @node(0 to *)"));
  EXPECT_EQ(shapesOf(dag.model).size(), 9u);

  Batch batch;
  std::string error;
  EXPECT_FALSE(randomBatch(sequence.model, {Shape::Grid, 1, 10}, 1, batch, error));
  EXPECT_THAT(error, testing::HasSubstr("do not admit the shape 'grid'"));
}

TEST(ReferenceRandom, EveryBatchIsValidForItsModel) {
  for (const char *types : {"ra.type @node(0 to *)", "ra.type @leaf(0)\n ra.type @pair(2)",
                            "ra.type @leaf(0)\n ra.type @a(1 to 3)\n ra.type @b(2 to *)", "ra.type @t(0 to 3)"})
    for (const char *kind : {"tree", "dag"}) {
      ParsedModel m(typesOnly(kind, types));
      ASSERT_TRUE(m.model);
      for (Shape shape : shapesOf(m.model))
        for (uint64_t seed = 0; seed < 5; ++seed)
          for (int64_t nodes : {1, 2, 7, 40}) {
            SCOPED_TRACE(testing::Message() << types << " " << nameOf(shape).str() << " seed " << seed);
            Batch batch, again;
            std::string error;
            Result result;
            ASSERT_TRUE(randomBatch(m.model, {shape, 3, nodes}, seed, batch, error)) << error;
            EXPECT_TRUE(evaluate(m.model, {}, batch, result, error)) << error;
            ASSERT_TRUE(randomBatch(m.model, {shape, 3, nodes}, seed, again, error));
            EXPECT_EQ(batch.children, again.children);
            EXPECT_EQ(batch.inputs[0].f32, again.inputs[0].f32);
          }
    }
}

TEST(ReferenceRandom, ShapesLookAsTheirNames) {
  ParsedModel m(typesOnly("dag", "ra.type @node(0 to *)"));
  auto make = [&](Shape shape, int64_t nodes) {
    Batch batch;
    std::string error;
    EXPECT_TRUE(randomBatch(m.model, {shape, 1, nodes}, 7, batch, error)) << error;
    return batch;
  };
  EXPECT_EQ(make(Shape::Single, 9).nodes(), 1u);
  EXPECT_EQ(make(Shape::Chain, 9).edges(), 8u);
  EXPECT_EQ(make(Shape::Perfect, 31).nodes(), 31u);
  EXPECT_EQ(make(Shape::Grid, 100).edges(), 180u);
  Batch star = make(Shape::Star, 9);
  EXPECT_EQ(star.edges(), 8u);
  EXPECT_EQ(io::defaultRoots(star, 0).size(), 1u);

  Batch dag = make(Shape::Dag, 60);
  EXPECT_GT(io::defaultRoots(dag, 0).size(), 1u) << "several roots";
  std::set<int32_t> distinct(dag.children.begin(), dag.children.end());
  EXPECT_LT(distinct.size(), dag.edges()) << "several parents";
  bool twice = false;
  for (size_t n = 0; n < dag.nodes(); ++n)
    for (int32_t e = dag.child_offsets[n] + 1; e < dag.child_offsets[n + 1]; ++e)
      twice |= dag.children[e] == dag.children[e - 1];
  EXPECT_TRUE(twice) << "the same child twice";
}

TEST(ReferenceRandom, WeightsAreScaledByTheirUse) {
  ParsedModel m(R"(
    #w = affine_map<(g, i, k) -> (g, i, k)>
    #x = affine_map<(g, i, k) -> (k)>
    #y = affine_map<(g, i, k) -> (g, i)>
    ra.model @M structure(tree) float(f32) {
      ra.type @node(0)
      ra.input @s : !ra.symbol<500>
      ra.param @E : tensor<500x100xf32>
      ra.param @W : tensor<2x3x100xf32>
      ra.param @b : tensor<2x3xf32>
      ra.sweep @m map states(@y : tensor<2x3xf32>) { ra.body {
        %s = ra.read self @s : !ra.symbol<500>
        %E = ra.read param @E : tensor<500x100xf32>
        %W = ra.read param @W : tensor<2x3x100xf32>
        %b = ra.read param @b : tensor<2x3xf32>
        %x = ra.lookup %E[%s] : (tensor<500x100xf32>, !ra.symbol<500>) -> tensor<100xf32>
        %y = linalg.contract indexing_maps = [#w, #x, #y] ins(%W, %x : tensor<2x3x100xf32>, tensor<100xf32>)
          outs(%b : tensor<2x3xf32>) -> tensor<2x3xf32>
        ra.yield %y : tensor<2x3xf32> } } })");
  ASSERT_TRUE(m.model);
  Params params = randomParams(m.model, 3);
  auto largest = [&](const char *name) {
    double most = 0;
    for (double v : params.at(name).values) {
      EXPECT_EQ(v, static_cast<double>(static_cast<float>(v)));
      most = std::max(most, std::abs(v));
    }
    return most;
  };
  EXPECT_NEAR(largest("E"), 1.0, 0.01);
  EXPECT_NEAR(largest("W"), 0.4 * std::sqrt(3.0 / 100), 0.002);
  EXPECT_GT(largest("b"), 0.1);
  EXPECT_LE(largest("b"), 0.5);
  EXPECT_EQ(params.at("W").values, randomParams(m.model, 3).at("W").values);
  EXPECT_NE(params.at("W").values, randomParams(m.model, 4).at("W").values);
}

} // namespace
} // namespace cortex::reference
