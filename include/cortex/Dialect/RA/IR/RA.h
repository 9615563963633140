//===- RA.h - The Recursive API dialect -------------------------*- C++ -*-===//
#ifndef CORTEX_DIALECT_RA_IR_RA_H
#define CORTEX_DIALECT_RA_IR_RA_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "cortex/Dialect/RA/IR/RADialect.h.inc"
#include "cortex/Dialect/RA/IR/RAEnums.h.inc"

#define GET_TYPEDEF_CLASSES
#include "cortex/Dialect/RA/IR/RATypes.h.inc"

namespace cortex::ra {
class BodyOp;
class YieldOp;
/// Whether an operation (by name) is on the closed list of tensor operations
/// that a body may use besides ra's own (docs/Models.md lists them).
bool isAllowedInBody(mlir::Operation *op);
} // namespace cortex::ra

#define GET_OP_CLASSES
#include "cortex/Dialect/RA/IR/RAOps.h.inc"

#endif // CORTEX_DIALECT_RA_IR_RA_H
