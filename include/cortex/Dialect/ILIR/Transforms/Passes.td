//===- Passes.td - The list of passes on the ilir dialect -----------------===//
#ifndef CORTEX_DIALECT_ILIR_TRANSFORMS_PASSES_TD
#define CORTEX_DIALECT_ILIR_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def ILIRMergeTypes : Pass<"ilir-merge-types", "::cortex::ilir::ProgramOp"> {
  let summary = "One loop nest for the nodes of all types, with a choice between their bodies";
  let description = [{
    The inverse of specialization, to measure what that gains: of a level's
    nests for each type one nest is made that computes all bodies for every row
    and chooses each state by the number of the row's children. Children that a
    row lacks read as zero; what is made of them is not chosen. Levels stay as
    they are, and a remark says why (`--remarks-filter-missed=ilir-merge-types`),
    if the number of children does not tell types apart, or if a body reads a
    child's symbol, weights that a symbol chooses, or an input of numbers that a
    type lacks (the caller may have no array of it).

    Before: one unassigned nest per type. After: one unassigned nest.

    ```mlir
    ilir.strips @leaf { ilir.rows ... { A  ilir.store %x, @up.h[%r] } }
    ilir.strips @internal { ilir.rows ... { B  ilir.store %y, @up.h[%r] } }
    ```
    becomes
    ```mlir
    ilir.strips { ilir.rows ... {
      A  B
      %n = ilir.edges children %p [sum] ...  // the number of children
      %m = arith.cmpf ole, %n, %zero
      %h = arith.select %m, %x, %y
      ilir.store %h, @up.h[%r]
    } }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ILIRJoinSweeps : Pass<"ilir-join-sweeps", "::cortex::ilir::ProgramOp"> {
  let summary = "Independent sweeps of one direction in one loop over levels";
  let description = [{
    A sweep that reads nothing of what an earlier sweep of its direction, and
    all between them, compute moves into that sweep's loop: levels and exchanges
    are shared.

    Before: unassigned nests. After: the same, fewer loops over levels.

    ```mlir
    ilir.levels @up { ilir.strips @t { A } }
    ilir.levels @up { ilir.strips @t { B } }
    ```
    becomes
    ```mlir
    ilir.levels @up { ilir.strips @t { A  B } }
    ```
  }];
}

def ILIRDropUnreadStates : Pass<"ilir-drop-unread-states", "::cortex::ilir::ProgramOp"> {
  let summary = "States of symbol types are stored only where something reads them";
  let description = [{
    Where parents know a node by its symbol, its states may have no reader but
    outputs and later sweeps, often at roots only. In nests of a symbol type
    (`ilir.type … symbol`) in an order `up`
    - a state that nobody reads is not stored;
    - if all others are read at roots only, the nest is one of the roots
      (`kinds root`, kind 1); of joined sweeps, whose nests share strips, this
      must hold for each.

    Before: unassigned nests. After: the same.

    ```mlir
    ilir.type @leaf(0 to 0) symbol
    ilir.output @"out:root" = @up.h at roots
    ilir.levels @up { ilir.strips @leaf { ilir.rows ... {
      ...
      ilir.store %h, @up.h[%r] ...
      ilir.store %c, @up.c[%r] ...
    } } ... }
    ```
    becomes
    ```mlir
    ilir.type @leaf(0 to 0) symbol kinds root
    ilir.output @"out:root" = @up.h at roots
    ilir.levels @up { ilir.strips @leaf kind 1 { ilir.rows ... {
      ...
      ilir.store %h, @up.h[%r] ...
    } } ... }
    ```
  }];
}

def ILIRBuildTables : Pass<"ilir-build-tables", "::cortex::ilir::ProgramOp"> {
  let summary = "Compute what depends on one symbol only once per symbol, in prepare";
  let description = [{
    A value of stage `symbol:x`, or `symbol:x@there`, that costs something (a
    product, a reduction, a function) and is used outside of that stage becomes a
    table over x's domain, built by `prepare`; `run` loads a row of it. Equal
    values share a table. Tables together may take `budget` times the parameters'
    bytes, those read for neighbours first; over it a value stays where it is.

    Before: unassigned nests with `ra.stage` attributes. After: the same.

    ```mlir
    %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>
    %x = ilir.load @E[%w] ...
    %h = math.tanh %x {ra.stage = "symbol:word"} : tensor<8xf32>
    ilir.store %h, @up.h[%r] ...
    ```
    becomes
    ```mlir
    ilir.func @prepare { ilir.levels @symbols.word { ilir.strips { ilir.rows rows unassigned (%p) {
      %s = ilir.index row %p : !ilir.index<position> to !ilir.index<symbol>
      %x = ilir.load @E[%s] ...
      %h = math.tanh %x ...
      ilir.store %h, @table.0[%s] ...
    } } } }
    // run:
    %h = ilir.load @table.0[%w] ...
    ```
  }];
  let options = [Option<"budget", "budget", "double", /*default=*/"4.0",
                        "Bytes of all tables, as a multiple of the parameters' bytes">];
}

def ILIRHoistProducts : Pass<"ilir-hoist-products", "::cortex::ilir::ProgramOp"> {
  let summary = "Compute products that do not depend on the recursion before the sweep, for all rows at once";
  let description = [{
    The paper's computation hoisting: a product in an up or down sweep whose
    operands do not come from this sweep's states moves to a loop over all rows
    (one level, order @map) before the sweep.

    Before: unassigned nests with `ra.stage` attributes. After: the same.

    ```mlir
    ilir.levels @up { ... %y = linalg.contract {ra.stage = "node"} ins(%W, %x) ... }
    ```
    becomes
    ```mlir
    ilir.levels @map { ... %y = linalg.contract ins(%W, %x) ...  ilir.store %y, @hoist.0[%r] ... }
    ilir.levels @up { ... %y = ilir.load @hoist.0[%r] ... }
    ```
  }];
  let dependentDialects = ["::cortex::ilir::ILIRDialect"];
}

def ILIRPackProducts : Pass<"ilir-pack-products", "::cortex::ilir::ProgramOp"> {
  let summary = "Make ilir.product of products with weights, and pack the weights in prepare";
  let description = [{
    A `linalg.contract` of a weight (a constant-stage value, or a slice W[symbol]
    of a parameter at self: then the symbol becomes the group key of that type's
    rows, in an order up, down or map) with a value of the row becomes an `ilir.product`, if its last result
    dimension, the units, comes from the weight, and if the dimensions that it
    sums over follow each other in the row's value, as those of the products do
    in the result. Its initial value is added after it, unless that is another
    product of the same row or edge: then one continues the other's chain. Other
    products stay `linalg.contract`, computed from rows as they lie.

    With `bf16` the weights of an f32 model are stored as bf16, two terms of the
    sum beside each other; weights that `prepare` computes stay f32. With `operands`
    what they multiply is rounded to bf16 as well, once, by an `arith.truncf`.

    Before: unassigned nests. After: the same, and `ilir.pack` in prepare.

    ```mlir
    %U = ilir.load @U : tensor<256x256xf32>
    %y = linalg.contract ... ins(%U, %h) outs(%b) ...
    ```
    becomes
    ```mlir
    ilir.pack @pack.0 = @U keys [] n [] k [1] unit 0            // in prepare
    %p = ilir.product %h, @pack.0 m [] k [0] out_m [] out_n [] : ...
    %y = arith.addf %p, %b : tensor<256xf32>
    ```
  }];
  let options = [Option<"lanes", "lanes", "unsigned", /*default=*/"16", "Units of a panel">,
                 Option<"chunk", "chunk", "unsigned", /*default=*/"6",
                        "Most products of one input that are interleaved in a panel">,
                 Option<"bf16", "bf16", "bool", /*default=*/"false",
                        "Store weights that are parameters, or parts of one, as bf16">,
                 Option<"operands", "operands", "bool", /*default=*/"false",
                        "Round what is multiplied with weights in bf16 to bf16">];
}

def ILIRHoistConstants : Pass<"ilir-hoist-constants", "::cortex::ilir::ProgramOp"> {
  let summary = "Compute constant-stage values once, in prepare";
  let description = [{
    What depends on parameters only and is used by a nest moves to prepare and
    becomes a const buffer. Parameters that `run` looks up or reads are copied.

    Before: unassigned nests with `ra.stage` attributes. After: the same; no
    param is read outside of prepare.

    ```mlir
    %b = ilir.load @b : tensor<8xf32>
    %c = arith.addf %b, %b {ra.stage = "constant"} : tensor<8xf32>
    %y = arith.addf %x, %c : tensor<8xf32>
    ```
    becomes
    ```mlir
    ilir.rows once unassigned () { ... ilir.store %c, @const.0 : tensor<8xf32> }   // in prepare
    %c = ilir.load @const.0 : tensor<8xf32>
    %y = arith.addf %x, %c : tensor<8xf32>
    ```
  }];
}

def ILIRSplitNests : Pass<"ilir-split-nests", "::cortex::ilir::ProgramOp"> {
  let summary = "Split bodies into nests of one shape, with temporaries indexed by position";
  let description = [{
    Products, reductions over units, operands that must lie in memory and scalars
    that feed whole rows become temporaries, dense by position (or by edge) in
    the level; everything elementwise is fused into the nests between them. Of
    equal values only one is computed.

    Before: one unassigned nest per body, products packed. After: nests each
    of one domain and one shape, in an order that respects their dependences,
    modes still unassigned.

    ```mlir
    ilir.rows rows unassigned (%p) {
      %s = ilir.edges ... // sum of h over children
      %y = ilir.product %s, @pack.0 ...
      %h = math.tanh %y : tensor<8xf32>
      ilir.store %h, @up.h[%r] ...
    }
    ```
    becomes
    ```mlir
    ilir.rows rows unassigned (%p) { %s = ilir.edges ...        ilir.store %s, @temp.0[%p] ... }
    ilir.rows rows unassigned (%p) { %y = ilir.product ...      ilir.store %y, @temp.1[%p] ... }
    ilir.rows rows unassigned (%p) { %h = math.tanh ...         ilir.store %h, @up.h[%r] ... }
    ```

    With `fuse=none` every operator's result but the last becomes a temporary,
    to measure what fusion gains.
  }];
  let options = [Option<"fuse", "fuse", "::cortex::Fusion", /*default=*/"::cortex::Fusion::Elementwise",
                        "What is computed in one nest",
                        [{::llvm::cl::values(
                          clEnumValN(::cortex::Fusion::Elementwise, "elementwise", "all that is elementwise"),
                          clEnumValN(::cortex::Fusion::None, "none", "one operator"))}]>];
}

def ILIRFormPhases : Pass<"ilir-form-phases", "::cortex::ilir::ProgramOp"> {
  let summary = "Assign nests to owned or whole, form phases, place exchanges";
  let description = [{
    Decides for each nest whether workers compute only the units they own or
    (cheap values that are read whole and whose sources already are) everything,
    for each buffer whether it is private, exchanged or local, and in which phase
    of a level each nest runs; places an exchange between phases, at the end of
    a level whose states are read whole by the next, and between sweeps. Barriers
    stand at the outermost loop that carries the dependence.

    Before: unassigned nests (ilir-split-nests). After: assigned nests; the
    program satisfies the exchange rules that `verifyExchanges` checks.

    ```mlir
    ilir.strips @node { nest0 -> @temp.0 (owned); nest1 reads @temp.0 whole }
    ```
    becomes
    ```mlir
    ilir.strips @node { nest0 }
    ilir.barrier [@temp.0]
    ilir.strips @node { nest1 }
    ```

    With `dense=false` temporaries have an item for every position and edge of
    their order in the place of the strip's or the level's, to measure what that
    density gains.
  }];
  let options = [Option<"dense", "dense", "bool", /*default=*/"true",
                        "Index temporaries within the strip or the level">];
}

def ILIRVerifyExchanges : Pass<"ilir-verify-exchanges", "::cortex::ilir::ProgramOp"> {
  let summary = "Check that workers see what they read and overwrite nothing that is read";
  let description = [{
    The rules of the dialect that need more than one operation, checked over the
    order of execution. ilir-form-phases ends with them; this pass checks a
    program that was written or changed by hand.

    - A private buffer is touched only at the worker's own units.
    - Between a store to an exchanged buffer and a read of all its units there
      is a barrier that names it on every path, the next level's included.
    - An exchanged temporary is not overwritten while others may be reading it.
    - A temporary is stored before it is read in a level; one of a strip by the
      same loop over strips.
    - A level reads states that its loop computes only at earlier levels.
    - A `whole` nest stores to local buffers, an `owned` nest to all others.

    Before: assigned nests. After: the same, or an error at the access.

    ```mlir
    ilir.strips @node { ilir.rows rows owned (%p) { ... ilir.store %r, @temp.0[%p] ... } }
    // an error without: ilir.barrier [@temp.0]
    ilir.strips @node { ilir.rows rows owned (%p) { ... ilir.product %x, @U.packed ... /* %x = @temp.0[%p] */ } }
    ```
  }];
}

#endif // CORTEX_DIALECT_ILIR_TRANSFORMS_PASSES_TD
