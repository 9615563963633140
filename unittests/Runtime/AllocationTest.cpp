//===- AllocationTest.cpp - Steady state: no memory from the system -------===//
//
// Counts every call that takes or gives back memory: see Heap.h.
//===----------------------------------------------------------------------===//
#include "FakeFixture.h"
#include "Heap.h"
#include "cortex/linked.hpp"

#include <gtest/gtest.h>
#include <memory>

using namespace cortex;
using namespace cortex::test;

namespace {

template <class F> uint64_t allocationsIn(F f) {
  const uint64_t before = heapCounts().calls();
  f();
  return heapCounts().calls() - before;
}

/// Output arrays large enough for every batch of the tests.
struct Room {
  std::vector<float> values = std::vector<float>(4 * 4096 * kUnits);
  void *pointers[4] = {&values[0], &values[4096 * kUnits], &values[2 * 4096 * kUnits], &values[3 * 4096 * kUnits]};
};

class Allocation : public testing::TestWithParam<uint32_t> {
protected:
  Allocation() {
    cortex_session_options o{};
    o.exact_workers = GetParam();
    session = Session(fakeModel<float>(program), o);
  }
  FakeEntry entry{fakeManifest(DType::F32, StructureKind::Dag)};
  Program program = Program::fromEntry(entry.entry);
  Session session;
  Room room;
};

} // namespace

TEST_P(Allocation, CountsAtAll) {
  EXPECT_GT(allocationsIn([] { delete new std::string(100, 'x'); }), 0u);
  EXPECT_GT(allocationsIn([&] { session = Session(fakeModel<float>(program)); }), 0u);
}

TEST_P(Allocation, RunsWithinWhatWasSeen) {
  std::vector<FakeBatch<float>> batches;
  for (uint32_t seed = 0; seed < 12; ++seed)
    batches.push_back(randomFakeBatch<float>(seed, 1 + seed % 4, 50, seed % 2));
  for (const auto &b : batches)
    session.run(b.view(), room.pointers);
  EXPECT_EQ(allocationsIn([&] {
              for (int round = 0; round < 2; ++round)
                for (const auto &b : batches)
                  session.run(b.view(), room.pointers);
            }),
            0u);
}

TEST_P(Allocation, SubtreesWithinWhatWasSeen) {
  cortex_session_options o{};
  o.exact_workers = GetParam();
  for (const Partition partition : {Partition::Subtrees, Partition::Auto}) {
    const FakeEntry up(fakeUpManifest(DType::F32, partition));
    Session own(fakeModel<float>(Program::fromEntry(up.entry)), o);
    std::vector<FakeBatch<float>> batches;
    for (uint32_t seed = 0; seed < 12; ++seed)
      batches.push_back(randomFakeBatch<float>(seed, 1 + static_cast<int32_t>(seed % 4), 50, false));
    uint64_t cut = 0;
    for (const auto &b : batches) {
      own.run(b.view(), room.pointers);
      cut += own.stats().subtrees > 0;
    }
    EXPECT_EQ(cut > 0, GetParam() > 1);
    EXPECT_EQ(allocationsIn([&] {
                for (int round = 0; round < 2; ++round)
                  for (const auto &b : batches)
                    own.run(b.view(), room.pointers);
              }),
              0u);
  }
}

TEST_P(Allocation, OutputsThatAreSizedForTheCaller) {
  const FakeBatch<float> b = randomFakeBatch<float>(1, 4, 50, true); // its roots must be counted
  Outputs outputs(program);
  session.run(b.view(), outputs);
  EXPECT_EQ(allocationsIn([&] { session.run(b.view(), outputs); }), 0u);
}

/// Large in every way at once, after one that had the nodes and one that had the wide level.
TEST_P(Allocation, CountsOfDifferentRunsTogether) {
  std::mt19937 random(1);
  auto batchOf = [&](std::vector<Children> structures) {
    auto b = std::make_unique<FakeBatch<float>>();
    for (const Children &s : structures)
      b->add(s);
    b->finish(random);
    return b;
  };
  Children wide(201);
  for (int32_t n = 0; n < 200; ++n)
    wide[200].push_back(n);
  const auto deep = batchOf({chain(300), chain(300)}), flat = batchOf({wide}), both = batchOf({chain(250), wide});
  session.run(deep->view(), room.pointers);
  session.run(flat->view(), room.pointers);
  EXPECT_EQ(allocationsIn([&] { session.run(both->view(), room.pointers); }), 0u);
}

TEST_P(Allocation, RunsWithinWhatWasReserved) {
  FakeBatch<float> tiny = randomFakeBatch<float>(1, 1, 2, false);
  session.run(tiny.view(), room.pointers); // starts the team
  session.reserve(4, 1000, 1000, 1000, 300);
  for (uint32_t seed = 0; seed < 10; ++seed) {
    const FakeBatch<float> b = randomFakeBatch<float>(seed, 4, 150, false);
    EXPECT_EQ(allocationsIn([&] { session.run(b.view(), room.pointers); }), 0u) << "seed " << seed;
  }
}

TEST_P(Allocation, FromLinkedNodes) {
  static const float zeros[10 * kUnits] = {};
  struct Tree {
    std::vector<Tree *> kids;
  };
  struct Accessor {
    using Node = const Tree *;
    const std::vector<Tree *> &children(Node n) const { return n->kids; }
    int32_t symbol(Node, uint32_t) const { return 3; }
    const float *features(Node, uint32_t) const { return zeros; }
    int32_t edge_symbol(Node, size_t, uint32_t) const { return 1; }
    const float *edge_features(Node, size_t, uint32_t) const { return zeros; }
  };
  std::vector<Tree> nodes(63);
  for (size_t n = 1; n < nodes.size(); ++n)
    nodes[(n - 1) / 2].kids.push_back(&nodes[n]);
  LinkedBatch<Accessor> linked(program);
  auto round = [&] {
    linked.clear();
    for (int s = 0; s < 10; ++s)
      linked.add(nodes.data());
    linked.setStructureInput(kTopic, zeros);
    session.run(linked.batch(), room.pointers);
  };
  round();
  EXPECT_EQ(allocationsIn(round), 0u);
  const std::vector<const Tree *> roots(20, nodes.data());
  auto together = [&] {
    linked.clear();
    linked.addEach(session, roots);
    linked.setStructureInput(kTopic, zeros);
    session.run(linked.batch(), room.pointers);
  };
  together();
  together();                                // how large structures are is known now
  for (int again = 0; again < 20; ++again) { // who walks what varies
    EXPECT_EQ(allocationsIn(together), 0u);
    EXPECT_EQ(linked.walkers(), GetParam());
  }
}

INSTANTIATE_TEST_SUITE_P(Workers, Allocation, testing::Values(1u, 3u));
