//===- VerifyExchanges.cpp - ilir-verify-exchanges ------------------------===//
//
// Walks each function in the order in which workers execute it, keeping what
// was stored in slices since it was last exchanged. A loop over levels that
// depend on each other is walked twice, so that its back edge is seen: whatever
// is wrong on some path is wrong on one of these.
//
//   stored by a level at its own rows    pending: only the next level reads it
//   stored otherwise                     dirty: nobody reads it whole yet
//   exchanged temporary that was read    nobody overwrites it yet
//===----------------------------------------------------------------------===//
#include "cortex/Dialect/ILIR/Transforms/Passes.h"
#include "cortex/Dialect/ILIR/Transforms/Slices.h"

namespace cortex {
#define GEN_PASS_DEF_ILIRVERIFYEXCHANGES
#include "cortex/Dialect/ILIR/Transforms/Passes.h.inc"
} // namespace cortex

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

namespace {

/// The step that leads an index from its nest to another row (or to its own).
IndexOp firstStep(Value index) {
  IndexOp first;
  for (auto step = index.getDefiningOp<IndexOp>(); step; step = step.getFrom().getDefiningOp<IndexOp>())
    first = step;
  return first;
}

bool isOfStrip(BufferOp buffer) {
  return buffer.getSpace() == Space::StripRows || buffer.getSpace() == Space::StripEdges;
}

class ExchangeChecker {
public:
  LogicalResult visitBlock(Block &block) {
    for (Operation &op : block) {
      LogicalResult result = success();
      if (auto barrier = dyn_cast<BarrierOp>(op))
        visitBarrier(barrier);
      else if (auto nest = dyn_cast<RowsOp>(op))
        result = visitNest(nest);
      else if (auto levels = dyn_cast<LevelsOp>(op))
        result = visitLevels(levels);
      else if (auto strips = dyn_cast<StripsOp>(op))
        result = visitBlock(strips.getBody().front());
      else if (auto pack = dyn_cast<PackOp>(op))
        result = visitPack(pack);
      if (failed(result))
        return failure();
    }
    return success();
  }

private:
  /// Everyone waits for everyone, so nobody reads any more; stores are seen if the barrier names them.
  void visitBarrier(BarrierOp barrier) {
    read.clear();
    for (auto name : barrier.getExchanges().getAsRange<FlatSymbolRefAttr>()) {
      Operation *buffer = lookupMemory(barrier, name);
      dirty.erase(buffer);
      pending.erase(buffer);
    }
  }

  LogicalResult visitLevels(LevelsOp loop) {
    levels = loop;
    order = cast<OrderOp>(lookupMemory(loop, loop.getOrderAttr()));
    storedHere.clear();
    loop.walk([&](StoreOp store) { storedHere[lookupMemory(store, store.getBufferAttr())].insert(stripsOf(store)); });
    bool dependent = order.getKind() == OrderKind::Up || order.getKind() == OrderKind::Down;
    for (int trip = 0; trip < (dependent ? 2 : 1); ++trip) {
      written.clear();
      if (failed(visitBlock(loop.getBody().front())))
        return failure();
      dirty.insert(pending.begin(), pending.end());
      pending.clear();
    }
    levels = {};
    return success();
  }

  /// Each worker packs the panels that its products read.
  LogicalResult visitPack(PackOp pack) {
    if (dirty.contains(lookupMemory(pack, pack.getSourceAttr())))
      return pack.emitOpError() << "reads all units of " << pack.getSourceAttr()
                                << " without an exchange since it was stored";
    dirty.insert(lookupMemory(pack, pack.getPackedAttr()));
    return success();
  }

  LogicalResult visitNest(RowsOp nest) {
    if (nest.getMode() == Mode::Unassigned)
      return nest.emitOpError("has no mode; run ilir-form-phases first");
    auto accesses = analyzeAccesses(nest);
    WalkResult loads = nest.walk([&](LoadOp load) {
      auto it = accesses.find(load);
      if (it == accesses.end()) // nothing that is stored needs it
        return WalkResult::advance();
      return WalkResult(visitLoad(load, it->second == Access::Whole || nest.getMode() == Mode::Whole));
    });
    if (loads.wasInterrupted())
      return failure();
    for (StoreOp store : nest.getBody().getOps<StoreOp>())
      if (failed(visitStore(nest, store)))
        return failure();
    return success();
  }

