// Products of bf16 with bf16: rows are rounded once; with bf16-dots a pair of terms is an instruction.
// RUN: cortex-opt %s --convert-ilir-to-vector="lanes=16 tile-rows=1 bf16-dots=true" | FileCheck %s --check-prefixes=CHECK,DOTS
// RUN: cortex-opt %s --convert-ilir-to-vector="lanes=16 tile-rows=1" | FileCheck %s --check-prefixes=CHECK,WIDENED --implicit-check-not=llvm.call_intrinsic
// RUN: cortex-opt %s --convert-ilir-to-vector="lanes=16 tile-rows=1 bf16-dots=true" --remarks-filter-passed=convert-ilir-to-vector -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS

// REMARKS: [Passed] kernels of dot products {{.*}}| count=3

// 20 units are a panel of 16 and one of 4; seven terms are three pairs and one alone.

// DOTS-LABEL: func.func private @product_k7_w1_n1_r1_p1_s128_x1_y0_tail4_bf16x2(
// DOTS:         scf.for
// DOTS:           llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr -> vector<4xi32>
// DOTS:           llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.128"({{.*}}) : (vector<4xf32>, vector<8xbf16>, vector<8xbf16>) -> vector<4xf32>

// CHECK-LABEL: func.func private @product_k7_w1_n1_r1_p1_s128_x1_y0_bf16x2(
// CHECK:         scf.for %{{.*}} = %c0 to %c3 step %c1 iter_args(%[[ACC:.*]] = %{{.*}}) -> (vector<16xf32>) {
// DOTS:            %[[W:.*]] = llvm.load %{{.*}} : !llvm.ptr -> vector<16xi32>
// DOTS:            %[[ONE:.*]] = llvm.load %{{.*}} {alignment = 2 : i64} : !llvm.ptr -> i32
// DOTS:            %[[ALL:.*]] = vector.broadcast %[[ONE]] : i32 to vector<16xi32>
// DOTS-DAG:        %[[XS:.*]] = llvm.bitcast %[[ALL]] : vector<16xi32> to vector<32xbf16>
// DOTS-DAG:        %[[WS:.*]] = llvm.bitcast %[[W]] : vector<16xi32> to vector<32xbf16>
// DOTS:            %[[SUM:.*]] = llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"(%[[ACC]], %[[XS]], %[[WS]])
// DOTS-NEXT:       scf.yield %[[SUM]]
// DOTS:          llvm.load %{{.*}} {alignment = 2 : i64} : !llvm.ptr -> i16
// DOTS:          arith.extui {{.*}} : i16 to i32
// DOTS:          llvm.call_intrinsic

// Widened, the later term is added first, as the instruction does.

// WIDENED-DAG:     %[[LOW:.*]] = arith.shli %[[PAIRS:.*]], %{{.*}} : vector<16xi32>
// WIDENED-DAG:     %[[HIGH:.*]] = arith.andi %[[PAIRS]], %{{.*}} : vector<16xi32>
// WIDENED-DAG:     %[[W0:.*]] = arith.bitcast %[[LOW]]
// WIDENED-DAG:     %[[W1:.*]] = arith.bitcast %[[HIGH]]
// WIDENED:         %[[FIRST:.*]] = math.fma %{{.*}}, %{{.*}}, %[[ACC]]
// WIDENED:         %[[SECOND:.*]] = math.fma %{{.*}}, %{{.*}}, %[[FIRST]]
// WIDENED-NEXT:    scf.yield %[[SECOND]]

// What products read is rounded in integers and stored in 16 bits.

// CHECK-LABEL: func.func @cortex_run(
// CHECK:         arith.cmpf uno, %{{.*}} : vector<16xf32>
// CHECK:         %[[BITS:.*]] = arith.trunci %{{.*}} : vector<16xi32> to vector<16xi16>
// CHECK:         llvm.intr.masked.store %[[BITS]], {{.*}} : vector<16xi16>, vector<16xi1> into !llvm.ptr
ilir.program @Rounded structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.input @x at nodes : tensor<7xf32>
  ilir.param @U : tensor<20x7xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<20xf32> private
  ilir.buffer @U.packed const : tensor<2x1x8x1x16xbf16> constant packed
  ilir.buffer @x.bf16 strip_rows of @up : tensor<7xbf16> local
  ilir.func @prepare {
    ilir.pack @U.packed = @U keys [] n [] k [1] unit 0
    ilir.barrier [@U.packed]
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows whole (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<7xf32>
          %y = arith.truncf %x : tensor<7xf32> to tensor<7xbf16>
          ilir.store %y, @x.bf16[%p] : tensor<7xbf16>, !ilir.index<position>
        }
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %x = ilir.load @x.bf16[%p] : !ilir.index<position> to tensor<7xbf16>
          %y = ilir.product %x, @U.packed m [] k [0] out_m [] out_n [] : tensor<7xbf16> to tensor<20xf32>
          ilir.store %y, @up.h[%r] : tensor<20xf32>, !ilir.index<row>
        }
      }
    }
  }
}
