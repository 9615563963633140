// RUN: cortex-opt %s --split-input-file --ra-fold-constants | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ra-fold-constants --remarks-filter-passed=ra-fold-constants -o /dev/null 2>&1 | FileCheck %s --check-prefix=COUNTS

// A zero initial state goes through a cell: products become their bias, gates of
// constants become constants, and what is not used any more disappears.

// COUNTS-DAG: operations folded {{.*}}Function=ZeroState | count=4
// COUNTS-DAG: products removed {{.*}}Function=ZeroState | count=1

// CHECK-LABEL: ra.model @ZeroState
// CHECK:      ra.body @leaf {
// CHECK-DAG:    %[[HALF:.*]] = arith.constant dense<5.000000e-01> : tensor<4xf32>
// CHECK-DAG:    %[[B:.*]] = ra.read param @b
// CHECK:        %[[T:.*]] = math.tanh %[[B]]
// CHECK-NEXT:   %[[H:.*]] = arith.mulf %[[T]], %[[HALF]]
// CHECK-NEXT:   ra.yield %[[H]]
ra.model @ZeroState structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.param @U : tensor<4x4xf32>
  ra.param @b : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body @leaf {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %U = ra.read param @U : tensor<4x4xf32>
      %b = ra.read param @b : tensor<4xf32>
      %g = linalg.contract indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (i)>]
        ins(%U, %z : tensor<4x4xf32>, tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
      %f = ra.sigmoid %z : tensor<4xf32>
      %fc = arith.mulf %f, %z : tensor<4xf32>
      %g1 = arith.addf %g, %fc : tensor<4xf32>
      %t = math.tanh %g1 : tensor<4xf32>
      %h = arith.mulf %f, %t : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
  ra.output @h = @up::@h
}

// -----

// Every kind of operation on splats.

// CHECK-LABEL: ra.model @Splats
// CHECK:      ra.body {
// CHECK-NEXT:   %[[C:.*]] = arith.constant dense<1.700000e+01> : tensor<2x2xf64>
// CHECK-NEXT:   ra.yield %[[C]]
ra.model @Splats structure(tree) float(f64) {
  ra.type @node(0 to *)
  ra.sweep @m map states(@y : tensor<2x2xf64>) {
    ra.body {
      %c2 = arith.constant 2.0 : f64
      %p0 = arith.constant dense<1.5> : tensor<f64>
      %two = tensor.splat %c2 : tensor<2xf64>
      %one = arith.constant dense<1.0> : tensor<3x4xf64>
      %init = arith.constant dense<0.5> : tensor<4xf64>
      %s = linalg.reduce { arith.addf } ins(%one : tensor<3x4xf64>) outs(%init : tensor<4xf64>) dimensions = [0]
      %p = linalg.reduce { arith.mulf } ins(%two : tensor<2xf64>) outs(%p0 : tensor<f64>) dimensions = [0]
      %m = linalg.reduce { arith.maximumf } ins(%two : tensor<2xf64>) outs(%p0 : tensor<f64>) dimensions = [0]
      %sm = tensor.extract_slice %s[1] [2] [1] : tensor<4xf64> to tensor<2xf64>
      %e = tensor.empty() : tensor<2x2xf64>
      %b = linalg.broadcast ins(%sm : tensor<2xf64>) outs(%e : tensor<2x2xf64>) dimensions = [1]
      %t = linalg.transpose ins(%b : tensor<2x2xf64>) outs(%e : tensor<2x2xf64>) permutation = [1, 0]
      %j = tensor.concat dim(0) %two, %two : (tensor<2xf64>, tensor<2xf64>) -> tensor<4xf64>
      %r = tensor.expand_shape %j [[0, 1]] output_shape [2, 2] : tensor<4xf64> into tensor<2x2xf64>
      %pe = tensor.empty() : tensor<2x2xf64>
      %pb = linalg.broadcast ins(%p : tensor<f64>) outs(%pe : tensor<2x2xf64>) dimensions = [0, 1]
      %mb = linalg.broadcast ins(%m : tensor<f64>) outs(%pe : tensor<2x2xf64>) dimensions = [0, 1]
      %0 = arith.mulf %r, %t : tensor<2x2xf64>
      %1 = arith.addf %0, %pb : tensor<2x2xf64>
      %2 = arith.addf %1, %mb : tensor<2x2xf64>
      %3 = arith.addf %2, %mb : tensor<2x2xf64>
      ra.yield %3 : tensor<2x2xf64>
    }
  }
  ra.output @y = @m::@y
}

