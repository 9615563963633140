//===- main.cpp - cortex-fuzz ---------------------------------------------===//
//
// Random models, structures and schedules against the oracle. Prints what was
// covered; a failing case is made small and written as a model's text whose
// first line is the command that shows the fault.
//===----------------------------------------------------------------------===//
#include "Coverage.h"
#include "RandomModel.h"
#include "Shrink.h"

#include "cortex/IO/Files.h"

#include <chrono>
#include <filesystem>
#include <iostream>
#include <unistd.h>

using namespace cortex;
using namespace cortex::fuzz;

namespace {

struct FuzzOptions {
  int64_t cases = 200;
  double minutes = 0;
  uint64_t seed = 1;
  std::string out = "cortex-fuzz-failures";
};

/// With so many models no cell of the coverage table may be empty.
constexpr int64_t kEnoughForCoverage = 400;

struct Fuzzer {
  explicit Fuzzer(const FuzzOptions &options) : options(options), context(cli::makeContext()) {}

  int run() {
    const auto began = std::chrono::steady_clock::now();
    auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(); };
    int64_t done = 0;
    for (; options.minutes > 0 ? elapsed() < options.minutes * 60 : done < options.cases; ++done) {
      tryOne(options.seed + static_cast<uint64_t>(done));
      if (isatty(STDERR_FILENO))
        std::cerr << '\r' << done + 1 << " cases, " << failures << " failures, " << static_cast<int64_t>(elapsed())
                  << " s of "
                  << (options.minutes > 0 ? std::to_string(static_cast<int64_t>(options.minutes * 60)) + " s"
                                          : std::to_string(options.cases) + " cases")
                  << "   " << std::flush;
    }
    if (isatty(STDERR_FILENO))
      std::cerr << '\n';
    coverage.print(std::cout);
    const std::vector<std::string> empty = coverage.empty();
    for (const std::string &cell : empty)
      std::cout << "never seen: " << cell << '\n';
    const bool narrow = done >= kEnoughForCoverage && !empty.empty();
    std::cout << (failures || narrow ? "FAILED: " : "passed: ") << done << " cases, seeds " << options.seed << " to "
              << options.seed + static_cast<uint64_t>(done) - 1 << ", " << failures << " failures, " << empty.size()
              << " features never seen, " << static_cast<int64_t>(elapsed()) << " s\n";
    return failures || narrow ? cli::kCheckFailed : cli::kSuccess;
  }

private:
  void tryOne(uint64_t seed) {
    std::string error;
    mlir::OwningOpRef<mlir::ModuleOp> module = randomModel(seed, *context, error);
    if (!module) {
      ++failures;
      std::cout << "seed " << seed << ": the model that was written is not valid: " << error << '\n';
      return;
    }
    Trial trial(seed);
    if (const std::string fault = findFault(*module, trial); !fault.empty())
      return report(std::move(module), trial, fault);
    coverage.add(*module, trial);
  }

  void report(mlir::OwningOpRef<mlir::ModuleOp> module, Trial trial, const std::string &fault) {
    ++failures;
    std::cout << "seed " << trial.seed << ": " << fault << std::endl;
    const std::string path = options.out + "/case-" + std::to_string(trial.seed) + ".mlir";
    shrink(module, trial, [](mlir::ModuleOp smaller, const Trial &with) { return !findFault(smaller, with).empty(); });
    std::string text;
    llvm::raw_string_ostream(text) << "// " << trial.command(path) << "\n// " << findFault(*module, trial) << '\n'
                                   << *module << '\n';
    std::filesystem::create_directories(options.out);
    std::string error;
    if (!io::writeFile(path, text, error))
      throw cli::Failure(error);
    std::cout << "wrote " << path << '\n';
  }

  const FuzzOptions &options;
  std::unique_ptr<mlir::MLIRContext> context;
  Coverage coverage;
  int64_t failures = 0;
};

} // namespace

int main(int argc, char **argv) {
  FuzzOptions options;
  CLI::App app("Random models, structures and schedules, compiled and compared with the reference evaluator");
  app.add_option("--cases", options.cases, "So many random models")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--minutes", options.minutes, "Go on for so long in place of a number of cases")
      ->check(CLI::PositiveNumber);
  app.add_option("--seed", options.seed, "The first case's seed; the next has the next")->capture_default_str();
  app.add_option("--out", options.out, "Folder for failing cases, made when there is one")->capture_default_str();
  app.footer("Exit code 1 if a case fails, or if many cases leave a feature untried.");
  try {
    app.parse(argc, argv);
    return Fuzzer(options).run();
  } catch (const CLI::ParseError &error) {
    return app.exit(error) ? cli::kBadInput : cli::kSuccess;
  } catch (const std::exception &error) {
    std::cerr << "cortex-fuzz: error: " << error.what() << '\n';
    return cli::kBadInput;
  }
}
