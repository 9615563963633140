//===- CodeFaults.cpp - Faults in generated code --------------------------===//
//
// Made after convert-ilir-to-vector, in loops, masks, addresses and kernels (the
// functions product_*). What `run` does not call is left alone: prepare's kernels
// only see batches of one size, a symbol's domain.
//===----------------------------------------------------------------------===//
#include "Faults.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace cortex::mutants {

namespace {

func::FuncOp runIn(ModuleOp module) {
  return module.lookupSymbol<func::FuncOp>("cortex_run");
}

/// A number in a kernel's name: `_r4` is a tile of four rows, `_n3` has three products side by side.
int64_t numberIn(func::FuncOp kernel, StringRef key) {
  StringRef rest = kernel.getSymName().split(key).second;
  int64_t number = 0;
  return rest.consumeInteger(10, number) ? 0 : number;
}

/// The kernels that run calls.
SmallVector<func::FuncOp> kernelsOf(ModuleOp module) {
  llvm::SetVector<Operation *> found;
  runIn(module).walk([&](func::CallOp call) { found.insert(module.lookupSymbol(call.getCallee())); });
  SmallVector<func::FuncOp> kernels;
  for (Operation *op : found)
    kernels.push_back(cast<func::FuncOp>(op));
  return kernels;
}

/// One site: all kernels that `change` changes. A kernel is run by few sizes of batches, all of them by some.
void changeKernels(ModuleOp module, Sites &sites, llvm::function_ref<std::function<void()>(func::FuncOp)> change) {
  std::vector<std::function<void()>> changes;
  for (func::FuncOp kernel : kernelsOf(module))
    if (std::function<void()> one = change(kernel))
      changes.push_back(std::move(one));
  if (!changes.empty())
    sites.push_back({std::to_string(changes.size()) + " kernels", [changes] {
                       for (const std::function<void()> &one : changes)
                         one();
                     }});
}

template <typename Op> Op firstIn(Operation *parent) {
  Op found;
  parent->walk([&](Op op) {
    if (!found)
      found = op;
  });
  return found;
}

/// operand + by, in its place.
void addTo(OpOperand &operand, int64_t by) {
  OpBuilder b(operand.getOwner());
  Location loc = operand.getOwner()->getLoc();
  operand.set(arith::AddIOp::create(b, loc, operand.get(), arith::ConstantIndexOp::create(b, loc, by)));
}

std::function<void()> moveMask(vector::CreateMaskOp mask, int64_t by) {
  return [=] { addTo(mask->getOpOperand(0), by); };
}

/// A kernel's only mask: of its last panel, whose number of units is known.
std::function<void()> moveMask(vector::ConstantMaskOp mask, int64_t by) {
  return [=]() mutable { mask.setMaskDimSizes({mask.getMaskDimSizes().front() + by}); };
}

//===----------------------------------------------------------------------===//
// Masks
//===----------------------------------------------------------------------===//

void kernelMaskShort(ModuleOp module, Sites &sites) {
  changeKernels(module, sites, [](func::FuncOp kernel) -> std::function<void()> {
    auto mask = firstIn<vector::ConstantMaskOp>(kernel);
    return mask ? moveMask(mask, -1) : nullptr;
  });
}

/// One lane too long is seen where the next product's units follow; behind the last ones there is padding.
void kernelMaskLong(ModuleOp module, Sites &sites) {
  changeKernels(module, sites, [](func::FuncOp kernel) -> std::function<void()> {
    auto mask = firstIn<vector::ConstantMaskOp>(kernel);
    return mask && numberIn(kernel, "_n") > 1 ? moveMask(mask, 1) : nullptr;
  });
}

template <typename Op> bool masks(vector::CreateMaskOp mask) {
  return llvm::any_of(mask->getUsers(), [](Operation *user) { return isa<Op>(user); });
}

void nestMaskShort(ModuleOp module, Sites &sites) {
  runIn(module).walk([&](vector::CreateMaskOp mask) {
    if (masks<LLVM::MaskedStoreOp>(mask))
      sites.push_back({describe(mask), moveMask(mask, -1)});
  });
}

/// The mask of a sum over units: in a loop that carries the sum.
bool isOfReduction(vector::CreateMaskOp mask) {
  auto loop = dyn_cast<scf::ForOp>(mask->getParentOp());
  return loop && loop.getNumResults() > 0 && masks<arith::SelectOp>(mask);
}

template <int64_t By> void reductionMask(ModuleOp module, Sites &sites) {
  runIn(module).walk([&](vector::CreateMaskOp mask) {
    if (isOfReduction(mask))
      sites.push_back({describe(mask), moveMask(mask, By)});
  });
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// The pointers that a kernel loads from one of its two tables, row by row.
SmallVector<LLVM::LoadOp> rowsFrom(func::FuncOp kernel, unsigned table) {
  SmallVector<LLVM::LoadOp> rows;
  kernel.walk([&](LLVM::LoadOp load) {
    Value from = load.getAddr();
    if (auto gep = from.getDefiningOp<LLVM::GEPOp>())
      from = gep.getBase();
    if (isa<LLVM::LLVMPointerType>(load.getType()) && from == kernel.getArgument(table))
      rows.push_back(load);
  });
  return rows;
}

/// Tiles of several rows take the first one's pointer for the second's.
template <unsigned Table> void tileRowWrong(ModuleOp module, Sites &sites) {
  changeKernels(module, sites, [](func::FuncOp kernel) -> std::function<void()> {
    SmallVector<LLVM::LoadOp> rows = rowsFrom(kernel, Table);
    if (rows.size() < 2)
      return nullptr;
    return [=]() mutable {
      rows[1].getResult().replaceAllUsesWith(rows[0].getResult());
      rows[0]->moveBefore(&kernel.getBody().front(), ++kernel.getBody().front().begin());
      if (auto gep = rows[0].getAddr().getDefiningOp<LLVM::GEPOp>())
        gep->moveBefore(rows[0]);
    };
  });
}

template <int64_t By> void innerLoop(ModuleOp module, Sites &sites) {
  changeKernels(module, sites, [](func::FuncOp kernel) -> std::function<void()> {
    auto loop = firstIn<scf::ForOp>(kernel);
    return [=]() mutable { addTo(loop.getUpperBoundMutable(), By); };
  });
}

/// Tall tiles add in descending order: right, but not the bits of a short tile.
void tallTilesDescend(ModuleOp module, Sites &sites) {
  changeKernels(module, sites, [](func::FuncOp kernel) -> std::function<void()> {
    if (numberIn(kernel, "_r") < 2)
      return nullptr;
    auto loop = firstIn<scf::ForOp>(kernel);
    return [=]() mutable {
      OpBuilder b = OpBuilder::atBlockBegin(loop.getBody());
      Location loc = loop.getLoc();
      Value last = arith::SubIOp::create(b, loc, loop.getUpperBound(), arith::ConstantIndexOp::create(b, loc, 1));
      auto turned = arith::SubIOp::create(b, loc, last, loop.getInductionVar());
      loop.getInductionVar().replaceAllUsesExcept(turned, turned);
    };
  });
}

/// Tall tiles multiply and add with a rounding between.
void tallTilesRoundTwice(ModuleOp module, Sites &sites) {
  changeKernels(module, sites, [](func::FuncOp kernel) -> std::function<void()> {
    if (numberIn(kernel, "_r") < 2)
      return nullptr;
    return [=]() mutable {
      kernel.walk([](math::FmaOp fma) {
        OpBuilder b(fma);
        Value product = arith::MulFOp::create(b, fma.getLoc(), fma.getA(), fma.getB());
        fma.getResult().replaceAllUsesWith(arith::AddFOp::create(b, fma.getLoc(), product, fma.getC()));
        fma.erase();
      });
    };
  });
}

//===----------------------------------------------------------------------===//
// Loops, addresses, workers
//===----------------------------------------------------------------------===//

/// Loops of run over levels, strips, rows, edges, tiles, panels; not those of a constant number of trips.
void loopShort(ModuleOp module, Sites &sites) {
  runIn(module).walk([&](scf::ForOp loop) {
    if (!matchPattern(loop.getUpperBound(), m_Constant()))
      sites.push_back({describe(loop), [=]() mutable { addTo(loop.getUpperBoundMutable(), -1); }});
  });
}

void vectorLoadedOneFurther(ModuleOp module, Sites &sites) {
  runIn(module).walk([&](Operation *op) {
    auto load = dyn_cast<LLVM::LoadOp>(op);
    if (!isa<LLVM::MaskedLoadOp>(op) && !(load && isa<VectorType>(load.getType())))
      return;
    sites.push_back({describe(op), [=] {
                       OpBuilder b(op);
                       Type element = cast<VectorType>(op->getResult(0).getType()).getElementType();
                       Value at = op->getOperand(0);
                       op->setOperand(0, LLVM::GEPOp::create(b, op->getLoc(), at.getType(), element, at,
                                                             ArrayRef<LLVM::GEPArg>{1}));
                     }});
  });
}

/// Row 0 is a leaf: somebody's child, and nobody's parent. With leaf_products, what parents need of a leaf that reads
/// a word comes from tables, and the children that rows are loaded of are never row 0.
void firstRowAbsent(ModuleOp module, Sites &sites) {
  runIn(module).walk([&](arith::CmpIOp test) {
    bool guardsValue = llvm::any_of(test->getUsers(), [](Operation *user) {
      auto branch = dyn_cast<scf::IfOp>(user);
      return branch && branch.getNumResults() == 1 && !branch.getResult(0).getType().isIndex();
    });
    if (test.getPredicate() == arith::CmpIPredicate::sge && guardsValue)
      sites.push_back({describe(test), [=]() mutable { test.setPredicate(arith::CmpIPredicate::sgt); }});
  });
}

/// A worker's first panel, P·w/W, rounded up: those between two workers are nobody's.
void panelOfNobody(ModuleOp module, Sites &sites) {
  func::FuncOp run = runIn(module);
  auto isArgument = [&](Value v, unsigned i) {
    auto castOp = v.getDefiningOp<arith::IndexCastUIOp>();
    return castOp && castOp.getIn() == run.getArgument(i);
  };
  run.walk([&](arith::DivUIOp op) {
    auto panels = op.getLhs().getDefiningOp<arith::MulIOp>();
    if (!panels || !isArgument(op.getRhs(), 2) || !(isArgument(panels.getLhs(), 1) || isArgument(panels.getRhs(), 1)))
      return;
    sites.push_back({describe(op), [=]() mutable {
                       OpBuilder b(op);
                       Value up = arith::CeilDivUIOp::create(b, op.getLoc(), op.getLhs(), op.getRhs());
                       op.getResult().replaceAllUsesWith(up);
                     }});
  });
}

/// A reduction over neighbours from the last one to the first.
void edgesReversed(ModuleOp module, Sites &sites) {
  runIn(module).walk([&](scf::ForOp loop) {
    if (loop.getNumResults() == 0 || matchPattern(loop.getUpperBound(), m_Constant()))
      return;
    sites.push_back({describe(loop), [=]() mutable {
                       OpBuilder b = OpBuilder::atBlockBegin(loop.getBody());
                       Location loc = loop.getLoc();
                       Value one = arith::ConstantIndexOp::create(b, loc, 1);
                       Value both = arith::AddIOp::create(b, loc, loop.getLowerBound(), loop.getUpperBound());
                       Value last = arith::SubIOp::create(b, loc, both, one);
                       auto turned = arith::SubIOp::create(b, loc, last, loop.getInductionVar());
                       loop.getInductionVar().replaceAllUsesExcept(turned, turned);
                     }});
  });
}

} // namespace

std::vector<Fault> codeFaults() {
  return {{"a product's mask one lane too short", kernelMaskShort},
          {"a product's mask one lane too long", kernelMaskLong},
          {"a store's mask one lane too short", nestMaskShort},
          {"a mask of a sum over units one lane too short", reductionMask<-1>},
          {"a mask of a sum over units one lane too long", reductionMask<1>},
          {"a tile reads another row", tileRowWrong<1>},
          {"a tile writes another row", tileRowWrong<2>},
          {"a product's inner loop one short", innerLoop<-1>},
          {"a product's inner loop one too long", innerLoop<1>},
          {"tall tiles add in another order", tallTilesDescend},
          {"tall tiles round twice", tallTilesRoundTwice},
          {"a loop one short", loopShort},
          {"a vector loaded one element further", vectorLoadedOneFurther},
          {"row 0 taken for an absent child", firstRowAbsent, {"NaryTreeLSTM", "PlanConv"}, "leaf_products=off"},
          {"a panel that no worker owns", panelOfNobody},
          {"neighbours summed in reverse", edgesReversed, {"Words"}}};
}

} // namespace cortex::mutants
