//===- artifact.h - The file format of compiled models --------------------===//
//
// An artifact is one file:
//
//   [ELF shared object][manifest][weights][footer]
//
// The shared object comes first, so that ELF tools (nm, objdump) work on the
// file as it is; the sections after it start at multiples of 64. The footer
// has a fixed size and is the end of the file. Everything is little endian.
//
//   weights: u32 count, then per tensor
//              u32 name length, name, u32 dtype, u32 rank, u64 shape[rank],
//              u64 offset (of the data, from the start of the section, a
//              multiple of 64), u64 bytes
//            and, after the table, the data.
//
// The manifest is a copy of the one in the object's `cortex_program`, so that
// the loader can judge it before any code is mapped.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_ARTIFACT_H
#define CORTEX_ARTIFACT_H

#include "cortex/manifest.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cortex {

/// Changes whenever the layout of the file does.
inline constexpr uint32_t kArtifactVersion = 1;

/// The last bytes of an artifact. Offsets count from the start of the file.
struct ArtifactFooter {
  uint64_t magic;       ///< CORTEX_ABI_MAGIC
  uint32_t version;     ///< kArtifactVersion
  uint32_t abi_version; ///< CORTEX_ABI_VERSION
  uint64_t file_size;   ///< footer included
  uint64_t elf_size;    ///< the object is [0, elf_size)
  uint64_t manifest_offset, manifest_size;
  uint64_t weights_offset, weights_size; ///< size 0: no weights
  uint64_t checksum;                     ///< contentHash of [0, file_size - 16)
  uint64_t magic_end;                    ///< CORTEX_ABI_MAGIC
};
static_assert(sizeof(ArtifactFooter) == 80, "written to files");

/// A weight to embed: dense, row-major. `data` is read during the call only.
struct WeightTensor {
  std::string name;
  DType dtype = DType::F32;
  std::vector<uint64_t> shape;
  const void *data = nullptr;
};

/// 64-bit content hash (XXH64, seed 0).
uint64_t contentHash(const void *data, size_t size);

/// The bytes of an artifact. `weights` may be empty: the model then takes its
/// weights when it is created.
std::vector<uint8_t> writeArtifact(const std::vector<uint8_t> &elf, const Manifest &manifest,
                                   const std::vector<WeightTensor> &weights);

} // namespace cortex
#endif // CORTEX_ARTIFACT_H
