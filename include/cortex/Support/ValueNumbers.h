//===- ValueNumbers.h - Telling equal computations apart --------*- C++ -*-===//
#ifndef CORTEX_SUPPORT_VALUENUMBERS_H
#define CORTEX_SUPPORT_VALUENUMBERS_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

#include <functional>
#include <string>

namespace cortex {

/// Numbers values by how they are computed: two values have one number if the
/// same operations compute them from the same leaves, wherever these stand.
/// Valid until an operation changes, or forgetValues.
class ValueNumbers {
public:
  /// `leaf` names an operation that stands for itself, without its operands;
  /// it says nothing ("") about all others.
  explicit ValueNumbers(std::function<std::string(mlir::Operation *)> leaf) : leaf(std::move(leaf)) {}

  unsigned operator()(mlir::Value value) {
    if (auto it = numbers.find(value); it != numbers.end())
      return it->second;
    std::string text;
    llvm::raw_string_ostream os(text);
    mlir::Operation *op = value.getDefiningOp();
    std::string name = op ? leaf(op) : std::string();
    if (!op) {
      os << "argument " << value.getAsOpaquePointer();
    } else if (!name.empty()) {
      os << name;
    } else {
      Locals locals;
      describe(op, locals, os);
    }
    if (op)
      os << " #" << llvm::cast<mlir::OpResult>(value).getResultNumber();
    unsigned number = known.try_emplace(text, known.size()).first->second;
    numbers[value] = number;
    return number;
  }

  /// Once operations have changed: equal computations keep their numbers, but values are looked at again.
  void forgetValues() { numbers.clear(); }

private:
  /// Values of an operation's regions, by their place in it.
  using Locals = llvm::DenseMap<mlir::Value, unsigned>;

  /// Attributes and types are unique, so their addresses tell them apart; where
  /// an operation was put (`ra.stage`) is not what it computes.
  void describe(mlir::Operation *op, Locals &locals, llvm::raw_ostream &os) {
    os << op->getName();
    for (mlir::NamedAttribute attr : op->getAttrs())
      if (attr.getName() != "ra.stage")
        os << ' ' << attr.getName().getValue() << attr.getValue().getAsOpaquePointer();
    for (mlir::Type type : op->getResultTypes())
      os << ' ' << type.getAsOpaquePointer();
    for (mlir::Value operand : op->getOperands()) {
      if (auto local = locals.find(operand); local != locals.end())
        os << " %" << local->second;
      else
        os << ' ' << (*this)(operand);
    }
    for (mlir::Region &region : op->getRegions())
      for (mlir::Block &block : region) {
        os << " {";
        addLocals(block.getArguments(), locals);
        for (mlir::Operation &inner : block) {
          os << ' ';
          describe(&inner, locals, os);
          addLocals(inner.getResults(), locals);
        }
        os << '}';
      }
  }

  static void addLocals(mlir::ValueRange values, Locals &locals) {
    for (mlir::Value value : values)
      locals.try_emplace(value, locals.size());
  }

  std::function<std::string(mlir::Operation *)> leaf;
  llvm::DenseMap<mlir::Value, unsigned> numbers;
  llvm::StringMap<unsigned> known;
};

} // namespace cortex

#endif // CORTEX_SUPPORT_VALUENUMBERS_H
