// Child-sum TreeLSTM with a readout at the roots: leaves depend on their word
// only; the forget gate is computed per child.
// RUN: cortex-opt %s > %t.once
// RUN: cortex-opt %t.once | diff %t.once -
// RUN: FileCheck %s < %t.once

#mv0 = affine_map<(i, k) -> (i, k)>
#mv1 = affine_map<(i, k) -> (k)>
#mv2 = affine_map<(i, k) -> (i)>
#gates0 = affine_map<(g, i, k) -> (g, i, k)>
#gates1 = affine_map<(g, i, k) -> (k)>
#gates2 = affine_map<(g, i, k) -> (g, i)>

// CHECK-LABEL: ra.model @TreeLSTM structure(tree) float(f32)
ra.model @TreeLSTM structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to *)
  ra.input @word : !ra.symbol<20000> on @leaf
  ra.param @E : tensor<20000x300xf32>
  ra.param @W : tensor<3x256x300xf32>
  ra.param @U : tensor<3x256x256xf32>
  ra.param @b : tensor<3x256xf32>
  ra.param @Uf : tensor<256x256xf32>
  ra.param @bf : tensor<256xf32>
  ra.param @V : tensor<5x256xf32>
  ra.param @bv : tensor<5xf32>
  // CHECK: ra.sweep @up up states(@h : tensor<256xf32>, @c : tensor<256xf32>)
  ra.sweep @up up states(@h : tensor<256xf32>, @c : tensor<256xf32>) {
    ra.body @leaf {
      %w = ra.read self @word : !ra.symbol<20000>
      %E = ra.read param @E : tensor<20000x300xf32>
      %x = ra.lookup %E[%w] : (tensor<20000x300xf32>, !ra.symbol<20000>) -> tensor<300xf32>
      %W = ra.read param @W : tensor<3x256x300xf32>
      %b = ra.read param @b : tensor<3x256xf32>
      %g = linalg.contract indexing_maps = [#gates0, #gates1, #gates2] ins(%W, %x : tensor<3x256x300xf32>, tensor<300xf32>) outs(%b : tensor<3x256xf32>) -> tensor<3x256xf32>
      %gi = tensor.extract_slice %g[0, 0] [1, 256] [1, 1] : tensor<3x256xf32> to tensor<256xf32>
      %go = tensor.extract_slice %g[1, 0] [1, 256] [1, 1] : tensor<3x256xf32> to tensor<256xf32>
      %gu = tensor.extract_slice %g[2, 0] [1, 256] [1, 1] : tensor<3x256xf32> to tensor<256xf32>
      %i = ra.sigmoid %gi : tensor<256xf32>
      %o = ra.sigmoid %go : tensor<256xf32>
      %u = math.tanh %gu : tensor<256xf32>
      %c = arith.mulf %i, %u : tensor<256xf32>
      %tc = math.tanh %c : tensor<256xf32>
      %h = arith.mulf %o, %tc : tensor<256xf32>
      ra.yield %h, %c : tensor<256xf32>, tensor<256xf32>
    }
    // CHECK: ra.body @internal
    // CHECK: ra.over children [sum] {
    // CHECK: ra.over children [sum] {
    ra.body @internal {
      %hs = ra.over children [sum] {
        %k = ra.read there @up::@h : tensor<256xf32>
        ra.yield %k : tensor<256xf32>
      } : tensor<256xf32>
      %U = ra.read param @U : tensor<3x256x256xf32>
      %b = ra.read param @b : tensor<3x256xf32>
      %g = linalg.contract indexing_maps = [#gates0, #gates1, #gates2] ins(%U, %hs : tensor<3x256x256xf32>, tensor<256xf32>) outs(%b : tensor<3x256xf32>) -> tensor<3x256xf32>
      %Uf = ra.read param @Uf : tensor<256x256xf32>
      %bf = ra.read param @bf : tensor<256xf32>
      %fc = ra.over children [sum] {
        %hk = ra.read there @up::@h : tensor<256xf32>
        %ck = ra.read there @up::@c : tensor<256xf32>
        %gf = linalg.contract indexing_maps = [#mv0, #mv1, #mv2] ins(%Uf, %hk : tensor<256x256xf32>, tensor<256xf32>) outs(%bf : tensor<256xf32>) -> tensor<256xf32>
        %f = ra.sigmoid %gf : tensor<256xf32>
        %fk = arith.mulf %f, %ck : tensor<256xf32>
        ra.yield %fk : tensor<256xf32>
      } : tensor<256xf32>
      %gi = tensor.extract_slice %g[0, 0] [1, 256] [1, 1] : tensor<3x256xf32> to tensor<256xf32>
      %go = tensor.extract_slice %g[1, 0] [1, 256] [1, 1] : tensor<3x256xf32> to tensor<256xf32>
      %gu = tensor.extract_slice %g[2, 0] [1, 256] [1, 1] : tensor<3x256xf32> to tensor<256xf32>
      %i = ra.sigmoid %gi : tensor<256xf32>
      %o = ra.sigmoid %go : tensor<256xf32>
      %u = math.tanh %gu : tensor<256xf32>
      %iu = arith.mulf %i, %u : tensor<256xf32>
      %c = arith.addf %iu, %fc : tensor<256xf32>
      %tc = math.tanh %c : tensor<256xf32>
      %h = arith.mulf %o, %tc : tensor<256xf32>
      ra.yield %h, %c : tensor<256xf32>, tensor<256xf32>
    }
  }
  // CHECK: ra.sweep @head map at roots states(@y : tensor<5xf32>)
  ra.sweep @head map at roots states(@y : tensor<5xf32>) {
    ra.body {
      %h = ra.read self @up::@h : tensor<256xf32>
      %V = ra.read param @V : tensor<5x256xf32>
      %bv = ra.read param @bv : tensor<5xf32>
      %y = linalg.contract indexing_maps = [#mv0, #mv1, #mv2] ins(%V, %h : tensor<5x256xf32>, tensor<256xf32>) outs(%bv : tensor<5xf32>) -> tensor<5xf32>
      ra.yield %y : tensor<5xf32>
    }
  }
  // CHECK:      ra.output @logits = @head::@y
  // CHECK-NEXT: ra.output @states = @up::@h at nodes
  ra.output @logits = @head::@y
  ra.output @states = @up::@h at nodes
}
