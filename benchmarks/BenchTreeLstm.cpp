//===- BenchTreeLstm.cpp - TreeLSTM: Cortex beside hand-written code ------===//
//
// Child-sum TreeLSTM on the parse trees of a treebank. Both sides are timed from
// linked nodes on the heap to the roots' states in an array, in turns within one
// process, and their answers are compared with each other and with a plain
// double-precision recursion before anything is timed.
//===----------------------------------------------------------------------===//
#include "Cli.h"
#include "TreeLstm.h"
#include "baselines/OneDnnTreeLstm.h"

#include "cortex/Builder/BuilderIR.h"
#include "cortex/IO/Brackets.h"
#include "cortex/IO/Files.h"
#include "cortex/IO/JsonLines.h"
#include "cortex/Pipelines/Pipelines.h"
#include "cortex/linked.hpp"
#include "models/Zoo.h"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

using namespace cortex;
using namespace cortex::bench;

namespace {

struct Options {
  std::string trees; ///< bracketed; empty: the treebank's dev.txt, or the project's sample
  std::vector<int32_t> hidden{256, 512};
  std::vector<int32_t> batch{1, 10};
  int32_t threads = 2, rounds = 15, embed = 300;
  std::string target = "host";
  std::string json;
};

/// Trees of separately allocated nodes.
struct Forest {
  std::string source;
  std::vector<std::unique_ptr<Node>> nodes;
  std::vector<const Node *> roots;
  int32_t vocab = 0;
};

/// How the runtime reads a Node.
struct Accessor {
  using Node = const bench::Node *;
  size_t num_children(Node n) const { return n->word < 0 ? 2 : 0; }
  Node child(Node n, size_t i) const { return i ? n->right : n->left; }
  int32_t symbol(Node n, uint32_t) const { return n->word; }
  int32_t &slot(Node n) const { return n->slot; }
};

/// One configuration's result.
struct Measured {
  int32_t hidden = 0, batch = 0;
  size_t batches = 0;
  double cortex = 0, baseline = 0;    ///< microseconds per batch, medians over rounds
  double ratio = 0;                   ///< median over rounds of Cortex's time / the baseline's
  double ratioLow = 0, ratioHigh = 0; ///< its quartiles
  double difference = 0, error = 0;   ///< of the two; of Cortex from the double recursion
  double compileSeconds = 0;
};

constexpr double kAllowed = 1e-4; ///< largest absolute difference of two answers

} // namespace

//===----------------------------------------------------------------------===//
// Trees
//===----------------------------------------------------------------------===//

static std::string findTrees() {
  const char *named = std::getenv("CORTEX_DATA");
  const std::filesystem::path data = named ? named : CORTEX_SOURCE_DIR "/../shared/data";
  if (std::filesystem::exists(data / "sst/dev.txt"))
    return data / "sst/dev.txt";
  std::cout << "NOTE: no treebank (CORTEX_DATA is unset or has no sst/dev.txt): measuring the 200 trees of the "
               "project's sample instead\n";
  return CORTEX_SOURCE_DIR "/samples/treefc/test.jsonl";
}

/// Links one heap node for each node of `batch`; `words` are those of its nodes.
static void link(const io::Batch &batch, const std::vector<int32_t> &words, Forest &forest) {
  for (size_t node = 0; node < batch.nodes(); ++node)
    forest.nodes.push_back(std::make_unique<Node>());
  for (size_t node = 0; node < batch.nodes(); ++node) {
    const int32_t arity = batch.arity(node);
    if (arity == 0) {
      forest.nodes[node]->word = words[node];
      continue;
    }
    if (arity != 2)
      throw cli::Failure(forest.source + ": expected binary trees, found a node with " + std::to_string(arity) +
                         " children");
    const int32_t *children = &batch.children[static_cast<size_t>(batch.child_offsets[node])];
    forest.nodes[node]->left = forest.nodes[static_cast<size_t>(children[0])].get();
    forest.nodes[node]->right = forest.nodes[static_cast<size_t>(children[1])].get();
  }
  for (size_t s = 0; s < batch.structures(); ++s)
    forest.roots.push_back(forest.nodes[static_cast<size_t>(io::defaultRoots(batch, s).at(0))].get());
}

