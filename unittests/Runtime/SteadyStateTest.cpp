//===- SteadyStateTest.cpp - Runs that ask the system for nothing ---------===//
//
// Up to 300 runs of batches within what was reserved or seen: no call that
// takes or gives back memory, and no system call but futex, of any thread.
//===----------------------------------------------------------------------===//
#include "Heap.h"
#include "LoadSubject.h"
#include "SystemCalls.h"

#include "cortex/linked.hpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace cortex;
using namespace cortex::test;

namespace {

class SteadyState : public testing::TestWithParam<std::tuple<size_t, uint32_t>> {
protected:
  const LoadSubject subject{loadArtifacts()[std::get<0>(GetParam())], 30, 6, 40};
  const uint32_t workers = std::get<1>(GetParam());

  /// `round` is done in a process of its own: once, and then again and again with everything counted and forbidden.
  void expectSteady(const std::function<std::string()> &round) const {
    const int rounds = workers > 2 ? 5 : 10; // more workers than CPUs wait for each other for long
    const std::string noFilter = whyNotFutexOnly();
    EXPECT_EQ(inChild([&]() -> std::string {
                for (int i = 0; i < 2; ++i)
                  if (std::string fault = round(); !fault.empty())
                    return fault;
                if (noFilter.empty())
                  allowFutexOnly();
                const uint64_t before = heapCounts().calls();
                for (int i = 0; i < rounds; ++i)
                  if (!round().empty())
                    return "wrong bytes";
                return heapCounts().calls() == before ? "" : "took memory";
              }),
              "");
    if (!noFilter.empty())
      std::cout << "SKIPPED: system calls. " << noFilter << '\n';
  }

  /// All exercises on one session; of many workers only some.
  std::string runAll(Session &session, OutputArrays &outputs) const {
    for (size_t i = 0; i < subject.exercises.size(); i += step())
      if (std::string fault = subject.exercises[i].tryOn(session, outputs); !fault.empty())
        return fault;
    return "";
  }
  size_t step() const { return workers > 2 ? 4 : 1; }
};

} // namespace

/// The tests below would see it: of the calling thread, and of a team's thread.
TEST(SystemCalls, OthersThanFutexAreSeen) {
  if (!canFilterSystemCalls())
    GTEST_SKIP() << "this system does not let a process filter its system calls (seccomp)";
  EXPECT_EQ(inChild([] {
              allowFutexOnly();
              return std::string(getppid() > 0 ? "" : "");
            }),
            "system call " + std::to_string(SYS_getppid) + " was made");
  EXPECT_EQ(inChild([] {
              pthread_t thread;
              static std::atomic<bool> forbidden, done;
              sigset_t all;
              sigfillset(&all);
              pthread_sigmask(SIG_SETMASK, &all, nullptr); // as a team's threads have it
              pthread_create(
                  &thread, nullptr,
                  [](void *) -> void * {
                    while (!forbidden)
                      ;
                    syscall(SYS_sched_yield);
                    done = true;
                    return nullptr;
                  },
                  nullptr);
              allowFutexOnly();
              forbidden = true;
              while (!done)
                ;
              return std::string();
            }),
            "signal Bad system call");
  EXPECT_EQ(inChild([] { // what is allowed is no fault
              allowFutexOnly();
              syscall(SYS_futex, nullptr, 99, 0, nullptr, nullptr, 0);
              return std::string();
            }),
            "");
}

TEST_P(SteadyState, WithinWhatWasSeen) {
  expectSteady([this, session = Session(), outputs = OutputArrays()]() mutable {
    if (!session)
      session = sessionOf(subject.model, Team::create(workers), workers);
    return runAll(session, outputs);
  });
}

