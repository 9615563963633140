//===- ModelImpl.h - What stands behind the builder's handles -------------===//
//
// A model under construction is an ra.model in a context of its own. Handles
// hold indices into the tables here, values hold the SSA value and the number
// of the scope (a body or a reduction's region) that computed it. A scope is
// open while its lambda runs; a value may be used while its scope is open.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_LIB_BUILDER_MODELIMPL_H
#define CORTEX_LIB_BUILDER_MODELIMPL_H

#include "cortex/Builder/BuilderIR.h"
#include "cortex/Dialect/RA/IR/RA.h"

#include <map>
#include <set>

namespace cortex::build::detail {

/// A body or the region of a reduction.
struct Scope {
  std::string where; ///< for messages: "sweep 'up', body 'leaf'", "a reduction over children"
  bool open = true;
};

struct InputDecl {
  std::string name;
  mlir::Type type; ///< a tensor or !ra.symbol
};

struct ParamDecl {
  std::string name;
  mlir::RankedTensorType type;
};

struct StateDecl {
  std::string name;
  mlir::RankedTensorType type;
  int64_t sweep = -1;
  size_t position = 0; ///< among the states of its sweep
};

struct SweepDecl {
  std::string name;
  ra::SweepOp op;
  std::vector<int64_t> states;
  bool hasBody = false;
  bool hasDefaultBody = false; ///< its body serves all types
  std::set<int64_t> typesWithBody;
};

/// The body whose lambda is running.
struct OpenBody {
  int64_t sweep = -1;
  int64_t scope = -1;
  mlir::Block *block = nullptr;
  /// The last of the parameter reads and constants that open the block.
  mlir::Operation *prologueEnd = nullptr;
  std::map<int64_t, mlir::Value> params;
  std::map<std::pair<uint64_t, const void *>, mlir::Value> constants; ///< by bits of the number, type
  /// Per state of the sweep: unset, or its value (null if invalid).
  std::vector<std::optional<mlir::Value>> states;
};

struct ModelImpl {
  ModelImpl();
  ~ModelImpl();

  std::string name;
  DType floatType = DType::F32;
  mlir::MLIRContext context;
  mlir::OpBuilder builder;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  ra::ModelOp op;

  std::vector<std::string> typeNames;
  std::vector<InputDecl> inputs;
  std::vector<ParamDecl> params;
  std::vector<StateDecl> states;
  std::vector<SweepDecl> sweeps;
  std::map<std::string, std::string, std::less<>> names; ///< of the model's symbol table: name -> kind

  std::vector<Scope> scopes;
  std::vector<int64_t> openScopes; ///< innermost last
  std::optional<OpenBody> body;
  /// Regions of reductions that failed. Values may still point into them.
  std::vector<std::unique_ptr<mlir::Block>> abandoned;

  std::vector<std::string> errors;

  /// Records a mistake: "file:line: where: what".
  void error(const Loc &loc, const llvm::Twine &what);
  mlir::Location location(const Loc &loc);
  mlir::FloatType elementType();
  mlir::RankedTensorType tensorType(llvm::ArrayRef<int64_t> shape);
  bool inReduction() const { return openScopes.size() > 1; }

  /// Opens a scope and returns its number.
  int64_t open(std::string where);
  void close(int64_t scope);

  /// Inserts declarations before the sweeps, sweeps and outputs at the end.
  void insertDeclaration();

  /// Claims a name of the model's symbol table, or reports why it cannot be had.
  bool claim(llvm::StringRef kind, llvm::StringRef newName, const Loc &loc);
  /// Reports sizes below 1 and tensors that are too large.
  bool checkShape(const llvm::Twine &what, const Shape &shape, const Loc &loc);
  /// Whether the handle belongs to this model and is valid; reports what nobody has reported.
  bool owns(const std::shared_ptr<ModelImpl> &other, int64_t index, const llvm::Twine &what, const Loc &loc);

  /// A constant tensor at the head of the open body.
  mlir::Value constant(double number, llvm::ArrayRef<int64_t> shape);
  /// A parameter's value, read at the head of the open body.
  mlir::Value readParam(int64_t param);

private:
  /// A builder that inserts at the end of the open body's prologue.
  mlir::OpBuilder prologue();
};

/// "(3, 4)".
std::string shapeText(llvm::ArrayRef<int64_t> shape);
/// The file's name without folders.
llvm::StringRef fileName(const Loc &loc);

inline llvm::ArrayRef<int64_t> shapeOf(mlir::Value v) {
  return mlir::cast<mlir::RankedTensorType>(v.getType()).getShape();
}

/// The one place that looks into handles.
struct Access {
  static const std::shared_ptr<ModelImpl> &impl(const Handle &h) { return h.impl; }
  static int64_t index(const Handle &h) { return h.index; }
  static const std::shared_ptr<ModelImpl> &impl(const ValueHandle &v) { return v.impl; }
  static int64_t scope(const ValueHandle &v) { return v.scope; }
  static mlir::Value value(const ValueHandle &v) { return mlir::Value::getFromOpaquePointer(v.value); }
  static const std::shared_ptr<ModelImpl> &impl(const Model &m) { return m.impl; }

