//===- MathAccuracyTest.cpp - Errors in ulp over many arguments -----------===//
//
// By default a stride of all 2^32 f32 arguments; CORTEX_MATH_STRIDE=1 takes
// them all (minutes). f64 is sampled. The largest errors are printed.
//===----------------------------------------------------------------------===//
#include "MathFunctions.h"

#include <gtest/gtest.h>

#include <cstring>
#include <iostream>
#include <random>

using namespace cortex;
using namespace cortex::test;

namespace {

constexpr double kMaxUlp = 4;
constexpr double kNegligible = 0x1p-100; // absolute error that f32 may always have

/// The error of `got` in units of the last place of T at `reference`.
template <typename T, typename R> double errorInUlp(T got, R reference) {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  if (std::isnan(reference))
    return std::isnan(got) ? 0 : infinite;
  if (std::isinf(static_cast<T>(reference)))
    return got == static_cast<T>(reference) ? 0 : infinite;
  if (!std::isfinite(got))
    return infinite;
  R difference = std::abs(static_cast<R>(got) - reference);
  if (sizeof(T) == 4 && difference <= kNegligible)
    return 0;
  int exponent = std::max(std::ilogb(static_cast<T>(reference)), std::numeric_limits<T>::min_exponent - 1);
  return static_cast<double>(std::ldexp(difference, std::numeric_limits<T>::digits - 1 - exponent));
}

template <typename T> struct Worst {
  double ulp = 0;
  T at = 0;
  template <typename R> void note(T x, T got, R reference) {
    double e = errorInUlp(got, reference);
    if (e > ulp) {
      ulp = e;
      at = x;
    }
  }
};

uint64_t strideOfArguments(uint64_t usual) {
  const char *text = std::getenv("CORTEX_MATH_STRIDE");
  return text ? std::max<uint64_t>(std::strtoull(text, nullptr, 10), 1) : usual;
}

class MathAccuracy : public ::testing::TestWithParam<MathFunction> {
protected:
  template <typename T> void report(const TargetSpec &target, const Worst<T> &worst) {
    std::cout << "  " << GetParam().name << (sizeof(T) == 4 ? " f32 " : " f64 ") << target.name << ": " << worst.ulp
              << " ulp at " << std::hexfloat << worst.at << std::defaultfloat << "\n";
    EXPECT_LE(worst.ulp, kMaxUlp) << GetParam().name << " on " << target.name;
    EXPECT_GT(worst.ulp, 0) << "vacuous: nothing was compared";
  }

  void checkF32(const TargetSpec &target, uint64_t stride) {
    auto program = compileFunction<float>(GetParam(), target.lanes(DType::F32), target);
    constexpr size_t chunk = 1 << 16; // a multiple of every number of lanes
    std::vector<float> in(chunk), out;
    Worst<float> worst;
    for (uint64_t bits = 0; bits < (uint64_t(1) << 32);) {
      for (float &x : in) {
        auto low = static_cast<uint32_t>(bits);
        std::memcpy(&x, &low, sizeof x);
        bits += stride;
      }
      apply(*program, in, out);
      for (size_t i = 0; i < chunk; ++i)
        worst.note(in[i], out[i], GetParam().ofDouble(in[i]));
    }
    report(target, worst);
  }

  void checkF64(const TargetSpec &target, size_t samples) {
    auto program = compileFunction<double>(GetParam(), target.lanes(DType::F64), target);
    std::mt19937_64 random(20240229);
    std::vector<double> in, out;
    // Any bits; the range where the function is neither 0, 1 nor infinite; near zero; near one.
    std::uniform_real_distribution<double> wide(-750, 750), near(-8, 8), one(0.5, 2);
    while (in.size() < samples) {
      uint64_t bits = random();
      double x;
      std::memcpy(&x, &bits, sizeof x);
      for (double v : {x, wide(random), near(random), one(random), near(random) * 1e-3, std::ldexp(x, -1000)})
        in.push_back(v);
    }
    in.resize(samples / 8 * 8);
    apply(*program, in, out);
    Worst<double> worst;
    for (size_t i = 0; i < in.size(); ++i)
      worst.note(in[i], out[i], GetParam().ofLongDouble(in[i]));
    report(target, worst);
  }
};

TEST_P(MathAccuracy, F32) {
  checkF32(llvm::cantFail(TargetSpec::parse("host")), strideOfArguments(151));
}

TEST_P(MathAccuracy, F32WithoutFMA) {
  checkF32(llvm::cantFail(TargetSpec::parse("x86-64")), strideOfArguments(997));
}

TEST_P(MathAccuracy, F64) {
  checkF64(llvm::cantFail(TargetSpec::parse("host")), 1000000);
}

TEST_P(MathAccuracy, F64WithoutFMA) {
  checkF64(llvm::cantFail(TargetSpec::parse("x86-64")), 200000);
}

INSTANTIATE_TEST_SUITE_P(All, MathAccuracy, ::testing::ValuesIn(kMathFunctions),
                         [](const auto &info) { return std::string(info.param.name); });

} // namespace
