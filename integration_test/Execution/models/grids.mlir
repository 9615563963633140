// Matrices as states: each node has a 3 x 5 grid, a small matrix that acts on its
// parent's, and a scalar weight; put together by slices, inserts and transposes.
#ik = affine_map<(i, j, k) -> (i, k)>
#kj = affine_map<(i, j, k) -> (k, j)>
#ij = affine_map<(i, j, k) -> (i, j)>
#b = affine_map<(b, i, k) -> (b, i, k)>
#bk = affine_map<(b, i, k) -> (b, k)>
#bi = affine_map<(b, i, k) -> (b, i)>

ra.model @Grids structure(tree) float(f32) {
  ra.type @tile(0)
  ra.type @pair(2)
  ra.input @x : tensor<3x5xf32> on @tile
  ra.input @tilt : tensor<3xf32>
  ra.input @kind : !ra.symbol<6> on @pair
  ra.param @start : tensor<3x3xf32>
  ra.param @mix : tensor<6x3x6xf32>
  ra.param @join : tensor<10x5xf32>
  ra.param @per : tensor<3x4x5xf32>

  ra.sweep @up up states(@grid : tensor<3x5xf32>, @act : tensor<3x3xf32>, @weight : tensor<f32>) {
    ra.body @tile {
      %x = ra.read self @x : tensor<3x5xf32>
      %tilt = ra.read self @tilt : tensor<3xf32>
      %start = ra.read param @start : tensor<3x3xf32>
      %room = tensor.empty() : tensor<3x3xf32>
      %rows = linalg.broadcast ins(%tilt : tensor<3xf32>) outs(%room : tensor<3x3xf32>) dimensions = [1]
      %columns = linalg.broadcast ins(%tilt : tensor<3xf32>) outs(%room : tensor<3x3xf32>) dimensions = [0]
      %outer = arith.mulf %rows, %columns : tensor<3x3xf32>
      %act = arith.addf %start, %outer : tensor<3x3xf32>
      %low = arith.constant dense<0xFF800000> : tensor<f32>
      %top = linalg.reduce { arith.maximumf } ins(%x : tensor<3x5xf32>) outs(%low : tensor<f32>) dimensions = [0, 1]
      ra.yield %x, %act, %top : tensor<3x5xf32>, tensor<3x3xf32>, tensor<f32>
    }
    ra.body @pair {
      %kind = ra.read self @kind : !ra.symbol<6>
      %mix = ra.read param @mix : tensor<6x3x6xf32>
      %M = ra.lookup %mix[%kind] : (tensor<6x3x6xf32>, !ra.symbol<6>) -> tensor<3x6xf32>
      %join = ra.read param @join : tensor<10x5xf32>
      %per = ra.read param @per : tensor<3x4x5xf32>
      %l = ra.read child(0) @up::@grid : tensor<3x5xf32>
      %r = ra.read child(1) @up::@grid : tensor<3x5xf32>
      %L = ra.read child(0) @up::@act : tensor<3x3xf32>
      %R = ra.read child(1) @up::@act : tensor<3x3xf32>
      %wl = ra.read child(0) @up::@weight : tensor<f32>
      %wr = ra.read child(1) @up::@weight : tensor<f32>
      %tilt = ra.read child(1) @tilt : tensor<3xf32>

      // Each child's grid, acted on by its sibling's matrix, side by side.
      %zero = arith.constant dense<0.0> : tensor<3x5xf32>
      %a = linalg.contract indexing_maps = [#ik, #kj, #ij] ins(%R, %l : tensor<3x3xf32>, tensor<3x5xf32>)
             outs(%zero : tensor<3x5xf32>) -> tensor<3x5xf32>
      %c = linalg.contract indexing_maps = [#ik, #kj, #ij] ins(%L, %r : tensor<3x3xf32>, tensor<3x5xf32>)
             outs(%a : tensor<3x5xf32>) -> tensor<3x5xf32>
      %wide = tensor.concat dim(1) %a, %c : (tensor<3x5xf32>, tensor<3x5xf32>) -> tensor<3x10xf32>
      %narrow = linalg.contract indexing_maps = [#ik, #kj, #ij] ins(%wide, %join : tensor<3x10xf32>, tensor<10x5xf32>)
             outs(%zero : tensor<3x5xf32>) -> tensor<3x5xf32>

      // The middle of a larger grid is the left child's row 1 as a column.
      %row = tensor.extract_slice %l[1, 1] [1, 3] [1, 1] : tensor<3x5xf32> to tensor<3xf32>
      %mixed = arith.mulf %row, %tilt : tensor<3xf32>
      %with = tensor.insert_slice %mixed into %narrow[0, 2] [3, 1] [1, 1] : tensor<3xf32> into tensor<3x5xf32>
      %corner = tensor.extract_slice %c[1, 2] [2, 3] [1, 1] : tensor<3x5xf32> to tensor<2x3xf32>
      %more = tensor.insert_slice %corner into %with[0, 1] [2, 3] [1, 1] : tensor<2x3xf32> into tensor<3x5xf32>
      %four = arith.constant dense<[[0.5, -0.5, 0.25, 1.0], [0.0, 2.0, -1.0, 0.5], [1.0, 1.0, -0.25, 0.125]]>
                : tensor<3x4xf32>
      %g = linalg.contract indexing_maps = [#b, #bk, #bi] ins(%per, %more : tensor<3x4x5xf32>, tensor<3x5xf32>)
             outs(%four : tensor<3x4xf32>) -> tensor<3x4xf32>
      %last = tensor.extract_slice %more[0, 4] [3, 1] [1, 1] : tensor<3x5xf32> to tensor<3x1xf32>
      %five = tensor.concat dim(1) %last, %g : (tensor<3x1xf32>, tensor<3x4xf32>) -> tensor<3x5xf32>

      // A softmax along the columns' dimension.
      %low = arith.constant dense<0xFF800000> : tensor<5xf32>
      %none = arith.constant dense<0.0> : tensor<5xf32>
      %room = tensor.empty() : tensor<3x5xf32>
      %max = linalg.reduce { arith.maximumf } ins(%five : tensor<3x5xf32>) outs(%low : tensor<5xf32>) dimensions = [0]
      %maxw = linalg.broadcast ins(%max : tensor<5xf32>) outs(%room : tensor<3x5xf32>) dimensions = [0]
      %shifted = arith.subf %five, %maxw : tensor<3x5xf32>
      %e = math.exp %shifted : tensor<3x5xf32>
      %sum = linalg.reduce { arith.addf } ins(%e : tensor<3x5xf32>) outs(%none : tensor<5xf32>) dimensions = [0]
      %sumw = linalg.broadcast ins(%sum : tensor<5xf32>) outs(%room : tensor<3x5xf32>) dimensions = [0]
      %soft = arith.divf %e, %sumw : tensor<3x5xf32>
      %grid = arith.subf %soft, %zero : tensor<3x5xf32>

      // The matrix: M's two halves applied to the children's, one of them transposed.
      %square = tensor.empty() : tensor<3x3xf32>
      %Rt = linalg.transpose ins(%R : tensor<3x3xf32>) outs(%square : tensor<3x3xf32>) permutation = [1, 0]
      %both = tensor.concat dim(0) %L, %Rt : (tensor<3x3xf32>, tensor<3x3xf32>) -> tensor<6x3xf32>
      %nothing = arith.constant dense<0.0> : tensor<3x3xf32>
      %act = linalg.contract indexing_maps = [#ik, #kj, #ij] ins(%M, %both : tensor<3x6xf32>, tensor<6x3xf32>)
               outs(%nothing : tensor<3x3xf32>) -> tensor<3x3xf32>

      // The scalar: the larger child's, shrunk by the grid's first element.
      %corner1 = tensor.extract_slice %grid[0, 0] [1, 1] [1, 1] : tensor<3x5xf32> to tensor<1x1xf32>
      %point = tensor.collapse_shape %corner1 [] : tensor<1x1xf32> into tensor<f32>
      %most = arith.maximumf %wl, %wr : tensor<f32>
      %is = arith.cmpf ogt, %wl, %point : tensor<f32>
      %taken = arith.select %is, %most, %point : tensor<i1>, tensor<f32>
      %weight = arith.mulf %taken, %point : tensor<f32>
      ra.yield %grid, %act, %weight : tensor<3x5xf32>, tensor<3x3xf32>, tensor<f32>
    }
  }

  ra.sweep @read map at roots states(@flat : tensor<24xf32>) {
    ra.body {
      %grid = ra.read self @up::@grid : tensor<3x5xf32>
      %act = ra.read self @up::@act : tensor<3x3xf32>
      %t = tensor.empty() : tensor<5x3xf32>
      %turned = linalg.transpose ins(%grid : tensor<3x5xf32>) outs(%t : tensor<5x3xf32>) permutation = [1, 0]
      %all = tensor.concat dim(0) %turned, %act : (tensor<5x3xf32>, tensor<3x3xf32>) -> tensor<8x3xf32>
      %flat = tensor.collapse_shape %all [[0, 1]] : tensor<8x3xf32> into tensor<24xf32>
      ra.yield %flat : tensor<24xf32>
    }
  }
  ra.output @flat = @read::@flat
  ra.output @weight = @up::@weight at nodes
}
