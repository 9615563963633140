// RUN: cortex-opt %s --split-input-file --ilir-split-nests | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ilir-split-nests --remarks-filter-passed=ilir-split-nests -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS --implicit-check-not='[Passed]'

// What a product reads lies in memory; what it gives is stored, and read by position. All that
// is elementwise is fused into the nest of the stores.

// REMARKS: [Passed] nests {{.*}}Function=Products | count=3
// REMARKS: [Passed] temporaries {{.*}}Function=Products | count=2

// CHECK-LABEL: ilir.program @Products
// CHECK:       ilir.buffer @temp.0 level_rows of @up : tensor<8xf32> exchanged
// CHECK:       ilir.buffer @temp.1 level_rows of @up : tensor<8xf32> exchanged
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[sum:.*]] = ilir.edges children %[[p]] [sum] (%[[e:.*]]) {
// CHECK-NEXT:           %[[neighbour:.*]] = ilir.index neighbour %[[e]] : <edge> to <row>
// CHECK-NEXT:           %[[uph:.*]] = ilir.load @up.h[%[[neighbour]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           ilir.yield %[[uph]] : tensor<8xf32>
// CHECK-NEXT:         } : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[sum]], @temp.0[%[[p]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p2:.*]]) {
// CHECK-NEXT:         %[[temp0:.*]] = ilir.load @temp.0[%[[p2]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[temp0]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod]], @temp.1[%[[p2]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p3:.*]]) {
// CHECK-NEXT:         %[[temp1:.*]] = ilir.load @temp.1[%[[p3]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[b:.*]] = ilir.load @b : tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[temp1]], %[[b]] : tensor<8xf32>
// CHECK-NEXT:         %[[tanh:.*]] = math.tanh %[[addf]] : tensor<8xf32>
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p3]] : <position> to <row>
// CHECK-NEXT:         %[[temp02:.*]] = ilir.load @temp.0[%[[p3]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[mulf:.*]] = arith.mulf %[[tanh]], %[[temp02]] : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[tanh]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:         ilir.store %[[mulf]], @up.c[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Products structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @up.c rows : tensor<8xf32> exchanged
  ilir.buffer @b const : tensor<8xf32> constant
  ilir.buffer @U const : tensor<1x1x8x1x16xf32> constant packed
  ilir.buffer @V const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %s = ilir.edges children %p [sum] (%edge) {
            %k = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %hs = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %hs : tensor<8xf32>
          } : tensor<8xf32>
          %y = ilir.product %s, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          %b = ilir.load @b : tensor<8xf32>
          %a = arith.addf %y, %b : tensor<8xf32>
          %h = math.tanh %a : tensor<8xf32>
          %c = arith.mulf %h, %s : tensor<8xf32>
          ilir.store %h, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %c, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// A state, an input, or a table's row lies in memory already; a value with a default does not.

// REMARKS: [Passed] nests {{.*}}Function=Loads | count=4
// REMARKS: [Passed] temporaries {{.*}}Function=Loads | count=3

// CHECK-LABEL: ilir.program @Loads
// CHECK:       ilir.buffer @temp.0 level_rows of @up : tensor<8xf32> exchanged
// CHECK:       ilir.buffer @temp.1 level_rows of @up : tensor<8xf32> exchanged
// CHECK:       ilir.buffer @temp.2 level_rows of @up : tensor<8xf32> exchanged
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[node:.*]] = ilir.index node %[[row]] : <row> to <node>
// CHECK-NEXT:         %[[x:.*]] = ilir.load @x[%[[node]]] : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[x]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod]], @temp.0[%[[p]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p2:.*]]) {
// CHECK-NEXT:         %[[child:.*]] = ilir.index child(0) %[[p2]] : <position> to <row>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[uph:.*]] = ilir.load @up.h[%[[child]]] else %[[cst]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[uph]], @temp.1[%[[p2]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p3:.*]]) {
// CHECK-NEXT:         %[[temp1:.*]] = ilir.load @temp.1[%[[p3]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[prod2:.*]] = ilir.product %[[temp1]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod2]], @temp.2[%[[p3]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p4:.*]]) {
// CHECK-NEXT:         %[[temp0:.*]] = ilir.load @temp.0[%[[p4]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[row2:.*]] = ilir.index row %[[p4]] : <position> to <row>
// CHECK-NEXT:         %[[temp2:.*]] = ilir.load @temp.2[%[[p4]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[temp0]], @up.h[%[[row2]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:         ilir.store %[[temp2]], @up.c[%[[row2]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Loads structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @up.c rows : tensor<8xf32> exchanged
  ilir.buffer @b const : tensor<8xf32> constant
  ilir.buffer @U const : tensor<1x1x8x1x16xf32> constant packed
  ilir.buffer @V const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          %y = ilir.product %x, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          %k = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %h = ilir.load @up.h[%k] else %z : !ilir.index<row> to tensor<8xf32>
          %g = ilir.product %h, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %g, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// A product of each edge is a nest over edges; the sum over them reads it by edge. A value of
