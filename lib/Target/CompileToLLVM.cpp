//===- CompileToLLVM.cpp - From the LLVM dialect to optimized LLVM IR -----===//
#include "LLVMProgramImpl.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Analysis/AssumptionCache.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Transforms/Utils/LoopUtils.h"

#include <mutex>

using namespace llvm;
using namespace cortex;

namespace {

Expected<std::unique_ptr<TargetMachine>> createMachine(const TargetSpec &target, unsigned optLevel) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
  });
  Triple triple("x86_64-unknown-linux-gnu");
  std::string message;
  const Target *backend = TargetRegistry::lookupTarget(triple, message);
  if (!backend)
    return createStringError(message);
  TargetOptions options;
  // An FMA is where the IR says so and nowhere else.
  options.AllowFPOpFusion = FPOpFusion::Strict;
  auto level = CodeGenOpt::getLevel(static_cast<int>(optLevel)).value_or(CodeGenOptLevel::Default);
  return std::unique_ptr<TargetMachine>(
      backend->createTargetMachine(triple, target.cpu, target.features, options, Reloc::PIC_, CodeModel::Small, level));
}

/// Translates, with the diagnostics of a failure as the error.
Expected<std::unique_ptr<Module>> translate(mlir::ModuleOp module, LLVMContext &context) {
  mlir::DialectRegistry registry;
  mlir::registerBuiltinDialectTranslation(registry);
  mlir::registerLLVMDialectTranslation(registry);
  module.getContext()->appendDialectRegistry(registry);
  std::string messages;
  mlir::ScopedDiagnosticHandler handler(module.getContext(), [&](mlir::Diagnostic &diagnostic) {
    if (messages.empty())
      messages = diagnostic.str();
  });
  std::unique_ptr<Module> result = mlir::translateModuleToLLVMIR(module, context, "cortex");
  if (!result)
    return createStringError("cannot translate the lowered program to LLVM IR: " + messages);
  return result;
}

Expected<Function *> findEntry(Module &module, StringRef name) {
  Function *function = module.getFunction(name);
  if (!function || function->isDeclaration())
    return createStringError("the lowered program has no function '" + name + "'");
  LLVMContext &context = module.getContext();
  Type *i32 = Type::getInt32Ty(context);
  auto *expected = FunctionType::get(Type::getVoidTy(context), {PointerType::getUnqual(context), i32, i32}, false);
  if (function->getFunctionType() != expected)
    return createStringError("function '" + name +
                             "' must take (ptr frame, i32 worker, i32 workers) and return nothing");
  return function;
}

/// Adds the exported cortex_program_entry; everything else becomes internal.
Error addProgramEntry(Module &module, StringRef symbol, const Manifest &manifest) {
  auto prepare = findEntry(module, "cortex_prepare");
  if (!prepare)
    return prepare.takeError();
  auto run = findEntry(module, "cortex_run");
  if (!run)
    return run.takeError();
  for (GlobalValue &value : module.global_values())
    if (!value.isDeclaration())
      value.setLinkage(GlobalValue::InternalLinkage);

  LLVMContext &context = module.getContext();
  std::vector<uint8_t> bytes = serializeManifest(manifest);
  Constant *data = ConstantDataArray::get(context, bytes);
  auto *description = new GlobalVariable(module, data->getType(), /*isConstant=*/true, GlobalValue::PrivateLinkage,
                                         data, "cortex_manifest");
  description->setAlignment(Align(8));
  auto word = [&](uint64_t v) { return ConstantInt::get(Type::getInt64Ty(context), v); };
  auto half = [&](uint32_t v) { return ConstantInt::get(Type::getInt32Ty(context), v); };
  // The fields of cortex_program_entry, in order.
  Constant *entry =
      ConstantStruct::getAnon({word(CORTEX_ABI_MAGIC), half(CORTEX_ABI_VERSION), half(sizeof(cortex_program_entry)),
                               word(bytes.size()), description, *prepare, *run});
  auto *exported =
      new GlobalVariable(module, entry->getType(), /*isConstant=*/true, GlobalValue::ExternalLinkage, entry, symbol);
  exported->setAlignment(Align(8));
  exported->setDSOLocal(true);
  return Error::success();
}

void setFunctionAttributes(Module &module, const TargetSpec &target, Sanitize sanitize) {
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr(Attribute::NoUnwind);
    function.addFnAttr("target-cpu", target.cpu);
    if (!target.features.empty())
      function.addFnAttr("target-features", target.features);
    function.addFnAttr("tune-cpu", target.tuneCPU);
    function.addFnAttr("prefer-vector-width", utostr(target.vectorBytes * 8));
    if (sanitize == Sanitize::Address)
      function.addFnAttr(Attribute::SanitizeAddress);
    if (sanitize == Sanitize::Thread)
      function.addFnAttr(Attribute::SanitizeThread);
  }
}

