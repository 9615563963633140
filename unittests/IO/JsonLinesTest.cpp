#include "cortex/IO/JsonLines.h"
#include "RandomBatch.h"

#include <cmath>

namespace cortex::io {
namespace {

Batch parsed(std::string_view text, const Schema &schema, std::vector<uint32_t> *lines = nullptr) {
  Batch batch;
  std::string error;
  EXPECT_TRUE(parseJsonLines(text, "t.jsonl", schema, batch, lines, error)) << error;
  return batch;
}

std::string problem(std::string_view text, const Schema &schema = binaryTrees(10)) {
  Batch batch;
  std::string error;
  EXPECT_FALSE(parseJsonLines(text, "t.jsonl", schema, batch, nullptr, error)) << text;
  EXPECT_EQ(batch.nodes(), 0u) << "a failed parse must not leave a half-filled result";
  return error;
}

Schema sequences() {
  return {StructureKind::Sequence, {{"cell", 0, 1}}, {{"x", Place::Nodes, false, 0, DType::F32, {2}, {}}}};
}

TEST(JsonLinesTest, Trees) {
  std::vector<uint32_t> lines;
  const Batch batch = parsed("\xEF\xBB\xBF{\"nodes\": 3, \"children\": [[],[],[0,1]], \"inputs\": {\"word\": "
                             "[4, 7, null]}, \"types\": [\"leaf\", \"leaf\", \"internal\"]}\r\n\n"
                             "{\"inputs\": {\"word\": [9]}, \"children\": [[]]}",
                             binaryTrees(10), &lines);
  EXPECT_EQ(batch.node_offsets, (std::vector<int32_t>{0, 3, 4}));
  EXPECT_EQ(batch.children, (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(batch.find("word")->symbols, (std::vector<int32_t>{4, 7, 0, 9}));
  EXPECT_TRUE(batch.types.empty()) << "arity says them";
  EXPECT_TRUE(batch.root_offsets.empty());
  EXPECT_EQ(lines, (std::vector<uint32_t>{1, 3}));
}

TEST(JsonLinesTest, Sequences) {
  const Batch batch = parsed("{\"sequence\": 3, \"inputs\": {\"x\": [[1, 2], [3, 4.5], [-1e-3, 0]]}}\n"
                             "{\"sequence\": 1, \"inputs\": {\"x\": [[8, 9]]}}\n",
                             sequences());
  EXPECT_EQ(batch.node_offsets, (std::vector<int32_t>{0, 3, 4}));
  EXPECT_EQ(batch.child_offsets, (std::vector<int32_t>{0, 0, 1, 2, 2}));
  EXPECT_EQ(batch.children, (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(batch.find("x")->f32, (std::vector<float>{1, 2, 3, 4.5, -1e-3f, 0, 8, 9}));
  EXPECT_EQ(defaultRoots(batch, 0), (std::vector<int32_t>{2})) << "the last element is the root";
}

TEST(JsonLinesTest, RootsOfSomeStructuresOnly) {
  const Batch batch = parsed("{\"children\": [[1], []], \"inputs\": {\"word\": [null, 0]}}\n"
                             "{\"children\": [[1], []], \"roots\": [1, 0], \"inputs\": {\"word\": [null, 0]}}\n"
                             "{\"children\": [[], [0]], \"inputs\": {\"word\": [0, null]}}\n",
                             {StructureKind::Tree,
                              {{"leaf", 0, 0}, {"internal", 1, 2}},
                              {{"word", Place::Nodes, true, 10, DType::I32, {}, {0}}}});
  EXPECT_EQ(batch.root_offsets, (std::vector<int32_t>{0, 1, 3, 4}));
  EXPECT_EQ(batch.roots, (std::vector<int32_t>{0, 3, 2, 5}));
}

TEST(JsonLinesTest, RandomBatchesRoundTrip) {
  for (uint32_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const Batch batch = randomBatch(random, 4, seed % 2);
    std::string text;
    for (size_t s = 0; s < batch.structures(); ++s)
      text += formatJsonLine(batch, richSchema(), s) + "\n";
    expectEqual(parsed(text, richSchema()), batch);
  }
}

// A minus sign before zero is the only sign that a JSON parser may lose: -0 looks like a whole number.
TEST(JsonLinesTest, NegativeZeroKeepsItsSign) {
  const std::string text = "{\"sequence\": 2, \"inputs\": {\"x\": [[-0, 0], [-0.0, -1]]}}\n";
  const Batch batch = parsed(text, sequences());
  const std::vector<float> &x = batch.find("x")->f32;
  EXPECT_TRUE(std::signbit(x[0]) && !std::signbit(x[1]) && std::signbit(x[2]));
  EXPECT_EQ(parsed(formatJsonLine(batch, sequences(), 0), sequences()).find("x")->f32, x);
  EXPECT_TRUE(std::signbit(parsed(formatJsonLine(batch, sequences(), 0), sequences()).find("x")->f32[0]));
}

TEST(JsonLinesTest, TextThatIsNoJson) {
  EXPECT_EQ(problem("{\"children\": [[], }"), "t.jsonl:1:19: syntax error while parsing value - unexpected '}'; "
                                              "expected '[', '{', or a literal");
  EXPECT_EQ(problem("\n{\"children\": NaN}"),
            "t.jsonl:2:14: syntax error while parsing value - invalid literal; last read: '\"children\": N'");
  EXPECT_EQ(problem("{\"a\": 1, \"a\": 2}"), "t.jsonl:1: the key 'a' occurs twice");
  EXPECT_EQ(problem("[1]"), "t.jsonl:1: expected one JSON object a line, found a list of 1");
  EXPECT_EQ(problem(std::string(1'000'000, '[')), "t.jsonl:1: values are nested deeper than 64");
  EXPECT_EQ(problem("{\"children\": [[1e999]]}"), "t.jsonl:1:20: number overflow parsing '1e999'");
  EXPECT_EQ(problem("{} {}"), "t.jsonl:1:4: syntax error while parsing value - unexpected '{'; expected end of input");
  EXPECT_NE(problem("{\"\xFF\": 1}").find("t.jsonl:1:3: "), std::string::npos);
  EXPECT_NE(problem(std::string_view("{\0}", 3)).find("t.jsonl:1:2: "), std::string::npos);
}

TEST(JsonLinesTest, Keys) {
  EXPECT_EQ(problem("{}"), "t.jsonl:1: expected the key \"children\" or \"sequence\"");
  EXPECT_EQ(problem("{\"children\": [[]], \"label\": 3}"),
            "t.jsonl:1: unknown key 'label': expected nodes, children, sequence, types, roots, inputs, edge_inputs or "
            "structure_inputs");
  EXPECT_EQ(problem("{\"children\": [[]], \"sequence\": 1}"),
            "t.jsonl:1: key \"sequence\": expected no key \"nodes\" or \"children\" beside it");
  EXPECT_EQ(problem("{\"children\": [[]]}"), "t.jsonl:1: key \"inputs\": expected the input 'word'");
  EXPECT_EQ(problem("{\"children\": [[]], \"inputs\": [1]}"),
            "t.jsonl:1: key \"inputs\": expected an object with a value for every input, found a list of 1");
  EXPECT_EQ(problem("{\"children\": [[]], \"inputs\": {\"word\": [1], \"wrod\": [1]}}"),
            "t.jsonl:1: key \"inputs\": the model has no such input 'wrod': expected word");
  EXPECT_EQ(problem("{\"children\": [[]], \"inputs\": {\"word\": [1]}, \"edge_inputs\": {\"word\": [1]}}"),
            "t.jsonl:1: key \"edge_inputs\": the model has no such input 'word': expected none");
}

/// A line with these children and good inputs for two leaves and their parent.
std::string withChildren(const std::string &children) {
  return "{\"children\": " + children + ", \"inputs\": {\"word\": [1, 2, null]}}";
}

TEST(JsonLinesTest, Structure) {
  EXPECT_EQ(problem(withChildren("[]")), "t.jsonl:1: key \"children\": expected a list with the children of every "
                                         "node, at least one node, found a list of 0");
  EXPECT_EQ(problem(withChildren("3")), "t.jsonl:1: key \"children\": expected a list with the children of every "
                                        "node, at least one node, found 3");
  EXPECT_EQ(problem(withChildren("[[], [], 7]")),
            "t.jsonl:1: key \"children\", node 2: expected a list of node ids, found 7");
  EXPECT_EQ(problem(withChildren("[[], [], [0, 3]]")),
            "t.jsonl:1: key \"children\", node 2: expected node ids from 0 to 2, found 3");
  EXPECT_EQ(problem(withChildren("[[], [], [0, -1]]")),
            "t.jsonl:1: key \"children\", node 2: expected node ids from 0 to 2, found -1");
  EXPECT_EQ(problem(withChildren("[[], [], [0, 1.0]]")),
            "t.jsonl:1: key \"children\", node 2: expected node ids from 0 to 2, found 1.0");
  EXPECT_EQ(problem(withChildren("[[], [], [0, 18446744073709551616]]"))
                .find("t.jsonl:1: key \"children\", node 2: expected node ids from 0 to 2, found 1.844"),
            0u);
  EXPECT_EQ(problem(withChildren("[[], [], [0]]")),
            "t.jsonl:1: key \"children\", node 2: expected 0 (leaf) or 2 (internal) children, found 1");
  EXPECT_EQ(problem("{\"nodes\": 2, \"children\": [[]], \"inputs\": {\"word\": [1]}}"),
            "t.jsonl:1: key \"nodes\": expected 1, the length of \"children\", found 2");
  EXPECT_EQ(problem("{\"children\": [[]], \"roots\": [1], \"inputs\": {\"word\": [1]}}"),
            "t.jsonl:1: key \"roots\": expected node ids from 0 to 0, found 1");
  EXPECT_EQ(problem("{\"children\": [[]], \"roots\": [], \"inputs\": {\"word\": [1]}}"),
            "t.jsonl:1: key \"roots\": expected a list of node ids, at least one, found a list of 0");
}

TEST(JsonLinesTest, SequencesOfTheWrongLength) {
  const std::string inputs = ", \"inputs\": {\"x\": [[1, 2]]}}";
  EXPECT_EQ(problem("{\"sequence\": 0" + inputs, sequences()),
            "t.jsonl:1: key \"sequence\": expected a number of nodes, at least 1 and at most 2147483647 in all, found "
            "0");
  EXPECT_EQ(problem("{\"sequence\": 3000000000" + inputs, sequences()),
            "t.jsonl:1: key \"sequence\": expected a number of nodes, at least 1 and at most 2147483647 in all, found "
            "3000000000");
  // No memory is taken for what a short line only claims.
  EXPECT_EQ(problem("{\"sequence\": 2000000000" + inputs, sequences()),
            "t.jsonl:1: key \"inputs\", input 'x': expected a list of 2000000000, an element for every node, found a "
            "list of 1");
}

TEST(JsonLinesTest, Types) {
  const Schema schema = richSchema();
  const std::string inputs =
      ", \"inputs\": {\"sym\": [null, null], \"x\": [[[0,0,0],[0,0,0]], [[0,0,0],[0,0,0]]]}, \"edge_inputs\": "
      "{\"rel\": [[], [1]], \"weight\": [[], [0.5]]}, \"structure_inputs\": {\"doc\": 1, \"mood\": [1, 2]}}";
  const std::string line = "{\"children\": [[], [0]]";
  EXPECT_EQ(problem(line + inputs, schema),
            "t.jsonl:1: expected the key \"types\": several types of the model take the same number of children");
  EXPECT_EQ(problem(line + ", \"types\": [\"var\"]" + inputs, schema),
            "t.jsonl:1: key \"types\": expected a list of 2, a type's name for every node, found a list of 1");
  EXPECT_EQ(problem(line + ", \"types\": [\"var\", \"fun\"]" + inputs, schema),
            "t.jsonl:1: key \"types\", node 1: expected one of the types var, fn, eq, found 'fun'");
  EXPECT_EQ(problem(line + ", \"types\": [\"var\", 1]" + inputs, schema),
            "t.jsonl:1: key \"types\", node 1: expected one of the types var, fn, eq, found 1");
  EXPECT_EQ(problem(line + ", \"types\": [\"var\", \"eq\"]" + inputs, schema),
            "t.jsonl:1: key \"types\", node 1: expected 2 children for the type 'eq', found 1 child");
  EXPECT_EQ(problem(line + ", \"types\": [\"fn\", \"fn\"]" + inputs, schema),
            "t.jsonl:1: key \"types\", node 0: expected 1 to * children for the type 'fn', found 0 children");
  EXPECT_EQ(problem(line + ", \"types\": [\"var\", \"fn\"]" + inputs, schema),
            "t.jsonl:1: key \"inputs\", input 'sym', node 1: expected a whole number from 0 to 299, found null");
}

TEST(JsonLinesTest, Symbols) {
  auto word = [](const std::string &value) {
    return problem("{\"children\": [[],[],[0,1]], \"inputs\": {\"word\": " + value + "}}");
  };
  EXPECT_EQ(word("[1, 2]"), "t.jsonl:1: key \"inputs\", input 'word': expected a list of 3, an element for every node, "
                            "found a list of 2");
  EXPECT_EQ(word("7"), "t.jsonl:1: key \"inputs\", input 'word': expected a list of 3, an element for every node, "
                       "found 7");
  const std::string range = "expected a whole number from 0 to 9, found ";
  EXPECT_EQ(word("[1, 10, null]"), "t.jsonl:1: key \"inputs\", input 'word', node 1: " + range + "10");
  EXPECT_EQ(word("[-1, 1, null]"), "t.jsonl:1: key \"inputs\", input 'word', node 0: " + range + "-1");
  EXPECT_EQ(word("[1, 1.5, null]"), "t.jsonl:1: key \"inputs\", input 'word', node 1: " + range + "1.5");
  EXPECT_EQ(word("[1, \"a\", null]"), "t.jsonl:1: key \"inputs\", input 'word', node 1: " + range + "'a'");
  EXPECT_EQ(word("[1, null, null]"), "t.jsonl:1: key \"inputs\", input 'word', node 1: " + range + "null");
  EXPECT_EQ(word("[1, 1, 1]"), "t.jsonl:1: key \"inputs\", input 'word', node 2: expected null, because nodes of type "
                               "'internal' do not have this input, found 1");
}

TEST(JsonLinesTest, Features) {
  auto x = [](const std::string &value) {
    return problem("{\"sequence\": 2, \"inputs\": {\"x\": [[1, 2], " + value + "]}}", sequences());
  };
  const std::string where = "t.jsonl:1: key \"inputs\", input 'x', node 1: expected ";
  EXPECT_EQ(x("[1]"), where + "a list of 2, found a list of 1");
  EXPECT_EQ(x("1"), where + "a list of 2, found 1");
  EXPECT_EQ(x("[1, [2]]"), where + "a number, found a list of 1");
  EXPECT_EQ(x("[1, null]"), where + "a number, found null");
  EXPECT_EQ(x("[1, true]"), where + "a number, found true");
  EXPECT_EQ(x("[1, 1e39]"), where + "a number in the range of float32, found 1e+39");
  EXPECT_EQ(x("[1, -3.5e38]"), where + "a number in the range of float32, found -3.5e+38");
}

TEST(JsonLinesTest, EdgeInputs) {
  const Schema schema{StructureKind::Tree, {{"n", 0, 2}}, {{"rel", Place::Edges, true, 4, DType::I32, {}, {}}}};
  auto rel = [&](const std::string &value) {
    return problem("{\"children\": [[],[0,0]], \"edge_inputs\": {\"rel\": " + value + "}}", schema);
  };
  const std::string where = "t.jsonl:1: key \"edge_inputs\", input 'rel'";
  EXPECT_EQ(rel("[[1, 2]]"), where + ": expected a list of 2, an element for every node, found a list of 1");
  EXPECT_EQ(rel("[[], [1]]"), where + ", node 1: expected a list of 2, a value for every child, found a list of 1");
  EXPECT_EQ(rel("[null, [1, 2]]"), where + ", node 0: expected a list of 0, a value for every child, found null");
  EXPECT_EQ(rel("[[], [1, 4]]"), where + ", node 1: expected a whole number from 0 to 3, found 4");
  const Batch batch = parsed("{\"children\": [[],[0,0]], \"edge_inputs\": {\"rel\": [[],[3,1]]}}", schema);
  EXPECT_EQ(batch.find("rel")->symbols, (std::vector<int32_t>{3, 1}));
}

TEST(JsonLinesTest, SampleOfBadLinesNamesTheLine) {
  EXPECT_EQ(problem(withChildren("[[],[],[0,1]]") + "\n" + withChildren("[[],[],[0,9]]")),
            "t.jsonl:2: key \"children\", node 2: expected node ids from 0 to 2, found 9");
}

TEST(JsonLinesTest, ExamplesOfTheDocumentationParse) {
  std::string text, error;
  ASSERT_TRUE(readFile(sourceFile("docs/InputFormats.md"), text, error)) << error;
  std::vector<std::string> examples;
  for (size_t at = 0; (at = text.find("```json\n", at)) != std::string::npos;) {
    at += 8;
    examples.push_back(text.substr(at, text.find("```", at) - at));
  }
  ASSERT_EQ(examples.size(), 4u) << "a tree, a DAG, a sequence and a result";
  EXPECT_EQ(parsed(examples[0], binaryTrees(10)).nodes(), 3u);
  Schema dag = richSchema();
  dag.inputs.pop_back(); // the DAG there has neither a mood nor weights, and shorter features
  dag.inputs.erase(dag.inputs.begin() + 3);
  dag.inputs[1].shape = {2};
  EXPECT_EQ(parsed(examples[1], dag).edges(), 5u);
  EXPECT_EQ(parsed(examples[2], sequences()).nodes(), 3u);
}

TEST(JsonLinesTest, ALongChain) {
  constexpr size_t kLength = 300'000;
  Batch chain;
  for (size_t n = 0; n < kLength; ++n) {
    if (n > 0)
      chain.children.push_back(static_cast<int32_t>(n) - 1);
    chain.child_offsets.push_back(static_cast<int32_t>(chain.edges()));
  }
  chain.node_offsets.push_back(kLength);
  const Schema schema{StructureKind::Sequence, {{"n", 0, 1}}, {}};
  expectEqual(parsed(formatJsonLine(chain, schema, 0), schema), chain);
  expectEqual(parsed("{\"sequence\": 300000}", schema), chain);
}

} // namespace
} // namespace cortex::io
