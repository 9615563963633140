//===- linked.hpp - Batches from the user's own linked nodes --------------===//
//
// LinkedBatch walks nodes where they lie, through an accessor that the user
// writes, straight into the arrays of a cortex_batch. Nothing is converted
// before, and once its arrays have grown nothing is allocated.
//
//   struct Accessor {
//     using Node = const MyNode *;               // a pointer or an integer
//     size_t num_children(Node n) const { return n->kids.size(); }
//     Node child(Node n, size_t i) const { return n->kids[i]; }
//     int32_t symbol(Node n, uint32_t input) const { return n->word; }
//   };
//   cortex::LinkedBatch<Accessor> linked(program);
//   linked.add(root);                            // one structure per call
//   session.run(linked.batch(), outputs);
//
// Required of an accessor: Node; num_children and child, or children(node), a
// random-access range. Where the model has such inputs:
//   int32_t symbol(Node, input)                  node symbols
//   const T *features(Node, input)               node features, dense
//   int32_t edge_symbol(Node, child, input)      edge symbols; child = place in the list
//   const T *edge_features(Node, child, input)
// Optional: int32_t type(Node), the index of the node's type, and int32_t
// &slot(Node), a place in the node that the walk may overwrite: it then finds
// shared nodes without a hash table.
//
// addEach(session, roots) adds many structures, which the session's workers walk
// together.
//
// Nodes that are reached several times are one node of a DAG; for trees and
// sequences that is an error, as cycles are everywhere. The walk keeps its own
// stack, so depth does not matter.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_LINKED_HPP
#define CORTEX_LINKED_HPP

#include "cortex/cortex.hpp"
#include "cortex/detail/linked_walk.hpp"

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <ranges>
#include <string>
#include <type_traits>
#include <vector>

