#include "ModelMutator.h"

#include <algorithm>
#include <cctype>
#include <iterator>

using namespace cortex::fuzz;

namespace {

constexpr const char *kNumbers[] = {"0",
                                    "1",
                                    "2",
                                    "3",
                                    "4",
                                    "5",
                                    "7",
                                    "8",
                                    "15",
                                    "16",
                                    "17",
                                    "31",
                                    "33",
                                    "64",
                                    "100",
                                    "127",
                                    "-1",
                                    "255",
                                    "1000",
                                    "65536",
                                    "2147483647",
                                    "2147483648",
                                    "4294967296",
                                    "1000000000000",
                                    "9223372036854775807",
                                    "9223372036854775808",
                                    "18446744073709551616"};
constexpr const char *kFloats[] = {"0.0",    "-0.0",    "1.0",        "0.5",        "1.0e-45",    "3.4e38",
                                   "1.0e39", "1.0e400", "0x7FC00000", "0x7F800000", "0xFF800000", "0x7FF0000000000000",
                                   "0x1"};

/// Words that stand in one another's place.
constexpr std::string_view kUnary[] = {"math.exp",  "math.log",   "math.tanh",  "math.erf", "math.sqrt",
                                       "math.absf", "arith.negf", "ra.sigmoid", "math.sin"};
constexpr std::string_view kBinary[] = {"arith.addf",     "arith.subf",     "arith.mulf", "arith.divf",
                                        "arith.maximumf", "arith.minimumf", "arith.remf"};
constexpr std::string_view kCombiners[] = {"sum", "mean", "prod", "max", "min", "softmax"};
constexpr std::string_view kDirections[] = {"up", "down", "map"};
constexpr std::string_view kStructures[] = {"sequence", "tree", "dag"};
constexpr std::string_view kPlaces[] = {"self", "child", "parent", "structure", "there", "edge", "param"};
constexpr std::string_view kItems[] = {"nodes", "roots", "structures", "edges", "children", "parents"};
constexpr std::string_view kTypes[] = {"f32", "f64", "bf16", "i1", "i32", "index", "complex"};
constexpr std::string_view kPredicates[] = {"olt", "ogt", "oeq", "une", "ord", "uno", "ult", "false", "true"};
struct Group {
  const std::string_view *begin, *end;
};
constexpr Group kGroups[] = {
    {std::begin(kUnary), std::end(kUnary)},           {std::begin(kBinary), std::end(kBinary)},
    {std::begin(kCombiners), std::end(kCombiners)},   {std::begin(kDirections), std::end(kDirections)},
    {std::begin(kStructures), std::end(kStructures)}, {std::begin(kPlaces), std::end(kPlaces)},
    {std::begin(kItems), std::end(kItems)},           {std::begin(kTypes), std::end(kTypes)},
    {std::begin(kPredicates), std::end(kPredicates)}};

bool isWordChar(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '$';
}
bool isDigit(char c) {
  return std::isdigit(static_cast<unsigned char>(c));
}

const Group *groupOf(std::string_view word) {
  for (const Group &group : kGroups)
    if (std::find(group.begin, group.end, word) != group.end)
      return &group;
  return nullptr;
}

bool isNumber(std::string_view word) {
  return isDigit(word[0]) || (word.size() > 1 && word[0] == '-' && isDigit(word[1]));
}
bool isFloat(std::string_view word) {
  return isNumber(word) && word.find('.') != word.npos;
}
bool isName(std::string_view word) {
  return word[0] == '%' || word[0] == '@' || word[0] == '#';
}
bool isKeyword(std::string_view word) {
  return groupOf(word) != nullptr;
}

} // namespace

ModelMutator::ModelMutator(std::string_view text, unsigned seed) : text(text), random(seed) {}

/// Numbers (also those of shapes: 3 and 4 in tensor<3x4xf32>), words, and names with their sign.
std::vector<ModelMutator::Token> ModelMutator::tokens(bool (*matches)(std::string_view)) const {
  std::vector<Token> found;
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    const char c = text[at];
    const bool signedNumber = c == '-' && end < text.size() && isDigit(text[end]);
    if (isDigit(c) || signedNumber) {
      auto more = [&](char d) { return isDigit(d) || d == '.'; };
      while (end < text.size() && more(text[end]))
        ++end;
      // An exponent belongs to it, the x of a shape does not.
      if (end + 1 < text.size() && text[end] == 'e' &&
          (isDigit(text[end + 1]) || text[end + 1] == '+' || text[end + 1] == '-'))
        for (end += 2; end < text.size() && isDigit(text[end]);)
          ++end;
    } else if (isWordChar(c) || c == '%' || c == '@' || c == '#') {
      // In a shape, x comes between numbers and types.
      const bool inShape = c == 'x' && at && isDigit(text[at - 1]);
      while (!inShape && end < text.size() && isWordChar(text[end]))
        ++end;
    }
    if (matches(std::string_view(text).substr(at, end - at)))
      found.push_back({at, end});
    at = end;
  }
  return found;
}

