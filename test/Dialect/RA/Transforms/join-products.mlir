// RUN: cortex-opt %s --split-input-file --ra-join-products | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ra-join-products --remarks-filter-passed=ra-join-products --remarks-filter-missed=ra-join-products -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// Parts of the recursion in any order; the early one, on the bias, stays. There are as many sums as elements. What is
// left of the weight is a slice.

// REMARKS: products joined {{.*}}Function=Parts | count=2

// CHECK-LABEL: ra.model @Parts
// CHECK-DAG:   %[[L:.*]] = ra.read child(0) @up::@h
// CHECK-DAG:   %[[R:.*]] = ra.read child(1) @up::@h
// CHECK-DAG:   %[[W:.*]] = ra.read param @W
// CHECK-DAG:   %[[B:.*]] = ra.read param @b
// CHECK:       %[[P0:.*]] = linalg.contract {{.*}} ins(%{{.*}}, %{{.*}} : tensor<8x1xf32>, tensor<1xf32>) outs(%[[B]]
// CHECK:       %[[W12:.*]] = tensor.extract_slice %[[W]][0, 0] [8, 8] [1, 1]
// CHECK:       %[[LR:.*]] = tensor.concat dim(0) %[[L]], %[[R]]
// CHECK:       %[[P:.*]] = linalg.contract {{.*}} ins(%[[W12]], %[[LR]] : tensor<8x8xf32>, tensor<8xf32>) outs(%[[P0]]
// CHECK-NOT:   linalg.contract
ra.model @Parts structure(tree) float(f32) {
  ra.type @node(2)
  ra.param @W : tensor<8x9xf32>
  ra.param @b : tensor<8xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body {
      %l = ra.read child(0) @up::@h : tensor<4xf32>
      %r = ra.read child(1) @up::@h : tensor<4xf32>
      %W = ra.read param @W : tensor<8x9xf32>
      %b = ra.read param @b : tensor<8xf32>
      %one = arith.constant dense<1.0> : tensor<1xf32>
      %W2 = tensor.extract_slice %W[0, 8] [8, 1] [1, 1] : tensor<8x9xf32> to tensor<8x1xf32>
      %p0 = linalg.contract indexing_maps = [#ik, #k, #i] ins(%W2, %one : tensor<8x1xf32>, tensor<1xf32>) outs(%b : tensor<8xf32>) -> tensor<8xf32>
      %W1 = tensor.extract_slice %W[0, 4] [8, 4] [1, 1] : tensor<8x9xf32> to tensor<8x4xf32>
      %p1 = linalg.contract indexing_maps = [#ik, #k, #i] ins(%W1, %r : tensor<8x4xf32>, tensor<4xf32>) outs(%p0 : tensor<8xf32>) -> tensor<8xf32>
      %W0 = tensor.extract_slice %W[0, 0] [8, 4] [1, 1] : tensor<8x9xf32> to tensor<8x4xf32>
      %p2 = linalg.contract indexing_maps = [#ik, #k, #i] ins(%W0, %l : tensor<8x4xf32>, tensor<4xf32>) outs(%p1 : tensor<8xf32>) -> tensor<8xf32>
      %t = math.tanh %p2 : tensor<8xf32>
      %h = tensor.extract_slice %t[2] [4] [1] : tensor<8xf32> to tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
  ra.output @h = @up::@h
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// Left alone: fewer sums than elements in the recursion, and long parts before it (both with a remark); slices that do
// not meet; a sum that something else reads too; slices of two weights; parts of two stages.

// REMARKS-COUNT-2: [Missed] products with parts {{.*}}they are long, or their sums few
// REMARKS-NOT: products joined {{.*}}Function=Declined

// CHECK-LABEL: ra.model @Declined
// CHECK-NOT:   tensor.concat
// CHECK-COUNT-12: linalg.contract
// CHECK-NOT:   linalg.contract
ra.model @Declined structure(tree) float(f32) {
  ra.type @node(2)
  ra.input @x : tensor<4xf32>
  ra.input @long : tensor<200xf32>
  ra.param @W : tensor<4x8xf32>
  ra.param @V : tensor<8x9xf32>
  ra.param @Y : tensor<8x8xf32>
  ra.param @Z : tensor<8x8xf32>
  ra.param @U : tensor<4x400xf32>
  ra.sweep @up up states(@h : tensor<4xf32>, @a : tensor<8xf32>, @b : tensor<8xf32>, @c : tensor<8xf32>, @d : tensor<8xf32>, @e : tensor<8xf32>, @f : tensor<4xf32>) {
    ra.body {
      %z4 = arith.constant dense<0.0> : tensor<4xf32>
      %z8 = arith.constant dense<0.0> : tensor<8xf32>
      %l = ra.read child(0) @up::@h : tensor<4xf32>
      %r = ra.read child(1) @up::@h : tensor<4xf32>
      %x = ra.read self @x : tensor<4xf32>
      %y = ra.read self @long : tensor<200xf32>
      %z = ra.read child(0) @long : tensor<200xf32>
      %W = ra.read param @W : tensor<4x8xf32>
      %V = ra.read param @V : tensor<8x9xf32>
      %Y = ra.read param @Y : tensor<8x8xf32>
      %Z = ra.read param @Z : tensor<8x8xf32>
      %U = ra.read param @U : tensor<4x400xf32>
      %W0 = tensor.extract_slice %W[0, 0] [4, 4] [1, 1] : tensor<4x8xf32> to tensor<4x4xf32>
      %W1 = tensor.extract_slice %W[0, 4] [4, 4] [1, 1] : tensor<4x8xf32> to tensor<4x4xf32>
      %V0 = tensor.extract_slice %V[0, 0] [8, 4] [1, 1] : tensor<8x9xf32> to tensor<8x4xf32>
      %V1 = tensor.extract_slice %V[0, 5] [8, 4] [1, 1] : tensor<8x9xf32> to tensor<8x4xf32>
      %Y0 = tensor.extract_slice %Y[0, 0] [8, 4] [1, 1] : tensor<8x8xf32> to tensor<8x4xf32>
      %Y1 = tensor.extract_slice %Y[0, 4] [8, 4] [1, 1] : tensor<8x8xf32> to tensor<8x4xf32>
      %Z1 = tensor.extract_slice %Z[0, 4] [8, 4] [1, 1] : tensor<8x8xf32> to tensor<8x4xf32>
      %U0 = tensor.extract_slice %U[0, 0] [4, 200] [1, 1] : tensor<4x400xf32> to tensor<4x200xf32>
      %U1 = tensor.extract_slice %U[0, 200] [4, 200] [1, 1] : tensor<4x400xf32> to tensor<4x200xf32>
      %h0 = linalg.contract indexing_maps = [#ik, #k, #i] ins(%W0, %l : tensor<4x4xf32>, tensor<4xf32>) outs(%z4 : tensor<4xf32>) -> tensor<4xf32>
      %h = linalg.contract indexing_maps = [#ik, #k, #i] ins(%W1, %r : tensor<4x4xf32>, tensor<4xf32>) outs(%h0 : tensor<4xf32>) -> tensor<4xf32>
      %a0 = linalg.contract indexing_maps = [#ik, #k, #i] ins(%V0, %l : tensor<8x4xf32>, tensor<4xf32>) outs(%z8 : tensor<8xf32>) -> tensor<8xf32>
      %a = linalg.contract indexing_maps = [#ik, #k, #i] ins(%V1, %r : tensor<8x4xf32>, tensor<4xf32>) outs(%a0 : tensor<8xf32>) -> tensor<8xf32>
      %b = linalg.contract indexing_maps = [#ik, #k, #i] ins(%Y0, %l : tensor<8x4xf32>, tensor<4xf32>) outs(%z8 : tensor<8xf32>) -> tensor<8xf32>
      %c = linalg.contract indexing_maps = [#ik, #k, #i] ins(%Y1, %r : tensor<8x4xf32>, tensor<4xf32>) outs(%b : tensor<8xf32>) -> tensor<8xf32>
      %d0 = linalg.contract indexing_maps = [#ik, #k, #i] ins(%Y0, %r : tensor<8x4xf32>, tensor<4xf32>) outs(%z8 : tensor<8xf32>) -> tensor<8xf32>
      %d = linalg.contract indexing_maps = [#ik, #k, #i] ins(%Z1, %l : tensor<8x4xf32>, tensor<4xf32>) outs(%d0 : tensor<8xf32>) -> tensor<8xf32>
      %e0 = linalg.contract indexing_maps = [#ik, #k, #i] ins(%Y0, %x : tensor<8x4xf32>, tensor<4xf32>) outs(%z8 : tensor<8xf32>) -> tensor<8xf32>
      %e = linalg.contract indexing_maps = [#ik, #k, #i] ins(%Y1, %r : tensor<8x4xf32>, tensor<4xf32>) outs(%e0 : tensor<8xf32>) -> tensor<8xf32>
      %f0 = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U0, %y : tensor<4x200xf32>, tensor<200xf32>) outs(%z4 : tensor<4xf32>) -> tensor<4xf32>
      %f = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U1, %z : tensor<4x200xf32>, tensor<200xf32>) outs(%f0 : tensor<4xf32>) -> tensor<4xf32>
      ra.yield %h, %a, %b, %c, %d, %e, %f : tensor<4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<4xf32>
    }
  }
  ra.output @h = @up::@h
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// Inputs of a node and of its children: no part leaves the recursion, and a product of nine terms three times is slower
// than one of 27, however few the sums.

// REMARKS: products joined {{.*}}Function=Whole | count=3

// CHECK-LABEL: ra.model @Whole
// CHECK:       %[[W:.*]] = ra.read param @W
// CHECK:       %[[SLR:.*]] = tensor.concat dim(0) {{.*}} -> tensor<27xf32>
// CHECK:       linalg.contract {{.*}} ins(%[[W]], %[[SLR]] : tensor<4x27xf32>, tensor<27xf32>)
// CHECK-NOT:   linalg.contract
ra.model @Whole structure(tree) float(f32) {
  ra.type @node(2)
  ra.input @x : tensor<9xf32>
  ra.param @W : tensor<4x27xf32>
  ra.sweep @conv map states(@a : tensor<4xf32>) {
    ra.body {
      %zero = arith.constant dense<0.0> : tensor<4xf32>
      %W = ra.read param @W : tensor<4x27xf32>
      %s = ra.read self @x : tensor<9xf32>
      %l = ra.read child(0) @x : tensor<9xf32>
      %r = ra.read child(1) @x : tensor<9xf32>
      %W0 = tensor.extract_slice %W[0, 0] [4, 9] [1, 1] : tensor<4x27xf32> to tensor<4x9xf32>
      %p0 = linalg.contract indexing_maps = [#ik, #k, #i] ins(%W0, %s : tensor<4x9xf32>, tensor<9xf32>) outs(%zero : tensor<4xf32>) -> tensor<4xf32>
      %W1 = tensor.extract_slice %W[0, 9] [4, 9] [1, 1] : tensor<4x27xf32> to tensor<4x9xf32>
      %p1 = linalg.contract indexing_maps = [#ik, #k, #i] ins(%W1, %l : tensor<4x9xf32>, tensor<9xf32>) outs(%p0 : tensor<4xf32>) -> tensor<4xf32>
      %W2 = tensor.extract_slice %W[0, 18] [4, 9] [1, 1] : tensor<4x27xf32> to tensor<4x9xf32>
      %p2 = linalg.contract indexing_maps = [#ik, #k, #i] ins(%W2, %r : tensor<4x9xf32>, tensor<9xf32>) outs(%p1 : tensor<4xf32>) -> tensor<4xf32>
      ra.yield %p2 : tensor<4xf32>
    }
  }
  ra.output @a = @conv::@a
}
