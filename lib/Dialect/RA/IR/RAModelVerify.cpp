//===- RAModelVerify.cpp - What is checked over a whole model -------------===//
#include "Verify.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace cortex::ra;

ModelContext::ModelContext(ModelOp model)
    : model(model), floatType(model.getFloatType()), types(getTypes(model)), symbols(model) {}

BodyContext::BodyContext(ModelContext &model, SweepOp sweep, BodyOp body) : model(model), sweep(sweep), body(body) {
  std::optional<StringRef> type = body.getType();
  if (sweep.getPlace() != Place::Structures)
    for (TypeOp candidate : model.types)
      if (!type || candidate.getSymName() == *type)
        served.push_back(candidate);
  if (type)
    where = ("of @" + *type + " ").str();
  where += ("in sweep @" + sweep.getSymName()).str();
}

bool cortex::ra::isModelTensor(Type type, FloatType floatType) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape() && !tensor.getEncoding() && tensor.getElementType() == floatType &&
         !llvm::is_contained(tensor.getShape(), 0);
}

static LogicalResult verifyInput(InputOp input, ModelContext &model) {
  if (!isa<SymbolType>(input.getType()) && !isModelTensor(input.getType(), model.floatType))
    return input.emitOpError() << "@" << input.getSymName() << " has type " << input.getType()
                               << ", expected a symbol or a tensor of " << model.floatType
                               << " with static, positive sizes";
  if (ArrayAttr types = input.getTypesAttr())
    for (auto type : types.getAsRange<FlatSymbolRefAttr>())
      if (!model.symbols.lookup<TypeOp>(type.getValue()))
        return input.emitOpError() << "@" << input.getSymName() << " names " << type
                                   << ", which is not a node type of the model";
  return success();
}

static LogicalResult verifyParam(ParamOp param, ModelContext &model) {
  if (isModelTensor(param.getType(), model.floatType))
    return success();
  return param.emitOpError() << "@" << param.getSymName() << " has type " << param.getType()
                             << ", expected a tensor of " << model.floatType << " with static, positive sizes";
}

static LogicalResult verifyType(TypeOp type, ModelContext &model) {
  int64_t max = type.getMaxArity();
  if (model.model.getStructure() != Structure::Sequence || (max >= 0 && max <= 1))
    return success();
  return type.emitOpError() << "@" << type.getSymName()
                            << " allows more than one child, but an element of a sequence has at most one";
}

static LogicalResult verifyOutput(OutputOp output, ModelContext &model) {
  StringRef sweepName = output.getState().getRootReference();
  StringRef state = output.getState().getLeafReference();
  auto sweep = model.symbols.lookup<SweepOp>(sweepName);
  if (!sweep)
    return output.emitOpError() << "@" << output.getSymName() << " names " << output.getState()
                                << ", but the model has no sweep @" << sweepName;
  if (sweep.findState(state) < 0)
    return output.emitOpError() << "@" << output.getSymName() << " names " << output.getState() << ", but sweep @"
                                << sweepName << " has no state @" << state;
  Place place = output.getEffectivePlace();
  // A root is a node, so what nodes compute can be read at the roots alone.
  if (place == sweep.getPlace() || (place == Place::Roots && sweep.getPlace() == Place::Nodes))
    return success();
  return output.emitOpError() << "@" << output.getSymName() << " reads " << output.getState() << " at "
                              << stringifyPlace(place) << ", but sweep @" << sweepName << " runs at "
                              << stringifyPlace(sweep.getPlace());
}

/// The body's yield gives the sweep's states, in order.
static LogicalResult verifyYield(BodyContext &context) {
  YieldOp yield = context.body.getYield();
  SweepOp sweep = context.sweep;
  if (yield.getValues().size() != sweep.getNumStates())
    return yield.emitOpError() << context.where << " gives " << yield.getValues().size()
                               << " values, but the sweep has " << sweep.getNumStates() << " states";
  for (unsigned i = 0, e = sweep.getNumStates(); i != e; ++i)
    if (Type type = yield.getValues()[i].getType(); type != sweep.getStateType(i))
      return yield.emitOpError() << context.where << " gives state @" << sweep.getStateName(i) << " a value of type "
                                 << type << ", expected " << sweep.getStateType(i);
  return success();
}

