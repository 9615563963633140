// RUN: cortex-opt %s --split-input-file --ra-prepare-lowering=schedule=leaf_products=off | FileCheck %s
// RUN: cortex-opt %s --split-input-file --pass-pipeline='builtin.module(ra-prepare-lowering{schedule=leaf_products=off},ra-prepare-lowering{schedule=leaf_products=off})' | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ra-prepare-lowering | FileCheck %s --check-prefix=KINDS
// RUN: cortex-opt %s --split-input-file --pass-pipeline='builtin.module(ra-prepare-lowering,ra-prepare-lowering)' | FileCheck %s --check-prefix=KINDS

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// TreeFC in one body: the leaf loses its products, the concatenation of the
// internal node becomes a chain of two products on the bias. Running the
// pipeline on its own result changes nothing.

// CHECK-LABEL: ra.model @TreeFC
// CHECK:      ra.body @leaf attributes {ra.stage = "symbol:word"} {
// CHECK-NOT:    linalg.contract
// CHECK:        ra.lookup
// CHECK:        arith.addf
// CHECK:        ra.yield
// CHECK:      ra.body @internal {
// CHECK-NOT:    tensor.concat
// CHECK:        %[[P:.*]] = linalg.contract {{.*}}ra.stage = "recursive"
// CHECK:        linalg.contract {{.*}}outs(%[[P]]
// CHECK-NOT:    linalg.contract

// With tables of what parents need of leaves, products with a child that is a
// leaf depend on its word; only the kind 0, of two inner children, has two others.

// KINDS-LABEL: ra.model @TreeFC
// KINDS:      ra.body @internal kind 0 {
// KINDS-COUNT-2: linalg.contract {{.*}}ra.stage = "recursive"
// KINDS:      ra.body @internal kind 1 {
// KINDS:        linalg.contract {{.*}}ra.stage = "symbol:word@child(0)"
// KINDS:        linalg.contract {{.*}}ra.stage = "recursive"
// KINDS:      ra.body @internal kind 2 {
// KINDS:      ra.body @internal kind 3 attributes
// KINDS-NOT:    ra.stage = "recursive"
ra.model @TreeFC structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(2)
  ra.input @word : !ra.symbol<9>
  ra.param @E : tensor<9x4xf32>
  ra.param @W : tensor<4x8xf32>
  ra.param @b : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %E = ra.read param @E : tensor<9x4xf32>
      %W = ra.read param @W : tensor<4x8xf32>
      %b = ra.read param @b : tensor<4xf32>
      %w = ra.read self @word : !ra.symbol<9>
      %x = ra.lookup %E[%w] : (tensor<9x4xf32>, !ra.symbol<9>) -> tensor<4xf32>
      %l = ra.read child(0) @up::@h else %z : tensor<4xf32>
      %r = ra.read child(1) @up::@h else %z : tensor<4xf32>
      %lr = tensor.concat dim(0) %l, %r : (tensor<4xf32>, tensor<4xf32>) -> tensor<8xf32>
      %p = linalg.contract indexing_maps = [#ik, #k, #i] ins(%W, %lr : tensor<4x8xf32>, tensor<8xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
      %h = arith.addf %p, %x : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
  ra.output @h = @up::@h
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// A GRU cell written with slices of 2H and H: the slices of 2H are pushed first,
// then their halves are stacked. The input's products are node stage.

// CHECK-LABEL: ra.model @Slices
// KINDS-LABEL: ra.model @Slices
// CHECK-DAG:    linalg.contract {{.*}} {ra.stage = "node"} {{.*}} -> tensor<2x4xf32>
// CHECK-DAG:    linalg.contract {{.*}} {ra.stage = "recursive"} {{.*}} -> tensor<2x4xf32>
// CHECK-DAG:    linalg.contract {{.*}} {ra.stage = "node"} {{.*}} -> tensor<4xf32>
// CHECK-DAG:    linalg.contract {{.*}} {ra.stage = "recursive"} {{.*}} -> tensor<4xf32>
// CHECK-NOT:    linalg.contract
ra.model @Slices structure(sequence) float(f32) {
  ra.type @cell(0 to 1)
  ra.input @x : tensor<3xf32>
  ra.param @W : tensor<12x3xf32>
  ra.param @U : tensor<12x4xf32>
  ra.param @b : tensor<12xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %one = arith.constant dense<1.0> : tensor<4xf32>
      %x = ra.read self @x : tensor<3xf32>
      %h = ra.read child(0) @up::@h else %z : tensor<4xf32>
      %W = ra.read param @W : tensor<12x3xf32>
      %U = ra.read param @U : tensor<12x4xf32>
      %b = ra.read param @b : tensor<12xf32>
      %p = linalg.contract indexing_maps = [#ik, #k, #i] ins(%W, %x : tensor<12x3xf32>, tensor<3xf32>) outs(%b : tensor<12xf32>) -> tensor<12xf32>
      %q = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %h : tensor<12x4xf32>, tensor<4xf32>) outs(%b : tensor<12xf32>) -> tensor<12xf32>
      %p01 = tensor.extract_slice %p[0] [8] [1] : tensor<12xf32> to tensor<8xf32>
      %q01 = tensor.extract_slice %q[0] [8] [1] : tensor<12xf32> to tensor<8xf32>
      %s = arith.addf %p01, %q01 : tensor<8xf32>
      %g = ra.sigmoid %s : tensor<8xf32>
      %r = tensor.extract_slice %g[0] [4] [1] : tensor<8xf32> to tensor<4xf32>
      %u = tensor.extract_slice %g[4] [4] [1] : tensor<8xf32> to tensor<4xf32>
      %pn = tensor.extract_slice %p[8] [4] [1] : tensor<12xf32> to tensor<4xf32>
      %qn = tensor.extract_slice %q[8] [4] [1] : tensor<12xf32> to tensor<4xf32>
      %rq = arith.mulf %r, %qn : tensor<4xf32>
      %n0 = arith.addf %pn, %rq : tensor<4xf32>
      %n = math.tanh %n0 : tensor<4xf32>
      %v = arith.subf %one, %u : tensor<4xf32>
      %vn = arith.mulf %v, %n : tensor<4xf32>
      %uh = arith.mulf %u, %h : tensor<4xf32>
      %y = arith.addf %vn, %uh : tensor<4xf32>
      ra.yield %y : tensor<4xf32>
    }
  }
  ra.output @h = @up::@h
}
