// MV-RNN: every node has a vector and a matrix, each applied to the other's.
// RUN: cortex-opt %s > %t.once
// RUN: cortex-opt %t.once | diff %t.once -
// RUN: FileCheck %s < %t.once

#mv0 = affine_map<(i, k) -> (i, k)>
#mv1 = affine_map<(i, k) -> (k)>
#mv2 = affine_map<(i, k) -> (i)>
#mm0 = affine_map<(i, j, k) -> (i, k)>
#mm1 = affine_map<(i, j, k) -> (k, j)>
#mm2 = affine_map<(i, j, k) -> (i, j)>

// CHECK-LABEL: ra.model @MVRNN structure(tree) float(f32)
ra.model @MVRNN structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(2)
  ra.input @word : !ra.symbol<1000> on @leaf
  ra.param @Ev : tensor<1000x64xf32>
  ra.param @EM : tensor<1000x64x64xf32>
  ra.param @W : tensor<64x128xf32>
  ra.param @bias : tensor<64xf32>
  ra.param @WM : tensor<64x128xf32>
  // CHECK: ra.sweep @up up states(@a : tensor<64xf32>, @A : tensor<64x64xf32>)
  ra.sweep @up up states(@a : tensor<64xf32>, @A : tensor<64x64xf32>) {
    ra.body @leaf {
      %w = ra.read self @word : !ra.symbol<1000>
      %Ev = ra.read param @Ev : tensor<1000x64xf32>
      %EM = ra.read param @EM : tensor<1000x64x64xf32>
      %v = ra.lookup %Ev[%w] : (tensor<1000x64xf32>, !ra.symbol<1000>) -> tensor<64xf32>
      %M = ra.lookup %EM[%w] : (tensor<1000x64x64xf32>, !ra.symbol<1000>) -> tensor<64x64xf32>
      ra.yield %v, %M : tensor<64xf32>, tensor<64x64xf32>
    }
    // CHECK: ra.read child(1) @up::@A : tensor<64x64xf32>
    ra.body @internal {
      %a = ra.read child(0) @up::@a : tensor<64xf32>
      %b = ra.read child(1) @up::@a : tensor<64xf32>
      %A = ra.read child(0) @up::@A : tensor<64x64xf32>
      %B = ra.read child(1) @up::@A : tensor<64x64xf32>
      %z = arith.constant dense<0.0> : tensor<64xf32>
      %Z = arith.constant dense<0.0> : tensor<64x64xf32>
      %Ba = linalg.contract indexing_maps = [#mv0, #mv1, #mv2] ins(%B, %a : tensor<64x64xf32>, tensor<64xf32>) outs(%z : tensor<64xf32>) -> tensor<64xf32>
      %Ab = linalg.contract indexing_maps = [#mv0, #mv1, #mv2] ins(%A, %b : tensor<64x64xf32>, tensor<64xf32>) outs(%z : tensor<64xf32>) -> tensor<64xf32>
      %both = tensor.concat dim(0) %Ba, %Ab : (tensor<64xf32>, tensor<64xf32>) -> tensor<128xf32>
      %W = ra.read param @W : tensor<64x128xf32>
      %bias = ra.read param @bias : tensor<64xf32>
      %q = linalg.contract indexing_maps = [#mv0, #mv1, #mv2] ins(%W, %both : tensor<64x128xf32>, tensor<128xf32>) outs(%bias : tensor<64xf32>) -> tensor<64xf32>
      %p = math.tanh %q : tensor<64xf32>
      %AB = tensor.concat dim(0) %A, %B : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<128x64xf32>
      %WM = ra.read param @WM : tensor<64x128xf32>
      // CHECK: linalg.contract indexing_maps = [#{{.*}}, #{{.*}}, #{{.*}}] ins(%{{.*}}, %{{.*}} : tensor<64x128xf32>, tensor<128x64xf32>)
      %P = linalg.contract indexing_maps = [#mm0, #mm1, #mm2] ins(%WM, %AB : tensor<64x128xf32>, tensor<128x64xf32>) outs(%Z : tensor<64x64xf32>) -> tensor<64x64xf32>
      ra.yield %p, %P : tensor<64xf32>, tensor<64x64xf32>
    }
  }
  // CHECK:      ra.output @vector = @up::@a
  // CHECK-NEXT: ra.output @matrix = @up::@A
  ra.output @vector = @up::@a
  ra.output @matrix = @up::@A
}