// the row that the sum captures is stored, if it is not loaded.

// REMARKS: [Passed] nests {{.*}}Function=Edges | count=3
// REMARKS: [Passed] temporaries {{.*}}Function=Edges | count=2

// CHECK-LABEL: ilir.program @Edges
// CHECK:       ilir.buffer @temp.0 level_rows of @up : tensor<8xf32> exchanged
// CHECK:       ilir.buffer @temp.1 level_edges of @up children : tensor<8xf32> exchanged
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[sum:.*]] = ilir.edges children %[[p]] [sum] (%[[e:.*]]) {
// CHECK-NEXT:           %[[neighbour:.*]] = ilir.index neighbour %[[e]] : <edge> to <row>
// CHECK-NEXT:           %[[uph:.*]] = ilir.load @up.h[%[[neighbour]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           ilir.yield %[[uph]] : tensor<8xf32>
// CHECK-NEXT:         } : tensor<8xf32>
// CHECK-NEXT:         %[[tanh:.*]] = math.tanh %[[sum]] : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[tanh]], @temp.0[%[[p]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows children unassigned (%[[e2:.*]], %[[p2:.*]]) {
// CHECK-NEXT:         %[[neighbour2:.*]] = ilir.index neighbour %[[e2]] : <edge> to <row>
// CHECK-NEXT:         %[[uph2:.*]] = ilir.load @up.h[%[[neighbour2]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[uph2]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod]], @temp.1[%[[e2]]] : tensor<8xf32>, !ilir.index<edge>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p3:.*]]) {
// CHECK-NEXT:         %[[b:.*]] = ilir.load @b : tensor<8xf32>
// CHECK-NEXT:         %[[temp0:.*]] = ilir.load @temp.0[%[[p3]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[sum2:.*]] = ilir.edges children %[[p3]] [sum] (%[[e3:.*]]) {
// CHECK-NEXT:           %[[temp1:.*]] = ilir.load @temp.1[%[[e3]]] : !ilir.index<edge> to tensor<8xf32>
// CHECK-NEXT:           %[[addf:.*]] = arith.addf %[[temp1]], %[[b]] : tensor<8xf32>
// CHECK-NEXT:           %[[mulf:.*]] = arith.mulf %[[addf]], %[[temp0]] : tensor<8xf32>
// CHECK-NEXT:           ilir.yield %[[mulf]] : tensor<8xf32>
// CHECK-NEXT:         } : tensor<8xf32>
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p3]] : <position> to <row>
// CHECK-NEXT:         ilir.store %[[sum2]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Edges structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @up.c rows : tensor<8xf32> exchanged
  ilir.buffer @b const : tensor<8xf32> constant
  ilir.buffer @U const : tensor<1x1x8x1x16xf32> constant packed
  ilir.buffer @V const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %b = ilir.load @b : tensor<8xf32>
          %s = ilir.edges children %p [sum] (%edge) {
            %k = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %hs = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %hs : tensor<8xf32>
          } : tensor<8xf32>
          %t = math.tanh %s : tensor<8xf32>
          %f = ilir.edges children %p [sum] (%edge) {
            %k2 = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %hk = ilir.load @up.h[%k2] : !ilir.index<row> to tensor<8xf32>
            %g = ilir.product %hk, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
            %g2 = arith.addf %g, %b : tensor<8xf32>
            %g3 = arith.mulf %g2, %t : tensor<8xf32>
            ilir.yield %g3 : tensor<8xf32>
          } : tensor<8xf32>
          ilir.store %f, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// A chain of products stores one buffer, in place.

