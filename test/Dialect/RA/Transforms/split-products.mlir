// RUN: cortex-opt %s --split-input-file --ra-split-products | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ra-split-products --remarks-filter-passed=ra-split-products --remarks-filter-missed=ra-split-products -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// The parts in order, but the constant one first, on the bias. Also where the
// concatenation is the left operand or has more dimensions than the reduced one.

// REMARKS: products split {{.*}}Function=Concat | count=3

// CHECK-LABEL: ra.model @Concat
// CHECK-DAG:  %[[L:.*]] = ra.read child(0) @up::@h
// CHECK-DAG:  %[[R:.*]] = ra.read child(1) @up::@h
// CHECK-DAG:  %[[W:.*]] = ra.read param @W
// CHECK-DAG:  %[[B:.*]] = ra.read param @b
// CHECK:      %[[W2:.*]] = tensor.extract_slice %[[W]][0, 8] [4, 1] [1, 1]
// CHECK:      %[[P2:.*]] = linalg.contract {{.*}} ins(%[[W2]], %{{.*}} : tensor<4x1xf32>, tensor<1xf32>) outs(%[[B]] : tensor<4xf32>)
// CHECK:      %[[W0:.*]] = tensor.extract_slice %[[W]][0, 0] [4, 4] [1, 1]
// CHECK:      %[[P0:.*]] = linalg.contract {{.*}} ins(%[[W0]], %[[L]] : tensor<4x4xf32>, tensor<4xf32>) outs(%[[P2]] : tensor<4xf32>)
// CHECK:      %[[W1:.*]] = tensor.extract_slice %[[W]][0, 4] [4, 4] [1, 1]
// CHECK:      %[[P1:.*]] = linalg.contract {{.*}} ins(%[[W1]], %[[R]] : tensor<4x4xf32>, tensor<4xf32>) outs(%[[P0]] : tensor<4xf32>)
// CHECK:      math.tanh %[[P1]]
// CHECK:      linalg.contract {{.*}} ins(%[[L]], %{{.*}} : tensor<4xf32>, tensor<4x4xf32>)
// CHECK:      linalg.contract {{.*}} ins(%[[R]], %{{.*}} : tensor<4xf32>, tensor<4x4xf32>)
// CHECK:      linalg.contract {{.*}} ins(%{{.*}}, %[[HL:.*]] : tensor<4x4xf32>, tensor<4x4xf32>) outs({{.*}} : tensor<4x4xf32>)
// CHECK:      linalg.contract {{.*}} ins(%{{.*}}, %[[HR:.*]] : tensor<4x4xf32>, tensor<4x4xf32>) outs({{.*}} : tensor<4x4xf32>)
// CHECK-NOT:  linalg.contract
ra.model @Concat structure(tree) float(f32) {
  ra.type @node(2)
  ra.param @W : tensor<4x9xf32>
  ra.param @V : tensor<8x4xf32>
  ra.param @M : tensor<4x8xf32>
  ra.param @b : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>, @H : tensor<4x4xf32>) {
    ra.body {
      %l = ra.read child(0) @up::@h : tensor<4xf32>
      %r = ra.read child(1) @up::@h : tensor<4xf32>
      %W = ra.read param @W : tensor<4x9xf32>
      %V = ra.read param @V : tensor<8x4xf32>
      %M = ra.read param @M : tensor<4x8xf32>
      %b = ra.read param @b : tensor<4xf32>
      %one = arith.constant dense<1.0> : tensor<1xf32>
      %lr1 = tensor.concat dim(0) %l, %r, %one : (tensor<4xf32>, tensor<4xf32>, tensor<1xf32>) -> tensor<9xf32>
      %p = linalg.contract indexing_maps = [#ik, #k, #i] ins(%W, %lr1 : tensor<4x9xf32>, tensor<9xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
      %t = math.tanh %p : tensor<4xf32>
      %lr = tensor.concat dim(0) %l, %r : (tensor<4xf32>, tensor<4xf32>) -> tensor<8xf32>
      %q = linalg.contract indexing_maps = [affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (k, i)>, #i]
        ins(%lr, %V : tensor<8xf32>, tensor<8x4xf32>) outs(%t : tensor<4xf32>) -> tensor<4xf32>
      %L = ra.read child(0) @up::@H : tensor<4x4xf32>
      %R = ra.read child(1) @up::@H : tensor<4x4xf32>
      %LR = tensor.concat dim(0) %L, %R : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<8x4xf32>
      %z = arith.constant dense<0.0> : tensor<4x4xf32>
      %P = linalg.contract indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>, affine_map<(i, j, k) -> (i, j)>]
        ins(%M, %LR : tensor<4x8xf32>, tensor<8x4xf32>) outs(%z : tensor<4x4xf32>) -> tensor<4x4xf32>
      ra.yield %q, %P : tensor<4xf32>, tensor<4x4xf32>
    }
  }
  ra.output @h = @up::@h
}

// -----

// Left alone: a concatenation along a dimension of the result, and one that
// multiplies a state.

// REMARKS-COUNT-1: [Missed] product with a concatenation {{.*}}the concatenated dimension is one of the result
// REMARKS-COUNT-1: [Missed] product with a concatenation {{.*}}the other operand is not made of parameters only

