#include "cortex/manifest.h"
#include "Fuzz.h"

#include <cstring>
#include <vector>

using namespace cortex;
using namespace cortex::fuzz;

const Limits fuzz::limits{64 << 10, 256};

bool fuzz::parse(std::string_view input) {
  Manifest manifest, again;
  std::string error;
  // Kept inputs outlive a version of the ABI, as long as the layout stays.
  std::vector<uint8_t> mended(input.begin(), input.end());
  if (constexpr uint32_t version = CORTEX_ABI_VERSION; mended.size() >= 8 + sizeof version)
    std::memcpy(mended.data() + 8, &version, sizeof version);
  const bool accepted = requireVerdict(parseManifest(mended.data(), mended.size(), manifest, error), error);
  if (accepted) {
    const auto bytes = serializeManifest(manifest);
    require(parseManifest(bytes.data(), bytes.size(), again, error), "what was written is read again");
    require(serializeManifest(again) == bytes, "and is the same");
  }
  return accepted;
}
