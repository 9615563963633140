//===- Values.cpp - What a step does --------------------------------------===//
#include "Interpreter.h"

#include <cmath>

using namespace cortex::ilir;

namespace cortex::interleaved {

using ilir::Space; // not the manifest's

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

void Interpreter::computePanel(const Step &step) {
  std::unique_ptr<NestCode> &code = codes[step.op];
  if (!code)
    code = std::make_unique<NestCode>(llvm::cast<RowsOp>(step.op));
  values.resize(std::max(values.size(), code->slots()));
  for (size_t slot = 0; slot < code->slots(); ++slot)
    values[slot].resize(code->sizeOf(static_cast<int32_t>(slot)));
  const int64_t begin = step.panel * lanes, end = std::min(begin + lanes, code->units());
  evaluate(code->instructions(), code->demand(step.outer, begin, end));
  const int64_t first = step.outer * code->units();
  for (auto [store, buffer, slot] : code->stores()) {
    const int64_t index = store.getIndex() ? indexOf(store.getIndex()) : 0;
    const bool slice = store.getIndex() && !getIndexKind(buffer); // of the one item
    const int64_t item = slice ? 0 : itemOf(buffer, index);
    const int64_t offset = first + (slice ? index * code->units() * code->repeats() : 0);
    for (int64_t unit = begin; unit < end; ++unit)
      memory.store(step.when, {store, buffer, item, offset + unit, code->units(), unit}, values[slot][first + unit]);
  }
}

/// The panel of one key: [chunk of n][k][n in chunk][lane], zero where there is no such product or unit.
void Interpreter::pack(const Step &step) {
  auto op = llvm::cast<PackOp>(step.op);
  auto packed = llvm::cast<BufferOp>(lookupMemory(op, op.getPackedAttr()));
  mlir::Operation *source = lookupMemory(op, op.getSourceAttr());
  const Shape from(getItemType(source).getShape()), to(getItemType(packed).getShape());
  /// One index over several dimensions, taken apart.
  auto spread = [&](int64_t i, llvm::ArrayRef<int64_t> dims, Shape &at) {
    for (int64_t d : llvm::reverse(dims)) {
      at[d] = i % from[d];
      i /= from[d];
    }
    return i == 0; // else there is none
  };
  const int64_t units = from[op.getUnitDim()];
  forEachPosition({to[1], to[2], to[3], to[4]}, [&](llvm::ArrayRef<int64_t> p) {
    const int64_t n = p[0] * to[3] + p[2], unit = step.panel * to[4] + p[3];
    Shape at(from.size());
    at[op.getUnitDim()] = unit;
    double value = 0;
    const bool exists = spread(n, op.getNDims(), at) && unit < units;
    if (spread(step.item, op.getKeyDims(), at) && spread(p[1], op.getKDims(), at) && exists) {
      auto buffer = llvm::dyn_cast<BufferOp>(source);
      value = buffer ? memory.read(step.when, {op, buffer, 0, linear(from, at), units, unit})
                     : params.at(op.getSource().str()).values[linear(from, at)];
    }
    const int64_t element = linear(to, {step.panel, p[0], p[1], p[2], p[3]});
    memory.store(step.when, {op, packed, step.item, element, to[0] * to[4], unit}, value);
  });
}

//===----------------------------------------------------------------------===//
// Instructions
//===----------------------------------------------------------------------===//

void Interpreter::evaluate(const std::vector<Instruction> &list, const Demand &demand) {
  for (const Instruction &instruction : list)
    if (instruction.kind == Instruction::Edges)
      reduceEdges(instruction, demand);
    else
      evaluate(instruction, demand[instruction.out]);
}

void Interpreter::evaluate(const Instruction &instruction, llvm::ArrayRef<int32_t> elements) {
  std::vector<double> &out = values[instruction.out];
  auto valueOf = [&](Source source) { return values[source.slot][source.element]; };
  for (int32_t e : elements) {
    llvm::ArrayRef<Source> in;
    if (!instruction.sources.empty())
      in = instruction.sourcesOf(e);
    auto operand = [&](size_t k) { return k < in.size() ? valueOf(in[k]) : 0.0; };
    switch (instruction.kind) {
    case Instruction::Constant:
      out[e] = instruction.values[e];
      break;
    case Instruction::Undefined:
      throw Violation("'tensor.empty': an element of it is needed, and it has no value");
    case Instruction::Number:
      out[e] = static_cast<double>(indexOf(llvm::cast<ToFloatOp>(instruction.op).getIndex()));
      break;
    case Instruction::Load:
      out[e] = load(instruction, in, e);
      break;
    case Instruction::Weights: {
      auto product = llvm::cast<ProductOp>(instruction.op);
      auto buffer = llvm::cast<BufferOp>(instruction.memory);
      const int64_t key = product.getKey() ? indexOf(product.getKey()) : 0;
      if (product.getKey() && key != now->strip->key)
        throw Violation("'ilir.product' of @" + buffer.getSymName().str() + ": the row's key is " +
                        std::to_string(key) + ", its strip's is " + std::to_string(now->strip->key));
      out[e] = memory.read(now->when, {product, buffer, key, e, 1, 0});
      break;
    }
    case Instruction::Copy:
      out[e] = operand(0);
      break;
    case Instruction::Map:
      out[e] = instruction.function(operand(0), operand(1), operand(2));
      break;
    case Instruction::Fold:
      out[e] = operand(0);
      for (Source source : in.drop_front())
        out[e] = instruction.function(out[e], valueOf(source), 0);
      break;
    case Instruction::Dot: {
      double sum = in.size() % 2 ? operand(0) : 0;
      for (size_t k = in.size() % 2; k < in.size(); k += 2)
        sum = std::fma(operand(k), operand(k + 1), sum);
      multiplyAdds_ += static_cast<int64_t>(in.size() / 2);
      out[e] = sum;
      break;
    }
    case Instruction::Edges:
      break;
    }
  }
}

static double combine(ra::Combiner combiner, double x, double y) {
  switch (combiner) {
  case ra::Combiner::Prod:
    return x * y;
  case ra::Combiner::Max:
    return maximum(x, y);
  case ra::Combiner::Min:
    return minimum(x, y);
  default:
    return x + y;
  }
}

/// The reduction over nobody, where there is no default.
static double identityOf(ra::Combiner combiner) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  switch (combiner) {
  case ra::Combiner::Prod:
    return 1;
  case ra::Combiner::Max:
    return -infinity;
  case ra::Combiner::Min:
    return infinity;
  default:
    return 0;
  }
}

