#include "cortex/IO/Brackets.h"
#include "Testing.h"

#include <gmock/gmock.h>

namespace cortex::io {
namespace {

BracketTrees parsed(std::string_view text) {
  BracketTrees trees;
  std::string error;
  EXPECT_TRUE(parseBrackets(text, "t.txt", trees, error)) << error;
  return trees;
}

std::string problem(std::string_view text) {
  BracketTrees trees;
  std::string error;
  EXPECT_FALSE(parseBrackets(text, "t.txt", trees, error));
  EXPECT_EQ(trees.batch.nodes(), 0u) << "a failed parse must not leave a half-filled result";
  return error;
}

TEST(BracketsTest, NodesAreInPostOrder) {
  const BracketTrees trees = parsed("(3 (2 An) (3 (4 imaginative) (2 comedy\\/thriller)))\n(1 Næs)\n");
  EXPECT_EQ(trees.batch.node_offsets, (std::vector<int32_t>{0, 5, 6}));
  EXPECT_EQ(trees.batch.child_offsets, (std::vector<int32_t>{0, 0, 0, 0, 2, 4, 4}));
  EXPECT_EQ(trees.batch.children, (std::vector<int32_t>{1, 2, 0, 3}));
  std::vector<std::string> labels, words;
  for (size_t n = 0; n < trees.batch.nodes(); ++n) {
    labels.push_back(trees.labelOf(n));
    words.push_back(trees.word[n] < 0 ? "" : trees.words[trees.word[n]]);
  }
  EXPECT_THAT(labels, testing::ElementsAre("2", "4", "2", "3", "3", "1"));
  // Words are kept as they are written: escapes belong to the spelling.
  EXPECT_THAT(words, testing::ElementsAre("An", "imaginative", "comedy\\/thriller", "", "", "Næs"));
  EXPECT_EQ(trees.where(2), "t.txt:1:33");
  EXPECT_EQ(trees.where(3), "t.txt:1:11");
  EXPECT_EQ(trees.where(5), "t.txt:2:4");
}

TEST(BracketsTest, AcceptsWhatTheGrammarSays) {
  EXPECT_EQ(parsed("").batch.structures(), 0u);
  EXPECT_EQ(parsed("\n  \t\n# a comment (1 a)\n  # another\n").batch.structures(), 0u);
  EXPECT_EQ(parsed("(1 a)").batch.structures(), 1u) << "the last line may lack its end";
  EXPECT_EQ(parsed("\xEF\xBB\xBF(1 a)\r\n(1 b)\r\n").words[1], "b");
  EXPECT_EQ(parsed("\t( 1\t( 2  a )(3 b) ) ").batch.nodes(), 3u);
  EXPECT_EQ(parsed("(S (NP the) (VP (V is) (A b) (A c) (A d)))").batch.arity(5), 4);
  EXPECT_EQ(parsed("(1 (1 (1 deep)))").batch.nodes(), 3u) << "one child";
  EXPECT_EQ(parsed("(2 -LRB-)").words[0], "-LRB-");
  EXPECT_EQ(parsed("(2 a\xC2\xA0"
                   "b)")
                .words[0],
            "a\xC2\xA0"
            "b")
      << "a no-break space is part of a word";
  const BracketTrees plain = parsed("((a) ((b) (c)))\n(d)\n");
  EXPECT_FALSE(plain.hasLabels());
  EXPECT_EQ(plain.batch.nodes(), 6u);
}

TEST(BracketsTest, ErrorsNameLineAndColumn) {
  EXPECT_EQ(problem("(1 (2 a)"), "t.txt:1:9: expected a child or ')', found the end of the line: the bracket at "
                                 "column 1 is not closed");
  EXPECT_EQ(problem("(1 a)\n(1 (2 a) (2 b)\n(1 c)\n"),
            "t.txt:2:15: expected a child or ')', found the end of the line: the bracket at column 1 is not closed");
  EXPECT_EQ(problem("(2 (1 a"), "t.txt:1:8: expected ')' after the word 'a', found the end of the line: the bracket "
                                "at column 4 is not closed");
  EXPECT_EQ(problem("("), "t.txt:1:2: expected a label, a word or a child, found the end of the line: the bracket at "
                          "column 1 is not closed");
  EXPECT_EQ(problem("(2"), "t.txt:1:3: expected a word, a child or ')' after '2', found the end of the line: the "
                           "bracket at column 1 is not closed");
  EXPECT_EQ(problem("()"), "t.txt:1:2: expected a label, a word or a child, found ')'");
  EXPECT_EQ(problem("(2 (1 a) ())"), "t.txt:1:11: expected a label, a word or a child, found ')'");
  EXPECT_EQ(problem("(1 a))"), "t.txt:1:6: expected the end of the line after the tree, found ')'");
  EXPECT_EQ(problem("(1 a) (1 b)"), "t.txt:1:7: expected the end of the line after the tree, found '('");
  EXPECT_EQ(problem("(1 a) b"), "t.txt:1:7: expected the end of the line after the tree, found 'b'");
  EXPECT_EQ(problem("a"), "t.txt:1:1: expected '(', the start of a tree, found 'a'");
  EXPECT_EQ(problem(" )"), "t.txt:1:2: expected '(', the start of a tree, found ')'");
  EXPECT_EQ(problem("(2 good movie)"), "t.txt:1:9: expected ')' after the word 'good', found 'movie'");
  EXPECT_EQ(problem("(2 good (1 a))"), "t.txt:1:9: expected ')' after the word 'good', found '('");
  EXPECT_EQ(problem("(3 (2 a) b)"), "t.txt:1:10: expected a child or ')', found 'b'");
}

TEST(BracketsTest, LabelsAreOnAllNodesOrNone) {
  // A forgotten word must not turn its label into a word.
  EXPECT_EQ(problem("(3 (2) (2 a))"), "t.txt:1:6: expected a word after the label '2': the node at line 1, column 1 "
                                      "has a label, so all need one");
  EXPECT_EQ(problem("(3 a)\n(3 ((2 a) (2 b)) (2 c))"),
            "t.txt:2:4: expected a label: the node at line 1, column 1 has a label, so all need one");
  EXPECT_EQ(problem("((a) (2 b))"), "t.txt:1:6: expected ')' after the word '2': the node at line 1, column 1 has no "
                                    "label, so none may have one");
  EXPECT_EQ(problem("(a)\n(2 (b) (c))"), "t.txt:2:1: expected children or a word, found both: the node at line 1, "
                                         "column 3 has no label, so none may have one");
}

TEST(BracketsTest, BytesThatAreNoText) {
  EXPECT_EQ(problem(std::string_view("(1 a\0b)", 7)),
            "t.txt:1:5: expected UTF-8 text without control characters, found byte 0x00");
  EXPECT_EQ(problem("(1 é\xFF)"), "t.txt:1:5: expected UTF-8 text without control characters, found byte 0xff");
  EXPECT_EQ(problem("(1 a)\r(1 b)"), "t.txt:1:6: expected UTF-8 text without control characters, found byte 0x0d");
  EXPECT_EQ(problem("(1\v a)"), "t.txt:1:3: expected UTF-8 text without control characters, found byte 0x0b");
  EXPECT_EQ(problem("(1 " + std::string(100, 'x') + " y)"),
            "t.txt:1:105: expected ')' after the word '" + std::string(60, 'x') + "...', found 'y'");
}

TEST(BracketsTest, MissingFileAndDirectory) {
  BracketTrees trees;
  std::string error;
  EXPECT_FALSE(readBrackets("no/such.txt", trees, error));
  EXPECT_EQ(error, "cannot read 'no/such.txt': No such file or directory");
  EXPECT_FALSE(readBrackets("/", trees, error));
  EXPECT_EQ(error, "cannot read '/': Is a directory");
}

TEST(BracketsTest, AMillionLevelsDeep) {
  constexpr size_t kDepth = 1'000'000;
  std::string text;
  for (size_t i = 0; i < kDepth; ++i)
    text += "(1 (2 a) ";
  text += "(3 b)" + std::string(kDepth, ')');
  const BracketTrees trees = parsed(text);
  ASSERT_EQ(trees.batch.nodes(), 2 * kDepth + 1);
  // Printing puts single spaces where the text has them, too.
  EXPECT_EQ(formatTree(trees, 0), text);
  // The same depth without an end is an error, not a crash.
  EXPECT_NE(problem(text.substr(0, text.size() - 1)), "");
}

/// A random tree as text: the parser's input, made without it.
std::string randomTree(std::mt19937 &random, bool labels, size_t depth) {
  static const char *const kWords[] = {"a", "film", "-LRB-", "1\\/2", "Amélie", "2", "#", "'s", "映画"};
  const std::string label = labels ? std::to_string(below(random, 5)) : "";
  const uint32_t arity = depth == 0 ? 0 : below(random, 4);
  if (arity == 0)
    return "(" + label + (labels ? " " : "") + kWords[below(random, std::size(kWords))] + ")";
  std::string text = "(" + label;
  for (uint32_t i = 0; i < arity; ++i)
    text += (text == "(" ? "" : " ") + randomTree(random, labels, depth - 1);
  return text + ")";
}

TEST(BracketsTest, RandomTreesRoundTrip) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::vector<std::string> expected;
    std::string text;
    for (uint32_t i = 0; i < 5; ++i) {
      expected.push_back(randomTree(random, seed % 2, 1 + below(random, 7)));
      text += expected.back() + "\n";
    }
    const BracketTrees trees = parsed(text);
    ASSERT_EQ(trees.batch.structures(), 5u);
    size_t words = 0;
    for (size_t s = 0; s < 5; ++s)
      EXPECT_EQ(formatTree(trees, s), expected[s]);
    for (size_t n = 0; n < trees.batch.nodes(); ++n) {
      words += trees.word[n] >= 0;
      EXPECT_EQ(trees.word[n] >= 0, trees.batch.arity(n) == 0);
    }
    EXPECT_GT(words, 0u);
  }
}

