// RUN: cortex-opt %s --split-input-file --ra-pull-products | FileCheck %s --check-prefix=PULL
// RUN: cortex-opt %s --split-input-file --ra-push-products | FileCheck %s --check-prefix=PUSH
// RUN: cortex-opt %s --split-input-file --ra-push-products=of-states=1 | FileCheck %s --check-prefix=STATES
// RUN: cortex-opt %s --split-input-file --ra-pull-products --remarks-filter-passed=ra-pull-products -o /dev/null 2>&1 | FileCheck %s --check-prefix=PULLED --implicit-check-not='[Passed]'
// RUN: cortex-opt %s --split-input-file --ra-push-products --remarks-filter-passed=ra-push-products -o /dev/null 2>&1 | FileCheck %s --check-prefix=PUSHED --implicit-check-not='[Passed]'

// PULLED: [Passed] products pulled {{.*}}Function=Inside | count=2
// PUSHED: [Passed] products pushed {{.*}}Function=Outside | count=2

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// A sum and a mean of products become products of a sum and a mean. The maximum is not linear, the product with a
// bias is not homogeneous, the third weight is not the same for all children.

// PULL-LABEL: ra.model @Inside
// PULL:       %[[O:.*]]:5 = ra.over children [sum, mean, max, sum, sum] else(%{{.*}}) {
// PULL-NEXT:    %[[H:.*]] = ra.read there @up::@h : tensor<4xf32>
// PULL-NOT:     ra.yield %[[P:.*]], %[[P]]
// PULL:         ra.yield %[[H]], %[[H]], %{{.*}}, %{{.*}}, %{{.*}} :
// PULL:       } : tensor<4xf32>, tensor<4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
// PULL:       linalg.contract {{.*}} ins(%[[U:.*]], %[[O]]#0 : tensor<3x4xf32>, tensor<4xf32>)
// PULL:       linalg.contract {{.*}} ins(%[[U]], %[[O]]#1 : tensor<3x4xf32>, tensor<4xf32>)
// PUSH-LABEL: ra.model @Inside
// PUSH:       ra.over children [sum, mean, max, sum, sum]
ra.model @Inside structure(tree) float(f32) {
  ra.type @node(0 to *)
  ra.param @U : tensor<3x4xf32>
  ra.param @b : tensor<3xf32>
  ra.param @c : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>, @H : tensor<3x4xf32>, @y : tensor<3xf32>) {
    ra.body {
      %U = ra.read param @U : tensor<3x4xf32>
      %b = ra.read param @b : tensor<3xf32>
      %c = ra.read param @c : tensor<4xf32>
      %z = arith.constant dense<0.0> : tensor<3xf32>
      %s, %a, %m, %sb, %sH = ra.over children [sum, mean, max, sum, sum] else(%z) {
        %h = ra.read there @up::@h : tensor<4xf32>
        %H = ra.read there @up::@H : tensor<3x4xf32>
        %p = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %h : tensor<3x4xf32>, tensor<4xf32>) outs(%z : tensor<3xf32>) -> tensor<3xf32>
        %q = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %h : tensor<3x4xf32>, tensor<4xf32>) outs(%b : tensor<3xf32>) -> tensor<3xf32>
        %r = linalg.contract indexing_maps = [#ik, #k, #i] ins(%H, %h : tensor<3x4xf32>, tensor<4xf32>) outs(%z : tensor<3xf32>) -> tensor<3xf32>
        ra.yield %p, %p, %p, %q, %r : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
      } : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
      %0 = arith.addf %s, %a : tensor<3xf32>
      %1 = arith.addf %0, %m : tensor<3xf32>
      %2 = arith.addf %1, %sb : tensor<3xf32>
      %3 = arith.addf %2, %sH : tensor<3xf32>
      %HH = ra.read child(0) @up::@H else %U : tensor<3x4xf32>
      ra.yield %c, %HH, %3 : tensor<4xf32>, tensor<3x4xf32>, tensor<3xf32>
    }
  }
  ra.output @y = @up::@y
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// The products of the sum move in, each a result of its own; the sum stays where it is used in another way. A bias is
// added once. A product of what is no sum stays, and a weight that is made after the reduction. With of-states, only
// the sum of the states themselves.

