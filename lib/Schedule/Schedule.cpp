//===- Schedule.cpp - Reading, printing and checking schedules ------------===//
#include "cortex/Schedule/Schedule.h"

#include "cortex/Support/Words.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace cortex {

/// A bound of a range, which is a whole number in all of them.
static std::string boundText(double bound) {
  return std::to_string(static_cast<int64_t>(bound));
}

std::string ScheduleKey::expected() const {
  std::vector<std::string> all = words;
  if (range) {
    all.push_back((range->whole ? "a whole number from " : "a number from ") + boundText(range->least) + " to " +
                  boundText(range->most));
  }
  return joinWords(all, " or ");
}

static std::vector<std::string> keyNames() {
  std::vector<std::string> names;
  for (const ScheduleKey &key : scheduleKeys())
    names.push_back(key.name);
  return names;
}

bool setScheduleKey(Schedule &schedule, std::string_view name, std::string_view value, std::string &error) {
  const std::vector<ScheduleKey> &keys = scheduleKeys();
  const auto key = std::find_if(keys.begin(), keys.end(), [&](const ScheduleKey &k) { return k.name == name; });
  if (key == keys.end()) {
    const std::vector<std::string> names = keyNames();
    error = "there is no key '" + std::string(name) + "'" + didYouMean(name, names) + " (cortex explain lists them)";
    return false;
  }
  if (key->set(schedule, value))
    return true;
  error = key->name + " is '" + std::string(value) + "', expected " + key->expected() + didYouMean(value, key->words);
  return false;
}

bool parseSchedule(std::string_view text, Schedule &schedule, std::string &error) {
  std::set<std::string_view> seen;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find_first_of(", ", at), text.size());
    const std::string_view setting = text.substr(at, end - at);
    at = end + 1;
    if (setting.empty())
      continue;
    const size_t equals = setting.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      error = "expected KEY=VALUE, found '" + std::string(setting) + "'";
      return false;
    }
    const std::string_view key = setting.substr(0, equals);
    if (!setScheduleKey(schedule, key, setting.substr(equals + 1), error))
      return false;
    if (!seen.insert(key).second) {
      error = "'" + std::string(key) + "' is set twice";
      return false;
    }
  }
  return true;
}

std::string printSchedule(const Schedule &schedule) {
  std::string text;
  for (const ScheduleKey &key : scheduleKeys())
    text += (text.empty() ? "" : " ") + key.name + "=" + key.get(schedule);
  return text;
}

Schedule overlaySchedule(const Schedule &schedule, const Schedule &over) {
  Schedule result = schedule;
  for (const ScheduleKey &key : scheduleKeys())
    if (key.isGiven(over))
      key.copy(result, over);
  return result;
}

bool settleSchedule(Schedule &schedule, std::string &error) {
  // Asking for them all the same does nothing.
  if (!schedule.leaf_products.isGiven() && (schedule.tables == 0 || !schedule.specialize))
    schedule.leaf_products.choose(false);
  if (schedule.batching == Batching::None) {
    if (!schedule.strip_rows.isGiven())
      schedule.strip_rows.choose(1);
    if (schedule.strip_rows != 1) {
      error = "batching=none and strip_rows=" + std::to_string(schedule.strip_rows) +
              " exclude each other: one node at a time is strips of one row";
      return false;
    }
  }
  if (schedule.compute == Precision::BF16) {
    if (!schedule.weights.isGiven())
      schedule.weights.choose(Precision::BF16);
    if (schedule.weights != Precision::BF16) {
      error = "compute=bf16 and weights=f32 exclude each other: products of bf16 have weights in bf16";
      return false;
    }
  }
  if (schedule.batching == Batching::Structure && schedule.partition == Partitioning::Structures) {
    error =
        "batching=structure and partition=structures exclude each other: a run of one structure has none to share out";
    return false;
  }
  return true;
}

} // namespace cortex
