//===- ChooseTest.cpp - Programs as they are scheduled, and the choice ----===//
#include "ModelSource.h"

#include "cortex/CostModel/CountProgram.h"
#include "cortex/IO/Files.h"

#include <gtest/gtest.h>

using namespace cortex;
using namespace cortex::cost;

namespace {

/// A program of a model, and its work.
struct Lowered {
  std::unique_ptr<mlir::MLIRContext> context = cli::makeContext();
  mlir::OwningOpRef<mlir::ModuleOp> module;
  Manifest manifest;
  Work work;

  explicit Lowered(const cli::ModelOptions &model, const std::string &schedule = "")
      : module(cli::loadModel(model, *context)) {
    CompileOptions options = cli::compileOptions({"x86-64-v4", {schedule}, ""});
    manifest = cli::orFail(lowerModel(*module, options, CutPoint::ILIR));
    work = countProgram(*module->getOps<ilir::ProgramOp>().begin());
  }
};

std::string dagLstm() {
  return CORTEX_SOURCE_DIR "/integration_test/Execution/models/dag_lstm.mlir";
}

/// Four layers of ten nodes; each node of a layer has `degree` of the layer before as children.
io::Batch layers(int32_t degree) {
  constexpr int32_t kWidth = 10, kLayers = 4;
  io::Batch batch;
  batch.node_offsets = {0, kWidth * kLayers};
  batch.child_offsets = {0};
  for (int32_t node = 0; node < kWidth * kLayers; ++node) {
    for (int32_t i = 0; i < degree && node >= kWidth; ++i)
      batch.children.push_back((node / kWidth - 1) * kWidth + (node + i) % kWidth);
    batch.child_offsets.push_back(static_cast<int32_t>(batch.children.size()));
  }
  return batch;
}

ScheduleChoice choose(const cli::ModelOptions &model, const std::string &schedule, std::vector<io::Batch> sample) {
  const std::unique_ptr<mlir::MLIRContext> context = cli::makeContext();
  const mlir::OwningOpRef<mlir::ModuleOp> module = cli::loadModel(model, *context);
  CompileOptions options = cli::compileOptions({"x86-64-v4", {schedule}, ""});
  options.sample = std::move(sample);
  return cli::orFail(chooseSchedule(*module, options));
}

} // namespace

//===----------------------------------------------------------------------===//
// Counting
//===----------------------------------------------------------------------===//

/// FLOPs of all batches by what the program counts, and by the numbers that its manifest gives the runtime.
TEST(CountProgram, FlopsAreThoseThatRunsCount) {
  for (const char *schedule : {"refactor=off", "refactor=product_at_child", "refactor=off hoist=off"}) {
    const Lowered lowered({dagLstm(), {}}, schedule);
    for (const int32_t degree : {1, 3}) {
      const io::Batch batch = layers(degree);
      const Histogram h = countLevels(lowered.work, batch, lowered.manifest.types, 0, 1);
      const auto edges = static_cast<uint64_t>(batch.children.size());
      uint64_t expected = 0;
      for (const WorkInfo &work : lowered.manifest.work)
        expected += work.flops_per_row * batch.nodes() + work.flops_per_edge[cortex::abi::kChildren] * edges;
      EXPECT_EQ(estimate(lowered.work, h, Ceilings::assumed(100, 1), 1, Partition::Units).flops, expected) << schedule;
    }
  }
}

TEST(CountProgram, KindsOfRowsOfATree) {
  const Lowered lowered({"TreeLSTM", {"hidden=64", "vocab=100", "embed=16"}});
  const auto types = static_cast<uint32_t>(lowered.manifest.types.size());
  ASSERT_EQ(lowered.work.sweeps.size(), 1U);
  const Sweep &up = lowered.work.sweeps[0];
  EXPECT_EQ(up.exchanges, 1U);
  EXPECT_EQ(up.symbolTypes, (std::vector<bool>{true, false}));
  uint64_t ofSum = 0, ofChildren = 0;
  for (const Product &product : up.products) {
    EXPECT_EQ(product.where.type, classOf(types, 1, 1)) << "only nodes with an inner child have products";
    (product.where.domain == Domain::Rows ? ofSum : ofChildren) += product.flops;
  }
  EXPECT_EQ(ofSum, 2 * 3 * 64 * 64U);
  EXPECT_EQ(ofChildren, 2 * 64 * 64U);
  EXPECT_EQ(lowered.work.stateBytes, 512U);
  EXPECT_EQ(lowered.work.tableBytes, 100 * 5 * 64 * 4U);
}

TEST(CountProgram, WholeNestsAreEverybodysWork) {
  const Lowered lowered({dagLstm(), {}}, "refactor=product_at_child");
  const Sweep &up = lowered.work.sweeps.back();
  EXPECT_TRUE(std::any_of(up.elementwise.begin(), up.elementwise.end(), [](const Elementwise &e) { return e.whole; }));
  const Histogram h = countLevels(lowered.work, layers(3), lowered.manifest.types, 0, 1);
  const Ceilings ceilings = Ceilings::assumed(100, 2);
  const Estimate one = estimate(lowered.work, h, ceilings, 1, Partition::Units),
                 units = estimate(lowered.work, h, ceilings, 2, Partition::Units),
                 structures = estimate(lowered.work, h, ceilings, 2, Partition::Structures);
  EXPECT_GT(units.elementwiseUs, 0.6 * one.elementwiseUs);
  EXPECT_DOUBLE_EQ(structures.elementwiseUs, 0.5 * one.elementwiseUs);
  EXPECT_EQ(units.flops, one.flops) << "products are shared out";
}

