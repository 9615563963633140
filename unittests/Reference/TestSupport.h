//===- TestSupport.h - Models from text and batches from literals ---------===//
#ifndef CORTEX_UNITTESTS_REFERENCE_TESTSUPPORT_H
#define CORTEX_UNITTESTS_REFERENCE_TESTSUPPORT_H

#include "cortex/Reference/Check.h"
#include "cortex/Reference/Evaluator.h"
#include "cortex/Reference/Random.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include "gtest/gtest.h"

namespace cortex::reference {

/// A model parsed from its text. A text that does not parse or verify fails the test and leaves `model` null.
struct ParsedModel {
  explicit ParsedModel(llvm::StringRef text);
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  ra::ModelOp model;
};

/// One structure: the children of each node, by index within the structure.
using Lists = std::vector<std::vector<int32_t>>;
Batch batchOf(const std::vector<Lists> &structures);

void addFeatures(Batch &batch, const std::string &name, Place place, std::vector<uint32_t> shape,
                 std::vector<double> values, bool f64 = false);
void addSymbols(Batch &batch, const std::string &name, Place place, std::vector<int32_t> values);

/// evaluate(), failing the test on an error.
Result evaluated(ra::ModelOp model, const Params &params, const Batch &batch);

/// The states of `result` as a program would have computed them: rounded to float.
struct FloatStates {
  explicit FloatStates(const Result &result);
  std::vector<std::vector<float>> values; ///< as Result::states
  std::vector<ProgramState> states;       ///< pointing into `values`
};

/// y = `body` (which ends in ra.yield) at the one node of one structure. `declarations` are ra.input and ra.param
/// lines.
std::vector<double> evaluateBody(const std::string &declarations, const std::string &resultType,
                                 const std::string &body, const Batch &batch, const Params &params = {});

} // namespace cortex::reference
#endif // CORTEX_UNITTESTS_REFERENCE_TESTSUPPORT_H
