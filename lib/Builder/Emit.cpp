//===- Emit.cpp - Tensor operations that are known to be correct ----------===//
#include "Emit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"

#include <limits>

using namespace mlir;

namespace cortex::build::detail {

std::optional<SmallVector<int64_t>> broadcastShapes(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  size_t rank = std::max(a.size(), b.size());
  SmallVector<int64_t> result(rank);
  for (size_t i = 0; i < rank; ++i) {
    int64_t x = i + a.size() < rank ? 1 : a[i + a.size() - rank];
    int64_t y = i + b.size() < rank ? 1 : b[i + b.size() - rank];
    if (x != y && x != 1 && y != 1)
      return std::nullopt;
    result[i] = std::max(x, y);
  }
  return result;
}

mlir::Value Emit::empty(ArrayRef<int64_t> shape) {
  return op<tensor::EmptyOp>(shape, model.elementType());
}

mlir::Value Emit::reshape(mlir::Value v, ArrayRef<int64_t> shape) {
  auto from = cast<RankedTensorType>(v.getType());
  RankedTensorType to = from.clone(shape);
  if (from == to)
    return v;
  if (from.getRank() != to.getRank()) {
    // One reassociation says which dimensions of the longer shape make one of the shorter.
    std::optional<SmallVector<ReassociationIndices>> groups;
    if (from.getRank() == 0 || to.getRank() == 0)
      groups.emplace();
    else
      groups = getReassociationIndicesForReshape(from, to);
    if (groups && from.getRank() < to.getRank())
      return op<tensor::ExpandShapeOp>(to, v, *groups);
    if (groups)
      return op<tensor::CollapseShapeOp>(to, v, *groups);
  }
  return reshape(reshape(v, {from.getNumElements()}), shape);
}

mlir::Value Emit::broadcast(mlir::Value v, ArrayRef<int64_t> shape) {
  ArrayRef<int64_t> from = shapeOf(v);
  if (from == shape)
    return v;
  SmallVector<int64_t> kept, added;
  size_t missing = shape.size() - from.size();
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i >= missing && from[i - missing] == shape[i])
      kept.push_back(shape[i]);
    else
      added.push_back(static_cast<int64_t>(i));
  }
  return broadcastAlong(reshape(v, kept), added, shape);
}

mlir::Value Emit::broadcastAlong(mlir::Value v, ArrayRef<int64_t> dims, ArrayRef<int64_t> shape) {
  if (dims.empty())
    return v;
  return linalg::BroadcastOp::create(b, loc, v, empty(shape), dims)->getResult(0);
}

mlir::Value Emit::transpose(mlir::Value v, ArrayRef<int64_t> permutation) {
  // Nothing to do; and MLIR 22 does not survive the transpose of a scalar.
  if (llvm::is_sorted(permutation))
    return v;
  SmallVector<int64_t> shape;
  for (int64_t d : permutation)
    shape.push_back(shapeOf(v)[d]);
  return linalg::TransposeOp::create(b, loc, v, empty(shape), permutation)->getResult(0);
}

static SmallVector<OpFoldResult> attributes(OpBuilder &b, ArrayRef<int64_t> values) {
  return getAsIndexOpFoldResult(b.getContext(), values);
}

mlir::Value Emit::slice(mlir::Value v, int64_t dim, int64_t offset, int64_t size) {
  ArrayRef<int64_t> shape = shapeOf(v);
  SmallVector<int64_t> offsets(shape.size(), 0), sizes(shape), strides(shape.size(), 1);
  offsets[dim] = offset;
  sizes[dim] = size;
  return op<tensor::ExtractSliceOp>(v, attributes(b, offsets), attributes(b, sizes), attributes(b, strides));
}

mlir::Value Emit::row(mlir::Value v, int64_t position) {
  ArrayRef<int64_t> shape = shapeOf(v);
  SmallVector<int64_t> offsets(shape.size(), 0), sizes(shape), strides(shape.size(), 1);
  offsets[0] = position;
  sizes[0] = 1;
  return op<tensor::ExtractSliceOp>(model.tensorType(shape.drop_front()), v, attributes(b, offsets),
                                    attributes(b, sizes), attributes(b, strides));
}

mlir::Value Emit::concat(ValueRange values, int64_t dim) {
  return values.size() == 1 ? values.front() : op<tensor::ConcatOp>(dim, values);
}

mlir::Value Emit::reduce(Reduction kind, mlir::Value v, ArrayRef<int64_t> dims) {
  if (dims.empty())
    return v;
  SmallVector<int64_t> sorted(dims), rest;
  llvm::sort(sorted);
  for (auto [i, size] : llvm::enumerate(shapeOf(v)))
    if (!llvm::is_contained(sorted, static_cast<int64_t>(i)))
      rest.push_back(size);
  double infinity = std::numeric_limits<double>::infinity();
  double start = kind == Reduction::Sum ? 0 : kind == Reduction::Max ? -infinity : infinity;
  auto combine = [kind](OpBuilder &nested, Location at, ValueRange args) {
    mlir::Value r;
    if (kind == Reduction::Sum)
      r = arith::AddFOp::create(nested, at, args[1], args[0]);
    else if (kind == Reduction::Max)
      r = arith::MaximumFOp::create(nested, at, args[1], args[0]);
    else
      r = arith::MinimumFOp::create(nested, at, args[1], args[0]);
    linalg::YieldOp::create(nested, at, r);
  };
  return linalg::ReduceOp::create(b, loc, v, number(start, rest), sorted, combine)->getResult(0);
}

mlir::Value Emit::mean(mlir::Value v, ArrayRef<int64_t> dims) {
  mlir::Value total = reduce(Reduction::Sum, v, dims);
  auto count = static_cast<double>(cast<RankedTensorType>(v.getType()).getNumElements()) /
               static_cast<double>(cast<RankedTensorType>(total.getType()).getNumElements());
  return op<arith::DivFOp>(total, number(count, shapeOf(total)));
}

mlir::Value Emit::contract(StringRef a, StringRef bIndices, StringRef result, mlir::Value va, mlir::Value vb,
                           mlir::Value init) {
  // The iteration space: the result's indices, then those summed over in the order of `a`.
  std::string order = result.str();
  for (char c : a)
    if (order.find(c) == std::string::npos)
      order.push_back(c);
  MLIRContext *context = &model.context;
  auto map = [&](StringRef indices) -> Attribute {
    SmallVector<AffineExpr> exprs;
    for (char c : indices)
      exprs.push_back(getAffineDimExpr(order.find(c), context));
    return AffineMapAttr::get(AffineMap::get(order.size(), 0, exprs, context));
  };
  ArrayAttr maps = b.getArrayAttr({map(a), map(bIndices), map(result)});
  return linalg::ContractOp::create(b, loc, TypeRange(init.getType()), ValueRange{va, vb}, ValueRange(init), maps)
      ->getResult(0);
}

} // namespace cortex::build::detail
