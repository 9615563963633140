//===- EquivalenceTest.cpp - The passes on ra keep what a model computes --===//
//
// The reference evaluator, which runs no pass, interprets a model before and
// after each pass, and after all of them in their order: for every model of the
// zoo and for every model that the passes' own tests are written on.
//
//===----------------------------------------------------------------------===//
#include "cortex/Builder/BuilderIR.h"
#include "cortex/Dialect/RA/Transforms/Passes.h"
#include "cortex/Dialect/RA/Transforms/Stages.h"
#include "cortex/Reference/Evaluator.h"
#include "cortex/Reference/Random.h"
#include "models/Zoo.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace cortex {
namespace {

using reference::Result;

struct Variant {
  const char *name;
  void (*build)(mlir::OpPassManager &pm);
};

template <std::unique_ptr<mlir::Pass> (*create)()> void single(mlir::OpPassManager &pm) {
  pm.nest<ra::ModelOp>().addPass(create());
}

void tabulate(mlir::OpPassManager &pm) {
  mlir::OpPassManager &model = pm.nest<ra::ModelOp>();
  model.addPass(ra::createSpecialize());
  model.addPass(ra::createSplitProducts());
  model.addPass(ra::createTabulateChildren({100.0}));
}

void joinAgain(mlir::OpPassManager &pm) {
  mlir::OpPassManager &model = pm.nest<ra::ModelOp>();
  model.addPass(ra::createSplitProducts());
  model.addPass(ra::createJoinProducts());
}

void prepare(mlir::OpPassManager &pm) {
  ra::buildRAPipeline(pm);
}

constexpr Variant kVariants[] = {
    {"ra-specialize", single<ra::createSpecialize>},
    {"ra-fold-constants", single<ra::createFoldConstants>},
    {"ra-hoist-invariants", single<ra::createHoistInvariants>},
    {"ra-stack-slices", single<ra::createStackSlices>},
    {"ra-push-slices", single<ra::createPushSlices>},
    {"ra-fold-quadratic-forms", single<ra::createFoldQuadraticForms>},
    {"ra-split-products", single<ra::createSplitProducts>},
    {"ra-join-products", joinAgain},
    {"ra-pull-products", single<ra::createPullProducts>},
    {"ra-push-products", single<ra::createPushProducts>},
    {"ra-refactor-products", single<ra::createRefactorProducts>},
    {"ra-tabulate-children", tabulate},
    {"ra-prepare-lowering", prepare},
};

ra::ModelOp modelOf(mlir::ModuleOp module) {
  return *module.getOps<ra::ModelOp>().begin();
}

Result evaluated(ra::ModelOp model, const reference::Params &params, const reference::Batch &batch) {
  Result result;
  std::string error;
  EXPECT_TRUE(reference::evaluate(model, params, batch, result, error)) << error;
  return result;
}

/// All states that the model was written with; a pass may add some.
void expectSame(const Result &before, const Result &after) {
  for (const reference::StateValues &a : before.states) {
    const auto found = std::find_if(after.states.begin(), after.states.end(), [&](const reference::StateValues &one) {
      return one.sweep == a.sweep && one.state == a.state;
    });
    ASSERT_NE(found, after.states.end()) << a.sweep << "::" << a.state;
    const reference::StateValues &b = *found;
    ASSERT_EQ(a.values.size(), b.values.size());
    for (size_t i = 0; i < a.values.size(); ++i) {
      ASSERT_TRUE(std::isfinite(a.values[i])) << "vacuous: " << a.sweep << "::" << a.state << " is not finite";
      ASSERT_NEAR(a.values[i], b.values[i], 1e-12 * (1 + std::abs(a.values[i])))
          << a.sweep << "::" << a.state << " element " << i;
    }
  }
}

/// Evaluates before and after every variant on structures of every shape that
/// the model admits; says how many it ran.
unsigned checkModel(mlir::ModuleOp module) {
  ra::ModelOp model = modelOf(module);
  unsigned runs = 0;
  for (const Variant &variant : kVariants) {
    mlir::OwningOpRef<mlir::ModuleOp> changed(module.clone());
    mlir::PassManager pm(module.getContext());
    variant.build(pm);
    SCOPED_TRACE(testing::Message() << "@" << model.getSymName().str() << " after " << variant.name);
    EXPECT_TRUE(mlir::succeeded(pm.run(*changed)));
    EXPECT_TRUE(mlir::succeeded(mlir::verify(*changed)));
    for (reference::Shape shape : reference::shapesOf(model)) {
      uint64_t seed = 17 + runs;
      SCOPED_TRACE(testing::Message() << "shape " << reference::nameOf(shape).str() << ", seed " << seed);
      reference::Batch batch;
      std::string error;
      bool made = reference::randomBatch(model, {shape, 3, 12}, seed, batch, error);
      EXPECT_TRUE(made) << error;
      if (!made)
        continue;
      reference::Params params = reference::randomParams(model, seed);
      expectSame(evaluated(model, params, batch), evaluated(modelOf(*changed), params, batch));
      ++runs;
    }
  }
  return runs;
}

//===----------------------------------------------------------------------===//
// The zoo
//===----------------------------------------------------------------------===//

class ZooEquivalence : public testing::TestWithParam<zoo::Entry> {};

TEST_P(ZooEquivalence, EveryPass) {
  const zoo::Entry &entry = GetParam();
  // Small sizes that differ from each other, so that no mixed-up pair goes unseen.
  std::map<std::string, int64_t> sizes;
  int64_t small = 4;
  for (const zoo::Parameter &p : entry.parameters)
    if (p.value > 16)
      sizes[p.name] = std::max<int64_t>(p.least, small++);
  for (int64_t bits : {32, 64}) {
    sizes["float"] = bits;
    std::string error;
    std::optional<build::Model> built = zoo::buildModel(entry.name, sizes, error);
    ASSERT_TRUE(built) << error;
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    mlir::OwningOpRef<mlir::ModuleOp> module = build::buildModule(*built, context, error);
    ASSERT_TRUE(module) << error;
    EXPECT_GT(checkModel(*module), 0u);
  }
}

/// A zoo model with small sizes after all passes.
struct Prepared {
  Prepared(const std::string &name, const std::map<std::string, int64_t> &sizes)
      : context(mlir::MLIRContext::Threading::DISABLED) {
    std::string error;
    std::optional<build::Model> built = zoo::buildModel(name, sizes, error);
    EXPECT_TRUE(built) << error;
    module = build::buildModule(*built, context, error);
    mlir::PassManager pm(&context);
    ra::buildRAPipeline(pm);
    EXPECT_TRUE(mlir::succeeded(pm.run(*module)));
  }
  template <typename Op> std::vector<Op> get() {
    std::vector<Op> found;
    module->walk([&](Op op) { found.push_back(op); });
    return found;
  }
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

TEST_P(ZooEquivalence, PipelinePostconditions) {
  Prepared prepared(GetParam().name, {});
  ra::ModelOp model = modelOf(*prepared.module);
  for (ra::SweepOp sweep : prepared.get<ra::SweepOp>()) {
    std::vector<ra::BodyOp> bodies(sweep.getBody().op_begin<ra::BodyOp>(), sweep.getBody().op_end<ra::BodyOp>());
    bool typed = sweep.getPlace() != ra::Place::Structures;
    size_t served = 0; // a type has one body, or one for each of its kinds
    for (ra::TypeOp type : ra::getTypes(model))
      served += sweep.getBodyFor(type.getSymName()).getKind() ? ra::countKinds(type.getKinds()) : 1;
    EXPECT_EQ(bodies.size(), typed ? served : 1u);
    for (ra::BodyOp body : bodies)
      EXPECT_EQ(body.getType().has_value(), typed);
  }
  prepared.module->walk([](mlir::Operation *op) {
    if (llvm::isa_and_present<ra::BodyOp, ra::OverOp>(op->getParentOp()) && op->getNumResults() > 0) {
      EXPECT_TRUE(ra::getRecordedStage(op)) << op->getName().getStringRef().str();
    }
  });
}

// What makes the fast program possible is seen in the IR, not only in values:
// stacked gates are one product each, and concatenations are gone.
TEST(PreparedZoo, StackedGatesStayOneProduct) {
  for (auto [name, gates] : {std::pair("LSTM", 4), std::pair("GRU", 3)}) {
    Prepared prepared(name, {{"hidden", 7}, {"features", 5}});
    std::vector<mlir::linalg::ContractOp> products = prepared.get<mlir::linalg::ContractOp>();
    ASSERT_EQ(products.size(), 2u) << name;
    for (mlir::linalg::ContractOp product : products)
      EXPECT_EQ(llvm::cast<mlir::RankedTensorType>(product.getResult(0).getType()).getShape(),
                llvm::ArrayRef<int64_t>({gates, 7}))
          << name;
    EXPECT_EQ(ra::getRecordedStage(products[0])->str(), "node") << name;
    EXPECT_EQ(ra::getRecordedStage(products[1])->str(), "recursive") << name;
  }
}

TEST(PreparedZoo, ConcatenationsAreSplit) {
  for (const char *name : {"TreeFC", "NaryTreeLSTM"}) {
    Prepared prepared(name, {});
    EXPECT_TRUE(prepared.get<mlir::tensor::ConcatOp>().empty()) << name;
  }
  // But for short ones all of whose parts are of one stage: one product a hop.
  Prepared planConv("PlanConv", {});
  EXPECT_EQ(planConv.get<mlir::tensor::ConcatOp>().size(), 2u);
  EXPECT_EQ(planConv.get<mlir::linalg::ContractOp>().size(), 2u);
}

TEST(PreparedZoo, LeavesOfWordsAreTables) {
  for (const char *name : {"TreeRNN", "TreeFC", "TreeLSTM", "TreeGRU", "SimpleTreeGRU", "RNTN"}) {
    Prepared prepared(name, {});
    ra::BodyOp leaf = prepared.get<ra::BodyOp>().front();
    ASSERT_TRUE(ra::getRecordedStage(leaf)) << name;
    EXPECT_EQ(ra::getRecordedStage(leaf)->str(), "symbol:word") << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Zoo, ZooEquivalence, testing::ValuesIn(zoo::entries()),
                         [](const auto &info) { return info.param.name; });

//===----------------------------------------------------------------------===//
// The models of the passes' tests
//===----------------------------------------------------------------------===//

/// The models of all .mlir files below a folder; a file may hold several, split
/// by `// -----`.
std::vector<std::string> readModels(const std::filesystem::path &folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto &file : std::filesystem::recursive_directory_iterator(folder))
    if (file.path().extension() == ".mlir")
      paths.push_back(file.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> texts;
  for (const auto &path : paths) {
    auto buffer = llvm::MemoryBuffer::getFile(path.string());
    llvm::SmallVector<llvm::StringRef> parts;
    (*buffer)->getBuffer().split(parts, "// -----\n");
    for (llvm::StringRef part : parts)
      texts.push_back(part.str());
  }
  return texts;
}

TEST(LitModelsEquivalence, EveryPass) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  build::loadModelDialects(context);
  unsigned models = 0;
  for (const std::string &text : readModels(CORTEX_LIT_MODELS "/Transforms")) {
    mlir::OwningOpRef<mlir::ModuleOp> module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    ASSERT_TRUE(module) << text;
    // Some admit no finite structure: they only show one body.
    models += checkModel(*module) > 0;
  }
  EXPECT_GE(models, 12u);
}

} // namespace
} // namespace cortex
