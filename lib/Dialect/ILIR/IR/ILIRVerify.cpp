//===- ILIRVerify.cpp - Rules of declarations and control -----------------===//
//
// What holds by construction is not checked here: control is uniform because
// no operation gives the worker's number, and units are split only by the mode
// of a nest. What needs several operations in the order of their execution (who
// may read what, and when) is in Transforms/VerifyExchanges.cpp.
//===----------------------------------------------------------------------===//
#include "Verify.h"

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

LogicalResult TypeOp::verify() {
  auto min = static_cast<int64_t>(getMinArity()), max = static_cast<int64_t>(getMaxArity());
  if (min < 0 || max < -1 || (max >= 0 && max < min))
    return emitOpError() << "has arities from " << min << " to " << max
                         << ", expected 0 <= from <= to, or to = -1 for no bound";
  return success();
}

LogicalResult InputOp::verify() {
  if (getPlace() == ra::Place::Roots)
    return emitOpError("lives at roots, expected nodes, edges or structures (roots are nodes)");
  if (!isa<ra::SymbolType>(getType()) && !isSound(getType()))
    return emitOpError() << "has type " << getType() << ", expected a symbol or a tensor with static, positive sizes";
  if (getTypes() && getPlace() != ra::Place::Nodes)
    return emitOpError("names node types, but does not live on nodes");
  return success();
}

LogicalResult InputOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (getTypes())
    for (auto name : getTypes()->getAsRange<FlatSymbolRefAttr>())
      if (!findDeclaration<TypeOp>(*this, name.getAttr(), tables))
        return emitOpError() << "is on " << name << ", which is not a node type of this program";
  return success();
}

LogicalResult OrderOp::verify() {
  if ((getKind() == OrderKind::Symbols) != getDomain().has_value())
    return emitOpError() << "is of kind '" << stringifyOrderKind(getKind()) << "', so it "
                         << (getDomain() ? "has no domain" : "needs a domain");
  if (getDomain() && static_cast<int64_t>(*getDomain()) <= 0)
    return emitOpError() << "has domain " << static_cast<int64_t>(*getDomain()) << ", expected a positive number";
  if (getKeys() && (!visitsNodes(getKind()) || getKind() == OrderKind::Roots))
    return emitOpError() << "is of kind '" << stringifyOrderKind(getKind())
                         << "', whose positions are not grouped; only those of up, down and map are";
  return success();
}

LogicalResult OrderOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto program = (*this)->getParentOfType<ProgramOp>();
  if (!getKeys() || !program)
    return success();
  SmallVector<TypeOp> types(program.getBody().getOps<TypeOp>());
  if (getKeys()->size() != types.size())
    return emitOpError() << "has " << getKeys()->size() << " keys, but the program has " << types.size()
                         << " node types";
  for (auto [key, type] : llvm::zip(getKeys()->getAsRange<StringAttr>(), types)) {
    if (key.empty())
      continue;
    auto input = findDeclaration<InputOp>(*this, key, tables);
    if (!input || !isa<ra::SymbolType>(input.getType()) || input.getPlace() != ra::Place::Nodes)
      return emitOpError() << "groups by '" << key.getValue() << "', which is not a symbol input of nodes";
    if (input.getTypes() && !llvm::is_contained(*input.getTypes(), FlatSymbolRefAttr::get(type)))
      return emitOpError() << "groups nodes of type @" << type.getSymName() << " by '" << key.getValue()
                           << "', which they do not have";
  }
  return success();
}

LogicalResult BufferOp::verify() {
  if (!isSound(getType()))
    return emitOpError() << "has items of type " << getType() << ", expected a tensor with static, positive sizes";
  bool rows = llvm::is_contained({Space::LevelRows, Space::StripRows, Space::OrderRows}, getSpace());
  bool edges = llvm::is_contained({Space::LevelEdges, Space::StripEdges, Space::OrderEdges}, getSpace());
  bool constant = getSpace() == Space::Const;
  StringRef space = stringifySpace(getSpace());
  if ((rows || edges) != getOrder().has_value())
    return emitOpError() << "in space '" << space << "' " << (rows || edges ? "must name its order" : "has no order");
  if (edges != getAdjacency().has_value())
    return emitOpError() << "in space '" << space << "' "
                         << (edges ? "must name its order's edge list" : "has no edge list");
  if (constant != (getStorage() == Storage::Const))
    return emitOpError() << "in space '" << space << "' has storage '" << stringifyStorage(getStorage())
                         << "', expected " << (constant ? "'constant'" : "'private', 'exchanged' or 'local'");
  if (getCount() && !constant)
    return emitOpError("has a count, which only const buffers have");
  if (getCount() && static_cast<int64_t>(*getCount()) <= 0)
    return emitOpError() << "has count " << static_cast<int64_t>(*getCount()) << ", expected a positive number";
  if ((getPacked() || getInPrepare()) && !constant)
    return emitOpError() << "is '" << (getPacked() ? "packed" : "in_prepare") << "', which only const buffers are";
  if (getPacked() && cast<RankedTensorType>(getType()).getRank() != 5)
    return emitOpError() << "is packed, so its items have five dimensions (panels, chunks, k, products, lanes); got "
                         << getType();
  return success();
}

