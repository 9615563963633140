//===- RABodyOps.cpp - The closed list of operations in bodies ------------===//
//
// The oracle, the analysis of stages, the slicing and the fuzzer each know every
// operation on this list. Anything looser that upstream allows (dynamic offsets,
// fast-math flags, other regions) would silently be outside of what they know,
// so it is rejected here.
//
//===----------------------------------------------------------------------===//
#include "Verify.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace cortex::ra;

namespace {
template <typename... Ops> struct OpList {
  static bool contains(Operation *op) { return isa<Ops...>(op); }
  static SmallVector<StringRef> names() { return {Ops::getOperationName()...}; }
};
using ClosedList =
    OpList<linalg::ContractOp, linalg::ReduceOp, linalg::BroadcastOp, linalg::TransposeOp, tensor::EmptyOp,
           tensor::SplatOp, tensor::ExtractSliceOp, tensor::InsertSliceOp, tensor::ConcatOp, tensor::ExpandShapeOp,
           tensor::CollapseShapeOp, arith::ConstantOp, arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp,
           arith::NegFOp, arith::MaximumFOp, arith::MinimumFOp, arith::CmpFOp, arith::SelectOp, math::ExpOp,
           math::LogOp, math::TanhOp, math::ErfOp, math::SqrtOp, math::AbsFOp, math::FmaOp>;
} // namespace

bool cortex::ra::isAllowedInBody(Operation *op) {
  return ClosedList::contains(op);
}

SmallVector<StringRef> cortex::ra::namesAllowedInBody() {
  return ClosedList::names();
}

/// The start of every message about a tensor operation.
static InFlightDiagnostic error(Operation *op, BodyContext &body) {
  return op->emitError() << "'ra.body' op " << body.where << " uses '" << op->getName() << "' ";
}

/// `tensor<…xi1>`, what cmpf makes and select takes.
static bool isMask(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape() && !tensor.getEncoding() && tensor.getElementType().isInteger(1);
}

static LogicalResult verifyTypes(Operation *op, BodyContext &body) {
  FloatType floatType = body.model.floatType;
  auto isFloat = [&](Type type) { return isModelTensor(type, floatType); };
  for (OpOperand &operand : op->getOpOperands()) {
    Type type = operand.get().getType();
    bool isSymbolOfLookup = isa<LookupOp>(op) && isa<SymbolType>(type);
    bool isScalarOfSplat = isa<tensor::SplatOp>(op) && type == floatType;
    bool isMaskOfSelect = isa<arith::SelectOp>(op) && operand.getOperandNumber() == 0 && isMask(type);
    if (!isFloat(type) && !isSymbolOfLookup && !isScalarOfSplat && !isMaskOfSelect)
      return error(op, body) << "with operand #" << operand.getOperandNumber() << " of type " << type
                             << ", expected a tensor of " << floatType << " with static, positive sizes";
  }
  for (OpResult result : op->getResults()) {
    Type type = result.getType();
    bool isScalarConstant = isa<arith::ConstantOp>(op) && type == floatType;
    bool isMaskOfCmp = isa<arith::CmpFOp>(op) && isMask(type);
    if (!isFloat(type) && !isScalarConstant && !isMaskOfCmp)
      return error(op, body) << "with a result of type " << type << ", expected a tensor of " << floatType
                             << " with static, positive sizes";
  }
  return success();
}

static bool hasFastMath(Operation *op) {
  auto flags = dyn_cast<arith::ArithFastMathInterface>(op);
  return flags && flags.getFastMathFlagsAttr() && flags.getFastMathFlagsAttr().getValue() != arith::FastMathFlags::none;
}

static bool usesBoth(Operation *op, Value a, Value b) {
  return op->getNumOperands() == 2 &&
         ((op->getOperand(0) == a && op->getOperand(1) == b) || (op->getOperand(0) == b && op->getOperand(1) == a));
}

