//===- PrecisionTest.cpp - weights and operands in bf16, tiles of states --===//
//
// Weights in bf16 are widened exactly: a program has the bytes that one in f32 has
// on weights which were rounded before. So the only thing that can be wrong is what
// prepare rounds, and that is compared with the oracle's rounding, which is made
// another way. With operands in bf16, too, bounds are wide; so small products are
// also computed here, and compared bit by bit.
//===----------------------------------------------------------------------===//
#include "Execution.h"

#include <bit>
#include <cmath>

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

CompileOptions inBF16(const std::string &target) {
  CompileOptions options = with(Precision::BF16, target);
  options.schedule.compute = Precision::BF16;
  return options;
}

/// h[j, i] = Σ_k W[i, k] x[k, j]: each column of x is an operand of its own, whose terms do not lie beside each other
/// where there are several.
std::string productText(int64_t units, int64_t terms, int64_t columns) {
  const std::string w = "tensor<" + std::to_string(units) + "x" + std::to_string(terms) + "xf32>",
                    x = "tensor<" + std::to_string(terms) + "x" + std::to_string(columns) + "xf32>",
                    h = "tensor<" + std::to_string(columns) + "x" + std::to_string(units) + "xf32>";
  return "ra.model @M structure(tree) float(f32) {\n"
         "ra.type @node(0 to -1)\nra.input @x : " +
         x + "\nra.param @W : " + w + "\nra.sweep @up up states(@h : " + h +
         ") { ra.body {\n"
         "  %W = ra.read param @W : " +
         w + "\n  %x = ra.read self @x : " + x + "\n  %zero = arith.constant dense<0.0> : " + h +
         "\n  %h = linalg.contract indexing_maps = [affine_map<(j, i, k) -> (i, k)>, affine_map<(j, i, k) -> (k, j)>, "
         "affine_map<(j, i, k) -> (j, i)>] ins(%W, %x : " +
         w + ", " + x + ") outs(%zero : " + h + ") -> " + h + "\n  ra.yield %h : " + h + " } } }";
}

