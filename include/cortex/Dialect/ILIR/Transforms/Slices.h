//===- Slices.h - Moving computations between nests -------------*- C++ -*-===//
#ifndef CORTEX_DIALECT_ILIR_TRANSFORMS_SLICES_H
#define CORTEX_DIALECT_ILIR_TRANSFORMS_SLICES_H

#include "cortex/Dialect/ILIR/IR/ILIR.h"

#include "mlir/IR/IRMapping.h"

namespace cortex::ilir {

/// The binding time that ra-assign-stages gave to the value: "constant",
/// "symbol:a", "symbol:a,b", "node", "recursive"; empty if it has none.
llvm::StringRef getStage(mlir::Value value);

/// Whether the value is a constant of the IR (a splat or dense literal) or
/// tensor.empty: free to repeat anywhere.
bool isLiteral(mlir::Value value);
/// Whether the value is a tensor of truth values. Buffers hold numbers: a mask is
/// never stored, whatever its stage, but compared again where it is used.
bool isMask(mlir::Value value);
/// Whether the value is of that stage (Stages.h) and can be stored.
bool isStorableAt(mlir::Value value, llvm::StringRef stage);
/// Whether something outside of the stage uses the value, itself or through masks.
bool leavesStage(mlir::Value value, llvm::StringRef stage);
/// Whether every element is the literal +0 or -0.
bool isZero(mlir::Value value);

/// Clones `value`'s backward slice at the builder's insertion point, except
/// what `map` holds already. `stop` may give the value's replacement (a load of
/// a buffer) instead: it is asked once per value, with the map as it is then.
/// Regions of ilir.edges are cloned without what nothing needs.
mlir::Value cloneSlice(mlir::OpBuilder &b, mlir::Value value, mlir::IRMapping &map,
                       llvm::function_ref<mlir::Value(mlir::Value, mlir::OpBuilder &, mlir::IRMapping &)> stop = {});

/// Adds a buffer with a fresh name `<base>.<n>` after the program's declarations.
BufferOp addBuffer(ProgramOp program, llvm::StringRef base, Space space, mlir::RankedTensorType type, Storage storage,
                   int64_t count = 1);
/// The program's order of that name, made if needed.
OrderOp getOrAddOrder(ProgramOp program, llvm::StringRef name, OrderKind kind, std::optional<int64_t> domain = {});
/// What a nest over the edges of that list iterates over.
Domain domainOf(Adjacency adjacency);
/// prepare or run.
FuncOp getFunc(ProgramOp program, llvm::StringRef name);

/// Moves a constant-stage value to prepare: a nest run once, and a const buffer
/// that holds it. `inPrepare`: nothing in run reads it.
BufferOp hoistConstant(ProgramOp program, mlir::Value value, bool inPrepare);

/// Erases what nothing uses, in this nest.
void eraseDead(RowsOp nest);

/// Whether a worker reads, of a load, only the units that it is computing.
enum class Access { Own, Whole };
/// All loads of a nest and how they are accessed. A nest computes the last
/// dimension of what it stores in panels; a load is Own if it is accessed at the
/// same panel only and has the same number of units.
llvm::DenseMap<LoadOp, Access> analyzeAccesses(RowsOp nest);

/// Checks what ilir-verify-exchanges says (Passes.td): what workers read they see,
/// and nothing is overwritten that others may be reading.
mlir::LogicalResult verifyExchanges(ProgramOp program);

} // namespace cortex::ilir
#endif // CORTEX_DIALECT_ILIR_TRANSFORMS_SLICES_H
