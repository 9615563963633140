//===- SpinTeam.h - Threads that spin between short pieces of work --------===//
#ifndef CORTEX_BENCHMARKS_SPINTEAM_H
#define CORTEX_BENCHMARKS_SPINTEAM_H

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace cortex::bench {

/// A team of threads of which the caller is one. Between runs the others spin,
/// and sleep only after a while, so that runs in quick succession start at once.
class SpinTeam {
public:
  explicit SpinTeam(int size) : size(size) {
    for (int thread = 1; thread < size; ++thread)
      threads.emplace_back([this, thread] { serve(thread); });
  }
  ~SpinTeam() {
    work = nullptr;
    start();
    for (std::thread &thread : threads)
      thread.join();
  }
  SpinTeam(const SpinTeam &) = delete;
  SpinTeam &operator=(const SpinTeam &) = delete;

  /// Calls `f(thread)` on every thread of the team and waits for all.
  void run(const std::function<void(int)> &f) {
    work = &f;
    start();
    f(0);
    barrier();
  }

  /// Waits for all threads of the team. To be called by all, within run.
  void barrier() {
    if (size == 1)
      return;
    const uint32_t now = phase.load(std::memory_order_acquire);
    if (arrived.fetch_add(1, std::memory_order_acq_rel) == size - 1) {
      arrived.store(0, std::memory_order_relaxed);
      phase.store(now + 1, std::memory_order_release);
    } else {
      while (phase.load(std::memory_order_acquire) == now)
        __builtin_ia32_pause();
    }
  }

private:
  static constexpr int kSpins = 20000; ///< some hundred microseconds

  void start() {
    round.fetch_add(1, std::memory_order_acq_rel);
    round.notify_all();
  }

  void serve(int thread) {
    for (uint32_t seen = 0;;) {
      for (int spin = 0; spin < kSpins && round.load(std::memory_order_acquire) == seen; ++spin)
        __builtin_ia32_pause();
      round.wait(seen, std::memory_order_acquire);
      ++seen;
      if (!work)
        return;
      (*work)(thread);
      barrier();
    }
  }

  const int size;
  const std::function<void(int)> *work = nullptr; ///< written before `round`
  alignas(64) std::atomic<uint32_t> round{0};
  alignas(64) std::atomic<int> arrived{0};
  alignas(64) std::atomic<uint32_t> phase{0};
  std::vector<std::thread> threads;
};

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_SPINTEAM_H
