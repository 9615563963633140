// RUN: cortex-opt %s --split-input-file --verify-diagnostics

ilir.program @NoKinds structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      // expected-error@+1 {{are of kind 0 of @node, which tells its kinds apart by 'none'}}
      ilir.strips @node kind 0 {
        ilir.rows rows unassigned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %z, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

ilir.program @NoSuchKind structure(tree) float(f32) {
  ilir.type @node(0 to -1) kinds root
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      // expected-error@+1 {{are of kind 2 of @node, which tells its kinds apart by 'root'}}
      ilir.strips @node kind 2 {
        ilir.rows rows unassigned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %z, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

ilir.program @Roots structure(tree) float(f32) {
  ilir.type @node(0 to -1) kinds inner
  ilir.order @roots roots
  ilir.buffer @head.h roots : tensor<8xf32> private
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @roots {
      // expected-error@+1 {{are of a kind, but @roots is in the caller's order}}
      ilir.strips @node kind 1 {
        ilir.rows rows unassigned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          ilir.store %z, @head.h[%p] : tensor<8xf32>, !ilir.index<position>
        }
      }
    }
  }
}

// -----

// A child that the kind does not speak of may be absent.
ilir.program @Absent structure(tree) float(f32) {
  ilir.type @leaf(0 to 0) symbol
  ilir.type @node(1 to 2) kinds first_two
  ilir.input @word at nodes : !ra.symbol<9>
  ilir.param @E : tensor<9x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node kind 2 {
        ilir.rows rows unassigned (%p) {
          %c = ilir.index child(1) %p : !ilir.index<position> to !ilir.index<row>
          %w = ilir.symbol @word[%c] : !ilir.index<row> to !ilir.index<symbol>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %z, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
      ilir.strips @node kind 1 {
        ilir.rows rows unassigned (%p) {
          %c = ilir.index child(1) %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{reads @word of a neighbour that may be absent; a symbol has no default}}
          %w = ilir.symbol @word[%c] : !ilir.index<row> to !ilir.index<symbol>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %z, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