// CHECK-LABEL: ra.model @Declined
// CHECK-COUNT-2: tensor.concat
// CHECK-COUNT-2: linalg.contract
// CHECK-NOT:     linalg.contract
ra.model @Declined structure(tree) float(f32) {
  ra.type @node(2)
  ra.param @W : tensor<4x4xf32>
  ra.sweep @up up states(@h : tensor<8xf32>, @H : tensor<4x8xf32>) {
    ra.body {
      %L = ra.read child(0) @up::@H : tensor<4x8xf32>
      %l = ra.read child(0) @up::@h : tensor<8xf32>
      %W = ra.read param @W : tensor<4x4xf32>
      %L0 = tensor.extract_slice %L[0, 0] [4, 4] [1, 1] : tensor<4x8xf32> to tensor<4x4xf32>
      %l0 = tensor.extract_slice %l[0] [4] [1] : tensor<8xf32> to tensor<4xf32>
      %z = arith.constant dense<0.0> : tensor<4x8xf32>
      %z0 = arith.constant dense<0.0> : tensor<4xf32>
      %LL = tensor.concat dim(1) %L0, %L0 : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x8xf32>
      %ll = tensor.concat dim(0) %l0, %l0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<8xf32>
      %P = linalg.contract indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>, affine_map<(i, j, k) -> (i, j)>]
        ins(%W, %LL : tensor<4x4xf32>, tensor<4x8xf32>) outs(%z : tensor<4x8xf32>) -> tensor<4x8xf32>
      %p = linalg.contract indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (i)>]
        ins(%L, %ll : tensor<4x8xf32>, tensor<8xf32>) outs(%z0 : tensor<4xf32>) -> tensor<4xf32>
      %pp = tensor.concat dim(0) %p, %p : (tensor<4xf32>, tensor<4xf32>) -> tensor<8xf32>
      ra.yield %pp, %P : tensor<8xf32>, tensor<4x8xf32>
    }
  }
  ra.output @h = @up::@h
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// Products of early operands on late sums: of an input on a state, of one symbol
// on another. A product stays as it is on what is no later than itself.

// REMARKS: sums split {{.*}}Function=Sums | count=2

// CHECK-LABEL: ra.model @Sums
// CHECK-DAG:   %[[H:.*]] = ra.read child(0) @up::@h
// CHECK-DAG:   %[[X:.*]] = ra.read self @x
// CHECK-DAG:   %[[V:.*]] = ra.lookup
// CHECK-DAG:   %[[W:.*]] = ra.lookup
// CHECK:       %[[PV:.*]] = linalg.contract {{.*}} ins(%{{.*}}, %[[V]] : {{.*}}) outs(%b
// CHECK:       %[[PW:.*]] = linalg.contract {{.*}} ins(%{{.*}}, %[[W]] : {{.*}}) outs(%cst
// CHECK:       %[[S:.*]] = arith.addf %[[PV]], %[[PW]]
// CHECK:       %[[PX:.*]] = linalg.contract {{.*}} ins(%{{.*}}, %[[X]] : {{.*}}) outs(%[[S]]
// CHECK:       %[[PH:.*]] = linalg.contract {{.*}} ins(%{{.*}}, %[[H]] : {{.*}}) outs(%[[PX]]
// CHECK:       %[[PX2:.*]] = linalg.contract {{.*}} ins(%{{.*}}, %[[X]] : {{.*}}) outs(%cst
// CHECK:       arith.addf %[[PH]], %[[PX2]]
ra.model @Sums structure(tree) float(f32) {
  ra.type @node(1)
  ra.input @v : !ra.symbol<9>
  ra.input @w : !ra.symbol<9>
  ra.input @x : tensor<4xf32>
  ra.param @E : tensor<9x4xf32>
  ra.param @U : tensor<4x4xf32>
  ra.param @b : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body {
      %h = ra.read child(0) @up::@h : tensor<4xf32>
      %x = ra.read self @x : tensor<4xf32>
      %sv = ra.read self @v : !ra.symbol<9>
      %sw = ra.read self @w : !ra.symbol<9>
      %E = ra.read param @E : tensor<9x4xf32>
      %U = ra.read param @U : tensor<4x4xf32>
      %b = ra.read param @b : tensor<4xf32>
      %v = ra.lookup %E[%sv] : (tensor<9x4xf32>, !ra.symbol<9>) -> tensor<4xf32>
      %w = ra.lookup %E[%sw] : (tensor<9x4xf32>, !ra.symbol<9>) -> tensor<4xf32>
      %0 = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %v : tensor<4x4xf32>, tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
      %1 = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %w : tensor<4x4xf32>, tensor<4xf32>) outs(%0 : tensor<4xf32>) -> tensor<4xf32>
      %2 = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %x : tensor<4x4xf32>, tensor<4xf32>) outs(%1 : tensor<4xf32>) -> tensor<4xf32>
      %3 = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %h : tensor<4x4xf32>, tensor<4xf32>) outs(%2 : tensor<4xf32>) -> tensor<4xf32>
      %4 = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %x : tensor<4x4xf32>, tensor<4xf32>) outs(%3 : tensor<4xf32>) -> tensor<4xf32>
      ra.yield %4 : tensor<4xf32>
    }
  }
  ra.output @h = @up::@h
}
