//===- TensorOps.cpp - What each element of a tensor is made of -----------===//
#include "NestCode.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;

namespace cortex::interleaved {

Shape shapeOf(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? Shape(type.getShape().begin(), type.getShape().end()) : Shape();
}

int64_t countOf(ArrayRef<int64_t> shape) {
  int64_t n = 1;
  for (int64_t extent : shape)
    n *= extent;
  return n;
}

int64_t linear(ArrayRef<int64_t> shape, ArrayRef<int64_t> position) {
  int64_t at = 0;
  for (auto [extent, i] : llvm::zip_equal(shape, position))
    at = at * extent + i;
  return at;
}

void forEachPosition(ArrayRef<int64_t> shape, function_ref<void(ArrayRef<int64_t>)> f) {
  Shape position(shape.size(), 0);
  for (int64_t i = 0, n = countOf(shape); i < n; ++i) {
    f(position);
    for (size_t d = shape.size(); d-- > 0;) {
      if (++position[d] < shape[d])
        break;
      position[d] = 0;
    }
  }
}

//===----------------------------------------------------------------------===//
// Elementwise functions
//===----------------------------------------------------------------------===//

double maximum(double x, double y) {
  return std::isnan(x) || std::isnan(y) ? x + y : std::max(x, y);
}
double minimum(double x, double y) {
  return std::isnan(x) || std::isnan(y) ? x + y : std::min(x, y);
}

/// The nearest number of 8 significant bits, ties to even.
static double nearestBF16(double x) {
  int exponent = 0;
  std::frexp(x, &exponent);
  return std::isfinite(x) ? std::ldexp(std::nearbyint(std::ldexp(x, 8 - exponent)), exponent - 8) : x;
}

namespace {

using Function = std::function<double(double, double, double)>;

Function one(double (*f)(double)) {
  return [f](double x, double, double) { return f(x); };
}
Function two(double (*f)(double, double)) {
  return [f](double x, double y, double) { return f(x, y); };
}

/// In the order of the predicates, for which relations they hold: 1 equal, 2 greater, 4 less, 8 unordered.
constexpr int kHoldsFor[] = {0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 8, 15};
static_assert(static_cast<int>(arith::CmpFPredicate::OLE) == 5 && static_cast<int>(arith::CmpFPredicate::UNE) == 13 &&
              static_cast<int>(arith::CmpFPredicate::UNO) == 14);

Function compare(arith::CmpFPredicate predicate) {
  return [holds = kHoldsFor[static_cast<int>(predicate)]](double x, double y, double) {
    const int relation = x == y ? 1 : x > y ? 2 : x < y ? 4 : 8;
    return holds & relation ? 1.0 : 0.0;
  };
}

Function functionOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, Function>(op)
      .Case<arith::AddFOp>([](auto) { return two([](double x, double y) { return x + y; }); })
      .Case<arith::SubFOp>([](auto) { return two([](double x, double y) { return x - y; }); })
      .Case<arith::MulFOp>([](auto) { return two([](double x, double y) { return x * y; }); })
      .Case<arith::DivFOp>([](auto) { return two([](double x, double y) { return x / y; }); })
      .Case<arith::MaximumFOp>([](auto) { return two(maximum); })
      .Case<arith::MinimumFOp>([](auto) { return two(minimum); })
      .Case<arith::TruncFOp>([](auto) { return one(nearestBF16); })
      .Case<arith::NegFOp>([](auto) { return one([](double x) { return -x; }); })
      .Case<arith::CmpFOp>([](arith::CmpFOp cmp) { return compare(cmp.getPredicate()); })
      .Case<arith::SelectOp>([](auto) { return [](double c, double x, double y) { return c != 0 ? x : y; }; })
      .Case<math::ExpOp>([](auto) { return one(std::exp); })
      .Case<math::LogOp>([](auto) { return one(std::log); })
      .Case<math::TanhOp>([](auto) { return one(std::tanh); })
      .Case<math::ErfOp>([](auto) { return one(std::erf); })
      .Case<math::SqrtOp>([](auto) { return one(std::sqrt); })
      .Case<math::AbsFOp>([](auto) { return one(std::fabs); })
      .Case<math::FmaOp>([](auto) { return [](double x, double y, double z) { return std::fma(x, y, z); }; })
      .Case<ra::SigmoidOp>([](auto) { return one([](double x) { return 1 / (1 + std::exp(-x)); }); })
      .Default([](auto) { return Function(); });
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

/// Fills a table row by row, in the order of the result's elements.
class TableWriter {
public:
  TableWriter(Instruction &instruction, ArrayRef<int32_t> operands) : to(instruction), operands(operands) {
    to.first.assign(1, 0);
  }
  void add(unsigned operand, int64_t element) {
    to.sources.push_back({operands[operand], static_cast<int32_t>(element)});
  }
  void close() { to.first.push_back(to.sources.size()); }

