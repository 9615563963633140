//===- Passes.h - Passes on the ilir dialect --------------------*- C++ -*-===//
#ifndef CORTEX_DIALECT_ILIR_TRANSFORMS_PASSES_H
#define CORTEX_DIALECT_ILIR_TRANSFORMS_PASSES_H

#include "cortex/Dialect/ILIR/IR/ILIR.h"
#include "cortex/Schedule/Schedule.h"

#include "mlir/Pass/Pass.h"

namespace cortex {

#define GEN_PASS_DECL
#include "cortex/Dialect/ILIR/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "cortex/Dialect/ILIR/Transforms/Passes.h.inc"

} // namespace cortex
#endif // CORTEX_DIALECT_ILIR_TRANSFORMS_PASSES_H
