//===- RandomModelsTest.cpp - A slice of what cortex-fuzz does ------------===//
//
// Random models in random trials (tools/cortex-fuzz). A failure prints the
// seed: `cortex-fuzz --models 1 --seed N` repeats it, and makes it small.
//===----------------------------------------------------------------------===//
#include "Execution.h"
#include "FindFault.h"
#include "RandomModel.h"

using namespace cortex;
using namespace cortex::test;

namespace {

constexpr uint64_t kGroups = 10, kGroup = 10;
constexpr int64_t kCasesEach = 4;

class RandomModels : public testing::TestWithParam<uint64_t> {};

TEST_P(RandomModels, AgreeWithTheOracle) {
  fuzz::Agreement agreement;
  for (uint64_t round = 0; round < (full() ? 20 : 1); ++round)
    for (uint64_t i = 0; i < kGroup; ++i) {
      const uint64_t seed = (round * kGroups + GetParam()) * kGroup + i;
      const std::unique_ptr<mlir::MLIRContext> context = cli::makeContext();
      std::string error;
      const mlir::OwningOpRef<mlir::ModuleOp> module = fuzz::randomModel(seed, *context, error);
      ASSERT_TRUE(module) << error << "\nseed " << seed;
      const fuzz::Trial trial(seed, cli::modelIn(*module), kCasesEach);
      EXPECT_EQ(fuzz::findFault(*module, trial, nullptr, &agreement).what, "") << "seed " << seed;
    }
  // Comparisons must say something.
  EXPECT_LT(agreement.vacuous, agreement.cases);
  EXPECT_GT(agreement.endToEnd * 4, agreement.cases);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomModels, testing::Range<uint64_t>(0, kGroups));

} // namespace
