//===- ModelImpl.cpp - What stands behind the builder's handles -----------===//
#include "ModelImpl.h"

#include "Emit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <bit>

using namespace mlir;

namespace cortex::build::detail {

ModelImpl::ModelImpl() : context(MLIRContext::Threading::DISABLED), builder(&context) {
  context.printOpOnDiagnostic(false);
  loadModelDialects(context);
}

ModelImpl::~ModelImpl() = default;

std::string shapeText(ArrayRef<int64_t> shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + ")";
}

StringRef fileName(const Loc &loc) {
  StringRef path = loc.file_name();
  return path.substr(path.rfind('/') + 1);
}

void ModelImpl::error(const Loc &loc, const Twine &what) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << fileName(loc) << ':' << loc.line() << ": ";
  for (size_t i = 0; i < openScopes.size(); ++i)
    os << scopes[openScopes[i]].where << (i + 1 < openScopes.size() ? ", " : ": ");
  os << what;
  errors.push_back(text);
}

Location ModelImpl::location(const Loc &loc) {
  return FileLineColLoc::get(&context, fileName(loc), loc.line(), loc.column());
}

FloatType ModelImpl::elementType() {
  return floatType == DType::F64 ? FloatType(builder.getF64Type()) : FloatType(builder.getF32Type());
}

RankedTensorType ModelImpl::tensorType(ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, elementType());
}

int64_t ModelImpl::open(std::string where) {
  scopes.push_back({std::move(where)});
  openScopes.push_back(static_cast<int64_t>(scopes.size()) - 1);
  return openScopes.back();
}

void ModelImpl::close(int64_t scope) {
  scopes[scope].open = false;
  openScopes.pop_back();
}

void ModelImpl::insertDeclaration() {
  Block &block = op->getRegion(0).front();
  for (Operation &o : block)
    if (isa<ra::SweepOp, ra::OutputOp>(o))
      return builder.setInsertionPoint(&o);
  builder.setInsertionPointToEnd(&block);
}

bool ModelImpl::claim(StringRef kind, StringRef newName, const Loc &loc) {
  if (newName.empty()) {
    error(loc, "the name of a" + Twine(kind == "input" || kind == "output" ? "n " : " ") + kind + " is empty");
    return false;
  }
  auto [it, fresh] = names.try_emplace(newName.str(), kind.str());
  if (!fresh)
    error(loc, Twine(kind) + " '" + newName + "': the name is already that of a" +
                   (it->second == "input" || it->second == "output" ? "n " : " ") + it->second);
  return fresh;
}

bool ModelImpl::checkShape(const Twine &what, const Shape &shape, const Loc &loc) {
  constexpr int64_t kMostElements = int64_t(1) << 40;
  int64_t count = 1;
  for (int64_t size : shape) {
    if (size < 1) {
      error(loc, what + ": the shape " + shapeText(shape) + " has a size below 1");
      return false;
    }
    if (size > kMostElements / count) {
      error(loc, what + ": the shape " + shapeText(shape) + " has more than 2^40 elements");
      return false;
    }
    count *= size;
  }
  return true;
}

bool ModelImpl::owns(const std::shared_ptr<ModelImpl> &other, int64_t index, const Twine &what, const Loc &loc) {
  if (!other) {
    error(loc, what + " was never declared");
    return false;
  }
  if (other.get() != this) {
    std::string text = (what + " belongs to model '" + other->name + "' and is used in model '" + name + "'").str();
    error(loc, text);
    other->error(loc, text);
    return false;
  }
  return index >= 0;
}

OpBuilder ModelImpl::prologue() {
  OpBuilder b(&context);
  if (body->prologueEnd)
    b.setInsertionPointAfter(body->prologueEnd);
  else
    b.setInsertionPointToStart(body->block);
  return b;
}

mlir::Value ModelImpl::constant(double number, ArrayRef<int64_t> shape) {
  RankedTensorType type = tensorType(shape);
  mlir::Value &value = body->constants[{std::bit_cast<uint64_t>(number), type.getAsOpaquePointer()}];
  if (!value) {
    Attribute element = FloatAttr::get(elementType(), number);
    OpBuilder b = prologue();
    value = arith::ConstantOp::create(b, UnknownLoc::get(&context),
                                      DenseElementsAttr::get(type, ArrayRef<Attribute>(element)));
    body->prologueEnd = value.getDefiningOp();
  }
  return value;
}

