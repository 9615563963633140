//===- ProductsTest.cpp - The IR of products ------------------------------===//
#include "BodyFixture.h"

using namespace cortex::build;
using testing::HasSubstr;
using testing::Not;

namespace {

struct Products : BodyFixture {};

TEST_F(Products, MatvecStartsFromItsBias) {
  Param w = m.param("W", {4, 6}), bias = m.param("b", {4});
  EXPECT_EQ(emit({4}, [&](Body &b) { return matvec(w, in(b, {6}), bias); }),
            "%W = ra.read param @W : tensor<4x6xf32>\n"
            "%b = ra.read param @b : tensor<4xf32>\n"
            "%in1 = ra.read self @in1 : tensor<6xf32>\n"
            "%0 = linalg.contract indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, "
            "affine_map<(d0, d1) -> (d0)>] ins(%W, %in1 : tensor<4x6xf32>, tensor<6xf32>) outs(%b : tensor<4xf32>) -> "
            "tensor<4xf32>\n"
            "ra.yield %0 : tensor<4xf32>\n");
}

TEST_F(Products, WithoutABiasItStartsFromZero) {
  Param w = m.param("W", {4, 6});
  std::string text = emit({4}, [&](Body &b) { return matvec(w, in(b, {6})); });
  EXPECT_THAT(text, HasSubstr("arith.constant dense<0.000000e+00> : tensor<4xf32>"));
  EXPECT_THAT(text, HasSubstr("outs(%cst : tensor<4xf32>)"));
}

TEST_F(Products, AStackOfGates) {
  Param w = m.param("W", {3, 4, 6}), bias = m.param("b", {3, 4});
  std::string text = emit({4}, [&](Body &b) { return matvec(w, in(b, {6}), bias)[2]; });
  EXPECT_THAT(text, HasSubstr("[affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d2)>, "
                              "affine_map<(d0, d1, d2) -> (d0, d1)>]"));
  EXPECT_THAT(text, HasSubstr("tensor.extract_slice %0[2, 0] [1, 4] [1, 1] : tensor<3x4xf32> to tensor<4xf32>"));
}

TEST_F(Products, TheBiasBroadcasts) {
  Param w = m.param("W", {3, 4, 6}), bias = m.param("b", {4});
  std::string text = emit({3, 4}, [&](Body &b) { return matvec(w, in(b, {6}), bias); });
  EXPECT_THAT(text, HasSubstr("linalg.broadcast ins(%b : tensor<4xf32>) outs(%0 : tensor<3x4xf32>) dimensions = [0]"));
  EXPECT_THAT(text, HasSubstr("outs(%broadcasted : tensor<3x4xf32>)"));
  EXPECT_THAT(emit({3, 4}, [&](Body &b) { return matvec(w, in(b, {6}), 0.5); }),
              HasSubstr("arith.constant dense<5.000000e-01> : tensor<3x4xf32>"));
}

TEST_F(Products, ReshapedAndSlicedParametersAreOperands) {
  Param w = m.param("W", {12, 6});
  std::string text = emit({3, 4}, [&](Body &b) { return matvec(reshape(w, {3, 4, 6}), in(b, {6})); });
  EXPECT_THAT(text, HasSubstr("tensor.expand_shape %W [[0, 1], [2]] output_shape [3, 4, 6]"));
  text = emit({5}, [&](Body &b) { return matvec(slice(w, 0, 2, 5), in(b, {6})); });
  EXPECT_THAT(text, HasSubstr("tensor.extract_slice %W[2, 0] [5, 6] [1, 1] : tensor<12x6xf32> to tensor<5x6xf32>"));
}

TEST_F(Products, VecmatReadsWeightsByInputRow) {
  Param w = m.param("W", {6, 4});
  EXPECT_THAT(emit({4}, [&](Body &b) { return vecmat(in(b, {6}), w, 1.0); }),
              HasSubstr("[affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> "
                        "(d0)>] ins(%in1, %W : tensor<6xf32>, tensor<6x4xf32>)"));
}

TEST_F(Products, Matmul) {
  EXPECT_THAT(emit({2, 4}, [&](Body &b) { return matmul(in(b, {2, 3}), in(b, {3, 4})); }),
              HasSubstr("[affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d2, d1)>, "
                        "affine_map<(d0, d1, d2) -> (d0, d1)>]"));
}

TEST_F(Products, BilinearContractsTheParameterFirst) {
  Param v = m.param("V", {4, 6, 5});
  std::string text = emit({4}, [&](Body &b) { return bilinear(in(b, {6}), v, in(b, {5}), 0.0); });
  // T[n, d] = sum over m of V[d, m, n] x[m], then sum over n of T[n, d] y[n].
  EXPECT_THAT(text, HasSubstr("[affine_map<(d0, d1, d2) -> (d1, d2, d0)>, affine_map<(d0, d1, d2) -> (d2)>, "
                              "affine_map<(d0, d1, d2) -> (d0, d1)>] ins(%V, %in1 : tensor<4x6x5xf32>, "
                              "tensor<6xf32>) outs(%cst : tensor<5x4xf32>)"));
  EXPECT_THAT(text, HasSubstr("[affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) "
                              "-> (d0)>] ins(%0, %in2 : tensor<5x4xf32>, tensor<5xf32>)"));
}

TEST_F(Products, DotIsAScalar) {
  EXPECT_THAT(emit({}, [&](Body &b) { return dot(in(b, {6}), in(b, {6})); }),
              HasSubstr("affine_map<(d0) -> ()>] ins(%in1, %in2 : tensor<6xf32>, tensor<6xf32>) outs(%cst : "
                        "tensor<f32>) -> tensor<f32>"));
}

TEST_F(Products, OuterIsABroadcastProduct) {
  std::string text = emit({3, 2}, [&](Body &b) { return outer(in(b, {3}), in(b, {2})); });
  EXPECT_THAT(text, Not(HasSubstr("linalg.contract")));
  EXPECT_THAT(text, HasSubstr("ins(%in1 : tensor<3xf32>) outs(%0 : tensor<3x2xf32>) dimensions = [1]"));
  EXPECT_THAT(text, HasSubstr("ins(%in2 : tensor<2xf32>) outs(%1 : tensor<3x2xf32>) dimensions = [0]"));
}

TEST_F(Products, EinsteinSummation) {
  // A batch index, a transposed result, blanks in the text.
  std::string text =
      emit({5, 2}, [&](Body &b) { return contract("b i k, b k -> i b", in(b, {2, 5, 3}), in(b, {2, 3})); });
  EXPECT_THAT(text, HasSubstr("[affine_map<(d0, d1, d2) -> (d1, d0, d2)>, affine_map<(d0, d1, d2) -> (d1, d2)>, "
                              "affine_map<(d0, d1, d2) -> (d0, d1)>]"));
  emit({}, [&](Body &b) { return contract("ij,ji->", in(b, {2, 3}), in(b, {3, 2}), 1.0); });
}

TEST_F(Products, AParameterIsReadOnceAtTheHeadOfItsBody) {
  Param w = m.param("W", {4, 4});
  std::string text = emit({4}, [&](Body &b) {
    Value x = in(b, {4});
    Value s = b.sum(children, [&](const Edge &e) { return matvec(w, e.there(m.input("f", {4}))); });
    return matvec(w, matvec(w, x)) + s;
  });
  EXPECT_EQ(text.find("ra.read param @W"), text.rfind("ra.read param @W"));
  EXPECT_LT(text.find("ra.read param @W"), text.find("ra.over"));
}

} // namespace
