//===- Body.cpp - Bodies of a sweep: reads, reductions, states ------------===//
#include "ModelImpl.h"

#include "Emit.h"

using namespace mlir;

namespace cortex::build {

using detail::Access;
using detail::Call;
using detail::ModelImpl;

using Shared = std::shared_ptr<ModelImpl>;

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

namespace {
/// Closes a scope and restores the insertion point, also when the user's lambda throws.
class OpenScope {
public:
  OpenScope(const Shared &impl, std::string where, Block *block) : impl(impl), guard(impl->builder) {
    number = impl->open(std::move(where));
    impl->builder.setInsertionPointToEnd(block);
  }
  ~OpenScope() {
    impl->close(number);
    if (impl->openScopes.empty())
      impl->body.reset();
  }
  int64_t number;

private:
  Shared impl;
  OpBuilder::InsertionGuard guard;
};
} // namespace

/// Emits the body's yield if every state has a valid value.
static void finishBody(ModelImpl &m, const Loc &loc) {
  SmallVector<mlir::Value> values;
  const detail::SweepDecl &sweep = m.sweeps[m.body->sweep];
  for (auto [i, value] : llvm::enumerate(m.body->states)) {
    if (!value)
      m.error(loc, "state '" + m.states[sweep.states[i]].name + "' is never set");
    else if (*value)
      values.push_back(*value);
  }
  if (m.errors.empty())
    ra::YieldOp::create(m.builder, m.location(loc), values);
}

static void runBody(const Shared &impl, int64_t sweepIndex, FlatSymbolRefAttr type, const BodyFn &fn, const Loc &loc) {
  detail::SweepDecl &sweep = impl->sweeps[sweepIndex];
  sweep.hasBody = true;
  OpBuilder::InsertionGuard guard(impl->builder);
  impl->builder.setInsertionPointToEnd(&sweep.op->getRegion(0).front());
  auto op = ra::BodyOp::create(impl->builder, impl->location(loc), type, IntegerAttr());
  Block *block = &op->getRegion(0).emplaceBlock();
  std::string where = "sweep '" + sweep.name + "', body" + (type ? " '" + type.getValue().str() + "'" : "");
  OpenScope scope(impl, where, block);
  impl->body.emplace();
  impl->body->sweep = sweepIndex;
  impl->body->scope = scope.number;
  impl->body->block = block;
  impl->body->states.resize(sweep.states.size());
  Access::run(impl, scope.number, fn);
  finishBody(*impl, loc);
}

/// Whether a body of this type (-1: of all types) may begin here.
static bool mayBegin(ModelImpl &m, const detail::SweepDecl &sweep, int64_t type, const BodyFn &fn, const Loc &loc) {
  if (!fn)
    m.error(loc, "sweep '" + sweep.name + "': the body's function is empty");
  else if (!m.openScopes.empty())
    m.error(loc, "a body of sweep '" + sweep.name + "' cannot be inside another body");
  else if (type < 0 ? sweep.hasBody : sweep.hasDefaultBody)
    m.error(loc, "sweep '" + sweep.name + "': a body without a type serves all nodes and must be the only one");
  else if (sweep.typesWithBody.count(type))
    m.error(loc, "sweep '" + sweep.name + "': type '" + m.typeNames[type] + "' already has a body");
  else
    return true;
  return false;
}

void Sweep::body(const Type &type, const BodyFn &fn, Loc loc) {
  if (!valid())
    return;
  detail::SweepDecl &sweep = impl->sweeps[index];
  int64_t t = Access::index(type);
  if (!impl->owns(Access::impl(type), t, "sweep '" + sweep.name + "': the body's node type", loc) ||
      !mayBegin(*impl, sweep, t, fn, loc))
    return;
  sweep.typesWithBody.insert(t);
  runBody(impl, index, FlatSymbolRefAttr::get(&impl->context, impl->typeNames[t]), fn, loc);
}

void Sweep::body(const BodyFn &fn, Loc loc) {
  if (!valid() || !mayBegin(*impl, impl->sweeps[index], -1, fn, loc))
    return;
  impl->sweeps[index].hasDefaultBody = true;
  runBody(impl, index, FlatSymbolRefAttr(), fn, loc);
}

void Body::set(const State &state, const Operand &value, Loc loc) {
  int64_t s = Access::index(state);
  if (!impl->owns(Access::impl(state), s, "set: the state", loc))
    return;
  const detail::StateDecl &decl = impl->states[s];
  std::string what = "set: state '" + decl.name + "'";
  if (impl->inReduction())
    return impl->error(loc, what + " is set inside a reduction; return the value from it and set it outside");
  if (decl.sweep != impl->body->sweep)
    return impl->error(loc, what + " belongs to sweep '" + impl->sweeps[decl.sweep].name + "'");
  std::optional<mlir::Value> &slot = impl->body->states[decl.position];
  if (slot)
    return impl->error(loc, what + " is already set");
  slot = mlir::Value();
  Call call("set", value, "the value for state '" + decl.name + "'", loc, impl);
  if (!call)
    return;
  ArrayRef<int64_t> shape = decl.type.getShape();
  if (!call.number(0) && call.shape(0) != shape)
    return impl->error(loc, what + " has the shape " + detail::shapeText(shape) + ", the value has the shape " +
                                call.shapeText(0));
  slot = call.toShape(0, "the value", shape);
}

//===----------------------------------------------------------------------===//
// Reads
//===----------------------------------------------------------------------===//

namespace {
/// What a read names: its symbol and its type, or nothing if the handle is not usable.
struct Source {
  SymbolRefAttr symbol;
  mlir::Type type;
};
} // namespace

static std::optional<Source> source(ModelImpl &m, const State &state, const char *what, const Loc &loc) {
  if (!m.owns(Access::impl(state), Access::index(state), Twine(what) + ": the state", loc))
    return std::nullopt;
  const detail::StateDecl &decl = m.states[Access::index(state)];
  auto name = FlatSymbolRefAttr::get(&m.context, decl.name);
  return Source{SymbolRefAttr::get(&m.context, m.sweeps[decl.sweep].name, {name}), decl.type};
}

/// For Input and SymbolInput.
static std::optional<Source> source(ModelImpl &m, const detail::Handle &input, const char *what, const Loc &loc) {
  if (!m.owns(Access::impl(input), Access::index(input), Twine(what) + ": the input", loc))
    return std::nullopt;
  const detail::InputDecl &decl = m.inputs[Access::index(input)];
  return Source{FlatSymbolRefAttr::get(&m.context, decl.name), decl.type};
}

static mlir::Value emitRead(ModelImpl &m, ra::ReadPlace place, const Source &from, const Loc &loc,
                            std::optional<int64_t> child = {}, mlir::Value otherwise = {}) {
  IntegerAttr index = child ? m.builder.getI64IntegerAttr(*child) : IntegerAttr();
  return ra::ReadOp::create(m.builder, m.location(loc), from.type, place, index, from.symbol, otherwise);
}

template <typename Result, typename H>
static Result read(const Shared &impl, ra::ReadPlace place, const char *what, const H &handle, const Loc &loc,
                   std::optional<int64_t> child = {}) {
  std::optional<Source> from = source(*impl, handle, what, loc);
  if (from && child && *child < 0) {
    impl->error(loc, "child: the index " + Twine(*child) + " is negative");
    from.reset();
  }
  return from ? Access::wrap<Result>(impl, emitRead(*impl, place, *from, loc, child)) : Access::invalid<Result>(impl);
}

/// A read whose place may be absent.
template <typename H>
static Value readOr(const Shared &impl, ra::ReadPlace place, const char *what, const H &handle,
                    const Operand &otherwise, const Loc &loc, std::optional<int64_t> child = {}) {
  std::optional<Source> from = source(*impl, handle, what, loc);
  if (!from)
    return Access::invalid<Value>(impl);
  ArrayRef<int64_t> shape = cast<RankedTensorType>(from->type).getShape();
  const char *role = "the value to use where it is absent";
  Call call(what, otherwise, role, loc, impl);
  mlir::Value fallback = call.toShape(0, role, shape);
  if (!call)
    return call.invalid();
  if (child && *child < 0) {
    impl->error(loc, "child: the index " + Twine(*child) + " is negative");
    return Access::invalid<Value>(impl);
  }
  return Access::wrap<Value>(impl, emitRead(*impl, place, *from, loc, child, fallback));
}

Value Body::self(const State &s, Loc loc) {
  return read<Value>(impl, ra::ReadPlace::Self, "self", s, loc);
}
Value Body::self(const Input &i, Loc loc) {
  return read<Value>(impl, ra::ReadPlace::Self, "self", i, loc);
}
Symbol Body::self(const SymbolInput &i, Loc loc) {
  return read<Symbol>(impl, ra::ReadPlace::Self, "self", i, loc);
}

Value Body::child(int64_t i, const State &s, Loc loc) {
  return read<Value>(impl, ra::ReadPlace::Child, "child", s, loc, i);
}
Value Body::child(int64_t i, const State &s, const Operand &otherwise, Loc loc) {
  return readOr(impl, ra::ReadPlace::Child, "child", s, otherwise, loc, i);
}
Value Body::child(int64_t i, const Input &x, Loc loc) {
  return read<Value>(impl, ra::ReadPlace::Child, "child", x, loc, i);
}
Value Body::child(int64_t i, const Input &x, const Operand &otherwise, Loc loc) {
  return readOr(impl, ra::ReadPlace::Child, "child", x, otherwise, loc, i);
}
Symbol Body::child(int64_t i, const SymbolInput &x, Loc loc) {
  return read<Symbol>(impl, ra::ReadPlace::Child, "child", x, loc, i);
}

Value Body::parent(const State &s, const Operand &otherwise, Loc loc) {
  return readOr(impl, ra::ReadPlace::Parent, "parent", s, otherwise, loc);
}
Value Body::parent(const Input &x, const Operand &otherwise, Loc loc) {
  return readOr(impl, ra::ReadPlace::Parent, "parent", x, otherwise, loc);
}

Value Body::structure(const State &s, Loc loc) {
  return read<Value>(impl, ra::ReadPlace::Structure, "structure", s, loc);
}
Value Body::structure(const Input &i, Loc loc) {
  return read<Value>(impl, ra::ReadPlace::Structure, "structure", i, loc);
}
Symbol Body::structure(const SymbolInput &i, Loc loc) {
  return read<Symbol>(impl, ra::ReadPlace::Structure, "structure", i, loc);
}

/// Whether the neighbour's reduction is still being written.
static bool current(const Shared &impl, int64_t scope, const char *what, const Loc &loc) {
  if (!impl)
    return false;
  if (impl->scopes[scope].open)
    return true;
  impl->error(loc,
              Twine(what) + ": the neighbour belongs to " + impl->scopes[scope].where + ", and can be used only there");
  return false;
}

template <typename Result, typename H>
static Result readEdge(const Shared &impl, int64_t scope, ra::ReadPlace place, const char *what, const H &handle,
                       const Loc &loc) {
  if (!current(impl, scope, what, loc))
    return Access::invalid<Result>(impl);
  return read<Result>(impl, place, what, handle, loc);
}

Value Edge::there(const State &s, Loc loc) const {
  return readEdge<Value>(impl, scope, ra::ReadPlace::There, "there", s, loc);
}
Value Edge::there(const Input &i, Loc loc) const {
  return readEdge<Value>(impl, scope, ra::ReadPlace::There, "there", i, loc);
}
Symbol Edge::there(const SymbolInput &i, Loc loc) const {
  return readEdge<Symbol>(impl, scope, ra::ReadPlace::There, "there", i, loc);
}
Value Edge::edge(const Input &i, Loc loc) const {
  return readEdge<Value>(impl, scope, ra::ReadPlace::Edge, "edge", i, loc);
}
Symbol Edge::edge(const SymbolInput &i, Loc loc) const {
  return readEdge<Symbol>(impl, scope, ra::ReadPlace::Edge, "edge", i, loc);
}

Value Edge::position(Loc loc) const {
  if (!current(impl, scope, "position", loc))
    return Access::invalid<Value>(impl);
  Source from{FlatSymbolRefAttr::get(&impl->context, "position"), impl->tensorType({})};
  return Access::wrap<Value>(impl, emitRead(*impl, ra::ReadPlace::Edge, from, loc));
}

Symbol Edge::position(int64_t size, Loc loc) const {
  if (!current(impl, scope, "position", loc))
    return Access::invalid<Symbol>(impl);
  if (size < 1 || size > std::numeric_limits<int32_t>::max()) {
    impl->error(loc, "position: the domain " + Twine(size) + " is not from 1 to 2^31-1");
    return Access::invalid<Symbol>(impl);
  }
  Source from{FlatSymbolRefAttr::get(&impl->context, "position"), ra::SymbolType::get(&impl->context, size)};
  return Access::wrap<Symbol>(impl, emitRead(*impl, ra::ReadPlace::Edge, from, loc));
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

Value Body::constant(double number, const Shape &shape, Loc loc) {
  if (!impl->checkShape("constant", shape, loc))
    return Access::invalid<Value>(impl);
  return Access::wrap<Value>(impl, impl->constant(number, shape), impl->body->scope);
}
Value Body::zeros(const Shape &shape, Loc loc) {
  return constant(0, shape, loc);
}
Value Body::ones(const Shape &shape, Loc loc) {
  return constant(1, shape, loc);
}

} // namespace cortex::build
