// What the command line says about a model's sizes, target and schedule, one option a line:
//
//   target NAME,NAME | schedule KEY=VALUE | model NAME | set KEY=VALUE
#include "Fuzz.h"
#include "ModelSource.h"

#include "models/Zoo.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <vector>

using namespace cortex;
using namespace cortex::fuzz;

// A model is built of what is asked for: its text may be long where the option is short.
const Limits fuzz::limits{16 << 20, 1024};

/// The command line's arguments, last one first, as CLI11 takes them.
static std::vector<std::string> argumentsOf(std::string_view input) {
  std::vector<std::string> arguments;
  std::istringstream lines{std::string(input)};
  for (std::string line; std::getline(lines, line);) {
    const size_t space = std::min(line.find(' '), line.size());
    const std::string option = line.substr(0, space), value = line.substr(std::min(space + 1, line.size()));
    if (option == "target" || option == "schedule" || option == "set")
      arguments.push_back("--" + option);
    else if (option != "model")
      continue;
    arguments.push_back(value);
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

bool fuzz::parse(std::string_view input) {
  cli::ModelOptions model;
  cli::TargetOptions target;
  CLI::App app;
  cli::addModelOptions(app, model);
  cli::addTargetOptions(app, target);
  try {
    app.parse(argumentsOf(input));
    const std::vector<CompileOptions> variants = cli::variantOptions(target);
    const Schedule &schedule = variants.front().schedule;
    Schedule again;
    std::string error;
    require(parseSchedule(printSchedule(schedule), again, error), "what is printed is read again");
    require(again == schedule, "and is the same");
    require(schedule.strip_rows >= 1 && schedule.strip_rows <= 4096, "strips have a height in range");
    require(schedule.tables >= 0 && std::isfinite(schedule.tables), "the tables' budget is a number");
    for (const CompileOptions &a : variants)
      for (const CompileOptions &b : variants)
        require(&a == &b || a.target.level != b.target.level, "each variant is for a level of its own");
    // A file is what the other harness is about.
    if (!model.model.ends_with(".mlir")) {
      const auto context = cli::makeContext();
      require(bool(cli::loadModel(model, *context)), "a model or an error");
    }
    return true;
  } catch (const CLI::Error &error) {
    require(error.what()[0] != '\0', "a refusal says why");
  } catch (const cli::Failure &failure) {
    require(failure.what()[0] != '\0', "a refusal says why");
  }
  return false;
}
