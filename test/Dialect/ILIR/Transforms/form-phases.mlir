// RUN: cortex-opt %s --split-input-file --ilir-form-phases | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ilir-form-phases --remarks-filter-passed=ilir-form-phases -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS --implicit-check-not='[Passed]'

// TreeRNN: elementwise work at the worker's own units. No exchange at all; what lives in one
// strip is indexed by position in the strip.

// REMARKS: [Passed] phases {{.*}}Function=NoExchange | count=1
// REMARKS: [Passed] private buffers {{.*}}Function=NoExchange | count=2

// CHECK-LABEL: ilir.program @NoExchange
// CHECK:       ilir.buffer @up.h rows : tensor<8xf32> private
// CHECK:       ilir.buffer @temp.0 strip_rows of @up : tensor<8xf32> private
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows owned (%[[p:.*]]) {
// CHECK-NEXT:         %[[sum:.*]] = ilir.edges children %[[p]] [sum] (%[[e:.*]]) {
// CHECK-NEXT:           %[[neighbour:.*]] = ilir.index neighbour %[[e]] : <edge> to <row>
// CHECK-NEXT:           %[[uph:.*]] = ilir.load @up.h[%[[neighbour]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           ilir.yield %[[uph]] : tensor<8xf32>
// CHECK-NEXT:         } : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[sum]], @temp.0[%[[p]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows owned (%[[p2:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p2]] : <position> to <row>
// CHECK-NEXT:         %[[temp0:.*]] = ilir.load @temp.0[%[[p2]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[tanh:.*]] = math.tanh %[[temp0]] : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[tanh]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @NoExchange structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.param @W : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @temp.0 level_rows of @up : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %s = ilir.edges children %p [sum] (%edge) {
            %k = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %h : tensor<8xf32>
          } : tensor<8xf32>
          ilir.store %s, @temp.0[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %s = ilir.load @temp.0[%p] : !ilir.index<position> to tensor<8xf32>
          %h = math.tanh %s : tensor<8xf32>
          ilir.store %h, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// TreeFC, TreeLSTM: the state is read whole by the next level, so it is exchanged at the end of
// each. Each worker sums what it reads whole for itself: the sum is local. A product is never
// computed by everyone. States that are read at own units only are private.

// REMARKS: [Passed] phases {{.*}}Function=OneExchange | count=1
// REMARKS: [Passed] exchanges {{.*}}Function=OneExchange | count=1
// REMARKS: [Passed] whole nests {{.*}}Function=OneExchange | count=1
// REMARKS: [Passed] private buffers {{.*}}Function=OneExchange | count=2

// CHECK-LABEL: ilir.program @OneExchange
// CHECK:       ilir.buffer @up.h rows : tensor<8xf32> exchanged
// CHECK:       ilir.buffer @up.c rows : tensor<8xf32> private
// CHECK:       ilir.buffer @temp.0 strip_rows of @up : tensor<8xf32> local
// CHECK:       ilir.buffer @temp.1 strip_rows of @up : tensor<8xf32> private
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows whole (%[[p:.*]]) {
// CHECK-NEXT:         %[[sum:.*]] = ilir.edges children %[[p]] [sum] (%[[e:.*]]) {
// CHECK-NEXT:           %[[neighbour:.*]] = ilir.index neighbour %[[e]] : <edge> to <row>
// CHECK-NEXT:           %[[uph:.*]] = ilir.load @up.h[%[[neighbour]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           ilir.yield %[[uph]] : tensor<8xf32>
// CHECK-NEXT:         } : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[sum]], @temp.0[%[[p]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows owned (%[[p2:.*]]) {
// CHECK-NEXT:         %[[temp0:.*]] = ilir.load @temp.0[%[[p2]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[temp0]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod]], @temp.1[%[[p2]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows owned (%[[p3:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p3]] : <position> to <row>
// CHECK-NEXT:         %[[sum2:.*]] = ilir.edges children %[[p3]] [sum] (%[[e2:.*]]) {
// CHECK-NEXT:           %[[neighbour2:.*]] = ilir.index neighbour %[[e2]] : <edge> to <row>
// CHECK-NEXT:           %[[upc:.*]] = ilir.load @up.c[%[[neighbour2]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           ilir.yield %[[upc]] : tensor<8xf32>
// CHECK-NEXT:         } : tensor<8xf32>
// CHECK-NEXT:         %[[temp1:.*]] = ilir.load @temp.1[%[[p3]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[sum2]], %[[temp1]] : tensor<8xf32>
// CHECK-NEXT:         %[[tanh:.*]] = math.tanh %[[addf]] : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[tanh]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:         ilir.store %[[addf]], @up.c[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     ilir.barrier [@up.h]
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @OneExchange structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.param @W : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @up.c rows : tensor<8xf32> exchanged
  ilir.buffer @temp.0 level_rows of @up : tensor<8xf32> exchanged
  ilir.buffer @temp.1 level_rows of @up : tensor<8xf32> exchanged
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
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %cs = ilir.edges children %p [sum] (%edge) {
            %k = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %ck = ilir.load @up.c[%k] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %ck : tensor<8xf32>
          } : tensor<8xf32>
          %y = ilir.load @temp.1[%p] : !ilir.index<position> to tensor<8xf32>
          %c = arith.addf %cs, %y : tensor<8xf32>
          %h = math.tanh %c : tensor<8xf32>
          ilir.store %h, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %c, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// TreeGRU: r * s is computed from a product, in slices, and read whole by the next: two phases
// and two exchanges. What a later phase reads is indexed by position in the level. The level's
// last exchange also lets the next level overwrite the temporary.

// REMARKS: [Passed] phases {{.*}}Function=TwoExchanges | count=2
// REMARKS: [Passed] exchanges {{.*}}Function=TwoExchanges | count=2
// REMARKS: [Passed] whole nests {{.*}}Function=TwoExchanges | count=1
// REMARKS: [Passed] private buffers {{.*}}Function=TwoExchanges | count=3

// CHECK-LABEL: ilir.program @TwoExchanges
// CHECK:       ilir.buffer @up.h rows : tensor<8xf32> exchanged
// CHECK:       ilir.buffer @temp.0 strip_rows of @up : tensor<8xf32> local
// CHECK:       ilir.buffer @temp.1 strip_rows of @up : tensor<8xf32> private
// CHECK:       ilir.buffer @temp.2 level_rows of @up : tensor<8xf32> exchanged
// CHECK:       ilir.buffer @temp.3 strip_rows of @up : tensor<8xf32> private
// CHECK:       ilir.buffer @temp.4 level_rows of @up : tensor<8xf32> private
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows whole (%[[p:.*]]) {
// CHECK-NEXT:         %[[sum:.*]] = ilir.edges children %[[p]] [sum] (%[[e:.*]]) {
// CHECK-NEXT:           %[[neighbour:.*]] = ilir.index neighbour %[[e]] : <edge> to <row>
// CHECK-NEXT:           %[[uph:.*]] = ilir.load @up.h[%[[neighbour]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           ilir.yield %[[uph]] : tensor<8xf32>
// CHECK-NEXT:         } : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[sum]], @temp.0[%[[p]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows owned (%[[p2:.*]]) {
// CHECK-NEXT:         %[[temp0:.*]] = ilir.load @temp.0[%[[p2]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[temp0]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod]], @temp.1[%[[p2]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows owned (%[[p3:.*]]) {
// CHECK-NEXT:         %[[temp1:.*]] = ilir.load @temp.1[%[[p3]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[sigmoid:.*]] = ra.sigmoid %[[temp1]] : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[sigmoid]], @temp.4[%[[p3]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows owned (%[[p4:.*]]) {
// CHECK-NEXT:         %[[temp12:.*]] = ilir.load @temp.1[%[[p4]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[temp02:.*]] = ilir.load @temp.0[%[[p4]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[sigmoid2:.*]] = ra.sigmoid %[[temp12]] : tensor<8xf32>
// CHECK-NEXT:         %[[mulf:.*]] = arith.mulf %[[sigmoid2]], %[[temp02]] : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[mulf]], @temp.2[%[[p4]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     ilir.barrier [@temp.2]
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows owned (%[[p5:.*]]) {
// CHECK-NEXT:         %[[temp2:.*]] = ilir.load @temp.2[%[[p5]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[prod2:.*]] = ilir.product %[[temp2]], @V m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod2]], @temp.3[%[[p5]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows owned (%[[p6:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p6]] : <position> to <row>
// CHECK-NEXT:         %[[temp3:.*]] = ilir.load @temp.3[%[[p6]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[temp4:.*]] = ilir.load @temp.4[%[[p6]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[tanh:.*]] = math.tanh %[[temp3]] : tensor<8xf32>
// CHECK-NEXT:         %[[mulf2:.*]] = arith.mulf %[[tanh]], %[[temp4]] : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[mulf2]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     ilir.barrier [@temp.2, @up.h]
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @TwoExchanges structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.param @W : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @temp.0 level_rows of @up : tensor<8xf32> exchanged
  ilir.buffer @temp.1 level_rows of @up : tensor<8xf32> exchanged
  ilir.buffer @temp.2 level_rows of @up : tensor<8xf32> exchanged
  ilir.buffer @temp.3 level_rows of @up : tensor<8xf32> exchanged
  ilir.buffer @temp.4 level_rows of @up : tensor<8xf32> exchanged
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
          %y = ilir.load @temp.1[%p] : !ilir.index<position> to tensor<8xf32>
          %z = ra.sigmoid %y : tensor<8xf32>
          ilir.store %z, @temp.4[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows unassigned (%p) {
          %y = ilir.load @temp.1[%p] : !ilir.index<position> to tensor<8xf32>
          %s = ilir.load @temp.0[%p] : !ilir.index<position> to tensor<8xf32>
          %r = ra.sigmoid %y : tensor<8xf32>
          %m = arith.mulf %r, %s : tensor<8xf32>
          ilir.store %m, @temp.2[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows unassigned (%p) {
          %x = ilir.load @temp.2[%p] : !ilir.index<position> to tensor<8xf32>
          %y = ilir.product %x, @V m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @temp.3[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %y = ilir.load @temp.3[%p] : !ilir.index<position> to tensor<8xf32>
          %z = ilir.load @temp.4[%p] : !ilir.index<position> to tensor<8xf32>
          %t = math.tanh %y : tensor<8xf32>
          %h = arith.mulf %t, %z : tensor<8xf32>
          ilir.store %h, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// A norm over units of a product, which lies in slices: these are exchanged, then everyone
// reduces for himself. The state is read at own units only, so the barrier at the level's end
// is there only for the temporary, which the next level overwrites.

// REMARKS: [Passed] phases {{.*}}Function=Norm | count=2
// REMARKS: [Passed] exchanges {{.*}}Function=Norm | count=2
// REMARKS: [Passed] whole nests {{.*}}Function=Norm | count=1
// REMARKS: [Passed] private buffers {{.*}}Function=Norm | count=1

// CHECK-LABEL: ilir.program @Norm
// CHECK:       ilir.buffer @up.h rows : tensor<8xf32> private
// CHECK:       ilir.buffer @temp.0 level_rows of @up : tensor<8xf32> exchanged
// CHECK:       ilir.buffer @temp.1 strip_rows of @up : tensor<f32> local
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows owned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[node:.*]] = ilir.index node %[[row]] : <row> to <node>
// CHECK-NEXT:         %[[x:.*]] = ilir.load @x[%[[node]]] : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[x]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod]], @temp.0[%[[p]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     ilir.barrier [@temp.0]
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows whole (%[[p2:.*]]) {
// CHECK-NEXT:         %[[temp0:.*]] = ilir.load @temp.0[%[[p2]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT:         %[[reduce:.*]] = linalg.reduce { arith.addf } ins(%[[temp0]] : tensor<8xf32>) outs(%[[cst]] : tensor<f32>) dimensions = [0]
// CHECK-NEXT:         ilir.store %[[reduce]], @temp.1[%[[p2]]] : tensor<f32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows owned (%[[p3:.*]]) {
// CHECK-NEXT:         %[[row2:.*]] = ilir.index row %[[p3]] : <position> to <row>
// CHECK-NEXT:         %[[sum:.*]] = ilir.edges children %[[p3]] [sum] (%[[e:.*]]) {
// CHECK-NEXT:           %[[neighbour:.*]] = ilir.index neighbour %[[e]] : <edge> to <row>
// CHECK-NEXT:           %[[uph:.*]] = ilir.load @up.h[%[[neighbour]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           ilir.yield %[[uph]] : tensor<8xf32>
// CHECK-NEXT:         } : tensor<8xf32>
// CHECK-NEXT:         %[[temp02:.*]] = ilir.load @temp.0[%[[p3]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[temp1:.*]] = ilir.load @temp.1[%[[p3]]] : !ilir.index<position> to tensor<f32>
// CHECK-NEXT:         %[[empty:.*]] = tensor.empty() : tensor<8xf32>
// CHECK-NEXT:         %[[broadcast:.*]] = linalg.broadcast ins(%[[temp1]] : tensor<f32>) outs(%[[empty]] : tensor<8xf32>) dimensions = [0]
// CHECK-NEXT:         %[[divf:.*]] = arith.divf %[[temp02]], %[[broadcast]] : tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[sum]], %[[divf]] : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[addf]], @up.h[%[[row2]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     ilir.barrier [@temp.0]
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Norm structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.param @W : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @temp.0 level_rows of @up : tensor<8xf32> exchanged
  ilir.buffer @temp.1 level_rows of @up : tensor<f32> exchanged
  ilir.input @x at nodes : tensor<8xf32>
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
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          %y = ilir.product %x, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @temp.0[%p] : tensor<8xf32>, !ilir.index<position>
        }
        ilir.rows rows unassigned (%p) {
          %x = ilir.load @temp.0[%p] : !ilir.index<position> to tensor<8xf32>
          %z = arith.constant dense<0.0> : tensor<f32>
          %n = linalg.reduce { arith.addf } ins(%x : tensor<8xf32>) outs(%z : tensor<f32>) dimensions = [0]
          ilir.store %n, @temp.1[%p] : tensor<f32>, !ilir.index<position>
        }
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %s = ilir.edges children %p [sum] (%edge) {
            %k = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %h : tensor<8xf32>
          } : tensor<8xf32>
          %x = ilir.load @temp.0[%p] : !ilir.index<position> to tensor<8xf32>
          %n = ilir.load @temp.1[%p] : !ilir.index<position> to tensor<f32>
          %e = tensor.empty() : tensor<8xf32>
          %w = linalg.broadcast ins(%n : tensor<f32>) outs(%e : tensor<8xf32>) dimensions = [0]
          %d = arith.divf %x, %w : tensor<8xf32>
          %h = arith.addf %s, %d : tensor<8xf32>
          ilir.store %h, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
