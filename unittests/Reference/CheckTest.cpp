//===- CheckTest.cpp - The checks pass what is right and catch what is not ===//
#include "TestSupport.h"

#include "gmock/gmock.h"

#include <cmath>

namespace cortex::reference {
namespace {

using testing::HasSubstr;

constexpr float kInf = std::numeric_limits<float>::infinity();
const float kNaN = std::numeric_limits<float>::quiet_NaN();

float up(float x, int ulps) {
  for (int i = 0; i < std::abs(ulps); ++i)
    x = std::nextafterf(x, ulps > 0 ? kInf : -kInf);
  return x;
}

/// y = body(x) at every node of a star of `n` nodes that has x as a scalar.
struct Pointwise {
  explicit Pointwise(const std::string &body, std::vector<double> x, const std::string &bits = "32")
      : parsed("ra.model @M structure(tree) float(f" + bits + R"() {
          ra.type @node(0 to *)
          ra.input @x : tensor<f)" +
               bits + R"(>
          ra.sweep @s map states(@y : tensor<f)" +
               bits + R"(>) { ra.body {
            %x = ra.read self @x : tensor<f)" +
               bits + ">\n" + body + " : tensor<f" + bits + ">\n ra.yield %y : tensor<f" + bits + "> } } }") {
    Lists lists(x.size());
    for (size_t i = 1; i < x.size(); ++i)
      lists[0].push_back(static_cast<int32_t>(i));
    batch = batchOf({lists});
    addFeatures(batch, "x", Place::Nodes, {}, std::move(x), bits == "64");
  }
  template <typename Real> LocalReport check(const std::vector<Real> &y) {
    LocalReport report;
    std::string error;
    ProgramState state{"s", "y", y.data(), std::is_same_v<Real, float> ? DType::F32 : DType::F64};
    EXPECT_TRUE(checkLocal(parsed.model, {}, batch, state, report, error)) << error;
    return report;
  }
  ParsedModel parsed;
  Batch batch;
};

/// Each function: correctly rounded passes, `allowed` ulps pass, four times as many do not.
void expectUlps(const std::string &op, double (*f)(double), std::vector<double> x, int allowed) {
  for (double &v : x)
    v = static_cast<float>(v);
  Pointwise p("%y = " + op + " %x", x);
  std::vector<float> exact;
  exact.reserve(x.size());
  for (double v : x)
    exact.push_back(static_cast<float>(f(v)));
  EXPECT_TRUE(p.check(exact).passed) << op << " " << p.check(exact).str();
  for (size_t i = 0; i < x.size(); ++i)
    for (int sign : {-1, 1}) {
      std::vector<float> y = exact;
      y[i] = up(exact[i], sign * (allowed - 1)); // the correctly rounded value is itself off by half an ulp
      EXPECT_TRUE(p.check(y).passed) << op << "(" << x[i] << ") " << p.check(y).str();
      y[i] = up(exact[i], sign * 4 * allowed);
      LocalReport report = p.check(y);
      EXPECT_FALSE(report.passed) << op << "(" << x[i] << ")";
      EXPECT_EQ(report.where.item, static_cast<int64_t>(i));
    }
}

TEST(ReferenceLocalCheck, FunctionsHaveFourUlps) {
  std::vector<double> x{0.3, -1.7, 2.5, 0.011, -0.9, 4.2};
  expectUlps("math.exp", std::exp, x, 4);
  expectUlps("math.tanh", std::tanh, x, 4);
  expectUlps("math.erf", std::erf, x, 4);
  expectUlps("ra.sigmoid", [](double v) { return 1 / (1 + std::exp(-v)); }, x, 4);
  expectUlps("math.log", std::log, {0.3, 1.7, 25, 1e-6, 3e8}, 4);
  expectUlps("math.sqrt", std::sqrt, {0.3, 1.7, 25, 1e-6, 3e8}, 1);
}

