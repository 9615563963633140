//===- Code.h - A model as lists of instructions over slots ---------------===//
//
// The evaluator reads the `ra` operations once and keeps each body as a list of
// instructions over *slots*, one per SSA value, with shapes, index maps and
// names resolved. Nothing is transformed but this: instructions whose operands
// come from parameters and constants only stand in a list of their own (the
// prologue), so that they are executed once and not at every node.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_LIB_REFERENCE_CODE_H
#define CORTEX_LIB_REFERENCE_CODE_H

#include "cortex/Dialect/RA/IR/RA.h"
#include "cortex/manifest.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cortex::reference {

using Dims = std::vector<int64_t>; ///< a tensor's extents

/// The number of elements of a shape.
int64_t countOf(const Dims &shape);

/// One SSA value of a body. Scalars are tensors of rank 0.
struct Slot {
  enum Kind { Float, Bool, Symbol };
  Kind kind = Float;
  Dims shape;
  int64_t size = 1;
  bool constant = false; ///< follows from parameters and constants only
  bool weight = false;   ///< constant, or an entry of what is
};

enum class Opcode {
  Constant,
  Poison, ///< tensor.empty: NaN, so that reading it shows
  Read,
  Lookup,
  Over,
  Contract,
  Reduce,
  Gather,  ///< out[i] = in[index[i]]
  Scatter, ///< out = in[0] (if any), then out[indices[k][i]] = in[k][i]
  Alias,   ///< the same elements under another shape
  Add,
  Sub,
  Mul,
  Div,
  Max,
  Min,
  Neg,
  Abs,
  Exp,
  Log,
  Tanh,
  Erf,
  Sqrt,
  Sigmoid,
  Fma,
  Compare,
  Select
};

/// Where an ra.read looks.
struct ReadSite {
  enum Source { Param, Input, State, Position };
  ra::ReadPlace place = ra::ReadPlace::Self;
  Source source = Param;
  int64_t child = 0;  ///< for place Child
  int index = 0;      ///< parameter, input or sweep
  int state = 0;      ///< of the sweep
  int otherwise = -1; ///< slot, or -1
  int64_t domain = 0; ///< of a symbol
};

/// The loops of a contraction: out[...] += a[...] * b[...], the last one innermost.
struct ContractLoops {
  struct Dim {
    int64_t extent, a, b, c; ///< strides in elements
  };
  std::vector<Dim> dims;
  int64_t terms = 1; ///< products summed into one element
};

struct Instruction {
  Opcode code;
  std::vector<int> in;                       ///< slots
  std::vector<int> out;                      ///< slots; more than one only for Over
  std::vector<double> values;                ///< Constant
  ReadSite read;                             ///< Read
  std::vector<std::vector<int32_t>> indices; ///< Gather, Scatter; Reduce: the output element of each input element
  ContractLoops loops;                       ///< Contract
  Opcode combiner = Opcode::Add;             ///< Reduce
  mlir::arith::CmpFPredicate predicate{};    ///< Compare
  // Over
  ra::Neighbours neighbours = ra::Neighbours::Children;
  std::vector<ra::Combiner> combiners;
  std::vector<int> yields;   ///< slots
  std::vector<int> yieldOf;  ///< per combiner: index into yields
  std::vector<int> defaults; ///< per combiner: slot, or -1
  std::vector<Instruction> body;
};

struct BodyCode {
  std::vector<Slot> slots;
  std::vector<Instruction> prologue, instructions;
  std::vector<int> yields;  ///< per state
  int type = -1, kind = -1; ///< the nodes it is for; -1: all
};

struct StateCode {
  std::string name;
  Dims shape;
  int64_t size = 1;
};

struct SweepCode {
  std::string name;
  ra::Direction direction = ra::Direction::Up;
  Place place = Place::Nodes;
  std::vector<StateCode> states;
  std::vector<BodyCode> bodies;
  std::vector<int> bodyOfType; ///< per type: index into bodies, or -1 (one entry at structures)
};

struct TypeCode {
  std::string name;
  int64_t minArity = 0, maxArity = -1; ///< -1: unbounded
  bool symbol = false;                 ///< its nodes are symbol children
  ra::KindRule kinds = ra::KindRule::None;
  bool admits(int64_t arity) const { return arity >= minArity && (maxArity < 0 || arity <= maxArity); }
};

struct InputCode {
  std::string name;
  Place place = Place::Nodes;
  bool symbol = false;
  int64_t domain = 0;
  Dims shape;
  int64_t size = 1;
  std::vector<bool> onType; ///< per type; nodes only
};

struct ParamCode {
  std::string name;
  Dims shape;
};

struct ModelCode {
  std::string name;
  bool f64 = false;
  ra::Structure structure = ra::Structure::Tree;
  std::vector<TypeCode> types;
  std::vector<InputCode> inputs;
  std::vector<ParamCode> params;
  std::vector<SweepCode> sweeps;

  int findInput(llvm::StringRef name) const;
  int findParam(llvm::StringRef name) const;
  int findSweep(llvm::StringRef name) const;
  /// Whether some arity is admitted by two types, so that the caller must give types.
  bool typesOverlap() const;
};

/// Only types, inputs, parameters and the states of sweeps (no bodies).
bool compileDeclarations(ra::ModelOp model, ModelCode &code, std::string &error);
/// The whole model.
bool compileModel(ra::ModelOp model, ModelCode &code, std::string &error);

/// Fills in one tensor operation of the closed list (not ra's own, not
/// elementwise): `in` and `out` are set, their slots are in `slots`. Returns
/// false if `op` is none of them.
bool compileTensorOp(mlir::Operation *op, const std::vector<Slot> &slots, Instruction &instr, std::string &error);

} // namespace cortex::reference
#endif // CORTEX_LIB_REFERENCE_CODE_H
