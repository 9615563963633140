//===- FormPhases.cpp - ilir-form-phases ----------------------------------===//
//
// Per loop over levels:
//   1. modes: a nest is `whole` (every worker computes all of it, for itself) if
//      somebody reads its result whole, everything it reads is whole already, and
//      it is no product; or if it is so small that slicing it is no use. Else it
//      is `owned`.
//   2. phases: a whole read of what an owned nest stores needs an exchange, and
//      so lies one phase after it:
//
//        r = units of sigma(product)      phase 0, owned   | barrier [r]
//        g = product(r * h)               phase 1, owned   (reads r whole)
//
//   3. buffers: local (whole nests), private (owned, read at own units only),
//      exchanged; temporaries that live within one phase are indexed by position
//      in the strip, others by position in the level.
//   4. barriers: between phases; at a level's end if the next level reads states
//      whole or overwrites an exchanged temporary; between sweeps.
//===----------------------------------------------------------------------===//
#include "cortex/Dialect/ILIR/Transforms/Passes.h"
#include "cortex/Dialect/ILIR/Transforms/Slices.h"
#include "cortex/Support/PassCount.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace cortex {
#define GEN_PASS_DEF_ILIRFORMPHASES
#include "cortex/Dialect/ILIR/Transforms/Passes.h.inc"
} // namespace cortex

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

namespace {

bool isTemporary(BufferOp buffer) {
  return buffer && buffer.getOrder().has_value();
}

BufferOp bufferOf(Operation *access) {
  auto name = access->getAttrOfType<FlatSymbolRefAttr>("buffer");
  if (!name)
    if (auto load = dyn_cast<LoadOp>(access))
      name = load.getBufferAttr();
  return dyn_cast_or_null<BufferOp>(lookupMemory(access, name));
}

struct NestInfo {
  RowsOp nest;
  llvm::DenseMap<LoadOp, Access> accesses;
  SmallVector<BufferOp> stored;
  unsigned phase = 0;
  bool isProduct = false, storesState = false;
};

struct ILIRFormPhases : cortex::impl::ILIRFormPhasesBase<ILIRFormPhases> {
  using Base::Base;
  uint64_t phases = 0, exchanges = 0, wholes = 0, privates = 0; // reported as remarks
  void runOnOperation() override {
    phases = exchanges = wholes = privates = 0;
    ProgramOp program = getOperation();
    for (StringRef name : {"prepare", "run"}) {
      FuncOp func = getFunc(program, name);
      if (name == "prepare")
        separatePrepare(func);
      for (LevelsOp levels : llvm::to_vector(func.getBody().getOps<LevelsOp>()))
        formLevels(levels);
      separateSweeps(func);
    }
    assignStates(program);
    if (failed(verifyExchanges(program)))
      signalPassFailure();
    PassCount(program, "ilir-form-phases", "phases") += phases;
    PassCount(program, "ilir-form-phases", "exchanges") += exchanges;
    PassCount(program, "ilir-form-phases", "whole nests") += wholes;
    PassCount(program, "ilir-form-phases", "private buffers") += privates;
  }

  //===--- prepare ----------------------------------------------------------===//

  /// Nests run once and packs stand in order; whatever comes next may read their results whole.
  void separatePrepare(FuncOp func) {
    SmallVector<Attribute> packed;
    for (Operation &op : llvm::make_early_inc_range(func.getBody().front())) {
      if (auto nest = dyn_cast<RowsOp>(op)) {
        nest.setMode(Mode::Owned);
        SmallVector<Attribute> buffers;
        for (StoreOp store : nest.getBody().getOps<StoreOp>())
          buffers.push_back(store.getBufferAttr());
        if (op.getNextNode())
          barrier(OpBuilder::atBlockEnd(op.getBlock()), &op, buffers);
      } else if (auto pack = dyn_cast<PackOp>(op)) {
        packed.push_back(pack.getPackedAttr());
        if (op.getNextNode() && !isa<PackOp>(op.getNextNode()))
          barrier(OpBuilder::atBlockEnd(op.getBlock()), &op, packed);
      }
    }
  }

  void barrier(OpBuilder b, Operation *after, ArrayRef<Attribute> buffers) {
    b.setInsertionPointAfter(after);
    BarrierOp::create(b, after->getLoc(), b.getArrayAttr(buffers));
    ++exchanges;
  }

  //===--- one loop over levels ---------------------------------------------===//

