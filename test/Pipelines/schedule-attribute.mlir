// What the model's text asks for holds in every pipeline on ra; options override it.

// RUN: cortex-opt %s --ra-prepare-lowering | FileCheck %s --check-prefixes=RA,CHILD
// RUN: cortex-opt %s --ra-prepare-lowering=schedule=refactor=off | FileCheck %s --check-prefixes=RA,OFF
// RUN: cortex-opt %s --cortex-ra-to-ilir="target=x86-64" | FileCheck %s --check-prefix=ILIR

// A mistake is one message, not a crash.

// RUN: not cortex-opt %s --cortex-ra-to-ilir="schedule=refacto=off" 2>&1 | FileCheck %s --check-prefix=KEY
// RUN: not cortex-opt %s --ra-prepare-lowering="schedule=tables=2e9" 2>&1 | FileCheck %s --check-prefix=VALUE
// RUN: not cortex-opt %s --cortex-ilir-to-vector="target=x87" 2>&1 | FileCheck %s --check-prefix=TARGET

// RA:     ra.sweep @up up
// CHILD-SAME: @h.product.0
// OFF-NOT:    h.product.0
// ILIR:   ilir.buffer @up.h.product.0
// KEY:    error: {{.*}}schedule: there is no key 'refacto', did you mean 'refactor'?
// VALUE:  error: {{.*}}schedule: tables is '2e9', expected off or a number from 0 to 1000000000
// TARGET: error: {{.*}}x87

#mv = affine_map<(i, k) -> (i, k)>
#v = affine_map<(i, k) -> (k)>
#r = affine_map<(i, k) -> (i)>
ra.model @Moved structure(dag) float(f32) attributes {schedule = {refactor = "product_at_child"}} {
  ra.type @node(0 to *)
  ra.input @x : tensor<8xf32>
  ra.param @U : tensor<8x8xf32>
  ra.sweep @up up states(@h : tensor<8xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<8xf32>
      %U = ra.read param @U : tensor<8x8xf32>
      %s = ra.over children [sum] {
        %k = ra.read there @up::@h : tensor<8xf32>
        %zero = arith.constant dense<0.0> : tensor<8xf32>
        %y = linalg.contract indexing_maps = [#mv, #v, #r] ins(%U, %k : tensor<8x8xf32>, tensor<8xf32>) outs(%zero : tensor<8xf32>) -> tensor<8xf32>
        %p = arith.addf %y, %x : tensor<8xf32>
        %z = math.tanh %p : tensor<8xf32>
        ra.yield %z : tensor<8xf32>
      } : tensor<8xf32>
      ra.yield %s : tensor<8xf32>
    }
  }
  ra.output @h = @up::@h
}
