#map = affine_map<(d0, d1) -> (d1)>
#map1 = affine_map<(d0, d1) -> (d1, d0)>
#map2 = affine_map<(d0, d1) -> (d0)>
module {
  ra.model @TreeFC structure(tree) float(f32) {
    ra.type @leaf(0)
    ra.type @internal(2)
    ra.input @word : !ra.symbol<2147483648> on @leaf
    ra.param @embedding : tensor<5x3xf32>
    ra.param @composition.weight : tensor<6x3xf32>
    ra.param @composition.bias : tensor<3xf32>
    ra.param @projection.weight : tensor<3x2xf32>
    ra.param @projection.bias : tensor<2xf32>
    ra.sweep @up up states(@h : tensor<3xf32>) {
      ra.body @leaf {
        %embedding = ra.read param @embedding : tensor<5x3xf32>
        %word = ra.read self @word : !ra.symbol<2147483648>
        %0 = ra.lookup %embedding[%word] : (tensor<5x3xf32>, !ra.symbol<2147483648>) -> tensor<3xf32>
        ra.yield %0 : tensor<3xf32>
      }
      ra.body @internal {
        %composition.weight = ra.read param @composition.weight : tensor<6x3xf32>
        %composition.bias = ra.read param @composition.bias : tensor<3xf32>
        %cst = arith.constant dense<0.000000e+00> : tensor<3xf32>
        %h = ra.read child(0) @up::@h : tensor<3xf32>
        %h_0 = ra.read child(1) @up::@h : tensor<3xf32>
        %concat = tensor.concat dim(0) %h, %h_0 : (tensor<3xf32>, tensor<3xf32>) -> tensor<6xf32>
        %0 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%concat, %composition.weight : tensor<6xf32>, tensor<6x3xf32>) outs(%composition.bias : tensor<3xf32>) -> tensor<3xf32>
        %1 = arith.maximumf %0, %cst : tensor<3xf32>
        ra.yield %1 : tensor<3xf32>
      }
    }
    ra.sweep @readout map at roots states(@y : tensor<2xf32>) {
      ra.body {
        %projection.weight = ra.read param @projection.weight : tensor<3x2xf32>
        %projection.bias = ra.read param @projection.bias : tensor<2xf32>
        %h = ra.read self @up::@h : tensor<3xf32>
        %0 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%h, %projection.weight : tensor<3xf32>, tensor<3x2xf32>) outs(%projection.bias : tensor<2xf32>) -> tensor<2xf32>
        ra.yield %0 : tensor<2xf32>
      }
    }
    ra.output @logits = @readout::@y
  }
}

