//===- PullReductions.cpp - Reductions over edges and dimensions ----------===//
//
// Every reduction has one order, fixed here at compile time: edges in stored
// order; dimensions ascending, the last one in lanes first (one partial sum per
// lane), then the lanes by halves. Nothing depends on the worker or on the batch.
//===----------------------------------------------------------------------===//
#include "Emitter.h"

using namespace mlir;
using namespace cortex;

Value Emitter::accumulate(int64_t n, int64_t step, Value init, function_ref<Value(Value, Value)> body) {
  auto loop = scf::ForOp::create(b, loc, constant(0), constant(n), constant(step), ValueRange{init});
  OpBuilder::InsertionGuard guard(b);
  Scope scope(*this);
  b.setInsertionPointToStart(loop.getBody());
  Value next = body(loop.getInductionVar(), loop.getRegionIterArg(0));
  scf::YieldOp::create(b, loc, next);
  return loop.getResult(0);
}

Value Emitter::horizontal(Value v, function_ref<Value(Value, Value)> combine) {
  for (int64_t width = lanes; width > 1; width /= 2) {
    Value low = vector::ExtractStridedSliceOp::create(b, loc, v, ArrayRef<int64_t>{0}, ArrayRef<int64_t>{width / 2},
                                                      ArrayRef<int64_t>{1});
    Value high = vector::ExtractStridedSliceOp::create(b, loc, v, ArrayRef<int64_t>{width / 2},
                                                       ArrayRef<int64_t>{width / 2}, ArrayRef<int64_t>{1});
    v = combine(low, high);
  }
  return vector::ExtractOp::create(b, loc, v, 0);
}

//===----------------------------------------------------------------------===//
// Over edges
//===----------------------------------------------------------------------===//

static Value combineEdge(OpBuilder &b, Location loc, ra::Combiner c, Value acc, Value x) {
  switch (c) {
  case ra::Combiner::Prod:
    return arith::MulFOp::create(b, loc, acc, x);
  case ra::Combiner::Max:
    return arith::MaximumFOp::create(b, loc, acc, x);
  case ra::Combiner::Min:
    return arith::MinimumFOp::create(b, loc, acc, x);
  default:
    return arith::AddFOp::create(b, loc, acc, x);
  }
}

static double identityOf(ra::Combiner c) {
  switch (c) {
  case ra::Combiner::Prod:
    return 1.0;
  case ra::Combiner::Max:
    return -std::numeric_limits<double>::infinity();
  case ra::Combiner::Min:
    return std::numeric_limits<double>::infinity();
  default:
    return 0.0;
  }
}

/// All results of `result`'s shape are computed in one loop over the edges.
void Emitter::edgesReduce(ilir::EdgesOp op, Value result, function_ref<Value(Value)> pull, bool isVector,
                          function_ref<void(Value, Value)> remember) {
  SmallVector<unsigned> which;
  SmallVector<Value> inits;
  for (unsigned i = 0; i < op.getNumResults(); ++i)
    if (op.getResult(i).getType() == result.getType()) {
      which.push_back(i);
      double identity = identityOf(op.getCombiner(i));
      inits.push_back(isVector ? splatConstant(element, identity)
                               : Value(arith::ConstantOp::create(b, loc, b.getFloatAttr(element, identity))));
    }
  abi::Adjacency a = slotOf(op.getAdjacency());
  Value position = emitIndex(op.getPosition());
  Value offsets = adjacency(a, abi::kOffsets);
  Value begin = loadI32(offsets, position), end = loadI32(offsets, add(position, 1));
  auto loop = scf::ForOp::create(b, loc, begin, end, constant(1), inits);
  {
    OpBuilder::InsertionGuard guard(b);
    Scope scope(*this);
    b.setInsertionPointToStart(loop.getBody());
    this->remember(keyOf(op.getEdge(), ArrayRef<Value>{}), loop.getInductionVar());
    SmallVector<Value> next;
    for (auto [k, i] : llvm::enumerate(which))
      next.push_back(
          combineEdge(b, loc, op.getCombiner(i), loop.getRegionIterArg(k), pull(op.getYield().getValues()[i])));
    scf::YieldOp::create(b, loc, next);
  }
  for (auto [k, i] : llvm::enumerate(which)) {
    Value value = loop.getResult(k);
    if (op.getCombiner(i) == ra::Combiner::Mean) {
      Value count = arith::MaxSIOp::create(b, loc, sub(end, begin), constant(1)); // over nobody: 0 / 1
      Value n = arith::SIToFPOp::create(b, loc, element, arith::IndexCastOp::create(b, loc, i64, count));
      value = arith::DivFOp::create(b, loc, value, isVector ? splat(n) : n);
    } else if (Value otherwise = op.getDefault(i)) {
      Value any = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, begin, end);
      Value reduced = value;
      value = orElse(any, value.getType(), [&] { return reduced; }, [&] { return pull(otherwise); });
    }
    remember(op.getResult(i), value);
  }
}

