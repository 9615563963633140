#include "cortex/IO/Vocabulary.h"

#include "Support.h"
#include "cortex/IO/Files.h"

namespace cortex::io {

int32_t StringTable::intern(std::string_view s) {
  if (const auto it = ids.find(s); it != ids.end())
    return it->second;
  const auto id = static_cast<int32_t>(strings.size());
  strings.emplace_back(s);
  ids.emplace(s, id);
  return id;
}

std::optional<int32_t> StringTable::find(std::string_view s) const {
  const auto it = ids.find(s);
  return it == ids.end() ? std::nullopt : std::optional<int32_t>(it->second);
}

/// Byte of `line` that no word can have, or npos.
static size_t findBadByte(std::string_view line) {
  for (size_t i = 0; i < line.size();) {
    const size_t length = utf8Length(line, i);
    const auto byte = static_cast<unsigned char>(line[i]);
    if (length == 0 || byte <= 0x20 || byte == 0x7F)
      return i;
    i += length;
  }
  return std::string_view::npos;
}

bool Vocabulary::parse(std::string_view text, const std::string &file, Vocabulary &out, std::string &error) {
  Vocabulary vocabulary;
  vocabulary.name = file;
  Lines lines(text);
  for (std::string_view line; lines.next(line);) {
    const std::string place = file + ":" + std::to_string(lines.number()) + ":";
    if (line.empty())
      return fail(error, place + "1: expected a word, found an empty line");
    if (const size_t bad = findBadByte(line); bad != std::string_view::npos) {
      error = place + std::to_string(columnOf(line, bad)) + ": expected one word of UTF-8 text, found ";
      error += line[bad] == ' '    ? "a space"
               : line[bad] == '\t' ? "a tab"
                                   : describeByte(static_cast<unsigned char>(line[bad]));
      return false;
    }
    if (const auto first = vocabulary.words.find(line))
      return fail(error, place + "1: the word " + inQuotes(line) + " is already on line " + std::to_string(*first + 1) +
                             ": expected every word once");
    if (vocabulary.size() == kMaxItems)
      return fail(error, place + "1: expected at most " + std::to_string(kMaxItems) + " words");
    vocabulary.words.intern(line);
  }
  if (vocabulary.size() == 0)
    return fail(error, file + ":1:1: expected at least one word, found an empty file");
  out = std::move(vocabulary);
  return true;
}

bool Vocabulary::read(const std::string &path, Vocabulary &out, std::string &error) {
  std::string text;
  return readFile(path, text, error) && parse(text, path, out, error);
}

} // namespace cortex::io
