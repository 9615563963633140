//===- RAOps.td - Operations of the Recursive API dialect ---*- tablegen -*-===//
#ifndef CORTEX_DIALECT_RA_IR_RAOPS_TD
#define CORTEX_DIALECT_RA_IR_RAOPS_TD

include "cortex/Dialect/RA/IR/RADialect.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

class RA_Op<string mnemonic, list<Trait> traits = []> : Op<RA_Dialect, mnemonic, traits>;

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

def RA_ModelOp : RA_Op<"model", [Symbol, SymbolTable, IsolatedFromAbove, NoTerminator, NoRegionArguments,
                                 SingleBlock]> {
  let summary = "a recursive model: types, inputs, parameters, sweeps in order, outputs";
  let description = [{
    `attributes {schedule = {tables = 0.5, strip_rows = 64}}` says how it is to be compiled where the caller does not:
    keys and values of cortex/Schedule/Schedule.h, as words, numbers, or true and false for `on` and `off`.

    Example:
    ```mlir
    ra.model @TreeRNN structure(tree) float(f32) {
      ra.type @leaf(0)
      ra.type @internal(1 to 2)
      ra.input @word : !ra.symbol<100> on @leaf
      ra.param @E : tensor<100x8xf32>
      ra.sweep @up up states(@h : tensor<8xf32>) {
        ra.body @leaf {
          %w = ra.read self @word : !ra.symbol<100>
          %E = ra.read param @E : tensor<100x8xf32>
          %x = ra.lookup %E[%w] : (tensor<100x8xf32>, !ra.symbol<100>) -> tensor<8xf32>
          ra.yield %x : tensor<8xf32>
        }
        ra.body @internal {
          %s = ra.over children [sum] {
            %k = ra.read there @up::@h : tensor<8xf32>
            ra.yield %k : tensor<8xf32>
          } : tensor<8xf32>
          %h = math.tanh %s : tensor<8xf32>
          ra.yield %h : tensor<8xf32>
        }
      }
      ra.output @state = @up::@h at roots
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, RA_Structure:$structure, TypeAttrOf<AnyFloat>:$float_type,
                       OptionalAttr<DictionaryAttr>:$schedule);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `structure` `(` $structure `)` `float` `(` $float_type `)` attr-dict-with-keyword $body
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def RA_TypeOp : RA_Op<"type", [Symbol, HasParent<"ModelOp">]> {
  let summary = "a node type and its range of arities";
  let description = [{
    `(n)` is an exact arity, `(a to b)` a range, `(a to *)` has no upper bound
    (max_arity = -1). Types whose ranges are disjoint are told apart by arity,
    otherwise the caller gives a type per node.

    `ra-tabulate-children` marks a type whose nodes parents know by their symbol,
    without their states (`symbol`), and says what tells the nodes of a type
    apart further, into kinds (`kinds`). A model as it is written has neither.

    Example: `ra.type @internal(1 to *)`
    Example: `ra.type @binary(2) kinds first_two`
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$min_arity, I64Attr:$max_arity, UnitAttr:$symbol,
                       DefaultValuedAttr<RA_KindRule, "::cortex::ra::KindRule::None">:$kinds);
  let assemblyFormat = [{
    $sym_name `(` custom<ArityRange>($min_arity, $max_arity) `)` (`symbol` $symbol^)? (`kinds` $kinds^)? attr-dict
  }];
  let hasVerifier = 1;
}

def RA_InputOp : RA_Op<"input", [Symbol, HasParent<"ModelOp">]> {
  let summary = "a symbol or dense features, on nodes (default), edges or structures";
  let description = [{
    `on` names the node types that have the input; without it, all have it.

    Example: `ra.input @word : !ra.symbol<20000> on @leaf`
    Example: `ra.input @w at edges : tensor<4xf32>`
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, DefaultValuedAttr<RA_Place, "::cortex::ra::Place::Nodes">:$place,
                       TypeAttr:$type, OptionalAttr<TypedArrayAttrBase<FlatSymbolRefAttr, "node types">>:$types);
  let assemblyFormat = [{
    $sym_name (`at` $place^)? `:` $type (`on` custom<SymbolList>($types)^)? attr-dict
  }];
  let hasVerifier = 1;
}

def RA_ParamOp : RA_Op<"param", [Symbol, HasParent<"ModelOp">]> {
  let summary = "a weight tensor, given by the user";
  let description = "Example: `ra.param @U : tensor<3x256x256xf32>`";
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<AnyRankedTensor>:$type);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
  let hasVerifier = 1;
}

def RA_SweepOp : RA_Op<"sweep", [Symbol, HasParent<"ModelOp">, NoTerminator, NoRegionArguments, SingleBlock]> {
  let summary = "one pass over the nodes: a direction, a place, states, one body per node type";
  let description = [{
    `up` reads this sweep's states of the children, `down` of the parents, `map`
    of nobody. `at roots` and `at structures` go with `map`.

    Example:
    ```mlir
    ra.sweep @head map at roots states(@y : tensor<8xf32>) {
      ra.body {
        %h = ra.read self @up::@h : tensor<8xf32>
        %y = ra.sigmoid %h : tensor<8xf32>
        ra.yield %y : tensor<8xf32>
      }
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, RA_Direction:$direction,
                       DefaultValuedAttr<RA_Place, "::cortex::ra::Place::Nodes">:$place,
                       StrArrayAttr:$state_names, TypeArrayAttr:$state_types);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name $direction (`at` $place^)? `states` `(` custom<States>($state_names, $state_types) `)`
    attr-dict-with-keyword $body
  }];
  let extraClassDeclaration = [{
    unsigned getNumStates() { return getStateNames().size(); }
    ::llvm::StringRef getStateName(unsigned i);
    ::mlir::RankedTensorType getStateType(unsigned i);
    /// Index of the state of that name, or -1.
    int findState(::llvm::StringRef name);
    /// The body that serves this type (by name), or null.
    BodyOp getBodyFor(::llvm::StringRef type);
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def RA_BodyOp : RA_Op<"body", [HasParent<"SweepOp">, NoRegionArguments,
                               SingleBlockImplicitTerminator<"::cortex::ra::YieldOp">]> {
  let summary = "the computation of one node of a type (of all types, without one)";
  let description = [{
    Yields the sweep's states in order. With a kind it is for the nodes of that
    kind only; a type has one body, or one for each of its kinds.

    Example:
    ```mlir
    ra.body @leaf {
      %x = ra.read self @x : tensor<8xf32>
      ra.yield %x, %x : tensor<8xf32>, tensor<8xf32>
    }
    ```
  }];
  let arguments = (ins OptionalAttr<FlatSymbolRefAttr>:$type, OptionalAttr<I64Attr>:$kind);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "($type^ (`kind` $kind^)?)? attr-dict-with-keyword $body";
  let extraClassDeclaration = [{
    YieldOp getYield();
    /// Whether the kind says that there is a child(i) and that it is of a symbol type.
    bool isSymbolChild(int64_t i);
  }];
}

def RA_OutputOp : RA_Op<"output", [Symbol, HasParent<"ModelOp">]> {
  let summary = "what the caller reads: a state of a sweep, at a place";
  let description = [{
    Without a place: at roots for a sweep over nodes, else at the sweep's place.

    Example: `ra.output @states = @up::@h at nodes`
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, SymbolRefAttr:$state, OptionalAttr<RA_Place>:$place);
  let assemblyFormat = "$sym_name `=` $state (`at` $place^)? attr-dict";
  let extraClassDeclaration = [{
    /// The place after applying the default.
    Place getEffectivePlace();
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// In bodies
//===----------------------------------------------------------------------===//

def RA_TensorOrSymbol : AnyTypeOf<[AnyStaticShapeTensor, RA_SymbolType]>;

def RA_ReadOp : RA_Op<"read", [Pure, DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "a parameter, an input or a state, at a place";
  let description = [{
    `param @p`; `self`, `child(i)`, `parent`, `structure` read an input or a
    state (`@sweep::@state`); inside `ra.over` also `there` (the neighbour) and
    `edge` (an edge input, or the built-in `@position`: the child's place in its
    parent's list, as a symbol or a float scalar). `else` gives the value where
    the place may be absent.

    Example: `%h = ra.read child(0) @f1::@h else %zero : tensor<8xf32>`
  }];
  let arguments = (ins RA_ReadPlace:$place, OptionalAttr<I64Attr>:$index, SymbolRefAttr:$name,
                       Optional<AnyStaticShapeTensor>:$otherwise);
  let results = (outs RA_TensorOrSymbol:$result);
  let assemblyFormat = [{
    $place (`(` $index^ `)`)? $name (`else` $otherwise^)? attr-dict `:` type($result)
    `` custom<ElseType>(ref($otherwise), ref(type($result)), type($otherwise))
  }];
  let builders = [
    OpBuilder<(ins "::mlir::Type":$type, "ReadPlace":$place, "::mlir::SymbolRefAttr":$name), [{
      build($_builder, $_state, type, place, ::mlir::IntegerAttr(), name, ::mlir::Value());
    }]>];
  let hasVerifier = 1;
}

def RA_LookupOp : RA_Op<"lookup", [Pure]> {
  let summary = "the slice of a table's leading dimension that a symbol names";
  let description = [{
    The domain of the symbol must equal the leading dimension. If a slice of
    rank >= 2 feeds a product, its symbol is a group key.

    Example: `%x = ra.lookup %E[%w] : (tensor<100x8xf32>, !ra.symbol<100>) -> tensor<8xf32>`
  }];
  let arguments = (ins AnyStaticShapeTensor:$table, RA_SymbolType:$symbol);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = "$table `[` $symbol `]` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def RA_OverOp : RA_Op<"over", [RecursiveMemoryEffects, NoRegionArguments,
                               SingleBlockImplicitTerminator<"::cortex::ra::YieldOp">]> {
  let summary = "a reduction over neighbours, in stored order";
  let description = [{
    The region runs once per neighbour and may capture values. It yields one
    value per combiner, two (score, value) for softmax; scores are rank 0. Over
    nobody: sum 0, mean 0, prod 1; max, min and softmax take a default, given by
    `else` (one per such combiner, in order), needed where there may be nobody.

    Example:
    ```mlir
    %m, %v = ra.over children [max, softmax] else(%z, %z) {
      %hk = ra.read there @up::@h : tensor<8xf32>
      %s = ra.read edge @score : tensor<f32>
      ra.yield %hk, %s, %hk : tensor<8xf32>, tensor<f32>, tensor<8xf32>
    } : tensor<8xf32>, tensor<8xf32>
    ```
  }];
  let arguments = (ins RA_Neighbours:$neighbours, TypedArrayAttrBase<RA_Combiner, "combiners">:$combiners,
                       Variadic<AnyStaticShapeTensor>:$defaults);
  let results = (outs Variadic<AnyStaticShapeTensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $neighbours ` ` `[` custom<Combiners>($combiners) `]` (`else` `(` $defaults^ `)`)?
    $body attr-dict `:` type($results) `` custom<DefaultTypes>(ref($defaults), ref(type($results)), ref($combiners), type($defaults))
  }];
  let extraClassDeclaration = [{
    YieldOp getYield();
    Combiner getCombiner(unsigned i);
    unsigned getNumCombiners() { return getCombiners().size(); }
    /// Index into the yielded values where combiner i's value begins (the score, for softmax).
    unsigned getYieldIndex(unsigned i);
    /// The default of combiner i, or null.
    ::mlir::Value getDefault(unsigned i);
    static bool takesDefault(Combiner c) {
      return c == Combiner::Max || c == Combiner::Min || c == Combiner::Softmax;
    }
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def RA_SigmoidOp : RA_Op<"sigmoid", [Pure, Elementwise, SameOperandsAndResultType]> {
  let summary = "1 / (1 + exp(-x)), elementwise; stays itself in ilir";
  let description = "Example: `%y = ra.sigmoid %x : tensor<8xf32>`";
  let arguments = (ins AnyStaticShapeTensor:$operand);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($result)";
}

def RA_YieldOp : RA_Op<"yield", [Pure, Terminator, ReturnLike, ParentOneOf<["BodyOp", "OverOp"]>]> {
  let summary = "the states of a body, or what ra.over combines";
  let description = "Example: `ra.yield %h, %c : tensor<8xf32>, tensor<8xf32>`";
  let arguments = (ins Variadic<AnyStaticShapeTensor>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
}

#endif // CORTEX_DIALECT_RA_IR_RAOPS_TD
