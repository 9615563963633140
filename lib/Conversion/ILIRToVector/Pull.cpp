//===- Pull.cpp - Values at a panel, or at a point ------------------------===//
#include "Emitter.h"

#include "cortex/Conversion/ExpandMath.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace cortex;

//===----------------------------------------------------------------------===//
// Small pieces
//===----------------------------------------------------------------------===//

Value Emitter::splat(Value s) {
  Type type = VectorType::get({lanes}, s.getType());
  return vector::BroadcastOp::create(b, loc, type, s);
}

Value Emitter::splatConstant(Type type, double x) {
  auto vector = VectorType::get({lanes}, type);
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vector, b.getFloatAttr(type, x)));
}

Value Emitter::select(Value mask, Value x, Value y) {
  return arith::SelectOp::create(b, loc, mask, x, y);
}

/// i, moved into [0, last]: for reads whose result a mask will drop.
Value Emitter::clamp(Value i, int64_t last) {
  Value high = arith::MinSIOp::create(b, loc, i, constant(last));
  return arith::MaxSIOp::create(b, loc, high, constant(0));
}

/// begin <= i < end
Value Emitter::inRange(Value i, int64_t begin, int64_t end) {
  Value low = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, i, constant(begin));
  Value high = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, i, constant(end));
  return arith::AndIOp::create(b, loc, low, high);
}

/// The lanes whose element of the last dimension, lane + l, is in [begin, end).
Value Emitter::laneRange(Value lane, int64_t begin, int64_t end) {
  auto maskType = VectorType::get({lanes}, b.getI1Type());
  auto upTo = [&](int64_t limit) -> Value {
    Value n = arith::MaxSIOp::create(b, loc, sub(constant(limit), lane), constant(0));
    return vector::CreateMaskOp::create(b, loc, maskType, n);
  };
  Value below = upTo(end);
  if (begin == 0)
    return below;
  Value ones = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(maskType, true));
  return arith::AndIOp::create(b, loc, below, arith::XOrIOp::create(b, loc, upTo(begin), ones));
}

Value Emitter::linearIndex(RankedTensorType type, ArrayRef<Value> at) {
  Value linear = constant(0);
  for (auto [i, index] : llvm::enumerate(at))
    linear = add(mul(linear, type.getDimSize(i)), index);
  return linear;
}

void Emitter::delinearize(Value linear, RankedTensorType type, SmallVectorImpl<Value> &at) {
  at.assign(type.getRank(), Value());
  for (int64_t i = type.getRank() - 1; i > 0; --i) {
    Value extent = constant(type.getDimSize(i));
    at[i] = arith::RemUIOp::create(b, loc, linear, extent);
    linear = arith::DivUIOp::create(b, loc, linear, extent);
  }
  if (!at.empty())
    at[0] = linear;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value Emitter::memoryVec(Value base, RankedTensorType type, const VecIndex &at) {
  SmallVector<Value> all(at.outer);
  all.push_back(at.lane);
  Value where = address(base, mul(linearIndex(type, all), elementBytes));
  if (!at.mask)
    return LLVM::LoadOp::create(b, loc, vectorType, where, elementBytes);
  return LLVM::MaskedLoadOp::create(b, loc, vectorType, where, at.mask, splatConstant(element, 0.0),
                                    b.getI32IntegerAttr(elementBytes), UnitAttr());
}

Value Emitter::memoryScalar(Value base, RankedTensorType type, ArrayRef<Value> at) {
  Value where = address(base, mul(linearIndex(type, at), elementBytes));
  return LLVM::LoadOp::create(b, loc, element, where, elementBytes);
}

/// A load with `else`: the loaded value where the index is there, else the other.
Value Emitter::orElse(Value present, Type type, function_ref<Value()> load, function_ref<Value()> other) {
  auto branch = scf::IfOp::create(b, loc, TypeRange{type}, present, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  auto fill = [&](Block *block, function_ref<Value()> value) {
    Scope scope(*this);
    b.setInsertionPointToStart(block);
    scf::YieldOp::create(b, loc, value());
  };
  fill(branch.thenBlock(), load);
  fill(branch.elseBlock(), other);
  return branch.getResult(0);
}

Value Emitter::loadVec(ilir::LoadOp load, const VecIndex &at) {
  RankedTensorType type = memoryType(load, load.getBufferAttr(), load.getType());
  auto fromMemory = [&]() -> Value {
    return memoryVec(itemAddress(load, load.getBufferAttr(), load.getIndex()), type, at);
  };
  if (!load.getOtherwise())
    return fromMemory();
  Value index = emitIndex(load.getIndex());
  Value present = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, index, constant(0));
  return orElse(present, vectorType, fromMemory, [&] { return vec(load.getOtherwise(), at); });
}

Value Emitter::loadScalar(ilir::LoadOp load, ArrayRef<Value> at) {
  RankedTensorType type = memoryType(load, load.getBufferAttr(), load.getType());
  auto fromMemory = [&]() -> Value {
    return memoryScalar(itemAddress(load, load.getBufferAttr(), load.getIndex()), type, at);
  };
  if (!load.getOtherwise())
    return fromMemory();
  Value index = emitIndex(load.getIndex());
  Value present = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, index, constant(0));
  return orElse(present, element, fromMemory, [&] { return scalar(load.getOtherwise(), at); });
}

