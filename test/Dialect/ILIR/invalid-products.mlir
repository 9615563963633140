// What the verifier says about products: every product has a shape, and agrees
// with its weights, its operand and its result.
// RUN: cortex-opt %s --verify-diagnostics --split-input-file

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<3x20x8xf32> constant
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          // expected-error@+1 {{'ilir.product' op @pk is not a packed buffer of this program}}
          %y = ilir.product %x, @pk m [] k [0] out_m [] out_n [0] : tensor<8xf32> to tensor<3x20xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          // expected-error@+1 {{'ilir.product' op must name each dimension of its operand, 'tensor<8xf32>', once: as m or k}}
          %y = ilir.product %x, @pk m [] k [] out_m [] out_n [0] : tensor<8xf32> to tensor<3x20xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          // expected-error@+1 {{'ilir.product' op must name each dimension of its operand, 'tensor<8xf32>', once: as m or k}}
          %y = ilir.product %x, @pk m [0] k [0] out_m [0] out_n [] : tensor<8xf32> to tensor<3x20xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          // expected-error@+1 {{'ilir.product' op must name each dimension of its operand, 'tensor<8xf32>', once: as m or k}}
          %y = ilir.product %x, @pk m [] k [1] out_m [] out_n [0] : tensor<8xf32> to tensor<3x20xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          // expected-error@+1 {{'ilir.product' op must name each dimension of its result, 'tensor<3x20xf32>', but the last, the units, once: as out_m or out_n}}
          %y = ilir.product %x, @pk m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<3x20xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          // expected-error@+1 {{'ilir.product' op must name each dimension of its result, 'tensor<3x20xf32>', but the last, the units, once: as out_m or out_n}}
          %y = ilir.product %x, @pk m [] k [0] out_m [] out_n [1] : tensor<8xf32> to tensor<3x20xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          // expected-error@+1 {{'ilir.product' op must name each dimension of its result, 'tensor<f32>', but the last}}
          %y = ilir.product %x, @pk m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<f32>
        }
      }
    }
  }
}

// -----

// A kernel walks k, and the products, with one stride.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<4x5x2xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<4x5x2xf32>
          // expected-error@+1 {{'ilir.product' op must sum over dimensions, and give products along dimensions, that follow each other}}
          %y = ilir.product %x, @pk m [1] k [0, 2] out_m [0] out_n [1] : tensor<4x5x2xf32> to tensor<5x3x20xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<5x8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<5x8xf32>
          // expected-error@+1 {{'ilir.product' op must sum over dimensions, and give products along dimensions, that follow each other}}
          %y = ilir.product %x, @pk m [0] k [1] out_m [1] out_n [0, 2] : tensor<5x8xf32> to tensor<3x5x1x20xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<5x8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<5x8xf32>
          // expected-error@+1 {{'ilir.product' op takes 1 dimensions of its operand to 0 of its result}}
          %y = ilir.product %x, @pk m [0] k [1] out_m [] out_n [0] : tensor<5x8xf32> to tensor<3x20xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<5x8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<5x8xf32>
          // expected-error@+1 {{'ilir.product' op takes dimension 0 of its operand, of size 5, to dimension 0 of its result, of size 4}}
          %y = ilir.product %x, @pk m [0] k [1] out_m [0] out_n [1] : tensor<5x8xf32> to tensor<4x3x20xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          %a = arith.constant dense<0.0> : tensor<20xf32>
          // expected-error@+1 {{'ilir.product' op starts from 'tensor<20xf32>', but gives 'tensor<3x20xf32>'}}
          %y = ilir.product %x, @pk acc %a : tensor<20xf32> m [] k [0] out_m [] out_n [0] : tensor<8xf32> to tensor<3x20xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x3x16xf64> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          // expected-error@+1 {{'ilir.product' op multiplies 'tensor<8xf32>' with weights of type 'f64' to 'tensor<3x20xf32>'}}
          %y = ilir.product %x, @pk m [] k [0] out_m [] out_n [0] : tensor<8xf32> to tensor<3x20xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x9x3x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          // expected-error@+1 {{'ilir.product' op has 8 terms per sum, but @pk, packed as 'tensor<2x1x9x3x16xf32>', holds 9}}
          %y = ilir.product %x, @pk m [] k [0] out_m [] out_n [0] : tensor<8xf32> to tensor<3x20xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          // expected-error@+1 {{'ilir.product' op has 33 units, but @pk, packed as 'tensor<2x1x8x3x16xf32>', holds 2 panels of 16}}
          %y = ilir.product %x, @pk m [] k [0] out_m [] out_n [0] : tensor<8xf32> to tensor<3x33xf32>
        }
      }
    }
  }
}

// -----

