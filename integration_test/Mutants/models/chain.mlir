// Products with two children's states by two weights, without a bias: the second one continues the sums of the first.
#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>
ra.model @Chain structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(2)
  ra.input @word : !ra.symbol<11> on @leaf
  ra.param @words : tensor<11x13xf32>
  ra.param @U : tensor<13x13xf32>
  ra.param @V : tensor<13x13xf32>
  ra.sweep @up up states(@h : tensor<13xf32>) {
    ra.body @leaf {
      %words = ra.read param @words : tensor<11x13xf32>
      %word = ra.read self @word : !ra.symbol<11>
      %h = ra.lookup %words[%word] : (tensor<11x13xf32>, !ra.symbol<11>) -> tensor<13xf32>
      ra.yield %h : tensor<13xf32>
    }
    ra.body @internal {
      %l = ra.read child(0) @up::@h : tensor<13xf32>
      %r = ra.read child(1) @up::@h : tensor<13xf32>
      %U = ra.read param @U : tensor<13x13xf32>
      %V = ra.read param @V : tensor<13x13xf32>
      %zero = arith.constant dense<0.0> : tensor<13xf32>
      %p = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %l : tensor<13x13xf32>, tensor<13xf32>) outs(%zero : tensor<13xf32>) -> tensor<13xf32>
      %q = linalg.contract indexing_maps = [#ik, #k, #i] ins(%V, %r : tensor<13x13xf32>, tensor<13xf32>) outs(%p : tensor<13xf32>) -> tensor<13xf32>
      %h = math.tanh %q : tensor<13xf32>
      ra.yield %h : tensor<13xf32>
    }
  }
  ra.output @root = @up::@h
}
