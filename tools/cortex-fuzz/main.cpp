//===- main.cpp - cortex-fuzz ---------------------------------------------===//
//
// Random models, structures and schedules against the oracle. Prints what was
// covered; a failing case is made small and written as a model's text, structures
// and weights, with the `cortex check` that shows the fault.
//===----------------------------------------------------------------------===//
#include "FindFault.h"
#include "Findings.h"
#include "Isolated.h"
#include "RandomModel.h"
#include "Shrink.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>
#include <sstream>
#include <unistd.h>

using namespace cortex;
using namespace cortex::fuzz;

namespace {

struct FuzzOptions {
  int64_t models = 100, casesEach = 4;
  double minutes = 0;
  uint64_t seed = 1;
  unsigned jobs = 1;
  double tolerance = 0;
  bool demandCoverage = false;
  int shrinkAttempts = 400;
  std::string out = "cortex-fuzz-failures";
  Limits limits;
};

/// Set by SIGINT and SIGTERM: what has begun ends, and is summed up.
volatile std::sig_atomic_t stop = 0;

/// With so many models no cell of the coverage table may be empty.
constexpr int64_t kEnoughForCoverage = 1500;

/// So long a failing case is made smaller at most.
constexpr std::chrono::minutes kShrinking{5};

/// What the process of one model says to the one that started it, and back.
std::string report(const Fault &fault, const Seen &seen, const Agreement &agreement) {
  std::ostringstream text;
  if (fault)
    text << "fault " << fault.inCase << '\n' << fault.what;
  else
    text << "agreed " << agreement.cases << ' ' << agreement.endToEnd << ' ' << agreement.vacuous << ' '
         << agreement.ratio << ' ' << agreement.ratioToEnd << ' ' << agreement.largestLoose << '\n'
         << seen.text();
  return text.str();
}

class Fuzzer {
public:
  explicit Fuzzer(const FuzzOptions &options) : options(options), context(cli::makeContext()) {}

  int run() {
    warmUp();
    Pool pool(options.jobs, options.limits);
    int64_t started = 0;
    for (; !stop && (options.minutes > 0 ? elapsed() < options.minutes * 60 : started < options.models); ++started) {
      const uint64_t seed = options.seed + static_cast<uint64_t>(started);
      pool.start([this, seed] { return tryOne(seed); }, [this, seed](const Ended &ended) { take(seed, ended); });
      if (isatty(STDERR_FILENO))
        std::cerr << '\r' << started + 1 << " models, " << failures << " failures, " << static_cast<int64_t>(elapsed())
                  << " s   " << std::flush;
    }
    pool.finish();
    if (isatty(STDERR_FILENO))
      std::cerr << '\n';
    return summarize(started);
  }

private:
  double elapsed() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(); }

  /// A model that is known to be good, compiled but not run: so that not every process initializes the same, and
  /// nothing random and no thread is in this one.
  void warmUp() const {
    cli::ModelOptions known;
    known.model = "TreeRNN";
    const mlir::OwningOpRef<mlir::ModuleOp> module = cli::loadModel(known, *context);
    (void)cli::orFail(JITProgram::create(cli::orFail(compileModel(*module, {}))));
  }

  Trial trialOf(uint64_t seed, mlir::ModuleOp module) const {
    Trial trial(seed, cli::modelIn(module), options.casesEach);
    trial.tolerance = options.tolerance;
    return trial;
  }

  std::string tryOne(uint64_t seed) const {
    std::string error;
    const mlir::OwningOpRef<mlir::ModuleOp> module = randomModel(seed, *context, error);
    if (!module)
      return report({"the model that was written is not valid: " + error}, {}, {});
    Seen seen;
    Agreement agreement;
    const Fault fault = findFault(*module, trialOf(seed, *module), &seen, &agreement);
    return report(fault, seen, agreement);
  }

  void take(uint64_t seed, const Ended &ended) {
    cpuSeconds += ended.cpuSeconds;
    std::istringstream text(ended.text);
    std::string kind, rest;
    int64_t inCase = -1;
    text >> kind;
    if (!ended.problem.empty() || kind == "fault") {
      text >> inCase;
      text.ignore();
      std::getline(text, rest, '\0');
      return takeFault(seed, ended.problem.empty() ? rest : ended.problem, inCase);
    }
    Agreement agreement;
    text >> agreement.cases >> agreement.endToEnd >> agreement.vacuous >> agreement.ratio >> agreement.ratioToEnd >>
        agreement.largestLoose;
    std::getline(text, rest, '\0');
    all.add(agreement);
    Seen seen;
    seen.addText(rest);
    coverage.add(seen);
  }

  /// The first words of what is wrong: a case is made small for one fault and not for another.
  static std::string kindOf(const std::string &fault) { return fault.substr(0, fault.find_first_of(":'0123456789")); }

