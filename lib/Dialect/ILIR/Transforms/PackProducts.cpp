//===- PackProducts.cpp - ilir-pack-products ------------------------------===//
//
//   1. Classify the dimensions of a linalg.contract of a weight W and a row's
//      value x: m (x and result), n (W and result), k (both, reduced); the last
//      result dimension, the units, must be an n; k in x and the other n in the
//      result must each lie together.
//   2. Name W's source: a param, a slice of one by a symbol at self (the group
//      key), or any constant-stage value, which is hoisted to prepare first.
//   3. Emit ilir.pack in prepare and ilir.product in place. An initial value is
//      added after the product, or is the start of its chain.
//   4. Weights in bf16, if asked for; then what they multiply is rounded first.
//===----------------------------------------------------------------------===//
#include "cortex/Dialect/ILIR/Transforms/Passes.h"
#include "cortex/Dialect/ILIR/Transforms/Slices.h"
#include "cortex/Support/PassCount.h"
#include "cortex/Support/ValueNumbers.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace cortex {
#define GEN_PASS_DEF_ILIRPACKPRODUCTS
#include "cortex/Dialect/ILIR/Transforms/Passes.h.inc"
} // namespace cortex

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

namespace {

/// Dimensions by role, as positions in W, x and the result.
struct Roles {
  SmallVector<int64_t> wN, wK, xM, xK, outM, outN;
  int64_t wUnit = -1;
};

/// Whether dimensions follow each other, so that they can be taken as one.
bool areNeighbours(ArrayRef<int64_t> dims) {
  return dims.empty() || llvm::equal(dims, llvm::seq(dims.front(), dims.front() + static_cast<int64_t>(dims.size())));
}

/// The roles when operand `w` is the weight; failure if this is no such product.
FailureOr<Roles> classify(linalg::ContractOp contract, unsigned w) {
  SmallVector<AffineMap> maps = contract.getIndexingMapsArray();
  AffineMap wMap = maps[w], xMap = maps[1 - w], outMap = maps[2];
  auto find = [](AffineMap map, AffineExpr dim) -> int64_t {
    for (auto [i, e] : llvm::enumerate(map.getResults()))
      if (e == dim)
        return i;
    return -1;
  };
  Roles roles;
  if (outMap.getNumResults() == 0)
    return failure();
  AffineExpr unit = outMap.getResults().back();
  for (auto [i, e] : llvm::enumerate(outMap.getResults())) {
    int64_t inW = find(wMap, e), inX = find(xMap, e);
    if ((inW < 0) == (inX < 0)) // a batch dimension, or one of nobody
      return failure();
    if (e == unit) {
      if (inW < 0)
        return failure();
      roles.wUnit = inW;
    } else if (inW >= 0) {
      roles.wN.push_back(inW);
      roles.outN.push_back(i);
    } else {
      roles.xM.push_back(inX);
      roles.outM.push_back(i);
    }
  }
  for (auto [i, e] : llvm::enumerate(xMap.getResults()))
    if (find(outMap, e) < 0) {
      int64_t inW = find(wMap, e);
      if (inW < 0)
        return failure();
      roles.xK.push_back(i);
      roles.wK.push_back(inW);
    }
  if (roles.wK.empty() || roles.wN.size() + roles.wK.size() + 1 != wMap.getNumResults())
    return failure();
  // A kernel walks k, and n, with one stride.
  if (!areNeighbours(roles.xK) || !areNeighbours(roles.outN))
    return failure();
  return roles;
}

/// A symbol input at the node itself, within a nest over rows: can be a group key.
SymbolOp keyOf(LoadOp load) {
  if (!load.getIndex() || load.getOtherwise() || !isa<ParamOp>(lookupMemory(load, load.getBufferAttr())))
    return {};
  auto symbol = load.getIndex().getDefiningOp<SymbolOp>();
  if (!symbol)
    return {};
  auto row = symbol.getAt().getDefiningOp<IndexOp>();
  return row && row.getStep() == Step::Row && row.getResult().getType().getKind() == IndexKind::Row ? symbol
                                                                                                    : SymbolOp();
}

/// Whether the elements are a parameter's, not computed from some.
bool isPartOfParam(Value v) {
  Operation *op = v.getDefiningOp();
  if (auto load = dyn_cast_or_null<LoadOp>(op))
    return isa<ParamOp>(lookupMemory(load, load.getBufferAttr()));
  if (auto concat = dyn_cast_or_null<tensor::ConcatOp>(op))
    return llvm::all_of(concat.getInputs(), isPartOfParam);
  return isa_and_nonnull<tensor::ExtractSliceOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp, linalg::TransposeOp>(
             op) &&
         isPartOfParam(op->getOperand(0));
}

struct ILIRPackProducts : cortex::impl::ILIRPackProductsBase<ILIRPackProducts> {
  using Base::Base;
  uint64_t packed = 0, keyed = 0, left = 0, narrow = 0, rounded = 0; // reported as remarks
  llvm::DenseMap<unsigned, BufferOp> computed; ///< weights that prepare computes, by their numbers
  ValueNumbers numbers{[](Operation *) { return std::string(); }};

