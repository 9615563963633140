#include "Experts.h"

#include "Others.h"
#include "TreeLstms.h"

namespace cortex::bench {

std::unique_ptr<Side> makeExpert(const std::string &model, const Sizes &sizes, const reference::Params &weights,
                                 int threads, std::string &why) {
  auto size = [&](const char *key) { return static_cast<int>(sizes.at(key)); };
  if (model == "TreeLSTM")
    return makeTreeLstm(size("hidden"), weights, threads);
  if (model == "NaryTreeLSTM")
    return makeNaryTreeLstm(size("hidden"), weights, threads);
  if (model == "TreeGRU" || model == "SimpleTreeGRU")
    return makeTreeGru(size("hidden"), model == "SimpleTreeGRU", weights, threads);
  if (model == "TreeFC")
    return makeTreeFc(size("hidden"), weights, threads);
  if (model == "DAGRNN")
    return makeDagRnn(size("hidden"), size("features"), weights, threads);
  if (model == "MVRNN")
    return makeMvRnn(size("hidden"), weights, threads);
  if (model == "RNTN")
    return makeRntn(size("hidden"), weights, threads);
  if (model == "LSTM" || model == "GRU")
    return makeSequence(model == "LSTM" ? SequenceCell::Kind::Lstm : SequenceCell::Kind::Gru, size("hidden"),
                        size("features"), weights, threads);
  if (model == "Terms")
    return makeTerms(size("hidden"), weights, threads);
  if (model == "PlanConv")
    return makePlanConv(size("features"), size("channels1"), size("channels2"), weights, threads);
  if (model == "TreeRNN")
    return makeTreeRnnCopy(size("hidden"), weights, threads);
  why = "nobody has written one";
  return nullptr;
}

} // namespace cortex::bench
