//===- JsonLines.h - Structures and results, one JSON object a line --------===//
//
// docs/InputFormats.md documents the keys. Child ids are local to a line.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_IO_JSONLINES_H
#define CORTEX_IO_JSONLINES_H

#include "cortex/IO/Batch.h"
#include "cortex/IO/Files.h"
#include "cortex/IO/Schema.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cortex::io {

/// Parses structures for a model with this schema; `file` names the text in
/// messages. `out` has all inputs of the schema, in its order, and `types` where
/// arity does not say them. The first thing wrong is the error:
/// "file:line: key …: what was expected". `lines`, when not null, becomes the
/// line (from 1) of each structure. Cycles are left to the linearizer.
bool parseJsonLines(std::string_view text, const std::string &file, const Schema &schema, Batch &out,
                    std::vector<uint32_t> *lines, std::string &error);
bool readJsonLines(const std::string &path, const Schema &schema, Batch &out, std::vector<uint32_t> *lines,
                   std::string &error);

/// Structure `s` as one line without its newline; the inverse of parsing.
/// `batch` must have the inputs of `schema`.
std::string formatJsonLine(const Batch &batch, const Schema &schema, size_t s);

/// The values of one output for the structures of a batch.
struct OutputView {
  std::string name;
  Place place = Place::Roots; ///< Nodes, Roots or Structures
  DType dtype = DType::F32;
  std::vector<uint32_t> shape; ///< of one item
  /// [structures + 1]: structure s owns the items offsets[s] .. offsets[s + 1].
  /// Empty at Structures, where item s is structure s.
  std::span<const int32_t> offsets;
  const void *data = nullptr; ///< dense rows of `dtype`, by the caller's ids
};

/// Writes results, one object a structure:
/// {"structure": 0, "outputs": {"logits": [[0.5, -1.25]]}}, where an output at
/// nodes or roots is a list of items and one at structures a single item. Values
/// are the shortest decimals that read back as the same number; numbers that
/// are not finite are the strings "NaN", "Infinity" and "-Infinity".
class ResultWriter {
public:
  bool open(const std::string &path, std::string &error) { return file.open(path, error); }
  bool openStandardOutput(std::string &error) { return file.openStandardOutput(error); }
  /// Appends `structures` structures; they are numbered on from the last call.
  bool append(size_t structures, std::span<const OutputView> outputs, std::string &error);
  /// Only now the file appears under its name.
  bool commit(std::string &error) { return file.commit(error); }

private:
  AtomicFile file;
  size_t next = 0;
};

} // namespace cortex::io
#endif // CORTEX_IO_JSONLINES_H
