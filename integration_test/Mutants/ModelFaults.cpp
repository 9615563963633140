//===- ModelFaults.cpp - Faults in ra: what is read, and from where -------===//
#include "Faults.h"

#include "cortex/Dialect/RA/IR/RA.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace cortex;
using namespace cortex::ra;

namespace cortex::mutants {

std::string describe(Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  op->print(os, OpPrintingFlags().skipRegions().assumeVerified().elideLargeElementsAttrs(4));
  return text.substr(0, text.find('\n'));
}

void swapUses(Value a, Value b) {
  SmallVector<OpOperand *> ofA(llvm::make_pointer_range(a.getUses())), ofB(llvm::make_pointer_range(b.getUses()));
  for (OpOperand *use : ofA)
    use->set(b);
  for (OpOperand *use : ofB)
    use->set(a);
  sortTopologically(a.getParentBlock());
}

std::vector<Fault> faultsOf(Stage stage) {
  if (stage == Stage::Loops)
    return loopFaults();
  if (stage == Stage::Code)
    return codeFaults();
  std::vector<Fault> all = modelFaults();
  for (Fault &fault : valueFaults())
    all.push_back(std::move(fault));
  return all;
}

namespace {

using PairTest = llvm::function_ref<bool(Operation *, Operation *)>;
using Change = std::function<void(Operation *, Operation *)>;

/// A site for each pair of operations of one kind that stand in one block and that `fits` accepts.
template <typename Op> void pairs(ModuleOp module, Sites &sites, PairTest fits, const Change &change) {
  SmallVector<Op> all;
  module.walk([&](Op op) { all.push_back(op); });
  for (size_t i = 0; i < all.size(); ++i)
    for (size_t j = i + 1; j < all.size(); ++j)
      if (all[i]->getBlock() == all[j]->getBlock() && all[i]->getResultTypes() == all[j]->getResultTypes() &&
          fits(all[i], all[j])) {
        Operation *a = all[i], *b = all[j];
        sites.push_back({describe(a) + " and " + describe(b), [=] { change(a, b); }});
      }
}

/// The one user of all uses of a value, or null.
Operation *onlyUser(Value value) {
  Operation *user = value.use_empty() ? nullptr : *value.user_begin();
  return llvm::all_of(value.getUsers(), [&](Operation *u) { return u == user; }) ? user : nullptr;
}

/// Whether the two values only meet in one commutative operation.
bool areInterchangeable(Value a, Value b) {
  Operation *user = onlyUser(a);
  return user && user == onlyUser(b) && user->hasTrait<OpTrait::IsCommutative>();
}

/// Follows a parameter through reshapes to the contraction it enters, with the operand's number, or null.
OpOperand *contractOperand(Value value) {
  while (value.hasOneUse()) {
    OpOperand &use = *value.use_begin();
    if (isa<linalg::ContractOp>(use.getOwner()))
      return &use;
    if (!isa<tensor::ExpandShapeOp>(use.getOwner()))
      return nullptr;
    value = use.getOwner()->getResult(0);
  }
  return nullptr;
}

ReadOp readOf(Operation *op, ReadPlace place) {
  auto read = dyn_cast<ReadOp>(op);
  return read && read.getPlace() == place ? read : ReadOp();
}

/// Both are weights (`operand` 0 or 1) or both are biases (2) of contractions.
bool areParams(Operation *a, Operation *b, bool biases) {
  if (!readOf(a, ReadPlace::Param) || !readOf(b, ReadPlace::Param))
    return false;
  OpOperand *x = contractOperand(a->getResult(0)), *y = contractOperand(b->getResult(0));
  if (!x || !y || (x->getOperandNumber() == 2) != biases || (y->getOperandNumber() == 2) != biases)
    return false;
  // The biases of two products that are only added to each other are one sum.
  return !biases || !areInterchangeable(x->getOwner()->getResult(0), y->getOwner()->getResult(0));
}

void swapResults(Operation *a, Operation *b) {
  swapUses(a->getResult(0), b->getResult(0));
}

void childrenSwapped(ModuleOp module, Sites &sites) {
  pairs<ReadOp>(
      module, sites,
      [](Operation *a, Operation *b) {
        ReadOp x = readOf(a, ReadPlace::Child), y = readOf(b, ReadPlace::Child);
        return x && y && x.getName() == y.getName() && x.getIndex() != y.getIndex() && !areInterchangeable(x, y);
      },
      swapResults);
}

void childReadTwice(ModuleOp module, Sites &sites) {
  pairs<ReadOp>(
      module, sites,
      [](Operation *a, Operation *b) {
        ReadOp x = readOf(a, ReadPlace::Child), y = readOf(b, ReadPlace::Child);
        return x && y && x.getName() == y.getName() && x.getIndex() != y.getIndex();
      },
      [](Operation *a, Operation *b) { b->getResult(0).replaceAllUsesWith(a->getResult(0)); });
}

void gatesSwapped(ModuleOp module, Sites &sites) {
  pairs<tensor::ExtractSliceOp>(
      module, sites,
      [](Operation *a, Operation *b) {
        return a->getOperand(0) == b->getOperand(0) && !areInterchangeable(a->getResult(0), b->getResult(0));
      },
      swapResults);
}

void weightsSwapped(ModuleOp module, Sites &sites) {
  pairs<ReadOp>(module, sites, [](Operation *a, Operation *b) { return areParams(a, b, false); }, swapResults);
}

void biasesSwapped(ModuleOp module, Sites &sites) {
  pairs<ReadOp>(module, sites, [](Operation *a, Operation *b) { return areParams(a, b, true); }, swapResults);
}

void symbolsSwapped(ModuleOp module, Sites &sites) {
  pairs<ReadOp>(
      module, sites,
      [](Operation *a, Operation *b) {
        auto x = cast<ReadOp>(a), y = cast<ReadOp>(b);
        return isa<SymbolType>(x.getType()) && x.getPlace() == y.getPlace() && x.getName() != y.getName();
      },
      swapResults);
}

/// Each operand and the next, of the same type.
void neighboursSwapped(Operation *op, Sites &sites) {
  for (unsigned i = 0; i + 1 < op->getNumOperands(); ++i)
    if (op->getOperand(i) != op->getOperand(i + 1) && op->getOperand(i).getType() == op->getOperand(i + 1).getType())
      sites.push_back({describe(op), [op, i] {
                         const Value first = op->getOperand(i);
                         op->setOperand(i, op->getOperand(i + 1));
                         op->setOperand(i + 1, first);
                       }});
}

void concatSwapped(ModuleOp module, Sites &sites) {
  module.walk([&](tensor::ConcatOp op) { neighboursSwapped(op, sites); });
}

void statesSwapped(ModuleOp module, Sites &sites) {
  module.walk([&](YieldOp op) {
    if (isa<BodyOp>(op->getParentOp()))
      neighboursSwapped(op, sites);
  });
}

/// h for c, or a layer's for another's: any other state of this type that the sweep may read in the same way.
void wrongState(ModuleOp module, Sites &sites) {
  module.walk([&](ReadOp read) {
    auto name = read.getName();
    if (name.getNestedReferences().empty())
      return;
    auto own = read->getParentOfType<SweepOp>();
    for (auto sweep : read->getParentOfType<ModelOp>().getBody().getOps<SweepOp>()) {
      bool same = sweep.getSymName() == name.getRootReference();
      if (sweep == own && !same)
        break; // states of this sweep and of later ones are read in other ways, or not at all
      for (unsigned i = 0; i < sweep.getNumStates(); ++i)
        if (sweep.getStateType(i) == read.getType() && sweep.getPlace() == Place::Nodes &&
            (!same || sweep.getStateName(i) != name.getLeafReference())) {
          auto other = SymbolRefAttr::get(sweep.getSymNameAttr(),
                                          {FlatSymbolRefAttr::get(read.getContext(), sweep.getStateName(i))});
          sites.push_back(
              {describe(read) + " reads " + sweep.getStateName(i).str(), [=]() mutable { read.setNameAttr(other); }});
        }
      if (sweep == own)
        break;
    }
  });
}

/// Another direction, with the states read from the other side.
void wrongDirection(ModuleOp module, Sites &sites) {
  module.walk([&](SweepOp sweep) {
    SmallVector<ReadOp> own;
    bool legal = sweep.getDirection() != Direction::Map;
    sweep.walk([&](ReadOp read) {
      if (read.getName().getNestedReferences().empty() || read.getName().getRootReference() != sweep.getSymName())
        return;
      own.push_back(read);
      legal &= static_cast<bool>(read.getOtherwise()) && read.getIndex().value_or(0) == 0;
    });
    if (!legal || own.empty())
      return;
    sites.push_back({"sweep @" + sweep.getSymName().str(), [=]() mutable {
                       bool up = sweep.getDirection() == Direction::Up;
                       sweep.setDirection(up ? Direction::Down : Direction::Up);
                       for (ReadOp read : own) {
                         read.setPlace(up ? ReadPlace::Parent : ReadPlace::Child);
                         read.setIndex(up ? std::optional<int64_t>() : 0);
                       }
                     }});
  });
}

void wrongDefault(ModuleOp module, Sites &sites) {
  module.walk([&](ReadOp read) {
    if (!read.getOtherwise())
      return;
    sites.push_back({describe(read), [=]() mutable {
                       OpBuilder b(read);
                       auto type = cast<RankedTensorType>(read.getType());
                       auto one = DenseElementsAttr::get(type, b.getFloatAttr(type.getElementType(), 0.75));
                       read.getOtherwiseMutable().assign(arith::ConstantOp::create(b, read.getLoc(), one));
                     }});
  });
}

} // namespace

std::vector<Fault> modelFaults() {
  return {{"two children swapped", childrenSwapped},
          {"one child read for another", childReadTwice},
          {"two gates swapped", gatesSwapped},
          {"two weights of one shape swapped", weightsSwapped},
          {"two biases swapped", biasesSwapped},
          {"a look-up by another symbol", symbolsSwapped},
          {"operands of a concatenation swapped", concatSwapped},
          {"two states stored in each other's place", statesSwapped},
          {"another state read (h for c, a layer's for another's)", wrongState},
          {"a sweep in the other direction", wrongDirection},
          {"another default for an absent neighbour", wrongDefault}};
}

} // namespace cortex::mutants
