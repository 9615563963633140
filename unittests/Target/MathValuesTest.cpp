//===- MathValuesTest.cpp - Special values, and equal bits in every width -===//
#include "MathFunctions.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <random>

using namespace cortex;
using namespace cortex::test;

namespace {

template <typename T> auto bitsOf(T x) {
  return std::bit_cast<std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>>(x);
}

template <typename T> std::vector<T> applyScalar(const MathFunction &f, const std::vector<T> &in) {
  std::vector<T> out;
  apply(*compileFunction<T>(f, 0, llvm::cantFail(TargetSpec::parse("host"))), in, out);
  return out;
}

const MathFunction &function(const std::string &name) {
  for (const MathFunction &f : kMathFunctions)
    if (name == f.name)
      return f;
  throw std::runtime_error("no function " + name);
}

template <typename T> struct MathValues : ::testing::Test {
  static constexpr T inf = std::numeric_limits<T>::infinity();
  static constexpr T nan = std::numeric_limits<T>::quiet_NaN();
  static constexpr T max = std::numeric_limits<T>::max();

  /// Equal values, with the sign of zeros; NaN equals NaN.
  void check(const char *name, std::vector<std::pair<T, T>> cases) {
    std::vector<T> in;
    in.reserve(cases.size());
    for (auto [x, y] : cases)
      in.push_back(x);
    std::vector<T> out = applyScalar<T>(function(name), in);
    for (size_t i = 0; i < cases.size(); ++i) {
      T y = cases[i].second;
      EXPECT_TRUE(std::isnan(y) ? std::isnan(out[i]) : out[i] == y && std::signbit(out[i]) == std::signbit(y))
          << name << "(" << cases[i].first << ") = " << out[i] << ", expected " << y;
    }
  }
};
using Types = ::testing::Types<float, double>;
TYPED_TEST_SUITE(MathValues, Types);

TYPED_TEST(MathValues, Exp) {
  auto inf = this->inf, nan = this->nan, max = this->max;
  this->check("exp", {{0, 1},
                      {TypeParam(-0.0), 1},
                      {inf, inf},
                      {-inf, 0},
                      {max, inf},
                      {-max, 0},
                      {nan, nan},
                      {-nan, nan},
                      {1000, inf},
                      {-1000, 0}});
}
TYPED_TEST(MathValues, Sigmoid) {
  auto inf = this->inf, nan = this->nan, max = this->max;
  this->check("sigmoid", {{0, TypeParam(0.5)}, {inf, 1}, {-inf, 0}, {max, 1}, {-max, 0}, {nan, nan}, {100, 1}});
}
TYPED_TEST(MathValues, Tanh) {
  auto inf = this->inf, nan = this->nan, max = this->max;
  auto tiny = std::numeric_limits<TypeParam>::denorm_min();
  this->check("tanh", {{0, 0},
                       {TypeParam(-0.0), TypeParam(-0.0)},
                       {inf, 1},
                       {-inf, -1},
                       {max, 1},
                       {-max, -1},
                       {nan, nan},
                       {tiny, tiny},
                       {-tiny, -tiny},
                       {25, 1},
                       {-25, -1}});
}
TYPED_TEST(MathValues, Erf) {
  auto inf = this->inf, nan = this->nan, max = this->max;
  this->check("erf", {{0, 0},
                      {TypeParam(-0.0), TypeParam(-0.0)},
                      {inf, 1},
                      {-inf, -1},
                      {max, 1},
                      {-max, -1},
                      {nan, nan},
                      {6, 1},
                      {-6, -1}});
}
TYPED_TEST(MathValues, Log) {
  auto inf = this->inf, nan = this->nan;
  this->check("log", {{1, 0},
                      {0, -inf},
                      {TypeParam(-0.0), -inf},
                      {inf, inf},
                      {-inf, nan},
                      {-1, nan},
                      {nan, nan},
                      {-std::numeric_limits<TypeParam>::denorm_min(), nan}});
}

// A NaN keeps being one whatever its payload and sign.
TYPED_TEST(MathValues, EveryKindOfNaNPropagates) {
  using Bits = std::conditional_t<sizeof(TypeParam) == 4, uint32_t, uint64_t>;
  constexpr unsigned mantissa = std::numeric_limits<TypeParam>::digits - 1;
  const Bits exponent = ((Bits(1) << (sizeof(Bits) * 8 - 1 - mantissa)) - 1) << mantissa;
  std::vector<TypeParam> in;
  for (unsigned bit = 0; bit < mantissa; ++bit)
    for (Bits sign : {Bits(0), Bits(1) << (sizeof(Bits) * 8 - 1)}) {
      Bits bits = exponent | sign | (Bits(1) << bit) | (Bits(1) << (mantissa - 1));
      TypeParam x;
      std::memcpy(&x, &bits, sizeof x);
      in.push_back(x);
    }
  for (const MathFunction &f : kMathFunctions)
    for (TypeParam y : applyScalar<TypeParam>(f, in))
      EXPECT_TRUE(std::isnan(y)) << f.name;
}

// tanh, erf and sigmoid never leave their range, exp never goes below zero.
TYPED_TEST(MathValues, ResultsStayInRange) {
  std::vector<TypeParam> in;
  for (int i = -200000; i <= 200000; ++i)
    in.push_back(static_cast<TypeParam>(i) * TypeParam(1e-4));
  struct {
    const char *name;
    TypeParam low, high;
  } ranges[] = {{"tanh", -1, 1}, {"erf", -1, 1}, {"sigmoid", 0, 1}, {"exp", 0, this->max}};
  for (auto [name, low, high] : ranges)
    for (TypeParam y : applyScalar<TypeParam>(function(name), in))
      ASSERT_TRUE(y >= low && y <= high) << name << " gave " << y;
}

// The contract of numerics: a value has the same bits in every lane of every width
// and on every target that has FMAs.
TYPED_TEST(MathValues, BitsAreTheSameInEveryWidth) {
  constexpr unsigned seed = 77;
  std::mt19937 random(seed);
  std::uniform_real_distribution<TypeParam> uniform(-12, 12);
  std::vector<TypeParam> in(4096);
  for (TypeParam &x : in)
    x = uniform(random);
  in[5] = this->inf;
  in[6] = -this->inf;
  in[7] = std::numeric_limits<TypeParam>::denorm_min();
  for (const MathFunction &f : kMathFunctions) {
    std::vector<std::vector<TypeParam>> results[2]; // without and with FMA
    for (const TargetSpec &target : runnableTargets()) {
      if (target.name == "host") // is one of the others
        continue;
      for (unsigned lanes : {0u, 2u, 8u, 16u}) {
        std::vector<TypeParam> out;
        apply(*compileFunction<TypeParam>(f, lanes, target), in, out);
        auto &group = results[target.fma];
        group.push_back(out);
        // NaN is compared by class only: its bits are not part of the contract.
        for (size_t i = 0; i < in.size(); ++i)
          ASSERT_TRUE(std::isnan(out[i]) ? std::isnan(group[0][i]) : bitsOf(out[i]) == bitsOf(group[0][i]))
              << f.name << "(" << in[i] << ") on " << target.name << " with " << lanes << " lanes, seed " << seed;
      }
    }
  }
}

} // namespace
