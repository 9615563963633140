//===- CountWork.h - The work of a model, whatever its schedule -----------===//
//
// Counts what any schedule must do, on a model as it was written: products that
// depend on neighbours' states level by level, those that depend on nodes alone
// once before the sweep, none that depend on a symbol alone. A product that is
// linear in the children's states is not done for symbol children: it is a row
// of a table, if that table is within the budget.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_COSTMODEL_COUNTWORK_H
#define CORTEX_COSTMODEL_COUNTWORK_H

#include "cortex/CostModel/CostModel.h"
#include "cortex/Dialect/RA/IR/RA.h"

namespace cortex::cost {

struct CountOptions {
  /// A table of one value may take at most this many times the parameters' bytes; 0: no tables of products.
  double tableBudget = 10.0;
  /// Exchanges per level, summed over the sweeps that recurse (`cortex explain` prints them).
  uint32_t exchangesPerLevel = 1;
  /// A packed weight's bytes over those of the model's float type: 0.5 for weights stored as bf16.
  double weightScale = 1;
};

/// The work of a verified model.
Work countWork(ra::ModelOp model, const CountOptions &options);

/// The types of a model, as a manifest has them.
std::vector<TypeInfo> typesOf(ra::ModelOp model);

} // namespace cortex::cost
#endif // CORTEX_COSTMODEL_COUNTWORK_H
