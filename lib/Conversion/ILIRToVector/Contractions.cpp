//===- Contractions.cpp - Register tiles of products that are not packed --===//
//
// Products of states with states, or of a weight with a matrix state on its right,
// have no operand that could be packed before the run. They stay linalg.contract
// and are computed in tiles straight from rows. One tile is `rows` of a dimension
// that only the operand without units has, times `panels` of units:
//
//   for group of panels, for tile of rows:
//     acc[row][panel] = initial value (of another contraction: its sums)
//     for k: acc[row][panel] += splat(a[row][k]) * b[k][panel]
//     store acc
//
// Where units do not lie along the lanes of their operand (a matrix state times a
// vector), k does: a panel of units is `lanes` sums with one partial sum per lane,
// which are then folded together by halves, as one such sum alone is.
//
// The order of each element's sum is that of contractVec and contractScalar: a
// tile decides which elements are computed together, never how.
//===----------------------------------------------------------------------===//
#include "Contractions.h"
#include "Emitter.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace cortex;

SmallVector<Value> Emitter::accumulateMany(int64_t n, int64_t step, ArrayRef<Value> init,
                                           function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(b, loc, constant(0), constant(n), constant(step), init);
  OpBuilder::InsertionGuard guard(b);
  Scope scope(*this);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next = body(loop.getInductionVar(), loop.getRegionIterArgs());
  scf::YieldOp::create(b, loc, next);
  return SmallVector<Value>(loop.getResults());
}

//===----------------------------------------------------------------------===//
// Pulled at one panel
//===----------------------------------------------------------------------===//

Value Emitter::contractVec(linalg::ContractOp op, const VecIndex &at) {
  Contraction c(op);
  if (c.unitsAlongLanes())
    return contractTile(op, {at}).front();
  return c.reducedAlongLanes() ? contractDots(op, at) : byLanes(op.getResult(0), at);
}

Value Emitter::contractScalar(linalg::ContractOp op, ArrayRef<Value> at) {
  Contraction c(op);
  SmallVector<Value> dims(c.extents.size());
  for (auto [i, e] : llvm::enumerate(at))
    dims[c.resultDim(i)] = e;
  Value init = scalar(op.getOutputs()[0], at);
  if (c.reducedAlongLanes()) {
    Value partial = partialDots(op, {dims}).front();
    Value sum = horizontal(partial, [&](Value x, Value y) -> Value { return arith::AddFOp::create(b, loc, x, y); });
    return arith::AddFOp::create(b, loc, init, sum);
  }
  std::function<Value(unsigned, Value)> loops = [&](unsigned depth, Value acc) -> Value {
    if (depth < c.reduced.size())
      return accumulate(c.extents[c.reduced[depth]], 1, acc, [&](Value i, Value inner) {
        dims[c.reduced[depth]] = i;
        return loops(depth + 1, inner);
      });
    Value x = scalar(op.getInputs()[0], c.indices(0, dims)), y = scalar(op.getInputs()[1], c.indices(1, dims));
    return math::FmaOp::create(b, loc, x, y, acc);
  };
  return loops(0, init);
}

/// Sums over all reduced dimensions with one partial sum per lane, the dimension that lies
/// along the lanes innermost; one vector for each of the points (values of the result's dimensions).
SmallVector<Value> Emitter::partialDots(linalg::ContractOp op, ArrayRef<SmallVector<Value>> points) {
  Contraction c(op);
  unsigned inLanes = *c.reducedAlongLanes();
  SmallVector<unsigned> order;
  for (unsigned d : c.reduced)
    if (d != inLanes)
      order.push_back(d);
  SmallVector<SmallVector<Value>> dims(points);
  auto set = [&](unsigned d, Value i) {
    for (SmallVector<Value> &point : dims)
      point[d] = i;
  };
  int64_t n = c.extents[inLanes];
  std::function<SmallVector<Value>(unsigned, ValueRange)> loops = [&](unsigned depth, ValueRange acc) {
    if (depth < order.size())
      return accumulateMany(c.extents[order[depth]], 1, SmallVector<Value>(acc), [&](Value i, ValueRange inner) {
        set(order[depth], i);
        return loops(depth + 1, inner);
      });
    return accumulateMany(llvm::divideCeil(n, lanes) * lanes, lanes, llvm::to_vector(acc),
                          [&](Value lane, ValueRange inner) {
                            set(inLanes, lane);
                            Value mask = n % lanes ? laneRange(lane, 0, n) : Value();
                            SmallVector<Value> next;
                            for (auto [point, sum] : llvm::zip(dims, inner)) {
                              Value operands[2];
                              for (unsigned i = 0; i < 2; ++i) {
                                SmallVector<Value> in = c.indices(i, point);
                                Value at = in.pop_back_val();
                                operands[i] = vec(op.getInputs()[i], {in, at, mask});
                                if (mask)
                                  operands[i] = select(mask, operands[i], splatConstant(element, 0.0));
                              }
                              next.push_back(math::FmaOp::create(b, loc, operands[0], operands[1], sum));
                            }
                            return next;
                          });
  };
  SmallVector<Value> zeros(points.size(), splatConstant(element, 0.0));
  return loops(0, zeros);
}

