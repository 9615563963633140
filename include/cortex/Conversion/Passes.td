//===- Passes.td - The list of passes between dialects --------------------===//
#ifndef CORTEX_CONVERSION_PASSES_TD
#define CORTEX_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandMath : Pass<"cortex-expand-math"> {
  let summary = "Write elementary functions out as arithmetic";
  let description = [{
    Replaces `math.exp`, `math.log`, `math.tanh` and `math.erf` on f32 and f64,
    scalars and vectors, by arithmetic, comparisons, selects and bit
    operations, to at most 4 ulp (include/cortex/Conversion/ExpandMath.h has the
    contract). `vector.fma` becomes `math.fma`, which LLVM always fuses; with
    `fma=false` (a target without the instruction) both become a multiplication
    and an addition.

    Before: any operations. After: of the math dialect only `math.sqrt`,
    `math.absf`, `math.copysign` and, with `fma`, `math.fma` are left, each of
    which is an instruction of the target. Fails, naming the operation, if
    there is another one.

    ```mlir
    %e = math.exp %x : vector<16xf32>
    ```
    becomes (2^n p(r) with x = n ln2 + r)
    ```mlir
    %z = math.fma %clamped, %log2e, %magic : vector<16xf32>
    %n = arith.subf %z, %magic : vector<16xf32>
    %r = math.fma %n, %minus_ln2, %clamped : vector<16xf32>
    ...
    %i = arith.shli %zbits, %c23 : vector<16xi32>
    %s = arith.bitcast %i : vector<16xi32> to vector<16xf32>
    %e = arith.mulf %p, %s : vector<16xf32>
    ```
  }];
  let options = [Option<"fma", "fma", "bool", /*default=*/"true",
                        "The target has a fused multiply-add instruction">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def ConvertRAToILIR : Pass<"convert-ra-to-ilir", "::mlir::ModuleOp"> {
  let summary = "From recursion to loops over levels, strips and rows";
  let description = [{
    Dynamic batching and specialization of the paper: each sweep becomes a loop
    over the levels of an order, each body a nest over the rows of its type, each
    state a buffer. Softmax reductions are rewritten as a max and two sums.

    Before: `ra.model`s with one body per type (ra-specialize) and stages
    (ra-assign-stages). After: `ilir.program`s with an empty `prepare`; nests are
    `unassigned` (see ilir-split-nests).

    ```mlir
    ra.sweep @up up states(@h : tensor<8xf32>) {
      ra.body @leaf { ... ra.yield %x : tensor<8xf32> }
    }
    ```
    becomes
    ```mlir
    ilir.levels @up {
      ilir.strips @leaf {
        ilir.rows rows unassigned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ... ilir.store %x, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
    ```
  }];
  let options = [Option<"allStates", "all-states", "bool", /*default=*/"false",
                        "Make every state an output, named sweep.state">];
  let dependentDialects = ["::cortex::ilir::ILIRDialect"];
}

def ConvertILIRToVector : Pass<"convert-ilir-to-vector", "::mlir::ModuleOp"> {
  let summary = "From nests of tensors to loops over panels of vectors";
  let description = [{
    Makes `cortex_prepare` and `cortex_run` of a program: loops over levels and
    strips (scf), vectors of one panel of units (vector, arith, math), addresses
    from the frame (llvm), products as calls of register-tiled kernels, one per
    tile height and number of panels (cortex/Conversion/Tiles.h says which), shared
    by shape. Owned nests with nothing between them, of which one is a product, are
    walked together: all of them at a few panels, then at the next.

    Before: one `ilir.program` with assigned modes and phases
    (ilir-form-phases). After: upstream dialects only.

    ```mlir
    ilir.rows rows owned (%p) {
      %x = ilir.load @a[%p] : !ilir.index<position> to tensor<32xf32>
      %y = math.tanh %x : tensor<32xf32>
      ilir.store %y, @b[%p] : tensor<32xf32>, !ilir.index<position>
    }
    ```
    becomes (lanes=16; first and last are this worker's panels)
    ```mlir
    scf.for %i = %begin to %end step %c1 {
      scf.for %panel = %first to %last step %c1 {
        %x = llvm.load %a {alignment = 4 : i64} : !llvm.ptr -> vector<16xf32>
        %y = math.tanh %x : vector<16xf32>
        llvm.store %y, %b {alignment = 4 : i64} : vector<16xf32>, !llvm.ptr
      }
    }
    ```
  }];
  let options = [
    Option<"lanes", "lanes", "unsigned", /*default=*/"16", "Elements of a vector register">,
    Option<"accumulators", "accumulators", "unsigned", /*default=*/"24",
           "Vector registers for the sums of a product of states">,
    Option<"registers", "registers", "int64_t", /*default=*/"32", "Vector registers that a product's tile may use">,
    Option<"chains", "chains", "int64_t", /*default=*/"8",
           "Sums of a product in flight that keep the multiply-add units busy">,
    Option<"tileRows", "tile-rows", "int64_t", /*default=*/"0", "The most rows of a product's tile; 0: as many as fit">,
    Option<"tilePanels", "tile-panels", "int64_t", /*default=*/"0",
           "The most panels of a product's tile; 0: by the number of its rows">,
    Option<"alternate", "alternate", "bool", /*default=*/"true",
           "Walk the panels from the last to the first at every other level">,
    Option<"walkTogether", "walk-together", "bool", /*default=*/"true",
           "Walk products and the nests beside them a few panels at a time">,
    Option<"bf16Dots", "bf16-dots", "bool", /*default=*/"false",
           "Products of bf16 with bf16 by the target's dot-product instructions">,
    Option<"prefetch", "prefetch", "bool", /*default=*/"true",
           "Fetch rows of tables before they are needed">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
}

#endif // CORTEX_CONVERSION_PASSES_TD
