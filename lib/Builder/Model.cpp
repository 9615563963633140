//===- Model.cpp - Declarations of a model, its verification and text -----===//
#include "ModelImpl.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include <limits>

using namespace mlir;

namespace cortex::build {

using detail::Access;
using detail::ModelImpl;

static std::string quoted(std::string_view kind, std::string_view name) {
  return std::string(kind) + " '" + std::string(name) + "'";
}

static StringRef ref(std::string_view s) {
  return {s.data(), s.size()};
}

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

Model::Model(std::string_view name, StructureKind structure, DType floatType, Loc loc)
    : impl(std::make_shared<ModelImpl>()) {
  impl->name = name;
  if (name.empty())
    impl->error(loc, "the name of the model is empty");
  if (floatType == DType::I32)
    impl->error(loc, quoted("model", name) + ": the float type must be F32 or F64");
  else
    impl->floatType = floatType;
  Location at = impl->location(loc);
  OpBuilder &b = impl->builder;
  impl->module = ModuleOp::create(at);
  b.setInsertionPointToEnd(impl->module->getBody());
  impl->op = ra::ModelOp::create(b, at, ref(name), static_cast<ra::Structure>(structure), impl->elementType(),
                                 /*schedule=*/DictionaryAttr());
  impl->op->getRegion(0).emplaceBlock();
}

Model::~Model() = default;
Model::Model(Model &&) noexcept = default;
Model &Model::operator=(Model &&) noexcept = default;

Type Model::type(std::string_view name, int64_t arity, Loc loc) {
  if (impl && arity < 0) {
    impl->error(loc, quoted("type", name) + ": the arity " + std::to_string(arity) + " is negative");
    return Access::handle<Type>(impl, -1);
  }
  return type(name, arity, arity, loc);
}

Type Model::type(std::string_view name, int64_t minArity, int64_t maxArity, Loc loc) {
  if (!impl || !impl->claim("type", ref(name), loc))
    return Access::handle<Type>(impl, -1);
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  if (minArity < 0 || minArity > kMost || maxArity > kMost || (maxArity != any && maxArity < minArity)) {
    impl->error(loc, quoted("type", name) + ": no arity is from " + std::to_string(minArity) + " to " +
                         std::to_string(maxArity));
    return Access::handle<Type>(impl, -1);
  }
  OpBuilder::InsertionGuard guard(impl->builder);
  impl->insertDeclaration();
  ra::TypeOp::create(impl->builder, impl->location(loc), ref(name), minArity, maxArity);
  impl->typeNames.emplace_back(name);
  return Access::handle<Type>(impl, static_cast<int64_t>(impl->typeNames.size()) - 1);
}

/// Declares an input of any kind; returns its index, or -1.
static int64_t declareInput(ModelImpl &m, std::string_view name, Place place, mlir::Type type,
                            const std::vector<Type> &on, const Loc &loc) {
  if (place == Place::Roots) {
    m.error(loc, quoted("input", name) + ": an input is at nodes, edges or structures, not at roots");
    return -1;
  }
  SmallVector<Attribute> types;
  for (const Type &t : on) {
    if (!m.owns(Access::impl(t), Access::index(t), quoted("input", name) + ": the node type", loc))
      return -1;
    types.push_back(FlatSymbolRefAttr::get(&m.context, m.typeNames[Access::index(t)]));
  }
  OpBuilder::InsertionGuard guard(m.builder);
  m.insertDeclaration();
  ra::InputOp::create(m.builder, m.location(loc), ref(name), static_cast<ra::Place>(place), type,
                      types.empty() ? ArrayAttr() : m.builder.getArrayAttr(types));
  m.inputs.push_back({std::string(name), type});
  return static_cast<int64_t>(m.inputs.size()) - 1;
}

static int64_t declareSymbol(ModelImpl *m, std::string_view name, Place place, int64_t domain,
                             const std::vector<Type> &on, const Loc &loc) {
  if (!m || !m->claim("input", ref(name), loc))
    return -1;
  if (domain < 1 || domain > std::numeric_limits<int32_t>::max()) {
    m->error(loc, quoted("input", name) + ": the domain " + std::to_string(domain) + " is not from 1 to 2^31-1");
    return -1;
  }
  return declareInput(*m, name, place, ra::SymbolType::get(&m->context, domain), on, loc);
}

static int64_t declareDense(ModelImpl *m, std::string_view name, Place place, const Shape &shape,
                            const std::vector<Type> &on, const Loc &loc) {
  if (!m || !m->claim("input", ref(name), loc) || !m->checkShape(quoted("input", name), shape, loc))
    return -1;
  return declareInput(*m, name, place, m->tensorType(shape), on, loc);
}

SymbolInput Model::symbolInput(std::string_view name, int64_t domain, const std::vector<Type> &on, Loc loc) {
  return Access::handle<SymbolInput>(impl, declareSymbol(impl.get(), name, Place::Nodes, domain, on, loc));
}

SymbolInput Model::symbolInput(std::string_view name, Place place, int64_t domain, Loc loc) {
  return Access::handle<SymbolInput>(impl, declareSymbol(impl.get(), name, place, domain, {}, loc));
}

Input Model::input(std::string_view name, const Shape &shape, const std::vector<Type> &on, Loc loc) {
  return Access::handle<Input>(impl, declareDense(impl.get(), name, Place::Nodes, shape, on, loc));
}

Input Model::input(std::string_view name, Place place, const Shape &shape, Loc loc) {
  return Access::handle<Input>(impl, declareDense(impl.get(), name, place, shape, {}, loc));
}

Param Model::param(std::string_view name, const Shape &shape, Loc loc) {
  if (!impl || !impl->claim("parameter", ref(name), loc) || !impl->checkShape(quoted("parameter", name), shape, loc))
    return Access::handle<Param>(impl, -1);
  OpBuilder::InsertionGuard guard(impl->builder);
  impl->insertDeclaration();
  RankedTensorType type = impl->tensorType(shape);
  ra::ParamOp::create(impl->builder, impl->location(loc), ref(name), type);
  impl->params.push_back({std::string(name), type});
  return Access::handle<Param>(impl, static_cast<int64_t>(impl->params.size()) - 1);
}

Shape Param::shape() const {
  return valid() ? impl->params[index].type.getShape().vec() : Shape();
}

Sweep Model::sweep(std::string_view name, Direction direction, Place at, Loc loc) {
  if (!impl || !impl->claim("sweep", ref(name), loc))
    return Access::handle<Sweep>(impl, -1);
  const char *wrong = nullptr;
  if (!impl->openScopes.empty())
    wrong = "a sweep cannot be declared inside a body";
  else if (at == Place::Edges)
    wrong = "a sweep is at nodes, roots or structures, not at edges";
  else if (direction != Direction::Map && at != Place::Nodes)
    wrong = "only a map sweep can be at roots or structures";
  if (wrong) {
    impl->error(loc, quoted("sweep", name) + ": " + wrong);
    return Access::handle<Sweep>(impl, -1);
  }
  OpBuilder &b = impl->builder;
  b.setInsertionPointToEnd(&impl->op->getRegion(0).front());
  auto op = ra::SweepOp::create(b, impl->location(loc), ref(name), static_cast<ra::Direction>(direction),
                                static_cast<ra::Place>(at), b.getStrArrayAttr({}), b.getTypeArrayAttr({}));
  op->getRegion(0).emplaceBlock();
  detail::SweepDecl decl;
  decl.name = name;
  decl.op = op;
  impl->sweeps.push_back(std::move(decl));
  return Access::handle<Sweep>(impl, static_cast<int64_t>(impl->sweeps.size()) - 1);
}

State Sweep::state(std::string_view name, const Shape &shape, Loc loc) {
  if (!valid())
    return Access::handle<State>(impl, -1);
  detail::SweepDecl &sweep = impl->sweeps[index];
  std::string what = quoted("state", name) + " of " + quoted("sweep", sweep.name);
  const char *wrong = nullptr;
  if (name.empty())
    wrong = "the name is empty";
  else if (sweep.hasBody)
    wrong = "states are declared before the sweep's first body";
  for (int64_t other : sweep.states)
    if (impl->states[other].name == name)
      wrong = "the sweep already has a state of that name";
  if (wrong)
    impl->error(loc, what + ": " + wrong);
  if (wrong || !impl->checkShape(what, shape, loc))
    return Access::handle<State>(impl, -1);
  auto position = static_cast<int64_t>(impl->states.size());
  impl->states.push_back({std::string(name), impl->tensorType(shape), index, sweep.states.size()});
  sweep.states.push_back(position);
  SmallVector<StringRef> names;
  SmallVector<mlir::Type> types;
  for (int64_t s : sweep.states) {
    names.push_back(impl->states[s].name);
    types.push_back(impl->states[s].type);
  }
  sweep.op.setStateNamesAttr(impl->builder.getStrArrayAttr(names));
  sweep.op.setStateTypesAttr(impl->builder.getTypeArrayAttr(types));
  return Access::handle<State>(impl, position);
}

static void declareOutput(ModelImpl *m, std::string_view name, const State &state, std::optional<Place> at,
                          const Loc &loc) {
  if (!m || !m->claim("output", ref(name), loc) ||
      !m->owns(Access::impl(state), Access::index(state), quoted("output", name) + ": the state", loc))
    return;
  if (at == Place::Edges)
    return m->error(loc, quoted("output", name) + ": an output is at nodes, roots or structures, not at edges");
  if (!m->openScopes.empty())
    return m->error(loc, quoted("output", name) + ": an output cannot be declared inside a body");
  const detail::StateDecl &decl = m->states[Access::index(state)];
  MLIRContext *context = &m->context;
  m->builder.setInsertionPointToEnd(&m->op->getRegion(0).front());
  auto symbol = SymbolRefAttr::get(context, m->sweeps[decl.sweep].name, {FlatSymbolRefAttr::get(context, decl.name)});
  ra::OutputOp::create(m->builder, m->location(loc), ref(name), symbol,
                       at ? ra::PlaceAttr::get(context, static_cast<ra::Place>(*at)) : ra::PlaceAttr());
}

void Model::output(std::string_view name, const State &state, Loc loc) {
  declareOutput(impl.get(), name, state, std::nullopt, loc);
}

void Model::output(std::string_view name, const State &state, Place at, Loc loc) {
  declareOutput(impl.get(), name, state, at, loc);
}

//===----------------------------------------------------------------------===//
// The finished model
//===----------------------------------------------------------------------===//

std::string Model::name() const {
  return impl ? impl->name : std::string();
}
DType Model::floatType() const {
  return impl ? impl->floatType : DType::F32;
}

const std::vector<std::string> &Model::errors() const {
  static const std::vector<std::string> moved{"the model was moved from"};
  return impl ? impl->errors : moved;
}

/// Collects diagnostics as lines "file:line: what".
static std::string describe(Diagnostic &d) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (auto at = d.getLocation()->findInstanceOf<FileLineColLoc>())
    os << at.getFilename().getValue() << ':' << at.getLine() << ": ";
  os << d;
  return text;
}

