//===- TeamTest.cpp - Worker threads and their barrier --------------------===//
#include "../../runtime/lib/Team.h"

#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace cortex::rt;

#if defined(__SANITIZE_THREAD__)
#define CORTEX_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CORTEX_THREAD_SANITIZER 1
#endif
#endif

namespace {

/// What one run of `rounds` shares; its address is frame[3] in place of a trace buffer.
struct Shared {
  explicit Shared(uint32_t workers, int rounds) : rounds(rounds), written(workers, -1), calls(workers) {}
  const int rounds;
  std::vector<int> written; ///< plain ints: only the barrier orders them
  std::atomic<int> wrong{0};
  std::vector<std::atomic<int>> calls;
};

/// Every worker writes, waits, reads what all wrote, waits.
void entry(const uint64_t *frame, uint32_t worker, uint32_t workers) {
  auto &shared = *reinterpret_cast<Shared *>(frame[cortex::abi::kTrace]);
  const auto barrier = reinterpret_cast<cortex_barrier>(frame[cortex::abi::kBarrier]);
  auto *context = reinterpret_cast<void *>(frame[cortex::abi::kBarrierContext]);
  ++shared.calls[worker];
  for (int r = 0; r < shared.rounds; ++r) {
    shared.written[worker] = r;
    barrier(context, worker);
    for (uint32_t w = 0; w < workers; ++w)
      if (shared.written[w] != r)
        ++shared.wrong;
    barrier(context, worker);
  }
}

struct TeamRun {
  TeamRun(cortex_team &team, int rounds) : team(team), call(team), shared(team.size(), rounds) {
    frame[cortex::abi::kBarrier] = reinterpret_cast<uintptr_t>(&Barrier::wait);
    frame[cortex::abi::kBarrierContext] = reinterpret_cast<uintptr_t>(&call.barrier);
    frame[cortex::abi::kTrace] = reinterpret_cast<uintptr_t>(&shared);
  }
  uint32_t go(uint32_t wanted, cortex_team::Mode mode) { return team.run(entry, frame, wanted, mode, call); }

  cortex_team &team;
  cortex_team::Call call;
  Shared shared;
  uint64_t frame[cortex::abi::kHeaderSlots] = {};
};

Ref<cortex_team> teamOf(uint32_t workers) {
  return Ref<cortex_team>::adopt(new cortex_team(workers));
}

} // namespace

TEST(Team, BarrierOrdersWritesForAnyNumberOfWorkers) {
  for (uint32_t size : {1u, 2u, 3u, 4u, 5u, 8u}) {
    SCOPED_TRACE(size);
    Ref<cortex_team> team = teamOf(size);
    TeamRun run(*team, 20);
    for (uint32_t wanted = 1; wanted <= size; ++wanted) { // flags of larger and smaller runs must not mix
      ASSERT_EQ(run.go(wanted, cortex_team::Mode::Exact), wanted);
      EXPECT_EQ(run.call.barrier.passed(), 40u);
    }
    for (uint32_t wanted = size; wanted > 0; --wanted)
      ASSERT_EQ(run.go(wanted, cortex_team::Mode::Exact), wanted);
    EXPECT_EQ(run.shared.wrong, 0);
    for (uint32_t w = 0; w < size; ++w)
      EXPECT_EQ(run.shared.calls[w], 2 * static_cast<int>(size - w));
  }
}

TEST(Team, RunsTakeWhoeverIsFree) {
  Ref<cortex_team> team = teamOf(3);
  TeamRun run(*team, 5);
  for (int i = 0; i < 200; ++i) {
    const uint32_t workers = run.go(3, cortex_team::Mode::Now);
    ASSERT_GE(workers, 1u);
    ASSERT_LE(workers, 3u);
  }
  EXPECT_EQ(run.shared.calls[0], 200);
  EXPECT_EQ(run.shared.wrong, 0);
  EXPECT_EQ(run.go(99, cortex_team::Mode::Exact), 3u) << "never more than the team has";
}

/// Sessions ask for no more workers than can run at once.
TEST(Team, RunsAtOnceAsManyAsThereAreCpus) {
  const uint32_t cpus = teamOf(0)->size();
  EXPECT_EQ(teamOf(cpus + 3)->atOnce(), cpus);
  EXPECT_EQ(teamOf(cpus + 3)->size(), cpus + 3);
  EXPECT_EQ(teamOf(1)->atOnce(), 1u);
}

