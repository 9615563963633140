// The compiler as a library: what it gives, and what it says about wrong use.
#include "cortex/Compiler/Compiler.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

using namespace cortex;
using namespace cortex::build;
using testing::HasSubstr;

namespace {

/// leaf: h = E[word]; inner: h = h_l + 2 h_r, over four units.
build::Model addModel() {
  build::Model m("Add", StructureKind::Tree);
  auto leaf = m.type("leaf", 0), inner = m.type("inner", 2);
  auto word = m.symbolInput("word", 3, {leaf});
  auto e = m.param("E", {3, 4});
  auto up = m.sweep("up", Direction::Up);
  auto h = up.state("h", {4});
  up.body(leaf, [&](Body &b) { b.set(h, e[b.self(word)]); });
  up.body(inner, [&](Body &b) { b.set(h, b.child(0, h) + 2.0 * b.child(1, h)); });
  m.output("root", h);
  return m;
}

class CompilerTest : public testing::Test {
protected:
  std::vector<float> embedding{0, 0, 0, 0, 1, 2, 3, 4, 10, 20, 30, 40};
  uint64_t shape[2] = {3, 4};
  cortex_tensor weight{"E", CORTEX_F32, 2, shape, embedding.data()};
  std::string path = testing::TempDir() + "compiler_test.cortex";

  void TearDown() override { std::filesystem::remove(path); }

  /// The root's state of the tree (1 (2 1)).
  static std::vector<float> run(const cortex::Model &model, const Program &program) {
    const int32_t nodes[] = {0, 5}, offsets[] = {0, 0, 0, 0, 2, 4}, children[] = {1, 2, 0, 3},
                  words[] = {1, 2, 1, 0, 0};
    const void *inputs[] = {words};
    cortex_batch batch = makeBatch();
    batch.num_structures = 1;
    batch.node_offsets = nodes;
    batch.child_offsets = offsets;
    batch.children = children;
    batch.inputs = inputs;
    Session session(model);
    Outputs outputs(program);
    session.run(batch, outputs);
    const auto values = outputs.values<float>("root");
    return {values.begin(), values.end()};
  }

  /// What a call that must fail says.
  static Error errorOf(const std::function<void()> &call) {
    try {
      call();
    } catch (const Error &error) {
      return error;
    }
    return {CORTEX_OK, "nothing was wrong"};
  }
};

} // namespace

TEST_F(CompilerTest, RunsInProcessAndFromAFile) {
  // 1 + 2 (2 + 2 * 1) with the rows of E.
  const std::vector<float> expected{25, 50, 75, 100};
  Program program = compile(addModel());
  EXPECT_EQ(run(cortex::Model(program, std::span(&weight, 1)), program), expected);
  compileToFile(addModel(), path, std::span(&weight, 1));
  Program loaded = Program::load(path);
  EXPECT_TRUE(loaded.info().has_weights);
  EXPECT_EQ(run(cortex::Model(loaded), loaded), expected);
}

TEST_F(CompilerTest, AFileForSeveralTargets) {
  compileToFile(addModel(), path, std::span(&weight, 1), "x86-64,x86-64-v4,x86-64-v3");
  const Program least = Program::load(path, "x86-64"), best = Program::load(path);
  EXPECT_EQ(run(cortex::Model(least), least), (std::vector<float>{25, 50, 75, 100}));
  EXPECT_EQ(run(cortex::Model(best), best), (std::vector<float>{25, 50, 75, 100}));
  EXPECT_STREQ(best.info().variants, "x86-64-v4,x86-64-v3,x86-64");
  EXPECT_STREQ(least.info().level, "x86-64");
}

TEST_F(CompilerTest, CodeLivesAsLongAsTheModel) {
  cortex::Model model;
  {
    Program program = compile(addModel());
    model = cortex::Model(program, std::span(&weight, 1));
  }
  cortex_program *program = cortex_model_program(model.get());
  cortex_program_retain(program);
  EXPECT_EQ(run(model, Program(program))[0], 25);
}

TEST_F(CompilerTest, AModelThatDoesNotVerify) {
  build::Model broken("Broken", StructureKind::Tree);
  broken.type("leaf", 0);
  const Error error = errorOf([&] { compile(broken); });
  EXPECT_EQ(error.status(), CORTEX_INVALID_ARGUMENT);
  EXPECT_THAT(error.what(), HasSubstr("CompilerTest.cpp"));
}

TEST_F(CompilerTest, AnUnknownTarget) {
  const Error error = errorOf([&] { compile(addModel(), "z80"); });
  EXPECT_EQ(error.status(), CORTEX_INVALID_ARGUMENT);
  EXPECT_THAT(error.what(), HasSubstr("z80"));
}

TEST_F(CompilerTest, ASchedule) {
  Schedule schedule;
  schedule.tables = 0;
  schedule.batching = Batching::None;
  Program program = compile(addModel(), "host", schedule);
  EXPECT_EQ(run(cortex::Model(program, std::span(&weight, 1)), program)[0], 25);
  EXPECT_THAT(program.info().schedule, HasSubstr("batching=none"));
  EXPECT_THAT(program.info().schedule, HasSubstr("tables=off"));
  schedule.strip_rows = 4;
  const Error error = errorOf([&] { compile(addModel(), "host", schedule); });
  EXPECT_EQ(error.status(), CORTEX_INVALID_ARGUMENT);
  EXPECT_THAT(error.what(), HasSubstr("batching=none and strip_rows=4 exclude each other"));
}

TEST_F(CompilerTest, WeightsThatDoNotMatchAreListedTogether) {
  const uint64_t other[] = {4, 3};
  const cortex_tensor wrong[] = {{"E", CORTEX_F32, 2, other, embedding.data()},
                                 {"F", CORTEX_F32, 2, shape, embedding.data()}};
  const Error error = errorOf([&] { compileToFile(addModel(), path, wrong); });
  EXPECT_EQ(error.status(), CORTEX_INVALID_WEIGHTS);
  EXPECT_THAT(error.what(), HasSubstr("wrong shape: E"));
  EXPECT_THAT(error.what(), HasSubstr("not a parameter: F"));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(CompilerTest, AFileThatCannotBeWritten) {
  const Error error = errorOf([&] { compileToFile(addModel(), path + "/none/m.cortex"); });
  EXPECT_EQ(error.status(), CORTEX_SYSTEM_ERROR);
  EXPECT_THAT(error.what(), HasSubstr("none/m.cortex"));
}
