//===- Score.h - A run's outputs against what was expected ----------------===//
#ifndef CORTEX_TOOLS_SCORE_H
#define CORTEX_TOOLS_SCORE_H

#include "Cli.h"
#include "Input.h"
#include "Loaded.h"

#include <optional>
#include <string>
#include <vector>

namespace cortex::cli {

struct ScoreOptions {
  std::string labels;                ///< a file with one label a line
  std::vector<std::string> labelMap; ///< "LABEL=CLASS"
  std::vector<std::string> classes;  ///< names of the classes
  bool predict = false;              ///< print a line per structure
  std::string expect;                ///< a file of the values that the output must have
  double tolerance = 1e-4;
};
void addScoreOptions(CLI::App &command, ScoreOptions &options);

/// How often the class with the largest value was the labelled one.
struct Accuracy {
  size_t right = 0, counted = 0;
  size_t otherLabels = 0; ///< structures whose label is mapped to no class
};

/// How far an output is from the expected values.
struct Difference {
  double largest = 0;
  size_t item = 0, element = 0; ///< where
};

/// Whether accuracy can be and was asked to be computed.
bool wantsAccuracy(const ScoreOptions &options);

/// The accuracy of `output`, which must have one vector of at least two values
/// for every structure. Labels come from the file, or else from the trees' roots.
Accuracy scoreAccuracy(const ScoreOptions &options, const Structures &structures, const Output &output);

/// Compares with the file (.npy, or numbers as text in the same order).
Difference compareWithFile(const std::string &path, const Output &output);

/// Fails unless predictions can be made: `output` has a vector of class values for
/// every structure, and the classes have names for all of them, or none.
void requirePredictable(const ScoreOptions &options, const Structures &structures, const Output &output);

/// Of what is predictable, one line a structure: the class with the largest value, its softmax
/// probability and the structure's words (or its line).
void printPredictions(const ScoreOptions &options, const Structures &structures, const Output &output);
/// The same as a list of objects.
Json predictionsAsJson(const ScoreOptions &options, const Structures &structures, const Output &output);

} // namespace cortex::cli
#endif // CORTEX_TOOLS_SCORE_H
