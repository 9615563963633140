// Products: kernels for tiles that fit in `registers`, in every height that a strip's
// rows can be cut into.
// RUN: cortex-opt %s --split-input-file --convert-ilir-to-vector="lanes=16 registers=6" | FileCheck %s
// RUN: cortex-opt %s --split-input-file --convert-ilir-to-vector="lanes=16 registers=6" --remarks-filter-passed=convert-ilir-to-vector -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS --implicit-check-not='[Passed]'
// A product has one order of sums whatever the tile: k ascends, one fused step each, from
// zero. No kernel has another, nothing is reassociated or contracted.
// RUN: cortex-opt %s --split-input-file --convert-ilir-to-vector="lanes=16 registers=6" | FileCheck %s --check-prefix=CHAIN --implicit-check-not=fastmath --implicit-check-not=vector.reduction
// RUN: cortex-opt %s --split-input-file --convert-ilir-to-vector="lanes=16" | FileCheck %s --check-prefix=CHAIN --implicit-check-not=fastmath --implicit-check-not=vector.reduction

// 20 units: one panel as it is, one of four units that takes a quarter of a register, each for
// 1 to 4 rows, and with one row both in one tile. The kernel takes weights, the rows' pointers
// and an offset: no worker, no batch.

// REMARKS: [Passed] product kernels {{.*}}count=9
// REMARKS: [Passed] products lowered {{.*}}count=1
// REMARKS: [Passed] loops that alternate {{.*}}count=1
// REMARKS: [Passed] sums of the largest tile {{.*}}count=4

// CHAIN:      = scf.for %[[I:.*]] = %c0 to %c6 step %c1 iter_args(
// CHAIN-COUNT-2: math.fma

