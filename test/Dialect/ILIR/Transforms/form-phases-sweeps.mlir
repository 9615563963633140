// RUN: cortex-opt %s --split-input-file --ilir-form-phases | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ilir-form-phases --remarks-filter-passed=ilir-form-phases -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS --implicit-check-not='[Passed]'

// Types whose rows have fewer phases do all of their work in the first; a chain of products
// stands in the phase of its last operand.

// REMARKS: [Passed] phases {{.*}}Function=Types | count=2
// REMARKS: [Passed] exchanges {{.*}}Function=Types | count=2
// REMARKS: [Passed] whole nests {{.*}}Function=Types | count=1
// REMARKS: [Passed] private buffers {{.*}}Function=Types | count=3

// CHECK-LABEL: ilir.program @Types
// CHECK:       ilir.buffer @up.h rows : tensor<8xf32> exchanged
// CHECK:       ilir.buffer @temp.0 strip_rows of @up : tensor<8xf32> local
// CHECK:       ilir.buffer @temp.1 strip_rows of @up : tensor<8xf32> private
// CHECK:       ilir.buffer @temp.2 level_rows of @up : tensor<8xf32> private
// CHECK:       ilir.buffer @temp.3 level_rows of @up : tensor<8xf32> exchanged
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips @leaf {
// CHECK-NEXT:       ilir.rows rows owned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[node:.*]] = ilir.index node %[[row]] : <row> to <node>
// CHECK-NEXT:         %[[x:.*]] = ilir.load @x[%[[node]]] : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[x]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     ilir.strips @node {
// CHECK-NEXT:       ilir.rows rows whole (%[[p2:.*]]) {
// CHECK-NEXT:         %[[sum:.*]] = ilir.edges children %[[p2]] [sum] (%[[e:.*]]) {
// CHECK-NEXT:           %[[neighbour:.*]] = ilir.index neighbour %[[e]] : <edge> to <row>
// CHECK-NEXT:           %[[uph:.*]] = ilir.load @up.h[%[[neighbour]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           ilir.yield %[[uph]] : tensor<8xf32>
// CHECK-NEXT:         } : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[sum]], @temp.0[%[[p2]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows owned (%[[p3:.*]]) {
// CHECK-NEXT:         %[[temp0:.*]] = ilir.load @temp.0[%[[p3]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[prod2:.*]] = ilir.product %[[temp0]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod2]], @temp.1[%[[p3]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows owned (%[[p4:.*]]) {
// CHECK-NEXT:         %[[temp02:.*]] = ilir.load @temp.0[%[[p4]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[prod3:.*]] = ilir.product %[[temp02]], @V m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod3]], @temp.2[%[[p4]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows owned (%[[p5:.*]]) {
// CHECK-NEXT:         %[[temp1:.*]] = ilir.load @temp.1[%[[p5]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[tanh:.*]] = math.tanh %[[temp1]] : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[tanh]], @temp.3[%[[p5]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     ilir.barrier [@temp.3]
// CHECK-NEXT:     ilir.strips @node {
// CHECK-NEXT:       ilir.rows rows owned (%[[p6:.*]]) {
// CHECK-NEXT:         %[[temp3:.*]] = ilir.load @temp.3[%[[p6]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[temp2:.*]] = ilir.load @temp.2[%[[p6]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[prod4:.*]] = ilir.product %[[temp3]], @U acc %[[temp2]] : tensor<8xf32> m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod4]], @temp.2[%[[p6]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows owned (%[[p7:.*]]) {
// CHECK-NEXT:         %[[row2:.*]] = ilir.index row %[[p7]] : <position> to <row>
// CHECK-NEXT:         %[[temp22:.*]] = ilir.load @temp.2[%[[p7]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[tanh2:.*]] = math.tanh %[[temp22]] : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[tanh2]], @up.h[%[[row2]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     ilir.barrier [@temp.3, @up.h]
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Types structure(tree) float(f32) {
  ilir.type @leaf(0 to 0)
  ilir.type @node(1 to 2)
  ilir.param @W : tensor<8x8xf32>
  ilir.order @up up
  ilir.order @map map
  ilir.order @down down
  ilir.input @x at nodes : tensor<8xf32>
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @temp.0 level_rows of @up : tensor<8xf32> exchanged
  ilir.buffer @temp.1 level_rows of @up : tensor<8xf32> exchanged
  ilir.buffer @temp.2 level_rows of @up : tensor<8xf32> exchanged
  ilir.buffer @temp.3 level_rows of @up : tensor<8xf32> exchanged
  ilir.buffer @U const : tensor<1x1x8x1x16xf32> constant packed
  ilir.buffer @V const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @U = @W keys [] n [] k [1] unit 0
    ilir.pack @V = @W keys [] n [] k [0] unit 1
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @leaf {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          %y = ilir.product %x, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %s = ilir.edges children %p [sum] (%edge) {
            %k = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %h : tensor<8xf32>
          } : tensor<8xf32>
          ilir.store %s, @temp.0[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows unassigned (%p) {
          %x = ilir.load @temp.0[%p] : !ilir.index<position> to tensor<8xf32>
          %y = ilir.product %x, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @temp.1[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows unassigned (%p) {
          %s = ilir.load @temp.0[%p] : !ilir.index<position> to tensor<8xf32>
          %c = ilir.product %s, @V m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %c, @temp.2[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows unassigned (%p) {
          %y = ilir.load @temp.1[%p] : !ilir.index<position> to tensor<8xf32>
          %t = math.tanh %y : tensor<8xf32>
          ilir.store %t, @temp.3[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows unassigned (%p) {
          %t = ilir.load @temp.3[%p] : !ilir.index<position> to tensor<8xf32>
          %c = ilir.load @temp.2[%p] : !ilir.index<position> to tensor<8xf32>
          %q = ilir.product %t, @U acc %c : tensor<8xf32> m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %q, @temp.2[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %q = ilir.load @temp.2[%p] : !ilir.index<position> to tensor<8xf32>
          %h = math.tanh %q : tensor<8xf32>
          ilir.store %h, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Between loops: a barrier where the later reads whole what the earlier stored. Where one stands
// between them already, it exchanges that state too. A loop of one level ends with none.

// REMARKS: [Passed] phases {{.*}}Function=Sweeps | count=4
// REMARKS: [Passed] exchanges {{.*}}Function=Sweeps | count=1
// REMARKS: [Passed] private buffers {{.*}}Function=Sweeps | count=4

// CHECK-LABEL: ilir.program @Sweeps
// CHECK:       ilir.buffer @up.h rows : tensor<8xf32> exchanged
// CHECK:       ilir.buffer @up.c rows : tensor<8xf32> exchanged
// CHECK:       ilir.buffer @up.d rows : tensor<8xf32> private
// CHECK:       ilir.buffer @map.y rows : tensor<8xf32> private
// CHECK:       ilir.buffer @map.z rows : tensor<8xf32> private
// CHECK:       ilir.buffer @down.h rows : tensor<8xf32> private
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows owned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<1.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[cst]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:         ilir.store %[[cst]], @up.c[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:         ilir.store %[[cst]], @up.d[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.barrier [@up.h, @up.c]
// CHECK-NEXT:   ilir.levels @map {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows owned (%[[p2:.*]]) {
// CHECK-NEXT:         %[[row2:.*]] = ilir.index row %[[p2]] : <position> to <row>
// CHECK-NEXT:         %[[uph:.*]] = ilir.load @up.h[%[[row2]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[uph]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod]], @map.y[%[[row2]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows owned (%[[p3:.*]]) {
// CHECK-NEXT:         %[[row3:.*]] = ilir.index row %[[p3]] : <position> to <row>
// CHECK-NEXT:         %[[upd:.*]] = ilir.load @up.d[%[[row3]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[upd]], @map.z[%[[row3]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.levels @map {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows owned (%[[p4:.*]]) {
// CHECK-NEXT:         %[[row4:.*]] = ilir.index row %[[p4]] : <position> to <row>
// CHECK-NEXT:         %[[upc:.*]] = ilir.load @up.c[%[[row4]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[prod2:.*]] = ilir.product %[[upc]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod2]], @map.z[%[[row4]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.levels @down {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows owned (%[[p5:.*]]) {
// CHECK-NEXT:         %[[row5:.*]] = ilir.index row %[[p5]] : <position> to <row>
// CHECK-NEXT:         %[[mapy:.*]] = ilir.load @map.y[%[[row5]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[upd2:.*]] = ilir.load @up.d[%[[row5]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[mapy]], %[[upd2]] : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[addf]], @down.h[%[[row5]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Sweeps structure(tree) float(f32) {
  ilir.type @leaf(0 to 0)
  ilir.type @node(1 to 2)
  ilir.param @W : tensor<8x8xf32>
  ilir.order @up up
  ilir.order @map map
  ilir.order @down down
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @up.c rows : tensor<8xf32> exchanged
  ilir.buffer @up.d rows : tensor<8xf32> exchanged
  ilir.buffer @map.y rows : tensor<8xf32> exchanged
  ilir.buffer @map.z rows : tensor<8xf32> exchanged
  ilir.buffer @down.h rows : tensor<8xf32> exchanged
  ilir.buffer @U const : tensor<1x1x8x1x16xf32> constant packed
  ilir.buffer @V const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @U = @W keys [] n [] k [1] unit 0
    ilir.pack @V = @W keys [] n [] k [0] unit 1
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %o = arith.constant dense<1.0> : tensor<8xf32>
          ilir.store %o, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %o, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %o, @up.d[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
    ilir.levels @map {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %x = ilir.load @up.h[%r] : !ilir.index<row> to tensor<8xf32>
          %y = ilir.product %x, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @map.y[%r] : tensor<8xf32>, !ilir.index<row>
        }
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %d = ilir.load @up.d[%r] : !ilir.index<row> to tensor<8xf32>
          ilir.store %d, @map.z[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
    ilir.levels @map {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %x = ilir.load @up.c[%r] : !ilir.index<row> to tensor<8xf32>
          %y = ilir.product %x, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @map.z[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
    ilir.levels @down {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %x = ilir.load @map.y[%r] : !ilir.index<row> to tensor<8xf32>
          %d = ilir.load @up.d[%r] : !ilir.index<row> to tensor<8xf32>
          %y = arith.addf %x, %d : tensor<8xf32>
          ilir.store %y, @down.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// What each worker computes whole reads whole: an earlier sweep's state is exchanged for it,
// and no temporary that lies in slices may be a source. Cheap work on inputs is repeated.

// REMARKS: [Passed] phases {{.*}}Function=Whole | count=3
// REMARKS: [Passed] exchanges {{.*}}Function=Whole | count=2
// REMARKS: [Passed] whole nests {{.*}}Function=Whole | count=1
// REMARKS: [Passed] private buffers {{.*}}Function=Whole | count=4

// CHECK-LABEL: ilir.program @Whole
// CHECK:       ilir.buffer @up.h rows : tensor<8xf32> exchanged
// CHECK:       ilir.buffer @map.y rows : tensor<8xf32> private
// CHECK:       ilir.buffer @map.z rows : tensor<8xf32> private
// CHECK:       ilir.buffer @temp.0 strip_rows of @map : tensor<8xf32> local
// CHECK:       ilir.buffer @temp.1 strip_rows of @map : tensor<8xf32> private
// CHECK:       ilir.buffer @temp.2 level_rows of @map : tensor<8xf32> exchanged
// CHECK:       ilir.buffer @temp.3 strip_rows of @map : tensor<8xf32> private
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows owned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<1.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[cst]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.barrier [@up.h]
// CHECK-NEXT:   ilir.levels @map {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows whole (%[[p2:.*]]) {
// CHECK-NEXT:         %[[row2:.*]] = ilir.index row %[[p2]] : <position> to <row>
// CHECK-NEXT:         %[[uph:.*]] = ilir.load @up.h[%[[row2]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[tanh:.*]] = math.tanh %[[uph]] : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[tanh]], @temp.0[%[[p2]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows owned (%[[p3:.*]]) {
// CHECK-NEXT:         %[[temp0:.*]] = ilir.load @temp.0[%[[p3]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[temp0]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod]], @temp.1[%[[p3]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows owned (%[[p4:.*]]) {
// CHECK-NEXT:         %[[row3:.*]] = ilir.index row %[[p4]] : <position> to <row>
// CHECK-NEXT:         %[[node:.*]] = ilir.index node %[[row3]] : <row> to <node>
// CHECK-NEXT:         %[[temp1:.*]] = ilir.load @temp.1[%[[p4]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[x:.*]] = ilir.load @x[%[[node]]] : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:         %[[mulf:.*]] = arith.mulf %[[temp1]], %[[x]] : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[mulf]], @temp.2[%[[p4]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows owned (%[[p5:.*]]) {
// CHECK-NEXT:         %[[row4:.*]] = ilir.index row %[[p5]] : <position> to <row>
// CHECK-NEXT:         %[[temp12:.*]] = ilir.load @temp.1[%[[p5]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[temp12]], @map.z[%[[row4]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     ilir.barrier [@temp.2]
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows owned (%[[p6:.*]]) {
// CHECK-NEXT:         %[[temp2:.*]] = ilir.load @temp.2[%[[p6]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[prod2:.*]] = ilir.product %[[temp2]], @V m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod2]], @temp.3[%[[p6]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows owned (%[[p7:.*]]) {
// CHECK-NEXT:         %[[row5:.*]] = ilir.index row %[[p7]] : <position> to <row>
// CHECK-NEXT:         %[[temp3:.*]] = ilir.load @temp.3[%[[p7]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[temp3]], @map.y[%[[row5]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Whole structure(tree) float(f32) {
  ilir.type @leaf(0 to 0)
  ilir.type @node(1 to 2)
  ilir.param @W : tensor<8x8xf32>
  ilir.order @up up
  ilir.order @map map
  ilir.order @down down
  ilir.input @x at nodes : tensor<8xf32>
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @map.y rows : tensor<8xf32> exchanged
  ilir.buffer @map.z rows : tensor<8xf32> exchanged
  ilir.buffer @temp.0 level_rows of @map : tensor<8xf32> exchanged
  ilir.buffer @temp.1 level_rows of @map : tensor<8xf32> exchanged
  ilir.buffer @temp.2 level_rows of @map : tensor<8xf32> exchanged
  ilir.buffer @temp.3 level_rows of @map : tensor<8xf32> exchanged
  ilir.buffer @U const : tensor<1x1x8x1x16xf32> constant packed
  ilir.buffer @V const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @U = @W keys [] n [] k [1] unit 0
    ilir.pack @V = @W keys [] n [] k [0] unit 1
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %o = arith.constant dense<1.0> : tensor<8xf32>
          ilir.store %o, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
    ilir.levels @map {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %h = ilir.load @up.h[%r] : !ilir.index<row> to tensor<8xf32>
          %t = math.tanh %h : tensor<8xf32>
          ilir.store %t, @temp.0[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows unassigned (%p) {
          %x = ilir.load @temp.0[%p] : !ilir.index<position> to tensor<8xf32>
          %y = ilir.product %x, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @temp.1[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %y = ilir.load @temp.1[%p] : !ilir.index<position> to tensor<8xf32>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          %t = arith.mulf %y, %x : tensor<8xf32>
          ilir.store %t, @temp.2[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows unassigned (%p) {
          %x = ilir.load @temp.2[%p] : !ilir.index<position> to tensor<8xf32>
          %y = ilir.product %x, @V m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @temp.3[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %y = ilir.load @temp.3[%p] : !ilir.index<position> to tensor<8xf32>
          ilir.store %y, @map.y[%r] : tensor<8xf32>, !ilir.index<row>
        }
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %y = ilir.load @temp.1[%p] : !ilir.index<position> to tensor<8xf32>
          ilir.store %y, @map.z[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Prepare: what runs once is exchanged at once, packs are exchanged together, tables between
// loops of which one reads the other's.

// REMARKS: [Passed] phases {{.*}}Function=Prepare | count=3
// REMARKS: [Passed] exchanges {{.*}}Function=Prepare | count=3
// REMARKS: [Passed] private buffers {{.*}}Function=Prepare | count=2

// CHECK-LABEL: ilir.program @Prepare
// CHECK:       ilir.buffer @up.h rows : tensor<8xf32> private
// CHECK:       ilir.buffer @temp.0 strip_rows of @words : tensor<8xf32> private
// CHECK:      ilir.func @prepare {
// CHECK-NEXT:   ilir.rows once owned () {
// CHECK-NEXT:     %[[W:.*]] = ilir.load @W : tensor<8x8xf32>
// CHECK-NEXT:     %[[tanh:.*]] = math.tanh %[[W]] : tensor<8x8xf32>
// CHECK-NEXT:     ilir.store %[[tanh]], @b : tensor<8x8xf32>
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.barrier [@b]
// CHECK-NEXT:   ilir.pack @U = @b keys [] n [] k [1] unit 0
// CHECK-NEXT:   ilir.pack @V = @W keys [] n [] k [0] unit 1
// CHECK-NEXT:   ilir.barrier [@U, @V]
// CHECK-NEXT:   ilir.levels @words {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows owned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <symbol>
// CHECK-NEXT:         %[[E:.*]] = ilir.load @E[%[[row]]] : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[E]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod]], @temp.0[%[[p]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows owned (%[[p2:.*]]) {
// CHECK-NEXT:         %[[row2:.*]] = ilir.index row %[[p2]] : <position> to <symbol>
// CHECK-NEXT:         %[[temp0:.*]] = ilir.load @temp.0[%[[p2]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[tanh2:.*]] = math.tanh %[[temp0]] : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[tanh2]], @table.0[%[[row2]]] : tensor<8xf32>, !ilir.index<symbol>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.barrier [@table.0]
// CHECK-NEXT:   ilir.levels @words {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows owned (%[[p3:.*]]) {
// CHECK-NEXT:         %[[row3:.*]] = ilir.index row %[[p3]] : <position> to <symbol>
// CHECK-NEXT:         %[[table0:.*]] = ilir.load @table.0[%[[row3]]] : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[prod2:.*]] = ilir.product %[[table0]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod2]], @table.1[%[[row3]]] : tensor<8xf32>, !ilir.index<symbol>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Prepare structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.param @W : tensor<8x8xf32>
  ilir.param @E : tensor<9x8xf32>
  ilir.order @up up
  ilir.order @words symbols domain 9
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @b const : tensor<8x8xf32> constant in_prepare
  ilir.buffer @table.0 const count 9 : tensor<8xf32> constant
  ilir.buffer @table.1 const count 9 : tensor<8xf32> constant
  ilir.buffer @temp.0 level_rows of @words : tensor<8xf32> exchanged
  ilir.buffer @U const : tensor<1x1x8x1x16xf32> constant packed
  ilir.buffer @V const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.rows once unassigned () {
      %W = ilir.load @W : tensor<8x8xf32>
      %t = math.tanh %W : tensor<8x8xf32>
      ilir.store %t, @b : tensor<8x8xf32>
    }
    ilir.pack @U = @b keys [] n [] k [1] unit 0
    ilir.pack @V = @W keys [] n [] k [0] unit 1
    ilir.levels @words {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %s = ilir.index row %p : !ilir.index<position> to !ilir.index<symbol>
          %e = ilir.load @E[%s] : !ilir.index<symbol> to tensor<8xf32>
          %y = ilir.product %e, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @temp.0[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows unassigned (%p) {
          %s = ilir.index row %p : !ilir.index<position> to !ilir.index<symbol>
          %y = ilir.load @temp.0[%p] : !ilir.index<position> to tensor<8xf32>
          %t = math.tanh %y : tensor<8xf32>
          ilir.store %t, @table.0[%s] : tensor<8xf32>, !ilir.index<symbol>
        }
      }
    }
    ilir.levels @words {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %s = ilir.index row %p : !ilir.index<position> to !ilir.index<symbol>
          %e = ilir.load @table.0[%s] : !ilir.index<symbol> to tensor<8xf32>
          %y = ilir.product %e, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @table.1[%s] : tensor<8xf32>, !ilir.index<symbol>
        }
      }
    }
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %o = arith.constant dense<1.0> : tensor<8xf32>
          ilir.store %o, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
