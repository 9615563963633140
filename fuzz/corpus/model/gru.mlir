#map = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map1 = affine_map<(d0, d1, d2) -> (d2)>
#map2 = affine_map<(d0, d1, d2) -> (d0, d1)>
module {
  ra.model @GRU structure(sequence) float(f32) {
    ra.type @cell(0 to 1)
    ra.input @x : tensor<4xf32>
    ra.param @weight_ih_l0 : tensor<9x4xf32>
    ra.param @weight_hh_l0 : tensor<9x3xf32>
    ra.param @bias_ih_l0 : tensor<9xf32>
    ra.param @bias_hh_l0 : tensor<9xf32>
    ra.sweep @layer_l0 up states(@h : tensor<3xf32>) {
      ra.body @cell {
        %cst = arith.constant dense<0.000000e+00> : tensor<3xf32>
        %weight_ih_l0 = ra.read param @weight_ih_l0 : tensor<9x4xf32>
        %bias_ih_l0 = ra.read param @bias_ih_l0 : tensor<9xf32>
        %weight_hh_l0 = ra.read param @weight_hh_l0 : tensor<9x3xf32>
        %bias_hh_l0 = ra.read param @bias_hh_l0 : tensor<9xf32>
        %cst_0 = arith.constant dense<1.000000e+00> : tensor<3xf32>
        %h = ra.read child(0) @layer_l0::@h else %cst : tensor<3xf32>
        %x = ra.read self @x : tensor<4xf32>
        %expanded = tensor.expand_shape %weight_ih_l0 [[0, 1], [2]] output_shape [3, 3, 4] : tensor<9x4xf32> into tensor<3x3x4xf32>
        %expanded_1 = tensor.expand_shape %bias_ih_l0 [[0, 1]] output_shape [3, 3] : tensor<9xf32> into tensor<3x3xf32>
        %0 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%expanded, %x : tensor<3x3x4xf32>, tensor<4xf32>) outs(%expanded_1 : tensor<3x3xf32>) -> tensor<3x3xf32>
        %expanded_2 = tensor.expand_shape %weight_hh_l0 [[0, 1], [2]] output_shape [3, 3, 3] : tensor<9x3xf32> into tensor<3x3x3xf32>
        %expanded_3 = tensor.expand_shape %bias_hh_l0 [[0, 1]] output_shape [3, 3] : tensor<9xf32> into tensor<3x3xf32>
        %1 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%expanded_2, %h : tensor<3x3x3xf32>, tensor<3xf32>) outs(%expanded_3 : tensor<3x3xf32>) -> tensor<3x3xf32>
        %extracted_slice = tensor.extract_slice %0[0, 0] [1, 3] [1, 1] : tensor<3x3xf32> to tensor<3xf32>
        %extracted_slice_4 = tensor.extract_slice %1[0, 0] [1, 3] [1, 1] : tensor<3x3xf32> to tensor<3xf32>
        %2 = arith.addf %extracted_slice, %extracted_slice_4 : tensor<3xf32>
        %3 = ra.sigmoid %2 : tensor<3xf32>
        %extracted_slice_5 = tensor.extract_slice %0[1, 0] [1, 3] [1, 1] : tensor<3x3xf32> to tensor<3xf32>
        %extracted_slice_6 = tensor.extract_slice %1[1, 0] [1, 3] [1, 1] : tensor<3x3xf32> to tensor<3xf32>
        %4 = arith.addf %extracted_slice_5, %extracted_slice_6 : tensor<3xf32>
        %5 = ra.sigmoid %4 : tensor<3xf32>
        %extracted_slice_7 = tensor.extract_slice %0[2, 0] [1, 3] [1, 1] : tensor<3x3xf32> to tensor<3xf32>
        %extracted_slice_8 = tensor.extract_slice %1[2, 0] [1, 3] [1, 1] : tensor<3x3xf32> to tensor<3xf32>
        %6 = arith.mulf %3, %extracted_slice_8 : tensor<3xf32>
        %7 = arith.addf %extracted_slice_7, %6 : tensor<3xf32>
        %8 = math.tanh %7 : tensor<3xf32>
        %9 = arith.subf %cst_0, %5 : tensor<3xf32>
        %10 = arith.mulf %9, %8 : tensor<3xf32>
        %11 = arith.mulf %5, %h : tensor<3xf32>
        %12 = arith.addf %10, %11 : tensor<3xf32>
        ra.yield %12 : tensor<3xf32>
      }
    }
    ra.output @last = @layer_l0::@h at roots
  }
}

