//===- ModelSource.h - Which model, for which target ----------------------===//
//
// The options by which `compile`, `check` and `explain` name a model (of the
// zoo, or a file with its text) and how it is compiled.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_TOOLS_MODELSOURCE_H
#define CORTEX_TOOLS_MODELSOURCE_H

#include "Cli.h"

#include "cortex/Dialect/RA/IR/RA.h"
#include "cortex/IO/Tensor.h"
#include "cortex/Pipelines/Pipelines.h"
#include "cortex/Reference/Structures.h"

#include "mlir/IR/MLIRContext.h"

#include <memory>
#include <string>
#include <vector>

namespace cortex::cli {

struct ModelOptions {
  std::string model;                 ///< a zoo model's name, or a path that ends in .mlir
  std::vector<std::string> settings; ///< KEY=VALUE
};
void addModelOptions(CLI::App &command, ModelOptions &options);

struct TargetOptions {
  std::string target = "host";       ///< of an artifact, several with commas between them
  std::vector<std::string> schedule; ///< KEY=VALUE, several in one where commas are between them
  std::string scheduleFile;          ///< the same as JSON; `schedule` overrides it
};
/// `several`: whether the command takes more than one target.
void addTargetOptions(CLI::App &command, TargetOptions &options, bool several = false);
/// For one target.
CompileOptions compileOptions(const TargetOptions &options);
/// For each of an artifact's targets.
std::vector<CompileOptions> variantOptions(const TargetOptions &options);

/// A context with all that compiling needs, single-threaded: models are small,
/// and starting threads takes longer than they would save.
std::unique_ptr<mlir::MLIRContext> makeContext();

/// The model, built or parsed, and verified.
mlir::OwningOpRef<mlir::ModuleOp> loadModel(const ModelOptions &options, mlir::MLIRContext &context);
/// The one model of a module.
ra::ModelOp modelIn(mlir::ModuleOp module);

/// Random weights of a model, as `params` orders them.
std::vector<io::Tensor> toTensors(const std::vector<ParamInfo> &params, const reference::Params &values);
/// The inverse.
reference::Params toParams(const std::vector<ParamInfo> &params, const std::vector<io::Tensor> &values);
/// Weights as an artifact embeds them; `values` must outlive them.
std::vector<WeightTensor> embeddable(const std::vector<ParamInfo> &params, const std::vector<io::Tensor> &values);

/// Ends the command with the messages of `error`.
[[noreturn]] void fail(llvm::Error error);
template <typename T> T orFail(llvm::Expected<T> value) {
  if (!value)
    fail(value.takeError());
  return std::move(*value);
}

} // namespace cortex::cli
#endif // CORTEX_TOOLS_MODELSOURCE_H