TEST(BracketsTest, NoByteStringCrashes) {
  // Mostly brackets, so that many get far.
  constexpr char kBytes[] = "((()))  12ab\n\r\t#\xC3\xA9\x00";
  size_t good = 0;
  for (uint32_t seed = 0; seed < 5000; ++seed) {
    std::mt19937 random(seed);
    std::string text;
    for (uint32_t length = below(random, 24); length > 0; --length)
      text += kBytes[below(random, sizeof kBytes)];
    BracketTrees trees;
    std::string error;
    if (parseBrackets(text, "t.txt", trees, error)) {
      ++good;
      for (size_t s = 0; s < trees.batch.structures(); ++s)
        EXPECT_EQ(parsed(formatTree(trees, s)).batch.structures(), 1u) << "seed " << seed;
    } else {
      EXPECT_EQ(error.find("t.txt:"), 0u) << "seed " << seed;
    }
  }
  EXPECT_GT(good, 0u);
}

class AssignWordsTest : public testing::Test {
protected:
  AssignWordsTest() {
    std::string error;
    EXPECT_TRUE(Vocabulary::parse("<unk>\nthis\nmovie\n", "v.txt", vocabulary, error)) << error;
    EXPECT_TRUE(Vocabulary::parse("this\nmovie\n", "w.txt", without_unk, error)) << error;
  }
  std::string problem(std::string_view text, const Vocabulary &words, const Schema &schema,
                      UnknownWords policy = UnknownWords::MapToUnk, std::string_view input = {}) {
    Batch batch;
    std::string error;
    EXPECT_FALSE(assignWords(parsed(text), words, schema, policy, input, batch, nullptr, error));
    EXPECT_EQ(batch.nodes(), 0u);
    return error;
  }
  Vocabulary vocabulary, without_unk;
};

