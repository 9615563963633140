//===- Structures.cpp - Weights as the reference evaluator takes them -----===//
#include "cortex/Reference/Structures.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace cortex::reference {

int64_t Tensor::size() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

std::vector<float> Tensor::toFloats() const {
  return {values.begin(), values.end()};
}

static double nearestBF16(double value) {
  constexpr int kPrecision = 8, kLeastExponent = -133; // of the last place
  int exponent = 0;
  std::frexp(value, &exponent); // |value| in [2^(exponent - 1), 2^exponent)
  const int place = std::max(exponent - kPrecision, kLeastExponent);
  const double nearest = std::ldexp(std::nearbyint(std::ldexp(value, -place)), place);
  return std::abs(nearest) < std::ldexp(1.0, 128) ? nearest
                                                  : std::copysign(std::numeric_limits<double>::infinity(), value);
}

void roundToBF16(Params &params) {
  for (auto &[name, tensor] : params)
    for (double &value : tensor.values)
      if (std::isfinite(value))
        value = nearestBF16(value);
}

Tensor Tensor::fromFloats(std::vector<int64_t> shape, const float *values) {
  Tensor t{std::move(shape), {}};
  t.values.assign(values, values + t.size());
  return t;
}

Tensor Tensor::fromDoubles(std::vector<int64_t> shape, const double *values) {
  Tensor t{std::move(shape), {}};
  t.values.assign(values, values + t.size());
  return t;
}

} // namespace cortex::reference
