//===- Futex.h - Spinning a bounded time, then sleeping -------------------===//
#ifndef CORTEX_RUNTIME_FUTEX_H
#define CORTEX_RUNTIME_FUTEX_H

#include <atomic>
#include <chrono>
#include <cstdint>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace cortex::rt {

/// Sleeps while `word` holds `value`; may return early.
inline void futexWait(std::atomic<uint32_t> &word, uint32_t value) {
  ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}
/// Wakes every thread that sleeps on `word`.
inline void futexWake(std::atomic<uint32_t> &word) {
  ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 0x7fffffff, nullptr, nullptr, 0);
}

inline void cpuPause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#endif
}

inline int64_t nowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Polls until `done()` or about `ns` nanoseconds have passed; returns done().
/// The clock is read only now and then: the hot case is a handful of polls.
template <class Done> bool spinUntil(int64_t ns, Done done) {
  using Clock = std::chrono::steady_clock;
  constexpr int kPollsPerLook = 32;
  for (int i = 0; i < kPollsPerLook; ++i) {
    if (done())
      return true;
    cpuPause();
  }
  const Clock::time_point limit = Clock::now() + std::chrono::nanoseconds(ns);
  while (Clock::now() < limit)
    for (int i = 0; i < kPollsPerLook; ++i) {
      if (done())
        return true;
      cpuPause();
    }
  return done();
}

} // namespace cortex::rt
#endif // CORTEX_RUNTIME_FUTEX_H
