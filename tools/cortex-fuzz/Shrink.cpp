#include "Shrink.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace cortex::fuzz {

/// The items `kept` of an input.
static io::Input pick(const io::Input &from, const std::vector<size_t> &kept) {
  io::Input to{from.name, from.place, from.dtype, from.shape, {}, {}, {}};
  auto copy = [&](const auto &values, auto &out) {
    if (!values.empty())
      for (size_t item : kept)
        out.insert(out.end(), values.begin() + item * from.itemSize(), values.begin() + (item + 1) * from.itemSize());
  };
  copy(from.symbols, to.symbols);
  copy(from.f32, to.f32);
  copy(from.f64, to.f64);
  return to;
}

io::Batch below(const io::Batch &batch, size_t top) {
  std::vector<uint8_t> reached(batch.nodes());
  std::vector<size_t> open{top}, nodes, edges;
  reached[top] = 1;
  while (!open.empty()) {
    const size_t node = open.back();
    open.pop_back();
    for (int32_t e = batch.child_offsets[node]; e < batch.child_offsets[node + 1]; ++e)
      if (const auto child = static_cast<size_t>(batch.children[e]); !reached[child]) {
        reached[child] = 1;
        open.push_back(child);
      }
  }
  std::vector<int32_t> newId(batch.nodes());
  for (size_t node = 0; node < batch.nodes(); ++node)
    if (reached[node]) {
      newId[node] = static_cast<int32_t>(nodes.size());
      nodes.push_back(node);
    }
  io::Batch part;
  for (size_t node : nodes) {
    for (int32_t e = batch.child_offsets[node]; e < batch.child_offsets[node + 1]; ++e) {
      part.children.push_back(newId[batch.children[e]]);
      edges.push_back(static_cast<size_t>(e));
    }
    part.child_offsets.push_back(static_cast<int32_t>(part.children.size()));
    if (!batch.types.empty())
      part.types.push_back(batch.types[node]);
  }
  part.node_offsets.push_back(static_cast<int32_t>(nodes.size()));
  for (const io::Input &input : batch.inputs)
    part.inputs.push_back(pick(input, input.place == Place::Nodes   ? nodes
                                      : input.place == Place::Edges ? edges
                                                                    : std::vector<size_t>{0}));
  return part;
}

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

  bool change(function_ref<void(Trial &)> edit) {
    Trial smaller = trial;
    edit(smaller);
    return attempt(smaller);
  }
  bool change(function_ref<void(Case &)> edit) {
    return change([&](Trial &t) { edit(t.cases.front()); });
  }

  void shrinkTrial() {
    for (size_t i = 0; trial.cases.size() > 1 && i < trial.cases.size(); ++i)
      if (change([&](Trial &t) { t.cases = {trial.cases[i]}; }))
        break;
    if (trial.other)
      change([](Trial &t) { t.other.reset(); });
    if (trial.way.optLevel)
      change([](Trial &t) { t.way.optLevel = 0; });
    if (trial.cases.size() > 1) // it takes several in a row
      return;
    const Case &one = trial.cases.front();
    if (one.artifact)
      change([](Case &c) { c.artifact = false; });
    if (one.chunks)
      change([](Case &c) { c.chunks = false; });
    if (one.workers > 2)
      change([](Case &c) { c.workers = 2; });
    shrinkSchedule();
    if (!one.batch.root_offsets.empty())
      change([](Case &c) {
        c.batch.root_offsets.clear();
        c.batch.roots.clear();
      });
    shrinkStructures();
  }

  /// Keys that do not matter are left at their defaults.
  void shrinkSchedule() {
    for (const ScheduleKey &key : scheduleKeys()) {
      Schedule without;
      for (const ScheduleKey &kept : scheduleKeys())
        if (kept.name != key.name && kept.isGiven(trial.way.schedule))
          kept.copy(without, trial.way.schedule);
      std::string error;
      if (key.isGiven(trial.way.schedule) && settleSchedule(without, error))
        change([&](Trial &t) { t.way.schedule = without; });
    }
  }

  /// Half of the structures, or all but one; then what hangs below one node in the place of all nodes.
  void shrinkStructures() {
    const io::Batch &batch = trial.cases.front().batch;
    auto keep = [&](size_t begin, size_t end) { return change([&](Case &c) { c.batch = batch.slice(begin, end); }); };
    for (size_t n = batch.structures(); n > 1; n = batch.structures())
      if (!keep(0, n / 2) && !keep(n / 2, n) && !keep(0, n - 1) && !keep(1, n))
        break;
    if (batch.structures() > 1)
      return;
    for (bool smaller = true; smaller && attempts > 0;) {
      smaller = false;
      for (size_t node = 0; node < batch.nodes() && !smaller && attempts > 0; ++node) {
        io::Batch part = below(batch, node);
        smaller = part.nodes() < batch.nodes() && change([&](Case &c) { c.batch = std::move(part); });
      }
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