  /// Every element of `shape` is copied from the element of operand 0 that `from` gives.
  void copy(ArrayRef<int64_t> shape, function_ref<int64_t(ArrayRef<int64_t>)> from) {
    to.kind = Instruction::Copy;
    forEachPosition(shape, [&](ArrayRef<int64_t> position) {
      add(0, from(position));
      close();
    });
  }

private:
  Instruction &to;
  ArrayRef<int32_t> operands;
};

/// The entries of `all` that do not belong to `dims`.
Shape without(ArrayRef<int64_t> all, ArrayRef<int64_t> dims) {
  Shape result;
  for (auto [d, x] : llvm::enumerate(all))
    if (!llvm::is_contained(dims, static_cast<int64_t>(d)))
      result.push_back(x);
  return result;
}

void readElementwise(Operation *op, TableWriter &table) {
  SmallVector<bool> scalar; // a select's condition may be one for all
  for (Value operand : op->getOperands())
    scalar.push_back(countOf(shapeOf(operand)) == 1);
  for (int64_t i = 0, n = countOf(shapeOf(op->getResult(0))); i < n; ++i) {
    for (unsigned k = 0; k < op->getNumOperands(); ++k)
      table.add(k, scalar[k] ? 0 : i);
    table.close();
  }
}

void readReduce(linalg::ReduceOp op, TableWriter &table, Instruction &to) {
  to.kind = Instruction::Fold;
  to.function = functionOf(&op.getCombiner().front().front());
  const Shape in = shapeOf(op.getInputs()[0]), out = shapeOf(op.getResult(0));
  Shape reduced, at(in.size());
  for (int64_t d : op.getDimensions())
    reduced.push_back(in[d]);
  forEachPosition(out, [&](ArrayRef<int64_t> kept) {
    table.add(1, linear(out, kept));
    for (size_t d = 0, k = 0; d < in.size(); ++d)
      if (!llvm::is_contained(op.getDimensions(), static_cast<int64_t>(d)))
        at[d] = kept[k++];
    forEachPosition(reduced, [&](ArrayRef<int64_t> position) {
      for (auto [d, i] : llvm::zip_equal(op.getDimensions(), position))
        at[d] = i;
      table.add(0, linear(in, at));
    });
    table.close();
  });
}

void readContract(linalg::ContractOp op, TableWriter &table, Instruction &to) {
  to.kind = Instruction::Dot;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  const SmallVector<int64_t> extents = op.getStaticLoopRanges();
  std::vector<Shape> dims(3); // of each operand: the loop that runs along each dimension
  for (unsigned k = 0; k < 3; ++k)
    for (AffineExpr e : maps[k].getResults())
      dims[k].push_back(cast<AffineDimExpr>(e).getPosition());
  Shape loops(extents.size()), summed, summedExtents;
  for (auto [d, extent] : llvm::enumerate(extents))
    if (!llvm::is_contained(dims[2], static_cast<int64_t>(d))) {
      summed.push_back(static_cast<int64_t>(d));
      summedExtents.push_back(extent);
    }
  const std::vector<Shape> shapes{shapeOf(op->getOperand(0)), shapeOf(op->getOperand(1)), shapeOf(op->getOperand(2))};
  auto elementOf = [&](unsigned k) {
    int64_t at = 0;
    for (auto [extent, d] : llvm::zip_equal(shapes[k], dims[k]))
      at = at * extent + loops[d];
    return at;
  };
  forEachPosition(shapeOf(op->getResult(0)), [&](ArrayRef<int64_t> position) {
    for (auto [d, i] : llvm::zip(dims[2], position))
      loops[d] = i;
    table.add(2, elementOf(2));
    forEachPosition(summedExtents, [&](ArrayRef<int64_t> term) {
      for (auto [d, i] : llvm::zip(summed, term))
        loops[d] = i;
      table.add(0, elementOf(0));
      table.add(1, elementOf(1));
    });
    table.close();
  });
}

/// The positions of a slice in the tensor it is cut from, dropped dimensions included.
template <typename Slice> Shape inWhole(Slice slice, ArrayRef<int64_t> position) {
  Shape at;
  for (auto [offset, stride, i] : llvm::zip_equal(slice.getStaticOffsets(), slice.getStaticStrides(), position))
    at.push_back(offset + stride * i);
  return at;
}

void readInsert(tensor::InsertSliceOp op, TableWriter &table, Instruction &to) {
  to.kind = Instruction::Copy;
  Shape whole = shapeOf(op.getDest());
  std::map<int64_t, int64_t> inserted; // element of the whole -> of the slice
  forEachPosition(op.getStaticSizes(), [&](ArrayRef<int64_t> position) {
    const auto next = static_cast<int64_t>(inserted.size());
    inserted[linear(whole, inWhole(op, position))] = next;
  });
  for (int64_t i = 0, n = countOf(whole); i < n; ++i) {
    auto it = inserted.find(i);
    it == inserted.end() ? table.add(1, i) : table.add(0, it->second);
    table.close();
  }
}

void readConcat(tensor::ConcatOp op, TableWriter &table, Instruction &to) {
  to.kind = Instruction::Copy;
  forEachPosition(shapeOf(op.getResult()), [&](ArrayRef<int64_t> position) {
    Shape at(position);
    unsigned k = 0;
    for (; at[op.getDim()] >= shapeOf(op.getInputs()[k])[op.getDim()]; ++k)
      at[op.getDim()] -= shapeOf(op.getInputs()[k])[op.getDim()];
    table.add(k, linear(shapeOf(op.getInputs()[k]), at));
    table.close();
  });
}

void readConstant(arith::ConstantOp op, Instruction &to) {
  to.kind = Instruction::Constant;
  if (auto scalar = dyn_cast<FloatAttr>(op.getValue()))
    to.values.push_back(scalar.getValueAsDouble());
  else
    for (const llvm::APFloat &value : cast<DenseFPElementsAttr>(op.getValue()).getValues<llvm::APFloat>())
      to.values.push_back(FloatAttr::getValueAsDouble(value));
}

} // namespace

bool readTensorOp(Operation *op, ArrayRef<int32_t> operands, Instruction &to) {
  TableWriter table(to, operands);
  if (Function f = functionOf(op)) {
    to.kind = Instruction::Map;
    to.function = std::move(f);
    readElementwise(op, table);
  } else if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    readConstant(constant, to);
  } else if (isa<tensor::EmptyOp>(op)) {
    to.kind = Instruction::Undefined;
  } else if (auto reduce = dyn_cast<linalg::ReduceOp>(op)) {
    readReduce(reduce, table, to);
  } else if (auto contract = dyn_cast<linalg::ContractOp>(op)) {
    readContract(contract, table, to);
  } else if (auto insert = dyn_cast<tensor::InsertSliceOp>(op)) {
    readInsert(insert, table, to);
  } else if (auto concat = dyn_cast<tensor::ConcatOp>(op)) {
    readConcat(concat, table, to);
  } else if (op->getNumResults() == 1 && op->getNumOperands() > 0) {
    const Shape in = shapeOf(op->getOperand(0)), out = shapeOf(op->getResult(0));
    if (auto broadcast = dyn_cast<linalg::BroadcastOp>(op)) {
      table.copy(out, [&](ArrayRef<int64_t> p) { return linear(in, without(p, broadcast.getDimensions())); });
    } else if (auto transpose = dyn_cast<linalg::TransposeOp>(op)) {
      table.copy(out, [&](ArrayRef<int64_t> p) {
        Shape at(in.size());
        for (auto [i, from] : llvm::zip_equal(p, transpose.getPermutation()))
          at[from] = i;
        return linear(in, at);
      });
    } else if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
      table.copy(slice.getStaticSizes(), [&](ArrayRef<int64_t> p) { return linear(in, inWhole(slice, p)); });
    } else if (isa<tensor::SplatOp>(op)) {
      table.copy(out, [&](ArrayRef<int64_t>) { return 0; });
    } else if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op)) {
      table.copy(out, [&](ArrayRef<int64_t> p) { return linear(out, p); });
    } else {
      return false;
    }
  } else {
    return false;
  }
  return true;
}

} // namespace cortex::interleaved
