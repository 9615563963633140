// What the verifier says about types, inputs, orders, buffers, outputs and programs.
// RUN: cortex-opt %s --verify-diagnostics --split-input-file

ilir.program @M structure(tree) float(f32) {
  // expected-error@+1 {{'ilir.type' op has arities from 2 to 1, expected 0 <= from <= to, or to = -1 for no bound}}
  ilir.type @t(2 to 1)
}

// -----

ilir.program @M structure(tree) float(f32) {
  // expected-error@+1 {{'ilir.type' op has arities from -1 to 1, expected}}
  ilir.type @t(-1 to 1)
}

// -----

ilir.program @M structure(tree) float(f32) {
  // expected-error@+1 {{'ilir.input' op lives at roots, expected nodes, edges or structures (roots are nodes)}}
  ilir.input @x at roots : tensor<8xf32>
}

// -----

ilir.program @M structure(tree) float(f32) {
  // expected-error@+1 {{'ilir.input' op has type 'tensor<?xf32>', expected a symbol or a tensor with static, positive sizes}}
  ilir.input @x at nodes : tensor<?xf32>
}

// -----

ilir.program @M structure(tree) float(f32) {
  // expected-error@+1 {{'ilir.input' op has type 'f32', expected a symbol or a tensor}}
  ilir.input @x at nodes : f32
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 1)
  // expected-error@+1 {{'ilir.input' op names node types, but does not live on nodes}}
  ilir.input @x at edges : tensor<8xf32> on [@t]
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 1)
  // expected-error@+1 {{'ilir.input' op is on @twig, which is not a node type of this program}}
  ilir.input @x at nodes : tensor<8xf32> on [@t, @twig]
}

// -----

ilir.program @M structure(tree) float(f32) {
  // expected-error@+1 {{'ilir.order' op is of kind 'symbols', so it needs a domain}}
  ilir.order @o symbols
}

// -----

ilir.program @M structure(tree) float(f32) {
  // expected-error@+1 {{'ilir.order' op is of kind 'up', so it has no domain}}
  ilir.order @o up domain 4
}

// -----

ilir.program @M structure(tree) float(f32) {
  // expected-error@+1 {{'ilir.order' op has domain 0, expected a positive number}}
  ilir.order @o symbols domain 0
}

// -----

ilir.program @M structure(tree) float(f32) {
  // expected-error@+1 {{'ilir.order' op is of kind 'structures', whose positions are not grouped; only those of up, down and map are}}
  ilir.order @o structures keys [""]
}

// -----

