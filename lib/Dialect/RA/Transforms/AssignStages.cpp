//===- AssignStages.cpp - Record the stages of a model's values -----------===//
#include "cortex/Dialect/RA/Transforms/Passes.h"
#include "cortex/Dialect/RA/Transforms/Stages.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace cortex::ra {
#define GEN_PASS_DEF_ASSIGNSTAGES
#include "cortex/Dialect/RA/Transforms/Passes.h.inc"
} // namespace cortex::ra

using namespace mlir;
using namespace cortex::ra;

namespace {

struct AssignStages : public cortex::ra::impl::AssignStagesBase<AssignStages> {
  void runOnOperation() override {
    auto &analysis = getAnalysis<StageAnalysis>();
    getOperation().walk([&](BodyOp body) {
      ValueStage summary = analysis.getStage(body);
      if (summary.stage <= Stage::Symbol)
        record(body, summary);
      else
        body->removeAttr(stageAttrName);
      annotate(body.getBody().front(), analysis);
    });
  }

private:
  /// The regions of linalg operations are part of the operation: only those of
  /// ra.over hold values with stages of their own.
  void annotate(Block &block, const StageAnalysis &analysis) {
    for (Operation &op : block.without_terminator()) {
      ValueStage stage = analysis.getStage(&op);
      record(&op, stage);
      count(stage.stage);
      if (auto over = dyn_cast<OverOp>(op))
        annotate(over.getBody().front(), analysis);
    }
  }

  void record(Operation *op, const ValueStage &stage) {
    op->setAttr(stageAttrName, StringAttr::get(&getContext(), stage.str()));
  }

  void count(Stage stage) {
    switch (stage) {
    case Stage::Constant:
      ++numConstant;
      break;
    case Stage::Symbol:
      ++numSymbol;
      break;
    case Stage::Node:
      ++numNode;
      break;
    case Stage::Recursive:
      ++numRecursive;
      break;
    }
  }
};

} // namespace