/// The operations of a region's block without its terminator, if there are
/// `number` of them, none with fast-math flags, and the block yields the last
/// one's result (its first argument when there are none).
static std::optional<SmallVector<Operation *>> matchRegion(Region &region, unsigned number) {
  SmallVector<Operation *> ops;
  for (Operation &op : region.front().without_terminator())
    ops.push_back(&op);
  auto yield = dyn_cast<linalg::YieldOp>(region.front().getTerminator());
  if (!yield || yield.getNumOperands() != 1 || ops.size() != number || llvm::any_of(ops, hasFastMath))
    return std::nullopt;
  Value expected = ops.empty() ? Value(region.getArgument(0)) : ops.back()->getResult(0);
  if (yield.getOperand(0) != expected)
    return std::nullopt;
  return ops;
}

/// linalg operations carry their scalar computation in a region that the
/// generic form lets anybody write.
static LogicalResult verifyLinalg(Operation *op, BodyContext &body) {
  Region &region = op->getRegion(0);
  if (isa<linalg::ContractOp>(op)) {
    // Upstream has checked that it multiplies its inputs and adds to its output.
    if (matchRegion(region, 2))
      return success();
    return error(op, body) << "with a region other than a multiplication and an addition without fast-math flags";
  }
  if (auto reduce = dyn_cast<linalg::ReduceOp>(op)) {
    if (reduce.getInputs().size() != 1)
      return error(op, body) << "with " << reduce.getInputs().size() << " inputs, expected one";
    auto ops = matchRegion(region, 1);
    if (ops && isa<arith::AddFOp, arith::MulFOp, arith::MaximumFOp, arith::MinimumFOp>(ops->front()) &&
        usesBoth(ops->front(), region.getArgument(0), region.getArgument(1)))
      return success();
    return error(op, body) << "with a region other than one addf, mulf, maximumf or minimumf of its arguments without "
                              "fast-math flags";
  }
  if (!matchRegion(region, 0))
    return error(op, body) << "with a region that does not just yield its input";
  return success();
}

/// An empty tensor has no values, so only an operation that overwrites all of it
/// may take it.
static LogicalResult verifyEmpty(tensor::EmptyOp empty, BodyContext &body) {
  for (OpOperand &use : empty->getUses()) {
    auto destination = dyn_cast<DestinationStyleOpInterface>(use.getOwner());
    if (!isa<linalg::BroadcastOp, linalg::TransposeOp>(use.getOwner()) || !destination.isDpsInit(&use))
      return error(empty, body) << "whose undefined values '" << use.getOwner()->getName()
                                << "' would read; only the outs of 'linalg.broadcast' and 'linalg.transpose' take it";
  }
  return success();
}

LogicalResult cortex::ra::verifyBodyOp(Operation *op, BodyContext &body) {
  // What ra.read reads and where is checked apart; it is the only source of symbols.
  if (isa<ReadOp>(op))
    return success();
  if (!isa<LookupOp, OverOp, SigmoidOp, YieldOp>(op) && !isAllowedInBody(op))
    return op->emitError() << "'ra.body' op " << body.where << " uses '" << op->getName()
                           << "', which is not on the list of operations that a model may use";
  if (failed(verifyTypes(op, body)))
    return failure();
  if (hasFastMath(op))
    return error(op, body) << "with fast-math flags";
  // Offsets and sizes are static: there is no value of index type in a body.
  if (auto slice = dyn_cast<OffsetSizeAndStrideOpInterface>(op); slice && !slice.hasUnitStride())
    return error(op, body) << "with strides other than 1";
  if (auto constant = dyn_cast<arith::ConstantOp>(op);
      constant && !isa<FloatAttr, DenseElementsAttr>(constant.getValue()))
    return error(op, body) << "with a value that is not written out";
  if (isa<linalg::LinalgOp>(op))
    return verifyLinalg(op, body);
  if (auto empty = dyn_cast<tensor::EmptyOp>(op))
    return verifyEmpty(empty, body);
  return success();
}
