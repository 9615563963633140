// Models that are too large for any machine: refused before anything multiplies their sizes.
// RUN: cortex-opt %s --verify-diagnostics --split-input-file

ra.model @M structure(tree) float(f32) {
  ra.type @node(0 to 2)
  // expected-error@+1 {{'ra.param' op has a tensor of type 'tensor<65536x65536x65536x65536xf32>', expected sizes of at most 2147483647 and at most 2^40 elements}}
  ra.param @W : tensor<65536x65536x65536x65536xf32>
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @node(0 to 2)
  // expected-error@+1 {{'ra.param' op has a tensor of type 'tensor<9223372036854775807xf32>', expected sizes of at most 2147483647 and at most 2^40 elements}}
  ra.param @W : tensor<9223372036854775807xf32>
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @node(0 to 2)
  // expected-error@+1 {{'ra.input' op has a tensor of type 'tensor<2147483648xf32>', expected sizes of at most 2147483647 and at most 2^40 elements}}
  ra.input @x : tensor<2147483648xf32>
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @node(0 to 2)
  // expected-error@+1 {{'ra.sweep' op has a tensor of type 'tensor<1024x1073741825xf32>', expected sizes of at most 2147483647 and at most 2^40 elements}}
  ra.sweep @s map states(@h : tensor<1024x1073741825xf32>) {
  }
}

// -----

// The product of the sizes overflows within an operation of upstream's.
ra.model @M structure(tree) float(f32) {
  ra.type @node(0 to 2)
  ra.param @W : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %w = ra.read param @W : tensor<4xf32>
      // expected-error@+1 {{'tensor.empty' op has a tensor of type 'tensor<4294967296x4294967296xf32>', expected sizes of at most 2147483647 and at most 2^40 elements}}
      %e = tensor.empty() : tensor<4294967296x4294967296xf32>
      ra.yield %w : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.type' op @node has an arity of 4294967296, expected at most 2147483647}}
  ra.type @node(4294967296)
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.type' op @node has an arity of 9223372036854775807, expected at most 2147483647}}
  ra.type @node(0 to 9223372036854775807)
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @node(0 to *)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %c = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op of @x at child(2147483648), expected a position of at most 2147483647}}
      %w = ra.read child(2147483648) @x else %c : tensor<4xf32>
      ra.yield %w : tensor<4xf32>
    }
  }
}
