//===- Products.h - What the tiles of one product nest share ----*- C++ -*-===//
#ifndef CORTEX_LIB_CONVERSION_ILIRTOVECTOR_PRODUCTS_H
#define CORTEX_LIB_CONVERSION_ILIRTOVECTOR_PRODUCTS_H

#include "Emitter.h"

namespace cortex {

struct Emitter::ProductLoops {
  ilir::RowsOp nest;
  ilir::LoadOp x;
  ilir::StoreOp store;
  KernelShape shape{}; ///< but for the tile
  TileRules rules;
  int64_t m = 1;       ///< product rows of an item of the nest
  int64_t maxRows = 1; ///< of a tile
  int64_t chunks = 1;  ///< groups of interleaved products
  int64_t products = 1;
  int64_t units = 1;
  int64_t xBytes = 4; ///< of an element of x
  llvm::SmallVector<int64_t> mExtents, mStridesX, mStridesY;
  // At run time, of this strip.
  mlir::Value weights;
  mlir::Value first;                ///< item
  mlir::Value total;                ///< product rows
  mlir::Value tiles, height, extra; ///< tiles of `height` rows; the first `extra` have one more
  mlir::Value group;                ///< panels that a tile takes at once
};

inline llvm::SmallVector<int64_t> stridesOf(mlir::RankedTensorType type) {
  llvm::SmallVector<int64_t> strides(type.getRank(), 1);
  for (int64_t i = type.getRank() - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * type.getDimSize(i + 1);
  return strides;
}

/// The stride between neighbours of several dimensions taken as one.
inline int64_t collapsedStride(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> dims) {
  return dims.empty() ? 0 : stridesOf(type)[dims.back()];
}

} // namespace cortex
#endif // CORTEX_LIB_CONVERSION_ILIRTOVECTOR_PRODUCTS_H
