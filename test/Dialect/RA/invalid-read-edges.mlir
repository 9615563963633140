// ra.read at edges, and where inputs live.
// RUN: cortex-opt %s --verify-diagnostics --split-input-file

// Neighbours and edges are those of 'ra.over'.
ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @x at there, but 'there' is a neighbour, which only 'ra.over' has}}
      %r = ra.read there @x : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @word : !ra.symbol<10> on @leaf
  ra.param @W : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %v = ra.over children [sum] {
        // expected-error@+1 {{'ra.read' op in sweep @s reads @word at there, which may be of type @internal, whose nodes do not have this input}}
        %r = ra.read there @word : !ra.symbol<10>
        %k = ra.read param @W : tensor<4xf32>
        ra.yield %k : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @w at edges : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @w at edge, but only 'ra.over children' and 'ra.over parents' go along edges}}
      %r = ra.read edge @w : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @w at edges : tensor<4xf32>
  ra.param @W : tensor<4xf32>
  ra.sweep @s map at structures states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %v = ra.over nodes [sum] {
        // expected-error@+1 {{'ra.read' op in sweep @s reads @w at edge, but only 'ra.over children' and 'ra.over parents' go along edges}}
        %r = ra.read edge @w : tensor<4xf32>
        %k = ra.read param @W : tensor<4xf32>
        ra.yield %k : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @W : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %v = ra.over children [sum] {
        // expected-error@+1 {{'ra.read' op in sweep @s reads @position at edge, the built-in position, as 'tensor<1xf32>', expected a symbol or 'tensor<f32>'}}
        %r = ra.read edge @position : tensor<1xf32>
        %k = ra.read param @W : tensor<4xf32>
        ra.yield %k : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @W : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %v = ra.over children [sum] {
        // expected-error@+1 {{'ra.read' op in sweep @s reads @position at edge, the built-in position, as a symbol with domain 1, but nodes of type @internal may have 2 children}}
        %r = ra.read edge @position : !ra.symbol<1>
        %k = ra.read param @W : tensor<4xf32>
        ra.yield %k : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @W : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body @internal {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %v = ra.over children [sum] {
        // expected-error@+1 {{'ra.read' op of @internal in sweep @s reads @position at edge, the built-in position, as a symbol with domain 1, but nodes of type @internal may have 2 children}}
        %r = ra.read edge @position : !ra.symbol<1>
        %k = ra.read param @W : tensor<4xf32>
        ra.yield %k : tensor<4xf32>
      } : tensor<4xf32>
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
  ra.param @W : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body @leaf {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %v = ra.over parents [sum] {
        // expected-error@+1 {{'ra.read' op of @leaf in sweep @s reads @position at edge, the built-in position, as a symbol with domain 1, but nodes of type @internal may have 2 children}}
        %r = ra.read edge @position : !ra.symbol<1>
        %k = ra.read param @W : tensor<4xf32>
        ra.yield %k : tensor<4xf32>
      } : tensor<4xf32>
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
  ra.type @many(0 to *)
  ra.param @W : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %v = ra.over children [sum] {
        // expected-error@+1 {{'ra.read' op in sweep @s reads @position at edge, the built-in position, as a symbol with domain 9, but nodes of type @many have no largest number of children}}
        %r = ra.read edge @position : !ra.symbol<9>
        %k = ra.read param @W : tensor<4xf32>
        ra.yield %k : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @position at self, which the model does not declare}}
      %r = ra.read self @position : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

// Where an input lives.
ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @word : !ra.symbol<10> on @leaf
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @word at self, an input that nodes of type @internal do not have}}
      %r = ra.read self @word : !ra.symbol<10>
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
      // expected-error@+1 {{'ra.read' op of @internal in sweep @s reads @word at self, an input that nodes of type @internal do not have}}
      %r = ra.read self @word : !ra.symbol<10>
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
      // expected-error@+1 {{'ra.read' op in sweep @s reads @x at self, but this input lives on nodes; reduce over them with 'ra.over nodes'}}
      %r = ra.read self @x : tensor<4xf32>
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
      // expected-error@+1 {{'ra.read' op in sweep @s reads @x at structure, but this input lives on nodes: it is read at self, child, parent or there}}
      %r = ra.read structure @x : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.param @W : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %v = ra.over children [sum] {
        // expected-error@+1 {{'ra.read' op in sweep @s reads @x at edge, but this input lives on nodes: it is read at self, child, parent or there}}
        %r = ra.read edge @x : tensor<4xf32>
        %k = ra.read param @W : tensor<4xf32>
        ra.yield %k : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @w at edges : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @w at self, but this input lives on edges: it is read at edge, in 'ra.over'}}
      %r = ra.read self @w : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @w at edges : tensor<4xf32>
  ra.param @W : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %v = ra.over children [sum] {
        // expected-error@+1 {{'ra.read' op in sweep @s reads @w at there, but this input lives on edges: it is read at edge, in 'ra.over'}}
        %r = ra.read there @w : tensor<4xf32>
        %k = ra.read param @W : tensor<4xf32>
        ra.yield %k : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @g at structures : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @g at self, but this input lives on structures: it is read at structure}}
      %r = ra.read self @g : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @g at structures : tensor<4xf32>
  ra.sweep @s map at structures states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @g at self, but this input lives on structures: it is read at structure}}
      %r = ra.read self @g : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}