//===----------------------------------------------------------------------===//
// Over dimensions
//===----------------------------------------------------------------------===//

namespace {
/// The one operation of a linalg.reduce's region.
struct Combiner {
  Operation *op;
  explicit Combiner(linalg::ReduceOp reduce) : op(&reduce.getCombiner().front().front()) {}
  double identity() const {
    if (isa<arith::MulFOp>(op))
      return 1.0;
    if (isa<arith::MaximumFOp>(op))
      return -std::numeric_limits<double>::infinity();
    if (isa<arith::MinimumFOp>(op))
      return std::numeric_limits<double>::infinity();
    return 0.0;
  }
  Value apply(OpBuilder &b, Location loc, Value x, Value y) const {
    OperationState state(loc, op->getName(), ValueRange{x, y}, TypeRange{x.getType()}, op->getAttrs());
    return b.create(state)->getResult(0);
  }
};

/// The input's indices: reduced dimensions from the loops, others from the result's.
SmallVector<Value> mergeIndices(linalg::ReduceOp op, ArrayRef<Value> kept, ArrayRef<Value> reduced) {
  int64_t rank = cast<RankedTensorType>(op.getInputs()[0].getType()).getRank();
  SmallVector<Value> all;
  unsigned k = 0, r = 0;
  for (int64_t i = 0; i < rank; ++i)
    all.push_back(llvm::is_contained(op.getDimensions(), i) ? reduced[r++] : kept[k++]);
  return all;
}
} // namespace

Value Emitter::reduceVec(linalg::ReduceOp op, const VecIndex &at) {
  auto type = cast<RankedTensorType>(op.getInputs()[0].getType());
  Value result = op.getResult(0);
  if (llvm::is_contained(op.getDimensions(), type.getRank() - 1))
    return byLanes(result, at);
  Combiner combiner(op);
  SmallVector<int64_t> dims(op.getDimensions());
  SmallVector<Value> ivs;
  // One loop per reduced dimension, outermost first.
  std::function<Value(Value)> loops = [&](Value acc) -> Value {
    if (ivs.size() == dims.size()) {
      SmallVector<Value> kept(at.outer);
      kept.push_back(at.lane);
      SmallVector<Value> all = mergeIndices(op, kept, ivs);
      Value lane = all.pop_back_val();
      return combiner.apply(b, loc, acc, vec(op.getInputs()[0], {all, lane, at.mask}));
    }
    return accumulate(type.getDimSize(dims[ivs.size()]), 1, acc, [&](Value i, Value inner) {
      ivs.push_back(i);
      Value next = loops(inner);
      ivs.pop_back();
      return next;
    });
  };
  return loops(vec(op.getInits()[0], at));
}

Value Emitter::reduceScalar(linalg::ReduceOp op, ArrayRef<Value> at) {
  auto type = cast<RankedTensorType>(op.getInputs()[0].getType());
  int64_t last = type.getRank() - 1, units = type.getShape().back();
  Combiner combiner(op);
  bool alongLanes = llvm::is_contained(op.getDimensions(), last);
  SmallVector<int64_t> dims(op.getDimensions());
  SmallVector<Value> ivs;
  std::function<Value(Value)> loops = [&](Value acc) -> Value {
    if (ivs.size() == dims.size())
      return combiner.apply(b, loc, acc, scalar(op.getInputs()[0], mergeIndices(op, at, ivs)));
    int64_t dim = dims[ivs.size()];
    if (!(alongLanes && dim == last))
      return accumulate(type.getDimSize(dim), 1, acc, [&](Value i, Value inner) {
        ivs.push_back(i);
        Value next = loops(inner);
        ivs.pop_back();
        return next;
      });
    return accumulate(llvm::divideCeil(units, lanes) * lanes, lanes, acc, [&](Value lane, Value inner) {
      ivs.push_back(lane);
      SmallVector<Value> all = mergeIndices(op, at, ivs);
      ivs.pop_back();
      all.pop_back();
      VecIndex in{all, lane, units % lanes ? laneRange(lane, 0, units) : Value()};
      Value x = vec(op.getInputs()[0], in);
      if (in.mask)
        x = select(in.mask, x, splatConstant(element, combiner.identity()));
      return combiner.apply(b, loc, inner, x);
    });
  };
  if (!alongLanes)
    return loops(scalar(op.getInits()[0], at));
  Value partial = loops(splatConstant(element, combiner.identity()));
  Value folded = horizontal(partial, [&](Value x, Value y) { return combiner.apply(b, loc, x, y); });
  return combiner.apply(b, loc, scalar(op.getInits()[0], at), folded);
}
