//===- ValueFaults.cpp - Faults in ra: what is computed -------------------===//
#include "Faults.h"

#include "cortex/Dialect/RA/IR/RA.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace cortex;
using namespace cortex::ra;

namespace cortex::mutants {

namespace {

bool isZero(Value value) {
  return matchPattern(value, m_AnyZeroFloat()) || value.getDefiningOp<tensor::EmptyOp>();
}

Value splat(OpBuilder &b, Location loc, Type type, double value) {
  auto tensor = cast<RankedTensorType>(type);
  return arith::ConstantOp::create(b, loc,
                                   DenseElementsAttr::get(tensor, b.getFloatAttr(tensor.getElementType(), value)));
}

void biasDropped(ModuleOp module, Sites &sites) {
  module.walk([&](linalg::ContractOp op) {
    Value bias = op.getOutputs()[0];
    if (!isZero(bias))
      sites.push_back({describe(op), [=]() mutable {
                         OpBuilder b(op);
                         op.getOutputsMutable()[0].set(splat(b, op.getLoc(), bias.getType(), 0));
                       }});
  });
}

/// Of a body itself: not what a linalg operation has inside.
bool isOfBody(Operation *op) {
  return isa_and_nonnull<BodyOp, OverOp>(op->getParentOp());
}

void operandDropped(ModuleOp module, Sites &sites) {
  module.walk([&](Operation *op) {
    if (isOfBody(op) &&
        isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp, arith::MaximumFOp, arith::MinimumFOp>(op))
      for (unsigned kept : {0, 1})
        if (!matchPattern(op->getOperand(kept), m_Constant()))
          sites.push_back({describe(op), [=] { op->getResult(0).replaceAllUsesWith(op->getOperand(kept)); }});
  });
}

/// Whether the sign of a value is lost at once: it is only squared.
bool isSquared(Value value) {
  return llvm::all_of(value.getUsers(), [&](Operation *user) {
    return isa<arith::MulFOp>(user) && user->getOperand(0) == user->getOperand(1);
  });
}

void negated(ModuleOp module, Sites &sites) {
  module.walk([&](Operation *op) {
    if (!isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp, math::TanhOp, math::SqrtOp, linalg::ContractOp,
             SigmoidOp>(op) ||
        isSquared(op->getResult(0)))
      return;
    sites.push_back({describe(op), [=] {
                       OpBuilder b(op->getContext());
                       b.setInsertionPointAfter(op);
                       auto minus = arith::NegFOp::create(b, op->getLoc(), op->getResult(0));
                       op->getResult(0).replaceAllUsesExcept(minus, minus);
                     }});
  });
}

void replaceWith(Operation *op, StringRef name) {
  OpBuilder b(op);
  OperationState state(op->getLoc(), name, op->getOperands(), op->getResultTypes());
  op->getResult(0).replaceAllUsesWith(b.create(state)->getResult(0));
}

void otherFunction(ModuleOp module, Sites &sites) {
  module.walk([&](Operation *op) {
    StringRef other;
    if (!isOfBody(op))
      return;
    if (isa<math::TanhOp>(op))
      other = SigmoidOp::getOperationName();
    else if (isa<SigmoidOp>(op))
      other = math::TanhOp::getOperationName();
    else if (isa<arith::MaximumFOp>(op))
      other = arith::MinimumFOp::getOperationName();
    else if (isa<arith::SubFOp>(op))
      other = arith::AddFOp::getOperationName();
    else if (isa<arith::DivFOp>(op))
      other = arith::MulFOp::getOperationName();
    if (!other.empty())
      sites.push_back({describe(op), [=] { replaceWith(op, other); }});
  });
}

void otherCombiner(ModuleOp module, Sites &sites) {
  auto become = [&](OverOp over, unsigned i, Combiner other) {
    sites.push_back({describe(over) + " takes " + stringifyCombiner(other).str(), [=]() mutable {
                       SmallVector<Attribute> all(over.getCombiners().begin(), over.getCombiners().end());
                       all[i] = CombinerAttr::get(over.getContext(), other);
                       over.setCombinersAttr(ArrayAttr::get(over.getContext(), all));
                     }});
  };
  module.walk([&](OverOp over) {
    for (unsigned i = 0; i < over.getNumCombiners(); ++i) {
      Combiner c = over.getCombiner(i);
      if (c == Combiner::Sum || c == Combiner::Mean) {
        become(over, i, c == Combiner::Sum ? Combiner::Mean : Combiner::Sum);
        become(over, i, Combiner::Prod);
      } else if (c == Combiner::Max || c == Combiner::Min) {
        become(over, i, c == Combiner::Max ? Combiner::Min : Combiner::Max);
      }
    }
  });
}

void scoreNegated(ModuleOp module, Sites &sites) {
  module.walk([&](OverOp over) {
    for (unsigned i = 0; i < over.getNumCombiners(); ++i)
      if (over.getCombiner(i) == Combiner::Softmax)
        sites.push_back({describe(over), [=]() mutable {
                           YieldOp yield = over.getYield();
                           OpOperand &score = yield->getOpOperand(over.getYieldIndex(i));
                           OpBuilder b(yield);
                           score.set(arith::NegFOp::create(b, yield.getLoc(), score.get()));
                         }});
  });
}

/// The slice next to the right one, where there is one.
void sliceOffByOne(ModuleOp module, Sites &sites) {
  module.walk([&](tensor::ExtractSliceOp op) {
    for (auto [d, extent] : llvm::enumerate(op.getSourceType().getShape()))
      for (int64_t step : {-1, 1}) {
        int64_t offset = op.getStaticOffsets()[d] + step;
        if (offset < 0 || offset + op.getStaticSizes()[d] > extent)
          continue;
        sites.push_back({describe(op), [=]() mutable {
                           SmallVector<int64_t> offsets(op.getStaticOffsets());
                           offsets[d] = offset;
                           op.setStaticOffsets(offsets);
                         }});
      }
  });
}

/// A square weight read as its transpose.
void weightTransposed(ModuleOp module, Sites &sites) {
  module.walk([&](linalg::ContractOp op) {
    for (unsigned i : {0, 1}) {
      auto shape = cast<RankedTensorType>(op.getInputs()[i].getType()).getShape();
      AffineMap map = op.getIndexingMapsArray()[i];
      unsigned n = map.getNumResults();
      if (n < 2 || shape[n - 1] != shape[n - 2])
        continue;
      SmallVector<AffineExpr> results(map.getResults());
      std::swap(results[n - 1], results[n - 2]);
      auto turned = AffineMap::get(map.getNumDims(), 0, results, op.getContext());
      sites.push_back({describe(op), [=]() mutable {
                         SmallVector<AffineMap> maps = op.getIndexingMapsArray();
                         maps[i] = turned;
                         op.setIndexingMapsAttr(OpBuilder(op).getAffineMapArrayAttr(maps));
                       }});
    }
  });
}

void constantOffByOne(ModuleOp module, Sites &sites) {
  module.walk([&](arith::ConstantOp op) {
    auto value = dyn_cast<DenseFPElementsAttr>(op.getValue());
    if (!value || !value.isSplat() || !value.getSplatValue<APFloat>().isFinite() || op.use_empty())
      return;
    sites.push_back({describe(op), [=]() mutable {
                       OpBuilder b(op);
                       double old = value.getSplatValue<APFloat>().convertToDouble();
                       op.getResult().replaceAllUsesWith(splat(b, op.getLoc(), op.getType(), old + 1));
                     }});
  });
}

} // namespace

std::vector<Fault> valueFaults() {
  return {{"a bias dropped", biasDropped},
          {"an operand dropped", operandDropped},
          {"a value negated", negated},
          {"another function (tanh for σ, min for max, + for −)", otherFunction},
          {"another combiner over neighbours", otherCombiner},
          {"attention by the negated score", scoreNegated},
          {"a slice off by one", sliceOffByOne},
          {"a weight transposed", weightTransposed},
          {"a constant off by one", constantOffByOne}};
}

} // namespace cortex::mutants
