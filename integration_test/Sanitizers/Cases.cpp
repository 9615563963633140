//===- Cases.cpp - Which models are run under sanitizers ------------------===//
#include "Emit.h"

#include "RandomModel.h"
#include "Trial.h"

#include "cortex/Reference/Random.h"

#include <iostream>

namespace cortex::sanitizers {

namespace {
struct Choice {
  const char *name, *model, *target;
  std::vector<std::string> settings, schedule = {};
  decltype(Case::mutants) mutants = Case::No;
};
} // namespace

/// Sizes that are multiples of no vector; every kind of sweep, place, reduction and input once at least.
static std::vector<Choice> choices() {
  const std::string models = std::string(CORTEX_SOURCE_DIR) + "/integration_test/Execution/models/";
  static const std::string grids = models + "grids.mlir", routes = models + "routes.mlir";
  return {
      {"treelstm", "TreeLSTM", "x86-64-v4", {"hidden=35", "vocab=11", "embed=37", "classes=5"}, {}, Case::Some},
      {"treelstm_narrow", "TreeLSTM", "x86-64", {"hidden=9", "vocab=11", "embed=6"}, {"tables=0"}},
      {"treelstm_bf16", "TreeLSTM", "x86-64-v3", {"hidden=19", "vocab=7", "embed=13"}, {"compute=bf16"}},
      {"nary", "NaryTreeLSTM", "x86-64-v3", {"hidden=19", "vocab=7", "embed=5", "arity=3"}, {"strip_rows=3"}},
      {"treegru", "TreeGRU", "x86-64-v3", {"hidden=21", "vocab=11", "embed=13"}, {}, Case::Some},
      {"mvrnn", "MVRNN", "x86-64", {"hidden=13", "vocab=7", "classes=3"}, {}, Case::Some},
      {"rntn", "RNTN", "x86-64-v4", {"hidden=11", "vocab=7"}},
      {"dagrnn", "DAGRNN", "x86-64-v4", {"hidden=35", "features=9"}, {}, Case::InEachLoop},
      {"terms", "Terms", "x86-64-v3", {"hidden=21", "functions=5", "variables=6"}, {}, Case::Some},
      {"bilstm2", "LSTM", "x86-64-v4", {"hidden=33", "features=10", "layers=2", "directions=2", "each=1"}},
      {"gru_double", "GRU", "x86-64-v4", {"hidden=11", "features=7", "layers=2", "float=64"}},
      {"treefc_double", "TreeFC", "x86-64", {"hidden=7", "vocab=9", "float=64"}, {"batching=none"}},
      {"planconv", "PlanConv", "x86-64-v3", {"channels1=18", "channels2=11"}, {}, Case::Some},
      {"updown", "UpDown", "x86-64-v4", {"hidden=18", "vocab=9", "embed=5"}, {}, Case::Some},
      {"grids", grids.c_str(), "x86-64-v3", {}},
      {"routes", routes.c_str(), "x86-64-v4", {}},
  };
}

/// One batch of many shapes, one node, and fewer but larger structures.
static void addBatches(Case &made, uint64_t seed) {
  const ra::ModelOp model = cli::modelIn(*made.module);
  made.params = reference::randomParams(model, seed);
  for (const reference::StructureOptions &structures : {reference::StructureOptions{reference::Shape::Mixed, 9, 14},
                                                        reference::StructureOptions{reference::Shape::Single, 1, 1},
                                                        reference::StructureOptions{reference::Shape::Mixed, 2, 40}}) {
    std::string error;
    if (!reference::randomBatch(model, structures, seed++, made.batches.emplace_back(), error))
      throw cli::Failure(made.name + ": " + error);
  }
}

std::vector<Case> chosenCases() {
  std::vector<Case> cases;
  for (const Choice &choice : choices()) {
    Case made;
    made.name = choice.name;
    made.options = cli::compileOptions({.target = choice.target, .schedule = choice.schedule, .scheduleFile = {}});
    if (!made.options.target.runsHere()) {
      std::cout << "skipped: " << choice.name << ", since this CPU cannot run " << choice.target << '\n';
      continue;
    }
    made.context = cli::makeContext();
    made.module = cli::loadModel({choice.model, choice.settings}, *made.context);
    made.mutants = choice.mutants;
    addBatches(made, 1);
    cases.push_back(std::move(made));
  }
  return cases;
}

Case randomCase(uint64_t seed) {
  Case made;
  made.name = "random" + std::to_string(seed);
  made.context = cli::makeContext();
  std::string error;
  made.module = fuzz::randomModel(seed, *made.context, error);
  if (!made.module)
    throw cli::Failure("seed " + std::to_string(seed) + ": " + error);
  fuzz::Trial trial(seed, cli::modelIn(*made.module), 3);
  made.options = trial.way.options();
  made.params = trial.cases.front().params;
  for (fuzz::Case &one : trial.cases)
    made.batches.push_back(std::move(one.batch));
  return made;
}

} // namespace cortex::sanitizers
