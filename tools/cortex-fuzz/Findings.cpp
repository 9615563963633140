#include "Findings.h"

#include "cortex/IO/Files.h"
#include "cortex/IO/JsonLines.h"
#include "cortex/IO/Safetensors.h"

#include <filesystem>

namespace cortex::fuzz {

/// What the model expects of its structures; the model may be one that does not compile, so its text is asked.
static io::Schema schemaOf(ra::ModelOp model) {
  io::Schema schema;
  schema.structure = static_cast<StructureKind>(model.getStructure());
  for (auto type : model.getBody().getOps<ra::TypeOp>())
    schema.types.push_back({type.getSymName().str(), static_cast<uint32_t>(type.getMinArity()),
                            static_cast<uint32_t>(type.getMaxArity())}); // -1 is kAnyArity
  for (auto input : model.getBody().getOps<ra::InputOp>()) {
    InputInfo info;
    info.name = input.getSymName().str();
    info.place = input.getPlace() == ra::Place::Nodes   ? Place::Nodes
                 : input.getPlace() == ra::Place::Edges ? Place::Edges
                                                        : Place::Structures;
    if (input.getTypes())
      for (auto name : input.getTypes()->getAsRange<mlir::FlatSymbolRefAttr>())
        info.types.push_back(*schema.findType(name.getValue().str()));
    schema.inputs.push_back(std::move(info));
  }
  return schema;
}

static std::string structuresOf(const io::Batch &batch, const io::Schema &schema) {
  std::string lines;
  for (size_t s = 0; s < batch.structures(); ++s)
    lines += io::formatJsonLine(batch, schema, s) + '\n';
  return lines;
}

static io::TensorFile weightsOf(ra::ModelOp model, const reference::Params &params) {
  io::TensorFile file;
  const bool f64 = model.getFloatType().isF64();
  for (auto param : model.getBody().getOps<ra::ParamOp>()) {
    const std::string name = param.getSymName().str();
    const reference::Tensor &tensor = params.at(name);
    std::vector<uint64_t> shape(tensor.shape.begin(), tensor.shape.end());
    file.tensors.push_back(f64 ? io::makeTensor(name, std::move(shape), tensor.values)
                               : io::makeTensor(name, std::move(shape), tensor.toFloats()));
  }
  return file;
}

std::string writeFinding(const std::string &folder, mlir::ModuleOp module, const Trial &trial,
                         const std::string &fault) {
  const ra::ModelOp model = cli::modelIn(module);
  const Case &one = trial.cases.front();
  const std::string stem = folder + "/case-" + std::to_string(trial.seed), command = trial.command(stem);
  std::string text, error;
  llvm::raw_string_ostream os(text);
  os << "// " << command << '\n';
  for (llvm::StringRef rest = fault; !rest.empty();) {
    const auto [line, more] = rest.split('\n');
    os << "// " << line << '\n';
    rest = more;
  }
  os << *module << '\n';
  std::error_code status;
  std::filesystem::create_directories(folder, status);
  if (status)
    throw cli::Failure(folder + ": " + status.message());
  if (!io::writeFile(stem + ".mlir", text, error) ||
      !io::writeFile(stem + ".jsonl", structuresOf(one.batch, schemaOf(model)), error) ||
      !io::writeSafetensors(stem + ".safetensors", weightsOf(model, one.params), error))
    throw cli::Failure(error);
  return command;
}

} // namespace cortex::fuzz