  void runOnOperation() override {
    packed = keyed = left = narrow = rounded = 0;
    computed.clear();
    ProgramOp program = getOperation();
    SmallVector<linalg::ContractOp> contracts;
    program.walk([&](linalg::ContractOp op) {
      if (getStage(op.getResult(0)) != "constant")
        contracts.push_back(op);
    });
    for (linalg::ContractOp contract : contracts)
      if (failed(pack(program, contract)))
        ++left;
    program.walk([&](RowsOp nest) { eraseDead(nest); });
    PassCount(program, "ilir-pack-products", "products packed") += packed;
    PassCount(program, "ilir-pack-products", "keyed products") += keyed;
    PassCount(program, "ilir-pack-products", "products left") += left;
    PassCount(program, "ilir-pack-products", "products with bf16 weights") += narrow;
    PassCount(program, "ilir-pack-products", "products with bf16 operands") += rounded;
  }

  /// Whether this type's rows in this order may be grouped by `input`: no other key, or the same.
  static bool takeKey(ProgramOp program, Operation *op, StringRef input) {
    auto strips = op->getParentOfType<StripsOp>();
    auto levels = op->getParentOfType<LevelsOp>();
    if (!strips || !strips.getType())
      return false;
    auto order = cast<OrderOp>(SymbolTable::lookupSymbolIn(program, levels.getOrderAttr()));
    if (order.getKind() == OrderKind::Roots) // in the caller's order
      return false;
    SmallVector<StringRef> keys;
    unsigned at = 0, count = 0;
    for (auto type : program.getBody().getOps<TypeOp>()) {
      if (type.getSymName() == *strips.getType())
        at = count;
      ++count;
    }
    keys.assign(count, "");
    if (order.getKeys())
      for (auto [i, key] : llvm::enumerate(order.getKeys()->getAsValueRange<StringAttr>()))
        keys[i] = key;
    if (!keys[at].empty() && keys[at] != input)
      return false;
    keys[at] = input;
    order.setKeysAttr(OpBuilder(op).getStrArrayAttr(keys));
    return true;
  }

  LogicalResult pack(ProgramOp program, linalg::ContractOp contract) {
    for (unsigned w : {0u, 1u}) {
      Value weight = contract.getInputs()[w], x = contract.getInputs()[1 - w];
      FailureOr<Roles> roles = classify(contract, w);
      if (failed(roles) || getStage(x) == "constant" || isLiteral(x))
        continue;
      if (getStage(weight) == "constant")
        return emit(program, contract, weight, x, *roles, {});
      if (auto load = weight.getDefiningOp<LoadOp>())
        if (SymbolOp key = keyOf(load); key && takeKey(program, contract, key.getInput()))
          return emit(program, contract, weight, x, *roles, key);
    }
    return failure();
  }

  /// Bodies of several kinds multiply with the same parts of a parameter: they share one copy.
  BufferOp hoistOnce(ProgramOp program, Value weight) {
    numbers.forgetValues(); // products have been replaced since
    BufferOp &buffer = computed[numbers(weight)];
    if (!buffer)
      buffer = hoistConstant(program, weight, /*inPrepare=*/true);
    return buffer;
  }

