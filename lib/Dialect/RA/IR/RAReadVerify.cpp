//===- RAReadVerify.cpp - Who may read what, and where --------------------===//
//
// A read is checked in three steps: the name resolves and has the type that is
// read; the place exists where the body runs (and has an `else` where it may be
// absent); what is read lives at that place and is computed before it is read.
//
//===----------------------------------------------------------------------===//
#include "Verify.h"

using namespace mlir;
using namespace cortex::ra;

namespace {

/// Checks one ra.read.
class ReadVerifier {
public:
  ReadVerifier(ReadOp read, BodyContext &body)
      : read(read), body(body), over(dyn_cast<OverOp>(read->getParentOp())), place(read.getPlace()) {}

  LogicalResult verify();

private:
  /// "'ra.read' op of @leaf in sweep @up reads @up::@h at child(0), "
  InFlightDiagnostic error();

  LogicalResult verifyType(Type declared);
  LogicalResult verifyPlace();
  LogicalResult verifyChild();
  LogicalResult verifyParam();
  LogicalResult verifyPosition();
  LogicalResult verifyInput();
  LogicalResult verifyNodeInput(InputOp input);
  LogicalResult verifyState();
  LogicalResult verifyOwnState();
  LogicalResult verifyNodeState();

  /// Whether the place is a child that is known to be of a symbol type.
  bool readsSymbolChild() {
    return place == ReadPlace::Child ? body.body.isSymbolChild(*read.getIndex())
                                     : place == ReadPlace::There && over && over.getNeighbours() == Neighbours::Symbols;
  }
  bool readsNeighbour() { return place == ReadPlace::Child || place == ReadPlace::Parent || place == ReadPlace::There; }

  ReadOp read;
  BodyContext &body;
  OverOp over;
  ReadPlace place;
};

} // namespace

InFlightDiagnostic ReadVerifier::error() {
  InFlightDiagnostic diagnostic = read.emitOpError() << body.where << " reads " << read.getName();
  if (place == ReadPlace::Param)
    diagnostic << " as a parameter, ";
  else if (place == ReadPlace::Child)
    diagnostic << " at child(" << *read.getIndex() << "), ";
  else
    diagnostic << " at " << stringifyReadPlace(place) << ", ";
  return diagnostic;
}

LogicalResult ReadVerifier::verifyType(Type declared) {
  if (read.getResult().getType() == declared)
    return success();
  return error() << "which has type " << declared << ", as " << read.getResult().getType();
}

LogicalResult ReadVerifier::verifyChild() {
  int64_t index = *read.getIndex();
  if (body.body.isSymbolChild(index))
    return success();
  bool someHaveIt = false, allHaveIt = true;
  for (TypeOp type : body.served) {
    int64_t max = type.getMaxArity();
    someHaveIt |= max < 0 || index < max;
    allHaveIt &= index < static_cast<int64_t>(type.getMinArity());
  }
  if (!someHaveIt) {
    InFlightDiagnostic diagnostic = error() << "but ";
    if (body.served.size() == 1)
      return diagnostic << "a node of type @" << body.served.front().getSymName() << " has at most "
                        << body.served.front().getMaxArity() << " children";
    return diagnostic << "no node type has that many children";
  }
  if (allHaveIt || read.getOtherwise())
    return success();
  if (isa<SymbolType>(read.getResult().getType()))
    return error() << "a symbol, but that child may be absent and a symbol has no default";
  return error() << "but that child may be absent; give its value with 'else'";
}

LogicalResult ReadVerifier::verifyPlace() {
  switch (place) {
  case ReadPlace::Param:
  case ReadPlace::Self:
  case ReadPlace::Structure:
    return success();
  case ReadPlace::Child:
    if (body.atStructures())
      return error() << "but a structure has no children; reduce over its nodes with 'ra.over nodes'";
    return verifyChild();
  case ReadPlace::Parent:
    if (body.atStructures())
      return error() << "but a structure has no parent; reduce over its nodes with 'ra.over nodes'";
    if (body.model.model.getStructure() == Structure::Dag)
      return error() << "but a node of a dag may have several parents; reduce over them with 'ra.over parents'";
    if (read.getOtherwise())
      return success();
    if (isa<SymbolType>(read.getResult().getType()))
      return error() << "a symbol, but a root has no parent and a symbol has no default";
    return error() << "but a root has no parent; give its value with 'else'";
  case ReadPlace::There:
    if (!over)
      return error() << "but 'there' is a neighbour, which only 'ra.over' has";
    return success();
  case ReadPlace::Edge:
    if (!over || over.getNeighbours() == Neighbours::Nodes)
      return error() << "but only 'ra.over children' and 'ra.over parents' go along edges";
    return success();
  }
  llvm_unreachable("all places are listed");
}

