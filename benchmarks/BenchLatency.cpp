//===- BenchLatency.cpp - What a caller waits, alone and beside others ----===//
//
// The time of single calls of cortex_session_run: one after the other, and with
// a pause between them in which the team falls asleep; alone, beside one process
// that computes all the time, beside one on every CPU, and alone again. All
// conditions take turns in each round, so that other load meets all of them.
// Every answer is compared, byte by byte, with that of a single worker.
//===----------------------------------------------------------------------===//
#include "Hogs.h"
#include "Input.h"
#include "Loaded.h"

#include "cortex/IO/Files.h"

#include <chrono>
#include <cstring>
#include <iostream>
#include <memory>
#include <thread>

using namespace cortex;
using Clock = std::chrono::steady_clock;

namespace {

struct Options {
  cli::LoadOptions load;
  cli::InputOptions input;
  int64_t batch = 1, calls = 300, rounds = 5, pauseUs = 1000;
  std::vector<uint32_t> workers{1, 2};
  std::string json;
};

/// A batch, where its outputs go, and what they must be.
struct Call {
  io::Batch batch;
  std::unique_ptr<cli::BatchView> view;
  std::vector<cli::Output> outputs, expected;
  std::vector<void *> targets;
};

/// One way to measure, and the microseconds of all its calls.
struct Condition {
  uint32_t workers;
  bool paused;
  unsigned hogs;
  const char *beside;
  std::vector<double> times;
  double meanWorkers = 0;
};

} // namespace

static std::vector<Call> readCalls(const Options &options, const Program &program, const io::Schema &schema) {
  std::vector<Call> calls;
  for (io::Batch &batch :
       cli::cutIntoBatches(cli::readStructures(options.input, schema).batch, {.size = options.batch})) {
    Call &call = calls.emplace_back();
    call.batch = std::move(batch);
  }
  for (Call &call : calls) { // which stay where they are now
    call.view = std::make_unique<cli::BatchView>(call.batch, schema);
    call.outputs = cli::outputsOf(program);
    cli::makeRoom(*call.view, call.batch, call.outputs, call.targets);
  }
  return calls;
}

static bool rightAnswer(const Call &call) {
  for (size_t i = 0; i < call.outputs.size(); ++i)
    if (call.outputs[i].values != call.expected[i].values)
      return false;
  return true;
}

/// Some calls under one condition; returns whether all answers were right.
static bool measure(Condition &condition, Session &session, std::vector<Call> &calls, const Options &options) {
  const bench::Hogs hogs(condition.hogs);
  bool right = true;
  for (int64_t i = -20; i < options.calls; ++i) { // some to warm up
    Call &call = calls[static_cast<size_t>(i + 20) % calls.size()];
    if (condition.paused)
      std::this_thread::sleep_for(std::chrono::microseconds(options.pauseUs));
    const Clock::time_point begin = Clock::now();
    session.run(call.view->get(), call.targets.data());
    const double time = std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
    right = right && rightAnswer(call);
    if (i < 0)
      continue;
    condition.times.push_back(time);
    condition.meanWorkers += session.stats().workers;
  }
  return right;
}

static double mean(const std::vector<double> &values) {
  double sum = 0;
  for (double v : values)
    sum += v;
  return sum / static_cast<double>(values.size());
}

static cli::Json asJson(const Options &options, const Program &program, const std::vector<Condition> &conditions) {
  cli::Json json{{"benchmark", "latency"}, {"cpu", cli::cpuName()},        {"model", program.info().model},
                 {"batch", options.batch}, {"pause_us", options.pauseUs},  {"rounds", options.rounds},
                 {"calls", options.calls}, {"results", cli::Json::array()}};
  for (const Condition &c : conditions)
    json["results"].push_back({{"workers", c.workers},
                               {"paused", c.paused},
                               {"beside", c.beside},
                               {"mean_workers", c.meanWorkers / static_cast<double>(c.times.size())},
                               {"us_mean", mean(c.times)},
                               {"us_p50", cli::quantile(c.times, 0.5)},
                               {"us_p99", cli::quantile(c.times, 0.99)},
                               {"us_p999", cli::quantile(c.times, 0.999)}});
  return json;
}

