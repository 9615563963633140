//===- FoldQuadraticForms.cpp - ra-fold-quadratic-forms -------------------===//
//
// Of x = concat(a, b) and a weight V with blocks V.aa, V.ab, V.ba, V.bb:
//
//   x'Vx   is   a'(V.aa a + (V.ab + V.ba') b) + b'V.bb b
//
// that is, for each part in turn, a product with it and with those after it.
//
//===----------------------------------------------------------------------===//
#include "Contract.h"
#include "Reductions.h"
#include "cortex/Dialect/RA/Transforms/Passes.h"
#include "cortex/Dialect/RA/Transforms/Stages.h"
#include "cortex/Support/PassCount.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"

namespace cortex::ra {
#define GEN_PASS_DEF_FOLDQUADRATICFORMS
#include "cortex/Dialect/RA/Transforms/Passes.h.inc"
} // namespace cortex::ra

using namespace mlir;
using namespace cortex::ra;

namespace {

/// contract(contract(V, x), x).
struct QuadraticForm {
  linalg::ContractOp outer, inner;
  Value weight, vector;
  unsigned outerSide, innerSide; ///< of the vector, in either product
  unsigned weightOuter;          ///< the weight's dimension that the outer product sums over
  unsigned weightInner;          ///< that of the inner product
  unsigned rowDim;               ///< the dimension of the inner product's result that the outer one sums over
};

std::optional<QuadraticForm> matchForm(linalg::ContractOp outer) {
  for (unsigned outerSide : {0u, 1u}) {
    Value vector = outer.getInputs()[outerSide];
    auto inner = outer.getInputs()[1 - outerSide].getDefiningOp<linalg::ContractOp>();
    if (!inner || !inner->hasOneUse() || cast<RankedTensorType>(vector.getType()).getRank() != 1 ||
        !matchPattern(inner.getOutputs()[0], m_AnyZeroFloat()))
      continue;
    for (unsigned innerSide : {0u, 1u}) {
      Value weight = inner.getInputs()[1 - innerSide];
      if (inner.getInputs()[innerSide] != vector || !isConstantStage(weight))
        continue;
      SmallVector<AffineMap> outerMaps = outer.getIndexingMapsArray(), innerMaps = inner.getIndexingMapsArray();
      const unsigned summed = outerMaps[outerSide].getDimPosition(0);
      const std::optional<unsigned> row = getOperandDim(outerMaps[1 - outerSide], summed);
      const unsigned innerSummed = innerMaps[innerSide].getDimPosition(0);
      if (getOperandDim(outerMaps[2], summed) || !row || getOperandDim(innerMaps[2], innerSummed))
        continue;
      const std::optional<unsigned> weightOuter =
                                        getOperandDim(innerMaps[1 - innerSide], innerMaps[2].getDimPosition(*row)),
                                    weightInner = getOperandDim(innerMaps[1 - innerSide], innerSummed);
      if (weightOuter && weightInner)
        return QuadraticForm{outer, inner, weight, vector, outerSide, innerSide, *weightOuter, *weightInner, *row};
    }
  }
  return std::nullopt;
}

struct FoldQuadraticForms : public cortex::ra::impl::FoldQuadraticFormsBase<FoldQuadraticForms> {
  void runOnOperation() override {
    cortex::PassCount folded(getOperation(), getArgument(), "forms folded");
    SmallVector<linalg::ContractOp> products;
    getOperation().walk([&](linalg::ContractOp op) { products.push_back(op); });
    for (linalg::ContractOp op : products) {
      const std::optional<QuadraticForm> form = matchForm(op);
      if (!form)
        continue;
      auto concat = form->vector.getDefiningOp<tensor::ConcatOp>();
      if (!concat || concat.getInputs().size() < 2) {
        remark::missed(op.getLoc(), remark::RemarkOpts::name("quadratic form").category(getArgument()))
            << "its vector is no concatenation";
        continue;
      }
      fold(*form, concat.getInputs());
      ++folded;
    }
    eraseDeadOperations(getOperation());
  }

private:
  static void fold(QuadraticForm form, ValueRange parts) {
    OpBuilder builder(form.outer);
    const Location loc = form.outer.getLoc();
    linalg::ContractOp outer = form.outer, inner = form.inner;
    auto innerType = cast<RankedTensorType>(inner.getResult(0).getType());
    int64_t offset = 0, rest = cast<RankedTensorType>(form.vector.getType()).getDimSize(0);
    Value sum = outer.getOutputs()[0];
    for (size_t i = 0; i != parts.size(); ++i) {
      const int64_t size = cast<RankedTensorType>(parts[i].getType()).getDimSize(0);
      rest -= size;
      SmallVector<Value> inputs(2);
      inputs[1 - form.innerSide] = weightsOf(builder, form, offset, size, rest);
      inputs[form.innerSide] =
          rest == 0 ? parts[i] : Value(tensor::ConcatOp::create(builder, loc, 0, parts.drop_front(i)));
      Type type = innerType.clone(replaceDim(innerType.getShape(), form.rowDim, {size}));
      Value row = createContract(builder, loc, inputs, createZero(builder, loc, type), inner.getIndexingMapsArray());
      inputs[form.outerSide] = parts[i];
      inputs[1 - form.outerSide] = row;
      sum = createContract(builder, loc, inputs, sum, outer.getIndexingMapsArray());
      offset += size;
    }
    outer.getResult(0).replaceAllUsesWith(sum);
    outer.erase();
  }

  /// What a part of `size` elements from `offset` meets with itself and with the `rest` after it.
  static Value weightsOf(OpBuilder &builder, QuadraticForm form, int64_t offset, int64_t size, int64_t rest) {
    const Location loc = form.outer.getLoc();
    auto block = [&](int64_t outerOffset, int64_t outerSize, int64_t innerOffset, int64_t innerSize) {
      Value some = createSlice(builder, loc, form.weight, form.weightOuter, outerOffset, outerSize);
      return createSlice(builder, loc, some, form.weightInner, innerOffset, innerSize);
    };
    Value own = block(offset, size, offset, size);
    if (rest == 0)
      return own;
    Value above = block(offset, size, offset + size, rest), below = block(offset + size, rest, offset, size);
    SmallVector<int64_t> swapped = llvm::to_vector(llvm::seq<int64_t>(0, cast<ShapedType>(below.getType()).getRank()));
    std::swap(swapped[form.weightOuter], swapped[form.weightInner]);
    auto type = cast<RankedTensorType>(above.getType());
    Value init = tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType());
    Value turned = linalg::TransposeOp::create(builder, loc, below, init, swapped)->getResult(0);
    Value both = arith::AddFOp::create(builder, loc, above, turned);
    return tensor::ConcatOp::create(builder, loc, form.weightInner, ValueRange{own, both});
  }
};

} // namespace
