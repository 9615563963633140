#include "OneDnnTreeLstm.h"

#include "SpinTeam.h"

#include <oneapi/dnnl/dnnl.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <limits>

// oneDNN parallelizes with OpenMP; its own threads would only be in the way of ours.
extern "C" void omp_set_num_threads(int);

namespace cortex::bench {

namespace {

using Desc = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;
constexpr auto kF32 = dnnl::memory::data_type::f32;

dnnl::engine &cpu() {
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

/// Floats at a multiple of 64 bytes that grow without keeping their values.
class Buffer {
public:
  float *data() { return values.get(); }
  void reserve(size_t count) {
    if (count <= capacity)
      return;
    capacity = count + count / 2;
    values.reset(static_cast<float *>(std::aligned_alloc(64, (capacity * sizeof(float) + 63) / 64 * 64)));
  }

private:
  struct Free {
    void operator()(float *p) const { std::free(p); }
  };
  std::unique_ptr<float, Free> values;
  size_t capacity = 0;
};

/// y[M, N] = x[M, K] Wᵀ with W [N, K] row-major. One primitive per M: of the
/// weights as they are, transposed, or in the layout that oneDNN asks for, the
/// fastest when M is first met.
class Product {
public:
  Product(const float *weights, int64_t n, int64_t k) : n(n), k(k) {
    asGiven = dnnl::memory(Desc({k, n}, kF32, Tag::ba), cpu());
    std::memcpy(asGiven.get_data_handle(), weights, static_cast<size_t>(n * k) * sizeof(float));
    transposed = reordered(Desc({k, n}, kF32, Tag::ab));
  }

  void run(int64_t m, const float *x, float *y) {
    if (static_cast<size_t>(m) >= byRows.size())
      byRows.resize(static_cast<size_t>(m) + 1);
    std::unique_ptr<Variant> &variant = byRows[static_cast<size_t>(m)];
    if (!variant)
      variant = fastest(m, x, y);
    execute(*variant, x, y);
  }

private:
  struct Variant {
    dnnl::matmul primitive;
    dnnl::memory x, w, y;
    std::vector<dnnl_exec_arg_t> arguments;
  };

  dnnl::memory reordered(const Desc &layout) {
    dnnl::memory result(layout, cpu());
    dnnl::reorder(asGiven, result).execute(stream, asGiven, result);
    stream.wait();
    return result;
  }

  /// The weights in that layout; each layout is made once.
  dnnl::memory weightsAs(const Desc &layout) {
    if (layout == asGiven.get_desc())
      return asGiven;
    if (layout == transposed.get_desc())
      return transposed;
    for (const dnnl::memory &one : packed)
      if (one.get_desc() == layout)
        return one;
    packed.push_back(reordered(layout));
    return packed.back();
  }

  std::unique_ptr<Variant> make(int64_t m, const Desc &weights) {
    const Desc x({m, k}, kF32, Tag::ab), y({m, n}, kF32, Tag::ab);
    const dnnl::matmul::primitive_desc primitive(dnnl::matmul::desc(x, weights, y), cpu());
    auto variant = std::make_unique<Variant>();
    variant->primitive = dnnl::matmul(primitive);
    variant->x = dnnl::memory(primitive.src_desc(), cpu(), DNNL_MEMORY_NONE);
    variant->y = dnnl::memory(primitive.dst_desc(), cpu(), DNNL_MEMORY_NONE);
    variant->w = weightsAs(primitive.weights_desc());
    variant->arguments = {
        {DNNL_ARG_SRC, variant->x.get()}, {DNNL_ARG_WEIGHTS, variant->w.get()}, {DNNL_ARG_DST, variant->y.get()}};
    return variant;
  }

  /// Through the C interface: the C++ one builds a map on every call.
  void execute(Variant &variant, const float *x, float *y) {
    variant.x.set_data_handle(const_cast<float *>(x)); // only read, but oneDNN has one type for both
    variant.y.set_data_handle(y);
    dnnl_primitive_execute(variant.primitive.get(), stream.get(), static_cast<int>(variant.arguments.size()),
                           variant.arguments.data());
  }

  std::unique_ptr<Variant> fastest(int64_t m, const float *x, float *y) {
    using Clock = std::chrono::steady_clock;
    std::unique_ptr<Variant> best;
    Clock::duration least = Clock::duration::max();
    for (const Desc &weights : {transposed.get_desc(), asGiven.get_desc(), Desc({k, n}, kF32, Tag::any)}) {
      std::unique_ptr<Variant> variant = make(m, weights);
      Clock::duration time = Clock::duration::max();
      for (int repeat = 0; repeat < 7; ++repeat) {
        const auto begin = Clock::now();
        for (int i = 0; i < 4; ++i)
          execute(*variant, x, y);
        time = std::min(time, Clock::now() - begin);
      }
      if (time < least) {
        least = time;
        best = std::move(variant);
      }
    }
    return best;
  }

  dnnl::stream stream{cpu()};
  int64_t n, k;
  dnnl::memory asGiven, transposed;
  std::vector<dnnl::memory> packed;
  std::vector<std::unique_ptr<Variant>> byRows;
};

/// e^x as 2^(x log2 e), within 2 ulp; saturates. The compiler vectorizes it.
inline float fastExp(float x) {
  x = std::min(std::max(x * 1.44269504f, -126.0f), 126.0f);
  const float whole = __builtin_rintf(x), f = x - whole;
  float p = 1.535336188319500e-4f;
  p = p * f + 1.339887440266574e-3f;
  p = p * f + 9.618437357674640e-3f;
  p = p * f + 5.550332471162809e-2f;
  p = p * f + 2.402264791363012e-1f;
  p = p * f + 6.931472028550421e-1f;
  p = p * f + 1.0f;
  const int32_t bits = (static_cast<int32_t>(whole) + 127) << 23;
  float scale;
  std::memcpy(&scale, &bits, sizeof scale);
  return p * scale;
}
inline float fastSigmoid(float x) {
  return 1.0f / (1.0f + fastExp(-x));
}
inline float fastTanh(float x) {
  return 1.0f - 2.0f / (1.0f + fastExp(2.0f * x));
}

} // namespace

class OneDnnTreeLstm::Impl {
public:
  Impl(const Weights &weights, const std::vector<float> &table, int threads)
      : hidden(weights.hidden), owned(weights.hidden / threads), words(table), bias(weights.b), forgetBias(weights.bf),
        team(threads), slices(static_cast<size_t>(threads)) {
    team.run([&](int thread) {
      omp_set_num_threads(1);
      Slice &slice = slices[static_cast<size_t>(thread)];
      const auto h = static_cast<size_t>(hidden), mine = static_cast<size_t>(owned);
      const size_t first = static_cast<size_t>(thread) * mine;
      std::vector<float> gates;
      for (size_t gate = 0; gate < 3; ++gate) {
        const float *rows = &weights.u[(gate * h + first) * h];
        gates.insert(gates.end(), rows, rows + mine * h);
      }
      slice.gates = std::make_unique<Product>(gates.data(), 3 * owned, hidden);
      slice.forget = std::make_unique<Product>(&weights.uf[first * h], owned, hidden);
    });
  }

