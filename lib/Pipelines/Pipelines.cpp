//===- Pipelines.cpp - From a model to a program --------------------------===//
#include "cortex/Pipelines/Pipelines.h"

#include "CheckText.h"
#include "ChooseSchedule.h"

#include "cortex/Conversion/Passes.h"
#include "cortex/Conversion/ProgramLayout.h"
#include "cortex/Dialect/ILIR/IR/ILIR.h"
#include "cortex/Dialect/ILIR/Transforms/Passes.h"
#include "cortex/Dialect/RA/IR/ScheduleAttr.h"
#include "cortex/Dialect/RA/Transforms/Passes.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace cortex;

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

void cortex::registerCompilerDialects(DialectRegistry &registry) {
  registry.insert<ra::RADialect, ilir::ILIRDialect, arith::ArithDialect, cf::ControlFlowDialect, func::FuncDialect,
                  linalg::LinalgDialect, LLVM::LLVMDialect, math::MathDialect, scf::SCFDialect, tensor::TensorDialect,
                  ub::UBDialect, vector::VectorDialect>();
}

namespace {
/// The options of the named pipelines, as text.
struct PipelineOptions : PassPipelineOptions<PipelineOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("host, x86-64, x86-64-v3, x86-64-v4 or x86-64-v4-bf16"),
                             llvm::cl::init("x86-64-v4")};
  Option<bool> allStates{*this, "all-states", llvm::cl::desc("Make every state an output"), llvm::cl::init(false)};
  Option<std::string> schedule{*this, "schedule", llvm::cl::desc("How to compile: key=value,key=value")};

  llvm::Expected<CompileOptions> options() const {
    CompileOptions result;
    llvm::Expected<TargetSpec> spec = TargetSpec::parse(target);
    if (!spec)
      return spec.takeError();
    result.target = *spec;
    result.allStatesAreOutputs = allStates;
    if (std::string error; !parseSchedule(schedule, result.schedule, error))
      return llvm::createStringError("schedule: " + error);
    return result;
  }
};
} // namespace

/// Registers a pipeline with PipelineOptions.
static void registerPipeline(StringRef name, StringRef description,
                             void (*build)(OpPassManager &, const CompileOptions &)) {
  registerPassPipeline(
      name, description,
      [build](OpPassManager &pm, StringRef text, function_ref<LogicalResult(const Twine &)> fail) -> LogicalResult {
        PipelineOptions parsed;
        if (failed(parsed.parseFromString(text)))
          return failure();
        llvm::Expected<CompileOptions> options = parsed.options();
        if (!options)
          return fail(llvm::toString(options.takeError()));
        build(pm, *options);
        return success();
      },
      [](function_ref<void(const detail::PassOptions &)> show) { show(PipelineOptions()); });
}

void cortex::registerCompilerPasses() {
  registerTransformsPasses();
  ra::registerRAPasses();
  registerILIRTransformsPasses();
  registerConversionPasses();
  registerLowerToLLVMPipeline();
  registerPipeline("ra-prepare-lowering",
                   "Specialize, fold, restructure products and assign stages: all that lowering needs",
                   buildPrepareLowering);
  registerPipeline("cortex-ra-to-ilir", "Lower a model to ilir with nests, phases and packed products", buildRAToILIR);
  registerPipeline("cortex-ilir-to-vector", "Lower ilir to scf, vector, arith and llvm pointers", buildILIRToVector);
}

//===----------------------------------------------------------------------===//
// Pipelines
//===----------------------------------------------------------------------===//

/// Elements of a vector register; the float type is the model's, so this is asked per element size.
static unsigned lanesFor(const TargetSpec &target, Type element) {
  return target.lanes(element.isF64() ? DType::F64 : DType::F32);
}

unsigned cortex::accumulatorsFor(const TargetSpec &target) {
  return target.vectorRegisters == 32 ? 24 : 12;
}

TileRules cortex::tileRulesFor(const TargetSpec &target, const Schedule &schedule) {
  TileRules rules;
  // Without a fused instruction a product waits in a register for its addition.
  rules.registers = target.vectorRegisters - (target.fma ? 0 : 1);
  rules.rows = schedule.tile_rows;
  rules.panels = schedule.tile_panels;
  return rules;
}

namespace {
/// Adds passes whose options depend on the program's float type, when it is known.
struct RunTyped : PassWrapper<RunTyped, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(RunTyped)
  std::function<void(OpPassManager &, Type)> build;
  explicit RunTyped(std::function<void(OpPassManager &, Type)> build) : build(std::move(build)) {}
  StringRef getName() const override { return "cortex-run-typed"; }
  void getDependentDialects(DialectRegistry &registry) const override { registerCompilerDialects(registry); }
  void runOnOperation() override {
    for (auto program : getOperation().getOps<ilir::ProgramOp>()) {
      OpPassManager pm(ModuleOp::getOperationName());
      build(pm, program.getFloatType());
      if (failed(runPipeline(pm, getOperation())))
        return signalPassFailure();
      return;
    }
  }
};
} // namespace

