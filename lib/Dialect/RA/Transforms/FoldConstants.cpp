//===- FoldConstants.cpp - Propagate known values through bodies ----------===//
//
// The operations' own folders do elementwise functions, reshapes and slices of
// constants; the patterns here are what they leave. All of them replace an
// operation by a constant or by one of its operands, so that nothing outside of
// the closed list of operations can appear. The driver's own folding is off: it
// would make constant masks, which are not on that list.
//
//===----------------------------------------------------------------------===//
#include "cortex/Dialect/RA/Transforms/Passes.h"
#include "cortex/Support/PassCount.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include <cmath>

namespace cortex::ra {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "cortex/Dialect/RA/Transforms/Passes.h.inc"
} // namespace cortex::ra

using namespace mlir;
using namespace cortex::ra;

namespace {

/// The one floating-point value that all elements of a constant have, if so.
std::optional<APFloat> getSplat(Value value) {
  DenseElementsAttr attr;
  if (!matchPattern(value, m_Constant(&attr)) || !attr.isSplat() || !isa<FloatType>(attr.getElementType()))
    return std::nullopt;
  return attr.getSplatValue<APFloat>();
}

/// `value` rounded to the number format of `like`.
APFloat roundTo(double value, const APFloat &like) {
  APFloat result(value);
  bool losesInfo = false;
  result.convert(like.getSemantics(), APFloat::rmNearestTiesToEven, &losesInfo);
  return result;
}

void replaceWithSplat(PatternRewriter &rewriter, Operation *op, const APFloat &value) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, DenseElementsAttr::get(type, value));
}

/// Whatever an operation's own folder can do.
struct FoldOperation : public RewritePattern {
  explicit FoldOperation(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}
  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!isa_and_present<BodyOp, OverOp>(op->getParentOp()) || op->hasTrait<OpTrait::ConstantLike>())
      return rewriter.notifyMatchFailure(op, "not an operation of a body");
    if (isa<arith::CmpFOp>(op))
      return rewriter.notifyMatchFailure(op, "a mask is folded with the selection that it is for");
    SmallVector<Attribute> operands(op->getNumOperands());
    for (auto [operand, constant] : llvm::zip(op->getOperands(), operands))
      matchPattern(operand, m_Constant(&constant));
    SmallVector<OpFoldResult> results;
    rewriter.startOpModification(op);
    if (failed(op->fold(operands, results))) {
      rewriter.cancelOpModification(op);
      return rewriter.notifyMatchFailure(op, "the operation's folder declines");
    }
    rewriter.finalizeOpModification(op);
    if (results.empty())
      return success();
    SmallVector<Value> values;
    for (auto [result, folded] : llvm::zip(op->getResults(), results)) {
      if (auto attr = dyn_cast<Attribute>(folded))
        values.push_back(arith::ConstantOp::create(rewriter, op->getLoc(), result.getType(), cast<TypedAttr>(attr)));
      else
        values.push_back(cast<Value>(folded));
    }
    rewriter.replaceOp(op, values);
    return success();
  }
};

/// A selection by a comparison of splats takes one side.
struct FoldSelect : public OpRewritePattern<arith::SelectOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::SelectOp op, PatternRewriter &rewriter) const override {
    auto mask = op.getCondition().getDefiningOp<arith::CmpFOp>();
    if (!mask)
      return rewriter.notifyMatchFailure(op, "the condition is not a comparison");
    std::optional<APFloat> lhs = getSplat(mask.getLhs()), rhs = getSplat(mask.getRhs());
    if (!lhs || !rhs)
      return rewriter.notifyMatchFailure(op, "what is compared is not known");
    bool holds = arith::applyCmpPredicate(mask.getPredicate(), *lhs, *rhs);
    rewriter.replaceOp(op, holds ? op.getTrueValue() : op.getFalseValue());
    return success();
  }
};

struct FoldSigmoid : public OpRewritePattern<SigmoidOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SigmoidOp op, PatternRewriter &rewriter) const override {
    DenseFPElementsAttr attr;
    if (!matchPattern(op.getOperand(), m_Constant(&attr)))
      return rewriter.notifyMatchFailure(op, "the operand is not constant");
    auto type = cast<RankedTensorType>(op.getType());
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, attr.mapValues(type.getElementType(), [](const APFloat &x) {
      return roundTo(1.0 / (1.0 + std::exp(-x.convertToDouble())), x).bitcastToAPInt();
    }));
    return success();
  }
};

/// linalg.broadcast and linalg.transpose of a splat.
template <typename Op> struct FoldMove : public OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    std::optional<APFloat> value = getSplat(op.getInput());
    if (!value)
      return rewriter.notifyMatchFailure(op, "the input is not a splat");
    replaceWithSplat(rewriter, op, *value);
    return success();
  }
};

