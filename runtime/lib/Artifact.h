//===- Artifact.h - Reading artifacts -------------------------------------===//
#ifndef CORTEX_RUNTIME_ARTIFACT_H
#define CORTEX_RUNTIME_ARTIFACT_H

#include "Cpu.h"
#include "cortex/artifact.h"
#include "cortex/cortex.h"

#include <string>
#include <vector>

namespace cortex::rt {

/// An artifact in memory, verified: sizes, checksum, versions, manifest, weights
/// table. None of its code has run. Tensors point into `bytes`.
struct Artifact {
  std::vector<uint8_t> bytes;
  size_t elfSize = 0;
  size_t manifestOffset = 0, manifestSize = 0;
  Manifest manifest;
  struct Weight {
    std::string name;
    DType dtype;
    std::vector<uint64_t> shape;
    const uint8_t *data;
  };
  std::vector<Weight> weights;
};

/// Verifies `bytes`; `name` is what messages call it. Throws
/// CORTEX_INVALID_ARTIFACT, or CORTEX_UNSUPPORTED_CPU if `cpu` cannot run it.
Artifact readArtifact(std::vector<uint8_t> bytes, const std::string &name, const CpuFeatures &cpu);

/// A file's bytes. Throws CORTEX_SYSTEM_ERROR, or CORTEX_OUT_OF_MEMORY if that
/// is why the system fails.
std::vector<uint8_t> readFile(const std::string &path);

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
