#include "cortex/IO/Brackets.h"
#include "Fuzz.h"

using namespace cortex;
using namespace cortex::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  io::BracketTrees trees;
  std::string error;
  const bool accepted = io::parseBrackets(text(data, size), "input", trees, error);
  requireVerdict(accepted, error);
  for (size_t n = 0; accepted && n < trees.line.size(); ++n)
    require(trees.line[n] > 0 && trees.column[n] > 0, "every node has a place in the text");
  return 0;
}
