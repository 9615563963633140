// RUN: cortex-opt %s --split-input-file --ra-stack-slices | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ra-stack-slices --remarks-filter-passed=ra-stack-slices --remarks-filter-missed=ra-stack-slices -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// Weights stacked for several gates: two products and two biases, added, then
// cut into equal parts. Both products stay one product each.

// REMARKS-DAG: products stacked {{.*}}Function=Stacked | count=2
// REMARKS-DAG: slices stacked {{.*}}Function=Stacked | count=3

// CHECK-DAG: #[[$W:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG: #[[$X:.*]] = affine_map<(d0, d1, d2) -> (d2)>
// CHECK-DAG: #[[$Y:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-LABEL: ra.model @Stacked
// CHECK-DAG:  %[[X0:.*]] = ra.read self @x
// CHECK-DAG:  %[[H0:.*]] = ra.read child(0)
// CHECK-DAG:  %[[W0:.*]] = ra.read param @W
// CHECK-DAG:  %[[W3:.*]] = tensor.expand_shape %[[W0]] {{\[}}[0, 1], [2]] output_shape [3, 4, 5]
// CHECK-DAG:  %[[U0:.*]] = ra.read param @U
// CHECK-DAG:  %[[U3:.*]] = tensor.expand_shape %[[U0]] {{\[}}[0, 1], [2]] output_shape [3, 4, 4]
// CHECK-DAG:  %[[B0:.*]] = ra.read param @b
// CHECK-DAG:  %[[B3:.*]] = tensor.expand_shape %[[B0]] {{\[}}[0, 1]] output_shape [3, 4]
// CHECK:      %[[P:.*]] = linalg.contract indexing_maps = [#[[$W]], #[[$X]], #[[$Y]]] ins(%[[W3]], %[[X0]] : tensor<3x4x5xf32>, tensor<5xf32>) outs(%[[B3]] : tensor<3x4xf32>)
// CHECK:      %[[Q:.*]] = linalg.contract indexing_maps = [#[[$W]], #[[$X]], #[[$Y]]] ins(%[[U3]], %[[H0]] : tensor<3x4x4xf32>, tensor<4xf32>) outs(%[[B3]] : tensor<3x4xf32>)
// CHECK:      %[[S:.*]] = arith.addf %[[P]], %[[Q]] : tensor<3x4xf32>
// CHECK:      %[[G0:.*]] = tensor.extract_slice %[[S]][0, 0] [1, 4] [1, 1] : tensor<3x4xf32> to tensor<4xf32>
// CHECK:      %[[G1:.*]] = tensor.extract_slice %[[S]][1, 0] [1, 4] [1, 1] : tensor<3x4xf32> to tensor<4xf32>
// CHECK:      %[[G2:.*]] = tensor.extract_slice %[[S]][2, 0] [1, 4] [1, 1] : tensor<3x4xf32> to tensor<4xf32>
// CHECK-NOT:  linalg.contract
ra.model @Stacked structure(sequence) float(f32) {
  ra.type @cell(0 to 1)
  ra.input @x : tensor<5xf32>
  ra.param @W : tensor<12x5xf32>
  ra.param @U : tensor<12x4xf32>
  ra.param @b : tensor<12xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %x = ra.read self @x : tensor<5xf32>
      %h = ra.read child(0) @up::@h else %z : tensor<4xf32>
      %W = ra.read param @W : tensor<12x5xf32>
      %U = ra.read param @U : tensor<12x4xf32>
      %b = ra.read param @b : tensor<12xf32>
      %p = linalg.contract indexing_maps = [#ik, #k, #i] ins(%W, %x : tensor<12x5xf32>, tensor<5xf32>) outs(%b : tensor<12xf32>) -> tensor<12xf32>
      %q = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %h : tensor<12x4xf32>, tensor<4xf32>) outs(%b : tensor<12xf32>) -> tensor<12xf32>
      %s = arith.addf %p, %q : tensor<12xf32>
      %g0 = tensor.extract_slice %s[0] [4] [1] : tensor<12xf32> to tensor<4xf32>
      %g1 = tensor.extract_slice %s[4] [4] [1] : tensor<12xf32> to tensor<4xf32>
      %g2 = tensor.extract_slice %s[8] [4] [1] : tensor<12xf32> to tensor<4xf32>
      %0 = arith.mulf %g0, %g1 : tensor<4xf32>
      %1 = arith.addf %0, %g2 : tensor<4xf32>
      ra.yield %1 : tensor<4xf32>
    }
  }
  ra.output @h = @up::@h
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// A gate that uses its two products apart, a row of a table and a broadcast: the
// set is stacked as a whole, though the sum is not used in all of its parts.

