//===- Products.cpp - Loops of register-tiled products --------------------===//
//
// A product nest is a loop over panels (outer, so that a panel's weights stay in
// the nearest cache) and tiles of rows (inner). The rows are spread evenly over
// the least number of tiles; Tiles.h says which tiles there are. Panels are walked
// in groups of as many as the strip's tallest tile takes, then one by one:
//
//   for step in the own panels / group:         groups first, then what is left; from the end at every other level
//     for tile in rows / tallest tile:
//       table of the rows' addresses
//       kernel(rows, panels)(weights, table of x, table of y, offset into y)
//
// What panels a worker has is no more than a range, so nests can also be walked
// together, a few panels at a time (emitTogether in Nests.cpp).
//===----------------------------------------------------------------------===//
#include "Products.h"

using namespace mlir;
using namespace cortex;

//===----------------------------------------------------------------------===//
// What a nest says
//===----------------------------------------------------------------------===//

LogicalResult Emitter::readProduct(ilir::RowsOp nest, ilir::StoreOp store, ilir::ProductOp product,
                                   ProductLoops &loops) {
  auto x = product.getX().getDefiningOp<ilir::LoadOp>();
  auto acc = product.getAcc() ? product.getAcc().getDefiningOp<ilir::LoadOp>() : ilir::LoadOp();
  if (!x || x.getOtherwise() || (acc && acc.getBuffer() != store.getBuffer()))
    return product.emitOpError("must read its operand from a buffer, and continue a chain in place");
  auto xType = cast<RankedTensorType>(x.getType()), yType = cast<RankedTensorType>(store.getValue().getType());
  auto buffer = cast<ilir::BufferOp>(ilir::lookupMemory(product, product.getWeightsAttr()));
  auto packed = cast<RankedTensorType>(buffer.getType()); // panels, chunks, k, width, lanes
  if (packed.getDimSize(4) != lanes)
    return product.emitOpError() << "has weights packed for " << packed.getDimSize(4) << " lanes, not " << lanes;

  loops.nest = nest;
  loops.x = x;
  loops.store = store;
  // Rows as they lie in memory.
  RankedTensorType xMemory = memoryType(x, x.getBufferAttr(), xType);
  RankedTensorType yMemory = memoryType(store, store.getBufferAttr(), yType);
  loops.chunks = packed.getDimSize(1);
  loops.units = yType.getShape().back();
  for (auto [in, out] : llvm::zip(product.getMDims(), product.getMOut())) {
    loops.mExtents.push_back(xType.getDimSize(in));
    loops.mStridesX.push_back(stridesOf(xMemory)[in]);
    loops.mStridesY.push_back(stridesOf(yMemory)[out]);
    loops.m *= loops.mExtents.back();
  }
  for (int64_t d : product.getNOut())
    loops.products *= yType.getDimSize(d);

  KernelShape &shape = loops.shape;
  shape.k = 1;
  for (int64_t d : product.getKDims())
    shape.k *= xType.getDimSize(d);
  shape.bf16 = packed.getElementType().isBF16();
  shape.rounded = xType.getElementType().isBF16();
  loops.xBytes = xType.getElementTypeBitWidth() / 8;
  shape.width = shape.valid = packed.getDimSize(3);
  shape.panelStride = loops.chunks * packed.getDimSize(2) * shape.width * lanes;
  shape.xStride = collapsedStride(xMemory, product.getKDims());
  shape.yStride = collapsedStride(yMemory, product.getNOut());
  shape.accumulate = static_cast<bool>(acc);
  loops.rules = tiles;
  loops.rules.terms = shape.bf16 && !(shape.rounded && dots) ? 2 : 1;
  loops.maxRows = loops.rules.maxRows(shape.width);

  loops.weights = bufferBase(buffer);
  if (product.getKey())
    loops.weights = address(loops.weights, mul(stripKey, itemBytes(packed)));
  Value end = constant(1);
  loops.first = constant(0);
  if (nest.getDomain() != ilir::Domain::Once)
    std::tie(loops.first, end) = domainRange(nest);
  loops.total = mul(sub(end, loops.first), loops.m);
  spreadRows(loops);
  ++numProducts;
  return success();
}

/// Tiles of rows, and how many panels the tallest of them takes at once.
void Emitter::spreadRows(ProductLoops &loops) {
  // A strip whose rows have no edges has no tile; the divisor must not be 0 then.
  loops.tiles = arith::CeilDivUIOp::create(b, loc, loops.total, constant(loops.maxRows));
  Value count = arith::MaxUIOp::create(b, loc, loops.tiles, constant(1));
  loops.height = arith::DivUIOp::create(b, loc, loops.total, count);
  loops.extra = sub(loops.total, mul(loops.height, count));
  Value tallest = arith::CeilDivUIOp::create(b, loc, loops.total, count);
  loops.group = constant(1);
  const int64_t panels = llvm::divideCeil(loops.units, lanes);
  for (int64_t r = 1; r <= loops.maxRows; ++r) {
    const int64_t p = loops.rules.panelsFor(r, loops.shape.width, panels);
    if (p == 1)
      continue;
    Value is = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, tallest, constant(r));
    loops.group = arith::SelectOp::create(b, loc, is, constant(p), loops.group);
  }
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
      xOffset = add(xOffset, mul(at, loops.mStridesX[d] * loops.xBytes));
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

