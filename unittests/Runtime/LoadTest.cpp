//===- LoadTest.cpp - Many sessions, threads, processes, signals ----------===//
//
// All of it with the bytes of a run alone as the only right answer. A few
// seconds by default; CORTEX_LOAD_SECONDS=N makes each phase N seconds long.
//===----------------------------------------------------------------------===//
#include "../../benchmarks/Hogs.h"
#include "../Settings.h"
#include "LoadSubject.h"
#include "SystemCalls.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <gtest/gtest.h>
#include <mutex>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace cortex;
using namespace cortex::test;

namespace {

using Clock = std::chrono::steady_clock;

/// How long a phase of a test lasts. It always does a minimum of work, too.
Clock::duration phase() {
  const char *seconds = std::getenv("CORTEX_LOAD_SECONDS");
  return seconds ? std::chrono::seconds(std::strtoll(seconds, nullptr, 10)) : std::chrono::milliseconds(700);
}

/// Sessions of one model that threads take turns with.
class Crowd {
public:
  Crowd(const LoadSubject &subject, int sessions) : subject(subject), members(sessions) {
    for (size_t i = 0; i < members.size(); ++i)
      members[i].session = make(i);
  }

  /// Threads that run, fail on purpose, and replace sessions, until the phase is over. Returns the first fault.
  std::string work(int threads, Clock::duration time) {
    const Clock::time_point end = Clock::now() + time;
    std::vector<std::thread> workers;
    for (int t = 0; t < threads; ++t)
      workers.emplace_back([this, t, end] { workOfThread(t, end); });
    for (std::thread &w : workers)
      w.join();
    return fault;
  }

  std::atomic<uint64_t> runs{0}, failures{0}, replaced{0}, shared{0};

private:
  struct Member {
    std::mutex mutex;
    Session session;
    OutputArrays outputs;
  };

  /// A third on the default team, a third on a common one, a third with teams of their own.
  Session make(size_t i) const {
    const Team team = i % 3 == 0 ? Team() : i % 3 == 1 ? common : Team::create(static_cast<uint32_t>(1 + i % 4));
    // Some insist on all workers, some run in chunks.
    return sessionOf(subject.model, team, i % 6 == 1 ? 3 : 0, i % 5 == 0 ? subject.tightBudget : 0);
  }

  void workOfThread(int thread, Clock::time_point end) {
    std::mt19937 random(static_cast<uint32_t>(thread) + 1);
    auto oneOf = [&](const auto &list) -> const auto & { return list[random() % list.size()]; };
    for (int i = 0; i < 30 || Clock::now() < end; ++i) {
      const size_t index = random() % members.size();
      Member &member = members[index];
      std::unique_lock<std::mutex> lock(member.mutex, std::try_to_lock);
      if (!lock)
        continue;
      std::string found;
      const uint32_t what = random() % 20;
      if (what == 0) {
        member.session = Session(); // what it shares lives on
        member.session = make(index);
        ++replaced;
      } else if (what < 4) {
        found = oneOf(subject.faulty).tryOn(member.session, member.outputs);
        ++failures;
      } else {
        found = oneOf(subject.exercises).tryOn(member.session, member.outputs);
        shared += found.empty() && member.session.stats().workers > 1;
        ++runs;
      }
      if (!found.empty()) {
        const std::lock_guard<std::mutex> guard(faultMutex);
        fault = "session " + std::to_string(index) + ": " + found;
        return;
      }
    }
  }

  const LoadSubject &subject;
  const Team common = Team::create(3);
  std::vector<Member> members;
  std::mutex faultMutex;
  std::string fault;
};

class Load : public testing::TestWithParam<size_t> {
protected:
  const LoadSubject subject{loadArtifacts()[GetParam()], 24, 8, 40};

  void expectWorked(const Crowd &crowd) {
    EXPECT_GT(crowd.runs, 0u);
    EXPECT_GT(crowd.failures, 0u);
    RecordProperty("runs", std::to_string(crowd.runs));
    std::cout << crowd.runs << " runs (" << crowd.shared << " by several workers), " << crowd.failures
              << " faulty batches, " << crowd.replaced << " sessions replaced\n";
  }
};

} // namespace

TEST_P(Load, SixtyFourSessionsOnEightThreads) {
  Crowd crowd(subject, 64);
  EXPECT_EQ(crowd.work(8, 2 * phase()), "");
  expectWorked(crowd);
  EXPECT_GT(crowd.replaced, 0u);
  EXPECT_GT(crowd.shared, 0u);
}

