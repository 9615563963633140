// What the verifier and the parser say about reductions over edges, and about
// words that do not exist.
// RUN: cortex-opt %s --verify-diagnostics --split-input-file

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.order @up up
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          // expected-error@+1 {{'ilir.edges' op reduces over the edges of a position, not of a row}}
          %s = "ilir.edges"(%r) <{adjacency = 0 : i32, combiners = [0 : i32]}> ({
          ^bb0(%e: !ilir.index<edge>):
            ilir.yield %z : tensor<8xf32>
          }) : (!ilir.index<row>) -> tensor<8xf32>
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
          %z = arith.constant dense<0.0> : tensor<8xf32>
          // expected-error@+1 {{'ilir.edges' op has a region that does not take one edge}}
          %s = "ilir.edges"(%p) <{adjacency = 0 : i32, combiners = [0 : i32]}> ({
            ilir.yield %z : tensor<8xf32>
          }) : (!ilir.index<position>) -> tensor<8xf32>
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
          %z = arith.constant dense<0.0> : tensor<8xf32>
          // expected-error@+1 {{'ilir.edges' op has 1 combiners, 1 results and 2 yielded values; these must be equal}}
          %s = ilir.edges children %p [sum] (%e) {
            ilir.yield %z, %z : tensor<8xf32>, tensor<8xf32>
          } : tensor<8xf32>
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
          %z = arith.constant dense<0.0> : tensor<8xf32>
          // expected-error@+1 {{'ilir.edges' op has 2 combiners, 1 results and 1 yielded values; these must be equal}}
          %s = ilir.edges children %p [sum, sum] (%e) {
            ilir.yield %z : tensor<8xf32>
          } : tensor<8xf32>
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
          %z = arith.constant dense<0.0> : tensor<8xf32>
          // expected-error@+1 {{'ilir.edges' op has the combiner 'softmax', which is rewritten before ilir}}
          %s = ilir.edges children %p [softmax] (%e) {
            ilir.yield %z : tensor<8xf32>
          } : tensor<8xf32>
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
          %z = arith.constant dense<0.0> : tensor<8xf32>
          // expected-error@+1 {{'ilir.edges' op yields 'tensor<8xf32>' for a result 'tensor<4xf32>'}}
          %s = ilir.edges children %p [sum] (%e) {
            ilir.yield %z : tensor<8xf32>
          } : tensor<4xf32>
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
          %z = arith.constant dense<0.0> : tensor<8xf32>
          // expected-error@+1 {{'ilir.edges' op has 1 defaults for 2 combiners that take one}}
          %s, %t = ilir.edges children %p [max, min] else(%z) (%e) {
            ilir.yield %z, %z : tensor<8xf32>, tensor<8xf32>
          } : tensor<8xf32>, tensor<8xf32>
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
          %z = arith.constant dense<0.0> : tensor<8xf32>
          // expected-error@+1 {{has 1 defaults, but 0 combiners take one}}
          %s = ilir.edges children %p [sum] else(%z) (%e) {
            ilir.yield %z : tensor<8xf32>
          } : tensor<8xf32>
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
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %d = arith.constant dense<0.0> : tensor<4xf32>
          // expected-error@+1 {{'ilir.edges' op has a default 'tensor<4xf32>' for a result 'tensor<8xf32>'}}
          %s = "ilir.edges"(%p, %d) <{adjacency = 0 : i32, combiners = [3 : i32]}> ({
          ^bb0(%e: !ilir.index<edge>):
            ilir.yield %z : tensor<8xf32>
          }) : (!ilir.index<position>, tensor<4xf32>) -> tensor<8xf32>
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
          %z = arith.constant dense<0.0> : tensor<8xf32>
          // expected-error@+1 {{'ilir.edges' op goes over nodes, which an order of kind 'up' does not have}}
          %s = ilir.edges nodes %p [sum] (%e) {
            ilir.yield %z : tensor<8xf32>
          } : tensor<8xf32>
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
          %z = arith.constant dense<0.0> : tensor<8xf32>
          // expected-error@+1 {{'ilir.edges' op goes over children, which an order of kind 'structures' does not have}}
          %s = ilir.edges children %p [sum] (%e) {
            ilir.yield %z : tensor<8xf32>
          } : tensor<8xf32>
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
          %z = arith.constant dense<0.0> : tensor<8xf32>
          // expected-error@+1 {{unknown combiner 'median'}}
          %s = ilir.edges children %p [median] (%e) {
            ilir.yield %z : tensor<8xf32>
          } : tensor<8xf32>
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
          %z = arith.constant dense<0.0> : tensor<8xf32>
          // expected-error@+1 {{unknown edge list 'siblings'}}
          %s = ilir.edges siblings %p [sum] (%e) {
            ilir.yield %z : tensor<8xf32>
          } : tensor<8xf32>
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
        // expected-error@+1 {{unknown domain 'columns'}}
        ilir.rows columns owned (%p) {
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
        // expected-error@+1 {{unknown mode 'stolen'}}
        ilir.rows rows stolen (%p) {
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
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %s = ilir.edges children %p [sum] (%e) {
            // expected-error@+1 {{'ilir.edges' op expects parent op 'ilir.rows'}}
            %t = ilir.edges children %p [sum] (%f) {
              ilir.yield %z : tensor<8xf32>
            } : tensor<8xf32>
            ilir.yield %t : tensor<8xf32>
          } : tensor<8xf32>
        }
      }
    }
  }
}
