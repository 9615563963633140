//===- RangesTest.cpp - Workers that own whole structures -----------------===//
//
// The hand-made program with its structures shared out: the answers, what the
// statistics say, and that everything else that holds of runs holds of these.
//===----------------------------------------------------------------------===//
#include "FakeFixture.h"

#include <gtest/gtest.h>
#include <limits>

using namespace cortex;
using namespace cortex::test;

namespace {

Program programOf(Partition partition, StructureKind kind = StructureKind::Dag, uint64_t flopsPerRow = 10'000'000) {
  Manifest m = fakeManifest(DType::F32, kind);
  m.partition = partition;
  m.work[0].flops_per_row = flopsPerRow;
  return fakeProgram(m);
}

std::string faultOf(Session &session, const FakeBatch<float> &b) {
  try {
    runBatch(session, b);
  } catch (const Error &e) {
    return e.what();
  }
  return "";
}

/// A program that computes nothing, with a buffer by the edges of a strip (5 at most, but for nodes with more).
Program emptyProgram(Partition partition, StructureKind kind = StructureKind::Dag) {
  Manifest m = fakeManifest(DType::F32, kind);
  m.partition = partition;
  BufferInfo edges = m.buffers[6]; // "messages"
  edges.name = "edges";
  edges.space = Space::StripEdges;
  edges.per_worker = true;
  m.buffers.push_back(edges);
  m.orders[3].needs_children = true; // of roots
  auto *fake = new FakeEntry(m);
  fake->entry.prepare = fake->entry.run = [](const uint64_t *, uint32_t, uint32_t) {};
  return Program::fromEntry(fake->entry, [](void *p) { delete static_cast<FakeEntry *>(p); }, fake);
}

FakeBatch<float> batchOf(const std::vector<Children> &structures) {
  FakeBatch<float> b;
  for (const Children &kids : structures)
    b.add(kids);
  std::mt19937 random(1);
  b.finish(random);
  return b;
}

FakeBatch<float> chains(const std::vector<int32_t> &lengths) {
  FakeBatch<float> b;
  for (int32_t length : lengths)
    b.add(chain(length));
  std::mt19937 random(1);
  b.finish(random);
  return b;
}

} // namespace

TEST(Ranges, RandomBatches) {
  const Program program = programOf(Partition::Structures);
  const Model model = fakeModel<float>(program),
              guardedModel = fakeModel<float>(program, Team(), CORTEX_MODEL_GUARD_PAGES);
  for (uint32_t workers : {1u, 2u, 3u, 5u}) {
    Session plain = sessionOf(model, workers), guarded = sessionOf(guardedModel, workers, CORTEX_SESSION_GUARD_PAGES);
    uint32_t shared = 0;
    for (uint32_t seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE("workers " + std::to_string(workers) + ", seed " + std::to_string(seed));
      FakeBatch<float> b = randomFakeBatch<float>(seed, 1 + static_cast<int32_t>(seed % 9), 30, seed % 2);
      if (seed % 5 == 0) {
        b.rootOffsets = {0};
        for (int32_t s = 0; s < b.structures(); ++s) {
          for (int32_t k = 0; k <= s % 3; ++k)
            b.roots.push_back(b.nodeOffsets[s + 1] - 1);
          b.rootOffsets.push_back(static_cast<int32_t>(b.roots.size()));
        }
      }
      const auto expected = expectedOutputs(b);
      ASSERT_EQ(runBatch(plain, b), expected);
      ASSERT_EQ(runBatch(guarded, b), expected);
      const cortex_session_stats s = plain.stats();
      ASSERT_EQ(s.workers, workers);
      ASSERT_LE(s.ranges, std::min<uint32_t>(workers, static_cast<uint32_t>(b.structures())));
      ASSERT_EQ(s.rows, static_cast<uint64_t>(b.nodes()));
      ASSERT_EQ(s.edges, static_cast<uint64_t>(b.edges()));
      ASSERT_EQ(s.roots, numRoots(b.view()));
      shared += s.ranges > 1;
    }
    EXPECT_EQ(shared > 0, workers > 1) << "one worker has nothing to share out";
  }
}

