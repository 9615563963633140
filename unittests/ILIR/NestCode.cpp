//===- NestCode.cpp - A nest's tensors, element by element ----------------===//
#include "NestCode.h"

#include <stdexcept>

using namespace mlir;

namespace cortex::interleaved {

NestCode::NestCode(ilir::RowsOp nest) {
  readBlock(nest.getBody().front(), code);
  for (auto store : nest.getBody().getOps<ilir::StoreOp>())
    storeList.push_back(
        {store, cast<ilir::BufferOp>(ilir::lookupMemory(store, store.getBufferAttr())), slotOf(store.getValue())});
  const Shape shape = shapeOf(storeList.front().op.getValue());
  if (!shape.empty())
    unitCount = shape.back();
  repeatCount = countOf(shape) / unitCount;
}

int32_t NestCode::addSlot(int64_t size) {
  sizes.push_back(size);
  return static_cast<int32_t>(sizes.size() - 1);
}

int32_t NestCode::addSlot(Value value) {
  return slotOfValue[value] = addSlot(countOf(shapeOf(value)));
}

//===----------------------------------------------------------------------===//
// Instructions
//===----------------------------------------------------------------------===//

void NestCode::readBlock(Block &block, std::vector<Instruction> &list) {
  for (Operation &op : block) {
    // Indices are followed when a load needs them; stores and yields make nothing.
    if (isa<ilir::IndexOp, ilir::SymbolOp, ilir::StoreOp, ilir::YieldOp>(op))
      continue;
    if (auto edges = dyn_cast<ilir::EdgesOp>(op)) {
      readEdges(edges, list);
      continue;
    }
    if (auto product = dyn_cast<ilir::ProductOp>(op)) {
      readProduct(product, list);
      continue;
    }
    Instruction instruction{};
    instruction.op = &op;
    if (auto load = dyn_cast<ilir::LoadOp>(op)) {
      instruction.kind = Instruction::Load;
      instruction.memory = ilir::lookupMemory(load, load.getBufferAttr());
      const bool absent = static_cast<bool>(load.getOtherwise());
      for (int64_t i = 0, n = countOf(shapeOf(load.getResult())); i <= n; ++i) {
        instruction.first.push_back(instruction.sources.size());
        if (absent && i < n)
          instruction.sources.push_back({slotOf(load.getOtherwise()), static_cast<int32_t>(i)});
      }
    } else if (isa<ilir::ToFloatOp>(op)) {
      instruction.kind = Instruction::Number;
    } else {
      SmallVector<int32_t> operands;
      for (Value operand : op.getOperands())
        operands.push_back(slotOf(operand));
      if (!readTensorOp(&op, operands, instruction))
        throw std::runtime_error("the interpreter does not know '" + op.getName().getStringRef().str() + "'");
    }
    instruction.out = addSlot(op.getResult(0));
    list.push_back(std::move(instruction));
  }
}

void NestCode::readEdges(ilir::EdgesOp op, std::vector<Instruction> &list) {
  Instruction edges{};
  edges.kind = Instruction::Edges;
  edges.op = op;
  readBlock(op.getBody().front(), edges.body);
  for (unsigned i = 0; i < op.getNumResults(); ++i) {
    edges.yields.push_back(slotOf(op.getYield().getValues()[i]));
    edges.defaults.push_back(op.getDefault(i) ? slotOf(op.getDefault(i)) : -1);
    edges.outs.push_back(addSlot(op.getResult(i)));
  }
  list.push_back(std::move(edges));
}

/// The packed weights are a value of their own, whose elements are found as
/// ilir.pack lays them out: [panel][chunk of n][k][n in chunk][lane].
void NestCode::readProduct(ilir::ProductOp op, std::vector<Instruction> &list) {
  auto packed = cast<ilir::BufferOp>(ilir::lookupMemory(op, op.getWeightsAttr()));
  const Shape layout(cast<RankedTensorType>(packed.getType()).getShape());
  Instruction weights{};
  weights.kind = Instruction::Weights;
  weights.op = op;
  weights.memory = packed;
  weights.out = addSlot(countOf(layout));

  const Shape x = shapeOf(op.getX()), y = shapeOf(op.getResult());
  Shape kExtents, nExtents;
  for (int64_t d : op.getKDims())
    kExtents.push_back(x[d]);
  for (int64_t d : op.getNOut())
    nExtents.push_back(y[d]);
  Instruction dot{};
  dot.kind = Instruction::Dot;
  dot.op = op;
  dot.out = addSlot(op.getResult());
  Shape from(x.size()), products;
  forEachPosition(y, [&](ArrayRef<int64_t> position) {
    dot.first.push_back(dot.sources.size());
    if (op.getAcc())
      dot.sources.push_back({slotOf(op.getAcc()), static_cast<int32_t>(linear(y, position))});
    for (auto [in, out] : llvm::zip_equal(op.getMDims(), op.getMOut()))
      from[in] = position[out];
    products.clear();
    for (int64_t d : op.getNOut())
      products.push_back(position[d]);
    const int64_t n = linear(nExtents, products), width = layout[3], lanes = layout[4];
    forEachPosition(kExtents, [&](ArrayRef<int64_t> term) {
      for (auto [d, i] : llvm::zip_equal(op.getKDims(), term))
        from[d] = i;
      const int64_t k = linear(kExtents, term), unit = position.back();
      dot.sources.push_back({slotOf(op.getX()), static_cast<int32_t>(linear(x, from))});
      dot.sources.push_back(
          {weights.out, static_cast<int32_t>(linear(layout, {unit / lanes, n / width, k, n % width, unit % lanes}))});
    });
  });
  dot.first.push_back(dot.sources.size());
  list.push_back(std::move(weights));
  list.push_back(std::move(dot));
}

//===----------------------------------------------------------------------===//
// Demand
//===----------------------------------------------------------------------===//

using Marks = std::vector<std::vector<bool>>;

/// Marks what the marked results of `list` are made of, last instruction first.
static void mark(const std::vector<Instruction> &list, Marks &marks) {
  for (const Instruction &instruction : llvm::reverse(list)) {
    if (instruction.kind == Instruction::Edges) {
      for (auto [out, yield, otherwise] : llvm::zip(instruction.outs, instruction.yields, instruction.defaults))
        for (size_t i = 0; i < marks[out].size(); ++i)
          if (marks[out][i]) {
            marks[yield][i] = true;
            if (otherwise >= 0)
              marks[otherwise][i] = true;
          }
      mark(instruction.body, marks);
      continue;
    }
    if (instruction.sources.empty())
      continue;
    for (size_t i = 0; i < marks[instruction.out].size(); ++i)
      if (marks[instruction.out][i])
        for (Source source : instruction.sourcesOf(static_cast<int32_t>(i)))
          marks[source.slot][source.element] = true;
  }
}

const Demand &NestCode::demand(int64_t outer, int64_t begin, int64_t end) {
  auto [it, fresh] = demands.try_emplace({outer, begin});
  if (!fresh)
    return it->second;
  Marks marks;
  for (int64_t size : sizes)
    marks.emplace_back(size);
  for (const Store &store : storeList)
    for (int64_t unit = begin; unit < end; ++unit)
      marks[store.slot][outer * unitCount + unit] = true;
  mark(code, marks);
  for (const std::vector<bool> &slot : marks) {
    std::vector<int32_t> &elements = it->second.emplace_back();
    for (size_t i = 0; i < slot.size(); ++i)
      if (slot[i])
        elements.push_back(static_cast<int32_t>(i));
  }
  return it->second;
}

} // namespace cortex::interleaved
