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
    contract). With `fma=false` (a target without the instruction) `math.fma`
    and `vector.fma` become a multiplication and an addition.

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
  let statistics = [Statistic<"expanded", "functions expanded", "Elementary functions written out">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

#endif // CORTEX_CONVERSION_PASSES_TD
