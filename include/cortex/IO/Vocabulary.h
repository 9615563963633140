//===- Vocabulary.h - Words and their ids ---------------------------------===//
#ifndef CORTEX_IO_VOCABULARY_H
#define CORTEX_IO_VOCABULARY_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cortex::io {

/// Strings numbered in the order in which they were first seen.
class StringTable {
public:
  /// The id of `s`, which is added when it is new.
  int32_t intern(std::string_view s);
  std::optional<int32_t> find(std::string_view s) const;
  size_t size() const { return strings.size(); }
  const std::string &operator[](size_t id) const { return strings[id]; }

private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  std::vector<std::string> strings;
  std::unordered_map<std::string, int32_t, Hash, std::equal_to<>> ids;
};

/// A word list: one word a line, the line number (from 0) is the id.
class Vocabulary {
public:
  /// The word that stands for all others, if the vocabulary has it.
  static constexpr std::string_view kUnknown = "<unk>";

  /// Parses `text`, called `file` in messages. Empty, doubled and non-UTF-8
  /// words and words with spaces are errors that name file, line and column.
  static bool parse(std::string_view text, const std::string &file, Vocabulary &out, std::string &error);
  static bool read(const std::string &path, Vocabulary &out, std::string &error);

  const std::string &file() const { return name; }
  size_t size() const { return words.size(); }
  const std::string &word(size_t id) const { return words[id]; }
  std::optional<int32_t> find(std::string_view word) const { return words.find(word); }
  /// The id of `<unk>`.
  std::optional<int32_t> unknown() const { return words.find(kUnknown); }

private:
  std::string name;
  StringTable words;
};

} // namespace cortex::io
#endif // CORTEX_IO_VOCABULARY_H
