//===- SessionsTest.cpp - Several threads, one model ----------------------===//
#include "Execution.h"

#include <thread>

using namespace cortex;
using namespace cortex::test;

namespace {

class Sessions : public testing::TestWithParam<std::string> {};

TEST_P(Sessions, ThreadsWithTheirOwnSessions) {
  const Source source = fromZoo(GetParam(), sizesOf(*zoo::find(GetParam()), 19));
  const Subject subject(*source.module, hostOptions());
  const reference::Params params = reference::randomParams(subject.model(), 5);
  const Model model = subject.prepare(subject.inProcess(), params);

  constexpr size_t kThreads = 4, kRuns = 12;
  std::vector<io::Batch> batches;
  std::vector<std::vector<Output>> expected;
  Session first = subject.session(model, 1);
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

INSTANTIATE_TEST_SUITE_P(Zoo, Sessions, testing::Values("TreeLSTM", "TreeGRU", "Terms", "LSTM", "PlanConv", "UpDown"),
                         [](const auto &info) { return info.param; });

} // namespace
