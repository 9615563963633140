//===- CountTest.cpp - The work of zoo models, counted by hand ------------===//
#include "ModelSource.h"

#include "cortex/CostModel/CountWork.h"
#include "cortex/IO/Brackets.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

using namespace cortex;
using namespace cortex::cost;

/// A zoo model's work.
struct Counted {
  std::unique_ptr<mlir::MLIRContext> context = cli::makeContext();
  mlir::OwningOpRef<mlir::ModuleOp> module;
  Work work;
  std::vector<TypeInfo> types;

  Counted(const std::string &model, const std::vector<std::string> &sizes, CountOptions options = {}) {
    module = cli::loadModel({model, sizes}, *context);
    work = countWork(cli::modelIn(*module), options);
    types = typesOf(cli::modelIn(*module));
  }
  /// The FLOPs of all products of a domain in a sweep, and their weights' bytes.
  std::pair<uint64_t, uint64_t> products(size_t sweep, Domain domain, uint32_t position = 0) const {
    std::pair<uint64_t, uint64_t> sum;
    for (const Product &p : work.sweeps[sweep].products)
      if (p.where.domain == domain && p.where.position == position) {
        sum.first += p.flops;
        sum.second += p.weightBytes;
      }
    return sum;
  }
};
using Amount = std::pair<uint64_t, uint64_t>;

TEST(CountWork, TreeLstmHasTablesOfLeafProducts) {
  const Counted c("TreeLSTM", {"hidden=256", "vocab=1000", "embed=300"});
  ASSERT_EQ(c.work.sweeps.size(), 1U);
  EXPECT_EQ(c.work.sweeps[0].order, OrderKind::Up);
  EXPECT_EQ(c.work.sweeps[0].symbolTypes, (std::vector<bool>{true, false}));
  EXPECT_EQ(c.work.sweeps[0].exchanges, 1U);
  EXPECT_EQ(c.products(0, Domain::RowsWithInner), (Amount{393'216, 786'432})) << "U of the sum";
  EXPECT_EQ(c.products(0, Domain::Inner), (Amount{131'072, 262'144})) << "Uf of each child";
  EXPECT_EQ(c.products(0, Domain::Rows), (Amount{0, 0}));
  EXPECT_EQ(c.products(0, Domain::Symbols), (Amount{0, 0}));
  EXPECT_EQ(c.work.stateBytes, 2048U);
}

TEST(CountWork, SmallWeightsAreFewerBytes) {
  CountOptions options;
  options.weightScale = 0.5;
  const Counted c("TreeLSTM", {"hidden=256", "vocab=1000", "embed=300"}, options);
  EXPECT_EQ(c.products(0, Domain::RowsWithInner), (Amount{393'216, 393'216}));
}

