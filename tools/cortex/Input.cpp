#include "Input.h"

#include "cortex/IO/Brackets.h"
#include "cortex/IO/Files.h"
#include "cortex/IO/JsonLines.h"
#include "cortex/IO/Vocabulary.h"

#include <algorithm>

namespace cortex::cli {

void addInputOptions(CLI::App &command, InputOptions &options, bool required) {
  CLI::Option *input = command.add_option("--input", options.path,
                                          "The structures: bracketed trees, one a line, or JSON lines "
                                          "(docs/InputFormats.md); - is standard input");
  input->required(required);
  command
      .add_option("--vocab", options.vocabulary,
                  "The words that bracketed trees may hold, one a line; the line number from 0 is the id")
      ->needs(input);
  command
      .add_option("--unknown-words", options.unknownWords,
                  "Words that are not in the vocabulary: 'unk' reads them as <unk>, 'refuse' is an error")
      ->check(oneOf({"unk", "refuse"}))
      ->needs(input)
      ->capture_default_str();
  command
      .add_option("--word-input", options.input,
                  "The model's input that takes the words of bracketed trees, where it has several")
      ->needs(input);
}

static void readTrees(const InputOptions &options, const io::Schema &schema, const std::string &text, Structures &out) {
  std::string error;
  if (options.vocabulary.empty())
    throw Failure(out.file + ": bracketed trees need a vocabulary: give --vocab FILE");
  io::Vocabulary vocabulary;
  io::BracketTrees trees;
  const auto policy = options.unknownWords == "refuse" ? io::UnknownWords::Refuse : io::UnknownWords::MapToUnk;
  if (!io::Vocabulary::read(options.vocabulary, vocabulary, error) ||
      !io::parseBrackets(text, out.file, trees, error) ||
      !io::assignWords(trees, vocabulary, schema, policy, options.input, out.batch, &out.unknownWords, error))
    throw Failure(error);
  for (size_t s = 0; s < trees.batch.structures(); ++s) {
    // Post-order: the root is a tree's last node, and its leaves come left to right.
    const auto begin = static_cast<size_t>(trees.batch.node_offsets[s]);
    const auto end = static_cast<size_t>(trees.batch.node_offsets[s + 1]);
    out.lines.push_back(trees.line[begin]);
    if (trees.hasLabels())
      out.labels.push_back(trees.labelOf(end - 1));
    std::string words;
    for (size_t node = begin; node < end; ++node)
      if (trees.word[node] >= 0)
        words += (words.empty() ? "" : " ") + trees.words[trees.word[node]];
    out.texts.push_back(std::move(words));
  }
}

Structures readStructures(const InputOptions &options, const io::Schema &schema) {
  Structures out;
  const bool standard = options.path == "-";
  out.file = standard ? "standard input" : options.path;
  std::string text, error;
  if (!io::readFile(standard ? "/dev/stdin" : options.path, text, error))
    throw Failure(error);
  // Past a byte order mark and space, an object begins JSON lines. A list, which they are not, is no tree either.
  const size_t first = text.find_first_not_of(" \t\r\n", text.starts_with("\xEF\xBB\xBF") ? 3 : 0);
  if (first == std::string::npos)
    throw Failure(out.file + ": there is no structure in this file");
  if (text[first] == '{' || text[first] == '[') {
    if (!io::parseJsonLines(text, out.file, schema, out.batch, &out.lines, error))
      throw Failure(error);
  } else {
    readTrees(options, schema, text, out);
  }
  if (out.batch.structures() == 0)
    throw Failure(out.file + ": there is no structure in this file");
  return out;
}

void failAtLine(const Structures &structures, size_t s, std::string alone) {
  // It is structure 0 of its own batch, which the line says better.
  if (const std::string prefix = "structure 0"; alone.starts_with(prefix))
    alone.erase(0, alone.find_first_not_of(",: ", prefix.size()));
  throw Failure(structures.file + ":" + std::to_string(structures.lines[s]) + ": " + alone);
}

void failInBatch(LoadedModel &model, const Structures &structures, size_t first, const io::Batch &batch,
                 const Error &error) {
  const bool ofStructure = error.status() == CORTEX_INVALID_BATCH || error.status() == CORTEX_OVER_BUDGET;
  for (size_t s = 0; s < batch.structures() && ofStructure; ++s) {
    const io::Batch one = batch.slice(s, s + 1);
    std::vector<Output> outputs = outputsOf(model.program());
    std::string alone;
    try {
      runInto(model.session(), BatchView(one, model.schema()), one, outputs);
      continue;
    } catch (const Error &again) {
      if (again.status() != error.status())
        break; // another trouble, such as too little memory now, that no line is to blame for
      alone = again.what();
    }
    failAtLine(structures, first + s, alone);
  }
  throw Failure(structures.file + ": " + error.what());
}

void addBatchOptions(CLI::App &command, BatchOptions &options) {
  command.add_option("--batch", options.size, "Structures per call; 0 = all at once")
      ->check(wholeNumber(0, uint64_t(1) << 31))
      ->capture_default_str();
  command.add_option("--limit", options.limit, "Use at most so many batches of the file; 0 = all")
      ->check(wholeNumber(0, uint64_t(1) << 31))
      ->capture_default_str();
}

std::vector<io::Batch> cutIntoBatches(const io::Batch &batch, const BatchOptions &options) {
  const size_t size = options.size == 0 ? batch.structures() : static_cast<size_t>(options.size);
  const auto limit = static_cast<size_t>(options.limit);
  std::vector<io::Batch> batches;
  for (size_t begin = 0; begin < batch.structures() && (limit == 0 || batches.size() < limit); begin += size)
    batches.push_back(batch.slice(begin, std::min(begin + size, batch.structures())));
  return batches;
}

} // namespace cortex::cli
