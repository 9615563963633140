//===- Check.cpp - cortex check -------------------------------------------===//
//
// Compiles a model and compares it with the reference evaluator on random
// structures and weights: locally at every node, from the leaves to the roots,
// and byte for byte between a structure alone and in a batch, between numbers
// of workers, and between the program in this process and its artifact.
//===----------------------------------------------------------------------===//
#include "Loaded.h"
#include "ModelSource.h"

#include "cortex/IO/Safetensors.h"
#include "cortex/IO/Weights.h"
#include "cortex/Reference/Check.h"
#include "cortex/Reference/Random.h"

#include <algorithm>
#include <cstring>
#include <iostream>
#include <optional>

namespace cortex::cli {

namespace {

struct CheckOptions {
  ModelOptions model;
  TargetOptions target;
  std::string weights;
  std::string shape;
  uint64_t seed = 1;
  int64_t structures = 7, nodes = 20;
  std::vector<int64_t> workers{1, 2, 3};
  double tolerance = 0; ///< 0: by the model's float type
  bool json = false;
};

/// One way to run the program; all must give the same bytes.
struct Variant {
  std::string name;
  Session session;
};

/// A compiled model whose states are all outputs, ready to run in every variant.
class Subject {
public:
  Subject(mlir::ModuleOp module, const CheckOptions &options);

  ra::ModelOp model() const { return reference_; }
  const reference::Params &params() const { return values; }
  const io::Schema &schema() const { return expects; }
  std::vector<Variant> &all() { return variants; }
  const Program &program() const { return inProcess; }
  const std::string &target() const { return targetName; }
  std::vector<Output> run(Variant &variant, const io::Batch &batch);
  /// The program's values of every state, as the checks take them.
  std::vector<reference::ProgramState> states(const reference::Result &result,
                                              const std::vector<Output> &outputs) const;

private:
  void addVariants(const Program &program, const std::string &name, const std::vector<io::Tensor> &weights,
                   const std::vector<int64_t> &workers);

