//===- RAOps.cpp - Operations of the Recursive API dialect ----------------===//
//
// Assembly and accessors. What an operation can check by itself is in
// RAOpVerify.cpp, what needs the whole model in RAModelVerify.cpp.
//
//===----------------------------------------------------------------------===//
#include "cortex/Dialect/RA/IR/RA.h"

#include <limits>

using namespace mlir;
using namespace cortex::ra;

//===----------------------------------------------------------------------===//
// Custom assembly
//===----------------------------------------------------------------------===//

/// `n`, `a to b` or `a to *` (max = -1).
static ParseResult parseArityRange(OpAsmParser &parser, IntegerAttr &minArity, IntegerAttr &maxArity) {
  Type i64 = parser.getBuilder().getI64Type();
  int64_t min = 0, max = 0;
  if (parser.parseInteger(min))
    return failure();
  max = min;
  if (succeeded(parser.parseOptionalKeyword("to"))) {
    if (succeeded(parser.parseOptionalStar()))
      max = -1;
    else if (parser.parseInteger(max))
      return failure();
  }
  minArity = IntegerAttr::get(i64, min);
  maxArity = IntegerAttr::get(i64, max);
  return success();
}

static void printArityRange(OpAsmPrinter &printer, TypeOp, IntegerAttr minArity, IntegerAttr maxArity) {
  printer << minArity.getInt();
  if (maxArity.getInt() == minArity.getInt())
    return;
  printer << " to ";
  if (maxArity.getInt() < 0)
    printer << '*';
  else
    printer << maxArity.getInt();
}

/// `@a, @b, …`
static ParseResult parseSymbolList(OpAsmParser &parser, ArrayAttr &symbols) {
  SmallVector<Attribute> list;
  auto parseOne = [&]() -> ParseResult {
    StringAttr name;
    if (parser.parseSymbolName(name))
      return failure();
    list.push_back(FlatSymbolRefAttr::get(name));
    return success();
  };
  if (parser.parseCommaSeparatedList(parseOne))
    return failure();
  symbols = parser.getBuilder().getArrayAttr(list);
  return success();
}

static void printSymbolList(OpAsmPrinter &printer, Operation *, ArrayAttr symbols) {
  llvm::interleaveComma(symbols, printer,
                        [&](Attribute a) { printer.printSymbolName(cast<FlatSymbolRefAttr>(a).getValue()); });
}

/// `@h : tensor<…>, @c : tensor<…>`
static ParseResult parseStates(OpAsmParser &parser, ArrayAttr &names, ArrayAttr &types) {
  SmallVector<Attribute> nameList, typeList;
  auto parseOne = [&]() -> ParseResult {
    StringAttr name;
    Type type;
    if (parser.parseSymbolName(name) || parser.parseColonType(type))
      return failure();
    nameList.push_back(name);
    typeList.push_back(TypeAttr::get(type));
    return success();
  };
  if (parser.parseCommaSeparatedList(parseOne))
    return failure();
  names = parser.getBuilder().getArrayAttr(nameList);
  types = parser.getBuilder().getArrayAttr(typeList);
  return success();
}

static void printStates(OpAsmPrinter &printer, Operation *, ArrayAttr names, ArrayAttr types) {
  llvm::interleaveComma(llvm::zip(names, types), printer, [&](auto state) {
    printer.printSymbolName(cast<StringAttr>(std::get<0>(state)).getValue());
    printer << " : " << cast<TypeAttr>(std::get<1>(state)).getValue();
  });
}

/// `sum, softmax, …`
static ParseResult parseCombiners(OpAsmParser &parser, ArrayAttr &combiners) {
  SmallVector<Attribute> list;
  auto parseOne = [&]() -> ParseResult {
    StringRef keyword;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&keyword))
      return failure();
    std::optional<Combiner> combiner = symbolizeCombiner(keyword);
    if (!combiner)
      return parser.emitError(loc) << "unknown combiner '" << keyword
                                   << "', expected sum, mean, prod, max, min or softmax";
    list.push_back(parser.getBuilder().getI32IntegerAttr(static_cast<int32_t>(*combiner)));
    return success();
  };
  if (parser.parseCommaSeparatedList(parseOne))
    return failure();
  combiners = parser.getBuilder().getArrayAttr(list);
  return success();
}

static Combiner toCombiner(Attribute attr) {
  return static_cast<Combiner>(cast<IntegerAttr>(attr).getInt());
}

static void printCombiners(OpAsmPrinter &printer, Operation *, ArrayAttr combiners) {
  llvm::interleaveComma(combiners, printer, [&](Attribute a) { printer << stringifyCombiner(toCombiner(a)); });
}

// Defaults have their results' types, so the text does not repeat them.
static ParseResult parseDefaultTypes(OpAsmParser &parser, ArrayRef<OpAsmParser::UnresolvedOperand> defaults,
                                     ArrayRef<Type> results, ArrayAttr combiners, SmallVectorImpl<Type> &types) {
  if (defaults.empty())
    return success();
  for (auto [type, combiner] : llvm::zip(results, combiners))
    if (OverOp::takesDefault(toCombiner(combiner)))
      types.push_back(type);
  if (types.size() == defaults.size())
    return success();
  return parser.emitError(defaults.front().location) << "expected one default for each of the " << types.size()
                                                     << " combiners max, min and softmax, got " << defaults.size();
}

