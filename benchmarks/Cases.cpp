#include "Cases.h"

#include "cortex/IO/Brackets.h"
#include "cortex/IO/JsonLines.h"
#include "cortex/Support/Words.h"
#include "models/Zoo.h"

#include <cstdlib>
#include <filesystem>

namespace cortex::bench {

using reference::Shape;

/// A model on the trees of a treebank.
static Case onTrees(const char *model, int64_t hidden, size_t structures, size_t checked) {
  return {std::string(model) + "-" + std::to_string(hidden), model, {{"hidden", hidden}}, {}, 0, structures, checked};
}

static Case onRandom(std::string name, const char *model, std::map<std::string, int64_t> sizes, Shape shape,
                     int64_t nodes, size_t structures, size_t checked) {
  return {std::move(name), model, std::move(sizes), shape, nodes, structures, checked};
}

const std::vector<Case> &cases() {
  static const std::vector<Case> all{
      onTrees("TreeLSTM", 256, 200, 60),
      onTrees("TreeLSTM", 512, 200, 30),
      onTrees("TreeGRU", 256, 200, 60),
      onTrees("SimpleTreeGRU", 256, 200, 60),
      onRandom("TreeFC-256", "TreeFC", {{"hidden", 256}, {"classes", 0}}, Shape::Perfect, 255, 40, 20),
      onRandom("DAGRNN-256", "DAGRNN", {{"hidden", 256}, {"features", 256}}, Shape::Grid, 100, 40, 20),
      onTrees("NaryTreeLSTM", 256, 200, 40),
      onTrees("MVRNN", 64, 40, 10),
      onTrees("MVRNN", 128, 40, 4),
      onTrees("RNTN", 25, 100, 40),
      onTrees("RNTN", 64, 100, 20),
      onRandom("LSTM-256", "LSTM", {{"hidden", 256}, {"features", 256}}, Shape::Chain, 100, 40, 10),
      onRandom("GRU-256", "GRU", {{"hidden", 256}, {"features", 256}}, Shape::Chain, 100, 40, 10),
      onRandom("Terms-64", "Terms", {{"hidden", 64}}, Shape::Dag, 40, 200, 100),
      onRandom("PlanConv-64", "PlanConv", {{"features", 9}, {"channels1", 64}, {"channels2", 32}}, Shape::RandomBinary,
               21, 200, 100),
      onTrees("TreeRNN", 256, 200, 60),
  };
  return all;
}

Case tiny(Case c) {
  for (const char *key : {"hidden", "embed", "features"})
    if (const zoo::Entry *entry = zoo::find(c.model))
      for (const zoo::Parameter &parameter : entry->parameters)
        if (parameter.name == key)
          c.sizes[key] = 16;
  c.nodes = std::min<int64_t>(c.nodes, 15);
  c.structures = 12;
  c.checked = 12;
  return c;
}

Case findCase(const std::string &name) {
  const size_t colon = std::min(name.find(':'), name.size());
  std::vector<std::string> names;
  for (const Case &known : cases()) {
    names.push_back(known.name);
    if (known.name != name.substr(0, colon))
      continue;
    Case c = known;
    c.name = name;
    for (size_t at = colon; at < name.size();) {
      const size_t end = std::min(name.find(',', at + 1), name.size());
      const std::string setting = name.substr(at + 1, end - at - 1);
      const auto [key, text] = cli::splitSetting(setting.find('=') == std::string::npos ? setting + "=" : setting);
      std::string what = name;
      what.append(": ").append(key);
      const int64_t value = cli::parseInteger(text, what, 1, int64_t(1) << 31);
      if (key == "nodes")
        c.nodes = value;
      else if (key == "structures")
        c.structures = static_cast<size_t>(value);
      else if (key == "checked")
        c.checked = static_cast<size_t>(value);
      else
        c.sizes[key] = value;
      at = end;
    }
    c.checked = std::min(c.checked, c.structures);
    return c;
  }
  throw cli::Failure("there is no case '" + name + "'; there are " + joinWords(names));
}

//===----------------------------------------------------------------------===//
// Structures
//===----------------------------------------------------------------------===//

/// The trees of a treebank with their words as symbols.
struct Trees {
  io::Batch batch;
  std::vector<int32_t> words; ///< [nodes]
  int64_t vocab = 0;
  std::string source;
};

/// The public treebank's dev set, or the project's sample where it is missing.
static Trees readTrees() {
  Trees result;
  std::string error;
  const char *named = std::getenv("CORTEX_DATA");
  const std::filesystem::path data = named ? named : CORTEX_SOURCE_DIR "/../shared/data";
  if (std::filesystem::exists(data / "sst/dev.txt")) {
    io::BracketTrees trees;
    if (!io::readBrackets(data / "sst/dev.txt", trees, error))
      throw cli::Failure(error);
    return {std::move(trees.batch), std::move(trees.word), static_cast<int64_t>(trees.words.size()), "SST dev"};
  }
  io::Schema schema{StructureKind::Tree, {{"leaf", 0, 0}, {"internal", 2, 2}}, {}};
  InputInfo word;
  word.name = "word";
  word.symbol = true;
  word.domain = 1568;
  word.types = {0};
  schema.inputs.push_back(word);
  if (!io::readJsonLines(CORTEX_SOURCE_DIR "/samples/treefc/test.jsonl", schema, result.batch, nullptr, error))
    throw cli::Failure(error);
  result.words = result.batch.find("word")->symbols;
  result.batch.inputs.clear();
  result.vocab = word.domain;
  result.source = "the project's sample";
  return result;
}

/// Models whose words carry a matrix cannot have one for each of a treebank's words.
static constexpr int64_t kMatrixWords = 512;

Loaded load(const Case &what) {
  Loaded result{what, cli::makeContext(), {}, {}, {}, {}};
  Case &c = result.what;
  Trees trees;
  if (!c.shape) {
    trees = readTrees();
    if (c.model == "MVRNN")
      trees.vocab = std::min(trees.vocab, kMatrixWords);
    c.sizes["vocab"] = trees.vocab;
    c.structures = std::min(c.structures, trees.batch.structures());
    c.checked = std::min(c.checked, c.structures);
    result.source = trees.source;
  }
  cli::ModelOptions options{c.model, {}};
  for (const auto &[key, value] : c.sizes)
    options.settings.push_back(key + "=" + std::to_string(value));
  result.module = cli::loadModel(options, *result.context);
  result.weights = reference::randomParams(result.model(), 1);
  std::string error;
  if (c.shape) {
    const reference::StructureOptions structures{*c.shape, static_cast<int64_t>(c.structures), c.nodes};
    if (!reference::randomBatch(result.model(), structures, 1, result.batch, error))
      throw cli::Failure(c.name + ": " + error);
    result.source = reference::nameOf(*c.shape).str();
    return result;
  }
  result.batch = trees.batch.slice(0, c.structures);
  io::Input word;
  word.name = "word";
  for (size_t node = 0; node < result.batch.nodes(); ++node)
    word.symbols.push_back(std::max(trees.words[node], 0) % static_cast<int32_t>(trees.vocab));
  result.batch.inputs.push_back(std::move(word));
  return result;
}

} // namespace cortex::bench
