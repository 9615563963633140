//===- RAOpVerify.cpp - What ra's operations check by themselves ----------===//
#include "Verify.h"

#include "cortex/Dialect/RA/IR/ScheduleAttr.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace cortex::ra;

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

LogicalResult ModelOp::verify() {
  if (!getFloatType().isF32() && !getFloatType().isF64())
    return emitOpError() << "@" << getSymName() << " has float type " << getFloatType() << ", expected f32 or f64";
  if (DictionaryAttr given = getScheduleAttr()) {
    Schedule schedule;
    std::string error;
    if (!readSchedule(given, schedule, error) || !settleSchedule(schedule, error))
      return emitOpError() << "@" << getSymName() << " schedule: " << error;
  }
  return verifyLimits(*this);
}

LogicalResult TypeOp::verify() {
  int64_t min = getMinArity(), max = getMaxArity();
  if (min < 0)
    return emitOpError() << "@" << getSymName() << " has a negative minimum arity " << min;
  if (max < -1)
    return emitOpError() << "@" << getSymName() << " has a negative maximum arity " << max;
  if (min > kMaxSize || max > kMaxSize)
    return emitOpError() << "@" << getSymName() << " has an arity of " << std::max(min, max) << ", expected at most "
                         << kMaxSize;
  if (max >= 0 && max < min)
    return emitOpError() << "@" << getSymName() << " has an empty range of arities: " << min << " to " << max;
  return success();
}

LogicalResult InputOp::verify() {
  if (getPlace() == Place::Roots)
    return emitOpError() << "@" << getSymName()
                         << " lives at roots, expected nodes, edges or structures (roots are nodes)";
  if (getSymName() == kPosition)
    return emitOpError() << "@" << getSymName() << " has the name of the built-in edge input";
  if (!getTypes())
    return success();
  if (getPlace() != Place::Nodes)
    return emitOpError() << "@" << getSymName() << " lives on " << stringifyPlace(getPlace())
                         << ", so it cannot be limited to node types";
  llvm::StringSet<> seen;
  for (Attribute type : getTypesAttr())
    if (!seen.insert(cast<FlatSymbolRefAttr>(type).getValue()).second)
      return emitOpError() << "@" << getSymName() << " names the type " << type << " twice";
  return success();
}

LogicalResult ParamOp::verify() {
  int64_t rank = cast<RankedTensorType>(getType()).getRank();
  if (rank <= 4)
    return success();
  return emitOpError() << "@" << getSymName() << " has rank " << rank << ", expected at most 4";
}

LogicalResult SweepOp::verify() {
  if (getStateNames().empty())
    return emitOpError() << "@" << getSymName() << " has no states";
  if (static_cast<int64_t>(getStateNames().size()) > kMaxStates)
    return emitOpError() << "@" << getSymName() << " has " << getStateNames().size() << " states, expected at most "
                         << kMaxStates;
  if (getStateNames().size() != getStateTypes().size())
    return emitOpError() << "@" << getSymName() << " names " << getStateNames().size() << " states but has types for "
                         << getStateTypes().size();
  llvm::StringSet<> seen;
  for (auto [name, type] : llvm::zip(getStateNames().getAsRange<StringAttr>(), getStateTypes())) {
    if (!seen.insert(name.getValue()).second)
      return emitOpError() << "@" << getSymName() << " has two states @" << name.getValue();
    if (!isa<RankedTensorType>(cast<TypeAttr>(type).getValue()))
      return emitOpError() << "@" << getSymName() << " has state @" << name.getValue() << " of type "
                           << cast<TypeAttr>(type).getValue() << ", expected a tensor";
  }
  if (getPlace() == Place::Edges)
    return emitOpError() << "@" << getSymName() << " runs at edges, expected nodes, roots or structures";
  if (getPlace() != Place::Nodes && getDirection() != Direction::Map)
    return emitOpError() << "@" << getSymName() << " runs " << stringifyDirection(getDirection()) << " at "
                         << stringifyPlace(getPlace()) << ", but only a 'map' sweep runs at "
                         << stringifyPlace(getPlace());
  return success();
}

LogicalResult SweepOp::verifyRegions() {
  BodyOp generic, first;
  llvm::StringSet<> seen;
  for (Operation &op : getBody().getOps()) {
    auto body = dyn_cast<BodyOp>(op);
    if (!body)
      return op.emitError() << "'ra.sweep' op @" << getSymName() << " holds '" << op.getName()
                            << "', expected only 'ra.body'";
    if (!first)
      first = body;
    std::optional<StringRef> type = body.getType();
    if (!type)
      generic = body;
    else if (!seen.insert(body.getKind() ? (*type + "#" + Twine(*body.getKind())).str() : type->str()).second)
      return body.emitOpError() << "is the second one of type @" << *type << " in sweep @" << getSymName();
  }
  if (!first)
    return emitOpError() << "@" << getSymName() << " has no body";
  if (generic && !llvm::hasSingleElement(getBody().getOps<BodyOp>()))
    return generic.emitOpError() << "of sweep @" << getSymName()
                                 << " has no type, so it serves all nodes and must be the only body";
  if (getPlace() == Place::Structures && !generic)
    return first.emitOpError() << "of sweep @" << getSymName() << " has a type, but a sweep at structures takes one "
                               << "body without a type";
  return success();
}