  static const Value &value(const Operand &o) { return o.value; }
  static const std::optional<double> &number(const Operand &o) { return o.number; }
  static const Loc &loc(const Operand &o) { return o.loc; }

  static int64_t position(const At &a) { return a.position; }
  static const std::optional<Symbol> &symbol(const At &a) { return a.symbol; }
  static const Loc &loc(const At &a) { return a.loc; }

  template <typename H> static H handle(const std::shared_ptr<ModelImpl> &impl, int64_t index) {
    return H(impl, index);
  }
  /// A handle of an invalid value of this model.
  template <typename V> static V invalid(const std::shared_ptr<ModelImpl> &impl) {
    V v;
    v.impl = impl;
    return v;
  }
  /// A handle of a value that the innermost scope (or `scope`) computed.
  template <typename V>
  static V wrap(const std::shared_ptr<ModelImpl> &impl, mlir::Value value, std::optional<int64_t> scope = {}) {
    V v;
    v.impl = impl;
    v.value = value.getAsOpaquePointer();
    v.scope = scope ? *scope : impl->openScopes.back();
    return v;
  }
  static Edge edge(const std::shared_ptr<ModelImpl> &impl, int64_t scope) {
    Edge e;
    e.impl = impl;
    e.scope = scope;
    return e;
  }
  /// Runs a body's lambda.
  static void run(const std::shared_ptr<ModelImpl> &impl, int64_t scope, const BodyFn &fn) {
    Body b;
    b.impl = impl;
    b.scope = scope;
    fn(b);
  }
};

/// One call of an operation by the user. Resolves the operands; the call is
/// good if all are valid values (or numbers) that may be used here. Mistakes
/// that nobody has reported yet are reported.
class Call {
public:
  Call(llvm::StringRef op, llvm::ArrayRef<const Operand *> operands, std::optional<Loc> loc = {});
  /// A call on behalf of a model, with one operand, which messages name as `what`.
  Call(llvm::StringRef op, const Operand &operand, llvm::StringRef what, const Loc &loc,
       std::shared_ptr<ModelImpl> owner);
  /// For operations that also take a mask or a symbol.
  void also(const ValueHandle &v, llvm::StringRef what);

  bool good() const { return ok; }
  explicit operator bool() const { return ok; }
  ModelImpl &model() const { return *impl; }
  const std::shared_ptr<ModelImpl> &shared() const { return impl; }
  mlir::Location location() const { return impl->location(loc); }
  mlir::OpBuilder &builder() const { return impl->builder; }

  /// Operand i; null if it is a number.
  mlir::Value operator[](size_t i) const { return values[i]; }
  size_t size() const { return values.size(); }
  std::optional<double> number(size_t i) const { return numbers[i]; }
  llvm::ArrayRef<int64_t> shape(size_t i) const { return shapeOf(values[i]); }
  std::string shapeText(size_t i) const;

  /// Reports operand i being a number where a tensor is needed.
  bool needTensor(size_t i, llvm::StringRef what);
  /// Makes a number or a tensor a tensor of exactly this shape; reports a shape that does not broadcast.
  mlir::Value toShape(size_t i, llvm::StringRef what, llvm::ArrayRef<int64_t> shape);
  /// A dimension of `rank`, from the end if negative; reports one out of range.
  std::optional<int64_t> dimension(int64_t dim, int64_t rank);

  void fail(const llvm::Twine &what);
  /// The result, or the invalid value if the call failed.
  Value result(mlir::Value v) const;
  Value invalid() const { return Access::invalid<Value>(impl); }
  Mask mask(mlir::Value v) const;

private:
  void resolve(const ValueHandle &v, const llvm::Twine &what);

  std::string op;
  Loc loc;
  std::shared_ptr<ModelImpl> impl;
  bool ok = true;
  llvm::SmallVector<mlir::Value> values;
  llvm::SmallVector<std::optional<double>> numbers;
};

} // namespace cortex::build::detail
#endif // CORTEX_LIB_BUILDER_MODELIMPL_H
