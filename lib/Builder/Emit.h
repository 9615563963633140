//===- Emit.h - Tensor operations that are known to be correct ------------===//
//
// The builder's public functions check their operands and then call these,
// which emit IR. Only the operations that ra allows in a body are used.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_LIB_BUILDER_EMIT_H
#define CORTEX_LIB_BUILDER_EMIT_H

#include "ModelImpl.h"

namespace cortex::build::detail {

enum class Reduction { Sum, Max, Min };

/// The shape that NumPy's rules broadcast two shapes to, or none.
std::optional<llvm::SmallVector<int64_t>> broadcastShapes(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b);

/// Emits at the innermost open region of a model.
class Emit {
public:
  explicit Emit(const Call &call) : model(call.model()), b(call.builder()), loc(call.location()) {}

  mlir::Value number(double value, llvm::ArrayRef<int64_t> shape) { return model.constant(value, shape); }
  /// The same elements; the counts agree.
  mlir::Value reshape(mlir::Value v, llvm::ArrayRef<int64_t> shape);
  /// Repeats `v` to a shape that it broadcasts to.
  mlir::Value broadcast(mlir::Value v, llvm::ArrayRef<int64_t> shape);
  /// `v`, whose shape lacks dimension `dim`, repeated along it to `shape`.
  mlir::Value broadcastAlong(mlir::Value v, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> shape);
  mlir::Value transpose(mlir::Value v, llvm::ArrayRef<int64_t> permutation);
  mlir::Value slice(mlir::Value v, int64_t dim, int64_t offset, int64_t size);
  /// Slice `position` of dimension 0, without that dimension.
  mlir::Value row(mlir::Value v, int64_t position);
  mlir::Value concat(mlir::ValueRange values, int64_t dim);
  /// Over distinct dimensions, which vanish.
  mlir::Value reduce(Reduction kind, mlir::Value v, llvm::ArrayRef<int64_t> dims);
  mlir::Value mean(mlir::Value v, llvm::ArrayRef<int64_t> dims);
  /// Einstein summation by index letters; `init` has the result's shape.
  mlir::Value contract(llvm::StringRef a, llvm::StringRef b, llvm::StringRef result, mlir::Value va, mlir::Value vb,
                       mlir::Value init);

  template <typename Op, typename... Args> mlir::Value op(Args &&...args) {
    return Op::create(b, loc, std::forward<Args>(args)...);
  }

private:
  mlir::Value empty(llvm::ArrayRef<int64_t> shape);

  ModelImpl &model;
  mlir::OpBuilder &b;
  mlir::Location loc;
};

} // namespace cortex::build::detail
#endif // CORTEX_LIB_BUILDER_EMIT_H
