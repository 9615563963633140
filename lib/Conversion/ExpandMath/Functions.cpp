//===- Functions.cpp - exp, log, tanh, sigmoid and erf as arithmetic ------===//
//
// How each function is computed (s = 2^n, ln2 split in two so that n times its
// high part is exact):
//
//   exp      x = n ln2 + r, |r| <= ln2/2;   s (1 + r + r^2 q(r))
//   sigmoid  1 / (1 + exp(-x)), the sum in one rounding
//   tanh     v = expm1(2|x|) / 2 = s (r + ..) + (s - 1) / 2;   v / (v + 1)
//   erf      |x| < 1: x p(x^2);   else 1 - exp(-g(|x|)), g = -log erfc
//   log      x = 2^e (1 + f), sqrt(1/2) <= 1 + f < sqrt(2);
//            e ln2 + f - f^2/2 + f^3 R(f)
//
// n is found by adding 1.5 * 2^23 (2^52 for f64): the sum's low bits are then n,
// rounded to nearest, and shifted up they are the exponent field of 2^n. The
// polynomials are minimax fits (Remez) of the relative error.
//
// Clamps are compare-and-select with the bound as the first operand: that is
// one min or max instruction, and lets a NaN through.
//===----------------------------------------------------------------------===//
#include "cortex/Conversion/ExpandMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinTypes.h"

#include <limits>

using namespace mlir;

namespace {

using Coefficients = ArrayRef<double>; // of x^0, x^1, ...

// (e^r - 1 - r) / r^2 on |r| <= ln2 / 2: relative error of e^r 1.1e-7 and 3.6e-18.
constexpr double kExpF32[] = {0.49999230313823174, 0.1666711537632425, 0.041890331057178387, 0.0083125029854429149};
constexpr double kExpF64[] = {0.50000000000000106686,   0.16666666666666411463,   0.04166666666652972698,
                              0.0083333333334949996009, 0.0013888888943760615528, 0.00019841269505731415133,
                              2.4801492948810906047e-5, 2.7557586839428779397e-6, 2.7630306567600916872e-7,
                              2.5000007919374292283e-8};

// The same with the error relative to 2^n e^r - 1, n >= 0: 1.2e-8 and 1.6e-17.
constexpr double kExpm1F32[] = {0.50000003334090159, 0.16666524602451773, 0.041666369626031451, 0.0083683310449680775,
                                0.0013913518504328765};
constexpr double kExpm1F64[] = {0.50000000000000050681,   0.16666666666666764532,   0.041666666666568617702,
                                0.0083333333333108374471, 0.0013888888934816769581, 0.0001984126983845408938,
                                2.4801501311424680383e-5, 2.7557334534841172054e-6, 2.7627563770854439221e-7,
                                2.5068706338809053343e-8};

// (log(1 + f) - f + f^2/2) / f^3: relative error of log(1 + f) 5.8e-9 and 9.1e-18.
constexpr double kLogF32[] = {0.33333331706702271, -0.25000820994147353, 0.20001227021754813, -0.16623358254839163,
                              0.14201753916205153, -0.13160172537582599, 0.12761606709076624, -0.076345564259236283};
constexpr double kLogF64[] = {
    0.33333333333333143394,  -0.24999999999987955352,  0.20000000000066712394,  -0.16666666669830686055,
    0.1428571428008573621,   -0.12499999691031865732,  0.11111111147471422737,  -0.10000015223649211049,
    0.090909239492692331026, -0.083329131413688946926, 0.076915290999875162736, -0.071494444572411999452,
    0.066846018675266354658, -0.061966499976480900393, 0.056682703854337133826, -0.056778057650358461723,
    0.065038413729468180621, -0.059820088111700711236, 0.026150935948550681999};

// erf(x) / x in x^2 on |x| <= 1: relative error 1.2e-9 and 7.3e-18.
constexpr double kErfSmallF32[] = {1.1283791657295583,    -0.37612625837030278,  0.11283585251128718,
                                   -0.026853814862742883, 0.0051883311838593283, -0.00080102095157139328,
                                   7.8538729754703247e-5};
constexpr double kErfSmallF64[] = {1.1283791670955125657,     -0.37612638903183519542,   0.11283791670944184698,
                                   -0.026866170643111458736,  0.0052239776061183930986,  -0.0008548325929310456537,
                                   0.0001205529357677746814,  -1.4924712299609982826e-5, 1.644713154126248768e-6,
                                   -1.6206313525190639982e-7, 1.3710979372067498806e-8,  -7.779466538474252376e-10};

// -log(erfc(x)) on [1, 4] and [1, 6]: relative error of erf(x) 1.1e-9 and 6.8e-18.
constexpr double kErfLargeF32[] = {0.00034152524395337489, 1.1270891806127786,    0.638144849572975,
                                   0.10310673914246812,    -0.021838056177824657, 0.0029476562273917999,
                                   -0.00018637896778031102};
constexpr double kErfLargeF64[] = {5.0289397580275253638e-7,  1.1283740890558704367,      0.63664362994102388738,
                                   0.10270343448594935736,    -0.018990169417924118602,   -0.00041064089512184414313,
                                   0.0019159569735538740378,  -0.00077065435915604133542, 0.00013505755081817629624,
                                   2.0263007595050946413e-5,  -2.2821039525313437341e-5,  8.66670570192257666e-6,
                                   -2.1355662291015201391e-6, 3.7328238403495143207e-7,   -4.6420116437781251873e-8,
                                   3.9340019363709977825e-9,  -2.0448157352399165247e-10, 4.9282360629840869173e-12};

constexpr double kLog2E = 1.4426950408889634074;

/// Emits operations on values of one floating-point type or vectors of it.
class Emitter {
public:
  Emitter(OpBuilder &builder, Location loc, Type type) : builder(builder), loc(loc), type(type) {
    Type element = getElementTypeOrSelf(type);
    assert((element.isF32() || element.isF64()) && "elementary functions are defined on f32 and f64");
    isF64 = element.isF64();
    intType = builder.getIntegerType(isF64 ? 64 : 32);
    if (auto shaped = dyn_cast<ShapedType>(type))
      intType = shaped.clone(intType);
    mantissaBits = isF64 ? 52 : 23;
    bias = isF64 ? 1023 : 127;
    magic = isF64 ? 0x1.8p52 : 0x1.8p23;
    ln2High = isF64 ? 6.93147180369123816490e-01 : 0.693359375;
    ln2Low = isF64 ? 1.90821492927058770002e-10 : -2.12194440054690583e-4;
  }

