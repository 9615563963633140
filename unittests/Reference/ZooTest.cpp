//===- ZooTest.cpp - Oracle and checks against plain C++ of every model ---===//
#include "PlainModels.h"
#include "TestSupport.h"

#include "cortex/Builder/BuilderIR.h"
#include "models/Zoo.h"

namespace cortex::reference {
namespace {

struct Case {
  const char *model;
  std::map<std::string, int64_t> sizes;
  /// The mistakes that change this model's values at an inner node.
  std::vector<Mistake> mistakes;
  const char *variant = ""; ///< tells cases of one model apart

  bool each() const { return sizes.count("each") && sizes.at("each"); }
};

void PrintTo(const Case &c, std::ostream *out) {
  *out << c.model << c.variant;
}

const Mistake kBias = Mistake::NoBias, kChildren = Mistake::SwappedChildren, kGates = Mistake::SwappedGates;

/// All sizes differ. Everything that a model may have is there: a readout, layers, directions.
const std::vector<Case> &cases() {
  static const std::vector<Case> all{
      {"TreeRNN", {{"hidden", 5}, {"vocab", 11}, {"classes", 2}}, {}},
      {"TreeFC", {{"hidden", 5}, {"vocab", 11}, {"classes", 2}}, {kBias, kChildren}},
      {"TreeLSTM", {{"hidden", 7}, {"vocab", 11}, {"embed", 4}, {"classes", 2}}, {kBias, kGates}},
      {"NaryTreeLSTM",
       {{"hidden", 5}, {"vocab", 11}, {"embed", 4}, {"arity", 3}, {"classes", 2}},
       {kBias, kChildren, kGates}},
      {"TreeGRU", {{"hidden", 7}, {"vocab", 11}, {"embed", 4}, {"classes", 2}}, {kBias, kGates}},
      {"SimpleTreeGRU", {{"hidden", 7}, {"vocab", 11}, {"embed", 4}, {"classes", 2}}, {kBias, kGates}},
      {"MVRNN", {{"hidden", 4}, {"vocab", 11}, {"classes", 2}}, {kBias, kChildren}},
      {"RNTN", {{"hidden", 4}, {"vocab", 11}, {"classes", 2}}, {kBias, kChildren}},
      {"DAGRNN", {{"hidden", 7}, {"features", 3}, {"classes", 2}}, {kBias}},
      {"Terms", {{"hidden", 5}, {"functions", 4}, {"variables", 6}, {"classes", 2}}, {kBias, kChildren}},
      {"LSTM", {{"hidden", 5}, {"features", 3}, {"directions", 2}}, {kBias, kGates}},
      {"LSTM",
       {{"hidden", 5}, {"features", 3}, {"directions", 2}, {"layers", 3}, {"each", 1}, {"classes", 2}},
       {kBias, kGates},
       "Stacked"},
      {"GRU", {{"hidden", 5}, {"features", 3}, {"layers", 2}}, {kBias, kGates}},
      {"GRU",
       {{"hidden", 5}, {"features", 3}, {"layers", 2}, {"directions", 2}, {"classes", 2}},
       {kBias, kGates},
       "Both"},
      {"GRU", {{"hidden", 5}, {"features", 3}, {"directions", 2}, {"each", 1}}, {kBias, kGates}, "Each"},
      {"PlanConv", {{"features", 3}, {"channels1", 6}, {"channels2", 5}, {"classes", 2}}, {kBias, kChildren}},
      {"UpDown", {{"hidden", 5}, {"vocab", 11}, {"embed", 4}, {"classes", 2}}, {kBias}},
  };
  return all;
}

class ReferenceZoo : public testing::TestWithParam<Case> {
protected:
  /// Builds the model; `bits` is 32 or 64.
  void build(int64_t bits) {
    std::map<std::string, int64_t> sizes = GetParam().sizes;
    sizes["float"] = bits;
    std::string error;
    std::optional<build::Model> built = zoo::buildModel(GetParam().model, sizes, error);
    ASSERT_TRUE(built) << error;
    module_ = build::buildModule(*built, context_, error);
    ASSERT_TRUE(module_) << error;
    for (auto op : module_->getOps<ra::ModelOp>())
      model_ = op;
    ASSERT_TRUE(model_);
  }
  Batch batch(Shape shape, uint64_t seed, int64_t nodes) {
    Batch b;
    std::string error;
    EXPECT_TRUE(randomBatch(model_, {shape, 3, nodes}, seed, b, error)) << error;
    return b;
  }
  /// f(shape, seed, batch, weights) over all shapes of the model.
  void forEach(const std::function<void(const Batch &, const Params &, uint64_t)> &f) {
    for (Shape shape : shapesOf(model_))
      for (uint64_t seed = 1; seed <= 3; ++seed) {
        SCOPED_TRACE(testing::Message() << GetParam().model << ", shape " << nameOf(shape).str() << ", seed " << seed);
        f(batch(shape, seed, 6 * static_cast<int64_t>(seed)), randomParams(model_, seed), seed);
      }
  }
  /// The states of a float program.
  struct FloatProgram {
    Plain<float>::States values;
    std::vector<ProgramState> states;
  };
  static FloatProgram floatProgram(const Batch &b, const Params &params, const Result &reference, uint64_t seed,
                                   Mistake mistake = Mistake::None) {
    Random order(seed);
    FloatProgram program{Plain<float>(params, b, GetParam().each(), &order, mistake).run(GetParam().model), {}};
    EXPECT_EQ(program.values.size(), reference.states.size());
    for (size_t i = 0; i < program.values.size(); ++i) {
      EXPECT_EQ(program.values[i].size(), reference.states[i].values.size());
      program.states.push_back(
          {reference.states[i].sweep, reference.states[i].state, program.values[i].data(), DType::F32});
    }
    return program;
  }

