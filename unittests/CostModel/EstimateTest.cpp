//===- EstimateTest.cpp - Floors against numbers counted by hand ----------===//
#include "cortex/CostModel/CostModel.h"

#include <gtest/gtest.h>

using namespace cortex;
using namespace cortex::cost;

/// 100 FLOPs and, by cache, 1000, 100, 10 and 1 bytes per nanosecond.
static Ceilings machine() {
  Ceilings c;
  c.gflops = 100;
  c.l1Gbps = 1000;
  c.l2Gbps = 100;
  c.l3Gbps = 10;
  c.memoryGbps = 1;
  c.l1Bytes = 1000;
  c.l2Bytes = 100'000;
  c.l3Bytes = 1'000'000;
  c.barrierUs = 0.5;
  return c;
}

/// A sweep over two levels of one type: 10 rows, then 1.
struct Fixture {
  Work work;
  Histogram histogram;

  Fixture(uint64_t flops, uint64_t weightBytes) {
    Sweep sweep;
    sweep.symbolTypes = {false};
    sweep.exchanges = 1;
    sweep.products = {{{0, Domain::Rows, 0}, flops, weightBytes, 0}};
    work.sweeps = {sweep};
    TypeCount many, one;
    many.rows = 10;
    one.rows = 1;
    histogram.sweeps = {{{many}, {one}}};
    histogram.structures = 4;
    histogram.rows = 11;
  }
};

TEST(Bandwidth, CountsAsHeldUpToThreeQuartersOfACache) {
  const Ceilings c = machine();
  EXPECT_EQ(c.bandwidth(750, 1500), 1000);
  EXPECT_EQ(c.bandwidth(751, 1502), 100);
  EXPECT_EQ(c.bandwidth(75'000, 150'000), 100);
  EXPECT_EQ(c.bandwidth(75'001, 150'002), 10);
  EXPECT_EQ(c.bandwidth(375'000, 750'000), 10);
  EXPECT_EQ(c.bandwidth(375'001, 750'002), 1) << "the last cache is shared";
}

