//===- Stages.cpp - When each value of a model can be computed ------------===//
#include "cortex/Dialect/RA/Transforms/Stages.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace cortex::ra;

//===----------------------------------------------------------------------===//
// ValueStage
//===----------------------------------------------------------------------===//

static constexpr llvm::StringLiteral symbolPrefix = "symbol:";

ValueStage ValueStage::join(const ValueStage &a, const ValueStage &b) {
  if (a.stage != b.stage)
    return a.stage > b.stage ? a : b;
  ValueStage result{a.stage, {}};
  std::set_union(a.symbols.begin(), a.symbols.end(), b.symbols.begin(), b.symbols.end(),
                 std::back_inserter(result.symbols));
  return result;
}

std::string ValueStage::str() const {
  switch (stage) {
  case Stage::Constant:
    return "constant";
  case Stage::Symbol:
    return symbolPrefix.str() + llvm::join(symbols, ",");
  case Stage::Node:
    return "node";
  case Stage::Recursive:
    return "recursive";
  }
  llvm_unreachable("a stage that is none of the four");
}

std::optional<ValueStage> cortex::ra::getRecordedStage(Operation *op) {
  auto attr = op->getAttrOfType<StringAttr>(stageAttrName);
  if (!attr)
    return std::nullopt;
  StringRef text = attr.getValue();
  if (text == "constant")
    return ValueStage{Stage::Constant, {}};
  if (text == "node")
    return ValueStage{Stage::Node, {}};
  if (text == "recursive")
    return ValueStage{Stage::Recursive, {}};
  if (!text.consume_front(symbolPrefix) || text.empty())
    return std::nullopt;
  ValueStage result{Stage::Symbol, {}};
  for (StringRef name : llvm::split(text, ','))
    result.symbols.push_back(name.str());
  return result;
}

//===----------------------------------------------------------------------===//
// StageAnalysis
//===----------------------------------------------------------------------===//

StageAnalysis::StageAnalysis(Operation *root) {
  root->walk([&](BodyOp body) { visitBlock(body.getBody().front(), getSweep(body)); });
}

const ValueStage &StageAnalysis::getStage(Value value) const {
  auto it = stages.find(value);
  assert(it != stages.end() && "a value outside of the bodies that were analysed");
  return it->second;
}

ValueStage StageAnalysis::getStage(Operation *op) const {
  ValueStage result;
  for (Value value : op->getResults())
    result = ValueStage::join(result, getStage(value));
  return result;
}

ValueStage StageAnalysis::getStage(BodyOp body) const {
  return joinOfOperands(body.getYield());
}

ValueStage StageAnalysis::joinOfOperands(Operation *op) const {
  ValueStage result;
  for (Value operand : op->getOperands())
    result = ValueStage::join(result, getStage(operand));
  return result;
}

void StageAnalysis::visitBlock(Block &block, SweepOp sweep) {
  for (Operation &op : block.without_terminator()) {
    if (auto over = dyn_cast<OverOp>(op)) {
      visitOver(over, sweep);
      continue;
    }
    auto read = dyn_cast<ReadOp>(op);
    ValueStage stage = read ? readStage(read, sweep) : joinOfOperands(&op);
    for (Value result : op.getResults())
      stages[result] = stage;
  }
}

ValueStage StageAnalysis::readStage(ReadOp read, SweepOp sweep) const {
  if (read.getPlace() == ReadPlace::Param)
    return {};
  SymbolRefAttr name = read.getName();
  if (!name.getNestedReferences().empty()) {
    // A state. In a map sweep the verifier allows no state of the sweep itself.
    bool own = name.getRootReference() == sweep.getSymName();
    return {own ? Stage::Recursive : Stage::Node, {}};
  }
  // Tables are over what the node itself is; what the read falls back to
  // belongs to its stage too, but symbols have no `else`.
  bool atNodes = sweep.getPlace() == Place::Nodes || sweep.getPlace() == Place::Roots;
  if (isa<SymbolType>(read.getResult().getType()) && atNodes && read.getPlace() != ReadPlace::Structure &&
      read.getPlace() != ReadPlace::Edge) {
    std::string symbol = name.getRootReference().str();
    if (read.getPlace() != ReadPlace::Self)
      symbol += "@" + stringifyReadPlace(read.getPlace()).str();
    if (read.getPlace() == ReadPlace::Child)
      symbol += "(" + std::to_string(*read.getIndex()) + ")";
    return {Stage::Symbol, {symbol}};
  }
  ValueStage node{Stage::Node, {}};
  return read.getOtherwise() ? ValueStage::join(node, getStage(read.getOtherwise())) : node;
}

void StageAnalysis::visitOver(OverOp over, SweepOp sweep) {
  visitBlock(over.getBody().front(), sweep);
  YieldOp yield = over.getYield();
  for (unsigned i = 0, e = over.getNumCombiners(); i != e; ++i) {
    // How many neighbours there are is known with the node, not before.
    ValueStage stage{Stage::Node, {}};
    unsigned first = over.getYieldIndex(i);
    unsigned count = over.getCombiner(i) == Combiner::Softmax ? 2 : 1;
    for (Value value : yield.getValues().slice(first, count))
      stage = ValueStage::join(stage, getStage(value));
    if (Value otherwise = over.getDefault(i))
      stage = ValueStage::join(stage, getStage(otherwise));
    stages[over.getResult(i)] = stage;
  }
}

//===----------------------------------------------------------------------===//
// isConstantStage
//===----------------------------------------------------------------------===//

bool cortex::ra::isConstantStage(Value value) {
  llvm::SmallPtrSet<Operation *, 16> seen;
  SmallVector<Value> worklist{value};
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val().getDefiningOp();
    if (!op)
      return false;
    if (!seen.insert(op).second)
      continue;
    if (isa<OverOp>(op))
      return false;
    if (auto read = dyn_cast<ReadOp>(op); read && read.getPlace() != ReadPlace::Param)
      return false;
    llvm::append_range(worklist, op->getOperands());
  }
  return true;
}
