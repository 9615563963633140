//===- Frame.cpp - The frame, addresses and indices -----------------------===//
#include "Emitter.h"

using namespace mlir;
using namespace cortex;
using ilir::Step;

Value Emitter::constant(int64_t i) {
  Value &c = constants[i];
  if (!c) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(prologueEnd);
    c = arith::ConstantIndexOp::create(b, loc, i);
  }
  return c;
}

/// Slots are loaded once, at the function's entry.
Value Emitter::slot(uint32_t i, bool pointer) {
  Value &v = slots[i];
  if (!v) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(prologueEnd);
    Value at = LLVM::GEPOp::create(b, loc, ptr, i64, frame, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    v = LLVM::LoadOp::create(b, loc, pointer ? ptr : i64, at, 8);
    if (!pointer)
      v = arith::IndexCastOp::create(b, loc, b.getIndexType(), v);
  }
  return v;
}

static std::optional<int64_t> constantOf(Value v) {
  if (auto c = v.getDefiningOp<arith::ConstantIndexOp>())
    return c.value();
  return std::nullopt;
}

Value Emitter::add(Value a, Value c) {
  auto x = constantOf(a), y = constantOf(c);
  if (x && y)
    return constant(*x + *y);
  if (x == 0)
    return c;
  if (y == 0)
    return a;
  return arith::AddIOp::create(b, loc, a, c);
}

Value Emitter::sub(Value a, Value c) {
  auto x = constantOf(a), y = constantOf(c);
  if (x && y)
    return constant(*x - *y);
  return y == 0 ? a : Value(arith::SubIOp::create(b, loc, a, c));
}

Value Emitter::mul(Value a, Value c) {
  auto x = constantOf(a), y = constantOf(c);
  if (x && y)
    return constant(*x * *y);
  if (x == 1)
    return c;
  if (y == 1)
    return a;
  return arith::MulIOp::create(b, loc, a, c);
}

Value Emitter::address(Value base, Value bytes) {
  if (constantOf(bytes) == 0)
    return base;
  Value i = arith::IndexCastOp::create(b, loc, i64, bytes);
  return LLVM::GEPOp::create(b, loc, ptr, b.getI8Type(), base, ValueRange{i});
}

Value Emitter::loadI32(Value base, Value i) {
  Value at = LLVM::GEPOp::create(b, loc, ptr, i32, base, ValueRange{arith::IndexCastOp::create(b, loc, i64, i)});
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), LLVM::LoadOp::create(b, loc, i32, at, 4));
}

Value Emitter::adjacency(abi::Adjacency a, abi::AdjacencySlot s) {
  return slot(layout.frame().adjacency(order, a, s), true);
}

abi::Adjacency Emitter::adjacencyOf(Value edge) {
  Operation *parent = cast<BlockArgument>(edge).getOwner()->getParentOp();
  if (auto edges = dyn_cast<ilir::EdgesOp>(parent))
    return slotOf(edges.getAdjacency());
  return slotOf(cast<ilir::RowsOp>(parent).getDomain());
}

Value Emitter::guarded(Value cond, function_ref<Value()> then) {
  auto branch = scf::IfOp::create(b, loc, TypeRange{b.getIndexType()}, cond, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  {
    Scope scope(*this);
    b.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(b, loc, then());
  }
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, loc, constant(-1));
  return branch.getResult(0);
}

Value Emitter::emitIndex(Value v) {
  Key key = keyOf(v, ArrayRef<Value>{});
  if (Value known = find(key))
    return known;
  Operation *op = v.getDefiningOp();
  assert(op && "positions and edges are bound by their loops");
  Value result;
  if (auto symbol = dyn_cast<ilir::SymbolOp>(op))
    result = loadI32(slot(layout.frame().input(layout.input(symbol.getInput())), true), emitIndex(symbol.getAt()));
  else
    result = emitStep(cast<ilir::IndexOp>(op));
  remember(key, result);
  return result;
}

Value Emitter::emitStep(ilir::IndexOp op) {
  switch (op.getStep()) {
  case Step::Row: {
    Value position = emitIndex(op.getFrom());
    bool identity = orderKind == ilir::OrderKind::Up || op.getResult().getType().getKind() != ilir::IndexKind::Row;
    return identity ? position : loadI32(slot(layout.frame().order(order, abi::kRows), true), position);
  }
  case Step::Child:
  case Step::Parent: {
    Value position = emitIndex(op.getFrom());
    abi::Adjacency a = op.getStep() == Step::Parent ? abi::kParents : abi::kChildren;
    Value offsets = adjacency(a, abi::kOffsets), neighbours = adjacency(a, abi::kNeighbour);
    Value edge = add(loadI32(offsets, position), op.getNumber().value_or(0));
    Value end = loadI32(offsets, add(position, 1));
    Value present = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, edge, end);
    return guarded(present, [&] { return loadI32(neighbours, edge); });
  }
  case Step::Neighbour:
  case Step::EdgeId:
  case Step::Owner: {
    abi::AdjacencySlot s = op.getStep() == Step::Neighbour ? abi::kNeighbour
                           : op.getStep() == Step::EdgeId  ? abi::kEdgeId
                                                           : abi::kOwner;
    return loadI32(adjacency(adjacencyOf(op.getFrom()), s), emitIndex(op.getFrom()));
  }
  case Step::Structure:
  case Step::Node: {
    abi::HeaderSlot s = op.getStep() == Step::Node ? abi::kNodeOfRow : abi::kStructureOfRow;
    Value row = emitIndex(op.getFrom()), array = slot(s, true);
    if (!ilir::mayBeAbsent(op.getFrom()))
      return loadI32(array, row);
    Value present = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, row, constant(0));
    return guarded(present, [&] { return loadI32(array, row); });
  }
  case Step::Place: {
    Value id = loadI32(adjacency(adjacencyOf(op.getFrom()), abi::kEdgeId), emitIndex(op.getFrom()));
    return loadI32(slot(abi::kEdgePosition, true), id);
  }
  }
  return {};
}