/// A literal that is no splat becomes a constant of the module.
Value Emitter::literalBase(DenseElementsAttr value) {
  std::string &name = literals[value];
  if (name.empty()) {
    name = ("cortex_literal_" + Twine(literals.size())).str();
    OpBuilder top = OpBuilder::atBlockBegin(module.getBody());
    auto type = LLVM::LLVMArrayType::get(element, value.getNumElements());
    auto flat = RankedTensorType::get({value.getNumElements()}, element);
    LLVM::GlobalOp::create(top, loc, type, /*isConstant=*/true, LLVM::Linkage::Private, name, value.reshape(flat), 64);
  }
  return LLVM::AddressOfOp::create(b, loc, ptr, name);
}

Value Emitter::literalVec(DenseElementsAttr value, const VecIndex &at) {
  if (value.isSplat()) {
    auto type = VectorType::get({lanes}, value.getElementType());
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, value.getSplatValue<Attribute>()));
  }
  return memoryVec(literalBase(value), cast<RankedTensorType>(value.getType()), at);
}

Value Emitter::literalScalar(DenseElementsAttr value, ArrayRef<Value> at) {
  if (value.isSplat())
    return arith::ConstantOp::create(b, loc, cast<TypedAttr>(value.getSplatValue<Attribute>()));
  return memoryScalar(literalBase(value), cast<RankedTensorType>(value.getType()), at);
}

//===----------------------------------------------------------------------===//
// Dispatch
//===----------------------------------------------------------------------===//

Value Emitter::vec(Value v, const VecIndex &at) {
  Key key = keyOf(v, at);
  if (Value known = find(key))
    return known;
  Value result = computeVec(v, at);
  remember(key, result);
  return result;
}

Value Emitter::scalar(Value v, ArrayRef<Value> at) {
  Key key = keyOf(v, at);
  if (Value known = find(key))
    return known;
  Value result = computeScalar(v, at);
  remember(key, result);
  return result;
}

Value Emitter::elementwise(Operation *op, ValueRange operands, bool isVector) {
  if (isa<ra::SigmoidOp>(op))
    return emitSigmoid(b, loc, operands[0]);
  if (isa<arith::TruncFOp>(op))
    return roundToBF16(operands[0]);
  Type type = cast<RankedTensorType>(op->getResult(0).getType()).getElementType();
  if (isVector)
    type = VectorType::get({lanes}, type);
  OperationState state(loc, op->getName());
  state.addOperands(operands);
  state.addTypes(type);
  for (NamedAttribute attr : op->getAttrs())
    if (attr.getName() != "ra.stage")
      state.addAttribute(attr.getName(), attr.getValue());
  return b.create(state)->getResult(0);
}

/// Lane by lane: a loop over lanes that inserts one scalar each. Lanes that do
/// not exist repeat the nearest element that does.
Value Emitter::byLanes(Value v, const VecIndex &at) {
  auto type = cast<RankedTensorType>(v.getType());
  int64_t last = type.getShape().back() - 1;
  return accumulate(lanes, 1, splatConstant(element, 0.0), [&](Value l, Value acc) -> Value {
    SmallVector<Value> all(at.outer);
    all.push_back(clamp(add(at.lane, l), last));
    return vector::InsertOp::create(b, loc, scalar(v, all), acc, OpFoldResult(l));
  });
}

/// The source's indices of an element of a slice.
static SmallVector<int64_t> sliceDims(tensor::ExtractSliceOp op) {
  llvm::SmallBitVector dropped = op.getDroppedDims();
  SmallVector<int64_t> dims; // per source dimension: the result's, or -1
  int64_t next = 0;
  for (int64_t i = 0; i < op.getSourceType().getRank(); ++i)
    dims.push_back(dropped.test(i) ? -1 : next++);
  return dims;
}

