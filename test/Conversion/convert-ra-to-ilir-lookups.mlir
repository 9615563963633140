// Look-ups in what is no parameter.
// RUN: cortex-opt %s --split-input-file --ra-assign-stages --convert-ra-to-ilir | FileCheck %s

// A table computed from parameters is computed in prepare, once for both look-ups.

// CHECK-LABEL: ilir.program @Constant
// CHECK:      ilir.func @prepare {
// CHECK-NEXT:   ilir.rows once unassigned () {
// CHECK-NEXT:     %[[E:.*]] = ilir.load @E {ra.stage = "constant"} : tensor<9x8xf32>
// CHECK-NEXT:     %[[tanh:.*]] = math.tanh %[[E]] {ra.stage = "constant"} : tensor<9x8xf32>
// CHECK-NEXT:     ilir.store %[[tanh]], @const.0 : tensor<9x8xf32>
// CHECK-NEXT:   }
// CHECK-NEXT: }
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[sym:.*]] = ilir.symbol @word[%[[row]]] {ra.stage = "symbol:word"} : <row> to <symbol>
// CHECK-NEXT:         %[[row2:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[sym2:.*]] = ilir.symbol @other[%[[row2]]] {ra.stage = "symbol:other"} : <row> to <symbol>
// CHECK-NEXT:         %[[E:.*]] = ilir.load @E {ra.stage = "constant"} : tensor<9x8xf32>
// CHECK-NEXT:         %[[tanh:.*]] = math.tanh %[[E]] {ra.stage = "constant"} : tensor<9x8xf32>
// CHECK-NEXT:         %[[const0:.*]] = ilir.load @const.0[%[[sym]]] {ra.stage = "symbol:word"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[const02:.*]] = ilir.load @const.0[%[[sym2]]] {ra.stage = "symbol:other"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:         %[[addf:.*]] = arith.addf %[[const0]], %[[const02]] {ra.stage = "symbol:other,word"} : tensor<8xf32>
// CHECK-NEXT:         %[[row3:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         ilir.store %[[addf]], @up.h[%[[row3]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ra.model @Constant structure(tree) float(f32) {
  ra.type @node(0 to 2)
  ra.input @word : !ra.symbol<9>
  ra.input @other : !ra.symbol<9>
  ra.param @E : tensor<9x8xf32>
  ra.sweep @up up states(@h : tensor<8xf32>) {
    ra.body {
      %w = ra.read self @word : !ra.symbol<9>
      %v = ra.read self @other : !ra.symbol<9>
      %E = ra.read param @E : tensor<9x8xf32>
      %T = math.tanh %E : tensor<9x8xf32>
      %x = ra.lookup %T[%w] : (tensor<9x8xf32>, !ra.symbol<9>) -> tensor<8xf32>
      %y = ra.lookup %T[%v] : (tensor<9x8xf32>, !ra.symbol<9>) -> tensor<8xf32>
      %z = arith.addf %x, %y : tensor<8xf32>
      ra.yield %z : tensor<8xf32>
    }
  }
  ra.output @h = @up::@h
}

// -----

// A slice of what the node computed is chosen among all of them.

// CHECK-LABEL: ilir.program @Chosen
// CHECK:      ilir.func @prepare {
// CHECK-NEXT: }
// CHECK:      ilir.func @run {
// CHECK-NEXT:   ilir.levels @up {
// CHECK-NEXT:     ilir.strips {
// CHECK-NEXT:       ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:         %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[sym:.*]] = ilir.symbol @word[%[[row]]] {ra.stage = "symbol:word"} : <row> to <symbol>
// CHECK-NEXT:         %[[row2:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         %[[node:.*]] = ilir.index node %[[row2]] : <row> to <node>
// CHECK-NEXT:         %[[x:.*]] = ilir.load @x[%[[node]]] {ra.stage = "node"} : !ilir.index<node> to tensor<3x8xf32>
// CHECK-NEXT:         %[[tanh:.*]] = math.tanh %[[x]] {ra.stage = "node"} : tensor<3x8xf32>
// CHECK-NEXT:         %[[to_float:.*]] = ilir.to_float %[[sym]] {ra.stage = "node"} : <symbol> to tensor<f32>
// CHECK-NEXT:         %[[empty:.*]] = tensor.empty() : tensor<8xf32>
// CHECK-NEXT:         %[[broadcast:.*]] = linalg.broadcast ins(%[[to_float]] : tensor<f32>) outs(%[[empty]] : tensor<8xf32>) dimensions = [0]  {ra.stage = "node"}
// CHECK-NEXT:         %[[extract_slice:.*]] = tensor.extract_slice %[[tanh]][0, 0] [1, 8] [1, 1] {ra.stage = "node"} : tensor<3x8xf32> to tensor<8xf32>
// CHECK-NEXT:         %[[extract_slice2:.*]] = tensor.extract_slice %[[tanh]][1, 0] [1, 8] [1, 1] {ra.stage = "node"} : tensor<3x8xf32> to tensor<8xf32>
// CHECK-NEXT:         %[[cst:.*]] = arith.constant dense<1.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[cmpf:.*]] = arith.cmpf oeq, %[[broadcast]], %[[cst]] {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:         %[[select:.*]] = arith.select %[[cmpf]], %[[extract_slice2]], %[[extract_slice]] {ra.stage = "node"} : tensor<8xi1>, tensor<8xf32>
// CHECK-NEXT:         %[[extract_slice3:.*]] = tensor.extract_slice %[[tanh]][2, 0] [1, 8] [1, 1] {ra.stage = "node"} : tensor<3x8xf32> to tensor<8xf32>
// CHECK-NEXT:         %[[cst2:.*]] = arith.constant dense<2.000000e+00> : tensor<8xf32>
// CHECK-NEXT:         %[[cmpf2:.*]] = arith.cmpf oeq, %[[broadcast]], %[[cst2]] {ra.stage = "node"} : tensor<8xf32>
// CHECK-NEXT:         %[[select2:.*]] = arith.select %[[cmpf2]], %[[extract_slice3]], %[[select]] {ra.stage = "node"} : tensor<8xi1>, tensor<8xf32>
// CHECK-NEXT:         %[[row3:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:         ilir.store %[[select2]], @up.h[%[[row3]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ra.model @Chosen structure(tree) float(f32) {
  ra.type @node(0 to 2)
  ra.input @word : !ra.symbol<3>
  ra.input @x : tensor<3x8xf32>
  ra.sweep @up up states(@h : tensor<8xf32>) {
    ra.body {
      %w = ra.read self @word : !ra.symbol<3>
      %x = ra.read self @x : tensor<3x8xf32>
      %t = math.tanh %x : tensor<3x8xf32>
      %y = ra.lookup %t[%w] : (tensor<3x8xf32>, !ra.symbol<3>) -> tensor<8xf32>
      ra.yield %y : tensor<8xf32>
    }
  }
  ra.output @h = @up::@h
}
