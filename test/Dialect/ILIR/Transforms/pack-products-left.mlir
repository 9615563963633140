// RUN: cortex-opt %s --split-input-file --ilir-pack-products | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ilir-pack-products --remarks-filter-passed=ilir-pack-products -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS --implicit-check-not='[Passed]'

// Units that come from the row's own value (A W' by columns of A, and M A), states
// times states, a batch dimension, nothing to sum over, a result of rank 0, and weights
// times a literal: all stay as they are.

// REMARKS: [Passed] products left {{.*}}Function=Left | count=6

// CHECK-LABEL: ilir.program @Left
// CHECK-NOT:   @pack
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[child:.*]] = ilir.index child(0) %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[cst2:.*]] = arith.constant dense<0.000000e+00> : tensor<8x8xf32>
// CHECK-NEXT:         %[[cst3:.*]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT:         %[[uph:.*]] = ilir.load @up.h[%[[child]]] else %[[cst]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[upA:.*]] = ilir.load @up.A[%[[child]]] else %[[cst2]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8x8xf32>
// CHECK-NEXT:         %[[U:.*]] = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
// CHECK-NEXT:         %[[v:.*]] = ilir.load @v {ra.stage = "constant"} : tensor<8xf32>
// CHECK-NEXT:         %[[cst4:.*]] = arith.constant {ra.stage = "constant"} dense<1.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[contract:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "recursive"} ins(%[[U]], %[[upA]] : tensor<8x8xf32>, tensor<8x8xf32>) outs(%[[cst2]] : tensor<8x8xf32>) -> tensor<8x8xf32>
// CHECK-NEXT:         %[[contract2:.*]] = linalg.contract indexing_maps = [#map3, #map4, #map5] {ra.stage = "recursive"} ins(%[[upA]], %[[uph]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[cst]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         %[[contract3:.*]] = linalg.contract indexing_maps = [#map3, #map3, #map5] {ra.stage = "recursive"} ins(%[[U]], %[[upA]] : tensor<8x8xf32>, tensor<8x8xf32>) outs(%[[contract2]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         %[[contract4:.*]] = linalg.contract indexing_maps = [#map, #map6, #map2] {ra.stage = "recursive"} ins(%[[upA]], %[[upA]] : tensor<8x8xf32>, tensor<8x8xf32>) outs(%[[contract]] : tensor<8x8xf32>) -> tensor<8x8xf32>
// CHECK-NEXT:         %[[contract5:.*]] = linalg.contract indexing_maps = [#map7, #map7, #map8] {ra.stage = "recursive"} ins(%[[v]], %[[uph]] : tensor<8xf32>, tensor<8xf32>) outs(%[[cst3]] : tensor<f32>) -> tensor<f32>
// CHECK-NEXT:         %[[contract6:.*]] = linalg.contract indexing_maps = [#map3, #map4, #map5] {ra.stage = "recursive"} ins(%[[U]], %[[cst4]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[contract3]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[contract4]], @up.A[%[[row]]] : tensor<8x8xf32>, !ilir.index<row>
// CHECK-NEXT:         ilir.store %[[contract6]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:         ilir.store %[[contract5]], @up.s[%[[row]]] : tensor<f32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Left structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.param @U : tensor<8x8xf32>
  ilir.param @v : tensor<8xf32>
  ilir.order @up up
  ilir.buffer @up.A rows : tensor<8x8xf32> exchanged
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @up.s rows : tensor<f32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %kid = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %zz = arith.constant dense<0.0> : tensor<8x8xf32>
          %z0 = arith.constant dense<0.0> : tensor<f32>
          %h = ilir.load @up.h[%kid] else %z {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
          %A = ilir.load @up.A[%kid] else %zz {ra.stage = "recursive"} : !ilir.index<row> to tensor<8x8xf32>
          %U = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
          %v = ilir.load @v {ra.stage = "constant"} : tensor<8xf32>
          %one = arith.constant {ra.stage = "constant"} dense<1.0> : tensor<8xf32>
          %a = linalg.contract indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>, affine_map<(i, j, k) -> (i, j)>] {ra.stage = "recursive"} ins(%U, %A : tensor<8x8xf32>, tensor<8x8xf32>) outs(%zz : tensor<8x8xf32>) -> tensor<8x8xf32>
          %b = linalg.contract indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (i)>] {ra.stage = "recursive"} ins(%A, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %c = linalg.contract indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>] {ra.stage = "recursive"} ins(%U, %A : tensor<8x8xf32>, tensor<8x8xf32>) outs(%b : tensor<8xf32>) -> tensor<8xf32>
          %d = linalg.contract indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (j, k)>, affine_map<(i, j, k) -> (i, j)>] {ra.stage = "recursive"} ins(%A, %A : tensor<8x8xf32>, tensor<8x8xf32>) outs(%a : tensor<8x8xf32>) -> tensor<8x8xf32>
          %e = linalg.contract indexing_maps = [affine_map<(k) -> (k)>, affine_map<(k) -> (k)>, affine_map<(k) -> ()>] {ra.stage = "recursive"} ins(%v, %h : tensor<8xf32>, tensor<8xf32>) outs(%z0 : tensor<f32>) -> tensor<f32>
          %f = linalg.contract indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (i)>] {ra.stage = "recursive"} ins(%U, %one : tensor<8x8xf32>, tensor<8xf32>) outs(%c : tensor<8xf32>) -> tensor<8xf32>
          ilir.store %d, @up.A[%r] : tensor<8x8xf32>, !ilir.index<row>
          ilir.store %f, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %e, @up.s[%r] : tensor<f32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// What is summed over must lie together in x, as k 0 and 2 do not, and so must the products
