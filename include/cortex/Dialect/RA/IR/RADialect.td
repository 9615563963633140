//===- RADialect.td - The Recursive API dialect ------------*- tablegen -*-===//
#ifndef CORTEX_DIALECT_RA_IR_RADIALECT_TD
#define CORTEX_DIALECT_RA_IR_RADIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/DialectBase.td"
include "mlir/IR/EnumAttr.td"

def RA_Dialect : Dialect {
  let name = "ra";
  let cppNamespace = "::cortex::ra";
  let summary = "The Recursive API: a model as a recursion over one node";
  let description = [{
    A model is a list of sweeps over the nodes of a structure (a tree, a DAG, a
    sequence). A sweep's body states the computation of one node from its
    inputs, its neighbours' states and what earlier sweeps computed. There are
    no loops, no side effects and no data-dependent control flow: the properties
    P.1 to P.3 of the Cortex paper hold by construction.
  }];
  let useDefaultTypePrinterParser = 1;
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"
  ];
}

class RA_Type<string name, string mnemonic_> : TypeDef<RA_Dialect, name> {
  let mnemonic = mnemonic_;
}

def RA_SymbolType : RA_Type<"Symbol", "symbol"> {
  let summary = "an integer input with its domain: 0 <= value < size";
  let description = [{
    A symbol is only good for look-ups (`ra.lookup`) and for choosing a group's
    weights; no arithmetic is defined on it.

    Example: `!ra.symbol<20000>`
  }];
  let parameters = (ins "int64_t":$size);
  let assemblyFormat = "`<` $size `>`";
  let genVerifyDecl = 1;
}

class RA_Enum<string name, string doc, list<I32EnumAttrCase> cases> : I32EnumAttr<name, doc, cases> {
  let cppNamespace = "::cortex::ra";
}
class RA_Case<string sym, int val, string text> : I32EnumAttrCase<sym, val, text>;

def RA_Structure : RA_Enum<"Structure", "what the structures of a model look like", [
  RA_Case<"Sequence", 0, "sequence">, RA_Case<"Tree", 1, "tree">, RA_Case<"Dag", 2, "dag">]>;
def RA_Direction : RA_Enum<"Direction", "whose states of the same sweep a body may read", [
  RA_Case<"Up", 0, "up">, RA_Case<"Down", 1, "down">, RA_Case<"Map", 2, "map">]>;
def RA_Place : RA_Enum<"Place", "where a sweep runs, an input lives or an output is read", [
  RA_Case<"Nodes", 0, "nodes">, RA_Case<"Edges", 1, "edges">,
  RA_Case<"Structures", 2, "structures">, RA_Case<"Roots", 3, "roots">]>;
def RA_ReadPlace : RA_Enum<"ReadPlace", "whose value ra.read reads", [
  RA_Case<"Param", 0, "param">, RA_Case<"Self", 1, "self">, RA_Case<"Child", 2, "child">,
  RA_Case<"Parent", 3, "parent">, RA_Case<"Structure", 4, "structure">,
  RA_Case<"There", 5, "there">, RA_Case<"Edge", 6, "edge">]>;
def RA_Neighbours : RA_Enum<"Neighbours", "what ra.over iterates over", [
  RA_Case<"Children", 0, "children">, RA_Case<"Parents", 1, "parents">, RA_Case<"Nodes", 2, "nodes">,
  RA_Case<"Inner", 3, "inner_children">,     // children that are of no symbol type
  RA_Case<"Symbols", 4, "symbol_children">]>; // the others
/// Values are those of cortex::KindRule in the manifest, which says what they mean.
def RA_KindRule : RA_Enum<"KindRule", "what tells the kinds of a type apart", [
  RA_Case<"None", 0, "none">, RA_Case<"Inner", 1, "inner">, RA_Case<"First", 2, "first">,
  RA_Case<"FirstTwo", 3, "first_two">, RA_Case<"Root", 4, "root">]>;
def RA_Combiner : RA_Enum<"Combiner", "how ra.over combines what its region yields", [
  RA_Case<"Sum", 0, "sum">, RA_Case<"Mean", 1, "mean">, RA_Case<"Prod", 2, "prod">,
  RA_Case<"Max", 3, "max">, RA_Case<"Min", 4, "min">, RA_Case<"Softmax", 5, "softmax">]>;

#endif // CORTEX_DIALECT_RA_IR_RADIALECT_TD
