//===- Lowered.h - Models in ilir, interpreted and compared -----*- C++ -*-===//
#ifndef CORTEX_UNITTESTS_ILIR_LOWERED_H
#define CORTEX_UNITTESTS_ILIR_LOWERED_H

#include "Interpreter.h"
#include "ModelSource.h"
#include "Subject.h"

#include "cortex/Reference/Check.h"

#include <gtest/gtest.h>

namespace cortex::interleaved {

/// A model, and its final ilir with every state as an output.
class Lowered {
public:
  /// Lowers the one model of `module`, which is not changed and must outlive this.
  /// Lanes are those of the plain x86-64 target: the fewest, so that there are many panels to own.
  Lowered(mlir::ModuleOp module, const Schedule &schedule);
  Lowered(mlir::ModuleOp module, int64_t stripRows);

  ra::ModelOp model() const { return reference; }
  ilir::ProgramOp program() const { return ilir; }
  /// What the compiler says of it.
  const Manifest &manifest() const { return described; }
  int64_t lanes() const { return lanesOfVector; }
  /// What it multiplies with weights.
  reference::Operands operands() const { return multiplied; }

  Arrays arrays(const io::Batch &batch) const { return linearize(ilir, batch, stripRows); }
  /// Values of all states, in the order of the model's sweeps.
  using Values = std::vector<std::vector<double>>;
  Values values(const Interpreter &interpreter) const;
  /// The same, as the oracle's checks take them.
  std::vector<reference::ProgramState> states(const Values &values) const;

private:
  ra::ModelOp reference;
  int64_t stripRows, lanesOfVector;
  reference::Operands multiplied;
  mlir::OwningOpRef<mlir::ModuleOp> lowered;
  ilir::ProgramOp ilir;
  Manifest described;
  std::vector<std::string> outputs; ///< by state
};

/// What a model is run on.
struct Given {
  Given(ra::ModelOp model, const reference::StructureOptions &structures, uint64_t seed);

  reference::Params params;
  io::Batch batch;
};

/// Interprets the program on `given` with every number of workers and several
/// schedules of each, one run after another on the same constants, prepared by
/// another number of workers; expects no violation and the same values from all
/// of them. Returns these.
Lowered::Values expectSameForAll(const Lowered &lowered, const Given &given, const std::vector<int64_t> &workers,
                                 int64_t schedules, uint64_t seed);

/// The largest relative difference from the reference evaluator.
reference::EndToEndReport compare(const Lowered &lowered, const Given &given, const Lowered::Values &values);

/// Interprets it once; what is wrong, or "".
std::string violationOf(const Lowered &lowered, const Given &given, int64_t workers, uint64_t seed);

} // namespace cortex::interleaved
#endif // CORTEX_UNITTESTS_ILIR_LOWERED_H
