//===- Team.cpp - Worker threads ------------------------------------------===//
#include "Team.h"

#include "Error.h"
#include "FloatEnvironment.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <new>
#include <sched.h>
#include <signal.h>

using namespace cortex::rt;

//===----------------------------------------------------------------------===//
// All teams of the process, for fork()
//===----------------------------------------------------------------------===//

/// The list of live teams. fork() copies the forking thread only, so in the
/// child every team forgets its threads.
struct TeamRegistry {
  std::mutex mutex;
  cortex_team *first = nullptr;

  static TeamRegistry &get() {
    // Never destroyed: teams may outlive static destructors.
    static TeamRegistry *registry = [] {
      auto r = std::make_unique<TeamRegistry>();
      if (pthread_atfork([] { get().mutex.lock(); }, [] { get().mutex.unlock(); },
                         [] {
                           for (cortex_team *t = get().first; t; t = t->next)
                             t->resetAfterFork();
                           get().mutex.unlock();
                         }) != 0)
        throw std::bad_alloc();
      return r.release();
    }();
    return *registry;
  }
  void add(cortex_team *team) {
    std::lock_guard<std::mutex> lock(mutex);
    team->next = first;
    if (first)
      first->previous = team;
    first = team;
  }
  void remove(cortex_team *team) {
    std::lock_guard<std::mutex> lock(mutex);
    (team->previous ? team->previous->next : first) = team->next;
    if (team->next)
      team->next->previous = team->previous;
  }
};

static uint32_t affinityCpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    return std::max(1, CPU_COUNT(&set));
  const long online = sysconf(_SC_NPROCESSORS_ONLN); // more CPUs than a cpu_set_t holds
  return online > 0 ? static_cast<uint32_t>(online) : 1;
}

cortex_team::cortex_team(uint32_t workers) : cpus(affinityCpus()), numSlots((workers ? workers : cpus) - 1) {
  slots = std::make_unique<Slot[]>(numSlots);
  // A spinning thread only pays while the one it waits for has a CPU too.
  spin = size() <= cpus ? kPatientSpin : 1'000;
  TeamRegistry::get().add(this);
}

cortex_team::~cortex_team() {
  TeamRegistry::get().remove(this);
  if (!started.load(std::memory_order_acquire))
    return;
  for (uint32_t i = 0; i < numSlots; ++i)
    if (slots[i].state.exchange(Stop, std::memory_order_acq_rel) != Absent) {
      futexWake(slots[i].state);
      pthread_join(slots[i].thread, nullptr);
    }
}

cortex_team &cortex_team::processWide() {
  static auto *team = new cortex_team(0);
  return *team;
}

void cortex_team::resetAfterFork() {
  started.store(false, std::memory_order_relaxed);
  for (uint32_t i = 0; i < numSlots; ++i) {
    slots[i].state.store(Absent, std::memory_order_relaxed);
    slots[i].waiters.store(0, std::memory_order_relaxed);
  }
  runsUnderWay.store(0, std::memory_order_relaxed);
  // Another thread of the parent may have held them.
  new (&startMutex) std::mutex;
  new (&exactMutex) std::mutex;
}

//===----------------------------------------------------------------------===//
// The caller's side
//===----------------------------------------------------------------------===//

namespace {
/// Counts a run while it lasts.
struct UnderWay {
  std::atomic<uint32_t> *count;
  explicit UnderWay(std::atomic<uint32_t> *count) : count(count) {
    if (count)
      count->fetch_add(1, std::memory_order_relaxed);
  }
  ~UnderWay() {
    if (count)
      count->fetch_sub(1, std::memory_order_relaxed);
  }
  UnderWay(const UnderWay &) = delete;
  UnderWay &operator=(const UnderWay &) = delete;
};
} // namespace

