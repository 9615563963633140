//===- Bench.cpp - cortex bench -------------------------------------------===//
//
// Times what a caller waits for: one cortex_session_run per batch, from arrays
// in memory to outputs in memory, linearization included. Reading files and
// preparing weights come before.
//===----------------------------------------------------------------------===//
#include "Input.h"
#include "Loaded.h"

#include <chrono>
#include <iostream>

namespace cortex::cli {

namespace {

struct BenchOptions {
  LoadOptions load;
  InputOptions input;
  BatchOptions batches;
  int64_t passes = 9;
  int64_t warmUp = 2;
  bool json = false;
};

/// A batch and what the runtime takes for it.
struct Prepared {
  io::Batch batch;
  size_t first; ///< structure of the file
  std::unique_ptr<BatchView> view;
};

} // namespace

/// One run; the time that its caller waits, in microseconds.
static double timeRun(LoadedModel &model, const Prepared &prepared, const std::vector<void *> &targets) {
  const auto begin = std::chrono::steady_clock::now();
  model.session().run(prepared.view->get(), targets.data());
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
}

static int bench(const BenchOptions &options) {
  LoadedModel model(options.load);
  const Structures structures = readStructures(options.input, model.schema());
  std::vector<Prepared> batches;
  for (io::Batch &batch : cutIntoBatches(structures.batch, options.batches)) {
    const size_t first = batches.empty() ? 0 : batches.back().first + batches.back().batch.structures();
    batches.push_back({std::move(batch), first, nullptr});
  }
  uint64_t nodes = 0;
  for (Prepared &prepared : batches) {
    prepared.view = std::make_unique<BatchView>(prepared.batch, model.schema());
    nodes += prepared.batch.nodes();
  }

  // Passes over all batches, so that a batch meets the caches as other work left them.
  std::vector<double> perBatch; // microseconds
  std::vector<double> perPass;  // microseconds, mean over the batches
  std::vector<Output> outputs = outputsOf(model.program());
  std::vector<void *> targets;
  uint32_t workers = 0;
  double flops = 0;         // of all batches
  double workersOfRuns = 0; // summed over the measured runs
  for (int64_t pass = -options.warmUp; pass < options.passes; ++pass) {
    double sum = 0;
    for (const Prepared &prepared : batches) {
      for (Output &output : outputs)
        output.values.clear(); // keeps its memory
      double time = 0;
      try {
        makeRoom(*prepared.view, prepared.batch, outputs, targets);
        time = timeRun(model, prepared, targets);
      } catch (const Error &error) {
        failInBatch(model, structures, prepared.first, prepared.batch, error);
      }
      sum += time;
      const cortex_session_stats stats = model.session().stats();
      workers = std::max(workers, stats.workers);
      if (pass == 0)
        flops += static_cast<double>(stats.flops);
      if (pass >= 0) {
        perBatch.push_back(time);
        workersOfRuns += stats.workers;
      }
    }
    if (pass >= 0)
      perPass.push_back(sum / static_cast<double>(batches.size()));
  }

  const double mean = quantile(perPass, 0.5);
  const double nodesPerBatch = static_cast<double>(nodes) / static_cast<double>(batches.size());
  const double gflops = flops / static_cast<double>(batches.size()) / (mean * 1e3);
  const double median = quantile(perBatch, 0.5), p95 = quantile(perBatch, 0.95);
  if (options.json) {
    printJson({{"model", model.program().info().model},
               {"target", model.program().info().target},
               {"level", model.program().info().level},
               {"cpu", cpuName()},
               {"workers", workers},
               {"mean_workers", workersOfRuns / static_cast<double>(perBatch.size())},
               {"batch", options.batches.size},
               {"batches", batches.size()},
               {"passes", options.passes},
               {"nodes_per_batch", nodesPerBatch},
               {"us_per_batch", mean},
               {"us_median", median},
               {"us_p95", p95},
               {"us_per_node", mean / nodesPerBatch},
               {"gflops", gflops}});
    return kSuccess;
  }
  std::cout << model.program().info().model << " (" << model.program().info().level << ") on " << cpuName() << ", "
            << countOf(workers, "worker") << '\n';
  std::cout << countOf(batches.size(), "batch") << " of "
            << (options.batches.size ? countOf(static_cast<uint64_t>(options.batches.size), "structure")
                                     : "all structures")
            << ", " << formatNumber(nodesPerBatch) << " nodes each, "
            << countOf(static_cast<uint64_t>(options.passes), "pass") << " after " << options.warmUp << " to warm up\n";
  printTable({{"us per batch", formatNumber(mean), "mean over batches, median over passes"},
              {"median", formatNumber(median), "us, over all batches and passes"},
              {"p95", formatNumber(p95), "us"},
              {"us per node", formatNumber(mean / nodesPerBatch), ""},
              {"workers", formatNumber(workersOfRuns / static_cast<double>(perBatch.size())), "mean over runs"},
              {"GFLOP/s", formatNumber(gflops), "of the products that were run"}},
             {1});
  return kSuccess;
}

void addBench(CLI::App &app, Action &action) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App *command = app.add_subcommand("bench", "Measures the latency of a compiled model on structures from a file");
  addLoadOptions(*command, options->load);
  addInputOptions(*command, options->input);
  addBatchOptions(*command, options->batches);
  command->add_option("--passes", options->passes, "Measured passes over the batches")
      ->check(wholeNumber(1, 1000000))
      ->capture_default_str();
  command->add_option("--warm-up", options->warmUp, "Passes before them that are not measured")
      ->check(wholeNumber(0, 1000000))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print the result as JSON");
  command->footer("Examples:\n"
                  "  cortex bench m.cortex --input trees.jsonl --batch 10\n"
                  "  cortex bench m.cortex --input trees.txt --vocab vocab.txt --threads 2 --json");
  command->callback([options, &action] { action = [options] { return bench(*options); }; });
}

} // namespace cortex::cli
