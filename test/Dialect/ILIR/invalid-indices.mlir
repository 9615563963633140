// What the verifier says about indices: each counts the items of one space and
// is used only there.
// RUN: cortex-opt %s --verify-diagnostics --split-input-file

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          // expected-error@+1 {{'ilir.index' op step 'row' does not lead from a position to a node}}
          %k = ilir.index row %p : !ilir.index<position> to !ilir.index<node>
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
        ilir.rows children owned (%e, %p) {
          // expected-error@+1 {{'ilir.index' op step 'row' does not lead from a edge to a row}}
          %k = ilir.index row %e : !ilir.index<edge> to !ilir.index<row>
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
        ilir.rows children owned (%e, %p) {
          // expected-error@+1 {{'ilir.index' op step 'child' does not lead from a edge to a row}}
          %k = ilir.index child(0) %e : !ilir.index<edge> to !ilir.index<row>
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
          // expected-error@+1 {{'ilir.index' op step 'parent' does not lead from a position to a position}}
          %k = ilir.index parent %p : !ilir.index<position> to !ilir.index<position>
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
          // expected-error@+1 {{'ilir.index' op step 'neighbour' does not lead from a position to a row}}
          %k = ilir.index neighbour %p : !ilir.index<position> to !ilir.index<row>
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
        ilir.rows children owned (%e, %p) {
          // expected-error@+1 {{'ilir.index' op step 'edge_id' does not lead from a edge to a row}}
          %k = ilir.index edge_id %e : !ilir.index<edge> to !ilir.index<row>
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
          // expected-error@+1 {{'ilir.index' op step 'owner' does not lead from a position to a position}}
          %k = ilir.index owner %p : !ilir.index<position> to !ilir.index<position>
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
          // expected-error@+1 {{'ilir.index' op step 'structure' does not lead from a position to a structure}}
          %k = ilir.index structure %p : !ilir.index<position> to !ilir.index<structure>
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
          // expected-error@+1 {{'ilir.index' op step 'node' does not lead from a position to a node}}
          %k = ilir.index node %p : !ilir.index<position> to !ilir.index<node>
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
        ilir.rows children owned (%e, %p) {
          // expected-error@+1 {{'ilir.index' op step 'place' does not lead from a edge to a edge_id}}
          %k = ilir.index place %e : !ilir.index<edge> to !ilir.index<edge_id>
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
          // expected-error@+1 {{'ilir.index' op step 'child' needs the child's number}}
          %k = ilir.index child %p : !ilir.index<position> to !ilir.index<row>
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
          // expected-error@+1 {{'ilir.index' op has a number, which only 'child' has}}
          %k = ilir.index row(1) %p : !ilir.index<position> to !ilir.index<row>
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
          // expected-error@+1 {{'ilir.index' op leads to child(-1); children are counted from 0}}
          %k = ilir.index child(-1) %p : !ilir.index<position> to !ilir.index<row>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @structures structures
  ilir.func @run {
    ilir.levels @structures {
      ilir.strips {
        ilir.rows rows owned (%p) {
          // expected-error@+1 {{'ilir.index' op step 'row' leads to a row, but positions of @structures are those of a structure}}
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
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
          // expected-error@+1 {{'ilir.index' op step 'row' leads to a structure, but positions of @up are those of a row}}
          %s = ilir.index row %p : !ilir.index<position> to !ilir.index<structure>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @structures structures
  ilir.func @run {
    ilir.levels @structures {
      ilir.strips {
        ilir.rows rows owned (%p) {
          // expected-error@+1 {{'ilir.index' op step 'parent' leads to a row, but positions of @structures are those of a structure}}
          %s = ilir.index parent %p : !ilir.index<position> to !ilir.index<row>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @structures structures
  ilir.func @run {
    ilir.levels @structures {
      ilir.strips {
        ilir.rows nodes owned (%e, %p) {
          // expected-error@+1 {{'ilir.index' op step 'place' starts from an edge to a structure's node, which is none of the caller's edges}}
          %s = ilir.index place %e : !ilir.index<edge> to !ilir.index<symbol>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.order @up up
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.symbol' op @x is not a symbol input of this program}}
          %w = ilir.symbol @x[%r] : !ilir.index<row> to !ilir.index<symbol>
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
          // expected-error@+1 {{'ilir.symbol' op @word is not a symbol input of this program}}
          %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>
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
          // expected-error@+1 {{'ilir.symbol' op @word is indexed by a row, not by a position}}
          %w = ilir.symbol @word[%p] : !ilir.index<position> to !ilir.index<symbol>
        }
      }
    }
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @lang at structures : !ra.symbol<2>
  ilir.order @up up
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.symbol' op @lang is indexed by a structure, not by a row}}
          %w = ilir.symbol @lang[%r] : !ilir.index<row> to !ilir.index<symbol>
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
          // expected-error@+1 {{'ilir.symbol' op gives a symbol, not a row}}
          %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<row>
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
          %k = ilir.index parent %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.symbol' op reads @word of a neighbour that may be absent; a symbol has no default}}
          %w = ilir.symbol @word[%k] : !ilir.index<row> to !ilir.index<symbol>
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
          // expected-error@+1 {{'ilir.to_float' op makes a number of a position, expected a symbol}}
          %f = ilir.to_float %p : !ilir.index<position> to tensor<f32>
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
          %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>
          // expected-error@+1 {{'ilir.to_float' op gives 'tensor<1xf32>', expected a floating-point tensor of rank 0}}
          %f = ilir.to_float %w : !ilir.index<symbol> to tensor<1xf32>
        }
      }
    }
  }
}

// -----

func.func @f(%p: !ilir.index<position>) {
  // expected-error@+1 {{'ilir.index' op expects parent op to be one of 'ilir.rows, ilir.edges'}}
  %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
  return
}
