//===- SubtreesTest.cpp - Workers that own whole subtrees -----------------===//
//
// How the linearizer cuts trees into parts, and the hand-made program run so:
// its answers, what the statistics say, and that everything else that holds of
// runs holds of these.
//===----------------------------------------------------------------------===//
#include "FakeFixture.h"
#include "PlacedLinearizer.h"

#include <gtest/gtest.h>

using namespace cortex;
using namespace cortex::test;

namespace {

Model modelOf(Partition partition = Partition::Subtrees, uint32_t flags = 0) {
  return fakeModel<float>(fakeProgram(fakeUpManifest(DType::F32, partition)), Team(), flags);
}

FakeBatch<float> batchOf(const std::vector<Children> &structures) {
  FakeBatch<float> b;
  for (const Children &kids : structures)
    b.add(kids);
  std::mt19937 random(1);
  b.finish(random);
  return b;
}

/// A perfect binary tree, by the numbers of a heap.
Children perfect(int32_t height) {
  Children kids((size_t(2) << height) - 1);
  for (size_t n = 0; 2 * n + 2 < kids.size(); ++n)
    kids[n] = {static_cast<int32_t>(2 * n + 1), static_cast<int32_t>(2 * n + 2)};
  return kids;
}

rt::Cutting cuttingInto(uint32_t parts) {
  rt::Cutting cutting;
  cutting.mostParts = parts;
  cutting.exact = cutting.always = true;
  cutting.partWork = 1;
  return cutting;
}

/// The part of every row, the crown's being the last: all orders of nodes agree, and a child is in its parent's part or
/// below the crown, at an earlier level.
std::vector<int32_t> partsOf(const rt::Linearizer &linearizer, const TestBatch &b) {
  std::vector<int32_t> part(b.nodes(), -1), level(b.nodes(), -1);
  const rt::OrderArrays &up = linearizer.order(0), &map = linearizer.order(1), &roots = linearizer.order(3);
  const int32_t parts = linearizer.numParts();
  for (int32_t p = 0; p <= parts; ++p)
    for (int32_t l = up.partLevels[p]; l < up.partLevels[p + 1]; ++l)
      for (int32_t s = up.levelStrips[l]; s < up.levelStrips[l + 1]; ++s)
        for (int32_t row = up.strips[s].begin; row < up.strips[s].end; ++row) {
          EXPECT_EQ(std::exchange(part[row], p), -1) << "a row is in two parts";
          level[row] = l;
        }
  EXPECT_EQ(up.partLevels[parts + 1], up.numLevels);
  EXPECT_EQ(std::count(part.begin(), part.end(), -1), 0);
  for (int32_t p = 0; p <= parts; ++p)
    for (int32_t s = map.levelStrips[map.partLevels[p]]; s < map.levelStrips[map.partLevels[p + 1]]; ++s)
      for (int32_t at = map.strips[s].begin; at < map.strips[s].end; ++at)
        EXPECT_EQ(part[map.rows[at]], p);
  EXPECT_EQ(roots.partLevels[parts], 0) << "the crown has the roots";
  EXPECT_EQ(roots.partLevels[parts + 1], roots.numLevels);
  for (int32_t row = 0; row < b.nodes(); ++row)
    for (int32_t e = up.adjacency[cortex::abi::kChildren].offsets[row];
         e < up.adjacency[cortex::abi::kChildren].offsets[row + 1]; ++e) {
      const int32_t child = up.adjacency[cortex::abi::kChildren].neighbour[e];
      EXPECT_TRUE(part[row] == part[child] || part[row] == parts);
      EXPECT_LT(level[child], level[row]);
    }
  return part;
}

} // namespace

TEST(CutSubtrees, PartsAreClosedAndTheRestIsAbove) {
  const Manifest manifest = fakeUpManifest(DType::F32, Partition::Subtrees);
  const rt::LinearizerPlan plan(manifest);
  for (uint32_t parts : {2u, 3u, 8u}) {
    PlacedLinearizer linearizer(plan, cuttingInto(parts));
    size_t cut = 0;
    for (uint32_t seed = 0; seed < 60; ++seed) {
      SCOPED_TRACE("parts " + std::to_string(parts) + ", seed " + std::to_string(seed));
      const FakeBatch<float> b = randomFakeBatch<float>(seed, 1 + static_cast<int32_t>(seed % 4), 40, false);
      linearizer.run(b.view(), 0, b.structures());
      ASSERT_LE(linearizer.numParts(), static_cast<int32_t>(parts));
      ASSERT_NE(linearizer.numParts(), 1);
      if (linearizer.numParts() > 0) {
        partsOf(linearizer, b);
        ++cut;
      }
    }
    EXPECT_GT(cut, 40u);
  }
}

