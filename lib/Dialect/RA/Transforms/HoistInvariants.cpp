//===- HoistInvariants.cpp - What is the same for all neighbours ----------===//
#include "cortex/Dialect/RA/Transforms/Passes.h"
#include "cortex/Support/PassCount.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace cortex::ra {
#define GEN_PASS_DEF_HOISTINVARIANTS
#include "cortex/Dialect/RA/Transforms/Passes.h.inc"
} // namespace cortex::ra

using namespace mlir;
using namespace cortex::ra;

namespace {

bool isInvariant(Operation *op, OverOp over) {
  if (auto read = dyn_cast<ReadOp>(op))
    if (read.getPlace() == ReadPlace::There || read.getPlace() == ReadPlace::Edge)
      return false;
  return llvm::none_of(op->getOperands(),
                       [&](Value operand) { return over.getBody().isAncestor(operand.getParentRegion()); });
}

struct HoistInvariants : public cortex::ra::impl::HoistInvariantsBase<HoistInvariants> {
  void runOnOperation() override {
    cortex::PassCount hoisted(getOperation(), getArgument(), "operations hoisted");
    getOperation().walk([&](OverOp over) {
      // In order, so that an operation follows those it is made of. Regions of
      // linalg operations read their block's arguments only.
      for (Operation &op : llvm::make_early_inc_range(over.getBody().front().without_terminator()))
        if (isInvariant(&op, over)) {
          op.moveBefore(over);
          ++hoisted;
        }
    });
  }
};

} // namespace
