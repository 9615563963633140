//===- Trial.h - One random way to compile and run a model ----------------===//
#ifndef CORTEX_TOOLS_FUZZ_TRIAL_H
#define CORTEX_TOOLS_FUZZ_TRIAL_H

#include "ModelSource.h"

#include <string>
#include <vector>

namespace cortex::fuzz {

/// Structures, schedule, target and workers. What the seed does not give is what `cortex check` takes as options.
struct Trial {
  explicit Trial(uint64_t seed);

  uint64_t seed; ///< of weights and structures
  int64_t structures, nodes;
  std::string target;
  unsigned stripRows;
  double tableBudget;
  std::vector<int64_t> workers;
  unsigned otherStripRows; ///< another height that must give the same bytes; 0: none
  bool artifact, chunks;

  CompileOptions options() const;
  /// The command that runs the trial on a model's text in `path`; a second line, a
  /// comment, names what it leaves out (chunks, another height of strips).
  std::string command(const std::string &path) const;
};

/// Compiles the model of `module`, runs it and compares: every state with the
/// oracle's, node by node; bytes between numbers of workers, of one structure alone and in the
/// batch, from memory and from the artifact, whole and in chunks, and between
/// heights of strips. Returns what is wrong, or "".
std::string findFault(mlir::ModuleOp module, const Trial &trial);

/// Targets that this machine can run.
const std::vector<std::string> &targets();

} // namespace cortex::fuzz
#endif // CORTEX_TOOLS_FUZZ_TRIAL_H