void cortex::buildScheduled(OpPassManager &pm, const CompileOptions &options, const Schedule &schedule) {
  ra::buildRAPipeline(pm, schedule);
  ConvertRAToILIROptions convert;
  convert.allStates = options.allStatesAreOutputs;
  pm.addPass(createConvertRAToILIR(convert));
  TargetSpec target = options.target;
  pm.addPass(std::make_unique<RunTyped>([target, schedule](OpPassManager &inner, Type element) {
    OpPassManager &program = inner.nest<ilir::ProgramOp>();
    if (!schedule.specialize)
      program.addPass(createILIRMergeTypes());
    if (schedule.sweeps == Sweeps::Together)
      program.addPass(createILIRJoinSweeps());
    program.addPass(createILIRDropUnreadStates());
    program.addPass(createILIRBuildTables({schedule.tables}));
    if (schedule.hoist)
      program.addPass(createILIRHoistProducts());
    ILIRPackProductsOptions pack;
    pack.lanes = lanesFor(target, element);
    pack.bf16 = schedule.weights == Precision::BF16;
    pack.operands = schedule.compute == Precision::BF16;
    program.addPass(createILIRPackProducts(pack));
    program.addPass(createILIRHoistConstants());
    program.addPass(createILIRSplitNests({schedule.fuse == Fusion::None ? Fusion::None : Fusion::Elementwise}));
    program.addPass(createILIRFormPhases({schedule.dense == Indexing::Strip}));
  }));
}

namespace {
/// Chooses the passes by the schedule, which the model may say.
struct RunScheduled : PassWrapper<RunScheduled, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(RunScheduled)
  using Build = void (*)(OpPassManager &, const CompileOptions &, const Schedule &);
  CompileOptions options;
  Build build;
  RunScheduled(CompileOptions options, Build build) : options(std::move(options)), build(build) {}
  StringRef getName() const override { return "cortex-run-scheduled"; }
  void getDependentDialects(DialectRegistry &registry) const override { registerCompilerDialects(registry); }
  void runOnOperation() override {
    llvm::Expected<Schedule> schedule = scheduleOf(getOperation(), options);
    if (!schedule) {
      getOperation().emitError() << llvm::toString(schedule.takeError());
      return signalPassFailure();
    }
    OpPassManager pm(ModuleOp::getOperationName());
    build(pm, options, *schedule);
    if (failed(runPipeline(pm, getOperation())))
      signalPassFailure();
  }
};
} // namespace

llvm::Expected<Schedule> cortex::scheduleOf(ModuleOp module, const CompileOptions &options) {
  Schedule schedule;
  std::string error;
  for (auto model : module.getOps<ra::ModelOp>())
    if (DictionaryAttr given = model.getScheduleAttr(); given && !ra::readSchedule(given, schedule, error))
      return llvm::createStringError("schedule: " + error);
  schedule = overlaySchedule(schedule, options.schedule);
  if (!settleSchedule(schedule, error))
    return llvm::createStringError("schedule: " + error);
  for (auto model : module.getOps<ra::ModelOp>())
    for (const ScheduleKey &key : scheduleKeys())
      if (key.get(schedule) == "bf16" && key.isGiven(schedule) && model.getFloatType().isF64())
        return llvm::createStringError("schedule: " + key.name + "=bf16 is for models in f32, but @" +
                                       model.getSymName() + " is in f64");
  return schedule;
}

void cortex::buildPrepareLowering(OpPassManager &pm, const CompileOptions &options) {
  pm.addPass(
      std::make_unique<RunScheduled>(options, [](OpPassManager &inner, const CompileOptions &,
                                                 const Schedule &schedule) { ra::buildRAPipeline(inner, schedule); }));
}

void cortex::buildRAToILIR(OpPassManager &pm, const CompileOptions &options) {
  pm.addPass(std::make_unique<RunScheduled>(options, buildScheduled));
}

TargetSpec cortex::targetFor(const TargetSpec &named, const Schedule &schedule) {
  return schedule.compute == Precision::BF16 ? named.forBF16() : named;
}

void cortex::buildILIRToVector(OpPassManager &pm, const CompileOptions &options) {
  Schedule schedule = options.schedule;
  TargetSpec target = targetFor(options.target, schedule);
  pm.addPass(std::make_unique<RunTyped>([target, schedule](OpPassManager &inner, Type element) {
    ConvertILIRToVectorOptions convert;
    convert.lanes = lanesFor(target, element);
    convert.accumulators = accumulatorsFor(target);
    const TileRules tiles = tileRulesFor(target, schedule);
    convert.registers = tiles.registers;
    convert.chains = tiles.chains;
    convert.tileRows = tiles.rows;
    convert.tilePanels = tiles.panels;
    convert.alternate = schedule.walk == Walk::Alternate;
    convert.walkTogether = schedule.fuse == Fusion::Body;
    convert.prefetch = schedule.prefetch;
    convert.bf16Dots = target.bf16Dots;
    inner.addPass(createConvertILIRToVector(convert));
    inner.addPass(createCSEPass());
  }));
}

