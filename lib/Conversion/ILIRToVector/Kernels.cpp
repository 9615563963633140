//===- Kernels.cpp - The inner loops of products --------------------------===//
//
// One kernel per shape of tile, shared by all products of that shape:
//
//   kernel(weights, table of x rows, table of y rows, offset into y)
//     acc[row][panel][product] = 0            (or what y holds: chained products)
//     for k: acc += x[row][k] * weights[panel][k][product]
//     y[row][product][panel] = acc
//
// Weights in bf16 lie in pairs of k: a lane of 32 bits holds the weights of two terms of
// the same unit, the earlier one below. Widening is a shift of one and a mask of the other,
// and exact, so the sums are those of the rounded weights in f32. The last k of an odd
// number stands alone.
//
// Rows in bf16 are read in the same pairs. Where the target has an instruction for it,
// a pair of x times a pair of weights is added to a sum at once; elsewhere both are widened.
// The instruction adds the later term first, each with one rounding, so that is the order
// everywhere. It takes denormals for zero, and makes none.
//
// A tile of few rows takes more panels, never more partial sums: every sum is one
// chain over k in every kernel, so the bits do not depend on the tile.
//
// The units of a panel that do not exist are computed, from weights that are zero,
// as long as they share an instruction with one that does: the last panel has the
// shortest vectors that hold its units. They are never stored.
//===----------------------------------------------------------------------===//
#include "Emitter.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace cortex;

std::string KernelShape::name() const {
  std::string s;
  llvm::raw_string_ostream os(s);
  os << "product_k" << k << "_w" << width << "_n" << valid << "_r" << rows << "_p" << panels << "_s" << panelStride
     << "_x" << xStride << "_y" << yStride;
  if (tail)
    os << "_tail" << tail;
  if (accumulate)
    os << "_chained";
  if (bf16)
    os << (rounded ? "_bf16x2" : "_bf16");
  return s;
}

/// Lanes of 32 bits that hold two bf16 each: the lower ones as f32.
static Value widenLow(OpBuilder &b, Location loc, Value pairs, VectorType type) {
  Value bits = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(cast<ShapedType>(pairs.getType()), 16U));
  return arith::BitcastOp::create(b, loc, type, arith::ShLIOp::create(b, loc, pairs, bits));
}

/// The upper ones.
static Value widenHigh(OpBuilder &b, Location loc, Value pairs, VectorType type) {
  Value mask =
      arith::ConstantOp::create(b, loc, DenseElementsAttr::get(cast<ShapedType>(pairs.getType()), 0xffff0000U));
  return arith::BitcastOp::create(b, loc, type, arith::AndIOp::create(b, loc, pairs, mask));
}

/// sums + the pairs' two products, by the instruction. Pairs are vectors of 32-bit lanes.
static Value dotPairs(OpBuilder &b, Location loc, Value sums, Value xs, Value ws) {
  const int64_t count = cast<VectorType>(sums.getType()).getNumElements();
  auto pairs = VectorType::get({2 * count}, b.getBF16Type());
  auto name = b.getStringAttr("llvm.x86.avx512bf16.dpbf16ps." + Twine(32 * count));
  auto halves = [&](Value v) -> Value { return LLVM::BitcastOp::create(b, loc, pairs, v); };
  return LLVM::CallIntrinsicOp::create(b, loc, sums.getType(), name, ValueRange{sums, halves(xs), halves(ws)})
      .getResult(0);
}

