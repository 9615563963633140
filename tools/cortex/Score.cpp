#include "Score.h"

#include "cortex/IO/Files.h"
#include "cortex/IO/Npy.h"

#include <charconv>
#include <cmath>
#include <iostream>
#include <limits>
#include <map>
#include <sstream>

namespace cortex::cli {

void addScoreOptions(CLI::App &command, ScoreOptions &options) {
  command.add_option(
      "--labels", options.labels,
      "The right label of every structure, one a line: prints the accuracy. Bracketed trees have labels of their own");
  command
      .add_option("--label-map", options.labelMap,
                  "Which class (from 0) a label stands for: 0=0,4=1. Other labels are not counted. Default: a label is "
                  "its class")
      ->check(keyAndValue())
      ->delimiter(',')
      ->allow_extra_args(false);
  CLI::Option *predict =
      command.add_flag("--predict", options.predict,
                       "Print the most likely class of every structure; the summary goes to standard error");
  command.add_option("--classes", options.classes, "Names of the classes, from class 0: negative,positive")
      ->needs(predict)
      ->delimiter(',')
      ->allow_extra_args(false);
  CLI::Option *expect =
      command.add_option("--expect", options.expect,
                         "The values that the output must have (.npy, or numbers as text): exit code 1 if one differs "
                         "by more than --tolerance");
  command.add_option("--tolerance", options.tolerance, "Largest absolute difference that --expect allows")
      ->check(notNegative())
      ->needs(expect)
      ->capture_default_str();
}

bool wantsAccuracy(const ScoreOptions &options) {
  return !options.labels.empty() || !options.labelMap.empty();
}

/// Fails unless `output` has one vector of at least two values per structure.
static void requireClasses(const Structures &structures, const Output &output, const char *what) {
  if (output.elements < 2 || output.items() != structures.batch.structures())
    throw Failure(std::string(what) + ": output '" + output.name + "' (" + output.describe() +
                  ") is not one vector of class values for each of the " +
                  std::to_string(structures.batch.structures()) + " structures");
}

void requirePredictable(const ScoreOptions &options, const Structures &structures, const Output &output) {
  requireClasses(structures, output, "--predict");
  if (!options.classes.empty() && options.classes.size() != output.elements)
    throw Failure("--classes: expected " + std::to_string(output.elements) + " names, one for each class of output '" +
                  output.name + "', found " + std::to_string(options.classes.size()));
}

static size_t likeliest(const Output &output, size_t item) {
  size_t best = 0;
  for (size_t i = 1; i < output.elements; ++i)
    if (output.at(item, i) > output.at(item, best))
      best = i;
  return best;
}

/// The softmax probability of class `of`.
static double probability(const Output &output, size_t item, size_t of) {
  double sum = 0;
  for (size_t i = 0; i < output.elements; ++i)
    sum += std::exp(output.at(item, i) - output.at(item, of));
  return 1 / sum;
}

static std::vector<std::string> readLabels(const ScoreOptions &options, const Structures &structures) {
  if (options.labels.empty()) {
    if (structures.labels.empty())
      throw Failure(structures.file + ": the structures have no labels; give them with --labels FILE");
    return structures.labels;
  }
  std::string text, error;
  if (!io::readFile(options.labels, text, error))
    throw Failure(error);
  std::vector<std::string> labels;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    line.erase(line.find_last_not_of(" \t\r") + 1);
    labels.push_back(line);
  }
  if (labels.size() != structures.batch.structures())
    throw Failure(options.labels + ": expected " + std::to_string(structures.batch.structures()) +
                  " labels, one for each structure of " + structures.file + ", found " + std::to_string(labels.size()));
  return labels;
}

/// "label=class" with a class that the output has.
static std::pair<std::string, size_t> parseLabel(const std::string &entry, const Output &output) {
  auto [label, text] = splitSetting(entry);
  const auto last = static_cast<int64_t>(output.elements) - 1;
  return {label, static_cast<size_t>(parseInteger(text, "--label-map " + label, 0, last))};
}