  LogicalResult visitLoad(LoadOp load, bool whole) {
    auto buffer = dyn_cast<BufferOp>(lookupMemory(load, load.getBufferAttr()));
    if (!buffer)
      return success();
    if (buffer.getOrder() && !written.contains(buffer))
      return load.emitOpError() << "reads " << load.getBufferAttr() << ", which nothing in this level stored before";
    if (isOfStrip(buffer) && !storedHere[buffer].contains(stripsOf(load)))
      return load.emitOpError() << "reads " << load.getBufferAttr()
                                << ", which lasts for a strip and is stored by another loop over strips";
    bool ofThisLoop = levels && buffer.getSpace() == Space::Rows && storedHere.contains(buffer);
    bool own = ofThisLoop && isOwnRow(load);
    if (ofThisLoop && !own && !isEarlier(load))
      return load.emitOpError() << "reads " << load.getBufferAttr()
                                << ", which this loop computes, at rows that order @" << order.getSymName()
                                << " does not visit before";
    if (!whole)
      return success();
    if (buffer.getStorage() == Storage::Private)
      return load.emitOpError() << "reads all units of " << load.getBufferAttr()
                                << ", which is private: each worker may touch only its own units";
    if (dirty.contains(buffer) || (own && pending.contains(buffer)))
      return load.emitOpError() << "reads all units of " << load.getBufferAttr()
                                << " without an exchange since it was stored";
    if (buffer.getStorage() == Storage::Exchanged && buffer.getOrder())
      read.insert(buffer);
    return success();
  }

  LogicalResult visitStore(RowsOp nest, StoreOp store) {
    auto buffer = cast<BufferOp>(lookupMemory(store, store.getBufferAttr()));
    if ((nest.getMode() == Mode::Whole) != (buffer.getStorage() == Storage::Local))
      return store.emitOpError() << "stores " << store.getBufferAttr() << " from a nest that is '"
                                 << stringifyMode(nest.getMode()) << "', but the buffer is '"
                                 << stringifyStorage(buffer.getStorage()) << "'";
    if (read.contains(buffer))
      return store.emitOpError() << "overwrites " << store.getBufferAttr()
                                 << ", which other workers may still be reading: an exchange is missing";
    written.insert(buffer);
    if (nest.getMode() == Mode::Owned)
      (buffer.getSpace() == Space::Rows ? pending : dirty).insert(buffer);
    return success();
  }

  static StripsOp stripsOf(Operation *op) { return op->getParentOfType<StripsOp>(); }

  static bool isOwnRow(LoadOp load) {
    IndexOp step = firstStep(load.getIndex());
    return step && step.getStep() == Step::Row;
  }

  /// Whether the load is of rows of earlier levels: level(child) < level(r) going up, level(parent) < level(r) going
  /// down.
  bool isEarlier(LoadOp load) {
    IndexOp step = firstStep(load.getIndex());
    if (!step || (order.getKind() != OrderKind::Up && order.getKind() != OrderKind::Down))
      return false;
    bool up = order.getKind() == OrderKind::Up;
    if (step.getStep() == Step::Child || step.getStep() == Step::Parent)
      return up == (step.getStep() == Step::Child);
    Operation *loop = cast<BlockArgument>(step.getFrom()).getOwner()->getParentOp();
    Domain domain = isa<EdgesOp>(loop) ? domainOf(cast<EdgesOp>(loop).getAdjacency()) : cast<RowsOp>(loop).getDomain();
    return up ? domain == Domain::Children || domain == Domain::Inner || domain == Domain::Symbols
              : domain == Domain::Parents;
  }

  LevelsOp levels; ///< the loop that is walked, if any
  OrderOp order;   ///< its order
  /// The loops over strips that store a buffer, in this loop over levels.
  llvm::DenseMap<Operation *, llvm::SmallDenseSet<Operation *>> storedHere;
  llvm::DenseSet<Operation *> written; ///< in this level
  llvm::DenseSet<Operation *> dirty, pending, read;
};

struct ILIRVerifyExchanges : cortex::impl::ILIRVerifyExchangesBase<ILIRVerifyExchanges> {
  void runOnOperation() override {
    if (failed(verifyExchanges(getOperation())))
      signalPassFailure();
    markAllAnalysesPreserved();
  }
};

} // namespace

LogicalResult ilir::verifyExchanges(ProgramOp program) {
  for (auto func : program.getBody().getOps<FuncOp>())
    if (failed(ExchangeChecker().visitBlock(func.getBody().front())))
      return failure();
  return success();
}
