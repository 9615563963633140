// RUN: cortex-opt %s --ra-hoist-invariants | FileCheck %s
// RUN: cortex-opt %s --ra-hoist-invariants --remarks-filter-passed=ra-hoist-invariants -o /dev/null 2>&1 | FileCheck %s --check-prefix=COUNTS

// What depends on the node alone leaves the reduction, in order; what depends on
// the neighbour, the edge or one of these stays.

// COUNTS: operations hoisted {{.*}}Function=ForgetGates | count=5

// CHECK-LABEL: ra.model @ForgetGates
// CHECK:      ra.body {
// CHECK-NEXT:   ra.read param @W
// CHECK-NEXT:   ra.read param @U
// CHECK-NEXT:   ra.read param @b
// CHECK-NEXT:   ra.read self @x
// CHECK-NEXT:   %[[P:.*]] = linalg.contract
// CHECK-NEXT:   ra.over children [sum] {
// CHECK-NEXT:     ra.read there @up::@h
// CHECK-NEXT:     linalg.contract {{.*}} outs(%[[P]]
// CHECK-NEXT:     ra.read edge @e
// CHECK-NEXT:     arith.addf
// CHECK-NEXT:     ra.yield
ra.model @ForgetGates structure(tree) float(f32) {
  ra.type @node(0 to *)
  ra.input @x : tensor<3xf32>
  ra.input @e at edges : tensor<4xf32>
  ra.param @W : tensor<4x3xf32>
  ra.param @U : tensor<4x4xf32>
  ra.param @b : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body {
      %s = ra.over children [sum] {
        %h = ra.read there @up::@h : tensor<4xf32>
        %W = ra.read param @W : tensor<4x3xf32>
        %U = ra.read param @U : tensor<4x4xf32>
        %b = ra.read param @b : tensor<4xf32>
        %x = ra.read self @x : tensor<3xf32>
        %p = linalg.contract indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (i)>]
          ins(%W, %x : tensor<4x3xf32>, tensor<3xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
        %f = linalg.contract indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (i)>]
          ins(%U, %h : tensor<4x4xf32>, tensor<4xf32>) outs(%p : tensor<4xf32>) -> tensor<4xf32>
        %e = ra.read edge @e : tensor<4xf32>
        %g = arith.addf %f, %e : tensor<4xf32>
        ra.yield %g : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %s : tensor<4xf32>
    }
  }
  ra.output @h = @up::@h
}
