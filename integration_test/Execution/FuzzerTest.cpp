//===- FuzzerTest.cpp - The fuzzer itself ---------------------------------===//
#include "Author.h"
#include "Execution.h"
#include "FindFault.h"
#include "Findings.h"
#include "Isolated.h"
#include "RandomModel.h"
#include "Shrink.h"

#include "cortex/IO/Files.h"
#include "cortex/IO/JsonLines.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace cortex;
using namespace cortex::test;

namespace {

Source randomSource(uint64_t seed) {
  Source source{cli::makeContext(), nullptr};
  std::string error;
  source.module = fuzz::randomModel(seed, *source.context, error);
  if (!source.module)
    throw cli::Failure(error);
  return source;
}

size_t operationsOf(mlir::ModuleOp module) {
  size_t count = 0;
  module.walk([&](mlir::Operation *op) { count += op->getParentOfType<ra::BodyOp>() != nullptr; });
  return count;
}

TEST(Fuzzer, WritesTheSameForASeed) {
  EXPECT_EQ(fuzz::Author(5).model().text(), fuzz::Author(5).model().text());
  EXPECT_NE(fuzz::Author(5).model().text(), fuzz::Author(6).model().text());
  const Source source = randomSource(5);
  const ra::ModelOp model = cli::modelIn(*source.module);
  const fuzz::Trial one(5, model, 2), again(5, model, 2), other(6, model, 2);
  EXPECT_EQ(one.command("m"), again.command("m"));
  EXPECT_EQ(one.cases[1].batch.children, again.cases[1].batch.children);
  EXPECT_NE(one.cases[0].params.begin()->second.values, one.cases[1].params.begin()->second.values);
  EXPECT_NE(one.cases[0].params.begin()->second.values, other.cases[0].params.begin()->second.values);
}

TEST(Fuzzer, CountsWhatATrialHas) {
  fuzz::Coverage coverage;
  const size_t cells = coverage.empty().size();
  const Source source = fromZoo("TreeLSTM", sizesOf(*zoo::find("TreeLSTM"), 7));
  fuzz::Trial trial(1, cli::modelIn(*source.module), 2);
  auto suits = [&] { // it has tables, and sharp bounds
    const Schedule &schedule = trial.way.schedule;
    return schedule.tables > 0 && schedule.specialize && schedule.weights == Precision::F32;
  };
  while (!suits())
    trial = fuzz::Trial(trial.seed + 1, cli::modelIn(*source.module), 2);
  fuzz::Seen seen, copy;
  fuzz::Agreement agreement;
  ASSERT_EQ(fuzz::findFault(*source.module, trial, &seen, &agreement).what, "");
  EXPECT_EQ(agreement.cases, 2);
  EXPECT_EQ(agreement.endToEnd, 2) << "its recursion contracts with random weights";
  copy.addText(seen.text());
  EXPECT_EQ(copy.text(), seen.text());
  coverage.add(copy);
  const std::vector<std::string> left = coverage.empty();
  EXPECT_LT(left.size(), cells);
  auto isLeft = [&](const std::string &cell) { return std::find(left.begin(), left.end(), cell) != left.end(); };
  for (const char *cell : {"reduction over children: sum", "product: of edges", "operation: math.tanh",
                           "tile height: 1", "group: without a key", "arity: 0", "tables: built"})
    EXPECT_FALSE(isLeft(cell)) << cell;
  for (const char *cell : {"operation: math.erf", "reduction over children: softmax", "group: with a key",
                           "sweep: down at nodes", "float: f64"})
    EXPECT_TRUE(isLeft(cell)) << cell;
  std::ostringstream text;
  coverage.print(text);
  EXPECT_NE(text.str().find("math.tanh 1"), std::string::npos) << text.str();
}

/// A miscompilation: a difference is computed the wrong way round.
void swapDifferences(mlir::ModuleOp module) {
  module.walk([](mlir::arith::SubFOp op) {
    const mlir::Value lhs = op.getLhs();
    op.setOperand(0, op.getRhs());
    op.setOperand(1, lhs);
  });
}

/// Found, made small, and written so that it can be read again.
TEST(Fuzzer, APlantedFaultBecomesASmallCase) {
  auto fails = [](mlir::ModuleOp module, const fuzz::Trial &trial) {
    return static_cast<bool>(fuzz::findFault(module, trial, nullptr, nullptr, swapDifferences));
  };
  for (uint64_t seed = 7; seed < 100; ++seed) {
    Source source = randomSource(seed);
    fuzz::Trial trial(seed, cli::modelIn(*source.module), 3);
    const size_t before = operationsOf(*source.module);
    if (before > 150 || !fails(*source.module, trial))
      continue;
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    ASSERT_EQ(fuzz::findFault(*source.module, trial).what, "") << "nothing is planted here";
    fuzz::shrink(source.module, trial, fails);
    ASSERT_EQ(trial.cases.size(), 1U);
    const io::Batch &batch = trial.cases[0].batch;
    EXPECT_EQ(batch.structures(), 1U);
    EXPECT_LE(batch.nodes(), 4U);
    EXPECT_LE(operationsOf(*source.module) * 2, before);

    const std::string folder = testing::TempDir() + "cortex-fuzz-" + std::to_string(getpid());
    const std::string command = fuzz::writeFinding(folder, *source.module, trial, "a planted fault");
    EXPECT_NE(command.find("--input"), std::string::npos) << command;
    std::string text, error;
    const std::string stem = folder + "/case-" + std::to_string(seed);
    ASSERT_TRUE(io::readFile(stem + ".mlir", text, error)) << error;
    const Source again = fromText(text, "written");
    EXPECT_TRUE(fails(*again.module, trial));
    EXPECT_EQ(fuzz::findFault(*again.module, trial).what, "");
    io::Batch read;
    const Subject subject(*again.module, trial.way.options());
    ASSERT_TRUE(io::readJsonLines(stem + ".jsonl", subject.schema(), read, nullptr, error)) << error;
    EXPECT_EQ(read.children, batch.children);
    std::filesystem::remove_all(folder);
    return;
  }
  FAIL() << "no seed computes a difference";
}

TEST(Fuzzer, WhatIsBelowANode) {
  io::Batch batch;
  batch.node_offsets = {0, 5};
  batch.child_offsets = {0, 2, 2, 4, 4, 4}; // 0: 2 and 1; 2: 4 and 4; 3 is alone
  batch.children = {2, 1, 4, 4};
  batch.inputs.push_back({"x", Place::Nodes, DType::F32, {2}, {}, {0, 0, 1, 1, 2, 2, 3, 3, 4, 4}, {}});
  batch.inputs.push_back({"e", Place::Edges, DType::I32, {}, {10, 11, 12, 13}, {}, {}});
  const io::Batch part = fuzz::below(batch, 2);
  EXPECT_EQ(part.node_offsets, (std::vector<int32_t>{0, 2}));
  EXPECT_EQ(part.child_offsets, (std::vector<int32_t>{0, 2, 2}));
  EXPECT_EQ(part.children, (std::vector<int32_t>{1, 1}));
  EXPECT_EQ(part.find("x")->f32, (std::vector<float>{2, 2, 4, 4}));
  EXPECT_EQ(part.find("e")->symbols, (std::vector<int32_t>{12, 13}));
}

TEST(Fuzzer, OneProcessMayDieAndTheOthersGoOn) {
  const fuzz::Limits limits{2048, 2, 60};
  fuzz::Pool pool(2, limits);
  std::vector<std::string> said(5);
  auto start = [&](size_t i, const fuzz::Pool::Work &work) {
    pool.start(work, [&said, i](const fuzz::Ended &ended) {
      said[i] = ended.problem.empty() ? "said " + ended.text : ended.problem;
    });
  };
  start(0, [] { return std::string(100000, 'x'); }); // more than a pipe holds
  start(1, []() -> std::string {
    std::signal(SIGSEGV, SIG_DFL); // a sanitizer would catch it
    (void)raise(SIGSEGV);
    return "";
  });
  start(2, []() -> std::string {
    for (volatile uint64_t i = 0;; i = i + 1)
      ;
  });
  start(3, []() -> std::string { _exit(3); });
  start(4, [] { return std::string("fine"); });
  pool.finish();
  EXPECT_EQ(said[0], "said " + std::string(100000, 'x'));
  EXPECT_EQ(said[1].substr(0, 8), "crashed:") << said[1];
  EXPECT_NE(said[2].find("of computing"), std::string::npos) << said[2];
  EXPECT_EQ(said[3], "ended with status 3");
  EXPECT_EQ(said[4], "said fine");
}

TEST(Fuzzer, WhatEndsWhileAnotherIsLookedAtIsNotLate) {
  int go[2];
  ASSERT_EQ(pipe(go), 0);
  const auto late = std::chrono::steady_clock::now() + std::chrono::milliseconds(3500);
  std::string patient, hangs;
  fuzz::Pool pool(3, {2048, 60, 3});
  pool.start(
      [go] {
        char got = 0;
        (void)!read(go[0], &got, 1);
        return std::string(1, got);
      },
      [&](const fuzz::Ended &ended) { patient = ended.problem + "said " + ended.text; });
  pool.start(
      []() -> std::string {
        pause();
        return "";
      },
      [&](const fuzz::Ended &ended) { hangs = ended.problem; });
  pool.start([] { return std::string(); },
             [&](const fuzz::Ended &) { // takes long, as making a case small does; the first ends meanwhile
               EXPECT_EQ(write(go[1], "x", 1), 1);
               siginfo_t info;
               EXPECT_EQ(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
               std::this_thread::sleep_until(late);
             });
  pool.finish();
  close(go[0]);
  close(go[1]);
  EXPECT_EQ(patient, "said x");
  EXPECT_EQ(hangs, "did not end within 3 s");
}

} // namespace