void ModelMutator::replace(const Token &token, std::string_view by) {
  text.replace(token.begin, token.end - token.begin, by);
}

void ModelMutator::replaceAll(const std::string &word, const std::string &by) {
  const auto all = tokens([](std::string_view) { return true; });
  for (size_t i = all.size(); i-- > 0;)
    if (text.compare(all[i].begin, all[i].end - all[i].begin, word) == 0)
      replace(all[i], by);
}

std::vector<std::string> ModelMutator::lines() const {
  std::vector<std::string> result;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    result.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return result;
}

void ModelMutator::setLines(const std::vector<std::string> &lines) {
  text.clear();
  for (const std::string &line : lines)
    text += line + '\n';
}

std::vector<ModelMutator::Definition> ModelMutator::definitions(const std::vector<std::string> &lines) const {
  std::vector<Definition> found;
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string &line = lines[i];
    const size_t name = line.find_first_not_of(' '), type = line.rfind("tensor<");
    const size_t equals = line.find(" = ");
    if (name == line.npos || line[name] != '%' || type == line.npos || equals == line.npos || line.back() != '>')
      continue;
    if (std::string word = line.substr(name, equals - name); word.find_first_of(" :,") == word.npos)
      found.push_back({i, word, line.substr(type)});
  }
  return found;
}

/// One number, or the same number wherever it stands, so that shapes keep agreeing.
void ModelMutator::changeNumber() {
  const auto numbers = tokens(isNumber);
  if (numbers.empty())
    return;
  const Token token = pick(numbers);
  const std::string word = text.substr(token.begin, token.end - token.begin);
  const std::string by = isFloat(word) ? pick(kFloats) : kNumbers[below(chance(6) ? std::size(kNumbers) : 14)];
  if (chance(3))
    replace(token, by);
  else
    replaceAll(word, by);
}

void ModelMutator::changeName() {
  const auto names = tokens(isName);
  if (names.empty())
    return;
  const Token token = pick(names), other = pick(names);
  const std::string by = chance(20) ? std::string("%") : text.substr(other.begin, other.end - other.begin);
  // A name of the same kind, mostly.
  if (text[token.begin] == by[0] || chance(10))
    replace(token, by);
}

void ModelMutator::changeKeyword() {
  const auto words = tokens(isKeyword);
  if (words.empty())
    return;
  const Token token = pick(words);
  const std::string word = text.substr(token.begin, token.end - token.begin);
  const Group &group = *groupOf(word);
  const std::string by(group.begin[below(group.end - group.begin)]);
  if (chance(2))
    replace(token, by);
  else
    replaceAll(word, by);
}

void ModelMutator::changeLine() {
  std::vector<std::string> all = lines();
  if (all.empty())
    return;
  const size_t at = below(all.size()), other = below(all.size());
  const auto begin = all.begin();
  switch (below(4)) {
  case 0:
    all.erase(begin + static_cast<ptrdiff_t>(at));
    break;
  case 1: {
    const std::string copy = all[at];
    all.insert(begin + static_cast<ptrdiff_t>(other), copy);
    break;
  }
  case 2:
    std::swap(all[at], all[other]);
    break;
  default:
    // An expression moves to another value of, often, the same type.
    if (const size_t a = all[at].find(" = "), b = all[other].find(" = ");
        a != std::string::npos && b != std::string::npos)
      all[at] = all[at].substr(0, a) + all[other].substr(b);
  }
  setLines(all);
}

