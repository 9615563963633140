//===- Nests.cpp - Loops over rows, edges, outer dimensions, panels -------===//
//
//   for item in the strip (or its edges):       emitNest
//     for outer dimensions:                     emitItem (small ones are unrolled)
//       for panel in owned (or all) panels:     emitPanels
//         store vec(value, panel)
//===----------------------------------------------------------------------===//
#include "Products.h"

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
  abi::Adjacency a = slotOf(nest.getDomain());
  Value offsets = adjacency(a, abi::kOffsets);
  return {loadI32(offsets, stripBegin), loadI32(offsets, stripEnd)};
}

/// Makes the nest's arguments stand for this row, or this edge and its owner.
void Emitter::bindItem(ilir::RowsOp nest, Value item) {
  ArrayRef<Value> none;
  remember(keyOf(nest.getBody().getArgument(0), none), item);
  if (nest.getDomain() == ilir::Domain::Rows)
    return;
  abi::Adjacency a = slotOf(nest.getDomain());
  Value position = nest.getBody().getArgument(1);
  if (!position.use_empty())
    remember(keyOf(position, none), loadI32(adjacency(a, abi::kOwner), item));
}

static ilir::ProductOp productOf(ilir::RowsOp nest) {
  return (*nest.getBody().getOps<ilir::StoreOp>().begin()).getValue().getDefiningOp<ilir::ProductOp>();
}

LogicalResult Emitter::emitNest(ilir::RowsOp nest) {
  loc = nest.getLoc();
  if (ilir::ProductOp product = productOf(nest)) {
    ProductLoops loops;
    Scope scope(*this);
    if (failed(readProduct(nest, *nest.getBody().getOps<ilir::StoreOp>().begin(), product, loops)))
      return failure();
    emitProduct(loops);
    return success();
  }
  emitItems(nest);
  return success();
}

void Emitter::emitItems(ilir::RowsOp nest) {
  loc = nest.getLoc();
  if (nest.getDomain() == ilir::Domain::Once) {
    Scope scope(*this);
    return emitItem(nest);
  }
  auto [begin, end] = domainRange(nest);
  forLoop(begin, end, [&, end = end](Value item) {
    bindItem(nest, item);
    if (step.count == 0 && fetchesAhead(nest))
      prefetchNext(nest, item, end);
    emitItem(nest);
  });
}

//===----------------------------------------------------------------------===//
// Nests walked together
//===----------------------------------------------------------------------===//

/// Panels of the units that an owned nest over a strip stores; 0: it is none, stores single elements, or has tiles of
/// its own.
static int64_t panelsOf(ilir::RowsOp nest, int64_t lanes) {
  if (nest.getMode() != ilir::Mode::Owned || nest.getDomain() == ilir::Domain::Once)
    return 0;
  auto store = *nest.getBody().getOps<ilir::StoreOp>().begin();
  if (store.getValue().getDefiningOp<linalg::ContractOp>()) // its tiles take several panels
    return 0;
  auto type = cast<RankedTensorType>(store.getValue().getType());
  return type.getRank() == 0 ? 0 : llvm::divideCeil(type.getShape().back(), lanes);
}

/// Owned nests with nothing between them touch each other's values at own units only: no exchange separates them.
/// That holds for as many workers as there are panels, so one worker may as well do all nests at one panel after
/// another. It pays where one of them is a product, whose sums are then still in the nearest cache.
SmallVector<ilir::RowsOp> Emitter::together(ilir::RowsOp nest) {
  SmallVector<ilir::RowsOp> nests = {nest};
  const int64_t count = panelsOf(nest, lanes);
  if (!walkTogether || count == 0)
    return nests;
  while (auto next = dyn_cast_or_null<ilir::RowsOp>(nests.back()->getNextNode())) {
    if (panelsOf(next, lanes) != count)
      break;
    nests.push_back(next);
  }
  if (llvm::none_of(nests, productOf))
    nests.resize(1);
  return nests;
}

LogicalResult Emitter::emitTogether(MutableArrayRef<ilir::RowsOp> nests) {
  loc = nests.front().getLoc();
  Scope scope(*this);
  std::vector<ProductLoops> products(nests.size());
  // Panels of a step: as the product with the widest tiles wants it, and not so few that the other nests' loops over
  // rows and edges cost more than the nearness of the sums gains.
  Value width = constant(TileRules::kMaxPanels);
  for (auto [nest, loops] : llvm::zip(nests, products))
    if (ilir::ProductOp product = productOf(nest)) {
      if (failed(readProduct(nest, *nest.getBody().getOps<ilir::StoreOp>().begin(), product, loops)))
        return failure();
      width = arith::MaxUIOp::create(b, loc, width, loops.group);
    }
  const int64_t count = panelsOf(nests.front(), lanes);
  auto [first, last] = ownedPanels(count * lanes);
  Value steps = arith::CeilDivUIOp::create(b, loc, sub(last, first), width);
  forLoop(constant(0), steps, [&, first = first, last = last](Value s) {
    Value begin = add(first, mul(walked(s, steps), width));
    step = {count, begin, arith::MinUIOp::create(b, loc, add(begin, width), last)};
    for (ilir::RowsOp nest : nests)
      if (fetchesAhead(nest))
        prefetchAll(nest);
    for (auto [nest, loops] : llvm::zip(nests, products)) {
      if (loops.nest)
        emitProduct(loops);
      else
        emitItems(nest);
    }
    step = {};
  });
  numTogether += nests.size();
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
  if (auto contract = (*stores.begin()).getValue().getDefiningOp<linalg::ContractOp>())
    if (llvm::hasSingleElement(stores) && emitContractNest(nest, *stores.begin(), contract))
      return;
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
    for (auto [store, value] : llvm::zip(nest.getBody().getOps<ilir::StoreOp>(), values))
      storeVec(store, at, value);
  });
}

void Emitter::storeVec(ilir::StoreOp store, const VecIndex &at, Value value) {
  Value base = itemAddress(store, store.getBufferAttr(), store.getIndex());
  RankedTensorType type = memoryType(store, store.getBufferAttr(), store.getValue().getType());
  SmallVector<Value> all(at.outer);
  all.push_back(at.lane);
  const int64_t bytes = type.getElementTypeBitWidth() / 8; // what a product reads may be bf16
  Value where = address(base, mul(linearIndex(type, all), bytes));
  if (at.mask)
    LLVM::MaskedStoreOp::create(b, loc, value, where, at.mask, b.getI32IntegerAttr(static_cast<int32_t>(bytes)));
  else
    LLVM::StoreOp::create(b, loc, value, where, bytes);
}
