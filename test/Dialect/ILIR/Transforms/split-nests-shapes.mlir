// RUN: cortex-opt %s --split-input-file --ilir-split-nests | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ilir-split-nests --remarks-filter-passed=ilir-split-nests -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS --implicit-check-not='[Passed]'

// Of equal values only one is computed.

// REMARKS: [Passed] nests {{.*}}Function=Equal | count=4
// REMARKS: [Passed] temporaries {{.*}}Function=Equal | count=3
// REMARKS: [Passed] shared temporaries {{.*}}Function=Equal | count=2

// CHECK-LABEL: ilir.program @Equal
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
// CHECK-NEXT:         %[[temp0:.*]] = ilir.load @temp.0[%[[p2]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[temp0]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod]], @temp.1[%[[p2]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p3:.*]]) {
// CHECK-NEXT:         %[[temp02:.*]] = ilir.load @temp.0[%[[p3]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[prod2:.*]] = ilir.product %[[temp02]], @V m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod2]], @temp.2[%[[p3]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p4:.*]]) {
// CHECK-NEXT:         %[[temp1:.*]] = ilir.load @temp.1[%[[p4]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[temp12:.*]] = ilir.load @temp.1[%[[p4]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[temp1]], %[[temp12]] : tensor<8xf32>
// CHECK-NEXT:         %[[temp2:.*]] = ilir.load @temp.2[%[[p4]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[addf2:.*]] = arith.addf %[[addf]], %[[temp2]] : tensor<8xf32>
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p4]] : <position> to <row>
// CHECK-NEXT:         ilir.store %[[addf2]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Equal structure(tree) float(f32) {
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
          %t = ilir.edges children %p [sum] (%edge) {
            %k2 = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %ht = ilir.load @up.h[%k2] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %ht : tensor<8xf32>
          } : tensor<8xf32>
          %y = ilir.product %s, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          %g = ilir.product %t, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          %q = ilir.product %t, @V m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          %a = arith.addf %y, %g : tensor<8xf32>
          %a2 = arith.addf %a, %q : tensor<8xf32>
          ilir.store %a2, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// The start of a chain is overwritten by what continues it, so nobody shares it: neither who
// comes before the next link, nor who comes after.

// REMARKS: [Passed] nests {{.*}}Function=EqualLinks | count=5
// REMARKS: [Passed] temporaries {{.*}}Function=EqualLinks | count=3
// REMARKS: [Passed] shared temporaries {{.*}}Function=EqualLinks | count=3

// CHECK-LABEL: ilir.program @EqualLinks
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
// CHECK-NEXT:         %[[temp0:.*]] = ilir.load @temp.0[%[[p2]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[temp0]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod]], @temp.1[%[[p2]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p3:.*]]) {
// CHECK-NEXT:         %[[temp02:.*]] = ilir.load @temp.0[%[[p3]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[prod2:.*]] = ilir.product %[[temp02]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod2]], @temp.2[%[[p3]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p4:.*]]) {
// CHECK-NEXT:         %[[temp03:.*]] = ilir.load @temp.0[%[[p4]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[temp1:.*]] = ilir.load @temp.1[%[[p4]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[prod3:.*]] = ilir.product %[[temp03]], @V acc %[[temp1]] : tensor<8xf32> m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod3]], @temp.1[%[[p4]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p5:.*]]) {
// CHECK-NEXT:         %[[temp12:.*]] = ilir.load @temp.1[%[[p5]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[temp2:.*]] = ilir.load @temp.2[%[[p5]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[temp12]], %[[temp2]] : tensor<8xf32>
// CHECK-NEXT:         %[[temp22:.*]] = ilir.load @temp.2[%[[p5]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[addf2:.*]] = arith.addf %[[addf]], %[[temp22]] : tensor<8xf32>
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p5]] : <position> to <row>
// CHECK-NEXT:         ilir.store %[[addf2]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @EqualLinks structure(tree) float(f32) {
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
          %t = ilir.edges children %p [sum] (%edge) {
            %k2 = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %ht = ilir.load @up.h[%k2] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %ht : tensor<8xf32>
          } : tensor<8xf32>
          %u = ilir.edges children %p [sum] (%edge) {
            %k3 = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %hu = ilir.load @up.h[%k3] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %hu : tensor<8xf32>
          } : tensor<8xf32>
          %y = ilir.product %s, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          %g = ilir.product %t, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          %y2 = ilir.product %s, @V acc %y : tensor<8xf32> m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          %q = ilir.product %u, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          %a = arith.addf %y2, %g : tensor<8xf32>
          %a2 = arith.addf %a, %q : tensor<8xf32>
          ilir.store %a2, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Stores of several shapes are nests of their own. A reduction over units is stored, and read
