//===- StagesTest.cpp - Stages as values ----------------------------------===//
#include "cortex/Dialect/RA/Transforms/Stages.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "gtest/gtest.h"

namespace cortex::ra {
namespace {

const ValueStage kConstant{Stage::Constant, {}}, kWord{Stage::Symbol, {"word"}}, kPos{Stage::Symbol, {"pos"}},
    kNode{Stage::Node, {}}, kRecursive{Stage::Recursive, {}};

TEST(ValueStage, JoinTakesTheLaterStage) {
  EXPECT_EQ(ValueStage::join(kConstant, kWord), kWord);
  EXPECT_EQ(ValueStage::join(kWord, kNode), kNode);
  EXPECT_EQ(ValueStage::join(kRecursive, kNode), kRecursive);
  EXPECT_EQ(ValueStage::join(kConstant, kConstant), kConstant);
}

TEST(ValueStage, JoinOfSymbolsIsTheirSet) {
  ValueStage both{Stage::Symbol, {"pos", "word"}};
  EXPECT_EQ(ValueStage::join(kWord, kPos), both);
  EXPECT_EQ(ValueStage::join(both, kWord), both);
  EXPECT_EQ(ValueStage::join(kWord, kWord), kWord);
  EXPECT_EQ(both.str(), "symbol:pos,word");
}

TEST(ValueStage, RecordedTextRoundTrips) {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> op = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  EXPECT_FALSE(getRecordedStage(*op));
  for (const ValueStage &stage : {kConstant, kWord, ValueStage::join(kWord, kPos), kNode, kRecursive}) {
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