static Forest readForest(const std::string &path) {
  Forest forest;
  forest.source = path;
  std::string error;
  if (path.ends_with(".jsonl")) {
    // The sample: leaves with a word id.
    io::Schema schema{StructureKind::Tree, {{"leaf", 0, 0}, {"internal", 2, 2}}, {}};
    InputInfo word;
    word.name = "word";
    word.symbol = true;
    word.domain = 1568;
    word.types = {0};
    schema.inputs.push_back(word);
    io::Batch batch;
    if (!io::readJsonLines(path, schema, batch, nullptr, error))
      throw cli::Failure(error);
    forest.vocab = static_cast<int32_t>(word.domain);
    link(batch, batch.find("word")->symbols, forest);
  } else {
    io::BracketTrees trees;
    if (!io::readBrackets(path, trees, error))
      throw cli::Failure(error);
    forest.vocab = static_cast<int32_t>(trees.words.size());
    link(trees.batch, trees.word, forest);
  }
  if (forest.roots.empty())
    throw cli::Failure(path + ": there is no tree in this file");
  return forest;
}

//===----------------------------------------------------------------------===//
// Cortex
//===----------------------------------------------------------------------===//

/// The compiled model and all that a run needs; compiled in this process.
class CortexTreeLstm {
public:
  CortexTreeLstm(const Weights &weights, const Options &options);
  void forward(const Node *const *roots, int count, float *out) {
    linked->clear();
    for (int r = 0; r < count; ++r)
      linked->add(roots[r]);
    void *outputs[] = {out};
    session.run(linked->batch(), outputs);
  }
  double compileSeconds = 0;

private:
  std::unique_ptr<JITProgram> code;
  Program program;
  Session session;
  std::unique_ptr<LinkedBatch<Accessor>> linked;
};

template <typename T> static T orFail(llvm::Expected<T> value) {
  if (!value)
    throw cli::Failure(llvm::toString(value.takeError()));
  return std::move(*value);
}

CortexTreeLstm::CortexTreeLstm(const Weights &weights, const Options &options) {
  const auto begin = std::chrono::steady_clock::now();
  mlir::DialectRegistry registry;
  registerCompilerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  std::string error;
  const auto model = zoo::buildModel(
      "TreeLSTM", {{"hidden", weights.hidden}, {"vocab", weights.vocab}, {"embed", weights.embed}}, error);
  if (!model)
    throw cli::Failure(error);
  const auto module = build::buildModule(*model, context, error);
  if (!module)
    throw cli::Failure(error);
  CompileOptions compile;
  compile.target = orFail(TargetSpec::parse(options.target));
  code = orFail(JITProgram::create(orFail(compileModel(*module, compile))));
  compileSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  program = Program::fromEntry(*code->entry());
  const auto h = static_cast<uint64_t>(weights.hidden), v = static_cast<uint64_t>(weights.vocab);
  const auto e = static_cast<uint64_t>(weights.embed);
  const uint64_t embedding[] = {v, e}, w[] = {3, h, e}, u[] = {3, h, h}, b[] = {3, h}, uf[] = {h, h}, bf[] = {h};
  const cortex_tensor tensors[] = {{"embedding", CORTEX_F32, 2, embedding, weights.embedding.data()},
                                   {"W", CORTEX_F32, 3, w, weights.w.data()},
                                   {"U", CORTEX_F32, 3, u, weights.u.data()},
                                   {"b", CORTEX_F32, 2, b, weights.b.data()},
                                   {"Uf", CORTEX_F32, 2, uf, weights.uf.data()},
                                   {"bf", CORTEX_F32, 1, bf, weights.bf.data()}};
  const Team team = Team::create(static_cast<uint32_t>(options.threads));
  cortex_session_options session_options{};
  session_options.team = team.get();
  session = Session(Model(program, tensors, team), session_options);
  linked = std::make_unique<LinkedBatch<Accessor>>(program);
}

