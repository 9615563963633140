#map = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map1 = affine_map<(d0, d1, d2) -> (d2)>
#map2 = affine_map<(d0, d1, d2) -> (d0, d1)>
#map3 = affine_map<(d0, d1) -> (d0, d1)>
#map4 = affine_map<(d0, d1) -> (d1)>
#map5 = affine_map<(d0, d1) -> (d0)>
module {
  ra.model @TreeLSTM structure(tree) float(f32) {
    ra.type @leaf(0)
    ra.type @internal(1 to *)
    ra.input @word : !ra.symbol<5> on @leaf
    ra.param @embedding : tensor<5x3xf32>
    ra.param @W : tensor<3x4x3xf32>
    ra.param @U : tensor<3x4x4xf32>
    ra.param @b : tensor<3x4xf32>
    ra.param @Uf : tensor<4x4xf32>
    ra.param @bf : tensor<4xf32>
    ra.sweep @up up states(@h : tensor<4xf32>, @c : tensor<4xf32>) {
      ra.body @leaf {
        %W = ra.read param @W : tensor<3x4x3xf32>
        %embedding = ra.read param @embedding : tensor<5x3xf32>
        %b = ra.read param @b : tensor<3x4xf32>
        %word = ra.read self @word : !ra.symbol<5>
        %0 = ra.lookup %embedding[%word] : (tensor<5x3xf32>, !ra.symbol<5>) -> tensor<3xf32>
        %1 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%W, %0 : tensor<3x4x3xf32>, tensor<3xf32>) outs(%b : tensor<3x4xf32>) -> tensor<3x4xf32>
        %extracted_slice = tensor.extract_slice %1[0, 0] [1, 4] [1, 1] : tensor<3x4xf32> to tensor<4xf32>
        %2 = ra.sigmoid %extracted_slice : tensor<4xf32>
        %extracted_slice_0 = tensor.extract_slice %1[2, 0] [1, 4] [1, 1] : tensor<3x4xf32> to tensor<4xf32>
        %3 = math.tanh %extracted_slice_0 : tensor<4xf32>
        %4 = arith.mulf %2, %3 : tensor<4xf32>
        %extracted_slice_1 = tensor.extract_slice %1[1, 0] [1, 4] [1, 1] : tensor<3x4xf32> to tensor<4xf32>
        %5 = ra.sigmoid %extracted_slice_1 : tensor<4xf32>
        %6 = math.tanh %4 : tensor<4xf32>
        %7 = arith.mulf %5, %6 : tensor<4xf32>
        ra.yield %7, %4 : tensor<4xf32>, tensor<4xf32>
      }
      ra.body @internal {
        %U = ra.read param @U : tensor<3x4x4xf32>
        %b = ra.read param @b : tensor<3x4xf32>
        %Uf = ra.read param @Uf : tensor<4x4xf32>
        %bf = ra.read param @bf : tensor<4xf32>
        %0 = ra.over children [sum] {
          %h = ra.read there @up::@h : tensor<4xf32>
          ra.yield %h : tensor<4xf32>
        } : tensor<4xf32>
        %1 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%U, %0 : tensor<3x4x4xf32>, tensor<4xf32>) outs(%b : tensor<3x4xf32>) -> tensor<3x4xf32>
        %2 = ra.over children [sum] {
          %h = ra.read there @up::@h : tensor<4xf32>
          %10 = linalg.contract indexing_maps = [#map3, #map4, #map5] ins(%Uf, %h : tensor<4x4xf32>, tensor<4xf32>) outs(%bf : tensor<4xf32>) -> tensor<4xf32>
          %11 = ra.sigmoid %10 : tensor<4xf32>
          %c = ra.read there @up::@c : tensor<4xf32>
          %12 = arith.mulf %11, %c : tensor<4xf32>
          ra.yield %12 : tensor<4xf32>
        } : tensor<4xf32>
        %extracted_slice = tensor.extract_slice %1[0, 0] [1, 4] [1, 1] : tensor<3x4xf32> to tensor<4xf32>
        %3 = ra.sigmoid %extracted_slice : tensor<4xf32>
        %extracted_slice_0 = tensor.extract_slice %1[2, 0] [1, 4] [1, 1] : tensor<3x4xf32> to tensor<4xf32>
        %4 = math.tanh %extracted_slice_0 : tensor<4xf32>
        %5 = arith.mulf %3, %4 : tensor<4xf32>
        %6 = arith.addf %5, %2 : tensor<4xf32>
        %extracted_slice_1 = tensor.extract_slice %1[1, 0] [1, 4] [1, 1] : tensor<3x4xf32> to tensor<4xf32>
        %7 = ra.sigmoid %extracted_slice_1 : tensor<4xf32>
        %8 = math.tanh %6 : tensor<4xf32>
        %9 = arith.mulf %7, %8 : tensor<4xf32>
        ra.yield %9, %6 : tensor<4xf32>, tensor<4xf32>
      }
    }
    ra.output @root = @up::@h at roots
  }
}

