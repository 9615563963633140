//===- Products.cpp - Register-tiled products over packed panels ----------===//
//
// A product nest is a loop over panels (outer, so that a panel's weights stay in
// the nearest cache) and tiles of rows (inner). The rows are spread evenly over
// the least number of tiles. A tile of few rows takes more panels at once, never
// more partial sums: every sum is one chain over k in every kernel, so the bits
// do not depend on the tile. One kernel per (rows, panels), shared by shape:
//
//   kernel(weights, table of x rows, table of y rows, offset into y, units left)
//     acc[row][panel][product] = 0            (or what y holds: chained products)
//     for k: acc += x[row][k] * weights[panel][k][product]
//     y[row][product][panel] = acc
//===----------------------------------------------------------------------===//
#include "Emitter.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace cortex;

std::string KernelShape::name() const {
  std::string s;
  llvm::raw_string_ostream os(s);
  os << "product_k" << k << "_w" << width << "_n" << valid << "_r" << rows << "_p" << panels << "_s" << panelStride
     << "_x" << xStride << "_y" << yStride << (masked ? "_masked" : "") << (accumulate ? "_chained" : "");
  return s;
}

/// What all tiles of one product nest share.
struct Emitter::ProductLoops {
  ilir::RowsOp nest;
  ilir::LoadOp x;
  ilir::StoreOp store;
  Value weights, first, total;
  int64_t m = 1, maxRows = 1, chunks = 1, width = 1, units = 1;
  SmallVector<int64_t> mExtents, mStridesX, mStridesY;
};

