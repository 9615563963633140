//===- RALimits.cpp - How large a model may be ----------------------------===//
//
// Checked when the model's operation is entered, so before the verifiers of the
// operations in it, upstream's included, multiply the sizes of a shape.
//
//===----------------------------------------------------------------------===//
#include "Verify.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace cortex::ra;

/// "has a tensor of type …, expected …", or nothing where the sizes are in range. Dynamic sizes are told apart later.
static LogicalResult verifySizes(Operation *op, RankedTensorType type) {
  int64_t elements = 1;
  bool fits = true;
  for (int64_t size : type.getShape())
    if (size > 0 && fits) {
      fits = size <= kMaxSize && elements <= kMaxElements / size;
      elements *= fits ? size : 1;
    }
  if (fits)
    return success();
  return op->emitOpError() << "has a tensor of type " << type << ", expected sizes of at most " << kMaxSize
                           << " and at most 2^40 elements";
}

/// The types of results and block arguments, and those in attributes.
static LogicalResult verifyTypes(Operation *op) {
  auto check = [&](RankedTensorType type) {
    return succeeded(verifySizes(op, type)) ? WalkResult::advance() : WalkResult::interrupt();
  };
  for (Type type : op->getResultTypes())
    if (type.walk(check).wasInterrupted())
      return failure();
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (Type type : block.getArgumentTypes())
        if (type.walk(check).wasInterrupted())
          return failure();
  return failure(op->getAttrDictionary().walk(check).wasInterrupted());
}

static LogicalResult verifyName(Operation *op) {
  auto name = op->getAttrOfType<StringAttr>(SymbolTable::getSymbolAttrName());
  if (!name || static_cast<int64_t>(name.size()) <= kMaxName)
    return success();
  return op->emitOpError() << "has a name of " << name.size() << " characters, expected at most " << kMaxName;
}

/// `number` of `what`, of which there may be `most`.
static LogicalResult verifyNumber(Operation *op, int64_t number, const char *what, int64_t most) {
  if (number <= most)
    return success();
  return op->emitOpError() << "has " << number << ' ' << what << ", expected at most " << most;
}

LogicalResult cortex::ra::verifyLimits(ModelOp model) {
  auto declarations = model.getBody().getOps();
  const int64_t number = std::distance(declarations.begin(), declarations.end());
  const auto types = llvm::range_size(model.getBody().getOps<TypeOp>());
  if (failed(verifyNumber(model, types, "node types", kMaxTypes)) ||
      failed(verifyNumber(model, number, "declarations", kMaxDeclarations)))
    return failure();
  WalkResult result = model->walk<WalkOrder::PreOrder>([](Operation *op) {
    int64_t operations = 0;
    if (isa<BodyOp>(op))
      op->walk([&](Operation *) { ++operations; });
    const bool fits = succeeded(verifyName(op)) && succeeded(verifyTypes(op)) &&
                      succeeded(verifyNumber(op, operations, "operations", kMaxOperations));
    return fits ? WalkResult::advance() : WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}
