//===- BuilderIR.h - From a built model to the compiler's IR --------------===//
//
// For the compiler and its tools. Users of the builder include Builder.h.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_BUILDER_BUILDERIR_H
#define CORTEX_BUILDER_BUILDERIR_H

#include "cortex/Builder/Builder.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

namespace cortex::build {

/// Loads the dialects that a model's text uses: ra, arith, linalg, math, tensor.
void loadModelDialects(mlir::MLIRContext &context);

/// The model as a module that holds one ra.model, verified, in the caller's
/// context; loads the dialects it needs. Operations carry the user's source
/// lines. On failure returns null and sets `error` as Model::verify does. The
/// model is unchanged.
mlir::OwningOpRef<mlir::ModuleOp> buildModule(const Model &model, mlir::MLIRContext &context, std::string &error);

} // namespace cortex::build
#endif // CORTEX_BUILDER_BUILDERIR_H
