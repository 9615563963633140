#include "cortex/manifest.h"
#include "Fuzz.h"

using namespace cortex;
using namespace cortex::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Manifest manifest, again;
  std::string error;
  const bool accepted = parseManifest(data, size, manifest, error);
  requireVerdict(accepted, error);
  if (accepted) {
    const auto bytes = serializeManifest(manifest);
    require(parseManifest(bytes.data(), bytes.size(), again, error), "what was written is read again");
    require(serializeManifest(again) == bytes, "and is the same");
  }
  return 0;
}
