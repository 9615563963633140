//===- TestPrograms.h - Small programs for the tests of the back end ------===//
#ifndef CORTEX_UNITTESTS_TARGET_TESTPROGRAMS_H
#define CORTEX_UNITTESTS_TARGET_TESTPROGRAMS_H

#include "cortex/Target/Target.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"

#include <functional>
#include <string>

namespace cortex::test {

/// Emits f(x), as the functions of ExpandMath.h do.
using EmitFunction = std::function<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::Value)>;

/// A context with the dialects that lowering starts from.
std::unique_ptr<mlir::MLIRContext> makeContext();

/// A small valid manifest.
Manifest makeManifest();

/// Lowers MLIR text (which defines cortex_run, and cortex_prepare unless it is
/// to be added) and compiles it. `emit` gives the body of `func.func private @f`.
llvm::Expected<LLVMProgram> compileText(const std::string &text, const TargetSpec &target,
                                        const CodegenOptions &options = {}, const EmitFunction &emit = nullptr);

/// A program whose cortex_run applies @f to frame[2] elements (a multiple of
/// `lanes`) from frame[0] to frame[1], `lanes` at a time; 0 lanes = scalars.
llvm::Expected<LLVMProgram> compileElementwise(const EmitFunction &emit, bool f64, unsigned lanes,
                                               const TargetSpec &target);

/// The text of a program that clears frame[3] bytes at frame[2] and then stores
/// y = tanh(W x) with x = frame[0][k], W = frame[1][k][lanes], 40 steps of k, one
/// vector of f32 y, to frame[2]; cortex_prepare stores `workers` to frame[0].
std::string productText(unsigned lanes);

/// The targets whose code can run on this machine.
std::vector<TargetSpec> runnableTargets();

} // namespace cortex::test
#endif // CORTEX_UNITTESTS_TARGET_TESTPROGRAMS_H
