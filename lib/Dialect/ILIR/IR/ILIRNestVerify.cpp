//===- ILIRNestVerify.cpp - Rules of what stands in nests -----------------===//
//
// An index is used only in its space, and what follows from declarations is
// checked here once instead of on each run: a neighbour that may be absent has
// an `else`, a symbol's domain fits what it looks up, products agree with the
// weights packed for them.
//===----------------------------------------------------------------------===//
#include "Verify.h"

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

//===----------------------------------------------------------------------===//
// Indices
//===----------------------------------------------------------------------===//

/// The edge list that an edge counts, or none if the value is no edge.
static std::optional<Adjacency> adjacencyOf(Value edge) {
  auto argument = dyn_cast<BlockArgument>(edge);
  if (!argument || cast<SpaceIndexType>(edge.getType()).getKind() != IndexKind::Edge)
    return std::nullopt;
  if (auto edges = dyn_cast<EdgesOp>(argument.getOwner()->getParentOp()))
    return edges.getAdjacency();
  if (auto rows = dyn_cast<RowsOp>(argument.getOwner()->getParentOp()))
    return symbolizeAdjacency(stringifyDomain(rows.getDomain()));
  return std::nullopt;
}

bool cortex::ilir::mayBeAbsent(Value index) {
  auto step = index ? index.getDefiningOp<IndexOp>() : IndexOp();
  if (!step)
    return false;
  if (step.getStep() == Step::Parent)
    return true;
  if (step.getStep() != Step::Child)
    return mayBeAbsent(step.getFrom());
  auto program = step->getParentOfType<ProgramOp>();
  auto strips = step->getParentOfType<StripsOp>();
  if (!program || !strips)
    return true;
  return llvm::any_of(program.getBody().getOps<TypeOp>(), [&](TypeOp type) {
    bool visited = !strips.getType() || type.getSymName() == *strips.getType();
    bool told = strips.getKind() && ra::isSymbolChild(type.getKinds(), *strips.getKind(), *step.getNumber());
    return visited && !told && type.getMinArity() <= *step.getNumber();
  });
}

/// How many values a symbol can have, as far as declarations say.
static std::optional<int64_t> domainOf(Value index, SymbolTableCollection &tables) {
  if (auto symbol = index.getDefiningOp<SymbolOp>()) {
    auto input = findDeclaration<InputOp>(symbol, symbol.getInputAttr().getAttr(), tables);
    auto type = input ? dyn_cast<ra::SymbolType>(input.getType()) : ra::SymbolType();
    return type ? std::optional<int64_t>(type.getSize()) : std::nullopt;
  }
  auto step = index.getDefiningOp<IndexOp>();
  OrderOp order = step && step.getStep() == Step::Row ? findOrder(step, tables) : OrderOp();
  return order && order.getDomain() ? std::optional<int64_t>(*order.getDomain()) : std::nullopt;
}

LogicalResult IndexOp::verify() {
  IndexKind from = getFrom().getType().getKind(), to = getResult().getType().getKind();
  auto expect = [&](IndexKind f, std::initializer_list<IndexKind> ts) -> LogicalResult {
    if (from != f || !llvm::is_contained(ts, to))
      return emitOpError() << "step '" << stringifyStep(getStep()) << "' does not lead from a "
                           << stringifyIndexKind(from) << " to a " << stringifyIndexKind(to);
    return success();
  };
  if ((getStep() == Step::Child) != getNumber().has_value())
    return emitOpError(getNumber() ? "has a number, which only 'child' has" : "step 'child' needs the child's number");
  if (getNumber() && static_cast<int64_t>(*getNumber()) < 0)
    return emitOpError() << "leads to child(" << static_cast<int64_t>(*getNumber()) << "); children are counted from 0";
  switch (getStep()) {
  case Step::Row:
    return expect(IndexKind::Position, {IndexKind::Row, IndexKind::Structure, IndexKind::Symbol});
  case Step::Child:
  case Step::Parent:
    return expect(IndexKind::Position, {IndexKind::Row});
  case Step::Neighbour:
    return expect(IndexKind::Edge, {IndexKind::Row});
  case Step::EdgeId:
    return expect(IndexKind::Edge, {IndexKind::EdgeId});
  case Step::Owner:
    return expect(IndexKind::Edge, {IndexKind::Position});
  case Step::Structure:
    return expect(IndexKind::Row, {IndexKind::Structure});
  case Step::Node:
    return expect(IndexKind::Row, {IndexKind::Node});
  case Step::Place:
    return expect(IndexKind::Edge, {IndexKind::Symbol});
  }
  return failure();
}

