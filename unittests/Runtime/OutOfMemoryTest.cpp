//===- OutOfMemoryTest.cpp - Memory that is refused -----------------------===//
//
// Each operation is tried with its first request for memory refused, then with
// its second, and so on until one is left alone and succeeds. Every time it
// says that there is no memory, leaves nothing behind, and what it was done to
// works afterwards. The same with the kernel's calls, which the C library and
// the system's loader make for themselves.
//===----------------------------------------------------------------------===//
#include "Heap.h"
#include "LoadSubject.h"
#include "SystemCalls.h"

#include "cortex/linked.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <dirent.h>
#include <dlfcn.h>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <thread>
#include <unistd.h>

using namespace cortex;
using namespace cortex::test;

namespace {

/// What a failed operation must not leave behind.
struct Possessions {
  int64_t blocks, maps;
  size_t files, threads;
  int code; ///< programs that are mapped
  bool operator==(const Possessions &) const = default;

  static size_t entries(const char *directory) {
    size_t count = 0;
    DIR *d = opendir(directory);
    while (d && readdir(d))
      ++count;
    closedir(d);
    return count;
  }
  /// Waits until there are so many threads: one that was joined may be in /proc for a moment yet.
  static void settle(size_t threads) {
    for (int i = 0; i < 1000 && entries("/proc/self/task") != threads; ++i)
      usleep(1000);
  }
  static Possessions now() {
    dlerror(); // what it keeps of the last failure
    std::ifstream maps("/proc/self/maps");
    int code = 0;
    for (std::string line; std::getline(maps, line);)
      code += line.find("cortex-program") != std::string::npos;
    maps.close();
    const size_t files = entries("/proc/self/fd"), threads = entries("/proc/self/task");
    const HeapCounts heap = heapCounts();
    return {heap.blocks, heap.maps, files, threads, code};
  }
};
std::ostream &operator<<(std::ostream &out, const Possessions &p) {
  return out << p.blocks << " blocks, " << p.maps << " mappings, " << p.files << " files, " << p.threads << " threads, "
             << p.code << " maps of code";
}

/// How one try ended.
struct Outcome {
  cortex_status status = CORTEX_OK;
  std::array<char, 400> text{}; ///< no string: blocks are counted while it lives
  std::string_view message() const { return text.data(); }

  static Outcome of(cortex_status status, const char *message) {
    Outcome o{status};
    std::strncpy(o.text.data(), message, o.text.size() - 1);
    return o;
  }
  static Outcome of(cortex_status status) { return of(status, status == CORTEX_OK ? "" : cortex_last_error()); }
};

/// Does the operation, with refusals only while the guard that it makes is there; undoes it, and checks that what
/// remains works. Everything but the operation itself is done without refusals.
using Attempt = std::function<Outcome(const std::function<Outcome(const std::function<cortex_status()> &)> &)>;

bool tellsOfMemory(const Outcome &o) {
  return o.status == CORTEX_OUT_OF_MEMORY && (o.message().find("out of memory") != std::string_view::npos ||
                                              o.message().find("Cannot allocate memory") != std::string_view::npos);
}
bool tellsOfThreads(const Outcome &o) {
  return o.status == CORTEX_SYSTEM_ERROR && o.message().starts_with("cannot start the threads of a team of ");
}

/// Tries with ever later refusals, until there is none. Returns how many there were.
template <class Refusal> uint64_t tryEach(const Attempt &attempt, const char *what) {
  constexpr uint64_t kMost = 20000;
  const size_t threads = Possessions::now().threads;
  attempt([](auto operation) { return Outcome::of(operation()); }); // what is set up once in a process's life
  attempt([](auto operation) { return Outcome::of(operation()); });
  for (uint64_t n = 1; n < kMost; ++n) {
    Possessions::settle(threads);
    const Possessions before = Possessions::now();
    bool refused = false;
    const Outcome outcome = attempt([&](auto operation) {
      cortex_status status;
      {
        const Refusal refusal(n);
        status = operation();
        refused = refusal.refused();
      }
      return Outcome::of(status);
    });
    Possessions::settle(threads);
    Possessions after = Possessions::now();
    if (std::is_same_v<Refusal, RefuseSystemCalls> && outcome.status != CORTEX_OK)
      after.code = before.code; // the system's loader (glibc 2.36) leaves a segment mapped if the next cannot be
    EXPECT_EQ(after, before) << what << ", refusal " << n;
    if (!refused) {
      EXPECT_EQ(outcome.status, CORTEX_OK) << what << ", after " << n - 1 << " refusals: " << outcome.message();
      return n - 1;
    }
    // Some can be done without: huge pages, a thread fewer.
    EXPECT_TRUE(outcome.status == CORTEX_OK || tellsOfMemory(outcome) || tellsOfThreads(outcome))
        << what << ", refusal " << n << ": status " << outcome.status << ", '" << outcome.message() << "'";
    if (testing::Test::HasFailure())
      return n;
  }
  ADD_FAILURE() << what << " asks for memory without end";
  return kMost;
}

/// One request refused each time; then it and all that follow.
uint64_t refuseEach(const Attempt &attempt, const char *what) {
  const uint64_t requests = tryEach<RefuseMemory>(attempt, what);
  return std::min(requests, tryEach<RefuseMemoryFrom>(attempt, what));
}

class OutOfMemory : public testing::TestWithParam<size_t> {
protected:
  OutOfMemory() { // the thread keeps room for a long message
    cortex_program *none = nullptr;
    EXPECT_EQ(cortex_program_load(("/no" + std::string(1000, 'n')).c_str(), nullptr, &none), CORTEX_SYSTEM_ERROR);
  }
  const NamedArtifact &artifact = loadArtifacts()[GetParam()];
  const LoadSubject subject{artifact, 4, 5, 25};
  OutputArrays outputs;

