//===- MathFunctions.h - The expanded functions and their references ------===//
#ifndef CORTEX_UNITTESTS_TARGET_MATHFUNCTIONS_H
#define CORTEX_UNITTESTS_TARGET_MATHFUNCTIONS_H

#include "TestPrograms.h"

#include "cortex/Conversion/ExpandMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

namespace cortex::test {

struct MathFunction {
  const char *name;
  mlir::Value (*emit)(mlir::OpBuilder &, mlir::Location, mlir::Value);
  double (*ofDouble)(double);               ///< the reference of f32
  long double (*ofLongDouble)(long double); ///< the reference of f64
};

inline const MathFunction kMathFunctions[] = {
    {"exp", emitExp, [](double x) { return std::exp(x); }, [](long double x) { return expl(x); }},
    {"log", emitLog, [](double x) { return std::log(x); }, [](long double x) { return logl(x); }},
    {"tanh", emitTanh, [](double x) { return std::tanh(x); }, [](long double x) { return tanhl(x); }},
    {"sigmoid", emitSigmoid, [](double x) { return 1 / (1 + std::exp(-x)); },
     [](long double x) { return 1 / (1 + expl(-x)); }},
    {"erf", emitErf, [](double x) { return std::erf(x); }, [](long double x) { return erfl(x); }},
};

/// What the processor has instructions for, and IEEE says how to round.
inline const MathFunction kRoundedFunctions[] = {
    {"sqrt",
     [](mlir::OpBuilder &b, mlir::Location loc, mlir::Value x) -> mlir::Value {
       return mlir::math::SqrtOp::create(b, loc, x);
     },
     [](double x) { return std::sqrt(x); }, [](long double x) { return sqrtl(x); }},
    {"reciprocal",
     [](mlir::OpBuilder &b, mlir::Location loc, mlir::Value x) -> mlir::Value {
       mlir::TypedAttr one = b.getFloatAttr(mlir::getElementTypeOrSelf(x), 1);
       if (auto vector = mlir::dyn_cast<mlir::VectorType>(x.getType()))
         one = mlir::DenseElementsAttr::get(vector, mlir::Attribute(one));
       return mlir::arith::DivFOp::create(b, loc, mlir::arith::ConstantOp::create(b, loc, one), x);
     },
     [](double x) { return 1 / x; }, [](long double x) { return 1 / x; }},
};

/// Runs a program of compileElementwise.
template <typename T> void apply(const JITProgram &program, const std::vector<T> &in, std::vector<T> &out) {
  out.resize(in.size());
  uint64_t frame[] = {reinterpret_cast<uint64_t>(in.data()), reinterpret_cast<uint64_t>(out.data()), in.size()};
  program.entry()->run(frame, 0, 1);
}

/// A compiled function of T, `lanes` at a time (0: scalars).
template <typename T>
std::unique_ptr<JITProgram> compileFunction(const MathFunction &f, unsigned lanes, const TargetSpec &target) {
  auto program = compileElementwise(f.emit, sizeof(T) == 8, lanes, target);
  if (!program)
    throw std::runtime_error(llvm::toString(program.takeError()));
  auto jit = JITProgram::create(*program);
  if (!jit)
    throw std::runtime_error(llvm::toString(jit.takeError()));
  return std::move(*jit);
}

} // namespace cortex::test
#endif // CORTEX_UNITTESTS_TARGET_MATHFUNCTIONS_H
