//===- Contract.cpp - Small helpers for products and slices ---------------===//
#include "Contract.h"
#include "cortex/Dialect/RA/Transforms/Stages.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace cortex::ra;

std::optional<unsigned> cortex::ra::getOperandDim(AffineMap map, unsigned loopDim) {
  return map.getResultPosition(getAffineDimExpr(loopDim, map.getContext()));
}

Value cortex::ra::createContract(OpBuilder &builder, Location loc, ValueRange inputs, Value outs,
                                 ArrayRef<AffineMap> maps) {
  return linalg::ContractOp::create(builder, loc, TypeRange{outs.getType()}, inputs, ValueRange{outs},
                                    builder.getAffineMapArrayAttr(maps))
      .getResult(0);
}

Value cortex::ra::createSlice(OpBuilder &builder, Location loc, Value source, unsigned dim, int64_t offset,
                              int64_t size) {
  auto type = cast<RankedTensorType>(source.getType());
  SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = getAsIndexOpFoldResult(builder.getContext(), type.getShape());
  offsets[dim] = builder.getIndexAttr(offset);
  sizes[dim] = builder.getIndexAttr(size);
  return tensor::ExtractSliceOp::create(builder, loc, source, offsets, sizes, strides);
}

SmallVector<int64_t> cortex::ra::replaceDim(ArrayRef<int64_t> shape, unsigned dim, ArrayRef<int64_t> sizes) {
  SmallVector<int64_t> result(shape.take_front(dim));
  result.append(sizes.begin(), sizes.end());
  result.append(shape.begin() + dim + 1, shape.end());
  return result;
}

bool cortex::ra::canMoveToChild(ReadOp read, Value weight) {
  SweepOp sweep = getSweep(read);
  if (sweep.getDirection() != Direction::Up || read.getName().getRootReference() != sweep.getSymName() ||
      (read.getPlace() != ReadPlace::There && read.getPlace() != ReadPlace::Child))
    return false;
  auto over = dyn_cast<OverOp>(read->getParentOp());
  return (!over || over.getNeighbours() == Neighbours::Children) && isConstantStage(weight);
}

void cortex::ra::eraseDeadOperations(Operation *op) {
  for (Region &region : op->getRegions())
    for (Block &block : region)
      // Backwards, so that one walk frees whole chains.
      for (Operation &nested : llvm::make_early_inc_range(llvm::reverse(block))) {
        if (isOpTriviallyDead(&nested))
          nested.erase();
        else
          eraseDeadOperations(&nested);
      }
}
