// ra.read at children, parents and neighbours: which there are, and what they have.
// RUN: cortex-opt %s --verify-diagnostics --split-input-file

// Children: which exist, and what they have.
ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body @leaf {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op of @leaf in sweep @s reads @x at child(0), but a node of type @leaf has at most 0 children}}
      %r = ra.read child(0) @x else %z : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
    ra.body @internal {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body @internal {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op of @internal in sweep @s reads @x at child(2), but a node of type @internal has at most 2 children}}
      %r = ra.read child(2) @x else %z : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
    ra.body @leaf {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @x at child(2), but no node type has that many children}}
      %r = ra.read child(2) @x else %z : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body @internal {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op of @internal in sweep @s reads @x at child(1), but that child may be absent; give its value with 'else'}}
      %r = ra.read child(1) @x : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
    ra.body @leaf {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @x at child(0), but that child may be absent; give its value with 'else'}}
      %r = ra.read child(0) @x : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @kind : !ra.symbol<10>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body @internal {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op of @internal in sweep @s reads @kind at child(1), a symbol, but that child may be absent and a symbol has no default}}
      %r = ra.read child(1) @kind : !ra.symbol<10>
      ra.yield %z : tensor<4xf32>
    }
    ra.body @leaf {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @word : !ra.symbol<10> on @leaf
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body @internal {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op of @internal in sweep @s reads @word at child(0), which may be of type @internal, whose nodes do not have this input}}
      %r = ra.read child(0) @word : !ra.symbol<10>
      ra.yield %z : tensor<4xf32>
    }
    ra.body @leaf {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map at structures states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @x at child(0), but a structure has no children; reduce over its nodes with 'ra.over nodes'}}
      %r = ra.read child(0) @x else %z : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

// Parents.
ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @x at parent, but a root has no parent; give its value with 'else'}}
      %r = ra.read parent @x : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @kind : !ra.symbol<10>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @kind at parent, a symbol, but a root has no parent and a symbol has no default}}
      %r = ra.read parent @kind : !ra.symbol<10>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(dag) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @x at parent, but a node of a dag may have several parents; reduce over them with 'ra.over parents'}}
      %r = ra.read parent @x else %z : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map at structures states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @x at parent, but a structure has no parent; reduce over its nodes with 'ra.over nodes'}}
      %r = ra.read parent @x else %z : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}
