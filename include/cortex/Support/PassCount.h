//===- PassCount.h - How often a pass fired ---------------------*- C++ -*-===//
//
// Every optimization proves that it fired. MLIR's pass statistics would be the
// tool for it, but in a release build of MLIR, as distributions ship it, they
// are compiled out: their constructor in the shared library initializes
// nothing. Remarks work in every build, so counts are reported as such:
//
//   cortex-opt model.mlir --ra-split-products --remarks-filter-passed=ra-split-products
//   remark: [Passed] products split | Category:ra-split-products | Function=TreeFC | count=2
//
//===----------------------------------------------------------------------===//
#ifndef CORTEX_SUPPORT_PASSCOUNT_H
#define CORTEX_SUPPORT_PASSCOUNT_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/SymbolTable.h"

namespace cortex {

/// Counts what a run of a pass did to one operation (a model, a program) and
/// says so in a `passed` remark at its end, unless there was nothing. A local
/// variable of the run:
///
///   PassCount split(getOperation(), "ra-split-products", "products split");
///   ++split;
class PassCount {
public:
  /// `pass` is the pass's flag, by which remarks are filtered; `what` names
  /// what is counted. Both must outlive the count (they are literals).
  PassCount(mlir::Operation *op, llvm::StringRef pass, llvm::StringRef what) : op(op), pass(pass), what(what) {}
  PassCount(const PassCount &) = delete;
  PassCount &operator=(const PassCount &) = delete;

  ~PassCount() {
    if (count == 0)
      return;
    auto name = op->getAttrOfType<mlir::StringAttr>(mlir::SymbolTable::getSymbolAttrName());
    mlir::remark::passed(op->getLoc(), mlir::remark::RemarkOpts::name(what).category(pass).function(
                                           name ? name.getValue() : llvm::StringRef()))
        << mlir::remark::metric("count", count);
  }

  PassCount &operator++() {
    ++count;
    return *this;
  }
  PassCount &operator+=(uint64_t more) {
    count += more;
    return *this;
  }
  uint64_t getCount() const { return count; }

private:
  mlir::Operation *op;
  llvm::StringRef pass, what;
  uint64_t count = 0;
};

} // namespace cortex

#endif // CORTEX_SUPPORT_PASSCOUNT_H
