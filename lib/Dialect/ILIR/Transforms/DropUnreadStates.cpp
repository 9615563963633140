//===- DropUnreadStates.cpp - ilir-drop-unread-states ---------------------===//
//
//   1. For each state that nests of a symbol type store: who reads it at rows
//      of that type? Nobody, somebody at roots, or somebody elsewhere.
//   2. Stores that nobody reads go; nests that only roots are read of become
//      nests of the kind 1 of `kinds root`, if that holds for all of the strips.
//===----------------------------------------------------------------------===//
#include "cortex/Dialect/ILIR/Transforms/Passes.h"
#include "cortex/Dialect/ILIR/Transforms/Slices.h"
#include "cortex/Support/PassCount.h"

namespace cortex {
#define GEN_PASS_DEF_ILIRDROPUNREADSTATES
#include "cortex/Dialect/ILIR/Transforms/Passes.h.inc"
} // namespace cortex

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

namespace {

enum class Readers { None, Roots, Any };

struct ILIRDropUnreadStates : cortex::impl::ILIRDropUnreadStatesBase<ILIRDropUnreadStates> {
  uint64_t dropped = 0, narrowed = 0; // reported as remarks

  void runOnOperation() override {
    dropped = narrowed = 0;
    ProgramOp program = getOperation();
    SmallVector<StripsOp> all;
    getFunc(program, "run").walk([&](StripsOp strips) { all.push_back(strips); });
    for (StripsOp strips : all) {
      auto order = cast<OrderOp>(lookupMemory(strips, strips->getParentOfType<LevelsOp>().getOrderAttr()));
      TypeOp type = typeOf(strips);
      if (order.getKind() == OrderKind::Up && type && type.getSymbol() && !strips.getKind())
        narrow(program, strips, type);
    }
    PassCount(program, "ilir-drop-unread-states", "stores dropped") += dropped;
    PassCount(program, "ilir-drop-unread-states", "nests of roots only") += narrowed;
  }

private:
  static TypeOp typeOf(StripsOp strips) {
    return strips.getType() ? cast<TypeOp>(lookupMemory(strips, strips.getTypeAttr())) : TypeOp();
  }

  /// Joined sweeps have a nest each; all rows of the strips are of one kind.
  void narrow(ProgramOp program, StripsOp strips, TypeOp type) {
    Readers most = Readers::None;
    uint64_t nests = 0;
    for (RowsOp nest : llvm::to_vector(strips.getBody().getOps<RowsOp>())) {
      const Readers readers = dropStores(program, nest, type);
      most = std::max(most, readers);
      if (readers == Readers::None) {
        nest.erase();
        continue;
      }
      eraseDead(nest);
      ++nests;
    }
    if (most == Readers::None) {
      strips.erase();
      return;
    }
    if (most == Readers::Any)
      return;
    type.setKinds(ra::KindRule::Root);
    strips.setKind(1);
    narrowed += nests;
  }

  /// Drops what nobody reads, and says who reads the rest.
  Readers dropStores(ProgramOp program, RowsOp nest, TypeOp type) {
    Readers most = Readers::None;
    for (StoreOp store : llvm::to_vector(nest.getBody().getOps<StoreOp>())) {
      const Readers readers = findReaders(program, store.getBuffer(), type);
      most = std::max(most, readers);
      if (readers == Readers::None) {
        store.erase();
        ++dropped;
      }
    }
    return most;
  }

  static Readers findReaders(ProgramOp program, StringRef buffer, TypeOp type) {
    Readers readers = Readers::None;
    for (auto output : program.getBody().getOps<OutputOp>())
      if (output.getBuffer() == buffer)
        readers = std::max(readers, output.getPlace() == ra::Place::Roots ? Readers::Roots : Readers::Any);
    program.walk([&](LoadOp load) {
      if (load.getBuffer() == buffer)
        readers = std::max(readers, readersBy(load, type));
    });
    return readers;
  }

  /// Which rows of `type` a load of a state may be of.
  static Readers readersBy(LoadOp load, TypeOp type) {
    auto step = load.getIndex() ? load.getIndex().getDefiningOp<IndexOp>() : IndexOp();
    auto strips = load->getParentOfType<StripsOp>();
    if (!step)
      return Readers::Any;
    switch (step.getStep()) {
    case Step::Row: {
      auto order = cast<OrderOp>(lookupMemory(strips, strips->getParentOfType<LevelsOp>().getOrderAttr()));
      if (strips.getType() && *strips.getType() != type.getSymName())
        return Readers::None;
      return order.getKind() == OrderKind::Roots ? Readers::Roots : Readers::Any;
    }
    case Step::Neighbour: {
      Operation *loop = cast<BlockArgument>(step.getFrom()).getOwner()->getParentOp();
      auto edges = dyn_cast<EdgesOp>(loop);
      return edges && edges.getAdjacency() == Adjacency::Inner ? Readers::None : Readers::Any;
    }
    case Step::Child: {
      // What the kind does not call a symbol child is an inner one, or absent.
      TypeOp parent = typeOf(strips);
      unsigned kinds = strips.getKind() ? ra::countKinds(parent.getKinds()) : 0;
      bool told = kinds > 0 && ra::isSymbolChild(parent.getKinds(), kinds - 1, *step.getNumber());
      return told && !ra::isSymbolChild(parent.getKinds(), *strips.getKind(), *step.getNumber()) ? Readers::None
                                                                                                 : Readers::Any;
    }
    default:
      return Readers::Any;
    }
  }
};

} // namespace
