#map = affine_map<(d0, d1) -> (d0, d1)>
#map1 = affine_map<(d0, d1) -> (d1)>
#map2 = affine_map<(d0, d1) -> (d0)>
module {
  ra.model @TreeGRU structure(tree) float(f32) {
    ra.type @leaf(0)
    ra.type @internal(1 to *)
    ra.input @word : !ra.symbol<4> on @leaf
    ra.param @embedding : tensor<4x2xf32>
    ra.param @W_z : tensor<3x2xf32>
    ra.param @W_h : tensor<3x2xf32>
    ra.param @U_z : tensor<3x3xf32>
    ra.param @U_r : tensor<3x3xf32>
    ra.param @U_h : tensor<3x3xf32>
    ra.param @b_z : tensor<3xf32>
    ra.param @b_r : tensor<3xf32>
    ra.param @b_h : tensor<3xf32>
    ra.sweep @up up states(@h : tensor<3xf32>) {
      ra.body @leaf {
        %embedding = ra.read param @embedding : tensor<4x2xf32>
        %W_z = ra.read param @W_z : tensor<3x2xf32>
        %b_z = ra.read param @b_z : tensor<3xf32>
        %cst = arith.constant dense<1.000000e+00> : tensor<3xf32>
        %W_h = ra.read param @W_h : tensor<3x2xf32>
        %b_h = ra.read param @b_h : tensor<3xf32>
        %word = ra.read self @word : !ra.symbol<4>
        %0 = ra.lookup %embedding[%word] : (tensor<4x2xf32>, !ra.symbol<4>) -> tensor<2xf32>
        %1 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%W_z, %0 : tensor<3x2xf32>, tensor<2xf32>) outs(%b_z : tensor<3xf32>) -> tensor<3xf32>
        %2 = ra.sigmoid %1 : tensor<3xf32>
        %3 = arith.subf %cst, %2 : tensor<3xf32>
        %4 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%W_h, %0 : tensor<3x2xf32>, tensor<2xf32>) outs(%b_h : tensor<3xf32>) -> tensor<3xf32>
        %5 = math.tanh %4 : tensor<3xf32>
        %6 = arith.mulf %3, %5 : tensor<3xf32>
        ra.yield %6 : tensor<3xf32>
      }
      ra.body @internal {
        %U_z = ra.read param @U_z : tensor<3x3xf32>
        %b_z = ra.read param @b_z : tensor<3xf32>
        %U_r = ra.read param @U_r : tensor<3x3xf32>
        %b_r = ra.read param @b_r : tensor<3xf32>
        %cst = arith.constant dense<1.000000e+00> : tensor<3xf32>
        %U_h = ra.read param @U_h : tensor<3x3xf32>
        %b_h = ra.read param @b_h : tensor<3xf32>
        %0 = ra.over children [sum] {
          %h = ra.read there @up::@h : tensor<3xf32>
          ra.yield %h : tensor<3xf32>
        } : tensor<3xf32>
        %1 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%U_z, %0 : tensor<3x3xf32>, tensor<3xf32>) outs(%b_z : tensor<3xf32>) -> tensor<3xf32>
        %2 = ra.sigmoid %1 : tensor<3xf32>
        %3 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%U_r, %0 : tensor<3x3xf32>, tensor<3xf32>) outs(%b_r : tensor<3xf32>) -> tensor<3xf32>
        %4 = ra.sigmoid %3 : tensor<3xf32>
        %5 = arith.subf %cst, %2 : tensor<3xf32>
        %6 = arith.mulf %4, %0 : tensor<3xf32>
        %7 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%U_h, %6 : tensor<3x3xf32>, tensor<3xf32>) outs(%b_h : tensor<3xf32>) -> tensor<3xf32>
        %8 = math.tanh %7 : tensor<3xf32>
        %9 = arith.mulf %5, %8 : tensor<3xf32>
        %10 = arith.mulf %2, %0 : tensor<3xf32>
        %11 = arith.addf %10, %9 : tensor<3xf32>
        ra.yield %11 : tensor<3xf32>
      }
    }
    ra.output @root = @up::@h at roots
  }
}

