//===- SessionsTest.cpp - Sessions of one model, roots that are named -----===//
#include "Execution.h"

#include <thread>

using namespace cortex;
using namespace cortex::test;

namespace {

class Sessions : public testing::TestWithParam<std::string> {
protected:
  Sessions()
      : source(fromZoo(GetParam(), sizesOf(*zoo::find(GetParam()), 19))), subject(*source.module, hostOptions()),
        params(reference::randomParams(subject.model(), 5)), model(subject.prepare(subject.inProcess(), params)),
        first(subject.session(model, 1)) {}

  Source source;
  Subject subject;
  reference::Params params;
  Model model;
  Session first;
};

TEST_P(Sessions, ThreadsWithTheirOwn) {
  constexpr size_t kThreads = 4, kRuns = 12;
  std::vector<io::Batch> batches;
  std::vector<std::vector<Output>> expected;
  for (size_t i = 0; i < kThreads; ++i) {
    batches.push_back(given(subject, params, {reference::Shape::Mixed, static_cast<int64_t>(2 + i), 12}, i).batch);
    expected.push_back(subject.run(first, batches.back()));
  }
  std::vector<std::string> differences(kThreads);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      Session session(model); // all share the default team
      for (size_t run = 0; run < kRuns && differences[t].empty(); ++run) {
        const size_t i = (t + run) % kThreads;
        differences[t] = cli::firstDifference(expected[i], subject.run(session, batches[i]));
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  for (const std::string &difference : differences)
    EXPECT_EQ(difference, "");
}

/// A session that has seen a large batch, then a small one, then a larger one.
TEST_P(Sessions, BatchesThatShrinkAndGrow) {
  Session session = subject.session(model, 2);
  for (int64_t structures : {9, 1, 4, 21, 2}) {
    const Given batch = given(subject, params, {reference::Shape::Mixed, structures, 3 * structures}, 6);
    const std::vector<Output> outputs = subject.run(session, batch.batch);
    expectAgrees(subject, params, batch, outputs, true);
    Session fresh = subject.session(model, 1);
    EXPECT_EQ(cli::firstDifference(outputs, subject.run(fresh, batch.batch)), "") << structures << " structures";
  }
}

/// Roots that the caller names: any nodes, in any order, some of them twice.
TEST_P(Sessions, NamedRoots) {
  Given batch = given(subject, params, {reference::Shape::Mixed, 5, 12}, 7);
  reference::Random random(7);
  batch.batch.root_offsets = {0};
  for (size_t s = 0; s < batch.batch.structures(); ++s) {
    const int32_t first = batch.batch.node_offsets[s], nodes = batch.batch.node_offsets[s + 1] - first;
    for (size_t i = 0; i < 1 + s % 3; ++i)
      batch.batch.roots.push_back(first + static_cast<int32_t>(random.below(nodes)));
    batch.batch.root_offsets.push_back(static_cast<int32_t>(batch.batch.roots.size()));
  }
  std::string error;
  ASSERT_TRUE(reference::evaluate(subject.model(), params, batch.batch, batch.result, error)) << error;
  for (int64_t workers : {1, 2}) {
    Session session = subject.session(model, workers);
    expectAgrees(subject, params, batch, subject.run(session, batch.batch), true);
  }
}

INSTANTIATE_TEST_SUITE_P(Zoo, Sessions, testing::Values("TreeLSTM", "TreeGRU", "Terms", "LSTM", "PlanConv", "UpDown"),
                         [](const auto &info) { return info.param; });

void checkFlops(const CompileOptions &options, bool leafProducts) {
  constexpr int64_t kHidden = 19, kClasses = 5, kRoots = 4;
  const Source source = fromZoo("TreeLSTM", sizesOf(*zoo::find("TreeLSTM"), kHidden));
  const Subject subject(*source.module, options);
  const reference::Params params = reference::randomParams(subject.model(), 9);
  const io::Batch batch = given(subject, params, {reference::Shape::RandomNary, kRoots, 30}, 9).batch;
  uint64_t nodes = 0, edges = 0; // that have products
  for (size_t node = 0; node < batch.nodes(); ++node) {
    uint64_t children = 0;
    for (int32_t e = batch.child_offsets[node]; e < batch.child_offsets[node + 1]; ++e)
      children += !leafProducts || batch.arity(static_cast<size_t>(batch.children[e])) > 0;
    nodes += children > 0;
    edges += children;
  }
  ASSERT_EQ(edges == batch.edges(), !leafProducts);
  Session session = subject.session(subject.prepare(subject.inProcess(), params), 1);
  subject.run(session, batch);
  EXPECT_EQ(session.stats().flops, 2 * kHidden * (kHidden * (3 * nodes + edges) + kClasses * kRoots));
}

/// FLOPs are those of the products: three gates at each inner node, the forget
/// gate at each edge, the readout at each root. With tables of what leaves give
/// their parents, only nodes and edges with an inner child have products.
TEST(Flops, AreCountedByTheRun) {
  for (bool leafProducts : {false, true}) {
    CompileOptions options = hostOptions();
    options.schedule.leaf_products = leafProducts;
    checkFlops(options, leafProducts);
  }
}

/// Deep enough that recursion would overflow the stack, and that errors would pile up.
TEST(DeepChains, AgreeAtEveryNode) {
  const Source source = fromZoo("LSTM", sizesOf(*zoo::find("LSTM"), 7));
  const Subject subject(*source.module, hostOptions());
  const reference::Params params = reference::randomParams(subject.model(), 8);
  const Given batch = given(subject, params, {reference::Shape::Chain, 1, 100000}, 8);
  Session session = subject.session(subject.prepare(subject.inProcess(), params), 1);
  expectAgrees(subject, params, batch, subject.run(session, batch.batch), true);
}

} // namespace
