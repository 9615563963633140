//===- Contract.h - Small helpers for products and slices -------*- C++ -*-===//
//
// Shared by the passes that take products apart; not for other libraries.
//
//===----------------------------------------------------------------------===//
#ifndef CORTEX_LIB_DIALECT_RA_TRANSFORMS_CONTRACT_H
#define CORTEX_LIB_DIALECT_RA_TRANSFORMS_CONTRACT_H

#include "cortex/Dialect/RA/IR/RA.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AffineMap.h"

namespace cortex::ra {

/// Where the indexing map of an operand uses a loop dimension, if it does.
std::optional<unsigned> getOperandDim(mlir::AffineMap map, unsigned loopDim);

/// A product with the given maps (left operand, right operand, result).
mlir::Value createContract(mlir::OpBuilder &builder, mlir::Location loc, mlir::ValueRange inputs, mlir::Value outs,
                           llvm::ArrayRef<mlir::AffineMap> maps);

/// Elements [offset, offset + size) of one dimension, all of the others.
mlir::Value createSlice(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value source, unsigned dim, int64_t offset,
                        int64_t size);

/// `shape` with dimension `dim` replaced by `sizes`.
llvm::SmallVector<int64_t> replaceDim(llvm::ArrayRef<int64_t> shape, unsigned dim, llvm::ArrayRef<int64_t> sizes);

/// Products under `root` whose `outs` come from a later stage than their operands
/// become products on zero and additions; says how many.
unsigned splitLateSums(mlir::Operation *root);

/// Whether a product of the state that is read with `weight` can be computed by the child instead: the sweep goes up,
/// the state is a child's of the same sweep, and the weight is made of parameters only.
bool canMoveToChild(ReadOp read, mlir::Value weight);

/// Erases the operations under `op` whose results nobody uses.
void eraseDeadOperations(mlir::Operation *op);

} // namespace cortex::ra

#endif // CORTEX_LIB_DIALECT_RA_TRANSFORMS_CONTRACT_H