ilir.program @M structure(tree) float(f32) {
  // expected-error@+1 {{'ilir.order' op is of kind 'roots', whose positions are not grouped; only those of up, down and map are}}
  ilir.order @o roots keys [""]
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 1)
  // expected-error@+1 {{'ilir.order' op has 2 keys, but the program has 1 node types}}
  ilir.order @o up keys ["", ""]
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 1)
  ilir.input @x at nodes : tensor<8xf32>
  // expected-error@+1 {{'ilir.order' op groups by 'x', which is not a symbol input of nodes}}
  ilir.order @o up keys ["x"]
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 1)
  // expected-error@+1 {{'ilir.order' op groups by 'nobody', which is not a symbol input of nodes}}
  ilir.order @o up keys ["nobody"]
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 0)
  ilir.type @u(1 to 1)
  ilir.input @x at nodes : !ra.symbol<4> on [@u]
  // expected-error@+1 {{'ilir.order' op groups nodes of type @t by 'x', which they do not have}}
  ilir.order @o up keys ["x", "x"]
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.order @up up
  // expected-error@+1 {{'ilir.buffer' op has items of type 'tensor<?xf32>', expected a tensor with static, positive sizes}}
  ilir.buffer @b rows : tensor<?xf32> private
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.order @up up
  // expected-error@+1 {{'ilir.buffer' op has items of type 'tensor<8x0xf32>', expected a tensor with static, positive sizes}}
  ilir.buffer @b rows : tensor<8x0xf32> private
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.order @up up
  // expected-error@+1 {{'ilir.buffer' op in space 'level_rows' must name its order}}
  ilir.buffer @b level_rows : tensor<8xf32> private
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.order @up up
  // expected-error@+1 {{'ilir.buffer' op in space 'rows' has no order}}
  ilir.buffer @b rows of @up : tensor<8xf32> private
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.order @up up
  // expected-error@+1 {{'ilir.buffer' op in space 'strip_edges' must name its order's edge list}}
  ilir.buffer @b strip_edges of @up : tensor<8xf32> private
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.order @up up
  // expected-error@+1 {{'ilir.buffer' op in space 'strip_rows' has no edge list}}
  ilir.buffer @b strip_rows of @up children : tensor<8xf32> private
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.order @up up
  // expected-error@+1 {{'ilir.buffer' op in space 'const' has storage 'private', expected 'constant'}}
  ilir.buffer @b const : tensor<8xf32> private
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.order @up up
  // expected-error@+1 {{'ilir.buffer' op in space 'rows' has storage 'constant', expected 'private', 'exchanged' or 'local'}}
  ilir.buffer @b rows : tensor<8xf32> constant
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.order @up up
  // expected-error@+1 {{'ilir.buffer' op has a count, which only const buffers have}}
  ilir.buffer @b rows count 3 : tensor<8xf32> private
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.order @up up
  // expected-error@+1 {{'ilir.buffer' op has count 0, expected a positive number}}
  ilir.buffer @b const count 0 : tensor<8xf32> constant
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.order @up up
  // expected-error@+1 {{'ilir.buffer' op is 'packed', which only const buffers are}}
  ilir.buffer @b rows : tensor<1x1x8x1x16xf32> private packed
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.order @up up
  // expected-error@+1 {{'ilir.buffer' op is 'in_prepare', which only const buffers are}}
  ilir.buffer @b rows : tensor<8xf32> private in_prepare
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.order @up up
  // expected-error@+1 {{'ilir.buffer' op is packed, so its items have five dimensions (panels, chunks, k, products, lanes); got 'tensor<8x8xf32>'}}
  ilir.buffer @b const : tensor<8x8xf32> constant packed
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.order @up up
  // expected-error@+1 {{'ilir.buffer' op is of @down, which is not an order of this program}}
  ilir.buffer @b level_rows of @down : tensor<8xf32> private
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.order @up up
  // expected-error@+1 {{'ilir.buffer' op is of the nodes of @up, which an order of kind 'up' does not have}}
  ilir.buffer @b level_edges of @up nodes : tensor<8xf32> private
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.order @structures structures
  // expected-error@+1 {{'ilir.buffer' op is of the children of @structures, which an order of kind 'structures' does not have}}
  ilir.buffer @b strip_edges of @structures children : tensor<8xf32> private
}

// -----

ilir.program @M structure(tree) float(f32) {
  // expected-error@+1 {{'ilir.output' op reads @up.h, which is not a buffer}}
  ilir.output @"out:h" = @up.h at roots
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.buffer @head.y roots : tensor<8xf32> private
  // expected-error@+1 {{'ilir.output' op reads @head.y at nodes, but it lies in space 'roots'}}
  ilir.output @"out:y" = @head.y at nodes
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.buffer @up.h rows : tensor<8xf32> private
  // expected-error@+1 {{'ilir.output' op reads @up.h at structures, but it lies in space 'rows'}}
  ilir.output @"out:h" = @up.h at structures
}

// -----

// expected-error@+1 {{'ilir.program' op has float type 'bf16', expected f32 or f64}}
ilir.program @M structure(tree) float(bf16) {
}

// -----

// expected-error@+1 {{'ilir.program' op has no node type}}
ilir.program @M structure(tree) float(f32) {
  ilir.func @prepare {
  }
  ilir.func @run {
  }
}

// -----

// expected-error@+1 {{'ilir.program' op has no ilir.func @prepare}}
ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 1)
  ilir.func @run {
  }
}

// -----

// expected-error@+1 {{'ilir.program' op has no ilir.func @run}}
ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 1)
  ilir.func @prepare {
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 1)
  // expected-error@+1 {{'ilir.param' op has type 'tensor<?xf32>', expected a tensor with static, positive sizes}}
  ilir.param @W : tensor<?xf32>
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 1)
  // expected-error@+1 {{'ilir.param' op has elements of type 'f64', but the program computes in 'f32'}}
  ilir.param @W : tensor<8xf64>
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 1)
  // expected-error@+1 {{'ilir.buffer' op has elements of type 'f64', but the program computes in 'f32'}}
  ilir.buffer @h rows : tensor<8xf64> private
}

// -----

ilir.program @M structure(tree) float(f32) {
  // expected-error@+1 {{'arith.constant' op stands in ilir.program, which holds declarations, @prepare and @run}}
  %c = arith.constant 0 : i32
}

// -----

// expected-error@+1 {{'ilir.buffer' op expects parent op 'ilir.program'}}
ilir.buffer @b rows : tensor<8xf32> private
