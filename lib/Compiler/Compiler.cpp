#include "cortex/Compiler/Compiler.h"

#include "cortex/Builder/BuilderIR.h"
#include "cortex/IO/Files.h"
#include "cortex/IO/Weights.h"
#include "cortex/Pipelines/Pipelines.h"

#include "mlir/IR/DialectRegistry.h"

#include <bit>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

namespace cortex {

/// The value, or its error thrown.
template <typename T> static T orThrow(llvm::Expected<T> value, cortex_status status = CORTEX_INVALID_ARGUMENT) {
  if (!value)
    throw Error(status, llvm::toString(value.takeError()));
  return std::move(*value);
}

static LLVMProgram lower(const build::Model &model, const TargetSpec &target, const Schedule &schedule) {
  CompileOptions options;
  options.schedule = schedule;
  options.target = target;
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

Program compile(const build::Model &model, const std::string &target, const Schedule &schedule) {
  std::unique_ptr<JITProgram> code =
      orThrow(JITProgram::create(lower(model, orThrow(TargetSpec::parse(target)), schedule)), CORTEX_UNSUPPORTED_CPU);
  const cortex_program_entry &entry = *code->entry();
  Program program =
      Program::fromEntry(entry, [](void *context) { delete static_cast<JITProgram *>(context); }, code.get());
  [[maybe_unused]] JITProgram *owned = code.release(); // by the program
  return program;
}

/// A copy of the caller's tensor number `index`.
static io::Tensor copyOf(const cortex_tensor &tensor, size_t index) {
  auto fail = [&](const std::string &what) {
    const std::string name = tensor.name ? " '" + std::string(tensor.name) + "'" : "";
    throw Error(CORTEX_INVALID_ARGUMENT, "weights[" + std::to_string(index) + "]" + name + ": " + what);
  };
  if (!tensor.name)
    fail("expected a name, found null");
  const auto dtype = std::bit_cast<uint32_t>(tensor.dtype); // perhaps no value of the enumeration
  if (dtype > CORTEX_I32)
    fail("expected a dtype from 0 to 2, found " + std::to_string(dtype));
  if (tensor.rank > 0 && !tensor.shape)
    fail("expected a shape, found null");
  io::Tensor copy{tensor.name, io::tensorTypeOf(static_cast<DType>(dtype)), {}, {}};
  copy.shape.assign(tensor.shape, tensor.shape + tensor.rank);
  const std::optional<uint64_t> bytes = io::byteSize(copy.shape, copy.type);
  if (!bytes || (*bytes > 0 && !tensor.data))
    fail(bytes ? "expected its values, found null" : "its shape has more than 2^64 bytes");
  copy.bytes.resize(*bytes);
  if (*bytes > 0)
    std::memcpy(copy.bytes.data(), tensor.data, *bytes);
  return copy;
}

/// The weights in the order of the program's parameters; every mismatch is told.
static std::vector<io::Tensor> match(const Manifest &manifest, std::span<const cortex_tensor> weights) {
  std::vector<io::Tensor> given, ordered;
  given.reserve(weights.size());
  for (size_t i = 0; i < weights.size(); ++i)
    given.push_back(copyOf(weights[i], i));
  std::string error;
  if (!weights.empty() &&
      !io::matchWeights(manifest.params, std::move(given), "weights of " + manifest.model, ordered, error))
    throw Error(CORTEX_INVALID_WEIGHTS, error);
  return ordered;
}

void compileToFile(const build::Model &model, const std::string &path, std::span<const cortex_tensor> weights,
                   const std::string &targets, const Schedule &schedule) {
  std::vector<LLVMProgram> variants;
  for (const TargetSpec &target : orThrow(TargetSpec::parseList(targets)))
    variants.push_back(lower(model, target, schedule));
  const std::vector<ParamInfo> &params = variants.front().manifest().params; // the model's, so the same in all
  const std::vector<io::Tensor> matched = match(variants.front().manifest(), weights);
  std::vector<WeightTensor> embedded;
  embedded.reserve(matched.size());
  for (const io::Tensor &tensor : matched)
    embedded.push_back({tensor.name, params[embedded.size()].dtype, tensor.shape, tensor.bytes.data()});
  const std::vector<uint8_t> bytes = orThrow(buildArtifact(variants, embedded));
  std::string error;
  if (!io::writeFile(path, {reinterpret_cast<const char *>(bytes.data()), bytes.size()}, error))
    throw Error(CORTEX_SYSTEM_ERROR, error);
}

} // namespace cortex
