//===- TreeLstms.h - Child-sum and N-ary TreeLSTM by hand -----------------===//
#ifndef CORTEX_BENCHMARKS_TREELSTMS_H
#define CORTEX_BENCHMARKS_TREELSTMS_H

#include "LevelBatched.h"

namespace cortex::bench {

/// Trees whose inner nodes have two children. A leaf's gates come from a table W x + b of all words.
std::unique_ptr<Side> makeTreeLstm(int hidden, const reference::Params &weights, int threads);
std::unique_ptr<Side> makeNaryTreeLstm(int hidden, const reference::Params &weights, int threads);

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_TREELSTMS_H
