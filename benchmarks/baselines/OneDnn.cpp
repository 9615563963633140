#include "OneDnn.h"

#include <oneapi/dnnl/dnnl.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>

// oneDNN parallelizes with OpenMP.
extern "C" void omp_set_num_threads(int);

namespace cortex::bench {

using Desc = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;
static constexpr auto kF32 = dnnl::memory::data_type::f32;

static dnnl::engine &cpu() {
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

void setOneDnnThreads(int threads) {
  omp_set_num_threads(threads);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

class Product::Impl {
public:
  Impl(const float *weights, int64_t n, int64_t k) : n(n), k(k) {
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

Product::Product(const float *weights, int64_t n, int64_t k) : impl(std::make_unique<Impl>(weights, n, k)) {}
Product::~Product() = default;
Product::Product(Product &&) noexcept = default;

void Product::run(int64_t m, const float *x, float *y) {
  impl->run(m, x, y);
}

class PlainProduct::Impl {
public:
  Impl(int64_t m, int64_t n, int64_t k, bool accumulate)
      : a(Desc({m, k}, kF32, Tag::ab), cpu(), DNNL_MEMORY_NONE),
        b(Desc({k, n}, kF32, Tag::ab), cpu(), DNNL_MEMORY_NONE),
        c(Desc({m, n}, kF32, Tag::ab), cpu(), DNNL_MEMORY_NONE) {
    dnnl::primitive_attr attributes;
    if (accumulate) {
      dnnl::post_ops sum;
      sum.append_sum(1.0f);
      attributes.set_post_ops(sum);
    }
    const dnnl::matmul::desc desc(a.get_desc(), b.get_desc(), c.get_desc());
    primitive = dnnl::matmul(dnnl::matmul::primitive_desc(desc, attributes, cpu()));
    arguments = {{DNNL_ARG_SRC, a.get()}, {DNNL_ARG_WEIGHTS, b.get()}, {DNNL_ARG_DST, c.get()}};
  }
  void run(const float *x, const float *y, float *z) {
    a.set_data_handle(const_cast<float *>(x)); // only read, but oneDNN has one type for both
    b.set_data_handle(const_cast<float *>(y));
    c.set_data_handle(z);
    dnnl_primitive_execute(primitive.get(), stream.get(), static_cast<int>(arguments.size()), arguments.data());
  }

private:
  dnnl::stream stream{cpu()};
  dnnl::memory a, b, c;
  dnnl::matmul primitive;
  std::vector<dnnl_exec_arg_t> arguments;
};

PlainProduct::PlainProduct(int64_t m, int64_t n, int64_t k, bool accumulate)
    : impl(std::make_unique<Impl>(m, n, k, accumulate)) {}
PlainProduct::~PlainProduct() = default;
PlainProduct::PlainProduct(PlainProduct &&) noexcept = default;

void PlainProduct::run(const float *a, const float *b, float *c) {
  impl->run(a, b, c);
}

//===----------------------------------------------------------------------===//
// Sequences
//===----------------------------------------------------------------------===//

class SequenceCell::Impl {
public:
  Impl(Kind kind, const Weights &w, int threads)
      : kind(kind), gates(kind == Kind::Lstm ? 4 : 3), hidden(w.hidden), width(w.width), threads(threads),
        layer(reordered(w.ih, gates, hidden, width)), iteration(reordered(w.hh, gates, hidden, hidden)) {
    // oneDNN's LSTM has PyTorch's gates i, f, g, o; its GRU has update, reset, new where PyTorch has r, z, n, and
    // the form with a second bias of the new gate.
    const auto h = static_cast<size_t>(hidden);
    bias = dnnl::memory(Desc({1, 1, 4, hidden}, kF32, Tag::ldgo), cpu());
    auto *to = static_cast<float *>(bias.get_data_handle());
    for (size_t gate = 0; gate < static_cast<size_t>(gates); ++gate)
      for (size_t j = 0; j < h; ++j) {
        const size_t from = fromGate(gate) * h + j;
        const bool last = kind == Kind::Gru && gate == 2;
        to[gate * h + j] = w.bih[from] + (last ? 0 : w.bhh[from]);
        if (last)
          to[3 * h + j] = w.bhh[from];
      }
  }

  void run(int64_t steps, int64_t batch, const float *x, float *h) {
    setOneDnnThreads(threads);
    std::unique_ptr<Variant> &variant = shapes[{steps, batch}];
    if (!variant)
      variant = make(steps, batch);
    variant->x.set_data_handle(const_cast<float *>(x)); // only read, but oneDNN has one type for both
    variant->last.set_data_handle(h);
    dnnl_primitive_execute(variant->primitive.get(), stream.get(), static_cast<int>(variant->arguments.size()),
                           variant->arguments.data());
  }

private:
  struct Variant {
    dnnl::primitive primitive;
    dnnl::memory x, all, last, cell, workspace, layer, iteration;
    std::vector<dnnl_exec_arg_t> arguments;
  };

  size_t fromGate(size_t gate) const { return kind == Kind::Gru && gate < 2 ? 1 - gate : gate; }

  /// PyTorch's [gates, hidden, k] as oneDNN's ldigo: [1, 1, k, gates, hidden].
  dnnl::memory reordered(const float *weights, int64_t gates, int64_t hidden, int64_t k) {
    dnnl::memory result(Desc({1, 1, k, gates, hidden}, kF32, Tag::ldigo), cpu());
    auto *to = static_cast<float *>(result.get_data_handle());
    for (int64_t i = 0; i < k; ++i)
      for (int64_t gate = 0; gate < gates; ++gate)
        for (int64_t j = 0; j < hidden; ++j)
          *to++ = weights[(static_cast<int64_t>(fromGate(static_cast<size_t>(gate))) * hidden + j) * k + i];
    return result;
  }
  dnnl::memory as(const Desc &layout, dnnl::memory &from) {
    if (layout == from.get_desc())
      return from;
    dnnl::memory result(layout, cpu());
    dnnl::reorder(from, result).execute(stream, from, result);
    stream.wait();
    return result;
  }

  std::unique_ptr<Variant> make(int64_t steps, int64_t batch) {
    using dnnl::prop_kind;
    const Desc x({steps, batch, width}, kF32, Tag::tnc), all({steps, batch, hidden}, kF32, Tag::tnc);
    const Desc state({1, 1, batch, hidden}, kF32, Tag::ldnc);
    const Desc anyLayer({1, 1, width, gates, hidden}, kF32, Tag::any);
    const Desc anyIteration({1, 1, hidden, gates, hidden}, kF32, Tag::any);
    const auto direction = dnnl::rnn_direction::unidirectional_left2right;
    auto variant = std::make_unique<Variant>();
    Desc layerDesc, iterationDesc;
    if (kind == Kind::Lstm) {
      const dnnl::lstm_forward::primitive_desc desc(dnnl::lstm_forward::desc(prop_kind::forward_inference, direction, x,
                                                                             Desc(), Desc(), anyLayer, anyIteration,
                                                                             bias.get_desc(), all, state, state),
                                                    cpu());
      layerDesc = desc.weights_layer_desc();
      iterationDesc = desc.weights_iter_desc();
      variant->primitive = dnnl::lstm_forward(desc);
      variant->cell = dnnl::memory(state, cpu());
    } else {
      const dnnl::lbr_gru_forward::primitive_desc desc(
          dnnl::lbr_gru_forward::desc(prop_kind::forward_inference, direction, x, Desc(), anyLayer, anyIteration,
                                      bias.get_desc(), all, state),
          cpu());
      layerDesc = desc.weights_layer_desc();
      iterationDesc = desc.weights_iter_desc();
      variant->primitive = dnnl::lbr_gru_forward(desc);
    }
    variant->x = dnnl::memory(x, cpu(), DNNL_MEMORY_NONE);
    variant->all = dnnl::memory(all, cpu());
    variant->last = dnnl::memory(state, cpu(), DNNL_MEMORY_NONE);
    variant->layer = as(layerDesc, layer);
    variant->iteration = as(iterationDesc, iteration);
    variant->arguments = {{DNNL_ARG_SRC_LAYER, variant->x.get()},
                          {DNNL_ARG_WEIGHTS_LAYER, variant->layer.get()},
                          {DNNL_ARG_WEIGHTS_ITER, variant->iteration.get()},
                          {DNNL_ARG_BIAS, bias.get()},
                          {DNNL_ARG_DST_LAYER, variant->all.get()},
                          {DNNL_ARG_DST_ITER, variant->last.get()}};
    if (kind == Kind::Lstm)
      variant->arguments.push_back({DNNL_ARG_DST_ITER_C, variant->cell.get()});
    return variant;
  }

  const Kind kind;
  const int64_t gates, hidden, width;
  const int threads;
  dnnl::stream stream{cpu()};
  dnnl::memory layer, iteration, bias;
  std::map<std::pair<int64_t, int64_t>, std::unique_ptr<Variant>> shapes;
};

SequenceCell::SequenceCell(Kind kind, const Weights &weights, int threads)
    : impl(std::make_unique<Impl>(kind, weights, threads)) {}
SequenceCell::~SequenceCell() = default;

void SequenceCell::run(int64_t steps, int64_t batch, const float *x, float *h) {
  impl->run(steps, batch, x, h);
}

} // namespace cortex::bench