// REMARKS: [Passed] nests {{.*}}Function=Chain | count=5
// REMARKS: [Passed] temporaries {{.*}}Function=Chain | count=3

// CHECK-LABEL: ilir.program @Chain
// CHECK:       ilir.buffer @temp.0 level_rows of @up : tensor<8xf32> exchanged
// CHECK:       ilir.buffer @temp.1 level_rows of @up : tensor<8xf32> exchanged
// CHECK:       ilir.buffer @temp.2 level_rows of @up : tensor<8xf32> exchanged
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[sum:.*]] = ilir.edges children %[[p]] [sum] (%[[e:.*]]) {
// CHECK-NEXT:           %[[neighbour:.*]] = ilir.index neighbour %[[e]] : <edge> to <row>
// CHECK-NEXT:           %[[uph:.*]] = ilir.load @up.h[%[[neighbour]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           ilir.yield %[[uph]] : tensor<8xf32>
// CHECK-NEXT:         } : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[sum]], @temp.0[%[[p]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p2:.*]]) {
// CHECK-NEXT:         %[[sum2:.*]] = ilir.edges children %[[p2]] [sum] (%[[e2:.*]]) {
// CHECK-NEXT:           %[[neighbour2:.*]] = ilir.index neighbour %[[e2]] : <edge> to <row>
// CHECK-NEXT:           %[[upc:.*]] = ilir.load @up.c[%[[neighbour2]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           ilir.yield %[[upc]] : tensor<8xf32>
// CHECK-NEXT:         } : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[sum2]], @temp.1[%[[p2]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p3:.*]]) {
// CHECK-NEXT:         %[[temp0:.*]] = ilir.load @temp.0[%[[p3]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[temp0]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod]], @temp.2[%[[p3]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p4:.*]]) {
// CHECK-NEXT:         %[[temp1:.*]] = ilir.load @temp.1[%[[p4]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[temp2:.*]] = ilir.load @temp.2[%[[p4]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[prod2:.*]] = ilir.product %[[temp1]], @V acc %[[temp2]] : tensor<8xf32> m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod2]], @temp.2[%[[p4]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p5:.*]]) {
// CHECK-NEXT:         %[[temp22:.*]] = ilir.load @temp.2[%[[p5]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[tanh:.*]] = math.tanh %[[temp22]] : tensor<8xf32>
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p5]] : <position> to <row>
// CHECK-NEXT:         ilir.store %[[tanh]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Chain structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @up.c rows : tensor<8xf32> exchanged
  ilir.buffer @b const : tensor<8xf32> constant
  ilir.buffer @U const : tensor<1x1x8x1x16xf32> constant packed
  ilir.buffer @V const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %k1 = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %s = ilir.edges children %p [sum] (%edge) {
            %k = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %hs = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %hs : tensor<8xf32>
          } : tensor<8xf32>
          %c = ilir.edges children %p [sum] (%edge) {
            %k3 = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %hc = ilir.load @up.c[%k3] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %hc : tensor<8xf32>
          } : tensor<8xf32>
          %y = ilir.product %s, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          %y2 = ilir.product %c, @V acc %y : tensor<8xf32> m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          %h = math.tanh %y2 : tensor<8xf32>
          ilir.store %h, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Two results of one reduction are two values, though they are computed by the same operations.

// REMARKS: [Passed] nests {{.*}}Function=Results | count=5
// REMARKS: [Passed] temporaries {{.*}}Function=Results | count=4

// CHECK-LABEL: ilir.program @Results
// CHECK:       %[[O:.*]]:2 = ilir.edges children
// CHECK:       ilir.store %[[O]]#0, @[[A:temp.0]][
// CHECK:       %[[Q:.*]]:2 = ilir.edges children
// CHECK:       ilir.store %[[Q]]#1, @[[B:temp.1]][
ilir.program @Results structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @U const : tensor<1x1x8x1x8xf32> constant packed
  ilir.output @"out:h" = @up.h at nodes
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %s, %m = ilir.edges children %p [sum, mean] (%e) {
            %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
            %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %h, %h : tensor<8xf32>, tensor<8xf32>
          } : tensor<8xf32>, tensor<8xf32>
          %x = ilir.product %s, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          %y = ilir.product %m, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          %a = arith.addf %x, %y : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %a, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
