//===- BoundsTest.cpp - Bounds of the operations that no zoo model uses ---===//
#include "TestSupport.h"

#include <cmath>

namespace cortex::reference {
namespace {

/// Two states over vectors of four: @r reduces over children in every way, @t
/// runs through the tensor operations.
const char *const kText = R"(
  #dot = affine_map<(k) -> (k)>
  #scalar = affine_map<(k) -> ()>
  ra.model @M structure(tree) float(f32) {
    ra.type @leaf(0)
    ra.type @node(1 to *)
    ra.input @x : tensor<4xf32>
    ra.input @e at edges : tensor<f32>
    ra.sweep @s map states(@r : tensor<4xf32>, @t : tensor<4xf32>) {
      ra.body {
        %x = ra.read self @x : tensor<4xf32>
        %prod, %max, %min, %mean, %soft = ra.over children [prod, max, min, mean, softmax] else(%x, %x, %x) {
          %k = ra.read there @x : tensor<4xf32>
          %e = ra.read edge @e : tensor<f32>
          %k2 = arith.mulf %k, %k : tensor<4xf32>
          %s = arith.mulf %e, %e : tensor<f32>
          ra.yield %k2, %k2, %k2, %k2, %s, %k2
            : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>, tensor<4xf32>
        } : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
        %r0 = arith.addf %prod, %max : tensor<4xf32>
        %r1 = arith.subf %r0, %min : tensor<4xf32>
        %r2 = arith.addf %r1, %mean : tensor<4xf32>
        %r = arith.addf %r2, %soft : tensor<4xf32>

        %m = tensor.expand_shape %x [[0, 1]] output_shape [2, 2] : tensor<4xf32> into tensor<2x2xf32>
        %e2 = tensor.empty() : tensor<2x2xf32>
        %mt = linalg.transpose ins(%m : tensor<2x2xf32>) outs(%e2 : tensor<2x2xf32>) permutation = [1, 0]
        %q = arith.mulf %mt, %m : tensor<2x2xf32>
        %one = arith.constant dense<1.0> : tensor<2xf32>
        %pr = linalg.reduce { arith.mulf } ins(%q : tensor<2x2xf32>) outs(%one : tensor<2xf32>) dimensions = [1]
        %mx = linalg.reduce { arith.maximumf } ins(%q : tensor<2x2xf32>) outs(%one : tensor<2xf32>) dimensions = [0]
        %mn = linalg.reduce { arith.minimumf } ins(%q : tensor<2x2xf32>) outs(%mx : tensor<2xf32>) dimensions = [1]
        %f = math.fma %pr, %mx, %mn : tensor<2xf32>
        %a = math.absf %f : tensor<2xf32>
        %a1 = arith.addf %a, %one : tensor<2xf32>
        %d = arith.divf %f, %a1 : tensor<2xf32>
        %l = math.log %a1 : tensor<2xf32>
        %sq = math.sqrt %a1 : tensor<2xf32>
        %lm = arith.minimumf %l, %sq : tensor<2xf32>
        %er = math.erf %d : tensor<2xf32>
        %c = tensor.concat dim(0) %lm, %er : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
        %ins = tensor.insert_slice %d into %c[1] [2] [1] : tensor<2xf32> into tensor<4xf32>
        %half = tensor.extract_slice %ins[0] [2] [1] : tensor<4xf32> to tensor<2xf32>
        %b = linalg.broadcast ins(%half : tensor<2xf32>) outs(%e2 : tensor<2x2xf32>) dimensions = [0]
        %bc = tensor.collapse_shape %b [[0, 1]] : tensor<2x2xf32> into tensor<4xf32>
        %ex = math.exp %ins : tensor<4xf32>
        %ng = arith.negf %bc : tensor<4xf32>
        %t = arith.addf %ex, %ng : tensor<4xf32>
        ra.yield %r, %t : tensor<4xf32>, tensor<4xf32>
      }
    }
  })";

/// The same in float, at one node.
struct Program {
  float r[4], t[4];