//===----------------------------------------------------------------------===//
// Measuring
//===----------------------------------------------------------------------===//

static double largestDifference(const std::vector<float> &a, const auto &b, size_t count) {
  double largest = 0;
  for (size_t i = 0; i < count; ++i) {
    const double distance = std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    largest = std::max(largest, std::isnan(distance) ? INFINITY : distance);
  }
  return largest;
}

/// Mean time of a batch over one pass, in microseconds.
template <typename Implementation>
static double timePass(Implementation &implementation, const Forest &forest, size_t batches, int32_t size,
                       std::vector<float> &out) {
  const auto begin = std::chrono::steady_clock::now();
  for (size_t b = 0; b < batches; ++b)
    implementation.forward(&forest.roots[b * static_cast<size_t>(size)], size, out.data());
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count() /
         static_cast<double>(batches);
}

static Measured measure(const Options &options, const Forest &forest, const Weights &weights,
                        const std::vector<float> &table, CortexTreeLstm &ours, OneDnnTreeLstm &theirs, int32_t size) {
  Measured result;
  result.hidden = weights.hidden;
  result.batch = size;
  result.batches = forest.roots.size() / static_cast<size_t>(size);
  result.compileSeconds = ours.compileSeconds;
  if (result.batches == 0)
    throw cli::Failure("--batch " + std::to_string(size) + ": there are only " + std::to_string(forest.roots.size()) +
                       " trees");
  const auto hidden = static_cast<size_t>(weights.hidden), count = static_cast<size_t>(size) * hidden;
  std::vector<float> a(count), b(count);

  // Warm-up: every batch, twice (the baseline chooses its products in the first), and all answers compared.
  for (int warmUp = 0; warmUp < 2; ++warmUp)
    for (size_t batch = 0; batch < result.batches; ++batch) {
      const Node *const *roots = &forest.roots[batch * static_cast<size_t>(size)];
      std::fill(a.begin(), a.end(), NAN);
      std::fill(b.begin(), b.end(), NAN);
      ours.forward(roots, size, a.data());
      theirs.forward(roots, size, b.data());
      result.difference = std::max(result.difference, largestDifference(a, b, count));
      // The double recursion is slow: some trees of every batch size are enough beside the comparison of all.
      if (warmUp == 0 && batch < 100 / static_cast<size_t>(size))
        for (int32_t r = 0; r < size; ++r) {
          const std::vector<double> exact = referenceState(weights, table, roots[r]);
          const std::vector<float> mine(a.begin() + static_cast<ptrdiff_t>(static_cast<size_t>(r) * hidden), a.end());
          result.error = std::max(result.error, largestDifference(mine, exact, hidden));
        }
    }

  std::vector<double> cortex, baseline, ratios;
  for (int32_t round = 0; round < options.rounds; ++round) {
    // Who goes first alternates, so that neither always meets the other's caches.
    double mine, other;
    if (round % 2) {
      mine = timePass(ours, forest, result.batches, size, a);
      other = timePass(theirs, forest, result.batches, size, b);
    } else {
      other = timePass(theirs, forest, result.batches, size, b);
      mine = timePass(ours, forest, result.batches, size, a);
    }
    cortex.push_back(mine);
    baseline.push_back(other);
    ratios.push_back(mine / other);
  }
  result.cortex = cli::quantile(cortex, 0.5);
  result.baseline = cli::quantile(baseline, 0.5);
  result.ratio = cli::quantile(ratios, 0.5);
  result.ratioLow = cli::quantile(ratios, 0.25);
  result.ratioHigh = cli::quantile(ratios, 0.75);
  return result;
}

