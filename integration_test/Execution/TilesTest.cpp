//===- TilesTest.cpp - How products are walked does not change a bit ------===//
//
// Every sum of a product is one chain over k, whatever the tile it is in, the order
// of panels, what runs beside it, or the width of a register.
//===----------------------------------------------------------------------===//
#include "Execution.h"

using namespace cortex;
using namespace cortex::test;

namespace {

constexpr uint64_t kSeed = 53;

class ProductTiles : public testing::TestWithParam<const char *> {
protected:
  /// 70 units: four whole panels of 16 lanes, or eight of 8, and one of 6 units.
  ProductTiles() : source(fromZoo(GetParam(), sizesOf(*zoo::find(GetParam()), 70))) {}

  struct Compiled {
    Subject subject;
    reference::Params params;
    Given all;
    Model model;

    Compiled(const Source &source, const CompileOptions &options)
        : subject(*source.module, options), params(reference::randomParams(subject.model(), kSeed)),
          all(given(subject, params, {reference::Shape::Mixed, 11, 7}, kSeed)),
          model(subject.prepare(subject.inProcess(), params)) {}
    std::vector<Output> run(int64_t workers) {
      Session session = subject.session(model, workers);
      return subject.run(session, all.batch);
    }
  };

  Source source;
};

TEST_P(ProductTiles, GiveTheSameBytes) {
  CompileOptions options = hostOptions();
  options.codegen.optLevel = 0; // quickly made, and the same bits
  Compiled byDefault(source, options);
  const std::vector<Output> expected = byDefault.run(1);
  EXPECT_TRUE(expectAgrees(byDefault.subject, byDefault.params, byDefault.all, expected, true));
  EXPECT_EQ(cli::firstDifference(expected, byDefault.run(3)), "") << "three workers";
  for (const char *schedule : {"fuse=elementwise", "walk=forward", "tile_rows=1", "tile_rows=3,tile_panels=1",
                               "tile_rows=2,tile_panels=2", "tile_panels=4,walk=forward"}) {
    SCOPED_TRACE(schedule);
    CompileOptions other = options;
    std::string error;
    ASSERT_TRUE(parseSchedule(schedule, other.schedule, error)) << error;
    Compiled compiled(source, other);
    EXPECT_EQ(cli::firstDifference(expected, compiled.run(1)), "");
    EXPECT_EQ(cli::firstDifference(expected, compiled.run(2)), "") << "two workers";
  }
}

/// Sums over units are in as many parts as a register has lanes, so this is of models without them.
TEST_P(ProductTiles, OfAVX2AndAVX512GiveTheSameBytes) {
  CompileOptions wide;
  wide.target = cli::orFail(TargetSpec::parse("x86-64-v4"));
  if (!wide.target.runsHere())
    GTEST_SKIP() << "this CPU does not run x86-64-v4";
  CompileOptions narrow;
  narrow.target = cli::orFail(TargetSpec::parse("x86-64-v3"));
  EXPECT_EQ(cli::firstDifference(Compiled(source, wide).run(1), Compiled(source, narrow).run(1)), "");
}

INSTANTIATE_TEST_SUITE_P(Zoo, ProductTiles, testing::Values("TreeLSTM", "TreeFC", "DAGRNN", "GRU"),
                         [](const auto &info) { return std::string(info.param); });

} // namespace
