//===- Products.cpp - Contractions: matvec, matmul, bilinear, dot ---------===//
//
// Every product becomes linalg.contract with its bias as the initial value.
//===----------------------------------------------------------------------===//
#include "Emit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace cortex::build {

using detail::Call;
using detail::Emit;

namespace {
/// "ab,c->d" taken apart.
struct Spec {
  std::string a, b, result;
};
} // namespace

/// Whether `indices` are distinct letters; reports why not.
static bool checkIndices(Call &call, StringRef indices) {
  for (auto [i, c] : llvm::enumerate(indices)) {
    if (!llvm::isAlpha(c)) {
      call.fail("'" + Twine(c) + "' is not an index; indices are letters");
      return false;
    }
    if (indices.take_front(i).contains(c)) {
      call.fail("index '" + Twine(c) + "' occurs twice in '" + indices + "'");
      return false;
    }
  }
  return true;
}

static std::optional<Spec> parseSpec(Call &call, std::string_view text) {
  std::string compact;
  for (char c : text)
    if (c != ' ')
      compact.push_back(c);
  auto [inputs, result] = StringRef(compact).split("->");
  auto [a, b] = inputs.split(',');
  if (compact.find("->") == std::string::npos || !inputs.contains(',')) {
    call.fail("the form is \"indices,indices->indices\"");
    return std::nullopt;
  }
  if (!checkIndices(call, a) || !checkIndices(call, b) || !checkIndices(call, result))
    return std::nullopt;
  bool summed = false;
  for (char c : a.str() + b.str()) {
    bool inA = a.contains(c), inB = b.contains(c), inResult = result.contains(c);
    summed |= !inResult;
    if (!inResult && !(inA && inB)) {
      call.fail("index '" + Twine(c) + "' is in one operand only and not in the result; sum over it with sum()");
      return std::nullopt;
    }
  }
  for (char c : result)
    if (!a.contains(c) && !b.contains(c)) {
      call.fail("index '" + Twine(c) + "' of the result is in no operand");
      return std::nullopt;
    }
  if (!summed) {
    call.fail("no index is summed over; use * with broadcasting");
    return std::nullopt;
  }
  return Spec{a.str(), b.str(), result.str()};
}

/// The sizes of the indices, checked against the operands' shapes.
static bool collectSizes(Call &call, StringRef indices, size_t operand, std::map<char, int64_t> &sizes) {
  ArrayRef<int64_t> shape = call.shape(operand);
  if (shape.size() != indices.size()) {
    call.fail("operand " + Twine(operand + 1) + " of shape " + call.shapeText(operand) + " has rank " +
              Twine(shape.size()) + ", its indices '" + indices + "' are " + Twine(indices.size()));
    return false;
  }
  for (auto [c, size] : llvm::zip_equal(indices, shape)) {
    auto [it, fresh] = sizes.try_emplace(c, size);
    if (!fresh && it->second != size) {
      call.fail("index '" + Twine(c) + "' is of size " + Twine(it->second) + " in operand 1 and " + Twine(size) +
                " in operand 2");
      return false;
    }
  }
  return true;
}

/// Emits a product whose operands fit; operand 2 of the call, if any, is the bias.
static Value product(Call &call, StringRef a, StringRef b, StringRef result, ArrayRef<int64_t> shape) {
  Emit e(call);
  mlir::Value init = call.size() > 2 ? call.toShape(2, "the bias", shape) : e.number(0, shape);
  return call ? call.result(e.contract(a, b, result, call[0], call[1], init)) : call.invalid();
}

static Value contractCall(Call call, std::string_view text) {
  if (!call.needTensor(0, "operand 1") || !call.needTensor(1, "operand 2"))
    return call.invalid();
  std::optional<Spec> spec = parseSpec(call, text);
  std::map<char, int64_t> sizes;
  if (!spec || !collectSizes(call, spec->a, 0, sizes) || !collectSizes(call, spec->b, 1, sizes))
    return call.invalid();
  SmallVector<int64_t> shape;
  for (char c : spec->result)
    shape.push_back(sizes[c]);
  return product(call, spec->a, spec->b, spec->result, shape);
}

static std::string contractName(std::string_view spec) {
  return "contract \"" + std::string(spec) + "\"";
}

Value contract(std::string_view spec, const Operand &a, const Operand &b) {
  return contractCall(Call(contractName(spec), {&a, &b}), spec);
}
Value contract(std::string_view spec, const Operand &a, const Operand &b, const Operand &bias) {
  return contractCall(Call(contractName(spec), {&a, &b, &bias}), spec);
}

static Value matvecCall(Call call) {
  if (!call.needTensor(0, "the matrix") || !call.needTensor(1, "the vector"))
    return call.invalid();
  ArrayRef<int64_t> w = call.shape(0), x = call.shape(1);
  if (w.size() < 2 || w.size() > 26 || x.size() != 1 || w.back() != x[0]) {
    call.fail("W has the shape " + call.shapeText(0) + " and x " + call.shapeText(1) +
              "; expected (..., i, k) and (k)");
    return call.invalid();
  }
  std::string rows;
  for (size_t i = 0; i + 1 < w.size(); ++i)
    rows.push_back(static_cast<char>('a' + i));
  return product(call, rows + "z", "z", rows, w.drop_back());
}