TEST_P(Load, BesideAHogOnEveryCpu) {
  const bench::Hogs hogs(std::max(1u, std::thread::hardware_concurrency()));
  Crowd crowd(subject, 16);
  EXPECT_EQ(crowd.work(4, phase()), "");
  expectWorked(crowd);
}

TEST_P(Load, MoreWorkersThanCpus) {
  for (uint32_t workers : {8u, 16u, 64u}) {
    SCOPED_TRACE(workers);
    Session session = sessionOf(subject.model, Team::create(workers), workers);
    OutputArrays outputs;
    for (size_t i = 0; i < (workers > 16 ? 1u : 3u); ++i) {
      ASSERT_EQ(subject.exercises[i].tryOn(session, outputs), "");
      EXPECT_EQ(session.stats().workers, workers);
    }
  }
}

TEST_P(Load, TwoProcessesAtOnce) {
  std::string theirs;
  std::thread parent([&] {
    theirs = inChild([&] {
      if (kThreadSanitizer) // it allows no threads after a fork of a process that had some
        return std::string();
      Crowd crowd(subject, 8);
      return crowd.work(2, phase());
    });
  });
  Crowd crowd(subject, 8);
  EXPECT_EQ(crowd.work(2, phase()), "");
  parent.join();
  EXPECT_EQ(theirs, "");
}

/// Children of a process whose other threads are inside of runs.
TEST_P(Load, ForksWhileOthersRun) {
  if (kThreadSanitizer)
    GTEST_SKIP() << "ThreadSanitizer does not allow threads after a fork";
  const Team team = Team::create(2);
  Session mine = sessionOf(subject.model, team, 2);
  OutputArrays outputs;
  ASSERT_EQ(subject.exercises[0].tryOn(mine, outputs), "");
  Crowd crowd(subject, 16);
  std::string fault;
  std::thread others([&] { fault = crowd.work(4, phase()); });
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(inChild([&]() -> std::string {
                // What the parent left: the model, an idle session and its team, the default team.
                for (size_t k = 0; k < 4; ++k)
                  if (std::string f = subject.exercises[k].tryOn(mine, outputs); !f.empty())
                    return "inherited session: " + f;
                Session fresh = sessionOf(subject.model, Team(), 0);
                for (size_t k = 0; k < 4; ++k)
                  if (std::string f = subject.exercises[k].tryOn(fresh, outputs); !f.empty())
                    return "new session: " + f;
                mine = Session(); // ends the threads that the child has started
                return "";
              }),
              "")
        << "child " << i;
    ASSERT_EQ(subject.exercises[static_cast<size_t>(i)].tryOn(mine, outputs), "") << "the parent goes on";
  }
  others.join();
  EXPECT_EQ(fault, "");
}