  /// What is wrong with a model, found in a process of its own. There are many attempts to make a case smaller, and
  /// others wait: none may take what a model may.
  std::string faultOf(mlir::ModuleOp module, const Trial &trial) const {
    Limits limits = options.limits;
    limits.cpuSeconds = limits.cpuSeconds ? std::min<uint64_t>(limits.cpuSeconds, 60) : 60;
    limits.wallSeconds = std::min<uint64_t>(limits.wallSeconds, 60);
    const Ended ended = runIsolated([&] { return findFault(module, trial).what; }, limits);
    return ended.problem.empty() ? ended.text : ended.problem;
  }

  void takeFault(uint64_t seed, const std::string &fault, int64_t inCase) {
    ++failures;
    std::cout << "seed " << seed << ": " << fault << std::endl;
    std::string error;
    mlir::OwningOpRef<mlir::ModuleOp> module = randomModel(seed, *context, error);
    if (!module)
      return;
    Trial trial = trialOf(seed, *module);
    if (inCase > 0)
      std::swap(trial.cases.front(), trial.cases[static_cast<size_t>(inCase)]);
    const auto patience = std::chrono::steady_clock::now() + kShrinking;
    std::string shown = fault; // by what is left
    shrink(
        module, trial,
        [&](mlir::ModuleOp smaller, const Trial &with) {
          if (stop || std::chrono::steady_clock::now() > patience)
            return false;
          std::string found = faultOf(smaller, with);
          if (kindOf(found) != kindOf(fault))
            return false;
          shown = std::move(found);
          return true;
        },
        options.shrinkAttempts);
    std::cout << "repeat with: " << writeFinding(options.out, *module, trial, shown) << std::endl;
  }

  int summarize(int64_t models) {
    coverage.print(std::cout);
    const std::vector<std::string> empty = coverage.empty();
    const bool incomplete = !empty.empty() && (options.demandCoverage || models >= kEnoughForCoverage);
    if (!empty.empty())
      std::cout << empty.size() << " features were never seen"
                << (incomplete ? "" : ", which so few models may leave out (--demand-coverage forbids it)") << ":\n";
    for (const std::string &cell : empty)
      std::cout << "never seen: " << cell << '\n';
    std::cout << "oracle: largest error/bound " << cli::formatNumber(all.ratio) << " at one node, "
              << cli::formatNumber(all.ratioToEnd) << " from the inputs on; " << all.endToEnd << " of " << all.cases
              << " cases contract (bounds from the inputs on below " << cli::formatNumber(100 * Agreement::kSharp)
              << "% of a state), the others' largest relative error " << cli::formatNumber(all.largestLoose) << "; "
              << all.vacuous << " cases with a state that shows little\n"
              << (failures || incomplete ? "FAILED: " : "passed: ") << all.cases << " cases of " << models
              << " random models, seeds " << options.seed << " to " << options.seed + static_cast<uint64_t>(models) - 1
              << ", " << failures << " failures, " << empty.size() << " features never seen, "
              << static_cast<int64_t>(elapsed()) << " s, " << static_cast<int64_t>(cpuSeconds) << " s of computing\n";
    return failures || incomplete ? cli::kCheckFailed : cli::kSuccess;
  }

  const FuzzOptions &options;
  std::unique_ptr<mlir::MLIRContext> context;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  Coverage coverage;
  Agreement all;
  int64_t failures = 0;
  double cpuSeconds = 0;
};

} // namespace

int main(int argc, char **argv) {
  FuzzOptions options;
  CLI::App app("Random models, structures and schedules, compiled and compared with the reference evaluator");
  app.add_option("--models", options.models, "So many random models")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--minutes", options.minutes, "Go on for so long in place of a number of models")
      ->check(CLI::PositiveNumber);
  app.add_option("--cases-each", options.casesEach, "Batches, with weights and workers of their own, for each model")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "The first model's seed; the next has the next")->capture_default_str();
  app.add_option("--jobs", options.jobs, "Processes at once")->check(CLI::Range(1, 256))->capture_default_str();
  app.add_option("--out", options.out, "Folder for failing cases, made when there is one")->capture_default_str();
  app.add_option("--shrink", options.shrinkAttempts, "Attempts to make a failing case smaller")->capture_default_str();
  app.add_option("--tolerance", options.tolerance,
                 "A larger relative error from the inputs on is a fault, too; 0: only what the running bounds forbid")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--demand-coverage", options.demandCoverage, "Fail if a feature was never seen, however few models");
  app.add_option("--memory", options.limits.memoryMiB, "MiB of memory for each model's process; 0: no limit")
      ->capture_default_str();
  app.add_option("--cpu-seconds", options.limits.cpuSeconds, "Seconds of computing for each model; 0: no limit")
      ->capture_default_str();
  app.footer("Each model runs in a process of its own: one that crashes, hangs or eats the memory is a failing case.\n"
             "Exit code 1 if a case fails, or if many models leave a feature untried.");
  try {
    app.parse(argc, argv);
    for (int signal : {SIGINT, SIGTERM})
      std::signal(signal, [](int) { stop = 1; });
    return Fuzzer(options).run();
  } catch (const CLI::ParseError &error) {
    return app.exit(error) ? cli::kBadInput : cli::kSuccess;
  } catch (const std::exception &error) {
    std::cerr << "cortex-fuzz: error: " << error.what() << '\n';
    return cli::kBadInput;
  }
}
