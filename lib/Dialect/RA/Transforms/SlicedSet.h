//===- SlicedSet.h - Values that are only used in slices --------*- C++ -*-===//
//
// What `ra-stack-slices` and `ra-push-slices` have in common.
//
// Gates are often computed together and taken apart by slices:
//
//   %p = contract(%W, %x)      %q = contract(%U, %h)
//   %g = addf %p, %q           %i = slice %g[0:H]     %f = slice %g[H:2H]
//
// A sliced set holds the values that must change together if the sliced values
// are to be computed in another shape (here %p, %q and %g): it is closed under
// elementwise operations, the `outs` of products and broadcasts, in both
// directions. Below it is what can be given any shape at no cost at run time,
// since it is made of parameters only (%W, %U, also a table of which rows are
// read). Above it are slices of the last dimension and nothing else.
//
//===----------------------------------------------------------------------===//
#ifndef CORTEX_LIB_DIALECT_RA_TRANSFORMS_SLICEDSET_H
#define CORTEX_LIB_DIALECT_RA_TRANSFORMS_SLICEDSET_H

#include "Contract.h"
#include "llvm/ADT/SetVector.h"
#include <string>

namespace cortex::ra {

struct SlicedSet {
  /// Results of elementwise operations, products, broadcasts and look-ups. All
  /// have the same extent in their last dimension.
  llvm::SetVector<mlir::Value> members;
  /// The uses of the members by operations that are not members: slices along
  /// the last dimension, smaller than it.
  llvm::SetVector<mlir::Operation *> slices;

  /// The last dimension's extent.
  int64_t getExtent() const;
  /// How many of the members are products.
  unsigned getNumProducts() const;
};

/// Whether a slice takes a part of its source's last dimension and all of the
/// others, with unit stride.
bool isLastDimSlice(mlir::tensor::ExtractSliceOp slice);

/// First element and width of such a slice.
std::pair<int64_t, int64_t> getLastDimRange(mlir::tensor::ExtractSliceOp slice);

/// The slices along the last dimension in a model, of what is not made of
/// parameters only, in program order.
llvm::SmallVector<mlir::tensor::ExtractSliceOp> getLastDimSlices(ModelOp model);

/// The set that the source of such a slice belongs to. On failure `reason` says
/// what prevents it, for a remark.
mlir::FailureOr<SlicedSet> collectSlicedSet(mlir::tensor::ExtractSliceOp slice, std::string &reason);

/// The width of the slices if they are equal, at least two elements wide, and
/// together cover the last dimension in steps of that width.
std::optional<int64_t> getTileWidth(const SlicedSet &set);

/// Rebuilds the members of a set, each beside the original, with other sizes in
/// place of the last dimension.
class SlicedSetRebuilder {
public:
  /// Gives the new sizes to one dimension of a value made of parameters only.
  using ConvertParam = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Value value, unsigned dim)>;

  /// `sizes` are one or two extents that replace the last dimension's.
  SlicedSetRebuilder(const SlicedSet &set, llvm::ArrayRef<int64_t> sizes, ConvertParam convertParam)
      : set(set), sizes(sizes), convertParam(convertParam) {}

  /// The value in its new shape.
  mlir::Value rebuild(mlir::Value value);

private:
  mlir::Value convert(mlir::Value param, unsigned dim);
  mlir::Value rebuildLookup(mlir::OpBuilder &builder, LookupOp op);
  mlir::Value rebuildBroadcast(mlir::OpBuilder &builder, mlir::linalg::BroadcastOp op);
  mlir::Value rebuildContract(mlir::OpBuilder &builder, mlir::linalg::ContractOp op);
  mlir::Value rebuildElementwise(mlir::OpBuilder &builder, mlir::Operation *op);
  mlir::RankedTensorType convertType(mlir::Type type) const;

  const SlicedSet &set;
  llvm::SmallVector<int64_t, 2> sizes;
  ConvertParam convertParam;
  llvm::DenseMap<mlir::Value, mlir::Value> rebuilt;
};

} // namespace cortex::ra

#endif // CORTEX_LIB_DIALECT_RA_TRANSFORMS_SLICEDSET_H
