// Products with weights in bf16: pairs of terms, widened in the kernel, one chain as in f32.
// RUN: cortex-opt %s --convert-ilir-to-vector="lanes=16 tile-rows=1" | FileCheck %s --implicit-check-not=arith.truncf --implicit-check-not=arith.extf

// Seven terms are three pairs and one alone. A lane of 32 bits holds the weights of k (below)
// and k + 1 (above): the sum takes them in this order.

// CHECK-LABEL: func.func private @product_k7_w1_n1_r1_p1_s128_x1_y0_bf16(
// CHECK:         scf.for %{{.*}} = %c0 to %c3 step %c1 iter_args(%[[ACC:.*]] = %{{.*}}) -> (vector<16xf32>) {
// CHECK:           %[[PAIRS:.*]] = llvm.load {{.*}} : !llvm.ptr -> vector<16xi32>
// CHECK-DAG:       %[[LOW:.*]] = arith.shli %[[PAIRS]]
// CHECK-DAG:       %[[W0:.*]] = arith.bitcast %[[LOW]] : vector<16xi32> to vector<16xf32>
// CHECK-DAG:       %[[HIGH:.*]] = arith.andi %[[PAIRS]]
// CHECK-DAG:       %[[W1:.*]] = arith.bitcast %[[HIGH]] : vector<16xi32> to vector<16xf32>
// CHECK:           %[[FIRST:.*]] = math.fma %{{.*}}, %[[W0]], %[[ACC]]
// CHECK:           %[[SECOND:.*]] = math.fma %{{.*}}, %[[W1]], %[[FIRST]]
// CHECK-NEXT:      scf.yield %[[SECOND]]
// CHECK:         llvm.load {{.*}} : !llvm.ptr -> vector<16xi32>
// CHECK:         arith.shli
// CHECK-NOT:     arith.andi
// CHECK:         math.fma
// CHECK-NEXT:    llvm.store

// Packing rounds to nearest even in integers: nothing depends on how the target rounds.

// CHECK-LABEL: func.func @cortex_prepare(
// CHECK:         arith.shrui
// CHECK:         arith.cmpf uno
// CHECK:         %[[BITS:.*]] = arith.trunci %{{.*}} : i32 to i16
// CHECK:         llvm.store %[[BITS]]
ilir.program @Narrow structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.input @x at nodes : tensor<7xf32>
  ilir.param @U : tensor<16x7xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<16xf32> private
  ilir.buffer @U.packed const : tensor<1x1x8x1x16xbf16> constant packed
  ilir.func @prepare {
    ilir.pack @U.packed = @U keys [] n [] k [1] unit 0
    ilir.barrier [@U.packed]
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<7xf32>
          %y = ilir.product %x, @U.packed m [] k [0] out_m [] out_n [] : tensor<7xf32> to tensor<16xf32>
          ilir.store %y, @up.h[%r] : tensor<16xf32>, !ilir.index<row>
        }
      }
    }
  }
}
