#include "ExplainAccesses.h"

#include "cortex/Dialect/ILIR/Transforms/Slices.h"

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

namespace {

enum class Proof { Loop, List, Arity, Domain, Tested, None };

/// How an index is known to be in range; `otherwise`: the access says what it reads where a neighbour is absent.
Proof prove(Value index, bool otherwise) {
  if (isa<BlockArgument>(index))
    return Proof::Loop;
  if (index.getDefiningOp<SymbolOp>())
    return Proof::Domain;
  auto step = index.getDefiningOp<IndexOp>();
  if (!step)
    return Proof::None;
  switch (step.getStep()) {
  case Step::Row:
    return prove(step.getFrom(), otherwise);
  case Step::Child:
    if (!mayBeAbsent(index))
      return Proof::Arity;
    [[fallthrough]];
  case Step::Parent:
    return otherwise ? Proof::Tested : Proof::None;
  case Step::Node:
  case Step::Structure: { // of a row that may be an absent neighbour's
    const Proof row = prove(step.getFrom(), otherwise);
    return row == Proof::Loop ? Proof::List : row;
  }
  default:
    return Proof::List;
  }
}

} // namespace

void cortex::explainAccesses(ProgramOp program, llvm::json::Object &out) {
  int64_t counts[6] = {};
  getFunc(program, "run").walk([&](Operation *op) {
    if (auto load = dyn_cast<LoadOp>(op); load && load.getIndex())
      ++counts[static_cast<int>(prove(load.getIndex(), static_cast<bool>(load.getOtherwise())))];
    if (auto store = dyn_cast<StoreOp>(op); store && store.getIndex())
      ++counts[static_cast<int>(prove(store.getIndex(), false))];
    if (auto symbol = dyn_cast<SymbolOp>(op))
      ++counts[static_cast<int>(prove(symbol.getAt(), false))];
  });
  auto of = [&](Proof proof) { return counts[static_cast<int>(proof)]; };
  out["accesses"] = llvm::json::Object{{"by_loop", of(Proof::Loop)},
                                       {"by_list", of(Proof::List)},
                                       {"by_arity", of(Proof::Arity)},
                                       {"by_domain", of(Proof::Domain)},
                                       {"tested", of(Proof::Tested)}};
  out["bounds_checks"] = of(Proof::None);
}
