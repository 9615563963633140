#include "Elementwise.h"
#include "Others.h"

namespace cortex::bench {

namespace {

/// Vectors and matrices of leaves are read where they lie, in the tables of words. Every thread owns rows of W and W_M.
class MvRnn final : public LevelBatched {
public:
  MvRnn(int hidden, const reference::Params &weights, int threads)
      : LevelBatched(hidden, threads), words(floatsOf(weights, "embedding")),
        wordMatrices(floatsOf(weights, "embedding_matrix")), w(floatsOf(weights, "W")), wm(floatsOf(weights, "W_M")),
        bias(floatsOf(weights, "bias")), slices(static_cast<size_t>(threads)) {
    onEachThread([&](int thread) {
      const Units own = unitsOf(width, thread, this->threads);
      Slice &slice = slices[static_cast<size_t>(thread)];
      // The two halves of each row of W_M, [owned, hidden] each.
      for (std::vector<float> *half : {&slice.left, &slice.right})
        for (int i = own.first; i < own.first + own.count; ++i) {
          const float *row =
              &wm[static_cast<size_t>(i) * 2 * static_cast<size_t>(width)] + (half == &slice.right ? width : 0);
          half->insert(half->end(), row, row + width);
        }
      slice.first = std::make_unique<PlainProduct>(own.count, width, width, false);
      slice.second = std::make_unique<PlainProduct>(own.count, width, width, true);
    });
  }

private:
  struct Slice {
    std::vector<float> left, right;
    std::unique_ptr<PlainProduct> first, second;
  };

  const float *matrixOf(int row) const {
    const auto size = static_cast<size_t>(width) * static_cast<size_t>(width);
    const Node *node = nodes.node[static_cast<size_t>(row)];
    return node->count == 0 ? &wordMatrices[static_cast<size_t>(node->symbol) * size]
                            : const_cast<Buffer &>(matrices).data() + static_cast<size_t>(row) * size;
  }
  const float *vectorOf(int row) {
    const Node *node = nodes.node[static_cast<size_t>(row)];
    return node->count == 0 ? &words[static_cast<size_t>(node->symbol) * static_cast<size_t>(width)] : state(row);
  }

  void reserve(int thread) override {
    if (thread == 0) {
      const auto size = static_cast<size_t>(width) * static_cast<size_t>(width);
      matrices.reserve(static_cast<size_t>(nodes.nodes()) * size);
      mapped.reserve(static_cast<size_t>(nodes.widest()) * 2 * static_cast<size_t>(width));
    }
    team.barrier();
  }

  void level(int thread, int level, int first, int count) override {
    const Units own = unitsOf(width, thread, threads);
    Slice &slice = slices[static_cast<size_t>(thread)];
    const int h = width;
    if (level == 0) {
      for (int r = 0; r < count; ++r) // a tree may be one leaf
        std::memcpy(state(r) + own.first, vectorOf(r) + own.first, static_cast<size_t>(own.count) * sizeof(float));
      return team.barrier();
    }
    for (int r = 0; r < count; ++r) { // [B a; A b]
      const int a = nodes.child(first + r, 0), b = nodes.child(first + r, 1);
      float *to = mapped.data() + static_cast<size_t>(r) * 2 * static_cast<size_t>(h);
      const float *va = vectorOf(a), *vb = vectorOf(b), *ma = matrixOf(a), *mb = matrixOf(b);
      for (int i = own.first; i < own.first + own.count; ++i) {
        to[i] = dot(mb + static_cast<size_t>(i) * static_cast<size_t>(h), va, h);
        to[h + i] = dot(ma + static_cast<size_t>(i) * static_cast<size_t>(h), vb, h);
      }
      float *out =
          matrices.data() + (static_cast<size_t>(first + r) * static_cast<size_t>(h) + static_cast<size_t>(own.first)) *
                                static_cast<size_t>(h);
      slice.first->run(slice.left.data(), ma, out);
      slice.second->run(slice.right.data(), mb, out);
    }
    team.barrier();
    for (int r = 0; r < count; ++r) {
      const float *x = mapped.data() + static_cast<size_t>(r) * 2 * static_cast<size_t>(h);
      float *to = state(first + r);
      for (int i = own.first; i < own.first + own.count; ++i)
        to[i] = dot(&w[static_cast<size_t>(i) * 2 * static_cast<size_t>(h)], x, 2 * h) + bias[static_cast<size_t>(i)];
#pragma clang loop vectorize(assume_safety)
      for (int i = own.first; i < own.first + own.count; ++i)
        to[i] = fastTanh(to[i]);
    }
    team.barrier();
  }

