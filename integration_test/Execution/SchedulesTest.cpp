//===- SchedulesTest.cpp - No schedule changes an answer ------------------===//
//
// Every value of every key on small models: the oracle agrees, and alone, in a
// batch and with any number of workers the bytes are the same. That a key did
// something is read from the program or from the run.
//===----------------------------------------------------------------------===//
#include "Execution.h"

using namespace cortex;
using namespace cortex::test;

namespace {

constexpr uint64_t kSeed = 41;

/// Code that is not optimized: quickly made, and the same bits.
CompileOptions quick() {
  CompileOptions options = hostOptions();
  options.codegen.optLevel = 0;
  return options;
}

Source small(const std::string &name) {
  return fromZoo(name, sizesOf(*zoo::find(name), 11));
}

/// Expects agreement with the oracle and the same bytes alone, in the batch and from two workers.
void expectRight(const Subject &subject) {
  const reference::Params params = subject.stored(reference::randomParams(subject.model(), kSeed));
  const Given all = given(subject, params, {reference::Shape::Mixed, 5, 9}, kSeed);
  const Model model = subject.prepare(subject.inProcess(), params);
  Session one = subject.session(model, 1), two = subject.session(model, 2);
  const std::vector<Output> outputs = subject.run(one, all.batch);
  EXPECT_TRUE(expectAgrees(subject, params, all, outputs, true)) << "the comparison says nothing";
  EXPECT_EQ(cli::firstDifference(outputs, subject.run(two, all.batch)), "") << "two workers";
  for (size_t s = 0; s < all.batch.structures(); ++s) {
    const io::Batch alone = all.batch.slice(s, s + 1);
    EXPECT_EQ(cli::firstDifference(all.batch, outputs, s, alone, subject.run(one, alone), 0), "")
        << "structure " << s << " alone";
  }
}

class Keys : public testing::TestWithParam<const char *> {};

TEST_P(Keys, EveryValueGivesTheAnswer) {
  const Source source = small(GetParam());
  size_t tried = 0;
  for (const ScheduleKey &key : scheduleKeys())
    for (const std::string &value : key.choices) {
      // Strips of many heights are in BitsTest.
      if (value == key.byDefault() || (key.name == "strip_rows" && value != "3"))
        continue;
      CompileOptions options = quick();
      std::string error;
      ASSERT_TRUE(setScheduleKey(options.schedule, key.name, value, error)) << error;
      if (Schedule whole = options.schedule; !settleSchedule(whole, error))
        continue;
      SCOPED_TRACE(key.name + "=" + value);
      expectRight(Subject(*source.module, options));
      ++tried;
    }
  EXPECT_GT(tried, scheduleKeys().size());
}

INSTANTIATE_TEST_SUITE_P(Zoo, Keys, testing::Values("TreeLSTM", "DAGRNN", "UpDown", "Terms"),
                         [](const auto &info) { return std::string(info.param); });

/// All keys for ablation at once.
TEST(Schedules, NothingOptimized) {
  CompileOptions options = quick();
  std::string error;
  ASSERT_TRUE(parseSchedule("specialize=off tables=off hoist=off fuse=none dense=node sum_first=off batching=none",
                            options.schedule, error))
      << error;
  for (const char *name : {"TreeLSTM", "DAGRNN"}) {
    const Source source = small(name);
    expectRight(Subject(*source.module, options));
  }
}

/// A run's statistics on five structures.
cortex_session_stats statsOf(const std::string &schedule) {
  const Source source = small("TreeLSTM");
  CompileOptions options = quick();
  std::string error;
  EXPECT_TRUE(parseSchedule(schedule, options.schedule, error)) << error;
  const Subject subject(*source.module, options);
  const reference::Params params = reference::randomParams(subject.model(), kSeed);
  const Given all = given(subject, params, {reference::Shape::Mixed, 5, 9}, kSeed);
  Session session = subject.session(subject.prepare(subject.inProcess(), params), 1);
  subject.run(session, all.batch);
  return session.stats();
}

TEST(Schedules, BatchingShowsInTheRun) {
  const cortex_session_stats batch = statsOf(""), structure = statsOf("batching=structure"),
                             none = statsOf("batching=none");
  EXPECT_EQ(batch.chunks, 1U);
  EXPECT_EQ(structure.chunks, 5U);
  EXPECT_GT(structure.levels, batch.levels);
  EXPECT_EQ(none.chunks, 1U);
  EXPECT_EQ(none.levels, batch.levels);
  EXPECT_GE(none.strips, none.rows);
  EXPECT_LT(batch.strips, batch.rows);
}

Subject compiled(const Source &source, const std::string &schedule) {
  CompileOptions options = quick();
  std::string error;
  EXPECT_TRUE(parseSchedule(schedule, options.schedule, error)) << error;
  return {*source.module, options};
}

/// FLOPs of products for each child, of all nodes' types together.
uint64_t flopsPerChild(const Subject &subject) {
  uint64_t flops = 0;
  for (const WorkInfo &work : subject.manifest().work)
    flops += work.flops_per_edge[cortex::abi::kChildren];
  return flops;
}

TEST(Schedules, ProductsAreDoneForNodesOrForChildren) {
  const Source source = small("TreeLSTM");
  const uint64_t gates = flopsPerChild(compiled(source, "leaf_products=off")); // the forget gates
  EXPECT_GT(gates, 0U);
  EXPECT_EQ(flopsPerChild(compiled(source, "leaf_products=off,sum_first=off")), 4 * gates);
  EXPECT_EQ(flopsPerChild(compiled(source, "leaf_products=off,refactor=product_at_child")), 0U);
}

/// FLOPs of packed products for each node, of all nodes' types together.
uint64_t flopsPerRow(const Subject &subject) {
  uint64_t flops = 0;
  for (const WorkInfo &work : subject.manifest().work)
    flops += work.flops_per_row;
  return flops;
}

TEST(Schedules, QuadraticFormsMultiplyEachPairOfPiecesOnce) {
  // x is both children's states, in four pieces: each has a product with itself and those after it, in the place of all
  // four. Tables of the words' products are over the budget.
  constexpr uint64_t kHidden = 20, kPiece = kHidden / 2;
  const Source source = fromZoo("RNTN", {{"hidden", kHidden}, {"vocab", 3000}, {"classes", 0}});
  const Subject folded = compiled(source, ""), whole = compiled(source, "quadratic=off");
  EXPECT_EQ(flopsPerRow(whole) - flopsPerRow(folded), 2 * kHidden * kPiece * kPiece * (3 + 2 + 1));
  expectRight(folded);
  expectRight(whole);
  // Half of the products are rows of tables; the other half continues their sums.
  expectRight(compiled(source, "tables=1000"));
}

TEST(Schedules, SweepsTogetherShareExchanges) {
  const std::string map = "affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (i)>";
  std::string text = "ra.model @Twice structure(tree) float(f32) {\n  ra.type @node(0 to *)\n"
                     "  ra.input @x : tensor<11xf32>\n  ra.param @U : tensor<11x11xf32>\n";
  for (const std::string sweep : {"a", "b"}) {
    text.append("  ra.sweep @").append(sweep).append(" up states(@h : tensor<11xf32>) { ra.body {\n");
    text += "    %x = ra.read self @x : tensor<11xf32>\n    %U = ra.read param @U : tensor<11x11xf32>\n"
            "    %s = ra.over children [sum] {\n      %k = ra.read there @";
    text.append(sweep).append("::@h : tensor<11xf32>\n      ra.yield %k : tensor<11xf32>\n    } : tensor<11xf32>\n");
    text.append("    %y = linalg.contract indexing_maps = [").append(map);
    text += "] ins(%U, %s : tensor<11x11xf32>, tensor<11xf32>) outs(%x : tensor<11xf32>) -> tensor<11xf32>\n"
            "    %h = math.tanh %y : tensor<11xf32>\n    ra.yield %h : tensor<11xf32>\n  } }\n";
  }
  text += "  ra.output @h = @b::@h\n}\n";
  const Source source = fromText(text, "twice.mlir");
  const Subject separate = compiled(source, ""), together = compiled(source, "sweeps=together");
  EXPECT_EQ(separate.manifest().exchanges_per_level, 2U);
  EXPECT_EQ(together.manifest().exchanges_per_level, 1U);
  expectRight(together);
}

TEST(Schedules, TemporariesByNodeTakeMoreMemory) {
  EXPECT_GT(statsOf("dense=node,strip_rows=1").scratch_bytes, statsOf("strip_rows=1").scratch_bytes);
}

} // namespace
