//===- BigTest.cpp - Large and deep structures in files -------------------===//
//
// A bracketed tree nested 1,000,000 deep and a JSON line of 1,000,000 nodes: read
// and written on a small stack, with memory in proportion to the text, and errors
// near their ends that name line and column.
//===----------------------------------------------------------------------===//
#include "../Settings.h"
#include "../SmallStack.h"
#include "Testing.h"
#include "cortex/IO/Brackets.h"
#include "cortex/IO/Files.h"
#include "cortex/IO/JsonLines.h"

#include <algorithm>
#include <cstdio>
#include <malloc.h>

using namespace cortex;
using namespace cortex::io;
using cortex::test::onSmallStack;

namespace {

constexpr size_t kNodes = 1'000'000;

/// How many bytes more than before the process held while `f` ran.
template <class F> size_t peakBytes(F f) {
  const auto reset = [] {
    if (FILE *file = std::fopen("/proc/self/clear_refs", "w")) {
      std::fputs("5", file);
      std::fclose(file);
    }
  };
  const auto status = [](const char *key) {
    size_t kilobytes = 0;
    char line[256];
    FILE *file = std::fopen("/proc/self/status", "r");
    while (file && std::fgets(line, sizeof line, file))
      if (std::string_view(line).starts_with(key))
        kilobytes = std::strtoull(line + std::string_view(key).size(), nullptr, 10);
    if (file)
      std::fclose(file);
    return kilobytes << 10;
  };
  ::malloc_trim(0);
  reset();
  const size_t before = status("VmRSS:");
  f();
  const size_t peak = status("VmHWM:");
  return peak > before ? peak - before : 0;
}

/// Not under sanitizers: they keep what was given back.
void expectInProportion(size_t bytes, size_t most) {
  if (test::kAddressSanitizer || test::kThreadSanitizer)
    return;
  testing::Test::RecordProperty("bytes", std::to_string(bytes));
  EXPECT_LE(bytes, most);
  EXPECT_GT(bytes, most / 100) << "nothing was measured";
}

/// (0 (0 (0 ... (0 w) ... (0 w)) (0 w)): a spine of inner nodes with a leaf at each; `depth` brackets deep.
std::string deepTree(size_t depth) {
  std::string text;
  for (size_t i = 1; i < depth; ++i)
    text += "(0 ";
  text += "(0 w)";
  for (size_t i = 1; i < depth; ++i)
    text += " (0 w))";
  return text;
}

Schema anyTrees() {
  return {StructureKind::Tree,
          {{"leaf", 0, 0}, {"inner", 1, TypeInfo::kAnyArity}},
          {{"word", Place::Nodes, true, 10, DType::I32, {}, {0}}}};
}

/// A tree like that, as arrays.
Batch deepBatch(size_t nodes) {
  Batch batch;
  Input words{"word", Place::Nodes, DType::I32, {}, {}, {}, {}};
  for (size_t n = 0; n < nodes; ++n) {
    if (n >= 2 && n % 2 == 0) {
      batch.children.push_back(static_cast<int32_t>(n - 2));
      batch.children.push_back(static_cast<int32_t>(n - 1));
    }
    words.symbols.push_back(n >= 2 && n % 2 == 0 ? 0 : static_cast<int32_t>(n % 10));
    batch.child_offsets.push_back(static_cast<int32_t>(batch.children.size()));
  }
  batch.node_offsets.push_back(static_cast<int32_t>(nodes));
  batch.inputs.push_back(std::move(words));
  return batch;
}

TEST(BigBrackets, NestedAMillionDeep) {
  onSmallStack([] {
    const std::string text = deepTree(kNodes);
    BracketTrees trees;
    std::string error;
    const size_t bytes = peakBytes([&] { ASSERT_TRUE(parseBrackets(text, "t.txt", trees, error)) << error; });
    ASSERT_EQ(trees.batch.nodes(), 2 * kNodes - 1);
    EXPECT_EQ(trees.batch.arity(trees.batch.nodes() - 1), 2);
    // Six arrays by the node that double, and the open brackets.
    expectInProportion(bytes, 128 * trees.batch.nodes());
    ASSERT_EQ(formatTree(trees, 0) == text, true);
  });
}

TEST(BigBrackets, ChainOfSingleChildren) {
  onSmallStack([] {
    const std::string text = std::string(kNodes, '(') + "w" + std::string(kNodes, ')');
    BracketTrees trees;
    std::string error;
    ASSERT_TRUE(parseBrackets(text, "t.txt", trees, error)) << error;
    EXPECT_EQ(trees.batch.nodes(), kNodes);
    ASSERT_EQ(formatTree(trees, 0) == text, true);
  });
}

TEST(BigBrackets, ErrorsDeepInside) {
  onSmallStack([] {
    const std::string good = deepTree(kNodes);
    auto problem = [](const std::string &text) {
      BracketTrees trees;
      std::string error;
      EXPECT_FALSE(parseBrackets("# a comment\n" + text + "\n", "t.txt", trees, error));
      EXPECT_EQ(trees.batch.nodes(), 0U);
      return error;
    };
    const std::string length = std::to_string(good.size());
    EXPECT_EQ(problem(good.substr(0, good.size() - 1)),
              "t.txt:2:" + length +
                  ": expected a child or ')', found the end of the line: the bracket at column 1 is not closed");
    const size_t innermost = 3 * (kNodes - 1); // characters before its bracket
    EXPECT_EQ(problem(good.substr(0, innermost)),
              "t.txt:2:" + std::to_string(innermost + 1) +
                  ": expected a word, a child or ')' after '0', found the end of the line: the bracket at column " +
                  std::to_string(innermost - 2) + " is not closed");
    std::string control = good;
    control[innermost + 3] = '\x01';
    EXPECT_EQ(problem(control), "t.txt:2:" + std::to_string(innermost + 4) +
                                    ": expected UTF-8 text without control characters, found byte 0x01");
    EXPECT_EQ(problem(good + ")"), "t.txt:2:" + std::to_string(good.size() + 1) +
                                       ": expected the end of the line after the tree, found ')'");
  });
}

TEST(BigJsonLines, AMillionNodesInALine) {
  onSmallStack([] {
    const Batch batch = deepBatch(kNodes + 1);
    const std::string line = formatJsonLine(batch, anyTrees(), 0);
    Batch back;
    std::string error;
    const size_t bytes =
        peakBytes([&] { ASSERT_TRUE(parseJsonLines(line, "t.jsonl", anyTrees(), back, nullptr, error)) << error; });
    ASSERT_EQ(back.children == batch.children, true);
    ASSERT_EQ(back.child_offsets == batch.child_offsets, true);
    ASSERT_EQ(back.inputs[0].symbols == batch.inputs[0].symbols, true);
    // The values of the line's JSON, most of them lists of their own, and the arrays.
    expectInProportion(bytes, 256 * batch.nodes());
  });
}

TEST(BigJsonLines, ASequenceOfAMillion) {
  onSmallStack([] {
    const Schema schema{StructureKind::Sequence, {{"cell", 0, 1}}, {{"x", Place::Nodes, true, 10, DType::I32, {}, {}}}};
    std::string line = "{\"sequence\": " + std::to_string(kNodes) + ", \"inputs\": {\"x\": [0";
    for (size_t n = 1; n < kNodes; ++n)
      line += ',' + std::to_string(n % 10);
    line += "]}}";
    Batch batch;
    std::string error;
    ASSERT_TRUE(parseJsonLines(line, "t.jsonl", schema, batch, nullptr, error)) << error;
    EXPECT_EQ(batch.nodes(), kNodes);
    EXPECT_EQ(batch.children.back(), static_cast<int32_t>(kNodes - 2));
  });
}

TEST(BigJsonLines, ErrorsDeepInside) {
  onSmallStack([] {
    const Batch batch = deepBatch(kNodes + 1);
    const std::string good = formatJsonLine(batch, anyTrees(), 0);
    auto problem = [](const std::string &text) {
      Batch out;
      std::string error;
      EXPECT_FALSE(parseJsonLines("\n" + text + "\n", "t.jsonl", anyTrees(), out, nullptr, error));
      EXPECT_EQ(out.nodes(), 0U);
      return error;
    };
    const std::string last = std::to_string(kNodes - 1), all = std::to_string(kNodes);
    auto changed = [&](const std::string &from, const std::string &to) {
      const size_t at = good.rfind(from);
      EXPECT_NE(at, std::string::npos) << from;
      return good.substr(0, at) + to + good.substr(at + from.size());
    };
    EXPECT_EQ(problem(changed(last + "]", last + "0]")), "t.jsonl:2: key \"children\", node " + all +
                                                             ": expected node ids from 0 to " + all + ", found " +
                                                             last + "0");
    EXPECT_EQ(problem(changed("9, null]", "10, null]")), "t.jsonl:2: key \"inputs\", input 'word', node " + last +
                                                             ": expected a whole number from 0 to 9, found 10");
    const std::string text = changed(last + "]", last + ";]");
    const std::string syntax = problem(text), place = "t.jsonl:2:" + std::to_string(text.rfind(";]") + 1) + ": ";
    EXPECT_EQ(syntax.substr(0, place.size()), place);
    EXPECT_LT(syntax.size(), 200U) << "it does not repeat the line";
  });
}

/// What a program writes for one structure with a result at each of its nodes.
TEST(BigJsonLines, ResultsAtAMillionNodes) {
  onSmallStack([] {
    TemporaryDirectory directory;
    const std::vector<float> values(kNodes, 0.5F);
    const std::vector<int32_t> offsets{0, static_cast<int32_t>(kNodes)};
    const std::vector<OutputView> views{{"h", Place::Nodes, DType::F32, {}, offsets, values.data()}};
    ResultWriter writer;
    std::string error, text;
    ASSERT_TRUE(writer.open(directory / "out.jsonl", error)) << error;
    ASSERT_TRUE(writer.append(1, views, error)) << error;
    ASSERT_TRUE(writer.commit(error)) << error;
    ASSERT_TRUE(readFile(directory / "out.jsonl", text, error)) << error;
    EXPECT_EQ(static_cast<size_t>(std::count(text.begin(), text.end(), '.')), kNodes);
  });
}

} // namespace
