//===- ZooTest.cpp - The models of the zoo --------------------------------===//
#include "models/Zoo.h"
#include "cortex/Builder/BuilderIR.h"
#include "cortex/Dialect/RA/IR/RA.h"

#include "mlir/Parser/Parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace cortex;
using testing::ElementsAre;

namespace {

/// "name: type" of every op of this kind.
template <typename Op> std::vector<std::string> declared(mlir::ModuleOp module) {
  std::vector<std::string> result;
  module.walk([&](Op op) {
    std::string text;
    llvm::raw_string_ostream os(text);
    os << op.getSymName() << ": " << op.getType();
    result.push_back(text);
  });
  return result;
}

struct Built {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

std::unique_ptr<Built> build(const std::string &name, const std::map<std::string, int64_t> &values) {
  auto built = std::make_unique<Built>();
  std::string error;
  std::optional<build::Model> m = zoo::buildModel(name, values, error);
  if (m)
    built->module = build::buildModule(*m, built->context, error);
  EXPECT_TRUE(built->module) << name << ": " << error;
  return built->module ? std::move(built) : nullptr;
}

TEST(Zoo, HasTheModels) {
  std::vector<std::string> names;
  names.reserve(zoo::entries().size());
  for (const zoo::Entry &e : zoo::entries()) {
    names.push_back(e.name);
    EXPECT_FALSE(e.description.empty());
    EXPECT_EQ(zoo::find(e.name), &e);
  }
  EXPECT_THAT(names, ElementsAre("TreeRNN", "TreeFC", "TreeLSTM", "NaryTreeLSTM", "TreeGRU", "SimpleTreeGRU", "MVRNN",
                                 "RNTN", "DAGRNN", "Terms", "LSTM", "GRU", "PlanConv", "UpDown"));
  EXPECT_EQ(zoo::find("treelstm"), nullptr);
}

/// All sizes of a model set to one small number, with and without a readout, in both float types.
class ZooSizes : public testing::TestWithParam<std::tuple<int64_t, int64_t>> {};

TEST_P(ZooSizes, VerifyAndRoundTrip) {
  auto [size, classes] = GetParam();
  for (const zoo::Entry &e : zoo::entries()) {
    std::map<std::string, int64_t> values;
    for (const zoo::Parameter &p : e.parameters) {
      if (p.value >= 9)
        values[p.name] = size;
      if (p.name == "classes")
        values[p.name] = classes;
      if (p.name == "float")
        values[p.name] = classes ? 64 : 32;
    }
    std::string error;
    std::optional<build::Model> m = zoo::buildModel(e.name, values, error);
    ASSERT_TRUE(m) << error;
    ASSERT_TRUE(m->verify(error)) << e.name << ": " << error;
    EXPECT_EQ(m->name(), e.name);
    EXPECT_EQ(m->text().find("ra.output @logits") != std::string::npos, classes > 0) << e.name;
    mlir::MLIRContext context;
    build::loadModelDialects(context);
    auto module = mlir::parseSourceString<mlir::ModuleOp>(m->text(), &context);
    ASSERT_TRUE(module) << e.name;
    std::string again;
    llvm::raw_string_ostream os(again);
    (*module->getOps<ra::ModelOp>().begin())->print(os);
    EXPECT_EQ(again + "\n", m->text());
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, ZooSizes, testing::Combine(testing::Values(1, 7, 35, 64), testing::Values(0, 3)));

TEST(Zoo, DefaultsAreUsed) {
  for (const zoo::Entry &e : zoo::entries())
    EXPECT_TRUE(build(e.name, {})) << e.name;
}

/// The names and shapes of the trained model's weights file.
TEST(Zoo, TreeFCTakesThePublishedWeights) {
  auto m = build("TreeFC", {});
  ASSERT_TRUE(m);
  EXPECT_THAT(declared<ra::ParamOp>(*m->module),
              ElementsAre("embedding: tensor<1568x35xf32>", "composition.weight: tensor<70x35xf32>",
                          "composition.bias: tensor<35xf32>", "projection.weight: tensor<35x2xf32>",
                          "projection.bias: tensor<2xf32>"));
}

/// torch.nn.LSTM(5, 4, num_layers=2, bidirectional=True).state_dict().
TEST(Zoo, LSTMTakesPyTorchsWeights) {
  auto m = build("LSTM", {{"hidden", 4}, {"features", 5}, {"layers", 2}, {"directions", 2}, {"each", 1}});
  ASSERT_TRUE(m);
  EXPECT_THAT(declared<ra::ParamOp>(*m->module),
              ElementsAre("weight_ih_l0: tensor<16x5xf32>", "weight_hh_l0: tensor<16x4xf32>",
                          "bias_ih_l0: tensor<16xf32>", "bias_hh_l0: tensor<16xf32>",
                          "weight_ih_l0_reverse: tensor<16x5xf32>", "weight_hh_l0_reverse: tensor<16x4xf32>",
                          "bias_ih_l0_reverse: tensor<16xf32>", "bias_hh_l0_reverse: tensor<16xf32>",
                          "weight_ih_l1: tensor<16x8xf32>", "weight_hh_l1: tensor<16x4xf32>",
                          "bias_ih_l1: tensor<16xf32>", "bias_hh_l1: tensor<16xf32>",
                          "weight_ih_l1_reverse: tensor<16x8xf32>", "weight_hh_l1_reverse: tensor<16x4xf32>",
                          "bias_ih_l1_reverse: tensor<16xf32>", "bias_hh_l1_reverse: tensor<16xf32>"));
}

TEST(Zoo, GRUTakesPyTorchsWeights) {
  auto m = build("GRU", {{"hidden", 4}, {"features", 5}});
  ASSERT_TRUE(m);
  EXPECT_THAT(declared<ra::ParamOp>(*m->module),
              ElementsAre("weight_ih_l0: tensor<12x5xf32>", "weight_hh_l0: tensor<12x4xf32>",
                          "bias_ih_l0: tensor<12xf32>", "bias_hh_l0: tensor<12xf32>"));
}

/// Every weight that a model asks for has an influence: something in a body reads it.
TEST(Zoo, SequencesGiveOutputsWhereTheyAreAsked) {
  for (const char *name : {"LSTM", "GRU"})
    for (int64_t each : {0, 1})
      for (int64_t directions : {1, 2})
        for (int64_t classes : {0, 3}) {
          auto built = build(name, {{"each", each}, {"directions", directions}, {"classes", classes}});
          ASSERT_TRUE(built);
          built->module->walk([&](ra::OutputOp output) {
            EXPECT_EQ(output.getEffectivePlace(), each ? ra::Place::Nodes : ra::Place::Roots)
                << name << ", each=" << each << " directions=" << directions << " classes=" << classes;
          });
        }
}

TEST(Zoo, EveryParameterAndInputIsRead) {
  for (const zoo::Entry &e : zoo::entries()) {
    auto m = build(e.name, {});
    ASSERT_TRUE(m);
    std::set<std::string> read;
    m->module->walk([&](ra::ReadOp op) { read.insert(op.getName().getRootReference().str()); });
    m->module->walk([&](ra::ParamOp op) { EXPECT_EQ(read.count(op.getSymName().str()), 1U) << e.name; });
    m->module->walk([&](ra::InputOp op) { EXPECT_EQ(read.count(op.getSymName().str()), 1U) << e.name; });
  }
}

TEST(Zoo, Errors) {
  std::string error;
  EXPECT_FALSE(zoo::buildModel("TreeLSTN", {}, error));
  EXPECT_EQ(error, "no model 'TreeLSTN' in the zoo; it has: TreeRNN, TreeFC, TreeLSTM, NaryTreeLSTM, TreeGRU, "
                   "SimpleTreeGRU, MVRNN, RNTN, DAGRNN, Terms, LSTM, GRU, PlanConv, UpDown");
  EXPECT_FALSE(zoo::buildModel("TreeRNN", {{"hiden", 3}}, error));
  EXPECT_EQ(error, "model TreeRNN has no parameter 'hiden'; it has: hidden, vocab, classes, float");
  EXPECT_FALSE(zoo::buildModel("TreeRNN", {{"hidden", 0}}, error));
  EXPECT_EQ(error, "model TreeRNN: hidden is 0; it must be from 1 to 65536");
  EXPECT_FALSE(zoo::buildModel("TreeRNN", {{"float", 48}}, error));
  EXPECT_EQ(error, "model TreeRNN: float is 48; it must be 32 or 64");
  EXPECT_FALSE(zoo::buildModel("LSTM", {{"directions", 3}}, error));
  EXPECT_EQ(error, "model LSTM: directions is 3; it must be from 1 to 2");
}

} // namespace
