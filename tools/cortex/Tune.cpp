//===- Tune.cpp - cortex tune ---------------------------------------------===//
//
// Searches for the fastest schedule of a model on a sample of structures, with
// real runs. A candidate is compiled into this process, compared with the
// reference evaluator, and timed in turns with the default schedule, so that
// its *cost*, the ratio of the two, survives whatever else the machine does.
// At last the best ones and the default are timed once more, all in turns; another
// than the default wins only if it was faster in three of four rounds.
//===----------------------------------------------------------------------===//
#include "Candidate.h"
#include "Progress.h"
#include "Sample.h"
#include "Subject.h"

#include "cortex/IO/Files.h"
#include "cortex/Reference/Random.h"
#include "cortex/Schedule/Search.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <limits>
#include <map>
#include <optional>

namespace cortex::cli {

namespace {

using Clock = std::chrono::steady_clock;

struct TuneOptions {
  ModelOptions model;
  TargetOptions target;
  InputOptions input;
  std::string weights;
  std::optional<uint64_t> randomWeights;
  BatchOptions batches{1, 16};
  int64_t threads = 0, finalists = 5;
  double seconds = 60;
  uint64_t seed = 1;
  bool ablations = false;
  std::string output;
  bool json = false;
};

/// A schedule that was tried.
struct Tried {
  Schedule schedule;
  std::string program; ///< hash of its code
  double cost = 0;     ///< time as a part of the default's
};

/// One of those that were timed at last.
struct Finalist {
  Schedule schedule;
  std::unique_ptr<Candidate> candidate;
  std::vector<double> us; ///< per batch, by round
  double median = 0, low = 0, high = 0;
  double ratio = 1, highRatio = 1; ///< to the default's time of the same round: median and upper quartile
};

class Tuner {
public:
  Tuner(const TuneOptions &options, mlir::ModuleOp module);
  void search();
  void finish();
  int report();

private:
  double costOf(const Schedule &schedule, std::string &program);
  double timeAgainstDefault(const Schedule &schedule, std::string &program);
  std::string status() const;