TEST_F(AssignWordsTest, MapsWordsAndCountsUnknownOnes) {
  const BracketTrees trees = parsed("(1 (2 this) (3 (2 silly) (2 movie)))\n(1 This)\n");
  Batch batch;
  std::string error;
  size_t unknown = 99;
  ASSERT_TRUE(assignWords(trees, vocabulary, binaryTrees(3), UnknownWords::MapToUnk, "word", batch, &unknown, error))
      << error;
  EXPECT_EQ(unknown, 2u);
  EXPECT_EQ(batch.children, trees.batch.children);
  ASSERT_EQ(batch.inputs.size(), 1u);
  EXPECT_EQ(batch.inputs[0].symbols, (std::vector<int32_t>{1, 0, 2, 0, 0, 0}));
  EXPECT_TRUE(batch.types.empty());
}

TEST_F(AssignWordsTest, UnknownWords) {
  EXPECT_EQ(problem("(1 (2 this)\t(2 silly))", without_unk, binaryTrees(3)),
            "t.txt:1:16: the word 'silly' is not in the vocabulary w.txt, which has no '<unk>'");
  EXPECT_EQ(problem("\n(2 silly)", vocabulary, binaryTrees(3), UnknownWords::Refuse),
            "t.txt:2:4: the word 'silly' is not in the vocabulary v.txt: expected known words only");
}