Value matvec(const Operand &w, const Operand &x) {
  return matvecCall(Call("matvec", {&w, &x}));
}
Value matvec(const Operand &w, const Operand &x, const Operand &bias) {
  return matvecCall(Call("matvec", {&w, &x, &bias}));
}

static Value vecmatCall(Call call) {
  if (!call.needTensor(0, "the vector") || !call.needTensor(1, "the matrix"))
    return call.invalid();
  ArrayRef<int64_t> x = call.shape(0), w = call.shape(1);
  if (w.size() != 2 || x.size() != 1 || w[0] != x[0]) {
    call.fail("x has the shape " + call.shapeText(0) + " and W " + call.shapeText(1) + "; expected (k) and (k, i)");
    return call.invalid();
  }
  return product(call, "k", "ki", "i", {w[1]});
}

Value vecmat(const Operand &x, const Operand &w) {
  return vecmatCall(Call("vecmat", {&x, &w}));
}
Value vecmat(const Operand &x, const Operand &w, const Operand &bias) {
  return vecmatCall(Call("vecmat", {&x, &w, &bias}));
}

static Value matmulCall(Call call) {
  if (!call.needTensor(0, "A") || !call.needTensor(1, "B"))
    return call.invalid();
  ArrayRef<int64_t> a = call.shape(0), b = call.shape(1);
  if (a.size() != 2 || b.size() != 2 || a[1] != b[0]) {
    call.fail("A has the shape " + call.shapeText(0) + " and B " + call.shapeText(1) + "; expected (i, k) and (k, j)");
    return call.invalid();
  }
  return product(call, "ik", "kj", "ij", {a[0], b[1]});
}

Value matmul(const Operand &a, const Operand &b) {
  return matmulCall(Call("matmul", {&a, &b}));
}
Value matmul(const Operand &a, const Operand &b, const Operand &bias) {
  return matmulCall(Call("matmul", {&a, &b, &bias}));
}

static Value bilinearCall(Call call) {
  if (!call.needTensor(0, "x") || !call.needTensor(1, "V") || !call.needTensor(2, "y"))
    return call.invalid();
  ArrayRef<int64_t> x = call.shape(0), v = call.shape(1), y = call.shape(2);
  if (x.size() != 1 || v.size() != 3 || y.size() != 1 || v[1] != x[0] || v[2] != y[0]) {
    call.fail("x has the shape " + call.shapeText(0) + ", V " + call.shapeText(1) + " and y " + call.shapeText(2) +
              "; expected (m), (d, m, n) and (n)");
    return call.invalid();
  }
  // The parameter's product first, its result with d last: what is left is a small product per node along d.
  Emit e(call);
  mlir::Value zero = e.number(0, {v[2], v[0]});
  mlir::Value t = e.contract("dmn", "m", "nd", call[1], call[0], zero);
  mlir::Value init = call.size() > 3 ? call.toShape(3, "the bias", {v[0]}) : e.number(0, {v[0]});
  return call ? call.result(e.contract("nd", "n", "d", t, call[2], init)) : call.invalid();
}

Value bilinear(const Operand &x, const Operand &v, const Operand &y) {
  return bilinearCall(Call("bilinear", {&x, &v, &y}));
}
Value bilinear(const Operand &x, const Operand &v, const Operand &y, const Operand &bias) {
  return bilinearCall(Call("bilinear", {&x, &v, &y, &bias}));
}

/// Whether both operands are vectors; reports them otherwise.
static bool needVectors(Call &call, bool sameSize) {
  if (!call.needTensor(0, "operand 1") || !call.needTensor(1, "operand 2"))
    return false;
  ArrayRef<int64_t> a = call.shape(0), b = call.shape(1);
  if (a.size() == 1 && b.size() == 1 && (!sameSize || a[0] == b[0]))
    return true;
  call.fail("the operands have the shapes " + call.shapeText(0) + " and " + call.shapeText(1) + "; expected " +
            (sameSize ? "(k) and (k)" : "(i) and (j)"));
  return false;
}

Value dot(const Operand &a, const Operand &b) {
  Call call("dot", {&a, &b});
  return needVectors(call, true) ? product(call, "k", "k", "", {}) : call.invalid();
}

Value outer(const Operand &a, const Operand &b) {
  Call call("outer", {&a, &b});
  if (!needVectors(call, false))
    return call.invalid();
  Emit e(call);
  SmallVector<int64_t> shape{call.shape(0)[0], call.shape(1)[0]};
  mlir::Value rows = e.broadcastAlong(call[0], {1}, shape), columns = e.broadcastAlong(call[1], {0}, shape);
  return call.result(e.op<arith::MulFOp>(rows, columns));
}

} // namespace cortex::build
