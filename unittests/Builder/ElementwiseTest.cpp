//===- ElementwiseTest.cpp - The IR of elementwise operations -------------===//
#include "BodyFixture.h"

using namespace cortex::build;
using testing::HasSubstr;

namespace {

struct Elementwise : BodyFixture {};

TEST_F(Elementwise, EachBinaryOperationIsOneOp) {
  struct Case {
    const char *op;
    Value (*fn)(const Operand &, const Operand &);
  };
  for (const Case &c : {Case{"arith.addf", [](const Operand &a, const Operand &b) { return a + b; }},
                        Case{"arith.subf", [](const Operand &a, const Operand &b) { return a - b; }},
                        Case{"arith.mulf", [](const Operand &a, const Operand &b) { return a * b; }},
                        Case{"arith.divf", [](const Operand &a, const Operand &b) { return a / b; }},
                        Case{"arith.maximumf", maximum}, Case{"arith.minimumf", minimum}}) {
    std::string text = emit({4, 5}, [&](Body &b) { return c.fn(in(b, {4, 5}), in(b, {4, 5})); });
    EXPECT_THAT(text, HasSubstr(std::string("%0 = ") + c.op + " %in")) << text;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4) << text;
  }
}

TEST_F(Elementwise, EachFunctionIsOneOp) {
  struct Case {
    const char *op;
    Value (*fn)(const Operand &);
  };
  for (const Case &c : {Case{"math.exp", exp}, Case{"math.log", log}, Case{"math.sqrt", sqrt}, Case{"math.absf", abs},
                        Case{"math.tanh", tanh}, Case{"math.erf", erf}, Case{"ra.sigmoid", sigmoid},
                        Case{"arith.negf", [](const Operand &x) { return -x; }}}) {
    std::string text = emit({7}, [&](Body &b) { return c.fn(in(b, {7})); });
    EXPECT_THAT(text, HasSubstr(std::string("%0 = ") + c.op + " %in")) << text;
  }
}

TEST_F(Elementwise, ReluIsAMaximumWithZero) {
  EXPECT_EQ(emit({3}, [&](Body &b) { return relu(in(b, {3})); }),
            "%cst = arith.constant dense<0.000000e+00> : tensor<3xf32>\n"
            "%in1 = ra.read self @in1 : tensor<3xf32>\n"
            "%0 = arith.maximumf %in1, %cst : tensor<3xf32>\n"
            "ra.yield %0 : tensor<3xf32>\n");
}

TEST_F(Elementwise, GeluIsExact) {
  EXPECT_EQ(emit({3}, [&](Body &b) { return gelu(in(b, {3})); }),
            "%cst = arith.constant dense<0.707106769> : tensor<3xf32>\n"
            "%cst_0 = arith.constant dense<5.000000e-01> : tensor<3xf32>\n"
            "%cst_1 = arith.constant dense<1.000000e+00> : tensor<3xf32>\n"
            "%in1 = ra.read self @in1 : tensor<3xf32>\n"
            "%0 = arith.mulf %in1, %cst : tensor<3xf32>\n"
            "%1 = math.erf %0 : tensor<3xf32>\n"
            "%2 = arith.mulf %in1, %cst_0 : tensor<3xf32>\n"
            "%3 = arith.addf %1, %cst_1 : tensor<3xf32>\n"
            "%4 = arith.mulf %2, %3 : tensor<3xf32>\n"
            "ra.yield %4 : tensor<3xf32>\n");
}

TEST_F(Elementwise, NumbersTakeTheOtherShape) {
  std::string text = emit({2, 3}, [&](Body &b) { return 1.0 - in(b, {2, 3}) * 2; });
  EXPECT_THAT(text, HasSubstr("%cst = arith.constant dense<2.000000e+00> : tensor<2x3xf32>"));
  EXPECT_THAT(text, HasSubstr("%1 = arith.subf %cst_0, %0 : tensor<2x3xf32>"));
}

