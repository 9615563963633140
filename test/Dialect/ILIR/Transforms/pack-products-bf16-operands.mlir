// Operands in bf16: those of weights in bf16 are rounded, once for all products that share one.
// RUN: cortex-opt %s --ilir-pack-products="bf16=true operands=true" | FileCheck %s
// RUN: cortex-opt %s --ilir-pack-products="bf16=true operands=true" --remarks-filter-passed=ilir-pack-products -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS
// RUN: cortex-opt %s --ilir-pack-products="bf16=true operands=true" --ilir-split-nests --ilir-form-phases | FileCheck %s --check-prefix=NESTS
// RUN: cortex-opt %s --ilir-pack-products="operands=true" | FileCheck %s --check-prefix=OFF --implicit-check-not=bf16

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// Of three products with the children's sum two have parameters; a third weight is computed and stays f32, so its
// operand does, too.

// REMARKS: [Passed] products packed {{.*}}Function=Rounded | count=3
// REMARKS: [Passed] products with bf16 operands {{.*}}Function=Rounded | count=2

// CHECK-LABEL: ilir.program @Rounded
// CHECK:       %[[H:.*]] = ilir.edges children
// CHECK-COUNT-2: arith.truncf %[[H]] {ra.stage = "recursive"} : tensor<8xf32> to tensor<8xbf16>
// CHECK:       ilir.product %{{.*}}, @pack.0 {{.*}} : tensor<8xbf16> to tensor<8xf32>
// CHECK:       ilir.product %{{.*}}, @pack.1 {{.*}} : tensor<8xbf16> to tensor<8xf32>
// CHECK:       ilir.product %[[H]], @pack.2 {{.*}} : tensor<8xf32> to tensor<8xf32>

// One rounding serves both; every worker makes it for itself, before all products, which are then walked together.

// NESTS-LABEL: ilir.program @Rounded
// NESTS:       ilir.buffer @[[SUM:temp.*]] strip_rows of @up : tensor<8xf32> local
// NESTS:       ilir.buffer @[[X:temp.*]] strip_rows of @up : tensor<8xbf16> local
// NESTS:       ilir.func @run
// NESTS:       ilir.rows rows whole
// NESTS:         ilir.store %{{.*}}, @[[SUM]][
// NESTS:       ilir.rows rows whole
// NESTS:         arith.truncf
// NESTS:         ilir.store %{{.*}}, @[[X]][
// NESTS-NOT:   whole
// NESTS-COUNT-3: ilir.product

// OFF-LABEL:   ilir.program @Rounded
ilir.program @Rounded structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @U : tensor<8x8xf32>
  ilir.param @V : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %h = ilir.edges children %p [sum] (%e) {
            %kid = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
            %k = ilir.load @up.h[%kid] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
            ilir.yield %k : tensor<8xf32>
          } {ra.stage = "recursive"} : tensor<8xf32>
          %U = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
          %V = ilir.load @V {ra.stage = "constant"} : tensor<8x8xf32>
          %sum = arith.addf %U, %V {ra.stage = "constant"} : tensor<8x8xf32>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %x = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%U, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %y = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%V, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %w = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "recursive"} ins(%sum, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %a = arith.addf %x, %y {ra.stage = "recursive"} : tensor<8xf32>
          %b = arith.addf %a, %w {ra.stage = "recursive"} : tensor<8xf32>
          ilir.store %b, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
