//===- PlainModels.h - The zoo's models as plain C++ ----------------------===//
//
// Each model of the zoo once more, written from the paper's formulas with
// std::vector and recursion, sharing nothing with the evaluator. In double they
// test the oracle. In float, with every sum in a random order, in a random
// number of partial sums and with FMA at random, they stand for a correct
// program; with a Mistake, for a wrong one.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_UNITTESTS_REFERENCE_PLAINMODELS_H
#define CORTEX_UNITTESTS_REFERENCE_PLAINMODELS_H

#include "cortex/Reference/Random.h"
#include "cortex/Reference/Structures.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cortex::reference {

enum class Mistake { None, NoBias, SwappedChildren, SwappedGates };

template <typename R> using Vec = std::vector<R>;

template <typename R> Vec<R> zip(const Vec<R> &a, const Vec<R> &b, const std::function<R(R, R)> &f) {
  Vec<R> y(a.size());
  for (size_t i = 0; i < a.size(); ++i)
    y[i] = f(a[i], b[i]);
  return y;
}
template <typename R> Vec<R> operator+(const Vec<R> &a, const Vec<R> &b) {
  return zip<R>(a, b, [](R x, R y) { return x + y; });
}
template <typename R> Vec<R> operator*(const Vec<R> &a, const Vec<R> &b) {
  return zip<R>(a, b, [](R x, R y) { return x * y; });
}
template <typename R> Vec<R> map(Vec<R> x, R (*f)(R)) {
  for (R &v : x)
    v = f(v);
  return x;
}
template <typename R> Vec<R> tanh(Vec<R> x) {
  return map<R>(x, [](R v) { return R(std::tanh(v)); });
}
template <typename R> Vec<R> sigmoid(Vec<R> x) {
  return map<R>(x, [](R v) { return 1 / (1 + R(std::exp(-v))); });
}
template <typename R> Vec<R> relu(Vec<R> x) {
  return map<R>(x, [](R v) { return v > 0 ? v : R(0); });
}
template <typename R> Vec<R> oneMinus(Vec<R> x) {
  return map<R>(x, [](R v) { return 1 - v; });
}
template <typename R> Vec<R> cat(Vec<R> a, const Vec<R> &b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

template <typename R> class Plain {
public:
  using V = Vec<R>;
  /// A state at every item, flat; in the order of Result::states.
  using States = std::vector<V>;

  /// `order`: the source of the random association; null for the natural order.
  /// `each`: a sequence's output is at each element, not at the last.
  Plain(const Params &params, const Batch &batch, bool each = false, Random *order = nullptr,
        Mistake mistake = Mistake::None)
      : params_(params), batch_(batch), each_(each), order_(order), mistake_(mistake), parent_(batch.nodes(), -1) {
    for (size_t n = 0; n < batch.nodes(); ++n)
      for (int32_t child : children(n))
        parent_[child] = static_cast<int32_t>(n);
  }

  /// The states of the zoo's model of that name; empty for an unknown one.
  States run(const std::string &model);

private:
  //===--------------------------------------------------------------------===//
  // Inputs, weights, structure
  //===--------------------------------------------------------------------===//
  V param(const std::string &name) const {
    const Tensor &t = params_.at(name);
    return V(t.values.begin(), t.values.end());
  }
  /// Slice `i` of the leading dimension.
  V row(const std::string &name, int64_t i) const {
    const Tensor &t = params_.at(name);
    int64_t size = t.size() / t.shape[0];
    return V(t.values.begin() + i * size, t.values.begin() + (i + 1) * size);
  }
  /// A gate's slice; a mistaken program takes gates 0 and 1 for each other.
  V gate(const std::string &name, int64_t g) const {
    return row(name, mistake_ == Mistake::SwappedGates && g < 2 ? 1 - g : g);
  }
  /// PyTorch's gates are stacked in the first dimension.
  V torchGate(const std::string &name, int64_t g, int64_t gates) const {
    V all = param(name);
    size_t size = all.size() / gates;
    if (mistake_ == Mistake::SwappedGates && g < 2)
      g = 1 - g;
    return V(all.begin() + g * size, all.begin() + (g + 1) * size);
  }
  int32_t symbol(const std::string &name, size_t node) const { return batch_.find(name)->symbols[node]; }
  V word(size_t node) const { return row("embedding", symbol("word", node)); }
  V features(size_t node) const {
    const io::Input &x = *batch_.find("x");
    V v(x.itemSize());
    for (size_t i = 0; i < v.size(); ++i)
      v[i] = static_cast<R>(x.dtype == DType::F64 ? x.f64[node * v.size() + i] : x.f32[node * v.size() + i]);
    return v;
  }
  std::vector<int32_t> children(size_t node) const {
    std::vector<int32_t> list(batch_.children.begin() + batch_.child_offsets[node],
                              batch_.children.begin() + batch_.child_offsets[node + 1]);
    if (mistake_ == Mistake::SwappedChildren)
      std::reverse(list.begin(), list.end());
    return list;
  }
  bool leaf(size_t node) const { return batch_.arity(node) == 0; }

  //===--------------------------------------------------------------------===//
  // Sums in any order
  //===--------------------------------------------------------------------===//
  /// init + Σ_k a[k * stride] * b[k].
  R dot(const R *a, size_t stride, const R *b, size_t n, R init) {
    std::vector<size_t> position(n);
    for (size_t k = 0; k < n; ++k) {
      position[k] = k;
      if (order_)
        std::swap(position[k], position[order_->below(k + 1)]);
    }
    std::vector<R> sums(order_ ? 1 + order_->below(8) : 1, R(0));
    sums[order_ ? order_->below(sums.size()) : 0] = init;
    for (size_t k : position) {
      R &s = sums[order_ ? order_->below(sums.size()) : 0];
      s = order_ && order_->below(2) ? R(std::fma(a[k * stride], b[k], s)) : s + a[k * stride] * b[k];
    }
    for (size_t i = 1; i < sums.size(); ++i)
      sums[0] += sums[i];
    return sums[0];
  }
  V biasOf(V bias) const { return mistake_ == Mistake::NoBias ? V(bias.size(), R(0)) : bias; }
  /// W x + bias, W with a row per output.
  V matvec(const V &w, const V &x, V bias = {}) {
    V y(w.size() / x.size());
    bias = bias.empty() ? V(y.size(), R(0)) : biasOf(bias);
    for (size_t i = 0; i < y.size(); ++i)
      y[i] = dot(w.data() + i * x.size(), 1, x.data(), x.size(), bias[i]);
    return y;
  }
  /// x W + bias, W with a row per input.
  V vecmat(const V &x, const V &w, V bias) {
    V y(w.size() / x.size());
    bias = biasOf(bias);
    for (size_t i = 0; i < y.size(); ++i)
      y[i] = dot(w.data() + i, y.size(), x.data(), x.size(), bias[i]);
    return y;
  }
  /// Σ f(child); zeros of `size` without children.
  V sum(size_t node, size_t size, const std::function<V(size_t)> &f) {
    std::vector<int32_t> list = children(node);
    for (size_t i = 1; order_ && i < list.size(); ++i)
      std::swap(list[i], list[order_->below(i + 1)]);
    V total(size, R(0));
    for (int32_t child : list)
      total = total + f(child);
    return total;
  }

  //===--------------------------------------------------------------------===//
  // Recursion
  //===--------------------------------------------------------------------===//
  /// Calls body(node) for every node, children (or, downwards, parents) first. Recursive: for small structures.
  void visit(const std::function<void(size_t)> &body, bool down = false) {
    std::vector<bool> done(batch_.nodes(), false);
    std::function<void(size_t)> go = [&](size_t n) {
      if (done[n])
        return;
      done[n] = true;
      if (down && parent_[n] >= 0)
        go(parent_[n]);
      for (int32_t child : down ? std::vector<int32_t>{} : children(n))
        go(child);
      body(n);
    };
    for (size_t n = 0; n < batch_.nodes(); ++n)
      go(n);
  }
  static V flat(const std::vector<V> &items) {
    V all;
    for (const V &item : items)
      all.insert(all.end(), item.begin(), item.end());
    return all;
  }
  V readout(const std::vector<V> &items);
  std::vector<V> ofRoots(const std::vector<V> &nodes) const;
  static std::vector<V> itemsOf(const V &state, size_t items);
  std::vector<V> perNode() const { return std::vector<V>(batch_.nodes()); }

  States treeRnn();
  States treeFc();
  States treeLstm();
  States naryTreeLstm();
  States treeGru(bool simple);
  States mvRnn();
  States rntn();
  States dagRnn();
  States terms();
  States stack(bool isLstm);
  std::vector<V> lstmLayer(const std::vector<V> &x, const std::string &suffix, bool down, States &states);
  std::vector<V> gruLayer(const std::vector<V> &x, const std::string &suffix, bool down, States &states);
  States planConv();
  States upDown();

  const Params &params_;
  const Batch &batch_;
  bool each_;
  Random *order_;
  Mistake mistake_;
  std::vector<int32_t> parent_;
};

extern template class Plain<float>;
extern template class Plain<double>;

} // namespace cortex::reference
#endif // CORTEX_UNITTESTS_REFERENCE_PLAINMODELS_H
