// RUN: cortex-opt %s --split-input-file --convert-ra-to-ilir --ilir-merge-types | FileCheck %s
// RUN: cortex-opt %s --split-input-file --convert-ra-to-ilir --ilir-merge-types --remarks-filter-passed=ilir-merge-types --remarks-filter-missed=ilir-merge-types -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS

// Both bodies for every row; a child and a maximum that a leaf lacks are zero; states by the number of children.

// REMARKS: [Passed] bodies merged {{.*}}Function=Merged | count=2
// CHECK-LABEL: ilir.program @Merged
// CHECK:       ilir.levels @up {
// CHECK-NEXT:    ilir.strips {
// CHECK-NEXT:      ilir.rows rows unassigned (%[[P:.*]]) {
// CHECK:             %[[X:.*]] = ilir.load @x[
// CHECK:             %[[Z:.*]] = arith.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK:             %[[K:.*]] = ilir.load @up.h[%{{.*}}] else %[[Z]]
// CHECK:             %[[M:.*]] = ilir.edges children %[[P]] [max] else(%{{.*}}) (
// CHECK:             %[[Y:.*]] = arith.addf %[[K]], %[[M]]
// CHECK:             %[[N:.*]] = ilir.edges children %[[P]] [sum] (
// CHECK-NEXT:          arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK:             %[[B:.*]] = linalg.broadcast ins(%[[N]] : tensor<f32>)
// CHECK:             %[[MOST:.*]] = arith.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK:             %[[C:.*]] = arith.cmpf ole, %[[B]], %[[MOST]]
// CHECK:             %[[H:.*]] = arith.select %[[C]], %[[X]], %[[Y]]
// CHECK:             ilir.store %[[H]], @up.h[
// CHECK-NOT:     ilir.strips
ra.model @Merged structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to *)
  ra.input @x : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body @leaf {
      %x = ra.read self @x : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
    ra.body @internal {
      %k = ra.read child(0) @up::@h : tensor<4xf32>
      %m = ra.over children [max] {
        %h = ra.read there @up::@h : tensor<4xf32>
        ra.yield %h : tensor<4xf32>
      } : tensor<4xf32>
      %y = arith.addf %k, %m : tensor<4xf32>
      ra.yield %y : tensor<4xf32>
    }
  }
  ra.output @h = @up::@h
}

// -----

// The caller says which type a node has.

// REMARKS: specialize=off{{.*}}the number of children does not tell the types apart
// CHECK-LABEL: ilir.program @Given
// CHECK:         ilir.strips @a {
// CHECK:         ilir.strips @b {
ra.model @Given structure(tree) float(f32) {
  ra.type @a(0 to *)
  ra.type @b(0 to *)
  ra.param @p : tensor<4xf32>
  ra.param @q : tensor<4xf32>
  ra.sweep @all map states(@h : tensor<4xf32>) {
    ra.body @a {
      %p = ra.read param @p : tensor<4xf32>
      ra.yield %p : tensor<4xf32>
    }
    ra.body @b {
      %q = ra.read param @q : tensor<4xf32>
      ra.yield %q : tensor<4xf32>
    }
  }
  ra.output @h = @all::@h
}

// -----

// An internal node has no function of its own to choose the weight by.

// REMARKS: specialize=off{{.*}}a symbol that a type lacks chooses weights or belongs to a child
// CHECK-LABEL: ilir.program @Keyed
// CHECK:         ilir.strips @leaf {
// CHECK:         ilir.strips @internal {
ra.model @Keyed structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to *)
  ra.input @f : !ra.symbol<3> on @leaf
  ra.param @W : tensor<3x4x4xf32>
  ra.param @p : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body @leaf {
      %f = ra.read self @f : !ra.symbol<3>
      %W = ra.read param @W : tensor<3x4x4xf32>
      %p = ra.read param @p : tensor<4xf32>
      %Wf = ra.lookup %W[%f] : (tensor<3x4x4xf32>, !ra.symbol<3>) -> tensor<4x4xf32>
      %y = linalg.contract indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (i)>]
        ins(%Wf, %p : tensor<4x4xf32>, tensor<4xf32>) outs(%p : tensor<4xf32>) -> tensor<4xf32>
      ra.yield %y : tensor<4xf32>
    }
    ra.body @internal {
      %k = ra.read child(0) @up::@h : tensor<4xf32>
      ra.yield %k : tensor<4xf32>
    }
  }
  ra.output @h = @up::@h
}

// -----

// A batch of nothing but leaves has no array of @x.

// REMARKS: specialize=off{{.*}}an input that a type lacks has no values to read there
// CHECK-LABEL: ilir.program @Absent
// CHECK:         ilir.strips @leaf {
// CHECK:         ilir.strips @internal {
ra.model @Absent structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to *)
  ra.input @x : tensor<4xf32> on @internal
  ra.param @p : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body @leaf {
      %p = ra.read param @p : tensor<4xf32>
      ra.yield %p : tensor<4xf32>
    }
    ra.body @internal {
      %x = ra.read self @x : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
  ra.output @h = @up::@h
}
