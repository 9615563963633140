#include "cortex/Support/Words.h"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace cortex {

/// Number of insertions, deletions and replacements that turn `a` into `b`,
/// without regard to case.
static size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t(0));
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same =
          std::tolower(static_cast<unsigned char>(a[i - 1])) == std::tolower(static_cast<unsigned char>(b[j - 1]));
      const size_t replaced = diagonal + (same ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

std::string didYouMean(std::string_view name, const std::vector<std::string> &candidates) {
  const std::string *best = nullptr;
  size_t least = (name.size() + 1) / 3; // more would be another word
  for (const std::string &candidate : candidates) {
    const size_t distance = editDistance(name, candidate);
    if (distance <= least && (!best || distance < least)) {
      least = distance;
      best = &candidate;
    }
  }
  return best ? ", did you mean '" + *best + "'?" : std::string();
}

std::string joinWords(const std::vector<std::string> &words, const char *last) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i)
      text += i + 1 == words.size() ? last : ", ";
    text += words[i];
  }
  return text;
}

} // namespace cortex
