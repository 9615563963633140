// Elementary functions become arithmetic, for scalars as for vectors; nothing
// that is an instruction is touched.
// RUN: cortex-opt %s --cortex-expand-math --split-input-file | FileCheck %s
// RUN: cortex-opt %s --cortex-expand-math --split-input-file | FileCheck %s --check-prefix=GONE
// RUN: cortex-opt %s --cortex-expand-math=fma=false --split-input-file | FileCheck %s --check-prefix=NOFMA
// RUN: cortex-opt %s --cortex-expand-math --split-input-file --remarks-filter-passed=cortex-expand-math -o /dev/null 2>&1 | FileCheck %s --check-prefix=COUNT

// COUNT: functions expanded{{.*}}count=1
// COUNT: functions expanded{{.*}}count=1
// COUNT: functions expanded{{.*}}count=1
// COUNT: functions expanded{{.*}}count=2
// COUNT-NOT: functions expanded
// GONE-NOT: math.{{exp|log|tanh|erf}}
// GONE-NOT: vector.fma
// NOFMA-NOT: fma

// 2^n p(r): two clamps, the reduction in three FMAs, five for the polynomial, and the scale.
// CHECK-LABEL: func.func @exp(
// CHECK-COUNT-2: arith.select
// CHECK: %[[BIASED:.*]] = math.fma
// CHECK: arith.subf %[[BIASED]]
// CHECK-COUNT-7: math.fma {{.*}} : vector<16xf32>
// CHECK: %[[BITS:.*]] = arith.bitcast %[[BIASED]] : vector<16xf32> to vector<16xi32>
// CHECK: %[[SHIFTED:.*]] = arith.shli %[[BITS]], %{{.*}} : vector<16xi32>
// CHECK: %[[SCALE:.*]] = arith.bitcast %[[SHIFTED]] : vector<16xi32> to vector<16xf32>
// CHECK: %[[E:.*]] = arith.mulf %{{.*}}, %[[SCALE]] : vector<16xf32>
// CHECK: return %[[E]]
func.func @exp(%x: vector<16xf32>) -> vector<16xf32> {
  %e = math.exp %x : vector<16xf32>
  return %e : vector<16xf32>
}

// -----

// The same operations on a scalar.
// CHECK-LABEL: func.func @exp_scalar(
// CHECK-COUNT-2: arith.select
// CHECK-COUNT-8: math.fma {{.*}} : f32
// CHECK: arith.shli {{.*}} : i32
// CHECK: arith.mulf
func.func @exp_scalar(%x: f32) -> f32 {
  %e = math.exp %x : f32
  return %e : f32
}

// -----

// One division, and the sign of the argument.
// CHECK-LABEL: func.func @tanh(
// CHECK: math.absf
// CHECK-NOT: arith.divf
// CHECK: %[[T:.*]] = arith.divf {{.*}} : vector<8xf64>
// CHECK-NOT: arith.divf
// CHECK: math.copysign %[[T]], %{{.*}} : vector<8xf64>
func.func @tanh(%x: vector<8xf64>) -> vector<8xf64> {
  %t = math.tanh %x : vector<8xf64>
  return %t : vector<8xf64>
}

// -----

// No division.
// CHECK-LABEL: func.func @erf_and_log(
// CHECK-NOT: arith.divf
// CHECK: return
func.func @erf_and_log(%x: vector<8xf32>) -> (vector<8xf32>, vector<8xf32>) {
  %e = math.erf %x : vector<8xf32>
  %l = math.log %x : vector<8xf32>
  return %e, %l : vector<8xf32>, vector<8xf32>
}

// -----

// CHECK-LABEL: func.func @kept(
// CHECK-NEXT: math.sqrt
// CHECK-NEXT: math.absf
// CHECK-NEXT: math.copysign
// CHECK-NEXT: return
func.func @kept(%x: vector<4xf32>) -> vector<4xf32> {
  %s = math.sqrt %x : vector<4xf32>
  %a = math.absf %s : vector<4xf32>
  %c = math.copysign %a, %x : vector<4xf32>
  return %c : vector<4xf32>
}

// -----

// LLVM may or may not fuse what vector.fma lowers to; math.fma it always does.
// CHECK-LABEL: func.func @fma(
// CHECK-COUNT-2: math.fma
// NOFMA-LABEL: func.func @fma(
// NOFMA-NEXT: arith.mulf
// NOFMA-NEXT: arith.addf
// NOFMA-NEXT: arith.mulf
// NOFMA-NEXT: arith.addf
// NOFMA-NEXT: return
func.func @fma(%x: vector<4xf32>) -> vector<4xf32> {
  %a = vector.fma %x, %x, %x : vector<4xf32>
  %b = math.fma %a, %x, %x : vector<4xf32>
  return %b : vector<4xf32>
}
