//===- Tensor.h - Named arrays as files hold them -------------------------===//
#ifndef CORTEX_IO_TENSOR_H
#define CORTEX_IO_TENSOR_H

#include "cortex/manifest.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cortex::io {

/// Element types of the safetensors format with whole bytes.
enum class TensorType : uint8_t { BOOL, U8, I8, F8_E5M2, F8_E4M3, I16, U16, F16, BF16, I32, U32, F32, I64, U64, F64 };

/// "F32" and so on, as safetensors spells it, and back.
std::string_view nameOf(TensorType type);
std::optional<TensorType> tensorTypeOf(std::string_view name);
/// Bytes per element.
uint32_t bytesOf(TensorType type);
TensorType tensorTypeOf(DType type);

/// A named, owned, dense, row-major, little-endian array.
struct Tensor {
  std::string name;
  TensorType type = TensorType::F32;
  std::vector<uint64_t> shape; ///< empty = a scalar
  std::vector<uint8_t> bytes;  ///< elements() * bytesOf(type)

  /// The product of `shape`; the readers guarantee that it does not overflow.
  uint64_t elements() const;
};

/// A tensor of `values`, whose number must be the product of `shape`.
Tensor makeTensor(std::string name, std::vector<uint64_t> shape, std::span<const float> values);
Tensor makeTensor(std::string name, std::vector<uint64_t> shape, std::span<const double> values);
Tensor makeTensor(std::string name, std::vector<uint64_t> shape, std::span<const int32_t> values);

/// The values of an F32, F64 or I32 tensor, or empty when it is of another type.
/// The view is valid as long as the tensor.
template <typename T> std::span<const T> valuesOf(const Tensor &tensor);
template <> std::span<const float> valuesOf<float>(const Tensor &tensor);
template <> std::span<const double> valuesOf<double>(const Tensor &tensor);
template <> std::span<const int32_t> valuesOf<int32_t>(const Tensor &tensor);

/// "70x35", or "scalar" for an empty shape.
std::string describeShape(std::span<const uint64_t> shape);

/// The bytes that `shape` elements of `type` take, or nothing if that overflows.
std::optional<uint64_t> byteSize(std::span<const uint64_t> shape, TensorType type);

/// Exact value of an IEEE half or bfloat16 given by its bits.
float widenF16(uint16_t bits);
float widenBF16(uint16_t bits);

} // namespace cortex::io
#endif // CORTEX_IO_TENSOR_H
