//===- OpsTest.cpp - Every operation of the closed list, by hand ----------===//
#include "TestSupport.h"

#include "gmock/gmock.h"

#include <cmath>

namespace cortex::reference {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::ElementsAreArray;

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNaN = std::numeric_limits<double>::quiet_NaN();

/// One node with the feature vectors a and b of three elements.
Batch oneNode(std::vector<double> a, std::vector<double> b = {0, 0, 0}) {
  Batch batch = batchOf({{{}}});
  addFeatures(batch, "a", Place::Nodes, {3}, std::move(a));
  addFeatures(batch, "b", Place::Nodes, {3}, std::move(b));
  return batch;
}

const std::string kInputs = "ra.input @a : tensor<3xf32>\n ra.input @b : tensor<3xf32>";
const std::string kReads = "%a = ra.read self @a : tensor<3xf32>\n %b = ra.read self @b : tensor<3xf32>\n";

std::vector<double> binary(const std::string &op, std::vector<double> a, std::vector<double> b) {
  return evaluateBody(kInputs, "tensor<3xf32>", kReads + "%y = " + op + " %a, %b : tensor<3xf32>\n ra.yield %y",
                      oneNode(std::move(a), std::move(b)));
}
std::vector<double> unary(const std::string &op, std::vector<double> a) {
  return evaluateBody(kInputs, "tensor<3xf32>", kReads + "%y = " + op + " %a : tensor<3xf32>\n ra.yield %y",
                      oneNode(std::move(a)));
}

TEST(ReferenceOps, Arithmetic) {
  std::vector<double> a{1.5, -2, 4}, b{0.25, 3, -8};
  EXPECT_THAT(binary("arith.addf", a, b), ElementsAre(1.75, 1, -4));
  EXPECT_THAT(binary("arith.subf", a, b), ElementsAre(1.25, -5, 12));
  EXPECT_THAT(binary("arith.mulf", a, b), ElementsAre(0.375, -6, -32));
  EXPECT_THAT(binary("arith.divf", a, b), ElementsAre(6, -2.0 / 3, -0.5));
  EXPECT_THAT(unary("arith.negf", a), ElementsAre(-1.5, 2, -4));
  EXPECT_THAT(unary("math.absf", a), ElementsAre(1.5, 2, 4));
  EXPECT_THAT(evaluateBody(kInputs, "tensor<3xf32>", kReads + "%y = math.fma %a, %b, %a : tensor<3xf32>\n ra.yield %y",
                           oneNode(a, b)),
              ElementsAre(1.875, -8, -28));
}

TEST(ReferenceOps, Functions) {
  std::vector<double> a{0.5, 2, 0.125};
  auto each = [&](double (*f)(double)) { return ElementsAre(DoubleEq(f(a[0])), DoubleEq(f(a[1])), DoubleEq(f(a[2]))); };
  EXPECT_THAT(unary("math.exp", a), each(std::exp));
  EXPECT_THAT(unary("math.log", a), each(std::log));
  EXPECT_THAT(unary("math.tanh", a), each(std::tanh));
  EXPECT_THAT(unary("math.erf", a), each(std::erf));
  EXPECT_THAT(unary("math.sqrt", a), each(std::sqrt));
  EXPECT_THAT(unary("ra.sigmoid", a), each([](double x) { return 1 / (1 + std::exp(-x)); }));
}

TEST(ReferenceOps, SigmoidKeepsSmallValues) {
  std::vector<double> y = unary("ra.sigmoid", {-80, 80, -kInf});
  EXPECT_THAT(y[0], DoubleEq(std::exp(-80.0)));
  EXPECT_EQ(y[1], 1);
  EXPECT_EQ(y[2], 0);
}

TEST(ReferenceOps, NaNPropagatesAsInPyTorch) {
  for (const char *op : {"arith.maximumf", "arith.minimumf"}) {
    std::vector<double> y = binary(op, {kNaN, 1, kNaN}, {1, kNaN, kNaN});
    for (double v : y)
      EXPECT_TRUE(std::isnan(v)) << op;
  }
  EXPECT_THAT(binary("arith.maximumf", {1, -kInf, 3}, {2, -1, -kInf}), ElementsAre(2, -1, 3));
  EXPECT_THAT(binary("arith.minimumf", {1, -kInf, 3}, {2, -1, -kInf}), ElementsAre(1, -kInf, -kInf));
}

/// select(cmp(a, b), 1, 0)
std::vector<double> compared(const std::string &predicate) {
  return evaluateBody(kInputs, "tensor<3xf32>",
                      kReads +
                          "%one = arith.constant dense<1.0> : tensor<3xf32>\n"
                          "%zero = arith.constant dense<0.0> : tensor<3xf32>\n"
                          "%m = arith.cmpf " +
                          predicate +
                          ", %a, %b : tensor<3xf32>\n"
                          "%y = arith.select %m, %one, %zero : tensor<3xi1>, tensor<3xf32>\n ra.yield %y",
                      oneNode({1, 2, kNaN}, {2, 2, 2}));
}

TEST(ReferenceOps, CompareAndSelect) {
  EXPECT_THAT(compared("olt"), ElementsAre(1, 0, 0));
  EXPECT_THAT(compared("ole"), ElementsAre(1, 1, 0));
  EXPECT_THAT(compared("ogt"), ElementsAre(0, 0, 0));
  EXPECT_THAT(compared("oge"), ElementsAre(0, 1, 0));
  EXPECT_THAT(compared("oeq"), ElementsAre(0, 1, 0));
  EXPECT_THAT(compared("one"), ElementsAre(1, 0, 0));
  EXPECT_THAT(compared("ord"), ElementsAre(1, 1, 0));
  EXPECT_THAT(compared("ult"), ElementsAre(1, 0, 1));
  EXPECT_THAT(compared("ule"), ElementsAre(1, 1, 1));
  EXPECT_THAT(compared("ugt"), ElementsAre(0, 0, 1));
  EXPECT_THAT(compared("uge"), ElementsAre(0, 1, 1));
  EXPECT_THAT(compared("ueq"), ElementsAre(0, 1, 1));
  EXPECT_THAT(compared("une"), ElementsAre(1, 0, 1));
  EXPECT_THAT(compared("uno"), ElementsAre(0, 0, 1));
}

/// x = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]] as an input.
std::vector<double> ofMatrix(const std::string &type, const std::string &body) {
  Batch batch = batchOf({{{}}});
  std::vector<double> values(12);
  for (int i = 0; i < 12; ++i)
    values[i] = i;
  addFeatures(batch, "x", Place::Nodes, {3, 4}, values);
  return evaluateBody("ra.input @x : tensor<3x4xf32>", type, "%x = ra.read self @x : tensor<3x4xf32>\n" + body, batch);
}

TEST(ReferenceOps, Slices) {
  EXPECT_THAT(ofMatrix("tensor<2x2xf32>",
                       "%y = tensor.extract_slice %x[1, 1] [2, 2] [1, 1] : tensor<3x4xf32> to tensor<2x2xf32>\n"
                       "ra.yield %y"),
              ElementsAre(5, 6, 9, 10));
  EXPECT_THAT(ofMatrix("tensor<3xf32>",
                       "%y = tensor.extract_slice %x[0, 2] [3, 1] [1, 1] : tensor<3x4xf32> to tensor<3xf32>\n"
                       "ra.yield %y"),
              ElementsAre(2, 6, 10));
  EXPECT_THAT(ofMatrix("tensor<3x4xf32>", R"(
      %s = arith.constant dense<[[-1.0, -2.0], [-3.0, -4.0]]> : tensor<2x2xf32>
      %y = tensor.insert_slice %s into %x[1, 1] [2, 2] [1, 1] : tensor<2x2xf32> into tensor<3x4xf32>
      ra.yield %y)"),
              ElementsAre(0, 1, 2, 3, 4, -1, -2, 7, 8, -3, -4, 11));
}

TEST(ReferenceOps, ConcatTransposeBroadcastReshape) {
  EXPECT_THAT(ofMatrix("tensor<3x6xf32>", R"(
      %s = arith.constant dense<[[-1.0, -2.0], [-3.0, -4.0], [-5.0, -6.0]]> : tensor<3x2xf32>
      %y = tensor.concat dim(1) %x, %s : (tensor<3x4xf32>, tensor<3x2xf32>) -> tensor<3x6xf32>
      ra.yield %y)"),
              ElementsAre(0, 1, 2, 3, -1, -2, 4, 5, 6, 7, -3, -4, 8, 9, 10, 11, -5, -6));
  EXPECT_THAT(ofMatrix("tensor<4x3xf32>", R"(
      %e = tensor.empty() : tensor<4x3xf32>
      %y = linalg.transpose ins(%x : tensor<3x4xf32>) outs(%e : tensor<4x3xf32>) permutation = [1, 0]
      ra.yield %y)"),
              ElementsAre(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11));
  EXPECT_THAT(ofMatrix("tensor<2x2x2xf32>", R"(
      %s = tensor.extract_slice %x[1, 0] [2, 2] [1, 1] : tensor<3x4xf32> to tensor<2x2xf32>
      %e = tensor.empty() : tensor<2x2x2xf32>
      %y = linalg.broadcast ins(%s : tensor<2x2xf32>) outs(%e : tensor<2x2x2xf32>) dimensions = [1]
      ra.yield %y)"),
              ElementsAre(4, 5, 4, 5, 8, 9, 8, 9));
  EXPECT_THAT(ofMatrix("tensor<2x6xf32>", R"(
      %c = tensor.collapse_shape %x [[0, 1]] : tensor<3x4xf32> into tensor<12xf32>
      %y = tensor.expand_shape %c [[0, 1]] output_shape [2, 6] : tensor<12xf32> into tensor<2x6xf32>
      ra.yield %y)"),
              ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
  EXPECT_THAT(ofMatrix("tensor<2xf32>", R"(
      %c = arith.constant 0.5 : f32
      %y = tensor.splat %c : tensor<2xf32>
      ra.yield %y)"),
              ElementsAre(0.5, 0.5));
}

TEST(ReferenceOps, Reductions) {
  auto reduce = [](const std::string &op, const std::string &dims, const std::string &type, const std::string &init) {
    return ofMatrix(type, "%i = arith.constant dense<" + init + "> : " + type + "\n%y = linalg.reduce { " + op +
                              " } ins(%x : tensor<3x4xf32>) outs(%i : " + type + ") dimensions = [" + dims +
                              "]\n ra.yield %y");
  };
  EXPECT_THAT(reduce("arith.addf", "1", "tensor<3xf32>", "[1.0, 2.0, 3.0]"), ElementsAre(7, 24, 41));
  EXPECT_THAT(reduce("arith.addf", "0", "tensor<4xf32>", "0.0"), ElementsAre(12, 15, 18, 21));
  EXPECT_THAT(reduce("arith.addf", "0, 1", "tensor<f32>", "0.5"), ElementsAre(66.5));
  EXPECT_THAT(reduce("arith.mulf", "1", "tensor<3xf32>", "1.0"), ElementsAre(0, 840, 7920));
  EXPECT_THAT(reduce("arith.maximumf", "1", "tensor<3xf32>", "5.0"), ElementsAre(5, 7, 11));
  EXPECT_THAT(reduce("arith.minimumf", "0", "tensor<4xf32>", "2.0"), ElementsAre(0, 1, 2, 2));
}

/// Products of the 3x4 matrix x (0, 1, 2, ...) with the parameters
/// v = (1, -2, 3, 0.5), u = (2, -1, 0.5) and M (4x2) = 1, 2, ... 8.
std::vector<double> product(const std::string &type, const std::string &body) {
  Batch batch = batchOf({{{}}});
  std::vector<double> values(12);
  for (int i = 0; i < 12; ++i)
    values[i] = i;
  addFeatures(batch, "x", Place::Nodes, {3, 4}, values);
  Params params;
  params["v"] = {{4}, {1, -2, 3, 0.5}};
  params["u"] = {{3}, {2, -1, 0.5}};
  params["M"] = {{4, 2}, {1, 2, 3, 4, 5, 6, 7, 8}};
  return evaluateBody("ra.input @x : tensor<3x4xf32>\n ra.param @v : tensor<4xf32>\n ra.param @u : tensor<3xf32>\n"
                      "ra.param @M : tensor<4x2xf32>",
                      type,
                      "%x = ra.read self @x : tensor<3x4xf32>\n %v = ra.read param @v : tensor<4xf32>\n"
                      "%u = ra.read param @u : tensor<3xf32>\n %M = ra.read param @M : tensor<4x2xf32>\n" +
                          body,
                      batch, params);
}

TEST(ReferenceOps, Contractions) {
  // Row sums of x * v: 0-2+6+1.5 = 5.5, each row adds 4 * (1-2+3+0.5) = 10.
  EXPECT_THAT(product("tensor<3xf32>", R"(
      %y = linalg.contract indexing_maps = [#mv0, #mv1, #mv2] ins(%x, %v : tensor<3x4xf32>, tensor<4xf32>)
        outs(%u : tensor<3xf32>) -> tensor<3xf32>
      ra.yield %y)"),
              ElementsAre(7.5, 14.5, 26));
  // The transposed product: u^T x.
  EXPECT_THAT(product("tensor<4xf32>", R"(
      %y = linalg.contract indexing_maps = [#mvt, #mv1, #mv2] ins(%x, %u : tensor<3x4xf32>, tensor<3xf32>)
        outs(%v : tensor<4xf32>) -> tensor<4xf32>
      ra.yield %y)"),
              ElementsAre(1, -0.5, 6, 5));
  EXPECT_THAT(product("tensor<3x2xf32>", R"(
      %z = arith.constant dense<0.0> : tensor<3x2xf32>
      %y = linalg.contract indexing_maps = [#mm0, #mm1, #mm2] ins(%x, %M : tensor<3x4xf32>, tensor<4x2xf32>)
        outs(%z : tensor<3x2xf32>) -> tensor<3x2xf32>
      ra.yield %y)"),
              ElementsAre(34, 40, 98, 120, 162, 200));
  EXPECT_THAT(product("tensor<f32>", R"(
      %z = arith.constant dense<1.0> : tensor<f32>
      %y = linalg.contract indexing_maps = [#dot, #dot, #scalar] ins(%v, %v : tensor<4xf32>, tensor<4xf32>)
        outs(%z : tensor<f32>) -> tensor<f32>
      ra.yield %y)"),
              ElementsAre(15.25));
}

TEST(ReferenceOps, LongDotProductsUseEveryTerm) {
  // 19 terms: two blocks of the unrolled loop and a remainder.
  std::vector<double> values(19);
  double expected = 0;
  for (int i = 0; i < 19; ++i) {
    values[i] = 1 << i;
    expected += values[i] * values[i];
  }
  Batch batch = batchOf({{{}}});
  addFeatures(batch, "x", Place::Nodes, {19}, values);
  EXPECT_THAT(evaluateBody("ra.input @x : tensor<19xf32>", "tensor<f32>", R"(
      %x = ra.read self @x : tensor<19xf32>
      %z = arith.constant dense<0.0> : tensor<f32>
      %y = linalg.contract indexing_maps = [#dot, #dot, #scalar] ins(%x, %x : tensor<19xf32>, tensor<19xf32>)
        outs(%z : tensor<f32>) -> tensor<f32>
      ra.yield %y)",
                           batch),
              ElementsAre(expected));
}

TEST(ReferenceOps, LookupTakesSlicesOfAnyRank) {
  Batch batch = batchOf({{{1}, {}}});
  addSymbols(batch, "s", Place::Nodes, {2, 0});
  Params params;
  params["T"] = {{3, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}};
  EXPECT_THAT(evaluateBody("ra.input @s : !ra.symbol<3>\n ra.param @T : tensor<3x2x2xf32>", "tensor<2x2xf32>", R"(
      %s = ra.read self @s : !ra.symbol<3>
      %T = ra.read param @T : tensor<3x2x2xf32>
      %y = ra.lookup %T[%s] : (tensor<3x2x2xf32>, !ra.symbol<3>) -> tensor<2x2xf32>
      ra.yield %y)",
                           batch, params),
              ElementsAre(8, 9, 10, 11, 0, 1, 2, 3));
}

} // namespace
} // namespace cortex::reference