static void printDefaultTypes(OpAsmPrinter &, OverOp, OperandRange, TypeRange, ArrayAttr, TypeRange) {}

static ParseResult parseElseType(OpAsmParser &, const std::optional<OpAsmParser::UnresolvedOperand> &otherwise,
                                 Type result, Type &type) {
  if (otherwise)
    type = result;
  return success();
}

static void printElseType(OpAsmPrinter &, ReadOp, Value, Type, Type) {}

#define GET_OP_CLASSES
#include "cortex/Dialect/RA/IR/RAOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Accessors
//===----------------------------------------------------------------------===//

StringRef SweepOp::getStateName(unsigned i) {
  return cast<StringAttr>(getStateNames()[i]).getValue();
}

RankedTensorType SweepOp::getStateType(unsigned i) {
  return cast<RankedTensorType>(cast<TypeAttr>(getStateTypes()[i]).getValue());
}

int SweepOp::findState(StringRef name) {
  for (unsigned i = 0, e = getNumStates(); i != e; ++i)
    if (getStateName(i) == name)
      return i;
  return -1;
}

BodyOp SweepOp::getBodyFor(StringRef type) {
  for (BodyOp body : getBody().getOps<BodyOp>())
    if (!body.getType() || *body.getType() == type)
      return body;
  return {};
}

YieldOp BodyOp::getYield() {
  return cast<YieldOp>(getBody().front().getTerminator());
}

bool BodyOp::isSymbolChild(int64_t i) {
  auto type = getKind() && getType()
                  ? dyn_cast_or_null<TypeOp>(SymbolTable::lookupSymbolIn(getModel(*this), *getType()))
                  : TypeOp();
  return type && ra::isSymbolChild(type.getKinds(), *getKind(), i);
}

Place OutputOp::getEffectivePlace() {
  if (std::optional<Place> place = getPlace())
    return *place;
  Operation *sweep = SymbolTable::lookupNearestSymbolFrom(*this, getState().getRootReference());
  if (auto op = dyn_cast_or_null<SweepOp>(sweep))
    return op.getPlace() == Place::Nodes ? Place::Roots : op.getPlace();
  return Place::Roots;
}

void ReadOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getResult(), getNameAttr().getLeafReference());
}

YieldOp OverOp::getYield() {
  return cast<YieldOp>(getBody().front().getTerminator());
}

Combiner OverOp::getCombiner(unsigned i) {
  return toCombiner(getCombiners()[i]);
}

unsigned OverOp::getYieldIndex(unsigned i) {
  unsigned index = i;
  for (unsigned j = 0; j != i; ++j)
    index += getCombiner(j) == Combiner::Softmax;
  return index;
}

Value OverOp::getDefault(unsigned i) {
  if (!takesDefault(getCombiner(i)) || getDefaults().empty())
    return {};
  unsigned index = 0;
  for (unsigned j = 0; j != i; ++j)
    index += takesDefault(getCombiner(j));
  return getDefaults()[index];
}

//===----------------------------------------------------------------------===//
// Helpers over models
//===----------------------------------------------------------------------===//

SmallVector<TypeOp> cortex::ra::getTypes(ModelOp model) {
  return llvm::to_vector(model.getBody().getOps<TypeOp>());
}

bool cortex::ra::arityRangesOverlap(TypeOp a, TypeOp b) {
  auto upper = [](TypeOp type) -> int64_t {
    int64_t max = type.getMaxArity();
    return max < 0 ? std::numeric_limits<int64_t>::max() : max;
  };
  return static_cast<int64_t>(a.getMinArity()) <= upper(b) && static_cast<int64_t>(b.getMinArity()) <= upper(a);
}

bool cortex::ra::typesOverlap(ModelOp model) {
  SmallVector<TypeOp> types = getTypes(model);
  for (size_t i = 0; i < types.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (arityRangesOverlap(types[i], types[j]))
        return true;
  return false;
}

bool cortex::ra::hasInput(TypeOp type, InputOp input) {
  if (input.getPlace() != Place::Nodes)
    return false;
  std::optional<ArrayAttr> types = input.getTypes();
  return !types || llvm::any_of(*types, [&](Attribute attr) {
    return cast<FlatSymbolRefAttr>(attr).getValue() == type.getSymName();
  });
}

unsigned cortex::ra::countKinds(KindRule rule) {
  return rule == KindRule::None ? 1 : rule == KindRule::FirstTwo ? 4 : 2;
}

bool cortex::ra::isSymbolChild(KindRule rule, uint64_t kind, int64_t i) {
  int64_t told = rule == KindRule::First ? 1 : rule == KindRule::FirstTwo ? 2 : 0;
  return i < told && (kind >> i & 1);
}

ModelOp cortex::ra::getModel(Operation *op) {
  auto model = dyn_cast<ModelOp>(op);
  return model ? model : op->getParentOfType<ModelOp>();
}

SweepOp cortex::ra::getSweep(Operation *op) {
  auto sweep = dyn_cast<SweepOp>(op);
  return sweep ? sweep : op->getParentOfType<SweepOp>();
}
