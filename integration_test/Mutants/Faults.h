//===- Faults.h - Small faults, and where a model can have them -----------===//
//
// A fault is one small mistake that a compiler (or whoever writes one) could
// make: two children swapped, a barrier left out, a mask one lane too long. It
// finds its sites in a module, each of which makes one mutant. A site must
// change what the program computes or what it promises: places where the
// mistake makes no difference (the operands of an addition swapped) are none.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_INTEGRATION_TEST_FAULTS_H
#define CORTEX_INTEGRATION_TEST_FAULTS_H

#include "mlir/IR/BuiltinOps.h"

#include <functional>
#include <string>
#include <vector>

namespace cortex::mutants {

/// What is changed: the cut points of a compilation (cortex/Pipelines/Pipelines.h).
enum class Stage {
  Model, ///< ra, before it is lowered; the oracle keeps the original
  Loops, ///< ilir with nests, phases and packed products
  Code   ///< scf, vector, arith and pointers
};

struct Site {
  std::string where;          ///< for messages
  std::function<void()> make; ///< changes the module that it was found in
};
using Sites = std::vector<Site>;

struct Fault {
  std::string name; ///< as in the table of docs/Testing.md
  void (*find)(mlir::ModuleOp module, Sites &sites);
  std::vector<std::string> only = {}; ///< the models in which it can be seen; none: any
  std::string schedule = {};          ///< keys with which it can be seen; none: by default
};

/// The faults of a stage; every one of them has a site in some model of the tests.
std::vector<Fault> faultsOf(Stage stage);

std::vector<Fault> modelFaults();
std::vector<Fault> valueFaults();
std::vector<Fault> loopFaults();
std::vector<Fault> codeFaults();

/// The operation's first line, for Site::where.
std::string describe(mlir::Operation *op);

/// Whoever uses one value uses the other, and the block is put in order again.
void swapUses(mlir::Value a, mlir::Value b);

} // namespace cortex::mutants
#endif // CORTEX_INTEGRATION_TEST_FAULTS_H
