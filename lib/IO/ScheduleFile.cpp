#include "cortex/IO/ScheduleFile.h"

#include "Json.h"

#include "cortex/IO/Files.h"

namespace cortex::io {

/// A value as the command line would have it.
static std::string settingOf(const Json &value) {
  if (value.is_boolean())
    return value.get<bool>() ? "on" : "off";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool parseScheduleJson(std::string_view text, const std::string &name, Schedule &schedule, std::string &error) {
  Json json;
  JsonError problem;
  if (!parseJson(text, json, problem)) {
    error = name + ": " + problem.message + (problem.offset ? " at byte " + std::to_string(*problem.offset) : "");
    return false;
  }
  if (!json.is_object()) {
    error = name + ": expected an object with the keys of a schedule, found " + describeJson(json);
    return false;
  }
  for (const auto &[key, value] : json.items()) {
    if (value.is_structured() || value.is_null()) {
      error = std::string(name).append(": ").append(key).append(": expected a word or a number, found ");
      error += describeJson(value);
      return false;
    }
    if (!setScheduleKey(schedule, key, settingOf(value), error)) {
      error.insert(0, name + ": ");
      return false;
    }
  }
  return true;
}

bool readScheduleFile(const std::string &path, Schedule &schedule, std::string &error) {
  std::string text;
  return readFile(path, text, error) && parseScheduleJson(text, path, schedule, error);
}

} // namespace cortex::io
