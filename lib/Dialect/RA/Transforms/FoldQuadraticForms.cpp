//===- FoldQuadraticForms.cpp - ra-fold-quadratic-forms -------------------===//
//
// Of x in two pieces, a and b, and a weight V with blocks V.aa, V.ab, V.ba, V.bb:
//
//   x'Vx   is   a'(V.aa a + (V.ab + V.ba') b) + b'V.bb b
//
// that is, for each piece in turn, a product with it and with those after it. Where
// x is a concatenation, no piece has elements of two parts.
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

/// What is left of n² pairs of elements falls with the number of pieces p as (p + 1) / 2p: seven leave 57%. Each costs
/// another product and its code, so what is cut must not be too small. Parts of a concatenation are as they are, if
/// they are not too many.
constexpr int64_t kMostPieces = 7, kLeastElements = 8;

/// Elements of a vector that a form's products are made for together.
struct Piece {
  size_t part; ///< of the concatenation
  int64_t offset, size;
};

int64_t sizeOf(Value vector) {
  return cast<RankedTensorType>(vector.getType()).getDimSize(0);
}

/// Each part in pieces of about equal size.
SmallVector<Piece> getPieces(ValueRange parts) {
  int64_t elements = 0;
  for (Value part : parts)
    elements += sizeOf(part);
  const int64_t least = std::max<int64_t>(kLeastElements, llvm::divideCeil(elements, kMostPieces));
  SmallVector<Piece> pieces;
  for (auto [i, part] : llvm::enumerate(parts)) {
    const int64_t size = sizeOf(part), count = std::max<int64_t>(size / least, 1);
    for (int64_t piece = 0; piece != count; ++piece) {
      const int64_t begin = size * piece / count, end = size * (piece + 1) / count;
      pieces.push_back({i, begin, end - begin});
    }
  }
  return pieces;
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
      const bool byParts = concat && concat.getInputs().size() <= kMostPieces;
      const ValueRange parts = byParts ? ValueRange(concat.getInputs()) : ValueRange(form->vector);
      const SmallVector<Piece> pieces = getPieces(parts);
      if (pieces.size() < 2) {
        remark::missed(op.getLoc(), remark::RemarkOpts::name("quadratic form").category(getArgument()))
            << "its vector is too short to be cut";
        continue;
      }
      fold(*form, parts, pieces);
      ++folded;
    }
    eraseDeadOperations(getOperation());
  }

private:
  static void fold(QuadraticForm form, ValueRange parts, ArrayRef<Piece> pieces) {
    OpBuilder builder(form.outer);
    const Location loc = form.outer.getLoc();
    linalg::ContractOp outer = form.outer, inner = form.inner;
    auto innerType = cast<RankedTensorType>(inner.getResult(0).getType());
    auto elements = [&](Value part, int64_t offset, int64_t size) {
      return size == sizeOf(part) ? part : createSlice(builder, loc, part, 0, offset, size);
    };
    int64_t offset = 0, rest = sizeOf(form.vector);
    Value sum = outer.getOutputs()[0];
    for (const Piece &piece : pieces) {
      rest -= piece.size;
      // The piece and all after it.
      Value part = parts[piece.part];
      SmallVector<Value> tail{elements(part, piece.offset, sizeOf(part) - piece.offset)};
      llvm::append_range(tail, parts.drop_front(piece.part + 1));
      SmallVector<Value> inputs(2);
      inputs[1 - form.innerSide] = weightsOf(builder, form, offset, piece.size, rest);
      inputs[form.innerSide] = tail.size() == 1 ? tail.front() : Value(tensor::ConcatOp::create(builder, loc, 0, tail));
      Type type = innerType.clone(replaceDim(innerType.getShape(), form.rowDim, {piece.size}));
      Value row = createContract(builder, loc, inputs, createZero(builder, loc, type), inner.getIndexingMapsArray());
      inputs[form.outerSide] = elements(part, piece.offset, piece.size);
      inputs[1 - form.outerSide] = row;
      sum = createContract(builder, loc, inputs, sum, outer.getIndexingMapsArray());
      offset += piece.size;
    }
    outer.getResult(0).replaceAllUsesWith(sum);
    outer.erase();
  }

  /// What a piece of `size` elements from `offset` meets with itself and with the `rest` after it.
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
