//===- SplitProducts.cpp - Products with concatenations -------------------===//
#include "Contract.h"
#include "cortex/Dialect/RA/Transforms/Passes.h"
#include "cortex/Dialect/RA/Transforms/Stages.h"
#include "cortex/Support/PassCount.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace cortex::ra {
#define GEN_PASS_DEF_SPLITPRODUCTS
#include "cortex/Dialect/RA/Transforms/Passes.h.inc"
} // namespace cortex::ra

using namespace mlir;
using namespace cortex::ra;

namespace {

/// contract(W, concat(a, b)) = contract(W[.., b's part], b, outs = contract(W[.., a's part], a)).
struct SplitConcat : public OpRewritePattern<linalg::ContractOp> {
  SplitConcat(MLIRContext *context, cortex::PassCount &count) : OpRewritePattern(context), count(count) {}

  LogicalResult matchAndRewrite(linalg::ContractOp op, PatternRewriter &rewriter) const override {
    for (unsigned side : {0u, 1u})
      if (auto concat = op.getInputs()[side].getDefiningOp<tensor::ConcatOp>())
        if (succeeded(split(op, side, concat, rewriter)))
          return success();
    return rewriter.notifyMatchFailure(op, "no operand is a concatenation that can be split");
  }

private:
  LogicalResult split(linalg::ContractOp op, unsigned side, tensor::ConcatOp concat, PatternRewriter &rewriter) const {
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    unsigned loopDim = maps[side].getDimPosition(concat.getDim());
    if (getOperandDim(maps[2], loopDim))
      return rewriter.notifyMatchFailure(op, "the concatenated dimension is one of the result");
    Value other = op.getInputs()[1 - side];
    if (!isConstantStage(other))
      return rewriter.notifyMatchFailure(op, "the other operand is not made of parameters only");
    std::optional<unsigned> otherDim = getOperandDim(maps[1 - side], loopDim);

    Value result = op.getOutputs()[0];
    int64_t offset = 0;
    for (Value part : concat.getInputs()) {
      int64_t size = cast<RankedTensorType>(part.getType()).getDimSize(concat.getDim());
      SmallVector<Value> inputs(op.getInputs());
      inputs[side] = part;
      if (otherDim)
        inputs[1 - side] = createSlice(rewriter, op.getLoc(), other, *otherDim, offset, size);
      result = createContract(rewriter, op.getLoc(), inputs, result, maps);
      offset += size;
    }
    rewriter.replaceOp(op, result);
    ++count;
    return success();
  }

  cortex::PassCount &count;
};

struct SplitProducts : public cortex::ra::impl::SplitProductsBase<SplitProducts> {
  void runOnOperation() override {
    cortex::PassCount split(getOperation(), getArgument(), "products split");
    RewritePatternSet patterns(&getContext());
    patterns.add<SplitConcat>(&getContext(), split);
    GreedyRewriteConfig config;
    config.enableFolding(false).enableConstantCSE(false);
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      signalPassFailure();
  }
};

} // namespace