TEST(ReferenceLocalCheck, ArithmeticRoundsOnce) {
  expectUlps("arith.mulf %x,", [](double v) { return v * v; }, {0.3, -1.7, 2.5, 0.011}, 1);
  expectUlps("arith.addf %x,", [](double v) { return v + v; }, {0.3, -1.7, 2.5, 0.011}, 1);
}

TEST(ReferenceLocalCheck, ExactOperationsAllowNothing) {
  std::vector<double> x{0.25, -3, 7};
  for (const char *op : {"arith.negf", "math.absf", "arith.maximumf %x,"}) {
    Pointwise p(std::string("%y = ") + op + " %x", x);
    std::vector<float> y;
    y.reserve(x.size());
    for (double v : x)
      y.push_back(static_cast<float>(std::string(op) == "arith.negf"  ? -v
                                     : std::string(op) == "math.absf" ? std::abs(v)
                                                                      : v));
    EXPECT_EQ(p.check(y).ratio, 0) << op;
    y[1] = up(y[1], 1);
    EXPECT_EQ(p.check(y).ratio, kInf) << op;
  }
}

TEST(ReferenceLocalCheck, ErrorsOfArgumentsPassThroughDerivatives) {
  // exp(x * x): the product's rounding, here nearly half an ulp, becomes a relative
  // error eight times the function's own 4 ulp.
  float x = 8.63f, q = x * x;
  Pointwise p("%q = arith.mulf %x, %x : tensor<f32>\n %y = math.exp %q", {x});
  EXPECT_GT(std::abs(std::exp(double(q) - double(x) * x) - 1), std::ldexp(1.0, -19));
  EXPECT_TRUE(p.check<float>({std::exp(q)}).passed);
  EXPECT_FALSE(p.check<float>({std::exp(up(q, 2))}).passed);
  EXPECT_FALSE(p.check<float>({std::exp(up(q, -2))}).passed);
  // sqrt near 0 has no bounded derivative: the bound must stay finite and hold.
  Pointwise s("%q = arith.subf %x, %x : tensor<f32>\n %y = math.sqrt %q", {1.0f});
  EXPECT_TRUE(s.check<float>({0.0f}).passed);
  EXPECT_TRUE(s.check<float>({std::sqrt(std::ldexp(1.0f, -24))}).passed);
  EXPECT_FALSE(s.check<float>({0.01f}).passed);
}

TEST(ReferenceLocalCheck, CancellationIsAllowedFor) {
  // (1 + x) - 1 for a small x: the sum's rounding is relative to 1.
  Pointwise p("%one = arith.constant dense<1.0> : tensor<f32>\n %a = arith.addf %one, %x : tensor<f32>\n"
              "%y = arith.subf %a, %one",
              {1e-7f});
  EXPECT_TRUE(p.check<float>({(1.0f + 1e-7f) - 1.0f}).passed);
  EXPECT_TRUE(p.check<float>({1e-7f}).passed) << "the other association";
  EXPECT_FALSE(p.check<float>({1e-6f}).passed);
}

TEST(ReferenceLocalCheck, CloseComparisonsMayGoEitherWay) {
  // x * x < 2 ? 10 : 20 at the float next to sqrt(2): the product rounds to within an ulp of 2.
  const std::string body = R"(
      %two = arith.constant dense<2.0> : tensor<f32>
      %ten = arith.constant dense<10.0> : tensor<f32>
      %twenty = arith.constant dense<20.0> : tensor<f32>
      %q = arith.mulf %x, %x : tensor<f32>
      %m = arith.cmpf olt, %q, %two : tensor<f32>
      %s = arith.select %m, %ten, %twenty : tensor<i1>, tensor<f32>
      %y = arith.negf %s)";
  Pointwise close(body, {std::sqrt(2.0f)});
  EXPECT_TRUE(close.check<float>({-10}).passed);
  EXPECT_TRUE(close.check<float>({-20}).passed);
  EXPECT_FALSE(close.check<float>({-31}).passed);
  Pointwise apart(body, {1.3f});
  EXPECT_TRUE(apart.check<float>({-10}).passed);
  EXPECT_FALSE(apart.check<float>({-20}).passed);
}

