//===- Reductions.cpp - Taking reductions over neighbours apart -----------===//
#include "Reductions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace cortex::ra;

SmallVector<Reduced> cortex::ra::getReduced(OverOp over) {
  SmallVector<Reduced> all;
  for (unsigned i = 0, e = over.getNumCombiners(); i != e; ++i) {
    Reduced one{over.getCombiner(i), {}, over.getDefault(i)};
    const unsigned count = one.combiner == Combiner::Softmax ? 2 : 1;
    llvm::append_range(one.yields, over.getYield().getValues().slice(over.getYieldIndex(i), count));
    all.push_back(std::move(one));
  }
  return all;
}

OverOp cortex::ra::remakeOver(OverOp over, ArrayRef<Reduced> results) {
  OpBuilder builder(over);
  SmallVector<Type> types;
  SmallVector<Attribute> combiners;
  SmallVector<Value> defaults, yields;
  for (const Reduced &one : results) {
    types.push_back(one.yields.back().getType());
    combiners.push_back(CombinerAttr::get(builder.getContext(), one.combiner));
    llvm::append_range(yields, one.yields);
    if (one.otherwise)
      defaults.push_back(one.otherwise);
  }
  auto made =
      OverOp::create(builder, over.getLoc(), types, over.getNeighbours(), builder.getArrayAttr(combiners), defaults);
  made.getBody().takeBody(over.getBody());
  made.getYield().getValuesMutable().assign(yields);
  return made;
}

Value cortex::ra::createZero(OpBuilder &builder, Location loc, Type type) {
  return arith::ConstantOp::create(builder, loc, cast<TypedAttr>(builder.getZeroAttr(type)));
}

void cortex::ra::replaceProduct(linalg::ContractOp op, Value product) {
  Value outs = op.getOutputs()[0];
  if (!matchPattern(outs, m_AnyZeroFloat())) {
    OpBuilder builder(op);
    product = arith::AddFOp::create(builder, op.getLoc(), outs, product);
  }
  op.getResult(0).replaceAllUsesWith(product);
  op.erase();
}
