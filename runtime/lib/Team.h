//===- Team.h - Worker threads --------------------------------------------===//
//
// A team owns size - 1 threads; the thread that calls run() is worker 0. A run
// takes the threads that are awake and free at that moment, each by one
// compare-exchange, and never waits for one. Sleeping threads are woken for the
// run after, where that is likely to come before they sleep again; a long run
// takes them at once. So any number of callers share a team without a lock.
//
// Life of a thread's slot (who moves it):
//
//   Absent -(first run)-> Waking            Sleeping -(caller)-> Waking
//   Waking -(caller or thread)-> WakeSent -(thread)-> Free
//   Free -(caller)-> Claimed -(caller)-> Running -(thread)-> Free
//   Sleeping -(caller that is willing to wait)-> Claimed
//   Free -(thread, after spinning)-> Sleeping      any -(last release)-> Stop
//===----------------------------------------------------------------------===//
#ifndef CORTEX_RUNTIME_TEAM_H
#define CORTEX_RUNTIME_TEAM_H

#include "Barrier.h"
#include "LateWorkers.h"
#include "Memory.h"
#include "cortex/abi.h"
#include "cortex/cortex.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <vector>

struct cortex_team : public cortex::rt::RefCounted {
public:
  /// `workers` 0: as many as the CPUs of the affinity mask.
  explicit cortex_team(uint32_t workers);
  ~cortex_team() override;

  /// The process-wide team; lives until the process ends.
  static cortex_team &processWide();

  uint32_t size() const { return numSlots + 1; }
  /// Workers that can run at once: at most one for each CPU of the affinity mask that the team was created with.
  uint32_t atOnce() const { return std::min(size(), cpus); }
  /// How long its barriers spin before they sleep.
  int64_t spinNs() const { return spin; }

  enum class Mode {
    Now,     ///< take whoever is awake and free
    Patient, ///< take sleeping threads too, and wait a few milliseconds for new ones to start
    Exact    ///< take sleeping threads too, and wait until all wanted workers are there
  };

  /// What a caller needs to run on a team; reused from run to run.
  struct Call {
    explicit Call(const cortex_team &team) : barrier(team.size(), team.spinNs()) { claimed.reserve(team.size()); }
    cortex::rt::Barrier barrier;
    struct Claim {
      uint32_t slot, runningState;
      bool asleep;
    };
    std::vector<Claim> claimed;
    cortex::rt::LateWorkers late; ///< of its runs by Now
    double work = 1;              ///< of the next run, in any unit that is the same for all; above 0
    double nsPerWork = 0;         ///< of the last run that was timed, were it one worker's
    bool aside = false;           ///< its runs are no measure of others: late workers and lengths are not looked at
  };

  /// Runs `entry` on up to `wanted` (>= 1) workers and returns how many it were.
  /// `call` belongs to the caller; the frame names its barrier. Throws
  /// CORTEX_SYSTEM_ERROR if Exact threads cannot be started.
  uint32_t run(cortex_entry entry, const uint64_t *frame, uint32_t wanted, Mode mode, Call &call);

private:
  enum Status : uint32_t { Absent, Sleeping, Waking, WakeSent, Free, Claimed, Running, Stop };
  static constexpr uint32_t kStatusBits = 3, kStatusMask = 7;
  static Status statusOf(uint32_t state) { return static_cast<Status>(state & kStatusMask); }
  static uint32_t withStatus(uint32_t state, Status s) { return (state & ~kStatusMask) | s; }

  struct alignas(128) Slot {
    std::atomic<uint32_t> state{Absent}; ///< runs so far << kStatusBits | Status
    std::atomic<uint32_t> waiters{0};    ///< callers that sleep until the thread is free
    cortex_entry entry = nullptr;
    const uint64_t *frame = nullptr;
    uint32_t worker = 0, workers = 0;
    cortex_team *team = nullptr;
    pthread_t thread{};
  };

  void startThreads();
  bool allStarted() const;
  void awaitSome(uint32_t wanted);
  void claim(uint32_t wanted, bool sleepersToo, Call &call);
  void wakeSleepers(uint32_t wanted);
  void wakeNext(int count);
  int64_t finish(const Call &call);
  void threadMain(Slot &slot);
  void resetAfterFork();

  friend struct TeamRegistry;
  static void *threadEntry(void *argument);

  const uint32_t cpus, numSlots;
  std::unique_ptr<Slot[]> slots;
  int64_t spin;
  static constexpr int64_t kPatientSpin = 50'000; ///< `spin` where every worker has a CPU
  /// How long a free thread waits for the end of other threads' runs, in nanoseconds.
  static constexpr int64_t kLongestWait = 100'000'000;
  /// After a run a thread stays awake for this part of the time that the run takes one worker, if that is more than
  /// `spin`: what a caller does between long runs, making the next batch, takes long too. Of one worker, here and
  /// below, since the time itself depends on who was awake: the next run would be judged by it, and every second one
  /// alone.
  static constexpr int64_t kPartAwake = 8, kMostAwake = 2'000'000;
  /// A run that would take one worker so long, in nanoseconds, takes sleeping threads too: they are there after a
  /// fraction of it.
  static constexpr double kLongRun = 400'000;
  /// How long a thread stays awake after a run, in nanoseconds.
  int64_t awakeNs() const {
    return std::max(kPatientSpin, std::min(lastRun.load(std::memory_order_relaxed) / kPartAwake, kMostAwake));
  }
  std::atomic<int64_t> lastRun{0}; ///< nanoseconds that one worker takes for the last run that wanted several
  std::atomic<int64_t> lastEnd{0}; ///< when it ended
  alignas(128) std::atomic<uint32_t> runsUnderWay{0}; ///< calls that want more than one worker
  std::atomic<bool> started{false};
  std::mutex startMutex, exactMutex;
  cortex_team *previous = nullptr, *next = nullptr; ///< the registry's list
};

#endif // CORTEX_RUNTIME_TEAM_H
