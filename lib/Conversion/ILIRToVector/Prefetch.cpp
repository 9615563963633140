//===- Prefetch.cpp - Rows of tables, before they are needed --------------===//
//
// Tables over symbols are larger than the caches and read at random, a row for
// every leaf or symbol child: a nest that loads from one waits for memory. Which
// rows it will load is known from the index arrays, so they are fetched ahead:
//
//   nests walked together:  before the products of a step, what the step's other nests will load
//   any other nest:         while an item is computed, what the next one will load
//
// Only the own panels are fetched. Values do not depend on it.
//===----------------------------------------------------------------------===//
#include "Emitter.h"

using namespace mlir;
using namespace cortex;

/// Loads of rows of a table that an owned nest computes panels of.
static SmallVector<ilir::LoadOp> tableLoads(ilir::RowsOp nest, int64_t units) {
  SmallVector<ilir::LoadOp> loads;
  if (nest.getMode() == ilir::Mode::Owned && nest.getDomain() != ilir::Domain::Once)
    nest.walk([&](ilir::LoadOp load) {
      auto buffer = dyn_cast<ilir::BufferOp>(ilir::lookupMemory(load, load.getBufferAttr()));
      auto type = cast<RankedTensorType>(load.getType());
      const bool table = buffer && buffer.getSpace() == ilir::Space::Const && load.getIndex();
      // A load under a condition, or of other units, is left alone.
      if (table && !load.getOtherwise() && type.getRank() > 0 && type.getShape().back() == units &&
          type.getNumElements() <= 8 * units)
        loads.push_back(load);
    });
  return loads;
}

static int64_t unitsOf(ilir::RowsOp nest) {
  auto store = *nest.getBody().getOps<ilir::StoreOp>().begin();
  auto type = cast<RankedTensorType>(store.getValue().getType());
  return type.getRank() ? type.getShape().back() : 0;
}

bool Emitter::fetchesAhead(ilir::RowsOp nest) {
  return prefetch && !tableLoads(nest, unitsOf(nest)).empty();
}

void Emitter::prefetchPanels(ilir::LoadOp load) {
  auto type = cast<RankedTensorType>(load.getType());
  const int64_t units = type.getShape().back();
  ++numPrefetched;
  Value base = itemAddress(load, load.getBufferAttr(), load.getIndex());
  auto [first, last] = ownedPanels(units);
  forLoop(first, last, [&, base = base](Value panel) {
    Value at = address(base, mul(panel, lanes * elementBytes));
    for (int64_t point = 0; point < type.getNumElements() / units; ++point)
      LLVM::Prefetch::create(b, loc, address(at, constant(point * units * elementBytes)), b.getI32IntegerAttr(0),
                             b.getI32IntegerAttr(3), b.getI32IntegerAttr(1));
  });
}

/// What the nest will load from tables for the item that its arguments stand for.
void Emitter::emitPrefetch(ilir::RowsOp nest) {
  SmallVector<ilir::LoadOp> loads = tableLoads(nest, unitsOf(nest));
  SmallVector<ilir::EdgesOp> loops;
  for (ilir::LoadOp load : loads) {
    auto edges = load->getParentOfType<ilir::EdgesOp>();
    if (!edges)
      prefetchPanels(load);
    else if (!llvm::is_contained(loops, edges))
      loops.push_back(edges);
  }
  for (ilir::EdgesOp edges : loops) {
    Value offsets = adjacency(slotOf(edges.getAdjacency()), abi::kOffsets), position = emitIndex(edges.getPosition());
    forLoop(loadI32(offsets, position), loadI32(offsets, add(position, 1)), [&](Value edge) {
      remember(keyOf(edges.getEdge(), ArrayRef<Value>{}), edge);
      for (ilir::LoadOp load : loads)
        if (load->getParentOfType<ilir::EdgesOp>() == edges)
          prefetchPanels(load);
    });
  }
}

/// While `item` is computed: the tables' rows of the one after it.
void Emitter::prefetchNext(ilir::RowsOp nest, Value item, Value end) {
  Value next = add(item, 1);
  Value exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, next, end);
  auto branch = scf::IfOp::create(b, loc, exists, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  Scope scope(*this);
  b.setInsertionPointToStart(branch.thenBlock());
  bindItem(nest, next);
  emitPrefetch(nest);
}

/// Before the products of a step: the tables' rows of all items.
void Emitter::prefetchAll(ilir::RowsOp nest) {
  auto [begin, end] = domainRange(nest);
  forLoop(begin, end, [&](Value item) {
    bindItem(nest, item);
    emitPrefetch(nest);
  });
}