/// A panel of units whose sums run along the lanes. Lanes that do not exist repeat the nearest unit that does.
Value Emitter::contractDots(linalg::ContractOp op, const VecIndex &at) {
  Contraction c(op);
  int64_t last = cast<RankedTensorType>(op.getResult(0).getType()).getShape().back() - 1;
  SmallVector<SmallVector<Value>> points;
  for (int64_t l = 0; l < lanes; ++l) {
    SmallVector<Value> &dims = points.emplace_back(c.extents.size());
    for (auto [i, e] : llvm::enumerate(at.outer))
      dims[c.resultDim(i)] = e;
    Value unit = add(at.lane, l);
    dims[c.resultDim(at.outer.size())] = at.mask ? clamp(unit, last) : unit;
  }
  ++numTiled;
  SmallVector<Value> sums = partialDots(op, points);
  // Fold all at once. Before a step each vector holds groups of `width` partial sums, one
  // group per unit; the step adds the upper half of each group to the lower, of two vectors.
  for (int64_t width = lanes; width > 1; width /= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t group = 0; group < 2 * lanes; group += width)
      for (int64_t i = 0; i < width / 2; ++i) {
        low.push_back(group + i);
        high.push_back(group + width / 2 + i);
      }
    SmallVector<Value> folded;
    for (size_t i = 0; i < sums.size(); i += 2) {
      Value x = vector::ShuffleOp::create(b, loc, sums[i], sums[i + 1], low);
      Value y = vector::ShuffleOp::create(b, loc, sums[i], sums[i + 1], high);
      folded.push_back(arith::AddFOp::create(b, loc, x, y));
    }
    sums = std::move(folded);
  }
  return arith::AddFOp::create(b, loc, vec(op.getOutputs()[0], at), sums.front());
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

/// One sum per point of the tile, all in one loop over the reduced dimensions.
SmallVector<Value> Emitter::contractTile(linalg::ContractOp op, ArrayRef<VecIndex> tile) {
  Contraction c(op);
  unsigned unit = c.resultDim(c.maps[2].getNumResults() - 1);
  SmallVector<Value> acc;
  auto previous = op.getOutputs()[0].getDefiningOp<linalg::ContractOp>();
  if (previous && Contraction(previous).unitsAlongLanes())
    acc = contractTile(previous, tile);
  else
    for (const VecIndex &at : tile)
      acc.push_back(vec(op.getOutputs()[0], at));
  SmallVector<SmallVector<Value>> dims;
  for (const VecIndex &at : tile) {
    SmallVector<Value> &point = dims.emplace_back(c.extents.size());
    for (auto [i, e] : llvm::enumerate(at.outer))
      point[c.resultDim(i)] = e;
    point[unit] = at.lane;
  }
  std::function<SmallVector<Value>(unsigned, ValueRange)> loops = [&](unsigned depth, ValueRange sums) {
    if (depth < c.reduced.size())
      return accumulateMany(c.extents[c.reduced[depth]], 1, SmallVector<Value>(sums), [&](Value i, ValueRange inner) {
        for (SmallVector<Value> &point : dims)
          point[c.reduced[depth]] = i;
        return loops(depth + 1, inner);
      });
    SmallVector<Value> next;
    llvm::DenseMap<Value, Value> splats; // one broadcast per row, for all panels
    for (auto [at, point, sum] : llvm::zip(tile, dims, sums)) {
      Value operands[2];
      for (unsigned i = 0; i < 2; ++i) {
        SmallVector<Value> in = c.indices(i, point);
        if (c.has(i, unit)) {
          Value lane = in.pop_back_val();
          operands[i] = vec(op.getInputs()[i], {in, lane, at.mask});
        } else {
          Value one = scalar(op.getInputs()[i], in);
          Value &wide = splats[one];
          operands[i] = wide = wide ? wide : splat(one);
        }
      }
      next.push_back(math::FmaOp::create(b, loc, operands[0], operands[1], sum));
    }
    return next;
  };
  return loops(0, acc);
}

