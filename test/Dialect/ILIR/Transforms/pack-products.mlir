// RUN: cortex-opt %s --split-input-file --ilir-pack-products | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ilir-pack-products --remarks-filter-passed=ilir-pack-products -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS --implicit-check-not='[Passed]'

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// U h + b: units are the rows of U. The weights are packed once for both products that
// use them; a bias is added after, a zero is not. The other side of W' x, a weight whose
// units are its columns, is packed by that dimension.

// REMARKS: [Passed] products packed {{.*}}Function=Packed | count=3

// CHECK-LABEL: ilir.program @Packed
// CHECK:       ilir.buffer @pack.0 const : tensor<1x1x8x1x16xf32> constant packed
// CHECK:       ilir.buffer @pack.1 const : tensor<1x1x8x1x16xf32> constant packed
// CHECK:      ilir.func @prepare {
// CHECK-NEXT:   ilir.pack @pack.0 = @U keys [] n [] k [1] unit 0
// CHECK-NEXT:   ilir.pack @pack.1 = @U keys [] n [] k [0] unit 1
// CHECK-NEXT: }
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[child:.*]] = ilir.index child(0) %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[uph:.*]] = ilir.load @up.h[%[[child]]] else %[[cst]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[b:.*]] = ilir.load @b {ra.stage = "constant"} : tensor<8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[uph]], @pack.0 m [] k [0] out_m [] out_n [] {ra.stage = "recursive"} : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[prod]], %[[b]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:         %[[tanh:.*]] = math.tanh %[[addf]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:         %[[prod2:.*]] = ilir.product %[[tanh]], @pack.0 m [] k [0] out_m [] out_n [] {ra.stage = "recursive"} : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         %[[prod3:.*]] = ilir.product %[[prod2]], @pack.1 m [] k [0] out_m [] out_n [] {ra.stage = "recursive"} : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod3]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Packed structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.param @U : tensor<8x8xf32>
  ilir.param @b : tensor<8xf32>
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
          %U = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
          %b = ilir.load @b {ra.stage = "constant"} : tensor<8xf32>
          %y = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%U, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%b : tensor<8xf32>) -> tensor<8xf32>
          %t = math.tanh %y {ra.stage = "recursive"} : tensor<8xf32>
          %g = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%U, %t : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %q = linalg.contract indexing_maps = [affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (k, i)>, affine_map<(i, k) -> (i)>] {ra.stage = "recursive"} ins(%g, %U : tensor<8xf32>, tensor<8x8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          ilir.store %q, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// A product that starts from another continues its chain, unless somebody else needs
// what the other gives: then it is added.

// REMARKS: [Passed] products packed {{.*}}Function=Chains | count=4

// CHECK-LABEL: ilir.program @Chains
// CHECK:       ilir.buffer @pack.0 const : tensor<1x1x8x1x16xf32> constant packed
// CHECK:       ilir.buffer @pack.1 const : tensor<1x1x8x1x16xf32> constant packed
// CHECK:      ilir.func @prepare {
// CHECK-NEXT:   ilir.pack @pack.0 = @U keys [] n [] k [1] unit 0
// CHECK-NEXT:   ilir.pack @pack.1 = @V keys [] n [] k [1] unit 0
// CHECK-NEXT: }
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[child:.*]] = ilir.index child(0) %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[uph:.*]] = ilir.load @up.h[%[[child]]] else %[[cst]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[upc:.*]] = ilir.load @up.c[%[[child]]] else %[[cst]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[uph]], @pack.0 m [] k [0] out_m [] out_n [] {ra.stage = "recursive"} : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         %[[prod2:.*]] = ilir.product %[[upc]], @pack.1 acc %[[prod]] : tensor<8xf32> m [] k [0] out_m [] out_n [] {ra.stage = "recursive"} : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         %[[prod3:.*]] = ilir.product %[[uph]], @pack.1 m [] k [0] out_m [] out_n [] {ra.stage = "recursive"} : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         %[[prod4:.*]] = ilir.product %[[upc]], @pack.0 m [] k [0] out_m [] out_n [] {ra.stage = "recursive"} : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[prod4]], %[[prod3]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:         %[[addf2:.*]] = arith.addf %[[prod3]], %[[addf]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[prod2]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:         ilir.store %[[addf2]], @up.c[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Chains structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.param @U : tensor<8x8xf32>
  ilir.param @V : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @up.c rows : tensor<8xf32> exchanged
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
          %c = ilir.load @up.c[%kid] else %z {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
          %U = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
          %V = ilir.load @V {ra.stage = "constant"} : tensor<8x8xf32>
          %y = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%U, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %y2 = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%V, %c : tensor<8x8xf32>, tensor<8xf32>) outs(%y : tensor<8xf32>) -> tensor<8xf32>
          %g = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%V, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %g2 = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%U, %c : tensor<8x8xf32>, tensor<8xf32>) outs(%g : tensor<8xf32>) -> tensor<8xf32>
          %s = arith.addf %g, %g2 {ra.stage = "recursive"} : tensor<8xf32>
          ilir.store %y2, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %s, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// A weight that is computed from parameters is computed in prepare first.

// REMARKS: [Passed] products packed {{.*}}Function=Computed | count=1

// CHECK-LABEL: ilir.program @Computed
// CHECK:       ilir.buffer @const.0 const : tensor<8x8xf32> constant in_prepare
// CHECK:       ilir.buffer @pack.0 const : tensor<1x1x8x1x16xf32> constant packed
// CHECK:      ilir.func @prepare {
// CHECK-NEXT:   ilir.rows once unassigned () {
// CHECK-NEXT:     %[[U:.*]] = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
// CHECK-NEXT:     %[[tanh:.*]] = math.tanh %[[U]] {ra.stage = "constant"} : tensor<8x8xf32>
// CHECK-NEXT:     ilir.store %[[tanh]], @const.0 : tensor<8x8xf32>
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.pack @pack.0 = @const.0 keys [] n [] k [1] unit 0
// CHECK-NEXT: }
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
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
ilir.program @Computed structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.input @x at nodes : tensor<8xf32>
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
          %kid = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %h = ilir.load @up.h[%kid] else %z {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
          %U = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
          %V = math.tanh %U {ra.stage = "constant"} : tensor<8x8xf32>
          %y = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%V, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Seven products of one input are two chunks of four, one of which does not exist;
// six are one chunk. K over several dimensions; 20 units are two panels.

// REMARKS: [Passed] products packed {{.*}}Function=Chunks | count=2

// CHECK-LABEL: ilir.program @Chunks
// CHECK:       ilir.buffer @pack.0 const : tensor<2x2x8x4x16xf32> constant packed
// CHECK:       ilir.buffer @pack.1 const : tensor<2x1x8x6x16xf32> constant packed
// CHECK:      ilir.func @prepare {
// CHECK-NEXT:   ilir.pack @pack.0 = @U keys [] n [0] k [2] unit 1
// CHECK-NEXT:   ilir.pack @pack.1 = @V keys [] n [0, 1] k [3, 4] unit 2
// CHECK-NEXT: }
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[node:.*]] = ilir.index node %[[row]] : <row> to <node>
// CHECK-NEXT:         %[[x:.*]] = ilir.load @x[%[[node]]] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:         %[[m:.*]] = ilir.load @m[%[[node]]] {ra.stage = "node"} : !ilir.index<node> to tensor<4x2xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[x]], @pack.0 m [] k [0] out_m [] out_n [0] {ra.stage = "node"} : tensor<8xf32> to tensor<7x20xf32>
// CHECK-NEXT:         %[[prod2:.*]] = ilir.product %[[m]], @pack.1 m [] k [0, 1] out_m [] out_n [0, 1] {ra.stage = "node"} : tensor<4x2xf32> to tensor<2x3x20xf32>
// CHECK-NEXT:         ilir.store %[[prod]], @up.h[%[[row]]] : tensor<7x20xf32>, !ilir.index<row>
// CHECK-NEXT:         ilir.store %[[prod2]], @up.c[%[[row]]] : tensor<2x3x20xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Chunks structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.param @U : tensor<7x20x8xf32>
  ilir.param @V : tensor<2x3x20x4x2xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<7x20xf32> exchanged
  ilir.buffer @up.c rows : tensor<2x3x20xf32> exchanged
  ilir.input @m at nodes : tensor<4x2xf32>
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
          %m = ilir.load @m[%n] {ra.stage = "node"} : !ilir.index<node> to tensor<4x2xf32>
          %z = arith.constant dense<0.0> : tensor<7x20xf32>
          %z2 = arith.constant dense<0.0> : tensor<2x3x20xf32>
          %U = ilir.load @U {ra.stage = "constant"} : tensor<7x20x8xf32>
          %V = ilir.load @V {ra.stage = "constant"} : tensor<2x3x20x4x2xf32>
          %y = linalg.contract indexing_maps = [affine_map<(g, i, k) -> (g, i, k)>, affine_map<(g, i, k) -> (k)>, affine_map<(g, i, k) -> (g, i)>] {ra.stage = "node"} ins(%U, %x : tensor<7x20x8xf32>, tensor<8xf32>) outs(%z : tensor<7x20xf32>) -> tensor<7x20xf32>
          %w = linalg.contract indexing_maps = [affine_map<(g, f, i, k, l) -> (g, f, i, k, l)>, affine_map<(g, f, i, k, l) -> (k, l)>, affine_map<(g, f, i, k, l) -> (g, f, i)>] {ra.stage = "node"} ins(%V, %m : tensor<2x3x20x4x2xf32>, tensor<4x2xf32>) outs(%z2 : tensor<2x3x20xf32>) -> tensor<2x3x20xf32>
          ilir.store %y, @up.h[%r] : tensor<7x20xf32>, !ilir.index<row>
          ilir.store %w, @up.c[%r] : tensor<2x3x20xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// A matrix per node times a weight: its rows are the product's, W is packed by the
// result's last dimension.

// REMARKS: [Passed] products packed {{.*}}Function=Matrix | count=1

// CHECK-LABEL: ilir.program @Matrix
// CHECK:       ilir.buffer @pack.0 const : tensor<1x1x4x1x16xf32> constant packed
// CHECK:      ilir.func @prepare {
// CHECK-NEXT:   ilir.pack @pack.0 = @W keys [] n [] k [0] unit 1
// CHECK-NEXT: }
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[child:.*]] = ilir.index child(0) %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<6x4xf32>
// CHECK-NEXT:         %[[upB:.*]] = ilir.load @up.B[%[[child]]] else %[[cst]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<6x4xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[upB]], @pack.0 m [0] k [1] out_m [0] out_n [] {ra.stage = "recursive"} : tensor<6x4xf32> to tensor<6x8xf32>
// CHECK-NEXT:         ilir.store %[[prod]], @up.A[%[[row]]] : tensor<6x8xf32>, !ilir.index<row>
// CHECK-NEXT:         ilir.store %[[cst]], @up.B[%[[row]]] : tensor<6x4xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Matrix structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.param @W : tensor<4x8xf32>
  ilir.order @up up
  ilir.buffer @up.A rows : tensor<6x8xf32> exchanged
  ilir.buffer @up.B rows : tensor<6x4xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %kid = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %z = arith.constant dense<0.0> : tensor<6x8xf32>
          %z4 = arith.constant dense<0.0> : tensor<6x4xf32>
          %A = ilir.load @up.B[%kid] else %z4 {ra.stage = "recursive"} : !ilir.index<row> to tensor<6x4xf32>
          %W = ilir.load @W {ra.stage = "constant"} : tensor<4x8xf32>
          %y = linalg.contract indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>, affine_map<(i, j, k) -> (i, j)>] {ra.stage = "recursive"} ins(%A, %W : tensor<6x4xf32>, tensor<4x8xf32>) outs(%z : tensor<6x8xf32>) -> tensor<6x8xf32>
          ilir.store %y, @up.A[%r] : tensor<6x8xf32>, !ilir.index<row>
          ilir.store %z4, @up.B[%r] : tensor<6x4xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// A product of each child that starts from one of the row: its sum is added, for a chain