TEST(ReferenceLocalCheck, ExactTiesOfComparisonsHaveOneAnswer) {
  const std::string body = R"(
      %two = arith.constant dense<2.0> : tensor<f32>
      %zero = arith.constant dense<0.0> : tensor<f32>
      %m = arith.cmpf olt, %x, %two : tensor<f32>
      %s = arith.select %m, %x, %zero : tensor<i1>, tensor<f32>
      %y = arith.negf %s)";
  Pointwise p(body, {2.0f});
  EXPECT_TRUE(p.check<float>({0}).passed);
  EXPECT_FALSE(p.check<float>({-2}).passed);
}

TEST(ReferenceLocalCheck, ValuesThatAreNotFinite) {
  Pointwise p("%y = math.log %x", {0.0f, -1.0f, 1.0f});
  EXPECT_TRUE(p.check<float>({-kInf, kNaN, 0}).passed) << "equally not finite";
  EXPECT_FALSE(p.check<float>({-kInf, 0, 0}).passed);
  EXPECT_FALSE(p.check<float>({-kInf, kNaN, kNaN}).passed);
  EXPECT_FALSE(p.check<float>({kInf, kNaN, 0}).passed);
  LocalReport report = p.check<float>({-kInf, kNaN, kInf});
  EXPECT_EQ(report.ratio, kInf);
  EXPECT_EQ(report.where.item, 2);
}

/// (1 + x) - 1 is known to half an ulp of 1. Where x is smaller than that, the divisor may be zero and nothing is known
/// of the quotient: no fault, but counted, and the other values are still checked.
TEST(ReferenceLocalCheck, ValuesWithoutABoundAreCounted) {
  Pointwise p("%one = arith.constant dense<1.0> : tensor<f32>\n %a = arith.addf %one, %x : tensor<f32>\n"
              "%d = arith.subf %a, %one : tensor<f32>\n %y = arith.divf %one, %d",
              {0.5f, 1e-8f, 0.25f});
  for (float unknown : {1e8f, -3.0f}) {
    LocalReport report = p.check<float>({2, unknown, 4});
    EXPECT_TRUE(report.passed) << report.str();
    EXPECT_EQ(report.unbounded, 1);
    EXPECT_EQ(report.where_unbounded.item, 1);
    EXPECT_EQ(report.max_bound, kInf) << "the check is not sharp";
    EXPECT_THAT(report.str(),
                HasSubstr("says nothing of 1 values without a bound, the first at @s::@y at structure 0"));
    EXPECT_FALSE(p.check<float>({2.001f, unknown, 4}).passed);
    EXPECT_FALSE(p.check<float>({2, unknown, 4.001f}).passed);
  }
  EXPECT_FALSE(p.check<float>({2, kInf, 4}).passed) << "finite on one side only";
  EXPECT_FALSE(p.check<float>({2, kNaN, 4}).passed);
  // 0 times an unknown quotient is unknown, too, as 0 times infinity is.
  Pointwise zero("%one = arith.constant dense<1.0> : tensor<f32>\n %a = arith.addf %one, %x : tensor<f32>\n"
                 "%d = arith.subf %a, %one : tensor<f32>\n %q = arith.divf %one, %d : tensor<f32>\n"
                 "%z = arith.constant dense<0.0> : tensor<f32>\n %y = arith.mulf %z, %q",
                 {1e-8f});
  EXPECT_EQ(zero.check<float>({7}).unbounded, 1);
  EXPECT_EQ(zero.check<float>({7}).max_bound, kInf);
  EXPECT_EQ(Pointwise("%y = arith.divf %x, %x", {0.5f}).check<float>({1}).unbounded, 0);
}

