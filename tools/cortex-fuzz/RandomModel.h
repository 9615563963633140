//===- RandomModel.h - A random model in the dialect ra -------------------===//
#ifndef CORTEX_TOOLS_FUZZ_RANDOMMODEL_H
#define CORTEX_TOOLS_FUZZ_RANDOMMODEL_H

#include "ModelSource.h"

namespace cortex::fuzz {

/// What Author writes for this seed, with some operations put in that the
/// builder has no function for (math.fma, tensor.splat, tensor.insert_slice).
/// Null, and `error`, if the result is not a valid model: a fault of the fuzzer
/// or of the builder.
mlir::OwningOpRef<mlir::ModuleOp> randomModel(uint64_t seed, mlir::MLIRContext &context, std::string &error);

} // namespace cortex::fuzz
#endif // CORTEX_TOOLS_FUZZ_RANDOMMODEL_H
