#include "cortex/IO/Brackets.h"
#include "Fuzz.h"

using namespace cortex;
using namespace cortex::fuzz;

const Limits fuzz::limits{64 << 10, 256};

bool fuzz::parse(std::string_view input) {
  io::BracketTrees trees;
  std::string error;
  const bool accepted = requireVerdict(io::parseBrackets(input, "input", trees, error), error);
  for (size_t n = 0; accepted && n < trees.line.size(); ++n)
    require(trees.line[n] > 0 && trees.column[n] > 0, "every node has a place in the text");
  return accepted;
}
