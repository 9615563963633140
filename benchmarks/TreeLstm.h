//===- TreeLstm.h - The model that is measured, in plain C++ --------------===//
//
// Child-sum TreeLSTM over binary trees (Tai et al. 2015), words at leaves:
//
//   leaf:   i, o, u = sigmoid, sigmoid, tanh of (W E[word] + b); c = i * u
//   inner:  hs = h_l + h_r; i, o, u likewise of (U hs + b);
//           f_k = sigmoid(Uf h_k + bf); c = i * u + f_l * c_l + f_r * c_r
//   both:   h = o * tanh(c)
//===----------------------------------------------------------------------===//
#ifndef CORTEX_BENCHMARKS_TREELSTM_H
#define CORTEX_BENCHMARKS_TREELSTM_H

#include <cstdint>
#include <vector>

namespace cortex::bench {

/// A node as a program that uses trees would have it: on the heap, linked.
struct Node {
  int32_t word = -1; ///< -1 at inner nodes
  Node *left = nullptr, *right = nullptr;
  mutable int32_t slot = 0; ///< for the runtime's walk; see linked.hpp
};

/// Row-major weights; gates in the order i, o, u.
struct Weights {
  int32_t hidden = 0, vocab = 0, embed = 0;
  std::vector<float> embedding; ///< [vocab, embed]
  std::vector<float> w;         ///< [3, hidden, embed]
  std::vector<float> u;         ///< [3, hidden, hidden]
  std::vector<float> b;         ///< [3, hidden]
  std::vector<float> uf;        ///< [hidden, hidden]
  std::vector<float> bf;        ///< [hidden]
};

/// Weights of the size that keeps the states away from 0 and from saturation.
Weights randomWeights(int32_t hidden, int32_t vocab, int32_t embed, uint64_t seed);

/// W E[word] + b for every word, [vocab, 3, hidden]: what every implementation
/// may compute before the first tree arrives.
std::vector<float> wordTable(const Weights &weights);

/// The root's h, node by node in double. `table` is wordTable's.
std::vector<double> referenceState(const Weights &weights, const std::vector<float> &table, const Node *root);

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_TREELSTM_H
