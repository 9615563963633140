#include "cortex/IO/Brackets.h"

#include "Support.h"
#include "cortex/IO/Files.h"

namespace cortex::io {

namespace {

struct Token {
  enum Kind { Open, Close, Text, End, Bad } kind = End;
  std::string_view text;
  size_t column = 1; ///< in characters
};

/// Cuts one line into brackets and words.
class Lexer {
public:
  explicit Lexer(std::string_view line) : line(line) {}

  Token next() {
    while (at < line.size() && (line[at] == ' ' || line[at] == '\t'))
      ++at, ++column;
    Token token{Token::End, {}, column};
    if (at == line.size())
      return token;
    if (line[at] == '(' || line[at] == ')') {
      token.kind = line[at] == '(' ? Token::Open : Token::Close;
      token.text = line.substr(at++, 1);
      ++column;
      return token;
    }
    token.kind = Token::Text;
    const size_t begin = at;
    while (at < line.size() && line[at] != '(' && line[at] != ')' && line[at] != ' ' && line[at] != '\t') {
      const size_t length = utf8Length(line, at);
      const auto byte = static_cast<unsigned char>(line[at]);
      if (length == 0 || byte < 0x20 || byte == 0x7F)
        return {Token::Bad, line.substr(at, 1), column};
      at += length;
      ++column;
    }
    token.text = line.substr(begin, at - begin);
    return token;
  }

private:
  std::string_view line;
  size_t at = 0, column = 1;
};

/// Parses the lines of one text into a BracketTrees. A line's open brackets are
/// kept on an explicit stack.
class Parser {
public:
  Parser(BracketTrees &out, std::string &error) : out(out), error(error) {}

  bool parseLine(std::string_view line, size_t number);

private:
  struct Frame {
    int32_t label;      ///< -1: none
    size_t column;      ///< of the opening bracket
    size_t first_child; ///< into `pending`
  };

  bool parseNode(Lexer &lexer, Token &token);
  bool parseLeaf(Lexer &lexer, size_t open, const Token &first, Token &token);
  bool finishNodes(Lexer &lexer, Token &token, bool &tree_ends);
  bool checkLabel(bool has_label, size_t column, const std::string &expected);
  bool addNode(int32_t label, int32_t word, size_t column, size_t first_child);

  bool failAt(size_t column, const std::string &message) {
    return fail(error, out.file + ":" + std::to_string(line_number) + ":" + std::to_string(column) + ": " + message);
  }
  /// The error for a token that does not belong where it stands.
  bool unexpected(const Token &token, const std::string &expected, size_t unclosed);