Value Emitter::computeVec(Value v, const VecIndex &at) {
  Operation *op = v.getDefiningOp();
  auto type = cast<RankedTensorType>(v.getType());
  int64_t rank = type.getRank();
  assert(rank > 0 && static_cast<int64_t>(at.outer.size()) == rank - 1);
  if (auto load = dyn_cast<ilir::LoadOp>(op))
    return loadVec(load, at);
  DenseElementsAttr literal;
  if (matchPattern(v, m_Constant(&literal)))
    return literalVec(literal, at);
  if (isa<tensor::EmptyOp>(op))
    return splatConstant(type.getElementType(), 0.0);
  if (auto splatOp = dyn_cast<tensor::SplatOp>(op)) {
    FloatAttr value;
    if (matchPattern(splatOp.getInput(), m_Constant(&value)))
      return splatConstant(type.getElementType(), value.getValueAsDouble());
  }
  if (auto edges = dyn_cast<ilir::EdgesOp>(op)) {
    edgesReduce(
        edges, v, [&](Value x) { return vec(x, at); }, /*vector=*/true,
        [&](Value r, Value x) { remember(keyOf(r, at), x); });
    return find(keyOf(v, at));
  }
  if (auto reduce = dyn_cast<linalg::ReduceOp>(op))
    return reduceVec(reduce, at);
  if (auto contract = dyn_cast<linalg::ContractOp>(op))
    return contractVec(contract, at);
  if (auto broadcast = dyn_cast<linalg::BroadcastOp>(op)) {
    bool laneAdded = llvm::is_contained(broadcast.getDimensions(), rank - 1);
    SmallVector<Value> kept;
    for (int64_t i = 0; i + 1 < rank; ++i)
      if (!llvm::is_contained(broadcast.getDimensions(), i))
        kept.push_back(at.outer[i]);
    if (laneAdded)
      return splat(scalar(broadcast.getInput(), kept));
    return vec(broadcast.getInput(), {kept, at.lane, at.mask});
  }
  if (auto transpose = dyn_cast<linalg::TransposeOp>(op)) {
    ArrayRef<int64_t> perm = transpose.getPermutation();
    if (perm.back() != rank - 1)
      return byLanes(v, at);
    VecIndex in{SmallVector<Value>(rank - 1), at.lane, at.mask};
    for (int64_t i = 0; i + 1 < rank; ++i)
      in.outer[perm[i]] = at.outer[i];
    return vec(transpose.getInput(), in);
  }
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    SmallVector<int64_t> dims = sliceDims(slice);
    if (dims.back() < 0)
      return byLanes(v, at);
    VecIndex in{{}, add(at.lane, slice.getStaticOffsets().back()), at.mask};
    for (auto [i, d] : llvm::enumerate(ArrayRef(dims).drop_back()))
      in.outer.push_back(d < 0 ? constant(slice.getStaticOffsets()[i]) : add(at.outer[d], slice.getStaticOffsets()[i]));
    return vec(slice.getSource(), in);
  }
  if (auto concat = dyn_cast<tensor::ConcatOp>(op))
    return concatVec(concat, at);
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return insertVec(insert, at);
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op)) {
    // In memory a reshape changes nothing, but a panel that crosses rows needs its lanes one by one.
    auto load = op->getOperand(0).getDefiningOp<ilir::LoadOp>();
    auto from = cast<RankedTensorType>(op->getOperand(0).getType());
    if (load && !load.getOtherwise()) {
      SmallVector<Value> all(at.outer);
      all.push_back(at.lane);
      auto flat = RankedTensorType::get({from.getNumElements()}, element);
      Value base = itemAddress(load, load.getBufferAttr(), load.getIndex());
      return memoryVec(base, flat, {{}, linearIndex(type, all), at.mask});
    }
    return byLanes(v, at);
  }
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(vec(operand, at));
  return elementwise(op, operands, /*vector=*/true);
}

