//===- RandomTest.cpp - Random models with interleaved workers ------------===//
//
// Models of the fuzzer, lowered by random schedules, on random structures.
// CORTEX_FULL=1 runs more of them, CORTEX_MINUTES=N as many as N minutes allow, from
// CORTEX_SEED on (scripts/torture.sh).
//===----------------------------------------------------------------------===//
#include "../Settings.h"
#include "Lowered.h"

#include "RandomModel.h"
#include "Trial.h"

#include <chrono>
#include <cstdlib>

namespace cortex::interleaved {
namespace {

int64_t setting(const char *name, int64_t otherwise) {
  const char *value = std::getenv(name);
  return value ? std::strtoll(value, nullptr, 10) : otherwise;
}

struct Totals {
  int64_t models = 0, batches = 0, close = 0;
};

/// The values are those of the oracle: within rounding in double from the inputs on, or node by node within what the
/// model's own precision, and operands in bf16, explain. An f32 model's constants were folded in f32; a recursion need
/// not contract; and a comparison of two values that are equal but for rounding may go either way.
void expectAgrees(const Lowered &lowered, const Given &given, const Lowered::Values &values, Totals &totals) {
  ++totals.batches;
  if (compare(lowered, given, values).max_rel_error <= 1e-9) {
    ++totals.close;
    return;
  }
  reference::LocalReport local;
  std::string error;
  reference::LocalOptions options;
  options.operands = lowered.operands();
  ASSERT_TRUE(
      reference::checkLocal(lowered.model(), given.params, given.batch, lowered.states(values), local, error, options))
      << error;
  EXPECT_TRUE(local.passed) << local.str();
}

/// One model and one way to lower it, on two batches; all of it follows from the seed.
void tryModel(uint64_t seed, mlir::MLIRContext &context, Totals &totals) {
  std::string error;
  const mlir::OwningOpRef<mlir::ModuleOp> module = fuzz::randomModel(seed, context, error);
  ASSERT_TRUE(module) << error;
  reference::Random random(seed);
  const Schedule schedule = fuzz::randomSchedule(random, cli::modelIn(*module));
  SCOPED_TRACE(printSchedule(schedule));
  const Lowered lowered(*module, schedule);
  for (uint64_t batch = 0; batch < 2; ++batch) {
    const reference::StructureOptions structures{reference::Shape::Mixed, 1 + random.below(5), 1 + random.below(12)};
    const Given given(lowered.model(), structures, seed + batch);
    const Lowered::Values values = expectSameForAll(lowered, given, {1, 2, 3, 5}, 2, seed + batch);
    if (testing::Test::HasFailure())
      return;
    expectAgrees(lowered, given, values, totals);
  }
  ++totals.models;
}

constexpr int64_t kShards = 4;

class RandomInterleaved : public testing::TestWithParam<int64_t> {};

TEST_P(RandomInterleaved, AgreesWithTheOracle) {
  const int64_t minutes = setting("CORTEX_MINUTES", 0);
  const int64_t count = minutes > 0 ? 1000000 : test::full() ? 150 : 40;
  const int64_t first = setting("CORTEX_SEED", 1) + GetParam() * count;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(minutes * 60 / kShards);
  Totals totals;
  for (int64_t i = 0; i < count && (minutes == 0 || std::chrono::steady_clock::now() < end); ++i) {
    SCOPED_TRACE(testing::Message() << "random model of seed " << first + i);
    const std::unique_ptr<mlir::MLIRContext> context = cli::makeContext();
    tryModel(static_cast<uint64_t>(first + i), *context, totals);
    if (HasFailure())
      return;
  }
  std::cout << totals.models << " models from seed " << first << ", " << totals.batches << " batches, " << totals.close
            << " of them within 1e-9 of the oracle from the inputs on, the others node by node\n";
  EXPECT_GE(totals.close * 2, totals.batches) << "too many comparisons say little";
}

INSTANTIATE_TEST_SUITE_P(Shards, RandomInterleaved, testing::Range(int64_t(0), kShards));

} // namespace
} // namespace cortex::interleaved
