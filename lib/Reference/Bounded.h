//===- Bounded.h - Values with a bound on a correct program's error -------===//
//
// A value is three numbers: v, what the evaluator computed; b, how far from v a
// correct program may be; m >= |v|, the sum of the magnitudes of the terms that
// v is a sum of. Rounding errors of sums are relative to m, not to v: that
// makes the bound hold for any association of the sums, and when a product is
// distributed over a sum (a table of products instead of a product of a sum).
// m starts afresh as |v| after every non-linear function.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_LIB_REFERENCE_BOUNDED_H
#define CORTEX_LIB_REFERENCE_BOUNDED_H

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cortex::reference {

/// The program's arithmetic.
template <typename T> struct Precision {
  T u;        ///< unit roundoff, and a hundredth for the evaluator's own rounding
  T tiny;     ///< what an operation may lose by underflow or flushing to zero
  T function; ///< absolute error that exp, log, tanh, sigmoid and erf may have near 0

  static Precision of(bool f64) {
    if (f64)
      return {std::ldexp(T(1.01), -53), std::numeric_limits<double>::min(), std::numeric_limits<double>::min()};
    return {std::ldexp(T(1.01), -24), std::numeric_limits<float>::min(), std::ldexp(T(1), -100)};
  }
  /// The bound on n roundings in a row, γ_n; infinite where it does not exist.
  T gamma(int64_t n) const {
    T nu = static_cast<T>(n) * u;
    return nu < 1 ? nu / (1 - nu) : std::numeric_limits<T>::infinity();
  }
};

template <typename T> struct Bounded {
  T v, b, m;

  /// A value that is no sum: its own magnitude.
  static Bounded fresh(T v, T b) { return {v, b, std::abs(v)}; }
};

/// A bound that has overflowed becomes NaN when it meets a factor that is zero or exact; it must not get lost then.
template <typename T> T orInfinity(T bound) {
  return std::isnan(bound) ? std::numeric_limits<T>::infinity() : bound;
}

/// Rounds a sum of terms once.
template <typename T> Bounded<T> rounded(T v, T b, T m, const Precision<T> &p) {
  return {v, b + p.u * (m + b) + p.tiny, m};
}

template <typename T> Bounded<T> add(Bounded<T> x, Bounded<T> y, const Precision<T> &p) {
  return rounded(x.v + y.v, x.b + y.b, x.m + y.m, p);
}

template <typename T> Bounded<T> negate(Bounded<T> x) {
  return {-x.v, x.b, x.m};
}

template <typename T> Bounded<T> multiply(Bounded<T> x, Bounded<T> y, const Precision<T> &p) {
  return rounded(x.v * y.v, std::abs(x.v) * y.b + std::abs(y.v) * x.b + x.b * y.b, x.m * y.m, p);
}

/// Two more roundings than one, for x * (1 / y).
template <typename T> Bounded<T> divide(Bounded<T> x, Bounded<T> y, const Precision<T> &p) {
  T v = x.v / y.v, least = std::abs(y.v) - y.b;
  if (!(least > 0)) // exact zero divides exactly: infinity or NaN on both sides
    return Bounded<T>::fresh(v, y.b > 0 ? std::numeric_limits<T>::infinity() : T(0));
  T b = (x.b + std::abs(v) * y.b) / least, m = x.m / least;
  return {v, b + 3 * p.u * (m + b) + p.tiny, m};
}

/// x * y + z with one rounding or two.
template <typename T> Bounded<T> fma(Bounded<T> x, Bounded<T> y, Bounded<T> z, const Precision<T> &p) {
  return add(multiply(x, y, p), z, p);
}

/// PyTorch's maximum: NaN if either is.
template <typename T> T maximum(T x, T y) {
  return std::isnan(x) || std::isnan(y) ? x + y : std::max(x, y);
}
template <typename T> T minimum(T x, T y) {
  return std::isnan(x) || std::isnan(y) ? x + y : std::min(x, y);
}

/// Covers both operands where either may be the larger one. An infinite operand
/// (what a reduction starts from, say) leaves no trace in a finite result.
template <typename T> Bounded<T> maximum(Bounded<T> x, Bounded<T> y) {
  T v = maximum(x.v, y.v), low = std::max(x.v - x.b, y.v - y.b), high = std::max(x.v + x.b, y.v + y.b);
  return Bounded<T>::fresh(v, std::isfinite(v) ? std::max(high - v, v - low) : std::max(x.b, y.b));
}
template <typename T> Bounded<T> minimum(Bounded<T> x, Bounded<T> y) {
  return negate(maximum(negate(x), negate(y)));
}

template <typename T> Bounded<T> absolute(Bounded<T> x) {
  return {std::abs(x.v), x.b, x.m};
}

/// A function with 4 ulp (8 units of roundoff) of its own and |f'| <= slope
/// over the argument's interval.
template <typename T> Bounded<T> functionOf(T v, T slope, T argumentBound, const Precision<T> &p) {
  T b = argumentBound > 0 ? slope * argumentBound : T(0);
  return Bounded<T>::fresh(v, b + 8 * p.u * (std::abs(v) + b) + p.function);
}

/// The argument of least magnitude in the interval: where the bell-shaped derivatives are largest.
template <typename T> T nearestZero(Bounded<T> x) {
  return std::max(std::abs(x.v) - x.b, T(0));
}

template <typename T> T logistic(T x) {
  // exp of a positive argument would lose the small values near 0.
  if (x >= 0)
    return 1 / (1 + std::exp(-x));
  T e = std::exp(x);
  return e / (1 + e);
}

template <typename T> Bounded<T> exponential(Bounded<T> x, const Precision<T> &p) {
  return functionOf(std::exp(x.v), std::exp(x.v + x.b), x.b, p);
}
template <typename T> Bounded<T> logarithm(Bounded<T> x, const Precision<T> &p) {
  T least = x.v - x.b;
  return functionOf(std::log(x.v), least > 0 ? 1 / least : std::numeric_limits<T>::infinity(), x.b, p);
}
template <typename T> Bounded<T> hyperbolicTangent(Bounded<T> x, const Precision<T> &p) {
  T t = std::tanh(nearestZero(x));
  return functionOf(std::tanh(x.v), 1 - t * t, x.b, p);
}
template <typename T> Bounded<T> sigmoid(Bounded<T> x, const Precision<T> &p) {
  T s = logistic(-nearestZero(x)); // s(1-s) is even; the small side keeps its digits
  return functionOf(logistic(x.v), s * (1 - s), x.b, p);
}
template <typename T> Bounded<T> errorFunction(Bounded<T> x, const Precision<T> &p) {
  constexpr T twoOverRootPi = T(1.12837916709551257389615890312154517L);
  T at = nearestZero(x);
  return functionOf(std::erf(x.v), twoOverRootPi * std::exp(-at * at), x.b, p);
}
template <typename T> Bounded<T> squareRoot(Bounded<T> x, const Precision<T> &p) {
  T v = std::sqrt(x.v), least = x.v - x.b;
  T b = std::sqrt(x.b); // holds for every argument; far from 0 the slope is better
  if (least > 0)
    b = std::min(b, x.b / (2 * std::sqrt(least)));
  return Bounded<T>::fresh(v, b + 2 * p.u * (std::abs(v) + b) + p.tiny);
}

/// Whether the comparison holds for the values themselves.
template <typename T> bool compare(mlir::arith::CmpFPredicate predicate, T x, T y) {
  using P = mlir::arith::CmpFPredicate;
  bool unordered = std::isnan(x) || std::isnan(y);
  switch (predicate) {
  case P::AlwaysFalse:
    return false;
  case P::OEQ:
    return x == y;
  case P::OGT:
    return x > y;
  case P::OGE:
    return x >= y;
  case P::OLT:
    return x < y;
  case P::OLE:
    return x <= y;
  case P::ONE:
    return !unordered && x != y;
  case P::ORD:
    return !unordered;
  case P::UEQ:
    return unordered || x == y;
  case P::UGT:
    return unordered || x > y;
  case P::UGE:
    return unordered || x >= y;
  case P::ULT:
    return unordered || x < y;
  case P::ULE:
    return unordered || x <= y;
  case P::UNE:
    return x != y;
  case P::UNO:
    return unordered;
  case P::AlwaysTrue:
    return true;
  }
  return false;
}

/// 1 or 0; b = 1 where a correct program may find the opposite.
template <typename T> Bounded<T> compare(mlir::arith::CmpFPredicate predicate, Bounded<T> x, Bounded<T> y) {
  bool close = x.b + y.b > 0 && std::abs(x.v - y.v) <= x.b + y.b;
  return {compare(predicate, x.v, y.v) ? T(1) : T(0), close ? T(1) : T(0), T(1)};
}

/// Covers both sides where the condition is open.
template <typename T> Bounded<T> select(Bounded<T> condition, Bounded<T> x, Bounded<T> y) {
  const Bounded<T> &taken = condition.v != 0 ? x : y, &other = condition.v != 0 ? y : x;
  if (condition.b == 0)
    return taken;
  return {taken.v, std::max(taken.b, std::abs(other.v - taken.v) + other.b), std::max(x.m, y.m)};
}

} // namespace cortex::reference
#endif // CORTEX_LIB_REFERENCE_BOUNDED_H