LogicalResult IndexOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (getStep() == Step::EdgeId || getStep() == Step::Place) {
    if (adjacencyOf(getFrom()) == Adjacency::Nodes)
      return emitOpError() << "step '" << stringifyStep(getStep())
                           << "' starts from an edge to a structure's node, which is none of the caller's edges";
    return success();
  }
  OrderOp order = findOrder(*this, tables);
  if (!order || getFrom().getType().getKind() != IndexKind::Position)
    return success();
  IndexKind visited = order.getKind() == OrderKind::Structures ? IndexKind::Structure
                      : order.getKind() == OrderKind::Symbols  ? IndexKind::Symbol
                                                               : IndexKind::Row;
  if (getStep() == Step::Row ? getResult().getType().getKind() != visited : visited != IndexKind::Row)
    return emitOpError() << "step '" << stringifyStep(getStep()) << "' leads to a "
                         << stringifyIndexKind(getResult().getType().getKind()) << ", but positions of @"
                         << order.getSymName() << " are those of a " << stringifyIndexKind(visited);
  return success();
}

LogicalResult SymbolOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto input = findDeclaration<InputOp>(*this, getInputAttr().getAttr(), tables);
  if (!input || !isa<ra::SymbolType>(input.getType()))
    return emitOpError() << getInputAttr() << " is not a symbol input of this program";
  IndexKind kind = *getIndexKind(input);
  if (getAt().getType().getKind() != kind)
    return emitOpError() << getInputAttr() << " is indexed by a " << stringifyIndexKind(kind) << ", not by a "
                         << stringifyIndexKind(getAt().getType().getKind());
  if (getResult().getType().getKind() != IndexKind::Symbol)
    return emitOpError() << "gives a symbol, not a " << stringifyIndexKind(getResult().getType().getKind());
  if (mayBeAbsent(getAt()))
    return emitOpError() << "reads " << getInputAttr() << " of a neighbour that may be absent; a symbol has no default";
  return success();
}

