#include "Prepare.h"

#include "Files.h"

#include "cortex/IO/Safetensors.h"
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
  if (options.schedule.compute == Precision::BF16)
    return "compute=bf16";
  return options.schedule.weights == Precision::BF16 ? "weights=bf16" : "f32";
}

/// Structures, the inputs of nodes ("symbol.NAME", "x") and the weights ("param.NAME").
static void writeForPeers(const Loaded &loaded, const std::vector<io::Tensor> &weights, const std::string &path) {
  io::TensorFile file;
  auto indices = [&](const std::string &name, const std::vector<int32_t> &values) {
    file.tensors.push_back(io::makeTensor(name, {values.size()}, std::span<const int32_t>(values)));
  };
  indices("node_offsets", loaded.batch.node_offsets);
  indices("child_offsets", loaded.batch.child_offsets);
  indices("children", loaded.batch.children);
  for (const io::Input &input : loaded.batch.inputs) {
    if (input.dtype == DType::I32)
      indices("symbol." + input.name, input.symbols);
    else
      file.tensors.push_back(
          io::makeTensor("x", {loaded.batch.nodes(), input.itemSize()}, std::span<const float>(input.f32)));
  }
  for (io::Tensor weight : weights) {
    weight.name = "param." + weight.name;
    file.tensors.push_back(std::move(weight));
  }
  std::string error;
  if (!io::writeSafetensors(path, file, error))
    throw cli::Failure(error);
}

void prepare(const Case &c, const PrepareOptions &how) {
  Loaded loaded = load(c);
  const CompileOptions options = cli::compileOptions(how.target);
  const auto begin = std::chrono::steady_clock::now();
  const mlir::OwningOpRef<mlir::ModuleOp> lowered(loaded.module->clone());
  const LLVMProgram program = cli::orFail(compileModel(*lowered, options));
  static_cast<void>(cli::orFail(program.object())); // compiles now, within the measured time
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  const std::vector<io::Tensor> weights = cli::toTensors(program.manifest().params, loaded.weights);
  const std::vector<uint8_t> bytes =
      cli::orFail(buildArtifact(program, cli::embeddable(program.manifest().params, weights)));
  const std::vector<double> answers =
      how.answersOf.empty() ? referenceAnswers(loaded) : readDoubles(Files(how.answersOf, c.name).answers);
  const Files files(how.folder, c.name);
  writeText(files.artifact, std::string(reinterpret_cast<const char *>(bytes.data()), bytes.size()));
  if (how.peers)
    writeForPeers(loaded, weights, files.peers);
  writeDoubles(files.answers, answers);
  writeText(files.facts, cli::Json{{"case", c.name},
                                   {"target", program.manifest().target},
                                   {"dtype", dtypeOf(program.manifest(), options)},
                                   {"schedule", how.target.schedule},
                                   {"compile_s", seconds},
                                   {"answers_deviation", spreadOf(answers, c.name)}}
                             .dump(2));
}

} // namespace cortex::bench
