// What the verifier says about models, types, inputs, parameters, sweeps and
// outputs.
// RUN: cortex-opt %s --verify-diagnostics --split-input-file

// expected-error@+1 {{a symbol's domain must be positive and at most 2147483647, got 0}}
func.func private @symbol(!ra.symbol<0>)

// -----

// expected-error@+1 {{a symbol's domain must be positive and at most 2147483647, got 2147483648}}
func.func private @symbol(!ra.symbol<2147483648>)

// -----

// expected-error@+1 {{'ra.model' op @M has float type 'bf16', expected f32 or f64}}
ra.model @M structure(tree) float(bf16) {
}

// -----

// expected-error@+1 {{'ra.model' op @M declares no node type}}
ra.model @M structure(tree) float(f32) {
}

// -----

// expected-error@+1 {{'ra.model' op @M has no sweep}}
ra.model @M structure(tree) float(f32) {
  ra.type @node(0 to 2)
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @node(0 to 2)
  // expected-error@+1 {{'ra.model' op @M holds 'arith.constant', expected types, inputs, parameters, sweeps and outputs}}
  %c = arith.constant 0.0 : f32
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-note@+1 {{see existing symbol definition here}}
  ra.type @x(0 to 2)
  // expected-error@+1 {{redefinition of symbol named 'x'}}
  ra.input @x : tensor<4xf32>
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.type' op @node has a negative minimum arity -1}}
  ra.type @node(-1 to 2)
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.type' op @node has a negative maximum arity -2}}
  ra.type @node(0 to -2)
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.type' op @node has an empty range of arities: 3 to 2}}
  ra.type @node(3 to 2)
}

// -----

