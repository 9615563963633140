//===- Nests.cpp - Loops over rows, edges, outer dimensions, panels -------===//
//
//   for item in the strip (or its edges):       emitNest
//     for outer dimensions:                     emitItem (small ones are unrolled)
//       for panel in owned (or all) panels:     emitPanels
//         store vec(value, panel)
//===----------------------------------------------------------------------===//
#include "Emitter.h"

using namespace mlir;
using namespace cortex;

void Emitter::forLoop(Value begin, Value end, function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(b, loc, begin, end, constant(1));
  OpBuilder::InsertionGuard guard(b);
  Scope scope(*this);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

std::pair<Value, Value> Emitter::domainRange(ilir::RowsOp nest) {
  if (nest.getDomain() == ilir::Domain::Rows)
    return {stripBegin, stripEnd};
  abi::Adjacency a = nest.getDomain() == ilir::Domain::Parents ? abi::kParents : abi::kChildren;
  Value offsets = adjacency(a, abi::kOffsets);
  return {loadI32(offsets, stripBegin), loadI32(offsets, stripEnd)};
}

/// Makes the nest's arguments stand for this row, or this edge and its owner.
void Emitter::bindItem(ilir::RowsOp nest, Value item) {
  ArrayRef<Value> none;
  remember(keyOf(nest.getBody().getArgument(0), none), item);
  if (nest.getDomain() == ilir::Domain::Rows)
    return;
  abi::Adjacency a = nest.getDomain() == ilir::Domain::Parents ? abi::kParents : abi::kChildren;
  Value position = nest.getBody().getArgument(1);
  if (!position.use_empty())
    remember(keyOf(position, none), loadI32(adjacency(a, abi::kOwner), item));
}

LogicalResult Emitter::emitNest(ilir::RowsOp nest) {
  loc = nest.getLoc();
  auto stores = nest.getBody().getOps<ilir::StoreOp>();
  if (auto product = (*stores.begin()).getValue().getDefiningOp<ilir::ProductOp>())
    return emitProductNest(nest, *stores.begin(), product);
  if (nest.getDomain() == ilir::Domain::Once) {
    Scope scope(*this);
    emitItem(nest);
    return success();
  }
  auto [begin, end] = domainRange(nest);
  forLoop(begin, end, [&](Value item) {
    bindItem(nest, item);
    emitItem(nest);
  });
  return success();
}

void Emitter::emitItem(ilir::RowsOp nest) {
  auto stores = nest.getBody().getOps<ilir::StoreOp>();
  auto type = cast<RankedTensorType>((*stores.begin()).getValue().getType());
  if (type.getRank() == 0) {
    // One element is one panel of one unit; its owner is the last worker.
    auto storeAll = [&] {
      for (ilir::StoreOp store : stores)
        LLVM::StoreOp::create(b, loc, scalar(store.getValue(), {}),
                              itemAddress(store, store.getBufferAttr(), store.getIndex()), elementBytes);
    };
    if (nest.getMode() == ilir::Mode::Whole)
      return storeAll();
    auto [first, last] = ownedPanels(1);
    return forLoop(first, last, [&](Value) { storeAll(); });
  }
  SmallVector<Value> outer;
  int64_t points = type.getNumElements() / type.getShape().back();
  std::function<void()> loops = [&] {
    if (static_cast<int64_t>(outer.size()) == type.getRank() - 1)
      return emitPanels(nest, type, outer);
    int64_t extent = type.getDimSize(outer.size());
    auto step = [&](Value i) {
      outer.push_back(i);
      loops();
      outer.pop_back();
    };
    if (points <= 8)
      for (int64_t i = 0; i < extent; ++i)
        step(constant(i));
    else
      forLoop(constant(0), constant(extent), step);
  };
  loops();
}

void Emitter::emitPanels(ilir::RowsOp nest, RankedTensorType type, SmallVectorImpl<Value> &outer) {
  int64_t units = type.getShape().back();
  auto [first, last] = nest.getMode() == ilir::Mode::Whole
                           ? std::pair(constant(0), constant(llvm::divideCeil(units, lanes)))
                           : ownedPanels(units);
  numMasked += units % lanes != 0;
  forLoop(first, last, [&](Value panel) {
    VecIndex at{llvm::to_vector(outer), mul(panel, lanes), {}};
    if (units % lanes)
      at.mask = laneRange(at.lane, 0, units);
    // All values first: a store may not come between the loads of another.
    SmallVector<Value> values;
    for (ilir::StoreOp store : nest.getBody().getOps<ilir::StoreOp>())
      values.push_back(vec(store.getValue(), at));
    SmallVector<Value> all(at.outer);
    all.push_back(at.lane);
    Value offset = mul(linearIndex(type, all), elementBytes);
    for (auto [store, value] : llvm::zip(nest.getBody().getOps<ilir::StoreOp>(), values)) {
      Value where = address(itemAddress(store, store.getBufferAttr(), store.getIndex()), offset);
      if (at.mask)
        LLVM::MaskedStoreOp::create(b, loc, value, where, at.mask, b.getI32IntegerAttr(elementBytes));
      else
        LLVM::StoreOp::create(b, loc, value, where, elementBytes);
    }
  });
}
