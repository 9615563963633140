//===- JoinProducts.cpp - ra-join-products --------------------------------===//
//
// The inverse of the first phase of ra-split-products, for what was split and is of one stage all the same:
//
//   contract(W[b], b) + (contract(W[a], a) + c)   becomes   contract(W[a b], concat(a, b)) + c
//
//===----------------------------------------------------------------------===//
#include "Contract.h"
#include "cortex/Dialect/RA/Transforms/Passes.h"
#include "cortex/Dialect/RA/Transforms/Stages.h"
#include "cortex/Support/PassCount.h"
#include "mlir/IR/Remarks.h"

namespace cortex::ra {
#define GEN_PASS_DEF_JOINPRODUCTS
#include "cortex/Dialect/RA/Transforms/Passes.h.inc"
} // namespace cortex::ra

using namespace mlir;
using namespace cortex::ra;

namespace {

/// A product with a slice of a weight, along a dimension that is summed over.
struct SlicedProduct {
  linalg::ContractOp op;
  tensor::ExtractSliceOp slice;
  unsigned side;        ///< of the slice
  unsigned dim;         ///< of the weight that is sliced
  unsigned loopDim;     ///< its loop dimension
  int64_t offset, size; ///< of the slice

  Value getOther() { return op.getInputs()[1 - side]; }
};

/// The one dimension that a slice takes a part of, where it keeps all of them and takes every element.
std::optional<unsigned> getSlicedDim(tensor::ExtractSliceOp slice) {
  const RankedTensorType source = slice.getSourceType(), type = slice.getType();
  if (source.getRank() != type.getRank() || llvm::any_of(slice.getStaticStrides(), [](int64_t s) { return s != 1; }))
    return std::nullopt;
  std::optional<unsigned> found;
  for (int64_t dim = 0; dim != source.getRank(); ++dim) {
    if (source.getDimSize(dim) == type.getDimSize(dim))
      continue;
    if (found)
      return std::nullopt;
    found = static_cast<unsigned>(dim);
  }
  return found;
}

std::optional<SlicedProduct> getSlicedProduct(linalg::ContractOp op) {
  for (unsigned side : {0u, 1u}) {
    auto slice = op.getInputs()[side].getDefiningOp<tensor::ExtractSliceOp>();
    const std::optional<unsigned> dim =
        slice && isConstantStage(slice.getSource()) ? getSlicedDim(slice) : std::nullopt;
    if (!dim)
      continue;
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    const unsigned loopDim = maps[side].getDimPosition(*dim);
    if (!getOperandDim(maps[2], loopDim) && getOperandDim(maps[1 - side], loopDim))
      return SlicedProduct{op, slice, side, *dim, loopDim, slice.getStaticOffset(*dim), slice.getStaticSize(*dim)};
  }
  return std::nullopt;
}

/// Whether two products are parts of one: of the same weight, in the same way.
bool areParts(SlicedProduct a, SlicedProduct b) {
  return a.slice.getSource() == b.slice.getSource() && a.side == b.side && a.dim == b.dim &&
         a.op.getIndexingMapsArray() == b.op.getIndexingMapsArray() && a.op->getBlock() == b.op->getBlock();
}

/// Whether one product with the concatenation, which is copied together for each row, takes less time than a product
/// for each part: where it is so short that reading and writing its sums once more counts, and these are not fewer than
/// what is copied. Before a sweep rows are many, and less counts.
bool isBetterWhole(MutableArrayRef<SlicedProduct> parts, Stage stage) {
  constexpr int64_t kMostElements = 256;
  int64_t elements = 0;
  for (SlicedProduct part : parts)
    elements += cast<RankedTensorType>(part.getOther().getType()).getNumElements();
  const int64_t sums = cast<RankedTensorType>(parts.front().op->getResult(0).getType()).getNumElements();
  return elements <= kMostElements && (stage == Stage::Node || sums >= elements);
}

struct JoinProducts : public cortex::ra::impl::JoinProductsBase<JoinProducts> {
  void runOnOperation() override {
    cortex::PassCount joined(getOperation(), getArgument(), "products joined");
    SmallVector<linalg::ContractOp> products;
    getOperation().walk([&](linalg::ContractOp op) { products.push_back(op); });
    llvm::SmallPtrSet<Operation *, 8> gone;
    StageAnalysis stages(getOperation());
    for (linalg::ContractOp op : llvm::reverse(products)) {
      if (gone.contains(op))
        continue;
      SmallVector<SlicedProduct> parts = getParts(op, stages);
      if (parts.size() < 2)
        continue;
      for (const SlicedProduct &part : parts)
        gone.insert(part.op);
      if (!isBetterWhole(parts, stages.getStage(parts.front().getOther()).stage)) {
        remark::missed(op.getLoc(), remark::RemarkOpts::name("products with parts").category(getArgument()))
            << "they are long, or their sums few: copying the parts together takes longer";
        continue;
      }
      joined += parts.size();
      join(parts);
    }
    eraseDeadOperations(getOperation());
  }

private:
  /// The products of one stage that add up in `last`, in the order of their slices, which meet.
  static SmallVector<SlicedProduct> getParts(linalg::ContractOp last, const StageAnalysis &stages) {
    SmallVector<SlicedProduct> parts;
    for (linalg::ContractOp op = last; op; op = op.getOutputs()[0].getDefiningOp<linalg::ContractOp>()) {
      std::optional<SlicedProduct> part = getSlicedProduct(op);
      if (!part || (!parts.empty() && (!op->hasOneUse() || !areParts(parts.front(), *part))))
        break;
      const ValueStage &stage = stages.getStage(part->getOther());
      if (stage.stage < Stage::Node || (!parts.empty() && !(stage == stages.getStage(parts.front().getOther()))))
        break;
      parts.push_back(*part);
    }
    llvm::sort(parts, [](const SlicedProduct &a, const SlicedProduct &b) { return a.offset < b.offset; });
    for (size_t i = 1; i < parts.size(); ++i)
      if (parts[i - 1].offset + parts[i - 1].size != parts[i].offset)
        return {};
    return parts;
  }

  /// In the place of the last of them, where all operands are there.
  static void join(MutableArrayRef<SlicedProduct> parts) {
    SlicedProduct first = parts.front();
    linalg::ContractOp last = first.op, begin = first.op;
    for (SlicedProduct part : parts) {
      if (last->isBeforeInBlock(part.op))
        last = part.op;
      if (part.op->isBeforeInBlock(begin))
        begin = part.op;
    }
    OpBuilder builder(last);
    const Location loc = last.getLoc();
    SlicedProduct back = parts.back();
    const Value source = first.slice.getSource();
    const int64_t size = back.offset + back.size - first.offset;
    const SmallVector<AffineMap> maps = last.getIndexingMapsArray();
    SmallVector<Value> others = llvm::map_to_vector(parts, [](SlicedProduct part) { return part.getOther(); });
    SmallVector<Value> inputs(2);
    inputs[first.side] = size == first.slice.getSourceType().getDimSize(first.dim)
                             ? source
                             : createSlice(builder, loc, source, first.dim, first.offset, size);
    inputs[1 - first.side] =
        tensor::ConcatOp::create(builder, loc, *getOperandDim(maps[1 - first.side], first.loopDim), others);
    last.getResult(0).replaceAllUsesWith(createContract(builder, loc, inputs, begin.getOutputs()[0], maps));
  }
};

} // namespace
