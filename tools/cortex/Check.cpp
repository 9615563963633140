//===- Check.cpp - cortex check -------------------------------------------===//
//
// Compiles a model and compares it with the reference evaluator on random
// structures and weights, or on a file's: locally at every node, from the leaves
// to the roots, and byte for byte between a structure alone and in a batch,
// between numbers of workers, between the program in this process and its
// artifact, between programs with all states and with the declared outputs alone,
// and on demand in chunks and between ways to compile.
//===----------------------------------------------------------------------===//
#include "Input.h"
#include "Subject.h"

#include "cortex/Reference/Random.h"

#include <algorithm>
#include <iostream>
#include <limits>
#include <optional>

namespace cortex::cli {

namespace {

struct CheckOptions {
  ModelOptions model;
  TargetOptions target;
  InputOptions input; ///< no path: random structures
  std::vector<std::string> also;
  std::string weights;
  std::string shape;
  std::string scratchBudget;
  uint64_t seed = 1;
  int64_t structures = 7, nodes = 20;
  std::vector<int64_t> workers{1, 2, 3};
  bool storing = false;
  double tolerance = 0; ///< 0: by the model's float type
  bool json = false;
};

/// What --also asks for.
struct Also {
  bool chunks = false;
  std::optional<unsigned> stripRows, optLevel;
};

/// One way to run the program; all must give the same bytes.
struct Variant {
  std::string name;
  const Subject *subject;
  Session session;
};

/// The model and the ways to run it.
struct Variants {
  Variants(mlir::ModuleOp module, const CheckOptions &options);
  void add(const Subject &of, const Program &program, const std::string &name, const std::vector<int64_t> &workers);
  std::vector<Output> run(size_t variant, const io::Batch &batch);

