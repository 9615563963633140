#include "Testing.h"
#include "cortex/IO/Brackets.h"
#include "cortex/IO/JsonLines.h"
#include "cortex/IO/Safetensors.h"
#include "cortex/IO/Weights.h"

#include <cmath>
#include <sstream>

namespace cortex::io {
namespace {

constexpr uint32_t kWords = 1568, kUnits = 35;

std::string sample(const std::string &name) {
  return sourceFile("samples/" + name);
}

std::string textOf(const std::string &path) {
  std::string text, error;
  EXPECT_TRUE(readFile(path, text, error)) << error;
  return text;
}

Vocabulary vocabulary() {
  Vocabulary words;
  std::string error;
  EXPECT_TRUE(Vocabulary::read(sample("treefc/vocab.txt"), words, error)) << error;
  return words;
}

/// The parameters in the order of the array below.
std::vector<Tensor> weights() {
  const ParamInfo params[] = {{"embedding", DType::F32, {kWords, kUnits}},
                              {"composition.weight", DType::F32, {2 * kUnits, kUnits}},
                              {"composition.bias", DType::F32, {kUnits}},
                              {"projection.weight", DType::F32, {kUnits, 2}},
                              {"projection.bias", DType::F32, {2}}};
  TensorFile file;
  std::vector<Tensor> out;
  std::string error;
  EXPECT_TRUE(readSafetensors(sample("treefc/weights.safetensors"), file, error)) << error;
  EXPECT_TRUE(matchWeights(params, std::move(file.tensors), "weights.safetensors", out, error)) << error;
  return out;
}

TEST(SampleTest, WeightsHaveTheirValues) {
  const std::vector<Tensor> tensors = weights();
  ASSERT_EQ(tensors.size(), 5u);
  // Over the bit patterns, so that order and every bit count.
  std::vector<uint64_t> sums;
  for (const Tensor &tensor : tensors) {
    uint64_t sum = 0xcbf29ce484222325; // FNV-1a
    for (const uint8_t byte : tensor.bytes)
      sum = (sum ^ byte) * 0x100000001b3;
    sums.push_back(sum);
  }
  EXPECT_EQ(sums, (std::vector<uint64_t>{0xc63b874a319dfae0, 0x8b3c2dac700e9ab9, 0x2746eabcbbee33b2, 0xd358eb38bfc7d4bb,
                                         0x6234acfff2c7bea1}));
}

TEST(SampleTest, TreesGiveTheGoldenLogits) {
  Batch batch;
  std::string error;
  ASSERT_TRUE(readJsonLines(sample("treefc/test.jsonl"), binaryTrees(kWords), batch, nullptr, error)) << error;
  ASSERT_EQ(batch.structures(), 200u);
  const std::vector<Tensor> tensors = weights();
  ASSERT_EQ(tensors.size(), 5u);
  const auto embedding = valuesOf<float>(tensors[0]), w = valuesOf<float>(tensors[1]), b = valuesOf<float>(tensors[2]),
             u = valuesOf<float>(tensors[3]), c = valuesOf<float>(tensors[4]);
  std::istringstream logits(textOf(sample("treefc/test.logits.txt"))), labels(textOf(sample("treefc/test.labels.txt")));
  const std::vector<int32_t> &words = batch.find("word")->symbols;
  std::vector<double> h(batch.nodes() * kUnits);
  size_t right = 0;
  for (size_t s = 0; s < batch.structures(); ++s) {
    size_t node = batch.node_offsets[s];
    for (; node < static_cast<size_t>(batch.node_offsets[s + 1]); ++node)
      for (size_t j = 0; j < kUnits; ++j) {
        double sum = batch.arity(node) ? b[j] : embedding[words[node] * kUnits + j];
        for (int32_t k = 0; k < batch.arity(node); ++k)
          for (size_t i = 0; i < kUnits; ++i)
            sum += h[batch.children[batch.child_offsets[node] + k] * kUnits + i] * w[(k * kUnits + i) * kUnits + j];
        h[node * kUnits + j] = batch.arity(node) ? std::max(sum, 0.0) : sum;
      }
    double y[2] = {c[0], c[1]}, golden[2];
    for (size_t i = 0; i < kUnits; ++i)
      for (size_t j = 0; j < 2; ++j)
        y[j] += h[(node - 1) * kUnits + i] * u[i * 2 + j];
    int label = -1;
    ASSERT_TRUE(logits >> golden[0] >> golden[1] && labels >> label) << "structure " << s;
    EXPECT_NEAR(y[0], golden[0], 1e-7) << "structure " << s;
    EXPECT_NEAR(y[1], golden[1], 1e-7) << "structure " << s;
    right += (y[1] > y[0]) == label;
  }
  EXPECT_EQ(right, 163u);
}

TEST(SampleTest, SentencesAreTreesOfTheModel) {
  BracketTrees trees;
  Batch batch;
  std::string error;
  size_t unknown = 0;
  ASSERT_TRUE(readBrackets(sample("sentences.txt"), trees, error)) << error;
  ASSERT_TRUE(assignWords(trees, vocabulary(), binaryTrees(kWords), UnknownWords::MapToUnk, "", batch, &unknown, error))
      << error;
  EXPECT_EQ(batch.structures(), 8u);
  EXPECT_GT(unknown, 0u);
  EXPECT_LT(unknown, 10u);
}

TEST(SampleTest, TreesAreThoseOfTheSource) {
  CORTEX_SKIP_WITHOUT("treernn_sst/test.txt");
  BracketTrees trees;
  Batch batch;
  std::string error, lines, labels;
  ASSERT_TRUE(readBrackets(sharedData("treernn_sst/test.txt"), trees, error)) << error;
  ASSERT_TRUE(assignWords(trees, vocabulary(), binaryTrees(kWords), UnknownWords::MapToUnk, "", batch, nullptr, error))
      << error;
  for (size_t s = 0; s < batch.structures(); ++s) {
    lines += formatJsonLine(batch, binaryTrees(kWords), s) + "\n";
    labels += trees.labelOf(batch.node_offsets[s + 1] - 1) == "4" ? "1\n" : "0\n";
  }
  EXPECT_EQ(lines, textOf(sample("treefc/test.jsonl")));
  EXPECT_EQ(labels, textOf(sample("treefc/test.labels.txt")));
  for (const char *name : {"vocab.txt", "weights.safetensors", "test.logits.txt"})
    EXPECT_EQ(textOf(sharedData(std::string("treernn_sst/") + name)), textOf(sample(std::string("treefc/") + name)))
        << name;
}

} // namespace
} // namespace cortex::io
