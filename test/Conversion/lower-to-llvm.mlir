// The whole pipeline leaves nothing but the LLVM dialect, in which every
// multiply-add is a fused one or, without the instruction, none is.
// RUN: cortex-opt %s --cortex-lower-to-llvm | FileCheck %s --implicit-check-not=fmuladd
// RUN: cortex-opt %s --cortex-lower-to-llvm=fma=false | FileCheck %s --check-prefix=NOFMA --implicit-check-not=fma

// CHECK-LABEL: llvm.func @cortex_run(
// CHECK: llvm.cond_br
// CHECK: llvm.intr.fma({{.*}}) : (vector<8xf32>, vector<8xf32>, vector<8xf32>) -> vector<8xf32>
// CHECK: llvm.fdiv
// CHECK: llvm.return
// NOFMA-LABEL: llvm.func @cortex_run(
// NOFMA: llvm.fmul
// NOFMA: llvm.fadd
func.func @cortex_run(%frame: !llvm.ptr, %worker: i32, %workers: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = arith.index_cast %workers : i32 to index
  %w = llvm.load %frame : !llvm.ptr -> vector<8xf32>
  %sum = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %w) -> vector<8xf32> {
    %next = vector.fma %w, %w, %acc : vector<8xf32>
    scf.yield %next : vector<8xf32>
  }
  %t = math.tanh %sum : vector<8xf32>
  llvm.store %t, %frame : vector<8xf32>, !llvm.ptr
  return
}
