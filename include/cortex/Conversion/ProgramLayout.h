//===- ProgramLayout.h - Where a program's memory lies ----------*- C++ -*-===//
//
// The numbering of an ilir.program's buffers, inputs and orders in the frame,
// and the manifest that tells the runtime the same. Code generation and the
// manifest both come from here, so they agree.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_CONVERSION_PROGRAMLAYOUT_H
#define CORTEX_CONVERSION_PROGRAMLAYOUT_H

#include "cortex/Dialect/ILIR/IR/ILIR.h"
#include "cortex/Schedule/Schedule.h"
#include "cortex/manifest.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace cortex {

/// Distance of two items of such a type in memory, in bytes: rounded up to cache lines.
uint64_t itemBytes(mlir::RankedTensorType type);

/// The linearizer's edge list that an adjacency, or a nest over edges, goes over.
abi::Adjacency slotOf(ilir::Adjacency adjacency);
abi::Adjacency slotOf(ilir::Domain domain);

class ProgramLayout {
public:
  explicit ProgramLayout(ilir::ProgramOp program);

  const abi::FrameLayout &frame() const { return layout; }
  /// Frame number of a buffer or a param (params follow the buffers).
  uint32_t buffer(llvm::StringRef name) const { return buffers.lookup(name); }
  uint32_t input(llvm::StringRef name) const { return inputs.lookup(name); }
  uint32_t order(llvm::StringRef name) const { return orders.lookup(name); }

  /// The type whose elements, row by row, are what an item of the buffer has in memory. It is the value's own, but that
  /// the units of a matrix among the intermediates of all workers begin on a cache line in each row: each worker writes
  /// its own panels of every row, and two that wrote to one line would wait for each other. (A panel of vectors of 64
  /// bytes is a line; of narrower ones, the panels at the border between two workers may still share one.)
  mlir::RankedTensorType memoryType(ilir::BufferOp buffer) const;

private:
  abi::FrameLayout layout;
  llvm::StringMap<uint32_t> buffers, inputs, orders;
  llvm::StringSet<> contiguous; ///< buffers whose values are also read as if they had other dimensions
};

/// The manifest of a program with formed phases that was made by this schedule.
/// Target fields are filled in by compileToLLVM.
Manifest buildManifest(ilir::ProgramOp program, const Schedule &schedule);

} // namespace cortex
#endif // CORTEX_CONVERSION_PROGRAMLAYOUT_H