Accuracy scoreAccuracy(const ScoreOptions &options, const Structures &structures, const Output &output) {
  requireClasses(structures, output, options.labels.empty() ? "--label-map" : "--labels");
  std::map<std::string, size_t> classOf;
  for (const std::string &entry : options.labelMap)
    if (const auto label = parseLabel(entry, output); !classOf.insert(label).second)
      throw Failure("--label-map: '" + label.first + "' is set twice");
  const std::vector<std::string> labels = readLabels(options, structures);
  Accuracy accuracy;
  for (size_t s = 0; s < labels.size(); ++s) {
    size_t wanted = 0;
    if (!options.labelMap.empty()) {
      const auto found = classOf.find(labels[s]);
      if (found == classOf.end()) {
        ++accuracy.otherLabels;
        continue;
      }
      wanted = found->second;
    } else {
      const std::string where = options.labels + ":" + std::to_string(s + 1);
      const auto last = static_cast<int64_t>(output.elements) - 1;
      wanted =
          static_cast<size_t>(parseInteger(labels[s], where + ": the class of output '" + output.name + "'", 0, last));
    }
    ++accuracy.counted;
    accuracy.right += likeliest(output, s) == wanted;
  }
  if (accuracy.counted == 0)
    throw Failure("--label-map: no structure of " + structures.file + " has one of these labels");
  return accuracy;
}

/// The numbers of a text file; anything else in it is an error with its line.
static std::vector<double> readNumbers(const std::string &path, const std::string &text) {
  std::vector<double> numbers;
  size_t line = 1;
  for (const char *at = text.data(), *end = at + text.size(); at != end;) {
    if (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r') {
      line += *at++ == '\n';
      continue;
    }
    double value = 0;
    const auto [next, status] = std::from_chars(at, end, value);
    if (status != std::errc()) {
      const std::string_view found = std::string_view(at, end).substr(0, 20);
      throw Failure(path + ":" + std::to_string(line) + ": expected a number" +
                    (status == std::errc::result_out_of_range ? " in the range of float64" : "") + ", found '" +
                    std::string(found.substr(0, found.find_first_of(" \t\r\n"))) + "'");
    }
    numbers.push_back(value);
    at = next;
  }
  return numbers;
}

Difference compareWithFile(const std::string &path, const Output &output) {
  std::string text, error;
  if (!io::readFile(path, text, error))
    throw Failure(error);
  std::vector<double> expected;
  if (text.starts_with("\x93NUMPY")) {
    io::Tensor tensor;
    if (!io::parseNpy(text, path, tensor, error))
      throw Failure(error);
    if (const auto floats = io::valuesOf<float>(tensor); !floats.empty())
      expected.assign(floats.begin(), floats.end());
    else if (const auto doubles = io::valuesOf<double>(tensor); !doubles.empty())
      expected.assign(doubles.begin(), doubles.end());
    else
      throw Failure(path + ": expected an array of F32 or F64, found " + std::string(io::nameOf(tensor.type)));
  } else {
    expected = readNumbers(path, text);
  }
  if (expected.size() != output.items() * output.elements)
    throw Failure(path + ": expected " + std::to_string(output.items() * output.elements) + " values for output '" +
                  output.name + "' (" + output.describe() + "), found " + std::to_string(expected.size()));
  Difference difference;
  for (size_t item = 0; item < output.items(); ++item)
    for (size_t element = 0; element < output.elements; ++element) {
      double distance = std::fabs(output.at(item, element) - expected[item * output.elements + element]);
      // NaN on either side is as far away as can be.
      if (std::isnan(distance))
        distance = std::numeric_limits<double>::infinity();
      if (distance > difference.largest)
        difference = {distance, item, element};
    }
  return difference;
}

static std::string className(const ScoreOptions &options, size_t index) {
  return options.classes.empty() ? "class " + std::to_string(index) : options.classes[index];
}

static std::string textOf(const Structures &structures, size_t s) {
  return structures.texts.empty() ? structures.file + ":" + std::to_string(structures.lines[s]) : structures.texts[s];
}

void printPredictions(const ScoreOptions &options, const Structures &structures, const Output &output) {
  std::vector<std::vector<std::string>> rows{{"prediction", "probability", "structure"}};
  for (size_t s = 0; s < structures.batch.structures(); ++s) {
    const size_t best = likeliest(output, s);
    char text[16];
    std::snprintf(text, sizeof text, "%.3f", probability(output, s, best));
    rows.push_back({className(options, best), text, textOf(structures, s)});
  }
  printTable(rows, {1});
}

Json predictionsAsJson(const ScoreOptions &options, const Structures &structures, const Output &output) {
  Json list = Json::array();
  for (size_t s = 0; s < structures.batch.structures(); ++s) {
    const size_t best = likeliest(output, s);
    list.push_back({{"structure", s},
                    {"class", best},
                    {"name", className(options, best)},
                    {"probability", probability(output, s, best)},
                    {"text", textOf(structures, s)}});
  }
  return list;
}

} // namespace cortex::cli
