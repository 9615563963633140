#map = affine_map<(d0, d1) -> (d0, d1)>
#map1 = affine_map<(d0, d1) -> (d1)>
#map2 = affine_map<(d0, d1) -> (d0)>
module {
  ra.model @SimpleTreeGRU structure(tree) float(f64) {
    ra.type @leaf(0)
    ra.type @internal(1 to *)
    ra.input @word : !ra.symbol<4> on @leaf
    ra.param @embedding : tensor<4x2xf64>
    ra.param @W_z : tensor<3x2xf64>
    ra.param @W_h : tensor<3x2xf64>
    ra.param @U_z : tensor<3x3xf64>
    ra.param @U_r : tensor<3x3xf64>
    ra.param @U_h : tensor<3x3xf64>
    ra.param @b_z : tensor<3xf64>
    ra.param @b_r : tensor<3xf64>
    ra.param @b_h : tensor<3xf64>
    ra.sweep @up up states(@h : tensor<3xf64>) {
      ra.body @leaf {
        %embedding = ra.read param @embedding : tensor<4x2xf64>
        %W_z = ra.read param @W_z : tensor<3x2xf64>
        %b_z = ra.read param @b_z : tensor<3xf64>
        %cst = arith.constant dense<1.000000e+00> : tensor<3xf64>
        %W_h = ra.read param @W_h : tensor<3x2xf64>
        %b_h = ra.read param @b_h : tensor<3xf64>
        %word = ra.read self @word : !ra.symbol<4>
        %0 = ra.lookup %embedding[%word] : (tensor<4x2xf64>, !ra.symbol<4>) -> tensor<2xf64>
        %1 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%W_z, %0 : tensor<3x2xf64>, tensor<2xf64>) outs(%b_z : tensor<3xf64>) -> tensor<3xf64>
        %2 = ra.sigmoid %1 : tensor<3xf64>
        %3 = arith.subf %cst, %2 : tensor<3xf64>
        %4 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%W_h, %0 : tensor<3x2xf64>, tensor<2xf64>) outs(%b_h : tensor<3xf64>) -> tensor<3xf64>
        %5 = math.tanh %4 : tensor<3xf64>
        %6 = arith.mulf %3, %5 : tensor<3xf64>
        ra.yield %6 : tensor<3xf64>
      }
      ra.body @internal {
        %U_z = ra.read param @U_z : tensor<3x3xf64>
        %b_z = ra.read param @b_z : tensor<3xf64>
        %U_r = ra.read param @U_r : tensor<3x3xf64>
        %b_r = ra.read param @b_r : tensor<3xf64>
        %cst = arith.constant dense<1.000000e+00> : tensor<3xf64>
        %U_h = ra.read param @U_h : tensor<3x3xf64>
        %b_h = ra.read param @b_h : tensor<3xf64>
        %0 = ra.over children [sum] {
          %h = ra.read there @up::@h : tensor<3xf64>
          ra.yield %h : tensor<3xf64>
        } : tensor<3xf64>
        %1 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%U_z, %0 : tensor<3x3xf64>, tensor<3xf64>) outs(%b_z : tensor<3xf64>) -> tensor<3xf64>
        %2 = ra.sigmoid %1 : tensor<3xf64>
        %3 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%U_r, %0 : tensor<3x3xf64>, tensor<3xf64>) outs(%b_r : tensor<3xf64>) -> tensor<3xf64>
        %4 = ra.sigmoid %3 : tensor<3xf64>
        %5 = arith.subf %cst, %2 : tensor<3xf64>
        %6 = arith.mulf %4, %0 : tensor<3xf64>
        %7 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%U_h, %6 : tensor<3x3xf64>, tensor<3xf64>) outs(%b_h : tensor<3xf64>) -> tensor<3xf64>
        %8 = math.tanh %7 : tensor<3xf64>
        %9 = arith.mulf %5, %8 : tensor<3xf64>
        ra.yield %9 : tensor<3xf64>
      }
    }
    ra.output @root = @up::@h at roots
  }
}

