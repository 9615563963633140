// What ilir-verify-exchanges says about who stores what, and when it is there.
// RUN: cortex-opt %s --ilir-verify-exchanges --verify-diagnostics --split-input-file

// What each worker computes whole is its own copy, what it owns is not.
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
        ilir.rows rows whole (%p) {
          %one = arith.constant dense<1.0> : tensor<8xf32>
          // expected-error@+1 {{'ilir.store' op stores @t from a nest that is 'whole', but the buffer is 'exchanged'}}
          ilir.store %one, @t[%p] : tensor<8xf32>, !ilir.index<position>
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
        ilir.rows rows owned (%p) {
          %one = arith.constant dense<1.0> : tensor<8xf32>
          // expected-error@+1 {{'ilir.store' op stores @t from a nest that is 'owned', but the buffer is 'local'}}
          ilir.store %one, @t[%p] : tensor<8xf32>, !ilir.index<position>
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

// Temporaries are stored first, those of a strip by the same loop over strips.
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
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op reads @t, which nothing in this level stored before}}
          %x = ilir.load @t[%p] : !ilir.index<position> to tensor<8xf32>
          ilir.store %x, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
        ilir.rows rows owned (%p) {
          %one = arith.constant dense<1.0> : tensor<8xf32>
          ilir.store %one, @t[%p] : tensor<8xf32>, !ilir.index<position>
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
  ilir.buffer @t strip_rows of @up : tensor<8xf32> private
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
          // expected-error@+1 {{'ilir.load' op reads @t, which lasts for a strip and is stored by another loop over strips}}
          %x = ilir.load @t[%p] : !ilir.index<position> to tensor<8xf32>
          ilir.store %x, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Going up, level(child) < level(r) and no more: neither a parent nor a node of
// another structure has been visited before.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> private
  ilir.buffer @Up const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @Up = @U keys [] n [] k [1] unit 0
    ilir.barrier [@Up]
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %k = ilir.index parent %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op reads @up.h, which this loop computes, at rows that order @up does not visit before}}
          %h = ilir.load @up.h[%k] else %z : !ilir.index<row> to tensor<8xf32>
          ilir.store %h, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
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
  ilir.buffer @Up const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @Up = @U keys [] n [] k [1] unit 0
    ilir.barrier [@Up]
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %s = ilir.edges parents %p [sum] (%e) {
            %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
            // expected-error@+1 {{'ilir.load' op reads @up.h, which this loop computes, at rows that order @up does not visit before}}
            %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %h : tensor<8xf32>
          } : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %s, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Of a map, no row is visited before another.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.order @map map
  ilir.buffer @up.h rows : tensor<8xf32> private
  ilir.buffer @Up const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @Up = @U keys [] n [] k [1] unit 0
    ilir.barrier [@Up]
  }
  ilir.func @run {
    ilir.levels @map {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %s = ilir.edges children %p [sum] (%e) {
            %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
            // expected-error@+1 {{'ilir.load' op reads @up.h, which this loop computes, at rows that order @map does not visit before}}
            %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %h : tensor<8xf32>
          } : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %s, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Weights are packed from what all workers have stored.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> private
  ilir.buffer @V const : tensor<8x8xf32> constant in_prepare
  ilir.buffer @Up const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.rows once owned () {
      %U = ilir.load @U : tensor<8x8xf32>
      %V = math.tanh %U : tensor<8x8xf32>
      ilir.store %V, @V : tensor<8x8xf32>
    }
    // expected-error@+1 {{'ilir.pack' op reads all units of @V without an exchange since it was stored}}
    ilir.pack @Up = @V keys [] n [] k [1] unit 0
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
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> private
  ilir.buffer @Up const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @Up = @U keys [] n [] k [1] unit 0
    ilir.barrier [@Up]
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        // expected-error@+1 {{'ilir.rows' op has no mode; run ilir-form-phases first}}
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %one = arith.constant dense<1.0> : tensor<8xf32>
          ilir.store %one, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
