#map = affine_map<(d0, d1) -> (d0, d1)>
#map1 = affine_map<(d0, d1) -> (d1)>
#map2 = affine_map<(d0, d1) -> (d0)>
module {
  ra.model @UpDown structure(tree) float(f32) {
    ra.type @leaf(0)
    ra.type @internal(1 to *)
    ra.input @word : !ra.symbol<4> on @leaf
    ra.param @embedding : tensor<4x5xf32>
    ra.param @W : tensor<3x5xf32>
    ra.param @U : tensor<3x3xf32>
    ra.param @b : tensor<3xf32>
    ra.param @V : tensor<3x3xf32>
    ra.param @R : tensor<3x3xf32>
    ra.param @c : tensor<3xf32>
    ra.sweep @up up states(@h : tensor<3xf32>) {
      ra.body @leaf {
        %W = ra.read param @W : tensor<3x5xf32>
        %embedding = ra.read param @embedding : tensor<4x5xf32>
        %b = ra.read param @b : tensor<3xf32>
        %word = ra.read self @word : !ra.symbol<4>
        %0 = ra.lookup %embedding[%word] : (tensor<4x5xf32>, !ra.symbol<4>) -> tensor<5xf32>
        %1 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%W, %0 : tensor<3x5xf32>, tensor<5xf32>) outs(%b : tensor<3xf32>) -> tensor<3xf32>
        %2 = math.tanh %1 : tensor<3xf32>
        ra.yield %2 : tensor<3xf32>
      }
      ra.body @internal {
        %U = ra.read param @U : tensor<3x3xf32>
        %b = ra.read param @b : tensor<3xf32>
        %0 = ra.over children [sum] {
          %h = ra.read there @up::@h : tensor<3xf32>
          ra.yield %h : tensor<3xf32>
        } : tensor<3xf32>
        %1 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%U, %0 : tensor<3x3xf32>, tensor<3xf32>) outs(%b : tensor<3xf32>) -> tensor<3xf32>
        %2 = math.tanh %1 : tensor<3xf32>
        ra.yield %2 : tensor<3xf32>
      }
    }
    ra.sweep @down down states(@d : tensor<3xf32>) {
      ra.body {
        %V = ra.read param @V : tensor<3x3xf32>
        %c = ra.read param @c : tensor<3xf32>
        %R = ra.read param @R : tensor<3x3xf32>
        %cst = arith.constant dense<0.000000e+00> : tensor<3xf32>
        %h = ra.read self @up::@h : tensor<3xf32>
        %0 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%V, %h : tensor<3x3xf32>, tensor<3xf32>) outs(%c : tensor<3xf32>) -> tensor<3xf32>
        %d = ra.read parent @down::@d else %cst : tensor<3xf32>
        %1 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%R, %d : tensor<3x3xf32>, tensor<3xf32>) outs(%cst : tensor<3xf32>) -> tensor<3xf32>
        %2 = arith.addf %0, %1 : tensor<3xf32>
        %3 = math.tanh %2 : tensor<3xf32>
        ra.yield %3 : tensor<3xf32>
      }
    }
    ra.output @nodes = @down::@d at nodes
  }
}

