//===- Files.h - What `prepare` leaves for the processes that measure -----===//
#ifndef CORTEX_BENCHMARKS_FILES_H
#define CORTEX_BENCHMARKS_FILES_H

#include "Cli.h"

#include "cortex/IO/Files.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace cortex::bench {

/// The files of one case in one folder.
struct Files {
  std::string artifact; ///< the model with its weights
  std::string answers;  ///< the reference's values of the checked structures' outputs, as doubles
  std::string peers;    ///< safetensors: structures, inputs and weights, for measuring other systems
  std::string facts;    ///< JSON: how long compiling took, the schedule, the counted work

  Files(const std::string &folder, std::string name) {
    std::replace_if(name.begin(), name.end(), [](char c) { return c == ':' || c == ',' || c == '='; }, '_');
    artifact = folder + "/" + name + ".cortex";
    peers = folder + "/" + name + ".safetensors";
    answers = folder + "/" + name + ".f64";
    facts = folder + "/" + name + ".json";
  }
};

inline void writeText(const std::string &path, const std::string &text) {
  std::string error;
  if (!io::writeFile(path, text, error))
    throw cli::Failure(error);
}
inline std::string readText(const std::string &path) {
  std::string text, error;
  if (!io::readFile(path, text, error))
    throw cli::Failure(error);
  return text;
}

inline void writeDoubles(const std::string &path, const std::vector<double> &values) {
  writeText(path, std::string(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(double)));
}
inline std::vector<double> readDoubles(const std::string &path) {
  const std::string text = readText(path);
  std::vector<double> values(text.size() / sizeof(double));
  std::memcpy(values.data(), text.data(), values.size() * sizeof(double));
  return values;
}

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_FILES_H
