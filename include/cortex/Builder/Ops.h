//===- Ops.h - Tensor operations for the bodies of a model ----------------===//
//
// Elementwise operations broadcast as NumPy does: shapes are aligned at their
// last dimension, and a size of 1 or a missing dimension is repeated. Dimensions
// may be counted from the end with negative numbers. A number in place of a
// value takes the shape of the others.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_BUILDER_OPS_H
#define CORTEX_BUILDER_OPS_H

#include "cortex/Builder/Model.h"

namespace cortex::build {

//===----------------------------------------------------------------------===//
// Products. A bias is what the sum starts from; it broadcasts to the result.
//===----------------------------------------------------------------------===//

/// Einstein summation of two tensors: contract("gik,k->gi", W, x). Every index
/// is a letter; no letter twice in one tensor; indices that the result lacks
/// occur in both operands and are summed over, and there is at least one.
Value contract(std::string_view spec, const Operand &a, const Operand &b);
Value contract(std::string_view spec, const Operand &a, const Operand &b, const Operand &bias);
/// W x: (..., i, k), (k) -> (..., i). A stack of gates (g, i, k) gives (g, i).
Value matvec(const Operand &w, const Operand &x);
Value matvec(const Operand &w, const Operand &x, const Operand &bias);
/// x W: (k), (k, i) -> (i), for weights stored with a row per input.
Value vecmat(const Operand &x, const Operand &w);
Value vecmat(const Operand &x, const Operand &w, const Operand &bias);
/// A B: (i, k), (k, j) -> (i, j).
Value matmul(const Operand &a, const Operand &b);
Value matmul(const Operand &a, const Operand &b, const Operand &bias);
/// x^T V y for every slice of V: (m), (d, m, n), (n) -> (d).
Value bilinear(const Operand &x, const Operand &v, const Operand &y);
Value bilinear(const Operand &x, const Operand &v, const Operand &y, const Operand &bias);
/// The inner product of two vectors: (k), (k) -> scalar.
Value dot(const Operand &a, const Operand &b);
/// The outer product of two vectors: (i), (j) -> (i, j).
Value outer(const Operand &a, const Operand &b);

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

Value operator+(const Operand &a, const Operand &b);
Value operator-(const Operand &a, const Operand &b);
Value operator*(const Operand &a, const Operand &b);
Value operator/(const Operand &a, const Operand &b);
Value operator-(const Operand &x);
/// The larger and the smaller of two; NaN if either is NaN.
Value maximum(const Operand &a, const Operand &b);
Value minimum(const Operand &a, const Operand &b);
Value exp(const Operand &x);
Value log(const Operand &x);
Value sqrt(const Operand &x);
Value abs(const Operand &x);
Value tanh(const Operand &x);
/// 1 / (1 + exp(-x)).
Value sigmoid(const Operand &x);
Value erf(const Operand &x);
/// max(x, 0).
Value relu(const Operand &x);
/// x times the normal distribution's cumulative function, exactly (by erf).
Value gelu(const Operand &x);

/// Comparisons; false where either side is NaN (notEqual: true).
Mask less(const Operand &a, const Operand &b);
Mask lessEqual(const Operand &a, const Operand &b);
Mask greater(const Operand &a, const Operand &b);
Mask greaterEqual(const Operand &a, const Operand &b);
Mask equal(const Operand &a, const Operand &b);
Mask notEqual(const Operand &a, const Operand &b);
/// `a` where the mask is true, else `b`; all three broadcast.
Value select(const Mask &mask, const Operand &a, const Operand &b);

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// Tensors joined along a dimension; the other sizes agree.
Value concat(const std::vector<Operand> &values, int64_t dim = 0, Loc loc = Loc::current());
/// Tensors of one shape as slices of a new dimension.
Value stack(const std::vector<Operand> &values, int64_t dim = 0, Loc loc = Loc::current());
/// `size` elements of a dimension, from `offset`.
Value slice(const Operand &x, int64_t dim, int64_t offset, int64_t size);
/// The same elements in row-major order under another shape.
Value reshape(const Operand &x, const Shape &shape);
/// Dimension i of the result is dimension permutation[i] of `x`.
Value transpose(const Operand &x, const std::vector<int64_t> &permutation);
/// The transpose of a matrix.
Value transpose(const Operand &x);
/// Repeats `x` to a shape, by the broadcasting rules.
Value broadcast(const Operand &x, const Shape &shape);

//===----------------------------------------------------------------------===//
// Reductions over a tensor's own dimensions. (Over neighbours: see Body.)
//===----------------------------------------------------------------------===//

/// Over the given dimensions, which vanish; without them over all.
Value sum(const Operand &x);
Value sum(const Operand &x, const std::vector<int64_t> &dims);
Value mean(const Operand &x);
Value mean(const Operand &x, const std::vector<int64_t> &dims);
Value max(const Operand &x);
Value max(const Operand &x, const std::vector<int64_t> &dims);
Value min(const Operand &x);
Value min(const Operand &x, const std::vector<int64_t> &dims);

/// exp(x - max) / sum of it, along one dimension; the shape stays.
Value softmax(const Operand &x, int64_t dim = -1);
/// (x - mean) / sqrt(variance + epsilon) along the last dimension; with a gain
/// and a bias of that dimension's size, times gain plus bias.
Value layerNorm(const Operand &x, double epsilon = 1e-5);
Value layerNorm(const Operand &x, const Operand &gain, const Operand &bias, double epsilon = 1e-5);

} // namespace cortex::build
#endif // CORTEX_BUILDER_OPS_H
