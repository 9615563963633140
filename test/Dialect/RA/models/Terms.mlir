// Terms of a logic as DAGs: the caller gives the types (@fn and @eq overlap in
// arity), every function symbol has its own weights, children are attended to.
// RUN: cortex-opt %s > %t.once
// RUN: cortex-opt %t.once | diff %t.once -
// RUN: FileCheck %s < %t.once

#mv0 = affine_map<(i, k) -> (i, k)>
#mv1 = affine_map<(i, k) -> (k)>
#mv2 = affine_map<(i, k) -> (i)>
#dot = affine_map<(k) -> (k)>
#scalar = affine_map<(k) -> ()>

// CHECK-LABEL: ra.model @Terms structure(dag) float(f32)
// CHECK-NEXT:    ra.type @var(0)
// CHECK-NEXT:    ra.type @fn(1 to *)
// CHECK-NEXT:    ra.type @eq(2)
ra.model @Terms structure(dag) float(f32) {
  ra.type @var(0)
  ra.type @fn(1 to *)
  ra.type @eq(2)
  ra.input @sym : !ra.symbol<300> on @fn
  ra.param @v : tensor<64xf32>
  ra.param @Q : tensor<300x64xf32>
  ra.param @Wfn : tensor<300x64x64xf32>
  ra.param @Weq : tensor<64x128xf32>
  ra.sweep @up up states(@h : tensor<64xf32>) {
    ra.body @var {
      %v = ra.read param @v : tensor<64xf32>
      ra.yield %v : tensor<64xf32>
    }
    // CHECK: ra.body @eq
    // CHECK: ra.read child(0) @up::@h : tensor<64xf32>
    ra.body @eq {
      %l = ra.read child(0) @up::@h : tensor<64xf32>
      %r = ra.read child(1) @up::@h : tensor<64xf32>
      %lr = tensor.concat dim(0) %l, %r : (tensor<64xf32>, tensor<64xf32>) -> tensor<128xf32>
      %W = ra.read param @Weq : tensor<64x128xf32>
      %z = arith.constant dense<0.0> : tensor<64xf32>
      %p = linalg.contract indexing_maps = [#mv0, #mv1, #mv2] ins(%W, %lr : tensor<64x128xf32>, tensor<128xf32>) outs(%z : tensor<64xf32>) -> tensor<64xf32>
      %h = math.tanh %p : tensor<64xf32>
      ra.yield %h : tensor<64xf32>
    }
    // CHECK: ra.body @fn
    // CHECK: ra.over children [softmax] {
    ra.body @fn {
      %s = ra.read self @sym : !ra.symbol<300>
      %Q = ra.read param @Q : tensor<300x64xf32>
      %q = ra.lookup %Q[%s] : (tensor<300x64xf32>, !ra.symbol<300>) -> tensor<64xf32>
      %v = ra.over children [softmax] {
        %hk = ra.read there @up::@h : tensor<64xf32>
        %zero = arith.constant dense<0.0> : tensor<f32>
        %score = linalg.contract indexing_maps = [#dot, #dot, #scalar] ins(%q, %hk : tensor<64xf32>, tensor<64xf32>) outs(%zero : tensor<f32>) -> tensor<f32>
        ra.yield %score, %hk : tensor<f32>, tensor<64xf32>
      } : tensor<64xf32>
      %Wfn = ra.read param @Wfn : tensor<300x64x64xf32>
      // CHECK: ra.lookup %{{.*}}[%{{.*}}] : (tensor<300x64x64xf32>, !ra.symbol<300>) -> tensor<64x64xf32>
      %W = ra.lookup %Wfn[%s] : (tensor<300x64x64xf32>, !ra.symbol<300>) -> tensor<64x64xf32>
      %z = arith.constant dense<0.0> : tensor<64xf32>
      %p = linalg.contract indexing_maps = [#mv0, #mv1, #mv2] ins(%W, %v : tensor<64x64xf32>, tensor<64xf32>) outs(%z : tensor<64xf32>) -> tensor<64xf32>
      %h = arith.maximumf %p, %z : tensor<64xf32>
      ra.yield %h : tensor<64xf32>
    }
  }
  ra.output @root = @up::@h at roots
}
