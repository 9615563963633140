//===- Weights.h - Tensors matched to a model's parameters ----------------===//
#ifndef CORTEX_IO_WEIGHTS_H
#define CORTEX_IO_WEIGHTS_H

#include "cortex/IO/Tensor.h"
#include "cortex/manifest.h"

#include <span>
#include <string>
#include <vector>

namespace cortex::io {

/// Orders `tensors` as `params` declares them and converts them to the declared
/// dtype: out[i] belongs to params[i]. Only exact conversions are made: F16 and
/// BF16 to F32; F16, BF16 and F32 to F64. Consumes `tensors`.
///
/// Missing, superfluous and misshaped tensors and those of another dtype are one
/// error: a first line that names `file`, then a line for every mismatch.
bool matchWeights(std::span<const ParamInfo> params, std::vector<Tensor> &&tensors, const std::string &file,
                  std::vector<Tensor> &out, std::string &error);

} // namespace cortex::io
#endif // CORTEX_IO_WEIGHTS_H
