//===- FuzzerTest.cpp - The fuzzer itself ---------------------------------===//
#include "Author.h"
#include "Coverage.h"
#include "Execution.h"
#include "Shrink.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <sstream>

using namespace cortex;
using namespace cortex::test;

namespace {

TEST(Fuzzer, WritesTheSameModelForASeed) {
  EXPECT_EQ(fuzz::Author(5).model().text(), fuzz::Author(5).model().text());
  EXPECT_NE(fuzz::Author(5).model().text(), fuzz::Author(6).model().text());
  EXPECT_EQ(fuzz::Trial(5).command("m.mlir"), fuzz::Trial(5).command("m.mlir"));
}

TEST(Fuzzer, CountsWhatAModelHas) {
  fuzz::Coverage coverage;
  const size_t cells = coverage.empty().size();
  const Source source = fromZoo("TreeLSTM", sizesOf(*zoo::find("TreeLSTM"), 7));
  coverage.add(*source.module, fuzz::Trial(1));
  const std::vector<std::string> left = coverage.empty();
  EXPECT_LT(left.size(), cells);
  auto isLeft = [&](const std::string &cell) { return std::find(left.begin(), left.end(), cell) != left.end(); };
  EXPECT_FALSE(isLeft("reduction over children: sum"));
  EXPECT_FALSE(isLeft("product: of edges"));
  EXPECT_FALSE(isLeft("operation: math.tanh"));
  EXPECT_TRUE(isLeft("operation: math.erf"));
  EXPECT_TRUE(isLeft("reduction over children: softmax"));
  std::ostringstream text;
  coverage.print(text);
  EXPECT_NE(text.str().find("math.tanh 1"), std::string::npos) << text.str();
}

/// A stand-in for a fault: the model holds an erf, and the batch three nodes or more.
TEST(Fuzzer, ShrinksToWhatFails) {
  auto holdsErf = [](mlir::ModuleOp module, const fuzz::Trial &trial) {
    bool found = false;
    module.walk([&](mlir::math::ErfOp) { found = true; });
    return found && trial.nodes >= 3;
  };
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Source source = fromBuilder(fuzz::Author(seed).model());
    fuzz::Trial trial(seed);
    trial.nodes = 17;
    if (!holdsErf(*source.module, trial))
      continue;
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    auto operations = [&] {
      size_t count = 0;
      source.module->walk([&](mlir::Operation *op) { count += op->getParentOfType<ra::BodyOp>() != nullptr; });
      return count;
    };
    const size_t before = operations();
    fuzz::shrink(source.module, trial, holdsErf);
    EXPECT_TRUE(holdsErf(*source.module, trial));
    EXPECT_LE(operations() * 2, before);
    EXPECT_EQ(trial.structures, 1);
    EXPECT_LE(trial.nodes, 4);
    // What is left is a model that can be read again and runs.
    std::string text;
    llvm::raw_string_ostream(text) << *source.module;
    const Source again = fromText(text, "shrunk");
    EXPECT_EQ(fuzz::findFault(*again.module, trial), "");
    return;
  }
  FAIL() << "no seed has an erf";
}

} // namespace
