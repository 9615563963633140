//===- Shapes.cpp - Shapes, indexing, reductions over a tensor's dims -----===//
#include "Emit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <numeric>

using namespace mlir;

namespace cortex::build {

using detail::Access;
using detail::Call;
using detail::Emit;
using detail::Reduction;

//===----------------------------------------------------------------------===//
// Values and indexing
//===----------------------------------------------------------------------===//

Value::Value(const Param &param, Loc loc) {
  impl = Access::impl(param);
  if (!param.valid())
    return;
  if (impl->openScopes.empty()) {
    impl->error(loc, "parameter '" + impl->params[Access::index(param)].name + "' is used outside of a body");
    return;
  }
  value = impl->readParam(Access::index(param)).getAsOpaquePointer();
  scope = impl->body->scope;
}

Shape Value::shape() const {
  return valid() ? detail::shapeOf(Access::value(*this)).vec() : Shape();
}

Value Value::operator[](const At &at) const {
  Operand self(*this, Access::loc(at));
  Call call("[]", {&self});
  if (Access::symbol(at))
    call.also(*Access::symbol(at), "the symbol");
  if (!call)
    return call.invalid();
  ArrayRef<int64_t> shape = call.shape(0);
  if (shape.empty()) {
    call.fail("a scalar has no dimension to index");
    return call.invalid();
  }
  if (!Access::symbol(at)) {
    int64_t position = Access::position(at);
    if (position < 0 || position >= shape[0]) {
      call.fail("index " + Twine(position) + " is out of range for the shape " + call.shapeText(0));
      return call.invalid();
    }
    return call.result(Emit(call).row(call[0], position));
  }
  mlir::Value symbol = Access::value(*Access::symbol(at));
  int64_t domain = cast<ra::SymbolType>(symbol.getType()).getSize();
  if (domain != shape[0]) {
    call.fail("the symbol's domain is " + Twine(domain) + ", the table of shape " + call.shapeText(0) + " has " +
              Twine(shape[0]) + " rows");
    return call.invalid();
  }
  mlir::Type type = call.model().tensorType(shape.drop_front());
  return call.result(Emit(call).op<ra::LookupOp>(type, call[0], symbol));
}

Value Param::operator[](const At &at) const {
  return Value(*this, Access::loc(at))[at];
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

static SmallVector<const Operand *> pointers(const std::vector<Operand> &values) {
  SmallVector<const Operand *> result;
  for (const Operand &o : values)
    result.push_back(&o);
  return result;
}

/// Whether all operands are tensors; reports the first that is not.
static bool needTensors(Call &call) {
  for (size_t i = 0; i < call.size(); ++i)
    if (!call.needTensor(i, ("operand " + Twine(i + 1)).str()))
      return false;
  return call.good();
}

Value concat(const std::vector<Operand> &values, int64_t dim, Loc loc) {
  Call call("concat", pointers(values), loc);
  if (!needTensors(call))
    return call.invalid();
  ArrayRef<int64_t> first = call.shape(0);
  std::optional<int64_t> d = call.dimension(dim, static_cast<int64_t>(first.size()));
  if (!d)
    return call.invalid();
  SmallVector<mlir::Value> operands;
  for (size_t i = 0; i < call.size(); ++i) {
    SmallVector<int64_t> shape(call.shape(i));
    if (shape.size() == first.size())
      shape[*d] = first[*d];
    if (ArrayRef<int64_t>(shape) != first) {
      call.fail("operand 1 has the shape " + call.shapeText(0) + " and operand " + Twine(i + 1) + " " +
                call.shapeText(i) + "; they may differ in dimension " + Twine(*d) + " only");
      return call.invalid();
    }
    operands.push_back(call[i]);
  }
  return call.result(Emit(call).concat(operands, *d));
}

Value stack(const std::vector<Operand> &values, int64_t dim, Loc loc) {
  Call call("stack", pointers(values), loc);
  if (!needTensors(call))
    return call.invalid();
  ArrayRef<int64_t> first = call.shape(0);
  std::optional<int64_t> d = call.dimension(dim, static_cast<int64_t>(first.size()) + 1);
  if (!d)
    return call.invalid();
  SmallVector<int64_t> shape(first);
  shape.insert(shape.begin() + *d, 1);
  Emit e(call);
  SmallVector<mlir::Value> operands;
  for (size_t i = 0; i < call.size(); ++i) {
    if (call.shape(i) != first) {
      call.fail("operand 1 has the shape " + call.shapeText(0) + " and operand " + Twine(i + 1) + " " +
                call.shapeText(i) + "; they must be equal");
      return call.invalid();
    }
    operands.push_back(e.reshape(call[i], shape));
  }
  return call.result(e.concat(operands, *d));
}

Value slice(const Operand &x, int64_t dim, int64_t offset, int64_t size) {
  Call call("slice", {&x});
  if (!call.needTensor(0, "the operand"))
    return call.invalid();
  ArrayRef<int64_t> shape = call.shape(0);
  std::optional<int64_t> d = call.dimension(dim, static_cast<int64_t>(shape.size()));
  if (!d)
    return call.invalid();
  if (offset < 0 || size < 1 || size > shape[*d] || offset > shape[*d] - size) {
    call.fail(Twine(size) + " elements from " + Twine(offset) + " are not within dimension " + Twine(*d) +
              " of the shape " + call.shapeText(0));
    return call.invalid();
  }
  return call.result(Emit(call).slice(call[0], *d, offset, size));
}

Value reshape(const Operand &x, const Shape &shape) {
  Call call("reshape", {&x});
  if (!call.needTensor(0, "the operand"))
    return call.invalid();
  if (!call.model().checkShape("reshape", shape, Access::loc(x)))
    return call.invalid();
  auto count = [](ArrayRef<int64_t> s) { return std::accumulate(s.begin(), s.end(), int64_t(1), std::multiplies<>()); };
  if (count(shape) != count(call.shape(0))) {
    call.fail(call.shapeText(0) + " has " + Twine(count(call.shape(0))) + " elements, " + detail::shapeText(shape) +
              " has " + Twine(count(shape)));
    return call.invalid();
  }
  return call.result(Emit(call).reshape(call[0], shape));
}

Value transpose(const Operand &x, const std::vector<int64_t> &permutation) {
  Call call("transpose", {&x});
  if (!call.needTensor(0, "the operand"))
    return call.invalid();
  auto rank = static_cast<int64_t>(call.shape(0).size());
  std::vector<int64_t> dims;
  dims.reserve(permutation.size());
  for (int64_t p : permutation)
    dims.push_back(p < 0 ? p + rank : p);
  std::vector<int64_t> sorted = dims, all(rank);
  llvm::sort(sorted);
  std::iota(all.begin(), all.end(), 0);
  if (sorted != all) {
    call.fail(detail::shapeText(permutation) + " is not a permutation of the dimensions of " + call.shapeText(0));
    return call.invalid();
  }
  return call.result(Emit(call).transpose(call[0], dims));
}

Value transpose(const Operand &x) {
  Call call("transpose", {&x});
  if (!call.needTensor(0, "the operand"))
    return call.invalid();
  if (call.shape(0).size() != 2) {
    call.fail(call.shapeText(0) + " is not a matrix; give the permutation");
    return call.invalid();
  }
  return call.result(Emit(call).transpose(call[0], {1, 0}));
}

Value broadcast(const Operand &x, const Shape &shape) {
  Call call("broadcast", {&x});
  if (!call.needTensor(0, "the operand") || !call.model().checkShape("broadcast", shape, Access::loc(x)))
    return call.invalid();
  mlir::Value result = call.toShape(0, "the operand", shape);
  return call.result(result);
}

//===----------------------------------------------------------------------===//
// Reductions over dimensions
//===----------------------------------------------------------------------===//

using ReduceFn = mlir::Value (*)(Emit &, mlir::Value, ArrayRef<int64_t>);

/// `dims` of nullptr: all.
static Value reduceDims(StringRef name, const Operand &x, const std::vector<int64_t> *dims, ReduceFn fn) {
  Call call(name, {&x});
  if (!call.needTensor(0, "the operand"))
    return call.invalid();
  auto rank = static_cast<int64_t>(call.shape(0).size());
  SmallVector<int64_t> over;
  if (!dims) {
    over.resize(rank);
    std::iota(over.begin(), over.end(), 0);
  } else {
    for (int64_t dim : *dims) {
      std::optional<int64_t> d = call.dimension(dim, rank);
      if (d && llvm::is_contained(over, *d))
        call.fail("dimension " + Twine(dim) + " is given twice");
      if (!call)
        return call.invalid();
      over.push_back(*d);
    }
  }
  Emit e(call);
  return call.result(fn(e, call[0], over));
}

static mlir::Value sumOf(Emit &e, mlir::Value v, ArrayRef<int64_t> d) {
  return e.reduce(Reduction::Sum, v, d);
}
static mlir::Value maxOf(Emit &e, mlir::Value v, ArrayRef<int64_t> d) {
  return e.reduce(Reduction::Max, v, d);
}
static mlir::Value minOf(Emit &e, mlir::Value v, ArrayRef<int64_t> d) {
  return e.reduce(Reduction::Min, v, d);
}
static mlir::Value meanOf(Emit &e, mlir::Value v, ArrayRef<int64_t> d) {
  return e.mean(v, d);
}

Value sum(const Operand &x) {
  return reduceDims("sum", x, nullptr, sumOf);
}
Value sum(const Operand &x, const std::vector<int64_t> &dims) {
  return reduceDims("sum", x, &dims, sumOf);
}
Value mean(const Operand &x) {
  return reduceDims("mean", x, nullptr, meanOf);
}
Value mean(const Operand &x, const std::vector<int64_t> &dims) {
  return reduceDims("mean", x, &dims, meanOf);
}
Value max(const Operand &x) {
  return reduceDims("max", x, nullptr, maxOf);
}
Value max(const Operand &x, const std::vector<int64_t> &dims) {
  return reduceDims("max", x, &dims, maxOf);
}
Value min(const Operand &x) {
  return reduceDims("min", x, nullptr, minOf);
}
Value min(const Operand &x, const std::vector<int64_t> &dims) {
  return reduceDims("min", x, &dims, minOf);
}

Value softmax(const Operand &x, int64_t dim) {
  Call call("softmax", {&x});
  if (!call.needTensor(0, "the operand"))
    return call.invalid();
  std::optional<int64_t> d = call.dimension(dim, static_cast<int64_t>(call.shape(0).size()));
  if (!d)
    return call.invalid();
  Emit e(call);
  // Less the largest, so that no exponential overflows.
  mlir::Value largest = e.broadcastAlong(e.reduce(Reduction::Max, call[0], {*d}), {*d}, call.shape(0));
  mlir::Value weights = e.op<math::ExpOp>(e.op<arith::SubFOp>(call[0], largest));
  mlir::Value total = e.broadcastAlong(e.reduce(Reduction::Sum, weights, {*d}), {*d}, call.shape(0));
  return call.result(e.op<arith::DivFOp>(weights, total));
}

/// Operands 1 and 2 of the call, if any, are the gain and the bias.
static Value layerNormCall(Call call, double epsilon) {
  if (!call.needTensor(0, "the operand"))
    return call.invalid();
  ArrayRef<int64_t> shape = call.shape(0);
  if (shape.empty()) {
    call.fail("a scalar has no dimension to normalize");
    return call.invalid();
  }
  Emit e(call);
  int64_t d = static_cast<int64_t>(shape.size()) - 1;
  mlir::Value centred = e.op<arith::SubFOp>(call[0], e.broadcastAlong(e.mean(call[0], {d}), {d}, shape));
  mlir::Value variance = e.mean(e.op<arith::MulFOp>(centred, centred), {d});
  mlir::Value safe = e.op<arith::AddFOp>(variance, e.number(epsilon, detail::shapeOf(variance)));
  mlir::Value deviation = e.broadcastAlong(e.op<math::SqrtOp>(safe), {d}, shape);
  mlir::Value result = e.op<arith::DivFOp>(centred, deviation);
  if (call.size() > 1) {
    mlir::Value gain = call.toShape(1, "the gain", shape), bias = call.toShape(2, "the bias", shape);
    if (!call)
      return call.invalid();
    result = e.op<arith::AddFOp>(e.op<arith::MulFOp>(result, gain), bias);
  }
  return call.result(result);
}

Value layerNorm(const Operand &x, double epsilon) {
  return layerNormCall(Call("layerNorm", {&x}), epsilon);
}
Value layerNorm(const Operand &x, const Operand &gain, const Operand &bias, double epsilon) {
  return layerNormCall(Call("layerNorm", {&x, &gain, &bias}), epsilon);
}

} // namespace cortex::build
