#map = affine_map<(d0, d1, d2) -> (d1, d2, d0)>
#map1 = affine_map<(d0, d1, d2) -> (d2)>
#map2 = affine_map<(d0, d1, d2) -> (d0, d1)>
#map3 = affine_map<(d0, d1) -> (d1, d0)>
#map4 = affine_map<(d0, d1) -> (d1)>
#map5 = affine_map<(d0, d1) -> (d0)>
#map6 = affine_map<(d0, d1) -> (d0, d1)>
module {
  ra.model @RNTN structure(tree) float(f32) {
    ra.type @leaf(0)
    ra.type @internal(2)
    ra.input @word : !ra.symbol<4> on @leaf
    ra.param @embedding : tensor<4x3xf32>
    ra.param @V : tensor<3x6x6xf32>
    ra.param @W : tensor<3x6xf32>
    ra.param @b : tensor<3xf32>
    ra.sweep @up up states(@h : tensor<3xf32>) {
      ra.body @leaf {
        %embedding = ra.read param @embedding : tensor<4x3xf32>
        %word = ra.read self @word : !ra.symbol<4>
        %0 = ra.lookup %embedding[%word] : (tensor<4x3xf32>, !ra.symbol<4>) -> tensor<3xf32>
        ra.yield %0 : tensor<3xf32>
      }
      ra.body @internal {
        %V = ra.read param @V : tensor<3x6x6xf32>
        %cst = arith.constant dense<0.000000e+00> : tensor<6x3xf32>
        %cst_0 = arith.constant dense<0.000000e+00> : tensor<3xf32>
        %W = ra.read param @W : tensor<3x6xf32>
        %b = ra.read param @b : tensor<3xf32>
        %h = ra.read child(0) @up::@h : tensor<3xf32>
        %h_1 = ra.read child(1) @up::@h : tensor<3xf32>
        %concat = tensor.concat dim(0) %h, %h_1 : (tensor<3xf32>, tensor<3xf32>) -> tensor<6xf32>
        %0 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%V, %concat : tensor<3x6x6xf32>, tensor<6xf32>) outs(%cst : tensor<6x3xf32>) -> tensor<6x3xf32>
        %1 = linalg.contract indexing_maps = [#map3, #map4, #map5] ins(%0, %concat : tensor<6x3xf32>, tensor<6xf32>) outs(%cst_0 : tensor<3xf32>) -> tensor<3xf32>
        %2 = linalg.contract indexing_maps = [#map6, #map4, #map5] ins(%W, %concat : tensor<3x6xf32>, tensor<6xf32>) outs(%b : tensor<3xf32>) -> tensor<3xf32>
        %3 = arith.addf %1, %2 : tensor<3xf32>
        %4 = math.tanh %3 : tensor<3xf32>
        ra.yield %4 : tensor<3xf32>
      }
    }
    ra.output @root = @up::@h at roots
  }
}

