//===- LinearizerErrorsTest.cpp - Which batches are refused ---------------===//
//
// What is said of them is in a table: unittests/Errors.
//===----------------------------------------------------------------------===//
#include "../../runtime/lib/Error.h"
#include "PlacedLinearizer.h"
#include "TestBatch.h"

#include <gtest/gtest.h>

using namespace cortex;
using namespace cortex::rt;
using namespace cortex::test;

namespace {

/// The message of linearizing `b`, or "" if it is accepted.
std::string messageOf(const Manifest &m, const cortex_batch &b) {
  const LinearizerPlan plan(m);
  PlacedLinearizer lin(plan);
  try {
    checkBatchHead(b);
    lin.run(b, 0, b.num_structures);
    return "";
  } catch (const Error &e) {
    EXPECT_EQ(e.status, CORTEX_INVALID_BATCH);
    return e.what();
  }
}

} // namespace

TEST(LinearizerErrors, GoodBatchesAreAccepted) {
  TwoTrees b;
  EXPECT_EQ(messageOf(manifestOfTypes(StructureKind::Tree, kLeafAndPair), b.view()), "");
  b.children[1] = 0; // the same child twice
  EXPECT_EQ(messageOf(manifestOfTypes(StructureKind::Dag, kLeafAndPair), b.view()), "");
  TestBatch shared;
  shared.add({{}, {0}, {0}, {1, 2}});
  Manifest m = manifestOfTypes(StructureKind::Dag, {{"any", 0, TypeInfo::kAnyArity}});
  m.inputs.clear();
  EXPECT_EQ(messageOf(m, shared.view()), "");
}

/// An input that no node of the batch has may be null.
TEST(LinearizerErrors, InputsThatAreNotNeeded) {
  TestBatch b;
  b.add({{}});
  const std::vector<float> x(3);
  const std::vector<int32_t> topic{0};
  Manifest m = manifestOfTypes(StructureKind::Tree, kLeafAndPair);
  m.inputs[0].types = {1};
  b.inputs = {nullptr, x.data(), nullptr, topic.data()};
  EXPECT_EQ(messageOf(m, b.view()), "");
}

/// The fast passes and the slow explanation agree on which batches are at fault.
TEST(LinearizerErrors, RandomDamage) {
  const Manifest m = manifestOfTypes(StructureKind::Dag, {{"leaf", 0, 0}, {"few", 1, 3}});
  const LinearizerPlan plan(m);
  PlacedLinearizer lin(plan);
  int bad = 0, good = 0;
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    TestBatch b;
    for (int s = 0; s < 3; ++s)
      b.add(renumber(randomDag(8, random), static_cast<Ids>(random() % 3), random));
    std::vector<int32_t> word(24, 3), label(b.children.size() + 1, 1), topic(3, 1);
    std::vector<float> x(72);
    b.inputs = {word.data(), x.data(), label.data(), topic.data()};
    for (std::vector<int32_t> *array : {&b.nodeOffsets, &b.childOffsets, &b.children, &word, &label})
      if (random() % 4 == 0 && array->size() > 2) { // not the ends of the offsets: those are the batch's size
        const int32_t values[] = {-1, 0, 3, 9, 12, 2147483647, INT32_MIN, static_cast<int32_t>(random() % 24)};
        (*array)[1 + random() % (array->size() - 2)] = values[random() % 8];
      }
    const cortex_batch view = b.view();
    const std::string expected = explainBatch(plan, view, 0, 3);
    std::string got;
    try {
      lin.run(view, 0, 3);
    } catch (const Error &e) {
      got = e.what();
    }
    ASSERT_EQ(got, expected);
    ++(got.empty() ? good : bad);
  }
  EXPECT_GT(bad, 500);
  EXPECT_GT(good, 500);
}
