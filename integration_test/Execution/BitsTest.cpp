//===- BitsTest.cpp - A structure's bytes depend on nothing but itself ----===//
#include "Execution.h"

#include <algorithm>
#include <xmmintrin.h>

using namespace cortex;
using namespace cortex::test;

namespace {

/// A compiled model, and structures whose values alone are known.
struct Alone {
  Alone(const zoo::Entry &entry, int64_t size, uint64_t seed, const CompileOptions &options = hostOptions())
      : source(fromZoo(entry.name, sizesOf(entry, size))), subject(*source.module, options),
        params(reference::randomParams(subject.model(), seed)), model(subject.prepare(subject.inProcess(), params)),
        session(subject.session(model, 1)) {
    const Given all = given(subject, params, {reference::Shape::Mixed, 2 * kTile + 1, 6}, seed);
    for (size_t s = 0; s < all.batch.structures(); ++s) {
      structures.push_back(all.batch.slice(s, s + 1));
      values.push_back(subject.run(session, structures.back()));
    }
  }

  /// Runs structures in this order and expects of each what it gives alone.
  void expectSame(Session &in, const std::vector<size_t> &order) {
    std::vector<io::Batch> parts;
    for (size_t s : order)
      parts.push_back(structures[s]);
    const io::Batch batch = joined(parts);
    const std::vector<Output> outputs = subject.run(in, batch);
    for (size_t i = 0; i < order.size(); ++i)
      ASSERT_EQ(cli::firstDifference(batch, outputs, i, structures[order[i]], values[order[i]], 0), "")
          << "structure " << order[i] << " at position " << i << " of " << order.size();
  }

  Source source;
  Subject subject;
  reference::Params params;
  Model model;
  Session session;
  std::vector<io::Batch> structures;
  std::vector<std::vector<Output>> values;
};

std::vector<size_t> orderOf(size_t count, size_t rotation) {
  std::vector<size_t> order(count);
  for (size_t i = 0; i < count; ++i)
    order[i] = (i + rotation) % count;
  return order;
}

constexpr uint64_t kSeed = 77;

class Bits : public testing::TestWithParam<std::string> {
protected:
  Bits() : alone(*zoo::find(GetParam()), 35, kSeed) {}
  Alone alone;
};

// Rotations take every structure to every position of every size.
TEST_P(Bits, BatchesOfEverySizeAtEveryPosition) {
  for (size_t count = 1; count <= alone.structures.size(); ++count)
    for (size_t rotation = 0; rotation < count; ++rotation)
      alone.expectSame(alone.session, orderOf(count, rotation));
}

TEST_P(Bits, ReversedOrder) {
  for (size_t count : {size_t(2), kTile, kTile + 1, 2 * kTile + 1}) {
    std::vector<size_t> order = orderOf(count, 0);
    std::reverse(order.begin(), order.end());
    alone.expectSame(alone.session, order);
  }
}

TEST_P(Bits, AnyNumberOfWorkers) {
  for (int64_t workers : {2, 3, 5}) {
    SCOPED_TRACE(workers);
    Session session = alone.subject.session(alone.model, workers);
    for (size_t count : {size_t(1), size_t(3), kTile, 2 * kTile + 1})
      alone.expectSame(session, orderOf(count, count / 2));
  }
}

/// Denormals flushed and rounding towards zero in the caller, as some libraries leave them.
TEST_P(Bits, FloatEnvironmentOfTheCaller) {
  const unsigned before = _mm_getcsr();
  for (unsigned mode : {0x8040U, 0x6000U, 0xe040U}) {
    _mm_setcsr(before | mode);
    const std::vector<Output> outputs = alone.subject.run(alone.session, alone.structures[3]);
    const unsigned after = _mm_getcsr();
    _mm_setcsr(before);
    EXPECT_EQ(cli::firstDifference(outputs, alone.values[3]), "");
    EXPECT_EQ(after & ~0x3fU, (before | mode) & ~0x3fU) << "the caller's modes were not restored";
  }
}

TEST_P(Bits, ChunksOfASmallScratchBudget) {
  const std::vector<size_t> order = orderOf(2 * kTile + 1, 5);
  alone.expectSame(alone.session, order);
  const uint64_t whole = alone.session.stats().scratch_bytes;
  uint64_t largest = 0;
  for (const io::Batch &structure : alone.structures) {
    alone.subject.run(alone.session, structure);
    largest = std::max(largest, alone.session.stats().scratch_bytes);
  }
  for (uint64_t budget : {whole / 2, 2 * largest}) {
    Session session = alone.subject.session(alone.model, 1, budget);
    alone.expectSame(session, order);
    if (budget < whole) {
      EXPECT_GT(session.stats().chunks, 1U) << "a budget of " << budget << " of " << whole << " bytes";
    }
  }
}

TEST_P(Bits, SecondRunOfASession) {
  for (int run = 0; run < 3; ++run)
    alone.expectSame(alone.session, orderOf(kTile + 1, 0));
}

// The reduction shape is fixed, so that strips of other heights give the same bytes.
TEST_P(Bits, StripsOfOtherHeights) {
  for (unsigned rows : {1U, 5U}) {
    CompileOptions options = hostOptions();
    options.stripRows = rows;
    Alone other(*zoo::find(GetParam()), 35, kSeed, options);
    for (size_t s = 0; s < alone.structures.size(); ++s)
      EXPECT_EQ(cli::firstDifference(alone.values[s], other.values[s]), "") << "strips of " << rows << " rows";
    other.expectSame(other.session, orderOf(2 * kTile + 1, 0));
  }
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const zoo::Entry &entry : zoo::entries())
    all.push_back(entry.name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Zoo, Bits, testing::ValuesIn(names()), [](const auto &info) { return info.param; });

} // namespace
