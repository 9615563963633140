//===- Structures.h - What the reference evaluator is given ---------------===//
//
// The structures are an io::Batch (the user's own child lists, in the user's
// node order); the weights are named tensors. Nothing here knows rows, levels
// or any other product of lowering or linearization.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_REFERENCE_STRUCTURES_H
#define CORTEX_REFERENCE_STRUCTURES_H

#include "cortex/IO/Batch.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cortex::reference {

using io::Batch;

/// A dense row-major tensor of weights. The values are doubles whatever the
/// model's float type; for an f32 model every value must be a float32 (values
/// that came from float arrays are), because the compiled program gets floats.
struct Tensor {
  std::vector<int64_t> shape; ///< empty = a scalar
  std::vector<double> values; ///< [product of shape]

  /// Number of values that `shape` asks for.
  int64_t size() const;
  /// The values as float32, for handing the same weights to a program.
  std::vector<float> toFloats() const;

  static Tensor fromFloats(std::vector<int64_t> shape, const float *values);
  static Tensor fromDoubles(std::vector<int64_t> shape, const double *values);
};

/// A model's weights by the name of the `ra.param`, without the '@'.
using Params = std::map<std::string, Tensor>;

/// Rounds every value, a float32, to the nearest bf16, ties to even: 8 bits of precision in place of 24.
void roundToBF16(Params &params);

} // namespace cortex::reference
#endif // CORTEX_REFERENCE_STRUCTURES_H