static SmallVector<int64_t> stridesOf(RankedTensorType type) {
  SmallVector<int64_t> strides(type.getRank(), 1);
  for (int64_t i = type.getRank() - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * type.getDimSize(i + 1);
  return strides;
}

/// The stride between neighbours of several dimensions taken as one.
static int64_t collapsedStride(RankedTensorType type, ArrayRef<int64_t> dims) {
  return dims.empty() ? 0 : stridesOf(type)[dims.back()];
}

static int64_t panelsPerTile(int64_t accumulators, int64_t rows, int64_t width) {
  return std::clamp<int64_t>(accumulators / (rows * width), 1, 4);
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// Pointers to the x and y rows of `count` product rows from `first` on.
void Emitter::fillTables(ProductLoops &loops, Value first, Value count) {
  forLoop(constant(0), count, [&](Value i) {
    Value t = add(first, i), m = constant(0), item = t;
    if (loops.m > 1) {
      m = arith::RemUIOp::create(b, loc, t, constant(loops.m));
      item = arith::DivUIOp::create(b, loc, t, constant(loops.m));
    }
    bindItem(loops.nest, add(loops.first, item));
    Value x = itemAddress(loops.x, loops.x.getBufferAttr(), loops.x.getIndex());
    Value y = itemAddress(loops.store, loops.store.getBufferAttr(), loops.store.getIndex());
    Value xOffset = constant(0), yOffset = constant(0);
    for (int64_t d = static_cast<int64_t>(loops.mExtents.size()) - 1; d >= 0; --d) {
      Value at = arith::RemUIOp::create(b, loc, m, constant(loops.mExtents[d]));
      m = arith::DivUIOp::create(b, loc, m, constant(loops.mExtents[d]));
      xOffset = add(xOffset, mul(at, loops.mStridesX[d] * elementBytes));
      yOffset = add(yOffset, mul(at, loops.mStridesY[d] * elementBytes));
    }
    auto put = [&](Value table, Value pointer) {
      Value at = LLVM::GEPOp::create(b, loc, ptr, ptr, table, ValueRange{arith::IndexCastOp::create(b, loc, i64, i)});
      LLVM::StoreOp::create(b, loc, pointer, at, 8);
    };
    put(rowTable, address(x, xOffset));
    put(outTable, address(y, yOffset));
  });
}

/// All tiles of rows at one panel (or group of panels). `tiles` lists the (rows, panels) that may occur.
void Emitter::emitTiles(ProductLoops &loops, const KernelShape &shape, Value panel, Value chunk,
                        ArrayRef<std::pair<int64_t, int64_t>> tiles, Value panelsPerTile) {
  Value count = arith::CeilDivUIOp::create(b, loc, loops.total, constant(loops.maxRows));
  Value height = arith::DivUIOp::create(b, loc, loops.total, count);
  Value extra = arith::RemUIOp::create(b, loc, loops.total, count);
  int64_t chunkElements = shape.k * loops.width * lanes;
  Value weights = address(loops.weights, mul(add(mul(panel, loops.chunks), chunk), chunkElements * elementBytes));
  Value offset = add(mul(chunk, loops.width * shape.yStride * elementBytes), mul(panel, lanes * elementBytes));
  Value left = sub(constant(loops.units), mul(panel, lanes));
  forLoop(constant(0), count, [&](Value t) {
    Value first = add(mul(t, height), arith::MinUIOp::create(b, loc, t, extra));
    Value taller = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, t, extra);
    Value rows = add(height, Value(arith::SelectOp::create(b, loc, taller, constant(1), constant(0))));
    fillTables(loops, first, rows);
    SmallVector<int64_t> cases;
    for (auto [r, p] : tiles)
      cases.push_back(p * 64 + r);
    Value key = add(mul(panelsPerTile, 64), rows);
    auto choice = scf::IndexSwitchOp::create(b, loc, TypeRange{}, key, cases, cases.size());
    OpBuilder::InsertionGuard guard(b);
    for (auto [i, tile] : llvm::enumerate(tiles)) {
      KernelShape s = shape;
      s.rows = tile.first;
      s.panels = tile.second;
      b.setInsertionPointToStart(&choice.getCaseRegions()[i].emplaceBlock());
      func::CallOp::create(b, loc, kernel(s), ValueRange{weights, rowTable, outTable, offset, left});
      scf::YieldOp::create(b, loc);
    }
    b.setInsertionPointToStart(&choice.getDefaultRegion().emplaceBlock());
    scf::YieldOp::create(b, loc);
  });
}

void Emitter::emitChunk(ProductLoops &loops, KernelShape shape, Value chunk) {
  auto [first, last] = ownedPanels(loops.units);
  Value full = constant(loops.units / lanes);
  Value fullEnd = arith::MinUIOp::create(b, loc, last, full);

  // Groups of panels: as many as the tallest tile of this strip leaves registers for.
  Value tiles = arith::CeilDivUIOp::create(b, loc, loops.total, constant(loops.maxRows));
  Value tallest = arith::CeilDivUIOp::create(b, loc, loops.total, tiles);
  Value group = constant(1);
  SmallVector<std::pair<int64_t, int64_t>> grouped, single;
  for (int64_t r = 1; r <= loops.maxRows; ++r) {
    int64_t p = panelsPerTile(accumulators, r, loops.width);
    single.emplace_back(r, 1);
    if (p == 1 || loops.units / lanes < p)
      continue;
    Value is = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, tallest, constant(r));
    group = arith::SelectOp::create(b, loc, is, constant(p), group);
    for (int64_t height : {r - 1, r})
      if (height > 0 && !llvm::is_contained(grouped, std::pair(height, p)))
        grouped.emplace_back(height, p);
  }
  Value span = arith::MaxSIOp::create(b, loc, sub(fullEnd, first), constant(0));
  Value start = first;
  if (!grouped.empty()) {
    Value many = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ugt, group, constant(1));
    Value groups =
        arith::SelectOp::create(b, loc, many, Value(arith::DivUIOp::create(b, loc, span, group)), constant(0));
    forLoop(constant(0), groups,
            [&](Value g) { emitTiles(loops, shape, add(first, mul(g, group)), chunk, grouped, group); });
    start = add(first, mul(groups, group));
  }
  if (loops.units >= lanes) // else no panel is full
    forLoop(start, fullEnd, [&](Value panel) { emitTiles(loops, shape, panel, chunk, single, constant(1)); });
  if (loops.units % lanes) {
    shape.masked = true;
    Value tail = arith::MaxUIOp::create(b, loc, first, full);
    forLoop(tail, last, [&](Value panel) { emitTiles(loops, shape, panel, chunk, single, constant(1)); });
  }
}

