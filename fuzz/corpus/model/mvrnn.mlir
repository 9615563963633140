#map = affine_map<(d0, d1) -> (d0, d1)>
#map1 = affine_map<(d0, d1) -> (d1)>
#map2 = affine_map<(d0, d1) -> (d0)>
#map3 = affine_map<(d0, d1, d2) -> (d0, d2)>
#map4 = affine_map<(d0, d1, d2) -> (d2, d1)>
#map5 = affine_map<(d0, d1, d2) -> (d0, d1)>
module {
  ra.model @MVRNN structure(tree) float(f32) {
    ra.type @leaf(0)
    ra.type @internal(2)
    ra.input @word : !ra.symbol<4> on @leaf
    ra.param @embedding : tensor<4x3xf32>
    ra.param @embedding_matrix : tensor<4x3x3xf32>
    ra.param @W : tensor<3x6xf32>
    ra.param @bias : tensor<3xf32>
    ra.param @W_M : tensor<3x6xf32>
    ra.sweep @up up states(@a : tensor<3xf32>, @A : tensor<3x3xf32>) {
      ra.body @leaf {
        %embedding = ra.read param @embedding : tensor<4x3xf32>
        %embedding_matrix = ra.read param @embedding_matrix : tensor<4x3x3xf32>
        %word = ra.read self @word : !ra.symbol<4>
        %0 = ra.lookup %embedding[%word] : (tensor<4x3xf32>, !ra.symbol<4>) -> tensor<3xf32>
        %1 = ra.lookup %embedding_matrix[%word] : (tensor<4x3x3xf32>, !ra.symbol<4>) -> tensor<3x3xf32>
        ra.yield %0, %1 : tensor<3xf32>, tensor<3x3xf32>
      }
      ra.body @internal {
        %W = ra.read param @W : tensor<3x6xf32>
        %cst = arith.constant dense<0.000000e+00> : tensor<3xf32>
        %bias = ra.read param @bias : tensor<3xf32>
        %W_M = ra.read param @W_M : tensor<3x6xf32>
        %cst_0 = arith.constant dense<0.000000e+00> : tensor<3x3xf32>
        %a = ra.read child(0) @up::@a : tensor<3xf32>
        %a_1 = ra.read child(1) @up::@a : tensor<3xf32>
        %A = ra.read child(0) @up::@A : tensor<3x3xf32>
        %A_2 = ra.read child(1) @up::@A : tensor<3x3xf32>
        %0 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%A_2, %a : tensor<3x3xf32>, tensor<3xf32>) outs(%cst : tensor<3xf32>) -> tensor<3xf32>
        %1 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%A, %a_1 : tensor<3x3xf32>, tensor<3xf32>) outs(%cst : tensor<3xf32>) -> tensor<3xf32>
        %concat = tensor.concat dim(0) %0, %1 : (tensor<3xf32>, tensor<3xf32>) -> tensor<6xf32>
        %2 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%W, %concat : tensor<3x6xf32>, tensor<6xf32>) outs(%bias : tensor<3xf32>) -> tensor<3xf32>
        %3 = math.tanh %2 : tensor<3xf32>
        %concat_3 = tensor.concat dim(0) %A, %A_2 : (tensor<3x3xf32>, tensor<3x3xf32>) -> tensor<6x3xf32>
        %4 = linalg.contract indexing_maps = [#map3, #map4, #map5] ins(%W_M, %concat_3 : tensor<3x6xf32>, tensor<6x3xf32>) outs(%cst_0 : tensor<3x3xf32>) -> tensor<3x3xf32>
        ra.yield %3, %4 : tensor<3xf32>, tensor<3x3xf32>
      }
    }
    ra.output @root = @up::@a at roots
  }
}