static std::atomic<bool> workersAreLate;

/// A caller that waited for a worker without a CPU does not ask for one in its next runs; later it does again.
TEST(Team, RunsAloneAfterWorkersWereLate) {
  Ref<cortex_team> team = teamOf(2);
  TeamRun run(*team, 1);
  auto go = [&] {
    return team->run(
        [](const uint64_t *frame, uint32_t worker, uint32_t workers) {
          if (worker > 0 && workersAreLate)
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
          entry(frame, worker, workers);
        },
        run.frame, 2, cortex_team::Mode::Now, run.call);
  };
  workersAreLate = true;
  for (int tries = 0; tries < 100'000 && !run.call.late.alone(); ++tries) {
    if (go() == 1)
      std::this_thread::yield(); // nobody was awake
  }
  ASSERT_TRUE(run.call.late.alone());
  int alone = 0;
  for (; run.call.late.alone(); ++alone)
    EXPECT_EQ(go(), 1u);
  EXPECT_GE(alone, 8);
  workersAreLate = false;
  uint32_t workers = 1;
  for (int tries = 0; tries < 100'000 && workers == 1; ++tries) {
    workers = go();
    if (workers == 1)
      std::this_thread::yield();
  }
  EXPECT_EQ(workers, 2u);
  EXPECT_EQ(run.shared.wrong, 0);
}

/// A caller that does something between long runs, for longer than threads spin after short ones, finds them awake.
TEST(Team, StaysAwakeLongerAfterLongRuns) {
  Ref<cortex_team> team = teamOf(2);
  if (cortex_team::processWide().size() < 2)
    GTEST_SKIP() << "one CPU";
  TeamRun run(*team, 1);
  auto busy = [](std::chrono::microseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end)
      ;
  };
  uint32_t workers = 1;
  for (int tries = 0; tries < 300 && workers == 1; ++tries) {
    busy(std::chrono::microseconds(200)); // an eighth of a run is a millisecond at least
    workers = team->run(
        [](const uint64_t *, uint32_t, uint32_t) { std::this_thread::sleep_for(std::chrono::milliseconds(8)); },
        run.frame, 2, cortex_team::Mode::Now, run.call);
  }
  EXPECT_EQ(workers, 2u);
}