// by whoever spreads it over units again; a slice of whole gates is not, one of units is.

// REMARKS: [Passed] nests {{.*}}Function=Shapes | count=5
// REMARKS: [Passed] temporaries {{.*}}Function=Shapes | count=2

// CHECK-LABEL: ilir.program @Shapes
// CHECK:       ilir.buffer @temp.0 level_rows of @up : tensor<8xf32> exchanged
// CHECK:       ilir.buffer @temp.1 level_rows of @up : tensor<f32> exchanged
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[node:.*]] = ilir.index node %[[row]] : <row> to <node>
// CHECK-NEXT:         %[[x:.*]] = ilir.load @x[%[[node]]] : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:         %[[tanh:.*]] = math.tanh %[[x]] : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[tanh]], @temp.0[%[[p]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p2:.*]]) {
// CHECK-NEXT:         %[[temp0:.*]] = ilir.load @temp.0[%[[p2]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT:         %[[reduce:.*]] = linalg.reduce { arith.addf } ins(%[[temp0]] : tensor<8xf32>) outs(%[[cst]] : tensor<f32>) dimensions = [0]
// CHECK-NEXT:         ilir.store %[[reduce]], @temp.1[%[[p2]]] : tensor<f32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p3:.*]]) {
// CHECK-NEXT:         %[[temp02:.*]] = ilir.load @temp.0[%[[p3]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[temp1:.*]] = ilir.load @temp.1[%[[p3]]] : !ilir.index<position> to tensor<f32>
// CHECK-NEXT:         %[[empty:.*]] = tensor.empty() : tensor<8xf32>
// CHECK-NEXT:         %[[broadcast:.*]] = linalg.broadcast ins(%[[temp1]] : tensor<f32>) outs(%[[empty]] : tensor<8xf32>) dimensions = [0]
// CHECK-NEXT:         %[[divf:.*]] = arith.divf %[[temp02]], %[[broadcast]] : tensor<8xf32>
// CHECK-NEXT:         %[[row2:.*]] = ilir.index row %[[p3]] : <position> to <row>
// CHECK-NEXT:         %[[gates:.*]] = ilir.load @gates[%[[row2]]] : !ilir.index<row> to tensor<3x8xf32>
// CHECK-NEXT:         %[[exp:.*]] = math.exp %[[gates]] : tensor<3x8xf32>
// CHECK-NEXT:         %[[extract_slice:.*]] = tensor.extract_slice %[[exp]][1, 0] [1, 8] [1, 1] : tensor<3x8xf32> to tensor<8xf32>
// CHECK-NEXT:         %[[mulf:.*]] = arith.mulf %[[divf]], %[[extract_slice]] : tensor<8xf32>
// CHECK-NEXT:         %[[extract_slice2:.*]] = tensor.extract_slice %[[temp02]][4] [4] [1] : tensor<8xf32> to tensor<4xf32>
// CHECK-NEXT:         %[[extract_slice3:.*]] = tensor.extract_slice %[[temp02]][0] [4] [1] : tensor<8xf32> to tensor<4xf32>
// CHECK-NEXT:         %[[concat:.*]] = tensor.concat dim(0) %[[extract_slice2]], %[[extract_slice3]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[mulf]], %[[concat]] : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[addf]], @up.h[%[[row2]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p4:.*]]) {
// CHECK-NEXT:         %[[temp12:.*]] = ilir.load @temp.1[%[[p4]]] : !ilir.index<position> to tensor<f32>
// CHECK-NEXT:         %[[row3:.*]] = ilir.index row %[[p4]] : <position> to <row>
// CHECK-NEXT:         ilir.store %[[temp12]], @up.s[%[[row3]]] : tensor<f32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p5:.*]]) {
// CHECK-NEXT:         %[[row4:.*]] = ilir.index row %[[p5]] : <position> to <row>
// CHECK-NEXT:         %[[gates2:.*]] = ilir.load @gates[%[[row4]]] : !ilir.index<row> to tensor<3x8xf32>
// CHECK-NEXT:         %[[exp2:.*]] = math.exp %[[gates2]] : tensor<3x8xf32>
// CHECK-NEXT:         ilir.store %[[exp2]], @up.g[%[[row4]]] : tensor<3x8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Shapes structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @up.s rows : tensor<f32> exchanged
  ilir.buffer @gates rows : tensor<3x8xf32> exchanged
  ilir.buffer @up.g rows : tensor<3x8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          %t = math.tanh %x : tensor<8xf32>
          %z0 = arith.constant dense<0.0> : tensor<f32>
          %s = linalg.reduce { arith.addf } ins(%t : tensor<8xf32>) outs(%z0 : tensor<f32>) dimensions = [0]
          %e = tensor.empty() : tensor<8xf32>
          %w = linalg.broadcast ins(%s : tensor<f32>) outs(%e : tensor<8xf32>) dimensions = [0]
          %y = arith.divf %t, %w : tensor<8xf32>
          %g = ilir.load @gates[%r] : !ilir.index<row> to tensor<3x8xf32>
          %gt = math.exp %g : tensor<3x8xf32>
          %g1 = tensor.extract_slice %gt[1, 0] [1, 8] [1, 1] : tensor<3x8xf32> to tensor<8xf32>
          %y2 = arith.mulf %y, %g1 : tensor<8xf32>
          %l = tensor.extract_slice %t[0] [4] [1] : tensor<8xf32> to tensor<4xf32>
          %h = tensor.extract_slice %t[4] [4] [1] : tensor<8xf32> to tensor<4xf32>
          %q = tensor.concat dim(0) %h, %l : (tensor<4xf32>, tensor<4xf32>) -> tensor<8xf32>
          %y3 = arith.addf %y2, %q : tensor<8xf32>
          ilir.store %y3, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %s, @up.s[%r] : tensor<f32>, !ilir.index<row>
          ilir.store %gt, @up.g[%r] : tensor<3x8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// In prepare, temporaries are constants that run does not read, or lie by position of the