  BracketTrees &out;
  std::string &error;
  size_t line_number = 0;
  std::vector<Frame> frames;    ///< brackets that are open
  std::vector<int32_t> pending; ///< nodes whose parent is still open
  /// Whether the text has labels, once its first node has shown it.
  enum { Unknown, Labelled, Unlabelled } style = Unknown;
  std::string style_from; ///< where it was shown
};

} // namespace

bool Parser::unexpected(const Token &token, const std::string &expected, size_t unclosed) {
  switch (token.kind) {
  case Token::End:
    return failAt(token.column, "expected " + expected + ", found the end of the line: the bracket at column " +
                                    std::to_string(unclosed) + " is not closed");
  case Token::Bad:
    return failAt(token.column, "expected UTF-8 text without control characters, found " +
                                    describeByte(static_cast<unsigned char>(token.text[0])));
  default:
    return failAt(token.column, "expected " + expected + ", found " + inQuotes(token.text));
  }
}

/// Labels are on all nodes of a text or on none: otherwise `(2)` could be a leaf
/// whose word was forgotten, and would silently become the word "2".
bool Parser::checkLabel(bool has_label, size_t column, const std::string &expected) {
  if (style == Unknown) {
    style = has_label ? Labelled : Unlabelled;
    style_from = "line " + std::to_string(line_number) + ", column " + std::to_string(column);
  }
  if ((style == Labelled) == has_label)
    return true;
  return failAt(column, expected + ": the node at " + style_from +
                            (has_label ? " has no label, so none may have one" : " has a label, so all need one"));
}

bool Parser::addNode(int32_t label, int32_t word, size_t column, size_t first_child) {
  Batch &batch = out.batch;
  if (batch.nodes() == kMaxItems)
    return failAt(column, "expected at most " + std::to_string(kMaxItems) + " nodes");
  const auto id = static_cast<int32_t>(batch.nodes());
  batch.children.insert(batch.children.end(), pending.begin() + first_child, pending.end());
  pending.resize(first_child);
  pending.push_back(id);
  batch.child_offsets.push_back(static_cast<int32_t>(batch.children.size()));
  if (style == Labelled)
    out.label.push_back(label);
  out.word.push_back(word);
  out.line.push_back(static_cast<uint32_t>(line_number));
  out.column.push_back(static_cast<uint32_t>(column));
  return true;
}

/// A leaf whose first text, `first`, is read and followed by `token`, no '('.
bool Parser::parseLeaf(Lexer &lexer, size_t open, const Token &first, Token &token) {
  Token word = first;
  int32_t label = -1;
  if (token.kind == Token::Text) {
    if (!checkLabel(true, open, "expected ')' after the word " + inQuotes(first.text)))
      return false;
    label = out.labels.intern(first.text);
    word = token;
    token = lexer.next();
  } else if (token.kind == Token::Close) {
    if (!checkLabel(false, token.column, "expected a word after the label " + inQuotes(first.text)))
      return false;
  } else {
    return unexpected(token, "a word, a child or ')' after " + inQuotes(first.text), open);
  }
  if (token.kind != Token::Close)
    return unexpected(token, "')' after the word " + inQuotes(word.text), open);
  if (!addNode(label, out.words.intern(word.text), word.column, pending.size()))
    return false;
  token = lexer.next();
  return true;
}

/// A node from its '(' (which is `token`) on: opens a frame, or adds a leaf.
bool Parser::parseNode(Lexer &lexer, Token &token) {
  const size_t open = token.column;
  token = lexer.next();
  int32_t label = -1;
  if (token.kind == Token::Text) {
    const Token first = token;
    token = lexer.next();
    if (token.kind != Token::Open)
      return parseLeaf(lexer, open, first, token);
    if (!checkLabel(true, open, "expected children or a word, found both"))
      return false;
    label = out.labels.intern(first.text);
  } else if (token.kind == Token::Open) {
    if (!checkLabel(false, open, "expected a label"))
      return false;
  } else {
    return unexpected(token, "a label, a word or a child", open);
  }
  frames.push_back({label, open, pending.size()});
  return true;
}

/// Closes nodes as long as `token` is ')'. Afterwards it begins the next child,
/// or the tree has ended.
bool Parser::finishNodes(Lexer &lexer, Token &token, bool &tree_ends) {
  while (!frames.empty()) {
    const Frame &frame = frames.back();
    if (token.kind == Token::Open)
      return true;
    if (token.kind != Token::Close)
      return unexpected(token, "a child or ')'", frame.column);
    if (!addNode(frame.label, -1, frame.column, frame.first_child))
      return false;
    frames.pop_back();
    token = lexer.next();
  }
  tree_ends = true;
  if (token.kind != Token::End)
    return unexpected(token, "the end of the line after the tree", 0);
  return true;
}

bool Parser::parseLine(std::string_view line, size_t number) {
  line_number = number;
  frames.clear();
  pending.clear();
  // A line without a tree, or a comment.
  if (const size_t begin = line.find_first_not_of(" \t"); begin == std::string_view::npos || line[begin] == '#')
    return true;
  Lexer lexer(line);
  Token token = lexer.next();
  if (token.kind != Token::Open)
    return unexpected(token, "'(', the start of a tree", 0);
  for (bool tree_ends = false; !tree_ends;) {
    const size_t open_before = frames.size();
    if (!parseNode(lexer, token))
      return false;
    // A node that opened a frame has its first child next.
    if (frames.size() == open_before && !finishNodes(lexer, token, tree_ends))
      return false;
  }
  out.batch.node_offsets.push_back(static_cast<int32_t>(out.batch.nodes()));
  return true;
}

std::string BracketTrees::where(size_t node) const {
  return file + ":" + std::to_string(line[node]) + ":" + std::to_string(column[node]);
}

bool parseBrackets(std::string_view text, const std::string &file, BracketTrees &out, std::string &error) {
  BracketTrees trees;
  trees.file = file;
  Parser parser(trees, error);
  Lines lines(text);
  for (std::string_view line; lines.next(line);)
    if (!parser.parseLine(line, lines.number()))
      return false;
  out = std::move(trees);
  return true;
}

bool readBrackets(const std::string &path, BracketTrees &out, std::string &error) {
  std::string text;
  return readFile(path, text, error) && parseBrackets(text, path, out, error);
}

std::string formatTree(const BracketTrees &trees, size_t s) {
  const Batch &batch = trees.batch;
  std::string text;
  // Post-order ids let the stack hold just nodes; ~node stands for a node's ')'.
  std::vector<int32_t> stack{batch.node_offsets[s + 1] - 1};
  while (!stack.empty()) {
    const int32_t node = stack.back();
    stack.pop_back();
    if (node < 0) {
      text += ')';
      continue;
    }
    if (!text.empty() && text.back() != '(')
      text += ' ';
    text += '(';
    if (trees.hasLabels())
      text += trees.labelOf(node);
    stack.push_back(~node);
    if (const int32_t word = trees.word[node]; word >= 0)
      text += (trees.hasLabels() ? " " : "") + trees.words[word];
    for (int32_t e = batch.child_offsets[node + 1]; e-- > batch.child_offsets[node];)
      stack.push_back(batch.children[e]);
  }
  return text;
}

/// The input that words go to.
static bool findWordInput(const Schema &schema, std::string_view wanted, const InputInfo *&out, std::string &error) {
  out = nullptr;
  std::string symbols;
  for (const InputInfo &input : schema.inputs)
    if (input.symbol && input.place == Place::Nodes) {
      if (wanted.empty() ? symbols.empty() : input.name == wanted)
        out = &input;
      symbols += (symbols.empty() ? "" : ", ") + input.name;
    }
  if (symbols.empty())
    return fail(error, "the model has no symbol on nodes for the words of bracketed trees: expected JSON lines");
  if (!out)
    return fail(error, "the model has no symbol " + inQuotes(wanted) + " on nodes for the words: expected " + symbols);
  if (wanted.empty() && symbols != out->name)
    return fail(error, "the model has several symbols on nodes (" + symbols +
                           "): expected the name of the one that takes the words");
  for (const InputInfo &input : schema.inputs)
    if (&input != out)
      return fail(error, "the model also needs the input " + inQuotes(input.name) +
                             ", which bracketed trees do not have: expected JSON lines");
  return true;
}

/// Whether the model takes node `node` of the trees, with its word or without one.
static bool checkNode(const BracketTrees &trees, const Schema &schema, const InputInfo &input, size_t node,
                      std::string &error) {
  const auto arity = static_cast<uint32_t>(trees.batch.arity(node));
  const auto type = schema.typeOfArity(arity);
  if (!type)
    return fail(error, trees.where(node) + ": the node has " + std::to_string(arity) +
                           (arity == 1 ? " child" : " children") + ": expected " + schema.describeArities());
  const bool has_word = trees.word[node] >= 0;
  if (schema.typeHasInput(*type, input) != has_word)
    return fail(error, trees.where(node) + ": the node has " + (has_word ? "a" : "no") + " word, but nodes of type " +
                           inQuotes(schema.types[*type].name) + (has_word ? " do not have" : " need") + " the input " +
                           inQuotes(input.name) + ": expected JSON lines");
  return true;
}

bool assignWords(const BracketTrees &trees, const Vocabulary &vocabulary, const Schema &schema, UnknownWords policy,
                 std::string_view input_name, Batch &out, size_t *unknown, std::string &error) {
  const InputInfo *input = nullptr;
  if (!findWordInput(schema, input_name, input, error))
    return false;
  if (!schema.typesFollowFromArity())
    return fail(error, "several types of the model take the same number of children, so that every node needs its "
                       "type, which bracketed trees do not have: expected JSON lines");
  if (vocabulary.size() > input->domain)
    return fail(error, vocabulary.file() + ": the vocabulary has " + std::to_string(vocabulary.size()) +
                           " words: expected at most " + std::to_string(input->domain) + ", the domain of the input " +
                           inQuotes(input->name));

  constexpr int32_t kAbsent = -1;
  std::vector<int32_t> ids(trees.words.size()); // of each distinct word
  for (size_t i = 0; i < ids.size(); ++i)
    ids[i] = vocabulary.find(trees.words[i]).value_or(kAbsent);

  const auto unk = policy == UnknownWords::MapToUnk ? vocabulary.unknown() : std::nullopt;
  Input words{input->name, Place::Nodes, DType::I32, {}, std::vector<int32_t>(trees.batch.nodes()), {}, {}};
  size_t unknown_count = 0;
  for (size_t node = 0; node < trees.batch.nodes(); ++node) {
    if (!checkNode(trees, schema, *input, node, error))
      return false;
    const int32_t word = trees.word[node];
    if (word < 0)
      continue;
    if (ids[word] == kAbsent) {
      if (!unk)
        return fail(error, trees.where(node) + ": the word " + inQuotes(trees.words[word]) +
                               " is not in the vocabulary " + vocabulary.file() +
                               (policy == UnknownWords::MapToUnk ? ", which has no " + inQuotes(Vocabulary::kUnknown)
                                                                 : std::string(": expected known words only")));
      ++unknown_count;
    }
    words.symbols[node] = ids[word] == kAbsent ? *unk : ids[word];
  }
  out = trees.batch;
  out.inputs.push_back(std::move(words));
  if (unknown)
    *unknown = unknown_count;
  return true;
}

} // namespace cortex::io
