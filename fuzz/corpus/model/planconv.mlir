#map = affine_map<(d0, d1) -> (d0, d1)>
#map1 = affine_map<(d0, d1) -> (d1)>
#map2 = affine_map<(d0, d1) -> (d0)>
module {
  ra.model @PlanConv structure(tree) float(f32) {
    ra.type @op(0 to 2)
    ra.input @x : tensor<3xf32>
    ra.param @W1 : tensor<4x9xf32>
    ra.param @b1 : tensor<4xf32>
    ra.param @W2 : tensor<5x12xf32>
    ra.param @b2 : tensor<5xf32>
    ra.sweep @conv1 map states(@y : tensor<4xf32>) {
      ra.body @op {
        %W1 = ra.read param @W1 : tensor<4x9xf32>
        %cst = arith.constant dense<0.000000e+00> : tensor<3xf32>
        %b1 = ra.read param @b1 : tensor<4xf32>
        %x = ra.read self @x : tensor<3xf32>
        %x_0 = ra.read child(0) @x else %cst : tensor<3xf32>
        %x_1 = ra.read child(1) @x else %cst : tensor<3xf32>
        %concat = tensor.concat dim(0) %x, %x_0, %x_1 : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<9xf32>
        %0 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%W1, %concat : tensor<4x9xf32>, tensor<9xf32>) outs(%b1 : tensor<4xf32>) -> tensor<4xf32>
        ra.yield %0 : tensor<4xf32>
      }
    }
    ra.sweep @centre map at structures states(@mean : tensor<f32>) {
      ra.body {
        %cst = arith.constant dense<0.000000e+00> : tensor<f32>
        %cst_0 = arith.constant dense<4.000000e+00> : tensor<f32>
        %0 = ra.over nodes [mean] {
          %y = ra.read there @conv1::@y : tensor<4xf32>
          %reduced = linalg.reduce { arith.addf } ins(%y : tensor<4xf32>) outs(%cst : tensor<f32>) dimensions = [0] 
          %1 = arith.divf %reduced, %cst_0 : tensor<f32>
          ra.yield %1 : tensor<f32>
        } : tensor<f32>
        ra.yield %0 : tensor<f32>
      }
    }
    ra.sweep @spread map at structures states(@deviation : tensor<f32>) {
      ra.body {
        %cst = arith.constant dense<0.000000e+00> : tensor<f32>
        %cst_0 = arith.constant dense<4.000000e+00> : tensor<f32>
        %cst_1 = arith.constant dense<9.99999974E-6> : tensor<f32>
        %mean = ra.read self @centre::@mean : tensor<f32>
        %0 = ra.over nodes [mean] {
          %y = ra.read there @conv1::@y : tensor<4xf32>
          %3 = tensor.empty() : tensor<4xf32>
          %broadcasted = linalg.broadcast ins(%mean : tensor<f32>) outs(%3 : tensor<4xf32>) dimensions = [0] 
          %4 = arith.subf %y, %broadcasted : tensor<4xf32>
          %5 = arith.mulf %4, %4 : tensor<4xf32>
          %reduced = linalg.reduce { arith.addf } ins(%5 : tensor<4xf32>) outs(%cst : tensor<f32>) dimensions = [0] 
          %6 = arith.divf %reduced, %cst_0 : tensor<f32>
          ra.yield %6 : tensor<f32>
        } : tensor<f32>
        %1 = arith.addf %0, %cst_1 : tensor<f32>
        %2 = math.sqrt %1 : tensor<f32>
        ra.yield %2 : tensor<f32>
      }
    }
    ra.sweep @norm map states(@a : tensor<4xf32>) {
      ra.body @op {
        %cst = arith.constant dense<0.000000e+00> : tensor<4xf32>
        %y = ra.read self @conv1::@y : tensor<4xf32>
        %mean = ra.read structure @centre::@mean : tensor<f32>
        %0 = tensor.empty() : tensor<4xf32>
        %broadcasted = linalg.broadcast ins(%mean : tensor<f32>) outs(%0 : tensor<4xf32>) dimensions = [0] 
        %1 = arith.subf %y, %broadcasted : tensor<4xf32>
        %deviation = ra.read structure @spread::@deviation : tensor<f32>
        %2 = tensor.empty() : tensor<4xf32>
        %broadcasted_0 = linalg.broadcast ins(%deviation : tensor<f32>) outs(%2 : tensor<4xf32>) dimensions = [0] 
        %3 = arith.divf %1, %broadcasted_0 : tensor<4xf32>
        %4 = arith.maximumf %3, %cst : tensor<4xf32>
        ra.yield %4 : tensor<4xf32>
      }
    }
    ra.sweep @conv2 map states(@z : tensor<5xf32>) {
      ra.body @op {
        %W2 = ra.read param @W2 : tensor<5x12xf32>
        %cst = arith.constant dense<0.000000e+00> : tensor<4xf32>
        %b2 = ra.read param @b2 : tensor<5xf32>
        %cst_0 = arith.constant dense<0.000000e+00> : tensor<5xf32>
        %a = ra.read self @norm::@a : tensor<4xf32>
        %a_1 = ra.read child(0) @norm::@a else %cst : tensor<4xf32>
        %a_2 = ra.read child(1) @norm::@a else %cst : tensor<4xf32>
        %concat = tensor.concat dim(0) %a, %a_1, %a_2 : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<12xf32>
        %0 = linalg.contract indexing_maps = [#map, #map1, #map2] ins(%W2, %concat : tensor<5x12xf32>, tensor<12xf32>) outs(%b2 : tensor<5xf32>) -> tensor<5xf32>
        %1 = arith.maximumf %0, %cst_0 : tensor<5xf32>
        ra.yield %1 : tensor<5xf32>
      }
    }
    ra.sweep @pool map at structures states(@v : tensor<5xf32>) {
      ra.body {
        %0 = ra.over nodes [max] {
          %z = ra.read there @conv2::@z : tensor<5xf32>
          ra.yield %z : tensor<5xf32>
        } : tensor<5xf32>
        ra.yield %0 : tensor<5xf32>
      }
    }
    ra.output @pooled = @pool::@v at structures
  }
}