void Interpreter::reduceEdges(const Instruction &instruction, const Demand &demand) {
  auto op = llvm::cast<EdgesOp>(instruction.op);
  const EdgeList &list = now->order->edges(op.getAdjacency());
  const int64_t position = indexOf(op.getPosition()), begin = list.first[position], end = list.first[position + 1];
  for (edge = begin; edge < end; ++edge) {
    evaluate(instruction.body, demand);
    for (unsigned r = 0; r < op.getNumResults(); ++r)
      for (int32_t e : demand[instruction.outs[r]]) {
        double &sum = values[instruction.outs[r]][e];
        const double value = values[instruction.yields[r]][e];
        sum = edge == begin ? value : combine(op.getCombiner(r), sum, value);
      }
  }
  edge = -1;
  for (unsigned r = 0; r < op.getNumResults(); ++r)
    for (int32_t e : demand[instruction.outs[r]]) {
      double &result = values[instruction.outs[r]][e];
      if (begin < end && op.getCombiner(r) == ra::Combiner::Mean)
        result /= static_cast<double>(end - begin);
      else if (begin == end && instruction.defaults[r] >= 0)
        result = values[instruction.defaults[r]][e];
      else if (begin == end)
        result = identityOf(op.getCombiner(r));
    }
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// The value of an input that was read at an index outside of it.
[[noreturn]] static void noSuch(mlir::Operation *op, llvm::StringRef name, int64_t index) {
  throw Violation("'" + op->getName().getStringRef().str() + "' of @" + name.str() + ": there is no index " +
                  std::to_string(index));
}

double Interpreter::load(const Instruction &instruction, llvm::ArrayRef<Source> otherwise, int32_t element) {
  auto op = llvm::cast<LoadOp>(instruction.op);
  const int64_t index = op.getIndex() ? indexOf(op.getIndex()) : 0;
  if (index < 0 && !otherwise.empty())
    return values[otherwise[0].slot][otherwise[0].element];
  if (index < 0)
    noSuch(op, op.getBuffer(), index);
  const Shape shape = shapeOf(op.getResult());
  mlir::Operation *place = instruction.memory;
  if (auto input = llvm::dyn_cast<InputOp>(place))
    return readInput(op, input, index, element);
  int64_t item = index, at = element;
  if (op.getIndex() && !getIndexKind(place)) { // a slice of the one item
    at += index * countOf(shape);
    item = 0;
  }
  if (auto param = llvm::dyn_cast<ParamOp>(place)) {
    const std::vector<double> &weights = params.at(param.getSymName().str()).values;
    if (at >= static_cast<int64_t>(weights.size()))
      noSuch(op, op.getBuffer(), index);
    return weights[at];
  }
  auto buffer = llvm::cast<BufferOp>(place);
  const int64_t units = shape.empty() ? 1 : shape.back();
  return memory.read(now->when, {op, buffer, itemOf(buffer, item), at, units, element % units});
}

/// The entry of a list, or a violation.
template <typename T> static T entry(mlir::Operation *op, llvm::StringRef name, const std::vector<T> &list, int64_t i) {
  if (i < 0 || i >= static_cast<int64_t>(list.size()))
    noSuch(op, name, i);
  return list[i];
}

static void checkHas(mlir::Operation *op, InputOp input, int64_t type) {
  if (!input.getTypes())
    return;
  auto types = input->getParentOfType<ProgramOp>().getBody().getOps<TypeOp>();
  auto name = (*std::next(types.begin(), type)).getSymName();
  for (auto has : input.getTypes()->getAsRange<mlir::FlatSymbolRefAttr>())
    if (has.getValue() == name)
      return;
  throw Violation("'" + op->getName().getStringRef().str() + "' of @" + input.getSymName().str() + ": nodes of type @" +
                  name.str() + " do not have it");
}

double Interpreter::readInput(LoadOp op, InputOp input, int64_t index, int64_t element) const {
  const io::Input &given = *inputs.lookup(input);
  if (input.getPlace() == ra::Place::Nodes)
    checkHas(op, input, entry(op, op.getBuffer(), arrays->typeOfNode, index));
  const auto at = index * static_cast<int64_t>(given.itemSize()) + element;
  return given.dtype == DType::F32 ? entry(op, op.getBuffer(), given.f32, at)
                                   : entry(op, op.getBuffer(), given.f64, at);
}

/// Temporaries count from the first position (or its first edge) of their level or strip.
int64_t Interpreter::itemOf(BufferOp buffer, int64_t index) const {
  switch (buffer.getSpace()) {
  case Space::LevelRows:
    return index - now->level->begin;
  case Space::StripRows:
    return index - now->strip->begin;
  case Space::LevelEdges:
    return index - now->order->edges(*buffer.getAdjacency()).first[now->level->begin];
  case Space::StripEdges:
    return index - now->order->edges(*buffer.getAdjacency()).first[now->strip->begin];
  default:
    return index;
  }
}

//===----------------------------------------------------------------------===//
// Indices
//===----------------------------------------------------------------------===//

const EdgeList &Interpreter::listOf(mlir::Value value) const {
  mlir::Operation *loop = llvm::cast<mlir::BlockArgument>(value).getOwner()->getParentOp();
  if (auto edges = llvm::dyn_cast<EdgesOp>(loop))
    return now->order->edges(edges.getAdjacency());
  return now->order->edges(llvm::cast<RowsOp>(loop).getDomain());
}

int64_t Interpreter::indexOf(mlir::Value value) const {
  if (auto argument = llvm::dyn_cast<mlir::BlockArgument>(value)) {
    mlir::Operation *loop = argument.getOwner()->getParentOp();
    if (llvm::isa<EdgesOp>(loop))
      return edge;
    const bool isOwner = argument.getArgNumber() == 1; // of an edge, which comes first
    return isOwner ? listOf(loop->getRegion(0).getArgument(0)).owner[now->item] : now->item;
  }
  if (auto symbol = value.getDefiningOp<SymbolOp>())
    return symbolOf(symbol);
  return follow(value.getDefiningOp<IndexOp>());
}

int64_t Interpreter::symbolOf(SymbolOp op) const {
  auto input = llvm::cast<InputOp>(inputOf.lookup(op));
  int64_t index = indexOf(op.getAt());
  if (input.getPlace() == ra::Place::Nodes) { // by row
    index = entry(op, op.getInput(), arrays->nodeOfRow, index);
    checkHas(op, input, arrays->typeOfNode[index]);
  }
  return entry(op, op.getInput(), inputs.lookup(input)->symbols, index);
}

int64_t Interpreter::follow(IndexOp op) const {
  const int64_t from = indexOf(op.getFrom());
  const auto name = stringifyStep(op.getStep());
  if (from < 0)
    return -1;
  switch (op.getStep()) {
  case ilir::Step::Row:
    return entry(op, name, now->order->rows, from);
  case ilir::Step::Child:
  case ilir::Step::Parent: {
    const EdgeList &list = op.getStep() == ilir::Step::Parent ? now->order->parents : now->order->children;
    const int64_t at = list.first[from] + static_cast<int64_t>(op.getNumber().value_or(0));
    return at < list.first[from + 1] ? list.neighbour[at] : -1;
  }
  case ilir::Step::Neighbour:
    return entry(op, name, listOf(op.getFrom()).neighbour, from);
  case ilir::Step::EdgeId:
    return entry(op, name, listOf(op.getFrom()).id, from);
  case ilir::Step::Owner:
    return entry(op, name, listOf(op.getFrom()).owner, from);
  case ilir::Step::Structure:
    return entry(op, name, arrays->structureOfRow, from);
  case ilir::Step::Node:
    return entry(op, name, arrays->nodeOfRow, from);
  case ilir::Step::Place:
    return entry(op, name, arrays->placeOfEdge, entry(op, name, listOf(op.getFrom()).id, from));
  }
  return -1;
}

} // namespace cortex::interleaved