// PUSH-LABEL: ra.model @Outside
// PUSH:       %[[O:.*]]:3 = ra.over children [sum, sum, sum] {
// PUSH:         %[[H:.*]] = ra.read there @up::@h : tensor<4xf32>
// PUSH:         %[[T:.*]] = math.tanh %[[H]]
// PUSH:         %[[P:.*]] = linalg.contract {{.*}} ins(%[[U:.*]], %[[H]] : tensor<4x4xf32>, tensor<4xf32>) outs(%{{.*}})
// PUSH:         %[[Q:.*]] = linalg.contract {{.*}} ins(%[[U]], %[[T]] : tensor<4x4xf32>, tensor<4xf32>) outs(%{{.*}})
// PUSH-NEXT:    ra.yield %[[H]], %[[P]], %[[Q]]
// PUSH:       arith.addf %{{.*}}, %[[O]]#1
// PUSH:       linalg.contract {{.*}} ins(%{{.*}}, %[[O]]#0
// STATES-LABEL: ra.model @Outside
// STATES:       %[[O:.*]]:3 = ra.over children [sum, sum, sum] {
// STATES:         %[[H:.*]] = ra.read there @up::@h : tensor<4xf32>
// STATES:         %[[T:.*]] = math.tanh %[[H]]
// STATES:         ra.yield %[[H]], %[[T]], %{{.*}}
// STATES:       linalg.contract {{.*}}, %[[O]]#1
// PULL-LABEL: ra.model @Outside
// PULL:       ra.over children [sum, sum]
ra.model @Outside structure(tree) float(f32) {
  ra.type @node(0 to *)
  ra.param @U : tensor<4x4xf32>
  ra.param @b : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body {
      %s, %t = ra.over children [sum, sum] {
        %h = ra.read there @up::@h : tensor<4xf32>
        %th = math.tanh %h : tensor<4xf32>
        ra.yield %h, %th : tensor<4xf32>, tensor<4xf32>
      } : tensor<4xf32>, tensor<4xf32>
      %U = ra.read param @U : tensor<4x4xf32>
      %b = ra.read param @b : tensor<4xf32>
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %p = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %s : tensor<4x4xf32>, tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
      %q = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %t : tensor<4x4xf32>, tensor<4xf32>) outs(%z : tensor<4xf32>) -> tensor<4xf32>
      %V = arith.addf %U, %U : tensor<4x4xf32>
      %r = linalg.contract indexing_maps = [#ik, #k, #i] ins(%V, %s : tensor<4x4xf32>, tensor<4xf32>) outs(%z : tensor<4xf32>) -> tensor<4xf32>
      %0 = arith.addf %p, %q : tensor<4xf32>
      %1 = arith.addf %0, %r : tensor<4xf32>
      %2 = math.tanh %1 : tensor<4xf32>
      ra.yield %2 : tensor<4xf32>
    }
  }
  ra.output @h = @up::@h
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// A sum of parents' states stays first with of-states: no product of a sweep that goes down can move to the child.

// PUSHED: [Passed] products pushed {{.*}}Function=Down | count=1
// STATES-LABEL: ra.model @Down
// STATES:       %[[S:.*]] = ra.over parents [sum] {
// STATES-NEXT:    %[[D:.*]] = ra.read there @down::@d
// STATES-NEXT:    ra.yield %[[D]]
// STATES:       linalg.contract {{.*}}, %[[S]] :
ra.model @Down structure(dag) float(f32) {
  ra.type @node(0 to *)
  ra.param @U : tensor<4x4xf32>
  ra.param @b : tensor<4xf32>
  ra.sweep @down down states(@d : tensor<4xf32>) {
    ra.body {
      %U = ra.read param @U : tensor<4x4xf32>
      %b = ra.read param @b : tensor<4xf32>
      %s = ra.over parents [sum] {
        %d = ra.read there @down::@d : tensor<4xf32>
        ra.yield %d : tensor<4xf32>
      } : tensor<4xf32>
      %p = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %s : tensor<4x4xf32>, tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
      ra.yield %p : tensor<4xf32>
    }
  }
  ra.output @d = @down::@d
}
