//===- Topology.h - The batch as the evaluator walks it -------------------===//
#ifndef CORTEX_LIB_REFERENCE_TOPOLOGY_H
#define CORTEX_LIB_REFERENCE_TOPOLOGY_H

#include "Code.h"
#include "cortex/Reference/Structures.h"

namespace cortex::reference {

/// What follows from the child lists: each node's structure, type and parents,
/// the roots, and an order in which children come before their parents.
struct Topology {
  std::vector<int32_t> structureOf, typeOf; ///< [nodes]
  /// The edges by which a node is somebody's child, ascending: parentEdges[parentOffsets[n]...].
  std::vector<int32_t> parentOffsets, parentEdges;
  std::vector<int32_t> parentOf; ///< [edges]: the node whose child list the edge is in
  std::vector<int32_t> rootOffsets, roots;
  std::vector<int32_t> childrenFirst; ///< [nodes]: every node after its children

  /// Number of items at a sweep's place.
  int64_t items(const Batch &batch, Place place) const;
  int64_t structureOfItem(Place place, int64_t item) const;
  /// The node of an item at nodes or roots; -1 at structures.
  int64_t nodeOfItem(Place place, int64_t item) const;
};

/// Validates the batch against the model's declarations and fills `topology`.
/// On failure returns false and sets `error` to one line naming the structure
/// and node.
bool buildTopology(const ModelCode &model, const Batch &batch, Topology &topology, std::string &error);

/// The index of a sweep's body for a node (-1: at structures), or -1. Where a type
/// has a body for each of its kinds (cortex/manifest.h says what these are), the
/// node's kind decides.
int bodyFor(const ModelCode &model, const SweepCode &sweep, const Batch &batch, const Topology &topology, int64_t node);

/// Checks that every parameter is there with its shape.
bool checkParams(const ModelCode &model, const Params &params, std::string &error);

} // namespace cortex::reference
#endif // CORTEX_LIB_REFERENCE_TOPOLOGY_H
