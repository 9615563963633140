// RUN: cortex-opt %s --split-input-file --ilir-pack-products | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ilir-pack-products --remarks-filter-passed=ilir-pack-products -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS --implicit-check-not='[Passed]'

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// Weights chosen by a symbol: rows of that type are grouped by it in this order. A second
// product by the same symbol has the same key; by another symbol it stays as it is, for a
// strip has one key. One weight needs none.

// REMARKS: [Passed] products packed {{.*}}Function=Keyed | count=2
// REMARKS: [Passed] keyed products {{.*}}Function=Keyed | count=2
// REMARKS: [Passed] products left {{.*}}Function=Keyed | count=1

// CHECK-LABEL: ilir.program @Keyed
// CHECK:       ilir.order @up up keys ["", "f"]
// CHECK:       ilir.buffer @pack.0 const count 30 : tensor<1x1x8x1x16xf32> constant packed
// CHECK:      ilir.func @prepare {
// CHECK-NEXT:   ilir.pack @pack.0 = @F keys [0] n [] k [2] unit 1
// CHECK-NEXT: }
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips @fn {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[child:.*]] = ilir.index child(0) %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[uph:.*]] = ilir.load @up.h[%[[child]]] else %[[cst]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[sym:.*]] = ilir.symbol @f[%[[row]]] : <row> to <symbol>
// CHECK-NEXT:         %[[sym2:.*]] = ilir.symbol @g[%[[row]]] : <row> to <symbol>
// CHECK-NEXT:         %[[G:.*]] = ilir.load @G[%[[sym2]]] {ra.stage = "symbol:g"} : !ilir.index<symbol> to tensor<8x8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[uph]], @pack.0 key %[[sym]] : !ilir.index<symbol> m [] k [0] out_m [] out_n [] {ra.stage = "recursive"} : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         %[[tanh:.*]] = math.tanh %[[prod]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:         %[[prod2:.*]] = ilir.product %[[tanh]], @pack.0 key %[[sym]] : !ilir.index<symbol> m [] k [0] out_m [] out_n [] {ra.stage = "recursive"} : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         %[[contract:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "recursive"} ins(%[[G]], %[[prod2]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[cst]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[contract]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Keyed structure(tree) float(f32) {
  ilir.type @var(0 to 0)
  ilir.type @fn(1 to 2)
  ilir.input @f at nodes : !ra.symbol<30> on [@fn]
  ilir.input @g at nodes : !ra.symbol<5>
  ilir.input @one at nodes : !ra.symbol<1>
  ilir.param @F : tensor<30x8x8xf32>
  ilir.param @G : tensor<5x8x8xf32>
  ilir.param @I : tensor<1x8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @fn {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %kid = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %h = ilir.load @up.h[%kid] else %z {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
          %f = ilir.symbol @f[%r] : !ilir.index<row> to !ilir.index<symbol>
          %g = ilir.symbol @g[%r] : !ilir.index<row> to !ilir.index<symbol>
          %o = ilir.symbol @one[%r] : !ilir.index<row> to !ilir.index<symbol>
          %F = ilir.load @F[%f] {ra.stage = "symbol:f"} : !ilir.index<symbol> to tensor<8x8xf32>
          %G = ilir.load @G[%g] {ra.stage = "symbol:g"} : !ilir.index<symbol> to tensor<8x8xf32>
          %y = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%F, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %t = math.tanh %y {ra.stage = "recursive"} : tensor<8xf32>
          %y2 = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%F, %t : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %y3 = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%G, %y2 : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          ilir.store %y3, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// A symbol of one value keys nothing, but its weights are found in the first slice.

// REMARKS: [Passed] products packed {{.*}}Function=OneKey | count=1
// REMARKS: [Passed] keyed products {{.*}}Function=OneKey | count=1

// CHECK-LABEL: ilir.program @OneKey
// CHECK:       ilir.order @up up keys ["", "one"]
// CHECK:       ilir.buffer @pack.0 const : tensor<1x1x8x1x16xf32> constant packed
// CHECK:      ilir.func @prepare {
// CHECK-NEXT:   ilir.pack @pack.0 = @I keys [0] n [] k [2] unit 1
// CHECK-NEXT: }
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips @fn {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[child:.*]] = ilir.index child(0) %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[uph:.*]] = ilir.load @up.h[%[[child]]] else %[[cst]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[uph]], @pack.0 m [] k [0] out_m [] out_n [] {ra.stage = "recursive"} : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @OneKey structure(tree) float(f32) {
  ilir.type @var(0 to 0)
  ilir.type @fn(1 to 2)
  ilir.input @f at nodes : !ra.symbol<30> on [@fn]
  ilir.input @g at nodes : !ra.symbol<5>
  ilir.input @one at nodes : !ra.symbol<1>
  ilir.param @F : tensor<30x8x8xf32>
  ilir.param @G : tensor<5x8x8xf32>
  ilir.param @I : tensor<1x8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @fn {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %kid = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %h = ilir.load @up.h[%kid] else %z {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
          %o = ilir.symbol @one[%r] : !ilir.index<row> to !ilir.index<symbol>
          %I = ilir.load @I[%o] {ra.stage = "symbol:one"} : !ilir.index<symbol> to tensor<8x8xf32>
          %y = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%I, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
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

// Roots are in the caller's order, which nothing may change.

// REMARKS: [Passed] products left {{.*}}Function=Roots | count=1

// CHECK-LABEL: ilir.program @Roots
// CHECK:       ilir.order @roots roots
// CHECK-NOT:   @pack
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @roots {
// CHECK-NEXT:     ilir.strips @fn {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[node:.*]] = ilir.index node %[[row]] : <row> to <node>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[x:.*]] = ilir.load @x[%[[node]]] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:         %[[sym:.*]] = ilir.symbol @g[%[[row]]] : <row> to <symbol>
// CHECK-NEXT:         %[[G:.*]] = ilir.load @G[%[[sym]]] {ra.stage = "symbol:g"} : !ilir.index<symbol> to tensor<8x8xf32>
// CHECK-NEXT:         %[[contract:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "node"} ins(%[[G]], %[[x]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[cst]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[contract]], @head.y[%[[p]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Roots structure(tree) float(f32) {
  ilir.type @var(0 to 0)
  ilir.type @fn(1 to 2)
  ilir.input @f at nodes : !ra.symbol<30> on [@fn]
  ilir.input @g at nodes : !ra.symbol<5>
  ilir.input @one at nodes : !ra.symbol<1>
  ilir.param @F : tensor<30x8x8xf32>
  ilir.param @G : tensor<5x8x8xf32>
  ilir.param @I : tensor<1x8x8xf32>
  ilir.order @roots roots
  ilir.buffer @head.y roots : tensor<8xf32> exchanged
  ilir.input @x at nodes : tensor<8xf32>
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @roots {
      ilir.strips @fn {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %x = ilir.load @x[%n] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
          %g = ilir.symbol @g[%r] : !ilir.index<row> to !ilir.index<symbol>
          %G = ilir.load @G[%g] {ra.stage = "symbol:g"} : !ilir.index<symbol> to tensor<8x8xf32>
          %y = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "node"} ins(%G, %x : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          ilir.store %y, @head.y[%p] : tensor<8xf32>, !ilir.index<position>
        }
      }
    }
  }
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// Rows of no certain type have no key, nor is a neighbour's symbol one.

// REMARKS: [Passed] products left {{.*}}Function=NoKey | count=2

// CHECK-LABEL: ilir.program @NoKey
// CHECK:       ilir.order @up up
// CHECK:      ilir.func @prepare {
// CHECK-NEXT: }
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[child:.*]] = ilir.index child(0) %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[uph:.*]] = ilir.load @up.h[%[[child]]] else %[[cst]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[sym:.*]] = ilir.symbol @g[%[[row]]] : <row> to <symbol>
// CHECK-NEXT:         %[[G:.*]] = ilir.load @G[%[[sym]]] {ra.stage = "symbol:g"} : !ilir.index<symbol> to tensor<8x8xf32>
// CHECK-NEXT:         %[[contract:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "recursive"} ins(%[[G]], %[[uph]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[cst]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[contract]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     ilir.strips @fn {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p2:.*]]) {
// CHECK-NEXT:         %[[row2:.*]] = ilir.index row %[[p2]] : <position> to <row>
// CHECK-NEXT:         %[[child2:.*]] = ilir.index child(0) %[[p2]] : <position> to <row>
// CHECK-NEXT:         %[[cst2:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[uph2:.*]] = ilir.load @up.h[%[[child2]]] else %[[cst2]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[sym2:.*]] = ilir.symbol @g[%[[child2]]] : <row> to <symbol>
// CHECK-NEXT:         %[[G2:.*]] = ilir.load @G[%[[sym2]]] {ra.stage = "node"} : !ilir.index<symbol> to tensor<8x8xf32>
// CHECK-NEXT:         %[[contract2:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "recursive"} ins(%[[G2]], %[[uph2]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[cst2]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[contract2]], @up.h[%[[row2]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @NoKey structure(tree) float(f32) {
  ilir.type @var(0 to 0)
  ilir.type @fn(1 to 2)
  ilir.input @f at nodes : !ra.symbol<30> on [@fn]
  ilir.input @g at nodes : !ra.symbol<5>
  ilir.input @one at nodes : !ra.symbol<1>
  ilir.param @F : tensor<30x8x8xf32>
  ilir.param @G : tensor<5x8x8xf32>
  ilir.param @I : tensor<1x8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %kid = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %h = ilir.load @up.h[%kid] else %z {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
          %g = ilir.symbol @g[%r] : !ilir.index<row> to !ilir.index<symbol>
          %G = ilir.load @G[%g] {ra.stage = "symbol:g"} : !ilir.index<symbol> to tensor<8x8xf32>
          %y = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%G, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
      ilir.strips @fn {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %kid = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %h = ilir.load @up.h[%kid] else %z {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
          %g = ilir.symbol @g[%kid] : !ilir.index<row> to !ilir.index<symbol>
          %G = ilir.load @G[%g] {ra.stage = "node"} : !ilir.index<symbol> to tensor<8x8xf32>
          %y = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%G, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