LogicalResult OutputOp::verify() {
  if (getState().getNestedReferences().size() == 1)
    return success();
  return emitOpError() << "@" << getSymName() << " names " << getState() << ", expected a state as @sweep::@state";
}

//===----------------------------------------------------------------------===//
// In bodies
//===----------------------------------------------------------------------===//

/// The operations that only make sense in a body check that they are in one.
static LogicalResult verifyInBody(Operation *op) {
  if (isa_and_present<BodyOp, OverOp>(op->getParentOp()))
    return success();
  return op->emitOpError() << "is only allowed in an 'ra.body' or 'ra.over'";
}

LogicalResult ReadOp::verify() {
  if (failed(verifyInBody(*this)))
    return failure();
  bool isChild = getPlace() == ReadPlace::Child;
  if (isChild && !getIndex())
    return emitOpError() << "of " << getName() << " at a child needs the child's position, as in child(0)";
  if (!isChild && getIndex())
    return emitOpError() << "of " << getName() << " has an index, which only 'child' takes";
  if (isChild && static_cast<int64_t>(*getIndex()) < 0)
    return emitOpError() << "of " << getName() << " at child(" << static_cast<int64_t>(*getIndex())
                         << ") has a negative index";
  if (isChild && static_cast<int64_t>(*getIndex()) > kMaxSize)
    return emitOpError() << "of " << getName() << " at child(" << static_cast<int64_t>(*getIndex())
                         << "), expected a position of at most " << kMaxSize;
  if (getName().getNestedReferences().size() > 1)
    return emitOpError() << "names " << getName() << ", expected @name or @sweep::@state";
  if (!getOtherwise())
    return success();
  if (!isChild && getPlace() != ReadPlace::Parent)
    return emitOpError() << "of " << getName() << " has an 'else', but a value at '" << stringifyReadPlace(getPlace())
                         << "' is never absent";
  if (getOtherwise().getType() != getResult().getType())
    return emitOpError() << "of " << getName() << " has an 'else' of type " << getOtherwise().getType() << ", expected "
                         << getResult().getType();
  return success();
}

LogicalResult LookupOp::verify() {
  if (failed(verifyInBody(*this)))
    return failure();
  RankedTensorType table = getTable().getType();
  if (table.getRank() == 0)
    return emitOpError() << "has a table of rank 0, expected a leading dimension to look up in";
  int64_t domain = cast<SymbolType>(getSymbol().getType()).getSize();
  if (domain != table.getDimSize(0))
    return emitOpError() << "looks up a symbol with domain " << domain << " in a table whose leading dimension is "
                         << table.getDimSize(0);
  auto slice = RankedTensorType::get(table.getShape().drop_front(), table.getElementType());
  if (getResult().getType() != slice)
    return emitOpError() << "has a result of type " << getResult().getType() << ", expected " << slice;
  return success();
}

LogicalResult OverOp::verify() {
  if (!isa_and_present<BodyOp>((*this)->getParentOp()))
    return isa_and_present<OverOp>((*this)->getParentOp()) ? emitOpError() << "must not be nested in another 'ra.over'"
                                                           : emitOpError() << "is only allowed in an 'ra.body'";
  unsigned number = getNumCombiners();
  if (number == 0)
    return emitOpError() << "has no combiners";
  if (getNumResults() != number)
    return emitOpError() << "has " << number << " combiners but " << getNumResults() << " results";
  unsigned withDefault = 0;
  for (unsigned i = 0; i != number; ++i)
    withDefault += takesDefault(getCombiner(i));
  if (!getDefaults().empty() && getDefaults().size() != withDefault)
    return emitOpError() << "has " << getDefaults().size() << " defaults, expected one for each of the " << withDefault
                         << " combiners max, min and softmax, or none";
  for (unsigned i = 0; i != number; ++i)
    if (Value value = getDefault(i); value && value.getType() != getResult(i).getType())
      return emitOpError() << "has a default of type " << value.getType() << " for combiner #" << i << " ("
                           << stringifyCombiner(getCombiner(i)) << "), expected " << getResult(i).getType();
  return success();
}

LogicalResult OverOp::verifyRegions() {
  ValueRange values = getYield().getValues();
  unsigned expected = getYieldIndex(getNumCombiners());
  if (values.size() != expected)
    return getYield().emitOpError() << "gives " << values.size() << " values to 'ra.over', whose combiners take "
                                    << expected << " (two for softmax, score and value; one for each of the others)";
  for (unsigned i = 0, e = getNumCombiners(); i != e; ++i) {
    unsigned index = getYieldIndex(i);
    StringRef combiner = stringifyCombiner(getCombiner(i));
    if (getCombiner(i) == Combiner::Softmax) {
      auto score = cast<RankedTensorType>(values[index].getType());
      if (score.getRank() != 0)
        return getYield().emitOpError() << "gives combiner #" << i << " (softmax) a score of type " << score
                                        << ", expected rank 0";
      ++index;
    }
    if (values[index].getType() != getResult(i).getType())
      return getYield().emitOpError() << "gives combiner #" << i << " (" << combiner << ") a value of type "
                                      << values[index].getType() << ", but its result has type "
                                      << getResult(i).getType();
  }
  return success();
}
