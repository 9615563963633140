//===- ILIRVerify.cpp - Rules of the Irregular Loops IR -------------------===//
//
// What holds by construction is not checked here: control is uniform because
// no operation gives the worker's number, and units are split only by the mode
// of a nest.
//===----------------------------------------------------------------------===//
#include "cortex/Dialect/ILIR/IR/ILIR.h"

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

LogicalResult IndexOp::verify() {
  IndexKind from = getFrom().getType().getKind(), to = getResult().getType().getKind();
  auto expect = [&](IndexKind f, std::initializer_list<IndexKind> ts) -> LogicalResult {
    if (from != f || !llvm::is_contained(ts, to))
      return emitOpError() << "step '" << stringifyStep(getStep()) << "' does not lead from a "
                           << stringifyIndexKind(from) << " to a " << stringifyIndexKind(to);
    return success();
  };
  if ((getStep() == Step::Child) != getNumber().has_value())
    return emitOpError(getNumber() ? "has a number, which only 'child' has" : "step 'child' needs the child's number");
  switch (getStep()) {
  case Step::Row:
    return expect(IndexKind::Position, {IndexKind::Row, IndexKind::Structure, IndexKind::Symbol});
  case Step::Child:
  case Step::Parent:
    return expect(IndexKind::Position, {IndexKind::Row});
  case Step::Neighbour:
    return expect(IndexKind::Edge, {IndexKind::Row});
  case Step::EdgeId:
    return expect(IndexKind::Edge, {IndexKind::EdgeId});
  case Step::Owner:
    return expect(IndexKind::Edge, {IndexKind::Position});
  case Step::Structure:
    return expect(IndexKind::Row, {IndexKind::Structure});
  case Step::Node:
    return expect(IndexKind::Row, {IndexKind::Node});
  case Step::Place:
    return expect(IndexKind::Edge, {IndexKind::Symbol});
  }
  return failure();
}

LogicalResult EdgesOp::verify() {
  if (getPosition().getType().getKind() != IndexKind::Position)
    return emitOpError("reduces over the edges of a position");
  if (getCombiners().size() != getNumResults() || getYield().getValues().size() != getNumResults())
    return emitOpError() << "has " << getCombiners().size() << " combiners, " << getNumResults() << " results and "
                         << getYield().getValues().size() << " yielded values; these must be equal";
  unsigned defaults = 0;
  for (unsigned i = 0; i < getNumResults(); ++i) {
    if (getCombiner(i) == ra::Combiner::Softmax)
      return emitOpError("has the combiner 'softmax', which is rewritten before ilir");
    defaults += ra::OverOp::takesDefault(getCombiner(i));
    if (getYield().getValues()[i].getType() != getResult(i).getType())
      return emitOpError() << "yields " << getYield().getValues()[i].getType() << " for a result "
                           << getResult(i).getType();
  }
  if (getDefaults().size() > defaults)
    return emitOpError() << "has " << getDefaults().size() << " defaults for " << defaults << " combiners that take one";
  return success();
}

LogicalResult ProductOp::verify() {
  auto buffer = dyn_cast_or_null<BufferOp>(lookupMemory(*this, getWeightsAttr()));
  if (!buffer || !buffer.getPacked())
    return emitOpError() << getWeightsAttr() << " is not a packed buffer of this program";
  RankedTensorType x = cast<RankedTensorType>(getX().getType()), y = cast<RankedTensorType>(getResult().getType());
  if (static_cast<int64_t>(getMDims().size() + getKDims().size()) != x.getRank())
    return emitOpError("m and k must name every dimension of x once");
  if (static_cast<int64_t>(getMOut().size() + getNOut().size() + 1) != y.getRank() ||
      llvm::is_contained(getMOut(), y.getRank() - 1) || llvm::is_contained(getNOut(), y.getRank() - 1))
    return emitOpError("out_m and out_n must name every dimension of the result but the last, the units");
  if (getAcc() && getAcc().getType() != y)
    return emitOpError("starts from a value of another type than its result");
  return success();
}

LogicalResult RowsOp::verifyRegions() {
  Type stored;
  for (StoreOp store : getBody().getOps<StoreOp>()) {
    Type type = store.getValue().getType();
    if (stored && stored != type)
      return store.emitOpError() << "stores " << type << " in a nest that stores " << stored
                                 << "; all stores of a nest have one shape";
    // Until the nest is split (ilir-split-nests) its mode is unassigned and shapes may differ.
    if (getMode() != Mode::Unassigned)
      stored = type;
  }
  return success();
}

LogicalResult ProgramOp::verifyRegions() {
  bool anyType = false;
  for (Operation &op : getBody().front()) {
    anyType |= isa<TypeOp>(op);
    if (auto output = dyn_cast<OutputOp>(op))
      if (!isa_and_nonnull<BufferOp>(mlir::SymbolTable::lookupSymbolIn(*this, output.getBufferAttr())))
        return output.emitOpError() << "reads " << output.getBufferAttr() << ", which is not a buffer";
  }
  if (!anyType)
    return emitOpError("has no node type");
  return success();
}
