// RUN: cortex-opt %s --split-input-file --ra-refactor-products | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ra-refactor-products --remarks-filter-passed=ra-refactor-products --remarks-filter-missed=ra-refactor-products -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// Two equal products of children become one state, computed by all types at their end; where a child may be absent, the
// product of what stands in its place. A bias stays with the parent. What is not linear in the state itself stays.

// REMARKS: products moved to the child {{.*}}Function=Moved | count=1
// CHECK-LABEL: ra.model @Moved
// CHECK:       ra.sweep @up up states(@h : tensor<4xf32>, @h.product.0 : tensor<4xf32>)
// CHECK:       ra.body @leaf {
// CHECK:         %[[X:.*]] = ra.read self @x
// CHECK:         %[[U:.*]] = ra.read param @U
// CHECK:         %[[P:.*]] = linalg.contract {{.*}} ins(%[[U]], %[[X]] : tensor<4x4xf32>, tensor<4xf32>)
// CHECK-NEXT:    ra.yield %[[X]], %[[P]]
// CHECK:       ra.body @internal {
// CHECK:         %[[D:.*]] = linalg.contract {{.*}} ins(%{{.*}}, %[[B:.*]] : tensor<4x4xf32>, tensor<4xf32>)
// CHECK:         ra.read child(1) @up::@h.product.0 else %[[D]] : tensor<4xf32>
// CHECK:         ra.over children [sum, sum] {
// CHECK:           %[[Q:.*]] = ra.read there @up::@h.product.0 : tensor<4xf32>
// CHECK:           %[[A:.*]] = arith.addf %{{.*}}, %[[Q]]
// CHECK:           linalg.contract {{.*}} ins(%{{.*}}, %{{.*}} : tensor<4x4xf32>, tensor<4xf32>)
// CHECK:         %[[H:.*]] = math.tanh
// CHECK:         %[[R:.*]] = linalg.contract {{.*}} ins(%{{.*}}, %[[H]] : tensor<4x4xf32>, tensor<4xf32>)
// CHECK-NEXT:    ra.yield %[[H]], %[[R]]
ra.model @Moved structure(dag) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to *)
  ra.input @x : tensor<4xf32> on @leaf
  ra.param @U : tensor<4x4xf32>
  ra.param @b : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body @leaf {
      %x = ra.read self @x : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
    ra.body @internal {
      %U = ra.read param @U : tensor<4x4xf32>
      %b = ra.read param @b : tensor<4xf32>
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %r = ra.read child(1) @up::@h else %b : tensor<4xf32>
      %pr = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %r : tensor<4x4xf32>, tensor<4xf32>) outs(%z : tensor<4xf32>) -> tensor<4xf32>
      %s, %t = ra.over children [sum, sum] {
        %h = ra.read there @up::@h : tensor<4xf32>
        %p = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %h : tensor<4x4xf32>, tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
        %g = ra.sigmoid %p : tensor<4xf32>
        %th = math.tanh %h : tensor<4xf32>
        %q = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %th : tensor<4x4xf32>, tensor<4xf32>) outs(%z : tensor<4xf32>) -> tensor<4xf32>
        ra.yield %g, %q : tensor<4xf32>, tensor<4xf32>
      } : tensor<4xf32>, tensor<4xf32>
      %0 = arith.addf %s, %t : tensor<4xf32>
      %1 = arith.addf %0, %pr : tensor<4xf32>
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

// Useless, which a remark says: the weight is the child's, the sweep goes down.

// REMARKS: refactor=product_at_child{{.*}}no sweep that goes up multiplies a child's state itself by a weight
// CHECK-LABEL: ra.model @Useless
// CHECK:       states(@h : tensor<4xf32>, @M : tensor<4x4xf32>)
// CHECK:       states(@d : tensor<4xf32>)
ra.model @Useless structure(tree) float(f32) {
  ra.type @node(0 to *)
  ra.param @U : tensor<4x4xf32>
  ra.param @b : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>, @M : tensor<4x4xf32>) {
    ra.body {
      %U = ra.read param @U : tensor<4x4xf32>
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %s = ra.over children [sum] {
        %h = ra.read there @up::@h : tensor<4xf32>
        %M = ra.read there @up::@M : tensor<4x4xf32>
        %p = linalg.contract indexing_maps = [#ik, #k, #i] ins(%M, %h : tensor<4x4xf32>, tensor<4xf32>) outs(%z : tensor<4xf32>) -> tensor<4xf32>
        ra.yield %p : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %s, %U : tensor<4xf32>, tensor<4x4xf32>
    }
  }
  ra.sweep @down down states(@d : tensor<4xf32>) {
    ra.body {
      %U = ra.read param @U : tensor<4x4xf32>
      %b = ra.read param @b : tensor<4xf32>
      %d = ra.read parent @down::@d else %b : tensor<4xf32>
      %p = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %d : tensor<4x4xf32>, tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
      ra.yield %p : tensor<4xf32>
    }
  }
  ra.output @d = @down::@d
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// Weights that differ only in what a reduction combines with are two products.

// REMARKS: products moved to the child {{.*}}Function=Reduced | count=2
// CHECK-LABEL: ra.model @Reduced
// CHECK:       states(@h : tensor<4xf32>, @h.product.0 : tensor<4xf32>, @h.product.1 : tensor<4xf32>)
ra.model @Reduced structure(dag) float(f32) {
  ra.type @node(0 to *)
  ra.param @P : tensor<4x4x3xf32>
  ra.param @b : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body {
      %P = ra.read param @P : tensor<4x4x3xf32>
      %b = ra.read param @b : tensor<4xf32>
      %zz = arith.constant dense<0.0> : tensor<4x4xf32>
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %U = linalg.reduce { arith.addf } ins(%P : tensor<4x4x3xf32>) outs(%zz : tensor<4x4xf32>) dimensions = [2]
      %V = linalg.reduce { arith.maximumf } ins(%P : tensor<4x4x3xf32>) outs(%zz : tensor<4x4xf32>) dimensions = [2]
      %s = ra.over children [sum] {
        %h = ra.read there @up::@h : tensor<4xf32>
        %p = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %h : tensor<4x4xf32>, tensor<4xf32>) outs(%z : tensor<4xf32>) -> tensor<4xf32>
        %q = linalg.contract indexing_maps = [#ik, #k, #i] ins(%V, %h : tensor<4x4xf32>, tensor<4xf32>) outs(%z : tensor<4xf32>) -> tensor<4xf32>
        %g = arith.mulf %p, %q : tensor<4xf32>
        ra.yield %g : tensor<4xf32>
      } : tensor<4xf32>
      %0 = arith.addf %s, %b : tensor<4xf32>
      ra.yield %0 : tensor<4xf32>
    }
  }
  ra.output @h = @up::@h
}
