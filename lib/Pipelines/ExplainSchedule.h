//===- ExplainSchedule.h - What a schedule's keys did ---------------------===//
#ifndef CORTEX_LIB_PIPELINES_EXPLAINSCHEDULE_H
#define CORTEX_LIB_PIPELINES_EXPLAINSCHEDULE_H

#include "cortex/Pipelines/Pipelines.h"
#include "cortex/manifest.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/JSON.h"

#include <memory>

namespace cortex {

/// Collects what the passes that run in a context count (cortex/Support/PassCount.h), while it lives. The context
/// must not report remarks elsewhere.
class PassCounts {
public:
  explicit PassCounts(mlir::MLIRContext &context);
  PassCounts(const PassCounts &) = delete;
  PassCounts &operator=(const PassCounts &) = delete;
  ~PassCounts();

  /// What a pass, by its flag, counted of `what`; 0 if nothing.
  uint64_t get(llvm::StringRef pass, llvm::StringRef what) const;

private:
  mlir::MLIRContext &context;
  std::shared_ptr<llvm::StringMap<uint64_t>> counts; ///< "pass: what"
};

/// One object per key: key, value, chosen ("given", "default", or "estimated" where the cost model compared values),
/// effect: what the key's passes did, in numbers, and reason: why it has this value.
/// `manifest` is the program's, `bytes` are of a program's memory by purpose, as explainModel prints them.
llvm::json::Array explainSchedule(const ScheduleChoice &choice, const Manifest &manifest, const PassCounts &counts,
                                  const llvm::json::Object &bytes);

} // namespace cortex
#endif // CORTEX_LIB_PIPELINES_EXPLAINSCHEDULE_H
