//===- NestCode.h - A nest's tensors, element by element --------*- C++ -*-===//
//
// A worker computes a nest one panel at a time, and touches only what that panel
// needs. Which elements these are follows from the operations alone: their shapes
// are static, and every operation of the closed list makes each element of its
// result from certain elements of its operands, in a certain order. So a nest is
// a list of instructions with a table each,
//
//   y = linalg.reduce add(x: 2x3, init)     y[1] <- init[1], x[1], x[4]   (fold)
//   y = tensor.extract_slice x[2] [2] [1]   y[1] <- x[3]                  (copy)
//   y = arith.mulf x, z                     y[1] <- x[1], z[1]            (map)
//   y = linalg.contract x, z, init          y[1] <- init[1], x[.], z[.]…  (dot)
//
// which says both how to compute an element and, read backwards from the stores,
// which elements of which loads are needed for a panel.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_UNITTESTS_ILIR_NESTCODE_H
#define CORTEX_UNITTESTS_ILIR_NESTCODE_H

#include "cortex/Dialect/ILIR/IR/ILIR.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <functional>
#include <map>
#include <vector>

namespace cortex::interleaved {

/// An element of an SSA value.
struct Source {
  int32_t slot, element;
};

struct Instruction {
  enum Kind {
    Constant,  ///< `values`
    Undefined, ///< tensor.empty: reading it is a violation
    Number,    ///< ilir.to_float
    Load,      ///< from memory; the source is what it gives where there is no neighbour
    Weights,   ///< the packed item that an ilir.product reads
    Copy,      ///< the source
    Map,       ///< function(sources)
    Fold,      ///< function(function(first, second), third)…
    Dot,       ///< first + second·third + fourth·fifth…, each step one FMA
    Edges      ///< ilir.edges
  };
  Kind kind;
  mlir::Operation *op;
  mlir::Operation *memory = nullptr; ///< Load, Weights: the buffer, input or param
  int32_t out = -1;                  ///< slot
  std::vector<double> values;
  std::function<double(double, double, double)> function;
  /// Those of element i are sources[first[i]] to sources[first[i + 1] - 1].
  std::vector<size_t> first;
  std::vector<Source> sources;
  // Edges
  std::vector<Instruction> body;
  std::vector<int32_t> outs, yields, defaults; ///< slots; default -1: none

  llvm::ArrayRef<Source> sourcesOf(int32_t element) const {
    return llvm::ArrayRef(sources).slice(first[element], first[element + 1] - first[element]);
  }
};

/// Elements of each slot, ascending.
using Demand = std::vector<std::vector<int32_t>>;

class NestCode {
public:
  /// Throws std::runtime_error for an operation outside of the closed list.
  explicit NestCode(ilir::RowsOp nest);

  const std::vector<Instruction> &instructions() const { return code; }
  size_t slots() const { return sizes.size(); }
  int64_t sizeOf(int32_t slot) const { return sizes[slot]; }
  int32_t slotOf(mlir::Value value) const { return slotOfValue.lookup(value); }

  struct Store {
    ilir::StoreOp op;
    ilir::BufferOp buffer;
    int32_t slot;
  };
  const std::vector<Store> &stores() const { return storeList; }

  /// The shape of what the nest stores: its units, and how often they repeat.
  int64_t units() const { return unitCount; }
  int64_t repeats() const { return repeatCount; }
  /// What storing units [begin, end) of repetition `outer` takes.
  const Demand &demand(int64_t outer, int64_t begin, int64_t end);

private:
  int32_t addSlot(int64_t size);
  int32_t addSlot(mlir::Value value);
  void readBlock(mlir::Block &block, std::vector<Instruction> &list);
  void readEdges(ilir::EdgesOp op, std::vector<Instruction> &list);
  void readProduct(ilir::ProductOp op, std::vector<Instruction> &list);

  std::vector<Instruction> code;
  std::vector<Store> storeList;
  std::vector<int64_t> sizes;
  llvm::DenseMap<mlir::Value, int32_t> slotOfValue;
  int64_t unitCount = 1, repeatCount = 1;
  std::map<std::pair<int64_t, int64_t>, Demand> demands; ///< by repetition and first unit
};

//===----------------------------------------------------------------------===//
// TensorOps.cpp
//===----------------------------------------------------------------------===//

/// NaN if either is.
double maximum(double x, double y);
double minimum(double x, double y);

using Shape = std::vector<int64_t>;
Shape shapeOf(mlir::Value value);
int64_t countOf(llvm::ArrayRef<int64_t> shape);
/// The row-major index of a position.
int64_t linear(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> position);
/// Calls f(position) for every position of `shape`, the last dimension fastest.
void forEachPosition(llvm::ArrayRef<int64_t> shape, llvm::function_ref<void(llvm::ArrayRef<int64_t>)> f);

/// Fills in kind, table and function of an operation of the closed list.
/// `operands` are its operands' slots. Returns false if it is none.
bool readTensorOp(mlir::Operation *op, llvm::ArrayRef<int32_t> operands, Instruction &instruction);

} // namespace cortex::interleaved
#endif // CORTEX_UNITTESTS_ILIR_NESTCODE_H