/// Whoever is free runs it: threads fall asleep and are woken.
TEST_P(SteadyState, ByThoseThatAreAwake) {
  expectSteady([this, session = Session(), outputs = OutputArrays()]() mutable {
    if (!session) {
      const Team team = Team::create(workers);
      Session all = sessionOf(subject.model, team, workers); // by then every thread has begun
      if (std::string fault = runAll(all, outputs); !fault.empty())
        return fault;
      session = sessionOf(subject.model, team, 0);
    }
    std::string fault = runAll(session, outputs);
    for (volatile int i = 0; i < 200'000; i = i + 1) // long enough for that
      ;
    return fault;
  });
}

TEST_P(SteadyState, InChunks) {
  expectSteady([this, session = Session(), outputs = OutputArrays(), most = 0u]() mutable -> std::string {
    // Every worker has copies of some buffers: the budget of one may be too small.
    for (uint64_t budget = subject.tightBudget; !session; budget += budget / 8) {
      Session tight = sessionOf(subject.model, Team::create(workers), workers, budget);
      const std::string fault = runAll(tight, outputs);
      if (fault.empty())
        session = std::move(tight);
      else if (budget > 4 * subject.tightBudget * workers)
        return "no budget suffices: " + fault;
    }
    for (size_t i = 0; i < subject.exercises.size(); i += step()) {
      if (std::string fault = subject.exercises[i].tryOn(session, outputs); !fault.empty())
        return fault;
      most = std::max(most, session.stats().chunks);
    }
    return most > 1 ? "" : "nothing ran in chunks";
  });
}

/// Batches that differ from all that the session has seen, but are within what was reserved.
TEST_P(SteadyState, WithinWhatWasReserved) {
  expectSteady([this, session = Session(), outputs = OutputArrays(), next = size_t(0)]() mutable -> std::string {
    if (!session) {
      session = sessionOf(subject.model, Team::create(workers), workers);
      session.reserve(6, 240, 720, 6, 240); // a run without named roots may not need more either
      for (const Exercise &e : subject.exercises)
        outputs.blank(e.outputBytes);
      return subject.exercises[next++].tryOn(session, outputs);
    }
    for (int i = 0; i < 3; ++i)
      if (std::string fault = subject.exercises[next++ % subject.exercises.size()].tryOn(session, outputs);
          !fault.empty())
        return fault;
    return "";
  });
}

TEST_P(SteadyState, LinkedNodes) {
  std::vector<LinkedTree> nodes(127);
  const bool sequence = subject.program.info().structure == CORTEX_SEQUENCE;
  for (size_t n = 1; n < nodes.size(); ++n)
    nodes[sequence ? n - 1 : (n - 1) / 2].kids.push_back(&nodes[n]);
  LinkedBatch<LinkedAccessor> linked(subject.program);
  expectSteady([&, session = Session(), outputs = OutputArrays(), round = 0, bytes = std::vector<size_t>(),
                first = Answer()]() mutable -> std::string {
    linked.clear();
    for (int s = 0; s < 5; ++s)
      linked.add(&nodes[(s * 7) % 20]);
    for (uint32_t i = 0; i < subject.program.info().num_inputs; ++i)
      if (subject.program.input(i).place == CORTEX_AT_STRUCTURES)
        linked.setStructureInput(i, LinkedAccessor::zeros());
    const cortex_batch &batch = linked.batch();
    if (!session) {
      session = sessionOf(subject.model, Team::create(workers), workers);
      for (uint32_t i = 0; i < subject.program.info().num_outputs; ++i)
        bytes.push_back(8 * subject.program.output(i).elements * static_cast<size_t>(linked.numNodes()));
    }
    if (cortex_session_run(session.get(), &batch, outputs.blank(bytes)) != CORTEX_OK)
      return cortex_last_error();
    if (round++ == 0)
      first = outputs.answer();
    return outputs.hold(first) ? "" : "other bytes than in the first run";
  });
}

INSTANTIATE_TEST_SUITE_P(Artifacts, SteadyState,
                         testing::Combine(testing::Range<size_t>(0, loadArtifacts().size()),
                                          testing::Values(1u, 2u, 4u)),
                         [](const auto &info) {
                           return loadArtifacts()[std::get<0>(info.param)].name + "_W" +
                                  std::to_string(std::get<1>(info.param));
                         });
