//===- SweepsTest.cpp - Directions, places, neighbours, errors ------------===//
#include "TestSupport.h"

#include "mlir/IR/Verifier.h"

#include "gmock/gmock.h"

#include <cmath>

namespace cortex::reference {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A model of scalars over structures of `kind`: declarations and sweeps as given.
std::string scalarModel(const std::string &kind, const std::string &text) {
  return "ra.model @M structure(" + kind + ") float(f32) {\n" + text + "\n}";
}

const std::vector<double> &valuesOf(const Result &result, const std::string &sweep, const std::string &state) {
  static const std::vector<double> none;
  const StateValues *values = result.find(sweep, state);
  EXPECT_TRUE(values) << sweep << "::" << state;
  return values ? values->values : none;
}

TEST(ReferenceSweeps, ChildrenComeInStoredOrder) {
  // h = x + 10 h(child 0) + 100 h(child 1), and Σ position * h(child).
  ParsedModel m(scalarModel("tree", R"(
    ra.type @node(0 to 2)
    ra.input @x : tensor<f32>
    ra.sweep @up up states(@h : tensor<f32>, @p : tensor<f32>) {
      ra.body {
        %x = ra.read self @x : tensor<f32>
        %z = arith.constant dense<0.0> : tensor<f32>
        %ten = arith.constant dense<10.0> : tensor<f32>
        %hundred = arith.constant dense<100.0> : tensor<f32>
        %a = ra.read child(0) @up::@h else %z : tensor<f32>
        %b = ra.read child(1) @up::@h else %z : tensor<f32>
        %a10 = arith.mulf %a, %ten : tensor<f32>
        %b100 = arith.mulf %b, %hundred : tensor<f32>
        %s = arith.addf %a10, %b100 : tensor<f32>
        %h = arith.addf %x, %s : tensor<f32>
        %p = ra.over children [sum] {
          %k = ra.read there @up::@h : tensor<f32>
          %i = ra.read edge @position : tensor<f32>
          %ik = arith.mulf %i, %k : tensor<f32>
          ra.yield %ik : tensor<f32>
        } : tensor<f32>
        ra.yield %h, %p : tensor<f32>, tensor<f32>
      }
    })"));
  ASSERT_TRUE(m.model);
  Batch batch = batchOf({{{2, 1}, {}, {3}, {}}}); // node 0 has the children 2 and 1, in this order
  addFeatures(batch, "x", Place::Nodes, {}, {1, 2, 3, 4});
  Result result = evaluated(m.model, {}, batch);
  EXPECT_THAT(valuesOf(result, "up", "h"), ElementsAre(1 + 10 * 43 + 100 * 2, 2, 3 + 10 * 4, 4));
  EXPECT_THAT(valuesOf(result, "up", "p"), ElementsAre(2, 0, 0, 0));
}

const char *const kCombiners = R"(
    ra.type @leaf(0)
    ra.type @node(1 to *)
    ra.input @x : tensor<f32>
    ra.input @e at edges : tensor<f32>
    ra.sweep @up map states(@sum : tensor<f32>, @mean : tensor<f32>, @prod : tensor<f32>, @max : tensor<f32>,
                            @min : tensor<f32>, @soft : tensor<f32>) {
      ra.body {
        %d = arith.constant dense<-7.0> : tensor<f32>
        %r:6 = ra.over children [sum, mean, prod, max, min, softmax] else(%d, %d, %d) {
          %k = ra.read there @x : tensor<f32>
          %e = ra.read edge @e : tensor<f32>
          ra.yield %k, %k, %k, %k, %k, %e, %k
            : tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
        } : tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
        ra.yield %r#0, %r#1, %r#2, %r#3, %r#4, %r#5
          : tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
      }
    })";

TEST(ReferenceSweeps, CombinersOverChildren) {
  ParsedModel m(scalarModel("tree", kCombiners));
  ASSERT_TRUE(m.model);
  Batch batch = batchOf({{{1, 2, 3}, {}, {}, {}}});
  addFeatures(batch, "x", Place::Nodes, {}, {0, 2, -3, 5});
  addFeatures(batch, "e", Place::Edges, {}, {0.5, -1, 2});
  Result r = evaluated(m.model, {}, batch);
  double e0 = std::exp(0.5), e1 = std::exp(-1.0), e2 = std::exp(2.0);
  EXPECT_THAT(valuesOf(r, "up", "sum"), ElementsAre(4, 0, 0, 0));
  EXPECT_THAT(valuesOf(r, "up", "mean"), ElementsAre(testing::DoubleEq(4.0 / 3), 0, 0, 0));
  EXPECT_THAT(valuesOf(r, "up", "prod"), ElementsAre(-30, 1, 1, 1));
  EXPECT_THAT(valuesOf(r, "up", "max"), ElementsAre(5, -7, -7, -7));
  EXPECT_THAT(valuesOf(r, "up", "min"), ElementsAre(-3, -7, -7, -7));
  EXPECT_THAT(valuesOf(r, "up", "soft"),
              ElementsAre(testing::DoubleNear((e0 * 2 - e1 * 3 + e2 * 5) / (e0 + e1 + e2), 1e-14), -7, -7, -7));
}

TEST(ReferenceSweeps, SoftmaxOfLargeScoresIsFinite) {
  ParsedModel m(scalarModel("tree", kCombiners));
  ASSERT_TRUE(m.model);
  Batch batch = batchOf({{{1, 2}, {}, {}}});
  addFeatures(batch, "x", Place::Nodes, {}, {0, 2, 4});
  addFeatures(batch, "e", Place::Edges, {}, {5000, 5000});
  EXPECT_THAT(valuesOf(evaluated(m.model, {}, batch), "up", "soft"), ElementsAre(3, -7, -7));
}

TEST(ReferenceSweeps, DownReadsParentsOfADag) {
  // d = x + Σ over parents of (1 + position) * d
  ParsedModel m(scalarModel("dag", R"(
    ra.type @node(0 to *)
    ra.input @x : tensor<f32>
    ra.sweep @down down states(@d : tensor<f32>) {
      ra.body {
        %x = ra.read self @x : tensor<f32>
        %one = arith.constant dense<1.0> : tensor<f32>
        %s = ra.over parents [sum] {
          %k = ra.read there @down::@d : tensor<f32>
          %i = ra.read edge @position : tensor<f32>
          %i1 = arith.addf %i, %one : tensor<f32>
          %ik = arith.mulf %i1, %k : tensor<f32>
          ra.yield %ik : tensor<f32>
        } : tensor<f32>
        %d = arith.addf %x, %s : tensor<f32>
        ra.yield %d : tensor<f32>
      }
    })"));
  ASSERT_TRUE(m.model);
  // Roots 0 and 1; 3 is twice a child of 2, and a child of 1.
  Batch batch = batchOf({{{2}, {2, 3}, {3, 3}, {}}});
  addFeatures(batch, "x", Place::Nodes, {}, {1, 10, 100, 1000});
  Result r = evaluated(m.model, {}, batch);
  // d2 = 100 + 1*1 + 1*10; d3 = 1000 + 2*10 + (1 + 2) * d2
  EXPECT_THAT(valuesOf(r, "down", "d"), ElementsAre(1, 10, 111, 1000 + 20 + 3 * 111));
  EXPECT_THAT(r.roots, ElementsAre(0, 1));
}

const char *const kPlaces = R"(
    ra.type @node(0 to 2)
    ra.input @x : tensor<f32>
    ra.input @bias at structures : tensor<f32>
    ra.sweep @up up states(@h : tensor<f32>) {
      ra.body {
        %x = ra.read self @x : tensor<f32>
        %s = ra.over children [sum] {
          %k = ra.read there @up::@h : tensor<f32>
          ra.yield %k : tensor<f32>
        } : tensor<f32>
        %h = arith.addf %x, %s : tensor<f32>
        ra.yield %h : tensor<f32>
      }
    }
    ra.sweep @pool map at structures states(@max : tensor<f32>) {
      ra.body {
        %m = ra.over nodes [max] {
          %k = ra.read there @up::@h : tensor<f32>
          ra.yield %k : tensor<f32>
        } : tensor<f32>
        ra.yield %m : tensor<f32>
      }
    }
    ra.sweep @twice map at structures states(@y : tensor<f32>) {
      ra.body {
        %m = ra.read self @pool::@max : tensor<f32>
        %y = arith.addf %m, %m : tensor<f32>
        ra.yield %y : tensor<f32>
      }
    }
    ra.sweep @down down states(@d : tensor<f32>) {
      ra.body {
        %h = ra.read self @up::@h : tensor<f32>
        %b = ra.read structure @bias : tensor<f32>
        %p = ra.read parent @down::@d else %b : tensor<f32>
        %d = arith.addf %h, %p : tensor<f32>
        ra.yield %d : tensor<f32>
      }
    }
    ra.sweep @head map at roots states(@y : tensor<f32>) {
      ra.body {
        %d = ra.read self @down::@d : tensor<f32>
        %t = ra.read structure @twice::@y : tensor<f32>
        %y = arith.subf %d, %t : tensor<f32>
        ra.yield %y : tensor<f32>
      }
    }
    ra.sweep @again map at roots states(@y : tensor<f32>) {
      ra.body {
        %y = ra.read self @head::@y : tensor<f32>
        %c = ra.over children [sum] {
          %k = ra.read there @up::@h : tensor<f32>
          ra.yield %k : tensor<f32>
        } : tensor<f32>
        %s = arith.addf %y, %c : tensor<f32>
        ra.yield %s : tensor<f32>
      }
    }
    ra.output @top = @up::@h
    ra.output @all = @up::@h at nodes
    ra.output @head_out = @head::@y)";

TEST(ReferenceSweeps, PlacesAndParents) {
  ParsedModel m(scalarModel("tree", kPlaces));
  ASSERT_TRUE(m.model);
  Batch batch = batchOf({{{1, 2}, {}, {}}, {{}, {0}}});
  addFeatures(batch, "x", Place::Nodes, {}, {1, 2, -5, 4, 8});
  addFeatures(batch, "bias", Place::Structures, {}, {100, 200});
  Result r = evaluated(m.model, {}, batch);
  EXPECT_THAT(valuesOf(r, "up", "h"), ElementsAre(-2, 2, -5, 4, 12));
  EXPECT_THAT(valuesOf(r, "pool", "max"), ElementsAre(2, 12));
  EXPECT_THAT(valuesOf(r, "twice", "y"), ElementsAre(4, 24));
  EXPECT_THAT(valuesOf(r, "down", "d"), ElementsAre(98, 100, 93, 216, 212));
  EXPECT_THAT(r.roots, ElementsAre(0, 4));
  EXPECT_THAT(valuesOf(r, "head", "y"), ElementsAre(94, 188));
  EXPECT_THAT(valuesOf(r, "again", "y"), ElementsAre(94 - 3, 188 + 4));

  std::vector<std::vector<double>> outputs;
  for (auto output : m.model.getBody().getOps<ra::OutputOp>())
    outputs.push_back(outputValues(output, r).values);
  EXPECT_THAT(outputs[0], ElementsAre(-2, 12));
  EXPECT_THAT(outputs[1], ElementsAre(-2, 2, -5, 4, 12));
  EXPECT_THAT(outputs[2], ElementsAre(94, 188));
}

TEST(ReferenceSweeps, NamedRootsAreUsedInTheirOrder) {
  ParsedModel m(scalarModel("tree", kPlaces));
  ASSERT_TRUE(m.model);
  Batch batch = batchOf({{{1, 2}, {}, {}}});
  addFeatures(batch, "x", Place::Nodes, {}, {1, 2, -5});
  addFeatures(batch, "bias", Place::Structures, {}, {100});
  batch.root_offsets = {0, 2};
  batch.roots = {2, 0};
  Result r = evaluated(m.model, {}, batch);
  EXPECT_THAT(valuesOf(r, "head", "y"), ElementsAre(93 - 4, 98 - 4));
}

TEST(ReferenceSweeps, ExposedStatesAreOutputs) {
  ParsedModel m(scalarModel("tree", kPlaces));
  ASSERT_TRUE(m.model);
  std::vector<std::string> names = exposeStates(m.model);
  EXPECT_EQ(names.size(), 6u);
  EXPECT_EQ(names[0], "all");
  EXPECT_EQ(names[4], "head_out");
  EXPECT_TRUE(mlir::succeeded(mlir::verify(m.module->getOperation())));
  EXPECT_EQ(exposeStates(m.model), names) << "the second call finds what the first one added";
}

TEST(ReferenceSweeps, ChainsOfAHundredThousandNodes) {
  ParsedModel m(scalarModel("tree", kPlaces));
  ASSERT_TRUE(m.model);
  constexpr int32_t n = 100000;
  Lists chain(n);
  for (int32_t i = 0; i + 1 < n; ++i)
    chain[i] = {i + 1};
  Batch batch = batchOf({chain});
  addFeatures(batch, "x", Place::Nodes, {}, std::vector<double>(n, 1));
  addFeatures(batch, "bias", Place::Structures, {}, {0});
  Result r = evaluated(m.model, {}, batch);
  EXPECT_EQ(valuesOf(r, "up", "h")[0], n);
  EXPECT_EQ(valuesOf(r, "down", "d")[n - 1], 0.5 * n * (n + 1.0));
}

TEST(ReferenceSweeps, DoubleModelsAreComputedInLongDouble) {
  // (1 + 2^-60) - 1 is 0 in double.
  ParsedModel m(R"(ra.model @M structure(tree) float(f64) {
    ra.type @node(0)
    ra.input @x : tensor<f64>
    ra.sweep @s map states(@y : tensor<f64>) { ra.body {
      %x = ra.read self @x : tensor<f64>
      %one = arith.constant dense<1.0> : tensor<f64>
      %a = arith.addf %one, %x : tensor<f64>
      %y = arith.subf %a, %one : tensor<f64>
      ra.yield %y : tensor<f64> } } })");
  ASSERT_TRUE(m.model);
  Batch batch = batchOf({{{}}});
  addFeatures(batch, "x", Place::Nodes, {}, {std::ldexp(1.0, -60)}, /*f64=*/true);
  EXPECT_EQ(valuesOf(evaluated(m.model, {}, batch), "s", "y")[0], std::ldexp(1.0, -60));
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

const char *const kTyped = R"(
    ra.type @leaf(0)
    ra.type @pair(2)
    ra.input @w : !ra.symbol<3> on @leaf
    ra.param @E : tensor<3x2xf32>
    ra.sweep @up up states(@h : tensor<2xf32>) {
      ra.body @leaf {
        %w = ra.read self @w : !ra.symbol<3>
        %E = ra.read param @E : tensor<3x2xf32>
        %h = ra.lookup %E[%w] : (tensor<3x2xf32>, !ra.symbol<3>) -> tensor<2xf32>
        ra.yield %h : tensor<2xf32>
      }
      ra.body @pair {
        %a = ra.read child(0) @up::@h : tensor<2xf32>
        %b = ra.read child(1) @up::@h : tensor<2xf32>
        %h = arith.addf %a, %b : tensor<2xf32>
        ra.yield %h : tensor<2xf32>
      }
    })";