TEST_F(Elementwise, BroadcastsAsNumPyDoes) {
  // (3) is repeated along a new first dimension.
  EXPECT_EQ(emit({2, 3}, [&](Body &b) { return in(b, {2, 3}) + in(b, {3}); }),
            "%in1 = ra.read self @in1 : tensor<2x3xf32>\n"
            "%in2 = ra.read self @in2 : tensor<3xf32>\n"
            "%0 = tensor.empty() : tensor<2x3xf32>\n"
            "%broadcasted = linalg.broadcast ins(%in2 : tensor<3xf32>) outs(%0 : tensor<2x3xf32>) dimensions = [0]\n"
            "%1 = arith.addf %in1, %broadcasted : tensor<2x3xf32>\n"
            "ra.yield %1 : tensor<2x3xf32>\n");
}

TEST_F(Elementwise, SizesOfOneAreRepeatedOnBothSides) {
  std::string text = emit({2, 3}, [&](Body &b) { return in(b, {2, 1}) * in(b, {1, 3}); });
  EXPECT_THAT(text, HasSubstr("tensor.collapse_shape %in1 [[0, 1]] : tensor<2x1xf32> into tensor<2xf32>"));
  EXPECT_THAT(text, HasSubstr("outs(%0 : tensor<2x3xf32>) dimensions = [1]"));
  EXPECT_THAT(text, HasSubstr("tensor.collapse_shape %in2 [[0, 1]] : tensor<1x3xf32> into tensor<3xf32>"));
}

TEST_F(Elementwise, ScalarsAndAllOnesBroadcast) {
  emit({2, 3}, [&](Body &b) { return in(b, {}) + in(b, {2, 3}); });
  std::string text = emit({2, 3}, [&](Body &b) { return in(b, {1, 1}) + in(b, {2, 3}); });
  EXPECT_THAT(text, HasSubstr("tensor.collapse_shape %in3 [] : tensor<1x1xf32> into tensor<f32>"));
}

TEST_F(Elementwise, ComparisonsAndSelect) {
  EXPECT_EQ(emit({3},
                 [&](Body &b) {
                   Value x = in(b, {3});
                   return select(less(x, 0), -x, x);
                 }),
            "%cst = arith.constant dense<0.000000e+00> : tensor<3xf32>\n"
            "%in1 = ra.read self @in1 : tensor<3xf32>\n"
            "%0 = arith.cmpf olt, %in1, %cst : tensor<3xf32>\n"
            "%1 = arith.negf %in1 : tensor<3xf32>\n"
            "%2 = arith.select %0, %1, %in1 : tensor<3xi1>, tensor<3xf32>\n"
            "ra.yield %2 : tensor<3xf32>\n");
  struct Case {
    const char *predicate;
    Mask (*fn)(const Operand &, const Operand &);
  };
  for (const Case &c : {Case{"ole", lessEqual}, Case{"ogt", greater}, Case{"oge", greaterEqual}, Case{"oeq", equal},
                        Case{"une", notEqual}})
    EXPECT_THAT(emit({3},
                     [&](Body &b) {
                       Value x = in(b, {3});
                       return select(c.fn(x, 1), x, 0);
                     }),
                HasSubstr(std::string("arith.cmpf ") + c.predicate + ","));
}

TEST_F(Elementwise, SelectBroadcastsMaskAndValues) {
  std::string text = emit({2, 3}, [&](Body &b) { return select(greater(in(b, {2, 1}), 0), in(b, {3}), 1.0); });
  EXPECT_THAT(text, HasSubstr("arith.cmpf ogt, %broadcasted"));
  EXPECT_THAT(text, HasSubstr(": tensor<2x3xi1>, tensor<2x3xf32>"));
}

TEST_F(Elementwise, SelectOfTwoNumbersHasTheMasksShape) {
  std::string text = emit({3}, [&](Body &b) { return select(greater(in(b, {3}), 0), 1.0, 2.0); });
  EXPECT_THAT(text, HasSubstr("arith.select"));
  EXPECT_THAT(text, HasSubstr(": tensor<3xi1>, tensor<3xf32>"));
}

TEST_F(Elementwise, DoublesInADoubleModel) {
  Model d("D", cortex::StructureKind::Tree, cortex::DType::F64);
  d.type("leaf", 0);
  Sweep s = d.sweep("s", Direction::Map);
  State y = s.state("y", {2});
  s.body([&](Body &b) { b.set(y, b.constant(0.1, {2}) + 1.0); });
  std::string error;
  ASSERT_TRUE(d.verify(error)) << error;
  EXPECT_THAT(d.text(), HasSubstr("arith.constant dense<1.000000e-01> : tensor<2xf64>"));
}

} // namespace