/// A new operation behind a value, which takes the value's place from there on.
void ModelMutator::insertOperation() {
  std::vector<std::string> all = lines();
  const auto values = definitions(all);
  if (values.empty())
    return;
  const Definition x = pick(values);
  std::vector<Definition> same;
  std::copy_if(values.begin(), values.end(), std::back_inserter(same),
               [&](const Definition &d) { return d.type == x.type && d.line <= x.line; });
  const std::string y = pick(same).name, fresh = "%f" + std::to_string(random() % 100000), &type = x.type;
  std::string made;
  switch (below(6)) {
  case 0:
    made = fresh + " = " + std::string(kUnary[below(8)]) + " " + x.name + " : " + type;
    break;
  case 1:
    made = fresh + "c = arith.constant dense<" + pick(kFloats) + "> : " + type + "\n" + fresh + " = " +
           std::string(kBinary[below(6)]) + " " + x.name + ", " + fresh + "c : " + type;
    break;
  case 2: {
    std::string mask = type;
    if (const size_t element = mask.rfind('f'); element != mask.npos)
      mask.replace(element, 3, "i1");
    made = fresh + "m = arith.cmpf " + std::string(kPredicates[below(7)]) + ", " + x.name + ", " + y + " : " + type +
           "\n" + fresh + " = arith.select " + fresh + "m, " + x.name + ", " + y + " : " + mask + ", " + type;
    break;
  }
  case 3:
    made = fresh + " = math.fma " + x.name + ", " + y + ", " + x.name + " : " + type;
    break;
  case 4:
    made = fresh + " = ra.over children [" + std::string(pick(kCombiners)) + "] {\n ra.yield " + y + " : " + type +
           "\n} : " + type;
    break;
  default:
    made = fresh + " = " + std::string(kBinary[below(6)]) + " " + x.name + ", " + y + " : " + type;
  }
  // The next use of x, if there is one, reads the new value.
  for (size_t i = x.line + 1; i < all.size(); ++i)
    if (const size_t at = all[i].find(x.name);
        at != std::string::npos && (at + x.name.size() == all[i].size() || !isWordChar(all[i][at + x.name.size()]))) {
      all[i].replace(at, x.name.size(), fresh);
      break;
    }
  all.insert(all.begin() + static_cast<ptrdiff_t>(x.line) + 1, made);
  setLines(all);
}

/// A run of lines or one character, many times: long lists and deep nests.
void ModelMutator::repeatBlock() {
  if (text.empty())
    return;
  if (chance(4)) {
    const size_t at = below(text.size()), times = size_t(1) << below(12);
    text.insert(at, std::string(times, text[at]));
    return;
  }
  std::vector<std::string> all = lines();
  const size_t at = below(all.size()), length = 1 + below(std::min<size_t>(8, all.size() - at)), times = 1 + below(20);
  const std::vector<std::string> block(all.begin() + static_cast<ptrdiff_t>(at),
                                       all.begin() + static_cast<ptrdiff_t>(at + length));
  for (size_t i = 0; i < times; ++i)
    all.insert(all.begin() + static_cast<ptrdiff_t>(at), block.begin(), block.end());
  setLines(all);
}

std::string ModelMutator::mutate() {
  // Each change may break the model, so mostly there is one, and mostly of a kind that keeps it whole.
  const size_t changes = chance(3) ? 1 + below(3) : 1;
  for (size_t i = 0; i < changes; ++i) {
    const size_t what = below(20);
    if (what < 4)
      changeNumber();
    else if (what < 6)
      changeName();
    else if (what < 9)
      changeKeyword();
    else if (what < 11)
      changeLine();
    else if (what < 19)
      insertOperation();
    else
      repeatBlock();
  }
  return text;
}

std::string ModelMutator::splice(std::string_view other) {
  std::vector<std::string> mine = lines(), theirs = ModelMutator(other, 0).lines();
  if (mine.empty() || theirs.empty())
    return text;
  const size_t from = below(theirs.size()), length = 1 + below(std::min<size_t>(12, theirs.size() - from));
  const size_t to = below(mine.size()), removed = chance(2) ? 0 : std::min(length, mine.size() - to);
  const auto at =
      mine.erase(mine.begin() + static_cast<ptrdiff_t>(to), mine.begin() + static_cast<ptrdiff_t>(to + removed));
  mine.insert(at, theirs.begin() + static_cast<ptrdiff_t>(from),
              theirs.begin() + static_cast<ptrdiff_t>(from + length));
  setLines(mine);
  return text;
}

//===----------------------------------------------------------------------===//
// What libFuzzer calls
//===----------------------------------------------------------------------===//

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize, unsigned seed) {
  ModelMutator mutator({reinterpret_cast<const char *>(data), size}, seed);
  // Bytes now and then, for the lexer.
  if (seed % 32 == 0)
    return LLVMFuzzerMutate(data, size, maxSize);
  const std::string text = mutator.mutate();
  const size_t length = std::min(text.size(), maxSize);
  std::copy_n(text.data(), length, data);
  return length;
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t sizeOfA, const uint8_t *b, size_t sizeOfB,
                                            uint8_t *out, size_t maxSize, unsigned seed) {
  ModelMutator mutator({reinterpret_cast<const char *>(a), sizeOfA}, seed);
  const std::string text = mutator.splice({reinterpret_cast<const char *>(b), sizeOfB});
  const size_t length = std::min(text.size(), maxSize);
  std::copy_n(text.data(), length, out);
  return length;
}