  LogicalResult emit(ProgramOp program, linalg::ContractOp contract, Value weight, Value x, Roles roles, SymbolOp key) {
    Location loc = contract.getLoc();
    auto wType = cast<RankedTensorType>(weight.getType());
    auto extent = [&](ArrayRef<int64_t> dims) {
      int64_t n = 1;
      for (int64_t d : dims)
        n *= wType.getDimSize(d);
      return n;
    };
    int64_t n = extent(roles.wN), k = extent(roles.wK), units = wType.getDimSize(roles.wUnit);
    int64_t chunks = llvm::divideCeil(n, chunk), width = llvm::divideCeil(n, chunks);
    chunks = llvm::divideCeil(n, width);

    // The source of the weights.
    auto load = weight.getDefiningOp<LoadOp>();
    FlatSymbolRefAttr source;
    int64_t count = 1;
    SmallVector<int64_t> keyDims;
    if (key) {
      source = load.getBufferAttr();
      auto param = cast<ParamOp>(lookupMemory(load, source));
      count = cast<RankedTensorType>(param.getType()).getDimSize(0);
      keyDims.push_back(0);
      for (SmallVector<int64_t> *dims : {&roles.wN, &roles.wK})
        for (int64_t &d : *dims)
          ++d;
      ++roles.wUnit;
      ++keyed;
    } else if (load && !load.getIndex() && isa<ParamOp>(lookupMemory(load, load.getBufferAttr()))) {
      source = load.getBufferAttr();
    } else {
      source = FlatSymbolRefAttr::get(hoistOnce(program, weight));
    }

    OpBuilder b(contract);
    Type element = wType.getElementType();
    if (bf16 && element.isF32() && isPartOfParam(weight)) {
      element = b.getBF16Type();
      k = llvm::alignTo(k, 2);
      ++narrow;
      if (operands) {
        x = roundToBF16(x);
        ++rounded;
      }
    }
    BufferOp buffer =
        packedBuffer(program, source, keyDims, roles, count,
                     RankedTensorType::get(
                         {static_cast<int64_t>(llvm::divideCeil(units, lanes)), chunks, k, width, lanes}, element));
    Value init = contract.getOutputs()[0], acc;
    auto previous = init.getDefiningOp<ProductOp>();
    // In place, so in the same nest: not from a row's product to one of each edge.
    if (previous && previous->hasOneUse() && previous->getBlock() == contract->getBlock())
      acc = init;
    Value keyIndex = key && count > 1 ? key.getResult() : Value();
    auto product = ProductOp::create(b, loc, contract.getResult(0).getType(), x, buffer.getSymName(), keyIndex, acc,
                                     roles.xM, roles.xK, roles.outM, roles.outN);
    product->setDiscardableAttrs(b.getDictionaryAttr(stageOf(contract)));
    Value result = product.getResult();
    if (!acc && !isZero(init)) {
      result = arith::AddFOp::create(b, loc, result, init);
      result.getDefiningOp()->setDiscardableAttrs(b.getDictionaryAttr(stageOf(contract)));
    }
    contract.getResult(0).replaceAllUsesWith(result);
    contract.erase();
    ++packed;
    return success();
  }

  /// Products that share x have equal roundings; ilir-split-nests keeps one.
  static Value roundToBF16(Value x) {
    OpBuilder b(x.getContext());
    b.setInsertionPointAfterValue(x);
    Type type = cast<RankedTensorType>(x.getType()).clone(b.getBF16Type());
    auto narrow = arith::TruncFOp::create(b, x.getLoc(), type, x);
    narrow->setDiscardableAttrs(b.getDictionaryAttr(stageOf(x.getDefiningOp())));
    return narrow;
  }

  static SmallVector<NamedAttribute> stageOf(Operation *op) {
    SmallVector<NamedAttribute> attrs;
    if (auto stage = op->getAttrOfType<StringAttr>("ra.stage"))
      attrs.emplace_back(StringAttr::get(op->getContext(), "ra.stage"), stage);
    return attrs;
  }

  /// The buffer for this packing, shared by equal packings.
  BufferOp packedBuffer(ProgramOp program, FlatSymbolRefAttr source, ArrayRef<int64_t> keyDims, const Roles &roles,
                        int64_t count, RankedTensorType type) {
    Block &prepare = getFunc(program, "prepare").getBody().front();
    for (auto pack : prepare.getOps<PackOp>())
      if (pack.getSourceAttr() == source && pack.getKeyDims() == keyDims && pack.getNDims() == ArrayRef(roles.wN) &&
          pack.getKDims() == ArrayRef(roles.wK) && static_cast<int64_t>(pack.getUnitDim()) == roles.wUnit)
        return cast<BufferOp>(lookupMemory(pack, pack.getPackedAttr()));
    BufferOp buffer = addBuffer(program, "pack", Space::Const, type, Storage::Const, count);
    buffer.setPacked(true);
    // After the constants, before the tables.
    auto at = prepare.begin();
    while (at != prepare.end() && isa<RowsOp, PackOp>(*at))
      ++at;
    OpBuilder b(&prepare, at);
    PackOp::create(b, program.getLoc(), buffer.getSymName(), source.getValue(), keyDims, roles.wN, roles.wK,
                   roles.wUnit);
    return buffer;
  }
};

} // namespace