/// A long run takes sleeping threads: after a pause no other would ever find them awake.
TEST(Team, LongRunsTakeSleepers) {
  if (cortex_team::processWide().size() < 2)
    GTEST_SKIP() << "one CPU";
  Ref<cortex_team> team = teamOf(2);
  TeamRun run(*team, 1);
  uint32_t workers = 1;
  for (int i = 0; i < 5 && workers == 1; ++i) { // the first one's length is not known before
    workers = team->run(
        [](const uint64_t *, uint32_t, uint32_t) { std::this_thread::sleep_for(std::chrono::milliseconds(8)); },
        run.frame, 2, cortex_team::Mode::Now, run.call);
    if (i > 0)
      EXPECT_EQ(workers, 2u);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(workers, 2u);
}

/// How long a run is does not depend on how many ran the last one: else every second one would be alone.
TEST(Team, LongRunsTakeSleepersRunAfterRun) {
  if (cortex_team::processWide().size() < 2)
    GTEST_SKIP() << "one CPU";
  Ref<cortex_team> team = teamOf(2);
  TeamRun run(*team, 1);
  for (int i = 0; i < 6; ++i) {
    run.call.late = LateWorkers(); // a thread that is slow to wake is another matter
    const uint32_t workers =
        team->run([](const uint64_t *, uint32_t,
                     uint32_t count) { std::this_thread::sleep_for(std::chrono::microseconds(600) / count); },
                  run.frame, 2, cortex_team::Mode::Now, run.call);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (i > 1) // before, the thread may not have started
      EXPECT_EQ(workers, 2u) << "run " << i;
  }
}

/// Runs aside say nothing of the others: neither that workers are late, nor how long a run is.
TEST(Team, RunsAsideAreNotJudged) {
  Ref<cortex_team> team = teamOf(2);
  TeamRun run(*team, 1);
  run.go(2, cortex_team::Mode::Exact); // starts the thread
  auto late = [](const uint64_t *, uint32_t worker, uint32_t) {
    if (worker == 1)
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
  };
  auto isLate = [&](bool aside) {
    run.call.aside = aside;
    run.call.nsPerWork = 0;
    for (int i = 0; i < 200 && !run.call.late.alone(); ++i)
      team->run(late, run.frame, 2, cortex_team::Mode::Now, run.call);
    return run.call.late.alone();
  };
  EXPECT_FALSE(isLate(true));
  EXPECT_EQ(run.call.nsPerWork, 0);
  if (cortex_team::processWide().size() >= 2)
    EXPECT_TRUE(isLate(false));
}

static std::atomic<int> threadOfTeam;

/// How often a thread of this process has gone to sleep.
static int sleepsOf(int thread) {
  std::ifstream status("/proc/self/task/" + std::to_string(thread) + "/status");
  for (std::string word; status >> word;)
    if (word == "voluntary_ctxt_switches:") {
      int count = -1;
      status >> count;
      return count;
    }
  return -1;
}

/// Whether a thread of this process sleeps.
static bool sleeps(int thread) {
  std::ifstream status("/proc/self/task/" + std::to_string(thread) + "/status");
  for (std::string word; status >> word;)
    if (word == "State:")
      return status >> word && word == "S";
  return false;
}

/// Short runs far apart do not wake threads that would sleep again before the next.
TEST(Team, RunsFarApartWakeNobody) {
  Ref<cortex_team> team = teamOf(2);
  TeamRun run(*team, 1);
  team->run(
      [](const uint64_t *, uint32_t worker, uint32_t) {
        if (worker == 1)
          threadOfTeam = static_cast<int>(syscall(SYS_gettid));
      },
      run.frame, 2, cortex_team::Mode::Exact, run.call);
  auto pause = [] { std::this_thread::sleep_for(std::chrono::milliseconds(10)); };
  for (int tries = 0; tries < 1'000 && !sleeps(threadOfTeam); ++tries)
    pause();
  ASSERT_TRUE(sleeps(threadOfTeam));
  const int before = sleepsOf(threadOfTeam);
  ASSERT_GE(before, 0);
  for (int i = 0; i < 10; ++i) {
    run.call.nsPerWork = 0; // other work may have made the last one long
    EXPECT_EQ(run.go(2, cortex_team::Mode::Now), 1u);
    pause();
  }
  EXPECT_EQ(sleepsOf(threadOfTeam), before);
}

constexpr int64_t kMs = 1'000'000;

/// How many runs alone follow a run of 3 ms, 2 of which the caller slept; each of them takes `took`.
int runsAloneAfterSleep(LateWorkers &late, int64_t took) {
  late.ranTogether(2 * kMs, 3 * kMs, 1);
  int count = 0;
  for (; late.alone(); ++count)
    late.ranAlone(took, 1);
  return count;
}

TEST(LateWorkers, MoreRunsAloneEachTimeThatTheyAreFaster) {
  LateWorkers late;
  std::vector<int> counts;
  for (int i = 0; i < 9; ++i)
    counts.push_back(runsAloneAfterSleep(late, 1 * kMs));
  EXPECT_THAT(counts, testing::ElementsAre(8, 16, 32, 64, 128, 256, 512, 512, 512));
  for (int i = 0; i < 200; ++i)
    late.ranTogether(0, 1 * kMs, 1); // good runs
  EXPECT_EQ(runsAloneAfterSleep(late, 1 * kMs), 8);
}

/// A caller that owns little waits for the others in each run, and runs alone would be slower.
TEST(LateWorkers, RunsTogetherGoOnWhereOneAloneIsNotFaster) {
  LateWorkers late;
  for (uint32_t together : {8, 16, 32, 64, 128, 256, 512, 512}) {
    EXPECT_EQ(runsAloneAfterSleep(late, 5 * kMs), 1) << "the trial alone";
    for (uint32_t i = 0; i < together; ++i) {
      late.ranTogether(2 * kMs, 3 * kMs, 1);
      ASSERT_FALSE(late.alone()) << i;
    }
  }
}

TEST(LateWorkers, TimesAreComparedPerWork) {
  LateWorkers late;
  late.ranTogether(2 * kMs, 3 * kMs, 1);
  late.ranAlone(9 * kMs, 10);
  EXPECT_TRUE(late.alone()) << "ten times the work in three times the time";
  LateWorkers other;
  other.ranTogether(2 * kMs, 3 * kMs, 10);
  other.ranAlone(1 * kMs, 1);
  EXPECT_FALSE(other.alone());
}

TEST(LateWorkers, WaitsForLessThanHalfOfARunAreNothing) {
  LateWorkers late;
  for (int i = 0; i < 20; ++i)
    late.ranTogether(2 * kMs, 5 * kMs, 1);
  EXPECT_FALSE(late.alone());
}

/// Workers that share a CPU: each barrier of a short run lasts until the caller has stopped spinning.
TEST(LateWorkers, ShortWaitsCountWhereTheyGoOn) {
  LateWorkers late;
  for (int i = 0; i < 20; ++i) {
    for (int k = 0; k < 3; ++k)
      late.ranTogether(150'000, 180'000, 1);
    ASSERT_FALSE(late.alone()) << i;
    late.ranTogether(0, 10'000, 1);
  }
  for (int k = 0; k < 4; ++k)
    late.ranTogether(150'000, 180'000, 1);
  EXPECT_TRUE(late.alone());
}

TEST(Team, SeveralCallersAtOnce) {
  Ref<cortex_team> team = teamOf(4);
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int c = 0; c < 4; ++c)
    callers.emplace_back([&, c] {
      TeamRun run(*team, 3);
      // Two callers insist on the whole team: neither may wait for the other for ever.
      const auto mode = c < 2 ? cortex_team::Mode::Exact : c == 2 ? cortex_team::Mode::Now : cortex_team::Mode::Patient;
      for (int i = 0; i < 15; ++i) {
        const uint32_t workers = run.go(4, mode);
        if (mode == cortex_team::Mode::Exact && workers != 4)
          ++wrong;
      }
      wrong += run.shared.wrong;
      if (run.shared.calls[0] != 15)
        ++wrong;
    });
  for (std::thread &t : callers)
    t.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Team, EndsWithItsLastReference) {
  for (int i = 0; i < 15; ++i) {
    Ref<cortex_team> team = teamOf(4);
    if (i % 3 == 0)
      continue; // never started
    TeamRun run(*team, 2);
    run.go(4, i % 3 == 1 ? cortex_team::Mode::Now : cortex_team::Mode::Exact);
    EXPECT_EQ(run.shared.wrong, 0);
  }
}

TEST(Team, DefaultHasTheAffinityMasksSize) {
  cpu_set_t set;
  ASSERT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
  EXPECT_EQ(cortex_team::processWide().size(), static_cast<uint32_t>(CPU_COUNT(&set)));
  EXPECT_EQ(teamOf(0)->size(), static_cast<uint32_t>(CPU_COUNT(&set)));
}

/// The child's team starts empty; it gets threads of its own. The parent's goes on.
TEST(Team, Fork) {
#ifdef CORTEX_THREAD_SANITIZER
  GTEST_SKIP() << "ThreadSanitizer does not allow threads after a fork";
#endif
  Ref<cortex_team> team = teamOf(3);
  TeamRun run(*team, 10);
  ASSERT_EQ(run.go(3, cortex_team::Mode::Exact), 3u);
  const pid_t child = fork();
  if (child == 0) {
    alarm(60); // a hang becomes a signal that the parent sees
    const uint32_t first = run.go(3, cortex_team::Mode::Now), second = run.go(3, cortex_team::Mode::Exact);
    _exit(first >= 1 && second == 3 && run.shared.wrong == 0 ? 0 : 1);
  }
  ASSERT_GT(child, 0);
  EXPECT_EQ(run.go(3, cortex_team::Mode::Exact), 3u);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
  EXPECT_EQ(run.go(3, cortex_team::Mode::Exact), 3u);
  EXPECT_EQ(run.shared.wrong, 0);
}

/// Signals are the host program's: no team thread may take them.
TEST(Team, ThreadsBlockSignals) {
  Ref<cortex_team> team = teamOf(2);
  TeamRun run(*team, 1);
  static std::atomic<int> unblocked;
  unblocked = 0;
  team->run(
      [](const uint64_t *, uint32_t worker, uint32_t) {
        sigset_t mask;
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        if (worker > 0 && !sigismember(&mask, SIGINT))
          ++unblocked;
      },
      run.frame, 2, cortex_team::Mode::Exact, run.call);
  EXPECT_EQ(unblocked, 0);
}
