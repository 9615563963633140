//===- Slices.cpp - Moving computations between nests ---------------------===//
#include "cortex/Dialect/ILIR/Transforms/Slices.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Iterators.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

StringRef ilir::getStage(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return {};
  if (auto stage = op->getAttrOfType<StringAttr>("ra.stage"))
    return stage.getValue();
  return {};
}

bool ilir::isLiteral(Value value) {
  return isa_and_nonnull<arith::ConstantOp, tensor::EmptyOp>(value.getDefiningOp()) ||
         (value.getDefiningOp<tensor::SplatOp>() && isLiteral(value.getDefiningOp<tensor::SplatOp>().getInput()));
}

bool ilir::isMask(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getElementType().isInteger(1);
}

bool ilir::isStorableAt(Value value, StringRef stage) {
  return isa<RankedTensorType>(value.getType()) && !isMask(value) && getStage(value) == stage;
}

bool ilir::leavesStage(Value value, StringRef stage) {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    if (user->getBlock() != value.getParentBlock() || user->getNumResults() == 0 ||
        getStage(user->getResult(0)) != stage)
      return true;
    return isMask(user->getResult(0)) && leavesStage(user->getResult(0), stage);
  });
}

bool ilir::isZero(Value value) {
  if (auto splat = value.getDefiningOp<tensor::SplatOp>())
    value = splat.getInput();
  return matchPattern(value, m_AnyZeroFloat());
}

Value ilir::cloneSlice(OpBuilder &b, Value value, IRMapping &map,
                       function_ref<Value(Value, OpBuilder &, IRMapping &)> stop) {
  if (Value known = map.lookupOrNull(value))
    return known;
  if (stop)
    if (Value replacement = stop(value, b, map)) {
      map.map(value, replacement);
      return replacement;
    }
  Operation *op = value.getDefiningOp();
  assert(op && "a block argument must be mapped");
  auto edges = dyn_cast<EdgesOp>(op);
  if (!edges) {
    for (Value operand : op->getOperands())
      cloneSlice(b, operand, map, stop);
    b.clone(*op, map);
    return map.lookup(value);
  }
  // What the region captures comes before the loop, not into it.
  Value position = cloneSlice(b, edges.getPosition(), map, stop);
  SmallVector<Value> defaults;
  for (Value d : edges.getDefaults())
    defaults.push_back(cloneSlice(b, d, map, stop));
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(edges.getBody(), captured);
  for (Value v : captured)
    if (!isLiteral(v))
      cloneSlice(b, v, map, stop);
  SmallVector<ra::Combiner> combiners;
  for (unsigned i = 0; i < edges.getNumResults(); ++i)
    combiners.push_back(edges.getCombiner(i));
  auto copy =
      EdgesOp::create(b, edges.getLoc(), edges.getResultTypes(), edges.getAdjacency(), position, combiners, defaults);
  copy->setDiscardableAttrs(edges->getDiscardableAttrDictionary());
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&copy.getBody().front());
  IRMapping inner = map;
  inner.map(edges.getEdge(), copy.getEdge());
  SmallVector<Value> yields;
  for (Value v : edges.getYield().getValues())
    yields.push_back(cloneSlice(b, v, inner, stop));
  YieldOp::create(b, edges.getLoc(), yields);
  for (auto [from, to] : llvm::zip(edges.getResults(), copy.getResults()))
    map.map(from, to);
  return map.lookup(value);
}

Domain ilir::domainOf(Adjacency adjacency) {
  return *symbolizeDomain(stringifyAdjacency(adjacency));
}

FuncOp ilir::getFunc(ProgramOp program, StringRef name) {
  return cast<FuncOp>(SymbolTable::lookupSymbolIn(program, name));
}

BufferOp ilir::addBuffer(ProgramOp program, StringRef base, Space space, RankedTensorType type, Storage storage,
                         int64_t count) {
  unsigned n = 0;
  std::string name;
  do
    name = (base + "." + Twine(n++)).str();
  while (SymbolTable::lookupSymbolIn(program, name));
  OpBuilder b(getFunc(program, "prepare"));
  return BufferOp::create(b, program.getLoc(), name, space, type, storage,
                          count == 1 ? IntegerAttr() : b.getI64IntegerAttr(count), FlatSymbolRefAttr(), AdjacencyAttr(),
                          false, false);
}

OrderOp ilir::getOrAddOrder(ProgramOp program, StringRef name, OrderKind kind, std::optional<int64_t> domain) {
  if (auto order = dyn_cast_or_null<OrderOp>(SymbolTable::lookupSymbolIn(program, name)))
    return order;
  OpBuilder b(getFunc(program, "prepare"));
  return OrderOp::create(b, program.getLoc(), name, kind, domain ? b.getI64IntegerAttr(*domain) : IntegerAttr(),
                         ArrayAttr());
}