/// The shapes of tiles that can occur: a strip whose tallest tile has r rows has such of r and r - 1 rows, of the
/// panels that r rows take or of one panel, and the last panel may have units that do not exist.
SmallVector<KernelShape> Emitter::tileShapes(const ProductLoops &loops, const KernelShape &shape) {
  SmallVector<KernelShape> shapes;
  const int64_t full = loops.units / lanes, tail = loops.units % lanes;
  auto put = [&](int64_t rows, int64_t panels) {
    for (int64_t t : {int64_t(0), tail}) {
      KernelShape s = shape;
      s.rows = rows;
      s.panels = panels;
      s.tail = t;
      const bool possible = rows > 0 && (t ? panels - 1 : panels) <= full && (t || full > 0);
      if (possible && llvm::none_of(shapes, [&](const KernelShape &o) { return o.key() == s.key(); }))
        shapes.push_back(s);
    }
  };
  for (int64_t r = 1; r <= loops.maxRows; ++r) {
    const int64_t p = loops.rules.panelsFor(r, shape.width, llvm::divideCeil(loops.units, lanes));
    put(r, 1);
    put(r, p);
    put(r - 1, p);
  }
  return shapes;
}

/// All tiles of rows at `panels` panels from `panel` on.
void Emitter::emitTiles(ProductLoops &loops, ArrayRef<KernelShape> shapes, Value panel, Value panels, Value chunk) {
  const KernelShape &shape = loops.shape;
  const int64_t chunkBytes = shape.panelStride / loops.chunks * (shape.bf16 ? 2 : elementBytes);
  Value weights = address(loops.weights, mul(add(mul(panel, loops.chunks), chunk), chunkBytes));
  Value offset = add(mul(chunk, shape.width * shape.yStride * elementBytes), mul(panel, lanes * elementBytes));
  Value kind = mul(panels, KernelShape::kPanelKey);
  if (loops.units % lanes) {
    Value end = constant(llvm::divideCeil(loops.units, lanes));
    Value last = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, add(panel, panels), end);
    kind = add(kind, Value(arith::SelectOp::create(b, loc, last, constant(KernelShape::kTailKey), constant(0))));
  }
  forLoop(constant(0), loops.tiles, [&](Value t) {
    Value first = add(mul(t, loops.height), arith::MinUIOp::create(b, loc, t, loops.extra));
    Value taller = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, t, loops.extra);
    Value rows = add(loops.height, Value(arith::SelectOp::create(b, loc, taller, constant(1), constant(0))));
    fillTables(loops, first, rows);
    SmallVector<int64_t> cases;
    for (const KernelShape &s : shapes)
      cases.push_back(s.key());
    auto choice = scf::IndexSwitchOp::create(b, loc, TypeRange{}, add(kind, rows), cases, cases.size());
    OpBuilder::InsertionGuard guard(b);
    for (auto [i, s] : llvm::enumerate(shapes)) {
      b.setInsertionPointToStart(&choice.getCaseRegions()[i].emplaceBlock());
      func::CallOp::create(b, loc, kernel(s), ValueRange{weights, rowTable, outTable, offset});
      scf::YieldOp::create(b, loc);
    }
    b.setInsertionPointToStart(&choice.getDefaultRegion().emplaceBlock());
    scf::YieldOp::create(b, loc);
  });
}

void Emitter::emitChunk(ProductLoops &loops, const KernelShape &shape, Value chunk) {
  SmallVector<KernelShape> shapes = tileShapes(loops, shape);
  auto [first, last] = ownedPanels(loops.units);
  Value span = sub(last, first);
  Value groups = arith::DivUIOp::create(b, loc, span, loops.group);
  Value grouped = mul(groups, loops.group);
  Value steps = add(groups, sub(span, grouped));
  forLoop(constant(0), steps, [&, first = first](Value s) {
    s = walked(s, steps);
    Value inGroup = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, s, groups);
    Value single = add(grouped, sub(s, groups));
    Value panel = add(first, Value(arith::SelectOp::create(b, loc, inGroup, mul(s, loops.group), single)));
    Value panels = arith::SelectOp::create(b, loc, inGroup, loops.group, constant(1));
    emitTiles(loops, shapes, panel, panels, chunk);
  });
}

/// The product at the own panels.
void Emitter::emitProduct(ProductLoops &loops) {
  loc = loops.nest.getLoc();
  int64_t width = loops.shape.width, whole = loops.products / width, rest = loops.products % width;
  if (whole == 1)
    emitChunk(loops, loops.shape, constant(0));
  else
    forLoop(constant(0), constant(whole), [&](Value c) { emitChunk(loops, loops.shape, c); });
  if (rest) {
    KernelShape shape = loops.shape;
    shape.valid = rest;
    emitChunk(loops, shape, constant(whole));
  }
}
