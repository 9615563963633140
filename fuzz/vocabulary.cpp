#include "cortex/IO/Vocabulary.h"
#include "Fuzz.h"

using namespace cortex;
using namespace cortex::fuzz;

const Limits fuzz::limits{64 << 10, 256};

bool fuzz::parse(std::string_view input) {
  io::Vocabulary words;
  std::string error;
  const bool accepted = requireVerdict(io::Vocabulary::parse(input, "input", words, error), error);
  for (size_t i = 0; accepted && i < words.size(); ++i)
    require(words.find(words.word(i)) == static_cast<int32_t>(i), "a word is found under its id");
  return accepted;
}
