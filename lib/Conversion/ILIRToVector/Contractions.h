//===- Contractions.h - The dimensions of a linalg.contract -----*- C++ -*-===//
#ifndef CORTEX_LIB_CONVERSION_ILIRTOVECTOR_CONTRACTIONS_H
#define CORTEX_LIB_CONVERSION_ILIRTOVECTOR_CONTRACTIONS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace cortex {

/// A contraction's dimensions: where the result's come from, and the reduced
/// ones in the order in which they are summed.
struct Contraction {
  llvm::SmallVector<mlir::AffineMap> maps; ///< of both operands and the result
  llvm::SmallVector<int64_t> extents;      ///< by dimension
  llvm::SmallVector<unsigned> reduced;     ///< dimensions that the result lacks

  explicit Contraction(mlir::linalg::ContractOp op)
      : maps(op.getIndexingMapsArray()), extents(op.getStaticLoopRanges()) {
    for (unsigned d = 0; d < maps[0].getNumDims(); ++d)
      if (!maps[2].isFunctionOfDim(d))
        reduced.push_back(d);
  }

  static unsigned dimOf(mlir::AffineExpr e) { return llvm::cast<mlir::AffineDimExpr>(e).getPosition(); }
  /// The dimension of the result's place `i`.
  unsigned resultDim(unsigned i) const { return dimOf(maps[2].getResult(i)); }
  bool has(unsigned operand, unsigned dim) const { return maps[operand].isFunctionOfDim(dim); }
  bool isLast(unsigned operand, unsigned dim) const {
    return maps[operand].getNumResults() > 0 && dimOf(maps[operand].getResults().back()) == dim;
  }
  /// Whether the units, the result's last dimension, lie along the lanes of each operand that has them.
  bool unitsAlongLanes() const {
    unsigned unit = resultDim(maps[2].getNumResults() - 1);
    return llvm::all_of(llvm::seq(2u), [&](unsigned i) { return !has(i, unit) || isLast(i, unit); });
  }
  /// The reduced dimension that is the last of both operands, if any: summed in lanes where units are not.
  std::optional<unsigned> reducedAlongLanes() const {
    for (unsigned d : reduced)
      if (isLast(0, d) && isLast(1, d))
        return d;
    return std::nullopt;
  }
  /// An operand's indices, from one value per dimension.
  llvm::SmallVector<mlir::Value> indices(unsigned operand, llvm::ArrayRef<mlir::Value> dims) const {
    llvm::SmallVector<mlir::Value> at;
    for (mlir::AffineExpr e : maps[operand].getResults())
      at.push_back(dims[dimOf(e)]);
    return at;
  }
};

} // namespace cortex
#endif // CORTEX_LIB_CONVERSION_ILIRTOVECTOR_CONTRACTIONS_H