LogicalResult ToFloatOp::verify() {
  if (getIndex().getType().getKind() != IndexKind::Symbol)
    return emitOpError() << "makes a number of a " << stringifyIndexKind(getIndex().getType().getKind())
                         << ", expected a symbol";
  auto type = cast<RankedTensorType>(getResult().getType());
  if (type.getRank() != 0 || !isa<FloatType>(type.getElementType()))
    return emitOpError() << "gives " << type << ", expected a floating-point tensor of rank 0";
  return success();
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// A position or an edge indexes a buffer of the same order and edge list only.
static LogicalResult checkSpace(Operation *op, FlatSymbolRefAttr name, BufferOp buffer, Value index,
                                SymbolTableCollection &tables) {
  OrderOp order = findOrder(op, tables);
  if (buffer.getSpace() == Space::Roots && (!order || order.getKind() != OrderKind::Roots))
    return op->emitOpError() << name << " has one item per root; it is indexed only in an order of kind 'roots'";
  if (buffer.getOrder() && (!order || order.getSymName() != *buffer.getOrder()))
    return op->emitOpError() << name << " is of " << buffer.getOrderAttr() << ", but is used in levels of @"
                             << (order ? order.getSymName() : "nothing");
  std::optional<Adjacency> list = adjacencyOf(index);
  if (buffer.getAdjacency() && list != buffer.getAdjacency())
    return op->emitOpError() << name << " is of the " << stringifyAdjacency(*buffer.getAdjacency())
                             << ", but the edge is one of the " << (list ? stringifyAdjacency(*list) : "?");
  return success();
}

/// The buffer, input or param of that name, or null.
static Operation *findMemory(Operation *op, FlatSymbolRefAttr name, SymbolTableCollection &tables) {
  auto program = op->getParentOfType<ProgramOp>();
  Operation *memory = program ? tables.lookupSymbolIn(program, name.getAttr()) : nullptr;
  return isa_and_nonnull<BufferOp, InputOp, ParamOp>(memory) ? memory : nullptr;
}

static LogicalResult checkAccess(Operation *op, FlatSymbolRefAttr name, Type value, Value index,
                                 SymbolTableCollection &tables) {
  Operation *memory = findMemory(op, name, tables);
  if (!memory)
    return op->emitOpError() << name << " is not a buffer, an input or a param of this program";
  RankedTensorType item = getItemType(memory);
  if (!item)
    return op->emitOpError() << name << " is a symbol; read it with ilir.symbol";
  auto buffer = dyn_cast<BufferOp>(memory);
  if (buffer && buffer.getPacked())
    return op->emitOpError() << name << " is packed; ilir.pack writes it and ilir.product reads it";
  std::optional<IndexKind> kind = getIndexKind(memory);
  int64_t entries = buffer && buffer.getCount() ? *buffer.getCount() : 1;
  bool isOne = isa<ParamOp>(memory) || (buffer && buffer.getSpace() == Space::Const && entries == 1);
  if (isOne && index && item.getRank() > 0) { // a slice along the leading dimension
    kind = IndexKind::Symbol;
    entries = item.getDimSize(0);
    item = RankedTensorType::get(item.getShape().drop_front(), item.getElementType());
  }
  if (kind.has_value() != static_cast<bool>(index))
    return op->emitOpError() << name << (kind ? " needs an index" : " takes no index");
  if (item != value)
    return op->emitOpError() << "accesses " << value << ", but an item of " << name << " is " << item;
  if (!index)
    return success();
  IndexKind given = cast<SpaceIndexType>(index.getType()).getKind();
  if (given != *kind)
    return op->emitOpError() << name << " is indexed by a " << stringifyIndexKind(*kind) << ", not by a "
                             << stringifyIndexKind(given);
  if (*kind == IndexKind::Symbol && !isa<InputOp>(memory))
    if (auto domain = domainOf(index, tables); domain && *domain > entries)
      return op->emitOpError() << "looks up one of " << *domain << " symbols in " << name << ", which has " << entries;
  return buffer ? checkSpace(op, name, buffer, index, tables) : success();
}

static bool isBF16(Value v) {
  return cast<RankedTensorType>(v.getType()).getElementType().isBF16();
}

LogicalResult LoadOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (isBF16(getResult()) && !llvm::all_of(getResult().getUsers(), llvm::IsaPred<ProductOp>))
    return emitOpError() << "gives " << getResult().getType() << ", of which only ilir.product computes";
  if (failed(checkAccess(*this, getBufferAttr(), getResult().getType(), getIndex(), tables)))
    return failure();
  if (getOtherwise() && getOtherwise().getType() != getResult().getType())
    return emitOpError() << "gives " << getOtherwise().getType() << " where there is no neighbour, expected "
                         << getResult().getType();
  if (getOtherwise() && !getIndex())
    return emitOpError() << "reads " << getBufferAttr() << " with 'else', but without an index that could be absent";
  if (mayBeAbsent(getIndex()) && !getOtherwise())
    return emitOpError() << "reads " << getBufferAttr()
                         << " of a neighbour that may be absent; give its value with 'else'";
  if (isInPrepare(*this))
    return success();
  // Until constants are hoisted, run may read params.
  auto nest = (*this)->getParentOfType<RowsOp>();
  auto buffer = findDeclaration<BufferOp>(*this, getBufferAttr().getAttr(), tables);
  bool isParam = static_cast<bool>(findDeclaration<ParamOp>(*this, getBufferAttr().getAttr(), tables));
  if ((buffer && buffer.getInPrepare()) || (isParam && nest && nest.getMode() != Mode::Unassigned))
    return emitOpError() << "reads " << getBufferAttr() << " in @run, but it is there in @prepare only";
  return success();
}

LogicalResult StoreOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto buffer = findDeclaration<BufferOp>(*this, getBufferAttr().getAttr(), tables);
  if (!buffer)
    return emitOpError() << getBufferAttr() << " is not a buffer of this program";
  if (isBF16(getValue()) && !getValue().getDefiningOp<arith::TruncFOp>())
    return emitOpError() << "stores " << getValue().getType() << " that is not rounded by an arith.truncf";
  bool temporary = buffer.getOrder().has_value(); // of symbols in prepare, of all else in run
  if (!temporary && isInPrepare(*this) != (buffer.getSpace() == Space::Const))
    return emitOpError() << "stores " << getBufferAttr() << " in " << (isInPrepare(*this) ? "@prepare" : "@run")
                         << ", but it lies in space '" << stringifySpace(buffer.getSpace()) << "'";
  return checkAccess(*this, getBufferAttr(), getValue().getType(), getIndex(), tables);
}

//===----------------------------------------------------------------------===//
// Reductions over edges
//===----------------------------------------------------------------------===//

