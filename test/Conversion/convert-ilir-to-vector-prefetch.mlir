// Rows of tables are fetched before they are needed: by the nest that loads them for its next
// item, and before the products that it runs together with. Off, nothing is.
// RUN: cortex-opt %s --split-input-file --convert-ilir-to-vector="lanes=16" | FileCheck %s
// RUN: cortex-opt %s --split-input-file --convert-ilir-to-vector="lanes=16 prefetch=false" | FileCheck %s --check-prefix=OFF
// RUN: cortex-opt %s --split-input-file --convert-ilir-to-vector="lanes=16" --remarks-filter-passed=convert-ilir-to-vector -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS
// OFF-NOT: llvm.intr.prefetch

// Alone: the next row's, if there is one. A row of three by 32 has three lines for each panel.

// REMARKS: [Passed] table rows fetched ahead {{.*}}count=1

// CHECK-LABEL: func.func @cortex_run(
// CHECK:           %[[IS:.*]] = arith.cmpi slt, %{{.*}}, %{{.*}} : index
// CHECK-NEXT:      scf.if %[[IS]] {
// CHECK:             scf.for
// CHECK-COUNT-3:       llvm.intr.prefetch
// CHECK-NOT:           llvm.intr.prefetch
// CHECK:           llvm.load {{.*}} -> vector<16xf32>
ilir.program @Alone structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.input @w at nodes : !ra.symbol<9>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<3x32xf32> private
  ilir.buffer @table const count 9 : tensor<3x32xf32> constant
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %w = ilir.symbol @w[%r] : !ilir.index<row> to !ilir.index<symbol>
          %x = ilir.load @table[%w] : !ilir.index<symbol> to tensor<3x32xf32>
          ilir.store %x, @up.h[%r] : tensor<3x32xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Beside a product: all rows' lines of the step, then the product, then the nest itself.

// REMARKS: [Passed] table rows fetched ahead {{.*}}count=1

// CHECK-LABEL: func.func @cortex_run(
// CHECK:         arith.ceildivui
// CHECK:         llvm.intr.prefetch
// CHECK-NOT:     llvm.intr.prefetch
// CHECK:         func.call @product_
// CHECK-NOT:     llvm.intr.prefetch
// CHECK:         llvm.load {{.*}} -> vector<16xf32>
ilir.program @Beside structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.input @w at nodes : !ra.symbol<9>
  ilir.input @x at nodes : tensor<6xf32>
  ilir.param @U : tensor<32x6xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<32xf32> private
  ilir.buffer @table const count 9 : tensor<32xf32> constant
  ilir.buffer @U.packed const : tensor<2x1x6x1x16xf32> constant packed
  ilir.buffer @temp.0 strip_rows of @up : tensor<32xf32> private
  ilir.func @prepare {
    ilir.pack @U.packed = @U keys [] n [] k [1] unit 0
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<6xf32>
          %y = ilir.product %x, @U.packed m [] k [0] out_m [] out_n [] : tensor<6xf32> to tensor<32xf32>
          ilir.store %y, @temp.0[%p] : tensor<32xf32>, !ilir.index<position>
        }
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %w = ilir.symbol @w[%r] : !ilir.index<row> to !ilir.index<symbol>
          %t = ilir.load @table[%w] : !ilir.index<symbol> to tensor<32xf32>
          %y = ilir.load @temp.0[%p] : !ilir.index<position> to tensor<32xf32>
          %h = arith.addf %y, %t : tensor<32xf32>
          ilir.store %h, @up.h[%r] : tensor<32xf32>, !ilir.index<row>
        }
      }
    }
  }
}
