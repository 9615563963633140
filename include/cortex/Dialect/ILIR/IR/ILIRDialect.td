//===- ILIRDialect.td - The Irregular Loops IR dialect ------*- tablegen -*-===//
#ifndef CORTEX_DIALECT_ILIR_IR_ILIRDIALECT_TD
#define CORTEX_DIALECT_ILIR_IR_ILIRDIALECT_TD

include "cortex/Dialect/ILIR/IR/ILIREnums.td"
include "cortex/Dialect/RA/IR/RADialect.td"

def ILIR_Dialect : Dialect {
  let name = "ilir";
  let cppNamespace = "::cortex::ilir";
  let summary = "The Irregular Loops IR: loops with variable bounds and indirect accesses";
  let description = [{
    What is left of a model when the recursion is gone. A program has buffers
    and orders (what a sweep visits, as the linearizer lays it out) and two
    functions, `prepare` and `run`, which all workers execute together. Bodies
    are still tensors of one row: loops over units, vectors and registers are
    made by the conversion to vector code.

    The worker's number appears nowhere: a nest is either `owned` (each worker
    computes the units that it owns) or `whole` (each worker computes all, for
    itself), and control follows from index arrays only.
  }];
  let useDefaultTypePrinterParser = 1;
  let dependentDialects = [
    "::cortex::ra::RADialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"
  ];
}

def ILIR_SpaceIndexType : TypeDef<ILIR_Dialect, "SpaceIndex"> {
  let mnemonic = "index";
  let summary = "an index that is used only in its space";
  let description = "Example: `!ilir.index<row>`";
  let parameters = (ins EnumParameter<ILIR_IndexKind>:$kind);
  let assemblyFormat = "`<` $kind `>`";
}

#endif // CORTEX_DIALECT_ILIR_IR_ILIRDIALECT_TD
