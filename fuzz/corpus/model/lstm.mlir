#map = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map1 = affine_map<(d0, d1, d2) -> (d2)>
#map2 = affine_map<(d0, d1, d2) -> (d0, d1)>
module {
  ra.model @LSTM structure(sequence) float(f32) {
    ra.type @cell(0 to 1)
    ra.input @x : tensor<4xf32>
    ra.param @weight_ih_l0 : tensor<12x4xf32>
    ra.param @weight_hh_l0 : tensor<12x3xf32>
    ra.param @bias_ih_l0 : tensor<12xf32>
    ra.param @bias_hh_l0 : tensor<12xf32>
    ra.sweep @layer_l0 up states(@h : tensor<3xf32>, @c : tensor<3xf32>) {
      ra.body @cell {
        %weight_ih_l0 = ra.read param @weight_ih_l0 : tensor<12x4xf32>
        %bias_ih_l0 = ra.read param @bias_ih_l0 : tensor<12xf32>
        %cst = arith.constant dense<0.000000e+00> : tensor<3xf32>
        %weight_hh_l0 = ra.read param @weight_hh_l0 : tensor<12x3xf32>
        %bias_hh_l0 = ra.read param @bias_hh_l0 : tensor<12xf32>
        %x = ra.read self @x : tensor<4xf32>
        %expanded = tensor.expand_shape %weight_ih_l0 [[0, 1], [2]] output_shape [4, 3, 4] : tensor<12x4xf32> into tensor<4x3x4xf32>
        %expanded_0 = tensor.expand_shape %bias_ih_l0 [[0, 1]] output_shape [4, 3] : tensor<12xf32> into tensor<4x3xf32>
        %0 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%expanded, %x : tensor<4x3x4xf32>, tensor<4xf32>) outs(%expanded_0 : tensor<4x3xf32>) -> tensor<4x3xf32>
        %h = ra.read child(0) @layer_l0::@h else %cst : tensor<3xf32>
        %expanded_1 = tensor.expand_shape %weight_hh_l0 [[0, 1], [2]] output_shape [4, 3, 3] : tensor<12x3xf32> into tensor<4x3x3xf32>
        %expanded_2 = tensor.expand_shape %bias_hh_l0 [[0, 1]] output_shape [4, 3] : tensor<12xf32> into tensor<4x3xf32>
        %1 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%expanded_1, %h : tensor<4x3x3xf32>, tensor<3xf32>) outs(%expanded_2 : tensor<4x3xf32>) -> tensor<4x3xf32>
        %2 = arith.addf %0, %1 : tensor<4x3xf32>
        %extracted_slice = tensor.extract_slice %2[1, 0] [1, 3] [1, 1] : tensor<4x3xf32> to tensor<3xf32>
        %3 = ra.sigmoid %extracted_slice : tensor<3xf32>
        %c = ra.read child(0) @layer_l0::@c else %cst : tensor<3xf32>
        %4 = arith.mulf %3, %c : tensor<3xf32>
        %extracted_slice_3 = tensor.extract_slice %2[0, 0] [1, 3] [1, 1] : tensor<4x3xf32> to tensor<3xf32>
        %5 = ra.sigmoid %extracted_slice_3 : tensor<3xf32>
        %extracted_slice_4 = tensor.extract_slice %2[2, 0] [1, 3] [1, 1] : tensor<4x3xf32> to tensor<3xf32>
        %6 = math.tanh %extracted_slice_4 : tensor<3xf32>
        %7 = arith.mulf %5, %6 : tensor<3xf32>
        %8 = arith.addf %4, %7 : tensor<3xf32>
        %extracted_slice_5 = tensor.extract_slice %2[3, 0] [1, 3] [1, 1] : tensor<4x3xf32> to tensor<3xf32>
        %9 = ra.sigmoid %extracted_slice_5 : tensor<3xf32>
        %10 = math.tanh %8 : tensor<3xf32>
        %11 = arith.mulf %9, %10 : tensor<3xf32>
        ra.yield %11, %8 : tensor<3xf32>, tensor<3xf32>
      }
    }
    ra.output @last = @layer_l0::@h at roots
  }
}

