//===- CheckText.cpp - Text that the parser must not see ------------------===//
//
// One pass over the characters, that knows of MLIR's syntax no more than string
// literals, comments, brackets and `#alias = …`. What it takes for well formed may
// still be wrong: the parser says so.
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
constexpr uint64_t kMaxWrittenOut = 64ULL << 20; // characters of the text with aliases replaced by what they stand for

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
  bool skipOpaque();
  void readName();
  Error errorAt(size_t place, const Twine &what) const;

  StringRef text, name;
  size_t at = 0;
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
  return createStringError(name + ":" + Twine(line) + ":" + Twine(column) + ": error: " + what);
}

/// Goes past a string literal or a comment.
bool Scanner::skipOpaque() {
  const size_t begin = at, end = std::min(text.find('\n', at), text.size());
  if (text.substr(at).starts_with("//")) {
    at = end;
  } else if (text[at] == '"') {
    for (++at; at < end && text[at] != '"'; ++at)
      at += text[at] == '\\';
    at = std::min(at + 1, end);
  }
  writtenOut += at - begin;
  return at != begin;
}

/// `#name` or `!name`: what it stands for, or the start of its definition.
void Scanner::readName() {
  const StringRef rest =
      text.substr(at + 1).take_while([](char c) { return isAlnum(c) || StringRef("_$.-").contains(c); });
  const StringRef word = text.substr(at, 1 + rest.size());
  at += word.size();
  if (open.empty() && text.substr(at).ltrim(" \t").starts_with("=")) {
    defining = word;
    definedFrom = writtenOut;
  }
  const auto known = aliases.find(word);
  writtenOut += known == aliases.end() ? word.size() : known->second;
}

Error Scanner::openBracket() {
  if (open.size() == kMaxDepth)
    return errorAt(at, "more than " + Twine(kMaxDepth) + " brackets are open here");
  open.push_back(text[at]);
  const StringRef before = text.take_front(at);
  if (!affineDepth && (before.ends_with("affine_map") || before.ends_with("affine_set"))) {
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
  if (skipOpaque())
    return Error::success();
  const char c = text[at];
  if (c == '#' || c == '!') {
    readName();
    return Error::success();
  }
  if (StringRef("([{<").contains(c) && !text.substr(at).starts_with("<=")) {
    if (Error error = openBracket())
      return error;
  } else if (StringRef(")]}>").contains(c)) {
    closeBracket();
  } else if (c == '\n' && open.empty() && !defining.empty() && !text.take_front(at).rtrim().ends_with("=")) {
    aliases[defining] = writtenOut - definedFrom;
    defining = {};
  }
  ++writtenOut;
  ++at;
  return Error::success();
}

Error cortex::checkText(StringRef text, StringRef name) {
  return Scanner(text, name).scan();
}
