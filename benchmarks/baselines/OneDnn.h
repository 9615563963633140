//===- OneDnn.h - Products by oneDNN, cached by shape ---------------------===//
#ifndef CORTEX_BENCHMARKS_ONEDNN_H
#define CORTEX_BENCHMARKS_ONEDNN_H

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace cortex::bench {

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

/// y[m, n] = x[m, k] Wᵀ with W [n, k] row-major. One primitive per m: of the
/// weights as they are, transposed, or in the layout that oneDNN asks for, the
/// fastest when m is first met. For one thread.
class Product {
public:
  Product(const float *weights, int64_t n, int64_t k);
  ~Product();
  Product(Product &&) noexcept;

  void run(int64_t m, const float *x, float *y);

private:
  class Impl;
  std::unique_ptr<Impl> impl;
};

/// c[m, n] (+)= a[m, k] b[k, n], all row-major, of one shape. For one thread.
class PlainProduct {
public:
  PlainProduct(int64_t m, int64_t n, int64_t k, bool accumulate);
  ~PlainProduct();
  PlainProduct(PlainProduct &&) noexcept;

  void run(const float *a, const float *b, float *c);

private:
  class Impl;
  std::unique_ptr<Impl> impl;
};

/// oneDNN's own threads: so many from here on, in the thread that calls this.
void setOneDnnThreads(int threads);

/// How oneDNN is to be given sequences: x[steps, batch, width], h[batch, hidden] at the last step.
class SequenceCell {
public:
  /// PyTorch's weights: ih [gates*hidden, width], hh [gates*hidden, hidden], biases of both.
  struct Weights {
    const float *ih, *hh, *bih, *bhh;
    int64_t hidden, width;
  };
  enum class Kind { Lstm, Gru };
  SequenceCell(Kind kind, const Weights &weights, int threads);
  ~SequenceCell();

  void run(int64_t steps, int64_t batch, const float *x, float *h);

private:
  class Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_ONEDNN_H
