//===- CountProgram.h - The work of a program, as it is scheduled ---------===//
//
// Counts what `run` of an ilir.program with formed phases does: products by the
// rows or edges of their nests, weights, states, tables and inputs that are read
// and written, everything elementwise, and exchanges, which are its barriers.
// Temporaries of a strip are not counted: they stay in the nearest caches.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_COSTMODEL_COUNTPROGRAM_H
#define CORTEX_COSTMODEL_COUNTPROGRAM_H

#include "cortex/CostModel/CostModel.h"
#include "cortex/Dialect/ILIR/IR/ILIR.h"

namespace cortex::cost {

/// One sweep for each loop over levels, in order.
Work countProgram(ilir::ProgramOp program);

} // namespace cortex::cost
#endif // CORTEX_COSTMODEL_COUNTPROGRAM_H