  Also also;
  bool storing; ///< report what storing the weights as the schedule says does to the answers
  uint64_t budget;
  Subject subject;
  reference::Params given;
  reference::Params params;     ///< those given, as the program stores them
  Subject declared;             ///< with no outputs but the model's own, as users compile it
  std::optional<Subject> other; ///< compiled otherwise
  std::vector<Variant> all;
};

/// What one batch showed.
struct Case : Comparison {
  std::string shape;
  size_t structures = 0, nodes = 0;
  std::string whole;             ///< why the batch was not run in chunks as asked for; empty = it was, or not asked
  std::string mismatch;          ///< which variants or structures differ in bytes; empty = none
  std::optional<double> storing; ///< relative error, end to end, against the weights before they were rounded
  bool passed = false;
};

} // namespace

static Also parseAlso(const std::vector<std::string> &settings) {
  Also also;
  for (const std::string &setting : settings) {
    if (setting == "chunks") {
      also.chunks = true;
      continue;
    }
    const auto [key, value] =
        setting.find('=') == std::string::npos ? std::pair(setting, std::string()) : splitSetting(setting);
    if (key == "strip_rows")
      also.stripRows = static_cast<unsigned>(parseInteger(value, "--also strip_rows", 1, 4096));
    else if (key == "opt-level")
      also.optLevel = static_cast<unsigned>(parseInteger(value, "--also opt-level", 0, 3));
    else
      throw Failure("--also: expected chunks, strip_rows=N or opt-level=N, found '" + setting + "'");
  }
  return also;
}

Variants::Variants(mlir::ModuleOp module, const CheckOptions &options)
    : also(parseAlso(options.also)), storing(options.storing), budget(scratchBudget(options.scratchBudget)),
      subject(module, compileOptions(options.target)),
      given(options.weights.empty()
                ? reference::randomParams(subject.model(), options.seed)
                : toParams(subject.manifest().params, readWeights(options.weights, subject.manifest().params))),
      params(subject.stored(given)), declared(module, compileOptions(options.target), compileModel, Shown::Declared) {
  add(subject, subject.inProcess(), "in process", options.workers);
  add(subject, subject.loadArtifact(), "artifact", {options.workers.front()});
  add(declared, declared.inProcess(), "declared outputs alone", {options.workers.back()});
  if (!also.stripRows && !also.optLevel)
    return;
  CompileOptions changed = compileOptions(options.target);
  changed.schedule.strip_rows = also.stripRows.value_or(changed.schedule.strip_rows);
  changed.codegen.optLevel = also.optLevel.value_or(changed.codegen.optLevel);
  other.emplace(module, changed);
  add(*other, other->inProcess(),
      "strips of " + std::to_string(changed.schedule.strip_rows) + " rows, optimized at level " +
          std::to_string(changed.codegen.optLevel),
      options.workers);
}

void Variants::add(const Subject &of, const Program &program, const std::string &name,
                   const std::vector<int64_t> &workers) {
  const Model model = of.prepare(program, params);
  for (int64_t count : workers)
    all.push_back({name + ", " + std::to_string(count) + (count == 1 ? " worker" : " workers"), &of,
                   of.session(model, count, budget)});
}

/// Errors get the variant's name.
static std::vector<Output> runNamed(const std::string &name, const Subject &subject, Session &session,
                                    const io::Batch &batch) {
  try {
    return subject.run(session, batch);
  } catch (const Error &error) {
    throw Failure(name + ": " + error.what());
  }
}

std::vector<Output> Variants::run(size_t variant, const io::Batch &batch) {
  return runNamed(all[variant].name, *all[variant].subject, all[variant].session, batch);
}

/// What differs in bytes from `outputs`, or nothing; `whole` says why the batch was not run in chunks.
static std::string compareChunks(const Variants &variants, const io::Batch &batch, const std::vector<Output> &outputs,
                                 uint64_t largest, std::string &whole) {
  if (batch.structures() < 2) {
    whole = "one structure";
    return "";
  }
  // Any structure fits such a budget, and a chunk may hold several.
  const Subject &subject = variants.subject;
  Session small = subject.session(subject.prepare(subject.inProcess(), variants.params), 1, 2 * largest);
  const std::string found = firstDifference(outputs, runNamed("in chunks", subject, small, batch));
  if (small.stats().chunks < 2)
    whole = "all of it fits into twice the memory of its largest structure";
  return found.empty() ? "" : found + " between the batch as a whole and in chunks";
}

/// What differs in bytes, or nothing.
static std::string compareBytes(Variants &variants, const io::Batch &batch, const std::vector<Output> &outputs,
                                std::string &whole) {
  for (size_t v = 1; v < variants.all.size(); ++v)
    if (const std::string found = firstDifference(variants.run(v, batch), outputs); !found.empty())
      return found + " between " + variants.all[0].name + " and " + variants.all[v].name;
  uint64_t largest = 0;
  for (size_t s = 0; s < batch.structures() && batch.structures() > 1; ++s) {
    const io::Batch alone = batch.slice(s, s + 1);
    if (const std::string found = firstDifference(batch, outputs, s, alone, variants.run(0, alone), 0); !found.empty())
      return found + " between structure " + std::to_string(s) + " alone and in the batch";
    largest = std::max(largest, variants.all[0].session.stats().scratch_bytes);
  }
  return variants.also.chunks ? compareChunks(variants, batch, outputs, largest, whole) : "";
}

/// The error of storing the weights with less precision, from inputs to states: a report, bounded by nothing.
static double errorOfStoring(Variants &variants, const io::Batch &batch) {
  const Subject &subject = variants.subject;
  reference::Result exact;
  reference::EndToEndReport report;
  std::string error;
  Session session = subject.session(subject.prepare(subject.inProcess(), variants.given), 1, variants.budget);
  const std::vector<Output> outputs = subject.run(session, batch);
  if (!reference::evaluate(subject.model(), variants.given, batch, exact, error) ||
      !reference::checkEndToEnd(batch, exact, subject.states(outputs), report, error))
    throw Failure(error);
  return report.max_rel_error;
}

static Case checkBatch(Variants &variants, const std::string &name, const io::Batch &batch, double tolerance) {
  Case found;
  std::string error;
  reference::Result result;
  if (!reference::evaluateWithBounds(variants.subject.model(), variants.params, batch, result, error,
                                     variants.subject.operands()))
    throw Failure(name + ": " + error);
  const std::vector<Output> outputs = variants.run(0, batch);
  try {
    static_cast<Comparison &>(found) = compareWithOracle(variants.subject, variants.params, batch, result, outputs);
  } catch (const Failure &failure) {
    throw Failure(name + ": " + failure.what());
  }
  found.shape = name;
  found.structures = batch.structures();
  found.nodes = batch.nodes();
  if (variants.storing)
    found.storing = errorOfStoring(variants, batch);
  found.mismatch = compareBytes(variants, batch, outputs, found.whole);
  found.passed = found.local.passed && found.endToEnd.withinBounds() && found.endToEnd.max_rel_error <= tolerance &&
                 found.mismatch.empty();
  return found;
}

/// A reader leaves 0 where a node's type does not have an input. NaN shows who reads it.
static void poisonAbsent(const io::Schema &schema, io::Batch &batch) {
  for (const InputInfo &info : schema.inputs) {
    io::Input *input = batch.find(info.name);
    if (!input || info.symbol || info.place != Place::Nodes)
      continue;
    for (size_t node = 0; node < batch.nodes(); ++node) {
      const uint32_t type = batch.types.empty() ? schema.typeOfArity(batch.arity(node)).value_or(0) : batch.types[node];
      if (schema.typeHasInput(type, info))
        continue;
      for (size_t i = node * input->itemSize(); i < (node + 1) * input->itemSize(); ++i)
        if (input->dtype == DType::F64)
          input->f64[i] = std::numeric_limits<double>::quiet_NaN();
        else
          input->f32[i] = std::numeric_limits<float>::quiet_NaN();
    }
  }
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

static void printCases(const CheckOptions &options, const Variants &variants, const std::vector<Case> &cases,
                       double tolerance) {
  std::vector<std::vector<std::string>> rows{
      {"structures", "", "nodes", "error/bound", "largest error", "end to end", "same bytes", ""}};
  if (options.storing)
    rows.front().push_back("error of storing");
  for (const Case &one : cases) {
    rows.push_back({std::to_string(one.structures), one.shape, std::to_string(one.nodes), formatNumber(one.local.ratio),
                    formatNumber(one.local.max_abs_error), formatNumber(one.endToEnd.max_rel_error),
                    one.mismatch.empty() ? "yes" : "NO",
                    !one.passed           ? "FAILED"
                    : one.vacuous.empty() ? "passed"
                                          : "passed, but says nothing: " + one.vacuous});
    if (one.storing)
      rows.back().push_back(formatNumber(*one.storing));
  }
  printTable(rows, {0, 2, 3, 4, 5});
  for (const Case &one : cases) {
    if (!one.local.passed)
      std::cout << one.shape << ": " << one.local.str() << '\n';
    if (one.endToEnd.max_rel_error > tolerance || !one.endToEnd.withinBounds())
      std::cout << one.shape << ": " << one.endToEnd.str() << " (allowed " << formatNumber(tolerance) << ")\n";
    if (!one.mismatch.empty())
      std::cout << one.shape << ": " << one.mismatch << '\n';
    if (!one.whole.empty())
      std::cout << one.shape << ": not run in chunks: " << one.whole << '\n';
  }
  std::cout << "variants: ";
  for (size_t v = 0; v < variants.all.size(); ++v)
    std::cout << (v ? "; " : "") << variants.all[v].name;
  std::cout << "\nseed " << options.seed << ", target " << variants.subject.manifest().target << '\n';
}

static Json asJson(const CheckOptions &options, const Subject &subject, const std::vector<Case> &cases, bool passed,
                   double largest) {
  Json json{
      {"passed", passed}, {"seed", options.seed}, {"target", subject.manifest().target}, {"largest_error", largest}};
  for (const Case &one : cases) {
    json["cases"].push_back({{"shape", one.shape},
                             {"structures", one.structures},
                             {"nodes", one.nodes},
                             {"passed", one.passed},
                             {"error_over_bound", one.local.ratio},
                             {"largest_error", one.local.max_abs_error},
                             {"end_to_end_relative_error", one.endToEnd.max_rel_error},
                             {"same_bytes", one.mismatch.empty()},
                             {"not_in_chunks", one.whole},
                             {"vacuous", one.vacuous}});
    if (one.storing)
      json["cases"].back()["relative_error_of_storing"] = *one.storing;
  }
  return json;
}

/// Fails with the line of the first structure that the oracle refuses.
static void refuseFaults(const Variants &variants, const Structures &structures) {
  reference::Result result;
  std::string error;
  for (size_t s = 0; s < structures.batch.structures(); ++s)
    if (!reference::evaluate(variants.subject.model(), variants.params, structures.batch.slice(s, s + 1), result,
                             error))
      failAtLine(structures, s, error);
}

/// The batch of the file, or one of random structures for each shape.
static std::vector<Case> checkAll(Variants &variants, const CheckOptions &options, double tolerance) {
  if (!options.input.path.empty()) {
    Structures structures = readStructures(options.input, variants.subject.schema());
    refuseFaults(variants, structures);
    poisonAbsent(variants.subject.schema(), structures.batch);
    return {checkBatch(variants, options.input.path, structures.batch, tolerance)};
  }
  std::vector<Case> cases;
  for (reference::Shape shape : chooseShapes(options, variants.subject.model())) {
    const std::string name = reference::nameOf(shape).str();
    io::Batch batch;
    std::string error;
    if (!reference::randomBatch(variants.subject.model(), {shape, options.structures, options.nodes}, options.seed,
                                batch, error))
      throw Failure(std::string(name).append(": ").append(error));
    cases.push_back(checkBatch(variants, name, batch, tolerance));
  }
  return cases;
}

static int check(const CheckOptions &options) {
  for (auto count = options.workers.begin(); count != options.workers.end(); ++count)
    if (std::find(options.workers.begin(), count, *count) != count)
      throw Failure("--workers: " + std::to_string(*count) + " is there twice: expected different numbers");
  const std::unique_ptr<mlir::MLIRContext> context = makeContext();
  const mlir::OwningOpRef<mlir::ModuleOp> module = loadModel(options.model, *context);
  if (options.input.path.empty())
    (void)chooseShapes(options, modelIn(*module)); // a wrong name is said before anything is compiled
  Variants variants(*module, options);

  double tolerance = options.tolerance;
  if (tolerance == 0)
    tolerance = variants.subject.tolerance();
  const std::vector<Case> cases = checkAll(variants, options, tolerance);

  double largest = 0;
  for (const Case &one : cases)
    largest = std::max({largest, one.local.max_abs_error, one.endToEnd.max_abs_error});
  // Agreement with a reference that shows nothing is no success, but for structures that the user chose.
  const bool meaningful = !options.input.path.empty() ||
                          std::any_of(cases.begin(), cases.end(), [](const Case &one) { return one.vacuous.empty(); });
  const bool passed = meaningful && std::all_of(cases.begin(), cases.end(), [](const Case &one) { return one.passed; });
  if (options.json) {
    printJson(asJson(options, variants.subject, cases, passed, largest));
  } else {
    printCases(options, variants, cases, tolerance);
    std::cout << (passed ? "passed" : "FAILED") << ": largest error " << formatNumber(largest) << " over "
              << countOf(cases.size(), "batch") << (meaningful ? "" : ", none of which shows anything") << '\n';
  }
  return passed ? kSuccess : kCheckFailed;
}

static std::vector<std::string> shapeNames() {
  std::vector<std::string> names;
  for (int shape = 0; shape <= static_cast<int>(reference::Shape::Mixed); ++shape)
    names.push_back(reference::nameOf(static_cast<reference::Shape>(shape)).str());
  return names;
}

void addCheck(CLI::App &app, Action &action) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App *command =
      app.add_subcommand("check", "Compiles a model and compares it with the reference evaluator on random structures");
  addModelOptions(*command, options->model);
  addTargetOptions(*command, options->target);
  addInputOptions(*command, options->input, /*required=*/false);
  CLI::Option *input = command->get_option("--input");
  command
      ->add_option("--also", options->also,
                   "Other ways that must give the same bytes: chunks (of a batch that does not fit the memory), "
                   "strip_rows=N, opt-level=N (LLVM's, 0 to 3); several with commas between them")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--weights", options->weights, "Weights to use in place of random ones (.safetensors)");
  command->add_option("--seed", options->seed, "Seed of the random structures and weights")
      ->check(wholeNumber(0, UINT64_MAX))
      ->capture_default_str();
  command
      ->add_option("--shape", options->shape,
                   "Only structures of this shape: " + joinWords(shapeNames(), " or ") +
                       " (default: all that the model takes)")
      ->excludes(input);
  command->add_option("--structures", options->structures, "Structures of a batch")
      ->check(wholeNumber(1, 100000))
      ->excludes(input)
      ->capture_default_str();
  command->add_option("--nodes", options->nodes, "About how many nodes a structure has")
      ->check(wholeNumber(1, 1000000))
      ->excludes(input)
      ->capture_default_str();
  command->add_option("--workers", options->workers, "Numbers of workers that must give the same bytes: 1,2,3")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(wholeNumber(1, 256))
      ->capture_default_str();
  addScratchBudget(*command, options->scratchBudget);
  command
      ->add_option("--tolerance", options->tolerance,
                   "Largest relative error from inputs to outputs; 0 = 1e-4 for f32 models, 1e-11 for f64, 3e-2 with "
                   "compute=bf16")
      ->check(notNegative());
  command->add_flag("--error-of-storing", options->storing,
                    "Also print how far answers are from those of the weights as they are, before the schedule's "
                    "weights=bf16 or compute=bf16 rounds them; the check itself takes rounded weights");
  command->add_flag("--json", options->json, "Print the result as JSON");
  command->footer("Exit code 1 if the check fails.\n"
                  "\n"
                  "Examples:\n"
                  "  cortex check treelstm --set hidden=35\n"
                  "  cortex check my_model.mlir --seed 7 --shape random-binary --nodes 200\n"
                  "  cortex check my_model.mlir --input my_structures.jsonl --weights my_weights.safetensors");
  command->callback([options, &action] { action = [options] { return check(*options); }; });
}

} // namespace cortex::cli
