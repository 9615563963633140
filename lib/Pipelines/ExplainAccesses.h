//===- ExplainAccesses.h - Why no access needs a check --------------------===//
#ifndef CORTEX_LIB_PIPELINES_EXPLAINACCESSES_H
#define CORTEX_LIB_PIPELINES_EXPLAINACCESSES_H

#include "cortex/Dialect/ILIR/IR/ILIR.h"
#include "llvm/Support/JSON.h"

namespace cortex {

/// Adds to `out` how many indexed loads and stores of `run` are known to be in range by which fact, and
/// `bounds_checks`: how many are by none, so that generated code would have to check them.
///
///   by_loop    the index is the loop's own position or edge
///   by_list    it stands in one of the linearizer's lists, which hold valid rows, nodes and edges only
///   by_arity   it is a child that all nodes of the type have
///   by_domain  it is a symbol, and the table has an item for each: the linearizer refuses others
///   tested     the neighbour may be absent, and the load says what it reads then: a choice, not a check
void explainAccesses(ilir::ProgramOp program, llvm::json::Object &out);

} // namespace cortex
#endif // CORTEX_LIB_PIPELINES_EXPLAINACCESSES_H
