// Products that are not packed: register tiles straight from rows.
// RUN: cortex-opt %s --split-input-file --convert-ilir-to-vector="lanes=16 accumulators=24" | FileCheck %s --implicit-check-not=fastmath --implicit-check-not=vector.reduction
// RUN: cortex-opt %s --split-input-file --convert-ilir-to-vector="lanes=16 accumulators=24" --remarks-filter-passed=convert-ilir-to-vector -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS

// A weight times a matrix state: 16 x 32, two panels. A tile of two panels has 8 of the 16
// rows; per k it loads two vectors of the state and one element of each row of the weight.
// Each element's sum is one chain, k ascending from zero, and is stored where it is computed.

// REMARKS: [Passed] contractions tiled {{.*}}count=1

// CHECK-LABEL: func.func @cortex_run(
// CHECK:         scf.for %{{.*}} = %c0{{.*}} to %c2{{.*}} step
// CHECK:           %[[SUMS:.*]]:16 = scf.for %[[K:.*]] = %c0{{.*}} to %c24{{.*}} step %c1{{.*}} iter_args(
// CHECK-DAG:         vector.broadcast
// CHECK-COUNT-16:    math.fma
// CHECK:             scf.yield
// CHECK-COUNT-16:  llvm.store {{.*}} : vector<16xf32>, !llvm.ptr
// A worker that owns one of the panels: tiles of one panel.
// CHECK:         scf.index_switch
// CHECK:         case 1 {
// CHECK:           :16 = scf.for %{{.*}} = %c0{{.*}} to %c24{{.*}} step
// CHECK-COUNT-16:    math.fma
#ik = affine_map<(i, j, k) -> (i, k)>
#kj = affine_map<(i, j, k) -> (k, j)>
#ij = affine_map<(i, j, k) -> (i, j)>
ilir.program @Tiled structure(tree) float(f32) {
  ilir.type @node(1 to 1)
  ilir.order @up up
  ilir.buffer @up.A rows : tensor<24x32xf32> exchanged
  ilir.buffer @up.B rows : tensor<16x32xf32> private
  ilir.buffer @W const : tensor<16x24xf32> constant
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %k = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %M = ilir.load @up.A[%k] : !ilir.index<row> to tensor<24x32xf32>
          %W = ilir.load @W : tensor<16x24xf32>
          %z = arith.constant dense<0.0> : tensor<16x32xf32>
          %a = linalg.contract indexing_maps = [#ik, #kj, #ij] ins(%W, %M : tensor<16x24xf32>, tensor<24x32xf32>) outs(%z : tensor<16x32xf32>) -> tensor<16x32xf32>
          ilir.store %a, @up.B[%r] : tensor<16x32xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// A matrix state times a vector: units are rows of the matrix, so k lies along the lanes. A
// panel of 16 units is 16 sums with one partial sum per lane, folded by halves all at once:
// 8 + 4 + 2 + 1 additions, each of two shuffles.

// REMARKS: [Passed] contractions tiled {{.*}}count=1

// CHECK-LABEL: func.func @cortex_run(
// CHECK:         %{{.*}}:16 = scf.for %{{.*}} = %c0{{.*}} to %c32{{.*}} step %c16
// CHECK-COUNT-16:  math.fma
// CHECK:           scf.yield
// CHECK:         %[[LOW:.*]] = vector.shuffle %{{.*}}#0, %{{.*}}#1 [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]
// CHECK:         %[[HIGH:.*]] = vector.shuffle %{{.*}}#0, %{{.*}}#1 [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31]
// CHECK:         arith.addf %[[LOW]], %[[HIGH]] : vector<16xf32>
// CHECK-COUNT-14: arith.addf {{.*}} : vector<16xf32>
#mk = affine_map<(i, k) -> (i, k)>
#vk = affine_map<(i, k) -> (k)>
#oi = affine_map<(i, k) -> (i)>
ilir.program @Dots structure(tree) float(f32) {
  ilir.type @node(1 to 1)
  ilir.order @up up
  ilir.buffer @up.A rows : tensor<16x32xf32> exchanged
  ilir.buffer @up.h rows : tensor<32xf32> exchanged
  ilir.buffer @up.y rows : tensor<16xf32> private
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %k = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %M = ilir.load @up.A[%k] : !ilir.index<row> to tensor<16x32xf32>
          %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<32xf32>
          %z = arith.constant dense<0.0> : tensor<16xf32>
          %y = linalg.contract indexing_maps = [#mk, #vk, #oi] ins(%M, %h : tensor<16x32xf32>, tensor<32xf32>) outs(%z : tensor<16xf32>) -> tensor<16xf32>
          ilir.store %y, @up.y[%r] : tensor<16xf32>, !ilir.index<row>
        }
      }
    }
  }
}