// CHECK-DAG:   func.func private @product_k6_w1_n1_r4_p1_s96_x1_y0_tail4(
// CHECK-DAG:   func.func private @product_k6_w1_n1_r3_p1_s96_x1_y0_tail4(
// CHECK-DAG:   func.func private @product_k6_w1_n1_r2_p1_s96_x1_y0_tail4(
// CHECK-LABEL: func.func private @product_k6_w1_n1_r2_p1_s96_x1_y0(
// CHECK-SAME:    %[[WEIGHTS:.*]]: !llvm.ptr, %[[XS:.*]]: !llvm.ptr, %[[YS:.*]]: !llvm.ptr, %[[OFFSET:.*]]: index)
// CHECK:         %[[X0:.*]] = llvm.load %[[XS]] {{.*}} -> !llvm.ptr
// CHECK:         %[[X1:.*]] = llvm.load %{{.*}} -> !llvm.ptr
// CHECK:         %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<16xf32>
// CHECK:         %[[SUMS:.*]]:2 = scf.for %[[K:.*]] = %c0 to %c6 step %c1 iter_args(%[[A:.*]] = %[[ZERO]], %[[B:.*]] = %{{.*}}) -> (vector<16xf32>, vector<16xf32>) {
// CHECK:           %[[W:.*]] = llvm.load %{{.*}} : !llvm.ptr -> vector<16xf32>
// CHECK:           %[[E0:.*]] = llvm.getelementptr %[[X0]]
// CHECK-NEXT:      %[[S0:.*]] = llvm.load %[[E0]] {{.*}} -> f32
// CHECK-NEXT:      %[[V0:.*]] = vector.broadcast %[[S0]] : f32 to vector<16xf32>
// CHECK-NEXT:      %[[F0:.*]] = math.fma %[[V0]], %[[W]], %[[A]] : vector<16xf32>
// CHECK:           %[[F1:.*]] = math.fma %{{.*}}, %[[W]], %[[B]] : vector<16xf32>
// CHECK-NEXT:      scf.yield %[[F0]], %[[F1]] : vector<16xf32>, vector<16xf32>
// CHECK:         llvm.store %[[SUMS]]#0
// CHECK-NEXT:    llvm.store %[[SUMS]]#1
// With both panels in one tile the last one has shorter vectors, and stores as many units as
// there are, so nothing is masked.
// CHECK-LABEL: func.func private @product_k6_w1_n1_r1_p2_s96_x1_y0_tail4(
// CHECK-NOT:     mask
// CHECK:         scf.for {{.*}} -> (vector<16xf32>, vector<4xf32>) {
// CHECK:           math.fma {{.*}} : vector<16xf32>
// CHECK:           math.fma {{.*}} : vector<4xf32>
// CHECK:         llvm.store {{.*}} : vector<16xf32>, !llvm.ptr
// CHECK-NEXT:    {{.*}}llvm.getelementptr
// CHECK-NEXT:    llvm.store {{.*}} : vector<4xf32>, !llvm.ptr
// CHECK-LABEL: func.func @cortex_run(
// Every other level walks its panels from the last to the first.
// CHECK:         %[[ODD:.*]] = arith.andi %{{.*}}, %c1 : index
// CHECK:         %[[BACKWARD:.*]] = arith.cmpi ne, %[[ODD]], %c0 : index
// The rows are spread evenly over the least number of tiles.
// CHECK:         %[[TILES:.*]] = arith.ceildivui %[[ROWS:.*]], %c4 : index
// CHECK-NEXT:    %[[COUNT:.*]] = arith.maxui %[[TILES]], %c1 : index
// CHECK-NEXT:    %[[HEIGHT:.*]] = arith.divui %[[ROWS]], %[[COUNT]] : index
// CHECK:         arith.select %[[BACKWARD]],
// CHECK:         scf.index_switch
// CHECK:         case 17 {
// CHECK-NEXT:      func.call @product_k6_w1_n1_r1_p1_s96_x1_y0(
// CHECK:         case 289 {
// CHECK-NEXT:      func.call @product_k6_w1_n1_r1_p2_s96_x1_y0_tail4(
// CHECK:         case 20 {
// CHECK-NEXT:      func.call @product_k6_w1_n1_r4_p1_s96_x1_y0(
// CHECK:         case 276 {
// CHECK-NEXT:      func.call @product_k6_w1_n1_r4_p1_s96_x1_y0_tail4(
// CHECK:         default {
// CHECK-NEXT:    }
ilir.program @Masked structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.input @x at nodes : tensor<6xf32>
  ilir.param @U : tensor<20x6xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<20xf32> private
  ilir.buffer @U.packed const : tensor<2x1x6x1x16xf32> constant packed
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
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<6xf32>
          %y = ilir.product %x, @U.packed m [] k [0] out_m [] out_n [] : tensor<6xf32> to tensor<20xf32>
          ilir.store %y, @up.h[%r] : tensor<20xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// 64 units are four panels: a tile of few rows takes several at once, never more partial
// sums. Two products of one input in a panel take twice the registers, so tiles have one row. What continues a chain starts from what is stored; both products of
// that shape share their kernels.

// The nests of the strip have the same panels and nothing between them: all three at a few
// panels, then at the next.

// REMARKS: [Passed] product kernels {{.*}}count=4
// REMARKS: [Passed] products lowered {{.*}}count=3
// REMARKS: [Passed] nests walked together {{.*}}count=3
// REMARKS: [Passed] loops that alternate {{.*}}count=4
// REMARKS: [Passed] sums of the largest tile {{.*}}count=4

// CHAIN:      = scf.for %[[I:.*]] = %c0 to %c6 step %c1 iter_args(
// CHAIN:      math.fma

