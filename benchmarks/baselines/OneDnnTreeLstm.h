//===- OneDnnTreeLstm.h - What an expert writes by hand -------------------===//
//
// Level-batched child-sum TreeLSTM: oneDNN matrix products cached by shape,
// elementwise loops that the compiler vectorizes. Every thread owns the same
// hidden units of all gates for the whole run, so that its weights stay in its
// own cache, and there is one spinning barrier a level. Uf h of a level's nodes
// is computed as soon as they exist; their parents only read it.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_BENCHMARKS_ONEDNNTREELSTM_H
#define CORTEX_BENCHMARKS_ONEDNNTREELSTM_H

#include "../TreeLstm.h"

#include <memory>
#include <vector>

namespace cortex::bench {

class OneDnnTreeLstm {
public:
  /// `table` is wordTable's. `weights.hidden` must be a multiple of `threads`.
  OneDnnTreeLstm(const Weights &weights, const std::vector<float> &table, int threads);
  ~OneDnnTreeLstm();

  /// The h of each root: out[count, hidden]. A product of a new shape tries its
  /// variants, so the first runs over a set of trees are not to be measured.
  void forward(const Node *const *roots, int count, float *out);

private:
  class Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_ONEDNNTREELSTM_H
