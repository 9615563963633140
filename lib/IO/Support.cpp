#include "Support.h"

namespace cortex::io {

size_t utf8Length(std::string_view text, size_t at) {
  auto byte = [&](size_t i) -> unsigned { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0; };
  auto continues = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned lead = byte(0);
  if (at >= text.size())
    return 0;
  if (lead < 0x80)
    return 1;
  if (lead >= 0xC2 && lead <= 0xDF)
    return continues(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    // Overlong forms and surrogates are not UTF-8.
    const bool allowed = lead == 0xE0 ? byte(1) >= 0xA0 : lead == 0xED ? byte(1) <= 0x9F : true;
    return allowed && continues(1) && continues(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool allowed = lead == 0xF0 ? byte(1) >= 0x90 : lead == 0xF4 ? byte(1) <= 0x8F : true;
    return allowed && continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

bool isUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const size_t length = utf8Length(text, i);
    if (length == 0)
      return false;
    i += length;
  }
  return true;
}

size_t columnOf(std::string_view line, size_t at) {
  size_t column = 1;
  for (size_t i = 0; i < at && i < line.size(); ++column) {
    const size_t length = utf8Length(line, i);
    i += length ? length : 1;
  }
  return column;
}

std::string describeByte(unsigned char byte) {
  static constexpr char kDigits[] = "0123456789abcdef";
  return std::string("byte 0x") + kDigits[byte >> 4] + kDigits[byte & 15];
}

std::string inQuotes(std::string_view text) {
  constexpr size_t kLongest = 60; // bytes: enough to find the place in the file
  std::string out = "'";
  for (size_t i = 0; i < text.size();) {
    if (i >= kLongest) {
      out += "...";
      break;
    }
    const auto byte = static_cast<unsigned char>(text[i]);
    const size_t length = utf8Length(text, i);
    if (length == 0 || byte < 0x20 || byte == 0x7F) {
      out += "\\x" + describeByte(byte).substr(7);
      ++i;
    } else {
      out += text.substr(i, length);
      i += length;
    }
  }
  return out + "'";
}

Lines::Lines(std::string_view text) : rest(text) {
  if (rest.starts_with("\xEF\xBB\xBF"))
    rest.remove_prefix(3);
}

bool Lines::next(std::string_view &line) {
  if (rest.empty())
    return false;
  const size_t end = rest.find('\n');
  line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  ++count;
  return true;
}

} // namespace cortex::io
