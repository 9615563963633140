// Text that does not parse: each error stands where the text goes wrong.
// RUN: cortex-opt %s --verify-diagnostics --split-input-file

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{expected integer value}}
  ra.type @leaf(none)
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{expected integer value}}
  ra.type @leaf(0 to many)
}

// -----

// expected-error@+1 {{enum values for attribute 'structure' [sequence, tree, dag]}}
ra.model @M structure(graph) float(f32) {
}

// -----

// expected-error@+1 {{integer literal not valid for specified type}}
ra.model @M structure(tree) float(3) {
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{expected valid '@'-identifier for symbol name}}
  ra.input @x : tensor<4xf32> on leaf
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{expected ':'}}
  ra.sweep @up up states(@h) {
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{enum values for attribute 'direction' [up, down, map]}}
  ra.sweep @up sideways states(@h : tensor<4xf32>) {
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body {
      // expected-error@+1 {{expected valid keyword}}
      %x = ra.over children [] {
      } : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body {
      // expected-error@+1 {{enum values for attribute 'place' [param, self, child, parent, structure, there, edge]}}
      %x = ra.read sibling @h : tensor<4xf32>
    }
  }
}
