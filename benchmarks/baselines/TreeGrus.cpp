#include "Elementwise.h"
#include "Others.h"

namespace cortex::bench {

namespace {

/// Two exchanges a level: of the states, and of r * hs, which U_h reads whole.
class TreeGru final : public LevelBatched {
public:
  TreeGru(int hidden, bool simple, const reference::Params &weights, int threads)
      : LevelBatched(hidden, threads), simple(simple), slices(static_cast<size_t>(threads)) {
    auto joined = [&](const char *a, const char *b) {
      std::vector<float> both = floatsOf(weights, a);
      const std::vector<float> second = floatsOf(weights, b);
      both.insert(both.end(), second.begin(), second.end());
      return both;
    };
    words = productTable(floatsOf(weights, "embedding"), joined("W_z", "W_h"), joined("b_z", "b_h"),
                         static_cast<int>(weights.at("embedding").shape[1]));
    bz = floatsOf(weights, "b_z");
    br = floatsOf(weights, "b_r");
    bh = floatsOf(weights, "b_h");
    const std::vector<float> zr = joined("U_z", "U_r"), fresh = floatsOf(weights, "U_h");
    onEachThread([&](int thread) {
      const Units own = unitsOf(width, thread, this->threads);
      Slice &slice = slices[static_cast<size_t>(thread)];
      slice.gates = std::make_unique<Product>(rowsOf(zr, 2, width, width, own).data(), 2 * own.count, width);
      slice.fresh = std::make_unique<Product>(rowsOf(fresh, 1, width, width, own).data(), own.count, width);
    });
  }

private:
  struct Slice {
    std::unique_ptr<Product> gates, fresh;
    Buffer sums;  ///< [widest level, hidden]
    Buffer zr;    ///< [widest level, 2, owned]
    Buffer third; ///< [widest level, owned] U_h (r * hs)
  };

  void reserve(int thread) override {
    Slice &slice = slices[static_cast<size_t>(thread)];
    const auto wide = static_cast<size_t>(nodes.widest());
    const auto mine = static_cast<size_t>(unitsOf(width, thread, threads).count);
    slice.sums.reserve(wide * static_cast<size_t>(width));
    slice.zr.reserve(wide * 2 * mine);
    slice.third.reserve(wide * mine);
    if (thread == 0)
      reset.reserve(wide * static_cast<size_t>(width));
    team.barrier();
  }

  void level(int thread, int level, int first, int count) override {
    Slice &slice = slices[static_cast<size_t>(thread)];
    const Units own = unitsOf(width, thread, threads);
    const int h = width, mine = own.count;
    if (level == 0) {
      for (int r = 0; r < count; ++r) {
        const auto word = static_cast<size_t>(nodes.node[static_cast<size_t>(r)]->symbol);
        const float *gates = &words[word * 2 * static_cast<size_t>(h)] + own.first;
        float *to = state(r) + own.first;
#pragma clang loop vectorize(assume_safety)
        for (int j = 0; j < mine; ++j)
          to[j] = (1.0f - fastSigmoid(gates[j])) * fastTanh(gates[h + j]);
      }
      return team.barrier();
    }
    sumChildren(first, count, slice.sums.data());
    slice.gates->run(count, slice.sums.data(), slice.zr.data());
    for (int r = 0; r < count; ++r) {
      float *g = slice.zr.data() + static_cast<size_t>(r) * 2 * static_cast<size_t>(mine);
      const size_t at = static_cast<size_t>(r) * static_cast<size_t>(h) + static_cast<size_t>(own.first);
      const float *hs = slice.sums.data() + at, *b = bz.data() + own.first, *c = br.data() + own.first;
      float *to = reset.data() + at;
#pragma clang loop vectorize(assume_safety)
      for (int j = 0; j < mine; ++j) {
        g[j] = fastSigmoid(g[j] + b[j]);
        to[j] = fastSigmoid(g[mine + j] + c[j]) * hs[j];
      }
    }
    team.barrier();
    slice.fresh->run(count, reset.data(), slice.third.data());
    for (int r = 0; r < count; ++r) {
      const float *z = slice.zr.data() + static_cast<size_t>(r) * 2 * static_cast<size_t>(mine);
      const float *n = slice.third.data() + static_cast<size_t>(r) * static_cast<size_t>(mine);
      const float *hs = slice.sums.data() + static_cast<size_t>(r) * static_cast<size_t>(h) + own.first;
      const float *b = bh.data() + own.first;
      float *to = state(first + r) + own.first;
      const float kept = simple ? 0.0f : 1.0f;
#pragma clang loop vectorize(assume_safety)
      for (int j = 0; j < mine; ++j)
        to[j] = kept * z[j] * hs[j] + (1.0f - z[j]) * fastTanh(n[j] + b[j]);
    }
    team.barrier();
  }

  const bool simple;
  std::vector<float> words, bz, br, bh;
  std::vector<Slice> slices;
  Buffer reset; ///< [widest level, hidden] r * hs
};

} // namespace

std::unique_ptr<Side> makeTreeGru(int hidden, bool simple, const reference::Params &weights, int threads) {
  return std::make_unique<TreeGru>(hidden, simple, weights, threads);
}

} // namespace cortex::bench