LogicalResult EdgesOp::verifyRegions() {
  if (getPosition().getType().getKind() != IndexKind::Position)
    return emitOpError() << "reduces over the edges of a position, not of a "
                         << stringifyIndexKind(getPosition().getType().getKind());
  if (getBody().getArgumentTypes() != TypeRange(SpaceIndexType::get(getContext(), IndexKind::Edge)))
    return emitOpError("has a region that does not take one edge");
  if (getCombiners().size() != getNumResults() || getYield().getValues().size() != getNumResults())
    return emitOpError() << "has " << getCombiners().size() << " combiners, " << getNumResults() << " results and "
                         << getYield().getValues().size() << " yielded values; these must be equal";
  unsigned defaults = 0;
  for (unsigned i = 0; i < getNumResults(); ++i) {
    if (getCombiner(i) == ra::Combiner::Softmax)
      return emitOpError("has the combiner 'softmax', which is rewritten before ilir");
    defaults += ra::OverOp::takesDefault(getCombiner(i));
    if (getYield().getValues()[i].getType() != getResult(i).getType())
      return emitOpError() << "yields " << getYield().getValues()[i].getType() << " for a result "
                           << getResult(i).getType();
  }
  if (!getDefaults().empty() && getDefaults().size() != defaults)
    return emitOpError() << "has " << getDefaults().size() << " defaults for " << defaults
                         << " combiners that take one";
  for (unsigned i = 0; i < getNumResults(); ++i)
    if (Value d = getDefault(i); d && d.getType() != getResult(i).getType())
      return emitOpError() << "has a default " << d.getType() << " for a result " << getResult(i).getType();
  return success();
}

LogicalResult EdgesOp::verifySymbolUses(SymbolTableCollection &tables) {
  OrderOp order = findOrder(*this, tables);
  if (order && !hasEdges(order.getKind(), getAdjacency()))
    return emitOpError() << "goes over " << stringifyAdjacency(getAdjacency()) << ", which an order of kind '"
                         << stringifyOrderKind(order.getKind()) << "' does not have";
  return success();
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// Whether the lists together name each of [0, rank) once.
static bool isPermutation(std::initializer_list<ArrayRef<int64_t>> lists, int64_t rank) {
  SmallVector<int64_t> all;
  for (ArrayRef<int64_t> list : lists)
    llvm::append_range(all, list);
  llvm::sort(all);
  return llvm::equal(all, llvm::seq<int64_t>(0, rank));
}

/// Whether dimensions follow each other, so that they can be taken as one.
static bool areNeighbours(ArrayRef<int64_t> dims) {
  return dims.empty() || llvm::equal(dims, llvm::seq(dims.front(), dims.front() + static_cast<int64_t>(dims.size())));
}

static int64_t extent(RankedTensorType type, ArrayRef<int64_t> dims) {
  int64_t n = 1;
  for (int64_t d : dims)
    n *= type.getDimSize(d);
  return n;
}

/// Whether n products, k and the units are those that the buffer is packed for.
static LogicalResult checkPacking(Operation *op, BufferOp packed, int64_t n, int64_t k, int64_t units) {
  auto type = cast<RankedTensorType>(packed.getType());
  int64_t panels = type.getDimSize(0), chunks = type.getDimSize(1), width = type.getDimSize(3),
          lanes = type.getDimSize(4);
  auto wrong = [&](StringRef what, int64_t has, const Twine &holds) {
    return op->emitOpError() << "has " << has << " " << what << ", but @" << packed.getSymName() << ", packed as "
                             << type << ", holds " << holds;
  };
  // bf16 weights lie in pairs of terms.
  if (type.getDimSize(2) != (type.getElementType().isBF16() ? static_cast<int64_t>(llvm::alignTo(k, 2)) : k))
    return wrong("terms per sum", k, Twine(type.getDimSize(2)));
  if (llvm::divideCeil(units, lanes) != static_cast<uint64_t>(panels))
    return wrong("units", units, Twine(panels) + " panels of " + Twine(lanes));
  if (n > chunks * width || n <= (chunks - 1) * width)
    return wrong("products", n, Twine(chunks) + " chunks of " + Twine(width));
  return success();
}

LogicalResult PackOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto packed = findDeclaration<BufferOp>(*this, getPackedAttr().getAttr(), tables);
  if (!packed || !packed.getPacked())
    return emitOpError() << getPackedAttr() << " is not a packed buffer of this program";
  Operation *memory = findMemory(*this, getSourceAttr(), tables);
  auto buffer = dyn_cast_or_null<BufferOp>(memory);
  if (!isa_and_nonnull<ParamOp>(memory) &&
      (!buffer || buffer.getPacked() || buffer.getSpace() != Space::Const || buffer.getCount().value_or(1) != 1))
    return emitOpError() << "packs " << getSourceAttr() << ", which is neither a param nor one constant tensor";
  RankedTensorType source = getItemType(memory), type = cast<RankedTensorType>(packed.getType());
  auto unit = static_cast<int64_t>(getUnitDim());
  if (!isPermutation({getKeyDims(), getNDims(), getKDims(), unit}, source.getRank()))
    return emitOpError() << "must name each dimension of " << getSourceAttr() << ", " << source
                         << ", once: as keys, n, k or unit";
  if (source.getElementType() != type.getElementType() &&
      !(source.getElementType().isF32() && type.getElementType().isBF16()))
    return emitOpError() << "packs elements of type " << source.getElementType() << " as " << type.getElementType();
  int64_t keys = extent(source, getKeyDims()), count = packed.getCount().value_or(1);
  if (keys != count)
    return emitOpError() << "packs weights for " << keys << " keys, but " << getPackedAttr() << " has " << count
                         << " items";
  return checkPacking(*this, packed, extent(source, getNDims()), extent(source, getKDims()), source.getDimSize(unit));
}

