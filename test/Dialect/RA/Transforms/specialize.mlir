// RUN: cortex-opt %s --split-input-file --ra-specialize | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ra-specialize --remarks-filter-passed=ra-specialize -o /dev/null 2>&1 | FileCheck %s --check-prefix=COUNTS

// A body of all types becomes one for each, in the order of the types; a leaf
// reduces over nobody.

// COUNTS-DAG: bodies made {{.*}}Function=Generic | count=4
// COUNTS-DAG: reductions removed {{.*}}Function=Generic | count=1

// CHECK-LABEL: ra.model @Generic
// CHECK: ra.sweep @up
// CHECK:   ra.body @leaf {
// CHECK-NOT: ra.over
// CHECK:     %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK:     %[[ONE:.*]] = arith.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK:     arith.addf %[[ZERO]], %[[ONE]]
// CHECK-NOT: ra.over
// CHECK:   ra.body @internal {
// CHECK:     ra.over children [sum, prod]
// CHECK-NOT: arith.constant
// CHECK:   ra.sweep @head map at roots
// CHECK:     ra.body @leaf {
// CHECK:     ra.body @internal {
// CHECK:   ra.sweep @pool map at structures
// CHECK-NOT: ra.body @
// CHECK:     ra.body {
ra.model @Generic structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to *)
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body {
      %s, %p = ra.over children [sum, prod] {
        %k = ra.read there @up::@h : tensor<4xf32>
        ra.yield %k, %k : tensor<4xf32>, tensor<4xf32>
      } : tensor<4xf32>, tensor<4xf32>
      %h = arith.addf %s, %p : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
  ra.sweep @head map at roots states(@y : tensor<4xf32>) {
    ra.body {
      %h = ra.read self @up::@h : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
  ra.sweep @pool map at structures states(@m : tensor<4xf32>) {
    ra.body {
      %m = ra.over nodes [mean] {
        %k = ra.read there @up::@h : tensor<4xf32>
        ra.yield %k : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %m : tensor<4xf32>
    }
  }
  ra.output @y = @head::@y
}

// -----

// Bodies of types are put in order; means and defaults of nobody; the defaults
// that the type's arity rules out disappear.

// COUNTS-DAG: reductions removed {{.*}}Function=Typed | count=1
// COUNTS-DAG: defaults dropped {{.*}}Function=Typed | count=2

// CHECK-LABEL: ra.model @Typed
// CHECK:      ra.body @leaf {
// CHECK-NEXT:   %[[X:.*]] = ra.read self @x
// CHECK-NEXT:   %[[MEAN:.*]] = arith.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK-NEXT:   %[[S:.*]] = arith.addf %[[MEAN]], %[[X]]
// CHECK-NEXT:   %[[T:.*]] = arith.addf %[[S]], %[[X]]
// CHECK-NEXT:   ra.yield %[[T]]
// CHECK:      ra.body @pair {
// CHECK:        %[[X:.*]] = ra.read self @x
// CHECK:        ra.over children [mean, max, softmax] {
// CHECK:        ra.read child(1) @up::@h : tensor<4xf32>
// CHECK:        ra.read child(2) @up::@h else %[[X]] : tensor<4xf32>
ra.model @Typed structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @pair(2 to 3)
  ra.input @x : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body @pair {
      %x = ra.read self @x : tensor<4xf32>
      %m, %a, %v = ra.over children [mean, max, softmax] else (%x, %x) {
        %k = ra.read there @up::@h : tensor<4xf32>
        %s = ra.read edge @position : tensor<f32>
        ra.yield %k, %k, %s, %k : tensor<4xf32>, tensor<4xf32>, tensor<f32>, tensor<4xf32>
      } : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
      %b = ra.read child(1) @up::@h else %x : tensor<4xf32>
      %c = ra.read child(2) @up::@h else %x : tensor<4xf32>
      %0 = arith.addf %m, %a : tensor<4xf32>
      %1 = arith.addf %0, %b : tensor<4xf32>
      %2 = arith.addf %1, %c : tensor<4xf32>
      %3 = arith.addf %2, %v : tensor<4xf32>
      ra.yield %3 : tensor<4xf32>
    }
    ra.body @leaf {
      %x = ra.read self @x : tensor<4xf32>
      %m, %a, %v = ra.over children [mean, max, softmax] else (%x, %x) {
        %k = ra.read there @up::@h : tensor<4xf32>
        %s = ra.read edge @position : tensor<f32>
        ra.yield %k, %k, %s, %k : tensor<4xf32>, tensor<4xf32>, tensor<f32>, tensor<4xf32>
      } : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
      %0 = arith.addf %m, %a : tensor<4xf32>
      %1 = arith.addf %0, %v : tensor<4xf32>
      ra.yield %1 : tensor<4xf32>
    }
  }
  ra.output @h = @up::@h
}

// -----

// A child past the arity of the type is its default; reductions over parents and
// reads of a parent stay, whatever the type.

// COUNTS-DAG: reads removed {{.*}}Function=Children | count=3
// COUNTS-DAG: defaults dropped {{.*}}Function=Children | count=3

// CHECK-LABEL: ra.model @Children
// CHECK:      ra.body @leaf {
// CHECK-NOT:    ra.read child
// CHECK:        %[[Z:.*]] = arith.constant dense<3.000000e+00>
// CHECK:        arith.subf %[[Z]], %[[Z]]
// CHECK-NOT:    ra.read child
// CHECK:      ra.body @one {
// CHECK:        %[[Z:.*]] = arith.constant dense<3.000000e+00>
// CHECK:        %[[L:.*]] = ra.read child(0) @up::@h : tensor<4xf32>
// CHECK:        arith.subf %[[L]], %[[Z]]
// CHECK:      ra.body @many {
// CHECK:        %[[Z:.*]] = arith.constant dense<3.000000e+00>
// CHECK:        %[[L:.*]] = ra.read child(0) @up::@h : tensor<4xf32>
// CHECK:        %[[R:.*]] = ra.read child(1) @up::@h : tensor<4xf32>
// CHECK:        arith.subf %[[L]], %[[R]]
// CHECK:      ra.sweep @down
// CHECK:      ra.body @leaf {
// CHECK:        ra.read parent @down::@h else
// CHECK:        ra.over parents [max] else
ra.model @Children structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @one(1)
  ra.type @many(2 to *)
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<3.0> : tensor<4xf32>
      %l = ra.read child(0) @up::@h else %z : tensor<4xf32>
      %r = ra.read child(1) @up::@h else %z : tensor<4xf32>
      %h = arith.subf %l, %r : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
  ra.sweep @down down states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<3.0> : tensor<4xf32>
      %p = ra.read parent @down::@h else %z : tensor<4xf32>
      %q = ra.over parents [max] else (%z) {
        %k = ra.read there @down::@h : tensor<4xf32>
        ra.yield %k : tensor<4xf32>
      } : tensor<4xf32>
      %h = arith.subf %p, %q : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
  ra.output @h = @up::@h
}
