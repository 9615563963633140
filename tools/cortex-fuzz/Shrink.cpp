#include "Shrink.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace cortex::fuzz {

namespace {

class Shrinker {
public:
  Shrinker(OwningOpRef<ModuleOp> &module, Trial &trial, const Fails &fails, int attempts)
      : module(module), trial(trial), fails(fails), attempts(attempts) {}

  void run() {
    shrinkTrial();
    for (bool smaller = true; smaller && attempts > 0;) {
      smaller = dropSweeps();
      smaller |= simplifyBodies();
      smaller |= dropDeclarations();
    }
    shrinkTrial();
  }

private:
  bool stillFails(ModuleOp candidate, const Trial &with) {
    if (attempts-- <= 0)
      return false;
    ScopedDiagnosticHandler silent(candidate.getContext(), [](Diagnostic &) { return success(); });
    return succeeded(verify(candidate)) && fails(candidate, with);
  }

  /// Keeps what `change` makes of a copy of the model if that still fails. `change` returns false if it changes
  /// nothing.
  bool attempt(function_ref<bool(ModuleOp)> change) {
    OwningOpRef<ModuleOp> candidate(module->clone());
    if (!change(*candidate) || !stillFails(*candidate, trial))
      return false;
    module = std::move(candidate);
    return true;
  }

  bool attempt(const Trial &smaller) {
    if (!stillFails(*module, smaller))
      return false;
    trial = smaller;
    return true;
  }

  void shrinkTrial() {
    auto change = [&](auto edit) {
      Trial smaller = trial;
      edit(smaller);
      return attempt(smaller);
    };
    change([](Trial &t) { t.artifact = t.chunks = false; });
    change([](Trial &t) { t.otherStripRows = 0; });
    change([](Trial &t) { t.workers = {1, 2}; });
    change([](Trial &t) { t.stripRows = 128; });
    change([](Trial &t) { t.tableBudget = 0; });
    while (trial.structures > 1 && change([](Trial &t) { t.structures /= 2; })) {
    }
    while (trial.nodes > 1 && change([](Trial &t) { t.nodes /= 2; })) {
    }
  }

  /// From the last, which nothing reads but outputs; the checks look at states.
  bool dropSweeps() {
    bool any = false;
    while (attempt([](ModuleOp candidate) {
      ra::ModelOp model = cli::modelIn(candidate);
      SmallVector<ra::SweepOp> sweeps(model.getBody().getOps<ra::SweepOp>());
      if (sweeps.size() < 2)
        return false;
      for (auto output : llvm::make_early_inc_range(model.getBody().getOps<ra::OutputOp>()))
        output.erase();
      sweeps.back().erase();
      return true;
    }))
      any = true;
    return any;
  }

  static SmallVector<Operation *> operationsOf(ModuleOp module) {
    SmallVector<Operation *> all;
    module.walk([&](Operation *op) {
      if (op->getParentOfType<ra::BodyOp>() && op->getNumResults() == 1 && !op->use_empty() &&
          isa<RankedTensorType>(op->getResult(0).getType()) && !isa<arith::ConstantOp>(op))
        all.push_back(op);
    });
    return all;
  }

  /// Replaces operations, the last first: by an operand of the same type, or by zero.
  bool simplifyBodies() {
    bool any = false;
    for (int64_t i = static_cast<int64_t>(operationsOf(*module).size()) - 1; i >= 0 && attempts > 0; --i)
      for (int64_t operand = -1;; ++operand) {
        bool left = true;
        const bool done = attempt([&](ModuleOp candidate) {
          SmallVector<Operation *> all = operationsOf(candidate);
          if (i >= static_cast<int64_t>(all.size()))
            return left = false;
          Operation *op = all[i];
          if (operand >= static_cast<int64_t>(op->getNumOperands()))
            return left = false;
          Value by;
          if (operand >= 0) {
            by = op->getOperand(operand);
            if (by.getType() != op->getResult(0).getType())
              return false;
          } else {
            OpBuilder builder(op);
            auto type = cast<RankedTensorType>(op->getResult(0).getType());
            by = arith::ConstantOp::create(builder, op->getLoc(), type,
                                           DenseElementsAttr::get(type, builder.getZeroAttr(type.getElementType())));
          }
          op->getResult(0).replaceAllUsesWith(by);
          IRRewriter rewriter(candidate.getContext());
          (void)runRegionDCE(rewriter, candidate->getRegions());
          return true;
        });
        any |= done;
        if (done || !left)
          break;
      }
    return any;
  }

  /// Inputs and parameters that nothing reads.
  bool dropDeclarations() {
    return attempt([](ModuleOp candidate) {
      ra::ModelOp model = cli::modelIn(candidate);
      bool any = false;
      for (Operation &op : llvm::make_early_inc_range(model.getBody().getOps()))
        if (isa<ra::InputOp, ra::ParamOp>(op) && SymbolTable::symbolKnownUseEmpty(&op, model)) {
          op.erase();
          any = true;
        }
      return any;
    });
  }

  OwningOpRef<ModuleOp> &module;
  Trial &trial;
  const Fails &fails;
  int attempts;
};

} // namespace

void shrink(OwningOpRef<ModuleOp> &module, Trial &trial, const Fails &fails, int attempts) {
  Shrinker(module, trial, fails, attempts).run();
}

} // namespace cortex::fuzz
