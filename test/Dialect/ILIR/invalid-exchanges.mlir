// What workers may not do to each other: each case breaks one rule of
// ilir-verify-exchanges, and obeys the others.
// RUN: cortex-opt %s --ilir-verify-exchanges --verify-diagnostics --split-input-file

// A product reads its operand whole.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> private
  ilir.buffer @t level_rows of @up : tensor<8xf32> private
  ilir.buffer @Up const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @Up = @U keys [] n [] k [1] unit 0
    ilir.barrier [@Up]
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %one = arith.constant dense<1.0> : tensor<8xf32>
          ilir.store %one, @t[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op reads all units of @t, which is private: each worker may touch only its own units}}
          %x = ilir.load @t[%p] : !ilir.index<position> to tensor<8xf32>
          %y = ilir.product %x, @Up m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// So does everything in a nest that each worker computes whole.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> private
  ilir.buffer @t level_rows of @up : tensor<8xf32> local
  ilir.buffer @Up const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @Up = @U keys [] n [] k [1] unit 0
    ilir.barrier [@Up]
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows whole (%p) {
          %s = ilir.edges children %p [sum] (%e) {
            %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
            // expected-error@+1 {{'ilir.load' op reads all units of @up.h, which is private: each worker may touch only its own units}}
            %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %h : tensor<8xf32>
          } : tensor<8xf32>
          ilir.store %s, @t[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %one = arith.constant dense<1.0> : tensor<8xf32>
          ilir.store %one, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// A slice of other units, and units that move.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> private
  ilir.buffer @t level_rows of @up : tensor<8xf32> private
  ilir.buffer @Up const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @Up = @U keys [] n [] k [1] unit 0
    ilir.barrier [@Up]
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %one = arith.constant dense<1.0> : tensor<8xf32>
          ilir.store %one, @t[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows owned (%p) {
          // expected-error@+1 {{'ilir.load' op reads all units of @t, which is private}}
          %x = ilir.load @t[%p] : !ilir.index<position> to tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %a = tensor.extract_slice %x[0] [4] [1] : tensor<8xf32> to tensor<4xf32>
          %b = tensor.extract_slice %x[4] [4] [1] : tensor<8xf32> to tensor<4xf32>
          %y = tensor.concat dim(0) %b, %a : (tensor<4xf32>, tensor<4xf32>) -> tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Within a phase there is no exchange.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> private
  ilir.buffer @t level_rows of @up : tensor<8xf32> exchanged
  ilir.buffer @Up const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @Up = @U keys [] n [] k [1] unit 0
    ilir.barrier [@Up]
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %one = arith.constant dense<1.0> : tensor<8xf32>
          ilir.store %one, @t[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op reads all units of @t without an exchange since it was stored}}
          %x = ilir.load @t[%p] : !ilir.index<position> to tensor<8xf32>
          %y = ilir.product %x, @Up m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> private
  ilir.buffer @t level_rows of @up : tensor<8xf32> exchanged
  ilir.buffer @Up const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @Up = @U keys [] n [] k [1] unit 0
    ilir.barrier [@Up]
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %one = arith.constant dense<1.0> : tensor<8xf32>
          ilir.store %one, @t[%p] : tensor<8xf32>, !ilir.index<position>
        }
      }
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op reads all units of @t without an exchange since it was stored}}
          %x = ilir.load @t[%p] : !ilir.index<position> to tensor<8xf32>
          %y = ilir.product %x, @Up m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// A barrier that does not name the buffer waits, but shows no stores.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> private
  ilir.buffer @t level_rows of @up : tensor<8xf32> exchanged
  ilir.buffer @u level_rows of @up : tensor<8xf32> exchanged
  ilir.buffer @Up const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @Up = @U keys [] n [] k [1] unit 0
    ilir.barrier [@Up]
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %one = arith.constant dense<1.0> : tensor<8xf32>
          ilir.store %one, @t[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows owned (%p) {
          %one = arith.constant dense<1.0> : tensor<8xf32>
          ilir.store %one, @u[%p] : tensor<8xf32>, !ilir.index<position>
        }
      }
      ilir.barrier [@u]
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op reads all units of @t without an exchange since it was stored}}
          %x = ilir.load @t[%p] : !ilir.index<position> to tensor<8xf32>
          %y = ilir.product %x, @Up m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Through the loop: the next level reads what this one stored.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @t level_rows of @up : tensor<8xf32> local
  ilir.buffer @Up const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @Up = @U keys [] n [] k [1] unit 0
    ilir.barrier [@Up]
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows whole (%p) {
          %s = ilir.edges children %p [sum] (%e) {
            %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
            // expected-error@+1 {{'ilir.load' op reads all units of @up.h without an exchange since it was stored}}
            %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %h : tensor<8xf32>
          } : tensor<8xf32>
          ilir.store %s, @t[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %x = ilir.load @t[%p] : !ilir.index<position> to tensor<8xf32>
          %y = ilir.product %x, @Up m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// A level's own rows are stored, but not exchanged, until the level ends.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @up.c rows : tensor<8xf32> private
  ilir.buffer @Up const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @Up = @U keys [] n [] k [1] unit 0
    ilir.barrier [@Up]
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %one = arith.constant dense<1.0> : tensor<8xf32>
          ilir.store %one, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op reads all units of @up.h without an exchange since it was stored}}
          %x = ilir.load @up.h[%r] : !ilir.index<row> to tensor<8xf32>
          %y = ilir.product %x, @Up m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
      ilir.barrier [@up.h]
    }
  }
}

// -----

// The next level's store may come while others still read.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> private
  ilir.buffer @t level_rows of @up : tensor<8xf32> exchanged
  ilir.buffer @Up const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @Up = @U keys [] n [] k [1] unit 0
    ilir.barrier [@Up]
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %one = arith.constant dense<1.0> : tensor<8xf32>
          // expected-error@+1 {{'ilir.store' op overwrites @t, which other workers may still be reading: an exchange is missing}}
          ilir.store %one, @t[%p] : tensor<8xf32>, !ilir.index<position>
        }
      }
      ilir.barrier [@t]
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %x = ilir.load @t[%p] : !ilir.index<position> to tensor<8xf32>
          %y = ilir.product %x, @Up m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Between two loops.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.order @map map
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @map.y rows : tensor<8xf32> private
  ilir.buffer @Up const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @Up = @U keys [] n [] k [1] unit 0
    ilir.barrier [@Up]
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %one = arith.constant dense<1.0> : tensor<8xf32>
          ilir.store %one, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
    ilir.levels @map {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op reads all units of @up.h without an exchange since it was stored}}
          %x = ilir.load @up.h[%r] : !ilir.index<row> to tensor<8xf32>
          %y = ilir.product %x, @Up m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @map.y[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
