//===- Mutants.h - Programs with one fault each -----------------*- C++ -*-===//
#ifndef CORTEX_UNITTESTS_ILIR_MUTANTS_H
#define CORTEX_UNITTESTS_ILIR_MUTANTS_H

#include "cortex/Dialect/ILIR/IR/ILIR.h"

#include <functional>
#include <string>
#include <vector>

namespace cortex::interleaved {

/// A change to a program, in place, that can be taken back.
struct Mutant {
  std::string kind;         ///< "barrier removed"…
  std::string what;         ///< of which operation
  bool inPrepare = false;   ///< it stands there
  bool ofTemporary = false; ///< the exchange removed is that of a temporary
  std::function<void()> apply, undo;
};

/// Every barrier removed; every buffer left out of a barrier that names several;
/// every nest with the other mode; every buffer of another storage that allows
/// less; every two neighbouring nests of a strip in the other order.
std::vector<Mutant> mutantsOf(ilir::ProgramOp program);

} // namespace cortex::interleaved
#endif // CORTEX_UNITTESTS_ILIR_MUTANTS_H
