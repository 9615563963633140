//===- Support.h - What the text formats share ----------------------------===//
#ifndef CORTEX_LIB_IO_SUPPORT_H
#define CORTEX_LIB_IO_SUPPORT_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace cortex::io {

/// Node and edge ids are 32-bit.
constexpr size_t kMaxItems = 0x7fffffff;

/// Sets `error` and returns false, so that a failure is one statement.
inline bool fail(std::string &error, std::string message) {
  error = std::move(message);
  return false;
}

/// Bytes of the well-formed UTF-8 sequence at `text[at]`, or 0 if there is none.
size_t utf8Length(std::string_view text, size_t at);
/// Whether all of `text` is well-formed UTF-8.
bool isUtf8(std::string_view text);
/// Column, from 1, in characters of byte `at`; a malformed byte counts as one.
size_t columnOf(std::string_view line, size_t at);

/// 'text' for a message: on one line, shortened, other bytes as \xNN.
std::string inQuotes(std::string_view text);
/// "byte 0x07" and so on.
std::string describeByte(unsigned char byte);

/// The lines of a text. Lines end in \n or \r\n, the last one may lack its end;
/// a byte order mark at the start is skipped.
class Lines {
public:
  explicit Lines(std::string_view text);
  bool next(std::string_view &line);
  /// Number, from 1, of the line that next() gave last.
  size_t number() const { return count; }

private:
  std::string_view rest;
  size_t count = 0;
};

} // namespace cortex::io
#endif // CORTEX_LIB_IO_SUPPORT_H
