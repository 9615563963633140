#include "cortex/IO/Npy.h"
#include "Fuzz.h"

using namespace cortex;
using namespace cortex::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  io::Tensor tensor;
  std::string error;
  requireVerdict(io::parseNpy(text(data, size), "input", tensor, error), error);
  return 0;
}
