module {
  ra.model @TreeRNN structure(tree) float(f32) {
    ra.type @leaf(0)
    ra.type @internal(2)
    ra.input @word : !ra.symbol<5> on @leaf
    ra.param @embedding : tensor<5x3xf32>
    ra.sweep @up up states(@h : tensor<3xf32>) {
      ra.body @leaf {
        %embedding = ra.read param @embedding : tensor<5x3xf32>
        %word = ra.read self @word : !ra.symbol<5>
        %0 = ra.lookup %embedding[%word] : (tensor<5x3xf32>, !ra.symbol<5>) -> tensor<3xf32>
        ra.yield %0 : tensor<3xf32>
      }
      ra.body @internal {
        %h = ra.read child(0) @up::@h : tensor<3xf32>
        %h_0 = ra.read child(1) @up::@h : tensor<3xf32>
        %0 = arith.addf %h, %h_0 : tensor<3xf32>
        %1 = math.tanh %0 : tensor<3xf32>
        ra.yield %1 : tensor<3xf32>
      }
    }
    ra.output @root = @up::@h at roots
  }
}

