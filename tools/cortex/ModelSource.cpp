#include "ModelSource.h"

#include "cortex/Builder/BuilderIR.h"
#include "cortex/IO/Files.h"
#include "cortex/IO/ScheduleFile.h"

#include "models/Zoo.h"

#include <algorithm>
#include <filesystem>
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
  command.add_option("--set", options.settings, "Parameters of a zoo model: --set hidden=256,vocab=1000")
      ->check(keyAndValue())
      ->delimiter(',')
      ->allow_extra_args(false);
}

void addTargetOptions(CLI::App &command, TargetOptions &options, bool several) {
  std::vector<std::string> names;
  for (llvm::StringRef name : TargetSpec::names())
    names.push_back(name.str());
  command
      .add_option("--target", options.target,
                  "The machine to compile for: " + joinWords(names) +
                      (several ? "; an artifact may be for several, A,B" : ""))
      ->capture_default_str();
  std::vector<std::string> keys;
  for (const ScheduleKey &key : scheduleKeys())
    keys.push_back(key.name + "=" + key.byDefault());
  command
      .add_option("--schedule", options.schedule,
                  "How the model is compiled, KEY=VALUE,KEY=VALUE; by default " + joinWords(keys) +
                      ", but for what is chosen by estimates (docs/Schedules.md explains them)")
      ->check(keyAndValue())
      ->allow_extra_args(false);
  command.add_option("--schedule-file", options.scheduleFile,
                     "The same as JSON: {\"tables\": 0.5, \"batching\": \"batch\"}; --schedule overrides it");
}

CompileOptions compileOptions(const TargetOptions &options) {
  CompileOptions result;
  result.target = orFail(TargetSpec::parse(options.target));
  std::string text, error;
  if (!options.scheduleFile.empty() && !io::readScheduleFile(options.scheduleFile, result.schedule, error))
    throw Failure(error);
  for (const std::string &setting : options.schedule)
    text += setting + " ";
  Schedule asked;
  if (!parseSchedule(text, asked, error))
    throw Failure("--schedule: " + error);
  result.schedule = overlaySchedule(result.schedule, asked);
  if (Schedule whole = result.schedule; !settleSchedule(whole, error)) {
    std::string where = options.scheduleFile;
    if (!options.schedule.empty())
      where += where.empty() ? "--schedule" : " and --schedule";
    throw Failure(where + ": " + error);
  }
  return result;
}

std::vector<CompileOptions> variantOptions(const TargetOptions &options) {
  std::vector<CompileOptions> variants;
  for (const TargetSpec &target : orFail(TargetSpec::parseList(options.target))) {
    TargetOptions one = options;
    one.target = target.name;
    variants.push_back(compileOptions(one));
  }
  return variants;
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

/// A word that is no model's name but a file's: says what is wrong with that.
[[noreturn]] static void refuseFile(const std::string &path) {
  std::string text, error;
  if (!io::readFile(path, text, error))
    throw Failure(error);
  if (text.starts_with("\x7f"
                       "ELF"))
    throw Failure(path + ": it is already compiled: expected a model (run, bench and explain take artifacts)");
  throw Failure(path + ": expected a model of the zoo (see cortex models) or a model's text, whose file ends in .mlir");
}

/// The zoo's entry, whatever the case of the letters.
static const zoo::Entry &findEntry(const std::string &name) {
  std::vector<std::string> names;
  for (const zoo::Entry &entry : zoo::entries()) {
    if (llvm::StringRef(entry.name).equals_insensitive(name))
      return entry;
    names.push_back(entry.name);
  }
  if (name.find_first_of("/.") != std::string::npos || std::filesystem::exists(name))
    refuseFile(name);
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
    const auto [key, text] = splitSetting(setting);
    const auto at = std::find(keys.begin(), keys.end(), key);
    if (at == keys.end())
      throw Failure("--set: model " + entry.name + " has no parameter '" + key + "'" + didYouMean(key, keys) +
                    " (it has " + joinWords(keys) + ")");
    const zoo::Parameter &parameter = entry.parameters[at - keys.begin()];
    if (!values.emplace(key, parseInteger(text, "--set " + key, parameter.least, parameter.most)).second)
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

reference::Params toParams(const std::vector<ParamInfo> &params, const std::vector<io::Tensor> &values) {
  reference::Params result;
  for (size_t i = 0; i < values.size(); ++i) {
    std::vector<int64_t> shape(values[i].shape.begin(), values[i].shape.end());
    result[params[i].name] =
        params[i].dtype == DType::F64
            ? reference::Tensor::fromDoubles(std::move(shape), io::valuesOf<double>(values[i]).data())
            : reference::Tensor::fromFloats(std::move(shape), io::valuesOf<float>(values[i]).data());
  }
  return result;
}

std::vector<WeightTensor> embeddable(const std::vector<ParamInfo> &params, const std::vector<io::Tensor> &values) {
  std::vector<WeightTensor> embedded;
  embedded.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i)
    embedded.push_back({params[i].name, params[i].dtype, values[i].shape, values[i].bytes.data()});
  return embedded;
}

} // namespace cortex::cli