TEST(Estimate, IsTheGreaterOfFlopsAndWeightsByLevel) {
  // 50,000 bytes in L2: 0.5 us a level. 10 rows: 10 * 10,000 FLOPs = 1 us; one row: 0.1 us.
  const Fixture f(10'000, 50'000);
  const Estimate e = estimate(f.work, f.histogram, machine(), 1, Partition::Units);
  EXPECT_DOUBLE_EQ(e.flopsUs, 1.0);
  EXPECT_DOUBLE_EQ(e.weightsUs, 0.5);
  EXPECT_DOUBLE_EQ(e.exchangesUs, 0);
  EXPECT_DOUBLE_EQ(e.us, 1.5);
  EXPECT_EQ(e.flops, 110'000U);
  EXPECT_EQ(e.levels, 2U);
}

TEST(Estimate, UnitsShareTheWeightsAndExchange) {
  // 100,000 bytes: one worker reads them from L3, each of two its half from L2.
  const Fixture f(10'000, 100'000);
  EXPECT_DOUBLE_EQ(estimate(f.work, f.histogram, machine(), 1, Partition::Units).us, 20.0);
  const Estimate two = estimate(f.work, f.histogram, machine(), 2, Partition::Units);
  EXPECT_DOUBLE_EQ(two.flopsUs + two.weightsUs, 1.0) << "0.5 us a level by either";
  EXPECT_DOUBLE_EQ(two.exchangesUs, 1.0);
}

TEST(Estimate, StructuresReadAllWeightsAndDoNotExchange) {
  const Fixture f(10'000, 50'000);
  const Estimate e = estimate(f.work, f.histogram, machine(), 2, Partition::Structures);
  EXPECT_DOUBLE_EQ(e.us, 1.0) << "0.5 us a level by the weights; the ten rows' FLOPs take as long";
  EXPECT_DOUBLE_EQ(e.exchangesUs, 0);
}

TEST(Estimate, StreamsBoundALevelWithoutProducts) {
  Fixture f(0, 0);
  f.work.sweeps[0].streams = {{{0, Domain::Rows, 0}, Memory::States, 100}, {{0, Domain::Rows, 0}, Memory::Tables, 100}};
  f.work.stateBytes = 100;       // 1,100 bytes in all: L2, 1 ns a row
  f.work.tableBytes = 1'000'000; // memory: 100 ns a row
  const Estimate e = estimate(f.work, f.histogram, machine(), 1, Partition::Units);
  EXPECT_DOUBLE_EQ(e.us, 11 * 0.101);
  EXPECT_DOUBLE_EQ(e.streamsUs, e.us);
}

TEST(Estimate, GroupsReadTheWeightsOfTheirRows) {
  Fixture f(0, 10'000);
  f.work.sweeps[0].products[0].groups = 3; // 30,000 bytes: L2. Ten rows meet all three, one row one.
  EXPECT_DOUBLE_EQ(estimate(f.work, f.histogram, machine(), 1, Partition::Units).us, 0.4);
}

TEST(Floor, TakesTheBestPartitionAndNumberOfWorkers) {
  const Fixture f(10'000, 50'000);
  EXPECT_EQ(floorOf(f.work, f.histogram, {machine()}).us, 1.5);
  const Estimate two = floorOf(f.work, f.histogram, {machine(), machine()});
  EXPECT_EQ(two.partition, Partition::Structures);
  EXPECT_EQ(two.us, 1.0);
  Fixture alone(10'000, 50'000);
  alone.histogram.structures = 1;
  EXPECT_EQ(floorOf(alone.work, alone.histogram, {machine(), machine()}).workers, 1U)
      << "two barriers cost more than a second worker brings";
}

TEST(CountLevels, OfATreeWithSymbolLeaves) {
  // 0: leaf; 1: leaf; 2: (0 1); 3: leaf; 4: (2 3)
  io::Batch batch;
  batch.node_offsets = {0, 5};
  batch.child_offsets = {0, 0, 0, 2, 2, 4};
  batch.children = {0, 1, 2, 3};
  std::vector<TypeInfo> types(2);
  types[1].min_arity = types[1].max_arity = 2;
  Work work;
  work.types = 2;
  Sweep up;
  up.symbolTypes = {true, false};
  Sweep all;
  all.order = OrderKind::Structures;
  all.symbolTypes = {false, false};
  work.sweeps = {up, all};
  const Histogram h = countLevels(work, batch, types, 0, 1);
  EXPECT_EQ(h.rows, 2U);
  EXPECT_EQ(h.structures, 1U);
  ASSERT_EQ(h.sweeps[0].size(), 3U);
  EXPECT_EQ(h.sweeps[0][0][0].rows, 0U) << "a leaf needs no work";
  EXPECT_EQ(h.sweeps[0][1][1].at(Domain::Rows, 0), 1U);
  EXPECT_EQ(h.sweeps[0][1][1].at(Domain::RowsWithInner, 0), 0U);
  EXPECT_EQ(h.sweeps[0][1][1].at(Domain::Symbols, 0), 2U);
  EXPECT_EQ(h.sweeps[0][2][1].at(Domain::RowsWithInner, 0), 1U);
  EXPECT_EQ(h.sweeps[0][2][1].at(Domain::InnerAt, 0), 1U);
  EXPECT_EQ(h.sweeps[0][2][1].at(Domain::SymbolAt, 1), 1U);
  EXPECT_EQ(h.sweeps[0][2][1].at(Domain::InnerAt, 1), 0U);
  EXPECT_EQ(h.sweeps[1][0][0].at(Domain::Rows, 0), 1U);
  EXPECT_EQ(h.sweeps[1][0][0].at(Domain::Nodes, 0), 5U);
  const Histogram tenfold = repeated(h, 10);
  EXPECT_EQ(tenfold.structures, 10U);
  EXPECT_EQ(tenfold.sweeps[0][2][1].at(Domain::SymbolAt, 1), 10U);
}

TEST(CountLevels, RootsAreThoseThatTheCallerNames) {
  io::Batch batch; // 0: leaf; 1: (0); 2: (1)
  batch.node_offsets = {0, 3};
  batch.child_offsets = {0, 0, 1, 2};
  batch.children = {0, 1};
  Work work;
  work.types = 1;
  work.sweeps.resize(1);
  work.sweeps[0].order = OrderKind::Roots;
  work.sweeps[0].symbolTypes = {false};
  const std::vector<TypeInfo> types(1, {"node", 0, TypeInfo::kAnyArity});
  EXPECT_EQ(countLevels(work, batch, types, 0, 1).sweeps[0][0][0].rows, 1U);
  batch.root_offsets = {0, 3};
  batch.roots = {1, 2, 1};
  EXPECT_EQ(countLevels(work, batch, types, 0, 1).sweeps[0][0][0].rows, 3U);
}
