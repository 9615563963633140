#include "Loaded.h"

#include "cortex/IO/Safetensors.h"
#include "cortex/IO/Weights.h"

#include <cstring>
#include <filesystem>

namespace cortex::cli {

io::Schema schemaOf(const Program &program) {
  const cortex_program_info info = program.info();
  io::Schema schema;
  schema.structure = static_cast<StructureKind>(info.structure);
  for (uint32_t i = 0; i < info.num_types; ++i) {
    const cortex_type_info type = program.type(i);
    schema.types.push_back({type.name, type.min_arity, type.max_arity});
  }
  for (uint32_t i = 0; i < info.num_inputs; ++i) {
    const cortex_input_info input = program.input(i);
    InputInfo record;
    record.name = input.name;
    record.place = static_cast<Place>(input.place);
    record.symbol = input.is_symbol != 0;
    record.domain = input.domain;
    record.dtype = static_cast<DType>(input.dtype);
    record.shape.assign(input.shape, input.shape + input.rank);
    record.types.assign(input.types, input.types + input.num_types);
    schema.inputs.push_back(std::move(record));
  }
  return schema;
}

std::vector<ParamInfo> paramsOf(const Program &program) {
  std::vector<ParamInfo> params;
  for (uint32_t i = 0; i < program.info().num_params; ++i) {
    const cortex_param_info param = program.param(i);
    params.push_back({param.name, static_cast<DType>(param.dtype), {param.shape, param.shape + param.rank}, 0});
  }
  return params;
}

std::vector<Output> outputsOf(const Program &program) {
  std::vector<Output> outputs;
  for (uint32_t i = 0; i < program.info().num_outputs; ++i) {
    const cortex_output_info record = program.output(i);
    Output output;
    output.name = record.name;
    output.place = static_cast<Place>(record.place);
    output.dtype = static_cast<DType>(record.dtype);
    output.shape.assign(record.shape, record.shape + record.rank);
    output.elements = record.elements;
    outputs.push_back(std::move(output));
  }
  return outputs;
}

double Output::at(size_t item, size_t element) const {
  const std::byte *where = values.data() + (item * elements + element) * bytesOf(dtype);
  if (dtype == DType::F64) {
    double value;
    std::memcpy(&value, where, sizeof value);
    return value;
  }
  float value;
  std::memcpy(&value, where, sizeof value);
  return value;
}

std::string Output::describe() const {
  std::string text = std::to_string(items());
  for (uint32_t size : shape)
    text += " x " + std::to_string(size);
  text += dtype == DType::F64 ? " float64" : " float32";
  switch (place) {
  case Place::Nodes:
    return text + " at nodes";
  case Place::Structures:
    return text + " at structures";
  default:
    return text + " at roots";
  }
}

BatchView::BatchView(const io::Batch &batch, const io::Schema &schema) {
  inputs.reserve(schema.inputs.size());
  for (const InputInfo &info : schema.inputs) {
    const io::Input *input = batch.find(info.name);
    inputs.push_back(input ? input->data() : nullptr);
  }
  raw.struct_size = sizeof(cortex_batch);
  raw.num_structures = static_cast<int32_t>(batch.structures());
  raw.node_offsets = batch.node_offsets.data();
  raw.child_offsets = batch.child_offsets.data();
  raw.children = batch.children.data();
  raw.types = batch.types.empty() ? nullptr : batch.types.data();
  raw.root_offsets = batch.root_offsets.empty() ? nullptr : batch.root_offsets.data();
  raw.roots = batch.root_offsets.empty() ? nullptr : batch.roots.data();
  raw.inputs = inputs.data();
}

void addLoadOptions(CLI::App &command, LoadOptions &options) {
  command
      .add_option("ARTIFACT", options.artifact,
                  "The compiled model (a .cortex file). It is code: load only what you trust")
      ->required();
  command.add_option("--weights", options.weights, "Weights to use in place of the artifact's own (.safetensors)");
  command
      .add_option("--target", options.target,
                  "Which of the artifact's variants to take: that for x86-64, x86-64-v3, x86-64-v4 or x86-64-v4-bf16; "
                  "host = the most capable that this CPU can run")
      ->capture_default_str();
  command.add_option("--threads", options.threads, "Worker threads; 0 = one per CPU that this process may use")
      ->check(wholeNumber(0, 1024))
      ->capture_default_str();
  addScratchBudget(command, options.scratchBudget);
}

Program loadVariant(const std::string &artifact, const std::string &target) {
  if (artifact.ends_with(".mlir"))
    throw Failure(artifact + ": a model's text: compile it first (cortex compile " + artifact + " -o m.cortex)");
  if (artifact.find_first_of("/.") == std::string::npos && !std::filesystem::exists(artifact))
    throw Failure("cannot open '" + artifact +
                  "': No such file or directory (a model of the zoo is compiled first: cortex compile " + artifact +
                  " -o m.cortex)");
  return Program::load(artifact, target == "host" ? "" : target);
}

void addScratchBudget(CLI::App &command, std::string &budget) {
  command.add_option("--scratch-budget", budget,
                     "Bytes of memory that a run may use (512K, 64M, 2G; default: 1G). Batches that need more run in "
                     "chunks of whole structures; results do not depend on it");
}

uint64_t scratchBudget(const std::string &budget) {
  return budget.empty() ? 0 : parseBytes(budget, "--scratch-budget");
}

std::vector<io::Tensor> readWeights(const std::string &path, const std::vector<ParamInfo> &params) {
  io::TensorFile file;
  std::vector<io::Tensor> weights;
  std::string error;
  if (!io::readSafetensors(path, file, error) ||
      !io::matchWeights(params, std::move(file.tensors), path, weights, error))
    throw Failure(error);
  return weights;
}

Model createModel(const Program &program, std::span<const io::Tensor> weights, const Team &team, uint32_t flags) {
  if (weights.empty() && program.info().has_weights)
    return Model(program, team, flags);
  const std::vector<ParamInfo> params = paramsOf(program);
  std::vector<cortex_tensor> tensors;
  tensors.reserve(weights.size());
  for (size_t i = 0; i < weights.size(); ++i)
    tensors.push_back({params[i].name.c_str(), static_cast<cortex_dtype>(params[i].dtype),
                       static_cast<uint32_t>(weights[i].shape.size()), weights[i].shape.data(),
                       weights[i].bytes.data()});
  return Model(program, tensors, team, flags);
}

LoadedModel::LoadedModel(const LoadOptions &options)
    : code(loadVariant(options.artifact, options.target)), expects(schemaOf(code)) {
  std::vector<io::Tensor> weights;
  const cortex_program_info info = code.info();
  if (!options.weights.empty()) {
    weights = readWeights(options.weights, paramsOf(code));
  } else if (!info.has_weights && info.num_params != 0) {
    throw Failure(options.artifact + ": the artifact carries no weights; give them with --weights");
  }
  const Team team = Team::create(static_cast<uint32_t>(options.threads));
  cortex_session_options session{};
  session.team = team.get();
  session.scratch_budget = scratchBudget(options.scratchBudget);
  scratch = Session(createModel(code, weights, team), session);
}

void makeRoom(const BatchView &view, const io::Batch &batch, std::vector<Output> &outputs,
              std::vector<void *> &targets) {
  const uint64_t roots = numRoots(view.get());
  targets.clear();
  for (Output &output : outputs) {
    const size_t items = output.place == Place::Nodes        ? batch.nodes()
                         : output.place == Place::Structures ? batch.structures()
                                                             : roots;
    const size_t before = output.values.size();
    output.values.resize(before + items * output.elements * bytesOf(output.dtype));
    targets.push_back(output.values.data() + before);
  }
}

void runInto(Session &session, const BatchView &view, const io::Batch &batch, std::vector<Output> &outputs) {
  std::vector<void *> targets;
  makeRoom(view, batch, outputs, targets);
  session.run(view.get(), targets.data());
}

} // namespace cortex::cli
