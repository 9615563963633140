#include "ModelSource.h"

#include "cortex/Builder/BuilderIR.h"
#include "cortex/IO/Files.h"

#include "models/Zoo.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

namespace cortex::cli {

void fail(llvm::Error error) {
  std::string message = llvm::toString(std::move(error));
  while (!message.empty() && message.back() == '\n')
    message.pop_back();
  throw Failure(message);
}

void addModelOptions(CLI::App &command, ModelOptions &options) {
  command
      .add_option("MODEL", options.model,
                  "A model of the zoo (see cortex models), or a file FILE.mlir with a model's text")
      ->required();
  command.add_option("--set", options.settings, "A parameter of a zoo model: --set hidden=256 vocab=1000")
      ->expected(1, -1);
}

void addTargetOptions(CLI::App &command, TargetOptions &options) {
  std::vector<std::string> names;
  for (llvm::StringRef name : TargetSpec::names())
    names.push_back(name.str());
  command.add_option("--target", options.target, "The machine to compile for: " + joinWords(names))
      ->capture_default_str();
  command
      .add_option(
          "--schedule", options.schedule,
          "How the model is compiled: batching=auto|none, strip-rows=N, table-budget=X (times the weights' bytes)")
      ->expected(1, -1);
}

/// A decimal number that is not negative.
static double parseNumber(const std::string &text, const std::string &what) {
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size() || !(value >= 0))
    throw Failure(what + ": expected a number of at least 0, found '" + text + "'");
  return value;
}

CompileOptions compileOptions(const TargetOptions &options) {
  static const std::vector<std::string> kKeys{"batching", "strip-rows", "table-budget"};
  CompileOptions result;
  result.target = orFail(TargetSpec::parse(options.target));
  for (const std::string &setting : options.schedule) {
    const auto [key, value] = splitSetting(setting, "--schedule");
    if (key == "batching") {
      if (value != "auto" && value != "none")
        throw Failure("--schedule batching: expected auto or none, found '" + value + "'");
      // Without batching every node is a strip of its own.
      if (value == "none")
        result.stripRows = 1;
    } else if (key == "strip-rows") {
      result.stripRows =
          static_cast<unsigned>(std::min<int64_t>(parseInteger(value, "--schedule strip-rows", 1), 4096));
    } else if (key == "table-budget") {
      result.tableBudget = parseNumber(value, "--schedule table-budget");
    } else {
      throw Failure("--schedule: there is no key '" + key + "'" + didYouMean(key, kKeys) + " (there are " +
                    joinWords(kKeys) + ")");
    }
  }
  return result;
}

std::unique_ptr<mlir::MLIRContext> makeContext() {
  mlir::DialectRegistry registry;
  registerCompilerDialects(registry);
  return std::make_unique<mlir::MLIRContext>(registry, mlir::MLIRContext::Threading::DISABLED);
}

static mlir::OwningOpRef<mlir::ModuleOp> parseFile(const ModelOptions &options, mlir::MLIRContext &context) {
  if (!options.settings.empty())
    throw Failure("--set " + options.settings.front() + ": only zoo models have parameters to set, and " +
                  options.model + " is a file");
  std::string text, error;
  if (!io::readFile(options.model, text, error))
    throw Failure(error);
  return orFail(parseModel(text, options.model, context));
}

/// The zoo's entry, whatever the case of the letters.
static const zoo::Entry &findEntry(const std::string &name) {
  std::vector<std::string> names;
  for (const zoo::Entry &entry : zoo::entries()) {
    if (llvm::StringRef(entry.name).equals_insensitive(name))
      return entry;
    names.push_back(entry.name);
  }
  throw Failure("unknown model '" + name + "'" + didYouMean(name, names) + " (there are " + joinWords(names) +
                "; the name of a file ends in .mlir)");
}

static std::map<std::string, int64_t> parseSettings(const ModelOptions &options, const zoo::Entry &entry) {
  std::vector<std::string> keys;
  keys.reserve(entry.parameters.size());
  for (const zoo::Parameter &parameter : entry.parameters)
    keys.push_back(parameter.name);
  std::map<std::string, int64_t> values;
  for (const std::string &setting : options.settings) {
    const auto [key, text] = splitSetting(setting, "--set");
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      throw Failure("--set: model " + entry.name + " has no parameter '" + key + "'" + didYouMean(key, keys) +
                    " (it has " + joinWords(keys) + ")");
    if (!values.emplace(key, parseInteger(text, "--set " + key, 0)).second)
      throw Failure("--set: '" + key + "' is set twice");
  }
  return values;
}

mlir::OwningOpRef<mlir::ModuleOp> loadModel(const ModelOptions &options, mlir::MLIRContext &context) {
  if (options.model.ends_with(".mlir"))
    return parseFile(options, context);
  const zoo::Entry &entry = findEntry(options.model);
  std::string error;
  const std::optional<build::Model> model = zoo::buildModel(entry.name, parseSettings(options, entry), error);
  if (!model)
    throw Failure(error);
  mlir::OwningOpRef<mlir::ModuleOp> module = build::buildModule(*model, context, error);
  if (!module)
    throw Failure(error);
  return module;
}

ra::ModelOp modelIn(mlir::ModuleOp module) {
  return *module.getOps<ra::ModelOp>().begin();
}

std::vector<io::Tensor> toTensors(const std::vector<ParamInfo> &params, const reference::Params &values) {
  std::vector<io::Tensor> tensors;
  for (const ParamInfo &param : params) {
    const reference::Tensor &tensor = values.at(param.name);
    tensors.push_back(param.dtype == DType::F64 ? io::makeTensor(param.name, param.shape, tensor.values)
                                                : io::makeTensor(param.name, param.shape, tensor.toFloats()));
  }
  return tensors;
}

} // namespace cortex::cli
