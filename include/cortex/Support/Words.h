//===- Words.h - Names in messages ----------------------------------------===//
#ifndef CORTEX_SUPPORT_WORDS_H
#define CORTEX_SUPPORT_WORDS_H

#include <string>
#include <string_view>
#include <vector>

namespace cortex {

/// `, did you mean 'x'?` for the candidate that is spelled most like `name`, or
/// nothing when none is close.
std::string didYouMean(std::string_view name, const std::vector<std::string> &candidates);

/// "a, b and c".
std::string joinWords(const std::vector<std::string> &words, const char *last = " and ");

} // namespace cortex
#endif // CORTEX_SUPPORT_WORDS_H
