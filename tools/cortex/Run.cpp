//===- Run.cpp - cortex run -----------------------------------------------===//
#include "Input.h"
#include "Loaded.h"
#include "Score.h"

#include "cortex/IO/JsonLines.h"
#include "cortex/IO/Npy.h"

#include <chrono>
#include <cstdio>
#include <iostream>

namespace cortex::cli {

namespace {

struct RunOptions {
  LoadOptions load;
  InputOptions input;
  ScoreOptions score;
  int64_t batch = 64;
  std::string output;     ///< file; "-": JSON lines on standard output
  std::string outputName; ///< the output that .npy, labels and --expect are about
  bool json = false;
};

/// What the runs of all batches took together.
struct Totals {
  double seconds = 0;
  uint32_t workers = 0;
  size_t batches = 0;
};

} // namespace

/// The output that the user named, or the only one.
static size_t chooseOutput(const RunOptions &options, const std::vector<Output> &outputs) {
  std::vector<std::string> names;
  names.reserve(outputs.size());
  for (const Output &output : outputs)
    names.push_back(output.name);
  if (options.outputName.empty()) {
    if (outputs.size() == 1)
      return 0;
    throw Failure("the model has several outputs (" + joinWords(names) + "): choose one with --output-name");
  }
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == options.outputName)
      return i;
  throw Failure("--output-name: the model has no output '" + options.outputName + "'" +
                didYouMean(options.outputName, names) + " (it has " + joinWords(names) + ")");
}

static Totals runAll(LoadedModel &model, const Structures &structures, int64_t batchSize,
                     std::vector<Output> &outputs) {
  Totals totals;
  size_t first = 0;
  for (const io::Batch &batch : cutIntoBatches(structures.batch, {.size = batchSize})) {
    const BatchView view(batch, model.schema());
    const auto begin = std::chrono::steady_clock::now();
    try {
      runInto(model.session(), view, batch, outputs);
    } catch (const Error &error) {
      failInBatch(model, structures, first, batch, error);
    }
    totals.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    totals.workers = std::max(totals.workers, model.session().stats().workers);
    ++totals.batches;
    first += batch.structures();
  }
  return totals;
}

/// [structures + 1]: where each structure's roots begin.
static std::vector<int32_t> rootOffsets(const io::Batch &batch) {
  if (!batch.root_offsets.empty())
    return batch.root_offsets;
  std::vector<int32_t> offsets{0};
  for (size_t s = 0; s < batch.structures(); ++s)
    offsets.push_back(offsets.back() + static_cast<int32_t>(io::defaultRoots(batch, s).size()));
  return offsets;
}

static void writeOutputs(const RunOptions &options, const Structures &structures, const std::vector<Output> &outputs) {
  std::string error;
  if (options.output.ends_with(".npy")) {
    const Output &output = outputs[chooseOutput(options, outputs)];
    std::vector<uint64_t> shape{output.items()};
    shape.insert(shape.end(), output.shape.begin(), output.shape.end());
    if (!io::writeNpy(options.output, output.dtype, shape, output.values.data(), error))
      throw Failure(error);
    return;
  }
  const std::vector<int32_t> roots = rootOffsets(structures.batch);
  std::vector<io::OutputView> views;
  for (const Output &output : outputs) {
    if (!options.outputName.empty() && output.name != options.outputName)
      continue;
    io::OutputView view{output.name, output.place, output.dtype, output.shape, {}, output.values.data()};
    if (output.place == Place::Nodes)
      view.offsets = structures.batch.node_offsets;
    else if (output.place == Place::Roots)
      view.offsets = roots;
    views.push_back(std::move(view));
  }
  io::ResultWriter writer;
  const bool opened = options.output == "-" ? writer.openStandardOutput(error) : writer.open(options.output, error);
  if (!opened || !writer.append(structures.batch.structures(), views, error) || !writer.commit(error))
    throw Failure(error);
}

static void checkOptions(const RunOptions &options) {
  const bool standard = options.output == "-";
  if (!options.output.empty() && !standard && !options.output.ends_with(".npy") && !options.output.ends_with(".jsonl"))
    throw Failure("--output " + options.output +
                  ": expected a name that ends in .npy or .jsonl, or - for JSON lines on standard output");
  if (standard && (options.json || options.score.predict))
    throw Failure("--output -: standard output is taken by " + std::string(options.json ? "--json" : "--predict"));
  refuseToOverwrite({"--output", options.output}, {{"ARTIFACT", options.load.artifact},
                                                   {"--weights", options.load.weights},
                                                   {"--input", options.input.path},
                                                   {"--vocab", options.input.vocabulary},
                                                   {"--labels", options.score.labels},
                                                   {"--expect", options.score.expect}});
}

