//===- Experts.h - What an expert writes by hand, model by model ----------===//
//
// Level-batched code: oneDNN's matrix products, each of a shape's variants tried
// once and the fastest kept, and elementwise loops that the compiler vectorizes
// with fast-math. Every thread owns a part of the units of all products for the
// whole run, so that its weights stay in its own cache, and there is one spinning
// barrier for each exchange of states. Sequences use oneDNN's own LSTM and GRU.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_BENCHMARKS_EXPERTS_H
#define CORTEX_BENCHMARKS_EXPERTS_H

#include "../Side.h"

#include "cortex/Reference/Structures.h"

#include <map>
#include <memory>
#include <string>

namespace cortex::bench {

using Sizes = std::map<std::string, int64_t>;

/// The hand-written side of a model, run by `threads` threads; null where there is none, and `why`.
std::unique_ptr<Side> makeExpert(const std::string &model, const Sizes &sizes, const reference::Params &weights,
                                 int threads, std::string &why);

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_EXPERTS_H