BufferOp ilir::hoistConstant(ProgramOp program, Value value, bool inPrepare) {
  auto type = cast<RankedTensorType>(value.getType());
  BufferOp buffer = addBuffer(program, "const", Space::Const, type, Storage::Const);
  buffer.setInPrepare(inPrepare);
  Block &prepare = getFunc(program, "prepare").getBody().front();
  // Constants come first, in the order in which they were hoisted.
  OpBuilder b(program.getContext());
  auto at = prepare.begin();
  while (at != prepare.end() && isa<RowsOp>(*at))
    ++at;
  b.setInsertionPoint(&prepare, at);
  auto nest = RowsOp::create(b, value.getLoc(), Domain::Once, Mode::Unassigned);
  b.setInsertionPointToStart(&nest.getBody().front());
  IRMapping map;
  Value copy = cloneSlice(b, value, map);
  StoreOp::create(b, value.getLoc(), copy, buffer.getSymName(), Value());
  return buffer;
}

void ilir::eraseDead(RowsOp nest) {
  nest.walk<WalkOrder::PostOrder, ReverseIterator>([](Operation *op) {
    if (isa_and_nonnull<RowsOp, EdgesOp>(op->getParentOp()) && !isa<StoreOp, YieldOp>(op) && op->use_empty())
      op->erase();
  });
}

//===----------------------------------------------------------------------===//
// Accesses
//===----------------------------------------------------------------------===//

static int64_t unitsOf(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor.getRank() == 0 ? 1 : tensor.getShape().back();
}

namespace {
/// Follows values from a nest's stores back to its loads.
struct AccessAnalysis {
  int64_t units = 1;
  llvm::DenseMap<LoadOp, Access> result;
  llvm::DenseSet<std::pair<Value, unsigned>> seen;

  void visitAll(ValueRange values, bool own) {
    for (Value v : values)
      visit(v, own);
  }

  void visit(Value value, bool own) {
    if (!isa<RankedTensorType>(value.getType()))
      return;
    Operation *op = value.getDefiningOp();
    if (!op || !seen.insert({value, own ? 1u : 0u}).second)
      return;
    if (auto load = dyn_cast<LoadOp>(op)) {
      Access access = own && unitsOf(load.getType()) == units ? Access::Own : Access::Whole;
      auto [it, fresh] = result.try_emplace(load, access);
      if (!fresh && access == Access::Whole)
        it->second = Access::Whole;
      if (load.getOtherwise())
        visit(load.getOtherwise(), own);
    } else if (auto edges = dyn_cast<EdgesOp>(op)) {
      visitAll(edges.getYield().getValues(), own);
      visitAll(edges.getDefaults(), own);
    } else if (auto broadcast = dyn_cast<linalg::BroadcastOp>(op)) {
      int64_t last = cast<RankedTensorType>(value.getType()).getRank() - 1;
      visit(broadcast.getInput(), own && !llvm::is_contained(broadcast.getDimensions(), last));
    } else if (auto transpose = dyn_cast<linalg::TransposeOp>(op)) {
      int64_t last = cast<RankedTensorType>(value.getType()).getRank() - 1;
      visit(transpose.getInput(), own && (last < 0 || transpose.getPermutation().back() == last));
    } else if (auto reduce = dyn_cast<linalg::ReduceOp>(op)) {
      int64_t last = cast<RankedTensorType>(reduce.getInputs()[0].getType()).getRank() - 1;
      visitAll(reduce.getInputs(), own && !llvm::is_contained(reduce.getDimensions(), last));
      visitAll(reduce.getInits(), own);
    } else if (auto contract = dyn_cast<linalg::ContractOp>(op)) {
      visitContract(contract, own);
    } else if (auto product = dyn_cast<ProductOp>(op)) {
      visit(product.getX(), false);
      if (product.getAcc())
        visit(product.getAcc(), own);
    } else if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
      int64_t last = slice.getSourceType().getRank() - 1;
      bool whole =
          slice.getStaticOffsets()[last] == 0 && slice.getStaticSizes()[last] == slice.getSourceType().getDimSize(last);
      bool dropped = slice.getDroppedDims().test(last);
      visit(slice.getSource(), own && whole && !dropped);
    } else if (auto concat = dyn_cast<tensor::ConcatOp>(op)) {
      int64_t last = cast<RankedTensorType>(value.getType()).getRank() - 1;
      visitAll(concat.getInputs(), own && static_cast<int64_t>(concat.getDim()) != last);
    } else if (auto insert = dyn_cast<tensor::InsertSliceOp>(op)) {
      visit(insert.getSource(), false);
      visit(insert.getDest(), own);
    } else if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op)) {
      visitAll(op->getOperands(), false);
    } else { // elementwise
      visitAll(op->getOperands(), own);
    }
  }

  void visitContract(linalg::ContractOp contract, bool own) {
    SmallVector<AffineMap> maps = contract.getIndexingMapsArray();
    AffineMap out = maps[2];
    for (unsigned i = 0; i < 2; ++i) {
      bool aligned = own && out.getNumResults() > 0 && maps[i].getNumResults() > 0 &&
                     maps[i].getResults().back() == out.getResults().back();
      visit(contract.getInputs()[i], aligned);
    }
    visitAll(contract.getOutputs(), own);
  }
};
} // namespace

llvm::DenseMap<LoadOp, Access> ilir::analyzeAccesses(RowsOp nest) {
  AccessAnalysis analysis;
  for (StoreOp store : nest.getBody().getOps<StoreOp>()) {
    analysis.units = unitsOf(store.getValue().getType());
    analysis.visit(store.getValue(), true);
  }
  return analysis.result;
}
