//===- ModelMutator.h - Changes a model's text so that it still parses ----===//
//
// Bytes changed at random rarely get past the parser. So text is seen as tokens
// and lines: numbers, names and keywords are exchanged for others of their kind,
// everywhere or at one place; operations are deleted, copied, moved, and new ones
// are put behind a value whose type the text tells. Many results are valid models,
// most of the others are refused by the verifier rather than by the parser.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_FUZZ_MODELMUTATOR_H
#define CORTEX_FUZZ_MODELMUTATOR_H

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace cortex::fuzz {

class ModelMutator {
public:
  ModelMutator(std::string_view text, unsigned seed);

  /// The text after one to a few changes.
  std::string mutate();
  /// The text with lines of another put into it.
  std::string splice(std::string_view other);

private:
  /// A token: [begin, end) of the text.
  struct Token {
    size_t begin, end;
  };
  /// A line that defines a value of a tensor type: `%name = … : … type`.
  struct Definition {
    size_t line;
    std::string name, type;
  };

  std::vector<Token> tokens(bool (*matches)(std::string_view)) const;
  std::vector<std::string> lines() const;
  void setLines(const std::vector<std::string> &lines);
  std::vector<Definition> definitions(const std::vector<std::string> &lines) const;
  void replace(const Token &token, std::string_view by);
  /// Replaces all tokens equal to `word`.
  void replaceAll(const std::string &word, const std::string &by);

  void changeNumber();
  void changeName();
  void changeKeyword();
  void changeLine();
  void insertOperation();
  void repeatBlock();

  size_t below(size_t n) { return n ? std::uniform_int_distribution<size_t>(0, n - 1)(random) : 0; }
  bool chance(unsigned oneIn) { return below(oneIn) == 0; }
  template <typename List> const auto &pick(const List &list) { return list[below(std::size(list))]; }

  std::string text;
  std::minstd_rand random;
};

} // namespace cortex::fuzz
#endif // CORTEX_FUZZ_MODELMUTATOR_H
