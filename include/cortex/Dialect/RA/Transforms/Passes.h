//===- Passes.h - Passes on the Recursive API dialect ----------*- C++ -*-===//
//
// Everything between a model as its author wrote it and its lowering to ilir.
// The passes are declared in Passes.td, each with the IR before and after it.
//
//===----------------------------------------------------------------------===//
#ifndef CORTEX_DIALECT_RA_TRANSFORMS_PASSES_H
#define CORTEX_DIALECT_RA_TRANSFORMS_PASSES_H

#include "cortex/Dialect/RA/IR/RA.h"
#include "cortex/Schedule/Schedule.h"
#include "mlir/Pass/Pass.h"

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace cortex::ra {

#define GEN_PASS_DECL
#include "cortex/Dialect/RA/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "cortex/Dialect/RA/Transforms/Passes.h.inc"

/// Appends the passes that make a model ready for lowering, in their order, to
/// a pass manager of modules. Afterwards every sweep at nodes or roots has one
/// body per declared type (none with `specialize` off, one for each kind of a type with `leaf_products`), no operation
/// has only constant operands, and every operation of a body carries its stage (`ra.stage`).
void buildRAPipeline(mlir::OpPassManager &pm, const Schedule &schedule = {});

} // namespace cortex::ra

#endif // CORTEX_DIALECT_RA_TRANSFORMS_PASSES_H