Value Emitter::bufferBase(ilir::BufferOp buffer) {
  uint32_t i = layout.buffer(buffer.getSymName());
  Value base = slot(layout.frame().buffer(i, abi::kBase), true);
  if (buffer.getStorage() != ilir::Storage::Local)
    return base;
  return address(base, mul(worker, slot(layout.frame().buffer(i, abi::kWorkerStride), false)));
}

Value Emitter::itemAddress(Operation *access, FlatSymbolRefAttr name, Value index) {
  Operation *memory = ilir::lookupMemory(access, name);
  Value at = index ? emitIndex(index) : Value();
  if (auto input = dyn_cast<ilir::InputOp>(memory)) {
    auto type = cast<RankedTensorType>(input.getType());
    return address(slot(layout.frame().input(layout.input(input.getSymName())), true),
                   mul(at, type.getNumElements() * elementBytes));
  }
  if (auto param = dyn_cast<ilir::ParamOp>(memory)) {
    Value base = slot(layout.frame().buffer(layout.buffer(param.getSymName()), abi::kBase), true);
    auto type = cast<RankedTensorType>(param.getType());
    return at ? address(base, mul(at, type.getNumElements() / type.getDimSize(0) * elementBytes)) : base;
  }
  auto buffer = cast<ilir::BufferOp>(memory);
  auto type = cast<RankedTensorType>(buffer.getType());
  Value base = bufferBase(buffer);
  if (!at)
    return base;
  if (buffer.getSpace() == ilir::Space::Const && buffer.getCount().value_or(1) == 1) // a slice of a table
    return address(base, mul(at, type.getNumElements() / type.getDimSize(0) * elementBytes));
  switch (buffer.getSpace()) {
  case ilir::Space::LevelRows:
    at = sub(at, levelBegin);
    break;
  case ilir::Space::StripRows:
    at = sub(at, stripBegin);
    break;
  case ilir::Space::LevelEdges:
  case ilir::Space::StripEdges: {
    Value offsets = adjacency(slotOf(*buffer.getAdjacency()), abi::kOffsets);
    at = sub(at, loadI32(offsets, buffer.getSpace() == ilir::Space::LevelEdges ? levelBegin : stripBegin));
    break;
  }
  default:
    break;
  }
  return address(base, mul(at, itemBytes(layout.memoryType(buffer))));
}

RankedTensorType Emitter::memoryType(Operation *access, FlatSymbolRefAttr name, Type value) {
  auto buffer = dyn_cast<ilir::BufferOp>(ilir::lookupMemory(access, name));
  // Of a table or a constant, a slice may be accessed.
  if (!buffer || buffer.getSpace() == ilir::Space::Const)
    return cast<RankedTensorType>(value);
  return layout.memoryType(buffer);
}

std::pair<Value, Value> Emitter::ownedPanels(int64_t units) {
  int64_t count = llvm::divideCeil(units, lanes);
  if (step.count == count)
    return {step.first, step.last};
  auto &range = panels[count];
  if (!range.first) {
    // [P w / W, P (w + 1) / W): depends on nothing but the worker.
    Value p = constant(count), one = constant(1);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(prologueEnd);
    Value next = arith::AddIOp::create(b, loc, worker, one);
    range.first = arith::DivUIOp::create(b, loc, arith::MulIOp::create(b, loc, p, worker), workers);
    range.second = arith::DivUIOp::create(b, loc, arith::MulIOp::create(b, loc, p, next), workers);
  }
  return range;
}

Value Emitter::walked(Value s, Value steps) {
  if (!backward)
    return s;
  ++numAlternating;
  Value fromEnd = sub(sub(steps, constant(1)), s);
  return arith::SelectOp::create(b, loc, backward, fromEnd, s);
}

Value Emitter::find(const Key &key) {
  for (auto &scope : llvm::reverse(memo))
    if (auto it = scope.find(key); it != scope.end())
      return it->second;
  return {};
}

Emitter::Key Emitter::keyOf(Value v, const VecIndex &at) {
  Key key{v.getAsOpaquePointer(), {}};
  for (Value o : at.outer)
    key.second.push_back(o.getAsOpaquePointer());
  key.second.push_back(at.lane.getAsOpaquePointer());
  key.second.push_back(at.mask ? at.mask.getAsOpaquePointer() : nullptr);
  key.second.push_back(nullptr); // told apart from scalars
  return key;
}

Emitter::Key Emitter::keyOf(Value v, ArrayRef<Value> at) {
  Key key{v.getAsOpaquePointer(), {}};
  for (Value o : at)
    key.second.push_back(o.getAsOpaquePointer());
  return key;
}
