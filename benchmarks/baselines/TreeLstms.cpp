#include "TreeLstms.h"

#include "Elementwise.h"

namespace cortex::bench {

namespace {

/// What both have: gates i, o, u of W x + b at leaves, and c in the slices of its owners.
class LstmBase : public LevelBatched {
public:
  LstmBase(int hidden, const reference::Params &weights, int threads)
      : LevelBatched(hidden, threads),
        words(productTable(floatsOf(weights, "embedding"), floatsOf(weights, "W"), floatsOf(weights, "b"),
                           static_cast<int>(weights.at("embedding").shape[1]))),
        bias(floatsOf(weights, "b")), forgetBias(floatsOf(weights, "bf")), cells(static_cast<size_t>(threads)) {}

protected:
  void reserveCells(int thread) {
    const Units own = unitsOf(width, thread, threads);
    cells[static_cast<size_t>(thread)].reserve(static_cast<size_t>(nodes.nodes()) * static_cast<size_t>(own.count));
  }
  float *cellOf(int thread, int row, int mine) {
    return cells[static_cast<size_t>(thread)].data() + static_cast<size_t>(row) * static_cast<size_t>(mine);
  }
  void leaves(int thread, int count) {
    const Units own = unitsOf(width, thread, threads);
    const int h = width, mine = own.count;
    for (int r = 0; r < count; ++r) {
      const auto word = static_cast<size_t>(nodes.node[static_cast<size_t>(r)]->symbol);
      const float *gates = &words[word * 3 * static_cast<size_t>(h)] + own.first;
      float *to = state(r) + own.first, *cell = cellOf(thread, r, mine);
#pragma clang loop vectorize(assume_safety)
      for (int j = 0; j < mine; ++j) {
        const float c = fastSigmoid(gates[j]) * fastTanh(gates[2 * h + j]);
        cell[j] = c;
        to[j] = fastSigmoid(gates[h + j]) * fastTanh(c);
      }
    }
  }

  std::vector<float> words, bias, forgetBias;
  std::vector<Buffer> cells; ///< by thread: [rows, owned] c
};

/// Uf h of a level's nodes is computed as soon as they exist; their parents only read it.
class TreeLstm final : public LstmBase {
public:
  TreeLstm(int hidden, const reference::Params &weights, int threads)
      : LstmBase(hidden, weights, threads), slices(static_cast<size_t>(threads)) {
    const std::vector<float> u = floatsOf(weights, "U"), uf = floatsOf(weights, "Uf");
    onEachThread([&](int thread) {
      const Units own = unitsOf(width, thread, this->threads);
      Slice &slice = slices[static_cast<size_t>(thread)];
      slice.gates = std::make_unique<Product>(rowsOf(u, 3, width, width, own).data(), 3 * own.count, width);
      slice.forget = std::make_unique<Product>(rowsOf(uf, 1, width, width, own).data(), own.count, width);
    });
  }

private:
  struct Slice {
    std::unique_ptr<Product> gates, forget;
    Buffer forgets;  ///< [rows, owned] Uf h
    Buffer sums;     ///< [widest level, hidden] h_l + h_r
    Buffer products; ///< [widest level, 3, owned] U hs
  };

  void reserve(int thread) override {
    Slice &slice = slices[static_cast<size_t>(thread)];
    const auto mine = static_cast<size_t>(unitsOf(width, thread, threads).count);
    const auto wide = static_cast<size_t>(nodes.widest());
    reserveCells(thread);
    slice.forgets.reserve(static_cast<size_t>(nodes.nodes()) * mine);
    slice.sums.reserve(wide * static_cast<size_t>(width));
    slice.products.reserve(wide * 3 * mine);
  }

  void level(int thread, int level, int first, int count) override {
    Slice &slice = slices[static_cast<size_t>(thread)];
    const Units own = unitsOf(width, thread, threads);
    if (level == 0) {
      leaves(thread, count);
    } else {
      sumChildren(first, count, slice.sums.data());
      slice.gates->run(count, slice.sums.data(), slice.products.data());
      combine(thread, slice, own, first, count);
    }
    team.barrier();
    if (level + 1 < nodes.levels())
      slice.forget->run(count, state(first),
                        slice.forgets.data() + static_cast<size_t>(first) * static_cast<size_t>(own.count));
  }

