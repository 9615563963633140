// What the verifier says about loads: they name memory of that type, and an index
// is used only in its space.
// RUN: cortex-opt %s --verify-diagnostics --split-input-file

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op @h is not a buffer, an input or a param of this program}}
          %v = ilir.load @h[%r] : !ilir.index<row> to tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op @up is not a buffer, an input or a param of this program}}
          %v = ilir.load @up[%r] : !ilir.index<row> to tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @word at nodes : !ra.symbol<9>
  ilir.order @up up
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op @word is a symbol; read it with ilir.symbol}}
          %v = ilir.load @word[%r] : !ilir.index<row> to tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @pk const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          // expected-error@+1 {{'ilir.load' op @pk is packed; ilir.pack writes it and ilir.product reads it}}
          %v = ilir.load @pk : tensor<1x1x8x1x16xf32>
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
          // expected-error@+1 {{'ilir.load' op @h needs an index}}
          %v = ilir.load @h : tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.param @S : tensor<f32>
  ilir.input @word at nodes : !ra.symbol<9>
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>
          // expected-error@+1 {{'ilir.load' op @S takes no index}}
          %v = ilir.load @S[%w] : !ilir.index<symbol> to tensor<f32>
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
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op accesses 'tensor<4xf32>', but an item of @h is 'tensor<8xf32>'}}
          %v = ilir.load @h[%r] : !ilir.index<row> to tensor<4xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.param @E : tensor<9x8xf32>
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          // expected-error@+1 {{'ilir.load' op accesses 'tensor<8xf32>', but an item of @E is 'tensor<9x8xf32>'}}
          %v = ilir.load @E : tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @word at nodes : !ra.symbol<9>
  ilir.order @up up
  ilir.param @E : tensor<9x8xf32>
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>
          // expected-error@+1 {{'ilir.load' op accesses 'tensor<9x8xf32>', but an item of @E is 'tensor<8xf32>'}}
          %v = ilir.load @E[%w] : !ilir.index<symbol> to tensor<9x8xf32>
        }
      }
    }
  }
}

// -----

// A row is no position, an edge no edge of the caller's, a row no node.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @h rows : tensor<8xf32> private
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          // expected-error@+1 {{'ilir.load' op @h is indexed by a row, not by a position}}
          %v = ilir.load @h[%p] : !ilir.index<position> to tensor<8xf32>
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
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op @x is indexed by a node, not by a row}}
          %v = ilir.load @x[%r] : !ilir.index<row> to tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.input @ex at edges : tensor<8xf32>
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows children owned (%e, %p) {
          // expected-error@+1 {{'ilir.load' op @ex is indexed by a edge_id, not by a edge}}
          %v = ilir.load @ex[%e] : !ilir.index<edge> to tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @tu level_rows of @up : tensor<8xf32> private
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op @tu is indexed by a position, not by a row}}
          %v = ilir.load @tu[%r] : !ilir.index<row> to tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @p structures : tensor<8xf32> private
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op @p is indexed by a structure, not by a row}}
          %v = ilir.load @p[%r] : !ilir.index<row> to tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @table const count 4 : tensor<8xf32> constant
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.load' op @table is indexed by a symbol, not by a row}}
          %v = ilir.load @table[%r] : !ilir.index<row> to tensor<8xf32>
        }
      }
    }
  }
}

// -----

// Positions of one order are not those of another, nor are edges.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.order @map map
  ilir.buffer @tu level_rows of @up : tensor<8xf32> private
  ilir.func @run {
    ilir.levels @map {
      ilir.strips {
        ilir.rows rows owned (%p) {
          // expected-error@+1 {{'ilir.load' op @tu is of @up, but is used in levels of @map}}
          %v = ilir.load @tu[%p] : !ilir.index<position> to tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @y roots : tensor<8xf32> private
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          // expected-error@+1 {{'ilir.load' op @y has one item per root; it is indexed only in an order of kind 'roots'}}
          %v = ilir.load @y[%p] : !ilir.index<position> to tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.buffer @te level_edges of @up children : tensor<8xf32> private
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows parents owned (%e, %p) {
          // expected-error@+1 {{'ilir.load' op @te is of the children, but the edge is one of the parents}}
          %v = ilir.load @te[%e] : !ilir.index<edge> to tensor<8xf32>
        }
      }
    }
  }
}

// -----

// A symbol of 9 looked up among 4.
ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.input @word at nodes : !ra.symbol<9>
  ilir.buffer @table const count 4 : tensor<8xf32> constant
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>
          // expected-error@+1 {{'ilir.load' op looks up one of 9 symbols in @table, which has 4}}
          %v = ilir.load @table[%w] : !ilir.index<symbol> to tensor<8xf32>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.input @word at nodes : !ra.symbol<9>
  ilir.param @E4 : tensor<4x8xf32>
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>
          // expected-error@+1 {{'ilir.load' op looks up one of 9 symbols in @E4, which has 4}}
          %v = ilir.load @E4[%w] : !ilir.index<symbol> to tensor<8xf32>
        }
      }
    }
  }
}
