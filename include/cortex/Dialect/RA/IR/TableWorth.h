//===- TableWorth.h - What is worth a table over a symbol -------*- C++ -*-===//
#ifndef CORTEX_DIALECT_RA_IR_TABLEWORTH_H
#define CORTEX_DIALECT_RA_IR_TABLEWORTH_H

#include "cortex/Dialect/RA/IR/RA.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/DenseSet.h"

namespace cortex::ra {

/// Whether computing the value costs more than loading it from a table: whether a product, a reduction or a
/// function is among what it is computed from. `isOfStage` says which values the table would hold the work of.
inline bool costsSomething(mlir::Value value, llvm::function_ref<bool(mlir::Value)> isOfStage) {
  llvm::SmallVector<mlir::Value> work{value};
  llvm::DenseSet<mlir::Value> seen;
  while (!work.empty()) {
    mlir::Value v = work.pop_back_val();
    mlir::Operation *op = v.getDefiningOp();
    if (!op || !seen.insert(v).second || !isOfStage(v))
      continue;
    if (llvm::isa<mlir::linalg::ContractOp, mlir::linalg::ReduceOp, SigmoidOp>(op) ||
        llvm::isa<mlir::math::MathDialect>(op->getDialect()))
      return true;
    llvm::append_range(work, op->getOperands());
  }
  return false;
}

} // namespace cortex::ra

#endif // CORTEX_DIALECT_RA_IR_TABLEWORTH_H
