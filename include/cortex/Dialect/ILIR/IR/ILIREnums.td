//===- ILIREnums.td - Enumerations of the Irregular Loops IR -*- tablegen -*-===//
//
// Apart from the dialect, which includes ra's definitions: a generated file
// holds every enumeration of its .td, and ra's are generated once already.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_DIALECT_ILIR_IR_ILIRENUMS_TD
#define CORTEX_DIALECT_ILIR_IR_ILIRENUMS_TD

include "mlir/IR/EnumAttr.td"

class ILIR_Enum<string name, string doc, list<I32EnumAttrCase> cases> : I32EnumAttr<name, doc, cases> {
  let cppNamespace = "::cortex::ilir";
}

/// Values are those of cortex::Space in the manifest.
def ILIR_Space : ILIR_Enum<"Space", "how many items a buffer has, and what indexes it", [
  I32EnumAttrCase<"Const", 1, "const">, I32EnumAttrCase<"Rows", 2, "rows">, I32EnumAttrCase<"Roots", 3, "roots">,
  I32EnumAttrCase<"Structures", 4, "structures">, I32EnumAttrCase<"LevelRows", 5, "level_rows">,
  I32EnumAttrCase<"LevelEdges", 6, "level_edges">, I32EnumAttrCase<"StripRows", 7, "strip_rows">,
  I32EnumAttrCase<"StripEdges", 8, "strip_edges">, I32EnumAttrCase<"OrderRows", 10, "order_rows">,
  I32EnumAttrCase<"OrderEdges", 11, "order_edges">]>;
def ILIR_Storage : ILIR_Enum<"Storage", "who may touch a buffer", [
  I32EnumAttrCase<"Const", 0, "constant">,       // written by prepare
  I32EnumAttrCase<"Private", 1, "private">,   // each worker touches its own units only
  I32EnumAttrCase<"Exchanged", 2, "exchanged">, // written in slices, read whole after an exchange
  I32EnumAttrCase<"Local", 3, "local">]>;     // each worker has a whole copy of its own
/// Values are those of cortex::OrderKind in the manifest.
def ILIR_OrderKind : ILIR_Enum<"OrderKind", "what an order visits", [
  I32EnumAttrCase<"Up", 0, "up">, I32EnumAttrCase<"Down", 1, "down">, I32EnumAttrCase<"Map", 2, "map">,
  I32EnumAttrCase<"Roots", 3, "roots">, I32EnumAttrCase<"Structures", 4, "structures">, I32EnumAttrCase<"Symbols", 5, "symbols">]>;
def ILIR_Adjacency : ILIR_Enum<"Adjacency", "an edge list of an order", [
  I32EnumAttrCase<"Children", 0, "children">, I32EnumAttrCase<"Parents", 1, "parents">, I32EnumAttrCase<"Nodes", 2, "nodes">,
  I32EnumAttrCase<"Inner", 3, "inner_children">, I32EnumAttrCase<"Symbols", 4, "symbol_children">]>;
def ILIR_IndexKind : ILIR_Enum<"IndexKind", "what an index counts", [
  I32EnumAttrCase<"Position", 0, "position">, I32EnumAttrCase<"Row", 1, "row">, I32EnumAttrCase<"Edge", 2, "edge">,
  I32EnumAttrCase<"EdgeId", 3, "edge_id">, I32EnumAttrCase<"Node", 4, "node">, I32EnumAttrCase<"Structure", 5, "structure">,
  I32EnumAttrCase<"Symbol", 6, "symbol">]>;
def ILIR_Step : ILIR_Enum<"Step", "how ilir.index gets from one index to another", [
  I32EnumAttrCase<"Row", 0, "row">,             // position -> row (structure, symbol: the position itself)
  I32EnumAttrCase<"Child", 1, "child">,         // position -> row of child(i), -1 when absent
  I32EnumAttrCase<"Parent", 2, "parent">,       // position -> row of the first parent, -1 when absent
  I32EnumAttrCase<"Neighbour", 3, "neighbour">, // edge -> row
  I32EnumAttrCase<"EdgeId", 4, "edge_id">,      // edge -> the caller's edge
  I32EnumAttrCase<"Owner", 5, "owner">,         // edge -> position
  I32EnumAttrCase<"Structure", 6, "structure">, // row -> structure
  I32EnumAttrCase<"Node", 7, "node">,           // row -> the caller's node
  I32EnumAttrCase<"Place", 8, "place">]>;       // edge -> the child's place in its parent's list, as a symbol
def ILIR_Mode : ILIR_Enum<"Mode", "which units of a nest a worker computes", [
  I32EnumAttrCase<"Unassigned", 0, "unassigned">, I32EnumAttrCase<"Owned", 1, "owned">, I32EnumAttrCase<"Whole", 2, "whole">]>;
def ILIR_Domain : ILIR_Enum<"Domain", "what a nest iterates over, within a strip", [
  I32EnumAttrCase<"Rows", 0, "rows">, I32EnumAttrCase<"Children", 1, "children">, I32EnumAttrCase<"Parents", 2, "parents">,
  I32EnumAttrCase<"Nodes", 3, "nodes">, I32EnumAttrCase<"Inner", 4, "inner_children">,
  I32EnumAttrCase<"Symbols", 5, "symbol_children">, I32EnumAttrCase<"Once", 6, "once">]>;

#endif // CORTEX_DIALECT_ILIR_IR_ILIRENUMS_TD