static cli::Json asJson(const Options &options, const Forest &forest, const std::vector<Measured> &results) {
  cli::Json json{{"benchmark", "treelstm"},      {"cpu", cli::cpuName()},  {"threads", options.threads},
                 {"rounds", options.rounds},     {"trees", forest.source}, {"tree_count", forest.roots.size()},
                 {"results", cli::Json::array()}};
  for (const Measured &one : results)
    json["results"].push_back({{"hidden", one.hidden},
                               {"batch", one.batch},
                               {"batches", one.batches},
                               {"cortex_us", one.cortex},
                               {"baseline_us", one.baseline},
                               {"ratio", one.ratio},
                               {"ratio_quartiles", {one.ratioLow, one.ratioHigh}},
                               {"largest_difference", one.difference},
                               {"largest_error", one.error},
                               {"compile_seconds", one.compileSeconds}});
  return json;
}

static int run(const Options &options) {
  const Forest forest = readForest(options.trees.empty() ? findTrees() : options.trees);
  std::cout << "child-sum TreeLSTM, " << forest.roots.size() << " trees of " << forest.source << " (mean "
            << cli::formatNumber(static_cast<double>(forest.nodes.size()) / static_cast<double>(forest.roots.size()))
            << " nodes), " << cli::cpuName() << ", " << options.threads << " threads each\n"
            << "from linked nodes to root states; us per batch, medians of " << options.rounds
            << " interleaved rounds\n\n";
  std::vector<Measured> results;
  std::vector<std::vector<std::string>> rows{
      {"hidden", "batch", "Cortex", "oneDNN", "ratio", "quartiles", "difference", "error"}};
  bool agree = true;
  for (int32_t hidden : options.hidden) {
    const Weights weights = randomWeights(hidden, forest.vocab, options.embed, 1);
    const std::vector<float> table = wordTable(weights);
    CortexTreeLstm ours(weights, options);
    OneDnnTreeLstm theirs(weights, table, options.threads);
    for (int32_t size : options.batch) {
      const Measured one = measure(options, forest, weights, table, ours, theirs, size);
      agree = agree && one.difference <= kAllowed && one.error <= kAllowed;
      rows.push_back({std::to_string(hidden), std::to_string(size), cli::formatNumber(one.cortex),
                      cli::formatNumber(one.baseline), cli::formatNumber(one.ratio),
                      cli::formatNumber(one.ratioLow) + " to " + cli::formatNumber(one.ratioHigh),
                      cli::formatNumber(one.difference), cli::formatNumber(one.error)});
      results.push_back(one);
    }
  }
  cli::printTable(rows, {0, 1, 2, 3, 4, 5, 6, 7});
  std::cout << (agree ? "\nanswers agree" : "\nANSWERS DIFFER") << " (allowed " << cli::formatNumber(kAllowed) << ")\n";
  if (!options.json.empty()) {
    std::string error;
    if (!io::writeFile(options.json, asJson(options, forest, results).dump(2) + "\n", error))
      throw cli::Failure(error);
  }
  return agree ? cli::kSuccess : cli::kCheckFailed;
}

int main(int argc, char **argv) {
  Options options;
  CLI::App app{"Measures child-sum TreeLSTM beside hand-written oneDNN code.", "cortex-bench-treelstm"};
  app.add_option("--trees", options.trees,
                 "Bracketed binary trees; default: sst/dev.txt of CORTEX_DATA, or else the sample");
  app.add_option("--hidden", options.hidden, "Hidden sizes")->delimiter(',')->capture_default_str();
  app.add_option("--batch", options.batch, "Batch sizes")
      ->delimiter(',')
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "Threads of each side")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--rounds", options.rounds, "Measured passes of each side")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--embed", options.embed, "Size of the word embeddings")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  app.add_option("--target", options.target, "Compilation target")->capture_default_str();
  app.add_option("--json", options.json, "Also write the results to this file");
  CLI11_PARSE(app, argc, argv);
  try {
    for (int32_t hidden : options.hidden)
      if (hidden < 1 || hidden % options.threads)
        throw cli::Failure("--hidden " + std::to_string(hidden) + ": expected a positive multiple of --threads");
    return run(options);
  } catch (const std::exception &error) {
    std::cerr << "cortex-bench-treelstm: error: " << error.what() << '\n';
    return cli::kBadInput;
  }
}