TEST(Ranges, Stats) {
  Session session = sessionOf(fakeModel<float>(programOf(Partition::Structures)), 2, CORTEX_SESSION_TIME_LINEARIZER);
  const FakeBatch<float> b = chains({4, 2, 3, 3});
  ASSERT_EQ(runBatch(session, b), expectedOutputs(b));
  const cortex_session_stats s = session.stats();
  EXPECT_EQ(s.workers, 2u);
  EXPECT_EQ(s.chunks, 1u);
  EXPECT_EQ(s.ranges, 2u);
  EXPECT_EQ(s.rows, 12u);
  EXPECT_EQ(s.edges, 8u);
  EXPECT_EQ(s.roots, 4u);
  EXPECT_EQ(s.levels, (4u + 4u + 1u + 1u) + (3u + 3u + 1u + 1u)); // up, down, structures, roots of each range
  EXPECT_EQ(s.barriers, 2u) << "none in the program";
  EXPECT_EQ(s.flops, 12u * 10'000'000);
  EXPECT_GT(s.linearize_ns, 0u);
  EXPECT_GT(s.scratch_bytes, 12u * 64u);
}

TEST(Ranges, UnitsWhereNothingElseIsPossible) {
  Session units = sessionOf(fakeModel<float>(programOf(Partition::Units)), 2);
  Session structures = sessionOf(fakeModel<float>(programOf(Partition::Structures)), 2);
  const FakeBatch<float> many = chains({4, 2, 3, 3}), one = chains({9});
  ASSERT_EQ(runBatch(units, many), expectedOutputs(many));
  EXPECT_EQ(units.stats().ranges, 0u);
  ASSERT_EQ(runBatch(structures, one), expectedOutputs(one));
  EXPECT_EQ(structures.stats().ranges, 0u);
}

/// Without being told, structures are shared out where they are many, about equal, and enough work.
TEST(Ranges, ChosenByTheBatch) {
  const Model model = fakeModel<float>(programOf(Partition::Auto)),
              light = fakeModel<float>(programOf(Partition::Auto, StructureKind::Dag, 0));
  Session session = sessionOf(model, 2), small(light);
  auto rangesOf = [](Session &s, const FakeBatch<float> &b) {
    EXPECT_EQ(runBatch(s, b), expectedOutputs(b));
    return s.stats().ranges;
  };
  EXPECT_EQ(rangesOf(session, chains({5, 5, 5, 5})), 2u);
  EXPECT_EQ(rangesOf(session, chains({5, 5, 5})), 0u) << "too few to be shared evenly";
  EXPECT_EQ(rangesOf(session, chains({5, 5, 50, 5, 5})), 0u) << "one worker would have most of it";
  EXPECT_EQ(rangesOf(small, chains({5, 5, 5, 5})), 0u) << "too little work for two";
}

/// Either way after the other, in one session: neither spoils what the other left.
TEST(Ranges, BothWaysInOneSession) {
  Session session = sessionOf(fakeModel<float>(programOf(Partition::Auto)), 2);
  uint32_t ways[2] = {0, 0};
  for (uint32_t seed = 0; seed < 40; ++seed) {
    const FakeBatch<float> b = randomFakeBatch<float>(seed, 1 + static_cast<int32_t>(seed * 7 % 12), 40, seed % 2);
    ASSERT_EQ(runBatch(session, b), expectedOutputs(b)) << "seed " << seed;
    ++ways[session.stats().ranges > 1];
  }
  EXPECT_GT(ways[0], 5u);
  EXPECT_GT(ways[1], 5u);
}

/// A fault anywhere is found before anything is run, and named as by the other way.
TEST(Ranges, NothingIsRunIfAStructureIsAtFault) {
  Session session = sessionOf(fakeModel<float>(programOf(Partition::Structures)), 2);
  FakeBatch<float> b = chains(std::vector<int32_t>(30, 10));
  runBatch(session, b);
  ASSERT_EQ(session.stats().ranges, 2u);
  for (const int32_t node : {0, 290}) {
    const int32_t before = std::exchange(b.word[node], 77);
    const uint32_t runs = fakeWitness().runs;
    EXPECT_EQ(faultOf(session, b), "structure " + std::to_string(node / 10) + ", node " + std::to_string(node) +
                                       ", input 'word': symbol 77 is not in 0 to 9");
    EXPECT_EQ(fakeWitness().runs, runs);
    EXPECT_EQ(session.stats().ranges, 2u) << "the statistics are those of the last good run";
    b.word[node] = before;
    ASSERT_EQ(runBatch(session, b), expectedOutputs(b));
  }
  std::swap(b.nodeOffsets[15], b.nodeOffsets[16]);
  EXPECT_NE(faultOf(session, b), "");
}

