// RUN: cortex-opt %s --split-input-file --ilir-build-tables | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ilir-build-tables --remarks-filter-passed=ilir-build-tables -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS --implicit-check-not='[Passed]'

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// A product, a function: worth a table each, both built in one loop over the
// symbol's domain. What they need is cloned, constants too; what is of a later
// stage stays, and loads rows of them.

// REMARKS: [Passed] tables built {{.*}}Function=Tables | count=2
// REMARKS: [Passed] table bytes {{.*}}Function=Tables | count=576

// CHECK-LABEL: ilir.program @Tables
// CHECK:       ilir.order @symbols.word symbols domain 9
// CHECK:       ilir.buffer @table.0 const count 9 : tensor<8xf32> constant
// CHECK:       ilir.buffer @table.1 const count 9 : tensor<8xf32> constant
// CHECK:      ilir.func @prepare {
// CHECK-NEXT:   ilir.levels @symbols.word {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <symbol>
// CHECK-NEXT:         %[[U:.*]] = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
// CHECK-NEXT:         %[[E:.*]] = ilir.load @E[%[[row]]] {ra.stage = "symbol:word"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[contract:.*]] = linalg.contract indexing_maps = [#map, #map1, #map2] {ra.stage = "symbol:word"} ins(%[[U]], %[[E]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[cst]] : tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[contract]], @table.0[%[[row]]] : tensor<8xf32>, !ilir.index<symbol>
// CHECK-NEXT:         %[[tanh:.*]] = math.tanh %[[contract]] {ra.stage = "symbol:word"} : tensor<8xf32>
// CHECK-NEXT:         %[[mulf:.*]] = arith.mulf %[[tanh]], %[[E]] {ra.stage = "symbol:word"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[mulf]], @table.1[%[[row]]] : tensor<8xf32>, !ilir.index<symbol>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips @leaf {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[sym:.*]] = ilir.symbol @word[%[[row]]] : <row> to <symbol>
// CHECK-NEXT:         %[[table0:.*]] = ilir.load @table.0[%[[sym]]] {ra.stage = "node"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[table1:.*]] = ilir.load @table.1[%[[sym]]] {ra.stage = "node"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[node:.*]] = ilir.index node %[[row]] : <row> to <node>
// CHECK-NEXT:         %[[x:.*]] = ilir.load @x[%[[node]]] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[table0]], %[[x]] {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[addf]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:         ilir.store %[[table1]], @up.c[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Tables structure(tree) float(f32) {
  ilir.type @leaf(0 to 0)
  ilir.type @node(1 to -1)
  ilir.input @word at nodes : !ra.symbol<9> on [@leaf]
  ilir.input @x at nodes : tensor<8xf32>
  ilir.param @E : tensor<9x8xf32>
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @up.c rows : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @leaf {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>
          %e = ilir.load @E[%w] {ra.stage = "symbol:word"} : !ilir.index<symbol> to tensor<8xf32>
          %U = ilir.load @U {ra.stage = "constant"} : tensor<8x8xf32>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %u = linalg.contract indexing_maps = [#ik, #k, #i] {ra.stage = "symbol:word"} ins(%U, %e : tensor<8x8xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
          %t = math.tanh %u {ra.stage = "symbol:word"} : tensor<8xf32>
          %v = arith.mulf %t, %e {ra.stage = "symbol:word"} : tensor<8xf32>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
          %y = arith.addf %u, %x {ra.stage = "node"} : tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %v, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Worth nothing: a row of a table, and what is added to it.

// CHECK-LABEL: ilir.program @Cheap
// CHECK-NOT:   @table
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips @leaf {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[sym:.*]] = ilir.symbol @word[%[[row]]] : <row> to <symbol>
// CHECK-NEXT:         %[[E:.*]] = ilir.load @E[%[[sym]]] {ra.stage = "symbol:word"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[E]], %[[E]] {ra.stage = "symbol:word"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[E]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:         ilir.store %[[addf]], @up.c[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Cheap structure(tree) float(f32) {
  ilir.type @leaf(0 to 0)
  ilir.type @node(1 to -1)
  ilir.input @word at nodes : !ra.symbol<9> on [@leaf]
  ilir.input @x at nodes : tensor<8xf32>
  ilir.param @E : tensor<9x8xf32>
  ilir.param @U : tensor<8x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @up.c rows : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @leaf {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>
          %e = ilir.load @E[%w] {ra.stage = "symbol:word"} : !ilir.index<symbol> to tensor<8xf32>
          %v = arith.addf %e, %e {ra.stage = "symbol:word"} : tensor<8xf32>
          ilir.store %e, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %v, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// A value of two symbols would need a table over their product. (Sums of one symbol
// each are split before, by ra-split-products.) Its parts are used at its own stage
// only once they are joined.

// CHECK-LABEL: ilir.program @TwoSymbols
// CHECK-NOT:   @table
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[sym:.*]] = ilir.symbol @word[%[[row]]] : <row> to <symbol>
// CHECK-NEXT:         %[[sym2:.*]] = ilir.symbol @tag[%[[row]]] : <row> to <symbol>
// CHECK-NEXT:         %[[E:.*]] = ilir.load @E[%[[sym]]] {ra.stage = "symbol:word"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[F:.*]] = ilir.load @F[%[[sym2]]] {ra.stage = "symbol:tag"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[mulf:.*]] = arith.mulf %[[E]], %[[F]] {ra.stage = "symbol:tag,word"} : tensor<8xf32>
// CHECK-NEXT:         %[[tanh:.*]] = math.tanh %[[mulf]] {ra.stage = "symbol:tag,word"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[tanh]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @TwoSymbols structure(tree) float(f32) {
  ilir.type @leaf(0 to 0)
  ilir.type @node(1 to -1)
  ilir.input @word at nodes : !ra.symbol<9>
  ilir.input @tag at nodes : !ra.symbol<5>
  ilir.param @E : tensor<9x8xf32>
  ilir.param @F : tensor<5x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>
          %g = ilir.symbol @tag[%r] : !ilir.index<row> to !ilir.index<symbol>
          %e = ilir.load @E[%w] {ra.stage = "symbol:word"} : !ilir.index<symbol> to tensor<8xf32>
          %f = ilir.load @F[%g] {ra.stage = "symbol:tag"} : !ilir.index<symbol> to tensor<8xf32>
          %v = arith.mulf %e, %f {ra.stage = "symbol:tag,word"} : tensor<8xf32>
          %t = math.tanh %v {ra.stage = "symbol:tag,word"} : tensor<8xf32>
          ilir.store %t, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// What a reduction over edges captures is used outside of its stage; a symbol with
// one value needs no index. Tables of two symbols are built in loops of their own.

// REMARKS: [Passed] tables built {{.*}}Function=Captured | count=2
// REMARKS: [Passed] table bytes {{.*}}Function=Captured | count=320

// CHECK-LABEL: ilir.program @Captured
// CHECK:       ilir.order @symbols.word symbols domain 9
// CHECK:       ilir.buffer @table.0 const count 9 : tensor<8xf32> constant
// CHECK:       ilir.order @symbols.one symbols domain 1
// CHECK:       ilir.buffer @table.1 const : tensor<8xf32> constant
// CHECK:      ilir.func @prepare {
// CHECK-NEXT:   ilir.levels @symbols.word {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <symbol>
// CHECK-NEXT:         %[[E:.*]] = ilir.load @E[%[[row]]] {ra.stage = "symbol:word"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[sigmoid:.*]] = ra.sigmoid %[[E]] {ra.stage = "symbol:word"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[sigmoid]], @table.0[%[[row]]] : tensor<8xf32>, !ilir.index<symbol>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.levels @symbols.one {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p2:.*]]) {
// CHECK-NEXT:         %[[row2:.*]] = ilir.index row %[[p2]] : <position> to <symbol>
// CHECK-NEXT:         %[[F:.*]] = ilir.load @F[%[[row2]]] {ra.stage = "symbol:one"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[exp:.*]] = math.exp %[[F]] {ra.stage = "symbol:one"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[exp]], @table.1 : tensor<8xf32>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[sym:.*]] = ilir.symbol @word[%[[row]]] : <row> to <symbol>
// CHECK-NEXT:         %[[table0:.*]] = ilir.load @table.0[%[[sym]]] {ra.stage = "node"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[table1:.*]] = ilir.load @table.1 {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:         %[[sum:.*]] = ilir.edges children %[[p]] [sum] (%[[e:.*]]) {
// CHECK-NEXT:           %[[neighbour:.*]] = ilir.index neighbour %[[e]] : <edge> to <row>
// CHECK-NEXT:           %[[uph:.*]] = ilir.load @up.h[%[[neighbour]]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           %[[mulf:.*]] = arith.mulf %[[uph]], %[[table0]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:           ilir.yield %[[mulf]] : tensor<8xf32>
// CHECK-NEXT:         } {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[sum]], %[[table1]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[addf]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Captured structure(tree) float(f32) {
  ilir.type @node(1 to -1)
  ilir.input @word at nodes : !ra.symbol<9>
  ilir.input @one at nodes : !ra.symbol<1>
  ilir.param @E : tensor<9x8xf32>
  ilir.param @F : tensor<1x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>
          %g = ilir.symbol @one[%r] : !ilir.index<row> to !ilir.index<symbol>
          %e = ilir.load @E[%w] {ra.stage = "symbol:word"} : !ilir.index<symbol> to tensor<8xf32>
          %t = ra.sigmoid %e {ra.stage = "symbol:word"} : tensor<8xf32>
          %f = ilir.load @F[%g] {ra.stage = "symbol:one"} : !ilir.index<symbol> to tensor<8xf32>
          %u = math.exp %f {ra.stage = "symbol:one"} : tensor<8xf32>
          %s = ilir.edges children %p [sum] (%edge) {
            %k = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %h = ilir.load @up.h[%k] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
            %m = arith.mulf %h, %t {ra.stage = "recursive"} : tensor<8xf32>
            ilir.yield %m : tensor<8xf32>
          } {ra.stage = "recursive"} : tensor<8xf32>
          %y = arith.addf %s, %u {ra.stage = "recursive"} : tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// A structure's symbol, or one read at a neighbour, is of stage node: no table.

// CHECK-LABEL: ilir.program @NotOwn
// CHECK-NOT:   @table
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[child:.*]] = ilir.index child(0) %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[sym:.*]] = ilir.symbol @word[%[[child]]] : <row> to <symbol>
// CHECK-NEXT:         %[[E:.*]] = ilir.load @E[%[[sym]]] {ra.stage = "node"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[sigmoid:.*]] = ra.sigmoid %[[E]] {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         ilir.store %[[sigmoid]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @NotOwn structure(tree) float(f32) {
  ilir.type @node(1 to -1)
  ilir.input @word at nodes : !ra.symbol<9>
  ilir.param @E : tensor<9x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %k = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %w = ilir.symbol @word[%k] : !ilir.index<row> to !ilir.index<symbol>
          %e = ilir.load @E[%w] {ra.stage = "node"} : !ilir.index<symbol> to tensor<8xf32>
          %t = ra.sigmoid %e {ra.stage = "node"} : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %t, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
