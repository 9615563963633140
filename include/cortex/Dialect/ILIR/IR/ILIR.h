//===- ILIR.h - The Irregular Loops IR dialect ------------------*- C++ -*-===//
#ifndef CORTEX_DIALECT_ILIR_IR_ILIR_H
#define CORTEX_DIALECT_ILIR_IR_ILIR_H

#include "cortex/Dialect/RA/IR/RA.h"

#include "cortex/Dialect/ILIR/IR/ILIRDialect.h.inc"
#include "cortex/Dialect/ILIR/IR/ILIREnums.h.inc"

#define GET_TYPEDEF_CLASSES
#include "cortex/Dialect/ILIR/IR/ILIRTypes.h.inc"

namespace cortex::ilir {
class YieldOp;
} // namespace cortex::ilir

#define GET_OP_CLASSES
#include "cortex/Dialect/ILIR/IR/ILIROps.h.inc"

namespace cortex::ilir {
/// The buffer, input or param that a load or store names, or null.
mlir::Operation *lookupMemory(mlir::Operation *from, mlir::FlatSymbolRefAttr name);

/// Whether an index may be -1: it comes from a parent, or from a child that a
/// node of the strip's type and kind (of any type, without one) need not have.
bool mayBeAbsent(mlir::Value index);
/// The tensor type of one item of a buffer, an input or a param.
mlir::RankedTensorType getItemType(mlir::Operation *memory);
/// The index that a buffer's (or input's) space takes; nullopt: none.
std::optional<IndexKind> getIndexKind(mlir::Operation *memory);
} // namespace cortex::ilir

#endif // CORTEX_DIALECT_ILIR_IR_ILIR_H