  void expectWorks(Session &session) {
    for (const Exercise &e : subject.exercises)
      EXPECT_EQ(e.tryOn(session, outputs), "");
  }

  /// From the artifact's bytes to a program.
  Attempt load() {
    return [this](const auto &operate) {
      cortex_program *program = nullptr;
      const Outcome o = operate(
          [&] { return cortex_program_load_memory(artifact.bytes.data(), artifact.bytes.size(), nullptr, &program); });
      EXPECT_EQ(program != nullptr, o.status == CORTEX_OK);
      if (program) {
        const Team alone = Team::create(1); // see interceptSystemCalls
        Session session = sessionOf(Model(Program(program), alone), alone, 1);
        expectWorks(session);
      }
      return o;
    };
  }
  /// From a file.
  Attempt loadFile(const std::string &path) {
    return [path](const auto &operate) {
      cortex_program *program = nullptr;
      const Outcome o = operate([&] { return cortex_program_load(path.c_str(), nullptr, &program); });
      EXPECT_EQ(program != nullptr, o.status == CORTEX_OK);
      cortex_program_release(program);
      return o;
    };
  }
  Attempt makeTeam() {
    return [](const auto &operate) {
      cortex_team *team = nullptr;
      const Outcome o = operate([&] { return cortex_team_create(3, &team); });
      EXPECT_EQ(team != nullptr, o.status == CORTEX_OK);
      cortex_team_release(team);
      return o;
    };
  }
  /// The program's second model, on a team that has not started.
  Attempt makeModel() {
    return [this](const auto &operate) {
      const Team team = Team::create(3);
      cortex_model *model = nullptr;
      const cortex_model_options options{sizeof options, 0, team.get()};
      const Outcome o =
          operate([&] { return cortex_model_create(subject.program.get(), nullptr, 0, &options, &model); });
      EXPECT_EQ(model != nullptr, o.status == CORTEX_OK);
      if (model) {
        Session session = sessionOf(Model(model), team, 3);
        expectWorks(session);
      }
      return o;
    };
  }
  Attempt makeSession(uint32_t workers, uint32_t flags) {
    return [this, workers, flags](const auto &operate) {
      const Team team = Team::create(workers);
      cortex_session_options options{};
      options.struct_size = sizeof options;
      options.flags = flags;
      options.team = team.get();
      cortex_session *session = nullptr;
      const Outcome o = operate([&] { return cortex_session_create(subject.model.get(), &options, &session); });
      EXPECT_EQ(session != nullptr, o.status == CORTEX_OK);
      Session made(session);
      if (session)
        expectWorks(made);
      return o;
    };
  }
  Attempt reserve() {
    return [this](const auto &operate) {
      Session session = sessionOf(subject.model, Team(), 1);
      const Outcome o = operate([&] { return cortex_session_reserve(session.get(), 10, 1000, 1000, 1000, 300); });
      expectWorks(session);
      return o;
    };
  }
  /// A session's first run, which also starts its team.
  Attempt firstRun(uint32_t workers, uint64_t budget) {
    return [this, workers, budget](const auto &operate) {
      Session session = sessionOf(subject.model, Team::create(workers), workers, budget);
      const Exercise &e = largest();
      const cortex_batch view = e.batch.view();
      void *const *pointers = outputs.blank(e.outputBytes);
      const Outcome o = operate([&] { return cortex_session_run(session.get(), &view, pointers); });
      EXPECT_TRUE(o.status == CORTEX_OK ? outputs.hold(e.answer) : outputs.stillBlank())
          << "outputs are written by a run that succeeds, and by no other";
      if (o.status == CORTEX_OK && budget)
        EXPECT_GT(session.stats().chunks, 1u);
      expectWorks(session);
      return o;
    };
  }
  const Exercise &largest() const {
    return *std::max_element(subject.exercises.begin(), subject.exercises.end(),
                             [](const Exercise &a, const Exercise &b) { return a.batch.nodes() < b.batch.nodes(); });
  }
};

} // namespace

TEST_P(OutOfMemory, Loading) {
  if (artifact.constructs)
    GTEST_SKIP() << "a constructor of this program throws through the system's loader, which then forgets it";
  EXPECT_GT(refuseEach(load(), "loading from memory"), 15u);
}

