//===- StagesTest.cpp - Stages as values ----------------------------------===//
#include "cortex/Dialect/RA/Transforms/Stages.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "gtest/gtest.h"

namespace cortex::ra {
namespace {

class ValueStageTest : public testing::Test {
protected:
  const ValueStage constant{Stage::Constant, {}}, word{Stage::Symbol, {"word"}}, pos{Stage::Symbol, {"pos"}},
      node{Stage::Node, {}}, recursive{Stage::Recursive, {}};
};

TEST_F(ValueStageTest, JoinTakesTheLaterStage) {
  EXPECT_EQ(ValueStage::join(constant, word), word);
  EXPECT_EQ(ValueStage::join(word, node), node);
  EXPECT_EQ(ValueStage::join(recursive, node), recursive);
  EXPECT_EQ(ValueStage::join(constant, constant), constant);
}

TEST_F(ValueStageTest, JoinOfSymbolsIsTheirSet) {
  ValueStage both{Stage::Symbol, {"pos", "word"}};
  EXPECT_EQ(ValueStage::join(word, pos), both);
  EXPECT_EQ(ValueStage::join(both, word), both);
  EXPECT_EQ(ValueStage::join(word, word), word);
  EXPECT_EQ(both.str(), "symbol:pos,word");
}

TEST_F(ValueStageTest, RecordedTextRoundTrips) {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> op = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  EXPECT_FALSE(getRecordedStage(*op));
  for (const ValueStage &stage : {constant, word, ValueStage::join(word, pos), node, recursive}) {
    op.get()->setAttr(stageAttrName, mlir::StringAttr::get(&context, stage.str()));
    EXPECT_EQ(getRecordedStage(*op), stage) << stage.str();
  }
  for (llvm::StringRef text : {"", "symbol", "symbol:", "nodes"}) {
    op.get()->setAttr(stageAttrName, mlir::StringAttr::get(&context, text));
    EXPECT_FALSE(getRecordedStage(*op)) << text.str();
  }
}

} // namespace
} // namespace cortex::ra
