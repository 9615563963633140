// A leaf adds the rows of two tables, an internal node its children's sums: nothing
// but additions, so that the order in which they are made is seen in the bytes.
ra.model @Words structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to *)
  ra.input @word : !ra.symbol<11> on @leaf
  ra.input @tag : !ra.symbol<11> on @leaf
  ra.param @words : tensor<11x13xf32>
  ra.param @tags : tensor<11x13xf32>
  ra.sweep @up up states(@h : tensor<13xf32>) {
    ra.body @leaf {
      %words = ra.read param @words : tensor<11x13xf32>
      %tags = ra.read param @tags : tensor<11x13xf32>
      %word = ra.read self @word : !ra.symbol<11>
      %tag = ra.read self @tag : !ra.symbol<11>
      %w = ra.lookup %words[%word] : (tensor<11x13xf32>, !ra.symbol<11>) -> tensor<13xf32>
      %t = ra.lookup %tags[%tag] : (tensor<11x13xf32>, !ra.symbol<11>) -> tensor<13xf32>
      %h = arith.addf %w, %t : tensor<13xf32>
      ra.yield %h : tensor<13xf32>
    }
    ra.body @internal {
      %h = ra.over children [sum] {
        %k = ra.read there @up::@h : tensor<13xf32>
        ra.yield %k : tensor<13xf32>
      } : tensor<13xf32>
      ra.yield %h : tensor<13xf32>
    }
  }
  ra.output @root = @up::@h
}
