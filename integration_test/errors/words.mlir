// A model whose nodes all have words, inner ones too.
ra.model @Words structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @inner(1 to *)
  ra.input @word : !ra.symbol<4>
  ra.param @E : tensor<4x2xf32>
  ra.sweep @s map states(@h : tensor<2xf32>) {
    ra.body {
      %e = ra.read param @E : tensor<4x2xf32>
      %w = ra.read self @word : !ra.symbol<4>
      %h = ra.lookup %e[%w] : (tensor<4x2xf32>, !ra.symbol<4>) -> tensor<2xf32>
      ra.yield %h : tensor<2xf32>
    }
  }
  ra.output @h = @s::@h at roots
}
