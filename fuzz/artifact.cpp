#include "Artifact.h"
#include "Error.h"
#include "Fuzz.h"

#include <cstring>
#include <sstream>

using namespace cortex;
using namespace cortex::fuzz;

const Limits fuzz::limits{64 << 10, 256};

/// No mutation would ever hit the checksum: it, the magic numbers and the versions are put right, so that what is
/// behind them is reached.
static void putRight(std::vector<uint8_t> &bytes) {
  ArtifactFooter f;
  const size_t size = bytes.size();
  if (size < sizeof f)
    return;
  uint8_t *at = bytes.data() + size - sizeof f;
  std::memcpy(&f, at, sizeof f);
  f.magic = f.magic_end = CORTEX_ABI_MAGIC;
  f.version = kArtifactVersion;
  f.abi_version = CORTEX_ABI_VERSION;
  f.file_size = size;
  std::memcpy(at, &f, sizeof f);
  // A manifest's version follows its magic number. No more variants than there are levels can be read.
  for (uint64_t i = 0; i < 4; ++i) {
    ArtifactVariant v;
    const uint64_t entry = f.variants_offset + i * sizeof v;
    if (f.variants_offset > size || i >= f.variant_count || size - f.variants_offset < (i + 1) * sizeof v)
      break;
    std::memcpy(&v, bytes.data() + entry, sizeof v);
    if (v.manifest_offset < size && size - v.manifest_offset >= 12)
      std::memcpy(bytes.data() + v.manifest_offset + 8, &f.abi_version, sizeof f.abi_version);
  }
  f.checksum = contentHash(bytes.data(), size - 16);
  std::memcpy(bytes.data() + size - 16, &f.checksum, sizeof f.checksum);
}

bool fuzz::parse(std::string_view input) {
  std::vector<uint8_t> bytes(input.begin(), input.end());
  putRight(bytes);
  auto copy = [&] { return rt::Block::copyOf(bytes.data(), bytes.size()); };
  constexpr rt::CpuFeatures kEverything{~0u, ~0u, ~0u, ~uint64_t(0), ~0u};
  try {
    const rt::Artifact a = rt::readArtifact(copy(), "input", kEverything);
    const uint8_t *begin = a.bytes.data(), *end = begin + a.bytes.size();
    for (const auto &w : a.weights)
      require(w.data >= begin && w.data <= end, "a weight lies within the file");
    std::istringstream levels(a.levels);
    uint64_t last = 0;
    for (std::string level; std::getline(levels, level, ',');) {
      const rt::Artifact one = rt::readArtifact(copy(), "input", kEverything, level);
      require(rt::nameOf(one.manifest.level) == level, "every variant can be chosen");
      require(one.code.code_offset >= last, "code follows what is before it");
      last = one.code.manifest_offset + one.code.manifest_size;
      require(one.code.code_offset + one.code.code_size <= one.code.manifest_offset && last <= bytes.size(),
              "code and manifest lie within the file, apart from each other");
    }
    return true;
  } catch (const rt::Error &e) {
    require(e.what()[0] != '\0', "a refusal says why");
  }
  return false;
}
