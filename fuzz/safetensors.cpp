#include "cortex/IO/Safetensors.h"
#include "Fuzz.h"

using namespace cortex;
using namespace cortex::fuzz;

const Limits fuzz::limits{64 << 10, 256};

bool fuzz::parse(std::string_view input) {
  io::TensorFile file, again;
  std::string error, bytes;
  const bool accepted = requireVerdict(io::parseSafetensors(input, "input", file, error), error);
  if (accepted && io::formatSafetensors(file, bytes, error))
    require(io::parseSafetensors(bytes, "copy", again, error) && again.tensors.size() == file.tensors.size(),
            "what was written is read again");
  return accepted;
}
