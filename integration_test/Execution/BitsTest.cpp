//===- BitsTest.cpp - A structure's bytes depend on nothing but itself ----===//
#include "Execution.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <xmmintrin.h>

using namespace cortex;
using namespace cortex::test;

namespace {

/// A compiled model, and structures whose values alone are known.
struct Alone {
  Alone(const std::string &name, const std::map<std::string, int64_t> &sizes, uint64_t seed,
        const CompileOptions &options = hostOptions(), double scale = 1)
      : source(fromZoo(name, sizes)), subject(*source.module, options),
        params(reference::randomParams(subject.model(), seed)) {
    for (auto &[param, tensor] : params)
      for (double &value : tensor.values)
        value = static_cast<float>(value * scale);
    model = subject.prepare(subject.inProcess(), params);
    session = subject.session(model, 1);
    all = given(subject, params, {reference::Shape::Mixed, 2 * kTile + 1, 6}, seed);
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
  Given all;
  std::vector<io::Batch> structures;
  std::vector<std::vector<Output>> values;
};

std::vector<size_t> orderOf(size_t count, size_t rotation) {
  std::vector<size_t> order(count);
  for (size_t i = 0; i < count; ++i)
    order[i] = (i + rotation) % count;
  return order;
}

/// Rotations take every structure to every position of every size.
void everySizeAndPosition(Alone &alone) {
  SCOPED_TRACE("batches of every size, at every position");
  for (size_t count = 1; count <= alone.structures.size(); ++count)
    for (size_t rotation = 0; rotation < count; ++rotation)
      alone.expectSame(alone.session, orderOf(count, rotation));
}

void reversedAndAgain(Alone &alone) {
  SCOPED_TRACE("reversed, and the session's next runs");
  for (size_t count : {size_t(2), kTile, kTile + 1, 2 * kTile + 1})
    for (int run = 0; run < 2; ++run) {
      std::vector<size_t> order = orderOf(count, 0);
      std::reverse(order.begin(), order.end());
      alone.expectSame(alone.session, order);
    }
}

void anyNumberOfWorkers(Alone &alone) {
  for (int64_t workers : {2, 3, 5}) {
    SCOPED_TRACE(testing::Message() << workers << " workers");
    Session session = alone.subject.session(alone.model, workers);
    for (size_t count : {size_t(1), size_t(3), kTile, 2 * kTile + 1})
      alone.expectSame(session, orderOf(count, count / 2));
  }
}

void fromTheArtifact(Alone &alone) {
  SCOPED_TRACE("from the artifact");
  Session session = alone.subject.session(alone.subject.prepare(alone.subject.loadArtifact(), alone.params), 2);
  alone.expectSame(session, orderOf(2 * kTile + 1, 3));
}

/// Denormals flushed and rounding towards zero in the caller, as some libraries leave them.
void floatEnvironmentOfTheCaller(Alone &alone) {
  const unsigned before = _mm_getcsr();
  Session two = alone.subject.session(alone.model, 2);
  for (unsigned mode : {0x8040U, 0x6000U, 0xe040U})
    for (Session *session : {&alone.session, &two}) {
      SCOPED_TRACE(testing::Message() << "MXCSR modes " << mode);
      _mm_setcsr(before | mode);
      const std::vector<Output> outputs = alone.subject.run(*session, alone.structures[3]);
      const unsigned after = _mm_getcsr();
      _mm_setcsr(before);
      EXPECT_EQ(cli::firstDifference(outputs, alone.values[3]), "");
      EXPECT_EQ(after & ~0x3fU, (before | mode) & ~0x3fU) << "the caller's modes were not restored";
    }
}

void chunksOfASmallScratchBudget(Alone &alone) {
  const std::vector<size_t> order = orderOf(2 * kTile + 1, 5);
  alone.expectSame(alone.session, order);
  const uint64_t whole = alone.session.stats().scratch_bytes;
  uint64_t largest = 0;
  for (const io::Batch &structure : alone.structures) {
    alone.subject.run(alone.session, structure);
    largest = std::max(largest, alone.session.stats().scratch_bytes);
  }
  for (uint64_t budget : {whole / 2, 2 * largest}) {
    SCOPED_TRACE(testing::Message() << "a budget of " << budget << " of " << whole << " bytes");
    Session session = alone.subject.session(alone.model, 1, budget);
    alone.expectSame(session, order);
    if (budget < whole) {
      EXPECT_GT(session.stats().chunks, 1U);
    }
  }
}

constexpr uint64_t kSeed = 77;
using Case = std::tuple<std::string, int64_t>;

class Bits : public testing::TestWithParam<Case> {
protected:
  static std::map<std::string, int64_t> sizes() {
    const auto &[name, bits] = GetParam();
    std::map<std::string, int64_t> sizes = sizesOf(*zoo::find(name), 35);
    sizes["float"] = bits;
    return sizes;
  }
};

TEST_P(Bits, AreTheSame) {
  Alone alone(std::get<0>(GetParam()), sizes(), kSeed);
  everySizeAndPosition(alone);
  reversedAndAgain(alone);
  anyNumberOfWorkers(alone);
  fromTheArtifact(alone);
  floatEnvironmentOfTheCaller(alone);
  chunksOfASmallScratchBudget(alone);
}

// The reduction shape is fixed, so that strips of other heights give the same bytes.
TEST_P(Bits, StripsOfOtherHeights) {
  const std::string &name = std::get<0>(GetParam());
  std::unique_ptr<Alone> first;
  for (unsigned rows : {32U, 1U, 5U}) {
    CompileOptions options = hostOptions();
    options.schedule.strip_rows = rows;
    auto alone = std::make_unique<Alone>(name, sizes(), kSeed, options);
    alone->expectSame(alone->session, orderOf(2 * kTile + 1, 0));
    for (size_t s = 0; first && s < first->structures.size(); ++s)
      EXPECT_EQ(cli::firstDifference(first->values[s], alone->values[s]), "") << "strips of " << rows << " rows";
    if (!first)
      first = std::move(alone);
  }
}

std::vector<Case> cases() {
  std::vector<Case> all{{"TreeLSTM", 64}, {"LSTM", 64}};
  for (const zoo::Entry &entry : zoo::entries())
    all.emplace_back(entry.name, 32);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Zoo, Bits, testing::ValuesIn(cases()), [](const auto &info) {
  return std::get<0>(info.param) + "_" + std::to_string(std::get<1>(info.param));
});

/// Workers that own whole structures give the bytes that a structure has alone.
TEST(WorkersThatOwnStructures, GiveTheSameBits) {
  for (const char *name : {"TreeLSTM", "MVRNN", "Terms", "UpDown", "PlanConv", "GRU"}) {
    SCOPED_TRACE(name);
    CompileOptions options = hostOptions();
    options.codegen.optLevel = 0; // the same bits, sooner
    options.schedule.partition = Partitioning::Structures;
    Alone alone(name, sizesOf(*zoo::find(name), 19), kSeed, options);
    for (int64_t workers : {2, 3}) {
      Session session = alone.subject.session(alone.model, workers);
      for (size_t count : {size_t(1), size_t(2), 2 * kTile + 1}) {
        alone.expectSame(session, orderOf(count, 1));
        EXPECT_EQ(session.stats().ranges, count > 1 ? std::min<size_t>(count, static_cast<size_t>(workers)) : 0U);
      }
    }
  }
}

/// Weights that rows share count against that, not those of which each row reads its own: all functions' weights are
/// 4.7 MiB in both models, more than half of a second-level cache.
TEST(WorkersThatOwnStructures, AreChosenWhereRowsShareNoWeights) {
  for (const auto &[functions, hidden, ranges] : {std::tuple(300, 64, 2U), std::tuple(19, 256, 0U)}) {
    SCOPED_TRACE(functions);
    CompileOptions options = hostOptions();
    options.codegen.optLevel = 0;
    Alone alone("Terms", {{"hidden", hidden}, {"functions", functions}, {"variables", 11}}, kSeed, options);
    Session session = alone.subject.session(alone.model, 2);
    alone.expectSame(session, orderOf(2 * kTile + 1, 1));
    EXPECT_EQ(session.stats().ranges, ranges);
  }
}

/// Workers that own whole subtrees give the bytes of one worker, and of workers that share units.
TEST(WorkersThatOwnSubtrees, GiveTheSameBits) {
  for (const char *name : {"TreeLSTM", "TreeFC", "MVRNN", "RNTN"}) {
    SCOPED_TRACE(name);
    CompileOptions options = hostOptions();
    options.codegen.optLevel = 0; // the same bits, sooner
    const Source source = fromZoo(name, sizesOf(*zoo::find(name), 19));
    options.schedule.partition = Partitioning::Subtrees;
    const Subject subtrees(*source.module, options);
    options.schedule.partition = Partitioning::Units;
    const Subject units(*source.module, options);
    const reference::Params params = reference::randomParams(subtrees.model(), kSeed);
    const Model model = subtrees.prepare(subtrees.inProcess(), params),
                other = units.prepare(units.inProcess(), params);
    Session one = subtrees.session(model, 1), shared = units.session(other, 2);
    std::vector<Session> sessions;
    for (int64_t workers : {2, 3, 4})
      sessions.push_back(subtrees.session(model, workers));
    for (reference::Shape shape : reference::shapesOf(subtrees.model()))
      for (const int64_t structures : {1, 3}) {
        SCOPED_TRACE(testing::Message() << structures << " of shape " << reference::nameOf(shape).str());
        const Given all = given(subtrees, params, {shape, structures, 31}, kSeed);
        const std::vector<Output> outputs = subtrees.run(one, all.batch);
        EXPECT_EQ(one.stats().subtrees, 0U);
        EXPECT_EQ(cli::firstDifference(outputs, units.run(shared, all.batch)), "") << "units";
        EXPECT_EQ(shared.stats().subtrees, 0U);
        for (Session &session : sessions) {
          EXPECT_EQ(cli::firstDifference(outputs, subtrees.run(session, all.batch)), "");
          const cortex_session_stats stats = session.stats();
          EXPECT_LE(stats.subtrees, stats.workers);
          EXPECT_NE(stats.subtrees, 1U);
          if (structures > 1 || shape == reference::Shape::Perfect) {
            EXPECT_GE(stats.subtrees, 2U);
          }
          EXPECT_EQ(stats.rows, all.batch.nodes());
        }
      }
  }
}

/// Where a node needs more than its subtree, and where a batch needs chunks.
TEST(WorkersThatOwnSubtrees, FallBack) {
  for (const auto &[name, cut] : {std::pair("UpDown", false), std::pair("DAGRNN", false), std::pair("LSTM", false),
                                  std::pair("PlanConv", false), std::pair("TreeGRU", true)}) {
    SCOPED_TRACE(name);
    CompileOptions options = hostOptions();
    options.codegen.optLevel = 0;
    options.schedule.partition = Partitioning::Subtrees;
    Alone alone(name, sizesOf(*zoo::find(name), 19), kSeed, options);
    Session session = alone.subject.session(alone.model, 2);
    alone.expectSame(session, orderOf(2 * kTile + 1, 1));
    EXPECT_EQ(session.stats().subtrees, cut ? 2U : 0U);
    Session tight = alone.subject.session(alone.model, 2, session.stats().scratch_bytes / 2);
    alone.expectSame(tight, orderOf(2 * kTile + 1, 1));
    EXPECT_GT(tight.stats().chunks, 1U);
    EXPECT_EQ(tight.stats().subtrees > 0, cut);
  }
}

/// A node's matrices are much work beside the weights that all nodes share; in a TreeLSTM weights are all there is.
TEST(WorkersThatOwnSubtrees, AreChosenWhereANodeIsMuchWork) {
  for (const auto &[name, cut] : {std::pair("MVRNN", true), std::pair("TreeLSTM", false)}) {
    SCOPED_TRACE(name);
    CompileOptions options = hostOptions();
    options.codegen.optLevel = 0;
    const Source source = fromZoo(name, sizesOf(*zoo::find(name), 64));
    const Subject subject(*source.module, options);
    const reference::Params params = reference::randomParams(subject.model(), kSeed);
    const Model model = subject.prepare(subject.inProcess(), params);
    const Given tree = given(subject, params, {reference::Shape::Perfect, 1, 31}, kSeed),
                chain = given(subject, params, {reference::Shape::Chain, 1, 31}, kSeed);
    Session one = subject.session(model, 1), two = subject.session(model, 2);
    EXPECT_EQ(cli::firstDifference(subject.run(one, tree.batch), subject.run(two, tree.batch)), "");
    EXPECT_EQ(two.stats().subtrees, cut ? 2U : 0U);
    EXPECT_EQ(cli::firstDifference(subject.run(one, chain.batch), subject.run(two, chain.batch)), "");
    EXPECT_EQ(two.stats().subtrees, 0U) << "a chain has no two subtrees of much work";
  }
}

/// With weights so small that states are denormal, whether the caller flushes them shows.
TEST(Denormals, DoNotDependOnTheCaller) {
  Alone alone("DAGRNN", sizesOf(*zoo::find("DAGRNN"), 19), kSeed, hostOptions(), 1e-39);
  const reference::StateValues &h = alone.all.result.states.front();
  EXPECT_TRUE(std::any_of(h.values.begin(), h.values.end(),
                          [](double v) { return v != 0 && std::abs(v) < static_cast<double>(FLT_MIN); }));
  floatEnvironmentOfTheCaller(alone);
  anyNumberOfWorkers(alone);
}

} // namespace