  std::vector<float> words, wordMatrices, w, wm, bias;
  std::vector<Slice> slices;
  Buffer matrices; ///< [rows, hidden, hidden]
  Buffer mapped;   ///< [widest level, 2, hidden]
};

/// V x of a level is one product with V as [hidden * 2 hidden, 2 hidden], W x another; then a dot with x.
class Rntn final : public LevelBatched {
public:
  Rntn(int hidden, const reference::Params &weights, int threads)
      : LevelBatched(hidden, threads), words(floatsOf(weights, "embedding")), bias(floatsOf(weights, "b")),
        slices(static_cast<size_t>(threads)) {
    const std::vector<float> v = floatsOf(weights, "V"), w = floatsOf(weights, "W");
    onEachThread([&](int thread) {
      const Units own = unitsOf(width, thread, this->threads);
      const int k = 2 * width;
      Slice &slice = slices[static_cast<size_t>(thread)];
      slice.bilinear = std::make_unique<Product>(rowsOf(v, 1, width, k * k, own).data(), own.count * k, k);
      slice.linear = std::make_unique<Product>(rowsOf(w, 1, width, k, own).data(), own.count, k);
    });
  }

private:
  struct Slice {
    std::unique_ptr<Product> bilinear, linear;
    Buffer inputs;   ///< [widest level, 2 hidden]
    Buffer products; ///< [widest level, owned, 2 hidden] V x
    Buffer sums;     ///< [widest level, owned] W x
  };

  void reserve(int thread) override {
    Slice &slice = slices[static_cast<size_t>(thread)];
    const auto wide = static_cast<size_t>(nodes.widest()), k = 2 * static_cast<size_t>(width);
    const auto mine = static_cast<size_t>(unitsOf(width, thread, threads).count);
    slice.inputs.reserve(wide * k);
    slice.products.reserve(wide * mine * k);
    slice.sums.reserve(wide * mine);
  }

  void level(int thread, int level, int first, int count) override {
    const Units own = unitsOf(width, thread, threads);
    Slice &slice = slices[static_cast<size_t>(thread)];
    if (level == 0) {
      for (int r = 0; r < count; ++r) {
        const auto word = static_cast<size_t>(nodes.node[static_cast<size_t>(r)]->symbol);
        std::memcpy(state(r) + own.first, &words[word * static_cast<size_t>(width)] + own.first,
                    static_cast<size_t>(own.count) * sizeof(float));
      }
      return team.barrier();
    }
    gatherChildren(first, count, 2, slice.inputs.data());
    slice.bilinear->run(count, slice.inputs.data(), slice.products.data());
    slice.linear->run(count, slice.inputs.data(), slice.sums.data());
    const auto k = 2 * static_cast<size_t>(width), mine = static_cast<size_t>(own.count);
    for (int r = 0; r < count; ++r) {
      const float *x = slice.inputs.data() + static_cast<size_t>(r) * k;
      float *to = state(first + r) + own.first;
      for (size_t i = 0; i < mine; ++i)
        to[i] = dot(slice.products.data() + (static_cast<size_t>(r) * mine + i) * k, x, static_cast<int>(k));
      const float *sums = slice.sums.data() + static_cast<size_t>(r) * mine, *b = bias.data() + own.first;
#pragma clang loop vectorize(assume_safety)
      for (int i = 0; i < own.count; ++i)
        to[i] = fastTanh(to[i] + sums[i] + b[i]);
    }
    team.barrier();
  }

  std::vector<float> words, bias;
  std::vector<Slice> slices;
};

} // namespace

std::unique_ptr<Side> makeMvRnn(int hidden, const reference::Params &weights, int threads) {
  return std::make_unique<MvRnn>(hidden, weights, threads);
}
std::unique_ptr<Side> makeRntn(int hidden, const reference::Params &weights, int threads) {
  return std::make_unique<Rntn>(hidden, weights, threads);
}

} // namespace cortex::bench
