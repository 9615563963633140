//===- Explain.cpp - What the compiler made of a model --------------------===//
#include "ExplainAccesses.h"
#include "ExplainSchedule.h"

#include "cortex/Conversion/ProgramLayout.h"
#include "cortex/Dialect/ILIR/IR/ILIR.h"
#include "cortex/Dialect/RA/Transforms/Passes.h"
#include "cortex/Pipelines/Pipelines.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace cortex;

static std::string textOf(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

/// Sweeps with the stage of every value of their bodies.
static llvm::json::Array explainSweeps(ra::ModelOp model) {
  llvm::json::Array sweeps;
  for (auto sweep : model.getBody().getOps<ra::SweepOp>()) {
    llvm::json::Array states, values;
    for (unsigned i = 0; i < sweep.getNumStates(); ++i)
      states.push_back((sweep.getStateName(i) + ": " + textOf(sweep.getStateType(i))).str());
    for (auto body : sweep.getBody().getOps<ra::BodyOp>())
      body.walk([&](Operation *op) {
        auto stage = op->getAttrOfType<StringAttr>("ra.stage");
        if (!stage || op->getNumResults() == 0)
          return;
        llvm::json::Object value{{"body", body.getType().value_or("all").str()},
                                 {"operation", op->getName().getStringRef().str()},
                                 {"type", textOf(op->getResult(0).getType())},
                                 {"stage", stage.getValue().str()}};
        if (auto read = dyn_cast<ra::ReadOp>(op))
          value["reads"] =
              (ra::stringifyReadPlace(read.getPlace()) + " " + read.getName().getLeafReference().getValue()).str();
        values.push_back(std::move(value));
      });
    sweeps.push_back(llvm::json::Object{{"name", sweep.getSymName().str()},
                                        {"direction", ra::stringifyDirection(sweep.getDirection()).str()},
                                        {"place", ra::stringifyPlace(sweep.getPlace()).str()},
                                        {"states", std::move(states)},
                                        {"values", std::move(values)}});
  }
  return sweeps;
}

/// Loops over levels with their phases and exchanges.
static llvm::json::Array explainLevels(ilir::ProgramOp program) {
  llvm::json::Array all;
  auto run = cast<ilir::FuncOp>(mlir::SymbolTable::lookupSymbolIn(program, "run"));
  for (auto levels : run.getBody().getOps<ilir::LevelsOp>()) {
    int64_t exchanges = 0, nests = 0, wholes = 0, phases = 1;
    for (Operation &op : levels.getBody().front()) {
      bool barrier = isa<ilir::BarrierOp>(op);
      exchanges += barrier;
      phases += barrier && op.getNextNode();
    }
    levels.walk([&](ilir::RowsOp nest) {
      ++nests;
      wholes += nest.getMode() == ilir::Mode::Whole;
    });
    all.push_back(llvm::json::Object{{"order", levels.getOrder().str()},
                                     {"phases", phases},
                                     {"exchanges_per_level", exchanges},
                                     {"nests", nests},
                                     {"whole_nests", wholes}});
  }
  return all;
}

/// FLOPs of products in `run`.
static llvm::json::Array explainWork(ilir::ProgramOp program, const Manifest &manifest) {
  auto orders = llvm::to_vector(program.getBody().getOps<ilir::OrderOp>());
  llvm::json::Array all;
  for (const WorkInfo &work : manifest.work)
    all.push_back(llvm::json::Object{
        {"order", orders[work.order].getSymName().str()},
        {"type", work.type == WorkInfo::kEveryType ? "all" : manifest.types[static_cast<size_t>(work.type)].name},
        {"flops_per_node", static_cast<int64_t>(work.flops_per_row)},
        {"kind", work.kind == WorkInfo::kEveryKind ? llvm::json::Value("all") : llvm::json::Value(work.kind)},
        {"flops_per_child", static_cast<int64_t>(work.flops_per_edge[abi::kChildren])},
        {"flops_per_inner_child", static_cast<int64_t>(work.flops_per_edge[abi::kInner])},
        {"flops_per_symbol_child", static_cast<int64_t>(work.flops_per_edge[abi::kSymbols])},
        {"flops_per_parent", static_cast<int64_t>(work.flops_per_edge[abi::kParents])}});
  return all;
}

static llvm::json::Array explainProducts(ilir::ProgramOp program) {
  llvm::json::Array products;
  program.walk([&](ilir::ProductOp product) {
    auto buffer = cast<ilir::BufferOp>(ilir::lookupMemory(product, product.getWeightsAttr()));
    auto packed = cast<RankedTensorType>(buffer.getType());
    auto y = cast<RankedTensorType>(product.getResult().getType());
    auto nest = product->getParentOfType<ilir::RowsOp>();
    auto levels = product->getParentOfType<ilir::LevelsOp>();
    auto strips = product->getParentOfType<ilir::StripsOp>();
    int64_t k = packed.getDimSize(2), units = y.getShape().back();
    products.push_back(
        llvm::json::Object{{"weights", product.getWeights().str()},
                           {"function", product->getParentOfType<ilir::FuncOp>().getSymName().str()},
                           {"order", levels ? levels.getOrder().str() : "once"},
                           {"type", strips && strips.getType() ? strips.getType()->str() : "all"},
                           {"per", ilir::stringifyDomain(nest.getDomain()) == "rows" ? "row" : "edge"},
                           {"units", units},
                           {"products", y.getNumElements() / units},
                           {"k", k},
                           {"flops", 2 * k * y.getNumElements()},
                           {"weight_bytes", static_cast<int64_t>(itemBytes(packed) * buffer.getCount().value_or(1))}});
  });
  return products;
}

/// Buffers, and their bytes by purpose.
static void explainBuffers(ilir::ProgramOp program, llvm::json::Object &out) {
  int64_t params = 0, packed = 0, tables = 0, constants = 0, node = 0, temporaries = 0;
  llvm::json::Array buffers;
  llvm::StringMap<int64_t> spaces; // units -> number of buffers
  for (auto param : program.getBody().getOps<ilir::ParamOp>()) {
    auto type = cast<RankedTensorType>(param.getType());
    params += type.getNumElements() * type.getElementTypeBitWidth() / 8;
  }
  llvm::SmallVector<int64_t> unitSpaces;
  const ProgramLayout layout(program);
  for (auto buffer : program.getBody().getOps<ilir::BufferOp>()) {
    auto type = cast<RankedTensorType>(buffer.getType());
    auto bytes = static_cast<int64_t>(itemBytes(layout.memoryType(buffer)) * buffer.getCount().value_or(1));
    if (buffer.getPacked())
      packed += bytes;
    else if (buffer.getSymName().starts_with("table."))
      tables += bytes;
    else if (buffer.getSpace() == ilir::Space::Const)
      constants += buffer.getInPrepare() ? 0 : bytes;
    else if (buffer.getOrder())
      temporaries += bytes;
    else
      node += bytes;
    int64_t units = type.getRank() ? type.getShape().back() : 1;
    if (buffer.getSpace() != ilir::Space::Const && !llvm::is_contained(unitSpaces, units))
      unitSpaces.push_back(units);
    llvm::json::Object entry{{"name", buffer.getSymName().str()},
                             {"space", ilir::stringifySpace(buffer.getSpace()).str()},
                             {"storage", ilir::stringifyStorage(buffer.getStorage()).str()},
                             {"type", textOf(type)},
                             {"bytes", bytes}};
    buffers.push_back(std::move(entry));
  }
  llvm::sort(unitSpaces);
  llvm::json::Array units;
  for (int64_t u : unitSpaces)
    units.push_back(u);
  out["unit_spaces"] = std::move(units);
  out["parameter_bytes"] = params;
  out["packed_weight_bytes"] = packed;
  out["table_bytes"] = tables;
  out["constant_bytes"] = constants;
  out["scratch_bytes_per_node"] = node;
  out["scratch_bytes_per_strip_row"] = temporaries;
  out["buffers"] = std::move(buffers);
}

llvm::Expected<std::string> cortex::explainModel(ModuleOp module, const CompileOptions &options) {
  llvm::Expected<Manifest> valid = lowerModel(module, options, CutPoint::RA);
  if (!valid)
    return valid.takeError();
  llvm::json::Object out;
  llvm::Expected<ScheduleChoice> choice = chooseSchedule(module, options);
  if (!choice)
    return choice.takeError();
  const Schedule &schedule = choice->schedule;
  auto staged = OwningOpRef<ModuleOp>(module.clone());
  PassManager pm(module.getContext());
  ra::buildRAPipeline(pm, schedule);
  if (failed(pm.run(*staged)))
    return llvm::createStringError("the passes on ra failed");
  auto model = *staged->getOps<ra::ModelOp>().begin();
  out["model"] = model.getSymName().str();
  out["target"] = options.target.name;
  out["float"] = textOf(model.getFloatType());
  out["sweeps"] = explainSweeps(model);

  // Lowered further than what is shown of it, for the counts of the last pass.
  const PassCounts counts(*module.getContext());
  OwningOpRef<ModuleOp> lowered;
  CompileOptions showing = options;
  showing.schedule = pinned(schedule); // so that nothing else is lowered, and counted
  showing.showILIR = [&](ModuleOp ilir) { lowered = ilir.clone(); };
  auto vectors = OwningOpRef<ModuleOp>(module.clone());
  llvm::Expected<Manifest> manifest = lowerModel(*vectors, showing, CutPoint::Vector);
  if (!manifest)
    return manifest.takeError();
  auto program = *lowered->getOps<ilir::ProgramOp>().begin();
  out["exchanges_per_level"] = static_cast<int64_t>(manifest->exchanges_per_level);
  out["work"] = explainWork(program, *manifest);
  out["levels"] = explainLevels(program);
  out["products"] = explainProducts(program);
  explainBuffers(program, out);
  explainAccesses(program, out);
  out["schedule"] = explainSchedule(*choice, *manifest, counts, out);
  std::string text;
  llvm::raw_string_ostream(text) << llvm::formatv("{0:2}", llvm::json::Value(std::move(out)));
  return text;
}