LogicalResult ProductOp::verify() {
  auto x = cast<RankedTensorType>(getX().getType()), y = cast<RankedTensorType>(getResult().getType());
  if (!isPermutation({getMDims(), getKDims()}, x.getRank()))
    return emitOpError() << "must name each dimension of its operand, " << x << ", once: as m or k";
  if (y.getRank() == 0 || !isPermutation({getMOut(), getNOut()}, y.getRank() - 1))
    return emitOpError() << "must name each dimension of its result, " << y
                         << ", but the last, the units, once: as out_m or out_n";
  if (!areNeighbours(getKDims()) || !areNeighbours(getNOut()))
    return emitOpError("must sum over dimensions, and give products along dimensions, that follow each other");
  if (getMDims().size() != getMOut().size())
    return emitOpError() << "takes " << getMDims().size() << " dimensions of its operand to " << getMOut().size()
                         << " of its result";
  for (auto [in, out] : llvm::zip(getMDims(), getMOut()))
    if (x.getDimSize(in) != y.getDimSize(out))
      return emitOpError() << "takes dimension " << in << " of its operand, of size " << x.getDimSize(in)
                           << ", to dimension " << out << " of its result, of size " << y.getDimSize(out);
  if (getAcc() && getAcc().getType() != y)
    return emitOpError() << "starts from " << getAcc().getType() << ", but gives " << y;
  return success();
}

/// The kernel takes the strip's key: it must be what this type's rows are grouped by.
static LogicalResult checkKey(ProductOp product, SymbolTableCollection &tables) {
  auto symbol = product.getKey().getDefiningOp<SymbolOp>();
  auto row = symbol ? symbol.getAt().getDefiningOp<IndexOp>() : IndexOp();
  auto strips = product->getParentOfType<StripsOp>();
  OrderOp order = findOrder(product, tables);
  if (row && row.getStep() == Step::Row && order && order.getKeys() && strips && strips.getType()) {
    auto types = product->getParentOfType<ProgramOp>().getBody().getOps<TypeOp>();
    for (auto [type, key] : llvm::zip(types, order.getKeys()->getAsValueRange<StringAttr>()))
      if (type.getSymName() == *strips.getType() && key == symbol.getInput())
        return success();
  }
  return product.emitOpError("has a key that is not what this order groups the rows of this type by");
}

LogicalResult ProductOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto packed = findDeclaration<BufferOp>(*this, getWeightsAttr().getAttr(), tables);
  if (!packed || !packed.getPacked())
    return emitOpError() << getWeightsAttr() << " is not a packed buffer of this program";
  auto x = cast<RankedTensorType>(getX().getType()), y = cast<RankedTensorType>(getResult().getType());
  Type element = cast<RankedTensorType>(packed.getType()).getElementType();
  // The operand and the weights may be rounded to bf16, the operand with its weights only; the result is not.
  auto fits = [](Type t, Type to) { return t == to || (t.isBF16() && to.isF32()); };
  if (!fits(x.getElementType(), y.getElementType()) || !fits(element, x.getElementType()))
    return emitOpError() << "multiplies " << x << " with weights of type " << element << " to " << y;
  if (failed(checkPacking(*this, packed, extent(y, getNOut()), extent(x, getKDims()), y.getShape().back())))
    return failure();
  if ((packed.getCount().value_or(1) > 1) != static_cast<bool>(getKey()))
    return emitOpError() << (getKey() ? "has a key, but " : "has no key, but ") << getWeightsAttr() << " holds "
                         << packed.getCount().value_or(1) << " weights";
  return getKey() ? checkKey(*this, tables) : success();
}
