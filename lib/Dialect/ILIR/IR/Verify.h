//===- Verify.h - What the verifiers of ilir share --------------*- C++ -*-===//
#ifndef CORTEX_LIB_DIALECT_ILIR_IR_VERIFY_H
#define CORTEX_LIB_DIALECT_ILIR_IR_VERIFY_H

#include "cortex/Dialect/ILIR/IR/ILIR.h"

namespace cortex::ilir {

/// The declaration of that name and kind in the program around `op`, or null.
template <typename T, typename Name>
T findDeclaration(mlir::Operation *op, Name name, mlir::SymbolTableCollection &tables) {
  auto program = op->getParentOfType<ProgramOp>();
  return program ? tables.lookupSymbolIn<T>(program, name) : T();
}

/// The order whose levels `op` stands in, or null (in prepare's nests that run once).
inline OrderOp findOrder(mlir::Operation *op, mlir::SymbolTableCollection &tables) {
  auto levels = op->getParentOfType<LevelsOp>();
  return levels ? findDeclaration<OrderOp>(levels, levels.getOrderAttr(), tables) : OrderOp();
}

inline bool isInPrepare(mlir::Operation *op) {
  auto func = op->getParentOfType<FuncOp>();
  return func && func.getSymName() == "prepare";
}

/// Whether positions of such an order are nodes.
inline bool visitsNodes(OrderKind kind) {
  return kind != OrderKind::Structures && kind != OrderKind::Symbols;
}

/// Whether an order of that kind has that edge list.
inline bool hasEdges(OrderKind kind, Adjacency adjacency) {
  return adjacency == Adjacency::Nodes ? kind == OrderKind::Structures : visitsNodes(kind);
}

/// Whether a type is a tensor with static, positive sizes.
inline bool isSound(mlir::Type type) {
  auto tensor = mlir::dyn_cast<mlir::RankedTensorType>(type);
  return tensor && tensor.hasStaticShape() && llvm::all_of(tensor.getShape(), [](int64_t n) { return n > 0; });
}

} // namespace cortex::ilir
#endif // CORTEX_LIB_DIALECT_ILIR_IR_VERIFY_H