TEST(CountWork, WithoutABudgetTablesHoldStatesOnly) {
  CountOptions options;
  options.tableBudget = 0;
  const Counted c("TreeLSTM", {"hidden=256", "vocab=1000", "embed=300"}, options);
  EXPECT_EQ(c.products(0, Domain::Rows).first, 393'216U);
  EXPECT_EQ(c.products(0, Domain::Inner).first, 131'072U);
  EXPECT_EQ(c.products(0, Domain::Symbols), (Amount{131'072, 0})) << "the same weights as for inner children";
}

TEST(CountWork, TreeGruHasAProductThatIsNotLinear) {
  const Counted c("TreeGRU", {"hidden=256", "vocab=1000", "embed=300"});
  EXPECT_EQ(c.products(0, Domain::RowsWithInner).first, 2 * 131'072U) << "U_z and U_r of the sum";
  EXPECT_EQ(c.products(0, Domain::Rows).first, 131'072U) << "U_h of r * sum";
}

TEST(CountWork, NaryProductsGoByPosition) {
  const Counted c("NaryTreeLSTM", {"hidden=256", "vocab=1000", "embed=300"});
  for (uint32_t position : {0U, 1U})
    EXPECT_EQ(c.products(0, Domain::InnerAt, position), (Amount{5 * 131'072, 5 * 262'144}));
}

TEST(CountWork, QuadraticFormsMultiplyEachPairOfElementsOnce) {
  // V is 8 units of 16 x 16, of which 16 * 17 / 2 are left, W 8 x 16; half of the rows of either are for each child.
  const Counted rntn("RNTN", {"hidden=8", "vocab=100000"});
  const uint64_t weights = 8 * 16 * 17 / 2 + 8 * 16;
  EXPECT_EQ(rntn.products(0, Domain::InnerAt, 0), (Amount{weights, weights / 2 * 4}));
}

TEST(CountWork, LstmReadsItsInputBeforeTheSweep) {
  const Counted c("LSTM", {"hidden=256", "features=128"});
  ASSERT_EQ(c.work.sweeps.size(), 2U);
  EXPECT_EQ(c.work.sweeps[0].order, OrderKind::Map);
  EXPECT_EQ(c.products(0, Domain::Rows), (Amount{4 * 65'536, 4 * 131'072}));
  EXPECT_EQ(c.products(1, Domain::InnerAt), (Amount{4 * 131'072, 4 * 262'144}));
}

TEST(CountWork, ProductsOfStatesHaveNoWeights) {
  const Counted c("MVRNN", {"hidden=64", "vocab=100"});
  // [B a; A b]: two products of states; W of both: not linear.
  EXPECT_EQ(c.products(0, Domain::Rows), (Amount{2 * 8'192 + 16'384, 32'768}));
  EXPECT_EQ(c.products(0, Domain::InnerAt, 0), (Amount{524'288, 16'384})) << "W_M of the first child's matrix";
  EXPECT_EQ(c.products(0, Domain::InnerAt, 1), (Amount{524'288, 16'384}));
}

TEST(CountWork, WeightsBySymbolAreGroups) {
  const Counted c("Terms", {"hidden=64", "functions=300"});
  bool found = false;
  for (const Product &p : c.work.sweeps[0].products)
    if (p.groups) {
      found = true;
      EXPECT_EQ(p.groups, 300U);
      EXPECT_EQ(p.flops, 8'192U);
      EXPECT_EQ(p.weightBytes, 16'384U);
    }
  EXPECT_TRUE(found);
}

TEST(CountWork, SweepsOverStructuresReduceOverNodes) {
  const Counted c("PlanConv", {});
  uint64_t nodes = 0, flops = 0;
  for (size_t s = 0; s < c.work.sweeps.size(); ++s) {
    for (const Stream &stream : c.work.sweeps[s].streams)
      nodes += stream.where.domain == Domain::Nodes;
    flops += c.products(s, Domain::Rows).first;
  }
  EXPECT_GT(nodes, 0U);
  EXPECT_EQ(flops, 2U * 27 * 64 + 2U * 192 * 32);
}

/// The floors of child-sum TreeLSTM on the treebank, as another program counted them (118 GFLOP/s, L2 112 GB/s for
/// slices of up to 768 KiB, else L3 94 GB/s), in microseconds: with tables and without, one worker and two.
TEST(Floor, OfTreeLstmOnTheTreebank) {
  const char *named = std::getenv("CORTEX_DATA");
  const std::filesystem::path data = named ? named : CORTEX_SOURCE_DIR "/../shared/data";
  if (!std::filesystem::exists(data / "sst/dev.txt"))
    GTEST_SKIP() << "no treebank (CORTEX_DATA)";
  io::BracketTrees trees;
  std::string error;
  ASSERT_TRUE(io::readBrackets(data / "sst/dev.txt", trees, error)) << error;
  Ceilings c;
  c.gflops = 118;
  c.l1Gbps = 200;
  c.l2Gbps = 112;
  c.l3Gbps = 94;
  c.l2Bytes = 1 << 20;
  c.l3Bytes = uint64_t(1) << 40;
  const struct {
    const char *hidden;
    size_t batch;
    double tables[2], plain[2];
  } kFloors[] = {{"hidden=256", 1, {105.3, 46.0}, {134.5, 61.9}},
                 {"hidden=256", 10, {665, 330}, {1025, 510}},
                 {"hidden=512", 1, {421, 211}, {538, 269}},
                 {"hidden=512", 10, {2661, 1330}, {4100, 2050}}};
  for (const auto &expected : kFloors)
    for (bool tables : {false, true}) {
      CountOptions options;
      options.tableBudget = tables ? 100 : 0;
      const Counted counted("TreeLSTM", {expected.hidden, "vocab=5000"}, options);
      for (uint32_t workers : {1U, 2U}) {
        double sum = 0;
        size_t batches = 0;
        for (size_t first = 0; first + expected.batch <= trees.batch.structures(); first += expected.batch, ++batches)
          sum += estimate(counted.work,
                          countLevels(counted.work, trees.batch, counted.types, first, first + expected.batch), c,
                          workers, Partition::Units)
                     .us;
        const double floor = (tables ? expected.tables : expected.plain)[workers - 1];
        EXPECT_NEAR(sum / static_cast<double>(batches), floor, 0.015 * floor)
            << expected.hidden << ", " << expected.batch << " trees, " << workers << " workers, tables " << tables;
      }
    }
}
