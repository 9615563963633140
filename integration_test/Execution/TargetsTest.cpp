//===- TargetsTest.cpp - Other instruction sets, no tables ----------------===//
#include "Execution.h"

using namespace cortex;
using namespace cortex::test;

namespace {

class Targets : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(Targets, AgreesWithTheOracle) {
  const auto &[name, target] = GetParam();
  CompileOptions options;
  options.target = cli::orFail(TargetSpec::parse(target));
  if (!options.target.runsHere())
    GTEST_SKIP() << "this CPU does not run " << target;
  CheckSettings settings;
  settings.workers = {1, 2};
  for (int64_t bits : {32, 64}) {
    SCOPED_TRACE(testing::Message() << bits << " bits");
    if (bits == 64 && !full() && name != "TreeLSTM" && name != "Terms")
      continue;
    std::map<std::string, int64_t> sizes = sizesOf(*zoo::find(name), 21);
    sizes["float"] = bits;
    expectCorrect(fromZoo(name, sizes), 41, settings, options);
  }
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const zoo::Entry &entry : zoo::entries())
    all.push_back(entry.name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Zoo, Targets,
                         testing::Combine(testing::ValuesIn(names()),
                                          testing::Values("x86-64", "x86-64-v3", "x86-64-v4")),
                         [](const auto &info) {
                           std::string name = std::get<0>(info.param) + "_" + std::get<1>(info.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

/// Each variant of one artifact agrees with the oracle, and gives the bytes of an artifact for its target alone.
TEST(Variants, AgreeWithTheOracleAndGiveTheBytesOfTheirOwn) {
  Source source = fromZoo("TreeLSTM", sizesOf(*zoo::find("TreeLSTM"), 21));
  std::vector<LLVMProgram> programs;
  const std::vector<TargetSpec> targets = cli::orFail(TargetSpec::parseList("x86-64-v3,x86-64,x86-64-v4"));
  for (const TargetSpec &target : targets) {
    CompileOptions options;
    options.target = target;
    const mlir::OwningOpRef<mlir::ModuleOp> lowered(source.module->clone());
    reference::exposeStates(cli::modelIn(*lowered));
    programs.push_back(cli::orFail(compileModel(*lowered, options)));
  }
  const std::vector<uint8_t> artifact = cli::orFail(buildArtifact(programs));
  std::string best;
  for (const TargetSpec &target : targets) {
    if (!target.runsHere())
      continue;
    SCOPED_TRACE(target.name);
    best = std::max(best, target.name);
    CompileOptions options;
    options.target = target;
    const Subject alone(*source.module, options);
    const reference::Params params = reference::randomParams(alone.model(), 43);
    const Program variant = Program::loadMemory(artifact.data(), artifact.size(), target.name);
    EXPECT_EQ(variant.info().level, target.name);
    Session session = alone.session(alone.prepare(variant, params), 2),
            own = alone.session(alone.prepare(alone.loadArtifact(), params), 2);
    const Given batch = given(alone, params, {reference::shapesOf(alone.model()).back(), 4, 14}, 43);
    const std::vector<Output> outputs = alone.run(session, batch.batch);
    EXPECT_TRUE(expectAgrees(alone, params, batch, outputs, true)) << "the comparison is vacuous";
    EXPECT_EQ(cli::firstDifference(outputs, alone.run(own, batch.batch)), "");
  }
  EXPECT_EQ(Program::loadMemory(artifact.data(), artifact.size()).info().level, best)
      << "the most capable was to be taken";
}

class Tables : public testing::TestWithParam<std::string> {};

/// Without a budget for tables what they would hold is computed at every row.
TEST_P(Tables, OffAgreesWithTheOracle) {
  CompileOptions options = hostOptions();
  options.schedule.tables = 0;
  CheckSettings settings;
  settings.workers = {1, 2};
  expectCorrect(fromZoo(GetParam(), sizesOf(*zoo::find(GetParam()), 21)), 42, settings, options);
}

INSTANTIATE_TEST_SUITE_P(Zoo, Tables, testing::ValuesIn(names()), [](const auto &info) { return info.param; });

} // namespace
