//===- Measure.h - One process's measurements of one case -----------------===//
#ifndef CORTEX_BENCHMARKS_MEASURE_H
#define CORTEX_BENCHMARKS_MEASURE_H

#include "Cases.h"
#include "Cli.h"

#include <string>
#include <vector>

namespace cortex::bench {

struct MeasureOptions {
  std::string folder; ///< where prepare left its files
  std::vector<int64_t> batch{1, 10};
  std::vector<uint32_t> workers{1, 2};
  double seconds = 0.15; ///< about so long each side is measured, at least three passes
  bool expert = true;    ///< beside the hand-written side, where there is one
};

/// A row for each size of batch and number of workers. Every side's answers to all batches are checked before
/// anything is timed: the first structures against the reference, all against each other.
cli::Json measure(const Case &c, const MeasureOptions &options);

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_MEASURE_H
