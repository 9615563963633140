//===- ExpandMath.h - Elementary functions as plain arithmetic ------------===//
//
// Generated code calls no math library: exp, log, tanh, sigmoid and erf are
// written out as arithmetic, comparisons, selects and bit operations. The same
// operations are emitted for a scalar and for a vector of any width, so a value
// has the same bits in every lane of every vector (the contract of numerics).
//
// Accuracy, over all arguments: f32 at most 4 ulp or 2^-100 absolute, f64 at
// most 4 ulp. NaN propagates; exp and sigmoid underflow to +0 and overflow to
// +inf and 1; tanh(+-inf) = erf(+-inf) = +-1; log(0) = -inf; log of a negative
// number is NaN; tanh and erf keep the sign of a zero.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_CONVERSION_EXPANDMATH_H
#define CORTEX_CONVERSION_EXPANDMATH_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Value.h"

namespace cortex {

/// Each emits f(x) at the builder's insertion point. `x` is an f32 or f64, or a
/// vector (of any static shape) of them; the result has the type of `x`. Only
/// operations of arith, math.fma, math.absf, math.copysign are emitted.
mlir::Value emitExp(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x);
mlir::Value emitLog(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x);
mlir::Value emitTanh(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x);
mlir::Value emitErf(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x);
/// 1 / (1 + exp(-x)); there is no such operation upstream.
mlir::Value emitSigmoid(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x);

/// math.exp, math.log, math.tanh and math.erf of f32 and f64 to the functions above.
void populateExpandMathPatterns(mlir::RewritePatternSet &patterns);

/// math.fma and vector.fma to a multiplication and an addition: for targets
/// without the instruction, where LLVM would call a library. Rounds twice.
void populateExpandFMAPatterns(mlir::RewritePatternSet &patterns);

} // namespace cortex
#endif // CORTEX_CONVERSION_EXPANDMATH_H
