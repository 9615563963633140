//===- ILIRDialect.cpp - The Irregular Loops IR dialect -------------------===//
#include "cortex/Dialect/ILIR/IR/ILIR.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FoldInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace cortex::ilir;

#include "cortex/Dialect/ILIR/IR/ILIRDialect.cpp.inc"
#include "cortex/Dialect/ILIR/IR/ILIREnums.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "cortex/Dialect/ILIR/IR/ILIRTypes.cpp.inc"

namespace {
/// Keeps constants that folding makes inside their nest: the nearest isolated
/// region is the program, which holds declarations and functions only.
struct ILIRFoldInterface final : DialectFoldInterface {
  using DialectFoldInterface::DialectFoldInterface;
  bool shouldMaterializeInto(Region *region) const override { return isa<RowsOp>(region->getParentOp()); }
};
} // namespace

void ILIRDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "cortex/Dialect/ILIR/IR/ILIRTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "cortex/Dialect/ILIR/IR/ILIROps.cpp.inc"
      >();
  addInterfaces<ILIRFoldInterface>();
}
