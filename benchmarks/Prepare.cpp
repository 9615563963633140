#include "Prepare.h"

#include "Files.h"

#include "cortex/Reference/Evaluator.h"

#include <chrono>
#include <cmath>

namespace cortex::bench {

/// The reference's values of the model's first output.
static std::vector<double> referenceAnswers(const Loaded &loaded) {
  reference::Result result;
  std::string error;
  ra::ModelOp model = loaded.model();
  if (!reference::evaluate(model, loaded.weights, loaded.batch.slice(0, loaded.what.checked), result, error))
    throw cli::Failure(loaded.what.name + ": " + error);
  auto output = *model.getBody().getOps<ra::OutputOp>().begin();
  return reference::outputValues(output, result).values;
}

/// The size of a typical answer. Constant or tiny answers would hide every error.
static double spreadOf(const std::vector<double> &values, const std::string &name) {
  double sum = 0, squares = 0;
  for (double v : values) {
    sum += v;
    squares += v * v;
  }
  const auto n = static_cast<double>(values.size());
  const double spread = std::sqrt(std::max(0.0, squares / n - (sum / n) * (sum / n)));
  if (!(spread > 1e-3 && std::isfinite(spread)))
    throw cli::Failure(name + ": the reference's answers are all alike (deviation " + cli::formatNumber(spread) +
                       "), so that comparing with them shows nothing");
  return spread;
}

static std::string dtypeOf(const Manifest &manifest, const CompileOptions &options) {
  if (manifest.float_type == DType::F64)
    return "f64";
  return options.schedule.weights == Precision::BF16 ? "weights=bf16" : "f32";
}

void prepare(const Case &c, const cli::TargetOptions &target, const std::string &folder) {
  Loaded loaded = load(c);
  const CompileOptions options = cli::compileOptions(target);
  const auto begin = std::chrono::steady_clock::now();
  const mlir::OwningOpRef<mlir::ModuleOp> lowered(loaded.module->clone());
  const LLVMProgram program = cli::orFail(compileModel(*lowered, options));
  static_cast<void>(cli::orFail(program.object())); // compiles now, within the measured time
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  const std::vector<io::Tensor> weights = cli::toTensors(program.manifest().params, loaded.weights);
  std::vector<WeightTensor> embedded;
  for (size_t i = 0; i < weights.size(); ++i) {
    const ParamInfo &param = program.manifest().params[i];
    embedded.push_back({param.name, param.dtype, weights[i].shape, weights[i].bytes.data()});
  }
  const std::vector<uint8_t> bytes = cli::orFail(buildArtifact(program, embedded));
  const std::vector<double> answers = referenceAnswers(loaded);
  const Files files(folder, c.name);
  writeText(files.artifact, std::string(reinterpret_cast<const char *>(bytes.data()), bytes.size()));
  writeDoubles(files.answers, answers);
  writeText(files.facts, cli::Json{{"case", c.name},
                                   {"target", program.manifest().target},
                                   {"dtype", dtypeOf(program.manifest(), options)},
                                   {"schedule", target.schedule},
                                   {"compile_s", seconds},
                                   {"answers_deviation", spreadOf(answers, c.name)}}
                             .dump(2));
}

} // namespace cortex::bench