/// tensor.concat and tensor.insert_slice of splats of one value. NaNs differ in
/// nothing that matters here, but zeros do in their sign.
template <typename Op> struct FoldJoin : public OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    std::optional<APFloat> first = getSplat(op->getOperand(0));
    if (!first)
      return rewriter.notifyMatchFailure(op, "a part is not a splat");
    for (Value part : op->getOperands().drop_front()) {
      std::optional<APFloat> value = getSplat(part);
      if (!value || !value->bitwiseIsEqual(*first))
        return rewriter.notifyMatchFailure(op, "the parts are not splats of one value");
    }
    replaceWithSplat(rewriter, op, *first);
    return success();
  }
};

struct FoldReduce : public OpRewritePattern<linalg::ReduceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::ReduceOp op, PatternRewriter &rewriter) const override {
    std::optional<APFloat> value = getSplat(op.getInputs()[0]), init = getSplat(op.getInits()[0]);
    if (!value || !init)
      return rewriter.notifyMatchFailure(op, "the input or the initial value is not a splat");
    auto type = cast<RankedTensorType>(op.getInputs()[0].getType());
    int64_t count = 1;
    for (int64_t dim : op.getDimensions())
      count *= type.getDimSize(dim);
    replaceWithSplat(rewriter, op, reduce(&op.getCombiner().front().front(), *value, *init, count));
    return success();
  }

private:
  /// `count` times `value` combined into `init`, up to the order of a sum. The
  /// closed list has four combiners.
  static APFloat reduce(Operation *combiner, const APFloat &value, const APFloat &init, int64_t count) {
    double first = init.convertToDouble(), each = value.convertToDouble(), times = static_cast<double>(count);
    if (isa<arith::AddFOp>(combiner))
      return roundTo(first + times * each, value);
    if (isa<arith::MulFOp>(combiner))
      return roundTo(first * std::pow(each, times), value);
    return isa<arith::MaximumFOp>(combiner) ? llvm::maximum(init, value) : llvm::minimum(init, value);
  }
};

/// A product with an operand that is exactly zero is its `outs`.
struct FoldZeroProduct : public OpRewritePattern<linalg::ContractOp> {
  FoldZeroProduct(MLIRContext *context, cortex::PassCount &count) : OpRewritePattern(context), count(count) {}
  LogicalResult matchAndRewrite(linalg::ContractOp op, PatternRewriter &rewriter) const override {
    auto isZero = [](Value value) { return matchPattern(value, m_AnyZeroFloat()); };
    if (llvm::none_of(op.getInputs(), isZero))
      return rewriter.notifyMatchFailure(op, "no operand is constant zero");
    rewriter.replaceOp(op, op.getOutputs()[0]);
    ++count;
    return success();
  }

private:
  cortex::PassCount &count;
};

/// x + 0 and x - (-0) are x. (The operation's folder has the zeros of the other
/// sign, for which that is exact also where x is a zero.)
template <typename Op> struct FoldAddZero : public OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (matchPattern(op.getRhs(), m_AnyZeroFloat())) {
      rewriter.replaceOp(op, op.getLhs());
      return success();
    }
    if (std::is_same_v<Op, arith::AddFOp> && matchPattern(op.getLhs(), m_AnyZeroFloat())) {
      rewriter.replaceOp(op, op.getRhs());
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no operand is constant zero");
  }
};

/// Counts what goes away because its value is known.
struct ReplacementCounter : public RewriterBase::Listener {
  explicit ReplacementCounter(cortex::PassCount &count) : count(count) {}
  using RewriterBase::Listener::notifyOperationReplaced;
  void notifyOperationReplaced(Operation *, ValueRange) override { ++count; }
  cortex::PassCount &count;
};

struct FoldConstants : public cortex::ra::impl::FoldConstantsBase<FoldConstants> {
  void runOnOperation() override {
    cortex::PassCount folded(getOperation(), getArgument(), "operations folded");
    cortex::PassCount products(getOperation(), getArgument(), "products removed");
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldOperation, FoldSelect, FoldSigmoid, FoldMove<linalg::BroadcastOp>, FoldMove<linalg::TransposeOp>,
                 FoldJoin<tensor::ConcatOp>, FoldJoin<tensor::InsertSliceOp>, FoldReduce, FoldAddZero<arith::AddFOp>,
                 FoldAddZero<arith::SubFOp>>(&getContext());
    patterns.add<FoldZeroProduct>(&getContext(), products);
    ReplacementCounter counter(folded);
    GreedyRewriteConfig config;
    config.setUseTopDownTraversal().setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
    config.enableFolding(false).enableConstantCSE(false).setListener(&counter);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      signalPassFailure();
  }
};

} // namespace
