//===- Trial.h - Ways to compile and run a model --------------------------===//
//
// A trial is a random model compiled under a random schedule, and several
// *cases*: batches of random structures with weights of their own, each run in
// several ways. Compiling is what takes the time, so that a model is tried on
// several batches.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_TOOLS_FUZZ_TRIAL_H
#define CORTEX_TOOLS_FUZZ_TRIAL_H

#include "ModelSource.h"

#include "cortex/Reference/Random.h"

#include <optional>
#include <string>
#include <vector>

namespace cortex::fuzz {

/// A way to compile a model.
struct Way {
  std::string target;
  Schedule schedule;
  unsigned optLevel = 3; ///< LLVM's

  CompileOptions options() const;
};

/// Each key at its default half of the time, else at any of its values that `model` admits; settled.
Schedule randomSchedule(reference::Random &random, ra::ModelOp model);

/// Structures, inputs and weights, and how they are run.
struct Case {
  reference::Params params;
  io::Batch batch;
  int64_t workers = 2; ///< beside one
  bool artifact = false, chunks = false;
};

struct Trial {
  /// Everything follows from the seed; where the machine cannot run the target that was drawn, the best it can
  /// run takes its place.
  Trial(uint64_t seed, ra::ModelOp model, int64_t cases);

  uint64_t seed;
  Way way;
  /// Another way that must give the same bytes: it differs in the height of strips and LLVM's level only.
  std::optional<Way> other;
  std::vector<Case> cases;
  /// Largest relative error from the inputs on that is no fault; 0: any that the running bounds allow.
  double tolerance = 0;

  /// The command that shows what case 0 shows, of a model's text, structures and weights in
  /// STEM.mlir, STEM.jsonl and STEM.safetensors.
  std::string command(const std::string &stem) const;
};

/// Targets that this machine can run, the best last.
const std::vector<std::string> &targets();

} // namespace cortex::fuzz
#endif // CORTEX_TOOLS_FUZZ_TRIAL_H