// -----

// Neutral elements disappear; a product with zero does not (x may be NaN), nor
// do joins of different values.

// COUNTS-NOT: products removed {{.*}}Function=Neutral

// CHECK-LABEL: ra.model @Neutral
// CHECK:      ra.body {
// CHECK-DAG:    %[[Z:.*]] = arith.constant dense<0.000000e+00> : tensor<2xf32>
// CHECK-DAG:    %[[O:.*]] = arith.constant dense<1.000000e+00> : tensor<2xf32>
// CHECK:        %[[X:.*]] = ra.read self @x
// CHECK-NEXT:   %[[M:.*]] = arith.mulf %[[X]], %[[Z]]
// CHECK-NEXT:   %[[J:.*]] = tensor.concat dim(0) %[[Z]], %[[O]]
// CHECK-NEXT:   %[[K:.*]] = tensor.concat dim(0) %[[X]], %[[M]]
// CHECK-NEXT:   ra.yield %[[J]], %[[K]]
ra.model @Neutral structure(tree) float(f32) {
  ra.type @node(0 to *)
  ra.input @x : tensor<2xf32>
  ra.sweep @m map states(@y : tensor<4xf32>, @w : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<2xf32>
      %o = arith.constant dense<1.0> : tensor<2xf32>
      %x = ra.read self @x : tensor<2xf32>
      %0 = arith.addf %z, %x : tensor<2xf32>
      %1 = arith.subf %0, %z : tensor<2xf32>
      %2 = arith.mulf %o, %1 : tensor<2xf32>
      %3 = arith.divf %2, %o : tensor<2xf32>
      %4 = arith.addf %3, %z : tensor<2xf32>
      %m = arith.mulf %4, %z : tensor<2xf32>
      %j = tensor.concat dim(0) %z, %o : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
      %k = tensor.concat dim(0) %4, %m : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
      ra.yield %j, %k : tensor<4xf32>, tensor<4xf32>
    }
  }
  ra.output @y = @m::@y
}

// -----

// A selection by known values takes a side; a mask never becomes a constant.

// CHECK-LABEL: ra.model @Select
// CHECK:      ra.body {
// CHECK:        %[[X:.*]] = ra.read self @x
// CHECK-NOT:    arith.constant {{.*}}xi1>
// CHECK:        %[[M:.*]] = arith.cmpf ogt
// CHECK-NEXT:   %[[S:.*]] = arith.select %[[M]]
// CHECK-NEXT:   ra.yield %[[X]], %[[S]]
ra.model @Select structure(tree) float(f32) {
  ra.type @node(0 to *)
  ra.input @x : tensor<2xf32>
  ra.sweep @m map states(@y : tensor<2xf32>, @w : tensor<2xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<2xf32>
      %o = arith.constant dense<1.0> : tensor<2xf32>
      %v = arith.constant dense<[-1.0, 1.0]> : tensor<2xf32>
      %x = ra.read self @x : tensor<2xf32>
      %known = arith.cmpf olt, %z, %o : tensor<2xf32>
      %0 = arith.select %known, %x, %o : tensor<2xi1>, tensor<2xf32>
      %mixed = arith.cmpf ogt, %v, %z : tensor<2xf32>
      %1 = arith.select %mixed, %x, %o : tensor<2xi1>, tensor<2xf32>
      ra.yield %0, %1 : tensor<2xf32>, tensor<2xf32>
    }
  }
  ra.output @y = @m::@y
}
