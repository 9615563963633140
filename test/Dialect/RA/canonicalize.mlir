// Constants that folding makes stay in their body: the model around it holds
// declarations only. Equal reads of a body are one value.
// RUN: cortex-opt %s --canonicalize --cse | FileCheck %s

// CHECK-LABEL: ra.model @M
ra.model @M structure(tree) float(f32) {
  ra.type @node(0 to *)
  ra.input @x : tensor<4xf32>
  // CHECK:      ra.sweep @up up
  // CHECK-NEXT:   ra.body {
  // CHECK-NEXT:     %[[three:.*]] = arith.constant dense<3.000000e+00> : tensor<4xf32>
  // CHECK-NEXT:     %[[s:.*]] = ra.over children [sum] {
  // CHECK-NEXT:       %[[h:.*]] = ra.read there @up::@h : tensor<4xf32>
  // CHECK-NEXT:       %[[a:.*]] = arith.addf %[[h]], %[[three]] : tensor<4xf32>
  // CHECK-NEXT:       ra.yield %[[a]] : tensor<4xf32>
  // CHECK-NEXT:     } : tensor<4xf32>
  // CHECK-NEXT:     %[[x:.*]] = ra.read self @x : tensor<4xf32>
  // CHECK-NEXT:     %[[xx:.*]] = arith.mulf %[[x]], %[[x]] : tensor<4xf32>
  // CHECK-NEXT:     %[[r:.*]] = arith.addf %[[s]], %[[xx]] : tensor<4xf32>
  // CHECK-NEXT:     ra.yield %[[r]] : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body {
      %s = ra.over children [sum] {
        %one = arith.constant dense<1.0> : tensor<4xf32>
        %two = arith.constant dense<2.0> : tensor<4xf32>
        %three = arith.addf %one, %two : tensor<4xf32>
        %h = ra.read there @up::@h : tensor<4xf32>
        %a = arith.addf %h, %three : tensor<4xf32>
        ra.yield %a : tensor<4xf32>
      } : tensor<4xf32>
      %x = ra.read self @x : tensor<4xf32>
      %y = ra.read self @x : tensor<4xf32>
      %unused = ra.sigmoid %x : tensor<4xf32>
      %xx = arith.mulf %x, %y : tensor<4xf32>
      %r = arith.addf %s, %xx : tensor<4xf32>
      ra.yield %r : tensor<4xf32>
    }
  }
}
