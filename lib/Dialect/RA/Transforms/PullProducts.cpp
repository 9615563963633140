//===- PullProducts.cpp - ra-pull-products --------------------------------===//
#include "Contract.h"
#include "Reductions.h"
#include "cortex/Dialect/RA/Transforms/Passes.h"
#include "cortex/Support/PassCount.h"
#include "mlir/IR/Matchers.h"

namespace cortex::ra {
#define GEN_PASS_DEF_PULLPRODUCTS
#include "cortex/Dialect/RA/Transforms/Passes.h.inc"
} // namespace cortex::ra

using namespace mlir;
using namespace cortex::ra;

namespace {

/// A product that a reduction yields, and which of its operands belongs to the neighbour.
struct Yielded {
  unsigned result;
  linalg::ContractOp product;
  unsigned side;
};

/// The side of the neighbour's operand, if the other one is the same for all neighbours.
std::optional<unsigned> getNeighboursSide(linalg::ContractOp op, OverOp over) {
  auto inside = [&](Value v) { return over.getBody().isAncestor(v.getParentRegion()); };
  const bool first = inside(op.getInputs()[0]), second = inside(op.getInputs()[1]);
  if (first == second)
    return std::nullopt;
  return first ? 0 : 1;
}

struct PullProducts : public cortex::ra::impl::PullProductsBase<PullProducts> {
  void runOnOperation() override {
    cortex::PassCount pulled(getOperation(), getArgument(), "products pulled");
    SmallVector<OverOp> overs;
    getOperation().walk([&](OverOp over) { overs.push_back(over); });
    for (OverOp over : overs)
      pulled += pullFrom(over);
    eraseDeadOperations(getOperation());
  }

private:
  static unsigned pullFrom(OverOp over) {
    SmallVector<Reduced> results = getReduced(over);
    SmallVector<Yielded> found;
    for (auto [i, one] : llvm::enumerate(results)) {
      auto product = one.yields.back().getDefiningOp<linalg::ContractOp>();
      if (!isLinear(one.combiner) || !product || !matchPattern(product.getOutputs()[0], m_AnyZeroFloat()))
        continue;
      if (std::optional<unsigned> side = getNeighboursSide(product, over)) {
        found.push_back({static_cast<unsigned>(i), product, *side});
        one.yields = {product.getInputs()[*side]};
      }
    }
    if (found.empty())
      return 0;
    OverOp made = remakeOver(over, results);
    OpBuilder builder(over);
    SmallVector<Value> values(made.getResults());
    for (Yielded &y : found) {
      SmallVector<Value> inputs(y.product.getInputs());
      inputs[y.side] = made.getResult(y.result);
      Value zero = createZero(builder, over.getLoc(), y.product.getResult(0).getType());
      values[y.result] = createContract(builder, over.getLoc(), inputs, zero, y.product.getIndexingMapsArray());
    }
    over.replaceAllUsesWith(values);
    over.erase();
    return found.size();
  }
};

} // namespace
