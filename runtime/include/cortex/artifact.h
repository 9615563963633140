//===- artifact.h - The file format of compiled models --------------------===//
//
// An artifact is one file:
//
//   [ELF shared object][manifest] … [weights][table of variants][footer]
//
// A *variant* is the model's code for one instruction set, a shared object, and
// its manifest. There is one or more, each for a level of its own, the most
// capable first; the loader takes the first that the CPU can run. There is one
// copy of the weights, as the caller gave them: each variant's `prepare` packs
// them as its code reads them.
//
// The first shared object is the head of the file, so that ELF tools (nm,
// objdump) work on the file as it is; the sections after it start at multiples
// of 64. The footer has a fixed size and is the end of the file. Everything is
// little endian.
//
//   table of variants: an ArtifactVariant for each
//   weights: u32 count, then per tensor
//              u32 name length, name, u32 dtype, u32 rank, u64 shape[rank],
//              u64 offset (of the data, from the start of the section, a
//              multiple of 64), u64 bytes
//            and, after the table, the data.
//
// A manifest is a copy of the one in its object's `cortex_program`, so that
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
inline constexpr uint32_t kArtifactVersion = 2;

/// Where the sections of a variant are. Offsets count from the start of the file.
struct ArtifactVariant {
  uint64_t code_offset, code_size; ///< of the shared object
  uint64_t manifest_offset, manifest_size;
};
static_assert(sizeof(ArtifactVariant) == 32, "written to files");

/// The last bytes of an artifact. Offsets count from the start of the file.
struct ArtifactFooter {
  uint64_t magic;                          ///< CORTEX_ABI_MAGIC
  uint32_t version;                        ///< kArtifactVersion
  uint32_t abi_version;                    ///< CORTEX_ABI_VERSION
  uint64_t file_size;                      ///< footer included
  uint64_t weights_offset, weights_size;   ///< size 0: no weights
  uint64_t variants_offset, variant_count; ///< of the table; at least one
  uint64_t checksum;                       ///< contentHash of [0, file_size - 16)
  uint64_t magic_end;                      ///< CORTEX_ABI_MAGIC
};
static_assert(sizeof(ArtifactFooter) == 72, "written to files");

/// A weight to embed: dense, row-major. `data` is read during the call only.
struct WeightTensor {
  std::string name;
  DType dtype = DType::F32;
  std::vector<uint64_t> shape;
  const void *data = nullptr;
};

/// Code for one instruction set, manifest.level.
struct CodeVariant {
  std::vector<uint8_t> elf; ///< a shared object with the symbol `cortex_program`
  Manifest manifest;        ///< that of the object
};

/// 64-bit content hash (XXH64, seed 0).
uint64_t contentHash(const void *data, size_t size);

/// The bytes of an artifact. `variants`: of one model, at least one, each for
/// another level, in any order. `weights` may be empty: the model then takes its
/// weights when it is created.
std::vector<uint8_t> writeArtifact(const std::vector<CodeVariant> &variants, const std::vector<WeightTensor> &weights);

} // namespace cortex
#endif // CORTEX_ARTIFACT_H