func::FuncOp Emitter::kernel(const KernelShape &shape) {
  func::FuncOp &f = kernels[shape.name()];
  if (f)
    return f;
  OpBuilder top = OpBuilder::atBlockBegin(module.getBody());
  f = func::FuncOp::create(top, loc, shape.name(), top.getFunctionType({ptr, ptr, ptr, top.getIndexType()}, {}));
  f.setPrivate();
  f->setAttr("passthrough", top.getStrArrayAttr({"noinline", "nounwind"}));
  emitKernelBody(f, shape);
  ++numKernels;
  numDots += shape.rounded && dots;
  mostSums = std::max<unsigned>(mostSums, shape.rows * shape.panels * shape.valid);
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

  // The last panel's vectors: a power of two of at least 128 bits.
  const int64_t tailLanes =
      s.tail ? std::min<int64_t>(lanes, std::max<int64_t>(llvm::PowerOf2Ceil(s.tail), 16 / elementBytes)) : lanes;
  auto typeOf = [&](int64_t p) { return p + 1 == s.panels ? VectorType::get({tailLanes}, element) : vectorType; };
  auto zeroOf = [&](int64_t p) -> Value { return arith::ConstantOp::create(k, loc, k.getZeroAttr(typeOf(p))); };
  Value mask;
  if (s.tail % tailLanes)
    mask = vector::ConstantMaskOp::create(k, loc, VectorType::get({tailLanes}, k.getI1Type()), {s.tail});
  auto maskOf = [&](int64_t p) { return p + 1 == s.panels ? mask : Value(); };

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
      acc.push_back(zeroOf(p));
    else if (Value m = maskOf(p))
      acc.push_back(LLVM::MaskedLoadOp::create(k, loc, typeOf(p), place(r, p, n), m, zeroOf(p), align, UnitAttr()));
    else
      acc.push_back(LLVM::LoadOp::create(k, loc, typeOf(p), place(r, p, n), elementBytes));
  });

  // One step: `terms` consecutive k from `step` * terms on.
  const int64_t terms = s.bf16 ? 2 : 1;
  Type stored = s.bf16 ? k.getI32Type() : element; // of a lane's weights, which all terms of a step share
  using Terms = SmallVector<Value, 2>;
  const bool byDots = s.rounded && dots; // a term is a pair then
  auto widened = [&](Value pairs, int64_t numTerms, VectorType type) {
    Terms terms{widenLow(k, loc, pairs, type)};
    if (numTerms > 1)
      terms.push_back(widenHigh(k, loc, pairs, type));
    if (s.rounded)
      std::reverse(terms.begin(), terms.end());
    return terms;
  };
  // Two bf16 of a row, or one, as 32 bits.
  auto loadPair = [&](Value x, int64_t numTerms) -> Value {
    if (numTerms == 2 && s.xStride == 1)
      return LLVM::LoadOp::create(k, loc, k.getI32Type(), x, 2);
    auto half = [&](int64_t t) -> Value {
      Value one = LLVM::LoadOp::create(k, loc, k.getI16Type(), gep(k.getI16Type(), x, t * s.xStride), 2);
      return arith::ExtUIOp::create(k, loc, k.getI32Type(), one);
    };
    Value pair = half(0);
    if (numTerms == 2) {
      Value bits = arith::ConstantOp::create(k, loc, k.getI32IntegerAttr(16));
      pair = arith::OrIOp::create(k, loc, pair, arith::ShLIOp::create(k, loc, half(1), bits));
    }
    return pair;
  };
  auto advance = [&](Value step, int64_t numTerms, ValueRange sums) {
    Value w = dynamicGep(stored, weights, arith::MulIOp::create(k, loc, step, constantIndex(s.width * lanes)));
    Value xi = arith::MulIOp::create(k, loc, step, constantIndex(terms * s.xStride));
    auto weight = [&](int64_t p, int64_t n) -> Terms {
      const int64_t count = typeOf(p).getNumElements();
      Value all = LLVM::LoadOp::create(k, loc, VectorType::get({count}, stored),
                                       gep(stored, w, (p * s.panelStride / terms) + (n * lanes)), elementBytes);
      return s.bf16 && !byDots ? widened(all, numTerms, typeOf(p)) : Terms{all};
    };
    // The row's elements in all lanes: of a full panel, and of the last.
    using Wide = std::pair<Terms, Terms>;
    auto broadcastPair = [&](int64_t r) -> Wide {
      Value pair = loadPair(dynamicGep(k.getI16Type(), x[r], xi), numTerms);
      auto of = [&](VectorType type) {
        auto words = VectorType::get(type.getShape(), k.getI32Type());
        Value all = vector::BroadcastOp::create(k, loc, words, pair);
        return byDots ? Terms{all} : widened(all, numTerms, type);
      };
      Terms last = of(typeOf(s.panels - 1));
      return {s.panels == 1 || tailLanes == lanes ? last : of(vectorType), last};
    };
    auto broadcast = [&](int64_t r) -> Wide {
      if (s.rounded)
        return broadcastPair(r);
      Wide wide;
      for (int64_t t = 0; t < numTerms; ++t) {
        Value one = LLVM::LoadOp::create(k, loc, element, gep(element, dynamicGep(element, x[r], xi), t * s.xStride),
                                         elementBytes);
        wide.second.push_back(vector::BroadcastOp::create(k, loc, typeOf(s.panels - 1), one));
        wide.first.push_back(s.panels == 1 || tailLanes == lanes
                                 ? wide.second.back()
                                 : Value(vector::BroadcastOp::create(k, loc, vectorType, one)));
      }
      return wide;
    };
    auto ofPanel = [&](const Wide &x, int64_t p) -> const Terms & { return p + 1 == s.panels ? x.second : x.first; };
    SmallVector<Value> next(sums);
    auto sum = [&](int64_t r, int64_t p, int64_t n, const Terms &xs, const Terms &ws) {
      Value &acc = next[(((r * s.panels) + p) * s.valid) + n];
      for (auto [xv, wv] : llvm::zip(xs, ws))
        acc = byDots ? dotPairs(k, loc, acc, xv, wv) : Value(math::FmaOp::create(k, loc, xv, wv, acc));
    };
    // The fewer operands stay in registers, the others come one at a time.
    if (s.rows < s.panels * s.valid) {
      SmallVector<Wide> wide;
      for (int64_t r = 0; r < s.rows; ++r)
        wide.push_back(broadcast(r));
      for (int64_t p = 0; p < s.panels; ++p)
        for (int64_t n = 0; n < s.valid; ++n) {
          const Terms ws = weight(p, n);
          for (int64_t r = 0; r < s.rows; ++r)
            sum(r, p, n, ofPanel(wide[r], p), ws);
        }
    } else {
      SmallVector<Terms> held;
      for (int64_t p = 0; p < s.panels; ++p)
        for (int64_t n = 0; n < s.valid; ++n)
          held.push_back(weight(p, n));
      for (int64_t r = 0; r < s.rows; ++r) {
        const Wide xs = broadcast(r);
        for (int64_t p = 0; p < s.panels; ++p)
          for (int64_t n = 0; n < s.valid; ++n)
            sum(r, p, n, ofPanel(xs, p), held[(p * s.valid) + n]);
      }
    }
    return next;
  };
  auto loop = scf::ForOp::create(k, loc, constantIndex(0), constantIndex(s.k / terms), constantIndex(1), acc);
  {
    OpBuilder::InsertionGuard guard(k);
    k.setInsertionPointToStart(loop.getBody());
    scf::YieldOp::create(k, loc, advance(loop.getInductionVar(), terms, loop.getRegionIterArgs()));
  }
  SmallVector<Value> sums(loop.getResults());
  if (s.k % terms)
    sums = advance(constantIndex(s.k / terms), 1, sums);
  unsigned at = 0;
  each([&](int64_t r, int64_t p, int64_t n) {
    Value value = sums[at++];
    if (Value m = maskOf(p))
      LLVM::MaskedStoreOp::create(k, loc, value, place(r, p, n), m, align);
    else
      LLVM::StoreOp::create(k, loc, value, place(r, p, n), elementBytes);
  });
  func::ReturnOp::create(k, loc);
}
