//===- BigTest.cpp - Large and deep structures through the runtime --------===//
//
// The hand-made program on chains, trees, stars and DAGs of 100,000 nodes or
// edges (1,000,000 for some, and for all with CORTEX_FULL=1), from arrays and
// from linked nodes, on a small stack. Every node is compared with its formula on
// the program's own neighbours, so that the comparison neither recurses nor loses
// sharpness with depth; bytes are compared between worker counts and between
// chunks and whole.
//===----------------------------------------------------------------------===//
#include "../Settings.h"
#include "../SmallStack.h"
#include "BigStructures.h"
#include "FakeFixture.h"
#include "cortex/linked.hpp"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>

using namespace cortex;
using namespace cortex::test;

namespace {

constexpr int32_t kLarge = 100'000, kLargest = 1'000'000;
int32_t bigSize() {
  return full() ? kLargest : kLarge;
}
/// Sanitizers multiply memory; without them some shapes always have their largest size.
int32_t sizeOf(const big::Shape &shape) {
  if (kAddressSanitizer || kThreadSanitizer)
    return bigSize();
  const std::string name = shape.name;
  return name == "chain" || name == "random tree" || name == "star" ? kLargest : bigSize();
}

/// The hand-made program for DAGs, and its model.
struct Big {
  FakeEntry entry{fakeManifest(DType::F64, StructureKind::Dag)};
  Program program = Program::fromEntry(entry.entry);
  Model model = fakeModel<double>(program);

  Session session(uint32_t workers, uint64_t budget = 0) const {
    cortex_session_options o{};
    o.exact_workers = workers;
    o.scratch_budget = budget;
    return Session(model, o);
  }
};

/// A batch whose roots are all its nodes: output d then shows every node.
FakeBatch<double> batchOf(const std::vector<big::Lists> &structures, Ids ids, std::mt19937 &random) {
  FakeBatch<double> b;
  b.rootOffsets = {0};
  for (const big::Lists &kids : structures) {
    b.add(renumber(kids, ids, random));
    b.rootOffsets.push_back(b.nodes());
  }
  b.roots.resize(b.nodes());
  std::iota(b.roots.begin(), b.roots.end(), 0);
  b.finish(random);
  return b;
}

/// Growth by products of 1 + place overflows in deep DAGs: what is not a number is so on both sides.
bool same(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

/// Expects every output to follow, by the formulas in FakeProgram.h, from the
/// outputs at the node's neighbours.
void expectLocallyRight(const FakeBatch<double> &b, const std::vector<std::vector<double>> &out) {
  const std::vector<double> e = fakeWeights<double>();
  const std::vector<double> &h = out[kH], &d = out[kD];
  const auto n = static_cast<size_t>(b.nodes());
  ASSERT_EQ(h.size(), n * kUnits);
  ASSERT_EQ(d.size(), n * kUnits);
  std::vector<double> below(n * kUnits, 0); // sums of the parents' d
  size_t wrong = 0;
  for (size_t p = 0; p < n; ++p)
    for (int32_t k = b.childOffsets[p]; k < b.childOffsets[p + 1]; ++k)
      for (uint32_t i = 0; i < kUnits; ++i)
        below[b.children[k] * kUnits + i] += d[p * kUnits + (i + 1) % kUnits]; // in order of the parents' ids
  for (size_t p = 0; p < n; ++p) {
    const int32_t first = b.childOffsets[p], last = b.childOffsets[p + 1];
    for (uint32_t i = 0; i < kUnits; ++i) {
      double sum = b.x[p * kUnits + i];
      if (first == last)
        sum += 2 * e[b.word[p] * kUnits + i];
      for (int32_t k = first; k < last; ++k)
        sum += h[b.children[k] * kUnits + (i + 3) % kUnits] * static_cast<double>(1 + k - first) +
               b.weight[k] * static_cast<double>(b.label[k]);
      wrong += !same(h[p * kUnits + i], sum);
      // The program adds to h/2 one parent after another: sums of one parent are exact, others nearly.
      const double down = h[p * kUnits + i] / 2 + below[p * kUnits + i], found = d[p * kUnits + i];
      wrong += !same(found, down) && !(std::abs(found - down) <= 1e-9 * (1 + std::abs(down)));
      wrong += !same(out[kY][p * kUnits + i], d[p * kUnits + (i + 3) % kUnits]);
    }
  }
  EXPECT_EQ(wrong, 0u) << "of " << n * kUnits << " values";
  for (int32_t s = 0; s < b.structures(); ++s)
    for (uint32_t i = 0; i < kUnits; ++i) {
      double sum = b.topic[s * kUnits + i];
      for (int32_t c = b.nodeOffsets[s]; c < b.nodeOffsets[s + 1]; ++c)
        sum += h[c * kUnits + i];
      ASSERT_TRUE(same(out[kS][s * kUnits + i], sum)) << "structure " << s;
    }
}

/// All outputs, as bytes: NaN equals itself.
void expectSameBytes(const std::vector<std::vector<double>> &a, const std::vector<std::vector<double>> &b) {
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].size(), b[i].size());
    EXPECT_EQ(std::memcmp(a[i].data(), b[i].data(), a[i].size() * sizeof(double)), 0) << "output " << i;
  }
}

