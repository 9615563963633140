//===- Execution.h - Compiled models in tests -----------------------------===//
//
// Models (of the zoo, built, or as text) compiled in this process, run on random
// structures, and compared with the oracle. Failures print the seed.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_INTEGRATION_TEST_EXECUTION_H
#define CORTEX_INTEGRATION_TEST_EXECUTION_H

#include "../../unittests/Settings.h"

#include "Subject.h"

#include "cortex/Builder/Builder.h"
#include "cortex/Reference/Random.h"
#include "models/Zoo.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cortex::test {

using cli::Comparison;
using cli::Output;
using cli::Subject;

/// Rows of the tallest tile of a product: batches up to twice that and one more
/// have every combination of tiles.
inline constexpr size_t kTile = 8;

/// A model and the context it lives in.
struct Source {
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};
/// Throw cli::Failure if there is no such model or it does not verify.
Source fromZoo(const std::string &name, const std::map<std::string, int64_t> &sizes);
Source fromBuilder(const build::Model &model);
Source fromText(const std::string &text, const std::string &name);

/// A zoo model with all its widths set to `size` (RNTN's and MVRNN's hidden too),
/// small vocabularies, and layers and directions so that nothing is left out.
/// Widths differ from each other by a little, so that no mixed-up pair goes unseen.
std::map<std::string, int64_t> sizesOf(const zoo::Entry &entry, int64_t size);

CompileOptions hostOptions();

/// A random batch, and what the oracle computes on it.
struct Given {
  io::Batch batch;
  reference::Result result;
};
/// Throws cli::Failure if the model does not admit it.
Given given(const Subject &subject, const reference::Params &params, const reference::StructureOptions &structures,
            uint64_t seed);

/// Expects the local check to pass, and with `endToEnd` also closeness from the
/// inputs on. Returns whether the comparison says something.
bool expectAgrees(const Subject &subject, const reference::Params &params, const Given &given,
                  const std::vector<Output> &outputs, bool endToEnd);

struct CheckSettings {
  std::vector<int64_t> workers{1, 2, 3};
  bool artifact = true;
  bool endToEnd = true;
  bool mustShow = true; ///< fail if every comparison is vacuous
  int64_t structures = 4, nodes = 14;
};

/// Runs every shape that the model admits with every number of workers, in
/// process and from the artifact: all agree with the oracle and give the same bytes.
void expectCorrect(const Subject &subject, uint64_t seed, const CheckSettings &settings = {});
/// Compiles and does that; a model that does not compile fails the test.
void expectCorrect(const Source &source, uint64_t seed, const CheckSettings &settings = {},
                   const CompileOptions &options = hostOptions());

/// Structures of several batches as one.
io::Batch joined(const std::vector<io::Batch> &batches);

} // namespace cortex::test
#endif // CORTEX_INTEGRATION_TEST_EXECUTION_H
