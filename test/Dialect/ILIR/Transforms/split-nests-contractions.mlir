// Products of states with states are computed where they are stored, in tiles.
// RUN: cortex-opt %s --split-input-file --ilir-split-nests | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ilir-split-nests --remarks-filter-passed=ilir-split-nests -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS

#ik = affine_map<(i, j, k) -> (i, k)>
#kj = affine_map<(i, j, k) -> (k, j)>
#ij = affine_map<(i, j, k) -> (i, j)>

// A M is added to by B N: one nest, with no temporary between the two. A state of the same
// shape that is no contraction has a nest of its own.

// REMARKS: [Passed] nests {{.*}}Function=Chain | count=2
// REMARKS-NOT: temporaries {{.*}}Function=Chain

// CHECK-LABEL: ilir.program @Chain
// CHECK-NOT:   @temp
// CHECK:       ilir.rows rows unassigned
// CHECK:         %[[FIRST:.*]] = linalg.contract
// CHECK:         %[[SECOND:.*]] = linalg.contract {{.*}} outs(%[[FIRST]] : tensor<4x8xf32>)
// CHECK-NEXT:    ilir.index row
// CHECK-NEXT:    ilir.store %[[SECOND]], @up.A
// CHECK-NEXT:  }
// CHECK-NEXT:  ilir.rows rows unassigned
// CHECK-NOT:     linalg.contract
// CHECK:         ilir.store %{{.*}}, @up.B
ilir.program @Chain structure(tree) float(f32) {
  ilir.type @node(2 to 2)
  ilir.order @up up
  ilir.buffer @up.A rows : tensor<4x8xf32> exchanged
  ilir.buffer @up.B rows : tensor<4x8xf32> exchanged
  ilir.buffer @W const : tensor<4x4xf32> constant
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %k0 = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %k1 = ilir.index child(1) %p : !ilir.index<position> to !ilir.index<row>
          %M = ilir.load @up.A[%k0] : !ilir.index<row> to tensor<4x8xf32>
          %N = ilir.load @up.A[%k1] : !ilir.index<row> to tensor<4x8xf32>
          %W = ilir.load @W : tensor<4x4xf32>
          %z = arith.constant dense<0.0> : tensor<4x8xf32>
          %a = linalg.contract indexing_maps = [#ik, #kj, #ij] ins(%W, %M : tensor<4x4xf32>, tensor<4x8xf32>) outs(%z : tensor<4x8xf32>) -> tensor<4x8xf32>
          %b = linalg.contract indexing_maps = [#ik, #kj, #ij] ins(%W, %N : tensor<4x4xf32>, tensor<4x8xf32>) outs(%a : tensor<4x8xf32>) -> tensor<4x8xf32>
          %c = arith.addf %M, %N : tensor<4x8xf32>
          ilir.store %b, @up.A[%r] : tensor<4x8xf32>, !ilir.index<row>
          ilir.store %c, @up.B[%r] : tensor<4x8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

#ik = affine_map<(i, j, k) -> (i, k)>
#kj = affine_map<(i, j, k) -> (k, j)>
#ij = affine_map<(i, j, k) -> (i, j)>

// What is used twice, or by something else than a store or another contraction's sums, is a temporary.

// REMARKS: [Passed] temporaries {{.*}}Function=Used | count=2

// CHECK-LABEL: ilir.program @Used
// CHECK:       linalg.contract
// CHECK-NEXT:  ilir.store %{{.*}}, @temp.0
// CHECK:       linalg.contract
// CHECK-NEXT:  ilir.store %{{.*}}, @temp.1
// CHECK:       ilir.rows
// CHECK-NOT:     linalg.contract
ilir.program @Used structure(tree) float(f32) {
  ilir.type @node(2 to 2)
  ilir.order @up up
  ilir.buffer @up.A rows : tensor<4x8xf32> exchanged
  ilir.buffer @up.B rows : tensor<4x8xf32> exchanged
  ilir.buffer @W const : tensor<4x4xf32> constant
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %k0 = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %M = ilir.load @up.A[%k0] : !ilir.index<row> to tensor<4x8xf32>
          %N = ilir.load @up.B[%k0] : !ilir.index<row> to tensor<4x8xf32>
          %W = ilir.load @W : tensor<4x4xf32>
          %z = arith.constant dense<0.0> : tensor<4x8xf32>
          %a = linalg.contract indexing_maps = [#ik, #kj, #ij] ins(%W, %M : tensor<4x4xf32>, tensor<4x8xf32>) outs(%z : tensor<4x8xf32>) -> tensor<4x8xf32>
          %b = linalg.contract indexing_maps = [#ik, #kj, #ij] ins(%W, %N : tensor<4x4xf32>, tensor<4x8xf32>) outs(%z : tensor<4x8xf32>) -> tensor<4x8xf32>
          %t = math.tanh %b : tensor<4x8xf32>
          ilir.store %a, @up.A[%r] : tensor<4x8xf32>, !ilir.index<row>
          %s = arith.addf %a, %t : tensor<4x8xf32>
          ilir.store %s, @up.B[%r] : tensor<4x8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