  void forward(const Node *const *roots, int count, float *out) {
    linearize(roots, count);
    states.reserve(static_cast<size_t>(levelStart.back()) * static_cast<size_t>(hidden));
    team.run([this](int thread) { levels(thread); });
    for (int r = 0; r < count; ++r)
      std::memcpy(out + static_cast<size_t>(r) * static_cast<size_t>(hidden), stateOf(rootRow[static_cast<size_t>(r)]),
                  static_cast<size_t>(hidden) * sizeof(float));
  }

private:
  /// What one thread owns.
  struct Slice {
    std::unique_ptr<Product> gates, forget; ///< U and Uf, its units' rows
    Buffer cells;                           ///< [rows, owned] c
    Buffer forgets;                         ///< [rows, owned] Uf h
    Buffer sums;                            ///< [widest level, hidden] h_l + h_r
    Buffer products;                        ///< [widest level, 3, owned] U hs
  };

  float *stateOf(int row) { return states.data() + static_cast<size_t>(row) * static_cast<size_t>(hidden); }

  //===--- Levels -----------------------------------------------------------===//

  /// Numbers the nodes level by level: all leaves first.
  void linearize(const Node *const *roots, int count) {
    height.clear();
    leftOf.clear();
    rightOf.clear();
    word.clear();
    rootRow.resize(static_cast<size_t>(count));
    for (int r = 0; r < count; ++r)
      rootRow[static_cast<size_t>(r)] = visit(roots[r]);
    const size_t nodes = height.size();
    const int top = *std::max_element(height.begin(), height.end());
    levelStart.assign(static_cast<size_t>(top) + 2, 0);
    for (int level : height)
      ++levelStart[static_cast<size_t>(level) + 1];
    widest = 0;
    for (size_t level = 1; level < levelStart.size(); ++level) {
      widest = std::max(widest, levelStart[level]);
      levelStart[level] += levelStart[level - 1];
    }
    next.assign(levelStart.begin(), levelStart.end());
    row.resize(nodes);
    left.resize(nodes);
    right.resize(nodes);
    for (size_t node = 0; node < nodes; ++node) {
      const int at = row[node] = next[static_cast<size_t>(height[node])]++;
      const auto i = static_cast<size_t>(at);
      left[i] = leftOf[node] < 0 ? word[node] : row[static_cast<size_t>(leftOf[node])];
      right[i] = leftOf[node] < 0 ? -1 : row[static_cast<size_t>(rightOf[node])];
    }
    for (int &r : rootRow)
      r = row[static_cast<size_t>(r)];
  }

