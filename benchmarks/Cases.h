//===- Cases.h - What is measured -----------------------------------------===//
//
// A case is a model of the zoo with its sizes and the structures it runs on.
// Everything about a case follows from its name, so that every process that
// measures it has the same weights, structures and answers.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_BENCHMARKS_CASES_H
#define CORTEX_BENCHMARKS_CASES_H

#include "ModelSource.h"
#include "Structures.h"

#include "cortex/Reference/Random.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cortex::bench {

struct Case {
  std::string name; ///< "TreeLSTM-512"
  std::string model;
  std::map<std::string, int64_t> sizes; ///< settings of the zoo's model
  /// Trees of a treebank where nothing, else random structures of this shape.
  std::optional<reference::Shape> shape;
  int64_t nodes = 0; ///< about so many per random structure
  size_t structures = 0;
  size_t checked = 0; ///< so many structures are compared with the double-precision reference
};

/// All cases, in the order in which they are reported.
const std::vector<Case> &cases();
/// The same model and kind of structures, but small: for tests.
Case tiny(Case c);
/// A case by its name, or by a name with other sizes: "LSTM-256:nodes=100000,structures=2". Throws cli::Failure.
Case findCase(const std::string &name);

/// A case's model, weights and structures.
struct Loaded {
  Case what;
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  reference::Params weights;
  io::Batch batch;
  std::string source; ///< of the structures, for people

  ra::ModelOp model() const { return cli::modelIn(*module); }
};
Loaded load(const Case &c);

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_CASES_H
