//===- Input.h - Structures from files ------------------------------------===//
#ifndef CORTEX_TOOLS_INPUT_H
#define CORTEX_TOOLS_INPUT_H

#include "Loaded.h"

#include "cortex/IO/Batch.h"
#include "cortex/IO/Schema.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cortex::cli {

struct InputOptions {
  std::string path;                 ///< bracketed trees or JSON lines; "-" is standard input
  std::string vocabulary;           ///< a word a line; for bracketed trees
  std::string unknownWords = "unk"; ///< "unk" or "refuse"
  std::string input;                ///< the symbol input that takes the words; empty: the only one
};
void addInputOptions(CLI::App &command, InputOptions &options, bool required = true);

/// Structures read from one file.
struct Structures {
  io::Batch batch;
  std::string file;
  std::vector<uint32_t> lines;     ///< [structures]: line of each, from 1
  std::vector<std::string> labels; ///< [structures]: of bracketed trees' roots; empty without
  std::vector<std::string> texts;  ///< [structures]: the words of bracketed trees; empty for JSON lines
  size_t unknownWords = 0;         ///< leaves whose word is not in the vocabulary
};

/// Reads the file: JSON lines if its first character is '{' or '[' (an error that
/// says so), else bracketed trees. At least one structure, or it fails.
Structures readStructures(const InputOptions &options, const io::Schema &schema);

/// Fails with the line of structure `s`, of which `alone` is said when it is a batch by itself.
[[noreturn]] void failAtLine(const Structures &structures, size_t s, std::string alone);

/// A run of `batch`, whose first structure is `first` of `structures`, failed: finds the
/// structure at fault by running each alone, and fails with the line that it is in.
[[noreturn]] void failInBatch(LoadedModel &model, const Structures &structures, size_t first, const io::Batch &batch,
                              const Error &error);

/// How structures are put into calls, for measurements.
struct BatchOptions {
  int64_t size = 1;  ///< structures per call; 0: all at once
  int64_t limit = 0; ///< batches; 0: all
};
void addBatchOptions(CLI::App &command, BatchOptions &options);

/// The structures in batches as the options say.
std::vector<io::Batch> cutIntoBatches(const io::Batch &batch, const BatchOptions &options);

} // namespace cortex::cli
#endif // CORTEX_TOOLS_INPUT_H
