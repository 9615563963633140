//===- Shrink.h - Makes a failing case small ------------------------------===//
#ifndef CORTEX_TOOLS_FUZZ_SHRINK_H
#define CORTEX_TOOLS_FUZZ_SHRINK_H

#include "Trial.h"

#include <functional>

namespace cortex::fuzz {

/// Whether a model still shows its fault in this trial. Only asked of models that verify.
using Fails = std::function<bool(mlir::ModuleOp module, const Trial &trial)>;

/// Takes away cases, structures, nodes, workers and ways to run, outputs, sweeps, and operations of bodies
/// (a value becomes zero, or an operand of its shape), as long as
/// `fails` holds, for at most `attempts` calls of it. `module` and `trial` hold what is left.
void shrink(mlir::OwningOpRef<mlir::ModuleOp> &module, Trial &trial, const Fails &fails, int attempts = 400);

/// The node `top` of a batch of one structure and all that can be reached from
/// it through children, as a structure of its own, with its default roots.
io::Batch below(const io::Batch &batch, size_t top);

} // namespace cortex::fuzz
#endif // CORTEX_TOOLS_FUZZ_SHRINK_H
