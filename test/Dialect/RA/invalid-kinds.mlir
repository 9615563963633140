// RUN: cortex-opt %s --split-input-file --verify-diagnostics

ra.model @TwoKinds structure(tree) float(f32) {
  ra.type @node(0 to *) kinds inner
  ra.sweep @up up states(@h : tensor<4xf32>) {
    // expected-error@+1 {{in sweep @up is for kind 2 of @node, which tells its kinds apart by 'inner'}}
    ra.body @node kind 2 {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @NoKinds structure(tree) float(f32) {
  ra.type @node(0 to *)
  ra.sweep @up up states(@h : tensor<4xf32>) {
    // expected-error@+1 {{in sweep @up is for kind 0 of @node, which tells its kinds apart by 'none'}}
    ra.body @node kind 0 {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @Missing structure(tree) float(f32) {
  ra.type @node(0 to *) kinds first_two
  // expected-error@+1 {{@up has bodies for 1 of the 4 kinds of @node, expected one for each and no other}}
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body @node kind 3 {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @Twice structure(tree) float(f32) {
  ra.type @node(0 to *) kinds inner
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body @node kind 1 {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
    // expected-error@+1 {{is the second one of type @node in sweep @up}}
    ra.body @node kind 1 {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

// Inner children may be of types that lack the input; symbol children have it.
ra.model @Inputs structure(tree) float(f32) {
  ra.type @leaf(0) symbol
  ra.type @node(1 to *) kinds inner
  ra.input @x : tensor<4xf32> on @leaf
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body @leaf {
      %x = ra.read self @x : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
    ra.body @node kind 0 {
      %s = ra.over symbol_children [sum] {
        %x = ra.read there @x : tensor<4xf32>
        ra.yield %x : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %s : tensor<4xf32>
    }
    ra.body @node kind 1 {
      %s = ra.over inner_children [sum] {
        // expected-error@+1 {{reads @x at there, which may be of type @node, whose nodes do not have this input}}
        %x = ra.read there @x : tensor<4xf32>
        ra.yield %x : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %s : tensor<4xf32>
    }
  }
}

// -----

// A kind says that a child is there.
ra.model @Absent structure(tree) float(f32) {
  ra.type @leaf(0) symbol
  ra.type @node(1 to 2) kinds first_two
  ra.input @word : !ra.symbol<5> on @leaf
  ra.param @E : tensor<5x4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body @leaf {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
    ra.body @node kind 2 {
      %w = ra.read child(1) @word : !ra.symbol<5>
      %E = ra.read param @E : tensor<5x4xf32>
      %x = ra.lookup %E[%w] : (tensor<5x4xf32>, !ra.symbol<5>) -> tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
    ra.body @node kind 1 {
      // expected-error@+1 {{reads @word at child(1), a symbol, but that child may be absent and a symbol has no default}}
      %w = ra.read child(1) @word : !ra.symbol<5>
      %z = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
    ra.body @node kind 0 {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
    ra.body @node kind 3 {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}
