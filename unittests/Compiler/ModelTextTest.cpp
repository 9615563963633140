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
  EXPECT_EQ(errorOf(repeated("module {\n", 100000)), "m.mlir:201:8: more than 200 brackets are open here");
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
    for (const char *before : {"#m = affine_map", "#m =affine_map ", "#m = affine_set"})
      EXPECT_EQ(errorOf(std::string(before) + "<(i) -> (" + expression + ")>\n" + modelWith("")),
                "m.mlir:1:16: an affine map or set of more than 4000 characters begins here");
}

/// Forty aliases, the last of which is used. Each is `form`, where N is its name and P the one before.
std::string aliases(const std::string &first, const std::string &form) {
  std::string text = first + "0 = " + (first == "!t" ? "tuple<f32, f32>" : "[0, 1]") + "\n";
  for (int i = 0; i < 40; ++i)
    for (char c : form)
      text += c == 'N' ? first + std::to_string(i + 1) : c == 'P' ? first + std::to_string(i) : std::string(1, c);
  return text + "module attributes {a = " + first + "40} {}";
}

TEST(ModelText, AliasesOfAliasesAreRefusedHoweverTheyAreWritten) {
  for (const char *form :
       {"N = [P, P]\n", "N = // x\n[P, P]\n", "N =\n\n[P, P]\n", "N = [P, P] ", "N // x\n=[P, P] // y\n// z\n"})
    EXPECT_NE(errorOf(aliases("#a", form)).find("with its aliases written out"), std::string::npos) << form;
  for (const char *form : {"N = tuple<P, P>\n", "N = ()\n-> (P, P)\n", "N = (P) ->\nP\n", "N = tuple // x\n<P, P>\n"})
    EXPECT_NE(errorOf(aliases("!t", form)).find("with its aliases written out"), std::string::npos) << form;
}

TEST(ModelText, AliasesCountAsLongAsTheyAre) {
  // Used 20,000 times behind a megabyte of other text: were that counted as a part of the alias, it would be refused.
  const std::string text = "#a = dense<0> : tensor<2xi32>\n// " + std::string(1 << 20, 'x') + "\n!t = (f32) -> f32\n" +
                           modelWith("") + "module attributes {a = [" + repeated("#a, ", 20000) + "#a], b = !t} {}";
  EXPECT_NE(errorOf(text).find("'builtin.module' op can only contain"), std::string::npos) << "read, then refused";
}

TEST(ModelText, LongLinesAndManyEmptyOnesAreReadOnce) {
  // Read from the start or to the end of the line for each character, this would take hours.
  constexpr size_t kMany = 4 << 20;
  EXPECT_EQ(errorOf(std::string(kMany, ' ') + modelWith("")), "");
  EXPECT_EQ(errorOf("#a =" + std::string(kMany, '\n') + "[0]\n" + modelWith("")), "");
  EXPECT_NE(errorOf(repeated("\"\"", kMany / 2)), "");
}

TEST(ModelText, ModelsOfTooManyPartsAreRefused) {
  std::string types, params, operations;
  for (int i = 0; i < 5000; ++i) {
    const std::string n = std::to_string(i);
    types += "  ra.type @t" + n + "(" + std::to_string(i + 3) + ")\n";
    params += "  ra.param @p" + n + " : tensor<4xf32>\n";
    operations += "      %v" + n + " = math.tanh %w : tensor<4xf32>\n";
  }
  EXPECT_EQ(errorOf(modelWith(types)), "m.mlir:1:1: 'ra.model' op has 5001 node types, expected at most 256");
  EXPECT_EQ(errorOf(modelWith(params)), "m.mlir:1:1: 'ra.model' op has 5004 declarations, expected at most 4096");
  EXPECT_EQ(errorOf(modelWith("", operations)), "m.mlir:5:5: 'ra.body' op has 5003 operations, expected at most 4096");
  EXPECT_EQ(errorOf(modelWith("  ra.param @" + std::string(2000, 'x') + " : tensor<4xf32>\n")),
            "m.mlir:4:3: 'ra.param' op has a name of 2000 characters, expected at most 1024");
}

} // namespace
