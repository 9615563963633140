//===- Structures.h - What is measured on: linked nodes on the heap -------===//
//
// A structure as a program would have it: nodes allocated one by one, linked by
// pointers. They are allocated in random order, so that a walk over a structure
// jumps through memory as it does in a program that has run for a while.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_BENCHMARKS_STRUCTURES_H
#define CORTEX_BENCHMARKS_STRUCTURES_H

#include "cortex/IO/Batch.h"
#include "cortex/IO/Schema.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace cortex::bench {

struct Node {
  const Node *child[2] = {nullptr, nullptr}; ///< the first two children
  const Node *const *others = nullptr;       ///< the third and later ones
  int32_t count = 0;                         ///< of children
  int32_t symbol = 0;                        ///< the one symbol that a node of its type has
  int32_t type = 0;
  mutable int32_t slot = 0; ///< for the runtime's walk; see linked.hpp
  const float *features = nullptr;

  const Node *at(size_t i) const { return i < 2 ? child[i] : others[i - 2]; }
};

/// The roots of one structure, in the order of the model's outputs.
using Structure = std::vector<const Node *>;

/// Structures, and what holds their nodes.
class Forest {
public:
  /// Links one node for each node of `batch`. Every type must have at most one symbol and one dense input.
  Forest(const io::Batch &batch, const io::Schema &schema);
  Forest(Forest &&) = default;

  const std::vector<Structure> &structures() const { return all; }
  size_t nodes() const { return owned.size(); }

private:
  std::vector<std::unique_ptr<Node>> owned;
  std::vector<std::unique_ptr<const Node *[]>> lists; ///< of nodes with more than two children
  std::vector<std::vector<float>> features;
  std::vector<Structure> all;
};

/// How the runtime reads a Node.
struct Accessor {
  using Node = const bench::Node *;
  size_t num_children(Node n) const { return static_cast<size_t>(n->count); }
  Node child(Node n, size_t i) const { return n->at(i); }
  int32_t symbol(Node n, uint32_t) const { return n->symbol; }
  const float *features(Node n, uint32_t) const { return n->features; }
  int32_t &slot(Node n) const { return n->slot; }
};
/// The same for models whose types do not follow from the number of children.
struct TypedAccessor : Accessor {
  int32_t type(Node n) const { return n->type; }
};

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_STRUCTURES_H
