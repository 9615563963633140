// What a body may compute, but has no loops for: a choice among more slices than are
// worth computing. (A table of parameters has any number.)
// RUN: cortex-opt %s --split-input-file --convert-ra-to-ilir --verify-diagnostics

ra.model @Computed structure(tree) float(f32) {
  ra.type @node(0 to 2)
  ra.input @word : !ra.symbol<65>
  ra.param @E : tensor<65x8xf32>
  ra.sweep @up up states(@h : tensor<65x8xf32>, @y : tensor<8xf32>) {
    ra.body {
      %w = ra.read self @word : !ra.symbol<65>
      %E = ra.read param @E : tensor<65x8xf32>
      %h = ra.read child(0) @up::@h else %E : tensor<65x8xf32>
      // expected-error@+1 {{'ra.lookup' op looks up a value computed at the node, of 65 slices; expected a table of parameters, or at most 64 slices}}
      %y = ra.lookup %h[%w] : (tensor<65x8xf32>, !ra.symbol<65>) -> tensor<8xf32>
      ra.yield %h, %y : tensor<65x8xf32>, tensor<8xf32>
    }
  }
  ra.output @y = @up::@y
}
