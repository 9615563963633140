//===- Side.h - What is timed ---------------------------------------------===//
#ifndef CORTEX_BENCHMARKS_SIDE_H
#define CORTEX_BENCHMARKS_SIDE_H

#include "Structures.h"

#include <span>

namespace cortex::bench {

/// From the roots of structures to the values of a model's first output.
class Side {
public:
  Side() = default;
  Side(const Side &) = delete;
  Side &operator=(const Side &) = delete;
  virtual ~Side() = default;
  /// `out` is as many items as the structures have, in their order.
  virtual void forward(std::span<const Structure *const> structures, float *out) = 0;
  /// Only the part of it that turns linked nodes into arrays, where a side has such a part.
  virtual void linearize(std::span<const Structure *const>) {}
};

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_SIDE_H
