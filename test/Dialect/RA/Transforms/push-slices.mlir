// RUN: cortex-opt %s --split-input-file --ra-push-slices | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ra-push-slices --remarks-filter-passed=ra-push-slices --remarks-filter-missed=ra-push-slices -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// Unequal parts of a gated sum: each part is computed from its rows of the
// parameters, through the bias, the elementwise operations and the broadcast.
// The first part's own, equal parts are left to ra-stack-slices.

// REMARKS-COUNT-2: remark: [Missed] {{.*}}the slices are alike
// REMARKS: slices pushed {{.*}}Function=Unequal | count=2

// CHECK-LABEL: ra.model @Unequal
// CHECK-DAG:  %[[X:.*]] = ra.read self @x
// CHECK-DAG:  %[[W:.*]] = ra.read param @W
// CHECK-DAG:  %[[W0:.*]] = tensor.extract_slice %[[W]][0, 0] [4, 3] [1, 1]
// CHECK-DAG:  %[[W1:.*]] = tensor.extract_slice %[[W]][4, 0] [2, 3] [1, 1]
// CHECK-DAG:  %[[B:.*]] = ra.read param @b
// CHECK-DAG:  %[[B0:.*]] = tensor.extract_slice %[[B]][0] [4] [1]
// CHECK-DAG:  %[[B1:.*]] = tensor.extract_slice %[[B]][4] [2] [1]
// CHECK-DAG:  %[[P0:.*]] = linalg.contract {{.*}} ins(%[[W0]], %[[X]] : {{.*}}) outs(%[[B0]] : tensor<4xf32>)
// CHECK-DAG:  %[[P1:.*]] = linalg.contract {{.*}} ins(%[[W1]], %[[X]] : {{.*}}) outs(%[[B1]] : tensor<2xf32>)
// CHECK-DAG:  %[[O0:.*]] = linalg.broadcast {{.*}} outs({{.*}} : tensor<4xf32>) dimensions = [0]
// CHECK-DAG:  %[[O1:.*]] = linalg.broadcast {{.*}} outs({{.*}} : tensor<2xf32>) dimensions = [0]
// CHECK-DAG:  arith.mulf %[[P0]], %[[O0]] : tensor<4xf32>
// CHECK-DAG:  arith.mulf %[[P1]], %[[O1]] : tensor<2xf32>
// CHECK:      tensor.extract_slice {{.*}}[2] [2] [1] : tensor<4xf32> to tensor<2xf32>
// CHECK-NOT:  -> tensor<6xf32>
// CHECK:      tensor.concat dim(0)
ra.model @Unequal structure(tree) float(f32) {
  ra.type @node(0 to *)
  ra.input @x : tensor<3xf32>
  ra.input @o : tensor<f32>
  ra.param @W : tensor<6x3xf32>
  ra.param @b : tensor<6xf32>
  ra.sweep @m map states(@y : tensor<4xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<3xf32>
      %o = ra.read self @o : tensor<f32>
      %W = ra.read param @W : tensor<6x3xf32>
      %b = ra.read param @b : tensor<6xf32>
      %p = linalg.contract indexing_maps = [#ik, #k, #i] ins(%W, %x : tensor<6x3xf32>, tensor<3xf32>) outs(%b : tensor<6xf32>) -> tensor<6xf32>
      %e = tensor.empty() : tensor<6xf32>
      %ob = linalg.broadcast ins(%o : tensor<f32>) outs(%e : tensor<6xf32>) dimensions = [0]
      %s = arith.mulf %p, %ob : tensor<6xf32>
      %s0 = tensor.extract_slice %s[0] [4] [1] : tensor<6xf32> to tensor<4xf32>
      %s1 = tensor.extract_slice %s[4] [2] [1] : tensor<6xf32> to tensor<2xf32>
      %t0 = math.tanh %s0 : tensor<4xf32>
      %u0 = tensor.extract_slice %t0[0] [2] [1] : tensor<4xf32> to tensor<2xf32>
      %u1 = tensor.extract_slice %t0[2] [2] [1] : tensor<4xf32> to tensor<2xf32>
      %y0 = arith.addf %u0, %u1 : tensor<2xf32>
      %y = tensor.concat dim(0) %s1, %y0 : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
      ra.yield %y : tensor<4xf32>
    }
  }
  ra.output @y = @m::@y
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// One element of a product, without its dimension: a product of one row.

// REMARKS: slices pushed {{.*}}Function=Element | count=1

// CHECK-LABEL: ra.model @Element
// CHECK:      %[[E:.*]] = ra.read param @E
// CHECK:      %[[E1:.*]] = tensor.extract_slice %[[E]][0, 2] [9, 1] [1, 1] : tensor<9x5xf32> to tensor<9x1xf32>
// CHECK:      %[[R:.*]] = ra.lookup %[[E1]][{{.*}}] {{.*}} -> tensor<1xf32>
// CHECK:      %[[S:.*]] = tensor.extract_slice %[[R]][0] [1] [1] : tensor<1xf32> to tensor<f32>
// CHECK:      ra.yield %[[S]]
ra.model @Element structure(tree) float(f32) {
  ra.type @node(0 to *)
  ra.input @word : !ra.symbol<9>
  ra.param @E : tensor<9x5xf32>
  ra.sweep @m map states(@y : tensor<f32>) {
    ra.body {
      %w = ra.read self @word : !ra.symbol<9>
      %E = ra.read param @E : tensor<9x5xf32>
      %r = ra.lookup %E[%w] : (tensor<9x5xf32>, !ra.symbol<9>) -> tensor<5xf32>
      %s = tensor.extract_slice %r[2] [1] [1] : tensor<5xf32> to tensor<f32>
      ra.yield %s : tensor<f32>
    }
  }
  ra.output @y = @m::@y
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// Left alone: slices along an outer dimension, without a word; equal parts, which
// ra-stack-slices keeps together; a value that is also used whole; a reduction
// over neighbours.

// REMARKS-COUNT-2: remark: [Missed] {{.*}}the slices are alike: ra-stack-slices keeps them one product
// REMARKS: remark: [Missed] {{.*}}the value is also used whole, by 'linalg.contract'
// REMARKS: remark: [Missed] {{.*}}the slices reach 'ra.over'
// REMARKS-NOT: remark:

// CHECK-LABEL: ra.model @Declined
// CHECK-COUNT-4: linalg.contract {{.*}} -> tensor<6xf32>
ra.model @Declined structure(tree) float(f32) {
  ra.type @node(0 to *)
  ra.param @W : tensor<6x6xf32>
  ra.param @b : tensor<6xf32>
  ra.param @c : tensor<6xf32>
  ra.sweep @up up states(@h : tensor<6xf32>) {
    ra.body {
      %h = ra.over children [sum] {
        %k = ra.read there @up::@h : tensor<6xf32>
        ra.yield %k : tensor<6xf32>
      } : tensor<6xf32>
      %W = ra.read param @W : tensor<6x6xf32>
      %b = ra.read param @b : tensor<6xf32>
      %c = ra.read param @c : tensor<6xf32>
      %p = linalg.contract indexing_maps = [#ik, #k, #i] ins(%W, %h : tensor<6x6xf32>, tensor<6xf32>) outs(%b : tensor<6xf32>) -> tensor<6xf32>
      %p0 = tensor.extract_slice %p[0] [3] [1] : tensor<6xf32> to tensor<3xf32>
      %p1 = tensor.extract_slice %p[3] [3] [1] : tensor<6xf32> to tensor<3xf32>
      %pp = tensor.concat dim(0) %p1, %p0 : (tensor<3xf32>, tensor<3xf32>) -> tensor<6xf32>
      %q = linalg.contract indexing_maps = [#ik, #k, #i] ins(%W, %pp : tensor<6x6xf32>, tensor<6xf32>) outs(%c : tensor<6xf32>) -> tensor<6xf32>
      %q0 = tensor.extract_slice %q[0] [2] [1] : tensor<6xf32> to tensor<2xf32>
      %r = linalg.contract indexing_maps = [#ik, #k, #i] ins(%W, %q : tensor<6x6xf32>, tensor<6xf32>) outs(%c : tensor<6xf32>) -> tensor<6xf32>
      %r2 = tensor.expand_shape %r [[0, 1]] output_shape [2, 3] : tensor<6xf32> into tensor<2x3xf32>
      %r0 = tensor.extract_slice %r2[1, 0] [1, 3] [1, 1] : tensor<2x3xf32> to tensor<3xf32>
      %h0 = tensor.extract_slice %h[0] [1] [1] : tensor<6xf32> to tensor<1xf32>
      %j = tensor.concat dim(0) %q0, %r0, %h0 : (tensor<2xf32>, tensor<3xf32>, tensor<1xf32>) -> tensor<6xf32>
      %y = linalg.contract indexing_maps = [#ik, #k, #i] ins(%W, %j : tensor<6x6xf32>, tensor<6xf32>) outs(%c : tensor<6xf32>) -> tensor<6xf32>
      ra.yield %y : tensor<6xf32>
    }
  }
  ra.output @h = @up::@h
}
