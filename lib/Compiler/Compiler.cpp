#include "cortex/Compiler/Compiler.h"

#include "cortex/Builder/BuilderIR.h"
#include "cortex/IO/Files.h"
#include "cortex/Pipelines/Pipelines.h"

#include "mlir/IR/DialectRegistry.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace cortex {

/// The value, or its error thrown.
template <typename T> static T orThrow(llvm::Expected<T> value, cortex_status status = CORTEX_INVALID_ARGUMENT) {
  if (!value)
    throw Error(status, llvm::toString(value.takeError()));
  return std::move(*value);
}

static LLVMProgram lower(const build::Model &model, const std::string &target) {
  CompileOptions options;
  options.target = orThrow(TargetSpec::parse(target));
  mlir::DialectRegistry registry;
  registerCompilerDialects(registry);
  // A model is too small for threads to pay off.
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  std::string error;
  const mlir::OwningOpRef<mlir::ModuleOp> module = build::buildModule(model, context, error);
  if (!module)
    throw Error(CORTEX_INVALID_ARGUMENT, error);
  return orThrow(compileModel(*module, options));
}

Program compile(const build::Model &model, const std::string &target) {
  std::unique_ptr<JITProgram> code = orThrow(JITProgram::create(lower(model, target)), CORTEX_UNSUPPORTED_CPU);
  const cortex_program_entry &entry = *code->entry();
  Program program =
      Program::fromEntry(entry, [](void *context) { delete static_cast<JITProgram *>(context); }, code.get());
  [[maybe_unused]] JITProgram *owned = code.release(); // by the program
  return program;
}

/// Orders `weights` as the program's parameters, or lists every mismatch.
static std::vector<WeightTensor> match(const Manifest &manifest, std::span<const cortex_tensor> weights) {
  std::vector<WeightTensor> ordered;
  std::string mistakes;
  for (const ParamInfo &param : manifest.params) {
    const auto found = std::find_if(weights.begin(), weights.end(), [&](const cortex_tensor &tensor) {
      return tensor.name && param.name == tensor.name;
    });
    if (found == weights.end())
      mistakes += "\n  missing: " + param.name;
    else if (static_cast<DType>(found->dtype) != param.dtype)
      mistakes += "\n  wrong dtype: " + param.name;
    else if (!std::equal(param.shape.begin(), param.shape.end(), found->shape, found->shape + found->rank))
      mistakes += "\n  wrong shape: " + param.name;
    else
      ordered.push_back({param.name, param.dtype, param.shape, found->data});
  }
  for (const cortex_tensor &tensor : weights)
    if (std::none_of(manifest.params.begin(), manifest.params.end(),
                     [&](const ParamInfo &param) { return tensor.name && param.name == tensor.name; }))
      mistakes += std::string("\n  not a parameter: ") + (tensor.name ? tensor.name : "a tensor without a name");
  if (!mistakes.empty())
    throw Error(CORTEX_INVALID_WEIGHTS,
                "the tensors do not match the parameters of " + manifest.model + ":" + mistakes);
  return ordered;
}

void compileToFile(const build::Model &model, const std::string &path, std::span<const cortex_tensor> weights,
                   const std::string &target) {
  const LLVMProgram program = lower(model, target);
  const std::vector<WeightTensor> embedded =
      weights.empty() ? std::vector<WeightTensor>() : match(program.manifest(), weights);
  const std::vector<uint8_t> bytes = orThrow(buildArtifact(program, embedded));
  std::string error;
  if (!io::writeFile(path, {reinterpret_cast<const char *>(bytes.data()), bytes.size()}, error))
    throw Error(CORTEX_SYSTEM_ERROR, error);
}

} // namespace cortex