/// Nodes may have more edges than a strip should, and be named as roots several times.
TEST(Ranges, WideNodes) {
  const Model model = fakeModel<float>(emptyProgram(Partition::Structures));
  Children star(201);
  for (int32_t leaf = 0; leaf < 200; ++leaf)
    star.back().push_back(leaf);
  FakeBatch<float> b = batchOf(std::vector<Children>(8, star));
  const cortex_batch view = b.view();
  void *const outputs[4] = {};
  for (int round = 0; round < 100; ++round) { // workers arrive in any order
    Session session = sessionOf(model, 4);
    for (int again = 0; again < 2; ++again) {
      ASSERT_EQ(cortex_session_run(session.get(), &view, outputs), CORTEX_OK) << cortex_last_error();
      ASSERT_EQ(session.stats().ranges, 4u);
    }
  }
  b.rootOffsets = {0};
  for (int32_t s = 0; s < b.structures(); ++s) {
    b.roots.insert(b.roots.end(), 10, b.nodeOffsets[s + 1] - 1);
    b.rootOffsets.push_back(static_cast<int32_t>(b.roots.size()));
  }
  const cortex_batch named = b.view();
  Session session = sessionOf(model, 4);
  ASSERT_EQ(cortex_session_run(session.get(), &named, outputs), CORTEX_OK) << cortex_last_error();
  EXPECT_EQ(session.stats().ranges, 4u);
  EXPECT_EQ(session.stats().roots, 80u);
}

/// Where the schedule asks for ranges, an uneven batch within what was seen takes what it needs of the budget.
TEST(Ranges, UnevenAfterEven) {
  const Model model = fakeModel<float>(programOf(Partition::Structures));
  const FakeBatch<float> even = chains({100, 100, 100, 100}), uneven = chains({397, 1, 1, 1});
  Session roomy = sessionOf(model, 3);
  runBatch(roomy, uneven);
  const uint64_t budget = 2 * roomy.stats().scratch_bytes;
  Session session = sessionOf(model, 3, 0, budget);
  for (const FakeBatch<float> *b : {&even, &uneven, &even}) {
    ASSERT_EQ(runBatch(session, *b), expectedOutputs(*b));
    EXPECT_EQ(session.stats().ranges, 3u);
    EXPECT_LE(session.stats().scratch_bytes, budget);
  }
}

/// Offsets that nobody has checked are compared where ranges are cut.
TEST(Ranges, AnyOffsets) {
  Session session = sessionOf(fakeModel<float>(programOf(Partition::Structures)), 2);
  const FakeBatch<float> good = chains({5, 5, 5, 5, 5, 5});
  for (int32_t s = 1; s < good.structures(); ++s)
    for (const int32_t offset : {std::numeric_limits<int32_t>::min(), -1, std::numeric_limits<int32_t>::max()}) {
      FakeBatch<float> b = good;
      b.nodeOffsets[s] = offset;
      EXPECT_NE(faultOf(session, b), "") << "node_offsets[" << s << "] is " << offset;
    }
}

/// Where ranges do not fit the budget, all workers run chunks together.
TEST(Ranges, TightBudgets) {
  const Model model = fakeModel<float>(programOf(Partition::Structures));
  const FakeBatch<float> b = randomFakeBatch<float>(7, 40, 20, true);
  const auto expected = expectedOutputs(b);
  Session roomy = sessionOf(model, 2);
  ASSERT_EQ(runBatch(roomy, b), expected);
  ASSERT_EQ(roomy.stats().ranges, 2u);
  const uint64_t need = roomy.stats().scratch_bytes;
  for (const uint64_t budget : {2 * need, need / 2, need / 4}) {
    Session tight = sessionOf(model, 2, 0, budget);
    ASSERT_EQ(runBatch(tight, b), expected) << "budget " << budget;
    EXPECT_LE(tight.stats().scratch_bytes, budget);
    EXPECT_EQ(tight.stats().chunks > 1, budget < need);
    EXPECT_EQ(tight.stats().ranges == 0, budget < need);
  }
}
