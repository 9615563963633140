//===- Coverage.h - What random models have shown -------------------------===//
#ifndef CORTEX_TOOLS_FUZZ_COVERAGE_H
#define CORTEX_TOOLS_FUZZ_COVERAGE_H

#include "Trial.h"

#include "cortex/Dialect/ILIR/IR/ILIR.h"
#include "cortex/cortex.h"

#include <map>
#include <ostream>
#include <set>

namespace cortex::fuzz {

/// The features that one trial has, by group.
class Seen {
public:
  /// Operations, reductions, directions, places, types, states and inputs of a model.
  void addModel(mlir::ModuleOp module);
  /// Stages, kinds of products, nests and buffers of the program it became.
  void addProgram(mlir::ModuleOp module, const CompileOptions &options);
  void addSchedule(const Trial &trial);
  /// Structures, groups of rows and the tiles that run for them. After addProgram.
  void addCase(const Case &one, const Manifest &manifest, const cortex_batch &batch);

  /// A line "group: feature" for each, and back.
  std::string text() const;
  void addText(const std::string &lines);

private:
  friend class Coverage;
  /// A product of `run`: how many rows of it a strip makes, and how tall its tiles may be.
  struct Tiles {
    uint32_t order;
    int32_t type; ///< -1: of every type
    int32_t kind; ///< -1: of every kind
    ilir::Domain domain;
    int64_t rowsEach, maxRows;
  };

  void add(const std::string &group, const std::string &name) { features.emplace(group, name); }
  void addProduct(ilir::ProductOp product, const CompileOptions &options);
  void addUnits(int64_t units, int64_t lanes);
  void addTiles(const Tiles &tiles, int64_t items);
  void addStructures(const io::Batch &batch);

  std::set<std::pair<std::string, std::string>> features;
  std::vector<Tiles> products;
};

/// How many trials had each feature: every operation of the closed list,
/// reduction, direction, place, stage, rank, arity, size, kind of product, height
/// of a tile, form of a group, mode of a nest, memory, and key of the schedule.
/// All cells exist from the start, so that one that nothing fills is seen.
class Coverage {
public:
  Coverage();
  void add(const Seen &seen);
  /// "group: feature" of the cells that are still 0.
  std::vector<std::string> empty() const;
  /// One group a row, with how many trials had each feature.
  void print(std::ostream &os) const;

private:
  std::map<std::string, std::map<std::string, int64_t>> cells;
  int64_t count = 0;
};

} // namespace cortex::fuzz
#endif // CORTEX_TOOLS_FUZZ_COVERAGE_H
