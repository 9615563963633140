//===- Specialize.cpp - One body per node type ----------------------------===//
//
// Phases:
//   1. make bodies   every declared type gets its own body; a body of all types
//                    is cloned for each type that has none
//   2. narrow        what the type's range of arities decides is decided:
//                    reductions over nobody, absent children
//
//===----------------------------------------------------------------------===//
#include "cortex/Dialect/RA/Transforms/Passes.h"
#include "cortex/Support/PassCount.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace cortex::ra {
#define GEN_PASS_DEF_SPECIALIZE
#include "cortex/Dialect/RA/Transforms/Passes.h.inc"
} // namespace cortex::ra

using namespace mlir;
using namespace cortex::ra;

namespace {

/// What a combiner gives over nobody, where it needs no default.
double getIdentity(Combiner combiner) {
  return combiner == Combiner::Prod ? 1.0 : 0.0;
}

/// Specializes one model.
class Specializer {
public:
  Specializer(ModelOp model, StringRef pass)
      : model(model), bodies(model, pass, "bodies made"), reductions(model, pass, "reductions removed"),
        reads(model, pass, "reads removed"), defaults(model, pass, "defaults dropped") {}

  void run() {
    SmallVector<TypeOp> types = getTypes(model);
    for (SweepOp sweep : model.getBody().getOps<SweepOp>()) {
      if (sweep.getPlace() == Place::Structures)
        continue;
      makeBodies(sweep, types);
      for (TypeOp type : types)
        for (BodyOp body : bodiesOf(sweep, type))
          narrow(body, type);
    }
  }

private:
  /// One, or one for each kind.
  static SmallVector<BodyOp> bodiesOf(SweepOp sweep, TypeOp type) {
    return llvm::filter_to_vector(sweep.getBody().getOps<BodyOp>(),
                                  [&](BodyOp body) { return body.getType() == type.getSymName(); });
  }

  /// Phase 1. A sweep has one body of all types or one for each type; the
  /// bodies end up in the order of the types.
  void makeBodies(SweepOp sweep, ArrayRef<TypeOp> types) {
    Block &block = sweep.getBody().front();
    auto generic = cast<BodyOp>(block.front());
    if (generic.getType()) {
      for (TypeOp type : types)
        for (BodyOp body : bodiesOf(sweep, type))
          body->moveBefore(&block, block.end());
      return;
    }
    for (TypeOp type : types) {
      auto body = cast<BodyOp>(generic->clone());
      body.setTypeAttr(FlatSymbolRefAttr::get(type.getSymNameAttr()));
      block.push_back(body);
      ++bodies;
    }
    generic->erase();
  }

  /// Phase 2.
  void narrow(BodyOp body, TypeOp type) {
    // Reductions first: they take the reads in their regions with them.
    SmallVector<OverOp> overs;
    body.walk([&](OverOp over) { overs.push_back(over); });
    for (OverOp over : overs)
      if (over.getNeighbours() == Neighbours::Children)
        narrowOver(over, type);
    SmallVector<ReadOp> childReads;
    body.walk([&](ReadOp read) { childReads.push_back(read); });
    for (ReadOp read : childReads)
      narrowRead(read, type);
  }

  void narrowOver(OverOp over, TypeOp type) {
    if (type.getMinArity() > 0 && !over.getDefaults().empty()) {
      over.getDefaultsMutable().clear();
      ++defaults;
    }
    if (type.getMaxArity() != 0)
      return;
    OpBuilder builder(over);
    SmallVector<Value> values;
    for (unsigned i = 0, e = over.getNumCombiners(); i != e; ++i) {
      if (Value value = over.getDefault(i)) {
        values.push_back(value);
        continue;
      }
      auto resultType = cast<RankedTensorType>(over.getResult(i).getType());
      Attribute identity = builder.getFloatAttr(resultType.getElementType(), getIdentity(over.getCombiner(i)));
      values.push_back(arith::ConstantOp::create(builder, over.getLoc(), DenseElementsAttr::get(resultType, identity)));
    }
    over->replaceAllUsesWith(values);
    over->erase();
    ++reductions;
  }

  void narrowRead(ReadOp read, TypeOp type) {
    if (read.getPlace() != ReadPlace::Child || !read.getOtherwise())
      return;
    int64_t index = *read.getIndex(), max = type.getMaxArity();
    bool never = max >= 0 && index >= max;
    bool always = index < static_cast<int64_t>(type.getMinArity());
    if (never) {
      read.getResult().replaceAllUsesWith(read.getOtherwise());
      read->erase();
      ++reads;
    } else if (always) {
      read.getOtherwiseMutable().clear();
      ++defaults;
    }
  }

  ModelOp model;
  cortex::PassCount bodies, reductions, reads, defaults;
};

struct Specialize : public cortex::ra::impl::SpecializeBase<Specialize> {
  void runOnOperation() override { Specializer(getOperation(), getArgument()).run(); }
};

} // namespace