TEST(ReferenceLocalCheck, DoubleModelsAreHeldToDouble) {
  Pointwise p("%y = math.tanh %x", {0.3}, "64");
  EXPECT_TRUE(p.check<double>({std::tanh(0.3)}).passed);
  EXPECT_FALSE(p.check<double>({static_cast<double>(std::tanh(0.3f))}).passed) << "computed in float";
}

TEST(ReferenceLocalCheck, UnderflowMayBeFlushed) {
  Pointwise p("%y = arith.mulf %x, %x", {1e-20f});
  EXPECT_TRUE(p.check<float>({0}).passed);
  EXPECT_TRUE(p.check<float>({1e-20f * 1e-20f}).passed);
  EXPECT_FALSE(p.check<float>({1e-30f}).passed);
}

//===----------------------------------------------------------------------===//
// Products and reductions
//===----------------------------------------------------------------------===//

/// A recursion h = tanh(U Σ h_k + b), leaves h = x, of two units.
const char *const kRecursion = R"(
  #w = affine_map<(i, k) -> (i, k)>
  #x = affine_map<(i, k) -> (k)>
  #y = affine_map<(i, k) -> (i)>
  ra.model @M structure(tree) float(f32) {
    ra.type @leaf(0)
    ra.type @node(1 to *)
    ra.input @x : tensor<2xf32> on @leaf
    ra.param @U : tensor<2x2xf32>
    ra.param @b : tensor<2xf32>
    ra.sweep @up up states(@h : tensor<2xf32>) {
      ra.body @leaf {
        %x = ra.read self @x : tensor<2xf32>
        ra.yield %x : tensor<2xf32>
      }
      ra.body @node {
        %U = ra.read param @U : tensor<2x2xf32>
        %b = ra.read param @b : tensor<2xf32>
        %s = ra.over children [sum] {
          %k = ra.read there @up::@h : tensor<2xf32>
          ra.yield %k : tensor<2xf32>
        } : tensor<2xf32>
        %g = linalg.contract indexing_maps = [#w, #x, #y] ins(%U, %s : tensor<2x2xf32>, tensor<2xf32>)
          outs(%b : tensor<2xf32>) -> tensor<2xf32>
        ra.yield %g : tensor<2xf32>
      }
    } })";

struct Recursion {
  Recursion() : parsed(kRecursion) {
    params["U"] = {{2, 2}, {0.5f, -0.25f, 0.3f, 0.7f}};
    params["b"] = {{2}, {0.1f, -0.2f}};
  }
  LocalReport check(const Batch &batch, const std::vector<float> &h, const LocalOptions &options = {}) {
    LocalReport report;
    std::string error;
    EXPECT_TRUE(
        checkLocal(parsed.model, params, batch, ProgramState{"up", "h", h.data(), DType::F32}, report, error, options))
        << error;
    return report;
  }
  ParsedModel parsed;
  Params params;
};

TEST(ReferenceLocalCheck, ProductsMayBeDistributedOverSums) {
  // Two children that nearly cancel: U h1 + U h2 is far from U (h1 + h2) in
  // relative terms, and legal (a table of products).
  Recursion r;
  Batch batch = batchOf({{{1, 2}, {}, {}}});
  float a = 1000.123f, b = -1000.121f;
  addFeatures(batch, "x", Place::Nodes, {2}, {0, 0, a, b, -1000.122f, 1000.12f});
  std::vector<float> u(r.params["U"].values.begin(), r.params["U"].values.end());
  std::vector<float> h{0, 0, a, b, -1000.122f, 1000.12f};
  for (int i = 0; i < 2; ++i) {
    float first = u[2 * i] * h[2] + u[2 * i + 1] * h[3], second = u[2 * i] * h[4] + u[2 * i + 1] * h[5];
    h[i] = (first + second) + static_cast<float>(r.params["b"].values[i]);
  }
  EXPECT_TRUE(r.check(batch, h).passed) << r.check(batch, h).str();
  h[0] += 0.01f;
  EXPECT_FALSE(r.check(batch, h).passed);
}

