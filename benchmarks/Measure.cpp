#include "Measure.h"

#include "CortexSide.h"
#include "Files.h"
#include "Loaded.h"
#include "baselines/Experts.h"

#include <chrono>
#include <cmath>
#include <thread>

namespace cortex::bench {

namespace {

using Clock = std::chrono::steady_clock;

double microseconds(Clock::time_point since) {
  return std::chrono::duration<double, std::micro>(Clock::now() - since).count();
}

/// Batches of one size over the forest's structures, repeated from the first where they do not suffice.
struct Batches {
  int64_t size;
  size_t count;
  std::vector<const Structure *> structures; ///< [count * size]
  double nodes = 0;                          ///< of a batch, mean

  Batches(const Forest &forest, int64_t size)
      : size(size), count(std::max<size_t>(1, forest.structures().size() / static_cast<size_t>(size))) {
    for (size_t i = 0; i < count * static_cast<size_t>(size); ++i)
      structures.push_back(&forest.structures()[i % forest.structures().size()]);
  }
  std::span<const Structure *const> at(size_t batch) const {
    return std::span(structures).subspan(batch * static_cast<size_t>(size), static_cast<size_t>(size));
  }
};

/// One side and its times.
struct Contender {
  Side *side = nullptr;
  double error = 0;
  std::vector<double> passes; ///< microseconds per batch, the mean over a pass
};

} // namespace

/// How far two answers are apart; NaN is infinitely far.
static double distance(double a, double b) {
  const double d = std::fabs(a - b);
  return std::isnan(d) ? INFINITY : d;
}

/// Runs all batches once. The first answers are compared with the reference; the
/// others with `all`, which the first side to get there has filled in.
static void check(Contender &contender, const Batches &batches, const Forest &forest, size_t elements, bool atRoots,
                  const std::vector<double> &answers, std::vector<float> &all) {
  auto items = [&](const Structure *s) { return (atRoots ? s->size() : 1) * elements; };
  std::vector<size_t> start{0}; // of a structure of the forest in `answers` and `all`
  for (const Structure &s : forest.structures())
    start.push_back(start.back() + items(&s));
  const bool first = all.empty();
  if (first)
    all.assign(start.back(), NAN);
  std::vector<float> out;
  for (size_t batch = 0; batch < batches.count; ++batch) {
    size_t size = 0;
    for (const Structure *s : batches.at(batch))
      size += items(s);
    out.assign(size, NAN);
    contender.side->forward(batches.at(batch), out.data());
    size_t at = 0;
    for (const Structure *s : batches.at(batch)) {
      const size_t from = start[static_cast<size_t>(s - forest.structures().data())];
      for (size_t i = 0; i < items(s); ++i, ++at) {
        if (from + i < answers.size())
          contender.error = std::max(contender.error, distance(out[at], answers[from + i]));
        if (first)
          all[from + i] = out[at];
        else
          contender.error = std::max(contender.error, distance(out[at], all[from + i]));
      }
    }
  }
}

/// A pass takes at least so many microseconds: all batches once, or several times.
constexpr double kLeastPass = 2'000;

/// One pass: microseconds per batch.
static double timePass(Side &side, const Batches &batches, std::vector<float> &out) {
  constexpr double kWarmUp = 1'000;
  // Threads of the side before may still spin, and this side's sleep: it takes some tenths of a millisecond to wake
  // them.
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  auto all = [&] {
    for (size_t batch = 0; batch < batches.count; ++batch)
      side.forward(batches.at(batch), out.data());
  };
  Clock::time_point begin = Clock::now();
  for (size_t batch = 0; batch < 3 || microseconds(begin) < kWarmUp; ++batch)
    side.forward(batches.at(batch % batches.count), out.data());
  begin = Clock::now();
  size_t runs = 0;
  for (; runs == 0 || microseconds(begin) < kLeastPass; runs += batches.count)
    all();
  return microseconds(begin) / static_cast<double>(runs);
}

/// Microseconds per batch that only turning linked nodes into arrays takes, the median of some passes.
static double timeLinearization(Side &side, const Batches &batches) {
  std::vector<double> passes;
  for (int pass = 0; pass < 5; ++pass) {
    const Clock::time_point begin = Clock::now();
    for (size_t batch = 0; batch < batches.count; ++batch)
      side.linearize(batches.at(batch));
    passes.push_back(microseconds(begin) / static_cast<double>(batches.count));
  }
  return cli::quantile(passes, 0.5);
}

/// The same of the runtime's linearizer, which the session of `timed` measures.
static double timeLinearizer(CortexSide &timed, const Batches &batches, std::vector<float> &out) {
  std::vector<double> passes;
  for (int pass = 0; pass < 5; ++pass) {
    double sum = 0;
    for (size_t batch = 0; batch < batches.count; ++batch) {
      timed.forward(batches.at(batch), out.data());
      sum += static_cast<double>(timed.stats().linearize_ns) * 1e-3;
    }
    passes.push_back(sum / static_cast<double>(batches.count));
  }
  return cli::quantile(passes, 0.5);
}

/// What a pass of a side does, per batch.
static cli::Json countRuns(CortexSide &side, const Batches &batches, std::vector<float> &out) {
  timePass(side, batches, out); // its threads are awake then
  double workers = 0, flops = 0, levels = 0, barriers = 0, strips = 0, rows = 0, chunks = 0;
  for (size_t batch = 0; batch < batches.count; ++batch) {
    side.forward(batches.at(batch), out.data());
    const cortex_session_stats stats = side.stats();
    workers += stats.workers;
    flops += static_cast<double>(stats.flops);
    levels += static_cast<double>(stats.levels);
    barriers += static_cast<double>(stats.barriers);
    strips += static_cast<double>(stats.strips);
    rows += static_cast<double>(stats.rows);
    chunks += stats.chunks;
  }
  const auto n = static_cast<double>(batches.count);
  return {{"workers", workers / n},   {"flops", flops / n}, {"levels", levels / n}, {"strips", strips / n},
          {"barriers", barriers / n}, {"nodes", rows / n},  {"chunks", chunks / n}};
}

cli::Json measure(const Case &c, const MeasureOptions &options) {
  const Loaded loaded = load(c);
  const Files files(options.folder, c.name);
  const cli::Json facts = cli::Json::parse(readText(files.facts));
  const std::vector<double> answers = readDoubles(files.answers);

  Clock::time_point begin = Clock::now();
  const Program program = Program::load(files.artifact);
  const double loadMilliseconds = microseconds(begin) * 1e-3;
  begin = Clock::now();
  const Model model(program);
  const double prepareMilliseconds = microseconds(begin) * 1e-3;
  const Forest forest(loaded.batch, cli::schemaOf(program));
  const cortex_output_info output = program.output(0);
  const bool atRoots = output.place == CORTEX_AT_ROOTS;

  cli::Json rows = cli::Json::array();
  for (int64_t size : options.batch) {
    const Batches batches(forest, size);
    size_t most = 0; // floats of a batch's answers
    for (const Structure &s : forest.structures())
      most = std::max(most, (atRoots ? s.size() : 1) * output.elements);
    std::vector<float> out(most * static_cast<size_t>(size));
    std::vector<float> all;

    std::vector<std::unique_ptr<Side>> sides;
    std::vector<Contender> contenders; // in pairs: Cortex and the expert (or nobody) with so many workers
    std::vector<std::string> missing;
    for (uint32_t workers : options.workers) {
      contenders.push_back({sides.emplace_back(std::make_unique<CortexSide>(program, model, workers)).get(), 0, {}});
      std::string why = "not asked for";
      std::unique_ptr<Side> expert;
      if (options.expert)
        expert = makeExpert(c.model, loaded.what.sizes, loaded.weights, static_cast<int>(workers), why);
      missing.push_back(why);
      contenders.push_back({expert.get(), 0, {}});
      if (expert)
        sides.push_back(std::move(expert));
    }
    // Twice: a first meeting allocates, and an expert tries its variants.
    for (int round = 0; round < 2; ++round)
      for (Contender &one : contenders)
        if (one.side)
          check(one, batches, forest, output.elements, atRoots, answers, all);
    // Rounds in which all sides take turns, each from another first.
    const size_t least = 3;
    std::vector<double> spent(contenders.size(), 0);
    for (size_t round = 0; round < 1000; ++round) {
      bool more = false;
      for (size_t i = 0; i < contenders.size(); ++i) {
        Contender &one = contenders[(i + round) % contenders.size()];
        double &used = spent[(i + round) % contenders.size()];
        if (!one.side || (round >= least && used > options.seconds * 1e6))
          continue;
        one.passes.push_back(timePass(*one.side, batches, out));
        used += std::max(kLeastPass, one.passes.back() * static_cast<double>(batches.count));
        more = true;
      }
      if (!more)
        break;
    }

    CortexSide timed(program, model, 1, CORTEX_SESSION_TIME_LINEARIZER);
    timed.forward(batches.at(0), out.data());
    const double walk = timeLinearization(timed, batches), linearize = walk + timeLinearizer(timed, batches, out);
    for (size_t w = 0; w < options.workers.size(); ++w) {
      const Contender &ours = contenders[2 * w], &theirs = contenders[2 * w + 1];
      const cli::Json counts = countRuns(static_cast<CortexSide &>(*ours.side), batches, out);
      const double us = cli::quantile(ours.passes, 0.5);
      cli::Json row{{"case", c.name},
                    {"model", c.model},
                    {"hidden", loaded.what.sizes.contains("hidden") ? cli::Json(loaded.what.sizes.at("hidden"))
                                                                    : cli::Json(nullptr)},
                    {"batch", size},
                    {"dtype", facts.at("dtype")},
                    {"workers", options.workers[w]},
                    {"us", us},
                    {"expert_us", nullptr},
                    {"max_error", ours.error},
                    {"batches", batches.count},
                    {"nodes", counts.at("nodes")},
                    {"ns_per_node", us * 1e3 / counts.at("nodes").get<double>()},
                    {"walk_us", walk},
                    {"linearize_us", linearize},
                    {"linearize_ns_per_node", linearize * 1e3 / counts.at("nodes").get<double>()},
                    {"gflops", counts.at("flops").get<double>() / us * 1e-3},
                    {"counts", counts},
                    {"load_ms", loadMilliseconds},
                    {"prepare_ms", prepareMilliseconds},
                    {"compile_s", facts.at("compile_s")},
                    {"schedule", facts.at("schedule")},
                    {"compiled_with", program.info().schedule},
                    {"target", facts.at("target")},
                    {"structures", loaded.source}};
      if (theirs.side) {
        row["expert_us"] = cli::quantile(theirs.passes, 0.5);
        row["expert_error"] = theirs.error;
        row["expert_linearize_us"] = timeLinearization(*theirs.side, batches);
      } else {
        row["no_expert"] = missing[w];
      }
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

} // namespace cortex::bench
