#include "Elementwise.h"
#include "Others.h"

namespace cortex::bench {

namespace {

/// [n, k] of [k, n].
std::vector<float> transposed(const std::vector<float> &matrix, size_t k, size_t n) {
  std::vector<float> result(matrix.size());
  for (size_t i = 0; i < k; ++i)
    for (size_t j = 0; j < n; ++j)
      result[j * k + i] = matrix[i * n + j];
  return result;
}

/// One product a level.
struct Slice {
  std::unique_ptr<Product> product;
  Buffer inputs;  ///< [widest level, k]
  Buffer outputs; ///< [widest level, owned]
};

class TreeFc final : public LevelBatched {
public:
  TreeFc(int hidden, const reference::Params &weights, int threads)
      : LevelBatched(hidden, threads), words(floatsOf(weights, "embedding")),
        bias(floatsOf(weights, "composition.bias")), slices(static_cast<size_t>(threads)) {
    const std::vector<float> w = transposed(floatsOf(weights, "composition.weight"), 2 * static_cast<size_t>(hidden),
                                            static_cast<size_t>(hidden));
    onEachThread([&](int thread) {
      const Units own = unitsOf(width, thread, this->threads);
      slices[static_cast<size_t>(thread)].product =
          std::make_unique<Product>(rowsOf(w, 1, width, 2 * width, own).data(), own.count, 2 * width);
    });
  }

private:
  void reserve(int thread) override {
    Slice &slice = slices[static_cast<size_t>(thread)];
    const auto wide = static_cast<size_t>(nodes.widest());
    slice.inputs.reserve(wide * 2 * static_cast<size_t>(width));
    slice.outputs.reserve(wide * static_cast<size_t>(unitsOf(width, thread, threads).count));
  }

  void level(int thread, int level, int first, int count) override {
    Slice &slice = slices[static_cast<size_t>(thread)];
    const Units own = unitsOf(width, thread, threads);
    const float *b = bias.data() + own.first;
    if (level > 0) {
      gatherChildren(first, count, 2, slice.inputs.data());
      slice.product->run(count, slice.inputs.data(), slice.outputs.data());
    }
    for (int r = 0; r < count; ++r) {
      float *to = state(first + r) + own.first;
      if (level == 0) {
        const auto word = static_cast<size_t>(nodes.node[static_cast<size_t>(r)]->symbol);
        std::memcpy(to, &words[word * static_cast<size_t>(width)] + own.first,
                    static_cast<size_t>(own.count) * sizeof(float));
        continue;
      }
      const float *y = slice.outputs.data() + static_cast<size_t>(r) * static_cast<size_t>(own.count);
#pragma clang loop vectorize(assume_safety)
      for (int j = 0; j < own.count; ++j)
        to[j] = std::max(y[j] + b[j], 0.0f);
    }
    team.barrier();
  }

  std::vector<float> words, bias;
  std::vector<Slice> slices;
};

/// U x of all nodes is one product before the levels.
class DagRnn final : public LevelBatched {
public:
  DagRnn(int hidden, int features, const reference::Params &weights, int threads)
      : LevelBatched(hidden, threads), features(features), bias(floatsOf(weights, "b")),
        slices(static_cast<size_t>(threads)), inputs(static_cast<size_t>(threads)) {
    const std::vector<float> u = floatsOf(weights, "U"), w = floatsOf(weights, "W");
    onEachThread([&](int thread) {
      const Units own = unitsOf(width, thread, this->threads);
      slices[static_cast<size_t>(thread)].product =
          std::make_unique<Product>(rowsOf(w, 1, width, width, own).data(), own.count, width);
      inputs[static_cast<size_t>(thread)].product =
          std::make_unique<Product>(rowsOf(u, 1, width, this->features, own).data(), own.count, this->features);
    });
  }

private:
  void reserve(int thread) override {
    Slice &slice = slices[static_cast<size_t>(thread)], &input = inputs[static_cast<size_t>(thread)];
    const auto wide = static_cast<size_t>(nodes.widest()), all = static_cast<size_t>(nodes.nodes());
    const auto mine = static_cast<size_t>(unitsOf(width, thread, threads).count), f = static_cast<size_t>(features);
    slice.inputs.reserve(wide * static_cast<size_t>(width));
    slice.outputs.reserve(wide * mine);
    input.inputs.reserve(all * f);
    input.outputs.reserve(all * mine);
    for (size_t r = 0; r < all; ++r)
      std::memcpy(input.inputs.data() + r * f, nodes.node[r]->features, f * sizeof(float));
    input.product->run(nodes.nodes(), input.inputs.data(), input.outputs.data());
  }

