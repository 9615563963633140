//===- ChildTables.h - What tables of children's values need ----*- C++ -*-===//
#ifndef CORTEX_LIB_DIALECT_RA_TRANSFORMS_CHILDTABLES_H
#define CORTEX_LIB_DIALECT_RA_TRANSFORMS_CHILDTABLES_H

#include "cortex/Dialect/RA/IR/RA.h"

namespace cortex::ra {

/// Bytes of a model's parameters.
double parameterBytes(ModelOp model);

/// Bytes of the tables that `sweeps` need once parents know children of
/// `symbolType` by their symbol: of everything at symbol stage, read at a child,
/// that costs more than a look-up. Where a child's states are read otherwise
/// too, their tables are counted as well.
double childTableBytes(ModelOp model, TypeOp symbolType, llvm::ArrayRef<SweepOp> sweeps);

} // namespace cortex::ra

#endif // CORTEX_LIB_DIALECT_RA_TRANSFORMS_CHILDTABLES_H