// CHECK-DAG: func.func private @product_k6_w2_n2_r1_p1_s192_x1_y64(
// CHECK-DAG: func.func private @product_k6_w2_n2_r1_p2_s192_x1_y64(
// CHECK-DAG: func.func private @product_k6_w2_n2_r1_p1_s192_x1_y64_chained(
// CHECK-DAG: func.func private @product_k6_w2_n2_r1_p2_s192_x1_y64_chained(
// CHECK-NOT: func.func private
// CHECK-LABEL: func.func @cortex_run(
// CHECK:         %[[STEPS:.*]] = arith.ceildivui
// CHECK:         scf.for %{{.*}} = %c0 to %[[STEPS]] step %c1 {
// CHECK:           func.call @product_k6_w2_n2_r1_p1_s192_x1_y64(
// CHECK:           func.call @product_k6_w2_n2_r1_p1_s192_x1_y64_chained(
// CHECK:           func.call @product_k6_w2_n2_r1_p1_s192_x1_y64(
ilir.program @Chained structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.input @x at nodes : tensor<6xf32>
  ilir.input @y at nodes : tensor<6xf32>
  ilir.param @U : tensor<2x64x6xf32>
  ilir.param @V : tensor<2x64x6xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<2x64xf32> private
  ilir.buffer @U.packed const : tensor<4x1x6x2x16xf32> constant packed
  ilir.buffer @V.packed const : tensor<4x1x6x2x16xf32> constant packed
  ilir.buffer @temp.0 strip_rows of @up : tensor<2x64xf32> private
  ilir.func @prepare {
    ilir.pack @U.packed = @U keys [] n [0] k [2] unit 1
    ilir.pack @V.packed = @V keys [] n [0] k [2] unit 1
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<6xf32>
          %y = ilir.product %x, @U.packed m [] k [0] out_m [] out_n [0] : tensor<6xf32> to tensor<2x64xf32>
          ilir.store %y, @temp.0[%p] : tensor<2x64xf32>, !ilir.index<position>
        }
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %y = ilir.load @y[%n] : !ilir.index<node> to tensor<6xf32>
          %t = ilir.load @temp.0[%p] : !ilir.index<position> to tensor<2x64xf32>
          %z = ilir.product %y, @V.packed acc %t : tensor<2x64xf32> m [] k [0] out_m [] out_n [0] : tensor<6xf32> to tensor<2x64xf32>
          ilir.store %z, @temp.0[%p] : tensor<2x64xf32>, !ilir.index<position>
        }
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %y = ilir.load @y[%n] : !ilir.index<node> to tensor<6xf32>
          %z = ilir.product %y, @V.packed m [] k [0] out_m [] out_n [0] : tensor<6xf32> to tensor<2x64xf32>
          ilir.store %z, @up.h[%r] : tensor<2x64xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// A matrix per row: its rows are the product's, so a strip has three times as many. The
// strip's key finds its weights, 512 bytes further each.

// REMARKS: [Passed] product kernels {{.*}}count=4
// REMARKS: [Passed] products lowered {{.*}}count=1
// REMARKS: [Passed] loops that alternate {{.*}}count=1
// REMARKS: [Passed] sums of the largest tile {{.*}}count=4

// CHAIN: math.fma

// CHECK-DAG:   func.func private @product_k8_w1_n1_r4_p1_s128_x1_y0_tail7(
// CHECK-LABEL: func.func @cortex_run(
// CHECK:         scf.if
// CHECK:           %[[BEGIN:.*]] = arith.index_cast
// CHECK:           %[[END:.*]] = arith.index_cast
// CHECK:           %[[KEY:.*]] = arith.index_cast
// CHECK:           %[[AT:.*]] = arith.muli %{{.*}}, %c512 : index
// CHECK:           %[[ROWS:.*]] = arith.subi
// CHECK-NEXT:      %[[ALL:.*]] = arith.muli %[[ROWS]], %c3 : index
// CHECK:           arith.remui %{{.*}}, %c3 : index
// CHECK-NEXT:      arith.divui %{{.*}}, %c3 : index
ilir.program @Keyed structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.input @f at nodes : !ra.symbol<30>
  ilir.input @A at nodes : tensor<3x8xf32>
  ilir.param @F : tensor<30x7x8xf32>
  ilir.order @up up keys ["f"]
  ilir.buffer @up.h rows : tensor<3x7xf32> private
  ilir.buffer @F.packed const count 30 : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.pack @F.packed = @F keys [0] n [] k [2] unit 1
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %f = ilir.symbol @f[%r] : !ilir.index<row> to !ilir.index<symbol>
          %A = ilir.load @A[%n] : !ilir.index<node> to tensor<3x8xf32>
          %y = ilir.product %A, @F.packed key %f : !ilir.index<symbol> m [0] k [1] out_m [0] out_n [] : tensor<3x8xf32> to tensor<3x7xf32>
          ilir.store %y, @up.h[%r] : tensor<3x7xf32>, !ilir.index<row>
        }
      }
    }
  }
}