// runs in place.

// REMARKS: [Passed] products packed {{.*}}Function=PerEdge | count=2

// CHECK-LABEL: ilir.program @PerEdge
// CHECK:       ilir.buffer @pack.0 const : tensor<1x1x8x1x16xf32> constant packed
// CHECK:       ilir.buffer @pack.1 const : tensor<1x1x8x1x16xf32> constant packed
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[child:.*]] = ilir.index child(0) %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[uph:.*]] = ilir.load @up.h[%[[child]]] else %[[cst]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:         %[[prod:.*]] = ilir.product %[[uph]], @pack.0 m [] k [0] out_m [] out_n [] {ra.stage = "recursive"} : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:         %[[sum:.*]] = ilir.edges children %[[p]] [sum] (%[[e:.*]]) {
// CHECK-NEXT:           %[[neighbour:.*]] = ilir.index neighbour %[[e]] : <edge> to <row>
// CHECK-NEXT:           %[[uph2:.*]] = ilir.load @up.h[%[[neighbour]]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           %[[prod2:.*]] = ilir.product %[[uph2]], @pack.1 m [] k [0] out_m [] out_n [] {ra.stage = "recursive"} : tensor<8xf32> to tensor<8xf32>
// CHECK-NEXT:           %[[addf:.*]] = arith.addf %[[prod2]], %[[prod]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:           %[[sigmoid:.*]] = ra.sigmoid %[[addf]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:           ilir.yield %[[sigmoid]] : tensor<8xf32>
// CHECK-NEXT:         } {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[sum]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @PerEdge structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.param @U : tensor<8x8xf32>
  ilir.param @V : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @up.c rows : tensor<8xf32> exchanged
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
          %U = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
          %V = ilir.load @V {ra.stage = "constant"} : tensor<8x8xf32>
          %q = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%U, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %s = ilir.edges children %p [sum] (%edge) {
            %k = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %hk = ilir.load @up.h[%k] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
            %f = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%V, %hk : tensor<8x8xf32>, tensor<8xf32>) outs(%q : tensor<8xf32>) -> tensor<8xf32>
            %f2 = ra.sigmoid %f {ra.stage = "recursive"} : tensor<8xf32>
            ilir.yield %f2 : tensor<8xf32>
          } {ra.stage = "recursive"} : tensor<8xf32>
          ilir.store %s, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
