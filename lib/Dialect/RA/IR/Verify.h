//===- Verify.h - The parts of the model's verifier -------------*- C++ -*-===//
//
// Every operation checks by itself what it can (RAOpVerify.cpp). All that needs
// another operation is checked from the model, after the operations in it were
// found sound one by one, so no check here reads what was not checked before.
//
//===----------------------------------------------------------------------===//
#ifndef CORTEX_LIB_DIALECT_RA_IR_VERIFY_H
#define CORTEX_LIB_DIALECT_RA_IR_VERIFY_H

#include "cortex/Dialect/RA/IR/RA.h"

namespace cortex::ra {

/// What the checks of all bodies of one model share.
struct ModelContext {
  explicit ModelContext(ModelOp model);

  ModelOp model;
  mlir::FloatType floatType;
  llvm::SmallVector<TypeOp> types;
  mlir::SymbolTable symbols;
};

/// One body, as its checks see it.
struct BodyContext {
  BodyContext(ModelContext &model, SweepOp sweep, BodyOp body);

  bool atStructures() { return sweep.getPlace() == Place::Structures; }

  ModelContext &model;
  SweepOp sweep;
  BodyOp body;
  /// The types whose nodes run this body: one, or all for a body without a
  /// type. A body at structures serves no type.
  llvm::SmallVector<TypeOp> served;
  /// For messages: "of @leaf in sweep @up".
  std::string where;
};

/// Whether this is a tensor of `floatType` with static, positive sizes and
/// without an encoding, the only kind of tensor that a model declares.
bool isModelTensor(mlir::Type type, mlir::FloatType floatType);

/// Limits that keep sizes and offsets far from overflow, and every pass quick, whatever a text asks for.
inline constexpr int64_t kMaxSize = 2147483647;           ///< of a dimension, and most children of a node
inline constexpr int64_t kMaxElements = int64_t(1) << 40; ///< of a tensor
inline constexpr int64_t kMaxTypes = 256;                 ///< of nodes
inline constexpr int64_t kMaxDeclarations = 4096;         ///< types, inputs, parameters, sweeps and outputs
inline constexpr int64_t kMaxStates = 256;                ///< of a sweep
inline constexpr int64_t kMaxOperations = 4096;           ///< of a body, and of what its reductions hold
inline constexpr int64_t kMaxName = 1024;                 ///< characters

/// Checks a model against them, before anything computes with a size.
mlir::LogicalResult verifyLimits(ModelOp model);

/// Checks ra.read against what it names and where its body runs.
mlir::LogicalResult verifyRead(ReadOp read, BodyContext &body);

/// Checks the place of ra.over and that it has the defaults it needs.
mlir::LogicalResult verifyOver(OverOp over, BodyContext &body);

/// Checks that an operation of a body is on the closed list and is used as the
/// list allows: float type, static offsets, no fast-math flags, known regions.
mlir::LogicalResult verifyBodyOp(mlir::Operation *op, BodyContext &body);

} // namespace cortex::ra

#endif // CORTEX_LIB_DIALECT_RA_IR_VERIFY_H