TEST(CountLevels, RowsStandInTheirKindToo) {
  Work work;
  work.types = 1;
  work.sweeps.push_back({"up", OrderKind::Up, {false}, 0, {}, {}, {}});
  const Histogram h = countLevels(work, layers(2), {TypeInfo{"node", 0, TypeInfo::kAnyArity}}, 0, 1);
  const std::vector<Level> &levels = h.sweeps[0];
  ASSERT_EQ(levels.size(), 4U);
  EXPECT_EQ(levels[0][classOf(1, 0, 0)].rows, 10U);
  EXPECT_EQ(levels[0][classOf(1, 0, 1)].rows, 0U);
  EXPECT_EQ(levels[1][classOf(1, 0, 0)].rows, 0U);
  EXPECT_EQ(levels[1][classOf(1, 0, 1)].inner, 20U);
  EXPECT_EQ(levels[1][classOfAll(1)].rows, 10U);
}

//===----------------------------------------------------------------------===//
// Choosing
//===----------------------------------------------------------------------===//

TEST(ChooseSchedule, ProductsAtTheChildWhereNodesHaveManyParents) {
  // Counted for two workers, each of which computes the cell of all rows: it pays from three to four children on.
  for (const auto &[degree, expected] :
       {std::pair(1, Refactoring::Off), std::pair(2, Refactoring::Off), std::pair(4, Refactoring::ProductAtChild),
        std::pair(8, Refactoring::ProductAtChild)}) {
    const ScheduleChoice choice = choose({dagLstm(), {}}, "", {layers(degree)});
    EXPECT_EQ(choice.schedule.refactor, expected) << degree;
    EXPECT_FALSE(choice.schedule.refactor.isGiven());
    EXPECT_TRUE(choice.reasons.at("refactor").estimated);
    EXPECT_NE(choice.reasons.at("refactor").text.find("estimates for a batch of the sample"), std::string::npos);
  }
}

TEST(ChooseSchedule, IsTheSameEachTime) {
  const ScheduleChoice a = choose({dagLstm(), {}}, "", {}), b = choose({dagLstm(), {}}, "", {});
  EXPECT_EQ(printSchedule(a.schedule), printSchedule(b.schedule));
  EXPECT_EQ(a.reasons.at("refactor").text, b.reasons.at("refactor").text);
  EXPECT_EQ(a.schedule.refactor, Refactoring::Off) << "grids have two parents a node";
}

TEST(ChooseSchedule, LeavesAloneWhatIsGivenOrCannotPay) {
  EXPECT_FALSE(choose({dagLstm(), {}}, "refactor=off", {layers(8)}).reasons.contains("refactor"));
  EXPECT_EQ(choose({dagLstm(), {}}, "refactor=off", {layers(8)}).schedule.refactor, Refactoring::Off);
  const ScheduleReason tree = choose({"TreeLSTM", {"hidden=32", "vocab=10"}}, "", {}).reasons.at("refactor");
  EXPECT_FALSE(tree.estimated);
  EXPECT_EQ(tree.text, "a node has one parent, so that products at the child are as many");
  EXPECT_EQ(choose({"DAGRNN", {"hidden=32"}}, "", {}).reasons.at("refactor").text, "no product is computed per child");
  const ScheduleChoice terms = choose({"Terms", {}}, "", {});
  EXPECT_EQ(terms.schedule.refactor, Refactoring::Off);
  EXPECT_EQ(terms.reasons.at("refactor").text,
            "no estimate: how many nodes of type 'eq' are of which kind is not counted");
  EXPECT_FALSE(terms.reasons.at("refactor").estimated);
}

/// Two children by their places: each of a random DAG's 82 inner nodes computes two products of 24 by 24, or each of
/// its 100 nodes one.
TEST(ChooseSchedule, ChildrenByTheirPlaceCountToo) {
  const std::string gates = CORTEX_SOURCE_DIR "/integration_test/Execution/models/dag_gates.mlir";
  const ScheduleReason reason = choose({gates, {}}, "", {}).reasons.at("refactor");
  EXPECT_TRUE(reason.estimated);
  EXPECT_NE(reason.text.find("115,200 FLOPs; off"), std::string::npos) << reason.text;
  EXPECT_NE(reason.text.find("188,928 FLOPs (estimates for a random DAG of 100 nodes)"), std::string::npos)
      << reason.text;
}

TEST(ChooseSchedule, PinnedLeavesNothingToChoose) {
  const Schedule pinnedOne = pinned(choose({dagLstm(), {}}, "", {layers(8)}).schedule);
  for (const ScheduleKey &key : scheduleKeys())
    EXPECT_TRUE(key.isGiven(pinnedOne)) << key.name;
  EXPECT_EQ(pinnedOne.refactor, Refactoring::ProductAtChild);
}
