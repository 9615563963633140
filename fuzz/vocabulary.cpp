#include "cortex/IO/Vocabulary.h"
#include "Fuzz.h"

using namespace cortex;
using namespace cortex::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  io::Vocabulary words;
  std::string error;
  const bool accepted = io::Vocabulary::parse(text(data, size), "input", words, error);
  requireVerdict(accepted, error);
  for (size_t i = 0; accepted && i < words.size(); ++i)
    require(words.find(words.word(i)) == static_cast<int32_t>(i), "a word is found under its id");
  return 0;
}
