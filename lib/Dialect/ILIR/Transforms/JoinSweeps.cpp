//===- JoinSweeps.cpp - ilir-join-sweeps ----------------------------------===//
#include "cortex/Dialect/ILIR/Transforms/Passes.h"
#include "cortex/Dialect/ILIR/Transforms/Slices.h"
#include "cortex/Support/PassCount.h"

#include "mlir/IR/Remarks.h"

namespace cortex {
#define GEN_PASS_DEF_ILIRJOINSWEEPS
#include "cortex/Dialect/ILIR/Transforms/Passes.h.inc"
} // namespace cortex

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

namespace {

struct ILIRJoinSweeps : cortex::impl::ILIRJoinSweepsBase<ILIRJoinSweeps> {
  void runOnOperation() override {
    ProgramOp program = getOperation();
    PassCount joined(program, "ilir-join-sweeps", "sweeps joined");
    SmallVector<LevelsOp> sweeps(getFunc(program, "run").getBody().getOps<LevelsOp>());
    SmallVector<LevelsOp> kept;
    for (LevelsOp sweep : sweeps) {
      if (LevelsOp before = findPartner(program, kept, sweep)) {
        join(before, sweep);
        ++joined;
      } else {
        kept.push_back(sweep);
      }
    }
    if (joined.getCount() == 0)
      remark::missed(program.getLoc(), remark::RemarkOpts::name("sweeps=together").category("ilir-join-sweeps"))
          << "no two sweeps of one direction are independent of each other";
  }

private:
  /// An earlier loop over the same levels, with nothing from there on that `sweep` reads.
  static LevelsOp findPartner(ProgramOp program, ArrayRef<LevelsOp> earlier, LevelsOp sweep) {
    auto order = cast<OrderOp>(SymbolTable::lookupSymbolIn(program, sweep.getOrderAttr()));
    if (order.getKind() != OrderKind::Up && order.getKind() != OrderKind::Down)
      return {};
    llvm::DenseSet<StringRef> read;
    sweep.walk([&](LoadOp load) { read.insert(load.getBuffer()); });
    for (LevelsOp before : llvm::reverse(earlier)) {
      bool needed = false;
      before.walk([&](StoreOp store) { needed |= read.contains(store.getBuffer()); });
      if (needed)
        return {};
      if (before.getOrder() == sweep.getOrder())
        return before;
    }
    return {};
  }

  /// Moves the nests of `sweep` behind those of `into`, type by type.
  static void join(LevelsOp into, LevelsOp sweep) {
    for (StripsOp strips : llvm::to_vector(sweep.getBody().getOps<StripsOp>())) {
      auto same = llvm::find_if(into.getBody().getOps<StripsOp>(),
                                [&](StripsOp one) { return one->getAttrDictionary() == strips->getAttrDictionary(); });
      if (same == into.getBody().getOps<StripsOp>().end()) {
        strips->moveBefore(&into.getBody().front(), into.getBody().front().end());
        continue;
      }
      Block &block = (*same).getBody().front();
      block.getOperations().splice(block.end(), strips.getBody().front().getOperations());
    }
    sweep.erase();
  }
};

} // namespace