/// A node as a user has it: on the heap, pointing to others.
struct Linked {
  std::vector<const Linked *> kids;
  int32_t id;
};
struct Accessor {
  using Node = const Linked *;
  const FakeBatch<double> *from = nullptr;
  const std::vector<const Linked *> &children(Node n) const { return n->kids; }
  int32_t symbol(Node n, uint32_t) const { return from->word[n->id]; }
  const double *features(Node n, uint32_t) const { return &from->x[static_cast<size_t>(n->id) * kUnits]; }
  int32_t edge_symbol(Node n, size_t child, uint32_t) const { return from->label[from->childOffsets[n->id] + child]; }
  const double *edge_features(Node n, size_t child, uint32_t) const {
    return &from->weight[from->childOffsets[n->id] + child];
  }
};

/// The same structures as nodes on the heap give the same h at every node.
void expectSameFromLinkedNodes(const Big &big, const FakeBatch<double> &b, const std::vector<double> &h) {
  std::vector<std::unique_ptr<Linked>> nodes;
  std::vector<uint8_t> isChild(b.nodes(), 0);
  for (int32_t n = 0; n < b.nodes(); ++n)
    nodes.push_back(std::make_unique<Linked>(Linked{{}, n}));
  for (int32_t n = 0; n < b.nodes(); ++n)
    for (int32_t e = b.childOffsets[n]; e < b.childOffsets[n + 1]; ++e) {
      nodes[n]->kids.push_back(nodes[b.children[e]].get());
      isChild[b.children[e]] = 1;
    }
  LinkedBatch<Accessor> linked(big.program, Accessor{&b});
  for (int32_t s = 0; s < b.structures(); ++s) {
    std::vector<const Linked *> roots;
    for (int32_t n = b.nodeOffsets[s]; n < b.nodeOffsets[s + 1]; ++n)
      if (!isChild[n])
        roots.push_back(nodes[n].get());
    linked.addRoots(roots);
  }
  ASSERT_EQ(linked.numNodes(), b.nodes());
  ASSERT_EQ(linked.numEdges(), b.edges());
  linked.setStructureInput(kTopic, b.topic.data());
  std::vector<double> values(h.size());
  void *outputs[] = {values.data(), nullptr, nullptr, nullptr};
  Session session = big.session(1);
  session.run(linked.batch(), outputs);
  size_t wrong = 0;
  for (int32_t n = 0; n < b.nodes(); ++n)
    for (uint32_t i = 0; i < kUnits; ++i)
      wrong +=
          !same(values[static_cast<size_t>(n) * kUnits + i], h[static_cast<size_t>(linked.node(n)->id) * kUnits + i]);
  EXPECT_EQ(wrong, 0u);
}

class BigStructures : public testing::TestWithParam<big::Shape> {};

} // namespace

TEST_P(BigStructures, EveryWayIn) {
  onSmallStack([] {
    const Big big;
    std::mt19937 random(11);
    const big::Lists kids = GetParam().make(sizeOf(GetParam()), random);
    for (Ids ids : {Ids::ChildrenFirst, Ids::ParentsFirst, Ids::Shuffled}) {
      SCOPED_TRACE("ids " + std::to_string(static_cast<int>(ids)));
      const FakeBatch<double> b = batchOf({kids}, ids, random);
      Session one = big.session(1);
      const auto out = runBatch(one, b);
      expectLocallyRight(b, out);
      if (ids == Ids::ChildrenFirst)
        expectSameFromLinkedNodes(big, b, out[kH]);
    }
    // Each level has its exchanges, which are slow where there are fewer CPUs than workers.
    const FakeBatch<double> smaller = batchOf({GetParam().make(bigSize() / 20, random)}, Ids::Shuffled, random);
    Session one = big.session(1), two = big.session(2);
    expectSameBytes(runBatch(one, smaller), runBatch(two, smaller));
  });
}

INSTANTIATE_TEST_SUITE_P(All, BigStructures, testing::ValuesIn(big::shapes()), [](const auto &info) {
  std::string name = info.param.name;
  name.erase(std::remove(name.begin(), name.end(), ' '), name.end());
  return name;
});

/// As many structures as nodes elsewhere: whole, and in many chunks.
TEST(BigBatches, ManyStructures) {
  onSmallStack([] {
    const Big big;
    std::mt19937 random(12);
    std::vector<big::Lists> structures;
    const int32_t count = bigSize();
    for (int32_t s = 0; s < count; ++s)
      structures.push_back(s % 10 ? big::Lists(1) : randomDag(1 + static_cast<int32_t>(random() % 12), random));
    const FakeBatch<double> b = batchOf(structures, Ids::ChildrenFirst, random);
    Session whole = big.session(1);
    const auto out = runBatch(whole, b);
    expectLocallyRight(b, out);
    for (uint64_t parts : {3, 50}) {
      Session chunked = big.session(1, whole.stats().scratch_bytes / parts);
      expectSameBytes(out, runBatch(chunked, b));
      EXPECT_GE(chunked.stats().chunks, parts);
      EXPECT_LE(chunked.stats().chunks, 2 * parts);
    }
  });
}

/// Deep, wide and single structures in one batch.
TEST(BigBatches, AllShapesTogether) {
  onSmallStack([] {
    const Big big;
    std::mt19937 random(13);
    std::vector<big::Lists> structures;
    for (const big::Shape &shape : big::shapes())
      for (int32_t n : {1, bigSize() / 10})
        structures.push_back(n == 1 ? big::Lists(1) : shape.make(n, random));
    const FakeBatch<double> b = batchOf(structures, Ids::Shuffled, random);
    Session whole = big.session(1);
    const auto out = runBatch(whole, b);
    expectLocallyRight(b, out);
    Session chunked = big.session(1, whole.stats().scratch_bytes / 2);
    expectSameBytes(out, runBatch(chunked, b));
    EXPECT_GT(chunked.stats().chunks, 1u);
  });
}
