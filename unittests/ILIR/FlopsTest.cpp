//===- FlopsTest.cpp - FLOPs said are FLOPs done --------------------------===//
//
// What the manifest (and so `cortex explain`, and a run's statistics) says of a
// program's products against the multiply-adds that an interpreted run executes.
//===----------------------------------------------------------------------===//
#include "Lowered.h"
#include "Zoo.h"

#include "RandomModel.h"
#include "Trial.h"

namespace cortex::interleaved {
namespace {

/// By the manifest, on these arrays.
int64_t flopsSaid(const Lowered &lowered, const Arrays &arrays) {
  const llvm::SmallVector<ilir::OrderOp> orders(ilir::ProgramOp(lowered.program()).getBody().getOps<ilir::OrderOp>());
  uint64_t flops = 0;
  for (const WorkInfo &work : lowered.manifest().work) {
    const Order &order = arrays.orders.at(ilir::OrderOp(orders[work.order]).getSymName().str());
    const EdgeList *const lists[] = {&order.children, &order.parents, &order.inner, &order.symbols};
    for (const Level &level : order.levels)
      for (const Strip &strip : level.strips) {
        if ((work.type != WorkInfo::kEveryType && work.type != strip.type) ||
            (work.kind != WorkInfo::kEveryKind && work.kind != strip.kind))
          continue;
        flops += static_cast<uint64_t>(strip.end - strip.begin) * work.flops_per_row;
        for (uint32_t a = 0; a < abi::kAdjacencies; ++a)
          if (work.flops_per_edge[a])
            flops += static_cast<uint64_t>(lists[a]->first[strip.end] - lists[a]->first[strip.begin]) *
                     work.flops_per_edge[a];
      }
  }
  return static_cast<int64_t>(flops);
}

/// Runs it with one worker. Returns the FLOPs.
int64_t expectSame(mlir::ModuleOp module, const Schedule &schedule, uint64_t seed) {
  SCOPED_TRACE(printSchedule(schedule));
  const Lowered lowered(module, schedule);
  const Given given(lowered.model(), {reference::Shape::Mixed, 3, 11}, seed);
  const Arrays none = lowered.arrays(io::Batch()), arrays = lowered.arrays(given.batch);
  Interpreter interpreter(lowered.program(), lowered.lanes(), given.params);
  interpreter.prepare(none, {1, seed});
  interpreter.run(given.batch, arrays, {1, seed});
  EXPECT_EQ(flopsSaid(lowered, arrays), 2 * interpreter.multiplyAdds());
  return 2 * interpreter.multiplyAdds();
}

class Flops : public testing::TestWithParam<zoo::Entry> {};

TEST_P(Flops, OfTheZoo) {
  const ZooModel model(GetParam(), 32);
  Schedule none;
  none.tables = 0;
  none.hoist = false;
  const int64_t flops = expectSame(*model.module, Schedule(), 3), naive = expectSame(*model.module, none, 3);
  EXPECT_LE(flops, naive) << "what tables hold is not computed again";
  EXPECT_EQ(naive == 0, GetParam().name == "TreeRNN") << "it has no products";
}

INSTANTIATE_TEST_SUITE_P(Zoo, Flops, testing::ValuesIn(zoo::entries()),
                         [](const auto &info) { return info.param.name; });

TEST(Flops, OfRandomModelsAndSchedules) {
  int64_t flops = 0;
  for (uint64_t seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE(testing::Message() << "random model of seed " << seed);
    const std::unique_ptr<mlir::MLIRContext> context = cli::makeContext();
    std::string error;
    const mlir::OwningOpRef<mlir::ModuleOp> module = fuzz::randomModel(seed, *context, error);
    ASSERT_TRUE(module) << error;
    reference::Random random(seed);
    flops += expectSame(*module, fuzz::randomSchedule(random, cli::modelIn(*module)), seed);
  }
  EXPECT_GT(flops, 0);
}

} // namespace
} // namespace cortex::interleaved
