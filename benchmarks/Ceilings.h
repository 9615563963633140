//===- Ceilings.h - What this machine reaches -----------------------------===//
#ifndef CORTEX_BENCHMARKS_CEILINGS_H
#define CORTEX_BENCHMARKS_CEILINGS_H

#include "cortex/CostModel/CostModel.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cortex::bench {

/// The widest vectors that this CPU and its system have: "avx512", "avx2" or "sse".
std::string vectorsHere();

/// For 1, 2, … `workers` cores working at once: what each of them reaches, of `vectors` wide instructions (a name of
/// vectorsHere, which the CPU must have). Takes a second or two per number of workers.
std::vector<cost::Ceilings> measureCeilings(uint32_t workers, const std::string &vectors);

/// The sum of the FMA peaks of `workers` cores at once, 10^9 FLOP/s, in a tenth of a second: where cores share the
/// units of one, it does not grow with their number.
double measurePeak(uint32_t workers, const std::string &vectors);

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_CEILINGS_H