  Value constant(double v) {
    Type element = getElementTypeOrSelf(type);
    TypedAttr attr = builder.getFloatAttr(element, v);
    if (auto shaped = dyn_cast<ShapedType>(type))
      attr = DenseElementsAttr::get(shaped, Attribute(attr));
    return arith::ConstantOp::create(builder, loc, attr);
  }
  Value bits(int64_t v) {
    TypedAttr attr = builder.getIntegerAttr(getElementTypeOrSelf(intType), v);
    if (auto shaped = dyn_cast<ShapedType>(intType))
      attr = DenseElementsAttr::get(shaped, Attribute(attr));
    return arith::ConstantOp::create(builder, loc, attr);
  }

  Value add(Value a, Value b) { return arith::AddFOp::create(builder, loc, a, b); }
  Value sub(Value a, Value b) { return arith::SubFOp::create(builder, loc, a, b); }
  Value mul(Value a, Value b) { return arith::MulFOp::create(builder, loc, a, b); }
  Value div(Value a, Value b) { return arith::DivFOp::create(builder, loc, a, b); }
  Value fma(Value a, Value b, Value c) { return math::FmaOp::create(builder, loc, a, b, c); }
  Value abs(Value a) { return math::AbsFOp::create(builder, loc, a); }
  Value copysign(Value a, Value sign) { return math::CopySignOp::create(builder, loc, a, sign); }
  Value less(Value a, Value b) { return compare(arith::CmpFPredicate::OLT, a, b); }
  Value compare(arith::CmpFPredicate p, Value a, Value b) { return arith::CmpFOp::create(builder, loc, p, a, b); }
  Value select(Value c, Value a, Value b) { return arith::SelectOp::create(builder, loc, c, a, b); }
  Value toBits(Value a) { return arith::BitcastOp::create(builder, loc, intType, a); }
  Value fromBits(Value a) { return arith::BitcastOp::create(builder, loc, type, a); }

  Value atMost(Value x, double bound) {
    Value b = constant(bound);
    return select(less(b, x), b, x);
  }
  Value atLeast(Value x, double bound) {
    Value b = constant(bound);
    return select(less(x, b), b, x);
  }

