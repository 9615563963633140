#include "Elementwise.h"
#include "Others.h"

namespace cortex::bench {

namespace {

/// Nearly every node has weights of its own: products are dot products with rows, and threads own rows.
class Terms final : public LevelBatched {
public:
  Terms(int hidden, const reference::Params &weights, int threads)
      : LevelBatched(hidden, threads), table(floatsOf(weights, "embedding")), query(floatsOf(weights, "Q")),
        wfn(floatsOf(weights, "Wfn")), wl(floatsOf(weights, "W_l")), wr(floatsOf(weights, "W_r")),
        bias(floatsOf(weights, "b")), seen(static_cast<size_t>(threads)), scores(static_cast<size_t>(threads)) {}

private:
  enum Type : int32_t { Var = 0, Fn = 1, Eq = 2 };

  const float *stateOf(int row) {
    const Node *node = nodes.node[static_cast<size_t>(row)];
    return node->type == Var ? &table[static_cast<size_t>(node->symbol) * static_cast<size_t>(width)] : state(row);
  }

  void reserve(int thread) override { seen[static_cast<size_t>(thread)].reserve(static_cast<size_t>(width)); }

  void level(int thread, int, int first, int count) override {
    const Units own = unitsOf(width, thread, threads);
    const auto h = static_cast<size_t>(width);
    for (int row = first; row < first + count; ++row) {
      const Node *node = nodes.node[static_cast<size_t>(row)];
      const auto symbol = static_cast<size_t>(node->symbol);
      float *to = state(row);
      if (node->type == Var) { // a structure may be one variable
        std::memcpy(to + own.first, stateOf(row) + own.first, static_cast<size_t>(own.count) * sizeof(float));
      } else if (node->type == Fn) {
        const float *x = attend(thread, row, &query[symbol * h]);
        for (int i = own.first; i < own.first + own.count; ++i)
          to[i] = std::max(dot(&wfn[(symbol * h + static_cast<size_t>(i)) * h], x, width), 0.0f);
      } else {
        const float *l = stateOf(nodes.child(row, 0)), *r = stateOf(nodes.child(row, 1));
        for (int i = own.first; i < own.first + own.count; ++i) {
          const auto at = static_cast<size_t>(i);
          to[i] = dot(&wl[at * h], l, width) + dot(&wr[at * h], r, width) + bias[at];
        }
#pragma clang loop vectorize(assume_safety)
        for (int i = own.first; i < own.first + own.count; ++i)
          to[i] = fastTanh(to[i]);
      }
    }
    team.barrier();
  }

  /// The arguments weighted by how well they match the query. Cheap: every thread does all of it.
  const float *attend(int thread, int row, const float *q) {
    std::vector<float> &score = scores[static_cast<size_t>(thread)];
    float *sum = seen[static_cast<size_t>(thread)].data();
    const int arity = nodes.arity(row);
    score.resize(static_cast<size_t>(arity));
    float most = -1e30f, total = 0;
    for (int i = 0; i < arity; ++i)
      most = std::max(most, score[static_cast<size_t>(i)] = dot(q, stateOf(nodes.child(row, i)), width));
    std::fill(sum, sum + width, 0.0f);
    for (int i = 0; i < arity; ++i) {
      const float weight = fastExp(score[static_cast<size_t>(i)] - most), *x = stateOf(nodes.child(row, i));
      total += weight;
#pragma clang loop vectorize(assume_safety)
      for (int j = 0; j < width; ++j)
        sum[j] += weight * x[j];
    }
    for (int j = 0; j < width; ++j)
      sum[j] /= total;
    return sum;
  }

  std::vector<float> table, query, wfn, wl, wr, bias;
  std::vector<Buffer> seen;
  std::vector<std::vector<float>> scores;
};

} // namespace

std::unique_ptr<Side> makeTerms(int hidden, const reference::Params &weights, int threads) {
  return std::make_unique<Terms>(hidden, weights, threads);
}

} // namespace cortex::bench