LogicalResult BufferOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (!getOrder())
    return success();
  auto order = findDeclaration<OrderOp>(*this, getOrderAttr().getAttr(), tables);
  if (!order)
    return emitOpError() << "is of " << getOrderAttr() << ", which is not an order of this program";
  if (getAdjacency() && !hasEdges(order.getKind(), *getAdjacency()))
    return emitOpError() << "is of the " << stringifyAdjacency(*getAdjacency()) << " of " << getOrderAttr()
                         << ", which an order of kind '" << stringifyOrderKind(order.getKind()) << "' does not have";
  return success();
}

LogicalResult OutputOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto buffer = findDeclaration<BufferOp>(*this, getBufferAttr().getAttr(), tables);
  if (!buffer)
    return emitOpError() << "reads " << getBufferAttr() << ", which is not a buffer";
  bool fits = getPlace() == ra::Place::Nodes        ? buffer.getSpace() == Space::Rows
              : getPlace() == ra::Place::Structures ? buffer.getSpace() == Space::Structures
              : getPlace() == ra::Place::Roots ? buffer.getSpace() == Space::Rows || buffer.getSpace() == Space::Roots
                                               : false;
  if (!fits)
    return emitOpError() << "reads " << getBufferAttr() << " at " << ra::stringifyPlace(getPlace())
                         << ", but it lies in space '" << stringifySpace(buffer.getSpace()) << "'";
  return success();
}

//===----------------------------------------------------------------------===//
// Control
//===----------------------------------------------------------------------===//

/// The first operation of `block` that is none of Ops, or null.
template <typename... Ops> static Operation *findOther(Block &block) {
  for (Operation &op : block)
    if (!isa<Ops...>(op))
      return &op;
  return nullptr;
}

LogicalResult FuncOp::verify() {
  if (getSymName() != "prepare" && getSymName() != "run")
    return emitOpError() << "is named @" << getSymName() << ", expected @prepare or @run";
  return success();
}

LogicalResult FuncOp::verifyRegions() {
  Block &block = getBody().front();
  if (getSymName() == "prepare") {
    if (Operation *other = findOther<LevelsOp, RowsOp, BarrierOp, PackOp>(block))
      return other->emitOpError("stands in @prepare, which holds ilir.levels, ilir.rows once, ilir.barrier, ilir.pack");
  } else if (Operation *other = findOther<LevelsOp, BarrierOp>(block)) {
    return other->emitOpError("stands in @run, which holds ilir.levels and ilir.barrier");
  }
  return success();
}

LogicalResult LevelsOp::verifyRegions() {
  if (Operation *other = findOther<StripsOp, BarrierOp>(getBody().front()))
    return other->emitOpError("stands in ilir.levels, which hold ilir.strips and ilir.barrier");
  return success();
}

LogicalResult LevelsOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto order = findDeclaration<OrderOp>(*this, getOrderAttr().getAttr(), tables);
  if (!order)
    return emitOpError() << "are of " << getOrderAttr() << ", which is not an order of this program";
  if (isInPrepare(*this) != (order.getKind() == OrderKind::Symbols))
    return emitOpError() << "of " << getOrderAttr() << " stand in "
                         << (isInPrepare(*this) ? "@prepare, which knows no structure: it visits only symbols"
                                                : "@run, but tables over symbols are built by @prepare");
  return success();
}

LogicalResult StripsOp::verifyRegions() {
  if (Operation *other = findOther<RowsOp>(getBody().front()))
    return other->emitOpError("stands in ilir.strips, which hold ilir.rows");
  return success();
}

LogicalResult StripsOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (!getType())
    return success();
  auto type = findDeclaration<TypeOp>(*this, getTypeAttr().getAttr(), tables);
  if (!type)
    return emitOpError() << "are of type " << getTypeAttr() << ", which is not a node type of this program";
  OrderOp order = findOrder(*this, tables);
  if (getKind() && (type.getKinds() == ra::KindRule::None || *getKind() >= ra::countKinds(type.getKinds())))
    return emitOpError() << "are of kind " << *getKind() << " of " << getTypeAttr()
                         << ", which tells its kinds apart by '" << ra::stringifyKindRule(type.getKinds()) << "'";
  if (getKind() && order && order.getKind() == OrderKind::Roots)
    return emitOpError() << "are of a kind, but @" << order.getSymName() << " is in the caller's order";
  if (order && !visitsNodes(order.getKind()))
    return emitOpError() << "are of type " << getTypeAttr() << ", but @" << order.getSymName() << " visits no nodes";
  return success();
}