  void formLevels(LevelsOp levels) {
    SmallVector<std::pair<StripsOp, SmallVector<NestInfo>>> groups;
    for (StripsOp strips : levels.getBody().getOps<StripsOp>()) {
      auto &group = groups.emplace_back(strips, SmallVector<NestInfo>());
      for (RowsOp nest : strips.getBody().getOps<RowsOp>())
        group.second.push_back(inspect(nest));
    }
    unsigned numPhases = 1;
    for (auto &[strips, nests] : groups) {
      assignModes(nests);
      numPhases = std::max(numPhases, assignPhases(nests));
      assignTemporaries(nests);
    }
    phases += numPhases;

    // Rebuild the level: strips of each phase, barriers between.
    OpBuilder b(levels.getContext());
    SmallVector<StripsOp> old;
    for (auto &[strips, nests] : groups)
      old.push_back(strips);
    b.setInsertionPointToEnd(&levels.getBody().front());
    llvm::SetVector<Attribute> stale; // exchanged temporaries, to be overwritten by the next level
    for (unsigned phase = 0; phase < numPhases; ++phase) {
      SmallVector<Attribute> published;
      for (auto &[strips, nests] : groups) {
        if (llvm::none_of(nests, [&](NestInfo &n) { return n.phase == phase; }))
          continue;
        auto copy = StripsOp::create(b, strips.getLoc(), strips.getTypeAttr(), strips.getKindAttr());
        Block &block = copy.getBody().emplaceBlock();
        // Whole nests read nothing that owned ones of their phase store. They go first, so that the owned ones follow
        // each other and can be walked together.
        for (Mode mode : {Mode::Whole, Mode::Owned})
          for (NestInfo &n : nests)
            if (n.phase == phase && n.nest.getMode() == mode) {
              n.nest->moveBefore(&block, block.end());
              for (BufferOp buffer : n.stored)
                if (isTemporary(buffer) && buffer.getStorage() == Storage::Exchanged)
                  published.push_back(FlatSymbolRefAttr::get(buffer));
            }
      }
      stale.insert(published.begin(), published.end());
      if (phase + 1 < numPhases) {
        BarrierOp::create(b, levels.getLoc(), b.getArrayAttr(published));
        ++exchanges;
      }
    }
    for (StripsOp strips : old)
      strips.erase();
    closeLevel(levels, groups, stale);
  }

  NestInfo inspect(RowsOp nest) {
    NestInfo info;
    info.nest = nest;
    info.accesses = analyzeAccesses(nest);
    for (StoreOp store : nest.getBody().getOps<StoreOp>()) {
      info.stored.push_back(bufferOf(store));
      info.storesState |= !isTemporary(info.stored.back());
      info.isProduct |= isa_and_nonnull<ProductOp>(store.getValue().getDefiningOp());
    }
    return info;
  }

  static bool isTiny(NestInfo &n) {
    auto store = *n.nest.getBody().getOps<StoreOp>().begin();
    auto type = cast<RankedTensorType>(store.getValue().getType());
    return type.getRank() == 0 ||
           (type.getNumElements() <= 16 && isa_and_nonnull<linalg::ReduceOp>(store.getValue().getDefiningOp()));
  }

  void assignModes(SmallVectorImpl<NestInfo> &nests) {
    llvm::DenseSet<Operation *> owned; // temporaries that lie in slices
    for (NestInfo &n : nests) {
      bool whole = false;
      if (!n.storesState) {
        bool readWhole = llvm::any_of(nests, [&](NestInfo &reader) {
          return llvm::any_of(reader.accesses, [&](auto &entry) {
            LoadOp load = entry.first;
            return entry.second == Access::Whole && llvm::is_contained(n.stored, bufferOf(load));
          });
        });
        bool sourcesWhole = llvm::none_of(n.accesses, [&](auto &entry) {
          LoadOp load = entry.first;
          return owned.contains(bufferOf(load));
        });
        whole = isTiny(n) || (readWhole && sourcesWhole && !n.isProduct);
      }
      n.nest.setMode(whole ? Mode::Whole : Mode::Owned);
      wholes += whole;
      for (BufferOp buffer : n.stored)
        if (!whole && isTemporary(buffer))
          owned.insert(buffer);
      if (whole) // reads everything it reads whole
        for (auto &entry : n.accesses)
          entry.second = Access::Whole;
    }
  }

  unsigned assignPhases(SmallVectorImpl<NestInfo> &nests) {
    llvm::DenseMap<Operation *, std::pair<unsigned, bool>> written; // temporary -> (phase, owned)
    unsigned last = 0;
    for (NestInfo &n : nests) {
      for (auto &entry : n.accesses) {
        LoadOp load = entry.first;
        auto it = written.find(bufferOf(load));
        if (it == written.end())
          continue;
        auto [phase, owned] = it->second;
        n.phase = std::max(n.phase, phase + (owned && entry.second == Access::Whole ? 1 : 0));
      }
      for (BufferOp buffer : n.stored) {
        if (!isTemporary(buffer))
          continue; // a state that the level stores is another row's when the level reads it
        // A chain of products stores one buffer twice.
        auto [it, fresh] = written.try_emplace(buffer, n.phase, n.nest.getMode() == Mode::Owned);
        if (!fresh)
          it->second.first = n.phase = std::max(n.phase, it->second.first);
      }
      last = std::max(last, n.phase);
    }
    return last + 1;
  }

