// RUN: cortex-opt %s --split-input-file --convert-ilir-to-vector=lanes=16 --verify-diagnostics -o /dev/null

ilir.program @Unassigned structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> private
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        // expected-error@+1 {{'ilir.rows' op has no mode; run ilir-form-phases first}}
        ilir.rows rows unassigned (%p) {
          %one = arith.constant dense<1.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %one, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Packed for a machine whose vectors have another length.
ilir.program @Lanes structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> private
  ilir.buffer @U.packed const : tensor<1x1x8x1x8xf32> constant packed
  ilir.func @prepare {
    ilir.pack @U.packed = @U keys [] n [] k [1] unit 0
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          // expected-error@+1 {{'ilir.product' op has weights packed for 8 lanes, not 16}}
          %y = ilir.product %x, @U.packed m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// A chain runs in place.
ilir.program @Chain structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> private
  ilir.buffer @up.c rows : tensor<8xf32> private
  ilir.buffer @U.packed const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @U.packed = @U keys [] n [] k [1] unit 0
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          %c = ilir.load @up.c[%r] : !ilir.index<row> to tensor<8xf32>
          // expected-error@+1 {{'ilir.product' op must read its operand from a buffer, and continue a chain in place}}
          %y = ilir.product %x, @U.packed acc %c : tensor<8xf32> m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

ilir.program @One structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.func @prepare {
  }
  ilir.func @run {
  }
}
// expected-error@+1 {{'ilir.program' op is the second one of its module, which becomes one @cortex_run}}
ilir.program @Two structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.func @prepare {
  }
  ilir.func @run {
  }
}
