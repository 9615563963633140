//===- RAOpVerify.cpp - What ra's operations check by themselves ----------===//
#include "cortex/Dialect/RA/IR/RA.h"

using namespace mlir;
using namespace cortex::ra;

LogicalResult TypeOp::verify() {
  int64_t min = getMinArity(), max = getMaxArity();
  if (min < 0)
    return emitOpError() << "@" << getSymName() << " has a negative minimum arity " << min;
  if (max < -1)
    return emitOpError() << "@" << getSymName() << " has a negative maximum arity " << max;
  if (max >= 0 && max < min)
    return emitOpError() << "@" << getSymName() << " has an empty range of arities: " << min << " to " << max;
  return success();
}

LogicalResult InputOp::verify() {
  return success();
}
LogicalResult ParamOp::verify() {
  return success();
}
LogicalResult SweepOp::verifyRegions() {
  return success();
}
LogicalResult OutputOp::verify() {
  return success();
}
LogicalResult ReadOp::verify() {
  return success();
}
LogicalResult LookupOp::verify() {
  return success();
}
LogicalResult OverOp::verify() {
  return success();
}
LogicalResult ModelOp::verifyRegions() {
  return success();
}
