//===- Prepare.h - Compiles a case and computes its answers ---------------===//
#ifndef CORTEX_BENCHMARKS_PREPARE_H
#define CORTEX_BENCHMARKS_PREPARE_H

#include "Cases.h"

#include <string>

namespace cortex::bench {

struct PrepareOptions {
  cli::TargetOptions target;
  std::string folder;
  std::string answersOf; ///< a folder where the case was prepared with another schedule: its answers are the same
  bool peers = false;    ///< also write what other systems need to measure it
};

/// Writes a case's Files. Fails if the reference's answers would show nothing.
void prepare(const Case &c, const PrepareOptions &options);

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_PREPARE_H