  void level(int thread, int level, int first, int count) override {
    Slice &slice = slices[static_cast<size_t>(thread)], &input = inputs[static_cast<size_t>(thread)];
    const Units own = unitsOf(width, thread, threads);
    const float *b = bias.data() + own.first;
    if (level > 0) {
      sumChildren(first, count, slice.inputs.data());
      slice.product->run(count, slice.inputs.data(), slice.outputs.data());
    }
    const auto mine = static_cast<size_t>(own.count);
    for (int r = 0; r < count; ++r) {
      const float *x = input.outputs.data() + static_cast<size_t>(first + r) * mine;
      const float *y = slice.outputs.data() + static_cast<size_t>(r) * mine;
      float *to = state(first + r) + own.first;
      if (level == 0) {
#pragma clang loop vectorize(assume_safety)
        for (int j = 0; j < own.count; ++j)
          to[j] = std::max(x[j] + b[j], 0.0f);
      } else {
#pragma clang loop vectorize(assume_safety)
        for (int j = 0; j < own.count; ++j)
          to[j] = std::max(x[j] + b[j] + y[j], 0.0f);
      }
    }
    team.barrier();
  }

  const int features;
  std::vector<float> bias;
  std::vector<Slice> slices, inputs;
};

/// A leaf reads and writes one state, an inner node reads two and writes one.
class TreeRnnCopy final : public LevelBatched {
public:
  TreeRnnCopy(int hidden, const reference::Params &weights, int threads)
      : LevelBatched(hidden, threads), words(floatsOf(weights, "embedding")), rest(static_cast<size_t>(threads)) {}

private:
  void reserve(int thread) override { rest[static_cast<size_t>(thread)].reserve(static_cast<size_t>(width)); }
  void level(int thread, int level, int first, int count) override {
    const Units own = unitsOf(width, thread, threads);
    const auto bytes = static_cast<size_t>(own.count) * sizeof(float);
    for (int r = 0; r < count; ++r) {
      float *to = state(first + r) + own.first;
      if (level == 0) {
        const auto word = static_cast<size_t>(nodes.node[static_cast<size_t>(r)]->symbol);
        std::memcpy(to, &words[word * static_cast<size_t>(width)] + own.first, bytes);
      } else {
        std::memcpy(to, state(nodes.child(first + r, 0)) + own.first, bytes);
        std::memcpy(rest[static_cast<size_t>(thread)].data(), state(nodes.child(first + r, 1)) + own.first, bytes / 2);
      }
    }
  }

  std::vector<float> words;
  std::vector<Buffer> rest;
};

} // namespace

std::unique_ptr<Side> makeTreeFc(int hidden, const reference::Params &weights, int threads) {
  return std::make_unique<TreeFc>(hidden, weights, threads);
}
std::unique_ptr<Side> makeDagRnn(int hidden, int features, const reference::Params &weights, int threads) {
  return std::make_unique<DagRnn>(hidden, features, weights, threads);
}
std::unique_ptr<Side> makeTreeRnnCopy(int hidden, const reference::Params &weights, int threads) {
  return std::make_unique<TreeRnnCopy>(hidden, weights, threads);
}

} // namespace cortex::bench
