//===- SessionTest.cpp - Runs of a hand-made program ----------------------===//
#include "FakeFixture.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <gtest/gtest.h>
#include <pthread.h>
#include <thread>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

using namespace cortex;
using namespace cortex::test;

namespace {

template <class F> std::string messageOf(F f, cortex_status status) {
  try {
    f();
  } catch (const Error &e) {
    EXPECT_EQ(e.status(), status);
    return e.what();
  }
  return "";
}

template <class T> void randomBatches(DType type) {
  const Program program = fakeProgram(type);
  const Model model = fakeModel<T>(program), guardedModel = fakeModel<T>(program, Team(), CORTEX_MODEL_GUARD_PAGES);
  for (uint32_t workers : {1u, 2u, 3u}) {
    Session plain = sessionOf(model, workers), guarded = sessionOf(guardedModel, workers, CORTEX_SESSION_GUARD_PAGES);
    for (uint32_t seed = 0; seed < 12; ++seed) {
      SCOPED_TRACE("workers " + std::to_string(workers) + ", seed " + std::to_string(seed));
      FakeBatch<T> b = randomFakeBatch<T>(seed, 1 + seed % 4, 30, seed % 2);
      if (seed % 5 == 0) {
        b.rootOffsets = {0};
        for (int32_t s = 0; s < b.structures(); ++s) {
          b.roots.push_back(b.nodeOffsets[s]);
          b.roots.push_back(b.nodeOffsets[s + 1] - 1);
          b.rootOffsets.push_back(static_cast<int32_t>(b.roots.size()));
        }
      }
      const auto expected = expectedOutputs(b);
      ASSERT_EQ(runBatch(plain, b), expected);
      ASSERT_EQ(plain.stats().workers, workers);
      ASSERT_EQ(runBatch(guarded, b), expected);
    }
  }
}

} // namespace

TEST(Session, RandomBatchesF32) {
  randomBatches<float>(DType::F32);
}
TEST(Session, RandomBatchesF64) {
  randomBatches<double>(DType::F64);
}

/// parallel() calls the function once per worker, each on a thread of its own, and the session is in use meanwhile.
TEST(Session, Parallel) {
  const Program program = fakeProgram(DType::F32);
  for (uint32_t workers : {1u, 2u, 3u}) {
    Session session = sessionOf(fakeModel<float>(program), workers);
    std::vector<std::thread::id> threads(workers);
    std::atomic<uint32_t> wrong{0};
    for (int times = 0; times < 3; ++times) {
      EXPECT_EQ(session.parallel([&](uint32_t worker, uint32_t count) noexcept {
        wrong += count != workers || worker >= workers;
        threads[worker] = std::this_thread::get_id();
        wrong += cortex_session_parallel(
                     session.get(), [](void *, uint32_t, uint32_t) {}, nullptr, nullptr) != CORTEX_INVALID_ARGUMENT;
      }),
                workers);
      EXPECT_EQ(threads[0], std::this_thread::get_id());
      std::sort(threads.begin(), threads.end());
      EXPECT_EQ(std::unique(threads.begin(), threads.end()), threads.end());
    }
    EXPECT_EQ(wrong, 0u);
    const FakeBatch<float> b = randomFakeBatch<float>(1, 3, 30, false);
    EXPECT_EQ(runBatch(session, b), expectedOutputs(b)); // and runs go on
  }
  EXPECT_EQ(
      cortex_session_parallel(nullptr, [](void *, uint32_t, uint32_t) {}, nullptr, nullptr), CORTEX_INVALID_ARGUMENT);
}