TEST(ReferenceLocalCheck, UsesTheProgramsOwnNeighbours) {
  // A wrong value at a node is reported there, not at the nodes above that used it correctly.
  Recursion r;
  Batch batch = batchOf({{{1}, {2}, {}}});
  addFeatures(batch, "x", Place::Nodes, {2}, {kNaN, kNaN, kNaN, kNaN, 0.5, -0.5});
  auto step = [&](float x, float y, int i) {
    return static_cast<float>(r.params["U"].values[2 * i] * x + r.params["U"].values[2 * i + 1] * y +
                              r.params["b"].values[i]);
  };
  std::vector<float> h{0, 0, 0, 0, 0.5f, -0.5f};
  h[2] = step(h[4], h[5], 0);
  h[3] = step(h[4], h[5], 1) + 0.001f; // wrong
  h[0] = step(h[2], h[3], 0);
  h[1] = step(h[2], h[3], 1);
  LocalReport report = r.check(batch, h);
  EXPECT_FALSE(report.passed);
  EXPECT_EQ(report.where.str(), "@up::@h at structure 0, node 1 (node 1 of the batch), element 1");
  EXPECT_NEAR(report.max_abs_error, 0.001, 1e-6);
  EXPECT_THAT(report.str(), HasSubstr("FAILED"));
}

TEST(ReferenceLocalCheck, LongChainsAreSampledAndSharp) {
  Recursion r;
  constexpr int32_t n = 50001;
  Lists chain(n);
  for (int32_t i = 0; i + 1 < n; ++i)
    chain[i] = {i + 1};
  Batch batch = batchOf({chain});
  std::vector<double> x(2 * n, kNaN);
  x[2 * n - 2] = 0.5;
  x[2 * n - 1] = -0.5;
  addFeatures(batch, "x", Place::Nodes, {2}, x);
  FloatStates program(evaluated(r.parsed.model, r.params, batch));
  LocalReport report = r.check(batch, program.values[0]);
  EXPECT_TRUE(report.passed) << report.str();
  EXPECT_GT(report.items_checked, 9000);
  EXPECT_LT(report.items_checked, 11000);
  EXPECT_LT(report.max_bound, 1e-6);
  EXPECT_EQ(r.check(batch, program.values[0]).items_checked, report.items_checked);
  EXPECT_EQ(r.check(batch, program.values[0], {.max_items = n}).items_checked, n);
  program.values[0][0] += 1e-5f; // the first item is always looked at
  EXPECT_FALSE(r.check(batch, program.values[0]).passed);
}

//===----------------------------------------------------------------------===//
// Unusable inputs
//===----------------------------------------------------------------------===//

TEST(ReferenceLocalCheck, NamesWhatIsMissing) {
  Recursion r;
  Batch batch = batchOf({{{1}, {}}});
  addFeatures(batch, "x", Place::Nodes, {2}, {0, 0, 1, 2});
  LocalReport report;
  std::string error;
  EXPECT_FALSE(checkLocal(r.parsed.model, r.params, batch, {}, report, error));
  EXPECT_THAT(error, HasSubstr("nothing to compare"));
  std::vector<float> h(4);
  EXPECT_FALSE(
      checkLocal(r.parsed.model, r.params, batch, ProgramState{"up", "c", h.data(), DType::F32}, report, error));
  EXPECT_THAT(error, HasSubstr("state @up::@c is given, but not in the model"));
  EXPECT_FALSE(
      checkLocal(r.parsed.model, r.params, batch, ProgramState{"up", "h", nullptr, DType::F32}, report, error));
  EXPECT_THAT(error, HasSubstr("state @up::@h has no floating-point values"));
}