/// A small crown is one worker's, who finds nobody at the program's barriers.
TEST(Subtrees, CrownOfOneWorker) {
  Manifest manifest = fakeUpManifest(DType::F32, Partition::Subtrees);
  for (WorkInfo &work : manifest.work)
    work.flops_per_row = 1000;
  Session session = sessionOf(fakeModel<float>(fakeProgram(manifest)), 2);
  for (int32_t height = 2; height < 6; ++height) {
    const FakeBatch<float> b = batchOf({perfect(height)});
    EXPECT_EQ(runBatch(session, b), expectedOutputs(b, true));
    EXPECT_GT(session.stats().subtrees, 0u);
    EXPECT_EQ(session.stats().barriers, 1u);
  }
}

TEST(CutSubtrees, IntoEqualParts) {
  const Manifest manifest = fakeUpManifest(DType::F32, Partition::Subtrees);
  const rt::LinearizerPlan plan(manifest);
  struct Case {
    std::vector<int32_t> heights;
    int32_t parts, crown;
  };
  for (const auto &[heights, parts, crown] :
       {Case{{6}, 2, 1}, Case{{6}, 4, 3}, Case{{5, 5}, 2, 0}, Case{{6, 5}, 3, 1}}) {
    std::vector<Children> structures;
    for (const int32_t height : heights)
      structures.push_back(perfect(height));
    const FakeBatch<float> b = batchOf(structures);
    PlacedLinearizer linearizer(plan, cuttingInto(static_cast<uint32_t>(parts)));
    linearizer.run(b.view(), 0, b.structures());
    ASSERT_EQ(linearizer.numParts(), parts);
    const std::vector<int32_t> part = partsOf(linearizer, b);
    for (int32_t p = 0; p < parts; ++p)
      EXPECT_EQ(std::count(part.begin(), part.end(), p), (b.nodes() - crown) / parts);
    EXPECT_EQ(std::count(part.begin(), part.end(), parts), crown);
  }
}

TEST(CutSubtrees, NotWhereItGainsNothing) {
  const Manifest manifest = fakeUpManifest(DType::F32, Partition::Subtrees);
  const rt::LinearizerPlan plan(manifest);
  auto parts = [&](const Children &kids, auto edit) {
    rt::Cutting cutting = cuttingInto(2);
    edit(cutting);
    const FakeBatch<float> b = batchOf({kids});
    PlacedLinearizer linearizer(plan, cutting);
    linearizer.run(b.view(), 0, 1);
    return linearizer.numParts();
  };
  const auto asIs = [](rt::Cutting &) {};
  EXPECT_EQ(parts(perfect(5), asIs), 2);
  EXPECT_EQ(parts(chain(40), asIs), 0) << "one subtree";
  EXPECT_EQ(parts(perfect(0), asIs), 0) << "one node";
  EXPECT_EQ(parts(perfect(5), [](rt::Cutting &c) { c.mostParts = 1; }), 0);
  EXPECT_EQ(parts(perfect(5),
                  [](rt::Cutting &c) {
                    c.exact = false;
                    c.partWork = uint64_t(1) << 40;
                  }),
            0)
      << "too little work for two";
  EXPECT_EQ(parts(perfect(5), [](rt::Cutting &c) { c.always = false; }), 0) << "too many nodes";
  auto byEstimate = [](rt::Cutting &c) {
    c.always = false;
    c.mostNodes = 100;
  };
  EXPECT_EQ(parts(perfect(5), byEstimate), 2);
  EXPECT_EQ(parts(perfect(5),
                  [&](rt::Cutting &c) {
                    byEstimate(c);
                    c.levelWork = uint64_t(1) << 40; // units share it
                  }),
            0);
}

