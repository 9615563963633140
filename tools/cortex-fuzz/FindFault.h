//===- FindFault.h - Runs a trial and says what is wrong ------------------===//
#ifndef CORTEX_TOOLS_FUZZ_FINDFAULT_H
#define CORTEX_TOOLS_FUZZ_FINDFAULT_H

#include "Coverage.h"
#include "Trial.h"

#include <functional>
#include <string>

namespace cortex::fuzz {

struct Fault {
  std::string what;    ///< empty: none
  int64_t inCase = -1; ///< the case that shows it; -1: compiling
  explicit operator bool() const { return !what.empty(); }
};

/// What the oracle said of the cases that passed.
struct Agreement {
  int64_t cases = 0;
  int64_t endToEnd = 0; ///< cases whose bounds from the inputs on stay below kSharp: the recursion contracts
  int64_t vacuous = 0; ///< cases whose reference shows nothing (a state is zero, saturated, not finite) or has no bound
  double ratio = 0;    ///< largest error/bound at one node
  double ratioToEnd = 0;   ///< largest error/bound from the inputs on
  double largestLoose = 0; ///< largest relative error from the inputs on, of the cases that do not contract

  /// Bounds of so small a part of a state's largest value make the end-to-end check an assertion with teeth.
  static constexpr double kSharp = 1e-2;
  void add(const Agreement &more);
};

/// Compiles the model of `module`, runs every case of the trial and compares:
/// every state with the oracle's, node by node and from the inputs on within the
/// running bounds; bytes between numbers of workers, of one structure alone and
/// in the batch, from memory and from the artifact, whole and in chunks, between
/// heights of strips and levels of optimization, and between programs with all
/// states and with the declared outputs alone. Where no fault is found, `seen`
/// and `agreement` (either may be null) take in what there was.
/// `compiled`, if it is set, changes what is compiled (not what the oracle sees):
/// how tests plant faults.
Fault findFault(mlir::ModuleOp module, const Trial &trial, Seen *seen = nullptr, Agreement *agreement = nullptr,
                const std::function<void(mlir::ModuleOp)> &compiled = {});

} // namespace cortex::fuzz
#endif // CORTEX_TOOLS_FUZZ_FINDFAULT_H
