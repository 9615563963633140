//===- Pipelines.h - From a model to a program ----------------------------===//
//
// The named pipelines, shared by the CLI, cortex-opt and the tests:
//
//   ra-prepare-lowering    ra passes alone
//   cortex-ra-to-ilir      ra passes, then ilir with nests, phases and packed products
//   cortex-ilir-to-vector  ilir to scf, vector, arith and llvm pointers
//
// followed by Target.h's cortex-lower-to-llvm.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_PIPELINES_PIPELINES_H
#define CORTEX_PIPELINES_PIPELINES_H

#include "cortex/Conversion/Tiles.h"
#include "cortex/IO/Batch.h"
#include "cortex/Schedule/Schedule.h"
#include "cortex/Target/Target.h"

#include "mlir/IR/OwningOpRef.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mlir {
class DialectRegistry;
class MLIRContext;
} // namespace mlir

namespace cortex {

/// Where a compilation can stop and show what it has.
enum class CutPoint { RA, ILIR, Vector, LLVM, Asm };

struct CompileOptions {
  TargetSpec target;
  CodegenOptions codegen;
  /// Every state of every sweep becomes an output, named `sweep.state`, at its
  /// sweep's place (nodes for sweeps over nodes): what `cortex check` compares.
  bool allStatesAreOutputs = false;
  /// What is asked for here overrides the model's own schedule.
  Schedule schedule;
  /// Structures as runs will have them, each a batch of one call: what defaults that depend on the structures are
  /// chosen by. Empty: assumed ones (docs/Schedules.md).
  std::vector<io::Batch> sample;
  /// When set, is shown the module once it is final ilir, on its way to code.
  std::function<void(mlir::ModuleOp)> showILIR;
};

/// All dialects, interfaces and translations that compiling needs.
void registerCompilerDialects(mlir::DialectRegistry &registry);
/// Registers the passes and named pipelines (for cortex-opt).
void registerCompilerPasses();

/// Registers that the sums of a product's tile may take: all but those for weights, broadcasts and addresses.
unsigned accumulatorsFor(const TargetSpec &target);
/// The tiles of products with weights.
TileRules tileRulesFor(const TargetSpec &target, const Schedule &schedule);

/// What is asked for of the one ra.model of `module`: what the options ask for, else what the model does, else the
/// defaults that are the same for all models.
llvm::Expected<Schedule> scheduleOf(mlir::ModuleOp module, const CompileOptions &options);

/// The target that code by `schedule` is compiled for, where `named` was asked for: `host` has dot products of bf16
/// only for schedules that multiply in bf16.
TargetSpec targetFor(const TargetSpec &named, const Schedule &schedule);

/// Why a key has the value that nobody asked for.
struct ScheduleReason {
  bool estimated = false; ///< the cost model compared it with others
  std::string text;       ///< one line, without a full stop
};

/// A complete schedule.
struct ScheduleChoice {
  Schedule schedule;
  /// By key, for those whose value depends on the model.
  std::map<std::string, ScheduleReason, std::less<>> reasons;
};

/// The schedule by which lowerModel and compileModel compile: scheduleOf, and by the cost model what it leaves open.
/// The same for the same model, options and sample on any machine.
llvm::Expected<ScheduleChoice> chooseSchedule(mlir::ModuleOp module, const CompileOptions &options);

/// The same values, all of them asked for: nothing is left to choose.
Schedule pinned(const Schedule &schedule);

/// Lower by scheduleOf: a pipeline does what it is told, and compares nothing.
/// Each adds the passes of a named pipeline. What the model's `schedule` attribute asks for holds where `options` do
/// not say otherwise; nothing of it is left in ilir, so that buildILIRToVector goes by `options` alone.
void buildPrepareLowering(mlir::OpPassManager &pm, const CompileOptions &options);
void buildRAToILIR(mlir::OpPassManager &pm, const CompileOptions &options);
/// Lowers by options.schedule: of a model's own nothing is left in ilir.
void buildILIRToVector(mlir::OpPassManager &pm, const CompileOptions &options);

/// Lowers the one ra.model of `module` in place up to `cut` (RA: nothing but
/// verification; LLVM and Asm: to the LLVM dialect, see Target.h for the text)
/// and fills in the manifest from the ILIR. Errors carry MLIR's diagnostics.
llvm::Expected<Manifest> lowerModel(mlir::ModuleOp module, const CompileOptions &options, CutPoint cut);

/// A model to an optimized program for one target.
llvm::Expected<LLVMProgram> compileModel(mlir::ModuleOp module, const CompileOptions &options);

/// Parses the text of a module that holds one ra.model; `name` is for messages
/// (`name:line:column: …`).
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> parseModel(llvm::StringRef text, llvm::StringRef name,
                                                             mlir::MLIRContext &context);

/// What `cortex explain` prints, as JSON text: the complete schedule with what
/// each key did, sweeps with stages of every value, unit spaces, phases and exchanges per level (E), products with
/// FLOPs per row, bytes of weights, tables and scratch per node.
llvm::Expected<std::string> explainModel(mlir::ModuleOp module, const CompileOptions &options);

} // namespace cortex
#endif // CORTEX_PIPELINES_PIPELINES_H
