// What the verifier says about functions, levels, strips, nests and barriers.
// RUN: cortex-opt %s --verify-diagnostics --split-input-file

ilir.program @M structure(tree) float(f32) {
  // expected-error@+1 {{'ilir.func' op is named @main, expected @prepare or @run}}
  ilir.func @main {
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    // expected-error@+1 {{'arith.constant' op stands in @run, which holds ilir.levels and ilir.barrier}}
    %c = arith.constant 0 : i32
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    // expected-error@+1 {{'ilir.rows' op stands in @run, which holds ilir.levels and ilir.barrier}}
    ilir.rows once owned () {
      %c = arith.constant dense<0.0> : tensor<8xf32>
      ilir.store %c, @c : tensor<8xf32>
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @prepare {
    // expected-error@+1 {{'arith.constant' op stands in @prepare, which holds ilir.levels, ilir.rows once, ilir.barrier, ilir.pack}}
    %c = arith.constant 0 : i32
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    // expected-error@+1 {{'ilir.levels' op are of @down, which is not an order of this program}}
    ilir.levels @down {
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    // expected-error@+1 {{'ilir.levels' op are of @h, which is not an order of this program}}
    ilir.levels @h {
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @prepare {
    // expected-error@+1 {{'ilir.levels' op of @up stand in @prepare, which knows no structure: it visits only symbols}}
    ilir.levels @up {
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    // expected-error@+1 {{'ilir.levels' op of @words stand in @run, but tables over symbols are built by @prepare}}
    ilir.levels @words {
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    ilir.levels @up {
      // expected-error@+1 {{'arith.constant' op stands in ilir.levels, which hold ilir.strips and ilir.barrier}}
      %c = arith.constant 0 : i32
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    ilir.levels @up {
      // expected-error@+1 {{'ilir.strips' op are of type @twig, which is not a node type of this program}}
      ilir.strips @twig {
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    ilir.levels @structures {
      // expected-error@+1 {{'ilir.strips' op are of type @t, but @structures visits no nodes}}
      ilir.strips @t {
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        // expected-error@+1 {{'arith.constant' op stands in ilir.strips, which hold ilir.rows}}
        %c = arith.constant 0 : i32
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        // expected-error@+1 {{'ilir.rows' op over 'once' stands in 'ilir.strips'; what runs once stands in @prepare, all else in ilir.strips}}
        ilir.rows once owned () {
          %c = arith.constant dense<0.0> : tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @prepare {
    // expected-error@+1 {{'ilir.rows' op over 'rows' stands in 'ilir.func'; what runs once stands in @prepare, all else in ilir.strips}}
    ilir.rows rows owned (%p) {
      %c = arith.constant dense<0.0> : tensor<8xf32>
      %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
      ilir.store %c, @h[%r] : tensor<8xf32>, !ilir.index<row>
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        // expected-error@+1 {{'ilir.rows' op stores nothing}}
        ilir.rows rows owned (%p) {
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        // expected-error@+1 {{'ilir.rows' op goes over nodes, which an order of kind 'up' does not have}}
        ilir.rows nodes owned (%e, %p) {
          %c = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %c, @h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    ilir.levels @structures {
      ilir.strips {
        // expected-error@+1 {{'ilir.rows' op goes over parents, which an order of kind 'structures' does not have}}
        ilir.rows parents owned (%e, %p) {
          %c = arith.constant dense<0.0> : tensor<8xf32>
          ilir.store %c, @h[%e] : tensor<8xf32>, !ilir.index<edge>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        // expected-error@+1 {{'ilir.rows' op over 'rows' expects (position) over rows, (edge, position) over edges, () for once}}
        "ilir.rows"() <{domain = 0 : i32, mode = 1 : i32}> ({
        ^bb0(%e: !ilir.index<edge>):
        }) : () -> ()
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        // expected-error@+1 {{expects (position) over rows, (edge, position) over edges, () for once}}
        ilir.rows rows owned (%e, %p) {
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %c = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %c, @h[%r] : tensor<8xf32>, !ilir.index<row>
          %w = arith.constant dense<0.0> : tensor<4xf32>
          // expected-error@+1 {{'ilir.store' op stores 'tensor<4xf32>' in a nest that stores 'tensor<8xf32>'; all stores of a nest have one shape}}
          ilir.store %w, @w[%r] : tensor<4xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Until a nest is split its stores may differ.
ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %c = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %c, @h[%r] : tensor<8xf32>, !ilir.index<row>
          %w = arith.constant dense<0.0> : tensor<4xf32>
          ilir.store %w, @w[%r] : tensor<4xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    ilir.levels @up {
      // expected-error@+1 {{'ilir.barrier' op exchanges nothing}}
      ilir.barrier []
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    // expected-error@+1 {{'ilir.barrier' op exchanges @temp.0, which is not a buffer of this program}}
    ilir.barrier [@h, @temp.0]
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    // expected-error@+1 {{'ilir.barrier' op exchanges @up, which is not a buffer of this program}}
    ilir.barrier [@up]
  }
}

// -----

// expected-error@+1 {{'ilir.levels' op expects parent op 'ilir.func'}}
ilir.levels @up {
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @t(0 to 2)
  ilir.order @up up
  ilir.order @structures structures
  ilir.order @words symbols domain 4
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.buffer @w rows : tensor<4xf32> private
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    // expected-error@+1 {{'ilir.strips' op expects parent op 'ilir.levels'}}
    ilir.strips {
    }
  }
}
