//===- Reductions.h - Taking reductions over neighbours apart ---*- C++ -*-===//
//
// Shared by the passes that move products into and out of reductions; not for
// other libraries.
//
//===----------------------------------------------------------------------===//
#ifndef CORTEX_LIB_DIALECT_RA_TRANSFORMS_REDUCTIONS_H
#define CORTEX_LIB_DIALECT_RA_TRANSFORMS_REDUCTIONS_H

#include "cortex/Dialect/RA/IR/RA.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace cortex::ra {

/// One result of an ra.over: what its region yields for it, and its default if it takes one.
struct Reduced {
  Combiner combiner;
  llvm::SmallVector<mlir::Value> yields; ///< the value; for softmax the score and the value
  mlir::Value otherwise;
};

/// The results of `over`, in order.
llvm::SmallVector<Reduced> getReduced(OverOp over);

/// An ra.over in front of `over` that has its region, which now yields what `results` say. `over` is left without a
/// region, to be erased once nobody uses it.
OverOp remakeOver(OverOp over, llvm::ArrayRef<Reduced> results);

/// Whether the sum (or mean) of W·x is W times the sum (or mean) of x.
inline bool isLinear(Combiner combiner) {
  return combiner == Combiner::Sum || combiner == Combiner::Mean;
}

/// A tensor of zeros.
mlir::Value createZero(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type type);

/// outs + `product`, which is `op` without its initial value; replaces `op`.
void replaceProduct(mlir::linalg::ContractOp op, mlir::Value product);

} // namespace cortex::ra

#endif // CORTEX_LIB_DIALECT_RA_TRANSFORMS_REDUCTIONS_H
