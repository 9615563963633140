// RUN: cortex-opt %s --split-input-file --ilir-build-tables=budget=1 | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ilir-build-tables=budget=1 --remarks-filter-passed=ilir-build-tables -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS --implicit-check-not='[Passed]'

// 99 rows of 8 floats are 3168 bytes of parameters. Two tables over 9 words need 576
// bytes; one over 90 tags needs 2880, which then is over the budget of 3168: the value
// stays where it is.

// REMARKS: [Passed] tables built {{.*}}Function=OneOfTwo | count=2
// REMARKS: [Passed] tables over budget {{.*}}Function=OneOfTwo | count=1
// REMARKS: [Passed] table bytes {{.*}}Function=OneOfTwo | count=576

// CHECK-LABEL: ilir.program @OneOfTwo
// CHECK:       ilir.order @symbols.word symbols domain 9
// CHECK:       ilir.buffer @table.0 const count 9 : tensor<8xf32> constant
// CHECK:       ilir.buffer @table.1 const count 9 : tensor<8xf32> constant
// CHECK-NOT:   @table.2
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[sym:.*]] = ilir.symbol @word[%[[row]]] : <row> to <symbol>
// CHECK-NEXT:         %[[table0:.*]] = ilir.load @table.0[%[[sym]]] {ra.stage = "node"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[table1:.*]] = ilir.load @table.1[%[[sym]]] {ra.stage = "node"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[sym3:.*]] = ilir.symbol @tag[%[[row]]] : <row> to <symbol>
// CHECK-NEXT:         %[[F:.*]] = ilir.load @F[%[[sym3]]] {ra.stage = "symbol:tag"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[tanh:.*]] = math.tanh %[[F]] {ra.stage = "symbol:tag"} : tensor<8xf32>
// CHECK-NEXT:         %[[mulf:.*]] = arith.mulf %[[table0]], %[[tanh]] {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:         %[[mulf2:.*]] = arith.mulf %[[table1]], %[[tanh]] {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[mulf]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:         ilir.store %[[mulf2]], @up.c[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @OneOfTwo structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.input @word at nodes : !ra.symbol<9>
  ilir.input @tag at nodes : !ra.symbol<90>
  ilir.param @E : tensor<9x8xf32>
  ilir.param @F : tensor<90x8xf32>
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
          %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>
          %e = ilir.load @E[%w] {ra.stage = "symbol:word"} : !ilir.index<symbol> to tensor<8xf32>
          %t = math.tanh %e {ra.stage = "symbol:word"} : tensor<8xf32>
          %u = math.exp %e {ra.stage = "symbol:word"} : tensor<8xf32>
          %g = ilir.symbol @tag[%r] : !ilir.index<row> to !ilir.index<symbol>
          %f = ilir.load @F[%g] {ra.stage = "symbol:tag"} : !ilir.index<symbol> to tensor<8xf32>
          %v = math.tanh %f {ra.stage = "symbol:tag"} : tensor<8xf32>
          %y = arith.mulf %t, %v {ra.stage = "node"} : tensor<8xf32>
          %y2 = arith.mulf %u, %v {ra.stage = "node"} : tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %y2, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
