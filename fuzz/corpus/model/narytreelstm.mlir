#map = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map1 = affine_map<(d0, d1, d2) -> (d2)>
#map2 = affine_map<(d0, d1, d2) -> (d0, d1)>
module {
  ra.model @NaryTreeLSTM structure(tree) float(f32) {
    ra.type @leaf(0)
    ra.type @internal(1 to 3)
    ra.input @word : !ra.symbol<5> on @leaf
    ra.param @embedding : tensor<5x2xf32>
    ra.param @W : tensor<3x3x2xf32>
    ra.param @U : tensor<3x3x9xf32>
    ra.param @b : tensor<3x3xf32>
    ra.param @Uf : tensor<3x3x9xf32>
    ra.param @bf : tensor<3xf32>
    ra.sweep @up up states(@h : tensor<3xf32>, @c : tensor<3xf32>) {
      ra.body @leaf {
        %W = ra.read param @W : tensor<3x3x2xf32>
        %embedding = ra.read param @embedding : tensor<5x2xf32>
        %b = ra.read param @b : tensor<3x3xf32>
        %word = ra.read self @word : !ra.symbol<5>
        %0 = ra.lookup %embedding[%word] : (tensor<5x2xf32>, !ra.symbol<5>) -> tensor<2xf32>
        %1 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%W, %0 : tensor<3x3x2xf32>, tensor<2xf32>) outs(%b : tensor<3x3xf32>) -> tensor<3x3xf32>
        %extracted_slice = tensor.extract_slice %1[0, 0] [1, 3] [1, 1] : tensor<3x3xf32> to tensor<3xf32>
        %2 = ra.sigmoid %extracted_slice : tensor<3xf32>
        %extracted_slice_0 = tensor.extract_slice %1[2, 0] [1, 3] [1, 1] : tensor<3x3xf32> to tensor<3xf32>
        %3 = math.tanh %extracted_slice_0 : tensor<3xf32>
        %4 = arith.mulf %2, %3 : tensor<3xf32>
        %extracted_slice_1 = tensor.extract_slice %1[1, 0] [1, 3] [1, 1] : tensor<3x3xf32> to tensor<3xf32>
        %5 = ra.sigmoid %extracted_slice_1 : tensor<3xf32>
        %6 = math.tanh %4 : tensor<3xf32>
        %7 = arith.mulf %5, %6 : tensor<3xf32>
        ra.yield %7, %4 : tensor<3xf32>, tensor<3xf32>
      }
      ra.body @internal {
        %cst = arith.constant dense<0.000000e+00> : tensor<3xf32>
        %U = ra.read param @U : tensor<3x3x9xf32>
        %b = ra.read param @b : tensor<3x3xf32>
        %Uf = ra.read param @Uf : tensor<3x3x9xf32>
        %bf = ra.read param @bf : tensor<3xf32>
        %h = ra.read child(0) @up::@h : tensor<3xf32>
        %h_0 = ra.read child(1) @up::@h else %cst : tensor<3xf32>
        %h_1 = ra.read child(2) @up::@h else %cst : tensor<3xf32>
        %concat = tensor.concat dim(0) %h, %h_0, %h_1 : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<9xf32>
        %0 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%U, %concat : tensor<3x3x9xf32>, tensor<9xf32>) outs(%b : tensor<3x3xf32>) -> tensor<3x3xf32>
        %1 = tensor.empty() : tensor<3x3xf32>
        %broadcasted = linalg.broadcast ins(%bf : tensor<3xf32>) outs(%1 : tensor<3x3xf32>) dimensions = [0] 
        %2 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%Uf, %concat : tensor<3x3x9xf32>, tensor<9xf32>) outs(%broadcasted : tensor<3x3xf32>) -> tensor<3x3xf32>
        %3 = ra.sigmoid %2 : tensor<3x3xf32>
        %extracted_slice = tensor.extract_slice %0[0, 0] [1, 3] [1, 1] : tensor<3x3xf32> to tensor<3xf32>
        %4 = ra.sigmoid %extracted_slice : tensor<3xf32>
        %extracted_slice_2 = tensor.extract_slice %0[2, 0] [1, 3] [1, 1] : tensor<3x3xf32> to tensor<3xf32>
        %5 = math.tanh %extracted_slice_2 : tensor<3xf32>
        %6 = arith.mulf %4, %5 : tensor<3xf32>
        %extracted_slice_3 = tensor.extract_slice %3[0, 0] [1, 3] [1, 1] : tensor<3x3xf32> to tensor<3xf32>
        %c = ra.read child(0) @up::@c : tensor<3xf32>
        %7 = arith.mulf %extracted_slice_3, %c : tensor<3xf32>
        %8 = arith.addf %6, %7 : tensor<3xf32>
        %extracted_slice_4 = tensor.extract_slice %3[1, 0] [1, 3] [1, 1] : tensor<3x3xf32> to tensor<3xf32>
        %c_5 = ra.read child(1) @up::@c else %cst : tensor<3xf32>
        %9 = arith.mulf %extracted_slice_4, %c_5 : tensor<3xf32>
        %10 = arith.addf %8, %9 : tensor<3xf32>
        %extracted_slice_6 = tensor.extract_slice %3[2, 0] [1, 3] [1, 1] : tensor<3x3xf32> to tensor<3xf32>
        %c_7 = ra.read child(2) @up::@c else %cst : tensor<3xf32>
        %11 = arith.mulf %extracted_slice_6, %c_7 : tensor<3xf32>
        %12 = arith.addf %10, %11 : tensor<3xf32>
        %extracted_slice_8 = tensor.extract_slice %0[1, 0] [1, 3] [1, 1] : tensor<3x3xf32> to tensor<3xf32>
        %13 = ra.sigmoid %extracted_slice_8 : tensor<3xf32>
        %14 = math.tanh %12 : tensor<3xf32>
        %15 = arith.mulf %13, %14 : tensor<3xf32>
        ra.yield %15, %12 : tensor<3xf32>, tensor<3xf32>
      }
    }
    ra.output @root = @up::@h at roots
  }
}

