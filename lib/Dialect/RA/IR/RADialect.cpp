//===- RADialect.cpp - The Recursive API dialect --------------------------===//
#include "cortex/Dialect/RA/IR/RA.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FoldInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

#include <limits>

using namespace mlir;
using namespace cortex::ra;

#include "cortex/Dialect/RA/IR/RADialect.cpp.inc"
#include "cortex/Dialect/RA/IR/RAEnums.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "cortex/Dialect/RA/IR/RATypes.cpp.inc"

namespace {
/// Keeps constants that folding makes inside the body they belong to: the
/// nearest isolated region is the model, which holds declarations only.
struct RAFoldInterface final : DialectFoldInterface {
  using DialectFoldInterface::DialectFoldInterface;
  bool shouldMaterializeInto(Region *region) const override { return isa<BodyOp>(region->getParentOp()); }
};
} // namespace

void RADialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "cortex/Dialect/RA/IR/RATypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "cortex/Dialect/RA/IR/RAOps.cpp.inc"
      >();
  addInterfaces<RAFoldInterface>();
}

LogicalResult SymbolType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t size) {
  // The runtime holds symbols as 32-bit indices.
  if (size > 0 && size <= std::numeric_limits<int32_t>::max())
    return success();
  return emitError() << "a symbol's domain must be positive and at most " << std::numeric_limits<int32_t>::max()
                     << ", got " << size;
}