  const TuneOptions &options;
  mlir::ModuleOp module;
  const Structures structures;
  const CompileOptions compile; ///< with the sample
  const Schedule base;          ///< the default schedule
  ScheduleSpace space;
  Team team;
  io::AtomicFile output; ///< opened before the search, so that what cannot be written is told at once
  std::unique_ptr<Trials> trials;
  std::unique_ptr<Candidate> standard; ///< the default schedule's
  std::vector<Tried> tried;
  std::map<std::string, double> costOfProgram;
  size_t wrong = 0, failed = 0;
  bool exhausted = false;
  std::string best; ///< for the progress line
  double bestCost = 1;
  std::vector<Finalist> finalists;
};

} // namespace

/// The target and the batches that are timed.
static CompileOptions optionsWith(const TuneOptions &options, const Structures &structures) {
  CompileOptions compile = compileOptions(options.target);
  compile.sample = cutIntoBatches(structures.batch, options.batches);
  return compile;
}

/// What decides a schedule's answer is not searched: only whoever wants it may give up accuracy.
static bool isOpen(const ScheduleKey &key) {
  return !key.changesAccuracy;
}

Tuner::Tuner(const TuneOptions &options, mlir::ModuleOp module)
    : options(options), module(module), structures(readSample(options.input, module, compileOptions(options.target))),
      compile(optionsWith(options, structures)), base(orFail(chooseSchedule(module, compile)).schedule),
      space(base, options.ablations, isOpen), team(Team::create(static_cast<uint32_t>(options.threads))) {
  if (std::string error; !options.output.empty() && !output.open(options.output, error))
    throw Failure(error);
  standard = std::make_unique<Candidate>(module, compile);
  const Manifest &manifest = standard->manifest();
  std::vector<io::Tensor> weights =
      options.weights.empty()
          ? toTensors(manifest.params, reference::randomParams(modelIn(module), options.randomWeights.value_or(1)))
          : readWeights(options.weights, manifest.params);
  if (base.weights == Precision::BF16) {
    // As they are stored: the oracle, too, gets what the program has.
    reference::Params params = toParams(manifest.params, weights);
    reference::roundToBF16(params);
    weights = toTensors(manifest.params, params);
  }
  trials = std::make_unique<Trials>(module, std::move(weights), manifest.params, structures, options.batches,
                                    operandsOf(base));
  standard->prepare(*trials, team);
  if (const std::string error = standard->differsFromOracle(*trials); !error.empty())
    throw Failure("the default schedule: " + error);
}

/// The time of a schedule as a part of the default's; infinity if it cannot be used: not legal for this model, or
/// in need of more memory than there is.
double Tuner::costOf(const Schedule &schedule, std::string &program) {
  try {
    return timeAgainstDefault(schedule, program);
  } catch (const Failure &) {
    ++failed;
  } catch (const Error &) {
    ++failed;
  } catch (const std::bad_alloc &) {
    ++failed;
  }
  return std::numeric_limits<double>::infinity();
}

double Tuner::timeAgainstDefault(const Schedule &schedule, std::string &program) {
  CompileOptions other = compile;
  other.schedule = pinned(schedule);
  const auto candidate = std::make_unique<Candidate>(module, other);
  program = candidate->hash();
  if (const auto known = costOfProgram.find(program); known != costOfProgram.end())
    return known->second;
  candidate->prepare(*trials, team);
  double cost = std::numeric_limits<double>::infinity();
  if (candidate->differsFromOracle(*trials).empty()) {
    // A few rounds show what is clearly slower; the others get more.
    std::vector<double> ratios;
    for (int round = 0; round < 9 && (round < 3 || quantile(ratios, 0.5) < 1.1); ++round) {
      const double before = standard->time(*trials), us = candidate->time(*trials), after = standard->time(*trials);
      ratios.push_back(2 * us / (before + after));
    }
    cost = quantile(ratios, 0.5);
  } else {
    ++wrong;
  }
  return costOfProgram[program] = cost;
}

std::string Tuner::status() const {
  std::string text = std::to_string(tried.size()) + " tried";
  text += ", best " + formatNumber(bestCost) + " of the default";
  return best.empty() ? text : text + ": " + best;
}

void Tuner::search() {
  const Clock::time_point begin = Clock::now();
  auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
  Progress progress(options.seconds, /*shown=*/!options.json);
  ScheduleSearch search(space, options.seed);
  while (tried.empty() || elapsed() < options.seconds) {
    const std::optional<Schedule> schedule = search.next();
    if (!schedule) {
      exhausted = true;
      break;
    }
    Tried one{*schedule, "", 1};
    if (search.tried() == 0)
      costOfProgram[one.program = standard->hash()] = 1; // the default itself
    else
      one.cost = costOf(*schedule, one.program);
    search.tell(one.cost);
    if (one.cost < bestCost) {
      bestCost = one.cost;
      best = space.difference(*schedule);
    }
    tried.push_back(std::move(one));
    progress.show(elapsed(), status());
  }
  progress.end();
}

/// Times the best programs and the default in turns.
void Tuner::finish() {
  std::vector<const Tried *> order;
  for (const Tried &one : tried)
    if (one.cost < std::numeric_limits<double>::infinity())
      order.push_back(&one);
  std::sort(order.begin(), order.end(),
            [](const Tried *a, const Tried *b) { return std::pair(a->cost, a) < std::pair(b->cost, b); });
  std::vector<std::string> programs{standard->hash()};
  finalists.push_back({tried.front().schedule, std::move(standard), {}});
  for (const Tried *one : order) {
    if (std::find(programs.begin(), programs.end(), one->program) != programs.end())
      continue;
    if (static_cast<int64_t>(programs.size()) > options.finalists)
      break;
    programs.push_back(one->program);
    CompileOptions other = compile;
    other.schedule = pinned(one->schedule);
    auto candidate = std::make_unique<Candidate>(module, other);
    candidate->prepare(*trials, team);
    finalists.push_back({one->schedule, std::move(candidate), {}});
  }
  // Of short runs many, so that quartiles are steady; in each round another one comes first.
  constexpr size_t kRounds = 15, kMostRounds = 1000;
  const Clock::time_point begin = Clock::now();
  const size_t count = finalists.size();
  for (size_t round = 0;
       round < kRounds || (round < kMostRounds && Clock::now() - begin < std::chrono::milliseconds(500)); ++round)
    for (size_t i = 0; i < count; ++i) {
      Finalist &finalist = finalists[(round + i) % count];
      finalist.us.push_back(finalist.candidate->time(*trials));
    }
  for (Finalist &finalist : finalists) {
    finalist.median = quantile(finalist.us, 0.5);
    finalist.low = quantile(finalist.us, 0.25);
    finalist.high = quantile(finalist.us, 0.75);
    std::vector<double> ratios;
    ratios.reserve(finalist.us.size());
    for (size_t round = 0; round < finalist.us.size(); ++round)
      ratios.push_back(finalist.us[round] / finalists.front().us[round]);
    finalist.ratio = quantile(ratios, 0.5);
    finalist.highRatio = quantile(ratios, 0.75);
  }
}

int Tuner::report() {
  const Finalist *winner = &finalists.front(); // the default
  for (const Finalist &finalist : finalists)
    if (finalist.highRatio < 1 && finalist.ratio < winner->ratio)
      winner = &finalist;
  const bool keepsDefault = winner == &finalists.front();
  const double distance = 1 / winner->ratio - 1;
  // The default's rank among all programs that ran, by their costs; its own is 1. The last word have the finals.
  size_t rank = 1;
  if (!keepsDefault) {
    for (const auto &[program, cost] : costOfProgram)
      rank += cost < 1;
    rank = std::max<size_t>(rank, 2);
  }
  size_t used = 0;
  for (const io::Batch &batch : trials->batches())
    used += batch.structures();
  bool exact = false;
  const double size = space.legal(exact);

  std::string wrote;
  if (!options.output.empty()) {
    // Compiled again, since candidates do not say what schedule they have.
    CompileOptions chosen = compile;
    chosen.schedule = pinned(winner->schedule);
    const mlir::OwningOpRef<mlir::ModuleOp> lowered(module.clone());
    const LLVMProgram program = orFail(compileModel(*lowered, chosen));
    const bool embed = !options.weights.empty() || options.randomWeights;
    const std::vector<uint8_t> bytes = orFail(buildArtifact(
        program, embeddable(program.manifest().params, embed ? trials->weights() : std::vector<io::Tensor>())));
    std::string error;
    if (!output.write({reinterpret_cast<const char *>(bytes.data()), bytes.size()}, error) || !output.commit(error))
      throw Failure(error);
    wrote = options.output;
  }
  if (options.json) {
    Json list = Json::array();
    for (const Finalist &finalist : finalists)
      list.push_back({{"schedule", printSchedule(finalist.schedule)},
                      {"difference", space.difference(finalist.schedule)},
                      {"us_per_batch", finalist.median},
                      {"us_low", finalist.low},
                      {"us_high", finalist.high},
                      {"of_default", finalist.ratio},
                      {"of_default_high", finalist.highRatio}});
    printJson({{"model", finalists.front().candidate->manifest().model},
               {"cpu", cpuName()},
               {"batches", trials->batches().size()},
               {"structures_used", used},
               {"structures", structures.batch.structures()},
               {"threads", team.workers()},
               {"keys", space.dimensions()},
               {"space", size},
               {"space_exact", exact},
               {"tried", tried.size()},
               {"programs", costOfProgram.size()},
               {"not_legal", failed},
               {"wrong_answers", wrong},
               {"exhausted", exhausted},
               {"default_rank", rank},
               {"default_distance", distance},
               {"winner", printSchedule(winner->schedule)},
               {"artifact", wrote},
               {"finalists", list}});
    return wrong ? kCheckFailed : kSuccess;
  }
  const std::vector<std::string> keys = space.dimensions();
  std::cout << finalists.front().candidate->manifest().model << " on " << cpuName() << ", "
            << countOf(team.workers(), "thread") << ": " << (exact ? "" : "about ")
            << countOf(static_cast<uint64_t>(size), "schedule") << " ("
            << (keys.empty() ? "no key is left to choose" : joinWords(keys)) << ")\n";
  std::cout << countOf(trials->batches().size(), "batch") << " of "
            << (options.batches.size ? "up to " + countOf(static_cast<uint64_t>(options.batches.size), "structure")
                                     : "all structures")
            << ": " << withCommas(used) << " of " << countOf(structures.batch.structures(), "structure") << " used\n";
  std::cout << tried.size() << " tried" << (exhausted ? " (all)" : "") << ", "
            << countOf(costOfProgram.size(), "different program") << ", " << failed
            << " not legal for this model, or too large\n";
  std::vector<std::vector<std::string>> rows{{"us per batch", "quartiles", "of the default", "schedule"}};
  std::vector<const Finalist *> order;
  order.reserve(finalists.size());
  for (const Finalist &finalist : finalists)
    order.push_back(&finalist);
  rows.reserve(finalists.size() + 1);
  std::sort(order.begin(), order.end(), [](const Finalist *a, const Finalist *b) { return a->median < b->median; });
  for (const Finalist *finalist : order)
    rows.push_back({formatNumber(finalist->median), formatNumber(finalist->low) + " to " + formatNumber(finalist->high),
                    formatNumber(finalist->ratio), space.difference(finalist->schedule)});
  printTable(rows, {0, 2});
  if (keepsDefault)
    std::cout << (finalists.size() == 1 ? "no other program was timed\n"
                                        : "no schedule is faster than the default beyond the noise\n");
  else
    std::cout << "the default is number " << rank << " of " << costOfProgram.size() << ", and "
              << formatNumber(100 * distance) << "% slower than the winner\n";
  std::cout << "winner: --schedule " << printSchedule(winner->schedule) << "\n";
  if (!wrote.empty())
    std::cout << "wrote " << wrote << "\n";
  if (wrong)
    std::cout << wrong << " schedules gave answers that the reference evaluator does not allow: a fault of the "
              << "compiler; please report it\n";
  return wrong ? kCheckFailed : kSuccess;
}

static int tune(const TuneOptions &options) {
  if (!options.output.empty()) {
    refuseArtifactName(options.output);
    refuseToOverwrite(
        {"-o", options.output},
        {{"MODEL", options.model.model}, {"--weights", options.weights}, {"--input", options.input.path}});
  }
  const std::unique_ptr<mlir::MLIRContext> context = makeContext();
  const mlir::OwningOpRef<mlir::ModuleOp> module = loadModel(options.model, *context);
  Tuner tuner(options, *module);
  tuner.search();
  tuner.finish();
  return tuner.report();
}

void addTune(CLI::App &app, Action &action) {
  auto options = std::make_shared<TuneOptions>();
  CLI::App *command =
      app.add_subcommand("tune", "Searches for the fastest schedule of a model on a sample of structures");
  addModelOptions(*command, options->model);
  addTargetOptions(*command, options->target);
  addInputOptions(*command, options->input);
  CLI::Option *weights =
      command->add_option("--weights", options->weights, "The model's weights (.safetensors); without, random ones");
  command->add_option("--random-weights", options->randomWeights, "Random weights of this seed, embedded with -o")
      ->check(wholeNumber(0, UINT64_MAX))
      ->excludes(weights);
  addBatchOptions(*command, options->batches);
  command->add_option("--threads", options->threads, "Worker threads; 0 = one per CPU that this process may use")
      ->check(wholeNumber(0, 1024))
      ->capture_default_str();
  command->add_option("--seconds", options->seconds, "Stop searching after so long")
      ->check(notNegative())
      ->capture_default_str();
  command->add_option("--finalists", options->finalists, "How many of the best are timed again in the end")
      ->check(wholeNumber(1, 100))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the order in which schedules are tried")
      ->check(wholeNumber(0, UINT64_MAX))
      ->capture_default_str();
  command->add_flag("--ablations", options->ablations, "Try also values that exist only to show what the others gain");
  command->add_option("-o,--output", options->output, "Write the winner as an artifact");
  command->add_flag("--json", options->json, "Print the result as JSON");
  command->footer("Keys that --schedule sets stay as they are; all others are searched.\n"
                  "\n"
                  "Examples:\n"
                  "  cortex tune treelstm --set hidden=256 --input trees.txt --vocab vocab.txt --seconds 120\n"
                  "  cortex tune my_model.mlir --weights w.safetensors --input sample.jsonl --batch 10 -o m.cortex");
  command->callback([options, &action] { action = [options] { return tune(*options); }; });
}

} // namespace cortex::cli
