//===- AssignStages.cpp - Record the stages of a model's values -----------===//
#include "cortex/Dialect/RA/Transforms/Passes.h"
#include "cortex/Dialect/RA/Transforms/Stages.h"
#include "cortex/Support/PassCount.h"
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

/// Writes the stages of one model's values into its operations.
class StageRecorder {
public:
  StageRecorder(ModelOp model, StringRef pass, const StageAnalysis &analysis)
      : model(model), analysis(analysis), constant(model, pass, "operations at constant stage"),
        symbol(model, pass, "operations at symbol stage"), node(model, pass, "operations at node stage"),
        recursive(model, pass, "operations at recursive stage") {}

  void run() {
    model.walk([&](BodyOp body) {
      ValueStage summary = analysis.getStage(body);
      if (summary.stage <= Stage::Symbol)
        record(body, summary);
      else
        body->removeAttr(stageAttrName);
      annotate(body.getBody().front());
    });
  }

private:
  /// The regions of linalg operations are part of the operation: only those of
  /// ra.over hold values with stages of their own.
  void annotate(Block &block) {
    for (Operation &op : block.without_terminator()) {
      ValueStage stage = analysis.getStage(&op);
      record(&op, stage);
      ++countOf(stage.stage);
      if (auto over = dyn_cast<OverOp>(op))
        annotate(over.getBody().front());
    }
  }

  static void record(Operation *op, const ValueStage &stage) {
    op->setAttr(stageAttrName, StringAttr::get(op->getContext(), stage.str()));
  }

  cortex::PassCount &countOf(Stage stage) {
    switch (stage) {
    case Stage::Constant:
      return constant;
    case Stage::Symbol:
      return symbol;
    case Stage::Node:
      return node;
    case Stage::Recursive:
      return recursive;
    }
    llvm_unreachable("a stage that is none of the four");
  }

  ModelOp model;
  const StageAnalysis &analysis;
  cortex::PassCount constant, symbol, node, recursive;
};

struct AssignStages : public cortex::ra::impl::AssignStagesBase<AssignStages> {
  void runOnOperation() override {
    StageRecorder(getOperation(), getArgument(), getAnalysis<StageAnalysis>()).run();
    markAnalysesPreserved<StageAnalysis>();
  }
};

} // namespace