/// Starts the threads that there are not yet. Allocates nothing itself: it must not leave half a team behind.
void cortex_team::startThreads() {
  std::lock_guard<std::mutex> lock(startMutex);
  // Signals belong to the threads of the host program.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (uint32_t i = 0; i < numSlots; ++i) {
    Slot &slot = slots[i];
    if (slot.state.load(std::memory_order_relaxed) != Absent)
      continue;
    slot.team = this;
    slot.state.store(WakeSent, std::memory_order_release);
    if (pthread_create(&slot.thread, nullptr, threadEntry, &slot) != 0) {
      slot.state.store(Absent, std::memory_order_release);
      futexWake(slot.state); // another caller may sleep until it is awake
      break;                 // a smaller team
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  started.store(true, std::memory_order_release);
}

/// Threads are started in order. A team that could not start all of them stays smaller until somebody insists.
bool cortex_team::allStarted() const {
  return numSlots == 0 || slots[numSlots - 1].state.load(std::memory_order_relaxed) != Absent;
}

/// Claims free threads until the call has `wanted` workers or no more are free.
void cortex_team::claim(uint32_t wanted, bool sleepersToo, Call &call) {
  // Always in the same order: a worker's slice of the weights then stays in the same core's cache.
  for (uint32_t i = 0; i < numSlots && call.claimed.size() + 1 < wanted; ++i) {
    uint32_t state = slots[i].state.load(std::memory_order_relaxed);
    const bool asleep = statusOf(state) == Sleeping;
    if ((statusOf(state) == Free || (asleep && sleepersToo)) &&
        slots[i].state.compare_exchange_strong(state, withStatus(state, Claimed), std::memory_order_acquire))
      call.claimed.push_back({i, withStatus(state, Running), asleep});
  }
}

/// Has up to `wanted` sleeping threads woken. The caller pays for two system
/// calls at most; woken threads wake the others.
void cortex_team::wakeSleepers(uint32_t wanted) {
  bool any = false;
  for (uint32_t i = 0; i < numSlots && wanted > 0; ++i) {
    uint32_t state = slots[i].state.load(std::memory_order_relaxed);
    if (statusOf(state) == Sleeping &&
        slots[i].state.compare_exchange_strong(state, withStatus(state, Waking), std::memory_order_relaxed)) {
      any = true;
      --wanted;
    }
  }
  if (any)
    wakeNext(2);
}

void cortex_team::wakeNext(int count) {
  for (uint32_t i = 0; i < numSlots && count > 0; ++i) {
    uint32_t state = slots[i].state.load(std::memory_order_relaxed);
    if (statusOf(state) == Waking &&
        slots[i].state.compare_exchange_strong(state, withStatus(state, WakeSent), std::memory_order_relaxed)) {
      futexWake(slots[i].state);
      --count;
    }
  }
}

uint32_t cortex_team::run(cortex_entry entry, const uint64_t *frame, uint32_t wanted, Mode mode, Call &call) {
  call.claimed.clear();
  wanted = std::min(wanted, size());
  const bool alone = mode == Mode::Now && wanted > 1 && !call.aside && call.late.alone();
  if (alone)
    wanted = 1;
  UnderWay underWay(wanted > 1 ? &runsUnderWay : nullptr);
  int64_t began = 0;
  if (wanted > 1) {
    if (!started.load(std::memory_order_acquire) || (mode != Mode::Now && !allStarted()))
      startThreads();
    // Two callers that each wait for the other's threads would wait for ever: one waits at a time.
    std::unique_lock<std::mutex> exact(exactMutex, std::defer_lock);
    if (mode == Mode::Exact)
      exact.lock();
    began = nowNs();
    const bool isLong = !call.aside && call.nsPerWork * call.work >= kLongRun;
    claim(wanted, mode != Mode::Now || isLong, call);
    auto complete = [&] { return call.claimed.size() + 1 == wanted; };
    auto claimMore = [&] {
      claim(wanted, true, call);
      return complete();
    };
    // Whoever is woken now is of use if the next run comes before it sleeps again, as this one did after the last.
    const bool soon = began - lastEnd.load(std::memory_order_relaxed) <= awakeNs();
    if (mode == Mode::Now && !complete() && soon)
      wakeSleepers(wanted - 1 - static_cast<uint32_t>(call.claimed.size()));
    if (mode == Mode::Patient && !complete())
      spinUntil(3'000'000, claimMore);
    while (mode == Mode::Exact && !claimMore()) {
      if (slots[wanted - 2].state.load(std::memory_order_relaxed) == Absent) { // they are started in order
        finish(call);
        throw Error(CORTEX_SYSTEM_ERROR, "cannot start the threads of a team of " + std::to_string(size()));
      }
      awaitSome(wanted);
    }
  }
  const auto workers = static_cast<uint32_t>(call.claimed.size()) + 1;
  call.barrier.begin(workers);
  for (uint32_t i = 0; i + 1 < workers; ++i) {
    Slot &slot = slots[call.claimed[i].slot];
    slot.entry = entry;
    slot.frame = frame;
    slot.worker = i + 1;
    slot.workers = workers;
    slot.state.store(call.claimed[i].runningState, std::memory_order_release);
    if (call.claimed[i].asleep)
      futexWake(slot.state);
  }
  const bool timed = wanted > 1 || (alone && call.late.onTrial());
  if (timed)
    began = nowNs();
  {
    FloatEnvironment environment;
    entry(frame, 0, workers);
  }
  const int64_t lost = finish(call) + call.barrier.lost();
  const int64_t took = timed ? nowNs() - began : 0;
  const int64_t ofOne = took * workers; // about what one worker takes for it
  if (timed && !call.aside)
    call.nsPerWork = static_cast<double>(ofOne) / call.work;
  if (wanted > 1) {
    if (!call.aside)
      lastRun.store(ofOne, std::memory_order_relaxed);
    lastEnd.store(began + took, std::memory_order_relaxed);
  }
  if (alone)
    call.late.ranAlone(took, call.work);
  else if (workers > 1 && mode == Mode::Now && !call.aside)
    call.late.ranTogether(lost, took, call.work);
  return workers;
}

/// Sleeps while the first thread that is not free and may be wanted stays as it is.
void cortex_team::awaitSome(uint32_t wanted) {
  for (uint32_t i = 0; i + 1 < wanted; ++i) {
    Slot &slot = slots[i];
    const uint32_t state = slot.state.load(std::memory_order_relaxed);
    const Status status = statusOf(state);
    if (status != Waking && status != WakeSent && status != Running)
      continue;
    slot.waiters.fetch_add(1, std::memory_order_seq_cst);
    futexWait(slot.state, state);
    slot.waiters.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  cpuPause(); // what is left is claimed by another caller, or by this one
}

/// Waits until every claimed thread is done with the run (or gives back those that were never started on it).
/// Returns how long it waited for those that made it sleep, in nanoseconds.
int64_t cortex_team::finish(const Call &call) {
  int64_t lost = 0;
  for (const Call::Claim &claim : call.claimed) {
    Slot &slot = slots[claim.slot];
    uint32_t claimedState = withStatus(claim.runningState, Claimed);
    if (slot.state.load(std::memory_order_relaxed) == claimedState) {
      slot.state.store(withStatus(claimedState, Free), std::memory_order_release);
      futexWake(slot.state);
      continue;
    }
    auto over = [&] { return slot.state.load(std::memory_order_acquire) != claim.runningState; };
    if (spinUntil(spin, over))
      continue;
    const int64_t began = nowNs();
    slot.waiters.fetch_add(1, std::memory_order_seq_cst);
    while (slot.state.load(std::memory_order_seq_cst) == claim.runningState)
      futexWait(slot.state, claim.runningState);
    slot.waiters.fetch_sub(1, std::memory_order_relaxed);
    lost += spin + nowNs() - began;
  }
  return lost;
}

//===----------------------------------------------------------------------===//
// The threads' side
//===----------------------------------------------------------------------===//

void *cortex_team::threadEntry(void *argument) {
  auto *slot = static_cast<Slot *>(argument);
  char name[16];
  std::snprintf(name, sizeof name, "cortex-%u", static_cast<uint32_t>(slot - slot->team->slots.get()) + 1);
  pthread_setname_np(pthread_self(), name);
  slot->team->threadMain(*slot);
  return nullptr;
}

void cortex_team::threadMain(Slot &slot) {
  for (;;) {
    uint32_t state = slot.state.load(std::memory_order_acquire);
    switch (statusOf(state)) {
    case Running: {
      {
        FloatEnvironment environment;
        slot.entry(slot.frame, slot.worker, slot.workers);
      }
      // One store both ends the run and makes the thread free, so that it is free for the caller's next run.
      const uint32_t free = withStatus(state + (1u << kStatusBits), Free);
      slot.state.exchange(free, std::memory_order_seq_cst);
      if (slot.waiters.load(std::memory_order_seq_cst) != 0)
        futexWake(slot.state);
      break;
    }
    case Waking:
    case WakeSent:
      if (slot.state.compare_exchange_strong(state, withStatus(state, Free), std::memory_order_seq_cst)) {
        if (slot.waiters.load(std::memory_order_seq_cst) != 0)
          futexWake(slot.state);
        wakeNext(2);
      }
      break;
    case Free: {
      // A thread that was woken during a run waits for its end, and then as long as after a run of its own for the
      // next one: callers in a loop would else find it asleep every time.
      auto changed = [&] { return slot.state.load(std::memory_order_acquire) != state; };
      bool called = false, busy = true;
      for (int64_t waited = 0; !called && busy; waited += spin) {
        busy = runsUnderWay.load(std::memory_order_relaxed) != 0 && waited < kLongestWait;
        called = spinUntil(spin, changed);
      }
      const int64_t more = awakeNs() - spin;
      if (!called && more > 0 && spin >= kPatientSpin)
        called = spinUntil(more, changed);
      if (!called)
        slot.state.compare_exchange_strong(state, withStatus(state, Sleeping), std::memory_order_acq_rel);
      break;
    }
    case Claimed: // the claimer is filling in the slot
      cpuPause();
      break;
    case Sleeping:
      futexWait(slot.state, state);
      break;
    case Absent:
    case Stop:
      return;
    }
  }
}