TEST(ReferenceLocalCheck, NamesAStateThatABodyReadsAndNobodyGave) {
  ParsedModel m(R"(ra.model @M structure(tree) float(f32) {
    ra.type @node(0)
    ra.input @x : tensor<f32>
    ra.sweep @a map states(@y : tensor<f32>) { ra.body {
      %x = ra.read self @x : tensor<f32>
      ra.yield %x : tensor<f32> } }
    ra.sweep @b map states(@z : tensor<f32>) { ra.body {
      %y = ra.read self @a::@y : tensor<f32>
      ra.yield %y : tensor<f32> } } })");
  ASSERT_TRUE(m.model);
  Batch batch = batchOf({{{}}});
  addFeatures(batch, "x", Place::Nodes, {}, {1});
  float z = 1;
  LocalReport report;
  std::string error;
  EXPECT_FALSE(checkLocal(m.model, {}, batch, ProgramState{"b", "z", &z, DType::F32}, report, error));
  EXPECT_THAT(error, HasSubstr("reads state @a::@y, whose values are not given"));
  EXPECT_TRUE(checkLocal(m.model, {}, batch, ProgramState{"a", "y", &z, DType::F32}, report, error)) << error;
  EXPECT_TRUE(report.passed);
}

//===----------------------------------------------------------------------===//
// End to end, vacuity
//===----------------------------------------------------------------------===//

Result resultOf(std::vector<int64_t> shape, std::vector<double> values) {
  StateValues state{"up", "h", Place::Nodes, std::move(shape), 0, std::move(values)};
  state.items = static_cast<int64_t>(state.values.size()) / state.itemSize();
  Result result;
  result.states.push_back(std::move(state));
  return result;
}

TEST(ReferenceEndToEnd, ReportsTheLargestError) {
  Batch batch = batchOf({{{}}, {{}, {0}}});
  Result reference = resultOf({2}, {1, 2, 3, -4, 5, 6});
  std::vector<float> program{1, 2, 3, -4.5, 5.25, 6};
  EndToEndReport report;
  std::string error;
  ASSERT_TRUE(checkEndToEnd(batch, reference, ProgramState{"up", "h", program.data(), DType::F32}, report, error));
  EXPECT_EQ(report.max_abs_error, 0.5);
  EXPECT_DOUBLE_EQ(report.max_rel_error, 0.5 / 6);
  EXPECT_EQ(report.where.str(), "@up::@h at structure 1, node 0 (node 1 of the batch), element 1");
  program[4] = kNaN;
  ASSERT_TRUE(checkEndToEnd(batch, reference, ProgramState{"up", "h", program.data(), DType::F32}, report, error));
  EXPECT_EQ(report.max_abs_error, kInf);
  EXPECT_FALSE(checkEndToEnd(batch, reference, {}, report, error));
}

/// h = tanh(w h_child + x) along a chain.
std::string chainModel(const std::string &w) {
  return R"(ra.model @M structure(sequence) float(f32) {
    ra.type @cell(0 to 1)
    ra.input @x : tensor<f32>
    ra.sweep @s up states(@h : tensor<f32>, @x : tensor<f32>) { ra.body {
      %x = ra.read self @x : tensor<f32>
      %zero = arith.constant dense<0.0> : tensor<f32>
      %w = arith.constant dense<)" +
         w + R"(> : tensor<f32>
      %before = ra.read child(0) @s::@h else %zero : tensor<f32>
      %m = arith.mulf %w, %before : tensor<f32>
      %a = arith.addf %m, %x : tensor<f32>
      %h = math.tanh %a : tensor<f32>
      ra.yield %h, %x : tensor<f32>, tensor<f32> } } })";
}

TEST(ReferenceEndToEnd, BoundsThatOverflowStayInfinite) {
  ParsedModel parsed(chainModel("9.0"));
  constexpr int kNodes = 3000;
  Lists chain(kNodes);
  for (int i = 1; i < kNodes; ++i)
    chain[i] = {i - 1};
  Batch batch = batchOf({chain});
  addFeatures(batch, "x", Place::Nodes, {}, std::vector<double>(kNodes, 0)); // 0 is where tanh is steepest
  Result result;
  std::string error;
  ASSERT_TRUE(evaluateWithBounds(parsed.model, {}, batch, result, error)) << error;
  const std::vector<double> &bounds = result.find("s", "h")->bounds;
  EXPECT_LT(bounds.front(), 1e-6);
  EXPECT_TRUE(std::is_sorted(bounds.begin(), bounds.end()));
  EXPECT_EQ(bounds.back(), std::numeric_limits<double>::infinity());
}

