//===- Elementwise.h - Functions for loops that the compiler vectorizes ---===//
#ifndef CORTEX_BENCHMARKS_ELEMENTWISE_H
#define CORTEX_BENCHMARKS_ELEMENTWISE_H

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace cortex::bench {

/// e^x as 2^(x log2 e), within 2 ulp; saturates.
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

/// to = a + b.
inline void add(float *to, const float *a, const float *b, int count) {
#pragma clang loop vectorize(assume_safety)
  for (int j = 0; j < count; ++j)
    to[j] = a[j] + b[j];
}
inline float dot(const float *a, const float *b, int count) {
  float sum = 0;
#pragma clang loop vectorize(assume_safety) interleave_count(4)
  for (int j = 0; j < count; ++j)
    sum += a[j] * b[j];
  return sum;
}

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_ELEMENTWISE_H
