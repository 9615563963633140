//===- ILIROps.cpp - Operations of the Irregular Loops IR -----------------===//
#include "cortex/Dialect/ILIR/IR/ILIR.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

#define GET_OP_CLASSES
#include "cortex/Dialect/ILIR/IR/ILIROps.cpp.inc"

//===----------------------------------------------------------------------===//
// Memory by name
//===----------------------------------------------------------------------===//

Operation *ilir::lookupMemory(Operation *from, FlatSymbolRefAttr name) {
  auto program = from->getParentOfType<ProgramOp>();
  return program ? SymbolTable::lookupSymbolIn(program, name) : nullptr;
}

RankedTensorType ilir::getItemType(Operation *memory) {
  if (auto buffer = dyn_cast<BufferOp>(memory))
    return cast<RankedTensorType>(buffer.getType());
  if (auto param = dyn_cast<ParamOp>(memory))
    return cast<RankedTensorType>(param.getType());
  if (auto input = dyn_cast<InputOp>(memory))
    return dyn_cast<RankedTensorType>(input.getType());
  return {};
}

std::optional<IndexKind> ilir::getIndexKind(Operation *memory) {
  if (auto input = dyn_cast<InputOp>(memory)) {
    bool symbol = isa<ra::SymbolType>(input.getType());
    switch (input.getPlace()) {
    case ra::Place::Edges:
      return IndexKind::EdgeId;
    case ra::Place::Structures:
      return IndexKind::Structure;
    default:
      return symbol ? IndexKind::Row : IndexKind::Node;
    }
  }
  auto buffer = dyn_cast<BufferOp>(memory);
  if (!buffer)
    return std::nullopt;
  switch (buffer.getSpace()) {
  case Space::Const:
    return buffer.getCount().value_or(1) == 1 ? std::nullopt : std::optional(IndexKind::Symbol);
  case Space::Rows:
    return IndexKind::Row;
  case Space::Structures:
    return IndexKind::Structure;
  case Space::Roots:
  case Space::LevelRows:
  case Space::StripRows:
  case Space::OrderRows:
    return IndexKind::Position;
  case Space::LevelEdges:
  case Space::StripEdges:
  case Space::OrderEdges:
    return IndexKind::Edge;
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Builders, parsing and printing
//===----------------------------------------------------------------------===//

void LoadOp::build(OpBuilder &b, OperationState &state, Type type, StringRef buffer, Value index, Value otherwise) {
  build(b, state, type, FlatSymbolRefAttr::get(b.getContext(), buffer), index, otherwise);
}

void StoreOp::build(OpBuilder &b, OperationState &state, Value value, StringRef buffer, Value index) {
  build(b, state, value, FlatSymbolRefAttr::get(b.getContext(), buffer), index);
}

/// `@buffer` (`[` %index `]`)?
static ParseResult parsePlace(OpAsmParser &p, OperationState &state, std::optional<OpAsmParser::UnresolvedOperand> &i) {
  FlatSymbolRefAttr name;
  if (p.parseAttribute(name, "buffer", state.attributes))
    return failure();
  if (succeeded(p.parseOptionalLSquare())) {
    i.emplace();
    if (p.parseOperand(*i) || p.parseRSquare())
      return failure();
  }
  return success();
}

static void printPlace(OpAsmPrinter &p, FlatSymbolRefAttr buffer, Value index) {
  p << buffer;
  if (index)
    p << '[' << index << ']';
}

ParseResult LoadOp::parse(OpAsmParser &p, OperationState &state) {
  std::optional<OpAsmParser::UnresolvedOperand> index, otherwise;
  Type type, indexType;
  if (parsePlace(p, state, index))
    return failure();
  if (succeeded(p.parseOptionalKeyword("else"))) {
    otherwise.emplace();
    if (p.parseOperand(*otherwise))
      return failure();
  }
  if (p.parseOptionalAttrDict(state.attributes) || p.parseColon())
    return failure();
  if (index && (p.parseType(indexType) || p.parseKeyword("to") || p.resolveOperand(*index, indexType, state.operands)))
    return failure();
  if (p.parseType(type) || (otherwise && p.resolveOperand(*otherwise, type, state.operands)))
    return failure();
  state.addTypes(type);
  state.getOrAddProperties<LoadOp::Properties>().operandSegmentSizes = {index ? 1 : 0, otherwise ? 1 : 0};
  return success();
}

void LoadOp::print(OpAsmPrinter &p) {
  p << ' ';
  printPlace(p, getBufferAttr(), getIndex());
  if (getOtherwise())
    p << " else " << getOtherwise();
  p.printOptionalAttrDict((*this)->getAttrs(), {"buffer", getOperandSegmentSizesAttrName()});
  p << " : ";
  if (getIndex())
    p << getIndex().getType() << " to ";
  p << getResult().getType();
}

ParseResult StoreOp::parse(OpAsmParser &p, OperationState &state) {
  OpAsmParser::UnresolvedOperand value;
  std::optional<OpAsmParser::UnresolvedOperand> index;
  Type type, indexType;
  if (p.parseOperand(value) || p.parseComma() || parsePlace(p, state, index) ||
      p.parseOptionalAttrDict(state.attributes) || p.parseColonType(type) ||
      p.resolveOperand(value, type, state.operands))
    return failure();
  if (index && (p.parseComma() || p.parseType(indexType) || p.resolveOperand(*index, indexType, state.operands)))
    return failure();
  return success();
}

void StoreOp::print(OpAsmPrinter &p) {
  p << ' ' << getValue() << ", ";
  printPlace(p, getBufferAttr(), getIndex());
  p.printOptionalAttrDict((*this)->getAttrs(), {"buffer"});
  p << " : " << getValue().getType();
  if (getIndex())
    p << ", " << getIndex().getType();
}

void RowsOp::build(OpBuilder &b, OperationState &state, Domain domain, Mode mode) {
  state.addAttribute(getDomainAttrName(state.name), DomainAttr::get(b.getContext(), domain));
  state.addAttribute(getModeAttrName(state.name), ModeAttr::get(b.getContext(), mode));
  Block &block = state.addRegion()->emplaceBlock();
  if (domain == Domain::Once)
    return;
  if (domain != Domain::Rows)
    block.addArgument(SpaceIndexType::get(b.getContext(), IndexKind::Edge), state.location);
  block.addArgument(SpaceIndexType::get(b.getContext(), IndexKind::Position), state.location);
}

template <typename Enum, typename Attr>
static ParseResult parseEnum(OpAsmParser &p, OperationState &state, StringRef name,
                             std::optional<Enum> (*symbolize)(StringRef), const char *what) {
  StringRef word;
  SMLoc loc = p.getCurrentLocation();
  if (p.parseKeyword(&word))
    return failure();
  std::optional<Enum> value = symbolize(word);
  if (!value)
    return p.emitError(loc) << "unknown " << what << " '" << word << "'";
  state.addAttribute(name, Attr::get(p.getContext(), *value));
  return success();
}

ParseResult RowsOp::parse(OpAsmParser &p, OperationState &state) {
  if (parseEnum<Domain, DomainAttr>(p, state, "domain", symbolizeDomain, "domain") ||
      parseEnum<Mode, ModeAttr>(p, state, "mode", symbolizeMode, "mode"))
    return failure();
  Domain domain = cast<DomainAttr>(state.attributes.get("domain")).getValue();
  SmallVector<OpAsmParser::Argument> args;
  if (p.parseArgumentList(args, OpAsmParser::Delimiter::Paren))
    return failure();
  if (args.size() != (domain == Domain::Once ? 0u : domain == Domain::Rows ? 1u : 2u))
    return p.emitError(p.getNameLoc()) << "expects (position) over rows, (edge, position) over edges, () for once";
  MLIRContext *ctx = p.getContext();
  if (!args.empty())
    args.back().type = SpaceIndexType::get(ctx, IndexKind::Position);
  if (args.size() == 2)
    args.front().type = SpaceIndexType::get(ctx, IndexKind::Edge);
  return failure(p.parseRegion(*state.addRegion(), args) || p.parseOptionalAttrDict(state.attributes));
}

void RowsOp::print(OpAsmPrinter &p) {
  p << ' ' << stringifyDomain(getDomain()) << ' ' << stringifyMode(getMode()) << " (";
  llvm::interleaveComma(getBody().getArguments(), p, [&](BlockArgument a) { p.printRegionArgument(a, {}, true); });
  p << ") ";
  p.printRegion(getBody(), /*printEntryBlockArgs=*/false, /*printBlockTerminators=*/false);
  p.printOptionalAttrDict((*this)->getAttrs(), {"domain", "mode"});
}

void EdgesOp::build(OpBuilder &b, OperationState &state, TypeRange types, Adjacency adjacency, Value position,
                    ArrayRef<ra::Combiner> combiners, ValueRange defaults) {
  state.addOperands(position);
  state.addOperands(defaults);
  state.addTypes(types);
  state.addAttribute(getAdjacencyAttrName(state.name), AdjacencyAttr::get(b.getContext(), adjacency));
  SmallVector<Attribute> attrs;
  for (ra::Combiner c : combiners)
    attrs.push_back(ra::CombinerAttr::get(b.getContext(), c));
  state.addAttribute(getCombinersAttrName(state.name), b.getArrayAttr(attrs));
  Block &block = state.addRegion()->emplaceBlock();
  block.addArgument(SpaceIndexType::get(b.getContext(), IndexKind::Edge), state.location);
}

ParseResult EdgesOp::parse(OpAsmParser &p, OperationState &state) {
  OpAsmParser::UnresolvedOperand position;
  SmallVector<OpAsmParser::UnresolvedOperand> defaults;
  SmallVector<Attribute> combiners;
  MLIRContext *ctx = p.getContext();
  if (parseEnum<Adjacency, AdjacencyAttr>(p, state, "adjacency", symbolizeAdjacency, "edge list") ||
      p.parseOperand(position) || p.parseLSquare())
    return failure();
  do {
    StringRef word;
    SMLoc loc = p.getCurrentLocation();
    if (p.parseKeyword(&word))
      return failure();
    auto c = ra::symbolizeCombiner(word);
    if (!c)
      return p.emitError(loc) << "unknown combiner '" << word << "'";
    combiners.push_back(ra::CombinerAttr::get(ctx, *c));
  } while (succeeded(p.parseOptionalComma()));
  state.addAttribute("combiners", ArrayAttr::get(ctx, combiners));
  if (p.parseRSquare())
    return failure();
  if (succeeded(p.parseOptionalKeyword("else")) && p.parseOperandList(defaults, OpAsmParser::Delimiter::Paren))
    return failure();
  OpAsmParser::Argument edge;
  if (p.parseLParen() || p.parseArgument(edge) || p.parseRParen())
    return failure();
  edge.type = SpaceIndexType::get(ctx, IndexKind::Edge);
  SmallVector<Type> types;
  if (p.parseRegion(*state.addRegion(), edge) || p.parseOptionalAttrDict(state.attributes) ||
      p.parseColonTypeList(types) ||
      p.resolveOperand(position, SpaceIndexType::get(ctx, IndexKind::Position), state.operands))
    return failure();
  state.addTypes(types);
  unsigned next = 0;
  for (auto [type, c] : llvm::zip(types, combiners))
    if (ra::OverOp::takesDefault(cast<ra::CombinerAttr>(c).getValue()) && next < defaults.size())
      if (p.resolveOperand(defaults[next++], type, state.operands))
        return failure();
  if (next != defaults.size())
    return p.emitError(p.getNameLoc()) << "has " << defaults.size() << " defaults, but " << next
                                       << " combiners take one";
  EdgesOp::ensureTerminator(*state.regions.front(), p.getBuilder(), state.location);
  return success();
}

void EdgesOp::print(OpAsmPrinter &p) {
  p << ' ' << stringifyAdjacency(getAdjacency()) << ' ' << getPosition() << " [";
  llvm::interleaveComma(getCombiners(), p,
                        [&](Attribute a) { p << ra::stringifyCombiner(cast<ra::CombinerAttr>(a).getValue()); });
  p << "] ";
  if (!getDefaults().empty())
    p << "else(" << getDefaults() << ") ";
  p << '(';
  p.printRegionArgument(getBody().getArgument(0), {}, true);
  p << ") ";
  p.printRegion(getBody(), /*printEntryBlockArgs=*/false);
  p.printOptionalAttrDict((*this)->getAttrs(), {"adjacency", "combiners"});
  p << " : ";
  llvm::interleaveComma(getResultTypes(), p);
}

ra::Combiner EdgesOp::getCombiner(unsigned i) {
  return cast<ra::CombinerAttr>(getCombiners()[i]).getValue();
}
YieldOp EdgesOp::getYield() {
  return cast<YieldOp>(getBody().front().getTerminator());
}
Value EdgesOp::getDefault(unsigned i) {
  if (!ra::OverOp::takesDefault(getCombiner(i)))
    return {};
  unsigned at = 0;
  for (unsigned j = 0; j < i; ++j)
    at += ra::OverOp::takesDefault(getCombiner(j));
  return at < getDefaults().size() ? getDefaults()[at] : Value();
}