TEST(Session, Stats) {
  const Model model = fakeModel<float>(fakeProgram());
  Session session = sessionOf(model, 2, CORTEX_SESSION_TIME_LINEARIZER);
  FakeBatch<float> b;
  b.add(chain(4));
  b.add(chain(2));
  std::mt19937 random(1);
  b.finish(random);
  runBatch(session, b);
  const cortex_session_stats s = session.stats();
  EXPECT_EQ(s.workers, 2u);
  EXPECT_EQ(s.chunks, 1u);
  EXPECT_EQ(s.rows, 6u);
  EXPECT_EQ(s.edges, 4u);
  EXPECT_EQ(s.roots, 2u);
  EXPECT_EQ(s.levels, 4u + 4u + 1u + 1u); // up, down, structures, roots
  EXPECT_EQ(s.strips, 4u + 5u + 1u + 1u); // down: the second level has a leaf and an inner node
  EXPECT_EQ(s.barriers, 2u * 4u + 4u);
  EXPECT_GT(s.linearize_ns, 0u);
  EXPECT_GT(s.scratch_bytes, 6u * 128u);
}

/// The same bytes alone, in any chunking, and with what earlier runs left behind.
TEST(Session, ChunksOfWholeStructures) {
  const Model model = fakeModel<float>(fakeProgram());
  Session roomy = sessionOf(model, 2);
  FakeBatch<float> b = randomFakeBatch<float>(7, 40, 20, true);
  const auto expected = expectedOutputs(b);
  ASSERT_EQ(runBatch(roomy, b), expected);
  const uint64_t need = roomy.stats().scratch_bytes;
  uint32_t most = 1;
  for (uint64_t divisor : {2u, 3u, 7u, 12u}) {
    Session tight = sessionOf(model, 2, 0, need / divisor);
    ASSERT_EQ(runBatch(tight, b), expected) << "budget " << need / divisor;
    EXPECT_GE(tight.stats().chunks, divisor);
    EXPECT_LE(tight.stats().scratch_bytes, need / divisor);
    EXPECT_EQ(tight.stats().rows, static_cast<uint64_t>(b.nodes()));
    most = std::max(most, tight.stats().chunks);
  }
  EXPECT_GT(most, 10u);
}

TEST(Session, OneStructureOverTheBudget) {
  const Model model = fakeModel<float>(fakeProgram());
  FakeBatch<float> b;
  b.add(chain(3));
  b.add(chain(1000));
  std::mt19937 random(1);
  b.finish(random);
  Session session = sessionOf(model, 1, 0, 20000);
  std::vector<float> h(1003 * kUnits, -5.0f);
  void *outputs[] = {h.data(), nullptr, nullptr, nullptr};
  const uint32_t runs = fakeWitness().runs;
  const std::string message = messageOf([&] { session.run(b.view(), outputs); }, CORTEX_OVER_BUDGET);
  EXPECT_TRUE(message.starts_with("structure 1 needs ")) << message;
  EXPECT_TRUE(message.ends_with(" bytes of scratch, the session's budget is 20000")) << message;
  EXPECT_EQ(fakeWitness().runs, runs) << "nothing was run";
  EXPECT_EQ(h, std::vector<float>(1003 * kUnits, -5.0f));
}

/// A fault in the last structure is found before the first is run, in chunks too.
TEST(Session, NothingIsRunIfAStructureIsAtFault) {
  const Model model = fakeModel<float>(fakeProgram());
  for (uint64_t budget : {0u, 20000u}) {
    Session session = sessionOf(model, 1, 0, budget);
    FakeBatch<float> b;
    for (int i = 0; i < 30; ++i)
      b.add(chain(10));
    std::mt19937 random(1);
    b.finish(random);
    runBatch(session, b);
    EXPECT_EQ(session.stats().chunks > 1, budget != 0);
    b.word[290] = 77;
    const uint32_t runs = fakeWitness().runs;
    EXPECT_EQ(messageOf([&] { runBatch(session, b); }, CORTEX_INVALID_BATCH),
              "structure 29, node 290, input 'word': symbol 77 is not in 0 to 9");
    EXPECT_EQ(fakeWitness().runs, runs);
    EXPECT_EQ(session.stats().rows, 300u) << "the statistics are those of the last good run";
  }
}

TEST(Session, EmptyBatch) {
  const Model model = fakeModel<float>(fakeProgram());
  Session session = sessionOf(model, 1);
  const cortex_batch empty = makeBatch();
  EXPECT_EQ(numRoots(empty), 0u);
  const uint32_t runs = fakeWitness().runs;
  void *outputs[4] = {};
  session.run(empty, outputs);
  EXPECT_EQ(fakeWitness().runs, runs);
  EXPECT_EQ(session.stats().rows, 0u);
}

