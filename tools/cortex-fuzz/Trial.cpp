#include "Trial.h"

#include "Subject.h"

#include "cortex/Reference/Random.h"

#include <sstream>

namespace cortex::fuzz {

using cli::firstDifference;
using cli::Output;
using cli::Subject;

const std::vector<std::string> &targets() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> names;
    for (const char *name : {"x86-64", "x86-64-v3", "x86-64-v4"})
      if (cli::orFail(TargetSpec::parse(name)).runsHere())
        names.emplace_back(name);
    return names;
  }();
  return all;
}

Trial::Trial(uint64_t seed) : seed(seed) {
  reference::Random random(~seed);
  auto pick = [&](const auto &list) { return list[static_cast<size_t>(random.below(std::ssize(list)))]; };
  structures = 1 + random.below(9);
  nodes = 1 + random.below(20);
  target = pick(targets());
  stripRows = pick(std::vector{1U, 2U, 3U, 7U, 8U, 17U, 32U, 128U, 128U});
  tableBudget = pick(std::vector{0.0, 0.5, 4.0, 4.0});
  workers = {1, 2 + random.below(4)};
  otherStripRows = random.below(4) == 0 ? pick(std::vector{1U, 4U, 9U, 64U}) : 0;
  artifact = random.below(6) == 0;
  chunks = random.below(4) == 0;
}

CompileOptions Trial::options() const {
  CompileOptions options;
  options.target = cli::orFail(TargetSpec::parse(target));
  options.stripRows = stripRows;
  options.tableBudget = tableBudget;
  return options;
}

std::string Trial::command(const std::string &path) const {
  std::ostringstream text;
  text << "cortex check " << path << " --shape mixed --seed " << seed << " --structures " << structures << " --nodes "
       << nodes << " --target " << target << " --schedule strip-rows=" << stripRows << " table-budget=" << tableBudget
       << " --workers 1," << workers.back() << " --tolerance 1e30";
  if (chunks || otherStripRows) // what only the fuzzer does
    text << "\n// and beside it: " << (chunks ? "in chunks" : "") << (chunks && otherStripRows ? ", " : "")
         << (otherStripRows ? "strips of " + std::to_string(otherStripRows) + " rows" : "");
  return text.str();
}

static std::string compare(const Subject &subject, const Trial &trial, const reference::Params &params,
                           const io::Batch &batch, std::vector<Output> &outputs) {
  const Model model = subject.prepare(subject.inProcess(), params);
  Session one = subject.session(model, 1);
  outputs = subject.run(one, batch);
  reference::LocalReport local;
  std::string error;
  if (!reference::checkLocal(subject.model(), params, batch, subject.states(outputs), local, error))
    return "the oracle: " + error;
  if (!local.passed)
    return local.str();
  auto differs = [&](const std::string &how, const std::vector<Output> &other) {
    const std::string found = firstDifference(outputs, other);
    return found.empty() ? "" : found + ": " + how;
  };
  for (size_t i = 1; i < trial.workers.size(); ++i) {
    Session several = subject.session(model, trial.workers[i]);
    if (std::string found = differs(std::to_string(trial.workers[i]) + " workers", subject.run(several, batch));
        !found.empty())
      return found;
  }
  uint64_t largest = 0;
  for (size_t s = 0; s < batch.structures(); ++s) {
    const io::Batch alone = batch.slice(s, s + 1);
    const std::vector<Output> values = subject.run(one, alone);
    if (const std::string found = firstDifference(batch, outputs, s, alone, values, 0); !found.empty())
      return found + ": structure " + std::to_string(s) + " alone";
    largest = std::max(largest, one.stats().scratch_bytes);
  }
  if (trial.chunks) {
    Session small = subject.session(model, 1, 2 * largest);
    if (std::string found = differs("in chunks", subject.run(small, batch)); !found.empty())
      return found;
  }
  if (trial.artifact) {
    Session loaded = subject.session(subject.prepare(subject.loadArtifact(), params), trial.workers.back());
    if (std::string found = differs("from the artifact", subject.run(loaded, batch)); !found.empty())
      return found;
  }
  return "";
}

std::string findFault(mlir::ModuleOp module, const Trial &trial) {
  try {
    CompileOptions options = trial.options();
    const Subject subject(module, options);
    const reference::Params params = reference::randomParams(subject.model(), trial.seed);
    io::Batch batch;
    std::string error;
    if (!reference::randomBatch(subject.model(), {reference::Shape::Mixed, trial.structures, trial.nodes}, trial.seed,
                                batch, error))
      return "random structures: " + error;
    std::vector<Output> outputs;
    if (std::string fault = compare(subject, trial, params, batch, outputs); !fault.empty())
      return fault;
    if (trial.otherStripRows) {
      options.stripRows = trial.otherStripRows;
      const Subject other(module, options);
      Session session = other.session(other.prepare(other.inProcess(), params), trial.workers.back());
      if (std::string found = firstDifference(outputs, other.run(session, batch)); !found.empty())
        return found + ": strips of " + std::to_string(trial.otherStripRows) + " rows";
    }
    return "";
  } catch (const std::exception &failure) {
    return failure.what();
  }
}

} // namespace cortex::fuzz
