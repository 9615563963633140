//===- ShapesTest.cpp - The IR of shape operations and reductions ---------===//
#include "BodyFixture.h"

using namespace cortex::build;
using testing::HasSubstr;

namespace {

struct Shapes : BodyFixture {};

TEST_F(Shapes, Concat) {
  EXPECT_THAT(emit({5}, [&](Body &b) { return concat({in(b, {2}), in(b, {3})}); }),
              HasSubstr("tensor.concat dim(0) %in1, %in2 : (tensor<2xf32>, tensor<3xf32>) -> tensor<5xf32>"));
  EXPECT_THAT(emit({2, 5}, [&](Body &b) { return concat({in(b, {2, 1}), in(b, {2, 4})}, -1); }),
              HasSubstr("tensor.concat dim(1)"));
}

TEST_F(Shapes, ConcatOfOneIsItself) {
  EXPECT_EQ(emit({2}, [&](Body &b) { return concat({in(b, {2})}); }),
            "%in1 = ra.read self @in1 : tensor<2xf32>\nra.yield %in1 : tensor<2xf32>\n");
}

TEST_F(Shapes, StackAddsADimension) {
  std::string text = emit({2, 3}, [&](Body &b) { return stack({in(b, {3}), in(b, {3})}); });
  EXPECT_THAT(text, HasSubstr("tensor.expand_shape %in1 [[0, 1]] output_shape [1, 3]"));
  EXPECT_THAT(text, HasSubstr("tensor.concat dim(0)"));
  emit({3, 2}, [&](Body &b) { return stack({in(b, {3}), in(b, {3})}, -1); });
  emit({2}, [&](Body &b) { return stack({in(b, {}), in(b, {})}); });
}

TEST_F(Shapes, SliceAndIndex) {
  EXPECT_THAT(emit({4, 2}, [&](Body &b) { return slice(in(b, {4, 6}), -1, 3, 2); }),
              HasSubstr("tensor.extract_slice %in1[0, 3] [4, 2] [1, 1] : tensor<4x6xf32> to tensor<4x2xf32>"));
  EXPECT_THAT(emit({6}, [&](Body &b) { return in(b, {1, 6})[0]; }),
              HasSubstr("tensor.extract_slice %in2[0, 0] [1, 6] [1, 1] : tensor<1x6xf32> to tensor<6xf32>"));
  emit({}, [&](Body &b) { return in(b, {4})[3]; });
}

TEST_F(Shapes, LookUp) {
  SymbolInput word = m.symbolInput("word", 9);
  Param table = m.param("T", {9, 2, 3});
  EXPECT_THAT(emit({2, 3}, [&](Body &b) { return table[b.self(word)]; }),
              HasSubstr("ra.lookup %T[%word] : (tensor<9x2x3xf32>, !ra.symbol<9>) -> tensor<2x3xf32>"));
}

TEST_F(Shapes, ReshapeUsesOneOpWhereItCan) {
  EXPECT_THAT(emit({6}, [&](Body &b) { return reshape(in(b, {2, 3}), {6}); }),
              HasSubstr("%collapsed = tensor.collapse_shape %in1 [[0, 1]]"));
  std::string text = emit({3, 2}, [&](Body &b) { return reshape(in(b, {2, 3}), {3, 2}); });
  EXPECT_THAT(text, HasSubstr("tensor.collapse_shape %in2 [[0, 1]] : tensor<2x3xf32> into tensor<6xf32>"));
  EXPECT_THAT(text, HasSubstr("tensor.expand_shape %collapsed [[0, 1]] output_shape [3, 2]"));
}

TEST_F(Shapes, ReshapeToAndFromScalars) {
  emit({1, 1}, [&](Body &b) { return reshape(in(b, {}), {1, 1}); });
  emit({}, [&](Body &b) { return reshape(in(b, {1, 1}), {}); });
  emit({2, 6}, [&](Body &b) { return reshape(in(b, {4, 3}), {2, 6}); });
  emit({3, 1, 4}, [&](Body &b) { return reshape(in(b, {4, 3}), {3, 1, 4}); });
}

TEST_F(Shapes, Transpose) {
  EXPECT_THAT(
      emit({3, 2}, [&](Body &b) { return transpose(in(b, {2, 3})); }),
      HasSubstr("linalg.transpose ins(%in1 : tensor<2x3xf32>) outs(%0 : tensor<3x2xf32>) permutation = [1, 0]"));
  EXPECT_THAT(emit({4, 2, 3}, [&](Body &b) { return transpose(in(b, {2, 3, 4}), {2, 0, -2}); }),
              HasSubstr("permutation = [2, 0, 1]"));
}

TEST_F(Shapes, ATransposeThatMovesNothingIsNothing) {
  EXPECT_EQ(emit({}, [&](Body &b) { return transpose(in(b, {}), {}); }),
            "%in1 = ra.read self @in1 : tensor<f32>\nra.yield %in1 : tensor<f32>\n");
  EXPECT_EQ(emit({2, 3}, [&](Body &b) { return transpose(in(b, {2, 3}), {0, 1}); }),
            "%in2 = ra.read self @in2 : tensor<2x3xf32>\nra.yield %in2 : tensor<2x3xf32>\n");
}

TEST_F(Shapes, Broadcast) {
  EXPECT_THAT(emit({2, 3}, [&](Body &b) { return broadcast(in(b, {2, 1}), {2, 3}); }),
              HasSubstr("outs(%0 : tensor<2x3xf32>) dimensions = [1]"));
}

TEST_F(Shapes, Reductions) {
  EXPECT_THAT(emit({2}, [&](Body &b) { return sum(in(b, {2, 3}), {-1}); }),
              HasSubstr("linalg.reduce { arith.addf } ins(%in1 : tensor<2x3xf32>) outs(%cst : tensor<2xf32>) "
                        "dimensions = [1]"));
  EXPECT_THAT(emit({}, [&](Body &b) { return max(in(b, {2, 3})); }),
              HasSubstr("linalg.reduce { arith.maximumf } ins(%in2 : tensor<2x3xf32>) outs(%cst : tensor<f32>) "
                        "dimensions = [0, 1]"));
  EXPECT_THAT(emit({3}, [&](Body &b) { return min(in(b, {2, 3, 4}), {2, 0}); }),
              HasSubstr("{ arith.minimumf } ins(%in3 : tensor<2x3x4xf32>) outs(%cst : tensor<3xf32>) dimensions = [0, "
                        "2]"));
  std::string text = emit({2}, [&](Body &b) { return mean(in(b, {2, 3}), {1}); });
  EXPECT_THAT(text, HasSubstr("arith.constant dense<3.000000e+00> : tensor<2xf32>"));
  EXPECT_THAT(text, HasSubstr("arith.divf %reduced, "));
  emit({2}, [&](Body &b) { return sum(in(b, {2}), {}); });
}

TEST_F(Shapes, SoftmaxSubtractsTheMaximum) {
  EXPECT_EQ(emit({2, 3}, [&](Body &b) { return softmax(in(b, {2, 3})); }),
            "%cst = arith.constant dense<0xFF800000> : tensor<2xf32>\n"
            "%cst_0 = arith.constant dense<0.000000e+00> : tensor<2xf32>\n"
            "%in1 = ra.read self @in1 : tensor<2x3xf32>\n"
            "%reduced = linalg.reduce { arith.maximumf } ins(%in1 : tensor<2x3xf32>) outs(%cst : tensor<2xf32>) "
            "dimensions = [1]\n"
            "%0 = tensor.empty() : tensor<2x3xf32>\n"
            "%broadcasted = linalg.broadcast ins(%reduced : tensor<2xf32>) outs(%0 : tensor<2x3xf32>) dimensions = "
            "[1]\n"
            "%1 = arith.subf %in1, %broadcasted : tensor<2x3xf32>\n"
            "%2 = math.exp %1 : tensor<2x3xf32>\n"
            "%reduced_1 = linalg.reduce { arith.addf } ins(%2 : tensor<2x3xf32>) outs(%cst_0 : tensor<2xf32>) "
            "dimensions = [1]\n"
            "%3 = tensor.empty() : tensor<2x3xf32>\n"
            "%broadcasted_2 = linalg.broadcast ins(%reduced_1 : tensor<2xf32>) outs(%3 : tensor<2x3xf32>) dimensions = "
            "[1]\n"
            "%4 = arith.divf %2, %broadcasted_2 : tensor<2x3xf32>\n"
            "ra.yield %4 : tensor<2x3xf32>\n");
}

TEST_F(Shapes, LayerNorm) {
  Param gain = m.param("gain", {3}), bias = m.param("bias", {3});
  std::string text = emit({2, 3}, [&](Body &b) { return layerNorm(in(b, {2, 3}), gain, bias, 0.125); });
  EXPECT_THAT(text, HasSubstr("arith.constant dense<1.250000e-01> : tensor<2xf32>"));
  EXPECT_THAT(text, HasSubstr("math.sqrt"));
  EXPECT_THAT(text, HasSubstr("ins(%gain : tensor<3xf32>) outs("));
  text = emit({3}, [&](Body &b) { return layerNorm(in(b, {3})); });
  EXPECT_THAT(text, HasSubstr("arith.constant dense<9.99999974E-6> : tensor<f32>"));
}

} // namespace
