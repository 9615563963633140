//===- Passes.td - Passes on the Recursive API dialect -----*- tablegen -*-===//
//
// The only list of the passes on ra. In the examples types and declarations are
// left out where they say nothing new. What a pass did it counts in remarks
// (cortex/Support/PassCount.h; `--remarks-filter-passed=ra-specialize`).
//
//===----------------------------------------------------------------------===//
#ifndef CORTEX_DIALECT_RA_TRANSFORMS_PASSES_TD
#define CORTEX_DIALECT_RA_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

class RA_Pass<string flag> : Pass<flag, "::cortex::ra::ModelOp"> {
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"
  ];
}

def Specialize : RA_Pass<"ra-specialize"> {
  let summary = "one body per node type, without what the type's arity rules out";
  let description = [{
    The paper's specialization, and the start of its propagation of known initial
    states: a leaf's reduction over children is an identity.

    Postcondition: a sweep at nodes or roots has exactly one body per declared
    type, in the order of the types; a sweep at structures keeps its one body. In
    the body of a type
    - `ra.over children` of a type without children is the identity of the
      combiner (sum 0, mean 0, product 1) or its default; of a type that always
      has children it has no default;
    - `ra.read child(i)` past the type's arity is its `else` value; of a child
      that is always there it has no `else`.

    ```mlir
    ra.type @leaf(0)   ra.type @internal(1 to *)
    ra.body {
      %s = ra.over children [sum] { %k = ra.read there @up::@h   ra.yield %k }
      ra.yield %s
    }
    // becomes
    ra.body @leaf {
      %s = arith.constant dense<0.0>
      ra.yield %s
    }
    ra.body @internal {
      %s = ra.over children [sum] { %k = ra.read there @up::@h   ra.yield %k }
      ra.yield %s
    }
    ```

    Counts:
    - `bodies made`: bodies made for one type from a body of all types
    - `reductions removed`: reductions over children of a type that has none
    - `reads removed`: reads of a child that the type never has
    - `defaults dropped`: defaults for children that are always there
  }];
}

def FoldConstants : RA_Pass<"ra-fold-constants"> {
  let summary = "compute what depends on constants only, drop what then does nothing";
  let description = [{
    Propagates known initial states (zeros at leaves, mostly) through a body:
    elementwise functions, broadcasts, reductions, reshapes, slices, transposes
    and concatenations of constants become constants; `x + 0`, `x - 0`, `x * 1`,
    `x / 1` become `x`; a product with an operand that is exactly zero becomes
    its `outs`. `x * 0` stays, since x may be NaN or infinite. Dead operations
    disappear. Broadcasts, reductions, transposes and concatenations are folded
    for splats only: a constant with many different elements is not made larger.

    That a product with a zero vector is zero holds where the weights are
    finite: an infinite weight times an absent child is taken to be nothing, not
    NaN. `x + 0` is taken to be x also for x = -0.

    ```mlir
    %z = arith.constant dense<0.0> : tensor<8xf32>
    %g = linalg.contract ins(%U, %z) outs(%b)
    %f = ra.sigmoid %z
    %y = arith.mulf %g, %f
    // becomes
    %f = arith.constant dense<0.5> : tensor<8xf32>
    %y = arith.mulf %b, %f
    ```

    Counts:
    - `operations folded`: operations replaced by a constant or by an operand
    - `products removed`: products with an operand that is exactly zero
  }];
}

def HoistInvariants : RA_Pass<"ra-hoist-invariants"> {
  let summary = "compute once per node what is the same for all neighbours";
  let description = [{
    Moves operations out of the region of `ra.over` that depend neither on the
    neighbour nor on the edge. All operations are pure, so that computing one for
    a node without neighbours does no harm.

    ```mlir
    %s = ra.over children [sum] {
      %h = ra.read there @up::@h
      %p = linalg.contract ins(%Wf, %x) outs(%bf)
      %f = linalg.contract ins(%Uf, %h) outs(%p)
      ra.yield %f
    }
    // becomes
    %p = linalg.contract ins(%Wf, %x) outs(%bf)
    %s = ra.over children [sum] {
      %h = ra.read there @up::@h
      %f = linalg.contract ins(%Uf, %h) outs(%p)
      ra.yield %f
    }
    ```

    Counts:
    - `operations hoisted`: operations moved out of a reduction over neighbours
  }];
}