TEST_F(AssignWordsTest, TreesThatTheModelDoesNotTake) {
  EXPECT_EQ(problem("(1 (2 this) (1 (2 a)))", vocabulary, binaryTrees(3)),
            "t.txt:1:13: the node has 1 child: expected 0 (leaf) or 2 (internal)");
  EXPECT_EQ(problem("(1 a)", vocabulary, binaryTrees(2)),
            "v.txt: the vocabulary has 3 words: expected at most 2, the domain of the input 'word'");
  Schema everywhere = binaryTrees(3);
  everywhere.inputs[0].types.clear();
  EXPECT_EQ(problem("(1 (2 this) (2 movie))", vocabulary, everywhere),
            "t.txt:1:1: the node has no word, but nodes of type 'internal' need the input 'word': expected JSON lines");
  Schema inside = binaryTrees(3);
  inside.inputs[0].types = {1};
  EXPECT_EQ(
      problem("(1 this)", vocabulary, inside),
      "t.txt:1:4: the node has a word, but nodes of type 'leaf' do not have the input 'word': expected JSON lines");
}

TEST_F(AssignWordsTest, ModelsThatNeedMoreThanWords) {
  Schema schema = binaryTrees(3);
  schema.inputs[0].place = Place::Edges;
  const std::string none = "the model has no symbol on nodes for the words of bracketed trees: expected JSON lines";
  EXPECT_EQ(problem("(1 a)", vocabulary, schema), none);
  EXPECT_EQ(problem("(1 a)", vocabulary, schema, UnknownWords::MapToUnk, "word"), none);
  schema = binaryTrees(3);
  EXPECT_EQ(problem("(1 a)", vocabulary, schema, UnknownWords::MapToUnk, "token"),
            "the model has no symbol 'token' on nodes for the words: expected word");
  schema.inputs.push_back({"doc", Place::Structures, true, 4, DType::I32, {}, {}});
  EXPECT_EQ(problem("(1 a)", vocabulary, schema),
            "the model also needs the input 'doc', which bracketed trees do not have: expected JSON lines");
  schema.inputs[1].place = Place::Nodes;
  EXPECT_EQ(problem("(1 a)", vocabulary, schema), "the model has several symbols on nodes (word, doc): expected the "
                                                  "name of the one that takes the words");
  schema = binaryTrees(3);
  schema.types.push_back({"pair", 2, 2});
  EXPECT_EQ(problem("(1 a)", vocabulary, schema),
            "several types of the model take the same number of children, so that every node needs its type, which "
            "bracketed trees do not have: expected JSON lines");
}

TEST(TreebankTest, AllTreesParse) {
  CORTEX_SKIP_WITHOUT("sst/train.txt");
  const struct {
    const char *name;
    size_t trees;
  } kFiles[] = {{"sst/train.txt", 8550}, {"sst/dev.txt", 1107}, {"sst/test.txt", 2210}};
  size_t all = 0;
  for (const auto &file : kFiles) {
    BracketTrees trees;
    std::string error;
    ASSERT_TRUE(readBrackets(sharedData(file.name), trees, error)) << error;
    EXPECT_EQ(trees.batch.structures(), file.trees);
    all += trees.batch.structures();
    for (size_t n = 0; n < trees.batch.nodes(); ++n) {
      ASSERT_TRUE(trees.batch.arity(n) == 0 || trees.batch.arity(n) == 2) << trees.where(n);
      ASSERT_TRUE(trees.labelOf(n) >= "0" && trees.labelOf(n) <= "4") << trees.where(n);
    }
  }
  EXPECT_EQ(all, 11867u);
}

} // namespace
} // namespace cortex::io