  /// Children before their parent; parse trees are shallow enough to recurse.
  int visit(const Node *node) {
    int l = -1, r = -1, level = 0;
    if (node->word < 0) {
      l = visit(node->left);
      r = visit(node->right);
      level = std::max(height[static_cast<size_t>(l)], height[static_cast<size_t>(r)]) + 1;
    }
    height.push_back(level);
    leftOf.push_back(l);
    rightOf.push_back(r);
    word.push_back(node->word);
    return static_cast<int>(height.size()) - 1;
  }

  //===--- One thread's part of all levels -----------------------------------===//

  void levels(int thread) {
    Slice &slice = slices[static_cast<size_t>(thread)];
    const size_t nodes = static_cast<size_t>(levelStart.back()), mine = static_cast<size_t>(owned);
    const size_t wide = static_cast<size_t>(widest);
    slice.cells.reserve(nodes * mine);
    slice.forgets.reserve(nodes * mine);
    slice.sums.reserve(wide * static_cast<size_t>(hidden));
    slice.products.reserve(wide * 3 * mine);
    const size_t top = levelStart.size() - 1;
    leaves(slice, thread * owned);
    team.barrier();
    if (top > 1)
      slice.forget->run(levelStart[1], states.data(), slice.forgets.data());
    for (size_t level = 1; level < top; ++level) {
      const int first = levelStart[level], count = levelStart[level + 1] - first;
      sumChildren(slice, first, count);
      slice.gates->run(count, slice.sums.data(), slice.products.data());
      cells(slice, thread * owned, first, count);
      team.barrier();
      if (level + 1 < top)
        slice.forget->run(count, stateOf(first),
                          slice.forgets.data() + static_cast<size_t>(first) * static_cast<size_t>(owned));
    }
  }

  void leaves(Slice &slice, int unit) {
    const int h = hidden, mine = owned;
    for (int r = 0; r < levelStart[1]; ++r) {
      const float *gates =
          &words[static_cast<size_t>(left[static_cast<size_t>(r)]) * 3 * static_cast<size_t>(h)] + unit;
      float *state = stateOf(r) + unit, *cell = slice.cells.data() + static_cast<size_t>(r) * static_cast<size_t>(mine);
#pragma clang loop vectorize(assume_safety)
      for (int j = 0; j < mine; ++j) {
        const float c = fastSigmoid(gates[j]) * fastTanh(gates[2 * h + j]);
        cell[j] = c;
        state[j] = fastSigmoid(gates[h + j]) * fastTanh(c);
      }
    }
  }

  void sumChildren(Slice &slice, int first, int count) {
    const int h = hidden;
    for (int r = 0; r < count; ++r) {
      const size_t at = static_cast<size_t>(first) + static_cast<size_t>(r);
      const float *a = stateOf(left[at]), *b = stateOf(right[at]);
      float *sum = slice.sums.data() + static_cast<size_t>(r) * static_cast<size_t>(h);
#pragma clang loop vectorize(assume_safety)
      for (int j = 0; j < h; ++j)
        sum[j] = a[j] + b[j];
    }
  }

  void cells(Slice &slice, int unit, int first, int count) {
    const int h = hidden, mine = owned;
    const float *b = bias.data() + unit, *bf = forgetBias.data() + unit;
    for (int r = 0; r < count; ++r) {
      const size_t at = static_cast<size_t>(first) + static_cast<size_t>(r), m = static_cast<size_t>(mine);
      const size_t l = static_cast<size_t>(left[at]) * m, k = static_cast<size_t>(right[at]) * m;
      const float *gates = slice.products.data() + static_cast<size_t>(r) * 3 * m;
      const float *fl = slice.forgets.data() + l, *fr = slice.forgets.data() + k;
      const float *cl = slice.cells.data() + l, *cr = slice.cells.data() + k;
      float *state = stateOf(first + r) + unit, *cell = slice.cells.data() + at * m;
#pragma clang loop vectorize(assume_safety)
      for (int j = 0; j < mine; ++j) {
        const float c = fastSigmoid(gates[j] + b[j]) * fastTanh(gates[2 * mine + j] + b[2 * h + j]) +
                        fastSigmoid(fl[j] + bf[j]) * cl[j] + fastSigmoid(fr[j] + bf[j]) * cr[j];
        cell[j] = c;
        state[j] = fastSigmoid(gates[mine + j] + b[h + j]) * fastTanh(c);
      }
    }
  }

  int hidden, owned; ///< units in all, and per thread
  std::vector<float> words, bias, forgetBias;
  SpinTeam team;
  std::vector<Slice> slices;
  Buffer states; ///< [rows, hidden] h
  // By node in the order of visits, then by row.
  std::vector<int> height, leftOf, rightOf, word, row, left, right;
  std::vector<int> levelStart, next, rootRow;
  int widest = 0;
};

OneDnnTreeLstm::OneDnnTreeLstm(const Weights &weights, const std::vector<float> &table, int threads)
    : impl(std::make_unique<Impl>(weights, table, threads)) {}
OneDnnTreeLstm::~OneDnnTreeLstm() = default;

void OneDnnTreeLstm::forward(const Node *const *roots, int count, float *out) {
  impl->forward(roots, count, out);
}

} // namespace cortex::bench