class ReferenceErrors : public testing::Test {
protected:
  ReferenceErrors() : m_(scalarModel("tree", kTyped)) {
    batch_ = batchOf({{{1, 2}, {}, {}}, {{1, 2}, {}, {}}});
    addSymbols(batch_, "w", Place::Nodes, {0, 1, 2, 0, 2, 1});
    params_["E"] = {{3, 2}, {1, 2, 3, 4, 5, 6}};
  }
  std::string errorOf() {
    Result result;
    std::string error;
    return evaluate(m_.model, params_, batch_, result, error) ? "none" : error;
  }
  ParsedModel m_;
  Batch batch_;
  Params params_;
};

TEST_F(ReferenceErrors, GoodInputHasNone) {
  EXPECT_EQ(errorOf(), "none");
}

TEST_F(ReferenceErrors, Cycle) {
  batch_ = batchOf({{{1, 2}, {}, {}}, {{}, {3, 2}, {}, {1, 4}, {}}});
  EXPECT_THAT(errorOf(), HasSubstr("structure 1, node 1: is its own descendant (a cycle)"));
}
TEST_F(ReferenceErrors, ChildOfAnotherStructure) {
  batch_.children[3] = 1;
  EXPECT_THAT(errorOf(), HasSubstr("structure 1, node 0: child 1 is not a node of the structure"));
}
TEST_F(ReferenceErrors, TwoParentsInATree) {
  batch_.children[3] = 4;
  EXPECT_THAT(errorOf(), HasSubstr("structure 1, node 1: has 2 parents"));
}
TEST_F(ReferenceErrors, Arity) {
  batch_ = batchOf({{{1}, {}}});
  EXPECT_THAT(errorOf(), HasSubstr("structure 0, node 0: no type of the model has 1 children"));
}
TEST_F(ReferenceErrors, GivenTypeOfAnotherArity) {
  batch_.types = {1, 0, 0, 1, 1, 0};
  EXPECT_THAT(errorOf(), HasSubstr("structure 1, node 1: type @pair does not have 0 children"));
}
TEST_F(ReferenceErrors, EmptyStructure) {
  batch_.node_offsets = {0, 3, 3, 6};
  EXPECT_THAT(errorOf(), HasSubstr("structure 1 has no nodes"));
}
TEST_F(ReferenceErrors, SymbolOutOfRangeOnlyWhereItIsRead) {
  batch_.inputs[0].symbols[3] = 99; // an internal node: not read
  EXPECT_EQ(errorOf(), "none");
  batch_.inputs[0].symbols[4] = 3;
  EXPECT_THAT(errorOf(), HasSubstr("structure 1, node 1: input @w is 3, outside 0..2"));
}
TEST_F(ReferenceErrors, MissingOrShortInput) {
  batch_.inputs[0].symbols.pop_back();
  EXPECT_THAT(errorOf(), HasSubstr("input @w has 5 values, 6 expected"));
  batch_.inputs.clear();
  EXPECT_THAT(errorOf(), HasSubstr("input @w is missing"));
}
TEST_F(ReferenceErrors, MissingOrMisshapedParameter) {
  params_["E"].shape = {2, 3};
  EXPECT_THAT(errorOf(), HasSubstr("parameter @E has another shape"));
  params_.clear();
  EXPECT_THAT(errorOf(), HasSubstr("parameter @E is missing"));
}
TEST_F(ReferenceErrors, RootOfAnotherStructure) {
  batch_.root_offsets = {0, 1, 2};
  batch_.roots = {0, 1};
  EXPECT_THAT(errorOf(), HasSubstr("structure 1: root 0 is not a node of the structure"));
}
TEST_F(ReferenceErrors, DamagedOffsets) {
  batch_.child_offsets[2] = 1;
  EXPECT_THAT(errorOf(), HasSubstr("child_offsets does not ascend"));
}

} // namespace
} // namespace cortex::reference
