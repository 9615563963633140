//===- CompilerCases.cpp - cortex::compile and compileToFile --------------===//
#include "Cases.h"

#include "cortex/Compiler/Compiler.h"

#include <filesystem>

namespace cortex::errors {

using namespace build;

namespace {

/// h = E[word] at leaves; the one parameter is E f32[3,4].
build::Model model() {
  build::Model m("Words", StructureKind::Tree);
  auto leaf = m.type("leaf", 0);
  auto word = m.symbolInput("word", 3, {leaf});
  auto e = m.param("E", {3, 4});
  auto up = m.sweep("up", Direction::Up);
  auto h = up.state("h", {4});
  up.body(leaf, [&](Body &b) { b.set(h, e[b.self(word)]); });
  m.output("root", h);
  return m;
}

/// Compiling must fail and leave no file.
Outcome toFile(const std::vector<cortex_tensor> &weights, const std::string &target = "host") {
  const std::string path = std::filesystem::temp_directory_path() / "cortex-error-table.cortex";
  Outcome found = thrown([&] { compileToFile(model(), path, weights, target); });
  return std::filesystem::exists(path) ? Outcome{"", "a file was left behind"} : found;
}

} // namespace

Group compilerCases() {
  static constexpr uint64_t kShape[] = {3, 4}, kTurned[] = {4, 3}, kHuge[] = {uint64_t(1) << 40, uint64_t(1) << 40};
  static constexpr float kValues[12] = {};
  const std::string argument = "CORTEX_INVALID_ARGUMENT", weights = "CORTEX_INVALID_WEIGHTS";
  const std::string head = "weights of Words: the tensors do not match the model's parameters:";
  return {"C++: compiling",
          "`cortex::compile` and `cortex::compileToFile`. The mistakes of a model are those of the builder, above.",
          {
              {"a target that there is not", argument,
               "unknown target 'z80'; the targets are host, x86-64, x86-64-v3, x86-64-v4, x86-64-v4-bf16",
               "Choose one of them.", [] { return thrown([] { compile(model(), "z80"); }); }},
              {"several targets in this process", argument,
               "expected one target, found 'x86-64-v3,x86-64'; only artifacts carry several",
               "Name one, or write an artifact (`compileToFile`).",
               [] { return thrown([] { compile(model(), "x86-64-v3,x86-64"); }); }},
              {"a target given twice", argument, "targets 'x86-64,x86-64-v3,x86-64': 'x86-64' is given twice",
               "Leave one out.", [] { return toFile({}, "x86-64,x86-64-v3,x86-64"); }},
              {"a model that was moved from", argument, "the model was moved from",
               "Compile the model that it was moved to.",
               [] {
                 build::Model moved = model();
                 const build::Model other = std::move(moved);
                 return thrown([&] { compile(moved); }); // NOLINT(bugprone-use-after-move): the point
               }},
              {"a folder that does not exist", "CORTEX_SYSTEM_ERROR",
               "cannot write '/nonexistent/m.cortex': No such file or directory", "Make the folder first.",
               [] { return thrown([] { compileToFile(model(), "/nonexistent/m.cortex"); }); }},
              {"weights that do not match", weights,
               head + "\n  wrong shape: E (expected F32 3x4, found F32 4x3)\n  not a parameter: F (found F32 3x4)",
               "Give exactly the model's parameters.",
               [] { return toFile({{"E", CORTEX_F32, 2, kTurned, kValues}, {"F", CORTEX_F32, 2, kShape, kValues}}); }},
              {"weights of another type", weights, head + "\n  wrong dtype: E (expected F32 3x4, found I32 3x4)",
               "Convert the values.", [] { return toFile({{"E", CORTEX_I32, 2, kShape, kValues}}); }},
              {"weights given twice", weights, head + "\n  twice: E", "Leave one out.",
               [] { return toFile({{"E", CORTEX_F32, 2, kShape, kValues}, {"E", CORTEX_F32, 2, kShape, kValues}}); }},
              {"a weight without a name", argument, "weights[0]: expected a name, found null",
               "Give every tensor its name.", [] { return toFile({{nullptr, CORTEX_F32, 2, kShape, kValues}}); }},
              {"a weight without a shape", argument, "weights[0] 'E': expected a shape, found null", "Give the shape.",
               [] { return toFile({{"E", CORTEX_F32, 2, nullptr, kValues}}); }},
              {"a weight without values", argument, "weights[0] 'E': expected its values, found null",
               "Give the values.", [] { return toFile({{"E", CORTEX_F32, 2, kShape, nullptr}}); }},
              {"a weight of a type that there is not", argument,
               "weights[0] 'E': expected a dtype from 0 to 2, found 9", "Use the values of `cortex_dtype`.",
               [] { return toFile({{"E", static_cast<cortex_dtype>(9), 2, kShape, kValues}}); }},
              {"a weight of an impossible shape", argument, "weights[0] 'E': its shape has more than 2^64 bytes",
               "Correct the shape.", [] { return toFile({{"E", CORTEX_F32, 2, kHuge, kValues}}); }},
          }};
}

} // namespace cortex::errors
