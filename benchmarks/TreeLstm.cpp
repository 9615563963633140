#include "TreeLstm.h"

#include <cmath>
#include <utility>

namespace cortex::bench {

/// Uniform in [-scale, scale), the same on every machine (splitmix64).
static std::vector<float> uniform(size_t count, double scale, uint64_t &state) {
  std::vector<float> values(count);
  for (float &value : values) {
    uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    z ^= z >> 31;
    value = static_cast<float>((static_cast<double>(z >> 11) * 0x1p-52 - 1) * scale);
  }
  return values;
}

Weights randomWeights(int32_t hidden, int32_t vocab, int32_t embed, uint64_t seed) {
  const auto h = static_cast<size_t>(hidden), v = static_cast<size_t>(vocab), e = static_cast<size_t>(embed);
  Weights weights;
  weights.hidden = hidden;
  weights.vocab = vocab;
  weights.embed = embed;
  weights.embedding = uniform(v * e, 1, seed);
  weights.w = uniform(3 * h * e, std::sqrt(3.0 / embed), seed);
  weights.u = uniform(3 * h * h, std::sqrt(3.0 / hidden), seed);
  weights.b = uniform(3 * h, 0.5, seed);
  weights.uf = uniform(h * h, std::sqrt(3.0 / hidden), seed);
  weights.bf = uniform(h, 0.5, seed);
  return weights;
}

std::vector<float> wordTable(const Weights &weights) {
  const size_t rows = 3 * static_cast<size_t>(weights.hidden), e = static_cast<size_t>(weights.embed);
  std::vector<float> table(static_cast<size_t>(weights.vocab) * rows);
  for (size_t word = 0; word < static_cast<size_t>(weights.vocab); ++word)
    for (size_t row = 0; row < rows; ++row) {
      const float *w = &weights.w[row * e], *x = &weights.embedding[word * e];
      double sum = weights.b[row];
      for (size_t k = 0; k < e; ++k)
        sum += static_cast<double>(w[k]) * x[k];
      table[word * rows + row] = static_cast<float>(sum);
    }
  return table;
}

static double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

static double dot(const float *weights, const std::vector<double> &x) {
  double sum = 0;
  for (size_t k = 0; k < x.size(); ++k)
    sum += weights[k] * x[k];
  return sum;
}

/// (h, c) of a node. Parse trees are shallow enough to recurse.
static std::pair<std::vector<double>, std::vector<double>> evaluate(const Weights &weights,
                                                                    const std::vector<float> &table, const Node *node) {
  const auto hidden = static_cast<size_t>(weights.hidden);
  std::vector<double> h(hidden), c(hidden);
  if (node->word >= 0) {
    const float *gates = &table[static_cast<size_t>(node->word) * 3 * hidden];
    for (size_t j = 0; j < hidden; ++j) {
      c[j] = sigmoid(gates[j]) * std::tanh(gates[2 * hidden + j]);
      h[j] = sigmoid(gates[hidden + j]) * std::tanh(c[j]);
    }
    return {h, c};
  }
  const auto [hl, cl] = evaluate(weights, table, node->left);
  const auto [hr, cr] = evaluate(weights, table, node->right);
  std::vector<double> sum(hidden);
  for (size_t j = 0; j < hidden; ++j)
    sum[j] = hl[j] + hr[j];
  auto gate = [&](size_t g, size_t j) {
    return dot(&weights.u[(g * hidden + j) * hidden], sum) + weights.b[g * hidden + j];
  };
  for (size_t j = 0; j < hidden; ++j) {
    const double fl = sigmoid(dot(&weights.uf[j * hidden], hl) + weights.bf[j]);
    const double fr = sigmoid(dot(&weights.uf[j * hidden], hr) + weights.bf[j]);
    c[j] = sigmoid(gate(0, j)) * std::tanh(gate(2, j)) + fl * cl[j] + fr * cr[j];
    h[j] = sigmoid(gate(1, j)) * std::tanh(c[j]);
  }
  return {h, c};
}

std::vector<double> referenceState(const Weights &weights, const std::vector<float> &table, const Node *root) {
  return evaluate(weights, table, root).first;
}

} // namespace cortex::bench