// The same units in panels of fewer lanes.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x3x8xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          // expected-error@+1 {{'ilir.product' op has 20 units, but @pk, packed as 'tensor<2x1x8x3x8xf32>', holds 2 panels of 8}}
          %y = ilir.product %x, @pk m [] k [0] out_m [] out_n [0] : tensor<8xf32> to tensor<3x20xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          // expected-error@+1 {{'ilir.product' op has 4 products, but @pk, packed as 'tensor<2x1x8x3x16xf32>', holds 1 chunks of 3}}
          %y = ilir.product %x, @pk m [] k [0] out_m [] out_n [0] : tensor<8xf32> to tensor<4x20xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const count 3 : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          // expected-error@+1 {{'ilir.product' op has no key, but @pk holds 3 weights}}
          %y = ilir.product %x, @pk m [] k [0] out_m [] out_n [0] : tensor<8xf32> to tensor<3x20xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          %k = ilir.symbol @f[%r] : !ilir.index<row> to !ilir.index<symbol>
          // expected-error@+1 {{'ilir.product' op has a key, but @pk holds 1 weights}}
          %y = ilir.product %x, @pk key %k : !ilir.index<symbol> m [] k [0] out_m [] out_n [0] : tensor<8xf32> to tensor<3x20xf32>
        }
      }
    }
  }
}

// -----

// A strip has one key: that by which its rows are grouped.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const count 3 : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          %k = ilir.symbol @f[%r] : !ilir.index<row> to !ilir.index<symbol>
          // expected-error@+1 {{'ilir.product' op has a key that is not what this order groups the rows of this type by}}
          %y = ilir.product %x, @pk key %k : !ilir.index<symbol> m [] k [0] out_m [] out_n [0] : tensor<8xf32> to tensor<3x20xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up keys ["g"]
  ilir.buffer @pk const count 3 : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          %k = ilir.symbol @f[%r] : !ilir.index<row> to !ilir.index<symbol>
          // expected-error@+1 {{'ilir.product' op has a key that is not what this order groups the rows of this type by}}
          %y = ilir.product %x, @pk key %k : !ilir.index<symbol> m [] k [0] out_m [] out_n [0] : tensor<8xf32> to tensor<3x20xf32>
        }
      }
    }
  }
}

// -----

// What is assigned and has products must be as ilir-split-nests leaves it.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.buffer @h rows : tensor<3x20xf32> private
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          // expected-error@+1 {{'ilir.product' op stands in an assigned nest, which must store it and nothing else, and load its operand}}
          %y = ilir.product %x, @pk m [] k [0] out_m [] out_n [0] : tensor<8xf32> to tensor<3x20xf32>
          %t = math.tanh %y : tensor<3x20xf32>
          ilir.store %t, @h[%r] : tensor<3x20xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @f at nodes : !ra.symbol<3>
  ilir.input @g at nodes : !ra.symbol<3>
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.buffer @h rows : tensor<3x20xf32> private
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          %t = math.tanh %x : tensor<8xf32>
          // expected-error@+1 {{'ilir.product' op stands in an assigned nest, which must store it and nothing else, and load its operand}}
          %y = ilir.product %t, @pk m [] k [0] out_m [] out_n [0] : tensor<8xf32> to tensor<3x20xf32>
          ilir.store %y, @h[%r] : tensor<3x20xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// bf16 is what a product reads, beside weights in bf16, and nothing else computes with.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @pk const : tensor<2x1x8x1x16xf32> constant packed
  ilir.buffer @x strip_rows of @up : tensor<8xbf16> local
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %x = ilir.load @x[%p] : !ilir.index<position> to tensor<8xbf16>
          // expected-error@+1 {{'ilir.product' op multiplies 'tensor<8xbf16>' with weights of type 'f32' to 'tensor<20xf32>'}}
          %y = ilir.product %x, @pk m [] k [0] out_m [] out_n [] : tensor<8xbf16> to tensor<20xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @x strip_rows of @up : tensor<8xbf16> local
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          // expected-error@+1 {{'ilir.load' op gives 'tensor<8xbf16>', of which only ilir.product computes}}
          %x = ilir.load @x[%p] : !ilir.index<position> to tensor<8xbf16>
          %y = arith.negf %x : tensor<8xbf16>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @x strip_rows of @up : tensor<8xbf16> local
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %zero = arith.constant dense<0.0> : tensor<8xbf16>
          // expected-error@+1 {{'ilir.store' op stores 'tensor<8xbf16>' that is not rounded by an arith.truncf}}
          ilir.store %zero, @x[%p] : tensor<8xbf16>, !ilir.index<position>
        }
      }
    }
  }
}

// -----

// expected-error@+8 {{has elements of type 'bf16', but the program computes in 'f32'}}
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.func @prepare {
  }
  ilir.func @run {
  }
  ilir.buffer @up.h rows : tensor<8xbf16> exchanged
}
