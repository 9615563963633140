// A tree convolution with two hops, a norm over the whole tree between them, and
// a max pool.
// RUN: cortex-opt %s > %t.once
// RUN: cortex-opt %t.once | diff %t.once -
// RUN: FileCheck %s < %t.once

#mv0 = affine_map<(i, k) -> (i, k)>
#mv1 = affine_map<(i, k) -> (k)>
#mv2 = affine_map<(i, k) -> (i)>

// CHECK-LABEL: ra.model @PlanConv structure(tree) float(f64)
ra.model @PlanConv structure(tree) float(f64) {
  ra.type @op(0 to 2)
  ra.input @x : tensor<9xf64>
  ra.param @W1 : tensor<64x27xf64>
  ra.param @b1 : tensor<64xf64>
  ra.param @W2 : tensor<32x192xf64>
  ra.param @b2 : tensor<32xf64>
  // CHECK: ra.sweep @c1 map states(@y : tensor<64xf64>)
  // CHECK: ra.read child(1) @x else %{{.*}} : tensor<9xf64>
  ra.sweep @c1 map states(@y : tensor<64xf64>) {
    ra.body @op {
      %z = arith.constant dense<0.0> : tensor<9xf64>
      %s = ra.read self @x : tensor<9xf64>
      %l = ra.read child(0) @x else %z : tensor<9xf64>
      %r = ra.read child(1) @x else %z : tensor<9xf64>
      %slr = tensor.concat dim(0) %s, %l, %r : (tensor<9xf64>, tensor<9xf64>, tensor<9xf64>) -> tensor<27xf64>
      %W = ra.read param @W1 : tensor<64x27xf64>
      %b = ra.read param @b1 : tensor<64xf64>
      %y = linalg.contract indexing_maps = [#mv0, #mv1, #mv2] ins(%W, %slr : tensor<64x27xf64>, tensor<27xf64>) outs(%b : tensor<64xf64>) -> tensor<64xf64>
      ra.yield %y : tensor<64xf64>
    }
  }
  // CHECK: ra.sweep @n1 map at structures states(@m : tensor<f64>, @v : tensor<f64>)
  // CHECK: ra.over nodes [mean, mean] {
  ra.sweep @n1 map at structures states(@m : tensor<f64>, @v : tensor<f64>) {
    ra.body {
      %zero = arith.constant dense<0.0> : tensor<f64>
      %m, %q = ra.over nodes [mean, mean] {
        %y = ra.read there @c1::@y : tensor<64xf64>
        %n = arith.constant dense<64.0> : tensor<f64>
        %sum = linalg.reduce { arith.addf } ins(%y : tensor<64xf64>) outs(%zero : tensor<f64>) dimensions = [0]
        %mean = arith.divf %sum, %n : tensor<f64>
        %yy = arith.mulf %y, %y : tensor<64xf64>
        %sumsq = linalg.reduce { arith.addf } ins(%yy : tensor<64xf64>) outs(%zero : tensor<f64>) dimensions = [0]
        %meansq = arith.divf %sumsq, %n : tensor<f64>
        ra.yield %mean, %meansq : tensor<f64>, tensor<f64>
      } : tensor<f64>, tensor<f64>
      %mm = arith.mulf %m, %m : tensor<f64>
      %v = arith.subf %q, %mm : tensor<f64>
      ra.yield %m, %v : tensor<f64>, tensor<f64>
    }
  }
  // CHECK: ra.sweep @c2 map states(@y : tensor<32xf64>)
  // CHECK: ra.read structure @n1::@m : tensor<f64>
  ra.sweep @c2 map states(@y : tensor<32xf64>) {
    ra.body @op {
      %z = arith.constant dense<0.0> : tensor<64xf64>
      %s = ra.read self @c1::@y : tensor<64xf64>
      %l = ra.read child(0) @c1::@y else %z : tensor<64xf64>
      %r = ra.read child(1) @c1::@y else %z : tensor<64xf64>
      %slr = tensor.concat dim(0) %s, %l, %r : (tensor<64xf64>, tensor<64xf64>, tensor<64xf64>) -> tensor<192xf64>
      %m = ra.read structure @n1::@m : tensor<f64>
      %v = ra.read structure @n1::@v : tensor<f64>
      %eps = arith.constant dense<1.0e-5> : tensor<f64>
      %ve = arith.addf %v, %eps : tensor<f64>
      %sd = math.sqrt %ve : tensor<f64>
      %e = tensor.empty() : tensor<192xf64>
      %mb = linalg.broadcast ins(%m : tensor<f64>) outs(%e : tensor<192xf64>) dimensions = [0]
      %sb = linalg.broadcast ins(%sd : tensor<f64>) outs(%e : tensor<192xf64>) dimensions = [0]
      %centred = arith.subf %slr, %mb : tensor<192xf64>
      %normed = arith.divf %centred, %sb : tensor<192xf64>
      %W = ra.read param @W2 : tensor<32x192xf64>
      %b = ra.read param @b2 : tensor<32xf64>
      %y = linalg.contract indexing_maps = [#mv0, #mv1, #mv2] ins(%W, %normed : tensor<32x192xf64>, tensor<192xf64>) outs(%b : tensor<32xf64>) -> tensor<32xf64>
      ra.yield %y : tensor<32xf64>
    }
  }
  // CHECK: ra.sweep @pool map at structures states(@v : tensor<32xf64>)
  // CHECK: ra.over nodes [max] {
  ra.sweep @pool map at structures states(@v : tensor<32xf64>) {
    ra.body {
      %v = ra.over nodes [max] {
        %y = ra.read there @c2::@y : tensor<32xf64>
        ra.yield %y : tensor<32xf64>
      } : tensor<32xf64>
      ra.yield %v : tensor<32xf64>
    }
  }
  // CHECK: ra.output @plan = @pool::@v
  ra.output @plan = @pool::@v
}