TEST(Session, UnwantedOutputsAreNull) {
  const Model model = fakeModel<float>(fakeProgram());
  Session session = sessionOf(model, 1);
  const FakeBatch<float> b = randomFakeBatch<float>(3, 2, 10, true);
  const auto expected = expectedOutputs(b);
  std::vector<float> s(expected[kS].size());
  void *outputs[] = {nullptr, nullptr, s.data(), nullptr};
  session.run(b.view(), outputs);
  EXPECT_EQ(s, expected[kS]);
}

TEST(Session, SmallRunsUseOneWorker) {
  Manifest m = fakeManifest(DType::F32, StructureKind::Dag);
  m.work[0].flops_per_row = 1900;
  FakeEntry entry(m);
  cortex_session_options o{};
  const Team team = Team::create(3);
  o.team = team.get();
  Session session(fakeModel<float>(Program::fromEntry(entry.entry)), o);
  FakeBatch<float> b;
  b.add(chain(10)); // 19 kFLOP
  std::mt19937 random(1);
  b.finish(random);
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(runBatch(session, b), expectedOutputs(b));
    ASSERT_EQ(session.stats().workers, 1u);
  }
}

TEST(Session, CallersFloatingPointModes) {
#if defined(__x86_64__)
  const Model model = fakeModel<float>(fakeProgram());
  Session session = sessionOf(model, 3);
  FakeBatch<float> b = randomFakeBatch<float>(5, 2, 10, true);
  for (float &x : b.x)
    x = 1e-41f; // denormal: lost if anything flushes
  for (float &w : b.weight)
    w = 0;
  const auto expected = expectedOutputs(b);
  const unsigned before = _mm_getcsr();
  const unsigned odd = 0x1f80 | 0x8040 | 0x6000; // FTZ, DAZ, round toward zero
  fakeWitness().flushedDenormals = false;
  _mm_setcsr(odd);
  std::vector<float> h(static_cast<size_t>(b.nodes()) * kUnits);
  void *outputs[] = {h.data(), nullptr, nullptr, nullptr};
  const cortex_status status = cortex_session_run(
      session.get(),
      [&] {
        static cortex_batch view;
        view = b.view();
        return &view;
      }(),
      outputs);
  const unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  ASSERT_EQ(status, CORTEX_OK);
  EXPECT_EQ(after & 0xffc0u, odd);
  EXPECT_FALSE(fakeWitness().flushedDenormals);
  EXPECT_EQ(h, expected[kH]);
#endif
}

/// Sessions of one model in several threads, more of them than CPUs, all on one team.
TEST(Session, ManyThreads) {
  const Program program = fakeProgram();
  const Model model = fakeModel<float>(program);
  const Team team = Team::create(3);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0}, shared{0};
  for (uint32_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      cortex_session_options o{};
      o.team = team.get();
      o.exact_workers = t == 0 ? 3 : 0;
      Session session(model, o);
      for (uint32_t seed = 0; seed < 15; ++seed) {
        const FakeBatch<float> b = randomFakeBatch<float>(100 * t + seed, 3, 15, true);
        if (runBatch(session, b) != expectedOutputs(b))
          ++wrong;
        if (session.stats().workers > 1)
          ++shared;
      }
    });
  for (std::thread &t : threads)
    t.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GE(shared, 15);
}