LogicalResult ReadVerifier::verifyParam() {
  Operation *target = read.getName().getNestedReferences().empty()
                          ? body.model.symbols.lookup(read.getName().getRootReference())
                          : nullptr;
  if (!target)
    return error() << "which the model does not declare";
  if (auto param = dyn_cast<ParamOp>(target))
    return verifyType(param.getType());
  return error() << "but it is an '" << target->getName() << "'";
}

LogicalResult ReadVerifier::verifyPosition() {
  Type type = read.getResult().getType();
  auto symbol = dyn_cast<SymbolType>(type);
  if (!symbol) {
    Type scalar = RankedTensorType::get({}, body.model.floatType);
    if (type == scalar)
      return success();
    return error() << "the built-in position, as " << type << ", expected a symbol or " << scalar;
  }
  // The position is one in the list of the node at the edge's upper end: this
  // node when going over children, any node when going over parents.
  ArrayRef<TypeOp> owners = over.getNeighbours() != Neighbours::Parents ? body.served : body.model.types;
  for (TypeOp type : owners) {
    int64_t max = type.getMaxArity();
    if (max < 0)
      return error() << "the built-in position, as a symbol with domain " << symbol.getSize() << ", but nodes of type @"
                     << type.getSymName() << " have no largest number of children";
    if (max > symbol.getSize())
      return error() << "the built-in position, as a symbol with domain " << symbol.getSize() << ", but nodes of type @"
                     << type.getSymName() << " may have " << max << " children";
  }
  return success();
}

LogicalResult ReadVerifier::verifyNodeInput(InputOp input) {
  if (place == ReadPlace::Self) {
    if (body.atStructures())
      return error() << "but this input lives on nodes; reduce over them with 'ra.over nodes'";
    for (TypeOp type : body.served)
      if (!hasInput(type, input))
        return error() << "an input that nodes of type @" << type.getSymName() << " do not have";
    return success();
  }
  if (!readsNeighbour())
    return error() << "but this input lives on nodes: it is read at self, child, parent or there";
  for (TypeOp type : body.model.types)
    if (!hasInput(type, input) && (type.getSymbol() || !readsSymbolChild()))
      return error() << "which may be of type @" << type.getSymName() << ", whose nodes do not have this input";
  return success();
}

LogicalResult ReadVerifier::verifyInput() {
  StringRef name = read.getName().getRootReference();
  Operation *target = body.model.symbols.lookup(name);
  if (!target)
    return error() << "which the model does not declare";
  if (isa<ParamOp>(target))
    return error() << "but it is a parameter: it is read with 'param'";
  if (auto sweep = dyn_cast<SweepOp>(target))
    return error() << "but it is a sweep: name one of its states, as @" << name << "::@" << sweep.getStateName(0);
  auto input = dyn_cast<InputOp>(target);
  if (!input)
    return error() << "but it is an '" << target->getName() << "'";
  if (failed(verifyType(input.getType())))
    return failure();
  switch (input.getPlace()) {
  case Place::Nodes:
    return verifyNodeInput(input);
  case Place::Edges:
    if (place != ReadPlace::Edge)
      return error() << "but this input lives on edges: it is read at edge, in 'ra.over'";
    return success();
  case Place::Structures:
    if (place != ReadPlace::Structure)
      return error() << "but this input lives on structures: it is read at structure";
    return success();
  case Place::Roots:
    break;
  }
  llvm_unreachable("ra.input checks its place");
}