bool Model::verify(std::string &error) const {
  error.clear();
  if (!errors().empty()) {
    error = llvm::join(errors(), "\n");
    return false;
  }
  if (!impl->openScopes.empty()) {
    error = quoted("model", impl->name) + ": verified while a body is being written";
    return false;
  }
  std::vector<std::string> lines;
  ScopedDiagnosticHandler handler(&impl->context, [&](Diagnostic &d) { lines.push_back(describe(d)); });
  bool good = succeeded(mlir::verify(*impl->module));
  error = llvm::join(lines, "\n");
  return good;
}

static std::string print(ModelImpl &m, const OpPrintingFlags &flags) {
  std::string text;
  llvm::raw_string_ostream os(text);
  m.op->print(os, flags);
  return text + "\n";
}

std::string Model::text() const {
  std::string error;
  return verify(error) ? print(*impl, OpPrintingFlags()) : std::string();
}

void loadModelDialects(MLIRContext &context) {
  context.loadDialect<ra::RADialect, arith::ArithDialect, linalg::LinalgDialect, math::MathDialect,
                      tensor::TensorDialect>();
}

OwningOpRef<ModuleOp> buildModule(const Model &model, MLIRContext &context, std::string &error) {
  if (!model.verify(error))
    return {};
  // The text carries a model from one context to another; with the user's source lines.
  std::string text = print(*Access::impl(model), OpPrintingFlags().enableDebugInfo(true, false));
  loadModelDialects(context);
  std::vector<std::string> lines;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &d) { lines.push_back(describe(d)); });
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, ParserConfig(&context), model.name());
  if (!module)
    error = llvm::join(lines, "\n");
  return module;
}

} // namespace cortex::build