/// Of a product with a parameter the other factor may be rounded to bf16: 2^-8 of all that it is a sum of.
TEST(ReferenceEndToEnd, OperandsInBF16AreBoundedByTheTermsOfTheirSums) {
  ParsedModel parsed(R"(ra.model @M structure(tree) float(f32) {
    ra.type @node(0 to -1)
    ra.input @x : tensor<1xf32>
    ra.input @y : tensor<1xf32>
    ra.param @w : tensor<1x1xf32>
    ra.sweep @s map states(@h : tensor<1xf32>, @p : tensor<f32>) { ra.body {
      %x = ra.read self @x : tensor<1xf32>
      %y = ra.read self @y : tensor<1xf32>
      %w = ra.read param @w : tensor<1x1xf32>
      %a = arith.addf %x, %y : tensor<1xf32>
      %zero = arith.constant dense<0.0> : tensor<1xf32>
      %none = arith.constant dense<0.0> : tensor<f32>
      %h = linalg.contract indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (k)>,
        affine_map<(i, k) -> (i)>] ins(%w, %a : tensor<1x1xf32>, tensor<1xf32>) outs(%zero : tensor<1xf32>) -> tensor<1xf32>
      %p = linalg.contract indexing_maps = [affine_map<(k) -> (k)>, affine_map<(k) -> (k)>, affine_map<(k) -> ()>]
        ins(%x, %y : tensor<1xf32>, tensor<1xf32>) outs(%none : tensor<f32>) -> tensor<f32>
      ra.yield %h, %p : tensor<1xf32>, tensor<f32> } } })");
  Batch batch = batchOf({{{}}});
  addFeatures(batch, "x", Place::Nodes, {1}, {5});
  addFeatures(batch, "y", Place::Nodes, {1}, {-4});
  const Params params{{"w", {{1, 1}, {3}}}};
  Result exact, rounded;
  std::string error;
  ASSERT_TRUE(evaluateWithBounds(parsed.model, params, batch, exact, error)) << error;
  ASSERT_TRUE(evaluateWithBounds(parsed.model, params, batch, rounded, error, Operands::BF16)) << error;
  EXPECT_EQ(rounded.find("s", "h")->values[0], 3);
  EXPECT_LT(exact.find("s", "h")->bounds[0], 1e-5);
  EXPECT_NEAR(rounded.find("s", "h")->bounds[0], 3 * 9 * std::ldexp(1.0, -8), 1e-4);
  // A product of two values is not rounded.
  EXPECT_EQ(rounded.find("s", "p")->bounds[0], exact.find("s", "p")->bounds[0]);
}

/// A comparison that may come out either way leaves a score anywhere between -30 and 30. The weight is at most 1.
TEST(ReferenceEndToEnd, SoftmaxOfUncertainScoresIsBounded) {
  ParsedModel parsed(R"(ra.model @M structure(sequence) float(f32) {
    ra.type @cell(0 to 1)
    ra.input @x : tensor<f32>
    ra.sweep @s up states(@h : tensor<f32>) { ra.body {
      %x = ra.read self @x : tensor<f32>
      %low = arith.constant dense<-30.0> : tensor<f32>
      %high = arith.constant dense<30.0> : tensor<f32>
      %h = ra.over children [softmax] else(%x) {
        %k = ra.read there @s::@h : tensor<f32>
        %t = math.tanh %k : tensor<f32>
        %c = arith.cmpf olt, %t, %t : tensor<f32>
        %score = arith.select %c, %low, %high : tensor<i1>, tensor<f32>
        ra.yield %score, %k : tensor<f32>, tensor<f32>
      } : tensor<f32>
      ra.yield %h : tensor<f32> } } })");
  Batch batch = batchOf({Lists{{}, {0}}});
  addFeatures(batch, "x", Place::Nodes, {}, {0.5, 0});
  Result result;
  std::string error;
  ASSERT_TRUE(evaluateWithBounds(parsed.model, {}, batch, result, error)) << error;
  EXPECT_EQ(result.find("s", "h")->values, (std::vector<double>{0.5, 0.5}));
  EXPECT_NEAR(result.find("s", "h")->bounds[1], 0.5, 1e-5);
}

