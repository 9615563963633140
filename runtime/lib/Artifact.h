//===- Artifact.h - Reading artifacts -------------------------------------===//
#ifndef CORTEX_RUNTIME_ARTIFACT_H
#define CORTEX_RUNTIME_ARTIFACT_H

#include "Cpu.h"
#include "Memory.h"
#include "cortex/artifact.h"
#include "cortex/cortex.h"

#include <string>
#include <vector>

namespace cortex::rt {

/// An artifact in memory, verified: sizes, checksum, versions, manifests, tables
/// of variants and weights. None of its code has run. Tensors point into `bytes`.
struct Artifact {
  Block bytes;
  ArtifactVariant code{}; ///< the variant that was chosen
  Manifest manifest;      ///< its manifest
  std::string levels;     ///< of all variants, the most capable first: "x86-64-v4,x86-64-v3"
  struct Weight {
    std::string name;
    DType dtype;
    std::vector<uint64_t> shape;
    const uint8_t *data;
  };
  std::vector<Weight> weights;
};

/// Verifies `bytes` and chooses the most capable variant that `cpu` can run, or
/// the one for `level` ("x86-64-v3") unless that is empty. `name` is what messages
/// call the artifact. Throws CORTEX_INVALID_ARTIFACT; CORTEX_INVALID_ARGUMENT if it
/// has no variant for `level`; CORTEX_UNSUPPORTED_CPU if `cpu` cannot run any, or the
/// one that was asked for.
Artifact readArtifact(Block bytes, const std::string &name, const CpuFeatures &cpu, const std::string &level = "");

/// A file's bytes, in huge pages: the first use of four kibibytes at a time costs more than reading them. Throws
/// CORTEX_SYSTEM_ERROR, or CORTEX_OUT_OF_MEMORY if that is why the system fails.
Block readFile(const std::string &path);

/// A shared object loaded from memory; unloaded with it.
class LoadedObject {
public:
  LoadedObject() = default;
  /// Throws CORTEX_INVALID_ARTIFACT if the system's loader refuses it,
  /// CORTEX_OUT_OF_MEMORY if it has no memory for it, and CORTEX_SYSTEM_ERROR if
  /// no file can be made for it.
  LoadedObject(const uint8_t *elf, size_t size, const std::string &name);
  LoadedObject(LoadedObject &&other) noexcept;
  LoadedObject &operator=(LoadedObject &&other) noexcept;
  ~LoadedObject();

  /// The address of a symbol, or null.
  void *symbol(const char *name) const;

private:
  void *handle = nullptr;
  int fd = -1;
};

} // namespace cortex::rt
#endif // CORTEX_RUNTIME_ARTIFACT_H
