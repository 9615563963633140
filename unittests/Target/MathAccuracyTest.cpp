//===- MathAccuracyTest.cpp - Errors in ulp over many arguments -----------===//
//
// f32: a stride of all 2^32 arguments; CORTEX_FULL=1 takes them all (some minutes a
// function). f64: samples. Each test prints a row of the table in docs/Testing.md:
// the largest error on each target, and the argument where it is.
//===----------------------------------------------------------------------===//
#include "../Settings.h"
#include "MathFunctions.h"

#include <gtest/gtest.h>

#include <bit>
#include <iostream>
#include <random>
#include <sstream>

using namespace cortex;
using namespace cortex::test;

namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr double kNegligible = 0x1p-100; // absolute error that a function of f32 may always have

/// The error of `got` in units of the last place of T at `reference`.
template <typename T, typename R> double errorInUlp(T got, R reference, double negligible) {
  const T rounded = static_cast<T>(reference);
  if (!std::isfinite(rounded))
    return std::isnan(rounded) ? (std::isnan(got) ? 0 : kInfinite) : (got == rounded ? 0 : kInfinite);
  if (!std::isfinite(got))
    return kInfinite;
  const R difference = std::abs(static_cast<R>(got) - reference);
  if (difference <= negligible)
    return 0;
  if constexpr (sizeof(T) == 4) {
    // The scale is a power of two, made of the exponent's bits: this runs 2^32 times a function and target.
    const uint32_t exponent = std::max(std::bit_cast<uint32_t>(rounded) >> 23 & 0xff, 1U);
    return difference * std::bit_cast<double>(uint64_t{1023 + 127 + 23 - exponent} << 52);
  } else {
    const int exponent = std::max(std::ilogb(rounded), std::numeric_limits<T>::min_exponent - 1);
    return static_cast<double>(std::ldexp(difference, std::numeric_limits<T>::digits - 1 - exponent));
  }
}

/// Every `stride`th f32; 1 with CORTEX_FULL=1.
uint64_t strideOfArguments() {
  return full() ? 1 : 101;
}

std::vector<TargetSpec> namedTargets() {
  std::vector<TargetSpec> targets = runnableTargets();
  std::erase_if(targets, [](const TargetSpec &t) { return t.name == "host"; }); // is one of the others
  return targets;
}

/// One function on all targets of this machine.
template <typename T> class Accuracy {
public:
  explicit Accuracy(const MathFunction &function, double negligible) : function(function), negligible(negligible) {
    for (const TargetSpec &target : namedTargets())
      columns.push_back({target.name, compileFunction<T>(function, target.lanes(cortexType()), target), 0, 0});
  }

  /// The number of arguments is a multiple of every number of lanes.
  void compare(const std::vector<T> &in) {
    reference.resize(in.size());
    for (size_t i = 0; i < in.size(); ++i)
      if constexpr (sizeof(T) == 4)
        reference[i] = function.ofDouble(in[i]);
      else
        reference[i] = function.ofLongDouble(in[i]);
    for (Column &column : columns) {
      apply(*column.program, in, out);
      for (size_t i = 0; i < in.size(); ++i)
        if (const double e = errorInUlp(out[i], reference[i], negligible); e > column.worst) {
          column.worst = e;
          column.at = in[i];
        }
    }
  }

  /// Prints the row and expects errors of at most `mostUlp`.
  void report(double mostUlp) const {
    std::ostringstream row;
    row.precision(3);
    row << "| " << function.name << " | " << (sizeof(T) == 4 ? "f32" : "f64");
    for (const Column &column : columns) {
      row << " | " << column.worst << " at " << std::hexfloat << column.at << std::defaultfloat;
      EXPECT_LE(column.worst, mostUlp) << function.name << " on " << column.target;
      EXPECT_GT(column.worst, 0) << "vacuous: nothing was compared on " << column.target;
    }
    std::cout << row.str() << " |\n";
  }

private:
  static DType cortexType() { return sizeof(T) == 4 ? DType::F32 : DType::F64; }

  struct Column {
    std::string target;
    std::unique_ptr<JITProgram> program;
    double worst;
    T at;
  };
  const MathFunction &function;
  double negligible;
  std::vector<Column> columns;
  std::vector<T> out;
  std::vector<std::conditional_t<sizeof(T) == 4, double, long double>> reference;
};

void checkF32(const MathFunction &function, double mostUlp, double negligible) {
  const uint64_t stride = strideOfArguments();
  Accuracy<float> accuracy(function, negligible);
  std::vector<float> in(1 << 14); // stays in the cache
  for (uint64_t bits = 0; bits < (uint64_t(1) << 32);) {
    for (float &x : in) {
      x = std::bit_cast<float>(static_cast<uint32_t>(bits));
      bits += stride;
    }
    accuracy.compare(in);
  }
  accuracy.report(mostUlp);
}

void checkF64(const MathFunction &function, double mostUlp) {
  constexpr unsigned seed = 20240229;
  std::mt19937_64 random(seed);
  std::vector<double> in;
  // Any bits; the range where the function is neither 0, 1 nor infinite; near zero; near one.
  std::uniform_real_distribution<double> wide(-750, 750), near(-8, 8), one(0.5, 2);
  while (in.size() < 600000) {
    const auto x = std::bit_cast<double>(random());
    for (double v : {x, wide(random), near(random), one(random), near(random) * 1e-3, std::ldexp(x, -1000)})
      in.push_back(v);
  }
  in.resize(in.size() / 16 * 16);
  Accuracy<double> accuracy(function, 0);
  accuracy.compare(in);
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  accuracy.report(mostUlp);
}

// The contract of docs/Architecture.md: 4 ulp, or 2^-100 in f32.
class MathAccuracy : public ::testing::TestWithParam<MathFunction> {};
TEST_P(MathAccuracy, F32) {
  checkF32(GetParam(), 4, kNegligible);
}
TEST_P(MathAccuracy, F64) {
  checkF64(GetParam(), 4);
}
INSTANTIATE_TEST_SUITE_P(All, MathAccuracy, ::testing::ValuesIn(kMathFunctions),
                         [](const auto &info) { return std::string(info.param.name); });

// IEEE's own operations are rounded correctly, down to the subnormal numbers.
class MathRounding : public ::testing::TestWithParam<MathFunction> {};
TEST_P(MathRounding, F32) {
  checkF32(GetParam(), 0.5, 0);
}
TEST_P(MathRounding, F64) {
  checkF64(GetParam(), 0.5005); // the reference itself is rounded to 64 bits
}
INSTANTIATE_TEST_SUITE_P(All, MathRounding, ::testing::ValuesIn(kRoundedFunctions),
                         [](const auto &info) { return std::string(info.param.name); });

} // namespace
