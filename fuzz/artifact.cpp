#include "Artifact.h"
#include "Error.h"
#include "Fuzz.h"

#include <cstring>

using namespace cortex;
using namespace cortex::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::vector<uint8_t> bytes(data, data + size);
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
    f.checksum = contentHash(bytes.data(), size - 16);
    std::memcpy(at, &f, sizeof f);
  }
  try {
    const rt::Artifact a = rt::readArtifact(std::move(bytes), "input", rt::hostCpu());
    for (const auto &w : a.weights)
      require(w.data >= a.bytes.data() && w.data <= a.bytes.data() + a.bytes.size(), "a weight lies within the file");
  } catch (const rt::Error &e) {
    require(e.what()[0] != '\0', "a refusal says why");
  }
  return 0;
}
