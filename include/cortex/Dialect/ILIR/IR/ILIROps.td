//===- ILIROps.td - Operations of the Irregular Loops IR ----*- tablegen -*-===//
#ifndef CORTEX_DIALECT_ILIR_IR_ILIROPS_TD
#define CORTEX_DIALECT_ILIR_IR_ILIROPS_TD

include "cortex/Dialect/ILIR/IR/ILIRDialect.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class ILIR_Op<string mnemonic, list<Trait> traits = []> : Op<ILIR_Dialect, mnemonic, traits>;
class ILIR_Decl<string mnemonic, list<Trait> traits = []>
    : ILIR_Op<mnemonic, !listconcat([Symbol, HasParent<"ProgramOp">], traits)>;
/// What depends on declarations is checked once these are known to be sound.
defvar ILIR_UsesDeclarations = DeclareOpInterfaceMethods<SymbolUserOpInterface>;
defvar ILIR_InNest = ParentOneOf<["RowsOp", "EdgesOp"]>;
class ILIR_Loop<string mnemonic, list<Trait> traits = []>
    : ILIR_Op<mnemonic, !listconcat([NoTerminator, SingleBlock], traits)>;

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

def ILIR_ProgramOp : ILIR_Op<"program", [Symbol, SymbolTable, IsolatedFromAbove, NoTerminator, NoRegionArguments,
                                         SingleBlock]> {
  let summary = "a lowered model: what it is given, its buffers and orders, prepare and run";
  let description = [{
    Example:
    ```mlir
    ilir.program @Sum structure(tree) float(f32) {
      ilir.type @node(0 to -1)
      ilir.input @x at nodes : tensor<8xf32>
      ilir.order @up up
      ilir.buffer @up.h rows : tensor<8xf32> private
      ilir.output @"out:h" = @up.h at roots
      ilir.func @prepare {
      }
      ilir.func @run {
        ilir.levels @up {
          ilir.strips @node {
            ilir.rows rows owned (%p) {
              %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
              %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
              %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
              %s = ilir.edges children %p [sum] (%e) {
                %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
                %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
                ilir.yield %h : tensor<8xf32>
              } : tensor<8xf32>
              %y = arith.addf %x, %s : tensor<8xf32>
              ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
            }
          }
        }
      }
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, RA_Structure:$structure, TypeAttrOf<AnyFloat>:$float_type);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `structure` `(` $structure `)` `float` `(` $float_type `)` attr-dict-with-keyword $body
  }];
  let hasRegionVerifier = 1;
}

def ILIR_TypeOp : ILIR_Decl<"type"> {
  let summary = "a node type and its arities (-1: no upper bound)";
  let description = [{
    `symbol`: its nodes are the *symbol children* of their parents, all others
    are *inner* ones. `kinds` says what tells the nodes of the type apart further.

    Example: `ilir.type @internal(1 to -1) kinds inner`
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$min_arity, I64Attr:$max_arity, UnitAttr:$symbol,
                       DefaultValuedAttr<RA_KindRule, "::cortex::ra::KindRule::None">:$kinds);
  let assemblyFormat = [{
    $sym_name `(` $min_arity `to` $max_arity `)` (`symbol` $symbol^)? (`kinds` $kinds^)? attr-dict
  }];
  let hasVerifier = 1;
}

def ILIR_InputOp : ILIR_Decl<"input", [ILIR_UsesDeclarations]> {
  let summary = "an input, as in ra";
  let description = "Example: `ilir.input @word at nodes : !ra.symbol<20000> on [@leaf]`";
  let arguments = (ins SymbolNameAttr:$sym_name, RA_Place:$place, TypeAttr:$type,
                       OptionalAttr<TypedArrayAttrBase<FlatSymbolRefAttr, "node types">>:$types);
  let assemblyFormat = "$sym_name `at` $place `:` $type (`on` $types^)? attr-dict";
  let hasVerifier = 1;
}

def ILIR_ParamOp : ILIR_Decl<"param"> {
  let summary = "a weight; readable in prepare only";
  let description = "Example: `ilir.param @U : tensor<3x256x256xf32>`";
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<AnyRankedTensor>:$type);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
}

def ILIR_OrderOp : ILIR_Decl<"order", [ILIR_UsesDeclarations]> {
  let summary = "what a sweep visits: positions cut into levels and strips by the linearizer";
  let description = [{
    `keys` gives, per node type, the symbol input that groups rows, or an empty
    string; roots are in the caller's order and have none. An order of kind
    `symbols` visits the symbols below its `domain`.

    Example: `ilir.order @up up keys ["", "function"]`
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, ILIR_OrderKind:$kind, OptionalAttr<I64Attr>:$domain,
                       OptionalAttr<StrArrayAttr>:$keys);
  let assemblyFormat = [{
    $sym_name $kind (`domain` $domain^)? (`keys` $keys^)? attr-dict
  }];
  let hasVerifier = 1;
}

def ILIR_BufferOp : ILIR_Decl<"buffer", [ILIR_UsesDeclarations]> {
  let summary = "memory: one item of the given tensor type per index of its space";
  let description = [{
    `const` buffers have `count` items (default 1). Level and strip buffers name
    their order, and for edges the edge list.

    `packed` (const only) says that the item is a product's weights in panels;
    see `ilir.pack`. `in_prepare` (const only) says that `run` does not read it.

    Example: `ilir.buffer @up.h rows : tensor<8xf32> exchanged`
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, ILIR_Space:$space, TypeAttrOf<AnyRankedTensor>:$type,
                       ILIR_Storage:$storage, OptionalAttr<I64Attr>:$count, OptionalAttr<FlatSymbolRefAttr>:$order,
                       OptionalAttr<ILIR_Adjacency>:$adjacency, UnitAttr:$packed, UnitAttr:$in_prepare);
  let assemblyFormat = [{
    $sym_name $space (`of` $order^ ($adjacency^)?)? (`count` $count^)? `:` $type $storage (`packed` $packed^)?
    (`in_prepare` $in_prepare^)? attr-dict
  }];
  let hasVerifier = 1;
}

def ILIR_OutputOp : ILIR_Decl<"output", [ILIR_UsesDeclarations]> {
  let summary = "what the caller reads; named `out:` and the output's name";
  let description = "Example: `ilir.output @\"out:logits\" = @head.y at roots`";
  let arguments = (ins SymbolNameAttr:$sym_name, FlatSymbolRefAttr:$buffer, RA_Place:$place);
  let assemblyFormat = "$sym_name `=` $buffer `at` $place attr-dict";
}

//===----------------------------------------------------------------------===//
// Control: uniform for all workers
//===----------------------------------------------------------------------===//

def ILIR_FuncOp : ILIR_Op<"func", [Symbol, HasParent<"ProgramOp">, NoTerminator, SingleBlock, NoRegionArguments]> {
  let summary = "prepare (once per set of weights) or run (per call); all workers execute it together";
  let description = [{
    A program has both.

    Example:
    ```mlir
    ilir.func @prepare {
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def ILIR_LevelsOp : ILIR_Loop<"levels", [HasParent<"FuncOp">, NoRegionArguments, ILIR_UsesDeclarations]> {
  let summary = "for each level of an order, one after another";
  let description = [{
    Its strips are one phase, or several with barriers between. Rows of one level
    read states that this loop computes only at earlier levels: at children in
    an order `up`, at parents in an order `down`.

    Example:
    ```mlir
    ilir.levels @down {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %z, @down.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
      ilir.barrier [@down.h]
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$order);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$order attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
}

def ILIR_StripsOp : ILIR_Loop<"strips", [HasParent<"LevelsOp">, NoRegionArguments, ILIR_UsesDeclarations]> {
  let summary = "for each strip of this level whose rows are of a type and kind (of any, without one)";
  let description = [{
    A strip is a run of positions of one type, kind and key, few enough that its
    temporaries stay in the nearest cache. Strips that no loop visits are not made.

    Example:
    ```mlir
    ilir.strips @internal {
      ilir.rows rows owned (%p) {
        %z = arith.constant dense<0.0> : tensor<8xf32>
        %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
        ilir.store %z, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
      }
    }
    ```
  }];
  let arguments = (ins OptionalAttr<FlatSymbolRefAttr>:$type, OptionalAttr<I64Attr>:$kind);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "($type^ (`kind` $kind^)?)? attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
}

def ILIR_RowsOp : ILIR_Loop<"rows", [ParentOneOf<["StripsOp", "FuncOp"]>, ILIR_UsesDeclarations]> {
  let summary = "a nest: in parallel for each row of the strip, or for each edge of its rows";
  let description = [{
    Over rows the region's argument is the position; over edges (children,
    parents, nodes) it has two: the edge and the position that owns it; `once`
    (in prepare, outside of levels) has none.

    An `owned` nest computes, on each worker, the units (the last dimension, in
    panels) that it owns; a `whole` nest computes everything on every worker;
    until ilir-form-phases a nest is `unassigned`. All stores of an assigned nest
    store tensors of one shape, or it stores one product of what it loads.

    Example:
    ```mlir
    ilir.rows children owned (%e, %p) {
      %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
      %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
      %f = ra.sigmoid %h : tensor<8xf32>
      ilir.store %f, @temp.f[%e] : tensor<8xf32>, !ilir.index<edge>
    }
    ```
  }];
  let arguments = (ins ILIR_Domain:$domain, ILIR_Mode:$mode);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let builders = [OpBuilder<(ins "Domain":$domain, "Mode":$mode)>];
  let skipDefaultBuilders = 1;
  let hasRegionVerifier = 1;
}

def ILIR_BarrierOp : ILIR_Op<"barrier", [ParentOneOf<["LevelsOp", "FuncOp"]>, ILIR_UsesDeclarations]> {
  let summary = "an exchange: all workers' stores to these buffers before it are seen by all after it";
  let description = "Example: `ilir.barrier [@temp.g]`";
  let arguments = (ins TypedArrayAttrBase<FlatSymbolRefAttr, "buffers">:$exchanges);
  let assemblyFormat = "$exchanges attr-dict";
}

def ILIR_PackOp : ILIR_Op<"pack", [HasParent<"FuncOp">, ILIR_UsesDeclarations]> {
  let summary = "packs a product's weights into panels of units (prepare only)";
  let description = [{
    The source (a param or a const buffer) has the dimensions `keys`, `n`, `k`
    and the units, in any order; the lists give the source dimensions by role, in
    the order of packing. The packed item is
    `[panel][chunk of n][k][n in chunk][lane]`, per key; missing units are zero.

    Example: `ilir.pack @U.packed = @U keys [] n [0] k [2] unit 1`
  }];
  let arguments = (ins FlatSymbolRefAttr:$packed, FlatSymbolRefAttr:$source, DenseI64ArrayAttr:$key_dims,
                       DenseI64ArrayAttr:$n_dims, DenseI64ArrayAttr:$k_dims, I64Attr:$unit_dim);
  let assemblyFormat = [{
    $packed `=` $source `keys` $key_dims `n` $n_dims `k` $k_dims `unit` $unit_dim attr-dict
  }];
}

//===----------------------------------------------------------------------===//
// In nests
//===----------------------------------------------------------------------===//

def ILIR_IndexOp : ILIR_Op<"index", [Pure, ILIR_InNest, ILIR_UsesDeclarations]> {
  let summary = "one step through the linearizer's arrays";
  let description = [{
    An index counts the items of one space and is used only there. `child` and
    `parent` give -1 where there is none, and so do steps from there on.

    Example: `%k = ilir.index child(1) %p : !ilir.index<position> to !ilir.index<row>`
  }];
  let arguments = (ins ILIR_Step:$step, OptionalAttr<I64Attr>:$number, ILIR_SpaceIndexType:$from);
  let results = (outs ILIR_SpaceIndexType:$result);
  let assemblyFormat = "$step (`(` $number^ `)`)? $from attr-dict `:` type($from) `to` type($result)";
  let hasVerifier = 1;
}

def ILIR_SymbolOp : ILIR_Op<"symbol", [Pure, ILIR_InNest, ILIR_UsesDeclarations]> {
  let summary = "the value of a symbol input, as an index";
  let description = "Example: `%w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>`";
  let arguments = (ins FlatSymbolRefAttr:$input, ILIR_SpaceIndexType:$at);
  let results = (outs ILIR_SpaceIndexType:$result);
  let assemblyFormat = "$input `[` $at `]` attr-dict `:` type($at) `to` type($result)";
}

def ILIR_ToFloatOp : ILIR_Op<"to_float", [Pure, ILIR_InNest]> {
  let summary = "an index as a number (the built-in position of an edge)";
  let description = "Example: `%f = ilir.to_float %s : !ilir.index<symbol> to tensor<f32>`";
  let arguments = (ins ILIR_SpaceIndexType:$index);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = "$index attr-dict `:` type($index) `to` type($result)";
  let hasVerifier = 1;
}

def ILIR_LoadOp : ILIR_Op<"load", [AttrSizedOperandSegments, MemoryEffects<[MemRead]>, ILIR_InNest, ILIR_UsesDeclarations]> {
  let summary = "an item of a buffer or of an input";
  let description = [{
    Without an index, the one item of a const buffer (or a param, in prepare);
    with one, a slice of its leading dimension. With `else`, a negative index
    gives that value instead; a neighbour that may be absent needs it.

    Example: `%h = ilir.load @up.h[%k] else %z : !ilir.index<row> to tensor<8xf32>`
  }];
  let arguments = (ins FlatSymbolRefAttr:$buffer, Optional<ILIR_SpaceIndexType>:$index,
                       Optional<AnyStaticShapeTensor>:$otherwise);
  let results = (outs AnyStaticShapeTensor:$result);
  let hasCustomAssemblyFormat = 1;
  let builders = [
    OpBuilder<(ins "::mlir::Type":$type, "::llvm::StringRef":$buffer, "::mlir::Value":$index,
                   CArg<"::mlir::Value", "{}">:$otherwise)>];
}

def ILIR_StoreOp : ILIR_Op<"store", [MemoryEffects<[MemWrite]>, HasParent<"RowsOp">, ILIR_UsesDeclarations]> {
  let summary = "an item of a buffer";
  let description = "Example: `ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>`";
  let arguments = (ins AnyStaticShapeTensor:$value, FlatSymbolRefAttr:$buffer, Optional<ILIR_SpaceIndexType>:$index);
  let hasCustomAssemblyFormat = 1;
  let builders = [
    OpBuilder<(ins "::mlir::Value":$value, "::llvm::StringRef":$buffer, "::mlir::Value":$index)>];
}

def ILIR_EdgesOp : ILIR_Op<"edges", [SingleBlockImplicitTerminator<"::cortex::ilir::YieldOp">,
                                     RecursiveMemoryEffects, HasParent<"RowsOp">, ILIR_UsesDeclarations]> {
  let summary = "a reduction over the edges of one position, in stored order";
  let description = [{
    Combiners are sum, mean, prod, max and min (softmax has been rewritten).
    `else` gives the value over nobody for max and min, in order.

    Example:
    ```mlir
    %s, %m = ilir.edges children %p [sum, max] else(%z) (%e) {
      %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
      %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
      %c = ilir.load @up.c[%k] : !ilir.index<row> to tensor<8xf32>
      ilir.yield %h, %c : tensor<8xf32>, tensor<8xf32>
    } : tensor<8xf32>, tensor<8xf32>
    ```
  }];
  let arguments = (ins ILIR_Adjacency:$adjacency, ILIR_SpaceIndexType:$position,
                       TypedArrayAttrBase<RA_Combiner, "combiners">:$combiners,
                       Variadic<AnyStaticShapeTensor>:$defaults);
  let results = (outs Variadic<AnyStaticShapeTensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let skipDefaultBuilders = 1;
  let builders = [
    OpBuilder<(ins "::mlir::TypeRange":$types, "Adjacency":$adjacency, "::mlir::Value":$position,
                   "::llvm::ArrayRef<::cortex::ra::Combiner>":$combiners, "::mlir::ValueRange":$defaults)>];
  let extraClassDeclaration = [{
    ::cortex::ra::Combiner getCombiner(unsigned i);
    ::mlir::Value getEdge() { return getBody().getArgument(0); }
    YieldOp getYield();
    /// The default of combiner i, or null.
    ::mlir::Value getDefault(unsigned i);
  }];
  let hasRegionVerifier = 1;
}

def ILIR_ProductOp : ILIR_Op<"product", [AttrSizedOperandSegments, MemoryEffects<[MemRead]>, ILIR_InNest, ILIR_UsesDeclarations]> {
  let summary = "rows x panels x K over packed weights; abstract until the target";
  let description = [{
    result[m.., n.., unit] = acc + sum over k of weights[n.., unit, k] * x[m.., k]. The
    *reduction shape* is part of the operation: one chain, k ascending, each step
    one FMA, started from `acc` (or from zero); it is the same in every tile.
    With weights in bf16 `x` may be in bf16 too (of an `arith.truncf`, which rounds
    to nearest even). The terms of each pair 2i, 2i + 1 are then added the later one
    first, as dot-product instructions do; sums are f32 all the same.
    `m_dims` and `k_dims` give x's dimensions by role; `m_out`, `n_out` the
    result's (the units are its last); those of k and of n follow each other. `key` chooses the weights: it is the symbol
    that groups this type's rows in this order, so a strip has one key.

    Example:
    ```mlir
    %g = ilir.product %x, @U.packed m [] k [0] out_m [] out_n [0] : tensor<256xf32> to tensor<3x256xf32>
    ```
  }];
  let arguments = (ins AnyStaticShapeTensor:$x, FlatSymbolRefAttr:$weights, Optional<ILIR_SpaceIndexType>:$key,
                       Optional<AnyStaticShapeTensor>:$acc, DenseI64ArrayAttr:$m_dims, DenseI64ArrayAttr:$k_dims,
                       DenseI64ArrayAttr:$m_out, DenseI64ArrayAttr:$n_out);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = [{
    $x `,` $weights (`key` $key^ `:` type($key))? (`acc` $acc^ `:` type($acc))? `m` $m_dims `k` $k_dims
    `out_m` $m_out `out_n` $n_out attr-dict `:` type($x) `to` type($result)
  }];
  let hasVerifier = 1;
}

def ILIR_YieldOp : ILIR_Op<"yield", [Pure, Terminator, HasParent<"EdgesOp">]> {
  let summary = "what ilir.edges combines, one value per combiner";
  let description = "Example: `ilir.yield %h : tensor<8xf32>`";
  let arguments = (ins Variadic<AnyStaticShapeTensor>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
}

#endif // CORTEX_DIALECT_ILIR_IR_ILIROPS_TD
