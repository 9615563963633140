// Two stacked bidirectional LSTM layers over a sequence: the second layer's
// sweeps read both of the first layer's at the same element.
// RUN: cortex-opt %s > %t.once
// RUN: cortex-opt %t.once | diff %t.once -
// RUN: FileCheck %s < %t.once

#gates0 = affine_map<(g, i, k) -> (g, i, k)>
#gates1 = affine_map<(g, i, k) -> (k)>
#gates2 = affine_map<(g, i, k) -> (g, i)>

// CHECK-LABEL: ra.model @BiLSTM2 structure(sequence) float(f32)
// CHECK:         ra.sweep @f1 up states
// CHECK:           ra.read child(0) @f1::@h else
// CHECK:         ra.sweep @b1 down states
// CHECK:           ra.read parent @b1::@h else
// CHECK:         ra.sweep @f2 up states
// CHECK:           ra.read self @f1::@h : tensor<64xf32>
// CHECK-NEXT:      ra.read self @b1::@h : tensor<64xf32>
// CHECK:         ra.sweep @b2 down states
ra.model @BiLSTM2 structure(sequence) float(f32) {
  ra.type @cell(0 to 1)
  ra.input @x : tensor<300xf32>
  ra.param @Wf1 : tensor<4x64x300xf32>
  ra.param @Uf1 : tensor<4x64x64xf32>
  ra.param @bf1 : tensor<4x64xf32>
  ra.param @Wb1 : tensor<4x64x300xf32>
  ra.param @Ub1 : tensor<4x64x64xf32>
  ra.param @bb1 : tensor<4x64xf32>
  ra.param @Wf2 : tensor<4x64x128xf32>
  ra.param @Uf2 : tensor<4x64x64xf32>
  ra.param @bf2 : tensor<4x64xf32>
  ra.param @Wb2 : tensor<4x64x128xf32>
  ra.param @Ub2 : tensor<4x64x64xf32>
  ra.param @bb2 : tensor<4x64xf32>
  ra.sweep @f1 up states(@h : tensor<64xf32>, @c : tensor<64xf32>) {
    ra.body @cell {
      %zero = arith.constant dense<0.0> : tensor<64xf32>
      %x = ra.read self @x : tensor<300xf32>
      %h = ra.read child(0) @f1::@h else %zero : tensor<64xf32>
      %c = ra.read child(0) @f1::@c else %zero : tensor<64xf32>
      %W = ra.read param @Wf1 : tensor<4x64x300xf32>
      %U = ra.read param @Uf1 : tensor<4x64x64xf32>
      %b = ra.read param @bf1 : tensor<4x64xf32>
      %wx = linalg.contract indexing_maps = [#gates0, #gates1, #gates2] ins(%W, %x : tensor<4x64x300xf32>, tensor<300xf32>) outs(%b : tensor<4x64xf32>) -> tensor<4x64xf32>
      %g = linalg.contract indexing_maps = [#gates0, #gates1, #gates2] ins(%U, %h : tensor<4x64x64xf32>, tensor<64xf32>) outs(%wx : tensor<4x64xf32>) -> tensor<4x64xf32>
      %gi = tensor.extract_slice %g[0, 0] [1, 64] [1, 1] : tensor<4x64xf32> to tensor<64xf32>
      %gf = tensor.extract_slice %g[1, 0] [1, 64] [1, 1] : tensor<4x64xf32> to tensor<64xf32>
      %gu = tensor.extract_slice %g[2, 0] [1, 64] [1, 1] : tensor<4x64xf32> to tensor<64xf32>
      %go = tensor.extract_slice %g[3, 0] [1, 64] [1, 1] : tensor<4x64xf32> to tensor<64xf32>
      %i = ra.sigmoid %gi : tensor<64xf32>
      %f = ra.sigmoid %gf : tensor<64xf32>
      %u = math.tanh %gu : tensor<64xf32>
      %o = ra.sigmoid %go : tensor<64xf32>
      %iu = arith.mulf %i, %u : tensor<64xf32>
      %fc = arith.mulf %f, %c : tensor<64xf32>
      %cn = arith.addf %iu, %fc : tensor<64xf32>
      %tc = math.tanh %cn : tensor<64xf32>
      %hn = arith.mulf %o, %tc : tensor<64xf32>
      ra.yield %hn, %cn : tensor<64xf32>, tensor<64xf32>
    }
  }
  ra.sweep @b1 down states(@h : tensor<64xf32>, @c : tensor<64xf32>) {
    ra.body @cell {
      %zero = arith.constant dense<0.0> : tensor<64xf32>
      %x = ra.read self @x : tensor<300xf32>
      %h = ra.read parent @b1::@h else %zero : tensor<64xf32>
      %c = ra.read parent @b1::@c else %zero : tensor<64xf32>
      %W = ra.read param @Wb1 : tensor<4x64x300xf32>
      %U = ra.read param @Ub1 : tensor<4x64x64xf32>
      %b = ra.read param @bb1 : tensor<4x64xf32>
      %wx = linalg.contract indexing_maps = [#gates0, #gates1, #gates2] ins(%W, %x : tensor<4x64x300xf32>, tensor<300xf32>) outs(%b : tensor<4x64xf32>) -> tensor<4x64xf32>
      %g = linalg.contract indexing_maps = [#gates0, #gates1, #gates2] ins(%U, %h : tensor<4x64x64xf32>, tensor<64xf32>) outs(%wx : tensor<4x64xf32>) -> tensor<4x64xf32>
      %gi = tensor.extract_slice %g[0, 0] [1, 64] [1, 1] : tensor<4x64xf32> to tensor<64xf32>
      %gf = tensor.extract_slice %g[1, 0] [1, 64] [1, 1] : tensor<4x64xf32> to tensor<64xf32>
      %gu = tensor.extract_slice %g[2, 0] [1, 64] [1, 1] : tensor<4x64xf32> to tensor<64xf32>
      %go = tensor.extract_slice %g[3, 0] [1, 64] [1, 1] : tensor<4x64xf32> to tensor<64xf32>
      %i = ra.sigmoid %gi : tensor<64xf32>
      %f = ra.sigmoid %gf : tensor<64xf32>
      %u = math.tanh %gu : tensor<64xf32>
      %o = ra.sigmoid %go : tensor<64xf32>
      %iu = arith.mulf %i, %u : tensor<64xf32>
      %fc = arith.mulf %f, %c : tensor<64xf32>
      %cn = arith.addf %iu, %fc : tensor<64xf32>
      %tc = math.tanh %cn : tensor<64xf32>
      %hn = arith.mulf %o, %tc : tensor<64xf32>
      ra.yield %hn, %cn : tensor<64xf32>, tensor<64xf32>
    }
  }
  ra.sweep @f2 up states(@h : tensor<64xf32>, @c : tensor<64xf32>) {
    ra.body @cell {
      %zero = arith.constant dense<0.0> : tensor<64xf32>
      %hf = ra.read self @f1::@h : tensor<64xf32>
      %hb = ra.read self @b1::@h : tensor<64xf32>
      %x = tensor.concat dim(0) %hf, %hb : (tensor<64xf32>, tensor<64xf32>) -> tensor<128xf32>
      %h = ra.read child(0) @f2::@h else %zero : tensor<64xf32>
      %c = ra.read child(0) @f2::@c else %zero : tensor<64xf32>
      %W = ra.read param @Wf2 : tensor<4x64x128xf32>
      %U = ra.read param @Uf2 : tensor<4x64x64xf32>
      %b = ra.read param @bf2 : tensor<4x64xf32>
      %wx = linalg.contract indexing_maps = [#gates0, #gates1, #gates2] ins(%W, %x : tensor<4x64x128xf32>, tensor<128xf32>) outs(%b : tensor<4x64xf32>) -> tensor<4x64xf32>
      %g = linalg.contract indexing_maps = [#gates0, #gates1, #gates2] ins(%U, %h : tensor<4x64x64xf32>, tensor<64xf32>) outs(%wx : tensor<4x64xf32>) -> tensor<4x64xf32>
      %gi = tensor.extract_slice %g[0, 0] [1, 64] [1, 1] : tensor<4x64xf32> to tensor<64xf32>
      %gf = tensor.extract_slice %g[1, 0] [1, 64] [1, 1] : tensor<4x64xf32> to tensor<64xf32>
      %gu = tensor.extract_slice %g[2, 0] [1, 64] [1, 1] : tensor<4x64xf32> to tensor<64xf32>
      %go = tensor.extract_slice %g[3, 0] [1, 64] [1, 1] : tensor<4x64xf32> to tensor<64xf32>
      %i = ra.sigmoid %gi : tensor<64xf32>
      %f = ra.sigmoid %gf : tensor<64xf32>
      %u = math.tanh %gu : tensor<64xf32>
      %o = ra.sigmoid %go : tensor<64xf32>
      %iu = arith.mulf %i, %u : tensor<64xf32>
      %fc = arith.mulf %f, %c : tensor<64xf32>
      %cn = arith.addf %iu, %fc : tensor<64xf32>
      %tc = math.tanh %cn : tensor<64xf32>
      %hn = arith.mulf %o, %tc : tensor<64xf32>
      ra.yield %hn, %cn : tensor<64xf32>, tensor<64xf32>
    }
  }
  ra.sweep @b2 down states(@h : tensor<64xf32>, @c : tensor<64xf32>) {
    ra.body @cell {
      %zero = arith.constant dense<0.0> : tensor<64xf32>
      %hf = ra.read self @f1::@h : tensor<64xf32>
      %hb = ra.read self @b1::@h : tensor<64xf32>
      %x = tensor.concat dim(0) %hf, %hb : (tensor<64xf32>, tensor<64xf32>) -> tensor<128xf32>
      %h = ra.read parent @b2::@h else %zero : tensor<64xf32>
      %c = ra.read parent @b2::@c else %zero : tensor<64xf32>
      %W = ra.read param @Wb2 : tensor<4x64x128xf32>
      %U = ra.read param @Ub2 : tensor<4x64x64xf32>
      %b = ra.read param @bb2 : tensor<4x64xf32>
      %wx = linalg.contract indexing_maps = [#gates0, #gates1, #gates2] ins(%W, %x : tensor<4x64x128xf32>, tensor<128xf32>) outs(%b : tensor<4x64xf32>) -> tensor<4x64xf32>
      %g = linalg.contract indexing_maps = [#gates0, #gates1, #gates2] ins(%U, %h : tensor<4x64x64xf32>, tensor<64xf32>) outs(%wx : tensor<4x64xf32>) -> tensor<4x64xf32>
      %gi = tensor.extract_slice %g[0, 0] [1, 64] [1, 1] : tensor<4x64xf32> to tensor<64xf32>
      %gf = tensor.extract_slice %g[1, 0] [1, 64] [1, 1] : tensor<4x64xf32> to tensor<64xf32>
      %gu = tensor.extract_slice %g[2, 0] [1, 64] [1, 1] : tensor<4x64xf32> to tensor<64xf32>
      %go = tensor.extract_slice %g[3, 0] [1, 64] [1, 1] : tensor<4x64xf32> to tensor<64xf32>
      %i = ra.sigmoid %gi : tensor<64xf32>
      %f = ra.sigmoid %gf : tensor<64xf32>
      %u = math.tanh %gu : tensor<64xf32>
      %o = ra.sigmoid %go : tensor<64xf32>
      %iu = arith.mulf %i, %u : tensor<64xf32>
      %fc = arith.mulf %f, %c : tensor<64xf32>
      %cn = arith.addf %iu, %fc : tensor<64xf32>
      %tc = math.tanh %cn : tensor<64xf32>
      %hn = arith.mulf %o, %tc : tensor<64xf32>
      ra.yield %hn, %cn : tensor<64xf32>, tensor<64xf32>
    }
  }
  ra.output @forward = @f2::@h at nodes
  ra.output @backward = @b2::@h at nodes
}
