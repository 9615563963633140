#include "ChooseSchedule.h"

#include "cortex/Conversion/ProgramLayout.h"
#include "cortex/CostModel/CountProgram.h"
#include "cortex/CostModel/CountWork.h"
#include "cortex/Reference/Random.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace cortex;

namespace {

/// What an alternative must be better by, with one worker and with two; less is within what the estimate leaves out.
constexpr double kMargin = 0.03;

/// Microseconds with one worker and with two, and FLOPs, per batch.
struct Times {
  double us[2] = {0, 0};
  uint64_t flops = 0;
};

/// Swallows diagnostics: a value that a model cannot be compiled with is not chosen, and no error.
struct Silent : ScopedDiagnosticHandler {
  explicit Silent(MLIRContext *context) : ScopedDiagnosticHandler(context, [](Diagnostic &) { return success(); }) {}
};

} // namespace

/// What a run is assumed to look like where nobody gave a sample: a grid of a hundred nodes, or a random DAG of as many
/// if the model takes no grids. Says which.
static std::vector<io::Batch> assumedSample(ra::ModelOp model, const char *&what) {
  constexpr int64_t kNodes = 100;
  for (const auto &[shape, name] : {std::pair(reference::Shape::Grid, "a grid of 100 nodes"),
                                    std::pair(reference::Shape::Dag, "a random DAG of 100 nodes")}) {
    io::Batch batch;
    std::string error;
    what = name;
    if (reference::randomBatch(model, {shape, 1, kNodes}, 1, batch, error))
      return {batch};
  }
  return {};
}

/// None, with the reason, where there is no estimate.
static std::optional<Times> timesOf(ModuleOp module, const CompileOptions &options, const Schedule &schedule,
                                    const std::vector<io::Batch> &sample, std::string &why) {
  OwningOpRef<ModuleOp> lowered(module.clone());
  PassManager pm(module.getContext());
  buildScheduled(pm, options, schedule);
  if (failed(pm.run(*lowered))) {
    why = std::string("the model does not compile with refactor=") +
          (schedule.refactor == Refactoring::Off ? "off" : "product_at_child");
    return std::nullopt;
  }
  auto program = *lowered->getOps<ilir::ProgramOp>().begin();
  const cost::Work work = cost::countProgram(program);
  const std::vector<TypeInfo> types = buildManifest(program, schedule).types;
  for (const TypeInfo &type : types)
    if (type.kinds != KindRule::None && type.kinds != KindRule::Inner) {
      why = "how many nodes of type '" + type.name + "' are of which kind is not counted";
      return std::nullopt;
    }
  const double gflops = program.getFloatType().isF64() ? 60 : 120;
  Times result;
  for (const io::Batch &batch : sample) {
    const cost::Histogram histogram = cost::countLevels(work, batch, types, 0, batch.structures());
    for (uint32_t workers : {1U, 2U}) {
      // By units, where not all work is shared out; by structures two workers are two times one.
      const cost::Estimate one =
          cost::estimate(work, histogram, cost::Ceilings::assumed(gflops, workers), workers, Partition::Units);
      result.us[workers - 1] += one.us / static_cast<double>(sample.size());
      result.flops += workers == 1 ? one.flops : 0;
    }
  }
  result.flops /= sample.size();
  return result;
}

/// Which part of the FLOPs of the model as it is written is in products per child: the most that computing them at the
/// child can save.
static double partPerChild(ra::ModelOp model, const std::vector<io::Batch> &sample) {
  cost::CountOptions options;
  const cost::Work all = cost::countWork(model, options);
  cost::Work perChild = all;
  for (cost::Sweep &sweep : perChild.sweeps)
    llvm::erase_if(sweep.products, [](const cost::Product &product) {
      return product.where.domain != cost::Domain::Inner && product.where.domain != cost::Domain::Symbols;
    });
  double flops[2] = {0, 0};
  for (const io::Batch &batch : sample) {
    const cost::Histogram histogram = cost::countLevels(all, batch, cost::typesOf(model), 0, batch.structures());
    const cost::Ceilings ceilings = cost::Ceilings::assumed(1, 1);
    flops[0] += static_cast<double>(cost::estimate(perChild, histogram, ceilings, 1, Partition::Units).flops);
    flops[1] += static_cast<double>(cost::estimate(all, histogram, ceilings, 1, Partition::Units).flops);
  }
  return flops[1] > 0 ? flops[0] / flops[1] : 0;
}

/// Whether a body reads the state of one child by its place, which a product may have for operand.
static bool readsOneChild(ra::ModelOp model) {
  return model
      .walk([](ra::ReadOp read) {
        auto sweep = read->getParentOfType<ra::SweepOp>();
        return sweep && read.getPlace() == ra::ReadPlace::Child &&
                       read.getName().getRootReference() == sweep.getSymNameAttr()
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

/// Whether some product is computed for every child of a reduction.
static bool hasProductPerChild(ra::ModelOp model) {
  return model
      .walk([](ra::OverOp over) {
        return over.getNeighbours() == ra::Neighbours::Children && !over.getOps<linalg::ContractOp>().empty()
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

static ScheduleReason chooseRefactoring(ModuleOp module, ra::ModelOp model, const CompileOptions &options,
                                        Schedule &schedule) {
  if (model.getStructure() != ra::Structure::Dag)
    return {false, "a node has one parent, so that products at the child are as many"};
  const bool ofOne = readsOneChild(model);
  if (!ofOne && !hasProductPerChild(model))
    return {false, "no product is computed per child"};
  const char *of = "a batch of the sample";
  const std::vector<io::Batch> assumed = options.sample.empty() ? assumedSample(model, of) : std::vector<io::Batch>();
  const std::vector<io::Batch> &sample = options.sample.empty() ? assumed : options.sample;
  if (sample.empty())
    return {false, "no estimate: the model takes neither grids nor random DAGs"};
  if (const double part = ofOne ? 1 : partPerChild(model, sample); part < kMargin)
    return {true, llvm::formatv("products per child are {0:P1} of the FLOPs of {1}", part, of)};
  Schedule moved = schedule;
  moved.refactor.choose(Refactoring::ProductAtChild);
  const Silent silent(module.getContext());
  std::string why;
  const std::optional<Times> off = timesOf(module, options, schedule, sample, why);
  const std::optional<Times> at = off ? timesOf(module, options, moved, sample, why) : std::nullopt;
  if (!at)
    return {false, "no estimate: " + why};
  if (at->us[0] <= (1 - kMargin) * off->us[0] && at->us[1] <= (1 - kMargin) * off->us[1])
    schedule = moved;
  const char *form = "product_at_child {0:F1} us, with two workers {1:F1}, {2:N} FLOPs; off {3:F1} us, {4:F1}, {5:N} "
                     "FLOPs (estimates for {6})";
  return {true, llvm::formatv(form, at->us[0], at->us[1], at->flops, off->us[0], off->us[1], off->flops, of)};
}

llvm::Expected<ScheduleChoice> cortex::chooseSchedule(ModuleOp module, const CompileOptions &options) {
  llvm::Expected<Schedule> asked = scheduleOf(module, options);
  if (!asked)
    return asked.takeError();
  ScheduleChoice choice{*asked, {}};
  if (!choice.schedule.refactor.isGiven())
    choice.reasons["refactor"] =
        chooseRefactoring(module, *module.getOps<ra::ModelOp>().begin(), options, choice.schedule);
  return choice;
}

Schedule cortex::pinned(const Schedule &schedule) {
  Schedule result = schedule;
  for (const ScheduleKey &key : scheduleKeys())
    key.set(result, key.get(schedule));
  return result;
}
