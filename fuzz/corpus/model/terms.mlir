#map = affine_map<(d0) -> (d0)>
#map1 = affine_map<(d0) -> ()>
#map2 = affine_map<(d0, d1) -> (d0, d1)>
#map3 = affine_map<(d0, d1) -> (d1)>
#map4 = affine_map<(d0, d1) -> (d0)>
module {
  ra.model @Terms structure(dag) float(f32) {
    ra.type @var(0)
    ra.type @fn(1 to *)
    ra.type @eq(2)
    ra.input @name : !ra.symbol<5> on @var
    ra.input @sym : !ra.symbol<4> on @fn
    ra.param @embedding : tensor<5x3xf32>
    ra.param @Q : tensor<4x3xf32>
    ra.param @Wfn : tensor<4x3x3xf32>
    ra.param @W_l : tensor<3x3xf32>
    ra.param @W_r : tensor<3x3xf32>
    ra.param @b : tensor<3xf32>
    ra.sweep @up up states(@h : tensor<3xf32>) {
      ra.body @var {
        %embedding = ra.read param @embedding : tensor<5x3xf32>
        %name = ra.read self @name : !ra.symbol<5>
        %0 = ra.lookup %embedding[%name] : (tensor<5x3xf32>, !ra.symbol<5>) -> tensor<3xf32>
        ra.yield %0 : tensor<3xf32>
      }
      ra.body @fn {
        %Q = ra.read param @Q : tensor<4x3xf32>
        %cst = arith.constant dense<0.000000e+00> : tensor<f32>
        %Wfn = ra.read param @Wfn : tensor<4x3x3xf32>
        %cst_0 = arith.constant dense<0.000000e+00> : tensor<3xf32>
        %sym = ra.read self @sym : !ra.symbol<4>
        %0 = ra.lookup %Q[%sym] : (tensor<4x3xf32>, !ra.symbol<4>) -> tensor<3xf32>
        %1 = ra.over children [softmax] {
          %h = ra.read there @up::@h : tensor<3xf32>
          %5 = linalg.contract indexing_maps = [#map, #map, #map1] ins(%0, %h : tensor<3xf32>, tensor<3xf32>) outs(%cst : tensor<f32>) -> tensor<f32>
          %h_1 = ra.read there @up::@h : tensor<3xf32>
          ra.yield %5, %h_1 : tensor<f32>, tensor<3xf32>
        } : tensor<3xf32>
        %2 = ra.lookup %Wfn[%sym] : (tensor<4x3x3xf32>, !ra.symbol<4>) -> tensor<3x3xf32>
        %3 = linalg.contract indexing_maps = [#map2, #map3, #map4] ins(%2, %1 : tensor<3x3xf32>, tensor<3xf32>) outs(%cst_0 : tensor<3xf32>) -> tensor<3xf32>
        %4 = arith.maximumf %3, %cst_0 : tensor<3xf32>
        ra.yield %4 : tensor<3xf32>
      }
      ra.body @eq {
        %W_l = ra.read param @W_l : tensor<3x3xf32>
        %b = ra.read param @b : tensor<3xf32>
        %W_r = ra.read param @W_r : tensor<3x3xf32>
        %cst = arith.constant dense<0.000000e+00> : tensor<3xf32>
        %h = ra.read child(0) @up::@h : tensor<3xf32>
        %0 = linalg.contract indexing_maps = [#map2, #map3, #map4] ins(%W_l, %h : tensor<3x3xf32>, tensor<3xf32>) outs(%b : tensor<3xf32>) -> tensor<3xf32>
        %h_0 = ra.read child(1) @up::@h : tensor<3xf32>
        %1 = linalg.contract indexing_maps = [#map2, #map3, #map4] ins(%W_r, %h_0 : tensor<3x3xf32>, tensor<3xf32>) outs(%cst : tensor<3xf32>) -> tensor<3xf32>
        %2 = arith.addf %0, %1 : tensor<3xf32>
        %3 = math.tanh %2 : tensor<3xf32>
        ra.yield %3 : tensor<3xf32>
      }
    }
    ra.output @root = @up::@h at roots
  }
}