//===----------------------------------------------------------------------===//
// Compiling
//===----------------------------------------------------------------------===//

namespace {
/// Collects error diagnostics as text.
class ErrorText {
public:
  explicit ErrorText(MLIRContext *context)
      : handler(context, [this](Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
            return failure();
          llvm::raw_string_ostream os(text);
          if (!text.empty())
            os << '\n';
          if (auto at = dyn_cast<FileLineColLoc>(diagnostic.getLocation()))
            os << at.getFilename().getValue() << ':' << at.getLine() << ':' << at.getColumn() << ": ";
          os << diagnostic;
          return success();
        }) {}
  llvm::Error take(StringRef what) { return llvm::createStringError(text.empty() ? what.str() : text); }

private:
  std::string text;
  ScopedDiagnosticHandler handler;
};
} // namespace

llvm::Expected<OwningOpRef<ModuleOp>> cortex::parseModel(StringRef text, StringRef name, MLIRContext &context) {
  ErrorText errors(&context);
  if (llvm::Error error = checkText(text, name))
    return std::move(error);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, name), llvm::SMLoc());
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
  if (!module)
    return errors.take((name + ": is not a model").str());
  if (!llvm::hasSingleElement(module->getOps<ra::ModelOp>()))
    return llvm::createStringError(name + ": expected one ra.model, found " +
                                   Twine(llvm::range_size(module->getOps<ra::ModelOp>())));
  for (ra::TypeOp type : ra::getTypes(*module->getOps<ra::ModelOp>().begin()))
    if (type.getSymbol() || type.getKinds() != ra::KindRule::None) {
      type.emitOpError() << "@" << type.getSymName()
                         << " says 'symbol' or 'kinds', which only ra-tabulate-children does, on the way to ilir";
      return errors.take("");
    }
  return std::move(module);
}

/// lowerModel; `options` get the schedule that was chosen, and the target for it.
static llvm::Expected<Manifest> lowerSettled(ModuleOp module, CompileOptions &options, CutPoint cut) {
  MLIRContext *context = module.getContext();
  ErrorText errors(context);
  auto run = [&](function_ref<void(OpPassManager &)> build) {
    PassManager pm(context);
    build(pm);
    return succeeded(pm.run(module));
  };
  if (failed(verify(module)))
    return errors.take("the model is not valid");
  for (ra::ModelOp model : module.getOps<ra::ModelOp>())
    if (model.getOps<ra::OutputOp>().empty()) {
      model.emitOpError() << "@" << model.getSymName() << " has no ra.output: expected at least one";
      return errors.take("");
    }
  if (cut == CutPoint::RA) {
    if (llvm::Error error = scheduleOf(module, options).takeError())
      return std::move(error);
    return Manifest();
  }
  llvm::Expected<ScheduleChoice> choice = chooseSchedule(module, options);
  if (!choice)
    return choice.takeError();
  options.schedule = choice->schedule;
  options.target = targetFor(options.target, options.schedule);
  if (!run([&](OpPassManager &pm) { buildScheduled(pm, options, options.schedule); }))
    return errors.take("lowering to ilir failed");
  auto program = *module.getOps<ilir::ProgramOp>().begin();
  Manifest manifest = buildManifest(program, options.schedule);
  if (options.showILIR)
    options.showILIR(module);
  if (cut == CutPoint::ILIR)
    return manifest;
  if (!run([&](OpPassManager &pm) { buildILIRToVector(pm, options); }))
    return errors.take("lowering to vectors failed");
  if (cut == CutPoint::Vector)
    return manifest;
  if (!run([&](OpPassManager &pm) { buildLowerToLLVM(pm, options.target.fma); }))
    return errors.take("lowering to LLVM failed");
  return manifest;
}

llvm::Expected<Manifest> cortex::lowerModel(ModuleOp module, const CompileOptions &options, CutPoint cut) {
  CompileOptions settled = options;
  return lowerSettled(module, settled, cut);
}

llvm::Expected<LLVMProgram> cortex::compileModel(ModuleOp module, const CompileOptions &options) {
  CompileOptions settled = options;
  llvm::Expected<Manifest> manifest = lowerSettled(module, settled, CutPoint::LLVM);
  if (!manifest)
    return manifest.takeError();
  return compileToLLVM(module, settled.target, std::move(*manifest), options.codegen);
}
