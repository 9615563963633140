//===- CompileTensor.cpp - Index maps of the closed list's tensor ops -----===//
#include "Code.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <algorithm>

using namespace mlir;

namespace cortex::reference {

int64_t countOf(const Dims &shape) {
  int64_t n = 1;
  for (int64_t d : shape)
    n *= d;
  return n;
}

namespace {

Dims stridesOf(const Dims &shape) {
  Dims strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

/// Calls f(position, linear index) for every position of `shape` in row-major order.
template <typename F> void forEachIndex(const Dims &shape, F f) {
  Dims position(shape.size(), 0);
  int64_t total = countOf(shape);
  for (int64_t i = 0; i < total; ++i) {
    f(position, i);
    for (size_t d = shape.size(); d-- > 0;) {
      if (++position[d] < shape[d])
        break;
      position[d] = 0;
    }
  }
}

int64_t dot(const Dims &position, const Dims &strides) {
  int64_t sum = 0;
  for (size_t i = 0; i < position.size(); ++i)
    sum += position[i] * strides[i];
  return sum;
}

/// The element of a larger tensor (`outer`) that each element of a slice of it is.
std::vector<int32_t> sliceIndex(const Dims &outer, ArrayRef<int64_t> offsets, ArrayRef<int64_t> sizes,
                                ArrayRef<int64_t> strides) {
  Dims outerStrides = stridesOf(outer), slice(sizes.begin(), sizes.end());
  std::vector<int32_t> index(countOf(slice));
  forEachIndex(slice, [&](const Dims &position, int64_t i) {
    int64_t at = 0;
    for (size_t d = 0; d < position.size(); ++d)
      at += (offsets[d] + position[d] * strides[d]) * outerStrides[d];
    index[i] = static_cast<int32_t>(at);
  });
  return index;
}

bool compileContract(linalg::ContractOp op, const std::vector<Slot> &slots, Instruction &instr, std::string &error) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  unsigned rank = maps[0].getNumDims();
  std::vector<ContractLoops::Dim> dims(rank, {0, 0, 0, 0});
  for (int operand = 0; operand < 3; ++operand) {
    const Dims &shape = slots[instr.in[operand]].shape;
    Dims strides = stridesOf(shape);
    for (unsigned r = 0; r < maps[operand].getNumResults(); ++r) {
      auto dim = dyn_cast<AffineDimExpr>(maps[operand].getResult(r));
      if (!dim) {
        error = "linalg.contract: an indexing map that is not a projected permutation";
        return false;
      }
      ContractLoops::Dim &d = dims[dim.getPosition()];
      d.extent = shape[r];
      (operand == 0 ? d.a : operand == 1 ? d.b : d.c) += strides[r];
    }
  }
  // The loop whose accesses are all contiguous or fixed goes innermost; the
  // others run over the output before they run over a sum.
  auto score = [](const ContractLoops::Dim &d) { return (d.a <= 1) + (d.b <= 1) + (d.c <= 1); };
  std::partition(dims.begin(), dims.end(), [](const ContractLoops::Dim &d) { return d.c != 0; });
  if (!dims.empty()) {
    auto inner =
        std::max_element(dims.begin(), dims.end(), [&](const auto &x, const auto &y) { return score(x) < score(y); });
    std::rotate(inner, inner + 1, dims.end());
  }
  instr.code = Opcode::Contract;
  instr.loops.terms = 1;
  for (const ContractLoops::Dim &d : dims)
    if (d.c == 0)
      instr.loops.terms *= d.extent;
  instr.loops.dims = std::move(dims);
  return true;
}

bool compileReduce(linalg::ReduceOp op, const std::vector<Slot> &slots, Instruction &instr, std::string &error) {
  Block &block = op.getCombiner().front();
  if (op.getInputs().size() != 1 || block.getOperations().size() != 2) {
    error = "linalg.reduce: more than one input or combining operation";
    return false;
  }
  Operation &combiner = block.front();
  if (isa<arith::AddFOp>(combiner))
    instr.combiner = Opcode::Add;
  else if (isa<arith::MulFOp>(combiner))
    instr.combiner = Opcode::Mul;
  else if (isa<arith::MaximumFOp>(combiner))
    instr.combiner = Opcode::Max;
  else if (isa<arith::MinimumFOp>(combiner))
    instr.combiner = Opcode::Min;
  else {
    error = "linalg.reduce with '" + combiner.getName().getStringRef().str() + "'";
    return false;
  }
  auto isArgument = [&](unsigned i) { return llvm::is_contained(combiner.getOperands(), Value(block.getArgument(i))); };
  if (!isArgument(0) || !isArgument(1)) {
    error = "linalg.reduce that does not combine the element with the result";
    return false;
  }
  const Dims &shape = slots[instr.in[0]].shape;
  Dims outStrides = stridesOf(slots[instr.out[0]].shape), strides(shape.size(), 0);
  for (size_t d = 0, o = 0; d < shape.size(); ++d)
    if (!llvm::is_contained(op.getDimensions(), static_cast<int64_t>(d)))
      strides[d] = outStrides[o++];
  std::vector<int32_t> index(countOf(shape));
  forEachIndex(shape, [&](const Dims &p, int64_t i) { index[i] = static_cast<int32_t>(dot(p, strides)); });
  instr.code = Opcode::Reduce;
  instr.indices.push_back(std::move(index));
  return true;
}

/// `strides`: per dimension of the result, its stride in the operand.
void makeGather(const std::vector<Slot> &slots, Instruction &instr, const Dims &strides) {
  const Dims &shape = slots[instr.out[0]].shape;
  std::vector<int32_t> index(countOf(shape));
  forEachIndex(shape, [&](const Dims &p, int64_t i) { index[i] = static_cast<int32_t>(dot(p, strides)); });
  instr.code = Opcode::Gather;
  instr.indices.push_back(std::move(index));
}

} // namespace

bool compileTensorOp(Operation *op, const std::vector<Slot> &slots, Instruction &instr, std::string &error) {
  auto shapeOfOut = [&]() -> const Dims & { return slots[instr.out[0]].shape; };
  if (auto contract = dyn_cast<linalg::ContractOp>(op))
    return compileContract(contract, slots, instr, error);
  if (auto reduce = dyn_cast<linalg::ReduceOp>(op))
    return compileReduce(reduce, slots, instr, error);
  if (auto broadcast = dyn_cast<linalg::BroadcastOp>(op)) {
    Dims inStrides = stridesOf(slots[instr.in[0]].shape), strides(shapeOfOut().size(), 0);
    for (size_t d = 0, i = 0; d < strides.size(); ++d)
      if (!llvm::is_contained(broadcast.getDimensions(), static_cast<int64_t>(d)))
        strides[d] = inStrides[i++];
    instr.in.resize(1); // the destination only gives the shape
    makeGather(slots, instr, strides);
    return true;
  }
  if (auto transpose = dyn_cast<linalg::TransposeOp>(op)) {
    Dims inStrides = stridesOf(slots[instr.in[0]].shape), strides(shapeOfOut().size(), 0);
    for (size_t d = 0; d < strides.size(); ++d)
      strides[d] = inStrides[transpose.getPermutation()[d]];
    instr.in.resize(1);
    makeGather(slots, instr, strides);
    return true;
  }
  if (isa<tensor::EmptyOp>(op)) {
    instr.code = Opcode::Poison;
    return true;
  }
  if (isa<tensor::SplatOp>(op)) {
    makeGather(slots, instr, Dims(shapeOfOut().size(), 0));
    return true;
  }
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    // Dropping dimensions of extent 1 does not change the row-major order.
    instr.code = Opcode::Gather;
    instr.indices.push_back(sliceIndex(slots[instr.in[0]].shape, slice.getStaticOffsets(), slice.getStaticSizes(),
                                       slice.getStaticStrides()));
    return true;
  }
  if (auto slice = dyn_cast<tensor::InsertSliceOp>(op)) {
    instr.code = Opcode::Scatter;
    instr.in = {instr.in[1], instr.in[0]}; // the destination first
    instr.indices.emplace_back();          // which is copied as it is
    instr.indices.push_back(
        sliceIndex(shapeOfOut(), slice.getStaticOffsets(), slice.getStaticSizes(), slice.getStaticStrides()));
    return true;
  }
  if (auto concat = dyn_cast<tensor::ConcatOp>(op)) {
    Dims offsets(shapeOfOut().size(), 0), ones(shapeOfOut().size(), 1);
    for (int slot : instr.in) {
      const Dims &shape = slots[slot].shape;
      instr.indices.push_back(sliceIndex(shapeOfOut(), offsets, shape, ones));
      offsets[concat.getDim()] += shape[concat.getDim()];
    }
    instr.code = Opcode::Scatter;
    return true;
  }
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op)) {
    instr.in.resize(1);
    instr.code = Opcode::Alias;
    return true;
  }
  return false;
}

} // namespace cortex::reference