TEST(Subtrees, RandomBatches) {
  const Model model = modelOf(), guardedModel = modelOf(Partition::Subtrees, CORTEX_MODEL_GUARD_PAGES);
  for (uint32_t workers : {1u, 2u, 3u, 5u}) {
    Session plain = sessionOf(model, workers), guarded = sessionOf(guardedModel, workers, CORTEX_SESSION_GUARD_PAGES);
    uint32_t cut = 0;
    for (uint32_t seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE("workers " + std::to_string(workers) + ", seed " + std::to_string(seed));
      FakeBatch<float> b = randomFakeBatch<float>(seed, 1 + static_cast<int32_t>(seed % 5), 40, false);
      if (seed % 5 == 0) {
        b.rootOffsets = {0};
        for (int32_t s = 0; s < b.structures(); ++s) {
          for (int32_t k = 0; k <= s % 3; ++k)
            b.roots.push_back(b.nodeOffsets[s + 1] - 1 - k % (b.nodeOffsets[s + 1] - b.nodeOffsets[s]));
          b.rootOffsets.push_back(static_cast<int32_t>(b.roots.size()));
        }
      }
      const auto expected = expectedOutputs(b, true);
      ASSERT_EQ(runBatch(plain, b), expected);
      ASSERT_EQ(runBatch(guarded, b), expected);
      const cortex_session_stats s = plain.stats();
      ASSERT_EQ(s.workers, workers);
      ASSERT_EQ(s.ranges, 0u);
      ASSERT_EQ(s.rows, static_cast<uint64_t>(b.nodes()));
      ASSERT_LE(s.subtrees, workers);
      cut += s.subtrees > 1;
    }
    EXPECT_EQ(cut > 10, workers > 1) << "one worker has nothing to share out";
  }
}

TEST(Subtrees, Stats) {
  Session session = sessionOf(modelOf(), 2, CORTEX_SESSION_TIME_LINEARIZER);
  const FakeBatch<float> b = batchOf({perfect(4)});
  ASSERT_EQ(runBatch(session, b), expectedOutputs(b, true));
  const cortex_session_stats s = session.stats();
  EXPECT_EQ(s.workers, 2u);
  EXPECT_EQ(s.chunks, 1u);
  EXPECT_EQ(s.subtrees, 2u);
  EXPECT_EQ(s.rows, 31u);
  EXPECT_EQ(s.levels, (4u + 4u + 1u) + (1u + 1u + 1u) + 1u + 1u); // up, map; structures, roots
  EXPECT_EQ(s.barriers, 1u + 2u + 1u) << "all meet; up and map of the crown";
  EXPECT_EQ(s.flops, 31u * 10'000'000);
  EXPECT_GT(s.linearize_ns, 0u);
}

/// Chunks of whole structures, each in parts, with the same bytes.
TEST(Subtrees, TightBudgets) {
  const Model model = modelOf();
  const FakeBatch<float> b = randomFakeBatch<float>(7, 40, 20, false);
  const auto expected = expectedOutputs(b, true);
  Session roomy = sessionOf(model, 2);
  ASSERT_EQ(runBatch(roomy, b), expected);
  ASSERT_EQ(roomy.stats().subtrees, 2u);
  const uint64_t need = roomy.stats().scratch_bytes;
  for (const uint64_t budget : {2 * need, need / 2, need / 4}) {
    Session tight = sessionOf(model, 2, 0, budget);
    ASSERT_EQ(runBatch(tight, b), expected) << "budget " << budget;
    EXPECT_LE(tight.stats().scratch_bytes, budget);
    EXPECT_EQ(tight.stats().chunks > 1, budget < need);
    EXPECT_GE(tight.stats().subtrees, tight.stats().chunks);
  }
}

/// Nodes of much work and no weights: the runtime's own choice, where there is something to gain.
TEST(Subtrees, ChosenByTheBatch) {
  Session session = sessionOf(modelOf(Partition::Auto), 2);
  const FakeBatch<float> one = batchOf({perfect(5)}), path = batchOf({chain(40)}),
                         many = batchOf(std::vector(8, chain(9)));
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(runBatch(session, one), expectedOutputs(one, true));
    EXPECT_EQ(session.stats().subtrees, 2u);
    ASSERT_EQ(runBatch(session, path), expectedOutputs(path, true));
    EXPECT_EQ(session.stats().subtrees, 0u);
    ASSERT_EQ(runBatch(session, many), expectedOutputs(many, true));
    EXPECT_EQ(session.stats().subtrees, 0u);
    EXPECT_EQ(session.stats().ranges, 2u);
  }
  Session units = sessionOf(modelOf(Partition::Units), 2);
  ASSERT_EQ(runBatch(units, one), expectedOutputs(one, true));
  EXPECT_EQ(units.stats().subtrees, 0u);
}
