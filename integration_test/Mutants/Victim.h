//===- Victim.h - A model, its mutants, and the checks that must see them -===//
#ifndef CORTEX_INTEGRATION_TEST_VICTIM_H
#define CORTEX_INTEGRATION_TEST_VICTIM_H

#include "../Execution/Execution.h"
#include "Faults.h"

#include <memory>
#include <string>
#include <vector>

namespace cortex::mutants {

/// What became of a mutant.
struct Verdict {
  std::string killer; ///< what saw it, as the table has it; empty: it survived; "error": it could not be tried
  std::string detail; ///< its message
};

/// A model, structures, weights, and what the oracle computes on them. Mutants
/// are compiled and run in a process of their own, because they may crash.
class Victim {
public:
  /// `schedule`: keys and values, as on the command line. Several workers always share out units, never structures:
  /// with those every worker does what a single one does.
  Victim(std::string name, test::Source source, const std::string &schedule, uint64_t seed);

  const std::string &name() const { return title; }

  /// The model lowered to a stage, with all states as outputs: to be changed by a fault.
  mlir::OwningOpRef<mlir::ModuleOp> lowered(Stage stage) const;

  /// Compiles a module that `lowered` gave, and puts it to every check.
  Verdict judge(mlir::ModuleOp mutant, Stage stage) const;

  /// Whether the oracle computes the same on a changed ra.model: then nothing can tell them apart.
  bool isEquivalent(mlir::ModuleOp mutant) const;

private:
  /// Lowers the model to a stage, once.
  mlir::ModuleOp at(Stage stage) const;
  LLVMProgram compile(mlir::ModuleOp module, Stage stage) const;
  void check(const cli::Subject &subject) const;
  void checkValues(const cli::Subject &subject, Session &session) const;
  void checkOrderOfSums(const cli::Subject &subject, Session &session) const;
  void checkAlone(const cli::Subject &subject, Session &session, const io::Batch &batch) const;
  void checkWorkers(const cli::Subject &subject, const Model &model, Session &session) const;
  Verdict tryOut(mlir::ModuleOp mutant, Stage stage) const;

  std::string title;
  test::Source source;
  CompileOptions options;
  mutable mlir::OwningOpRef<mlir::ModuleOp> stages[3]; ///< by Stage, when needed
  mutable Manifest manifest;                           ///< of the program, once it was lowered
  reference::Params params;
  std::vector<test::Given> batches; ///< with every number of rows from 1 to more than a tile's
};

} // namespace cortex::mutants
#endif // CORTEX_INTEGRATION_TEST_VICTIM_H