LogicalResult Emitter::emitProductNest(ilir::RowsOp nest, ilir::StoreOp store, ilir::ProductOp product) {
  auto x = product.getX().getDefiningOp<ilir::LoadOp>();
  auto acc = product.getAcc() ? product.getAcc().getDefiningOp<ilir::LoadOp>() : ilir::LoadOp();
  if (!x || x.getOtherwise() || (acc && acc.getBuffer() != store.getBuffer()))
    return product.emitOpError("must read its operand from a buffer, and continue a chain in place");
  auto xType = cast<RankedTensorType>(x.getType()), yType = cast<RankedTensorType>(store.getValue().getType());
  auto buffer = cast<ilir::BufferOp>(ilir::lookupMemory(product, product.getWeightsAttr()));
  auto packed = cast<RankedTensorType>(buffer.getType()); // panels, chunks, k, width, lanes
  if (packed.getDimSize(4) != lanes)
    return product.emitOpError() << "has weights packed for " << packed.getDimSize(4) << " lanes, not " << lanes;

  ProductLoops loops;
  loops.nest = nest;
  loops.x = x;
  loops.store = store;
  loops.chunks = packed.getDimSize(1);
  loops.width = packed.getDimSize(3);
  loops.units = yType.getShape().back();
  loops.maxRows = std::clamp<int64_t>(accumulators / loops.width, 1, 8);
  for (auto [in, out] : llvm::zip(product.getMDims(), product.getMOut())) {
    loops.mExtents.push_back(xType.getDimSize(in));
    loops.mStridesX.push_back(stridesOf(xType)[in]);
    loops.mStridesY.push_back(stridesOf(yType)[out]);
    loops.m *= loops.mExtents.back();
  }
  int64_t n = 1;
  for (int64_t d : product.getNOut())
    n *= yType.getDimSize(d);

  KernelShape shape{};
  shape.k = packed.getDimSize(2);
  shape.width = shape.valid = loops.width;
  shape.panelStride = loops.chunks * shape.k * loops.width * lanes;
  shape.xStride = collapsedStride(xType, product.getKDims());
  shape.yStride = collapsedStride(yType, product.getNOut());
  shape.accumulate = static_cast<bool>(acc);

  loops.weights = bufferBase(buffer);
  if (product.getKey())
    loops.weights = address(loops.weights, mul(stripKey, itemBytes(packed)));
  Value begin, end;
  if (nest.getDomain() == ilir::Domain::Once) {
    begin = constant(0);
    end = constant(1);
  } else {
    std::tie(begin, end) = domainRange(nest);
  }
  loops.first = begin;
  loops.total = mul(sub(end, begin), loops.m);
  Value any = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, loops.total, constant(0));
  auto branch = scf::IfOp::create(b, loc, any, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  Scope scope(*this);
  b.setInsertionPointToStart(branch.thenBlock());
  int64_t whole = n / loops.width, rest = n % loops.width;
  if (whole == 1)
    emitChunk(loops, shape, constant(0));
  else
    forLoop(constant(0), constant(whole), [&](Value c) { emitChunk(loops, shape, c); });
  if (rest) {
    shape.valid = rest;
    emitChunk(loops, shape, constant(whole));
  }
  ++numProducts;
  return success();
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

func::FuncOp Emitter::kernel(const KernelShape &shape) {
  func::FuncOp &f = kernels[shape.name()];
  if (f)
    return f;
  OpBuilder top = OpBuilder::atBlockBegin(module.getBody());
  Type index = top.getIndexType();
  f = func::FuncOp::create(top, loc, shape.name(), top.getFunctionType({ptr, ptr, ptr, index, index}, {}));
  f.setPrivate();
  f->setAttr("passthrough", top.getStrArrayAttr({"noinline", "nounwind"}));
  emitKernelBody(f, shape);
  ++numKernels;
  return f;
}

void Emitter::emitKernelBody(func::FuncOp f, const KernelShape &s) {
  OpBuilder k = OpBuilder::atBlockBegin(f.addEntryBlock());
  Value weights = f.getArgument(0), xs = f.getArgument(1), ys = f.getArgument(2), offset = f.getArgument(3);
  auto gep = [&](Type type, Value base, int64_t i) -> Value {
    return i == 0
               ? base
               : Value(LLVM::GEPOp::create(k, loc, ptr, type, base, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)}));
  };
  auto dynamicGep = [&](Type type, Value base, Value i) -> Value {
    return LLVM::GEPOp::create(k, loc, ptr, type, base, ValueRange{arith::IndexCastOp::create(k, loc, i64, i)});
  };
  auto constantIndex = [&](int64_t i) -> Value { return arith::ConstantIndexOp::create(k, loc, i); };
  Value zero = arith::ConstantOp::create(k, loc, k.getZeroAttr(vectorType)), mask;
  if (s.masked)
    mask = vector::CreateMaskOp::create(k, loc, VectorType::get({lanes}, k.getI1Type()), f.getArgument(4));

  SmallVector<Value> x, y;
  for (int64_t r = 0; r < s.rows; ++r) {
    x.push_back(LLVM::LoadOp::create(k, loc, ptr, gep(ptr, xs, r), 8));
    Value row = LLVM::LoadOp::create(k, loc, ptr, gep(ptr, ys, r), 8);
    y.push_back(dynamicGep(k.getI8Type(), row, offset));
  }
  // acc[row][panel][product]
  auto place = [&](int64_t r, int64_t p, int64_t n) { return gep(element, y[r], n * s.yStride + p * lanes); };
  auto each = [&](function_ref<void(int64_t, int64_t, int64_t)> body) {
    for (int64_t r = 0; r < s.rows; ++r)
      for (int64_t p = 0; p < s.panels; ++p)
        for (int64_t n = 0; n < s.valid; ++n)
          body(r, p, n);
  };
  auto align = k.getI32IntegerAttr(elementBytes);
  SmallVector<Value> acc;
  each([&](int64_t r, int64_t p, int64_t n) {
    if (!s.accumulate)
      acc.push_back(zero);
    else if (s.masked)
      acc.push_back(LLVM::MaskedLoadOp::create(k, loc, vectorType, place(r, p, n), mask, zero, align, UnitAttr()));
    else
      acc.push_back(LLVM::LoadOp::create(k, loc, vectorType, place(r, p, n), elementBytes));
  });

  auto loop = scf::ForOp::create(k, loc, constantIndex(0), constantIndex(s.k), constantIndex(1), acc);
  {
    OpBuilder::InsertionGuard guard(k);
    k.setInsertionPointToStart(loop.getBody());
    Value i = loop.getInductionVar();
    Value w = dynamicGep(element, weights, arith::MulIOp::create(k, loc, i, constantIndex(s.width * lanes)));
    Value xi = arith::MulIOp::create(k, loc, i, constantIndex(s.xStride));
    SmallVector<Value> panel, next;
    for (int64_t p = 0; p < s.panels; ++p)
      for (int64_t n = 0; n < s.valid; ++n)
        panel.push_back(
            LLVM::LoadOp::create(k, loc, vectorType, gep(element, w, p * s.panelStride + n * lanes), elementBytes));
    for (int64_t r = 0; r < s.rows; ++r) {
      Value one = LLVM::LoadOp::create(k, loc, element, dynamicGep(element, x[r], xi), elementBytes);
      Value wide = vector::BroadcastOp::create(k, loc, vectorType, one);
      for (Value wv : panel)
        next.push_back(math::FmaOp::create(k, loc, wide, wv, loop.getRegionIterArg(next.size())));
    }
    scf::YieldOp::create(k, loc, next);
  }
  unsigned at = 0;
  each([&](int64_t r, int64_t p, int64_t n) {
    Value value = loop.getResult(at++);
    if (s.masked)
      LLVM::MaskedStoreOp::create(k, loc, value, place(r, p, n), mask, align);
    else
      LLVM::StoreOp::create(k, loc, value, place(r, p, n), elementBytes);
  });
  func::ReturnOp::create(k, loc);
}