  ra::ModelOp reference_; ///< what the oracle interprets; lowering gets a copy
  reference::Params values;
  io::Schema expects;
  std::vector<std::string> stateOutputs; ///< [states]: the output that shows each
  std::string targetName;
  std::unique_ptr<JITProgram> jit;
  Program inProcess, loaded; // after `jit`, whose code the first is
  std::vector<Variant> variants;
};

/// What one batch showed.
struct Case {
  std::string shape;
  size_t structures = 0, nodes = 0;
  reference::LocalReport local;
  reference::EndToEndReport endToEnd;
  std::string vacuous;  ///< why the comparison says nothing; empty = it does
  std::string mismatch; ///< which variants or structures differ in bytes; empty = none
  bool passed = false;
};

} // namespace

static reference::Params readParams(const std::string &path, ra::ModelOp model, const Manifest &manifest) {
  io::TensorFile file;
  std::vector<io::Tensor> tensors;
  std::string error;
  if (!io::readSafetensors(path, file, error) ||
      !io::matchWeights(manifest.params, std::move(file.tensors), path, tensors, error))
    throw Failure(error);
  reference::Params params;
  for (size_t i = 0; i < tensors.size(); ++i) {
    std::vector<int64_t> shape(tensors[i].shape.begin(), tensors[i].shape.end());
    params[manifest.params[i].name] =
        manifest.params[i].dtype == DType::F64
            ? reference::Tensor::fromDoubles(std::move(shape), io::valuesOf<double>(tensors[i]).data())
            : reference::Tensor::fromFloats(std::move(shape), io::valuesOf<float>(tensors[i]).data());
  }
  return params;
}

Subject::Subject(mlir::ModuleOp module, const CheckOptions &options) : reference_(modelIn(module)) {
  mlir::OwningOpRef<mlir::ModuleOp> lowered(module.clone());
  stateOutputs = reference::exposeStates(modelIn(*lowered));
  const LLVMProgram program = orFail(compileModel(*lowered, compileOptions(options.target)));
  targetName = program.manifest().target;
  values = options.weights.empty() ? reference::randomParams(reference_, options.seed)
                                   : readParams(options.weights, reference_, program.manifest());
  const std::vector<io::Tensor> weights = toTensors(program.manifest().params, values);

  jit = orFail(JITProgram::create(program));
  inProcess = Program::fromEntry(*jit->entry());
  expects = schemaOf(inProcess);
  addVariants(inProcess, "in process", weights, options.workers);

  const std::vector<uint8_t> bytes = orFail(buildArtifact(program));
  loaded = Program::loadMemory(bytes.data(), bytes.size());
  addVariants(loaded, "artifact", weights, {options.workers.front()});
}

void Subject::addVariants(const Program &program, const std::string &name, const std::vector<io::Tensor> &weights,
                          const std::vector<int64_t> &workers) {
  for (int64_t count : workers) {
    const Team team = Team::create(static_cast<uint32_t>(count));
    cortex_session_options session{};
    session.exact_workers = static_cast<uint32_t>(count);
    session.flags = CORTEX_SESSION_GUARD_PAGES;
    session.team = team.get();
    variants.push_back({name + ", " + std::to_string(count) + (count == 1 ? " worker" : " workers"),
                        Session(createModel(program, weights, team), session)});
  }
}

std::vector<Output> Subject::run(Variant &variant, const io::Batch &batch) {
  std::vector<Output> outputs = outputsOf(inProcess);
  try {
    runInto(variant.session, BatchView(batch, expects), batch, outputs);
  } catch (const Error &error) {
    throw Failure(variant.name + ": " + error.what());
  }
  return outputs;
}

std::vector<reference::ProgramState> Subject::states(const reference::Result &result,
                                                     const std::vector<Output> &outputs) const {
  std::vector<reference::ProgramState> states;
  for (size_t i = 0; i < result.states.size(); ++i) {
    const auto output =
        std::find_if(outputs.begin(), outputs.end(), [&](const Output &o) { return o.name == stateOutputs[i]; });
    if (output == outputs.end())
      throw Failure("the compiled program lacks the output '" + stateOutputs[i] + "'");
    states.push_back({result.states[i].sweep, result.states[i].state, output->values.data(), output->dtype});
  }
  return states;
}

/// The item of `place` at which each structure begins: [structures + 1].
static std::vector<int32_t> offsetsAt(Place place, const io::Batch &batch, const reference::Result &result) {
  if (place == Place::Nodes)
    return batch.node_offsets;
  if (place == Place::Roots)
    return result.root_offsets;
  std::vector<int32_t> offsets(batch.structures() + 1);
  for (size_t s = 0; s < offsets.size(); ++s)
    offsets[s] = static_cast<int32_t>(s);
  return offsets;
}

/// What differs in bytes, or nothing.
static std::string compareBytes(Subject &subject, const io::Batch &batch, const reference::Result &result,
                                const std::vector<Output> &outputs) {
  for (size_t v = 1; v < subject.all().size(); ++v) {
    const std::vector<Output> others = subject.run(subject.all()[v], batch);
    for (size_t i = 0; i < outputs.size(); ++i)
      if (others[i].values != outputs[i].values)
        return "output '" + outputs[i].name + "' differs between " + subject.all()[0].name + " and " +
               subject.all()[v].name;
  }
  for (size_t s = 0; s < batch.structures() && batch.structures() > 1; ++s) {
    const std::vector<Output> alone = subject.run(subject.all()[0], batch.slice(s, s + 1));
    for (size_t i = 0; i < outputs.size(); ++i) {
      const std::vector<int32_t> offsets = offsetsAt(outputs[i].place, batch, result);
      const size_t itemBytes = outputs[i].elements * bytesOf(outputs[i].dtype);
      const std::byte *inBatch = outputs[i].values.data() + static_cast<size_t>(offsets[s]) * itemBytes;
      if (alone[i].values.size() != static_cast<size_t>(offsets[s + 1] - offsets[s]) * itemBytes ||
          std::memcmp(alone[i].values.data(), inBatch, alone[i].values.size()) != 0)
        return "output '" + outputs[i].name + "' of structure " + std::to_string(s) +
               " differs between alone and in the batch";
    }
  }
  return "";
}

static Case checkCase(Subject &subject, const CheckOptions &options, reference::Shape shape, double tolerance) {
  Case found;
  found.shape = reference::nameOf(shape).str();
  io::Batch batch;
  std::string error;
  const reference::StructureOptions structures{shape, options.structures, options.nodes};
  reference::Result result;
  if (!reference::randomBatch(subject.model(), structures, options.seed, batch, error) ||
      !reference::evaluate(subject.model(), subject.params(), batch, result, error))
    throw Failure(found.shape + ": " + error);
  found.structures = batch.structures();
  found.nodes = batch.nodes();
  found.vacuous = reference::vacuity(result);

  const std::vector<Output> outputs = subject.run(subject.all()[0], batch);
  const std::vector<reference::ProgramState> states = subject.states(result, outputs);
  if (!reference::checkLocal(subject.model(), subject.params(), batch, states, found.local, error) ||
      !reference::checkEndToEnd(batch, result, states, found.endToEnd, error))
    throw Failure(found.shape + ": " + error);
  found.mismatch = compareBytes(subject, batch, result, outputs);
  found.passed = found.local.passed && found.endToEnd.max_rel_error <= tolerance && found.mismatch.empty();
  return found;
}

static std::vector<reference::Shape> chooseShapes(const CheckOptions &options, ra::ModelOp model) {
  std::vector<reference::Shape> shapes = reference::shapesOf(model);
  if (options.shape.empty())
    return shapes;
  std::vector<std::string> names;
  for (reference::Shape shape : shapes) {
    names.push_back(reference::nameOf(shape).str());
    if (names.back() == options.shape)
      return {shape};
  }
  throw Failure("--shape: the model takes no structures of shape '" + options.shape + "'" +
                didYouMean(options.shape, names) + " (it takes " + joinWords(names) + ")");
}

static void printCases(const CheckOptions &options, Subject &subject, const std::vector<Case> &cases,
                       double tolerance) {
  std::vector<std::vector<std::string>> rows{
      {"structures", "", "nodes", "error/bound", "largest error", "end to end", "same bytes", ""}};
  for (const Case &one : cases)
    rows.push_back({std::to_string(one.structures), one.shape, std::to_string(one.nodes), formatNumber(one.local.ratio),
                    formatNumber(one.local.max_abs_error), formatNumber(one.endToEnd.max_rel_error),
                    one.mismatch.empty() ? "yes" : "NO",
                    !one.passed           ? "FAILED"
                    : one.vacuous.empty() ? "passed"
                                          : "passed, but says nothing: " + one.vacuous});
  printTable(rows, {0, 2, 3, 4, 5});
  for (const Case &one : cases) {
    if (!one.local.passed)
      std::cout << one.shape << ": " << one.local.str() << '\n';
    if (one.endToEnd.max_rel_error > tolerance)
      std::cout << one.shape << ": " << one.endToEnd.str() << " (allowed " << formatNumber(tolerance) << ")\n";
    if (!one.mismatch.empty())
      std::cout << one.shape << ": " << one.mismatch << '\n';
  }
  std::cout << "variants: ";
  for (size_t v = 0; v < subject.all().size(); ++v)
    std::cout << (v ? "; " : "") << subject.all()[v].name;
  std::cout << "\nseed " << options.seed << ", target " << subject.target() << '\n';
}

static Json asJson(const CheckOptions &options, const Subject &subject, const std::vector<Case> &cases, bool passed,
                   double largest) {
  Json json{{"passed", passed}, {"seed", options.seed}, {"target", subject.target()}, {"largest_error", largest}};
  for (const Case &one : cases)
    json["cases"].push_back({{"shape", one.shape},
                             {"structures", one.structures},
                             {"nodes", one.nodes},
                             {"passed", one.passed},
                             {"error_over_bound", one.local.ratio},
                             {"largest_error", one.local.max_abs_error},
                             {"end_to_end_relative_error", one.endToEnd.max_rel_error},
                             {"same_bytes", one.mismatch.empty()},
                             {"vacuous", one.vacuous}});
  return json;
}

static int check(const CheckOptions &options) {
  const std::unique_ptr<mlir::MLIRContext> context = makeContext();
  const mlir::OwningOpRef<mlir::ModuleOp> module = loadModel(options.model, *context);
  const std::vector<reference::Shape> shapes = chooseShapes(options, modelIn(*module));
  Subject subject(*module, options);

  double tolerance = options.tolerance;
  if (tolerance == 0)
    tolerance = subject.program().info().float_type == CORTEX_F64 ? 1e-11 : 1e-4;
  std::vector<Case> cases;
  for (reference::Shape shape : shapes)
    cases.push_back(checkCase(subject, options, shape, tolerance));

  double largest = 0;
  for (const Case &one : cases)
    largest = std::max({largest, one.local.max_abs_error, one.endToEnd.max_abs_error});
  // Agreement with a reference that shows nothing is no success.
  const bool meaningful = std::any_of(cases.begin(), cases.end(), [](const Case &one) { return one.vacuous.empty(); });
  const bool passed = meaningful && std::all_of(cases.begin(), cases.end(), [](const Case &one) { return one.passed; });
  if (options.json) {
    printJson(asJson(options, subject, cases, passed, largest));
  } else {
    printCases(options, subject, cases, tolerance);
    std::cout << (passed ? "passed" : "FAILED") << ": largest error " << formatNumber(largest) << " over "
              << cases.size() << " batches" << (meaningful ? "" : ", none of which shows anything") << '\n';
  }
  return passed ? kSuccess : kCheckFailed;
}

void addCheck(CLI::App &app, Action &action) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App *command =
      app.add_subcommand("check", "Compiles a model and compares it with the reference evaluator on random structures");
  addModelOptions(*command, options->model);
  addTargetOptions(*command, options->target);
  command->add_option("--weights", options->weights, "Weights to use in place of random ones (.safetensors)");
  command->add_option("--seed", options->seed, "Seed of the random structures and weights")->capture_default_str();
  command->add_option("--shape", options->shape, "Only structures of this shape (default: all that the model takes)");
  command->add_option("--structures", options->structures, "Structures of a batch")
      ->check(CLI::Range(int64_t(1), int64_t(100000)))
      ->capture_default_str();
  command->add_option("--nodes", options->nodes, "About how many nodes a structure has")
      ->check(CLI::Range(int64_t(1), int64_t(1000000)))
      ->capture_default_str();
  command->add_option("--workers", options->workers, "Numbers of workers that must give the same bytes: 1,2,3")
      ->delimiter(',')
      ->check(CLI::Range(int64_t(1), int64_t(256)))
      ->capture_default_str();
  command
      ->add_option("--tolerance", options->tolerance,
                   "Largest relative error from inputs to outputs; 0 = 1e-4 for f32 models, 1e-11 for f64")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--json", options->json, "Print the result as JSON");
  command->footer("Exit code 1 if the check fails.\n"
                  "\n"
                  "Examples:\n"
                  "  cortex check treelstm --set hidden=35\n"
                  "  cortex check my_model.mlir --seed 7 --shape random-binary --nodes 200");
  command->callback([options, &action] { action = [options] { return check(*options); }; });
}

} // namespace cortex::cli