// REMARKS-DAG: products stacked {{.*}}Function=Apart | count=1
// REMARKS-DAG: slices stacked {{.*}}Function=Apart | count=3

// CHECK-LABEL: ra.model @Apart
// CHECK:      tensor.expand_shape {{.*}} : tensor<9x6xf32> into tensor<9x3x2xf32>
// CHECK:      %[[P:.*]] = ra.lookup {{.*}} -> tensor<3x2xf32>
// CHECK:      %[[O:.*]] = linalg.broadcast ins({{.*}} : tensor<f32>) outs({{.*}} : tensor<3x2xf32>) dimensions = [0, 1]
// CHECK:      %[[Q:.*]] = linalg.contract {{.*}} outs(%[[O]] : tensor<3x2xf32>)
// CHECK:      %[[S:.*]] = arith.addf %[[P]], %[[Q]] : tensor<3x2xf32>
// CHECK:      %[[R:.*]] = ra.sigmoid %[[S]] : tensor<3x2xf32>
// CHECK:      tensor.extract_slice %[[R]][0, 0] [1, 2] [1, 1]
// CHECK:      tensor.extract_slice %[[P]][2, 0] [1, 2] [1, 1]
// CHECK:      tensor.extract_slice %[[Q]][1, 0] [1, 2] [1, 1]
ra.model @Apart structure(sequence) float(f32) {
  ra.type @cell(1)
  ra.input @word : !ra.symbol<9>
  ra.input @o : tensor<f32>
  ra.param @E : tensor<9x6xf32>
  ra.param @U : tensor<6x2xf32>
  ra.sweep @up up states(@h : tensor<2xf32>) {
    ra.body {
      %w = ra.read self @word : !ra.symbol<9>
      %o = ra.read self @o : tensor<f32>
      %h = ra.read child(0) @up::@h : tensor<2xf32>
      %E = ra.read param @E : tensor<9x6xf32>
      %U = ra.read param @U : tensor<6x2xf32>
      %p = ra.lookup %E[%w] : (tensor<9x6xf32>, !ra.symbol<9>) -> tensor<6xf32>
      %e = tensor.empty() : tensor<6xf32>
      %ob = linalg.broadcast ins(%o : tensor<f32>) outs(%e : tensor<6xf32>) dimensions = [0]
      %q = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %h : tensor<6x2xf32>, tensor<2xf32>) outs(%ob : tensor<6xf32>) -> tensor<6xf32>
      %s = arith.addf %p, %q : tensor<6xf32>
      %r = ra.sigmoid %s : tensor<6xf32>
      %g0 = tensor.extract_slice %r[0] [2] [1] : tensor<6xf32> to tensor<2xf32>
      %g1 = tensor.extract_slice %p[4] [2] [1] : tensor<6xf32> to tensor<2xf32>
      %g2 = tensor.extract_slice %q[2] [2] [1] : tensor<6xf32> to tensor<2xf32>
      %0 = arith.mulf %g0, %g1 : tensor<2xf32>
      %1 = arith.addf %0, %g2 : tensor<2xf32>
      ra.yield %1 : tensor<2xf32>
    }
  }
  ra.output @h = @up::@h
}

// -----

#gik = affine_map<(g, i, k) -> (g, i, k)>
#gk = affine_map<(g, i, k) -> (k)>
#gi = affine_map<(g, i, k) -> (g, i)>
#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// Declined: gates that have a dimension of their own already (no slice cuts the
// units), a product that is used whole, unequal parts, parts that do not cover
// the units, and a product whose units come from a state.

