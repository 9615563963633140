//===- Barrier.h - The barrier between the workers of one run -------------===//
//
// A dissemination barrier. In round k worker w tells worker w + 2^k that it,
// and all that it has heard of, have arrived; after ceil(log2 W) rounds all
// have heard of all. Every flag has one writer, one reader and a cache line of
// its own. Flags hold epochs that only grow, so nothing is reset between
// barriers or between runs. A waiter spins a bounded time, then marks the flag
// and sleeps on it; whoever sets a marked flag wakes it.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_RUNTIME_BARRIER_H
#define CORTEX_RUNTIME_BARRIER_H

#include "Futex.h"

#include <memory>

namespace cortex::rt {

class Barrier {
public:
  /// For runs of at most `maxWorkers` workers; a waiter spins about `spinNs` before it sleeps.
  Barrier(uint32_t maxWorkers, int64_t spinNs);

  /// Before a run of `count` workers; no worker may be inside of the barrier.
  void begin(uint32_t count);
  /// How many barriers the run passed since begin(); after the run only.
  uint64_t passed() const { return epochs[0].value - firstEpoch; }

  /// How long worker 0 has waited since begin() in barriers that made it sleep, in nanoseconds; for worker 0 only.
  int64_t lost() const { return lostNs; }

  /// Has the signature cortex_barrier; `context` is the Barrier.
  static void wait(void *context, uint32_t worker);

private:
  struct alignas(64) Flag {
    std::atomic<uint32_t> word{0}; ///< epoch * 2 + (its reader sleeps)
  };
  struct alignas(64) Epoch {
    uint32_t value = 0; ///< of the last barrier the worker passed; touched by it alone
  };

  void signal(uint32_t to, uint32_t round, uint32_t epoch);
  void await(uint32_t worker, uint32_t round, uint32_t epoch);

  uint32_t workers = 1, maxWorkers, rounds = 0, firstEpoch = 0;
  int64_t spinNs, lostNs = 0;
  std::unique_ptr<Flag[]> flags; ///< [worker][round]
  std::unique_ptr<Epoch[]> epochs;
};

} // namespace cortex::rt
#endif // CORTEX_RUNTIME_BARRIER_H