/// Which loops outside of kernels, which are functions of their own, LLVM may unroll. Not those of prepare, which runs
/// once, nor those whose trips are known at run time only: there it gained nothing. Of the others the short ones, as
/// over the panels of a small model, where addresses become constants. Asking whether to unroll large ones, and doing
/// so, took a third of LLVM's time.
void keepLoopsOfEntries(Module &module) {
  constexpr size_t shortLoop = 130; // instructions, before any are simplified
  TargetLibraryInfoImpl libraries(module.getTargetTriple());
  for (StringRef name : {"cortex_prepare", "cortex_run"}) {
    Function *entry = module.getFunction(name);
    DominatorTree dominators(*entry);
    LoopInfo loops(dominators);
    AssumptionCache assumptions(*entry);
    TargetLibraryInfo library(libraries, entry);
    ScalarEvolution evolution(*entry, library, assumptions, dominators, loops);
    for (Loop *loop : loops.getLoopsInPreorder()) {
      size_t instructions = 0;
      for (const BasicBlock *block : loop->blocks())
        instructions += block->size();
      if (name == "cortex_prepare" || evolution.getSmallConstantTripCount(loop) == 0 || instructions > shortLoop)
        addStringMetadataToLoop(loop, "llvm.loop.unroll.disable", 1);
    }
  }
}

void optimize(Module &module, TargetMachine &machine, unsigned optLevel) {
  // Vectors are explicit: the vectorizers could only change bits and cost time.
  PipelineTuningOptions tuning;
  tuning.LoopVectorization = false;
  tuning.LoopInterleaving = false;
  tuning.SLPVectorization = false;
  PassBuilder builder(&machine, tuning);
  constexpr const OptimizationLevel *levels[] = {&OptimizationLevel::O0, &OptimizationLevel::O1, &OptimizationLevel::O2,
                                                 &OptimizationLevel::O3};
  ModulePassManager passes = optLevel == 0 ? builder.buildO0DefaultPipeline(OptimizationLevel::O0)
                                           : builder.buildPerModuleDefaultPipeline(*levels[optLevel]);
  runPasses(builder, std::move(passes), module);
}

} // namespace

void cortex::runPasses(PassBuilder &builder, ModulePassManager passes, Module &module) {
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  passes.run(module, modules);
}

Expected<LLVMProgram> cortex::compileToLLVM(mlir::ModuleOp module, const TargetSpec &target, Manifest manifest,
                                            const CodegenOptions &options) {
  if (!all_of(options.prefix, [](char c) { return isAlnum(c) || c == '_'; }))
    return createStringError("prefix '" + options.prefix + "' may only have letters, digits and '_'");
  if (options.optLevel > 3)
    return createStringError("optimization level " + utostr(options.optLevel) + " is not one of 0, 1, 2, 3");
  auto impl = std::make_unique<LLVMProgram::Impl>();
  impl->target = target;
  impl->symbol = options.prefix.empty() ? "cortex_program" : "cortex_program_" + options.prefix;
  impl->sanitize = options.sanitize;
  manifest.target = target.name;
  manifest.level = target.level;
  impl->manifest = std::move(manifest);
  impl->context = std::make_unique<LLVMContext>();

  auto machine = createMachine(target, options.optLevel);
  if (!machine)
    return machine.takeError();
  impl->machine = std::move(*machine);
  auto translated = translate(module, *impl->context);
  if (!translated)
    return translated.takeError();
  impl->module = std::move(*translated);
  Module &llvmModule = *impl->module;
  llvmModule.setTargetTriple(impl->machine->getTargetTriple());
  llvmModule.setDataLayout(impl->machine->createDataLayout());
  llvmModule.setPICLevel(PICLevel::BigPIC);
  llvmModule.setRtLibUseGOT(); // memcpy and memset without a PLT
  if (Error error = addProgramEntry(llvmModule, impl->symbol, impl->manifest))
    return error;
  setFunctionAttributes(llvmModule, target, options.sanitize);
  keepLoopsOfEntries(llvmModule);
  optimize(llvmModule, *impl->machine, options.optLevel);
  if (Error error = instrument(llvmModule, *impl->machine, options.sanitize))
    return error;
  std::string message;
  raw_string_ostream stream(message);
  if (verifyModule(llvmModule, &stream))
    return createStringError("optimized LLVM IR is malformed: " + message);
  return LLVMProgram(std::move(impl));
}
