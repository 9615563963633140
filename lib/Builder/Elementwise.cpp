//===- Elementwise.cpp - Elementwise operations, comparisons, select ------===//
#include "Emit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <numbers>

using namespace mlir;

namespace cortex::build {

using detail::Access;
using detail::broadcastShapes;
using detail::Call;
using detail::Emit;

/// The common shape of a call's tensors, or nothing after an error.
static std::optional<SmallVector<int64_t>> commonShape(Call &call) {
  if (!call)
    return std::nullopt;
  SmallVector<int64_t> common;
  for (size_t i = 0; i < call.size(); ++i) {
    if (call.number(i))
      continue;
    auto next = broadcastShapes(common, call.shape(i));
    if (!next) {
      std::string shapes;
      for (size_t j = 0; j < call.size(); ++j)
        if (!call.number(j))
          shapes += (shapes.empty() ? "" : " and ") + call.shapeText(j);
      call.fail("the shapes " + shapes + " do not broadcast together");
      return std::nullopt;
    }
    common = *next;
  }
  return common;
}

/// Makes all operands of a call tensors of their common shape.
static std::optional<SmallVector<mlir::Value>> alike(Call &call) {
  auto shape = commonShape(call);
  if (!shape)
    return std::nullopt;
  SmallVector<mlir::Value> values;
  for (size_t i = 0; i < call.size(); ++i)
    values.push_back(call.toShape(i, "operand", *shape));
  return values;
}

template <typename Op> static Value binary(StringRef name, const Operand &a, const Operand &b) {
  Call call(name, {&a, &b});
  auto values = alike(call);
  return values ? call.result(Emit(call).op<Op>((*values)[0], (*values)[1])) : call.invalid();
}

template <typename Op> static Value unary(StringRef name, const Operand &x) {
  Call call(name, {&x});
  return call.needTensor(0, "the operand") ? call.result(Emit(call).op<Op>(call[0])) : call.invalid();
}

Value operator+(const Operand &a, const Operand &b) {
  return binary<arith::AddFOp>("+", a, b);
}
Value operator-(const Operand &a, const Operand &b) {
  return binary<arith::SubFOp>("-", a, b);
}
Value operator*(const Operand &a, const Operand &b) {
  return binary<arith::MulFOp>("*", a, b);
}
Value operator/(const Operand &a, const Operand &b) {
  return binary<arith::DivFOp>("/", a, b);
}
Value operator-(const Operand &x) {
  return unary<arith::NegFOp>("-", x);
}
Value maximum(const Operand &a, const Operand &b) {
  return binary<arith::MaximumFOp>("maximum", a, b);
}
Value minimum(const Operand &a, const Operand &b) {
  return binary<arith::MinimumFOp>("minimum", a, b);
}
Value exp(const Operand &x) {
  return unary<math::ExpOp>("exp", x);
}
Value log(const Operand &x) {
  return unary<math::LogOp>("log", x);
}
Value sqrt(const Operand &x) {
  return unary<math::SqrtOp>("sqrt", x);
}
Value abs(const Operand &x) {
  return unary<math::AbsFOp>("abs", x);
}
Value tanh(const Operand &x) {
  return unary<math::TanhOp>("tanh", x);
}
Value sigmoid(const Operand &x) {
  return unary<ra::SigmoidOp>("sigmoid", x);
}
Value erf(const Operand &x) {
  return unary<math::ErfOp>("erf", x);
}

Value relu(const Operand &x) {
  Call call("relu", {&x});
  if (!call.needTensor(0, "the operand"))
    return call.invalid();
  Emit e(call);
  return call.result(e.op<arith::MaximumFOp>(call[0], e.number(0, call.shape(0))));
}

Value gelu(const Operand &x) {
  Call call("gelu", {&x});
  if (!call.needTensor(0, "the operand"))
    return call.invalid();
  Emit e(call);
  auto n = [&](double v) { return e.number(v, call.shape(0)); };
  mlir::Value t = e.op<math::ErfOp>(e.op<arith::MulFOp>(call[0], n(1 / std::numbers::sqrt2)));
  mlir::Value half = e.op<arith::MulFOp>(call[0], n(0.5));
  return call.result(e.op<arith::MulFOp>(half, e.op<arith::AddFOp>(t, n(1))));
}

static Mask compare(StringRef name, arith::CmpFPredicate predicate, const Operand &a, const Operand &b) {
  Call call(name, {&a, &b});
  auto values = alike(call);
  return values ? call.mask(Emit(call).op<arith::CmpFOp>(predicate, (*values)[0], (*values)[1]))
                : Access::invalid<Mask>(call.shared());
}

Mask less(const Operand &a, const Operand &b) {
  return compare("less", arith::CmpFPredicate::OLT, a, b);
}
Mask lessEqual(const Operand &a, const Operand &b) {
  return compare("lessEqual", arith::CmpFPredicate::OLE, a, b);
}
Mask greater(const Operand &a, const Operand &b) {
  return compare("greater", arith::CmpFPredicate::OGT, a, b);
}
Mask greaterEqual(const Operand &a, const Operand &b) {
  return compare("greaterEqual", arith::CmpFPredicate::OGE, a, b);
}
Mask equal(const Operand &a, const Operand &b) {
  return compare("equal", arith::CmpFPredicate::OEQ, a, b);
}
Mask notEqual(const Operand &a, const Operand &b) {
  return compare("notEqual", arith::CmpFPredicate::UNE, a, b);
}

Value select(const Mask &mask, const Operand &a, const Operand &b) {
  Call call("select", {&a, &b});
  call.also(mask, "the mask");
  auto values = alike(call);
  if (!values)
    return call.invalid();
  mlir::Value condition = Access::value(mask);
  auto shape = broadcastShapes(detail::shapeOf(condition), *commonShape(call));
  if (!shape) {
    call.fail("the mask of shape " + detail::shapeText(detail::shapeOf(condition)) + " does not broadcast with " +
              detail::shapeText(*commonShape(call)));
    return call.invalid();
  }
  Emit e(call);
  // Truth values are made and used, never reshaped: compare again at the larger shape.
  if (detail::shapeOf(condition) != ArrayRef<int64_t>(*shape)) {
    auto comparison = condition.getDefiningOp<arith::CmpFOp>();
    condition = e.op<arith::CmpFOp>(comparison.getPredicate(), e.broadcast(comparison.getLhs(), *shape),
                                    e.broadcast(comparison.getRhs(), *shape));
  }
  return call.result(
      e.op<arith::SelectOp>(condition, e.broadcast((*values)[0], *shape), e.broadcast((*values)[1], *shape)));
}

} // namespace cortex::build
