// ra.read of states: against the recursion only, and computed before.
// RUN: cortex-opt %s --verify-diagnostics --split-input-file

// States of the same sweep: only against the recursion.
ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.sweep @s up states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @s::@h at self, a state of the same sweep, but an 'up' sweep may read its own states only at children}}
      %r = ra.read self @s::@h : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.sweep @s up states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @s::@h at parent, a state of the same sweep, but an 'up' sweep may read its own states only at children}}
      %r = ra.read parent @s::@h else %z : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @W : tensor<4xf32>
  ra.sweep @s up states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %v = ra.over parents [sum] {
        // expected-error@+1 {{'ra.read' op in sweep @s reads @s::@h at there, a state of the same sweep, but an 'up' sweep may read its own states only at children}}
        %r = ra.read there @s::@h : tensor<4xf32>
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
  ra.sweep @s down states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @s::@h at self, a state of the same sweep, but a 'down' sweep may read its own states only at parents}}
      %r = ra.read self @s::@h : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.sweep @s down states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @s::@h at child(0), a state of the same sweep, but a 'down' sweep may read its own states only at parents}}
      %r = ra.read child(0) @s::@h else %z : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @W : tensor<4xf32>
  ra.sweep @s down states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %v = ra.over children [sum] {
        // expected-error@+1 {{'ra.read' op in sweep @s reads @s::@h at there, a state of the same sweep, but a 'down' sweep may read its own states only at parents}}
        %r = ra.read there @s::@h : tensor<4xf32>
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
      // expected-error@+1 {{'ra.read' op in sweep @s reads @s::@h at self, a state of the same sweep, but a 'map' sweep may not read its own states}}
      %r = ra.read self @s::@h : tensor<4xf32>
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
      // expected-error@+1 {{'ra.read' op in sweep @s reads @s::@h at child(0), a state of the same sweep, but a 'map' sweep may not read its own states}}
      %r = ra.read child(0) @s::@h else %z : tensor<4xf32>
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
        // expected-error@+1 {{'ra.read' op in sweep @s reads @s::@h at there, a state of the same sweep, but a 'map' sweep may not read its own states}}
        %r = ra.read there @s::@h : tensor<4xf32>
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
      // expected-error@+1 {{'ra.read' op in sweep @s reads @s::@h at parent, a state of the same sweep, but a 'map' sweep may not read its own states}}
      %r = ra.read parent @s::@h else %z : tensor<4xf32>
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
      %v = ra.over parents [sum] {
        // expected-error@+1 {{'ra.read' op in sweep @s reads @s::@h at there, a state of the same sweep, but a 'map' sweep may not read its own states}}
        %r = ra.read there @s::@h : tensor<4xf32>
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
  ra.sweep @s up states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @s::@h at structure, a state of the same sweep, but an 'up' sweep may read its own states only at children}}
      %r = ra.read structure @s::@h : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.sweep @s map at structures states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @s::@h at self, a state of the same sweep, but a 'map' sweep may not read its own states}}
      %r = ra.read self @s::@h : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

// States of other sweeps: earlier, and where they live.
ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @later::@h at self, but sweep @later runs after sweep @s}}
      %r = ra.read self @later::@h : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
  ra.sweep @later map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s up states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @later::@h at child(0), but sweep @later runs after sweep @s}}
      %r = ra.read child(0) @later::@h else %z : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
  ra.sweep @later map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @nodes map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
  ra.sweep @s map at structures states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @nodes::@h at self, but this state lives on nodes; reduce over them with 'ra.over nodes'}}
      %r = ra.read self @nodes::@h : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @nodes map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @nodes::@h at structure, but this state lives on nodes: it is read at self, child, parent or there}}
      %r = ra.read structure @nodes::@h : tensor<4xf32>
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
  ra.sweep @nodes map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %v = ra.over children [sum] {
        // expected-error@+1 {{'ra.read' op in sweep @s reads @nodes::@h at edge, but this state lives on nodes: it is read at self, child, parent or there}}
        %r = ra.read edge @nodes::@h : tensor<4xf32>
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
  ra.input @x : tensor<4xf32>
  ra.sweep @roots map at roots states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @roots::@h at self, but this state lives on roots: it is read at self, in a later sweep at roots}}
      %r = ra.read self @roots::@h : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @roots map at roots states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
  ra.sweep @s map at roots states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @roots::@h at child(0), but this state lives on roots: it is read at self, in a later sweep at roots}}
      %r = ra.read child(0) @roots::@h else %z : tensor<4xf32>
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
  ra.sweep @roots map at roots states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
  ra.sweep @s map at structures states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %v = ra.over nodes [sum] {
        // expected-error@+1 {{'ra.read' op in sweep @s reads @roots::@h at there, but this state lives on roots: it is read at self, in a later sweep at roots}}
        %r = ra.read there @roots::@h : tensor<4xf32>
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
  ra.sweep @whole map at structures states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read structure @g : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @whole::@h at self, but this state lives on structures: it is read at structure}}
      %r = ra.read self @whole::@h : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @g at structures : tensor<4xf32>
  ra.param @W : tensor<4xf32>
  ra.sweep @whole map at structures states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read structure @g : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %v = ra.over children [sum] {
        // expected-error@+1 {{'ra.read' op in sweep @s reads @whole::@h at there, but this state lives on structures: it is read at structure}}
        %r = ra.read there @whole::@h : tensor<4xf32>
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
  ra.sweep @whole map at structures states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read structure @g : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
  ra.sweep @s map at structures states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @whole::@h at structure, but a body at structures reads a structure's states at self}}
      %r = ra.read structure @whole::@h : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}
