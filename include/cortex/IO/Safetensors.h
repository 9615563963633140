//===- Safetensors.h - The safetensors format -----------------------------===//
//
// Eight bytes of header length (little-endian), a JSON header, then the data.
// docs/InputFormats.md says what is accepted; everything else is one error that
// names the file and the tensor. Memory is bounded by a small multiple of the
// file's size, whatever its header claims.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_IO_SAFETENSORS_H
#define CORTEX_IO_SAFETENSORS_H

#include "cortex/IO/Tensor.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cortex::io {

struct TensorFile {
  std::vector<Tensor> tensors; ///< in the order of their data; names are unique
  /// The header's `__metadata__`, by key.
  std::vector<std::pair<std::string, std::string>> metadata;

  const Tensor *find(std::string_view name) const;
};

/// Reads a file, or bytes in memory called `name` in messages.
bool readSafetensors(const std::string &path, TensorFile &out, std::string &error);
bool parseSafetensors(std::string_view bytes, const std::string &name, TensorFile &out, std::string &error);

/// The bytes of a safetensors file. Refuses names that are not UTF-8, not
/// unique or `__metadata__`, and tensors whose bytes do not fit their shape.
bool formatSafetensors(const TensorFile &file, std::string &out, std::string &error);
/// The same, written as AtomicFile does.
bool writeSafetensors(const std::string &path, const TensorFile &file, std::string &error);

} // namespace cortex::io
#endif // CORTEX_IO_SAFETENSORS_H
