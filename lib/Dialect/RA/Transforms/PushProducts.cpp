//===- PushProducts.cpp - ra-push-products --------------------------------===//
#include "Contract.h"
#include "Reductions.h"
#include "cortex/Dialect/RA/Transforms/Passes.h"
#include "cortex/Support/PassCount.h"

namespace cortex::ra {
#define GEN_PASS_DEF_PUSHPRODUCTS
#include "cortex/Dialect/RA/Transforms/Passes.h.inc"
} // namespace cortex::ra

using namespace mlir;
using namespace cortex::ra;

namespace {

/// A product of a reduction's result, and which of its operands that is.
struct Use {
  linalg::ContractOp product;
  unsigned result, side;
};

/// Whether a value is there before `over` runs; parameters can be read earlier.
bool isBefore(Value value, OverOp over) {
  Operation *op = value.getDefiningOp();
  if (!op || op->getBlock() != over->getBlock())
    return true;
  if (auto read = dyn_cast<ReadOp>(op); read && read.getPlace() == ReadPlace::Param)
    read->moveBefore(&over->getBlock()->front());
  return op->isBeforeInBlock(over);
}

struct PushProducts : public cortex::ra::impl::PushProductsBase<PushProducts> {
  using Base::Base;

  void runOnOperation() override {
    cortex::PassCount pushed(getOperation(), getArgument(), "products pushed");
    SmallVector<OverOp> overs;
    getOperation().walk([&](OverOp over) { overs.push_back(over); });
    for (OverOp over : overs)
      pushed += pushInto(over);
    eraseDeadOperations(getOperation());
  }

private:
  /// Whether the product of such a result with `other` is to be pushed.
  bool isWanted(const Reduced &one, Value other) const {
    if (!isLinear(one.combiner))
      return false;
    auto read = one.yields.back().getDefiningOp<ReadOp>();
    return !ofStates || (read && read.getPlace() == ReadPlace::There && canMoveToChild(read, other));
  }

  unsigned pushInto(OverOp over) const {
    SmallVector<Reduced> results = getReduced(over);
    SmallVector<Use> uses;
    for (auto [i, one] : llvm::enumerate(results))
      for (OpOperand &use : over.getResult(i).getUses()) {
        auto product = dyn_cast<linalg::ContractOp>(use.getOwner());
        const unsigned side = use.getOperandNumber();
        if (!product || side >= 2 || product->getBlock() != over->getBlock())
          continue;
        Value other = product.getInputs()[1 - side];
        if (other != use.get() && isWanted(one, other) && isBefore(other, over))
          uses.push_back({product, static_cast<unsigned>(i), side});
      }
    if (uses.empty())
      return 0;

    // What is used in other ways as well stays, the products come after it.
    OpBuilder inside(over.getYield());
    SmallVector<Reduced> made;
    SmallVector<std::pair<unsigned, unsigned>> kept; // old result, new one
    for (auto [i, one] : llvm::enumerate(results)) {
      const auto pushed = llvm::count_if(uses, [i = i](const Use &use) { return use.result == i; });
      if (std::distance(over.getResult(i).use_begin(), over.getResult(i).use_end()) == pushed)
        continue;
      kept.emplace_back(i, made.size());
      made.push_back(one);
    }
    const size_t first = made.size();
    for (const Use &use : uses) {
      linalg::ContractOp product = use.product;
      SmallVector<Value> inputs(product.getInputs());
      inputs[use.side] = results[use.result].yields.back();
      Value zero = createZero(inside, product.getLoc(), product.getResult(0).getType());
      Value part = createContract(inside, product.getLoc(), inputs, zero, product.getIndexingMapsArray());
      made.push_back({results[use.result].combiner, {part}, Value()});
    }
    OverOp after = remakeOver(over, made);
    for (auto [from, to] : kept)
      over.getResult(from).replaceAllUsesWith(after.getResult(to));
    for (auto [i, use] : llvm::enumerate(uses))
      replaceProduct(use.product, after.getResult(first + i));
    over.erase();
    return uses.size();
  }
};

} // namespace
