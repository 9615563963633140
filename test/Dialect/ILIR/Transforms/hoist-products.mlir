// RUN: cortex-opt %s --split-input-file --ilir-hoist-products | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ilir-hoist-products --remarks-filter-passed=ilir-hoist-products -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS --implicit-check-not='[Passed]'

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// W x does not depend on the recursion: it is computed for all rows at once, before.
// U h does, and stays; what starts from W x starts from its row. A loop over all rows
// has the strips of the same types.

// REMARKS: [Passed] products hoisted {{.*}}Function=Before | count=2

// CHECK-LABEL: ilir.program @Before
// CHECK:       ilir.order @map map
// CHECK:       ilir.buffer @hoist.0 rows : tensor<8xf32> exchanged
// CHECK:       ilir.buffer @hoist.1 rows : tensor<8xf32> exchanged
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @map {
// CHECK-NEXT:     ilir.strips @leaf {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[W:.*]] = ilir.load @W {ra.stage = "constant"} : tensor<8x8xf32>
// CHECK-NEXT:         %[[row2:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[node:.*]] = ilir.index node %[[row2]] : <row> to <node>
// CHECK-NEXT:         %[[x:.*]] = ilir.load @x[%[[node]]] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[contract:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "node"} ins(%[[W]], %[[x]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[cst]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[contract]], @hoist.0[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     ilir.strips @node {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p2:.*]]) {
// CHECK-NEXT:         %[[row3:.*]] = ilir.index row %[[p2]] : <position> to <row>
// CHECK-NEXT:         %[[W2:.*]] = ilir.load @W {ra.stage = "constant"} : tensor<8x8xf32>
// CHECK-NEXT:         %[[row4:.*]] = ilir.index row %[[p2]] : <position> to <row>
// CHECK-NEXT:         %[[node2:.*]] = ilir.index node %[[row4]] : <row> to <node>
// CHECK-NEXT:         %[[x2:.*]] = ilir.load @x[%[[node2]]] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:         %[[cst2:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[contract2:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "node"} ins(%[[W2]], %[[x2]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[cst2]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[contract2]], @hoist.1[%[[row3]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips @leaf {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p3:.*]]) {
// CHECK-NEXT:         %[[row5:.*]] = ilir.index row %[[p3]] : <position> to <row>
// CHECK-NEXT:         %[[row6:.*]] = ilir.index row %[[p3]] : <position> to <row>
// CHECK-NEXT:         %[[hoist0:.*]] = ilir.load @hoist.0[%[[row6]]] {ra.stage = "node"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[tanh:.*]] = math.tanh %[[hoist0]] {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[tanh]], @up.h[%[[row5]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     ilir.strips @node {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p4:.*]]) {
// CHECK-NEXT:         %[[row7:.*]] = ilir.index row %[[p4]] : <position> to <row>
// CHECK-NEXT:         %[[child:.*]] = ilir.index child(0) %[[p4]] : <position> to <row>
// CHECK-NEXT:         %[[cst3:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[uph:.*]] = ilir.load @up.h[%[[child]]] else %[[cst3]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[U:.*]] = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
// CHECK-NEXT:         %[[row8:.*]] = ilir.index row %[[p4]] : <position> to <row>
// CHECK-NEXT:         %[[hoist1:.*]] = ilir.load @hoist.1[%[[row8]]] {ra.stage = "node"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[contract3:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "recursive"} ins(%[[U]], %[[uph]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[hoist1]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         %[[tanh2:.*]] = math.tanh %[[contract3]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[tanh2]], @up.h[%[[row7]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Before structure(tree) float(f32) {
  ilir.type @leaf(0 to 0)
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.param @W : tensor<8x8xf32>
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @leaf {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
          %W = ilir.load @W {ra.stage = "constant"} : tensor<8x8xf32>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %y = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "node"} ins(%W, %x : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %t = math.tanh %y {ra.stage = "node"} : tensor<8xf32>
          ilir.store %t, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
          %k = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %h = ilir.load @up.h[%k] else %z {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
          %W = ilir.load @W {ra.stage = "constant"} : tensor<8x8xf32>
          %U = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
          %y = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "node"} ins(%W, %x : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %g = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%U, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%y : tensor<8xf32>) -> tensor<8xf32>
          %t = math.tanh %g {ra.stage = "recursive"} : tensor<8xf32>
          ilir.store %t, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// A chain of products is one value. A product of a neighbour's input, of an earlier
// sweep's state or of a symbol over the tables' budget is hoisted too, with its
// `else`, also from a sweep that goes down.

// REMARKS: [Passed] products hoisted {{.*}}Function=Chain | count=2

// CHECK-LABEL: ilir.program @Chain
// CHECK:       ilir.order @map map
// CHECK:       ilir.buffer @hoist.0 rows : tensor<8xf32> exchanged
// CHECK:       ilir.buffer @hoist.1 rows : tensor<8xf32> exchanged
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         ilir.store %[[cst]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.levels @map {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p2:.*]]) {
// CHECK-NEXT:         %[[row2:.*]] = ilir.index row %[[p2]] : <position> to <row>
// CHECK-NEXT:         %[[U:.*]] = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
// CHECK-NEXT:         %[[row3:.*]] = ilir.index row %[[p2]] : <position> to <row>
// CHECK-NEXT:         %[[uph:.*]] = ilir.load @up.h[%[[row3]]] {ra.stage = "node"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[W:.*]] = ilir.load @W {ra.stage = "constant"} : tensor<8x8xf32>
// CHECK-NEXT:         %[[child:.*]] = ilir.index child(0) %[[p2]] : <position> to <row>
// CHECK-NEXT:         %[[node:.*]] = ilir.index node %[[child]] : <row> to <node>
// CHECK-NEXT:         %[[cst2:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[x:.*]] = ilir.load @x[%[[node]]] else %[[cst2]] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:         %[[contract:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "node"} ins(%[[W]], %[[x]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[cst2]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         %[[contract2:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "node"} ins(%[[U]], %[[uph]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[contract]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         %[[sym:.*]] = ilir.symbol @word[%[[row3]]] : <row> to <symbol>
// CHECK-NEXT:         %[[E:.*]] = ilir.load @E[%[[sym]]] {ra.stage = "symbol:word"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[contract3:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "symbol:word"} ins(%[[W]], %[[E]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[cst2]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[contract2]], @hoist.0[%[[row2]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:         ilir.store %[[contract3]], @hoist.1[%[[row2]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.levels @down {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p3:.*]]) {
// CHECK-NEXT:         %[[row4:.*]] = ilir.index row %[[p3]] : <position> to <row>
// CHECK-NEXT:         %[[cst3:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[row5:.*]] = ilir.index row %[[p3]] : <position> to <row>
// CHECK-NEXT:         %[[hoist0:.*]] = ilir.load @hoist.0[%[[row5]]] {ra.stage = "node"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[row6:.*]] = ilir.index row %[[p3]] : <position> to <row>
// CHECK-NEXT:         %[[hoist1:.*]] = ilir.load @hoist.1[%[[row6]]] {ra.stage = "node"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[parent:.*]] = ilir.index parent %[[p3]] : <position> to <row>
// CHECK-NEXT:         %[[downh:.*]] = ilir.load @down.h[%[[parent]]] else %[[cst3]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[hoist0]], %[[hoist1]] {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:         %[[addf2:.*]] = arith.addf %[[addf]], %[[downh]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[addf2]], @down.h[%[[row4]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Chain structure(tree) float(f32) {
  ilir.type @leaf(0 to 0)
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.param @W : tensor<8x8xf32>
  ilir.param @U : tensor<8x8xf32>
  ilir.order @down down
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @down.h rows : tensor<8xf32> exchanged
  ilir.input @word at nodes : !ra.symbol<9>
  ilir.param @E : tensor<9x8xf32>
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %z, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
    ilir.levels @down {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %W = ilir.load @W {ra.stage = "constant"} : tensor<8x8xf32>
          %U = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
          %k = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %k : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] else %z {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
          %h = ilir.load @up.h[%r] {ra.stage = "node"} : !ilir.index<row> to tensor<8xf32>
          %a = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "node"} ins(%W, %x : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %b = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "node"} ins(%U, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%a : tensor<8xf32>) -> tensor<8xf32>
          %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>
          %e = ilir.load @E[%w] {ra.stage = "symbol:word"} : !ilir.index<symbol> to tensor<8xf32>
          %c = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "symbol:word"} ins(%W, %e : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %up = ilir.index parent %p : !ilir.index<position> to !ilir.index<row>
          %d = ilir.load @down.h[%up] else %z {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
          %s = arith.addf %b, %c {ra.stage = "node"} : tensor<8xf32>
          %y = arith.addf %s, %d {ra.stage = "recursive"} : tensor<8xf32>
          ilir.store %y, @down.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// What a reduction over edges starts its products from is hoisted, though these are not.

// REMARKS: [Passed] products hoisted {{.*}}Function=Captured | count=1

// CHECK-LABEL: ilir.program @Captured
// CHECK:       ilir.order @map map
// CHECK:       ilir.buffer @hoist.0 rows : tensor<8xf32> exchanged
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @map {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[W:.*]] = ilir.load @W {ra.stage = "constant"} : tensor<8x8xf32>
// CHECK-NEXT:         %[[row2:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[node:.*]] = ilir.index node %[[row2]] : <row> to <node>
// CHECK-NEXT:         %[[x:.*]] = ilir.load @x[%[[node]]] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[contract:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "node"} ins(%[[W]], %[[x]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[cst]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[contract]], @hoist.0[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p2:.*]]) {
// CHECK-NEXT:         %[[row3:.*]] = ilir.index row %[[p2]] : <position> to <row>
// CHECK-NEXT:         %[[U:.*]] = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
// CHECK-NEXT:         %[[row4:.*]] = ilir.index row %[[p2]] : <position> to <row>
// CHECK-NEXT:         %[[hoist0:.*]] = ilir.load @hoist.0[%[[row4]]] {ra.stage = "node"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[sum:.*]] = ilir.edges children %[[p2]] [sum] (%[[e:.*]]) {
// CHECK-NEXT:           %[[neighbour:.*]] = ilir.index neighbour %[[e]] : <edge> to <row>
// CHECK-NEXT:           %[[node2:.*]] = ilir.index node %[[neighbour]] : <row> to <node>
// CHECK-NEXT:           %[[x2:.*]] = ilir.load @x[%[[node2]]] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:           %[[contract2:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "node"} ins(%[[U]], %[[x2]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[hoist0]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:           ilir.yield %[[contract2]] : tensor<8xf32>
// CHECK-NEXT:         } {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:         %[[sum2:.*]] = ilir.edges children %[[p2]] [sum] (%[[e2:.*]]) {
// CHECK-NEXT:           %[[neighbour2:.*]] = ilir.index neighbour %[[e2]] : <edge> to <row>
// CHECK-NEXT:           %[[uph:.*]] = ilir.load @up.h[%[[neighbour2]]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           ilir.yield %[[uph]] : tensor<8xf32>
// CHECK-NEXT:         } {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[sum]], %[[sum2]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[addf]], @up.h[%[[row3]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Captured structure(tree) float(f32) {
  ilir.type @leaf(0 to 0)
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.param @W : tensor<8x8xf32>
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
          %W = ilir.load @W {ra.stage = "constant"} : tensor<8x8xf32>
          %U = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %q = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "node"} ins(%W, %x : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %s = ilir.edges children %p [sum] (%edge) {
            %k = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %m = ilir.index node %k : !ilir.index<row> to !ilir.index<node>
            %xk = ilir.load @x[%m] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
            %f = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "node"} ins(%U, %xk : tensor<8x8xf32>, tensor<8xf32>) outs(%q : tensor<8xf32>) -> tensor<8xf32>
            ilir.yield %f : tensor<8xf32>
          } {ra.stage = "node"} : tensor<8xf32>
          %s2 = ilir.edges children %p [sum] (%edge) {
            %k2 = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %hk = ilir.load @up.h[%k2] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
            ilir.yield %hk : tensor<8xf32>
          } {ra.stage = "recursive"} : tensor<8xf32>
          %y = arith.addf %s, %s2 {ra.stage = "recursive"} : tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// Left where they are: products of the sweep's own states, of parameters alone (these
// are constants), of each edge, and those without a stage.

// CHECK-LABEL: ilir.program @Left
// CHECK-NOT:   hoist.0
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[child:.*]] = ilir.index child(0) %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[uph:.*]] = ilir.load @up.h[%[[child]]] else %[[cst]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[W:.*]] = ilir.load @W {ra.stage = "constant"} : tensor<8x8xf32>
// CHECK-NEXT:         %[[U:.*]] = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
// CHECK-NEXT:         %[[contract:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "recursive"} ins(%[[U]], %[[uph]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[cst]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         %[[W2:.*]] = ilir.load @W {ra.stage = "constant"} : tensor<8x8xf32>
// CHECK-NEXT:         %[[cst2:.*]] = arith.constant {ra.stage = "constant"} dense<1.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[contract2:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "constant"} ins(%[[W]], %[[cst2]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[cst]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         %[[contract3:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%[[U]], %[[cst2]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[cst]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         %[[sum:.*]] = ilir.edges children %[[p]] [sum] (%[[e:.*]]) {
// CHECK-NEXT:           %[[neighbour:.*]] = ilir.index neighbour %[[e]] : <edge> to <row>
// CHECK-NEXT:           %[[node:.*]] = ilir.index node %[[neighbour]] : <row> to <node>
// CHECK-NEXT:           %[[x:.*]] = ilir.load @x[%[[node]]] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:           %[[contract4:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "node"} ins(%[[W]], %[[x]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[cst]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:           ilir.yield %[[contract4]] : tensor<8xf32>
// CHECK-NEXT:         } {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[contract]], %[[sum]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:         %[[addf2:.*]] = arith.addf %[[addf]], %[[contract2]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:         %[[addf3:.*]] = arith.addf %[[addf2]], %[[contract3]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[addf3]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Left structure(tree) float(f32) {
  ilir.type @leaf(0 to 0)
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.param @W : tensor<8x8xf32>
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %k = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %h = ilir.load @up.h[%k] else %z {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %W = ilir.load @W {ra.stage = "constant"} : tensor<8x8xf32>
          %U = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
          %g = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%U, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %B = ilir.load @W {ra.stage = "constant"} : tensor<8x8xf32>
          %one = arith.constant {ra.stage = "constant"} dense<1.0> : tensor<8xf32>
          %q = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "constant"} ins(%W, %one : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %v = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %one : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %s = ilir.edges children %p [sum] (%edge) {
            %kid = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %n = ilir.index node %kid : !ilir.index<row> to !ilir.index<node>
            %x = ilir.load @x[%n] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
            %y = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "node"} ins(%W, %x : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
            ilir.yield %y : tensor<8xf32>
          } {ra.stage = "node"} : tensor<8xf32>
          %t = arith.addf %g, %s {ra.stage = "recursive"} : tensor<8xf32>
          %y = arith.addf %t, %q {ra.stage = "recursive"} : tensor<8xf32>
          %y2 = arith.addf %y, %v {ra.stage = "recursive"} : tensor<8xf32>
          ilir.store %y2, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// A sweep without recursion is one level already: there is nothing before it.

// CHECK-LABEL: ilir.program @Map
// CHECK-NOT:   hoist.0
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @map {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[node:.*]] = ilir.index node %[[row]] : <row> to <node>
// CHECK-NEXT:         %[[x:.*]] = ilir.load @x[%[[node]]] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:         %[[W:.*]] = ilir.load @W {ra.stage = "constant"} : tensor<8x8xf32>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[contract:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "node"} ins(%[[W]], %[[x]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[cst]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[contract]], @map.y[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Map structure(tree) float(f32) {
  ilir.type @leaf(0 to 0)
  ilir.type @node(1 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.param @W : tensor<8x8xf32>
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.order @map map
  ilir.buffer @map.y rows : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @map {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
          %W = ilir.load @W {ra.stage = "constant"} : tensor<8x8xf32>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %y = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "node"} ins(%W, %x : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          ilir.store %y, @map.y[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