/// A child that ends as a program does, with its destructors.
TEST_P(Load, ForkedChildExits) {
  if (kThreadSanitizer)
    GTEST_SKIP() << "ThreadSanitizer does not allow threads after a fork";
  Session session = sessionOf(subject.model, Team(), 2);
  OutputArrays outputs;
  ASSERT_EQ(subject.exercises[0].tryOn(session, outputs), "");
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    std::exit(subject.exercises[1].tryOn(session, outputs).empty() ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
}

static std::atomic<uint64_t> signalsSeen, signalsOfTeams;

/// Signals by the thousand, to the process and to the threads that call; never to a team's threads.
TEST_P(Load, StormOfSignals) {
  auto handler = [](int) {
    char name[16] = "";
    prctl(PR_GET_NAME, name);
    ++signalsSeen;
    signalsOfTeams += std::strncmp(name, "cortex-", 7) == 0;
  };
  signalsSeen = signalsOfTeams = 0;
  struct sigaction action{};
  action.sa_handler = handler; // without SA_RESTART: system calls are interrupted
  sigaction(SIGALRM, &action, nullptr);
  sigaction(SIGUSR1, &action, nullptr);
  const itimerval often{{0, 500}, {0, 500}};
  setitimer(ITIMER_REAL, &often, nullptr);
  std::atomic<bool> stop{false};
  std::thread storm([&] {
    while (!stop) {
      kill(getpid(), SIGUSR1);
      usleep(200);
    }
  });
  Crowd crowd(subject, 16);
  const std::string fault = crowd.work(4, phase());
  const NamedArtifact &artifact = loadArtifacts()[GetParam()];
  for (int i = 0; i < 20; ++i) { // reading and writing is interrupted, too
    const Program again = Program::loadMemory(artifact.bytes.data(), artifact.bytes.size());
    EXPECT_EQ(again.info().num_inputs, subject.program.info().num_inputs);
  }
  stop = true;
  storm.join();
  const itimerval never{};
  setitimer(ITIMER_REAL, &never, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGALRM, &action, nullptr);
  sigaction(SIGUSR1, &action, nullptr);
  EXPECT_EQ(fault, "");
  EXPECT_GT(signalsSeen, 100u);
  EXPECT_EQ(signalsOfTeams, 0u);
}

static int mapsThatName(const std::string &what) {
  std::ifstream maps("/proc/self/maps");
  int count = 0;
  for (std::string line; std::getline(maps, line);)
    count += line.find(what) != std::string::npos;
  return count;
}

/// A program's code goes with its last object, although the team that ran it lives on.
TEST_P(Load, CodeIsUnloadedWhileTheTeamIsIdle) {
  const NamedArtifact &artifact = loadArtifacts()[GetParam()];
  const Team team = Team::create(3);
  const int before = mapsThatName("memfd:cortex-program");
  OutputArrays outputs;
  for (int round = 0; round < 30; ++round) {
    const Program program = Program::loadMemory(artifact.bytes.data(), artifact.bytes.size());
    Session session = sessionOf(Model(program, team), team, 3);
    ASSERT_EQ(subject.exercises[static_cast<size_t>(round) % 8].tryOn(session, outputs), "");
    EXPECT_GT(mapsThatName("memfd:cortex-program"), before);
    session = Session(); // threads are awake now, and asleep in some rounds
    if (round % 3 == 0)
      usleep(2000);
  }
  EXPECT_EQ(mapsThatName("memfd:cortex-program"), before);
}

/// The shared library stays mapped when its last handle is closed: its idle threads return into it.
TEST_P(Load, LibraryIsClosedWhileTheTeamIsIdle) {
#ifndef CORTEX_RUNTIME_LIBRARY
  GTEST_SKIP() << "this build has no shared library to open";
#else
  const NamedArtifact &artifact = loadArtifacts()[GetParam()];
  const Exercise &exercise = subject.exercises[0];
  for (int round = 0; round < 5; ++round) {
    void *library = dlopen(CORTEX_RUNTIME_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    ASSERT_TRUE(library) << dlerror();
#define CORTEX_FIND(name) const auto name = reinterpret_cast<decltype(&::name)>(dlsym(library, #name))
    CORTEX_FIND(cortex_program_load_memory);
    CORTEX_FIND(cortex_model_create);
    CORTEX_FIND(cortex_session_create);
    CORTEX_FIND(cortex_session_run);
    CORTEX_FIND(cortex_session_release);
    CORTEX_FIND(cortex_model_release);
    CORTEX_FIND(cortex_program_release);
    CORTEX_FIND(cortex_last_error);
#undef CORTEX_FIND
    ASSERT_NE(reinterpret_cast<void *>(cortex_session_run), reinterpret_cast<void *>(::cortex_session_run));
    cortex_program *program = nullptr;
    cortex_model *model = nullptr;
    cortex_session *session = nullptr;
    cortex_session_options options{};
    options.struct_size = sizeof options;
    options.exact_workers = 2; // of the library's own default team
    ASSERT_EQ(cortex_program_load_memory(artifact.bytes.data(), artifact.bytes.size(), nullptr, &program), CORTEX_OK)
        << cortex_last_error();
    ASSERT_EQ(cortex_model_create(program, nullptr, 0, nullptr, &model), CORTEX_OK) << cortex_last_error();
    ASSERT_EQ(cortex_session_create(model, &options, &session), CORTEX_OK) << cortex_last_error();
    OutputArrays outputs;
    const cortex_batch view = exercise.batch.view();
    ASSERT_EQ(cortex_session_run(session, &view, outputs.blank(exercise.outputBytes)), CORTEX_OK)
        << cortex_last_error();
    EXPECT_TRUE(outputs.hold(exercise.answer));
    cortex_session_release(session);
    cortex_model_release(model);
    cortex_program_release(program);
    EXPECT_EQ(dlclose(library), 0);
    EXPECT_GT(mapsThatName("libcortex-runtime"), 0);
    if (round % 2)
      usleep(2000); // the threads fall asleep, and are woken by the next round
  }
#endif
}

INSTANTIATE_TEST_SUITE_P(Artifacts, Load, testing::Range<size_t>(0, loadArtifacts().size()),
                         [](const auto &info) { return loadArtifacts()[info.param].name; });
