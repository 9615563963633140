//===- Check.h - Compares a program's states with the oracle --------------===//
//
// Two checks (docs/Architecture.md):
//
// *Local*: at every node the body is evaluated again on the program's own
// neighbour states. Every value carries a bound on how far a correct program may
// be from it, propagated through the body: γ_K·Σ|w||x| per product and
// reduction, one rounding per elementwise operation, 4 ulp (or 2^-100) for exp,
// log, tanh, sigmoid and erf, 1 ulp for sqrt. Errors do not pile up along the
// recursion, so the check is as sharp at depth 100,000 as at a leaf. Sums and
// products may be associated in any order and distributed over sums (γ is taken
// over the sum of the terms' magnitudes), with or without FMA; where a
// comparison's operands are closer than their bounds, both sides are allowed.
// Where a value has no finite bound (a quotient whose divisor's bound reaches
// zero), the check says nothing of it, and counts it. A program that rounds the
// operands of its products to bf16 (Operands) may lose 2^-8 of each, and of each
// term of a sum that a product takes.
//
// *End to end*: the program's states against `evaluate` from the inputs on, as a
// relative error; with `evaluateWithBounds` also against the running bound of
// every value. The bound holds for every model; it says something where the
// recursion contracts.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_REFERENCE_CHECK_H
#define CORTEX_REFERENCE_CHECK_H

#include "cortex/Reference/Evaluator.h"

#include "llvm/ADT/ArrayRef.h"

namespace cortex::reference {

/// The program's values of one state at every item of its sweep's place, in the
/// order of StateValues. `data` points to float (F32) or double (F64) values.
struct ProgramState {
  std::string sweep, state;
  const void *data = nullptr; ///< [items * item size], row-major, dense
  DType dtype = DType::F32;   ///< the model's float type
};

/// One element of one state at one item.
struct Location {
  std::string sweep, state;
  Place place = Place::Nodes;
  int64_t structure = -1;
  int64_t item = -1;    ///< as in StateValues
  int64_t node = -1;    ///< the node's index within its structure; -1 at structures
  int64_t element = -1; ///< row-major index within the item

  /// "@up::@h at structure 3, node 17 (node 120 of the batch), element 5".
  std::string str() const;
};

struct LocalOptions {
  /// Sweeps over more items than this are sampled (first, last and a fixed
  /// pseudo-random choice that depends on nothing but the counts).
  int64_t max_items = 10000;
  Operands operands = Operands::Exact;
};

struct LocalReport {
  /// ratio <= 1: every value is within its bound, or not finite in the same way on both sides.
  bool passed = false;
  double ratio = 0; ///< largest |program - reference| / bound; infinity where only one of the values is finite
  Location where;   ///< where that was
  double program = 0, reference = 0, bound = 0; ///< there
  double max_abs_error = 0;                     ///< largest |program - reference| anywhere
  /// Largest bound / max(1, |reference|): how sharp the check was. Infinite if a value has no bound.
  double max_bound = 0;
  /// Finite values whose bound is infinite: a divisor's bound reaches zero, say. The check says nothing of them.
  int64_t unbounded = 0;
  Location where_unbounded; ///< the first of them
  int64_t items_checked = 0;
  /// One line for a log or an assertion.
  std::string str() const;
};

/// The local check. `states` needs every state that a body reads; a state that
/// no body reads may be missing and is then not compared. Nothing to compare is
/// an error. Returns false and sets `error` for unusable inputs; a program
/// whose values are wrong is reported in `report`.
[[nodiscard]] bool checkLocal(ra::ModelOp model, const Params &params, const Batch &batch,
                              llvm::ArrayRef<ProgramState> states, LocalReport &report, std::string &error,
                              const LocalOptions &options = {});

struct EndToEndReport {
  double max_abs_error = 0;
  /// Largest |program - reference| / max(|reference|, largest |reference| of the state).
  double max_rel_error = 0;
  Location where; ///< of the largest absolute error
  int64_t values_compared = 0;

  // With a reference by evaluateWithBounds:
  double ratio = 0;         ///< largest |program - reference| / bound
  Location worst;           ///< where that was
  double max_rel_bound = 0; ///< largest bound, relative as max_rel_error is: how sharp the comparison was
  /// Whether every value is within its bound.
  bool withinBounds() const { return ratio <= 1; }
  std::string str() const;
};

/// Compares the program's states with what `evaluate` computed. A value that is
/// not finite on one side only counts as an infinite error.
[[nodiscard]] bool checkEndToEnd(const Batch &batch, const Result &reference, llvm::ArrayRef<ProgramState> states,
                                 EndToEndReport &report, std::string &error);

/// Why a comparison with this reference would say nothing: a state that is not
/// finite, all zero, saturated (99% of the values within 1e-3 of ±1), equal in
/// all units or equal at all items. Empty when the reference is good.
std::string vacuity(const Result &reference);

/// Adds an output at its sweep's own place for every state that has none, so
/// that a program compiled from `model` shows all its states. Returns, in the
/// order of Result::states, the name of the output that shows each state.
std::vector<std::string> exposeStates(ra::ModelOp model);

} // namespace cortex::reference
#endif // CORTEX_REFERENCE_CHECK_H
