//===- StackSlices.cpp - Equal slices get a dimension of their own --------===//
//
// Phases, for every set of values that slices along the last dimension take
// apart (SlicedSet.h):
//   1. check     one width, which tiles the dimension: 4H in steps of H
//   2. reshape   parameters (4H,K) -> (4,H,K), and with them all the set
//   3. slice     [g*H] [H] of the old value is [g, 0] [1, H] of the new one
//
//===----------------------------------------------------------------------===//
#include "SlicedSet.h"
#include "cortex/Dialect/RA/Transforms/Passes.h"
#include "cortex/Support/PassCount.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace cortex::ra {
#define GEN_PASS_DEF_STACKSLICES
#include "cortex/Dialect/RA/Transforms/Passes.h.inc"
} // namespace cortex::ra

using namespace mlir;
using namespace cortex::ra;

namespace {

/// Splits dimension `dim` into (outer, width).
Value splitDim(OpBuilder &builder, Value value, unsigned dim, int64_t outer, int64_t width) {
  auto type = cast<RankedTensorType>(value.getType());
  RankedTensorType newType = type.clone(replaceDim(type.getShape(), dim, {outer, width}));
  SmallVector<ReassociationIndices> groups;
  for (int64_t i = 0; i != type.getRank(); ++i) {
    int64_t at = i + (i > dim);
    groups.push_back(i == dim ? ReassociationIndices{at, at + 1} : ReassociationIndices{at});
  }
  return tensor::ExpandShapeOp::create(builder, value.getLoc(), newType, value, groups);
}

/// Replaces [g*width] [width] of the old value by [g, 0] [1, width] of the new one.
void replaceSlice(tensor::ExtractSliceOp slice, Value newSource, int64_t width) {
  OpBuilder builder(slice);
  auto type = cast<RankedTensorType>(newSource.getType());
  unsigned outer = type.getRank() - 2;
  SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = getAsIndexOpFoldResult(builder.getContext(), type.getShape());
  offsets[outer] = builder.getIndexAttr(getLastDimRange(slice).first / width);
  sizes[outer] = builder.getIndexAttr(1);
  Value result =
      tensor::ExtractSliceOp::create(builder, slice.getLoc(), slice.getType(), newSource, offsets, sizes, strides);
  slice.replaceAllUsesWith(result);
  slice.erase();
}

struct StackSlices : public cortex::ra::impl::StackSlicesBase<StackSlices> {
  void runOnOperation() override {
    cortex::PassCount products(getOperation(), getArgument(), "products stacked");
    cortex::PassCount slices(getOperation(), getArgument(), "slices stacked");
    llvm::SmallPtrSet<Operation *, 16> done;
    for (tensor::ExtractSliceOp slice : getLastDimSlices(getOperation())) {
      if (done.contains(slice))
        continue;
      std::string reason;
      FailureOr<SlicedSet> set = collectSet(slice, reason);
      if (failed(set)) {
        done.insert(slice);
        remark::missed(slice.getLoc(), remark::RemarkOpts::name("slices along the units").category("ra-stack-slices"))
            << reason;
        continue;
      }
      done.insert_range(set->slices);
      products += set->getNumProducts();
      slices += set->slices.size();
      stack(*set);
    }
    eraseDeadOperations(getOperation());
  }

private:
  /// Phase 1.
  static FailureOr<SlicedSet> collectSet(tensor::ExtractSliceOp slice, std::string &reason) {
    FailureOr<SlicedSet> set = collectSlicedSet(slice, reason);
    if (succeeded(set) && !getTileWidth(*set)) {
      reason = "the slices do not tile the last dimension in equal parts of two or more";
      return failure();
    }
    return set;
  }

  /// Phases 2 and 3.
  static void stack(const SlicedSet &set) {
    int64_t width = *getTileWidth(set), outer = set.getExtent() / width;
    auto convertParam = [&](OpBuilder &builder, Value param, unsigned dim) {
      return splitDim(builder, param, dim, outer, width);
    };
    SlicedSetRebuilder rebuilder(set, {outer, width}, convertParam);
    for (Operation *op : set.slices) {
      auto slice = cast<tensor::ExtractSliceOp>(op);
      replaceSlice(slice, rebuilder.rebuild(slice.getSource()), width);
    }
  }
};

} // namespace
