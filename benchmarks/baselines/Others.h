//===- Others.h - The other models by hand --------------------------------===//
#ifndef CORTEX_BENCHMARKS_OTHERS_H
#define CORTEX_BENCHMARKS_OTHERS_H

#include "LevelBatched.h"

namespace cortex::bench {

// TreeGrus.cpp. Trees whose inner nodes have two children.
std::unique_ptr<Side> makeTreeGru(int hidden, bool simple, const reference::Params &weights, int threads);

// SimpleTrees.cpp
std::unique_ptr<Side> makeTreeFc(int hidden, const reference::Params &weights, int threads);
std::unique_ptr<Side> makeDagRnn(int hidden, int features, const reference::Params &weights, int threads);
/// Not TreeRNN, but a copy of as many bytes as it reads and writes.
std::unique_ptr<Side> makeTreeRnnCopy(int hidden, const reference::Params &weights, int threads);

// Compositions.cpp
std::unique_ptr<Side> makeMvRnn(int hidden, const reference::Params &weights, int threads);
std::unique_ptr<Side> makeRntn(int hidden, const reference::Params &weights, int threads);

// Sequences.cpp
std::unique_ptr<Side> makeSequence(SequenceCell::Kind kind, int hidden, int features, const reference::Params &weights,
                                   int threads);

// Terms.cpp
std::unique_ptr<Side> makeTerms(int hidden, const reference::Params &weights, int threads);

// PlanConv.cpp
std::unique_ptr<Side> makePlanConv(int features, int channels1, int channels2, const reference::Params &weights,
                                   int threads);

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_OTHERS_H
