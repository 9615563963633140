//===- ModelTextTest.cpp - Text that no parser should have to bear --------===//
//
// Deep nests, long affine maps and aliases that stand for more and more: refused
// with the place, where MLIR's parser would run out of stack, or never end. Models
// with too many parts: refused by the verifier.
//===----------------------------------------------------------------------===//
#include "cortex/Pipelines/Pipelines.h"

#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

using namespace cortex;

namespace {

/// The error of parseModel; empty if there is none.
std::string errorOf(const std::string &text) {
  mlir::DialectRegistry registry;
  registerCompilerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = parseModel(text, "m.mlir", context);
  return module ? "" : llvm::toString(module.takeError());
}

std::string repeated(const std::string &part, size_t times) {
  std::string text;
  for (size_t i = 0; i < times; ++i)
    text += part;
  return text;
}

/// A model; `declarations` go before its sweep, `operations` into its body, which stores %w.
std::string modelWith(const std::string &declarations, const std::string &operations = "") {
  return "ra.model @M structure(tree) float(f32) {\n  ra.type @node(0 to 2)\n  ra.param @W : tensor<4xf32>\n" +
         declarations +
         "  ra.sweep @s map states(@h : tensor<4xf32>) {\n    ra.body {\n"
         "      %w = ra.read param @W : tensor<4xf32>\n" +
         operations + "      ra.yield %w : tensor<4xf32>\n    }\n  }\n  ra.output @o = @s::@h at roots\n}\n";
}

TEST(ModelText, DeepNestsAreRefusedWithTheirPlace) {
  EXPECT_EQ(errorOf(modelWith("")), "");
  EXPECT_EQ(errorOf(repeated("module {\n", 100000)), "m.mlir:201:8: error: more than 200 brackets are open here");
  for (const char *part : {"tuple<", "[", "() -> (", "{a = ", "loc(callsite(\"a\" at "}) {
    const std::string error = errorOf("module attributes {a = " + repeated(part, 100000));
    EXPECT_NE(error.find("more than 200 brackets are open here"), std::string::npos) << part << ": " << error;
  }
}

TEST(ModelText, BracketsInStringsAndCommentsDoNotNest) {
  EXPECT_EQ(errorOf("// " + repeated("(", 1000) + "\n" + modelWith("")), "");
  EXPECT_EQ(errorOf("module @\"\\\"" + repeated("[", 1000) + "\" {\n" + modelWith("") + "}"), "");
}

TEST(ModelText, ManyBracketsSideBySideAreFine) {
  std::string constants;
  for (int i = 0; i < 1000; ++i)
    constants += "      %c" + std::to_string(i) + " = arith.constant dense<[0.0, 1.0, 2.0, 3.0]> : tensor<4xf32>\n";
  EXPECT_EQ(
      errorOf("#m = affine_map<(i) -> (i)>\n#s = affine_set<(i) : (i >= 0, 5 >= i)>\n" + modelWith("", constants)), "");
}

TEST(ModelText, LongAffineMapsAreRefused) {
  for (const std::string &expression : {"i" + repeated(" + i", 100000), repeated("-", 100000) + "i"})
    EXPECT_EQ(errorOf("#m = affine_map<(i) -> (" + expression + ")>\n" + modelWith("")),
              "m.mlir:1:16: error: an affine map or set of more than 4000 characters begins here");
}

TEST(ModelText, AliasesOfAliasesAreRefused) {
  std::string text = "!t0 = tuple<f32, f32>\n#a0 = [0, 1]\n";
  for (int i = 0; i < 40; ++i) {
    const std::string n = std::to_string(i), next = std::to_string(i + 1);
    text += "!t" + next + " = tuple<!t" + n + ", !t" + n + ">\n#a" + next + " = [#a" + n + ", #a" + n + "]\n";
  }
  const std::string error = errorOf(text + "module attributes {a = #a40} {}");
  EXPECT_NE(error.find("with its aliases written out the text is longer than"), std::string::npos) << error;
}

TEST(ModelText, ModelsOfTooManyPartsAreRefused) {
  std::string types, params, operations;
  for (int i = 0; i < 5000; ++i) {
    const std::string n = std::to_string(i);
    types += "  ra.type @t" + n + "(" + std::to_string(i + 3) + ")\n";
    params += "  ra.param @p" + n + " : tensor<4xf32>\n";
    operations += "      %v" + n + " = math.tanh %w : tensor<4xf32>\n";
  }
  EXPECT_EQ(errorOf(modelWith(types)), "m.mlir:1:1: error: 'ra.model' op has 5001 node types, expected at most 256");
  EXPECT_EQ(errorOf(modelWith(params)),
            "m.mlir:1:1: error: 'ra.model' op has 5004 declarations, expected at most 4096");
  EXPECT_EQ(errorOf(modelWith("", operations)),
            "m.mlir:5:5: error: 'ra.body' op has 5003 operations, expected at most 4096");
  EXPECT_EQ(errorOf(modelWith("  ra.param @" + std::string(2000, 'x') + " : tensor<4xf32>\n")),
            "m.mlir:4:3: error: 'ra.param' op has a name of 2000 characters, expected at most 1024");
}

} // namespace
