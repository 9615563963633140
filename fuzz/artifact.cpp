#include "Artifact.h"
#include "Error.h"
#include "Fuzz.h"

#include <cstring>

using namespace cortex;
using namespace cortex::fuzz;

const Limits fuzz::limits{64 << 10, 256};

bool fuzz::parse(std::string_view input) {
  std::vector<uint8_t> bytes(input.begin(), input.end());
  const size_t size = input.size();
  ArtifactFooter f;
  // No mutation would ever hit the checksum: it and the magic numbers are put right, so that what is behind is reached.
  if (size >= sizeof f) {
    uint8_t *at = bytes.data() + size - sizeof f;
    std::memcpy(&f, at, sizeof f);
    f.magic = f.magic_end = CORTEX_ABI_MAGIC;
    f.version = kArtifactVersion;
    f.abi_version = CORTEX_ABI_VERSION;
    f.file_size = size;
    std::memcpy(at, &f, sizeof f);
    // And the manifest's version, which follows its magic number.
    if (f.manifest_offset < size && size - f.manifest_offset >= 12)
      std::memcpy(bytes.data() + f.manifest_offset + 8, &f.abi_version, sizeof f.abi_version);
    f.checksum = contentHash(bytes.data(), size - 16);
    std::memcpy(at, &f, sizeof f);
  }
  try {
    const rt::Artifact a = rt::readArtifact(std::move(bytes), "input", rt::hostCpu());
    for (const auto &w : a.weights)
      require(w.data >= a.bytes.data() && w.data <= a.bytes.data() + a.bytes.size(), "a weight lies within the file");
    return true;
  } catch (const rt::Error &e) {
    require(e.what()[0] != '\0', "a refusal says why");
  }
  return false;
}
