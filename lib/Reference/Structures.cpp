//===- Structures.cpp - Weights as the reference evaluator takes them -----===//
#include "cortex/Reference/Structures.h"

#include <numeric>

namespace cortex::reference {

int64_t Tensor::size() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

std::vector<float> Tensor::toFloats() const {
  return {values.begin(), values.end()};
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
