//===- Passes.h - Passes between dialects ---------------------------------===//
#ifndef CORTEX_CONVERSION_PASSES_H
#define CORTEX_CONVERSION_PASSES_H

#include "mlir/Pass/Pass.h"

namespace cortex {

#define GEN_PASS_DECL
#include "cortex/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "cortex/Conversion/Passes.h.inc"

} // namespace cortex
#endif // CORTEX_CONVERSION_PASSES_H
