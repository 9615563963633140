//===- ModelTest.cpp - Whole models: text, IR in another context ----------===//
#include "cortex/Builder/BuilderIR.h"
#include "cortex/Dialect/RA/IR/RA.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace cortex::build;
using testing::HasSubstr;

Model plainTreeLstm(int64_t hidden, int64_t vocab); // PlainUser.cpp

namespace {

TEST(Model, ACleanModelPrintsAsRa) {
  Model m("Tiny", cortex::StructureKind::Dag, cortex::DType::F64);
  Type node = m.type("node", 0, any), unit = m.type("unit", 1), few = m.type("few", 2, 5);
  Input x = m.input("x", {2}, {node, unit});
  SymbolInput kind = m.symbolInput("kind", cortex::Place::Structures, 3);
  Sweep s = m.sweep("s", Direction::Map);
  State y = s.state("y", {2}), z = s.state("z", {});
  auto body = [&](Body &b) {
    b.set(z, 1.0);
    b.set(y, 0.0); // in any order
  };
  for (const Type &t : {node, unit, few})
    s.body(t, body);
  m.param("late", {1, 2}); // declarations may follow sweeps
  m.output("out", y, cortex::Place::Nodes);
  std::string error;
  ASSERT_TRUE(m.verify(error)) << error;
  std::string text = m.text();
  EXPECT_EQ(text.substr(0, text.find("    ra.body")),
            "ra.model @Tiny structure(dag) float(f64) {\n"
            "  ra.type @node(0 to *)\n"
            "  ra.type @unit(1)\n"
            "  ra.type @few(2 to 5)\n"
            "  ra.input @x : tensor<2xf64> on @node, @unit\n"
            "  ra.input @kind at structures : !ra.symbol<3>\n"
            "  ra.param @late : tensor<1x2xf64>\n"
            "  ra.sweep @s map states(@y : tensor<2xf64>, @z : tensor<f64>) {\n");
  EXPECT_THAT(text, HasSubstr("ra.yield %cst_0, %cst : tensor<2xf64>, tensor<f64>"));
  EXPECT_TRUE(x.valid() && kind.valid());
}

TEST(Model, NamesThatNeedQuotes) {
  Model m("a model", cortex::StructureKind::Tree);
  m.type("leaf", 0);
  Param p = m.param("projection.weight", {2}), q = m.param("w/o limits", {2});
  Sweep s = m.sweep("the sweep", Direction::Map);
  State y = s.state("the state", {2});
  s.body([&](Body &b) { b.set(y, p + q); });
  m.output("the output", y);
  mlir::MLIRContext context;
  std::string error;
  mlir::OwningOpRef<mlir::ModuleOp> module = buildModule(m, context, error);
  ASSERT_TRUE(module) << error;
  EXPECT_THAT(m.text(), HasSubstr("@\"w/o limits\""));
}

TEST(Model, BuildsIntoTheCallersContext) {
  Model m = plainTreeLstm(7, 11);
  mlir::MLIRContext context;
  std::string error;
  mlir::OwningOpRef<mlir::ModuleOp> module = buildModule(m, context, error);
  ASSERT_TRUE(module) << error;
  EXPECT_TRUE(mlir::succeeded(mlir::verify(*module)));
  auto models = llvm::to_vector(module->getOps<cortex::ra::ModelOp>());
  ASSERT_EQ(models.size(), 1U);
  EXPECT_EQ(models[0].getSymName(), "TreeLSTM");
  // Operations remember the user's lines, for the messages of later passes.
  unsigned products = 0;
  models[0].walk([&](mlir::linalg::ContractOp op) {
    ++products;
    auto at = mlir::dyn_cast<mlir::FileLineColLoc>(op.getLoc());
    ASSERT_TRUE(at);
    EXPECT_EQ(at.getFilename(), "PlainUser.cpp");
    EXPECT_GT(at.getLine(), 20U);
  });
  EXPECT_EQ(products, 3U);
  // The model is unchanged and can be built again.
  EXPECT_TRUE(buildModule(m, context, error)) << error;
}

TEST(Model, TextRoundTrips) {
  Model m = plainTreeLstm(7, 11);
  mlir::MLIRContext context;
  loadModelDialects(context);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(m.text(), &context);
  ASSERT_TRUE(module);
  std::string again;
  llvm::raw_string_ostream os(again);
  (*module->getOps<cortex::ra::ModelOp>().begin())->print(os);
  EXPECT_EQ(again + "\n", m.text());
}

TEST(Model, AWrongModelBuildsNothing) {
  Model m("M", cortex::StructureKind::Tree);
  m.param("p", {0});
  mlir::MLIRContext context;
  std::string error;
  EXPECT_FALSE(buildModule(m, context, error));
  EXPECT_THAT(error, HasSubstr("parameter 'p': the shape (0) has a size below 1"));
}

} // namespace