  void combine(int thread, Slice &slice, Units own, int first, int count) {
    const int h = width, mine = own.count;
    const float *b = bias.data() + own.first, *bf = forgetBias.data() + own.first;
    const auto m = static_cast<size_t>(mine);
    for (int r = 0; r < count; ++r) {
      const int l = nodes.child(first + r, 0), k = nodes.child(first + r, 1);
      const float *gates = slice.products.data() + static_cast<size_t>(r) * 3 * m;
      const float *fl = slice.forgets.data() + static_cast<size_t>(l) * m;
      const float *fr = slice.forgets.data() + static_cast<size_t>(k) * m;
      const float *cl = cellOf(thread, l, mine), *cr = cellOf(thread, k, mine);
      float *to = state(first + r) + own.first, *cell = cellOf(thread, first + r, mine);
#pragma clang loop vectorize(assume_safety)
      for (int j = 0; j < mine; ++j) {
        const float c = fastSigmoid(gates[j] + b[j]) * fastTanh(gates[2 * mine + j] + b[2 * h + j]) +
                        fastSigmoid(fl[j] + bf[j]) * cl[j] + fastSigmoid(fr[j] + bf[j]) * cr[j];
        cell[j] = c;
        to[j] = fastSigmoid(gates[mine + j] + b[h + j]) * fastTanh(c);
      }
    }
  }

  std::vector<Slice> slices;
};

/// i, o, u and the forget gates of both children are one product of [h_l; h_r].
class NaryTreeLstm final : public LstmBase {
public:
  NaryTreeLstm(int hidden, const reference::Params &weights, int threads)
      : LstmBase(hidden, weights, threads), slices(static_cast<size_t>(threads)) {
    std::vector<float> all = floatsOf(weights, "U");
    const std::vector<float> uf = floatsOf(weights, "Uf");
    all.insert(all.end(), uf.begin(), uf.end());
    onEachThread([&](int thread) {
      const Units own = unitsOf(width, thread, this->threads);
      slices[static_cast<size_t>(thread)].gates =
          std::make_unique<Product>(rowsOf(all, 5, width, 2 * width, own).data(), 5 * own.count, 2 * width);
    });
  }

private:
  struct Slice {
    std::unique_ptr<Product> gates;
    Buffer children; ///< [widest level, 2, hidden]
    Buffer products; ///< [widest level, 5, owned]
  };

  void reserve(int thread) override {
    Slice &slice = slices[static_cast<size_t>(thread)];
    const auto wide = static_cast<size_t>(nodes.widest());
    reserveCells(thread);
    slice.children.reserve(wide * 2 * static_cast<size_t>(width));
    slice.products.reserve(wide * 5 * static_cast<size_t>(unitsOf(width, thread, threads).count));
  }

  void level(int thread, int level, int first, int count) override {
    Slice &slice = slices[static_cast<size_t>(thread)];
    if (level == 0) {
      leaves(thread, count);
    } else {
      gatherChildren(first, count, 2, slice.children.data());
      slice.gates->run(count, slice.children.data(), slice.products.data());
      combine(thread, slice, first, count);
    }
    team.barrier();
  }

  void combine(int thread, Slice &slice, int first, int count) {
    const Units own = unitsOf(width, thread, threads);
    const int h = width, mine = own.count;
    const float *b = bias.data() + own.first, *bf = forgetBias.data() + own.first;
    for (int r = 0; r < count; ++r) {
      const float *g = slice.products.data() + static_cast<size_t>(r) * 5 * static_cast<size_t>(mine);
      const float *cl = cellOf(thread, nodes.child(first + r, 0), mine);
      const float *cr = cellOf(thread, nodes.child(first + r, 1), mine);
      float *to = state(first + r) + own.first, *cell = cellOf(thread, first + r, mine);
#pragma clang loop vectorize(assume_safety)
      for (int j = 0; j < mine; ++j) {
        const float c = fastSigmoid(g[j] + b[j]) * fastTanh(g[2 * mine + j] + b[2 * h + j]) +
                        fastSigmoid(g[3 * mine + j] + bf[j]) * cl[j] + fastSigmoid(g[4 * mine + j] + bf[j]) * cr[j];
        cell[j] = c;
        to[j] = fastSigmoid(g[mine + j] + b[h + j]) * fastTanh(c);
      }
    }
  }

  std::vector<Slice> slices;
};

} // namespace

std::unique_ptr<Side> makeTreeLstm(int hidden, const reference::Params &weights, int threads) {
  return std::make_unique<TreeLstm>(hidden, weights, threads);
}
std::unique_ptr<Side> makeNaryTreeLstm(int hidden, const reference::Params &weights, int threads) {
  return std::make_unique<NaryTreeLstm>(hidden, weights, threads);
}

} // namespace cortex::bench