TEST_P(OutOfMemory, LoadingAFile) {
  if (artifact.constructs)
    GTEST_SKIP() << "a constructor of this program throws through the system's loader, which then forgets it";
  const std::string path = testing::TempDir() + "cortex-" + std::to_string(getpid()) + ".cortex";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char *>(artifact.bytes.data()), static_cast<ptrdiff_t>(artifact.bytes.size()));
  EXPECT_GT(refuseEach(loadFile(path), "loading a file"), 15u);
  unlink(path.c_str());
}

TEST_P(OutOfMemory, MakingATeam) {
  EXPECT_GT(refuseEach(makeTeam(), "making a team"), 0u);
}

TEST_P(OutOfMemory, MakingAModel) {
  EXPECT_GT(refuseEach(makeModel(), "making a model"), 5u);
}

TEST_P(OutOfMemory, MakingASession) {
  EXPECT_GT(refuseEach(makeSession(2, 0), "making a session"), 5u);
  EXPECT_GT(refuseEach(makeSession(2, CORTEX_SESSION_GUARD_PAGES), "making a guarded session"), 5u);
}

TEST_P(OutOfMemory, Reserving) {
  EXPECT_GT(refuseEach(reserve(), "reserving"), 0u);
}

TEST_P(OutOfMemory, FirstRun) {
  EXPECT_GT(refuseEach(firstRun(1, 0), "the first run"), 0u);
  EXPECT_GT(refuseEach(firstRun(3, 0), "the first run of three workers"), 1u);
}

/// If memory runs out in a later chunk, no earlier one has written its outputs.
TEST_P(OutOfMemory, FirstRunInChunks) {
  EXPECT_GT(refuseEach(firstRun(1, subject.tightBudget), "the first run in chunks"), 0u);
}

/// The last call of a thread found no memory for anything, not even for its message.
TEST_P(OutOfMemory, ThreadsFirstError) {
  std::string fault;
  std::thread([&] {
    const RefuseMemoryFrom refusal(1);
    const cortex_status status = cortex_session_create(nullptr, nullptr, nullptr);
    const bool says = std::strcmp(cortex_last_error(), "out of memory") == 0;
    fault = status == CORTEX_OK ? "no failure" : says ? "" : "not said";
  }).join();
  EXPECT_EQ(fault, "");
}

namespace {

/// A C++ interface has no status: it throws.
template <class F> cortex_status throwsOutOfMemory(F &f) {
  try {
    f();
    return CORTEX_OK;
  } catch (const std::bad_alloc &) {
    return CORTEX_OUT_OF_MEMORY;
  }
}

} // namespace

/// Making a batch of linked nodes, and adding to it: what was added before stays, and adding again works.
TEST_P(OutOfMemory, LinkedNodes) {
  std::vector<LinkedTree> nodes(200);
  const bool sequence = subject.program.info().structure == CORTEX_SEQUENCE;
  const int32_t all = 200 + (sequence ? 50 : 1) + 200;
  for (size_t n = 1; n < nodes.size(); ++n)
    nodes[sequence ? n - 1 : (n - 1) / 2].kids.push_back(&nodes[n]);
  const Attempt linking = [&](const auto &operate) {
    std::unique_ptr<LinkedBatch<LinkedAccessor>> linked;
    int32_t before = 0;
    auto add = [&] {
      before = linked ? linked->numNodes() : 0;
      if (!linked)
        linked = std::make_unique<LinkedBatch<LinkedAccessor>>(subject.program);
      for (before = 0; linked->numStructures() < 3; before = linked->numNodes())
        linked->add(&nodes[linked->numStructures() == 1 ? 150 : 0]);
    };
    Outcome o = operate([&] { return throwsOutOfMemory(add); });
    if (o.status == CORTEX_OUT_OF_MEMORY)
      o = Outcome::of(o.status, "out of memory");
    EXPECT_EQ(linked ? linked->numNodes() : 0, o.status == CORTEX_OK ? all : before);
    add();
    EXPECT_EQ(linked->numNodes(), all);
    EXPECT_EQ(linked->batch().node_offsets[3], all);
    return o;
  };
  EXPECT_GT(refuseEach(linking, "linking nodes"), 10u);
}

#if defined(__x86_64__)
/// The same where the kernel refuses: what the loader and the C library do for themselves.
TEST_P(OutOfMemory, SystemCalls) {
  if (!canFilterSystemCalls())
    GTEST_SKIP() << "this system does not let a process filter its system calls (seccomp)";
  const std::string fault = inChild([&]() -> std::string {
    interceptSystemCalls();
    if (!artifact.constructs)
      EXPECT_GT(tryEach<RefuseSystemCalls>(load(), "loading from memory"), 5u);
    tryEach<RefuseSystemCalls>(makeTeam(), "making a team");
    tryEach<RefuseSystemCalls>(makeSession(1, 0), "making a session");
    EXPECT_GT(tryEach<RefuseSystemCalls>(firstRun(1, 0), "the first run"), 0u);
    return testing::Test::HasFailure() ? "failed" : "";
  });
  EXPECT_EQ(fault, "");
}
#endif

INSTANTIATE_TEST_SUITE_P(Artifacts, OutOfMemory, testing::Range<size_t>(0, loadArtifacts().size()),
                         [](const auto &info) { return loadArtifacts()[info.param].name; });
