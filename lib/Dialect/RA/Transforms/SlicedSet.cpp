//===- SlicedSet.cpp - Values that are only used in slices ----------------===//
#include "SlicedSet.h"
#include "cortex/Dialect/RA/Transforms/Stages.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace cortex::ra;

static int64_t getLastDimSize(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape().back();
}

int64_t SlicedSet::getExtent() const {
  return getLastDimSize(members.front());
}

unsigned SlicedSet::getNumProducts() const {
  return llvm::count_if(members, [](Value member) { return member.getDefiningOp<linalg::ContractOp>(); });
}

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

bool cortex::ra::isLastDimSlice(tensor::ExtractSliceOp slice) {
  ArrayRef<int64_t> shape = slice.getSourceType().getShape();
  if (shape.empty() || !slice.hasUnitStride() || slice.getStaticSizes().back() == shape.back())
    return false;
  // The closed list has static offsets and sizes only.
  return slice.getStaticSizes().drop_back() == shape.drop_back();
}

std::pair<int64_t, int64_t> cortex::ra::getLastDimRange(tensor::ExtractSliceOp slice) {
  return {slice.getStaticOffsets().back(), slice.getStaticSizes().back()};
}

std::optional<int64_t> cortex::ra::getTileWidth(const SlicedSet &set) {
  int64_t extent = set.getExtent();
  int64_t width = getLastDimRange(cast<tensor::ExtractSliceOp>(set.slices.front())).second;
  if (width < 2 || extent % width != 0)
    return std::nullopt;
  llvm::SmallVector<bool> covered(extent / width, false);
  for (Operation *op : set.slices) {
    auto [offset, size] = getLastDimRange(cast<tensor::ExtractSliceOp>(op));
    if (size != width || offset % width != 0)
      return std::nullopt;
    covered[offset / width] = true;
  }
  if (!llvm::all_of(covered, [](bool c) { return c; }))
    return std::nullopt;
  return width;
}

SmallVector<tensor::ExtractSliceOp> cortex::ra::getLastDimSlices(ModelOp model) {
  SmallVector<tensor::ExtractSliceOp> slices;
  model.walk([&](tensor::ExtractSliceOp slice) {
    if (isLastDimSlice(slice) && !isConstantStage(slice.getSource()))
      slices.push_back(slice);
  });
  return slices;
}

//===----------------------------------------------------------------------===//
// Collecting
//===----------------------------------------------------------------------===//

static bool isShaped(Value value) {
  return isa<RankedTensorType>(value.getType());
}

/// Whether an operation computes each element of its one result from the same
/// element of its tensor operands.
static bool isElementwise(Operation *op) {
  if (!op->hasTrait<OpTrait::Elementwise>() || op->getNumResults() != 1 || !isShaped(op->getResult(0)))
    return false;
  ArrayRef<int64_t> shape = cast<RankedTensorType>(op->getResult(0).getType()).getShape();
  return llvm::all_of(op->getOperands(), [&](Value operand) {
    return !isShaped(operand) || cast<RankedTensorType>(operand.getType()).getShape() == shape;
  });
}

/// Whether a broadcast adds the last dimension of its result.
static bool addsLastDim(linalg::BroadcastOp op) {
  int64_t last = cast<RankedTensorType>(op->getResult(0).getType()).getRank() - 1;
  return llvm::is_contained(op.getDimensions(), last);
}

/// The input of a product from which the last dimension of its result comes, if
/// it comes from one only.
static std::optional<unsigned> getUnitInput(linalg::ContractOp op) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  unsigned units = maps[2].getDimPosition(maps[2].getNumResults() - 1);
  bool inLhs = getOperandDim(maps[0], units).has_value();
  if (inLhs == getOperandDim(maps[1], units).has_value())
    return std::nullopt;
  return inLhs ? 0 : 1;
}

/// Whether a member may be made by this operation; adds the operands that have
/// to be members, too.
static bool visitProducer(Value value, SmallVectorImpl<Value> &worklist, std::string &reason) {
  Operation *op = value.getDefiningOp();
  if (auto contract = dyn_cast<linalg::ContractOp>(op)) {
    std::optional<unsigned> input = getUnitInput(contract);
    if (!input || !isConstantStage(contract.getInputs()[*input])) {
      reason = "the last dimension of a product does not come from a parameter alone";
      return false;
    }
    worklist.push_back(contract.getOutputs()[0]);
    return true;
  }
  if (auto broadcast = dyn_cast<linalg::BroadcastOp>(op)) {
    if (!addsLastDim(broadcast))
      worklist.push_back(broadcast.getInput());
    return true;
  }
  if (auto lookup = dyn_cast<LookupOp>(op)) {
    if (isConstantStage(lookup.getTable()))
      return true;
    reason = "a table is not made of parameters only";
    return false;
  }
  if (isElementwise(op)) {
    llvm::copy_if(op->getOperands(), std::back_inserter(worklist), isShaped);
    return true;
  }
  reason = "the slices reach '" + op->getName().getStringRef().str() + "'";
  return false;
}

