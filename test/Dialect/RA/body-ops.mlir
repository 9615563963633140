// The closed list: every operation that a body may use is accepted and printed.
// RUN: cortex-opt %s | cortex-opt | FileCheck %s

#mv0 = affine_map<(i, k) -> (i, k)>
#mv1 = affine_map<(i, k) -> (k)>
#mv2 = affine_map<(i, k) -> (i)>
#bilinear0 = affine_map<(s, i, j) -> (s, i, j)>
#bilinear1 = affine_map<(s, i, j) -> (j)>
#bilinear2 = affine_map<(s, i, j) -> (s, i)>
#dot = affine_map<(k) -> (k)>
#scalar = affine_map<(k) -> ()>
#batch0 = affine_map<(b, i, k) -> (b, i, k)>
#batch1 = affine_map<(b, i, k) -> (b, k)>
#batch2 = affine_map<(b, i, k) -> (b, i)>

// CHECK-LABEL: ra.model @ClosedList
ra.model @ClosedList structure(tree) float(f32) {
  ra.type @node(0 to *)
  ra.input @x : tensor<4xf32>
  ra.param @W : tensor<3x4xf32>
  ra.param @B : tensor<2x3x4xf32>
  ra.sweep @m map states(@h : tensor<4xf32>) {
    ra.body @node {
      %x = ra.read self @x : tensor<4xf32>
      %W = ra.read param @W : tensor<3x4xf32>
      %B = ra.read param @B : tensor<2x3x4xf32>
      // CHECK: %[[c:.*]] = arith.constant 5.000000e-01 : f32
      // CHECK: tensor.splat %[[c]] : tensor<4xf32>
      %half = arith.constant 0.5 : f32
      %halves = tensor.splat %half : tensor<4xf32>
      // CHECK: arith.constant dense<{{.*}}> : tensor<3xf32>
      %bias = arith.constant dense<[0.1, 0.2, 0.3]> : tensor<3xf32>
      %zero = arith.constant dense<0.0> : tensor<f32>
      %z23 = arith.constant dense<0.0> : tensor<2x3xf32>
      // CHECK: linalg.contract
      %mv = linalg.contract indexing_maps = [#mv0, #mv1, #mv2] ins(%W, %x : tensor<3x4xf32>, tensor<4xf32>) outs(%bias : tensor<3xf32>) -> tensor<3xf32>
      // CHECK: linalg.contract
      %dot = linalg.contract indexing_maps = [#dot, #dot, #scalar] ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%zero : tensor<f32>) -> tensor<f32>
      // CHECK: linalg.contract
      %bil = linalg.contract indexing_maps = [#bilinear0, #bilinear1, #bilinear2] ins(%B, %x : tensor<2x3x4xf32>, tensor<4xf32>) outs(%z23 : tensor<2x3xf32>) -> tensor<2x3xf32>
      // CHECK: tensor.empty() : tensor<2x4xf32>
      // CHECK: linalg.broadcast
      %e24 = tensor.empty() : tensor<2x4xf32>
      %x2 = linalg.broadcast ins(%x : tensor<4xf32>) outs(%e24 : tensor<2x4xf32>) dimensions = [0]
      // CHECK: linalg.contract
      %batch = linalg.contract indexing_maps = [#batch0, #batch1, #batch2] ins(%B, %x2 : tensor<2x3x4xf32>, tensor<2x4xf32>) outs(%bil : tensor<2x3xf32>) -> tensor<2x3xf32>
      // CHECK: linalg.transpose
      %e32 = tensor.empty() : tensor<3x2xf32>
      %t = linalg.transpose ins(%batch : tensor<2x3xf32>) outs(%e32 : tensor<3x2xf32>) permutation = [1, 0]
      // CHECK: linalg.reduce { arith.addf }
      %sum = linalg.reduce { arith.addf } ins(%t : tensor<3x2xf32>) outs(%mv : tensor<3xf32>) dimensions = [1]
      // CHECK: linalg.reduce { arith.mulf }
      %prod = linalg.reduce { arith.mulf } ins(%t : tensor<3x2xf32>) outs(%mv : tensor<3xf32>) dimensions = [1]
      // CHECK: linalg.reduce { arith.maximumf }
      %max = linalg.reduce { arith.maximumf } ins(%t : tensor<3x2xf32>) outs(%mv : tensor<3xf32>) dimensions = [1]
      // CHECK: linalg.reduce { arith.minimumf }
      %min = linalg.reduce { arith.minimumf } ins(%t : tensor<3x2xf32>) outs(%mv : tensor<3xf32>) dimensions = [1]
      // CHECK: tensor.concat dim(0)
      %cat = tensor.concat dim(0) %sum, %prod : (tensor<3xf32>, tensor<3xf32>) -> tensor<6xf32>
      // CHECK: tensor.extract_slice %{{.*}}[1] [4] [1]
      %slice = tensor.extract_slice %cat[1] [4] [1] : tensor<6xf32> to tensor<4xf32>
      // CHECK: tensor.extract_slice %{{.*}}[2, 0] [1, 4] [1, 1] : tensor<3x4xf32> to tensor<4xf32>
      %row = tensor.extract_slice %W[2, 0] [1, 4] [1, 1] : tensor<3x4xf32> to tensor<4xf32>
      // CHECK: tensor.insert_slice
      %ins = tensor.insert_slice %max into %slice[1] [3] [1] : tensor<3xf32> into tensor<4xf32>
      // CHECK: tensor.expand_shape
      %exp = tensor.expand_shape %ins [[0, 1]] output_shape [2, 2] : tensor<4xf32> into tensor<2x2xf32>
      // CHECK: tensor.collapse_shape
      %col = tensor.collapse_shape %exp [[0, 1]] : tensor<2x2xf32> into tensor<4xf32>
      // CHECK: arith.addf
      %a0 = arith.addf %col, %row : tensor<4xf32>
      // CHECK: arith.subf
      %a1 = arith.subf %a0, %halves : tensor<4xf32>
      // CHECK: arith.mulf
      %a2 = arith.mulf %a1, %x : tensor<4xf32>
      // CHECK: arith.divf
      %a3 = arith.divf %a2, %halves : tensor<4xf32>
      // CHECK: arith.negf
      %a4 = arith.negf %a3 : tensor<4xf32>
      // CHECK: arith.maximumf
      %a5 = arith.maximumf %a4, %x : tensor<4xf32>
      // CHECK: arith.minimumf
      %a6 = arith.minimumf %a5, %x : tensor<4xf32>
      // CHECK: arith.cmpf ogt, %{{.*}} : tensor<4xf32>
      %mask = arith.cmpf ogt, %a6, %x : tensor<4xf32>
      // CHECK: arith.select %{{.*}} : tensor<4xi1>, tensor<4xf32>
      %a7 = arith.select %mask, %a6, %x : tensor<4xi1>, tensor<4xf32>
      // CHECK: math.exp
      %m0 = math.exp %a7 : tensor<4xf32>
      // CHECK: math.log
      %m1 = math.log %m0 : tensor<4xf32>
      // CHECK: math.tanh
      %m2 = math.tanh %m1 : tensor<4xf32>
      // CHECK: math.erf
      %m3 = math.erf %m2 : tensor<4xf32>
      // CHECK: math.sqrt
      %m4 = math.sqrt %m3 : tensor<4xf32>
      // CHECK: math.absf
      %m5 = math.absf %m4 : tensor<4xf32>
      // CHECK: math.fma
      %m6 = math.fma %m5, %x, %a0 : tensor<4xf32>
      // CHECK: ra.sigmoid
      %m7 = ra.sigmoid %m6 : tensor<4xf32>
      ra.yield %m7 : tensor<4xf32>
    }
  }
}