/// In single precision.
TEST(ReferenceEndToEnd, BoundsAreCarriedFromNodeToNode) {
  ParsedModel parsed(chainModel("0.75"));
  constexpr int kNodes = 300;
  Lists chain(kNodes);
  std::vector<double> x;
  std::vector<float> h, same;
  for (int i = 0; i < kNodes; ++i) {
    if (i > 0)
      chain[i] = {i - 1};
    same.push_back(static_cast<float>(0.3 * std::sin(i)));
    x.push_back(same.back());
    h.push_back(std::tanh(0.75f * (i ? h.back() : 0) + same.back()));
  }
  Batch batch = batchOf({chain});
  addFeatures(batch, "x", Place::Nodes, {}, x);
  Result exact = evaluated(parsed.model, {}, batch), bounded;
  std::string error;
  ASSERT_TRUE(evaluateWithBounds(parsed.model, {}, batch, bounded, error)) << error;
  EXPECT_EQ(bounded.find("s", "h")->values, exact.find("s", "h")->values);
  EXPECT_TRUE(exact.find("s", "h")->bounds.empty());
  auto check = [&](const Result &reference) {
    EndToEndReport report;
    EXPECT_TRUE(checkEndToEnd(
        batch, reference,
        {ProgramState{"s", "h", h.data(), DType::F32}, ProgramState{"s", "x", same.data(), DType::F32}}, report, error))
        << error;
    return report;
  };
  EXPECT_TRUE(check(bounded).withinBounds()) << check(bounded).str();
  EXPECT_GT(check(bounded).ratio, 0);
  EXPECT_LT(check(bounded).max_rel_bound, 1e-5) << "the recursion contracts";
  EXPECT_EQ(check(exact).ratio, 0);
  h[200] += 1e-4F; // what later nodes made of it would not show
  EXPECT_FALSE(check(bounded).withinBounds());
  EXPECT_EQ(check(bounded).worst.node, 200);
  EXPECT_THAT(check(bounded).str(), HasSubstr("times the bound at @s::@h at structure 0, node 200"));
  h[200] -= 1e-4F;
  same[7] = up(same[7], 1); // a copy is exact
  EXPECT_EQ(check(bounded).ratio, kInf);
}

TEST(ReferenceVacuity, NamesWhatAReferenceLacks) {
  EXPECT_EQ(vacuity(resultOf({2}, {0.1, 0.2, 0.3, 0.4})), "");
  EXPECT_EQ(vacuity(resultOf({1}, {0.5})), "");
  EXPECT_THAT(vacuity(resultOf({2}, {0, 0, 0, 0})), HasSubstr("state @up::@h of the reference is zero everywhere"));
  EXPECT_THAT(vacuity(resultOf({2}, {0.1, 0.2, 0.1, 0.2})), HasSubstr("equal at all 2 items"));
  EXPECT_THAT(vacuity(resultOf({2}, {0.1, 0.1, 0.3, 0.3})), HasSubstr("equal in all units"));
  EXPECT_THAT(vacuity(resultOf({2}, {0.9999, -0.9998, 1, 0.9995})), HasSubstr("saturated"));
  EXPECT_THAT(vacuity(resultOf({2}, {0.1, kNaN, 0.3, 0.4})), HasSubstr("not finite at item 0, element 1"));
  EXPECT_THAT(vacuity(Result()), HasSubstr("no values"));
}

} // namespace
} // namespace cortex::reference
