//===- SplitProducts.cpp - Products by linearity --------------------------===//
//
// Phases:
//   1. concatenations   contract(W, concat(a, b)) + c
//                       becomes contract(W.b, b) + (contract(W.a, a) + c)
//   2. sums             contract(W, x) + c, where c comes from later than the
//                       product, becomes a product on zero and an addition
//
//===----------------------------------------------------------------------===//
#include "Contract.h"
#include "cortex/Dialect/RA/Transforms/Passes.h"
#include "cortex/Dialect/RA/Transforms/Stages.h"
#include "cortex/Support/PassCount.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Remarks.h"

namespace cortex::ra {
#define GEN_PASS_DEF_SPLITPRODUCTS
#include "cortex/Dialect/RA/Transforms/Passes.h.inc"
} // namespace cortex::ra

using namespace mlir;
using namespace cortex::ra;

namespace {

/// A part of a concatenation and where it begins.
struct Part {
  Value value;
  int64_t offset, size;
  ValueStage stage;
};

/// The parts from the earliest stage to the latest, else in their order: what
/// is known early must not wait for what comes late.
SmallVector<Part> getParts(tensor::ConcatOp concat) {
  StageAnalysis stages(concat->getParentOfType<BodyOp>());
  SmallVector<Part> parts;
  int64_t offset = 0;
  for (Value value : concat.getInputs()) {
    int64_t size = cast<RankedTensorType>(value.getType()).getDimSize(concat.getDim());
    parts.push_back({value, offset, size, stages.getStage(value)});
    offset += size;
  }
  llvm::sort(parts, [](const Part &a, const Part &b) {
    return std::pair(a.stage.stage, a.offset) < std::pair(b.stage.stage, b.offset);
  });
  return parts;
}

/// Why a product with a concatenation as one of its operands stays, or nothing.
StringRef getObstacle(linalg::ContractOp op, unsigned side, unsigned loopDim) {
  if (getOperandDim(op.getIndexingMapsArray()[2], loopDim))
    return "the concatenated dimension is one of the result";
  if (!isConstantStage(op.getInputs()[1 - side]))
    return "the other operand is not made of parameters only";
  return "";
}

SmallVector<linalg::ContractOp> getProducts(Operation *root) {
  SmallVector<linalg::ContractOp> products;
  root->walk([&](linalg::ContractOp op) { products.push_back(op); });
  return products;
}

struct SplitProducts : public cortex::ra::impl::SplitProductsBase<SplitProducts> {
  void runOnOperation() override {
    splitConcatenations();
    cortex::PassCount(getOperation(), getArgument(), "sums split") += splitLateSums(getOperation());
    eraseDeadOperations(getOperation());
  }

private:
  /// Phase 1.
  void splitConcatenations() {
    cortex::PassCount split(getOperation(), getArgument(), "products split");
    SmallVector<linalg::ContractOp> worklist = getProducts(getOperation());
    // The products of the parts are looked at again: a part may be a
    // concatenation itself.
    for (size_t i = 0; i != worklist.size(); ++i)
      for (unsigned side : {0u, 1u}) {
        linalg::ContractOp op = worklist[i];
        auto concat = op.getInputs()[side].getDefiningOp<tensor::ConcatOp>();
        if (!concat)
          continue;
        unsigned loopDim = op.getIndexingMapsArray()[side].getDimPosition(concat.getDim());
        if (StringRef obstacle = getObstacle(op, side, loopDim); !obstacle.empty()) {
          remark::missed(op.getLoc(),
                         remark::RemarkOpts::name("product with a concatenation").category("ra-split-products"))
              << obstacle;
          continue;
        }
        splitConcatenation(op, side, loopDim, getParts(concat), worklist);
        ++split;
        break;
      }
  }

  static void splitConcatenation(linalg::ContractOp op, unsigned side, unsigned loopDim, ArrayRef<Part> parts,
                                 SmallVectorImpl<linalg::ContractOp> &worklist) {
    OpBuilder builder(op);
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    Value other = op.getInputs()[1 - side];
    std::optional<unsigned> otherDim = getOperandDim(maps[1 - side], loopDim);
    Value result = op.getOutputs()[0];
    for (const Part &part : parts) {
      SmallVector<Value> inputs(op.getInputs());
      inputs[side] = part.value;
      if (otherDim)
        inputs[1 - side] = createSlice(builder, op.getLoc(), other, *otherDim, part.offset, part.size);
      result = createContract(builder, op.getLoc(), inputs, result, maps);
      worklist.push_back(result.getDefiningOp<linalg::ContractOp>());
    }
    op.getResult(0).replaceAllUsesWith(result);
    op.erase();
  }
};

} // namespace

/// Phase 2. From the last product to the first, so that one analysis serves all
/// of them: it knows what comes before.
unsigned cortex::ra::splitLateSums(Operation *root) {
  unsigned split = 0;
  StageAnalysis stages(root);
  SmallVector<linalg::ContractOp> products = getProducts(root);
  for (linalg::ContractOp op : llvm::reverse(products)) {
    Value outs = op.getOutputs()[0];
    ValueStage product = ValueStage::join(stages.getStage(op.getInputs()[0]), stages.getStage(op.getInputs()[1]));
    if (ValueStage::join(product, stages.getStage(outs)) == product)
      continue;
    OpBuilder builder(op);
    auto type = cast<RankedTensorType>(outs.getType());
    Value zero = arith::ConstantOp::create(builder, op.getLoc(), cast<TypedAttr>(builder.getZeroAttr(type)));
    Value alone = createContract(builder, op.getLoc(), op.getInputs(), zero, op.getIndexingMapsArray());
    Value sum = arith::AddFOp::create(builder, op.getLoc(), outs, alone);
    op.getResult(0).replaceAllUsesWith(sum);
    op.erase();
    ++split;
  }
  return split;
}