//===----------------------------------------------------------------------===//
// Packing
//===----------------------------------------------------------------------===//

void Emitter::emitPack(ilir::PackOp pack) {
  loc = pack.getLoc();
  auto buffer = cast<ilir::BufferOp>(ilir::lookupMemory(pack, pack.getPackedAttr()));
  auto type = cast<RankedTensorType>(buffer.getType());
  Operation *memory = ilir::lookupMemory(pack, pack.getSourceAttr());
  RankedTensorType source = ilir::getItemType(memory);
  Value from = isa<ilir::ParamOp>(memory)
                   ? slot(layout.frame().buffer(layout.buffer(pack.getSource()), abi::kBase), true)
                   : bufferBase(cast<ilir::BufferOp>(memory));
  SmallVector<int64_t> strides = stridesOf(source);
  int64_t units = source.getDimSize(pack.getUnitDim());
  int64_t chunks = type.getDimSize(1), k = type.getDimSize(2), width = type.getDimSize(3), n = 1;
  for (int64_t d : pack.getNDims())
    n *= source.getDimSize(d);
  int64_t keys = 1;
  for (int64_t d : pack.getKeyDims())
    keys *= source.getDimSize(d);
  /// The source offset of one index over several dimensions.
  auto offsetOf = [&](Value i, ArrayRef<int64_t> dims) {
    Value offset = constant(0);
    for (auto [place, d] : llvm::enumerate(llvm::reverse(dims))) {
      Value at = i;
      if (place + 1 < dims.size()) {
        at = arith::RemUIOp::create(b, loc, i, constant(source.getDimSize(d)));
        i = arith::DivUIOp::create(b, loc, i, constant(source.getDimSize(d)));
      }
      offset = add(offset, mul(at, strides[d]));
    }
    return offset;
  };
  auto [first, last] = ownedPanels(units);
  Value zero = arith::ConstantOp::create(b, loc, b.getFloatAttr(element, 0.0));
  Value base = bufferBase(buffer);
  forLoop(constant(0), constant(keys), [&, first = first, last = last](Value key) {
    Value keyOffset = offsetOf(key, pack.getKeyDims());
    Value item = address(base, mul(key, itemBytes(type)));
    forLoop(first, last, [&](Value panel) {
      forLoop(constant(0), constant(chunks), [&](Value chunk) {
        forLoop(constant(0), constant(k), [&](Value ki) {
          Value row = add(keyOffset, offsetOf(ki, pack.getKDims()));
          Value to = add(mul(add(mul(panel, chunks), chunk), k), ki); // in units of width x lanes
          forLoop(constant(0), constant(width), [&](Value g) {
            Value ni = add(mul(chunk, width), g);
            Value nOffset = add(row, offsetOf(ni, pack.getNDims()));
            Value nExists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, ni, constant(n));
            forLoop(constant(0), constant(lanes), [&](Value lane) {
              Value unit = add(mul(panel, lanes), lane);
              Value exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, unit, constant(units));
              exists = arith::AndIOp::create(b, loc, exists, nExists);
              Value value = orElse(
                  exists, element,
                  [&]() -> Value {
                    Value at = add(nOffset, mul(unit, strides[pack.getUnitDim()]));
                    return LLVM::LoadOp::create(b, loc, element, address(from, mul(at, elementBytes)), elementBytes);
                  },
                  [&] { return zero; });
              Value at = add(mul(add(mul(to, width), g), lanes), lane);
              LLVM::StoreOp::create(b, loc, value, address(item, mul(at, elementBytes)), elementBytes);
            });
          });
        });
      });
    });
  });
}
