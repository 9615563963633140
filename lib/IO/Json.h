//===- Json.h - JSON values with checked shape ----------------------------===//
//
// nlohmann/json behind a reader of our own: it reports where the text is wrong,
// refuses a key that occurs twice (nlohmann keeps the last one silently) and
// bounds the nesting, and it never throws.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_LIB_IO_JSON_H
#define CORTEX_LIB_IO_JSON_H

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cortex::io {

using Json = nlohmann::ordered_json;

struct JsonError {
  /// Of the last byte read, from 0; nothing where the message names the place itself.
  std::optional<size_t> offset;
  std::string message;
};

/// Parses one value that takes all of `text`.
bool parseJson(std::string_view text, Json &out, JsonError &error);

/// "a number", "an object", … for messages; short scalars as they are.
std::string describeJson(const Json &value);

/// The value as an integer in [0, limit], or nothing; 3.0 is no integer.
std::optional<uint64_t> asUnsigned(const Json &value, uint64_t limit);

/// `text` as a JSON string with its quotes. Requires UTF-8.
std::string jsonString(std::string_view text);

/// Appends a number as the shortest decimal that reads back as the same value, or
/// as the string "NaN", "Infinity" or "-Infinity".
void appendJsonNumber(std::string &out, float value);
void appendJsonNumber(std::string &out, double value);
void appendJsonNumber(std::string &out, int32_t value);

} // namespace cortex::io
#endif // CORTEX_LIB_IO_JSON_H
