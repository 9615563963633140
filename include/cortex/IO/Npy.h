//===- Npy.h - NumPy's array files ----------------------------------------===//
#ifndef CORTEX_IO_NPY_H
#define CORTEX_IO_NPY_H

#include "cortex/IO/Tensor.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cortex::io {

/// The bytes of a .npy file, version 1.0, C order, of `shape` values at `data`.
std::string formatNpy(DType dtype, std::span<const uint64_t> shape, const void *data);
/// The same, written as AtomicFile does.
bool writeNpy(const std::string &path, DType dtype, std::span<const uint64_t> shape, const void *data,
              std::string &error);

/// Reads a .npy file (versions 1 to 3) of little-endian float32, float64 or int32 in
/// C order; anything else is one error that names the file (`name` for bytes).
bool readNpy(const std::string &path, Tensor &out, std::string &error);
bool parseNpy(std::string_view bytes, const std::string &name, Tensor &out, std::string &error);

} // namespace cortex::io
#endif // CORTEX_IO_NPY_H
