//===- FloatEnvironment.h - Rounding and denormals while a program runs ---===//
#ifndef CORTEX_RUNTIME_FLOATENVIRONMENT_H
#define CORTEX_RUNTIME_FLOATENVIRONMENT_H

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace cortex::rt {

/// Rounds to nearest, keeps denormals and masks exceptions while in scope; then
/// puts back what was set before. Results must not depend on the caller's modes.
class FloatEnvironment {
public:
#if defined(__x86_64__)
  FloatEnvironment() : saved(_mm_getcsr()) { _mm_setcsr(0x1f80); }
  ~FloatEnvironment() { _mm_setcsr(static_cast<unsigned>(saved)); }
#elif defined(__aarch64__)
  FloatEnvironment() {
    __asm__ volatile("mrs %0, fpcr" : "=r"(saved));
    __asm__ volatile("msr fpcr, %0" : : "r"(uint64_t(0)));
  }
  ~FloatEnvironment() { __asm__ volatile("msr fpcr, %0" : : "r"(saved)); }
#else
  FloatEnvironment() = default;
#endif
  FloatEnvironment(const FloatEnvironment &) = delete;
  FloatEnvironment &operator=(const FloatEnvironment &) = delete;

private:
  [[maybe_unused]] uint64_t saved = 0;
};

} // namespace cortex::rt
#endif // CORTEX_RUNTIME_FLOATENVIRONMENT_H
