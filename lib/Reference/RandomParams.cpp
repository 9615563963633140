//===- RandomParams.cpp - Random weights that keep a recursion stable -----===//
#include "cortex/Reference/Random.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/ADT/StringMap.h"

#include <cmath>

using namespace mlir;

namespace cortex::reference {

namespace {

/// How a parameter is used, over all its reads.
struct Use {
  int64_t terms = 0;        ///< products summed per element of the contractions it enters; 0: none
  int64_t matrixDim = 0;    ///< last extent of the matrices looked up in it; 0: none
  bool vectorTable = false; ///< vectors or scalars are looked up in it
};

/// The products summed per element of a contraction. A contraction of its result (a bilinear form) sums over both.
int64_t termsOf(linalg::ContractOp contract) {
  int64_t terms = 1, next = 1;
  for (auto [extent, kind] : llvm::zip(contract.getStaticLoopRanges(), contract.getIteratorTypesArray()))
    if (kind == utils::IteratorType::reduction)
      terms *= extent;
  for (OpOperand &use : contract.getResult(0).getUses())
    if (auto outer = dyn_cast<linalg::ContractOp>(use.getOwner()); outer && use.getOperandNumber() < 2)
      next = std::max(next, termsOf(outer));
  return terms * next;
}

void follow(Value value, Use &use) {
  for (OpOperand &operand : value.getUses()) {
    Operation *op = operand.getOwner();
    if (auto contract = dyn_cast<linalg::ContractOp>(op)) {
      if (operand.getOperandNumber() < 2) // else it is the bias
        use.terms = std::max(use.terms, termsOf(contract));
    } else if (auto lookup = dyn_cast<ra::LookupOp>(op)) {
      auto slice = cast<RankedTensorType>(lookup.getResult().getType());
      if (slice.getRank() < 2) {
        use.vectorTable = true;
      } else {
        use.matrixDim = slice.getShape().back();
        follow(lookup.getResult(), use);
      }
    } else if (isa<tensor::ExtractSliceOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::ConcatOp,
                   linalg::TransposeOp>(op)) {
      follow(op->getResult(0), use);
    }
  }
}

} // namespace

Params randomParams(ra::ModelOp model, uint64_t seed, double gain) {
  llvm::StringMap<Use> uses;
  model.walk([&](ra::ReadOp read) {
    if (read.getPlace() == ra::ReadPlace::Param)
      follow(read.getResult(), uses[read.getName().getRootReference()]);
  });
  Random random(seed);
  Params params;
  bool f64 = model.getFloatType().isF64();
  for (auto op : model.getBody().getOps<ra::ParamOp>()) {
    Use use = uses.lookup(op.getSymName());
    double limit = use.terms > 0       ? gain * std::sqrt(3.0 / static_cast<double>(use.terms))
                   : use.matrixDim > 0 ? std::sqrt(3.0 / static_cast<double>(use.matrixDim))
                   : use.vectorTable   ? 1.0
                                       : 0.5;
    Tensor tensor;
    auto shape = cast<RankedTensorType>(op.getType()).getShape();
    tensor.shape.assign(shape.begin(), shape.end());
    tensor.values.resize(tensor.size());
    for (double &v : tensor.values) {
      v = random.uniform(-limit, limit);
      if (!f64)
        v = static_cast<float>(v);
    }
    params[op.getSymName().str()] = std::move(tensor);
  }
  return params;
}

} // namespace cortex::reference