mlir::Value ModelImpl::readParam(int64_t param) {
  mlir::Value &value = body->params[param];
  if (!value) {
    const ParamDecl &decl = params[param];
    OpBuilder b = prologue();
    value = ra::ReadOp::create(b, UnknownLoc::get(&context), decl.type, ra::ReadPlace::Param,
                               FlatSymbolRefAttr::get(&context, decl.name));
    body->prologueEnd = value.getDefiningOp();
  }
  return value;
}

//===----------------------------------------------------------------------===//
// Call
//===----------------------------------------------------------------------===//

static const Loc &firstLoc(ArrayRef<const Operand *> operands, const std::optional<Loc> &loc) {
  static const Loc none;
  return loc ? *loc : operands.empty() ? none : Access::loc(*operands.front());
}

Call::Call(StringRef op, ArrayRef<const Operand *> operands, std::optional<Loc> at)
    : op(op), loc(firstLoc(operands, at)) {
  for (const Operand *o : operands)
    if (!impl && Access::impl(Access::value(*o)))
      impl = Access::impl(Access::value(*o));
  for (const Operand *o : operands) {
    numbers.push_back(Access::number(*o));
    values.push_back(Access::value(Access::value(*o)));
  }
  if (!impl) {
    ok = false; // numbers and handles without a model: nobody to report to, unless `also` brings a model
    return;
  }
  for (auto [i, o] : llvm::enumerate(operands))
    if (!numbers[i])
      resolve(Access::value(*o), "operand " + Twine(i + 1));
}

Call::Call(StringRef op, const Operand &operand, StringRef what, const Loc &loc, std::shared_ptr<ModelImpl> owner)
    : op(op), loc(loc), impl(std::move(owner)) {
  numbers.push_back(Access::number(operand));
  values.push_back(Access::value(Access::value(operand)));
  if (!numbers.back())
    resolve(Access::value(operand), what);
}

void Call::also(const ValueHandle &v, StringRef what) {
  if (!impl) {
    impl = Access::impl(v);
    if (!impl)
      return;
    ok = true;
    for (size_t i = 0; i < size(); ++i)
      if (!numbers[i])
        fail("operand " + Twine(i + 1) + " was never computed");
  }
  resolve(v, what);
}

void Call::resolve(const ValueHandle &v, const Twine &what) {
  const std::shared_ptr<ModelImpl> &owner = Access::impl(v);
  if (!owner)
    return fail(what + " was never computed");
  if (owner != impl) {
    std::string text =
        (what + " belongs to model '" + owner->name + "' and is used in model '" + impl->name + "'").str();
    owner->error(loc, Twine(op) + ": " + text);
    return fail(text);
  }
  if (!Access::value(v)) {
    ok = false; // reported where it went wrong
    return;
  }
  const Scope &scope = impl->scopes[Access::scope(v)];
  if (!scope.open)
    fail(what + " was computed in " + scope.where + ", and can be used only there");
}

void Call::fail(const Twine &what) {
  if (ok)
    impl->error(loc, Twine(op) + ": " + what);
  ok = false;
}

Value Call::result(mlir::Value v) const {
  return ok ? Access::wrap<Value>(impl, v) : invalid();
}

Mask Call::mask(mlir::Value v) const {
  return ok ? Access::wrap<Mask>(impl, v) : Access::invalid<Mask>(impl);
}

std::string Call::shapeText(size_t i) const {
  return numbers[i] ? "a number" : detail::shapeText(shape(i));
}

bool Call::needTensor(size_t i, StringRef what) {
  if (ok && numbers[i])
    fail(Twine(what) + " is a number; a tensor is needed");
  return ok;
}

mlir::Value Call::toShape(size_t i, StringRef what, ArrayRef<int64_t> wanted) {
  if (!ok)
    return {};
  if (numbers[i])
    return impl->constant(*numbers[i], wanted);
  auto common = broadcastShapes(shape(i), wanted);
  if (!common || ArrayRef<int64_t>(*common) != wanted) {
    fail(Twine(what) + " of shape " + shapeText(i) + " does not broadcast to " + detail::shapeText(wanted));
    return {};
  }
  return Emit(*this).broadcast(values[i], wanted);
}

std::optional<int64_t> Call::dimension(int64_t dim, int64_t rank) {
  if (!ok)
    return std::nullopt;
  if (dim < -rank || dim >= rank) {
    fail("dimension " + Twine(dim) + " is out of range for rank " + Twine(rank));
    return std::nullopt;
  }
  return dim < 0 ? dim + rank : dim;
}

} // namespace cortex::build::detail
