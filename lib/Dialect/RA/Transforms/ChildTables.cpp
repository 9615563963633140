//===- ChildTables.cpp - What tables of children's values need ------------===//
#include "ChildTables.h"
#include "cortex/Dialect/RA/IR/TableWorth.h"
#include "cortex/Dialect/RA/Transforms/Stages.h"
#include "cortex/Support/ValueNumbers.h"

using namespace mlir;
using namespace cortex::ra;

static double bytesOf(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return static_cast<double>(tensor.getNumElements()) * tensor.getElementTypeBitWidth() / 8;
}

double cortex::ra::parameterBytes(ModelOp model) {
  double bytes = 0;
  for (ParamOp param : model.getBody().getOps<ParamOp>())
    bytes += bytesOf(param.getType());
  return bytes;
}

namespace {

/// Sums up the tables of a model.
class TableCounter {
public:
  TableCounter(ModelOp model, bool ofChildrenOnly)
      : model(model), ofChildrenOnly(ofChildrenOnly), stages(model), numbers([](Operation *op) {
          auto read = dyn_cast<ReadOp>(op);
          return read && isa<SymbolType>(read.getResult().getType())
                     ? "symbol " + read.getName().getRootReference().getValue().str()
                     : std::string();
        }) {}

  void addBlock(Block &block) {
    for (Operation &op : block.without_terminator()) {
      for (Value value : op.getResults())
        add(value);
      if (auto over = dyn_cast<OverOp>(op))
        addBlock(over.getBody().front());
    }
  }

  double bytes = 0;

private:
  void add(Value value) {
    const ValueStage &stage = stages.getStage(value);
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (stage.stage != Stage::Symbol || stage.symbols.size() != 1 || !type || type.getElementType().isInteger(1))
      return;
    auto [name, place] = StringRef(stage.symbols.front()).split('@');
    if ((ofChildrenOnly && place.empty()) || !leaves(value, stage) ||
        !costsSomething(value, [&](Value part) { return stages.getStage(part) == stage; }))
      return;
    if (!counted.insert(numbers(value)).second)
      return;
    auto input = cast<InputOp>(SymbolTable::lookupSymbolIn(model, name));
    bytes += static_cast<double>(cast<SymbolType>(input.getType()).getSize()) * bytesOf(type);
  }

  bool leaves(Value value, const ValueStage &stage) {
    return llvm::any_of(value.getUsers(), [&](Operation *user) {
      return user->getBlock() != value.getParentBlock() || user->getNumResults() == 0 ||
             !(stages.getStage(user->getResult(0)) == stage);
    });
  }

  ModelOp model;
  bool ofChildrenOnly;
  StageAnalysis stages;
  cortex::ValueNumbers numbers;
  llvm::DenseSet<unsigned> counted;
};

/// Whether the states of a sweep's nodes, leaves among them, are read but by
/// parents that go over inner children, and at roots.
bool readsStates(ModelOp model, SweepOp sweep) {
  for (OutputOp output : model.getBody().getOps<OutputOp>())
    if (output.getState().getRootReference() == sweep.getSymName() && output.getEffectivePlace() == Place::Nodes)
      return true;
  WalkResult walk = model.walk([&](ReadOp read) {
    if (read.getName().getNestedReferences().empty() || read.getName().getRootReference() != sweep.getSymName())
      return WalkResult::advance();
    SweepOp reader = getSweep(read);
    auto over = dyn_cast<OverOp>(read->getParentOp());
    bool known = reader == sweep ? (over && over.getNeighbours() == Neighbours::Inner) ||
                                       (!over && read->getParentOfType<BodyOp>().getKind())
                                 : reader.getPlace() == Place::Roots && read.getPlace() == ReadPlace::Self;
    return known ? WalkResult::advance() : WalkResult::interrupt();
  });
  return walk.wasInterrupted();
}

} // namespace

double cortex::ra::childTableBytes(ModelOp model, TypeOp symbolType, ArrayRef<SweepOp> sweeps) {
  bool all = llvm::any_of(sweeps, [&](SweepOp sweep) { return readsStates(model, sweep); });
  TableCounter counter(model, /*ofChildrenOnly=*/!all);
  for (SweepOp sweep : sweeps)
    for (BodyOp body : sweep.getBody().getOps<BodyOp>())
      if (body.getKind() || (all && body.getType() == symbolType.getSymName()))
        counter.addBlock(body.getBody().front());
  return counter.bytes;
}
