//===- Brackets.h - Bracketed trees ---------------------------------------===//
//
// One tree a line: `(label child child …)`, `(label word)`, or the same without
// labels. docs/InputFormats.md has the grammar. Nothing here recurses: depth is
// limited by memory only, and memory is proportional to the text.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_IO_BRACKETS_H
#define CORTEX_IO_BRACKETS_H

#include "cortex/IO/Batch.h"
#include "cortex/IO/Schema.h"
#include "cortex/IO/Vocabulary.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cortex::io {

/// The trees of a text. Nodes are numbered in post-order: children before their
/// parent, a tree's root last.
struct BracketTrees {
  std::string file;           ///< the text's name in messages
  Batch batch;                ///< the structures; no inputs yet
  StringTable labels, words;  ///< each distinct spelling once
  std::vector<int32_t> label; ///< [nodes]: into `labels`; empty in a text without labels
  std::vector<int32_t> word;  ///< [nodes]: into `words`; -1 at inner nodes
  std::vector<uint32_t> line; ///< [nodes]: line in the text, from 1
  /// [nodes]: column, from 1, in characters: of a leaf's word, of an inner node's bracket.
  std::vector<uint32_t> column;

  bool hasLabels() const { return !label.empty(); }
  const std::string &labelOf(size_t node) const { return labels[label[node]]; }
  /// "file:line:column" of a node.
  std::string where(size_t node) const;
};

/// Parses `text`, called `file` in messages. The first thing wrong is the error:
/// "file:line:column: what was expected".
bool parseBrackets(std::string_view text, const std::string &file, BracketTrees &out, std::string &error);
bool readBrackets(const std::string &path, BracketTrees &out, std::string &error);

/// Tree `s` as one line without its newline; the inverse of parsing.
std::string formatTree(const BracketTrees &trees, size_t s);

enum class UnknownWords {
  MapToUnk, ///< to the id of `<unk>`; an error if the vocabulary has no such word
  Refuse    ///< always an error
};

/// The trees with their words' ids as the model's node input: the only symbol on
/// nodes of `schema`, or the one called `input` if that is not empty. Checks that
/// the model can take such trees: leaves have the input, inner nodes have not,
/// every arity fits a type and no other input is needed. `unknown`, when not
/// null, becomes the number of leaves whose word is not in the vocabulary.
bool assignWords(const BracketTrees &trees, const Vocabulary &vocabulary, const Schema &schema, UnknownWords policy,
                 std::string_view input, Batch &out, size_t *unknown, std::string &error);

} // namespace cortex::io
#endif // CORTEX_IO_BRACKETS_H
