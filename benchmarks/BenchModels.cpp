//===- BenchModels.cpp - The zoo's models beside hand-written code --------===//
//
// The steps of scripts/bench.sh, each a process of its own:
//
//   prepare   compiles a case, computes its answers in double precision
//   run       times a case: Cortex and the expert's code, in turns
//   ceilings  measures what the machine reaches
//   floor     the time below which no schedule of a case can go on such a machine
//
// benchmarks/bench.py repeats `run` over all cases in rounds and makes the table.
//===----------------------------------------------------------------------===//
#include "Ceilings.h"
#include "Files.h"
#include "Floors.h"
#include "Measure.h"
#include "Prepare.h"

#include "cortex/Schedule/Schedule.h"

#include <iostream>

using namespace cortex;
using namespace cortex::bench;

static void addPrepare(CLI::App &app, cli::Action &action) {
  struct Options {
    std::string name;
    PrepareOptions prepare;
    bool tiny = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App *command = app.add_subcommand("prepare", "Compiles a case and computes its answers");
  command->add_option("CASE", options->name)->required();
  command->add_option("FOLDER", options->prepare.folder)->required();
  command->add_flag("--tiny", options->tiny, "Small sizes and few structures");
  command->add_flag("--peers", options->prepare.peers, "Also write structures and weights for other systems");
  command->add_option("--answers-of", options->prepare.answersOf,
                      "A folder where the case was prepared before: its answers are taken");
  cli::addTargetOptions(*command, options->prepare.target);
  command->callback([options, &action] {
    action = [options] {
      const Case c = findCase(options->name);
      prepare(options->tiny ? tiny(c) : c, options->prepare);
      return cli::kSuccess;
    };
  });
}

static void addRun(CLI::App &app, cli::Action &action) {
  struct Options {
    std::string name;
    MeasureOptions measure;
    bool tiny = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App *command = app.add_subcommand("run", "Times a case that was prepared; prints rows as JSON");
  command->add_option("CASE", options->name)->required();
  command->add_option("FOLDER", options->measure.folder)->required();
  command->add_flag("--tiny", options->tiny, "As it was prepared");
  command->add_option("--batch", options->measure.batch, "Structures per call")
      ->delimiter(',')
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command->add_option("--workers", options->measure.workers, "Workers of Cortex and threads of the expert")
      ->delimiter(',')
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_option("--seconds", options->measure.seconds, "About so long each side is measured")
      ->check(cli::notNegative())
      ->capture_default_str();
  command->add_flag("!--no-expert", options->measure.expert, "Cortex alone");
  command->callback([options, &action] {
    action = [options] {
      const Case c = findCase(options->name);
      cli::printJson(measure(options->tiny ? tiny(c) : c, options->measure));
      return cli::kSuccess;
    };
  });
}

static void addCeilings(CLI::App &app, cli::Action &action) {
  struct Options {
    uint32_t workers = 2;
    std::string vectors = vectorsHere();
    bool quick = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App *command = app.add_subcommand("ceilings", "Measures what the machine reaches; prints it as JSON");
  command->add_option("--workers", options->workers, "Up to so many cores at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_option("--vectors", options->vectors, "Instructions: avx512, avx2 or sse")->capture_default_str();
  command->add_flag("--quick", options->quick, "Only the FMA peak");
  command->callback([options, &action] {
    action = [options] {
      cli::Json json{{"cpu", cli::cpuName()}, {"vectors", options->vectors}};
      if (options->quick) {
        for (uint32_t workers = 1; workers <= options->workers; ++workers)
          json["peaks"].push_back(measurePeak(workers, options->vectors));
      } else {
        json["ceilings"] = toJson(measureCeilings(options->workers, options->vectors));
      }
      cli::printJson(json);
      return cli::kSuccess;
    };
  });
}

static void addFloor(CLI::App &app, cli::Action &action) {
  struct Options {
    std::string name, folder, ceilings;
    std::vector<int64_t> batch{1, 10};
    std::vector<uint32_t> workers{1, 2};
    bool tiny = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App *command = app.add_subcommand("floor", "Counts a case's work and prints the floor of its batches as JSON");
  command->add_option("CASE", options->name)->required();
  command->add_option("FOLDER", options->folder)->required();
  command->add_option("--ceilings", options->ceilings, "What `ceilings` printed")->required();
  command->add_flag("--tiny", options->tiny, "As it was prepared");
  command->add_option("--batch", options->batch, "Structures per call")->delimiter(',')->check(CLI::Range(1, 1 << 20));
  command->add_option("--workers", options->workers, "Workers")->delimiter(',')->check(CLI::Range(1, 256));
  command->callback([options, &action] {
    action = [options] {
      const Case c = findCase(options->name);
      const cli::Json ceilings = cli::Json::parse(readText(options->ceilings));
      cli::printJson(floors(options->tiny ? tiny(c) : c, options->folder, ceilingsFrom(ceilings.at("ceilings")),
                            options->batch, options->workers));
      return cli::kSuccess;
    };
  });
}

static void addList(CLI::App &app, cli::Action &action) {
  CLI::App *command = app.add_subcommand("list", "Prints the cases as JSON");
  command->callback([&action] {
    action = [] {
      cli::Json list = cli::Json::array();
      for (const Case &c : cases())
        list.push_back({{"case", c.name}, {"model", c.model}});
      cli::printJson(list);
      return cli::kSuccess;
    };
  });
}

static void addKeys(CLI::App &app, cli::Action &action) {
  CLI::App *command = app.add_subcommand("keys", "Prints the keys of schedules and their values as JSON");
  command->callback([&action] {
    action = [] {
      cli::Json list = cli::Json::array();
      for (const ScheduleKey &key : scheduleKeys()) {
        cli::Json others = cli::Json::array();
        for (const std::string &choice : key.choices)
          if (choice != key.byDefault())
            others.push_back(choice);
        list.push_back({{"name", key.name}, {"default", key.byDefault()}, {"others", others}});
      }
      cli::printJson(list);
      return cli::kSuccess;
    };
  });
}

int main(int argc, char **argv) {
  CLI::App app{"Measures the zoo's models; see scripts/bench.sh.", "cortex-bench-models"};
  app.require_subcommand(1);
  cli::Action action;
  addPrepare(app, action);
  addRun(app, action);
  addCeilings(app, action);
  addFloor(app, action);
  addKeys(app, action);
  addList(app, action);
  CLI11_PARSE(app, argc, argv);
  try {
    return action();
  } catch (const std::exception &error) {
    std::cerr << "cortex-bench-models: error: " << error.what() << '\n';
    return cli::kBadInput;
  }
}
