//===- PushSlices.cpp - Compute only the slices that are used -------------===//
#include "SlicedSet.h"
#include "cortex/Dialect/RA/Transforms/Passes.h"
#include "cortex/Support/PassCount.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace cortex::ra {
#define GEN_PASS_DEF_PUSHSLICES
#include "cortex/Dialect/RA/Transforms/Passes.h.inc"
} // namespace cortex::ra

using namespace mlir;
using namespace cortex::ra;

namespace {

/// A slice may drop dimensions of extent 1; what replaces it has them still.
Value dropUnitDims(OpBuilder &builder, Location loc, Value value, RankedTensorType type) {
  if (value.getType() == type)
    return value;
  auto fullType = cast<RankedTensorType>(value.getType());
  SmallVector<OpFoldResult> offsets(fullType.getRank(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(fullType.getRank(), builder.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = getAsIndexOpFoldResult(builder.getContext(), fullType.getShape());
  return tensor::ExtractSliceOp::create(builder, loc, type, value, offsets, sizes, strides);
}

struct PushSlices : public cortex::ra::impl::PushSlicesBase<PushSlices> {
  void runOnOperation() override {
    cortex::PassCount pushed(getOperation(), getArgument(), "slices pushed");
    // In program order: a slice of what depends on another slice comes later,
    // and then finds the operation that the other one was moved above.
    llvm::SmallPtrSet<Operation *, 16> done;
    for (tensor::ExtractSliceOp slice : getLastDimSlices(getOperation())) {
      if (done.contains(slice))
        continue;
      std::string reason;
      FailureOr<SlicedSet> set = collectSlicedSet(slice, reason);
      if (succeeded(set) && getTileWidth(*set)) {
        reason = "the slices are alike: ra-stack-slices keeps them one product";
        set = failure();
      }
      if (failed(set)) {
        done.insert(slice);
        remark::missed(slice.getLoc(), remark::RemarkOpts::name("slices along the units").category("ra-push-slices"))
            << reason;
        continue;
      }
      done.insert_range(set->slices);
      pushed += set->slices.size();
      push(*set);
    }
    eraseDeadOperations(getOperation());
  }

private:
  static void push(const SlicedSet &set) {
    // The set is computed once for each range of units, however often it is used.
    llvm::MapVector<std::pair<int64_t, int64_t>, SmallVector<tensor::ExtractSliceOp>> ranges;
    for (Operation *op : set.slices) {
      auto slice = cast<tensor::ExtractSliceOp>(op);
      ranges[getLastDimRange(slice)].push_back(slice);
    }
    for (auto &[range, slices] : ranges) {
      auto [offset, size] = range;
      auto convertParam = [offset = offset, size = size](OpBuilder &builder, Value param, unsigned dim) {
        return createSlice(builder, param.getLoc(), param, dim, offset, size);
      };
      SlicedSetRebuilder rebuilder(set, {size}, convertParam);
      for (tensor::ExtractSliceOp slice : slices) {
        OpBuilder builder(slice);
        Value result = dropUnitDims(builder, slice.getLoc(), rebuilder.rebuild(slice.getSource()), slice.getType());
        slice.replaceAllUsesWith(result);
        slice.erase();
      }
    }
  }
};

} // namespace
