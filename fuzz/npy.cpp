#include "cortex/IO/Npy.h"
#include "Fuzz.h"

using namespace cortex;
using namespace cortex::fuzz;

const Limits fuzz::limits{64 << 10, 256};

bool fuzz::parse(std::string_view input) {
  io::Tensor tensor;
  std::string error;
  return requireVerdict(io::parseNpy(input, "input", tensor, error), error);
}