// in the result: a kernel walks either with one stride.

// REMARKS: [Passed] products left {{.*}}Function=Apart | count=2

// CHECK-LABEL: ilir.program @Apart
// CHECK-NOT:   @pack
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[node:.*]] = ilir.index node %[[row]] : <row> to <node>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<3x8xf32>
// CHECK-NEXT:         %[[cst2:.*]] = arith.constant dense<0.000000e+00> : tensor<2x3x5x4xf32>
// CHECK-NEXT:         %[[x:.*]] = ilir.load @x[%[[node]]] {ra.stage = "node"} : !ilir.index<node> to tensor<4x3x2xf32>
// CHECK-NEXT:         %[[y:.*]] = ilir.load @y[%[[node]]] {ra.stage = "node"} : !ilir.index<node> to tensor<3x8xf32>
// CHECK-NEXT:         %[[W:.*]] = ilir.load @W {ra.stage = "constant"} : tensor<8x4x2xf32>
// CHECK-NEXT:         %[[V:.*]] = ilir.load @V {ra.stage = "constant"} : tensor<2x5x4x8xf32>
// CHECK-NEXT:         %[[contract:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "node"} ins(%[[W]], %[[x]] : tensor<8x4x2xf32>, tensor<4x3x2xf32>) outs(%[[cst]] : tensor<3x8xf32>) -> tensor<3x8xf32>
// CHECK-NEXT:         %[[contract2:.*]] = linalg.contract indexing_maps = [#map3, #map4, #map5] {ra.stage = "node"} ins(%[[V]], %[[y]] : tensor<2x5x4x8xf32>, tensor<3x8xf32>) outs(%[[cst2]] : tensor<2x3x5x4xf32>) -> tensor<2x3x5x4xf32>
// CHECK-NEXT:         ilir.store %[[contract]], @up.h[%[[row]]] : tensor<3x8xf32>, !ilir.index<row>
// CHECK-NEXT:         ilir.store %[[contract2]], @up.g[%[[row]]] : tensor<2x3x5x4xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Apart structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.input @x at nodes : tensor<4x3x2xf32>
  ilir.input @y at nodes : tensor<3x8xf32>
  ilir.param @W : tensor<8x4x2xf32>
  ilir.param @V : tensor<2x5x4x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<3x8xf32> exchanged
  ilir.buffer @up.g rows : tensor<2x3x5x4xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %z = arith.constant dense<0.0> : tensor<3x8xf32>
          %z2 = arith.constant dense<0.0> : tensor<2x3x5x4xf32>
          %x = ilir.load @x[%n] {ra.stage = "node"} : !ilir.index<node> to tensor<4x3x2xf32>
          %y = ilir.load @y[%n] {ra.stage = "node"} : !ilir.index<node> to tensor<3x8xf32>
          %W = ilir.load @W {ra.stage = "constant"} : tensor<8x4x2xf32>
          %V = ilir.load @V {ra.stage = "constant"} : tensor<2x5x4x8xf32>
          %a = linalg.contract indexing_maps = [affine_map<(m, i, k, l) -> (i, k, l)>, affine_map<(m, i, k, l) -> (k, m, l)>, affine_map<(m, i, k, l) -> (m, i)>] {ra.stage = "node"} ins(%W, %x : tensor<8x4x2xf32>, tensor<4x3x2xf32>) outs(%z : tensor<3x8xf32>) -> tensor<3x8xf32>
          %b = linalg.contract indexing_maps = [affine_map<(g, m, h, i, k) -> (g, h, i, k)>, affine_map<(g, m, h, i, k) -> (m, k)>, affine_map<(g, m, h, i, k) -> (g, m, h, i)>] {ra.stage = "node"} ins(%V, %y : tensor<2x5x4x8xf32>, tensor<3x8xf32>) outs(%z2 : tensor<2x3x5x4xf32>) -> tensor<2x3x5x4xf32>
          ilir.store %a, @up.h[%r] : tensor<3x8xf32>, !ilir.index<row>
          ilir.store %b, @up.g[%r] : tensor<2x3x5x4xf32>, !ilir.index<row>
        }
      }
    }
  }
}
