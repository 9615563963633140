//===- Evaluator.h - The reference evaluator (the oracle) -----------------===//
//
// Interprets a model of the `ra` dialect as it stands, one node at a time, in
// double (long double for f64 models). It visits the nodes by walking the
// user's child lists with an explicit stack: it shares no code with lowering or
// the linearizer, runs no pass and changes nothing in the model.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_REFERENCE_EVALUATOR_H
#define CORTEX_REFERENCE_EVALUATOR_H

#include "cortex/Dialect/RA/IR/RA.h"
#include "cortex/Reference/Structures.h"

namespace cortex::reference {

/// The values of one state of one sweep at every item of the sweep's place.
struct StateValues {
  std::string sweep, state;
  /// Nodes: item = the node's id in the batch. Roots: item = position in
  /// Result::roots. Structures: item = structure.
  Place place = Place::Nodes;
  std::vector<int64_t> shape; ///< of one item
  int64_t items = 0;
  /// [items * itemSize()], row-major. For f64 models they were computed in long
  /// double and are rounded once to double here.
  std::vector<double> values;
  /// By evaluateWithBounds: how far from each value a correct program may be.
  std::vector<double> bounds{};

  int64_t itemSize() const;
  const double *item(int64_t i) const { return values.data() + i * itemSize(); }
};

/// What a program multiplies with weights (parameters, and what is computed of parameters): values as they are, or
/// rounded to the nearest bf16. Bounds allow for it; the evaluator itself rounds nothing.
enum class Operands { Exact, BF16 };

/// Everything that a model computes on a batch.
struct Result {
  std::vector<StateValues> states; ///< in the order of sweeps, then of their states
  /// The roots that were used: [structures + 1] and global node ids.
  std::vector<int32_t> root_offsets, roots;

  /// The state of that name, or null.
  const StateValues *find(llvm::StringRef sweep, llvm::StringRef state) const;
};

/// Whether `batch` is what the model takes; else `error` is one line that names what is wrong and where.
[[nodiscard]] bool validate(ra::ModelOp model, const Batch &batch, std::string &error);

/// Evaluates every sweep of `model` on `batch`. The batch and the weights are
/// validated first (cycles, indices, arities, missing or misshaped inputs and
/// parameters, symbols out of range, several parents in a tree). Returns false
/// and sets `error` to one line that names what is wrong and where; `result` is
/// then unspecified. `model` must have passed verification.
[[nodiscard]] bool evaluate(ra::ModelOp model, const Params &params, const Batch &batch, Result &result,
                            std::string &error);

/// The same, with every value's bound: the running bounds of the local check
/// (cortex/Reference/Check.h), carried from node to node. Errors pile up along the
/// recursion, so the bounds are small where it contracts and true everywhere.
[[nodiscard]] bool evaluateWithBounds(ra::ModelOp model, const Params &params, const Batch &batch, Result &result,
                                      std::string &error, Operands operands = Operands::Exact);

/// What the model's output `output` names, gathered at the output's place:
/// an at-roots output of a state at nodes takes the roots' items. `place` and
/// `items` of the returned values say at what. `result` is evaluate's, or
/// evaluateWithBounds': then with the values' bounds.
StateValues outputValues(ra::OutputOp output, const Result &result);

} // namespace cortex::reference
#endif // CORTEX_REFERENCE_EVALUATOR_H
