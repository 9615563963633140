//===- Floors.h - The time below which no schedule of a case can go -------===//
#ifndef CORTEX_BENCHMARKS_FLOORS_H
#define CORTEX_BENCHMARKS_FLOORS_H

#include "Cases.h"
#include "Cli.h"

#include "cortex/CostModel/CostModel.h"

#include <string>
#include <vector>

namespace cortex::bench {

cli::Json toJson(const std::vector<cost::Ceilings> &ceilings);
std::vector<cost::Ceilings> ceilingsFrom(const cli::Json &json);

/// For each size of batch and number of workers, the mean over the batches that `run` times.
/// `compute=bf16` has the peak of dot products of bf16, and none of these where the CPU has no such.
cli::Json floors(const Case &c, const std::string &folder, std::vector<cost::Ceilings> ceilings,
                 const std::vector<int64_t> &batch, const std::vector<uint32_t> &workers);

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_FLOORS_H