float nearestBF16(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  return std::bit_cast<float>((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000);
}

/// Terms in pairs, the later one first, each with one rounding.
float sumOfPairs(const std::vector<float> &w, const std::vector<float> &x) {
  float sum = 0;
  for (size_t k = 0; k < w.size(); k += 2) {
    if (k + 1 < w.size())
      sum = std::fma(w[k + 1], x[k + 1], sum);
    sum = std::fma(w[k], x[k], sum);
  }
  return sum;
}

/// The same bits on all targets, with dot-product instructions and without.
TEST_P(PrecisionTargets, OperandsInBF16AreRoundedOnceAndSummedInPairs) {
  if (!cli::orFail(TargetSpec::parse(GetParam())).runsHere())
    GTEST_SKIP() << "this CPU lacks the instructions";
  const std::vector<float> hard{0x1.01p0F, 0x1.03p0F, 0x1.010002p0F, 0x1.00fffep0F, -0x1.fffffep0F, 0x1.ffp3F, -0.0F};
  for (const auto &[units, terms, columns] :
       {std::tuple(19, 8, 1), std::tuple(19, 7, 1), std::tuple(5, 1, 1), std::tuple(33, 6, 3), std::tuple(17, 9, 2)}) {
    SCOPED_TRACE(testing::Message() << units << " units, " << terms << " terms, " << columns << " columns");
    const Source source = fromText(productText(units, terms, columns), "product");
    const Subject subject(*source.module, inBF16(GetParam()));
    const reference::Params params = reference::randomParams(subject.model(), kSeed);
    Given all = given(subject, params, {reference::Shape::Mixed, 3, 12}, kSeed);
    std::vector<float> &x = all.batch.find("x")->f32;
    std::copy_n(hard.begin(), std::min(hard.size(), x.size()), x.begin());
    const std::vector<Output> outputs = run(subject, params, all.batch);
    const auto *h = reinterpret_cast<const float *>(outputs.at(0).values.data());
    const std::vector<float> w = params.at("W").toFloats();
    size_t different = 0, exact = 0;
    for (size_t node = 0; node < all.batch.nodes(); ++node)
      for (int64_t j = 0; j < columns; ++j)
        for (int64_t i = 0; i < units; ++i) {
          std::vector<float> ws, xs, plain;
          for (int64_t k = 0; k < terms; ++k) {
            ws.push_back(nearestBF16(w[static_cast<size_t>(i * terms + k)]));
            plain.push_back(x[node * static_cast<size_t>(terms * columns) + static_cast<size_t>(k * columns + j)]);
            xs.push_back(nearestBF16(plain.back()));
          }
          const float expected = sumOfPairs(ws, xs), found = *h++;
          different += std::bit_cast<uint32_t>(expected) != std::bit_cast<uint32_t>(found);
          exact += sumOfPairs(ws, plain) == found;
        }
    EXPECT_EQ(different, 0U);
    EXPECT_LT(exact * 2, all.batch.nodes() * static_cast<size_t>(columns * units)) << "operands are not rounded";
  }
}

/// Within the bounds of f32 where the inputs are bf16 already; beyond them where they are not.
TEST(Precision, OperandsThatNeedNoRoundingLoseNothing) {
  const Source source = fromText(productText(21, 13, 1), "product");
  const Subject subject(*source.module, inBF16("host"));
  const reference::Params params = subject.stored(reference::randomParams(subject.model(), kSeed));
  Given all = given(subject, params, {reference::Shape::Mixed, 3, 12}, kSeed);
  auto passes = [&] {
    const std::vector<Output> outputs = run(subject, params, all.batch);
    reference::LocalReport report;
    std::string error;
    EXPECT_TRUE(reference::checkLocal(subject.model(), params, all.batch, subject.states(outputs), report, error));
    return report.passed;
  };
  EXPECT_FALSE(passes());
  for (float &value : all.batch.find("x")->f32)
    value = nearestBF16(value);
  EXPECT_TRUE(passes());
}

TEST_P(PrecisionTargets, ProductsOfBF16AgreeWithTheOracle) {
  if (!cli::orFail(TargetSpec::parse(GetParam())).runsHere())
    GTEST_SKIP() << "this CPU lacks the instructions";
  CheckSettings settings;
  settings.workers = {1, 3};
  for (const char *name : {"TreeLSTM", "MVRNN", "Terms"})
    expectCorrect(fromZoo(name, sizesOf(*zoo::find(name), 21)), kSeed, settings, inBF16(GetParam()));
}

/// A target's name, or a program in bf16, asks for the instruction; others run without it.
TEST(Precision, DotProductsAreForProgramsInBF16) {
  const Source source = fromZoo("TreeFC", {{"hidden", 32}, {"vocab", 4}, {"classes", 0}});
  auto compiled = [&](const CompileOptions &options) {
    mlir::ModuleOp module = *source.module;
    const mlir::OwningOpRef<mlir::ModuleOp> copy(module.clone());
    return cli::orFail(compileModel(*copy, options));
  };
  auto hasDots = [](const LLVMProgram &program) {
    return cli::orFail(program.assembly()).find("vdpbf16ps") != std::string::npos;
  };
  const bool here = cli::orFail(TargetSpec::parse("x86-64-v4-bf16")).runsHere();
  const LLVMProgram named = compiled(inBF16("x86-64-v4-bf16")), without = compiled(inBF16("x86-64-v4")),
                    host = compiled(inBF16("host")), f32 = compiled(with(Precision::F32)),
                    unused = compiled(with(Precision::BF16, "x86-64-v4-bf16"));
  EXPECT_TRUE(hasDots(named));
  EXPECT_EQ(named.manifest().level, TargetLevel::X86_64_V4_BF16);
  EXPECT_FALSE(hasDots(without));
  EXPECT_EQ(without.manifest().level, TargetLevel::X86_64_V4);
  EXPECT_EQ(hasDots(host), here);
  EXPECT_EQ(host.manifest().level == TargetLevel::X86_64_V4_BF16, here);
  EXPECT_FALSE(hasDots(f32));
  EXPECT_LE(f32.manifest().level, TargetLevel::X86_64_V4);
  EXPECT_FALSE(hasDots(unused));
}

INSTANTIATE_TEST_SUITE_P(Levels, PrecisionTargets,
                         testing::Values("x86-64", "x86-64-v3", "x86-64-v4", "x86-64-v4-bf16"), [](const auto &info) {
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
