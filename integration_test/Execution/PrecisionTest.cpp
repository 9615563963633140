//===- PrecisionTest.cpp - weights=bf16, and tiles of products of states --===//
//
// Weights in bf16 are widened exactly: a program has the bytes that one in f32 has
// on weights which were rounded before. So the only thing that can be wrong is what
// prepare rounds, and that is compared with the oracle's rounding, which is made
// another way.
//===----------------------------------------------------------------------===//
#include "Execution.h"

using namespace cortex;
using namespace cortex::test;

namespace {

constexpr uint64_t kSeed = 77;

CompileOptions with(Precision weights, const std::string &target = "host") {
  CompileOptions options;
  options.target = cli::orFail(TargetSpec::parse(target));
  options.schedule.weights = weights;
  options.codegen.optLevel = 0;
  return options;
}

std::vector<Output> run(const Subject &subject, const reference::Params &params, const io::Batch &batch) {
  Session session = subject.session(subject.prepare(subject.inProcess(), params), 1);
  return subject.run(session, batch);
}

uint64_t packedBytes(const Subject &subject) {
  uint64_t bytes = 0;
  for (const BufferInfo &buffer : subject.manifest().buffers)
    if (buffer.name.starts_with("pack"))
      bytes += buffer.value_bytes * std::max<uint64_t>(buffer.count, 1);
  return bytes;
}

class PrecisionTargets : public testing::TestWithParam<const char *> {};

TEST_P(PrecisionTargets, WeightsInBF16AreRoundedOnceAndWidenedExactly) {
  if (!cli::orFail(TargetSpec::parse(GetParam())).runsHere())
    GTEST_SKIP() << "this CPU lacks the instructions";
  const Source source = fromZoo("TreeLSTM", {{"hidden", 19}, {"vocab", 7}, {"embed", 13}, {"classes", 0}});
  const Subject f32(*source.module, with(Precision::F32, GetParam()));
  const Subject bf16(*source.module, with(Precision::BF16, GetParam()));
  const reference::Params params = reference::randomParams(f32.model(), kSeed);
  const io::Batch batch = given(f32, params, {reference::Shape::Mixed, 5, 12}, kSeed).batch;

  // Fewer bytes; an odd number of terms takes one more.
  EXPECT_LT(packedBytes(bf16) * 10, packedBytes(f32) * 6);

  // Only the weights of products are rounded: not embeddings, not biases.
  reference::Params weights, rounded = params;
  for (const char *name : {"W", "U", "Uf"})
    weights[name] = params.at(name);
  reference::roundToBF16(weights);
  for (const auto &[name, tensor] : weights)
    rounded[name] = tensor;
  const std::vector<Output> outputs = run(bf16, params, batch);
  EXPECT_EQ(cli::firstDifference(outputs, run(f32, rounded, batch)), "");
  EXPECT_NE(cli::firstDifference(outputs, run(f32, params, batch)), "") << "nothing was rounded";
}

INSTANTIATE_TEST_SUITE_P(Levels, PrecisionTargets, testing::Values("x86-64", "x86-64-v3", "x86-64-v4"),
                         [](const auto &info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

/// What is hard to round: ties, carries into the exponent, denormals, overflow, and what is not finite.
TEST(Precision, HardCasesOfRounding) {
  const Source source = fromZoo("TreeFC", {{"hidden", 2}, {"vocab", 4}, {"classes", 0}});
  const Subject f32(*source.module, with(Precision::F32)), bf16(*source.module, with(Precision::BF16));
  reference::Params params = reference::randomParams(f32.model(), kSeed);
  const io::Batch batch = given(f32, params, {reference::Shape::RandomBinary, 3, 7}, kSeed).batch;
  const std::string weight = "composition.weight";
  for (const double hard : {0x1.01p0, 0x1.03p0, 0x1.010002p0, 0x1.00fffep0, -0x1.fffffep0, 0x1.ffp3, 0x1p-149,
                            0x1.8p-133, 0x1.01p-126, 0x1.fefffep127, -0.0}) {
    SCOPED_TRACE(hard);
    reference::Params rounded = params;
    for (double &value : params.at(weight).values)
      value = hard;
    reference::Params only{{weight, params.at(weight)}};
    reference::roundToBF16(only);
    rounded[weight] = only.at(weight);
    EXPECT_EQ(cli::firstDifference(run(bf16, params, batch), run(f32, rounded, batch)), "");
  }
}

/// Panels and rows that fill a tile, are left over, or are fewer than one, for one worker and for several.
TEST(Precision, TilesOfProductsOfStatesOfEverySize) {
  for (const int64_t hidden : {1, 15, 17, 33, 64, 80}) {
    SCOPED_TRACE("hidden " + std::to_string(hidden));
    CheckSettings settings;
    settings.artifact = false;
    settings.workers = {1, 2, 3, 7};
    settings.nodes = 9;
    settings.structures = 2;
    settings.mustShow = hidden > 1;
    expectCorrect(fromZoo("MVRNN", {{"hidden", hidden}, {"vocab", 5}}), kSeed, settings, with(Precision::F32));
  }
}

} // namespace
