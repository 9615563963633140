#include "cortex/IO/Safetensors.h"
#include "Fuzz.h"

using namespace cortex;
using namespace cortex::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  io::TensorFile file, again;
  std::string error, bytes;
  const bool accepted = io::parseSafetensors(text(data, size), "input", file, error);
  requireVerdict(accepted, error);
  if (accepted && io::formatSafetensors(file, bytes, error))
    require(io::parseSafetensors(bytes, "copy", again, error) && again.tensors.size() == file.tensors.size(),
            "what was written is read again");
  return 0;
}