/// The dimension of the result (not the last) whose points share the operand with units: the tile's
/// rows. The longest one; -1 if there is none.
static int64_t rowDimension(linalg::ContractOp op) {
  Contraction c(op);
  unsigned last = c.maps[2].getNumResults() - 1, unit = c.resultDim(last);
  int64_t best = -1;
  for (unsigned i = 0; i < last; ++i) {
    unsigned d = c.resultDim(i);
    bool shared =
        llvm::all_of(llvm::seq(2u), [&](unsigned operand) { return c.has(operand, unit) != c.has(operand, d); });
    if (shared && (best < 0 || c.extents[d] > c.extents[c.resultDim(best)]))
      best = i;
  }
  return best;
}

/// Rows per tile where it takes so many panels: `extent` rows are spread evenly over the least number of tiles.
static int64_t tileRows(int64_t accumulators, int64_t panels, int64_t extent) {
  int64_t most = std::clamp<int64_t>(accumulators / panels, 1, extent);
  return llvm::divideCeil(extent, llvm::divideCeil(extent, most));
}

bool Emitter::emitContractNest(ilir::RowsOp nest, ilir::StoreOp store, linalg::ContractOp op) {
  if (!Contraction(op).unitsAlongLanes())
    return false;
  auto type = cast<RankedTensorType>(op.getResult(0).getType());
  int64_t units = type.getShape().back(), rowDim = rowDimension(op);
  int64_t extent = rowDim < 0 ? 1 : type.getDimSize(rowDim);
  int64_t count = llvm::divideCeil(units, lanes), mostPanels = std::min<int64_t>({count, accumulators, 4});
  auto [first, last] =
      nest.getMode() == ilir::Mode::Whole ? std::pair(constant(0), constant(count)) : ownedPanels(units);

  SmallVector<Value> outer(type.getRank() - 1);
  auto tile = [&](Value row, int64_t rows, Value panel, int64_t panels) {
    SmallVector<VecIndex> points;
    for (int64_t p = 0; p < panels; ++p) {
      Value lane = mul(add(panel, p), lanes);
      Value mask = units % lanes ? laneRange(lane, 0, units) : Value();
      for (int64_t r = 0; r < rows; ++r) {
        VecIndex at{outer, lane, mask};
        if (rowDim >= 0)
          at.outer[rowDim] = add(row, r);
        points.push_back(at);
      }
    }
    SmallVector<Value> sums = contractTile(op, points);
    for (auto [at, sum] : llvm::zip(points, sums))
      storeVec(store, at, sum);
  };
  auto rowsOf = [&](Value panel, int64_t panels) {
    int64_t rows = tileRows(accumulators, panels, extent), tiles = llvm::divideCeil(extent, rows);
    int64_t taller = extent - (extent / tiles) * tiles, height = extent / tiles; // the first ones have one row more
    auto some = [&](int64_t from, int64_t n, int64_t h) {
      if (n == 1)
        tile(constant(from), h, panel, panels);
      else if (n > 1)
        forLoop(constant(0), constant(n), [&](Value t) { tile(add(mul(t, h), from), h, panel, panels); });
    };
    some(0, taller, height + 1);
    some(taller * (height + 1), tiles - taller, height);
  };
  auto panelsOf = [&] {
    Value span = arith::MaxSIOp::create(b, loc, sub(last, first), constant(0));
    Value groups = arith::DivUIOp::create(b, loc, span, constant(mostPanels));
    forLoop(constant(0), groups, [&](Value g) { rowsOf(add(first, mul(g, mostPanels)), mostPanels); });
    if (mostPanels == 1)
      return;
    auto cases = llvm::to_vector(llvm::seq<int64_t>(1, mostPanels));
    Value left = arith::RemUIOp::create(b, loc, span, constant(mostPanels));
    auto choice = scf::IndexSwitchOp::create(b, loc, TypeRange{}, left, cases, cases.size());
    OpBuilder::InsertionGuard guard(b);
    for (auto [i, panels] : llvm::enumerate(cases)) {
      Scope scope(*this);
      b.setInsertionPointToStart(&choice.getCaseRegions()[i].emplaceBlock());
      rowsOf(sub(last, constant(panels)), panels);
      scf::YieldOp::create(b, loc);
    }
    b.setInsertionPointToStart(&choice.getDefaultRegion().emplaceBlock());
    scf::YieldOp::create(b, loc);
  };
  std::function<void(int64_t)> loops = [&](int64_t dim) {
    if (dim == type.getRank() - 1)
      return panelsOf();
    if (dim == rowDim)
      return loops(dim + 1);
    forLoop(constant(0), constant(type.getDimSize(dim)), [&](Value i) {
      outer[dim] = i;
      loops(dim + 1);
    });
  };
  loops(0);
  numMasked += units % lanes != 0;
  ++numTiled;
  return true;
}
