//===- Emit.h - Compiled models for the sanitized driver ------------------===//
//
// A *case* is a model compiled with a sanitizer for one target, with weights,
// batches and the outputs that they must give. What must come out is computed by
// the same model without the sanitizer, in this process, and compared with the
// oracle. A *mutant* is a case's model with one small fault in its code, which
// the sanitizer must report.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_INTEGRATION_TEST_SANITIZERS_EMIT_H
#define CORTEX_INTEGRATION_TEST_SANITIZERS_EMIT_H

#include "ModelSource.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cortex::sanitizers {

/// How a case's model is compiled, and what it is run on.
struct Case {
  std::string name; ///< letters, digits and '_': the objects' prefix
  std::shared_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  CompileOptions options;
  reference::Params params;
  std::vector<io::Batch> batches;
  enum { No, Some, InEachLoop } mutants = No; ///< what mutants are made of it
};

/// Models of the zoo and of the execution tests for all targets that run here, at sizes that need masks.
std::vector<Case> chosenCases();
/// What cortex-fuzz tries for this seed.
Case randomCase(uint64_t seed);

struct Mutant {
  std::string what; ///< the fault, for people
  LLVMProgram program;
};

/// The model's mutants that `options.codegen.sanitize` must report: overruns, or a
/// race for every exchange that is left out. They are called PREFIX_m0, PREFIX_m1 …
/// `inLoops`: among them, one for every loop that is one trip too long.
std::vector<Mutant> makeMutants(mlir::ModuleOp module, const CompileOptions &options, const std::string &prefix,
                                bool inLoops);

} // namespace cortex::sanitizers
#endif // CORTEX_INTEGRATION_TEST_SANITIZERS_EMIT_H
