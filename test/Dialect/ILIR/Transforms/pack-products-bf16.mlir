// Weights in bf16: parameters and their parts; what prepare computes stays f32, and so do f64 models.
// RUN: cortex-opt %s --split-input-file --ilir-pack-products=bf16=true | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ilir-pack-products=bf16=true --remarks-filter-passed=ilir-pack-products -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS
// RUN: cortex-opt %s --split-input-file --ilir-pack-products | FileCheck %s --check-prefix=OFF --implicit-check-not=bf16

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// Of three products the second has a part of a parameter, with an odd number of terms (pairs of
// terms lie together, so there is room for one more), and the third a computed weight.

// REMARKS: [Passed] products packed {{.*}}Function=Narrow | count=3
// REMARKS: [Passed] products with bf16 weights {{.*}}Function=Narrow | count=2

// CHECK-LABEL: ilir.program @Narrow
// CHECK:       ilir.buffer @pack.0 const : tensor<1x1x8x1x16xbf16> constant packed
// CHECK:       ilir.buffer @pack.1 const : tensor<1x1x8x1x16xbf16> constant packed
// CHECK:       ilir.buffer @pack.2 const : tensor<1x1x8x1x16xf32> constant packed
// CHECK:       ilir.product %{{.*}}, @pack.0 {{.*}} : tensor<8xf32> to tensor<8xf32>
// OFF-LABEL:   ilir.program @Narrow
ilir.program @Narrow structure(tree) float(f32) {
  ilir.type @node(1 to 1)
  ilir.param @U : tensor<8x8xf32>
  ilir.param @V : tensor<8x9xf32>
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
          %h = ilir.load @up.h[%kid] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
          %h7 = tensor.extract_slice %h[0] [7] [1] {ra.stage = "recursive"} : tensor<8xf32> to tensor<7xf32>
          %U = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
          %V = ilir.load @V {ra.stage = "constant"} : tensor<8x9xf32>
          %part = tensor.extract_slice %V[0, 2] [8, 7] [1, 1] {ra.stage = "constant"} : tensor<8x9xf32> to tensor<8x7xf32>
          %sum = arith.addf %U, %U {ra.stage = "constant"} : tensor<8x8xf32>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %x = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%U, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %y = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%part, %h7 : tensor<8x7xf32>, tensor<7xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %w = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%sum, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %a = arith.addf %x, %y {ra.stage = "recursive"} : tensor<8xf32>
          %b = arith.addf %a, %w {ra.stage = "recursive"} : tensor<8xf32>
          ilir.store %b, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// REMARKS-NOT: bf16 weights {{.*}}Function=Double

// CHECK-LABEL: ilir.program @Double
// CHECK:       ilir.buffer @pack.0 const : tensor<1x1x8x1x16xf64> constant packed
// OFF-LABEL:   ilir.program @Double
ilir.program @Double structure(tree) float(f64) {
  ilir.type @node(1 to 1)
  ilir.param @U : tensor<8x8xf64>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf64> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %kid = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %h = ilir.load @up.h[%kid] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf64>
          %U = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf64>
          %z = arith.constant dense<0.0> : tensor<8xf64>
          %x = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%U, %h : tensor<8x8xf64>, tensor<8xf64>) outs(%z : tensor<8xf64>) -> tensor<8xf64>
          ilir.store %x, @up.h[%r] : tensor<8xf64>, !ilir.index<row>
        }
      }
    }
  }
}