def StackSlices : RA_Pass<"ra-stack-slices"> {
  let summary = "give equal slices of a product's units a dimension of their own";
  let description = [{
    Weights are often stacked along the units: four matrices of H rows each are
    one parameter of 4H rows, and slices take the product apart again. Such a
    cut through the units hides that the parts are alike. This pass reshapes
    the parameters to (4, H), so that the units have one extent everywhere and
    the slices are along a dimension outside of them; it stays one product.

    It takes a set of values tied together by elementwise operations and bias
    additions, made from products whose units come from a parameter, from
    parameters, broadcasts, look-ups in parameters and constants. The set is
    rewritten if all its other uses are slices along the last dimension that
    have one width and tile that dimension; else it is left and a remark says why
    (`--remarks-filter-missed=ra-stack-slices`).

    ```mlir
    %g = linalg.contract ins(%W, %x) outs(%b)      // (4H,K), (K) -> (4H)
    %i = tensor.extract_slice %g[0] [H] [1]
    %f = tensor.extract_slice %g[H] [H] [1]   ...
    // becomes
    %W4 = tensor.expand_shape %W [[0, 1], [2]]     // (4,H,K)
    %b4 = tensor.expand_shape %b [[0, 1]]
    %g = linalg.contract ins(%W4, %x) outs(%b4)    // (4,H,K), (K) -> (4,H)
    %i = tensor.extract_slice %g[0, 0] [1, H] [1, 1]
    %f = tensor.extract_slice %g[1, 0] [1, H] [1, 1]   ...
    ```

    Counts:
    - `products stacked`: products whose units were split into equal parts
    - `slices stacked`: slices along the units that are along an outer dimension now
  }];
}

def PushSlices : RA_Pass<"ra-push-slices"> {
  let summary = "compute only the slice of a product's units that is used";
  let description = [{
    Moves a slice along the last dimension above elementwise operations,
    broadcasts and products down to parameters, where it costs nothing. To be
    run after `ra-stack-slices`, which does better where the slices are alike.
    Leaves a value that is also used whole, or whose slices would reach anything
    but parameters; a remark says why (`--remarks-filter-missed=ra-push-slices`).
    Slices along outer dimensions stay: they cost nothing, and one large product
    is faster than several small ones.

    ```mlir
    %g = linalg.contract ins(%W, %x) outs(%b)      // (96,K), (K) -> (96)
    %u = tensor.extract_slice %g[0] [64] [1]
    %v = tensor.extract_slice %g[64] [32] [1]
    // becomes
    %Wu = tensor.extract_slice %W[0, 0] [64, K] [1, 1]
    %bu = tensor.extract_slice %b[0] [64] [1]
    %u = linalg.contract ins(%Wu, %x) outs(%bu)    // and the same for %v
    ```

    Counts:
    - `slices pushed`: slices moved above an operation
  }];
}

def SplitProducts : RA_Pass<"ra-split-products"> {
  let summary = "products with concatenations, and on sums, are sums of products";
  let description = [{
    By linearity. What multiplies an input leaves the recursion, what multiplies
    a leaf's state becomes a table, and two symbols have a table each.

    A product with a concatenation is a sum of products with its parts, from the
    earliest stage to the latest, else in the order of the parts. The other
    operand must be made of parameters only, and the concatenated dimension one
    that is summed over; else a remark says what is missing
    (`--remarks-filter-missed=ra-split-products`).

    ```mlir
    %y = tensor.concat dim(0) %l, %r
    %g = linalg.contract ins(%W, %y) outs(%b)      // (H,2H), (2H) -> (H)
    // becomes
    %W0 = tensor.extract_slice %W[0, 0] [H, H] [1, 1]
    %W1 = tensor.extract_slice %W[0, H] [H, H] [1, 1]
    %g0 = linalg.contract ins(%W0, %l) outs(%b)
    %g = linalg.contract ins(%W1, %r) outs(%g0)
    ```

    A product whose `outs` make its stage later than that of its operands is one
    on zero and an addition.

    ```mlir
    %g = linalg.contract ins(%W, %x) outs(%h)      // %x at node stage, %h recursive
    // becomes
    %z = arith.constant dense<0.0>
    %p = linalg.contract ins(%W, %x) outs(%z)      // node stage
    %g = arith.addf %h, %p
    ```

    Counts:
    - `products split`: products with a concatenation that were split
    - `sums split`: products that were separated from their outs
  }];
}

def AssignStages : RA_Pass<"ra-assign-stages"> {
  let summary = "record at each operation the earliest stage at which it can be computed";
  let description = [{
    Attaches `ra.stage` to every operation with results in a body (those in the
    region of an `ra.over` too; an operation with several results gets the latest
    of their stages) and to a body whose states are all symbol stage or earlier.
    cortex/Dialect/RA/Transforms/Stages.h says what the stages are.

    ```mlir
    %w = ra.read self @word {ra.stage = "symbol:word"}
    %E = ra.read param @E {ra.stage = "constant"}
    %x = ra.lookup %E[%w] {ra.stage = "symbol:word"}
    %v = ra.read self @features {ra.stage = "node"}
    %h = ra.read child(0) @up::@h {ra.stage = "recursive"}
    %y = arith.addf %x, %h {ra.stage = "recursive"}
    ```

    Counts:
    - `operations at constant stage`: operations made of parameters only
    - `operations at symbol stage`: operations that are tables over symbols
    - `operations at node stage`: operations computed before the sweep
    - `operations at recursive stage`: operations computed level by level
  }];
}

#endif // CORTEX_DIALECT_RA_TRANSFORMS_PASSES_TD
