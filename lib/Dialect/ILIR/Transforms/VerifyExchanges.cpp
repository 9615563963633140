//===- VerifyExchanges.cpp - Rules (3) and (4) of ilir --------------------===//
//
// Walks each function in the order in which workers execute it, keeping the set
// of buffers stored since they were last exchanged. A loop over levels is walked
// twice, so that its back edge is seen.
//===----------------------------------------------------------------------===//
#include "cortex/Dialect/ILIR/Transforms/Slices.h"

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

namespace {
struct ExchangeChecker {
  llvm::DenseSet<Operation *> dirty;   // sliced stores that other workers may not see yet
  llvm::DenseSet<Operation *> pending; // states stored in this level: a level never reads its own rows
  llvm::DenseSet<Operation *> read;  // exchanged temporaries read whole since the last barrier

  LogicalResult visit(RowsOp nest) {
    auto accesses = analyzeAccesses(nest);
    for (auto &entry : accesses) {
      LoadOp load = entry.first;
      auto buffer = dyn_cast<BufferOp>(lookupMemory(load, load.getBufferAttr()));
      if (!buffer)
        continue;
      bool whole = entry.second == Access::Whole || nest.getMode() == Mode::Whole;
      if (!whole)
        continue;
      if (buffer.getStorage() == Storage::Private)
        return load.emitOpError() << "reads all units of " << load.getBufferAttr()
                                  << ", which is private: each worker may touch only its own units";
      if (dirty.contains(buffer))
        return load.emitOpError() << "reads all units of " << load.getBufferAttr()
                                  << " without an exchange since it was stored";
      if (buffer.getStorage() == Storage::Exchanged && buffer.getOrder())
        read.insert(buffer);
    }
    for (StoreOp store : nest.getBody().getOps<StoreOp>()) {
      auto buffer = cast<BufferOp>(lookupMemory(store, store.getBufferAttr()));
      if ((nest.getMode() == Mode::Whole) != (buffer.getStorage() == Storage::Local))
        return store.emitOpError() << "stores " << store.getBufferAttr() << " from a nest that is '"
                                   << stringifyMode(nest.getMode()) << "', but the buffer is '"
                                   << stringifyStorage(buffer.getStorage()) << "'";
      if (read.contains(buffer))
        return store.emitOpError() << "overwrites " << store.getBufferAttr()
                                   << ", which other workers may still be reading: an exchange is missing";
      if (nest.getMode() == Mode::Owned)
        (buffer.getSpace() == Space::Rows ? pending : dirty).insert(buffer);
    }
    return success();
  }

  LogicalResult visitBlock(Block &block) {
    for (Operation &op : block) {
      if (isa<BarrierOp>(op)) {
        dirty.clear();
        pending.clear();
        read.clear();
      } else if (auto nest = dyn_cast<RowsOp>(op)) {
        if (failed(visit(nest)))
          return failure();
      } else if (auto levels = dyn_cast<LevelsOp>(op)) {
        auto order = cast<OrderOp>(lookupMemory(levels, levels.getOrderAttr()));
        bool many = order.getKind() == OrderKind::Up || order.getKind() == OrderKind::Down;
        for (int trip = 0; trip < (many ? 2 : 1); ++trip) {
          if (failed(visitBlock(levels.getBody().front())))
            return failure();
          dirty.insert(pending.begin(), pending.end());
          pending.clear();
        }
      } else if (auto strips = dyn_cast<StripsOp>(op)) {
        if (failed(visitStrips(strips)))
          return failure();
      }
    }
    return success();
  }

  /// Strips of one phase run one after another on each worker: temporaries of a
  /// strip are overwritten by the next one without a barrier between.
  LogicalResult visitStrips(StripsOp strips) { return visitBlock(strips.getBody().front()); }
};
} // namespace

LogicalResult ilir::verifyExchanges(ProgramOp program) {
  for (auto func : program.getBody().getOps<FuncOp>())
    if (failed(ExchangeChecker().visitBlock(func.getBody().front())))
      return failure();
  return success();
}
