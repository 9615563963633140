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
} // namespace cortex::ra

#define GET_OP_CLASSES
#include "cortex/Dialect/RA/IR/RAOps.h.inc"

namespace cortex::ra {

/// The name of the built-in edge input: the child's place in its parent's list
/// of children, read as a symbol or as a rank-0 float tensor.
inline constexpr llvm::StringLiteral kPosition = "position";

/// Whether an operation is, by name, on the closed list of tensor operations
/// that a body may use besides ra's own:
///   linalg:  contract, reduce, broadcast, transpose
///   tensor:  empty, splat, extract_slice, insert_slice, concat, expand_shape,
///            collapse_shape
///   arith:   constant, addf, subf, mulf, divf, negf, maximumf, minimumf, cmpf,
///            select
///   math:    exp, log, tanh, erf, sqrt, absf, fma
/// The model's verifier restricts how each may be used (static offsets, the
/// model's float type, no fast-math flags).
bool isAllowedInBody(mlir::Operation *op);
/// The names of those operations: what the fuzzer has to cover and the documentation to show.
llvm::SmallVector<llvm::StringRef> namesAllowedInBody();

/// The node types of a model, in the order of their declaration.
llvm::SmallVector<TypeOp> getTypes(ModelOp model);

/// Whether some arity belongs to both types.
bool arityRangesOverlap(TypeOp a, TypeOp b);

/// Whether two types of the model share an arity. Then the caller gives a type
/// per node; otherwise a node's number of children tells its type.
bool typesOverlap(ModelOp model);

/// Whether nodes of this type have the input: it lives on nodes, and names the
/// type or names none.
bool hasInput(TypeOp type, InputOp input);

/// How many kinds a rule tells apart.
unsigned countKinds(KindRule rule);

/// Whether nodes of this kind have a child(i), of a symbol type.
bool isSymbolChild(KindRule rule, uint64_t kind, int64_t i);

/// The model that holds an operation, or null.
ModelOp getModel(mlir::Operation *op);

/// The sweep that holds an operation, or null.
SweepOp getSweep(mlir::Operation *op);

} // namespace cortex::ra

#endif // CORTEX_DIALECT_RA_IR_RA_H