LogicalResult ReadVerifier::verifyOwnState() {
  Direction direction = body.sweep.getDirection();
  bool overParents = over && over.getNeighbours() == Neighbours::Parents;
  bool overChildren = over && !overParents && over.getNeighbours() != Neighbours::Nodes;
  bool atChild = place == ReadPlace::Child || (place == ReadPlace::There && overChildren);
  bool atParent = place == ReadPlace::Parent || (place == ReadPlace::There && overParents);
  if ((direction == Direction::Up && atChild) || (direction == Direction::Down && atParent))
    return success();
  InFlightDiagnostic diagnostic = error() << "a state of the same sweep, but ";
  switch (direction) {
  case Direction::Up:
    return diagnostic << "an 'up' sweep may read its own states only at children";
  case Direction::Down:
    return diagnostic << "a 'down' sweep may read its own states only at parents";
  case Direction::Map:
    return diagnostic << "a 'map' sweep may not read its own states";
  }
  llvm_unreachable("all directions are listed");
}

LogicalResult ReadVerifier::verifyNodeState() {
  if (place == ReadPlace::Self && body.atStructures())
    return error() << "but this state lives on nodes; reduce over them with 'ra.over nodes'";
  if (place == ReadPlace::Self || readsNeighbour())
    return success();
  return error() << "but this state lives on nodes: it is read at self, child, parent or there";
}

LogicalResult ReadVerifier::verifyState() {
  StringRef sweepName = read.getName().getRootReference();
  StringRef stateName = read.getName().getLeafReference();
  auto sweep = body.model.symbols.lookup<SweepOp>(sweepName);
  if (!sweep)
    return error() << "but the model has no sweep @" << sweepName;
  int state = sweep.findState(stateName);
  if (state < 0)
    return error() << "but sweep @" << sweepName << " has no state @" << stateName;
  if (failed(verifyType(sweep.getStateType(state))))
    return failure();
  if (sweep == body.sweep)
    return verifyOwnState();
  if (!sweep->isBeforeInBlock(body.sweep))
    return error() << "but sweep @" << sweepName << " runs after sweep @" << body.sweep.getSymName();
  switch (sweep.getPlace()) {
  case Place::Nodes:
    return verifyNodeState();
  case Place::Roots:
    if (place != ReadPlace::Self || body.sweep.getPlace() != Place::Roots)
      return error() << "but this state lives on roots: it is read at self, in a later sweep at roots";
    return success();
  case Place::Structures:
    if (body.atStructures() && place != ReadPlace::Self)
      return error() << "but a body at structures reads a structure's states at self";
    if (!body.atStructures() && place != ReadPlace::Structure)
      return error() << "but this state lives on structures: it is read at structure";
    return success();
  case Place::Edges:
    break;
  }
  llvm_unreachable("ra.sweep checks its place");
}

LogicalResult ReadVerifier::verify() {
  if (place == ReadPlace::Param)
    return verifyParam();
  if (failed(verifyPlace()))
    return failure();
  if (!read.getName().getNestedReferences().empty())
    return verifyState();
  if (place == ReadPlace::Edge && read.getName().getRootReference() == kPosition)
    return verifyPosition();
  return verifyInput();
}

LogicalResult cortex::ra::verifyRead(ReadOp read, BodyContext &body) {
  return ReadVerifier(read, body).verify();
}

LogicalResult cortex::ra::verifyOver(OverOp over, BodyContext &body) {
  Neighbours neighbours = over.getNeighbours();
  StringRef name = stringifyNeighbours(neighbours);
  if (body.atStructures() != (neighbours == Neighbours::Nodes))
    return over.emitOpError() << body.where << " goes over " << name << ", but the sweep runs at "
                              << stringifyPlace(body.sweep.getPlace())
                              << (body.atStructures() ? ", which have only nodes"
                                                      : ", which have children and parents");
  if (!over.getDefaults().empty())
    return success();
  // A structure has at least one node; a node may be a root, and have as few
  // children as its type allows.
  bool maybeNobody = neighbours == Neighbours::Parents ||
                     (neighbours == Neighbours::Children &&
                      llvm::any_of(body.served, [](TypeOp type) { return type.getMinArity() == 0; }));
  if (!maybeNobody)
    return success();
  for (unsigned i = 0, e = over.getNumCombiners(); i != e; ++i)
    if (OverOp::takesDefault(over.getCombiner(i)))
      return over.emitOpError() << body.where << " goes over " << name << ", of which there may be none, so combiner #"
                                << i << " (" << stringifyCombiner(over.getCombiner(i)) << ") needs a default by 'else'";
  return success();
}
