//===- Coverage.h - What random models have shown -------------------------===//
#ifndef CORTEX_TOOLS_FUZZ_COVERAGE_H
#define CORTEX_TOOLS_FUZZ_COVERAGE_H

#include "Trial.h"

#include <map>
#include <ostream>
#include <set>

namespace cortex::fuzz {

/// How many models had each feature, by group: every operation of the closed
/// list, reduction, direction, place, stage, rank, kind of product, mode of a
/// nest, memory, target and key of the schedule. All cells exist from the start, so that
/// one that nothing fills is seen.
class Coverage {
public:
  Coverage();
  /// Counts a model, as it is written and as it is lowered for the trial.
  void add(mlir::ModuleOp module, const Trial &trial);
  /// "group: feature" of the cells that are still 0.
  std::vector<std::string> empty() const;
  void print(std::ostream &os) const;

private:
  using Seen = std::set<std::pair<std::string, std::string>>; ///< (group, feature)
  static void seeModel(mlir::ModuleOp module, Seen &seen);
  static void seeProgram(mlir::ModuleOp module, Seen &seen);
  static void seeTrial(const Trial &trial, Seen &seen);

  std::map<std::string, std::map<std::string, int64_t>> cells;
  int64_t models = 0;
};

} // namespace cortex::fuzz
#endif // CORTEX_TOOLS_FUZZ_COVERAGE_H
