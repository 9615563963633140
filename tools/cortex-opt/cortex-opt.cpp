//===- cortex-opt.cpp - Runs passes over textual IR -----------------------===//
//
// mlir-opt with Cortex's dialects, passes and pipelines, for tests and for
// looking at what a pass does.
//
//===----------------------------------------------------------------------===//
#include "cortex/Pipelines/Pipelines.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  cortex::registerCompilerDialects(registry);
  cortex::registerCompilerPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Cortex optimizer driver\n", registry));
}
