#include "Json.h"

#include "Support.h"

#include <charconv>
#include <cmath>
#include <unordered_set>
#include <vector>

namespace cortex::io {

namespace {

/// Builds a Json from the parser's events. Open containers are on a stack of
/// pointers: a container is not moved while it is open, because only the
/// innermost one grows.
class Builder : public nlohmann::json_sax<Json> {
public:
  Builder(Json &root, JsonError &problem) : root(root), problem(problem) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  // Only numbers with a sign come here, so zero is -0, which is written for -0.0.
  bool number_integer(number_integer_t value) override { return value == 0 ? add(-0.0) : add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t &) override { return add(value); }
  bool string(string_t &value) override { return add(std::move(value)); }
  bool binary(binary_t &) override { return false; } // not in JSON text
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t &name) override {
    if (open_values.back().keys.contains(name)) {
      problem.message = "the key " + inQuotes(name) + " occurs twice";
      return false;
    }
    open_values.back().keys.insert(name);
    next_key = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string &, const nlohmann::detail::exception &reason) override {
    problem.offset = position ? position - 1 : 0;
    // "[json.exception.parse_error.101] parse error at line 1, column 3: <what we want>"
    std::string_view text = reason.what();
    if (const size_t id = text.find("] "); id != std::string_view::npos)
      text.remove_prefix(id + 2);
    if (const size_t colon = text.find(": "); text.starts_with("parse error") && colon != std::string_view::npos)
      text.remove_prefix(colon + 2);
    problem.message = text;
    return false;
  }

private:
  struct Open {
    Json *value;
    std::unordered_set<std::string> keys; ///< of an object
  };

  Json *place(Json &&value) {
    if (open_values.empty()) {
      root = std::move(value);
      return &root;
    }
    Json &parent = *open_values.back().value;
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    // The key is new, so that the linear search of ordered_json is not needed.
    auto &object = parent.get_ref<Json::object_t &>();
    object.Container::emplace_back(std::move(next_key), std::move(value));
    return &object.back().second;
  }
  bool add(Json &&value) {
    place(std::move(value));
    return true;
  }
  bool open(Json &&value) {
    constexpr size_t kDeepest = 64; // no format here nests by the depth of its data
    if (open_values.size() == kDeepest) {
      problem.message = "values are nested deeper than " + std::to_string(kDeepest);
      return false;
    }
    open_values.push_back({place(std::move(value)), {}});
    return true;
  }
  bool close() {
    open_values.pop_back();
    return true;
  }

  Json &root;
  JsonError &problem;
  std::vector<Open> open_values;
  std::string next_key;
};

} // namespace

bool parseJson(std::string_view text, Json &out, JsonError &error) {
  error = {};
  // For nlohmann a NUL ends the text, and its messages would repeat bytes that are no text.
  for (size_t at = 0; at < text.size();) {
    const size_t length = utf8Length(text, at);
    if (length == 0 || text[at] == '\0') {
      error = {at, "expected UTF-8 text, found " + describeByte(static_cast<unsigned char>(text[at]))};
      return false;
    }
    at += length;
  }
  Builder builder(out, error);
  return Json::sax_parse(text, &builder);
}

std::string describeJson(const Json &value) {
  switch (value.type()) {
  case Json::value_t::object:
    return "an object";
  case Json::value_t::array:
    return "a list of " + std::to_string(value.size());
  case Json::value_t::string:
    return inQuotes(value.get_ref<const std::string &>());
  case Json::value_t::boolean:
    return value.get<bool>() ? "true" : "false";
  case Json::value_t::number_integer:
  case Json::value_t::number_unsigned:
  case Json::value_t::number_float:
    return value.dump();
  default:
    return "null";
  }
}

std::optional<uint64_t> asUnsigned(const Json &value, uint64_t limit) {
  if (!value.is_number_unsigned() || value.get<uint64_t>() > limit)
    return std::nullopt;
  return value.get<uint64_t>();
}

std::string jsonString(std::string_view text) {
  return Json(text).dump();
}

template <typename T> static void appendNumber(std::string &out, T value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(value) || std::isinf(value)) {
      out += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
      return;
    }
  }
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out.append(buffer, end);
}

void appendJsonNumber(std::string &out, float value) {
  appendNumber(out, value);
}
void appendJsonNumber(std::string &out, double value) {
  appendNumber(out, value);
}
void appendJsonNumber(std::string &out, int32_t value) {
  appendNumber(out, value);
}

} // namespace cortex::io
