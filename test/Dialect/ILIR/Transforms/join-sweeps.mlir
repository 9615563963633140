// RUN: cortex-opt %s --split-input-file --convert-ra-to-ilir --ilir-join-sweeps | FileCheck %s
// RUN: cortex-opt %s --split-input-file --convert-ra-to-ilir --ilir-join-sweeps --remarks-filter-passed=ilir-join-sweeps --remarks-filter-missed=ilir-join-sweeps -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS

// @b is independent of @a and of the sweep between them. @d reads what @a computes, so it has a loop of its own.

// REMARKS: [Passed] sweeps joined {{.*}}Function=Joined | count=1
// CHECK-LABEL: ilir.program @Joined
// CHECK:       ilir.func @run {
// CHECK:         ilir.levels @up {
// CHECK-NEXT:      ilir.strips {
// CHECK:             ilir.store %{{.*}}, @a.h
// CHECK:             ilir.store %{{.*}}, @b.h
// CHECK:         ilir.levels @map {
// CHECK:             ilir.store %{{.*}}, @m.h
// CHECK:         ilir.levels @up {
// CHECK:             ilir.store %{{.*}}, @d.h
ra.model @Joined structure(tree) float(f32) {
  ra.type @node(0 to *)
  ra.input @x : tensor<4xf32>
  ra.sweep @a up states(@h : tensor<4xf32>) {
    ra.body {
      %s = ra.over children [sum] {
        %k = ra.read there @a::@h : tensor<4xf32>
        ra.yield %k : tensor<4xf32>
      } : tensor<4xf32>
      %x = ra.read self @x : tensor<4xf32>
      %y = arith.addf %x, %s : tensor<4xf32>
      ra.yield %y : tensor<4xf32>
    }
  }
  ra.sweep @m map states(@h : tensor<4xf32>) {
    ra.body {
      %h = ra.read self @a::@h : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
  ra.sweep @b up states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<4xf32>
      %k = ra.read child(0) @b::@h else %x : tensor<4xf32>
      ra.yield %k : tensor<4xf32>
    }
  }
  ra.sweep @d up states(@h : tensor<4xf32>) {
    ra.body {
      %a = ra.read self @a::@h : tensor<4xf32>
      %k = ra.read child(0) @d::@h else %a : tensor<4xf32>
      ra.yield %k : tensor<4xf32>
    }
  }
  ra.output @h = @d::@h
  ra.output @b_h = @b::@h
}

// -----

// A sweep up and one down have different levels, and one at structures has none.

// REMARKS: sweeps=together{{.*}}no two sweeps of one direction are independent of each other
// CHECK-LABEL: ilir.program @Apart
// CHECK:         ilir.levels @up {
// CHECK:         ilir.levels @down {
ra.model @Apart structure(tree) float(f32) {
  ra.type @node(0 to *)
  ra.input @x : tensor<4xf32>
  ra.sweep @u up states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<4xf32>
      %k = ra.read child(0) @u::@h else %x : tensor<4xf32>
      ra.yield %k : tensor<4xf32>
    }
  }
  ra.sweep @d down states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<4xf32>
      %k = ra.read parent @d::@h else %x : tensor<4xf32>
      ra.yield %k : tensor<4xf32>
    }
  }
  ra.output @up = @u::@h
  ra.output @down = @d::@h
}
