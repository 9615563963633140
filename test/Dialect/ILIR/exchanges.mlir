// Programs that obey the rules of ilir-verify-exchanges: it says nothing and
// changes nothing.
// RUN: cortex-opt %s --ilir-verify-exchanges --split-input-file -o %t.checked
// RUN: cortex-opt %s --split-input-file -o %t.parsed
// RUN: diff %t.checked %t.parsed

// Elementwise work on the worker's own units needs no exchange, through any number
// of nests and levels.
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
          %s = ilir.edges children %p [sum] (%e) {
            %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
            %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %h : tensor<8xf32>
          } : tensor<8xf32>
          ilir.store %s, @t[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %x = ilir.load @t[%p] : !ilir.index<position> to tensor<8xf32>
          %y = math.tanh %x : tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// One exchange: what is read whole is summed by every worker for itself.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @t strip_rows of @up : tensor<8xf32> local
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
      ilir.barrier [@up.h]
    }
  }
}

// -----

// Two: a temporary is exchanged between phases, and overwritten only after the
// barrier that ends the level.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @t strip_rows of @up : tensor<8xf32> local
  ilir.buffer @u level_rows of @up : tensor<8xf32> exchanged
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
            %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %h : tensor<8xf32>
          } : tensor<8xf32>
          ilir.store %s, @t[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows owned (%p) {
          %x = ilir.load @t[%p] : !ilir.index<position> to tensor<8xf32>
          %y = ilir.product %x, @Up m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @u[%p] : tensor<8xf32>, !ilir.index<position>
        }
      }
      ilir.barrier [@u]
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %x = ilir.load @u[%p] : !ilir.index<position> to tensor<8xf32>
          %y = ilir.product %x, @Up m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
      ilir.barrier [@up.h]
    }
  }
}

// -----

// A barrier anywhere between two loops; private states stay private.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.order @map map
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @up.c rows : tensor<8xf32> private
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
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %one = arith.constant dense<1.0> : tensor<8xf32>
          ilir.store %one, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
    ilir.barrier [@up.h]
    ilir.levels @map {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %x = ilir.load @up.h[%r] : !ilir.index<row> to tensor<8xf32>
          %y = ilir.product %x, @Up m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @map.y[%r] : tensor<8xf32>, !ilir.index<row>
        }
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %x = ilir.load @up.c[%r] : !ilir.index<row> to tensor<8xf32>
          ilir.store %x, @map.y[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Going down, parents come first.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.order @down down
  ilir.buffer @up.h rows : tensor<8xf32> private
  ilir.buffer @Up const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @Up = @U keys [] n [] k [1] unit 0
    ilir.barrier [@Up]
  }
  ilir.func @run {
    ilir.levels @down {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %k = ilir.index parent %p : !ilir.index<position> to !ilir.index<row>
          %h = ilir.load @up.h[%k] else %z : !ilir.index<row> to tensor<8xf32>
          ilir.store %h, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