// REMARKS: remark: [Missed] slices along the units {{.*}}the value is also used whole, by 'ra.yield'
// REMARKS-COUNT-2: remark: [Missed] slices along the units {{.*}}the slices do not tile the last dimension
// REMARKS: remark: [Missed] slices along the units {{.*}}the last dimension of a product does not come from a parameter alone
// REMARKS: remark: [Missed] slices along the units {{.*}}the slices reach 'ra.read'
// REMARKS-NOT: remark:

// CHECK-LABEL: ra.model @Declined
// CHECK:     linalg.contract {{.*}} -> tensor<3x4xf32>
// CHECK-NOT: into tensor<2x2
ra.model @Declined structure(tree) float(f32) {
  ra.type @node(1)
  ra.param @G : tensor<3x4x4xf32>
  ra.param @b : tensor<3x4xf32>
  ra.param @U : tensor<4x4xf32>
  ra.param @c : tensor<4xf32>
  ra.param @d : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>, @H : tensor<4x4xf32>) {
    ra.body {
      %h = ra.read child(0) @up::@h : tensor<4xf32>
      %H = ra.read child(0) @up::@H : tensor<4x4xf32>
      %G = ra.read param @G : tensor<3x4x4xf32>
      %b = ra.read param @b : tensor<3x4xf32>
      %U = ra.read param @U : tensor<4x4xf32>
      %c = ra.read param @c : tensor<4xf32>
      %g = linalg.contract indexing_maps = [#gik, #gk, #gi] ins(%G, %h : tensor<3x4x4xf32>, tensor<4xf32>) outs(%b : tensor<3x4xf32>) -> tensor<3x4xf32>
      %g0 = tensor.extract_slice %g[0, 0] [1, 4] [1, 1] : tensor<3x4xf32> to tensor<4xf32>
      %g1 = tensor.extract_slice %g[1, 0] [1, 4] [1, 1] : tensor<3x4xf32> to tensor<4xf32>
      %whole = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %h : tensor<4x4xf32>, tensor<4xf32>) outs(%c : tensor<4xf32>) -> tensor<4xf32>
      %w0 = tensor.extract_slice %whole[0] [2] [1] : tensor<4xf32> to tensor<2xf32>
      %d = ra.read param @d : tensor<4xf32>
      %uneven = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %g0 : tensor<4x4xf32>, tensor<4xf32>) outs(%d : tensor<4xf32>) -> tensor<4xf32>
      %u0 = tensor.extract_slice %uneven[0] [3] [1] : tensor<4xf32> to tensor<3xf32>
      %u1 = tensor.extract_slice %uneven[3] [1] [1] : tensor<4xf32> to tensor<1xf32>
      %free = linalg.contract indexing_maps = [#ik, #k, #i] ins(%H, %g1 : tensor<4x4xf32>, tensor<4xf32>) outs(%d : tensor<4xf32>) -> tensor<4xf32>
      %f0 = tensor.extract_slice %free[0] [2] [1] : tensor<4xf32> to tensor<2xf32>
      %s0 = tensor.extract_slice %h[2] [2] [1] : tensor<4xf32> to tensor<2xf32>
      %0 = arith.addf %w0, %f0 : tensor<2xf32>
      %1 = tensor.concat dim(0) %0, %s0 : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
      %2 = tensor.concat dim(0) %u0, %u1 : (tensor<3xf32>, tensor<1xf32>) -> tensor<4xf32>
      %3 = arith.addf %1, %2 : tensor<4xf32>
      %4 = arith.addf %3, %whole : tensor<4xf32>
      %5 = tensor.expand_shape %4 [[0, 1]] output_shape [1, 4] : tensor<4xf32> into tensor<1x4xf32>
      %6 = tensor.concat dim(0) %5, %5, %5, %5 : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<4x4xf32>
      ra.yield %whole, %6 : tensor<4xf32>, tensor<4x4xf32>
    }
  }
  ra.output @h = @up::@h
}