// symbols.

// REMARKS: [Passed] nests {{.*}}Function=Prepare | count=6
// REMARKS: [Passed] temporaries {{.*}}Function=Prepare | count=3

// CHECK-LABEL: ilir.program @Prepare
// CHECK:       ilir.buffer @temp.0 const : tensor<8xf32> constant in_prepare
// CHECK:       ilir.buffer @temp.1 const : tensor<8xf32> constant in_prepare
// CHECK:       ilir.buffer @temp.2 level_rows of @words : tensor<8xf32> exchanged
// CHECK:      ilir.func @prepare {
// CHECK-NEXT:   ilir.rows once unassigned () {
// CHECK-NEXT:     %[[b:.*]] = ilir.load @b : tensor<8xf32>
// CHECK-NEXT:     %[[tanh:.*]] = math.tanh %[[b]] : tensor<8xf32>
// CHECK-NEXT:     ilir.store %[[tanh]], @temp.0 : tensor<8xf32>
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.rows once unassigned () {
// CHECK-NEXT:     %[[W:.*]] = ilir.load @W : tensor<8x8xf32>
// CHECK-NEXT:     %[[temp0:.*]] = ilir.load @temp.0 : tensor<8xf32>
// CHECK-NEXT:     %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:     %[[contract:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%[[W]], %[[temp0]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[cst]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:     ilir.store %[[contract]], @temp.1 : tensor<8xf32>
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.rows once unassigned () {
// CHECK-NEXT:     %[[temp1:.*]] = ilir.load @temp.1 : tensor<8xf32>
// CHECK-NEXT:     %[[exp:.*]] = math.exp %[[temp1]] : tensor<8xf32>
// CHECK-NEXT:     ilir.store %[[exp]], @c : tensor<8xf32>
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.pack @U = @W keys [] n [] k [1] unit 0
// CHECK-NEXT:   ilir.levels @words {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <symbol>
// CHECK-NEXT:         %[[E:.*]] = ilir.load @E[%[[row]]] : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[E]], @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod]], @temp.2[%[[p]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p2:.*]]) {
// CHECK-NEXT:         %[[temp2:.*]] = ilir.load @temp.2[%[[p2]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:         %[[tanh2:.*]] = math.tanh %[[temp2]] : tensor<8xf32>
// CHECK-NEXT:         %[[row2:.*]] = ilir.index row %[[p2]] : <position> to <symbol>
// CHECK-NEXT:         ilir.store %[[tanh2]], @table[%[[row2]]] : tensor<8xf32>, !ilir.index<symbol>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Prepare structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.param @b : tensor<8xf32>
  ilir.param @W : tensor<8x8xf32>
  ilir.param @E : tensor<9x8xf32>
  ilir.order @up up
  ilir.order @words symbols domain 9
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @c const : tensor<8xf32> constant
  ilir.buffer @table const count 9 : tensor<8xf32> constant
  ilir.buffer @U const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.rows once unassigned () {
      %b = ilir.load @b : tensor<8xf32>
      %t = math.tanh %b : tensor<8xf32>
      %W = ilir.load @W : tensor<8x8xf32>
      %z = arith.constant dense<0.0> : tensor<8xf32>
      %y = linalg.contract indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (i)>] ins(%W, %t : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
      %y2 = math.exp %y : tensor<8xf32>
      ilir.store %y2, @c : tensor<8xf32>
    }
    ilir.pack @U = @W keys [] n [] k [1] unit 0
    ilir.levels @words {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %s = ilir.index row %p : !ilir.index<position> to !ilir.index<symbol>
          %e = ilir.load @E[%s] : !ilir.index<symbol> to tensor<8xf32>
          %y = ilir.product %e, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          %t = math.tanh %y : tensor<8xf32>
          ilir.store %t, @table[%s] : tensor<8xf32>, !ilir.index<symbol>
        }
      }
    }
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %c = ilir.load @c : tensor<8xf32>
          ilir.store %c, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Nothing to split.

