//===- RefactorProducts.cpp - ra-refactor-products ------------------------===//
//
// Phases, per sweep that goes up:
//   1. find     products of a weight with a child's state, by state and weight
//   2. move     each becomes a state of its own: all bodies compute it from
//               their state at their end
//   3. gather   the parents read that state in place of the product
//===----------------------------------------------------------------------===//
#include "Contract.h"
#include "Reductions.h"
#include "cortex/Dialect/RA/Transforms/Passes.h"
#include "cortex/Support/PassCount.h"
#include "cortex/Support/ValueNumbers.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"

#include <tuple>

namespace cortex::ra {
#define GEN_PASS_DEF_REFACTORPRODUCTS
#include "cortex/Dialect/RA/Transforms/Passes.h.inc"
} // namespace cortex::ra

using namespace mlir;
using namespace cortex::ra;

namespace {

/// A product with a child's state, and which of its operands that is.
struct Site {
  linalg::ContractOp product;
  ReadOp read;
  unsigned side;
};

/// What equal products have in common: the state, which operand it is, the indexing maps, the result's type and the
/// number of the weight (ValueNumbers).
using Key = std::tuple<Attribute, unsigned, Attribute, Type, unsigned>;

/// Clones a value that is made of parameters.
Value cloneConstant(OpBuilder &builder, Value value, IRMapping &map) {
  if (Value known = map.lookupOrNull(value))
    return known;
  for (Value operand : value.getDefiningOp()->getOperands())
    cloneConstant(builder, operand, map);
  builder.clone(*value.getDefiningOp(), map);
  return map.lookup(value);
}

struct RefactorProducts : public cortex::ra::impl::RefactorProductsBase<RefactorProducts> {
  void runOnOperation() override {
    cortex::PassCount moved(getOperation(), getArgument(), "products moved to the child");
    for (SweepOp sweep : getOperation().getBody().getOps<SweepOp>())
      moved += refactor(sweep);
    if (moved.getCount() == 0)
      remark::missed(getOperation().getLoc(),
                     remark::RemarkOpts::name("refactor=product_at_child").category("ra-refactor-products"))
          << "no sweep that goes up multiplies a child's state itself by a weight";
    eraseDeadOperations(getOperation());
  }

private:
  /// Phase 1: the sites of equal products.
  static llvm::MapVector<Key, SmallVector<Site>> findSites(SweepOp sweep) {
    llvm::MapVector<Key, SmallVector<Site>> sites;
    cortex::ValueNumbers numbers([](Operation *) { return std::string(); });
    sweep.walk([&](linalg::ContractOp product) {
      for (unsigned side : {0u, 1u}) {
        auto read = product.getInputs()[side].getDefiningOp<ReadOp>();
        Value weight = product.getInputs()[1 - side];
        if (!read || !canMoveToChild(read, weight))
          continue;
        sites[{read.getName(), side, product.getIndexingMaps(), product.getResult(0).getType(), numbers(weight)}]
            .push_back({product, read, side});
        return;
      }
    });
    return sites;
  }

  static unsigned refactor(SweepOp sweep) {
    unsigned moved = 0;
    for (auto &[key, sites] : findSites(sweep)) {
      SymbolRefAttr name = addState(sweep, sites.front());
      for (const Site &site : sites)
        gather(site, name);
      ++moved;
    }
    return moved;
  }

  /// Phase 2. Returns the new state.
  static SymbolRefAttr addState(SweepOp sweep, const Site &site) {
    OpBuilder builder(sweep);
    linalg::ContractOp product = site.product;
    const int index = sweep.findState(ReadOp(site.read).getName().getLeafReference());
    std::string name;
    for (unsigned n = 0; name.empty() || sweep.findState(name) >= 0; ++n)
      name = (sweep.getStateName(static_cast<unsigned>(index)) + ".product." + Twine(n)).str();
    SmallVector<Attribute> names(sweep.getStateNames().getValue()), types(sweep.getStateTypes().getValue());
    names.push_back(builder.getStringAttr(name));
    types.push_back(TypeAttr::get(product.getResult(0).getType()));
    sweep.setStateNamesAttr(builder.getArrayAttr(names));
    sweep.setStateTypesAttr(builder.getArrayAttr(types));
    for (BodyOp body : sweep.getBody().getOps<BodyOp>()) {
      YieldOp yield = body.getYield();
      builder.setInsertionPoint(yield);
      IRMapping map;
      SmallVector<Value> inputs(2);
      inputs[site.side] = yield.getValues()[static_cast<unsigned>(index)];
      inputs[1 - site.side] = cloneConstant(builder, product.getInputs()[1 - site.side], map);
      Value zero = createZero(builder, product.getLoc(), product.getResult(0).getType());
      yield.getValuesMutable().append(
          createContract(builder, product.getLoc(), inputs, zero, product.getIndexingMapsArray()));
    }
    return SymbolRefAttr::get(sweep.getSymNameAttr(), FlatSymbolRefAttr::get(builder.getStringAttr(name)));
  }

  /// Phase 3.
  static void gather(const Site &site, SymbolRefAttr name) {
    linalg::ContractOp product = site.product;
    ReadOp read = site.read;
    OpBuilder builder(product);
    Value otherwise;
    if (read.getOtherwise()) {
      SmallVector<Value> inputs(product.getInputs());
      inputs[site.side] = read.getOtherwise();
      Value zero = createZero(builder, product.getLoc(), product.getResult(0).getType());
      otherwise = createContract(builder, product.getLoc(), inputs, zero, product.getIndexingMapsArray());
    }
    replaceProduct(product, ReadOp::create(builder, product.getLoc(), product.getResult(0).getType(), read.getPlace(),
                                           read.getIndexAttr(), name, otherwise));
  }
};

} // namespace