  void assignTemporaries(SmallVectorImpl<NestInfo> &nests) {
    for (NestInfo &writer : nests)
      for (BufferOp buffer : writer.stored) {
        if (!isTemporary(buffer))
          continue;
        bool readWhole = false, otherPhase = false;
        for (NestInfo &n : nests) {
          otherPhase |= llvm::is_contained(n.stored, buffer) && n.phase != writer.phase;
          for (auto &entry : n.accesses) {
            LoadOp load = entry.first;
            if (bufferOf(load) != buffer)
              continue;
            readWhole |= entry.second == Access::Whole;
            otherPhase |= n.phase != writer.phase;
          }
        }
        Storage storage = writer.nest.getMode() == Mode::Whole ? Storage::Local
                          : readWhole                          ? Storage::Exchanged
                                                               : Storage::Private;
        buffer.setStorage(storage);
        privates += storage == Storage::Private;
        if (!dense)
          buffer.setSpace(buffer.getAdjacency() ? Space::OrderEdges : Space::OrderRows);
        else if (!otherPhase)
          buffer.setSpace(buffer.getAdjacency() ? Space::StripEdges : Space::StripRows);
      }
  }

  /// Whether the level needs an exchange at its end, for the next level.
  void closeLevel(LevelsOp levels, ArrayRef<std::pair<StripsOp, SmallVector<NestInfo>>> groups,
                  llvm::SetVector<Attribute> &stale) {
    auto order = cast<OrderOp>(SymbolTable::lookupSymbolIn(getOperation(), levels.getOrderAttr()));
    if (order.getKind() != OrderKind::Up && order.getKind() != OrderKind::Down)
      return;
    llvm::SetVector<Attribute> published = stale;
    llvm::DenseSet<Operation *> states;
    for (auto &[strips, nests] : groups)
      for (const NestInfo &n : nests)
        for (BufferOp buffer : n.stored)
          if (!isTemporary(buffer))
            states.insert(buffer);
    for (auto &[strips, nests] : groups)
      for (const NestInfo &n : nests)
        for (auto &entry : n.accesses) {
          LoadOp load = entry.first;
          BufferOp buffer = bufferOf(load);
          if (entry.second == Access::Whole && states.contains(buffer))
            published.insert(FlatSymbolRefAttr::get(buffer));
        }
    if (published.empty())
      return;
    OpBuilder b = OpBuilder::atBlockEnd(&levels.getBody().front());
    BarrierOp::create(b, levels.getLoc(), b.getArrayAttr(published.getArrayRef()));
    ++exchanges;
  }

  //===--- between sweeps ---------------------------------------------------===//

  /// A later loop may read whole what an earlier one stored in slices. If a
  /// barrier stands between them already, it exchanges that buffer too.
  void separateSweeps(FuncOp func) {
    llvm::MapVector<Operation *, BarrierOp> stored; // not yet exchanged -> the first barrier after the store, if any
    for (LevelsOp levels : llvm::to_vector(func.getBody().getOps<LevelsOp>())) {
      llvm::SetVector<Operation *> needed;
      levels.walk([&](RowsOp nest) {
        for (auto &entry : analyzeAccesses(nest)) {
          LoadOp load = entry.first;
          BufferOp buffer = bufferOf(load);
          if (buffer && stored.contains(buffer) && (entry.second == Access::Whole || nest.getMode() == Mode::Whole))
            needed.insert(buffer);
        }
      });
      SmallVector<Attribute> missing;
      for (Operation *buffer : needed) {
        if (BarrierOp between = stored.lookup(buffer))
          addExchange(between, cast<BufferOp>(buffer));
        else
          missing.push_back(FlatSymbolRefAttr::get(cast<BufferOp>(buffer)));
        stored.erase(buffer);
      }
      if (!missing.empty()) {
        OpBuilder b(levels);
        passBarrier(stored, BarrierOp::create(b, levels.getLoc(), b.getArrayAttr(missing)));
        ++exchanges;
      }
      levels.walk([&](StoreOp store) {
        if (BufferOp buffer = bufferOf(store); !isTemporary(buffer))
          stored[buffer] = {};
      });
      if (auto last = dyn_cast<BarrierOp>(levels.getBody().front().back())) // its last level ended with one
        passBarrier(stored, last);
    }
  }

  static void passBarrier(llvm::MapVector<Operation *, BarrierOp> &stored, BarrierOp barrier) {
    for (auto &[buffer, since] : stored)
      if (!since)
        since = barrier;
  }

  static void addExchange(BarrierOp barrier, BufferOp buffer) {
    llvm::SetVector<Attribute> all(barrier.getExchanges().begin(), barrier.getExchanges().end());
    all.insert(FlatSymbolRefAttr::get(buffer));
    barrier.setExchangesAttr(ArrayAttr::get(barrier.getContext(), all.getArrayRef()));
  }

  void assignStates(ProgramOp program) {
    llvm::DenseSet<Operation *> readWhole;
    program.walk([&](RowsOp nest) {
      for (auto &entry : analyzeAccesses(nest)) {
        LoadOp load = entry.first;
        if (entry.second == Access::Whole || nest.getMode() == Mode::Whole)
          readWhole.insert(bufferOf(load));
      }
    });
    for (auto buffer : program.getBody().getOps<BufferOp>())
      if (!isTemporary(buffer) && buffer.getStorage() != Storage::Const) {
        bool exchanged = readWhole.contains(buffer);
        buffer.setStorage(exchanged ? Storage::Exchanged : Storage::Private);
        privates += !exchanged;
      }
  }
};

} // namespace