ra.model @M structure(sequence) float(f32) {
  // expected-error@+1 {{'ra.type' op @cell allows more than one child, but an element of a sequence has at most one}}
  ra.type @cell(0 to 2)
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %h = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(sequence) float(f32) {
  // expected-error@+1 {{'ra.type' op @cell allows more than one child, but an element of a sequence has at most one}}
  ra.type @cell(0 to *)
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %h = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.input' op @x lives at roots, expected nodes, edges or structures (roots are nodes)}}
  ra.input @x at roots : tensor<4xf32>
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.input' op @position has the name of the built-in edge input}}
  ra.input @position : tensor<4xf32>
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.input' op @x lives on edges, so it cannot be limited to node types}}
  ra.input @x at edges : tensor<4xf32> on @leaf
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.input' op @x names the type @leaf twice}}
  ra.input @x : tensor<4xf32> on @leaf, @leaf
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  // expected-error@+1 {{'ra.input' op @x names @other, which is not a node type of the model}}
  ra.input @x : tensor<4xf32> on @leaf, @other
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %h = ra.read self @x : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  // expected-error@+1 {{'ra.input' op @x has type 'tensor<?xf32>', expected a symbol or a tensor of 'f32' with static, positive sizes}}
  ra.input @x : tensor<?xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %h = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  // expected-error@+1 {{'ra.input' op @x has type 'i32', expected a symbol or a tensor of 'f32' with static, positive sizes}}
  ra.input @x : i32
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %h = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.param' op @W has rank 5, expected at most 4}}
  ra.param @W : tensor<1x1x1x1x1xf32>
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  // expected-error@+1 {{'ra.param' op @W has type 'tensor<4xf64>', expected a tensor of 'f32' with static, positive sizes}}
  ra.param @W : tensor<4xf64>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %h = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  // expected-error@+1 {{'ra.param' op @W has type 'tensor<0x4xf32>', expected a tensor of 'f32' with static, positive sizes}}
  ra.param @W : tensor<0x4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %h = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  // expected-error@+1 {{'ra.param' op @W has type 'tensor<4xf32, "sparse">', expected a tensor of 'f32' with static, positive sizes}}
  ra.param @W : tensor<4xf32, "sparse">
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %h = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.sweep' op @s has no states}}
  "ra.sweep"() <{sym_name = "s", direction = 2 : i32, place = 0 : i32, state_names = [], state_types = []}> ({
  ^bb0:
  }) : () -> ()
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.sweep' op @s names 2 states but has types for 1}}
  "ra.sweep"() <{sym_name = "s", direction = 2 : i32, place = 0 : i32, state_names = ["a", "b"], state_types = [tensor<4xf32>]}> ({
  ^bb0:
  }) : () -> ()
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.sweep' op @s has two states @h}}
  ra.sweep @s map states(@h : tensor<4xf32>, @h : tensor<2xf32>) {
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.sweep' op @s has state @h of type 'f32', expected a tensor}}
  ra.sweep @s map states(@h : f32) {
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.sweep' op @s runs at edges, expected nodes, roots or structures}}
  ra.sweep @s map at edges states(@h : tensor<4xf32>) {
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.sweep' op @s runs up at roots, but only a 'map' sweep runs at roots}}
  ra.sweep @s up at roots states(@h : tensor<4xf32>) {
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.sweep' op @s runs down at structures, but only a 'map' sweep runs at structures}}
  ra.sweep @s down at structures states(@h : tensor<4xf32>) {
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.sweep @s map states(@h : tensor<4xf32>) {
    // expected-error@+1 {{'ra.sweep' op @s holds 'arith.constant', expected only 'ra.body'}}
    %h = arith.constant dense<0.0> : tensor<4xf32>
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.sweep' op @s has no body}}
  ra.sweep @s map states(@h : tensor<4xf32>) {
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body @leaf {
    }
    // expected-error@+1 {{'ra.body' op is the second one of type @leaf in sweep @s}}
    ra.body @leaf {
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body @leaf {
    }
    // expected-error@+1 {{'ra.body' op of sweep @s has no type, so it serves all nodes and must be the only body}}
    ra.body {
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.sweep @s map at structures states(@h : tensor<4xf32>) {
    // expected-error@+1 {{'ra.body' op of sweep @s has a type, but a sweep at structures takes one body without a type}}
    ra.body @leaf {
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  // expected-error@+1 {{'ra.sweep' op @s has state @c of type 'tensor<4xf64>', expected a tensor of 'f32' with static, positive sizes}}
  ra.sweep @s map states(@h : tensor<4xf32>, @c : tensor<4xf64>) {
    ra.body {
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.sweep @s map states(@h : tensor<4xf32>) {
    // expected-error@+1 {{'ra.body' op in sweep @s is for @twig, which is not a node type of the model}}
    ra.body @twig {
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to *)
  // expected-error@+1 {{'ra.sweep' op @s has no body for nodes of type @internal}}
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body @leaf {
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.sweep @s map states(@h : tensor<4xf32>, @c : tensor<4xf32>) {
    ra.body @leaf {
      %h = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.yield' op of @leaf in sweep @s gives 1 values, but the sweep has 2 states}}
      ra.yield %h : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.sweep @s map states(@h : tensor<4xf32>, @c : tensor<4xf32>) {
    ra.body {
      %h = arith.constant dense<0.0> : tensor<4xf32>
      %c = arith.constant dense<0.0> : tensor<3xf32>
      // expected-error@+1 {{'ra.yield' op in sweep @s gives state @c a value of type 'tensor<3xf32>', expected 'tensor<4xf32>'}}
      ra.yield %h, %c : tensor<4xf32>, tensor<3xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.output' op @y names @up, expected a state as @sweep::@state}}
  ra.output @y = @up
}

// -----

ra.model @M structure(tree) float(f32) {
  // expected-error@+1 {{'ra.output' op @y names @up::@h::@z, expected a state as @sweep::@state}}
  ra.output @y = @up::@h::@z
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %h = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
  // expected-error@+1 {{'ra.output' op @y names @up::@h, but the model has no sweep @up}}
  ra.output @y = @up::@h
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %h = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
  // expected-error@+1 {{'ra.output' op @y names @s::@c, but sweep @s has no state @c}}
  ra.output @y = @s::@c
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %h = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
  // expected-error@+1 {{'ra.output' op @y reads @s::@h at structures, but sweep @s runs at nodes}}
  ra.output @y = @s::@h at structures
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.sweep @s map at roots states(@h : tensor<4xf32>) {
    ra.body {
      %h = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
  // expected-error@+1 {{'ra.output' op @y reads @s::@h at nodes, but sweep @s runs at roots}}
  ra.output @y = @s::@h at nodes
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.sweep @s map at structures states(@h : tensor<4xf32>) {
    ra.body {
      %h = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
  // expected-error@+1 {{'ra.output' op @y reads @s::@h at roots, but sweep @s runs at structures}}
  ra.output @y = @s::@h at roots
}

// -----

// expected-error@+1 {{'ra.type' op expects parent op 'ra.model'}}
ra.type @leaf(0)

// -----

// expected-error@+1 {{'ra.body' op expects parent op 'ra.sweep'}}
ra.body {
}