// REMARKS: [Passed] nests {{.*}}Function=One | count=1

// CHECK-LABEL: ilir.program @One
// CHECK-NOT:   @temp
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[node:.*]] = ilir.index node %[[row]] : <row> to <node>
// CHECK-NEXT:         %[[x:.*]] = ilir.load @x[%[[node]]] : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:         %[[tanh:.*]] = math.tanh %[[x]] : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[tanh]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @One structure(tree) float(f32) {
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
          %h = math.tanh %x : tensor<8xf32>
          ilir.store %h, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// A reduction with two results, one of which is broadcast: both are computed where the other one is needed, and nobody
// reads the broadcast one's temporary.

// REMARKS: [Passed] nests {{.*}}Function=Pair | count=1

// CHECK-LABEL: ilir.program @Pair
// CHECK-NOT:   @temp
// CHECK:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:    %[[both:.*]]:2 = ilir.edges children %[[p]] [sum, sum] (
// CHECK:         linalg.broadcast ins(%[[both]]#0 :
// CHECK-NOT:   ilir.rows
ilir.program @Pair structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @weight rows : tensor<f32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %w, %s = ilir.edges children %p [sum, sum] (%e) {
            %c = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
            %v = ilir.load @weight[%c] : !ilir.index<row> to tensor<f32>
            %h = ilir.load @up.h[%c] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %v, %h : tensor<f32>, tensor<8xf32>
          } : tensor<f32>, tensor<8xf32>
          %none = tensor.empty() : tensor<8xf32>
          %all = linalg.broadcast ins(%w : tensor<f32>) outs(%none : tensor<8xf32>) dimensions = [0]
          %mean = arith.divf %s, %all : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %mean, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