/// Whether a use of a member lets its shape change; adds the slices, and the
/// results that have to be members, too.
static bool visitUse(OpOperand &use, SlicedSet &set, SmallVectorImpl<Value> &worklist, std::string &reason) {
  Operation *user = use.getOwner();
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(user); slice && isLastDimSlice(slice)) {
    set.slices.insert(slice);
    return true;
  }
  bool ties = isElementwise(user);
  if (auto contract = dyn_cast<linalg::ContractOp>(user))
    ties = &use == contract.getDpsInitOperand(0);
  if (auto broadcast = dyn_cast<linalg::BroadcastOp>(user))
    ties = use.get() == broadcast.getInput() && !addsLastDim(broadcast);
  if (!ties) {
    reason = "the value is also used whole, by '" + user->getName().getStringRef().str() + "'";
    return false;
  }
  worklist.push_back(user->getResult(0));
  return true;
}

FailureOr<SlicedSet> cortex::ra::collectSlicedSet(tensor::ExtractSliceOp slice, std::string &reason) {
  SlicedSet set;
  SmallVector<Value> worklist{slice.getSource()};
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    if (isConstantStage(value) || !set.members.insert(value))
      continue;
    if (!visitProducer(value, worklist, reason))
      return failure();
    for (OpOperand &use : value.getUses())
      if (!visitUse(use, set, worklist, reason))
        return failure();
  }
  return set;
}

//===----------------------------------------------------------------------===//
// Rebuilding
//===----------------------------------------------------------------------===//

RankedTensorType SlicedSetRebuilder::convertType(Type type) const {
  auto tensorType = cast<RankedTensorType>(type);
  return tensorType.clone(replaceDim(tensorType.getShape(), tensorType.getRank() - 1, sizes));
}

Value SlicedSetRebuilder::rebuild(Value value) {
  if (Value known = rebuilt.lookup(value))
    return known;
  OpBuilder builder(value.getContext());
  builder.setInsertionPointAfterValue(value);
  Value result;
  if (!set.members.contains(value))
    result = convert(value, cast<RankedTensorType>(value.getType()).getRank() - 1);
  else if (auto contract = value.getDefiningOp<linalg::ContractOp>())
    result = rebuildContract(builder, contract);
  else if (auto broadcast = value.getDefiningOp<linalg::BroadcastOp>())
    result = rebuildBroadcast(builder, broadcast);
  else if (auto lookup = value.getDefiningOp<LookupOp>())
    result = rebuildLookup(builder, lookup);
  else
    result = rebuildElementwise(builder, value.getDefiningOp());
  rebuilt[value] = result;
  return result;
}

Value SlicedSetRebuilder::convert(Value param, unsigned dim) {
  OpBuilder builder(param.getContext());
  builder.setInsertionPointAfterValue(param);
  return convertParam(builder, param, dim);
}

Value SlicedSetRebuilder::rebuildLookup(OpBuilder &builder, LookupOp op) {
  // The table has the row's dimensions after that of the symbol.
  unsigned dim = cast<RankedTensorType>(op.getType()).getRank();
  return LookupOp::create(builder, op.getLoc(), convertType(op.getType()), convert(op.getTable(), dim), op.getSymbol());
}

Value SlicedSetRebuilder::rebuildBroadcast(OpBuilder &builder, linalg::BroadcastOp op) {
  RankedTensorType oldType = cast<RankedTensorType>(op->getResult(0).getType()), type = convertType(oldType);
  SmallVector<int64_t> dims(op.getDimensions());
  Value input = op.getInput();
  if (addsLastDim(op)) {
    if (sizes.size() == 2)
      dims.push_back(oldType.getRank());
  } else {
    input = rebuild(input);
  }
  Value init = tensor::EmptyOp::create(builder, op.getLoc(), type.getShape(), type.getElementType());
  return linalg::BroadcastOp::create(builder, op.getLoc(), input, init, dims)->getResult(0);
}

Value SlicedSetRebuilder::rebuildContract(OpBuilder &builder, linalg::ContractOp op) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  unsigned unitInput = *getUnitInput(op);
  unsigned last = maps[2].getNumResults() - 1;
  unsigned units = maps[2].getDimPosition(last);
  unsigned dim = *getOperandDim(maps[unitInput], units);
  SmallVector<Value> inputs(op.getInputs());
  inputs[unitInput] = convert(inputs[unitInput], dim);
  if (sizes.size() == 2) {
    // A new loop around that over the units, in the parameter and in the result.
    AffineExpr outer = getAffineDimExpr(units, op.getContext());
    for (auto [i, map] : llvm::enumerate(maps)) {
      map = map.shiftDims(1, units);
      if (i == unitInput)
        map = map.insertResult(outer, dim);
      else if (i == 2)
        map = map.insertResult(outer, last);
    }
  }
  return createContract(builder, op.getLoc(), inputs, rebuild(op.getOutputs()[0]), maps);
}

Value SlicedSetRebuilder::rebuildElementwise(OpBuilder &builder, Operation *op) {
  IRMapping mapping;
  for (Value operand : op->getOperands())
    if (isShaped(operand))
      mapping.map(operand, rebuild(operand));
  Operation *clone = builder.clone(*op, mapping);
  clone->getResult(0).setType(convertType(op->getResult(0).getType()));
  return clone->getResult(0);
}