Value Emitter::computeScalar(Value v, ArrayRef<Value> at) {
  Operation *op = v.getDefiningOp();
  auto type = cast<RankedTensorType>(v.getType());
  if (auto load = dyn_cast<ilir::LoadOp>(op))
    return loadScalar(load, at);
  DenseElementsAttr literal;
  if (matchPattern(v, m_Constant(&literal)))
    return literalScalar(literal, at);
  if (isa<tensor::EmptyOp>(op))
    return arith::ConstantOp::create(b, loc, b.getFloatAttr(type.getElementType(), 0.0));
  if (auto splatOp = dyn_cast<tensor::SplatOp>(op)) {
    FloatAttr value;
    if (matchPattern(splatOp.getInput(), m_Constant(&value)))
      return arith::ConstantOp::create(b, loc, value);
  }
  if (auto place = dyn_cast<ilir::ToFloatOp>(op)) {
    Value i = arith::IndexCastOp::create(b, loc, i64, emitIndex(place.getIndex()));
    return arith::SIToFPOp::create(b, loc, element, i);
  }
  if (auto edges = dyn_cast<ilir::EdgesOp>(op)) {
    edgesReduce(
        edges, v, [&](Value x) { return scalar(x, at); }, /*vector=*/false,
        [&](Value r, Value x) { remember(keyOf(r, at), x); });
    return find(keyOf(v, at));
  }
  if (auto reduce = dyn_cast<linalg::ReduceOp>(op))
    return reduceScalar(reduce, at);
  if (auto contract = dyn_cast<linalg::ContractOp>(op))
    return contractScalar(contract, at);
  if (auto broadcast = dyn_cast<linalg::BroadcastOp>(op)) {
    SmallVector<Value> kept;
    for (auto [i, index] : llvm::enumerate(at))
      if (!llvm::is_contained(broadcast.getDimensions(), static_cast<int64_t>(i)))
        kept.push_back(index);
    return scalar(broadcast.getInput(), kept);
  }
  if (auto transpose = dyn_cast<linalg::TransposeOp>(op)) {
    SmallVector<Value> in(at.size());
    for (auto [i, index] : llvm::enumerate(at))
      in[transpose.getPermutation()[i]] = index;
    return scalar(transpose.getInput(), in);
  }
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    SmallVector<Value> in;
    for (auto [i, d] : llvm::enumerate(sliceDims(slice)))
      in.push_back(d < 0 ? constant(slice.getStaticOffsets()[i]) : add(at[d], slice.getStaticOffsets()[i]));
    return scalar(slice.getSource(), in);
  }
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op)) {
    SmallVector<Value> in;
    delinearize(linearIndex(type, at), cast<RankedTensorType>(op->getOperand(0).getType()), in);
    return scalar(op->getOperand(0), in);
  }
  if (isa<tensor::ConcatOp, tensor::InsertSliceOp>(op)) {
    // One lane of the vector form, which selects between sources.
    VecIndex point{SmallVector<Value>(at.drop_back()), at.back(), {}};
    point.mask = laneRange(constant(0), 0, 1);
    return vector::ExtractOp::create(b, loc, vec(v, point), 0);
  }
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(scalar(operand, at));
  return elementwise(op, operands, /*vector=*/false);
}

//===----------------------------------------------------------------------===//
// Values put together from several
//===----------------------------------------------------------------------===//

Value Emitter::concatVec(tensor::ConcatOp op, const VecIndex &at) {
  int64_t dim = op.getDim(), rank = cast<RankedTensorType>(op.getType()).getRank();
  Value result = splatConstant(element, 0.0);
  int64_t begin = 0;
  for (Value piece : op.getInputs()) {
    auto type = cast<RankedTensorType>(piece.getType());
    int64_t end = begin + type.getDimSize(dim);
    VecIndex in = at;
    Value mask;
    if (dim == rank - 1) {
      in.lane = sub(at.lane, constant(begin));
      mask = laneRange(at.lane, begin, end);
    } else {
      in.outer[dim] = clamp(sub(at.outer[dim], constant(begin)), end - begin - 1);
      mask = splat(inRange(at.outer[dim], begin, end));
    }
    in.mask = at.mask ? Value(arith::AndIOp::create(b, loc, at.mask, mask)) : mask;
    result = select(in.mask, vec(piece, in), result);
    begin = end;
  }
  return result;
}

Value Emitter::insertVec(tensor::InsertSliceOp op, const VecIndex &at) {
  llvm::SmallBitVector dropped = op.getDroppedDims();
  int64_t rank = op.getDestType().getRank();
  VecIndex in;
  Value mask =
      laneRange(at.lane, op.getStaticOffsets().back(), op.getStaticOffsets().back() + op.getStaticSizes().back());
  for (int64_t i = 0; i + 1 < rank; ++i) {
    int64_t begin = op.getStaticOffsets()[i];
    mask = arith::AndIOp::create(b, loc, mask, splat(inRange(at.outer[i], begin, begin + op.getStaticSizes()[i])));
    if (!dropped.test(i))
      in.outer.push_back(clamp(sub(at.outer[i], constant(begin)), op.getStaticSizes()[i] - 1));
  }
  in.mask = at.mask ? Value(arith::AndIOp::create(b, loc, at.mask, mask)) : mask;
  in.lane = sub(at.lane, constant(op.getStaticOffsets().back()));
  // Without its last dimension the source has one element per outer index.
  Value source = dropped.test(rank - 1) ? splat(scalar(op.getSource(), in.outer)) : vec(op.getSource(), in);
  return select(in.mask, source, vec(op.getDest(), at));
}
