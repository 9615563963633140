#map = affine_map<(d0, d1) -> (d0, d1)>
#map1 = affine_map<(d0, d1) -> (d1)>
#map2 = affine_map<(d0, d1) -> (d0)>
module {
  ra.model @DAGRNN structure(dag) float(f32) {
    ra.type @node(0 to *)
    ra.input @x : tensor<4xf32>
    ra.param @U : tensor<3x4xf32>
    ra.param @W : tensor<3x3xf32>
    ra.param @b : tensor<3xf32>
    ra.sweep @up up states(@h : tensor<3xf32>) {
      ra.body @node {
        %U = ra.read param @U : tensor<3x4xf32>
        %b = ra.read param @b : tensor<3xf32>
        %W = ra.read param @W : tensor<3x3xf32>
        %cst = arith.constant dense<0.000000e+00> : tensor<3xf32>
        %0 = ra.over children [sum] {
          %h = ra.read there @up::@h : tensor<3xf32>
          ra.yield %h : tensor<3xf32>
        } : tensor<3xf32>
        %x = ra.read self @x : tensor<4xf32>
        %1 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%U, %x : tensor<3x4xf32>, tensor<4xf32>) outs(%b : tensor<3xf32>) -> tensor<3xf32>
        %2 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%W, %0 : tensor<3x3xf32>, tensor<3xf32>) outs(%cst : tensor<3xf32>) -> tensor<3xf32>
        %3 = arith.addf %1, %2 : tensor<3xf32>
        %4 = arith.maximumf %3, %cst : tensor<3xf32>
        ra.yield %4 : tensor<3xf32>
      }
    }
    ra.output @root = @up::@h at roots
  }
}