  Program(const float *x, const std::vector<const float *> &kids, const std::vector<float> &e) {
    float most = 0, norm = 0;
    for (float v : e)
      most = std::max(most, v * v);
    for (float v : e)
      norm += std::exp(v * v - most);
    for (int i = 0; i < 4; ++i) {
      float prod = 1, max = x[i], min = x[i], sum = 0, soft = kids.empty() ? x[i] : 0;
      for (size_t k = 0; k < kids.size(); ++k) {
        float v = kids[k][i] * kids[k][i];
        prod *= v;
        max = k == 0 ? v : std::max(max, v);
        min = k == 0 ? v : std::min(min, v);
        sum += v;
        soft += std::exp(e[k] * e[k] - most) / norm * v;
      }
      float mean = kids.empty() ? 0 : sum / static_cast<float>(kids.size());
      r[i] = prod + max - min + mean + soft;
    }
    float q[4] = {x[0] * x[0], x[2] * x[1], x[1] * x[2], x[3] * x[3]}, d[2], ins[4];
    for (int i = 0; i < 2; ++i) {
      float pr = q[2 * i] * q[2 * i + 1], mx[2];
      for (int j = 0; j < 2; ++j)
        mx[j] = std::max(1.0f, std::max(q[j], q[2 + j]));
      float mn = std::min(mx[i], std::min(q[2 * i], q[2 * i + 1]));
      float f = std::fma(pr, mx[i], mn), a1 = std::abs(f) + 1;
      d[i] = f / a1;
      ins[i] = std::min(std::log(a1), std::sqrt(a1));
      ins[2 + i] = std::erf(d[i]);
    }
    ins[1] = d[0];
    ins[2] = d[1];
    for (int i = 0; i < 4; ++i)
      t[i] = std::exp(ins[i]) - ins[i % 2];
  }
};

class ReferenceBounds : public testing::Test {
protected:
  /// Checks a float program over a random batch, after `damage` changed its states.
  LocalReport check(uint64_t seed, const std::function<void(std::vector<float> &, std::vector<float> &)> &damage) {
    Batch batch;
    std::string error;
    EXPECT_TRUE(randomBatch(m_.model, {Shape::RandomNary, 4, 30}, seed, batch, error)) << error;
    const std::vector<float> &x = batch.find("x")->f32, &e = batch.find("e")->f32;
    std::vector<float> r, t;
    for (size_t n = 0; n < batch.nodes(); ++n) {
      std::vector<const float *> kids;
      std::vector<float> scores;
      for (int32_t k = batch.child_offsets[n]; k < batch.child_offsets[n + 1]; ++k) {
        kids.push_back(&x[4 * static_cast<size_t>(batch.children[k])]);
        scores.push_back(e[k]);
      }
      Program p(&x[4 * n], kids, scores);
      r.insert(r.end(), p.r, p.r + 4);
      t.insert(t.end(), p.t, p.t + 4);
    }
    damage(r, t);
    LocalReport report;
    EXPECT_TRUE(checkLocal(m_.model, {}, batch,
                           {ProgramState{"s", "r", r.data(), DType::F32}, ProgramState{"s", "t", t.data(), DType::F32}},
                           report, error))
        << error;
    return report;
  }
  ParsedModel m_{kText};
};

TEST_F(ReferenceBounds, FloatProgramsAreWithin) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    LocalReport report = check(seed, [](auto &, auto &) {});
    EXPECT_TRUE(report.passed) << "seed " << seed << ": " << report.str();
    EXPECT_LT(report.max_bound, 2e-5) << report.str();
    EXPECT_GT(report.ratio, 0.05) << "the bounds should be of the errors' size: " << report.str();
  }
}

TEST_F(ReferenceBounds, SmallErrorsAreNot) {
  for (int64_t i = 0; i < 40; ++i) {
    EXPECT_FALSE(check(1, [&](auto &r, auto &) { r[i] += 2e-4f; }).passed) << i;
    EXPECT_FALSE(check(1, [&](auto &, auto &t) { t[i] -= 2e-4f; }).passed) << i;
  }
}

} // namespace
} // namespace cortex::reference