/// While one thread runs a session, nobody else may run it or change its memory.
TEST(Session, OneThreadAtATime) {
  static std::atomic<bool> entered, open;
  entered = open = false;
  FakeEntry entry(fakeManifest(DType::F32, StructureKind::Dag));
  entry.entry.run = [](const uint64_t *, uint32_t, uint32_t) {
    entered = true;
    entered.notify_all();
    open.wait(false);
  };
  Session session = sessionOf(fakeModel<float>(Program::fromEntry(entry.entry)), 1);
  const FakeBatch<float> b = randomFakeBatch<float>(3, 2, 10, true);
  void *outputs[4] = {};
  std::thread other([&] { session.run(b.view(), outputs); });
  entered.wait(false);
  const std::string inUse = "the session is in use by another thread";
  EXPECT_EQ(messageOf([&] { session.reserve(10, 1000, 1000, 1000); }, CORTEX_INVALID_ARGUMENT), inUse);
  EXPECT_EQ(messageOf([&] { session.run(b.view(), outputs); }, CORTEX_INVALID_ARGUMENT), inUse);
  open = true;
  open.notify_all();
  other.join();
  EXPECT_EQ(messageOf([&] { session.reserve(10, 1000, 1000, 1000); }, CORTEX_OK), "");
}

TEST(Session, WrongUse) {
  const Program program = fakeProgram();
  const Model model = fakeModel<float>(program);
  const Team team = Team::create(2);
  cortex_session_options o{};
  o.team = team.get();
  o.exact_workers = 3;
  EXPECT_EQ(messageOf([&] { Session(model, o); }, CORTEX_INVALID_ARGUMENT), "exact_workers is 3, but the team has 2");
  cortex_session *raw = nullptr;
  o.struct_size = 4;
  EXPECT_EQ(cortex_session_create(model.get(), &o, &raw), CORTEX_INVALID_ARGUMENT);
  EXPECT_STREQ(cortex_last_error(), "cortex_session_options.struct_size is not sizeof(cortex_session_options)");
  EXPECT_EQ(cortex_session_create(nullptr, nullptr, &raw), CORTEX_INVALID_ARGUMENT);
  EXPECT_STREQ(cortex_last_error(), "model is null");
  EXPECT_EQ(raw, nullptr);
  Session session(model);
  const FakeBatch<float> b = randomFakeBatch<float>(3, 2, 10, true);
  EXPECT_EQ(messageOf([&] { session.run(b.view(), nullptr); }, CORTEX_INVALID_ARGUMENT), "outputs is null");
  FakeBatch<float> bad;
  bad.add({{}, {0}});
  std::mt19937 random(1);
  bad.finish(random);
  bad.children[0] = 7;
  EXPECT_EQ(messageOf([&] { runBatch(session, bad); }, CORTEX_INVALID_BATCH),
            "structure 0, node 1: its child 0 is node 7, the structure has nodes 0 to 1");
  EXPECT_EQ(messageOf([&] { session.reserve(1, uint64_t(1) << 31, 0, 1); }, CORTEX_INVALID_ARGUMENT),
            "a batch has at most 2147483647 structures, nodes, edges and roots");
  EXPECT_TRUE(
      messageOf([&] { session.reserve(1, 1 << 30, 0, 1); }, CORTEX_OVER_BUDGET).starts_with("to reserve this takes "));
}

TEST(Session, RootCounts) {
  FakeBatch<float> b;
  b.add({{}, {}, {0}});
  b.add({{}, {0}});
  EXPECT_EQ(numRoots(b.view()), 3u);
  b.rootOffsets = {0, 0, 1};
  b.roots = {3};
  EXPECT_EQ(numRoots(b.view()), 1u);
  b.rootOffsets.clear();
  b.children[0] = 99;
  EXPECT_EQ(messageOf([&] { numRoots(b.view()); }, CORTEX_INVALID_BATCH), "children[0] is 99, the batch has 5 nodes");
}

/// Other libraries have all of the process's keys in use: nothing can be kept for the thread, but there is memory.
TEST(Session, RootCountsWithoutAKey) {
  GTEST_FLAG_SET(death_test_style, "threadsafe"); // a process in which nothing has made the runtime's key
  FakeBatch<float> b;
  b.add({{}, {}, {0}});
  b.add({{}, {0}});
  const auto count = [&] {
    for (pthread_key_t key; pthread_key_create(&key, nullptr) == 0;)
      ;
    const cortex_batch view = b.view();
    uint64_t roots = 0;
    return cortex_batch_num_roots(&view, &roots) == CORTEX_OK && roots == 3;
  };
  EXPECT_EXIT(std::exit(count() ? 0 : 1), testing::ExitedWithCode(0), "");
}