static int run(const Options &options) {
  cli::LoadedModel loaded(options.load); // prepares the weights
  cortex_model_retain(cortex_session_model(loaded.session().get()));
  const Model model(cortex_session_model(loaded.session().get()));
  std::vector<Call> calls = readCalls(options, loaded.program(), loaded.schema());
  {
    cortex_session_options alone{};
    alone.max_workers = 1;
    Session session(model, alone);
    for (Call &call : calls) {
      session.run(call.view->get(), call.targets.data());
      call.expected = call.outputs;
    }
  }
  const unsigned cpus = std::max(1u, std::thread::hardware_concurrency());
  std::vector<Condition> conditions;
  for (uint32_t workers : options.workers)
    for (bool paused : {false, true})
      for (const auto &[hogs, beside] : {std::pair(0u, "nothing"), std::pair(1u, "one hog"),
                                         std::pair(cpus, "a hog per CPU"), std::pair(0u, "nothing, after")})
        conditions.push_back({workers, paused, hogs, beside, {}, 0});
  bool right = true;
  for (int64_t round = 0; round < options.rounds; ++round)
    for (uint32_t workers : options.workers) {
      cortex_session_options session_options{};
      const Team team = Team::create(workers);
      session_options.team = team.get();
      Session session(model, session_options);
      for (Condition &condition : conditions)
        if (condition.workers == workers)
          right = measure(condition, session, calls, options) && right;
    }

  std::cout << loaded.program().info().model << " on " << cli::cpuName() << ", " << calls.size() << " batches of "
            << options.batch << ", " << options.rounds << " rounds of " << options.calls
            << " calls per condition, in turns; us per call\n\n";
  std::vector<std::vector<std::string>> rows{
      {"workers", "calls", "beside", "p50", "p99", "p99.9", "mean", "mean workers"}};
  for (const Condition &c : conditions)
    rows.push_back({std::to_string(c.workers), c.paused ? "with pauses" : "hot", c.beside,
                    cli::formatNumber(cli::quantile(c.times, 0.5)), cli::formatNumber(cli::quantile(c.times, 0.99)),
                    cli::formatNumber(cli::quantile(c.times, 0.999)), cli::formatNumber(mean(c.times)),
                    cli::formatNumber(c.meanWorkers / static_cast<double>(c.times.size()))});
  cli::printTable(rows, {0, 3, 4, 5, 6, 7});
  std::cout << (right ? "\nall answers are those of one worker\n" : "\nANSWERS DIFFER from those of one worker\n");
  std::string error;
  if (!options.json.empty() &&
      !io::writeFile(options.json, asJson(options, loaded.program(), conditions).dump(2) + "\n", error))
    throw cli::Failure(error);
  return right ? cli::kSuccess : cli::kCheckFailed;
}

int main(int argc, char **argv) {
  Options options;
  CLI::App app{"Measures the latency of single calls, alone and beside processes that compute all the time.",
               "cortex-bench-latency"};
  cli::addLoadOptions(app, options.load);
  cli::addInputOptions(app, options.input);
  app.add_option("--batch", options.batch, "Structures per call")
      ->check(cli::wholeNumber(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--calls", options.calls, "Measured calls per condition and round")
      ->check(cli::wholeNumber(1, 1 << 24))
      ->capture_default_str();
  app.add_option("--rounds", options.rounds, "Rounds")->check(cli::wholeNumber(1, 100000))->capture_default_str();
  app.add_option("--pause", options.pauseUs, "Microseconds between calls that are not hot")
      ->check(cli::wholeNumber(1, 1000000))
      ->capture_default_str();
  app.add_option("--workers", options.workers, "Numbers of workers")->delimiter(',')->capture_default_str();
  app.add_option("--json", options.json, "Also write the results to this file");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options);
  } catch (const std::exception &error) {
    std::cerr << "cortex-bench-latency: error: " << error.what() << '\n';
    return cli::kBadInput;
  }
}
