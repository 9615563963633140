//===- Batch.h - Structures and their inputs, as arrays -------------------===//
//
// What every reader of lib/IO produces and every consumer (linearizer,
// reference evaluator, writers) takes: the structures of one call in CSR form.
//
//   nodes of structure s:  node_offsets[s] .. node_offsets[s + 1]
//   children of node n:    children[child_offsets[n] .. child_offsets[n + 1]]
//
// Node ids are global in the batch. An edge's id is its index in `children`.
// The order of nodes within a structure is free; a reader keeps the user's.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_IO_BATCH_H
#define CORTEX_IO_BATCH_H

#include "cortex/manifest.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cortex::io {

/// One named input of all items (nodes, edges or structures) of a batch.
/// Exactly one of `symbols`, `f32`, `f64` is used, as `dtype` says.
struct Input {
  std::string name;
  Place place = Place::Nodes;   ///< Nodes, Edges or Structures
  DType dtype = DType::I32;     ///< I32: a symbol; F32, F64: dense features
  std::vector<uint32_t> shape;  ///< of one item, features only; empty = a scalar
  std::vector<int32_t> symbols; ///< [items]
  std::vector<float> f32;       ///< [items * itemSize()], row-major
  std::vector<double> f64;      ///< [items * itemSize()], row-major

  /// Number of values per item: the product of `shape`; 1 for a symbol.
  size_t itemSize() const;
  /// The values of item 0; items are contiguous. Null when there are none.
  const void *data() const;
  /// Appends `items` items of zeros: the value of nodes whose type does not
  /// have the input, and which is never read there.
  void appendZeros(size_t items);
};

/// An owning batch of structures. A default-constructed batch has none.
struct Batch {
  std::vector<int32_t> node_offsets{0};  ///< [structures + 1]
  std::vector<int32_t> child_offsets{0}; ///< [nodes + 1]
  std::vector<int32_t> children;         ///< [edges]: node ids, global in the batch
  /// [nodes]: index into the model's types, or empty: told apart by arity.
  std::vector<int32_t> types;
  /// [structures + 1] and node ids (global), or both empty: the roots are the
  /// nodes without a parent, in input order.
  std::vector<int32_t> root_offsets;
  std::vector<int32_t> roots;
  std::vector<Input> inputs;

  size_t structures() const { return node_offsets.size() - 1; }
  size_t nodes() const { return child_offsets.size() - 1; }
  size_t edges() const { return children.size(); }
  /// Number of items at `place` (Nodes, Edges, Structures; Roots: of the named roots).
  size_t items(Place place) const;
  /// Number of children of node `node`.
  int32_t arity(size_t node) const { return child_offsets[node + 1] - child_offsets[node]; }

  /// The input of that name, or null.
  const Input *find(std::string_view name) const;
  Input *find(std::string_view name);

  /// The structures [begin, end) as a batch of their own, ids and inputs
  /// included. Requires begin <= end <= structures().
  Batch slice(size_t begin, size_t end) const;
};

/// The nodes without a parent of the structure `s`, in input order (global ids).
std::vector<int32_t> defaultRoots(const Batch &batch, size_t s);

} // namespace cortex::io
#endif // CORTEX_IO_BATCH_H
