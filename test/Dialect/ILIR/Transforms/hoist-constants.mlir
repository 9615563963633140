// RUN: cortex-opt %s --split-input-file --ilir-hoist-constants | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ilir-hoist-constants --remarks-filter-passed=ilir-hoist-constants -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS --implicit-check-not='[Passed]'

// Arithmetic on parameters is done once; a parameter that is read whole, or looked up, is
// copied once, for the weights are gone after prepare. Literals stay.

// REMARKS: [Passed] constants hoisted {{.*}}Function=Constants | count=3

// CHECK-LABEL: ilir.program @Constants
// CHECK:       ilir.buffer @const.0 const : tensor<8xf32> constant
// CHECK:       ilir.buffer @const.1 const : tensor<8xf32> constant
// CHECK:       ilir.buffer @const.2 const : tensor<9x8xf32> constant
// CHECK:      ilir.func @prepare {
// CHECK-NEXT:   ilir.rows once unassigned () {
// CHECK-NEXT:     %[[b:.*]] = ilir.load @b : tensor<8xf32>
// CHECK-NEXT:     ilir.store %[[b]], @const.0 : tensor<8xf32>
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.rows once unassigned () {
// CHECK-NEXT:     %[[const0:.*]] = ilir.load @const.0 : tensor<8xf32>
// CHECK-NEXT:     %[[cst:.*]] = arith.constant {ra.stage = "constant"} dense<1.000000e+00> : tensor<8xf32>
// CHECK-NEXT:     %[[addf:.*]] = arith.addf %[[const0]], %[[cst]] {ra.stage = "constant"} : tensor<8xf32>
// CHECK-NEXT:     %[[tanh:.*]] = math.tanh %[[addf]] {ra.stage = "constant"} : tensor<8xf32>
// CHECK-NEXT:     ilir.store %[[tanh]], @const.1 : tensor<8xf32>
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.rows once unassigned () {
// CHECK-NEXT:     %[[E:.*]] = ilir.load @E : tensor<9x8xf32>
// CHECK-NEXT:     ilir.store %[[E]], @const.2 : tensor<9x8xf32>
// CHECK-NEXT:   }
// CHECK-NEXT: }
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[node:.*]] = ilir.index node %[[row]] : <row> to <node>
// CHECK-NEXT:         %[[x:.*]] = ilir.load @x[%[[node]]] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:         %[[const0:.*]] = ilir.load @const.0 : tensor<8xf32>
// CHECK-NEXT:         %[[sym:.*]] = ilir.symbol @word[%[[row]]] : <row> to <symbol>
// CHECK-NEXT:         %[[const2:.*]] = ilir.load @const.2[%[[sym]]] {ra.stage = "symbol:word"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant {ra.stage = "constant"} dense<1.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[const1:.*]] = ilir.load @const.1 : tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[x]], %[[const1]] {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:         %[[mulf:.*]] = arith.mulf %[[addf]], %[[cst]] {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:         %[[addf2:.*]] = arith.addf %[[mulf]], %[[const2]] {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:         %[[addf3:.*]] = arith.addf %[[const2]], %[[const0]] {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[addf2]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:         ilir.store %[[addf3]], @up.c[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Constants structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @word at nodes : !ra.symbol<9>
  ilir.param @b : tensor<8xf32>
  ilir.param @E : tensor<9x8xf32>
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
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
          %b = ilir.load @b {ra.stage = "constant"} : tensor<8xf32>
          %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>
          %e = ilir.load @E[%w] {ra.stage = "symbol:word"} : !ilir.index<symbol> to tensor<8xf32>
          %one = arith.constant {ra.stage = "constant"} dense<1.0> : tensor<8xf32>
          %c = arith.addf %b, %one {ra.stage = "constant"} : tensor<8xf32>
          %d = math.tanh %c {ra.stage = "constant"} : tensor<8xf32>
          %y = arith.addf %x, %d {ra.stage = "node"} : tensor<8xf32>
          %y2 = arith.mulf %y, %one {ra.stage = "node"} : tensor<8xf32>
          %y3 = arith.addf %y2, %e {ra.stage = "node"} : tensor<8xf32>
          %y4 = arith.addf %e, %b {ra.stage = "node"} : tensor<8xf32>
          ilir.store %y3, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %y4, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// The same parameter read in several nests and inside of a reduction is copied once.

// REMARKS: [Passed] constants hoisted {{.*}}Function=Shared | count=2

// CHECK-LABEL: ilir.program @Shared
// CHECK:       ilir.buffer @const.0 const : tensor<8xf32> constant
// CHECK:       ilir.buffer @const.1 const : tensor<9x8xf32> constant
// CHECK:      ilir.func @prepare {
// CHECK-NEXT:   ilir.rows once unassigned () {
// CHECK-NEXT:     %[[b:.*]] = ilir.load @b : tensor<8xf32>
// CHECK-NEXT:     ilir.store %[[b]], @const.0 : tensor<8xf32>
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.rows once unassigned () {
// CHECK-NEXT:     %[[E:.*]] = ilir.load @E : tensor<9x8xf32>
// CHECK-NEXT:     ilir.store %[[E]], @const.1 : tensor<9x8xf32>
// CHECK-NEXT:   }
// CHECK-NEXT: }
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[const0:.*]] = ilir.load @const.0 : tensor<8xf32>
// CHECK-NEXT:         %[[sum:.*]] = ilir.edges children %[[p]] [sum] (%[[e:.*]]) {
// CHECK-NEXT:           %[[neighbour:.*]] = ilir.index neighbour %[[e]] : <edge> to <row>
// CHECK-NEXT:           %[[uph:.*]] = ilir.load @up.h[%[[neighbour]]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           %[[addf:.*]] = arith.addf %[[uph]], %[[const0]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:           ilir.yield %[[addf]] : tensor<8xf32>
// CHECK-NEXT:         } {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:         %[[mulf:.*]] = arith.mulf %[[sum]], %[[const0]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[mulf]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.levels @map {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p2:.*]]) {
// CHECK-NEXT:         %[[row2:.*]] = ilir.index row %[[p2]] : <position> to <row>
// CHECK-NEXT:         %[[sum2:.*]] = ilir.edges children %[[p2]] [sum] (%[[e2:.*]]) {
// CHECK-NEXT:           %[[neighbour2:.*]] = ilir.index neighbour %[[e2]] : <edge> to <row>
// CHECK-NEXT:           %[[uph2:.*]] = ilir.load @up.h[%[[neighbour2]]] {ra.stage = "node"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           %[[const02:.*]] = ilir.load @const.0 : tensor<8xf32>
// CHECK-NEXT:           %[[sym:.*]] = ilir.symbol @word[%[[neighbour2]]] : <row> to <symbol>
// CHECK-NEXT:           %[[const1:.*]] = ilir.load @const.1[%[[sym]]] {ra.stage = "node"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:           %[[addf2:.*]] = arith.addf %[[uph2]], %[[const02]] {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:           %[[addf3:.*]] = arith.addf %[[addf2]], %[[const1]] {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:           ilir.yield %[[addf3]] : tensor<8xf32>
// CHECK-NEXT:         } {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[sum2]], @up.c[%[[row2]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Shared structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @word at nodes : !ra.symbol<9>
  ilir.param @b : tensor<8xf32>
  ilir.param @E : tensor<9x8xf32>
  ilir.order @up up
  ilir.order @map map
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @up.c rows : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %b = ilir.load @b {ra.stage = "constant"} : tensor<8xf32>
          %s = ilir.edges children %p [sum] (%edge) {
            %k = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %h = ilir.load @up.h[%k] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
            %m = arith.addf %h, %b {ra.stage = "recursive"} : tensor<8xf32>
            ilir.yield %m : tensor<8xf32>
          } {ra.stage = "recursive"} : tensor<8xf32>
          %y = arith.mulf %s, %b {ra.stage = "recursive"} : tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
    ilir.levels @map {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %s = ilir.edges children %p [sum] (%edge) {
            %k = ilir.index neighbour %edge : !ilir.index<edge> to !ilir.index<row>
            %h = ilir.load @up.h[%k] {ra.stage = "node"} : !ilir.index<row> to tensor<8xf32>
            %b = ilir.load @b {ra.stage = "constant"} : tensor<8xf32>
            %w = ilir.symbol @word[%k] : !ilir.index<row> to !ilir.index<symbol>
            %e = ilir.load @E[%w] {ra.stage = "node"} : !ilir.index<symbol> to tensor<8xf32>
            %m = arith.addf %h, %b {ra.stage = "node"} : tensor<8xf32>
            %m2 = arith.addf %m, %e {ra.stage = "node"} : tensor<8xf32>
            ilir.yield %m2 : tensor<8xf32>
          } {ra.stage = "node"} : tensor<8xf32>
          ilir.store %s, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Tables read parameters where they are, and what is computed from these is there in
// prepare only.

// REMARKS: [Passed] constants hoisted {{.*}}Function=Tables | count=1

// CHECK-LABEL: ilir.program @Tables
// CHECK:       ilir.buffer @const.0 const : tensor<8xf32> constant in_prepare
// CHECK:      ilir.func @prepare {
// CHECK-NEXT:   ilir.rows once unassigned () {
// CHECK-NEXT:     %[[b:.*]] = ilir.load @b {ra.stage = "constant"} : tensor<8xf32>
// CHECK-NEXT:     %[[exp:.*]] = math.exp %[[b]] {ra.stage = "constant"} : tensor<8xf32>
// CHECK-NEXT:     ilir.store %[[exp]], @const.0 : tensor<8xf32>
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.levels @symbols.word {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <symbol>
// CHECK-NEXT:         %[[E:.*]] = ilir.load @E[%[[row]]] {ra.stage = "symbol:word"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[b2:.*]] = ilir.load @b {ra.stage = "constant"} : tensor<8xf32>
// CHECK-NEXT:         %[[const0:.*]] = ilir.load @const.0 : tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[E]], %[[b2]] {ra.stage = "symbol:word"} : tensor<8xf32>
// CHECK-NEXT:         %[[mulf:.*]] = arith.mulf %[[addf]], %[[const0]] {ra.stage = "symbol:word"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[mulf]], @table.0[%[[row]]] : tensor<8xf32>, !ilir.index<symbol>
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
// CHECK-NEXT:         ilir.store %[[table0]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @Tables structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @word at nodes : !ra.symbol<9>
  ilir.param @b : tensor<8xf32>
  ilir.param @E : tensor<9x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @up.c rows : tensor<8xf32> exchanged
  ilir.order @symbols.word symbols domain 9
  ilir.buffer @table.0 const count 9 : tensor<8xf32> constant
  ilir.func @prepare {
    ilir.levels @symbols.word {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %s = ilir.index row %p : !ilir.index<position> to !ilir.index<symbol>
          %e = ilir.load @E[%s] {ra.stage = "symbol:word"} : !ilir.index<symbol> to tensor<8xf32>
          %b = ilir.load @b {ra.stage = "constant"} : tensor<8xf32>
          %c = math.exp %b {ra.stage = "constant"} : tensor<8xf32>
          %y = arith.addf %e, %b {ra.stage = "symbol:word"} : tensor<8xf32>
          %y2 = arith.mulf %y, %c {ra.stage = "symbol:word"} : tensor<8xf32>
          ilir.store %y2, @table.0[%s] : tensor<8xf32>, !ilir.index<symbol>
        }
      }
    }
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>
          %e = ilir.load @table.0[%w] {ra.stage = "node"} : !ilir.index<symbol> to tensor<8xf32>
          ilir.store %e, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Nothing depends on parameters only.

// CHECK-LABEL: ilir.program @None
// CHECK-NOT:   @const
// CHECK:      ilir.func @prepare {
// CHECK-NEXT: }
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[node:.*]] = ilir.index node %[[row]] : <row> to <node>
// CHECK-NEXT:         %[[x:.*]] = ilir.load @x[%[[node]]] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant {ra.stage = "constant"} dense<1.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[x]], %[[cst]] {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:         ilir.store %[[addf]], @up.h[%[[row]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ilir.program @None structure(tree) float(f32) {
  ilir.type @node(0 to 2)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.input @word at nodes : !ra.symbol<9>
  ilir.param @b : tensor<8xf32>
  ilir.param @E : tensor<9x8xf32>
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
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
          %one = arith.constant {ra.stage = "constant"} dense<1.0> : tensor<8xf32>
          %y = arith.addf %x, %one {ra.stage = "node"} : tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
