//===- Stages.h - When each value of a model can be computed ----*- C++ -*-===//
//
// Every value belongs to the earliest stage at which it can be computed, seen
// from the sweep that uses it:
//
//   constant   from parameters and constants only; once per set of weights
//   symbol     also from integer inputs of the node or of one neighbour; a table
//              over their domains, once per set of weights
//   node       from dense inputs, from the structure's inputs, from the
//              neighbourhood's shape and from what earlier sweeps computed; one
//              batched computation before the sweep
//   recursive  from this sweep's states at neighbours; level by level
//
//===----------------------------------------------------------------------===//
#ifndef CORTEX_DIALECT_RA_TRANSFORMS_STAGES_H
#define CORTEX_DIALECT_RA_TRANSFORMS_STAGES_H

#include "cortex/Dialect/RA/IR/RA.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>
#include <string>

namespace cortex::ra {

/// The stages in order: a value's stage is at least that of what it is made of.
enum class Stage { Constant, Symbol, Node, Recursive };

/// The stage of a value and, for Stage::Symbol, the symbol inputs whose
/// domains' product its table is over.
struct ValueStage {
  Stage stage = Stage::Constant;
  /// The symbol inputs that are read: sorted, each once, and empty unless the
  /// stage is Symbol. One read at the node itself is its name; one read at a
  /// neighbour is `word@child(0)`, `word@parent` or, in ra.over, `word@there`.
  /// Lowering makes tables of values that depend on one symbol.
  llvm::SmallVector<std::string, 2> symbols;

  bool operator==(const ValueStage &other) const = default;

  /// The stage of a value made of both.
  static ValueStage join(const ValueStage &a, const ValueStage &b);

  /// `constant`, `symbol:word`, `symbol:pos,word@there`, `node` or `recursive`.
  std::string str() const;
};

/// The name of the attribute (a string, ValueStage::str) in which
/// `ra-assign-stages` records an operation's stage.
inline constexpr llvm::StringLiteral stageAttrName = "ra.stage";

/// The stage that `ra-assign-stages` recorded on an operation, or nothing where
/// the attribute is missing or is not one that ValueStage::str writes.
std::optional<ValueStage> getRecordedStage(mlir::Operation *op);

/// The stages of all values in the bodies of a model.
///
/// An analysis in MLIR's sense (`getAnalysis<StageAnalysis>()` in a pass on
/// ra.model): one walk over the model, valid until an operation changes.
class StageAnalysis {
public:
  /// Computes the stages of everything nested under `root` (a model, a sweep, ...).
  explicit StageAnalysis(mlir::Operation *root);

  /// The stage of a value defined in a body (or in a region of ra.over).
  const ValueStage &getStage(mlir::Value value) const;

  /// The latest stage among an operation's results; constant without results.
  ValueStage getStage(mlir::Operation *op) const;

  /// The latest stage among the states that a body yields.
  ValueStage getStage(BodyOp body) const;

private:
  void visitBlock(mlir::Block &block, SweepOp sweep);
  ValueStage readStage(ReadOp read, SweepOp sweep) const;
  void visitOver(OverOp over, SweepOp sweep);
  ValueStage joinOfOperands(mlir::Operation *op) const;

  llvm::DenseMap<mlir::Value, ValueStage> stages;
};

/// Whether a value is made of parameters and constants only, so that it is
/// computed once per set of weights.
bool isConstantStage(mlir::Value value);

} // namespace cortex::ra

#endif // CORTEX_DIALECT_RA_TRANSFORMS_STAGES_H
