//===- Packing.cpp - Weights of products into panels ----------------------===//
#include "Products.h"

using namespace mlir;
using namespace cortex;

/// In integers, so that denormals are rounded too; instructions that round flush them.
Value Emitter::roundToBF16(Value x) {
  auto like = [&](unsigned bits) -> Type {
    Type type = b.getIntegerType(bits);
    auto vector = dyn_cast<VectorType>(x.getType());
    return vector ? vector.clone(type) : type;
  };
  Type words = like(32), halves = like(16);
  auto bits = [&](uint32_t value) -> Value {
    TypedAttr one = b.getIntegerAttr(b.getI32Type(), static_cast<int32_t>(value));
    if (auto vector = dyn_cast<VectorType>(words))
      one = DenseElementsAttr::get(vector, one);
    return arith::ConstantOp::create(b, loc, one);
  };
  Value all = arith::BitcastOp::create(b, loc, words, x);
  Value high = arith::ShRUIOp::create(b, loc, all, bits(16));
  // Just below half of the last place that stays, or half where that place is odd.
  Value half = arith::AddIOp::create(b, loc, arith::AndIOp::create(b, loc, high, bits(1)), bits(0x7fff));
  Value rounded = arith::ShRUIOp::create(b, loc, arith::AddIOp::create(b, loc, all, half), bits(16));
  Value isNaN = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, x, x);
  Value quiet = arith::OrIOp::create(b, loc, high, bits(0x40));
  return arith::TruncIOp::create(b, loc, halves, arith::SelectOp::create(b, loc, isNaN, quiet, rounded));
}

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
  int64_t keys = 1, terms = 1;
  for (int64_t d : pack.getKDims())
    terms *= source.getDimSize(d);
  const bool bf16 = type.getElementType().isBF16();
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
          Value row = add(keyOffset, offsetOf(ki, pack.getKDims())), kExists;
          if (terms < k) // bf16 weights of an odd number of terms
            kExists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, ki, constant(terms));
          Value to = add(mul(add(mul(panel, chunks), chunk), k), ki); // in units of width x lanes
          if (bf16)                                                   // of width x lanes pairs
            to = add(mul(add(mul(panel, chunks), chunk), k / 2), arith::DivUIOp::create(b, loc, ki, constant(2)));
          forLoop(constant(0), constant(width), [&](Value g) {
            Value ni = add(mul(chunk, width), g);
            Value nOffset = add(row, offsetOf(ni, pack.getNDims()));
            Value nExists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, ni, constant(n));
            forLoop(constant(0), constant(lanes), [&](Value lane) {
              Value unit = add(mul(panel, lanes), lane);
              Value exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, unit, constant(units));
              exists = arith::AndIOp::create(b, loc, exists, nExists);
              if (kExists)
                exists = arith::AndIOp::create(b, loc, exists, kExists);
              Value value = orElse(
                  exists, element,
                  [&]() -> Value {
                    Value at = add(nOffset, mul(unit, strides[pack.getUnitDim()]));
                    return LLVM::LoadOp::create(b, loc, element, address(from, mul(at, elementBytes)), elementBytes);
                  },
                  [&] { return zero; });
              Value at = add(mul(add(mul(to, width), g), lanes), lane);
              if (bf16) {
                at = add(mul(at, 2), arith::RemUIOp::create(b, loc, ki, constant(2)));
                LLVM::StoreOp::create(b, loc, roundToBF16(value), address(item, mul(at, 2)), 2);
              } else {
                LLVM::StoreOp::create(b, loc, value, address(item, mul(at, elementBytes)), elementBytes);
              }
            });
          });
        });
      });
    });
  });
}