namespace cortex {

template <class Accessor> class LinkedBatch {
public:
  using Node = typename Accessor::Node;
  static_assert(std::is_pointer_v<Node> || std::integral<Node>, "a node is a pointer or an integer");

  /// Throws Error if the model has inputs that the accessor does not give.
  explicit LinkedBatch(const Program &program, Accessor accessor = Accessor())
      : accessor(std::move(accessor)), reads(program), all(reads, this->accessor, false),
        structureInputs(reads.inputs.size(), nullptr), inputPointers(reads.inputs.size(), nullptr) {}
  LinkedBatch(const LinkedBatch &) = delete;
  LinkedBatch &operator=(const LinkedBatch &) = delete;

  /// Forgets all structures, keeps the memory.
  void clear() { all.clear(); }

  /// Adds the structure below one root. Throws Error if its nodes have a cycle
  /// (or a node with two parents, where the model takes trees); the batch is
  /// then as it was before.
  void add(Node root) { all.addRoots(&root, &root + 1); }

  /// Adds one structure with several roots: all that is reached from them.
  template <class Range> void addRoots(const Range &roots) { all.addRoots(std::begin(roots), std::end(roots)); }

  /// Adds many structures, each given by its root or by a range of roots, in their order: the same batch as by one call
  /// each. Where it pays, the session's workers walk them together, and share the features even of one. The accessor's
  /// functions are then called by several threads at once; with slot(), no node may be in two of the structures. Throws
  /// Error if one of them is at fault; the batch is then as it was before.
  template <std::ranges::random_access_range Structures> void addEach(Session &session, const Structures &structures) {
    const auto before = all.end();
    walkers_ = 0;
    if (std::ranges::empty(structures))
      return;
    if (!addTogether(session, structures)) {
      walkers_ = 1;
      try {
        for (const auto &structure : structures)
          addTo(all, structure);
      } catch (...) {
        all.cut(before);
        throw;
      }
    }
    const auto after = all.end();
    nodesPerStructure = static_cast<uint64_t>((after.nodes - before.nodes) / (after.structures - before.structures));
  }

  /// How many workers took part in the last addEach().
  uint32_t walkers() const { return walkers_; }

  /// The values of an input at structures, [structures][shape]; read by the run.
  void setStructureInput(uint32_t input, const void *values) {
    if (input >= reads.inputs.size() || reads.inputs[input].place != CORTEX_AT_STRUCTURES)
      throw Error(CORTEX_INVALID_ARGUMENT, "input " + std::to_string(input) + " is not at structures");
    structureInputs[input] = values;
  }

  /// The batch of all structures added; valid until the next change of this object.
  const cortex_batch &batch() {
    batch_ = makeBatch();
    inputPointers = structureInputs;
    all.describe(batch_, inputPointers);
    batch_.inputs = inputPointers.data();
    return batch_;
  }

  int32_t numStructures() const { return all.numStructures(); }
  int32_t numNodes() const { return all.numNodes(); }
  int32_t numEdges() const { return all.numEdges(); }
  /// The user's node behind a node id of the batch: where an output at nodes belongs.
  Node node(int32_t id) const { return all.node(id); }
  Accessor &access() { return accessor; }

private:
  using Walk = detail::LinkedWalk<Accessor>;
  using Place = typename Walk::Place;

  /// A share of the structures that are walked together.
  struct alignas(128) Part {
    Part(const detail::LinkedInputs<Accessor> &reads, Accessor &accessor) : walk(reads, accessor, true) {}
    Walk walk;
    Place at{};                     ///< where its structures go
    uint32_t walker = 0;            ///< who walked it
    std::atomic<bool> taken{false}; ///< somebody walks it
  };
  /// Nodes that are worth a part; below some of them the workers' start takes longer than the walk.
  static constexpr uint64_t kNodesPerPart = 32;
  static constexpr uint64_t kMostParts = 64;
  static constexpr uint64_t kLeastTogether = 128;
  /// Bytes of features that are worth the workers' start, though there be one structure only.
  static constexpr uint64_t kLeastFeatures = 64 << 10;

  template <class Structure> static void addTo(Walk &walk, const Structure &structure) {
    if constexpr (std::convertible_to<Structure, Node>) {
      const Node root = structure;
      walk.addRoots(&root, &root + 1);
    } else {
      walk.addRoots(std::begin(structure), std::end(structure));
    }
  }

  /// Walks the structures in parts, then puts those together. False, and nothing is added, if that does not pay, or if
  /// something is at fault: the walk one by one says what.
  template <class Structures> bool addTogether(Session &session, const Structures &structures) {
    const auto count = static_cast<uint64_t>(std::ranges::size(structures));
    const uint64_t nodes = count * nodesPerStructure; // by those before
    const uint64_t wanted = std::min({count, nodes / kNodesPerPart, kMostParts});
    const uint64_t numParts = nodes < kLeastTogether ? 1 : wanted;
    if (numParts < 2 && nodes * reads.featureBytes < kLeastFeatures)
      return false;
    while (parts.size() < numParts)
      parts.push_back(std::make_unique<Part>(reads, accessor));
    std::atomic<bool> failed{false};
    auto walk = [&](uint64_t p, uint32_t worker) noexcept {
      parts[p]->walker = worker;
      try {
        parts[p]->walk.clear();
        for (uint64_t s = count * p / numParts; s < count * (p + 1) / numParts; ++s)
          addTo(parts[p]->walk, std::ranges::begin(structures)[static_cast<std::ptrdiff_t>(s)]);
      } catch (...) {
        failed.store(true, std::memory_order_relaxed);
      }
    };
    if (numParts == 1) {
      walk(0, 0);
    } else {
      for (uint64_t p = 0; p < numParts; ++p)
        parts[p]->taken.store(false, std::memory_order_relaxed);
      const uint32_t walked = session.parallel([&](uint32_t worker, uint32_t workers) noexcept {
        if (workers == 1) // parts would be copied for nothing
          return;
        // First those of the worker's own share, as runs by structures do, then what is left of the others'.
        for (uint64_t k = 0; k < numParts; ++k) {
          const uint64_t p = (numParts * worker / workers + k) % numParts;
          if (!parts[p]->taken.exchange(true, std::memory_order_relaxed))
            walk(p, worker);
        }
      });
      if (walked == 1)
        return false;
    }
    return !failed.load(std::memory_order_relaxed) && putTogether(session, numParts);
  }

  bool putTogether(Session &session, uint64_t numParts) {
    const Place before = all.end();
    Place end = before;
    for (uint64_t p = 0; p < numParts; ++p) {
      parts[p]->at = end;
      end = end + parts[p]->walk.end();
    }
    std::atomic<bool> failed{false};
    try {
      if (!all.makeRoom(end))
        return false;
      walkers_ = session.parallel([&](uint32_t worker, uint32_t workers) noexcept {
        for (uint64_t p = 0; p < numParts; ++p)
          if (parts[p]->walker % workers == worker) // in whose cache it is, if that one is here
            all.take(parts[p]->walk, parts[p]->at);
        try {
          takeFeatures(numParts, before.nodes, end.nodes - before.nodes, worker, workers);
        } catch (...) {
          failed.store(true, std::memory_order_relaxed);
        }
      });
    } catch (...) {
      all.cut(before);
      throw;
    }
    if (failed.load(std::memory_order_relaxed)) {
      all.cut(before);
      return false;
    }
    all.keep(end);
    return true;
  }

  /// A worker's share of the features of `count` nodes from `first` on, whoever walked them.
  void takeFeatures(uint64_t numParts, int64_t first, int64_t count, uint32_t worker, uint32_t workers) {
    const int64_t begin = first + count * worker / workers, end = first + count * (worker + 1) / workers;
    for (uint64_t p = 0; p < numParts; ++p) {
      const Part &part = *parts[p];
      const int64_t from = std::max(begin - part.at.nodes, int64_t(0)),
                    to = std::min<int64_t>(end - part.at.nodes, part.walk.numNodes());
      if (from < to)
        all.takeFeatures(part.walk, part.at, static_cast<int32_t>(from), static_cast<int32_t>(to));
    }
  }

  Accessor accessor;
  const detail::LinkedInputs<Accessor> reads;
  Walk all;
  std::vector<std::unique_ptr<Part>> parts;
  uint64_t nodesPerStructure = 16; // of the last addEach()
  uint32_t walkers_ = 0;
  std::vector<const void *> structureInputs, inputPointers;
  cortex_batch batch_{};
};

} // namespace cortex
#endif // CORTEX_LINKED_HPP
