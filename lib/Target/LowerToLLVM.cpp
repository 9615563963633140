//===- LowerToLLVM.cpp - The pipeline cortex-lower-to-llvm ----------------===//
#include "cortex/Conversion/Passes.h"
#include "cortex/Target/Target.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void cortex::buildLowerToLLVM(OpPassManager &pm, bool fma) {
  ExpandMathOptions expandMath;
  expandMath.fma = fma;
  // First, before a folder can evaluate a function with the compiler's own library.
  pm.addPass(createExpandMath(expandMath));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createConvertVectorToSCFPass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(arith::createArithExpandOpsPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  ConvertFuncToLLVMPassOptions functions;
  functions.useBarePtrCallConv = true;
  pm.addPass(createConvertFuncToLLVMPass(functions));
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

namespace {
struct PipelineOptions : PassPipelineOptions<PipelineOptions> {
  Option<bool> fma{*this, "fma", llvm::cl::desc("The target has a fused multiply-add instruction"),
                   llvm::cl::init(true)};
};
} // namespace

void cortex::registerLowerToLLVMPipeline() {
  PassPipelineRegistration<PipelineOptions>(
      "cortex-lower-to-llvm", "Lower a module of upstream dialects to the LLVM dialect",
      [](OpPassManager &pm, const PipelineOptions &options) { buildLowerToLLVM(pm, options.fma); });
}
