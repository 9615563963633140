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

def FoldQuadraticForms : RA_Pass<"ra-fold-quadratic-forms"> {
  let summary = "of a quadratic form each pair of pieces is multiplied once";
  let description = [{
    x'Vx for a weight V: where the model multiplies a piece a of x with another
    one b, and b with a, by two blocks of V, one product by the sum of both does.
    The sum is made of parameters, so it is computed once. Of p equal pieces
    (p + 1) / 2p of the products are left. Each piece is multiplied with itself
    and with those after it; what is linear in these can still be split and put
    into tables. The parts of a concatenation of up to 7 are pieces, and are
    cut into more, of at least 8 elements, about 7 in all; else x itself is cut.

    Takes a product of a vector with a product, on zero and used by nothing else,
    of the same vector with a weight; a remark says where it is too short
    (`--remarks-filter-missed=ra-fold-quadratic-forms`).

    ```mlir
    %x = tensor.concat dim(0) %a, %b
    %r = linalg.contract ins(%V, %x) outs(%zero)     // (H,2H,2H), (2H) -> (2H,H)
    %q = linalg.contract ins(%r, %x) outs(%zero)     // (2H,H), (2H) -> (H)
    // becomes
    %Va = tensor.concat dim(1) %V_aa, (%V_ab + %V_ba transposed)
    %ra = linalg.contract ins(%Va, %x) outs(%zero)   // (H,2H,H), (2H) -> (H,H)
    %qa = linalg.contract ins(%ra, %a) outs(%zero)
    %rb = linalg.contract ins(%V_bb, %b) outs(%zero) // (H,H,H), (H) -> (H,H)
    %q = linalg.contract ins(%rb, %b) outs(%qa)
    ```

    Counts:
    - `forms folded`: quadratic forms that were rewritten
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
    (`--remarks-filter-missed=ra-split-products`). Parts that turn out to be of
    one stage are joined again by `ra-join-products`.

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

def PullProducts : RA_Pass<"ra-pull-products"> {
  let summary = "a sum of products with one weight is the product of the sum";
  let description = [{
    By linearity, for reductions by sum and mean: one product per node in the
    place of one per neighbour. The product must be what the region yields, on
    zero, with a weight that is the same for all neighbours.

    ```mlir
    %s = ra.over children [sum] {
      %h = ra.read there @up::@h
      %p = linalg.contract ins(%U, %h) outs(%zero)
      ra.yield %p
    }
    // becomes
    %t = ra.over children [sum] {
      %h = ra.read there @up::@h
      ra.yield %h
    }
    %s = linalg.contract ins(%U, %t) outs(%zero)
    ```

    Counts:
    - `products pulled`: products moved out of a reduction
  }];
}

def PushProducts : RA_Pass<"ra-push-products"> {
  let summary = "the product of a sum is the sum of the products";
  let description = [{
    The inverse of `ra-pull-products`: one product per neighbour in the place of
    one per node. With `of-states` only products of sums of this sweep's own
    states, which `ra-refactor-products` can then move to the child.

    Counts:
    - `products pushed`: products moved into a reduction
  }];
  let options = [Option<"ofStates", "of-states", "bool", /*default=*/"false",
                        "Only products of sums of the sweep's own states">];
}

def RefactorProducts : RA_Pass<"ra-refactor-products"> {
  let summary = "compute a product with a child's state where the state is computed";
  let description = [{
    The paper's recursive refactoring: the boundary of the recursion moves past
    the product. In a sweep that goes up, a product of a weight with a child's
    state becomes another state of the child, which its parents gather: one
    product per node in the place of one per edge, and a table row where the
    child's state is one. It is legal where the weight is made of parameters only
    and the other operand is the child's state itself; else a remark says so
    (`--remarks-filter-missed=ra-refactor-products`).

    ```mlir
    ra.sweep @up up states(@h : tensor<8xf32>) {
      ra.body @internal {
        %s = ra.over children [sum] {
          %k = ra.read there @up::@h
          %p = linalg.contract ins(%U, %k) outs(%zero)
          ...
    // becomes
    ra.sweep @up up states(@h : tensor<8xf32>, @h.product.0 : tensor<8xf32>) {
      ra.body @internal {
        %s = ra.over children [sum] {
          %p = ra.read there @up::@h.product.0
          ...
        %q = linalg.contract ins(%U, %h) outs(%zero)
        ra.yield %h, %q
    ```

    Counts:
    - `products moved to the child`: states that were added
  }];
}

def TabulateChildren : RA_Pass<"ra-tabulate-children"> {
  let summary = "what parents need of children that are known by a symbol becomes a value of that symbol";
  let description = [{
    A *symbol type* is a node type whose states, in a sweep up, depend on one of
    its symbols only (a leaf that reads a word). Its nodes are *symbol children*
    of their parents, all others are *inner* ones. A body that reads its sweep's
    states at children becomes one per *kind* of nodes:
    - bodies that read `child(0)`, `child(1)`: which of them are symbol children
      (`kinds first`, `first_two`);
    - others: whether some child is an inner one (`kinds inner`).

    In a kind, a read at a symbol child becomes the symbol type's body with the
    child's symbol; a reduction goes over the inner children first, then over the
    symbol children, both in stored order (softmax, and max and min that may be
    over nobody, stay, with a remark). Products with a sum over symbol children
    become sums of products, so that these too depend on one symbol only:
    `ilir-build-tables` makes rows of tables of them.

    ```mlir
    ra.type @leaf(0)   ra.type @internal(1 to *)
    ra.body @internal {
      %s = ra.over children [sum] { %h = ra.read there @up::@h   ra.yield %h }
      %g = linalg.contract ins(%U, %s) outs(%b)
      ...
    }
    // becomes
    ra.type @leaf(0) symbol   ra.type @internal(1 to *) kinds inner
    ra.body @internal kind 0 {                       // no inner child
      %t = ra.over symbol_children [sum] {
        %w = ra.read there @word                     // the leaf's body ...
        %h = ra.lookup %E[%w]
        %p = linalg.contract ins(%U, %h) outs(%z)
        ra.yield %p
      }
      %g = arith.addf %b, %t
      ...
    }
    ra.body @internal kind 1 {
      %s = ra.over inner_children [sum] { %h = ra.read there @up::@h   ra.yield %h }
      %t = ra.over symbol_children [sum] { ... }
      %g0 = linalg.contract ins(%U, %s) outs(%b)
      %g = arith.addf %g0, %t
      ...
    }
    ```

    If the tables would need more than `budget` times the parameters' bytes, the
    products stay; if that is still too much, all stays (remarks say how much it
    would have been: `--remarks-filter-missed=ra-tabulate-children`).

    Counts:
    - `kinds made`: bodies made for one kind of nodes
    - `reductions over symbol children`: reductions that need no states
    - `states read from symbols`: places where the symbol type's body was put
    - `products pushed to symbol children`: products that became sums over symbol children
  }];
  let options = [
    Option<"budget", "budget", "double", "4.0", "Bytes of tables, as a multiple of the parameters'">
  ];
}

def JoinProducts : RA_Pass<"ra-join-products"> {
  let summary = "products with parts of one weight that are of one stage are one product";
  let description = [{
    The inverse of `ra-split-products`, once it is known what each part became: a
    part whose values are in tables, or move to the child, or leave the recursion
    is no product of this stage any more. Those that are (a table over the budget,
    say) would read and write the same sums one after the other. Products that
    follow one another, with adjacent slices of one weight and operands of one
    stage, node or recursive, become one with the concatenation of the operands,
    which is copied together for each row: so only up to 256 elements, and in the
    recursion where there are at least as many sums as elements; else a remark
    (`--remarks-filter-missed=ra-join-products`).

    ```mlir
    %W0 = tensor.extract_slice %W[0, 0] [H, K] [1, 1]
    %W1 = tensor.extract_slice %W[0, K] [H, K] [1, 1]
    %g0 = linalg.contract ins(%W0, %l) outs(%b)
    %g = linalg.contract ins(%W1, %r) outs(%g0)
    // becomes
    %y = tensor.concat dim(0) %l, %r
    %g = linalg.contract ins(%W, %y) outs(%b)      // (H,2K), (2K) -> (H)
    ```

    Counts:
    - `products joined`: products that became part of another
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
