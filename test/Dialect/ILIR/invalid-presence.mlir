// What the verifier says about loads of what may be absent or is gone, and about
// stores.
// RUN: cortex-opt %s --verify-diagnostics --split-input-file

// Neighbours that may be absent: a second child of a node of one or two, a child
// of a leaf, a parent, and what is reached from there.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows owned (%p) {
          %k = ilir.index child(1) %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op reads @h of a neighbour that may be absent; give its value with 'else'}}
          %v = ilir.load @h[%k] : !ilir.index<row> to tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @leaf(0 to 0)
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %k = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op reads @h of a neighbour that may be absent; give its value with 'else'}}
          %v = ilir.load @h[%k] : !ilir.index<row> to tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %k = ilir.index parent %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op reads @h of a neighbour that may be absent; give its value with 'else'}}
          %v = ilir.load @h[%k] : !ilir.index<row> to tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.input @x at nodes : tensor<8xf32>
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %k = ilir.index parent %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %k : !ilir.index<row> to !ilir.index<node>
          // expected-error@+1 {{'ilir.load' op reads @x of a neighbour that may be absent; give its value with 'else'}}
          %v = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          // expected-error@+1 {{'ilir.load' op reads @c with 'else', but without an index that could be absent}}
          %v = ilir.load @c else %z : tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %z = arith.constant dense<0.0> : tensor<4xf32>
          %k = ilir.index parent %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op gives 'tensor<4xf32>' where there is no neighbour, expected 'tensor<8xf32>'}}
          %v = "ilir.load"(%k, %z) <{buffer = @h, operandSegmentSizes = array<i32: 1, 1>}> : (!ilir.index<row>, tensor<4xf32>) -> tensor<8xf32>
        }
      }
    }
  }
}

// -----

// Weights are gone after prepare.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.param @W : tensor<8xf32>
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          // expected-error@+1 {{'ilir.load' op reads @W in @run, but it is there in @prepare only}}
          %v = ilir.load @W : tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @c1 const : tensor<8xf32> constant in_prepare
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          // expected-error@+1 {{'ilir.load' op reads @c1 in @run, but it is there in @prepare only}}
          %v = ilir.load @c1 : tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.input @x at nodes : tensor<8xf32>
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          // expected-error@+1 {{'ilir.store' op @x is not a buffer of this program}}
          ilir.store %z, @x[%n] : tensor<8xf32>, !ilir.index<node>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.param @W : tensor<8xf32>
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          // expected-error@+1 {{'ilir.store' op @W is not a buffer of this program}}
          ilir.store %z, @W : tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          // expected-error@+1 {{'ilir.store' op stores @c in @run, but it lies in space 'const'}}
          ilir.store %z, @c : tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          // expected-error@+1 {{'ilir.store' op @h needs an index}}
          ilir.store %z, @h : tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          // expected-error@+1 {{'ilir.store' op @h is indexed by a row, not by a position}}
          ilir.store %z, @h[%p] : tensor<8xf32>, !ilir.index<position>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @words symbols domain 9
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.func @prepare {
    ilir.rows once owned () {
      %z = arith.constant dense<0.0> : tensor<8xf32>
      // expected-error@+1 {{'ilir.store' op stores @h in @prepare, but it lies in space 'rows'}}
      ilir.store %z, @h : tensor<8xf32>
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %s = ilir.edges children %p [sum] (%e) {
            // expected-error@+1 {{'ilir.store' op expects parent op 'ilir.rows'}}
            ilir.store %z, @h[%r] : tensor<8xf32>, !ilir.index<row>
            ilir.yield %z : tensor<8xf32>
          } : tensor<8xf32>
        }
      }
    }
  }
}