static LogicalResult verifyOps(Region &region, BodyContext &context) {
  for (Operation &op : region.front()) {
    if (failed(verifyBodyOp(&op, context)))
      return failure();
    if (auto read = dyn_cast<ReadOp>(op)) {
      if (failed(verifyRead(read, context)))
        return failure();
    } else if (auto over = dyn_cast<OverOp>(op)) {
      if (failed(verifyOver(over, context)) || failed(verifyOps(over.getBody(), context)))
        return failure();
    }
  }
  return success();
}

/// A type has one body, or one for each of its kinds.
static LogicalResult verifyKinds(SweepOp sweep, TypeOp type) {
  unsigned bodies = 0, kinded = 0, kinds = countKinds(type.getKinds());
  for (BodyOp body : sweep.getBody().getOps<BodyOp>()) {
    if (body.getType() != type.getSymName())
      continue;
    ++bodies;
    kinded += body.getKind().has_value();
    if (body.getKind() && (type.getKinds() == KindRule::None || *body.getKind() >= kinds))
      return body.emitOpError() << "in sweep @" << sweep.getSymName() << " is for kind " << *body.getKind() << " of @"
                                << type.getSymName() << ", which tells its kinds apart by '"
                                << stringifyKindRule(type.getKinds()) << "'";
  }
  if (kinded == 0 || (kinded == bodies && kinded == kinds))
    return success();
  return sweep.emitOpError() << "@" << sweep.getSymName() << " has bodies for " << kinded << " of the " << kinds
                             << " kinds of @" << type.getSymName() << ", expected one for each and no other";
}

static LogicalResult verifySweep(SweepOp sweep, ModelContext &model) {
  for (unsigned i = 0, e = sweep.getNumStates(); i != e; ++i)
    if (!isModelTensor(sweep.getStateType(i), model.floatType))
      return sweep.emitOpError() << "@" << sweep.getSymName() << " has state @" << sweep.getStateName(i) << " of type "
                                 << sweep.getStateType(i) << ", expected a tensor of " << model.floatType
                                 << " with static, positive sizes";
  for (BodyOp body : sweep.getBody().getOps<BodyOp>())
    if (body.getType() && !model.symbols.lookup<TypeOp>(*body.getType()))
      return body.emitOpError() << "in sweep @" << sweep.getSymName() << " is for @" << *body.getType()
                                << ", which is not a node type of the model";
  for (TypeOp type : model.types) {
    if (!sweep.getBodyFor(type.getSymName()))
      return sweep.emitOpError() << "@" << sweep.getSymName() << " has no body for nodes of type @"
                                 << type.getSymName();
    if (failed(verifyKinds(sweep, type)))
      return failure();
  }
  for (BodyOp body : sweep.getBody().getOps<BodyOp>()) {
    BodyContext context(model, sweep, body);
    if (failed(verifyOps(body.getBody(), context)) || failed(verifyYield(context)))
      return failure();
  }
  return success();
}

LogicalResult ModelOp::verifyRegions() {
  // Checked before anything is looked up: a foreign operation may hold anything.
  for (Operation &op : getBody().getOps())
    if (!isa<TypeOp, InputOp, ParamOp, SweepOp, OutputOp>(op))
      return op.emitError() << "'ra.model' op @" << getSymName() << " holds '" << op.getName()
                            << "', expected types, inputs, parameters, sweeps and outputs";
  if (getBody().getOps<TypeOp>().empty())
    return emitOpError() << "@" << getSymName() << " declares no node type";
  if (getBody().getOps<SweepOp>().empty())
    return emitOpError() << "@" << getSymName() << " has no sweep";

  ModelContext context(*this);
  for (Operation &op : getBody().getOps()) {
    LogicalResult result = TypeSwitch<Operation *, LogicalResult>(&op)
                               .Case([&](TypeOp type) { return verifyType(type, context); })
                               .Case([&](InputOp input) { return verifyInput(input, context); })
                               .Case([&](ParamOp param) { return verifyParam(param, context); })
                               .Case([&](SweepOp sweep) { return verifySweep(sweep, context); })
                               .Case([&](OutputOp output) { return verifyOutput(output, context); });
    if (failed(result))
      return failure();
  }
  return success();
}