  /// Horner's rule; coefficient i is multiplied by scale * ratio^i.
  Value polynomial(Coefficients c, Value x, double scale = 1, double ratio = 1) {
    SmallVector<double> scaled;
    for (double v : c) {
      scaled.push_back(v * scale);
      scale *= ratio;
    }
    Value sum = constant(scaled.back());
    for (double v : llvm::reverse(ArrayRef(scaled).drop_back()))
      sum = fma(sum, x, constant(v));
    return sum;
  }

  /// sign * x = n * ln2 * `ln2Multiple` + sign * rest, n the nearest whole number,
  /// `sign` 1 or -1 and `ln2Multiple` a power of two. The low bits of `biased`
  /// are n + shift + bias.
  struct Reduced {
    Value biased, rest;
  };
  Reduced reduce(Value x, double sign, double ln2Multiple, int64_t shift) {
    double offset = magic + static_cast<double>(bias + shift);
    Value biased = fma(x, constant(sign * kLog2E / ln2Multiple), constant(offset));
    Value n = sub(biased, constant(offset));
    Value rest = fma(n, constant(-sign * ln2Multiple * ln2High), x);
    rest = fma(n, constant(-sign * ln2Multiple * ln2Low), rest);
    return {biased, rest};
  }
  /// 2^(n + shift), from the low bits of Reduced::biased.
  Value powerOfTwo(Value biased) {
    return fromBits(arith::ShLIOp::create(builder, loc, toBits(biased), bits(mantissaBits)));
  }
  /// factor * e^(sign * rest).
  Value expOfRest(Value rest, double sign, double factor) {
    SmallVector<double> c = {1.0, 1.0};
    llvm::append_range(c, isF64 ? Coefficients(kExpF64) : Coefficients(kExpF32));
    return polynomial(c, rest, factor, sign);
  }

  /// e^x of x <= the overflow bound, down to the subnormal numbers of f64; f32
  /// gives 0 below 2^-125. The factor 2 in the polynomial keeps the scale finite
  /// for the largest results.
  Value expOfClamped(Value x) {
    if (!isF64) {
      auto [biased, rest] = reduce(x, 1, 1, -1);
      return mul(expOfRest(rest, 1, 2), powerOfTwo(biased));
    }
    // Two scales, of which the second is 1 but for subnormal results, where it rounds once.
    auto [biased, rest] = reduce(x, 1, 1, -1);
    Value normal = atLeast(biased, magic + 1);
    Value excess = add(sub(biased, normal), constant(magic + static_cast<double>(bias)));
    Value scaled = mul(expOfRest(rest, 1, 2), powerOfTwo(normal));
    return mul(scaled, powerOfTwo(excess));
  }

  bool isF64;
  int64_t mantissaBits, bias;
  double magic, ln2High, ln2Low;

  OpBuilder &builder;
  Location loc;
  Type type, intType;
};

} // namespace

Value cortex::emitExp(OpBuilder &builder, Location loc, Value x) {
  Emitter e(builder, loc, x.getType());
  // At the lower bound the exponent field is 0 and with it the f32 result.
  x = e.atMost(x, e.isF64 ? 709.8 : 89.0);
  x = e.atLeast(x, e.isF64 ? -746.0 : -87.5);
  return e.expOfClamped(x);
}

Value cortex::emitSigmoid(OpBuilder &builder, Location loc, Value x) {
  Emitter e(builder, loc, x.getType());
  if (!e.isF64) {
    // The signs in the constants make it exp(-x) at no cost.
    x = e.atLeast(e.atMost(x, 87.5), -89.0);
    auto [biased, rest] = e.reduce(x, -1, 1, -1);
    return e.div(e.constant(1), e.fma(e.expOfRest(rest, -1, 2), e.powerOfTwo(biased), e.constant(1)));
  }
  // exp(-|x|) never overflows, so that small results keep their bits.
  Value magnitude = e.atMost(e.abs(x), 746.0);
  Value power = e.expOfClamped(arith::NegFOp::create(builder, loc, magnitude));
  Value numerator = e.select(e.less(x, e.constant(0)), power, e.constant(1));
  return e.div(numerator, e.add(power, e.constant(1)));
}