LogicalResult RowsOp::verifyRegions() {
  Block &block = getBody().front();
  SmallVector<Type> expected;
  if (getDomain() != Domain::Once)
    expected.push_back(SpaceIndexType::get(getContext(), IndexKind::Position));
  if (getDomain() != Domain::Once && getDomain() != Domain::Rows)
    expected.insert(expected.begin(), SpaceIndexType::get(getContext(), IndexKind::Edge));
  if (block.getArgumentTypes() != TypeRange(expected))
    return emitOpError() << "over '" << stringifyDomain(getDomain())
                         << "' expects (position) over rows, (edge, position) over edges, () for once";
  if ((getDomain() == Domain::Once) != isa<FuncOp>((*this)->getParentOp()))
    return emitOpError() << "over '" << stringifyDomain(getDomain()) << "' stands in '"
                         << (*this)->getParentOp()->getName()
                         << "'; what runs once stands in @prepare, all else in ilir.strips";
  auto stores = block.getOps<StoreOp>();
  if (stores.empty() || getMode() == Mode::Unassigned) // shapes may differ until the nest is split
    return success();
  Type type = (*stores.begin()).getValue().getType();
  for (StoreOp store : stores)
    if (store.getValue().getType() != type)
      return store.emitOpError() << "stores " << store.getValue().getType() << " in a nest that stores " << type
                                 << "; all stores of a nest have one shape";
  WalkResult products = walk([&](ProductOp product) {
    auto x = product.getX().getDefiningOp<LoadOp>();
    bool alone = llvm::hasSingleElement(stores) && (*stores.begin()).getValue() == product.getResult();
    if (alone && x && !x.getOtherwise())
      return WalkResult::advance();
    product.emitOpError("stands in an assigned nest, which must store it and nothing else, and load its operand");
    return WalkResult::interrupt();
  });
  return failure(products.wasInterrupted());
}

LogicalResult RowsOp::verifySymbolUses(SymbolTableCollection &tables) {
  OrderOp order = findOrder(*this, tables);
  if (!order || getDomain() == Domain::Rows || getDomain() == Domain::Once)
    return success();
  if (!hasEdges(order.getKind(), *symbolizeAdjacency(stringifyDomain(getDomain()))))
    return emitOpError() << "goes over " << stringifyDomain(getDomain()) << ", which an order of kind '"
                         << stringifyOrderKind(order.getKind()) << "' does not have";
  return success();
}

LogicalResult BarrierOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (getExchanges().empty())
    return emitOpError("exchanges nothing");
  for (auto name : getExchanges().getAsRange<FlatSymbolRefAttr>())
    if (!findDeclaration<BufferOp>(*this, name.getAttr(), tables))
      return emitOpError() << "exchanges " << name << ", which is not a buffer of this program";
  return success();
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

/// Whether these are packed weights of an f32 program in bf16, or what is multiplied with them.
static bool isNarrow(Operation &op, Type element) {
  auto buffer = dyn_cast<BufferOp>(op);
  return buffer && (buffer.getPacked() || buffer.getOrder()) && element.isF32() &&
         cast<RankedTensorType>(buffer.getType()).getElementType().isBF16();
}

LogicalResult ProgramOp::verifyRegions() {
  Type element = getFloatType();
  if (!element.isF32() && !element.isF64())
    return emitOpError() << "has float type " << element << ", expected f32 or f64";
  llvm::SmallDenseSet<StringRef> funcs;
  bool anyType = false;
  for (Operation &op : getBody().front()) {
    if (!isa<TypeOp, InputOp, ParamOp, OrderOp, BufferOp, OutputOp, FuncOp>(op))
      return op.emitOpError("stands in ilir.program, which holds declarations, @prepare and @run");
    anyType |= isa<TypeOp>(op);
    if (auto func = dyn_cast<FuncOp>(op))
      funcs.insert(func.getSymName());
    if (auto param = dyn_cast<ParamOp>(op); param && !isSound(param.getType()))
      return op.emitOpError() << "has type " << param.getType() << ", expected a tensor with static, positive sizes";
    if (isa<InputOp, ParamOp, BufferOp>(op))
      if (RankedTensorType item = getItemType(&op); item && item.getElementType() != element && !isNarrow(op, element))
        return op.emitOpError() << "has elements of type " << item.getElementType() << ", but the program computes in "
                                << element;
  }
  if (!anyType)
    return emitOpError("has no node type");
  for (StringRef name : {"prepare", "run"})
    if (!funcs.contains(name))
      return emitOpError() << "has no ilir.func @" << name;
  RowsOp idle;
  walk([&](RowsOp nest) {
    if (nest.getBody().getOps<StoreOp>().empty())
      idle = nest;
  });
  if (idle)
    return idle.emitOpError("stores nothing");
  return success();
}
