//===- Prepare.h - Compiles a case and computes its answers ---------------===//
#ifndef CORTEX_BENCHMARKS_PREPARE_H
#define CORTEX_BENCHMARKS_PREPARE_H

#include "Cases.h"

#include <string>

namespace cortex::bench {

/// Writes a case's Files to `folder`; with `peers` also what other systems need to measure it. Fails if the
/// reference's answers would show nothing.
void prepare(const Case &c, const cli::TargetOptions &target, const std::string &folder, bool peers);

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_PREPARE_H
