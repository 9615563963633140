//===- DocTest.cpp - docs/Models.md says what is true ---------------------===//
#include "DocExamples.h"

#include "cortex/Builder/BuilderIR.h"
#include "cortex/Dialect/RA/IR/RA.h"
#include "models/Zoo.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

using namespace cortex;
using testing::HasSubstr;

namespace {

std::vector<std::string> linesOf(const std::string &path) {
  std::ifstream file(std::string(CORTEX_SOURCE_DIR) + "/" + path);
  EXPECT_TRUE(file) << path;
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    lines.push_back(line);
  return lines;
}

std::string trim(const std::string &line) {
  size_t first = line.find_first_not_of(' ');
  return first == std::string::npos ? "" : line.substr(first, line.find_last_not_of(' ') - first + 1);
}

struct Block {
  size_t line; ///< of the fence
  std::vector<std::string> lines;
};

/// The document's fenced blocks in this language.
std::vector<Block> blocks(const std::string &language) {
  std::vector<Block> result;
  std::vector<std::string> lines = linesOf("docs/Models.md");
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].rfind("```", 0) != 0)
      continue;
    Block block{i + 1, {}};
    bool wanted = lines[i] == "```" + language;
    for (++i; i < lines.size() && lines[i] != "```"; ++i)
      block.lines.push_back(lines[i]);
    if (wanted)
      result.push_back(block);
  }
  EXPECT_FALSE(result.empty()) << language;
  return result;
}

std::string joined(const std::vector<std::string> &lines) {
  std::string text;
  for (const std::string &line : lines)
    text += line + "\n";
  return text;
}

TEST(ModelsDoc, EveryExampleInCppIsCompiled) {
  std::vector<std::string> source = linesOf("unittests/Builder/DocExamples.cpp");
  for (std::string &line : source)
    line = trim(line);
  for (const Block &block : blocks("cpp")) {
    std::vector<std::string> wanted;
    wanted.reserve(block.lines.size());
    for (const std::string &line : block.lines)
      wanted.push_back(trim(line));
    EXPECT_NE(std::search(source.begin(), source.end(), wanted.begin(), wanted.end()), source.end())
        << "the block at line " << block.line << " is not in DocExamples.cpp";
  }
}

TEST(ModelsDoc, TheExamplesVerify) {
  for (auto make : {examples::treeFc, examples::biLstm, examples::treeConvolution, examples::typedDag}) {
    build::Model m = make();
    std::string error;
    EXPECT_TRUE(m.verify(error)) << m.name() << ": " << error;
  }
}

TEST(ModelsDoc, TheErrorShownIsTheErrorGiven) {
  std::string error = examples::wrongModel();
  ASSERT_FALSE(error.empty());
  std::string message = error.substr(error.find(": ") + 2);
  EXPECT_EQ(message.find('\n'), std::string::npos) << error;
  EXPECT_THAT(joined(linesOf("docs/Models.md")), HasSubstr(message));
}

/// Every model in text parses and verifies, and together they show every
/// operation that a model may use.
TEST(ModelsDoc, EveryModelInTextVerifies) {
  std::set<std::string> shown;
  for (const Block &block : blocks("mlir")) {
    mlir::MLIRContext context;
    build::loadModelDialects(context);
    std::string error;
    mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &d) {
      llvm::raw_string_ostream os(error);
      os << d.getLocation() << ": " << d << "\n";
    });
    auto module = mlir::parseSourceString<mlir::ModuleOp>(joined(block.lines), &context);
    ASSERT_TRUE(module) << "the block at line " << block.line << ": " << error;
    module->walk([&](mlir::Operation *op) { shown.insert(op->getName().getStringRef().str()); });
  }
  std::set<std::string> needed{"ra.model",  "ra.type", "ra.input",  "ra.param", "ra.sweep",   "ra.body",
                               "ra.output", "ra.read", "ra.lookup", "ra.over",  "ra.sigmoid", "ra.yield"};
  for (llvm::StringRef name : ra::namesAllowedInBody())
    needed.insert(name.str());
  for (const std::string &op : needed)
    EXPECT_EQ(shown.count(op), 1U) << op << " is in no model of docs/Models.md";
}

TEST(ModelsDoc, ListsTheZoo) {
  std::string text = joined(linesOf("docs/Models.md"));
  for (const zoo::Entry &e : zoo::entries())
    EXPECT_THAT(text, HasSubstr("| `" + e.name + "` |"));
}

} // namespace
