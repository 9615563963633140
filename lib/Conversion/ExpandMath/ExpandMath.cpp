//===- ExpandMath.cpp - The pass cortex-expand-math -----------------------===//
#include "cortex/Conversion/ExpandMath.h"
#include "cortex/Conversion/Passes.h"
#include "cortex/Support/PassCount.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace cortex {
#define GEN_PASS_DEF_EXPANDMATH
#include "cortex/Conversion/Passes.h.inc"
} // namespace cortex

using namespace mlir;

namespace {

using Emit = Value (*)(OpBuilder &, Location, Value);

template <typename Op, Emit emit> struct Expand : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    Type element = getElementTypeOrSelf(op.getType());
    if (!element.isF32() && !element.isF64())
      return rewriter.notifyMatchFailure(op, "only f32 and f64 have expansions");
    rewriter.replaceOp(op, emit(rewriter, op.getLoc(), op.getOperand()));
    return success();
  }
};

template <typename Op> struct ExpandFMA : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    Value product = arith::MulFOp::create(rewriter, op.getLoc(), op->getOperand(0), op->getOperand(1));
    rewriter.replaceOpWithNewOp<arith::AddFOp>(op, product, op->getOperand(2));
    return success();
  }
};

/// LLVM lowers vector.fma to llvm.fmuladd, which it may fuse or not; math.fma is always fused.
struct FuseFMA : OpRewritePattern<vector::FMAOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(vector::FMAOp op, PatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<math::FmaOp>(op, op.getLhs(), op.getRhs(), op.getAcc());
    return success();
  }
};

struct ExpandMath : cortex::impl::ExpandMathBase<ExpandMath> {
  using ExpandMathBase::ExpandMathBase;

  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet functions(context), fuse(context), expandFMA(context);
    cortex::populateExpandMathPatterns(functions);
    fuse.add<FuseFMA>(context);
    cortex::populateExpandFMAPatterns(expandFMA);
    functionPatterns = FrozenRewritePatternSet(std::move(functions));
    fusePatterns = FrozenRewritePatternSet(std::move(fuse));
    expandFMAPatterns = FrozenRewritePatternSet(std::move(expandFMA));
    return success();
  }

  void runOnOperation() override {
    cortex::PassCount expanded(getOperation(), getArgument(), "functions expanded");
    getOperation()->walk([&](Operation *op) {
      if (isa<math::ExpOp, math::LogOp, math::TanhOp, math::ErfOp>(op))
        ++expanded;
    });
    walkAndApplyPatterns(getOperation(), functionPatterns);
    // Second, because the expansions are full of FMAs.
    walkAndApplyPatterns(getOperation(), fma ? fusePatterns : expandFMAPatterns);
    WalkResult result = getOperation()->walk([](Operation *op) {
      if (!isa<math::MathDialect>(op->getDialect()) ||
          isa<math::SqrtOp, math::AbsFOp, math::CopySignOp, math::FmaOp>(op))
        return WalkResult::advance();
      op->emitOpError("has no expansion: it would become a call of a math library");
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

  FrozenRewritePatternSet functionPatterns, fusePatterns, expandFMAPatterns;
};

} // namespace

void cortex::populateExpandMathPatterns(RewritePatternSet &patterns) {
  patterns.add<Expand<math::ExpOp, emitExp>, Expand<math::LogOp, emitLog>, Expand<math::TanhOp, emitTanh>,
               Expand<math::ErfOp, emitErf>>(patterns.getContext());
}

void cortex::populateExpandFMAPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandFMA<math::FmaOp>, ExpandFMA<vector::FMAOp>>(patterns.getContext());
}
