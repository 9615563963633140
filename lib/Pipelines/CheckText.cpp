//===- CheckText.cpp - Text that the parser must not see ------------------===//
//
// One pass over the tokens, that knows of MLIR's syntax no more than string
// literals, comments, words, brackets and `#alias = …`. What it takes for well
// formed may still be wrong: the parser says so.
//===----------------------------------------------------------------------===//
#include "CheckText.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

#include <algorithm>

using namespace llvm;

namespace {

constexpr size_t kMaxDepth = 200;                // open brackets; a model needs about ten
constexpr size_t kMaxAffineText = 4000;          // characters of an affine map or set
constexpr uint64_t kMaxWrittenOut = 64ULL << 20; // characters, without space, where each alias is what it stands for

class Scanner {
public:
  Scanner(StringRef text, StringRef name) : text(text), name(name) {}

  Error scan() {
    while (at < text.size())
      if (Error error = step())
        return error;
    return Error::success();
  }

private:
  Error step();
  Error openBracket();
  void closeBracket();
  bool skipComment();
  void readString();
  void readName();
  void readWord();
  void endDefinition();
  Error errorAt(size_t place, const Twine &what) const;

  StringRef text, name;
  size_t at = 0;
  StringRef last; ///< the token before this; comments are none
  SmallVector<char> open;
  size_t affineDepth = 0, affineAt = 0; ///< of the affine map or set that this is in; depth 0: none
  uint64_t writtenOut = 0;
  StringMap<uint64_t> aliases; ///< characters that each stands for
  StringRef defining;          ///< the alias whose definition this is; empty: none
  uint64_t definedFrom = 0;    ///< `writtenOut` where it began
};

} // namespace

/// `name:line:column: error: what`, as MLIR writes it.
Error Scanner::errorAt(size_t place, const Twine &what) const {
  const StringRef before = text.take_front(place);
  const size_t line = before.count('\n') + 1, column = place - (before.rfind('\n') + 1) + 1;
  return createStringError(name + ":" + Twine(line) + ":" + Twine(column) + ": " + what);
}

bool Scanner::skipComment() {
  if (!text.substr(at).starts_with("//"))
    return false;
  at = std::min(text.find('\n', at), text.size());
  return true;
}

/// A string literal, which ends with its line at the latest.
void Scanner::readString() {
  const size_t begin = at++;
  while (at < text.size() && text[at] != '"' && text[at] != '\n')
    at += text[at] == '\\' && !text.substr(at + 1).starts_with("\n") ? 2 : 1;
  if (text.substr(at).starts_with("\""))
    ++at;
  at = std::min(at, text.size());
  last = text.slice(begin, at);
  writtenOut += last.size();
}

/// `#name` or `!name`: counts as what it stands for.
void Scanner::readName() {
  const StringRef rest =
      text.substr(at + 1).take_while([](char c) { return isAlnum(c) || StringRef("_$.-").contains(c); });
  last = text.substr(at, 1 + rest.size());
  at += last.size();
  const auto known = aliases.find(last);
  writtenOut += known == aliases.end() ? last.size() : known->second;
}

void Scanner::readWord() {
  last = text.substr(at).take_while([](char c) { return isAlnum(c) || StringRef("_$.").contains(c); });
  at += last.size();
  writtenOut += last.size();
}

/// Called where a word, a name, a string or a brace begins: it is no part of the
/// definition that went before, if that does not ask for more. Lines say nothing
/// here: MLIR takes definitions of several lines, and several on one.
void Scanner::endDefinition() {
  if (defining.empty() || !open.empty() || is_contained({"=", ":", "-", "->", "@"}, last))
    return;
  aliases[defining] = writtenOut - definedFrom;
  defining = {};
}

Error Scanner::openBracket() {
  if (open.size() == kMaxDepth)
    return errorAt(at, "more than " + Twine(kMaxDepth) + " brackets are open here");
  open.push_back(text[at]);
  if (!affineDepth && (last == "affine_map" || last == "affine_set")) {
    affineDepth = open.size();
    affineAt = at;
  }
  return Error::success();
}

/// A bracket that closes nothing (as in -> and >=) is left to the parser.
void Scanner::closeBracket() {
  const char kind = text[at] == ')' ? '(' : text[at] == ']' ? '[' : text[at] == '}' ? '{' : '<';
  const bool isArrow = kind == '<' && at && text[at - 1] == '-';
  const bool isComparison = kind == '<' && text.substr(at).starts_with(">=");
  if (open.empty() || open.back() != kind || isArrow || isComparison)
    return;
  if (open.size() == affineDepth)
    affineDepth = 0;
  open.pop_back();
}

Error Scanner::step() {
  if (affineDepth && at - affineAt > kMaxAffineText)
    return errorAt(affineAt, "an affine map or set of more than " + Twine(kMaxAffineText) + " characters begins here");
  if (writtenOut > kMaxWrittenOut)
    return errorAt(at, "with its aliases written out the text is longer than " + Twine(kMaxWrittenOut) + " characters");
  if (skipComment())
    return Error::success();
  const char c = text[at];
  const bool isWord = isAlpha(c) || c == '_';
  if (isWord || StringRef("#!%\"{").contains(c))
    endDefinition();
  if (c == '"') {
    readString();
    return Error::success();
  }
  if (c == '#' || c == '!') {
    readName();
    return Error::success();
  }
  if (isWord || isDigit(c)) {
    readWord();
    return Error::success();
  }
  if (StringRef("([{<").contains(c) && !text.substr(at).starts_with("<=")) {
    if (Error error = openBracket())
      return error;
  } else if (StringRef(")]}>").contains(c)) {
    closeBracket();
  } else if (c == '=' && open.empty() && (last.starts_with("#") || last.starts_with("!"))) {
    defining = last;
    definedFrom = writtenOut;
  }
  if (!isSpace(c)) {
    last = text.slice(text.take_front(at).ends_with("-") && c == '>' ? at - 1 : at, at + 1);
    ++writtenOut;
  }
  ++at;
  return Error::success();
}

Error cortex::checkText(StringRef text, StringRef name) {
  return Scanner(text, name).scan();
}