static int run(const RunOptions &options) {
  checkOptions(options);
  LoadedModel model(options.load);
  std::vector<Output> outputs = outputsOf(model.program());
  const bool scores = wantsAccuracy(options.score) || options.score.predict || !options.score.expect.empty();
  const bool needsOne = scores || options.output.ends_with(".npy") || !options.outputName.empty();
  const size_t chosen = needsOne ? chooseOutput(options, outputs) : 0;
  const Structures structures = readStructures(options.input, model.schema());
  const Totals totals = runAll(model, structures, options.batch, outputs);

  // Everything that can fail comes before the output file: no result without its checks.
  Accuracy accuracy;
  Difference difference;
  if (wantsAccuracy(options.score))
    accuracy = scoreAccuracy(options.score, structures, outputs[chosen]);
  if (!options.score.expect.empty())
    difference = compareWithFile(options.score.expect, outputs[chosen]);
  if (options.score.predict)
    requirePredictable(options.score, structures, outputs[chosen]);
  if (!options.output.empty())
    writeOutputs(options, structures, outputs);

  const bool asExpected = difference.largest <= options.score.tolerance;
  const double fraction =
      accuracy.counted ? static_cast<double>(accuracy.right) / static_cast<double>(accuracy.counted) : 0;
  const size_t count = structures.batch.structures();
  const double microseconds = totals.seconds * 1e6;
  if (options.json) {
    Json json{{"model", model.program().info().model},
              {"level", model.program().info().level},
              {"structures", count},
              {"nodes", structures.batch.nodes()},
              {"batches", totals.batches},
              {"workers", totals.workers},
              {"unknown_words", structures.unknownWords},
              {"us_per_structure", microseconds / static_cast<double>(count)}};
    for (const Output &output : outputs)
      json["outputs"].push_back({{"name", output.name}, {"items", output.items()}, {"shape", output.shape}});
    if (accuracy.counted)
      json["accuracy"] = {{"value", fraction},
                          {"right", accuracy.right},
                          {"counted", accuracy.counted},
                          {"other_labels", accuracy.otherLabels}};
    if (!options.score.expect.empty())
      json["expect"] = {
          {"passed", asExpected}, {"largest_difference", difference.largest}, {"tolerance", options.score.tolerance}};
    if (options.score.predict)
      json["predictions"] = predictionsAsJson(options.score, structures, outputs[chosen]);
    printJson(json);
    return asExpected ? kSuccess : kCheckFailed;
  }

  if (options.score.predict)
    printPredictions(options.score, structures, outputs[chosen]);
  // Where results stand on standard output, nothing else does.
  std::ostream &out = options.score.predict || options.output == "-" ? std::cerr : std::cout;
  out << model.program().info().model << " (" << model.program().info().level << "): " << countOf(count, "structure")
      << ", " << countOf(structures.batch.nodes(), "node") << ", " << countOf(totals.batches, "batch") << ", "
      << countOf(totals.workers, "worker") << ": " << formatNumber(microseconds / static_cast<double>(count))
      << " us per structure, the first run included (cortex bench measures)\n";
  if (structures.unknownWords)
    out << "words that are not in the vocabulary, read as <unk>: " << withCommas(structures.unknownWords) << '\n';
  for (const Output &output : outputs)
    out << "output " << output.name << ": " << output.describe() << '\n';
  if (accuracy.counted) {
    char text[16];
    std::snprintf(text, sizeof text, "%.3f", fraction);
    out << "accuracy: " << text << " (" << accuracy.right << " of " << accuracy.counted << ')';
    if (accuracy.otherLabels)
      out << ", " << countOf(accuracy.otherLabels, "structure") << " with other labels not counted";
    out << '\n';
  }
  if (!options.score.expect.empty())
    out << "largest difference from " << options.score.expect << ": " << formatNumber(difference.largest) << " at item "
        << difference.item << ", element " << difference.element << " (allowed "
        << formatNumber(options.score.tolerance) << "): " << (asExpected ? "passed" : "FAILED") << '\n';
  if (!options.output.empty() && options.output != "-")
    out << "wrote " << options.output << '\n';
  return asExpected ? kSuccess : kCheckFailed;
}

void addRun(CLI::App &app, Action &action) {
  auto options = std::make_shared<RunOptions>();
  CLI::App *command = app.add_subcommand("run", "Runs a compiled model on structures from a file");
  addLoadOptions(*command, options->load);
  addInputOptions(*command, options->input);
  command->add_option("--batch", options->batch, "Structures per call; 0 = all at once. Results do not depend on it")
      ->check(wholeNumber(0, uint64_t(1) << 31))
      ->capture_default_str();
  command->add_option("--output", options->output,
                      "Where results go: .npy (one output) or .jsonl (all outputs, a line per structure); - "
                      "writes those lines to standard output, and the summary to standard error");
  command->add_option("--output-name", options->outputName, "The output to write or to judge, where there are several");
  addScoreOptions(*command, options->score);
  command->add_flag("--json", options->json, "Print the summary as JSON");
  command->footer("Examples:\n"
                  "  cortex run m.cortex --input trees.jsonl --output logits.npy\n"
                  "  cortex run m.cortex --input trees.txt --vocab vocab.txt --predict --classes negative,positive\n"
                  "  cortex run m.cortex --input dev.txt --vocab vocab.txt --label-map 0=0,4=1\n"
                  "  cortex run m.cortex --input trees.jsonl --labels labels.txt --expect logits.txt --tolerance 1e-4");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

} // namespace cortex::cli
