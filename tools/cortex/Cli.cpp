#include "Cli.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>

namespace cortex::cli {

std::pair<std::string, std::string> splitSetting(const std::string &setting) {
  const size_t equals = setting.find('=');
  return {setting.substr(0, equals), setting.substr(equals + 1)};
}

int64_t parseInteger(const std::string &text, const std::string &what, int64_t least, int64_t most) {
  int64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size() || value < least || value > most)
    throw Failure(what + ": expected a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
                  ", found '" + text + "'");
  return value;
}

std::string withCommas(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t i = text.size(); i > 3;) {
    i -= 3;
    text.insert(i, ",");
  }
  return text;
}

std::string countOf(uint64_t number, const std::string &one) {
  const char *several = one.ends_with("ch") || one.ends_with("s") ? "es" : "s";
  return withCommas(number) + " " + one + (number == 1 ? "" : several);
}

std::string formatBytes(uint64_t bytes) {
  static constexpr const char *kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  return (unit ? formatNumber(value) : std::to_string(bytes)) + " " + kUnits[unit];
}

uint64_t parseBytes(const std::string &text, const std::string &what) {
  static constexpr std::string_view kUnits = "KMGT";
  uint64_t value = 0;
  const char *end = text.data() + text.size();
  const auto [rest, status] = std::from_chars(text.data(), end, value);
  int shift = 0;
  bool good = status == std::errc() && value > 0;
  if (rest != end) {
    const size_t unit = kUnits.find(*rest);
    good = good && unit != std::string_view::npos && rest + 1 == end;
    shift = unit == std::string_view::npos ? 0 : 10 * (static_cast<int>(unit) + 1);
  }
  if (!good || value > (~uint64_t(0) >> shift))
    throw Failure(what + ": expected a number of bytes, at least 1 (1048576, 512K, 64M, 2G), found '" + text + "'");
  return value << shift;
}

std::string formatNumber(double number) {
  char text[32];
  const double magnitude = std::fabs(number);
  if (number == 0 || (magnitude >= 1e-3 && magnitude < 1e7)) {
    const int digits = magnitude >= 1000 ? 0 : magnitude >= 100 ? 1 : magnitude >= 10 ? 2 : magnitude >= 1 ? 3 : 4;
    std::snprintf(text, sizeof text, "%.*f", number == 0 ? 0 : digits, number);
  } else {
    std::snprintf(text, sizeof text, "%.2e", number);
  }
  return text;
}

void printTable(const std::vector<std::vector<std::string>> &rows, const std::vector<size_t> &rightAligned) {
  std::vector<size_t> width;
  for (const auto &row : rows)
    for (size_t i = 0; i < row.size(); ++i) {
      if (i == width.size())
        width.push_back(0);
      width[i] = std::max(width[i], row[i].size());
    }
  for (const auto &row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string space(width[i] - row[i].size(), ' ');
      const bool right = std::find(rightAligned.begin(), rightAligned.end(), i) != rightAligned.end();
      line += (i ? "  " : "") + (right ? space + row[i] : row[i] + space);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    std::cout << line << '\n';
  }
}

std::string cpuName() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name"))
      if (const size_t colon = line.find(':'); colon != std::string::npos)
        return line.substr(std::min(colon + 2, line.size()));
  return "unknown CPU";
}

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double place = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (values[above] - values[below]) * (place - static_cast<double>(below));
}

void printJson(const Json &json) {
  std::cout << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

} // namespace cortex::cli