Value cortex::emitTanh(OpBuilder &builder, Location loc, Value x) {
  Emitter e(builder, loc, x.getType());
  Coefficients c = e.isF64 ? Coefficients(kExpm1F64) : Coefficients(kExpm1F32);
  // From the bound on, v / (v + 1) is exactly 1.
  Value a = e.atMost(e.abs(x), e.isF64 ? 20.0 : 10.0);
  // Halves throughout: 2a = n ln2 + 2 rest, v = expm1(2a) / 2.
  auto [biased, rest] = e.reduce(a, 1, 0.5, 0);
  Value scale = e.powerOfTwo(biased);
  Value series = e.fma(e.mul(rest, rest), e.polynomial(c, rest, 2, 2), rest);
  Value v = e.fma(scale, series, e.fma(scale, e.constant(0.5), e.constant(-0.5)));
  return e.copysign(e.div(v, e.add(v, e.constant(1))), x);
}

Value cortex::emitErf(OpBuilder &builder, Location loc, Value x) {
  Emitter e(builder, loc, x.getType());
  Coefficients small = e.isF64 ? Coefficients(kErfSmallF64) : Coefficients(kErfSmallF32);
  Coefficients large = e.isF64 ? Coefficients(kErfLargeF64) : Coefficients(kErfLargeF32);
  Value magnitude = e.abs(x);
  Value nearZero = e.mul(x, e.polynomial(small, e.mul(x, x)));
  // 1 - exp(-g); from the bound on, exactly 1.
  Value g = e.polynomial(large, e.atMost(magnitude, e.isF64 ? 6.0 : 4.0));
  auto [biased, rest] = e.reduce(g, -1, 1, 0);
  Value tail = e.fma(e.expOfRest(rest, -1, -1), e.powerOfTwo(biased), e.constant(1));
  return e.select(e.less(magnitude, e.constant(1)), nearZero, e.copysign(tail, x));
}

Value cortex::emitLog(OpBuilder &builder, Location loc, Value x) {
  Emitter e(builder, loc, x.getType());
  constexpr double infinity = std::numeric_limits<double>::infinity();
  auto addi = [&](Value a, Value b) -> Value { return arith::AddIOp::create(builder, loc, a, b); };
  auto subi = [&](Value a, Value b) -> Value { return arith::SubIOp::create(builder, loc, a, b); };
  int64_t one = e.bias << e.mantissaBits;
  int64_t sqrtHalf = e.isF64 ? 0x3fe6a09e667f3bcd : 0x3f3504f3;
  int64_t exponentMask = e.isF64 ? static_cast<int64_t>(0xfff0000000000000) : static_cast<int32_t>(0xff800000);
  // A subnormal argument is scaled up; `exponentZero` takes the scale out again.
  double zero = e.magic / 1.5 + static_cast<double>(e.bias); // 2^mantissaBits + bias
  Value subnormal =
      e.less(x, e.constant(e.isF64 ? std::numeric_limits<double>::min() : std::numeric_limits<float>::min()));
  Value normal = e.select(subnormal, e.mul(x, e.constant(e.magic / 1.5)), x);
  Value exponentZero = e.select(subnormal, e.constant(zero + static_cast<double>(e.mantissaBits)), e.constant(zero));
  // Shifted so that the exponent field steps at sqrt(1/2), not at 1.
  Value u = e.toBits(normal);
  Value shifted = addi(u, e.bits(one - sqrtHalf));
  Value field = arith::ShRUIOp::create(builder, loc, shifted, e.bits(e.mantissaBits));
  Value base = e.bits((e.bias + e.mantissaBits) << e.mantissaBits); // of the number 2^mantissaBits
  Value exponent = e.sub(e.fromBits(arith::OrIOp::create(builder, loc, field, base)), exponentZero);
  Value mantissa = addi(subi(u, arith::AndIOp::create(builder, loc, shifted, e.bits(exponentMask))), e.bits(one));
  Value f = e.sub(e.fromBits(mantissa), e.constant(1));

  Value r = e.polynomial(e.isF64 ? Coefficients(kLogF64) : Coefficients(kLogF32), f);
  Value tail = e.mul(e.mul(f, f), e.fma(f, r, e.constant(-0.5)));
  tail = e.add(f, e.fma(exponent, e.constant(e.ln2Low), tail));
  Value result = e.fma(exponent, e.constant(e.ln2High), tail);

  // inf and NaN are their own logarithms; zero and below come last.
  result = e.select(e.less(x, e.constant(infinity)), result, x);
  Value special = e.select(e.compare(arith::CmpFPredicate::OEQ, x, e.constant(0)), e.constant(-infinity),
                           e.constant(std::numeric_limits<double>::quiet_NaN()));
  return e.select(e.compare(arith::CmpFPredicate::OLE, x, e.constant(0)), special, result);
}