  mlir::MLIRContext context_;
  mlir::OwningOpRef<mlir::ModuleOp> module_;
  ra::ModelOp model_;
};

void expectFormula(const Result &result, const Plain<double>::States &expected) {
  ASSERT_EQ(result.states.size(), expected.size());
  for (size_t s = 0; s < expected.size(); ++s) {
    const StateValues &state = result.states[s];
    ASSERT_EQ(state.values.size(), expected[s].size()) << state.sweep << "::" << state.state;
    for (size_t i = 0; i < expected[s].size(); ++i)
      ASSERT_NEAR(state.values[i], expected[s][i], 1e-12 * (1 + std::abs(expected[s][i])))
          << state.sweep << "::" << state.state << " item " << i / state.itemSize() << " element "
          << i % state.itemSize();
  }
}

TEST_P(ReferenceZoo, MatchesTheFormula) {
  ASSERT_NO_FATAL_FAILURE(build(32));
  forEach([&](const Batch &b, const Params &params, uint64_t) {
    expectFormula(evaluated(model_, params, b), Plain<double>(params, b, GetParam().each()).run(GetParam().model));
  });
}

TEST_P(ReferenceZoo, MatchesTheFormulaInDouble) {
  ASSERT_NO_FATAL_FAILURE(build(64));
  forEach([&](const Batch &b, const Params &params, uint64_t) {
    expectFormula(evaluated(model_, params, b), Plain<double>(params, b, GetParam().each()).run(GetParam().model));
  });
}

TEST_P(ReferenceZoo, CorrectFloatProgramsPass) {
  ASSERT_NO_FATAL_FAILURE(build(32));
  forEach([&](const Batch &b, const Params &params, uint64_t seed) {
    Result reference = evaluated(model_, params, b);
    FloatProgram program = floatProgram(b, params, reference, seed);
    LocalReport local;
    EndToEndReport whole;
    std::string error;
    ASSERT_TRUE(checkLocal(model_, params, b, program.states, local, error)) << error;
    EXPECT_TRUE(local.passed) << local.str();
    EXPECT_LT(local.max_bound, 2e-4) << "the check must be sharp: " << local.str();
    ASSERT_TRUE(checkEndToEnd(b, reference, program.states, whole, error)) << error;
    EXPECT_LT(whole.max_abs_error, 2e-5) << whole.str();
  });
}

TEST_P(ReferenceZoo, CorrectDoubleProgramsPass) {
  ASSERT_NO_FATAL_FAILURE(build(64));
  forEach([&](const Batch &b, const Params &params, uint64_t seed) {
    Result reference = evaluated(model_, params, b);
    Random order(seed);
    Plain<double>::States values = Plain<double>(params, b, GetParam().each(), &order).run(GetParam().model);
    std::vector<ProgramState> states;
    states.reserve(values.size());
    for (size_t i = 0; i < values.size(); ++i)
      states.push_back({reference.states[i].sweep, reference.states[i].state, values[i].data(), DType::F64});
    LocalReport local;
    std::string error;
    ASSERT_TRUE(checkLocal(model_, params, b, states, local, error)) << error;
    EXPECT_TRUE(local.passed) << local.str();
    EXPECT_LT(local.max_bound, 1e-12) << local.str();
  });
}

TEST_P(ReferenceZoo, MistakesAreCaught) {
  ASSERT_NO_FATAL_FAILURE(build(32));
  Shape shape = shapesOf(model_)[shapesOf(model_).size() - 2]; // the richest one
  for (Mistake mistake : GetParam().mistakes)
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      SCOPED_TRACE(testing::Message() << GetParam().model << ", mistake " << static_cast<int>(mistake) << ", seed "
                                      << seed);
      Batch b = batch(shape, seed, 25);
      Params params = randomParams(model_, seed);
      Result reference = evaluated(model_, params, b);
      FloatProgram program = floatProgram(b, params, reference, seed, mistake);
      LocalReport local;
      std::string error;
      ASSERT_TRUE(checkLocal(model_, params, b, program.states, local, error)) << error;
      EXPECT_FALSE(local.passed) << local.str();
      EXPECT_GT(local.ratio, 10) << local.str();
    }
}

TEST_P(ReferenceZoo, RandomReferencesSaySomething) {
  ASSERT_NO_FATAL_FAILURE(build(32));
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    Batch b = batch(Shape::Mixed, seed, 12);
    EXPECT_EQ(vacuity(evaluated(model_, randomParams(model_, seed), b)), "") << GetParam().model << ", seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, ReferenceZoo, testing::ValuesIn(cases()),
                         [](const testing::TestParamInfo<Case> &info) {
                           return std::string(info.param.model) + info.param.variant;
                         });

TEST(ReferenceZooList, EveryModelHasACase) {
  for (const zoo::Entry &entry : zoo::entries()) {
    bool found = false;
    for (const Case &c : cases())
      found |= entry.name == c.model;
    EXPECT_TRUE(found) << entry.name << " has no plain C++ twin in PlainModels.cpp";
  }
}

TEST(ReferenceZooList, LargeModelsAreFastEnoughToUse) {
  // Hidden 256 over 100 nodes: about 80 million products, twice. A quadratic slip would take minutes.
  std::string error;
  mlir::MLIRContext context;
  auto built = zoo::buildModel("TreeLSTM", {{"hidden", 256}, {"vocab", 100}, {"embed", 64}}, error);
  ASSERT_TRUE(built) << error;
  auto module = build::buildModule(*built, context, error);
  ASSERT_TRUE(module) << error;
  ra::ModelOp model = *module->getOps<ra::ModelOp>().begin();
  Batch b;
  ASSERT_TRUE(randomBatch(model, {Shape::RandomBinary, 1, 100}, 1, b, error)) << error;
  Params params = randomParams(model, 1);
  Result reference = evaluated(model, params, b);
  EXPECT_EQ(vacuity(reference), "");
  Random order(1);
  Plain<float>::States values = Plain<float>(params, b, false, &order).run("TreeLSTM");
  std::vector<ProgramState> states;
  states.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i)
    states.push_back({reference.states[i].sweep, reference.states[i].state, values[i].data(), DType::F32});
  LocalReport local;
  ASSERT_TRUE(checkLocal(model, params, b, states, local, error)) << error;
  EXPECT_TRUE(local.passed) << local.str();
  EXPECT_LT(local.max_bound, 1e-3) << local.str();
}

} // namespace
} // namespace cortex::reference
