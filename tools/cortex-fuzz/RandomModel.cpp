#include "RandomModel.h"

#include "Author.h"

#include "cortex/Builder/BuilderIR.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace cortex::fuzz {

/// a * b + c as one operation.
static void fuse(arith::AddFOp sum) {
  auto product = sum.getLhs().getDefiningOp<arith::MulFOp>();
  if (!product || !isa<RankedTensorType>(sum.getType()))
    return;
  OpBuilder builder(sum);
  sum.getResult().replaceAllUsesWith(
      math::FmaOp::create(builder, sum.getLoc(), product.getLhs(), product.getRhs(), sum.getRhs()));
  sum.erase();
  if (product->use_empty())
    product.erase();
}

/// A constant of one number, from a scalar.
static void splat(arith::ConstantOp constant) {
  auto values = dyn_cast<DenseElementsAttr>(constant.getValue());
  auto type = dyn_cast<RankedTensorType>(constant.getType());
  if (!values || !values.isSplat() || !type)
    return;
  for (OpOperand &use : constant->getUses()) // an initial value of a reduction has to be a constant
    if (isa<linalg::LinalgOp>(use.getOwner()))
      return;
  OpBuilder builder(constant);
  Value scalar = arith::ConstantOp::create(builder, constant.getLoc(), values.getSplatValue<FloatAttr>());
  constant.getResult().replaceAllUsesWith(tensor::SplatOp::create(builder, constant.getLoc(), type, scalar));
  constant.erase();
}

/// Some rows of the product's value in the place of its operand's.
static void insert(arith::MulFOp op, reference::Random &random) {
  auto type = dyn_cast<RankedTensorType>(op.getType());
  if (!type || type.getRank() == 0)
    return;
  OpBuilder builder(op);
  builder.setInsertionPointAfter(op);
  const int64_t rows = type.getDimSize(0), count = 1 + random.below(rows);
  auto attributes = [&](ArrayRef<int64_t> numbers) {
    return SmallVector<OpFoldResult>(getAsIndexOpFoldResult(builder.getContext(), numbers));
  };
  SmallVector<int64_t> offsets(type.getRank(), 0), sizes(type.getShape()), ones(type.getRank(), 1);
  sizes[0] = count;
  offsets[0] = random.below(rows - count + 1);
  auto slice = tensor::ExtractSliceOp::create(builder, op.getLoc(), op.getResult(), attributes(offsets),
                                              attributes(sizes), attributes(ones));
  offsets[0] = random.below(rows - count + 1);
  auto inserted = tensor::InsertSliceOp::create(builder, op.getLoc(), slice.getResult(), op.getLhs(),
                                                attributes(offsets), attributes(sizes), attributes(ones));
  op.getResult().replaceAllUsesExcept(inserted.getResult(), slice);
}

OwningOpRef<ModuleOp> randomModel(uint64_t seed, MLIRContext &context, std::string &error) {
  const Author author(seed);
  OwningOpRef<ModuleOp> module = build::buildModule(author.model(), context, error);
  if (!module)
    return nullptr;
  reference::Random random(seed + 0x5eed);
  SmallVector<Operation *> ops;
  module->walk([&](Operation *op) {
    if (op->getParentOfType<ra::BodyOp>() && !op->getParentOfType<linalg::LinalgOp>())
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    const bool chosen = random.below(6) == 0;
    if (auto sum = dyn_cast<arith::AddFOp>(op); sum && random.below(2))
      fuse(sum);
    else if (auto constant = dyn_cast<arith::ConstantOp>(op); constant && chosen)
      splat(constant);
    else if (auto product = dyn_cast<arith::MulFOp>(op); product && chosen && !product->use_empty())
      insert(product, random);
  }
  // Dead code would count as covered.
  IRRewriter rewriter(&context);
  (void)runRegionDCE(rewriter, module->getOperation()->getRegions());
  if (failed(verify(*module))) {
    error = "the rewritten model does not verify";
    return nullptr;
  }
  return module;
}

} // namespace cortex::fuzz
