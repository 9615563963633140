//===- Model.h - Writing a model: declarations, sweeps, bodies ------------===//
//
// The handles here are small values that may be copied freely. They name
// things inside one Model and stay safe to use after it is gone. None of them
// shows the compiler's data structures: this header needs the C++ standard
// library and manifest.h only.
//
// A wrong use never stops the program. The first mistake at a place is kept,
// with its source line, and everything computed from it is silently invalid, so
// that one mistake gives one error. Ask Model::verify for the errors.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_BUILDER_MODEL_H
#define CORTEX_BUILDER_MODEL_H

#include "cortex/manifest.h"

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cortex::build {

/// Sizes of a tensor's dimensions, outermost first; {} is a scalar (rank 0).
using Shape = std::vector<int64_t>;
/// Where the user wrote a call; filled in by the compiler through default arguments.
using Loc = std::source_location;

/// As an upper arity: no upper bound.
inline constexpr int64_t any = -1;

/// Whose states of the same sweep a body may read: Up its children's, Down its
/// parents', Map nobody's.
enum class Direction { Up, Down, Map };

/// What a reduction iterates over. Nodes is for bodies at structures.
enum class Neighbours { Children, Parents, Nodes };
inline constexpr Neighbours children = Neighbours::Children;
inline constexpr Neighbours parents = Neighbours::Parents;
inline constexpr Neighbours nodes = Neighbours::Nodes;

/// How a reduction over neighbours combines. Softmax weighs values by scores.
enum class Combine { Sum, Mean, Prod, Max, Min, Softmax };

class Body;
class Edge;
class Model;
class Operand;
class Param;
class Sweep;
class Value;

namespace detail {
struct ModelImpl;
struct Access;

/// What every handle is: a model and a number in one of its tables (-1: invalid).
class Handle {
public:
  Handle() = default;
  /// False for a handle that no call returned, or that a failed call returned.
  bool valid() const { return impl && index >= 0; }

protected:
  friend struct Access;
  Handle(std::shared_ptr<ModelImpl> impl, int64_t index) : impl(std::move(impl)), index(index) {}
  std::shared_ptr<ModelImpl> impl;
  int64_t index = -1;
};

/// What values of a body are: an SSA value and the region that computed it.
class ValueHandle {
public:
  ValueHandle() = default;
  /// False for a handle that no call returned, or that a failed call returned.
  bool valid() const { return impl && value; }

protected:
  friend struct Access;
  std::shared_ptr<ModelImpl> impl;
  const void *value = nullptr;
  int64_t scope = -1;
};
} // namespace detail

/// A node type. See Model::type.
class Type : public detail::Handle {
  friend struct detail::Access;
  using Handle::Handle;
};

/// An integer input with its domain. See Model::symbolInput.
class SymbolInput : public detail::Handle {
  friend struct detail::Access;
  using Handle::Handle;
};

/// A dense input. See Model::input.
class Input : public detail::Handle {
  friend struct detail::Access;
  using Handle::Handle;
};

/// A state of a sweep: a tensor per item that the sweep visits. See Sweep::state.
class State : public detail::Handle {
  friend struct detail::Access;
  using Handle::Handle;
};

/// A symbol's value at some node: good for looking up tables, nothing else.
class Symbol : public detail::ValueHandle {
  friend struct detail::Access;
};

/// The result of a comparison: a truth value per element, for select().
class Mask : public detail::ValueHandle {
  friend struct detail::Access;
};

/// An index into the first dimension of a tensor: a number known now, or a
/// symbol known when the model runs (a table look-up).
class At {
public:
  template <std::integral I>
  At(I position, Loc loc = Loc::current()) : position(static_cast<int64_t>(position)), loc(loc) {}
  At(const Symbol &symbol, Loc loc = Loc::current()) : symbol(symbol), loc(loc) {}

private:
  friend struct detail::Access;
  int64_t position = 0;
  std::optional<Symbol> symbol;
  Loc loc;
};

/// A weight tensor that the user supplies when the model is used. It may stand
/// wherever a Value may, inside a body.
class Param : public detail::Handle {
public:
  using Handle::Handle;
  /// Row `at` of the first dimension, of shape shape()[1..]: a static slice for
  /// a number, a table look-up for a symbol whose domain is shape()[0].
  Value operator[](const At &at) const;
  /// The declared shape; {} if invalid.
  Shape shape() const;
};

/// A tensor of the model's float type, computed in a body.
class Value : public detail::ValueHandle {
public:
  Value() = default;
  /// The parameter's value; allowed inside a body only.
  Value(const Param &param, Loc loc = Loc::current());
  /// As Param::operator[].
  Value operator[](const At &at) const;
  /// The shape; {} if invalid.
  Shape shape() const;

private:
  friend struct detail::Access;
};

/// What operations take: a value, a parameter or a number. A number takes the
/// shape that the operation needs. Remembers where the user wrote it.
class Operand {
public:
  Operand(const Value &value, Loc loc = Loc::current()) : value(value), loc(loc) {}
  Operand(const Param &param, Loc loc = Loc::current()) : value(param, loc), loc(loc) {}
  Operand(double number, Loc loc = Loc::current()) : number(number), loc(loc) {}

private:
  friend struct detail::Access;
  Value value;
  std::optional<double> number;
  Loc loc;
};

/// Inside a reduction: one neighbour and the edge to it.
class Edge {
public:
  /// The neighbour's input or state.
  Value there(const State &state, Loc loc = Loc::current()) const;
  Value there(const Input &input, Loc loc = Loc::current()) const;
  Symbol there(const SymbolInput &input, Loc loc = Loc::current()) const;
  /// The edge's input (declared with Place::Edges).
  Value edge(const Input &input, Loc loc = Loc::current()) const;
  Symbol edge(const SymbolInput &input, Loc loc = Loc::current()) const;
  /// The child's place in its parent's list, from 0, as a scalar.
  Value position(Loc loc = Loc::current()) const;
  /// The same as a symbol of domain `size`: no parent may have more children.
  Symbol position(int64_t size, Loc loc = Loc::current()) const;

private:
  friend struct detail::Access;
  std::shared_ptr<detail::ModelImpl> impl;
  int64_t scope = -1;
};

/// The score (a scalar) and the value of one neighbour, for attention.
struct Scored {
  Value score;
  Value value;
};

using EdgeFn = std::function<Value(const Edge &)>;
using ScoredFn = std::function<Scored(const Edge &)>;
using EdgesFn = std::function<std::vector<Value>(const Edge &)>;

/// The computation of one node (or structure, or root), while it is written.
/// Lives only during the call of Sweep::body that made it.
class Body {
public:
  Body(const Body &) = delete;
  Body &operator=(const Body &) = delete;

  /// This node's input or state (of an earlier sweep).
  Value self(const State &state, Loc loc = Loc::current());
  Value self(const Input &input, Loc loc = Loc::current());
  Symbol self(const SymbolInput &input, Loc loc = Loc::current());

  /// The same of the `i`-th child, from 0. Where the node's type allows fewer
  /// than i + 1 children, `otherwise` is required: a number or a value of the
  /// same shape.
  Value child(int64_t i, const State &state, Loc loc = Loc::current());
  Value child(int64_t i, const State &state, const Operand &otherwise, Loc loc = Loc::current());
  Value child(int64_t i, const Input &input, Loc loc = Loc::current());
  Value child(int64_t i, const Input &input, const Operand &otherwise, Loc loc = Loc::current());
  Symbol child(int64_t i, const SymbolInput &input, Loc loc = Loc::current());

  /// The same of the parent, in trees and sequences. A root has none, so
  /// `otherwise` is required.
  Value parent(const State &state, const Operand &otherwise, Loc loc = Loc::current());
  Value parent(const Input &input, const Operand &otherwise, Loc loc = Loc::current());

  /// The same of the structure that the node belongs to. A body at structures
  /// reads the structure's inputs here too, and earlier states at structures by self.
  Value structure(const State &state, Loc loc = Loc::current());
  Value structure(const Input &input, Loc loc = Loc::current());
  Symbol structure(const SymbolInput &input, Loc loc = Loc::current());

  /// Reductions over neighbours in stored order. `fn` is called once and states
  /// the value of one neighbour; it may use values of the body around it. Over
  /// nobody the result is 0 for sum and mean, 1 for prod, `otherwise` for the
  /// rest, which is required where there may be nobody. Reductions do not nest.
  Value sum(Neighbours over, const EdgeFn &fn, Loc loc = Loc::current());
  Value mean(Neighbours over, const EdgeFn &fn, Loc loc = Loc::current());
  Value prod(Neighbours over, const EdgeFn &fn, Loc loc = Loc::current());
  Value max(Neighbours over, const EdgeFn &fn, Loc loc = Loc::current());
  Value max(Neighbours over, const EdgeFn &fn, const Operand &otherwise, Loc loc = Loc::current());
  Value min(Neighbours over, const EdgeFn &fn, Loc loc = Loc::current());
  Value min(Neighbours over, const EdgeFn &fn, const Operand &otherwise, Loc loc = Loc::current());
  /// Attention: the sum of the values weighted by the softmax of the scores.
  Value attend(Neighbours over, const ScoredFn &fn, Loc loc = Loc::current());
  Value attend(Neighbours over, const ScoredFn &fn, const Operand &otherwise, Loc loc = Loc::current());
  /// Several reductions in one pass: one result per combiner. `fn` returns one
  /// value per combiner, two (score, value) for Softmax. `otherwise` is empty or
  /// has one value per Max, Min and Softmax, in order.
  std::vector<Value> reduce(Neighbours over, const std::vector<Combine> &combine, const EdgesFn &fn,
                            const std::vector<Operand> &otherwise = {}, Loc loc = Loc::current());

  /// A tensor filled with one number.
  Value constant(double number, const Shape &shape, Loc loc = Loc::current());
  Value zeros(const Shape &shape, Loc loc = Loc::current());
  Value ones(const Shape &shape, Loc loc = Loc::current());

  /// Gives the state its value, of exactly its shape (a number fills it). Every
  /// state of the sweep is set once in every body.
  void set(const State &state, const Operand &value, Loc loc = Loc::current());

private:
  friend struct detail::Access;
  Body() = default;
  std::shared_ptr<detail::ModelImpl> impl;
  int64_t scope = -1;
};

using BodyFn = std::function<void(Body &)>;

/// One pass over the nodes, roots or structures. See Model::sweep.
class Sweep : public detail::Handle {
public:
  using Handle::Handle;
  /// Declares a state; before the sweep's first body. All sizes are positive.
  State state(std::string_view name, const Shape &shape, Loc loc = Loc::current());
  /// The computation at nodes of this type. Calls `fn` at once.
  void body(const Type &type, const BodyFn &fn, Loc loc = Loc::current());
  /// The computation at nodes of all types, or at structures: the sweep's only body.
  void body(const BodyFn &fn, Loc loc = Loc::current());
};

/// A model under construction. Names of types, inputs, parameters, sweeps and
/// outputs share one name space and are not empty.
class Model {
public:
  /// `floatType` is F32 or F64: the type of all tensors of the model.
  Model(std::string_view name, StructureKind structure, DType floatType = DType::F32, Loc loc = Loc::current());
  ~Model();
  Model(Model &&) noexcept;
  Model &operator=(Model &&) noexcept;
  Model(const Model &) = delete;
  Model &operator=(const Model &) = delete;

  /// A node type with exactly `arity` children, or with `minArity` to
  /// `maxArity` (`any`: no bound). Types with disjoint ranges are told apart by
  /// arity; otherwise whoever runs the model gives a type per node.
  Type type(std::string_view name, int64_t arity, Loc loc = Loc::current());
  Type type(std::string_view name, int64_t minArity, int64_t maxArity, Loc loc = Loc::current());

  /// An integer per node, 0 <= value < domain; on nodes of these types only, or on all.
  SymbolInput symbolInput(std::string_view name, int64_t domain, const std::vector<Type> &on = {},
                          Loc loc = Loc::current());
  /// The same per node, edge or structure.
  SymbolInput symbolInput(std::string_view name, Place place, int64_t domain, Loc loc = Loc::current());

  /// A tensor per node, of the model's float type; on nodes of these types only, or on all.
  Input input(std::string_view name, const Shape &shape, const std::vector<Type> &on = {}, Loc loc = Loc::current());
  /// The same per node, edge or structure.
  Input input(std::string_view name, Place place, const Shape &shape, Loc loc = Loc::current());

  /// A weight tensor of the model's float type.
  Param param(std::string_view name, const Shape &shape, Loc loc = Loc::current());

  /// Sweeps run in the order in which they are declared. `at` is Nodes, or for
  /// Direction::Map also Roots or Structures.
  Sweep sweep(std::string_view name, Direction direction, Place at = Place::Nodes, Loc loc = Loc::current());

  /// What the caller reads: a state, at Nodes, Roots or Structures. Without a
  /// place: at the roots for a sweep over nodes, else at the sweep's place.
  void output(std::string_view name, const State &state, Loc loc = Loc::current());
  void output(std::string_view name, const State &state, Place at, Loc loc = Loc::current());

  std::string name() const;
  DType floatType() const;

  /// The mistakes found so far, each "file:line: where: what".
  const std::vector<std::string> &errors() const;
  /// Whether the model is complete and correct. If not, `error` has the
  /// mistakes, one a line.
  bool verify(std::string &error) const;
  /// The model as text (dialect `ra`), which the compiler also reads from a
  /// file; empty if the model does not verify.
  std::string text() const;

private:
  friend struct detail::Access;
  std::shared_ptr<detail::ModelImpl> impl;
};

} // namespace cortex::build
#endif // CORTEX_BUILDER_MODEL_H
