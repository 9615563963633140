//===- linked_walk.hpp - The walk over linked nodes -----------------------===//
//
// A part of linked.hpp: the walk that puts linked nodes into a batch's arrays. A
// batch is one walk's, or is put together from the walks of several threads,
// each over structures of its own.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_DETAIL_LINKED_WALK_HPP
#define CORTEX_DETAIL_LINKED_WALK_HPP

#include "cortex/detail/linked_inputs.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

namespace cortex::detail {

/// The arrays of a batch, and the walk that fills them.
template <class Accessor> class LinkedWalk {
public:
  using Node = typename Accessor::Node;
  using Inputs = LinkedInputs<Accessor>;

  /// `part`: of a batch that is put together from several walks. Features are then read when that is done, to where
  /// they belong at once.
  LinkedWalk(const Inputs &reads, Accessor &accessor, bool part) : reads(reads), accessor(accessor), part(part) {
    for (const Input &in : reads.inputs)
      columns.push_back({in, {}});
    clear();
  }
  LinkedWalk(const LinkedWalk &) = delete;
  LinkedWalk &operator=(const LinkedWalk &) = delete;

  /// Forgets all structures, keeps the memory.
  void clear() {
    numNodes_ = numEdges_ = 0;
    nodeOffsets.assign(1, 0);
    rootOffsets.assign(1, 0);
    rootIds.clear();
    if (nodeCapacity == 0)
      growNodes();
    childOffsets[0] = 0;
  }

  /// Adds the structure below some roots; throws Error if it is at fault, and is then as before.
  template <class It> void addRoots(It begin, It end) {
    if (nodeOffsets.size() > static_cast<size_t>(kMost))
      throw Error(CORTEX_INVALID_BATCH, "a batch has at most 2147483647 structures");
    const size_t rootsBefore = rootIds.size();
    if constexpr (!Inputs::kHasSlot)
      table.start();
    Cursor c{numNodes_, numEdges_, numNodes_};
    try {
      for (; begin != end; ++begin)
        rootIds.push_back(walk(*begin, numNodes_, c));
      if (c.nodes == numNodes_)
        throw Error(CORTEX_INVALID_BATCH, where() + ": it has no nodes");
      nodeOffsets.push_back(c.nodes);
      rootOffsets.push_back(static_cast<int32_t>(rootIds.size()));
    } catch (...) {
      rootIds.resize(rootsBefore);
      nodeOffsets.resize(rootOffsets.size());
      throw;
    }
    numNodes_ = c.nodes;
    numEdges_ = c.edges;
  }

  int32_t numStructures() const { return static_cast<int32_t>(nodeOffsets.size() - 1); }
  int32_t numNodes() const { return numNodes_; }
  int32_t numEdges() const { return numEdges_; }
  Node node(int32_t id) const { return nodes[static_cast<size_t>(id)]; }

  /// The batch of all structures; `inputs` are filled in but for those at structures.
  void describe(cortex_batch &batch, std::vector<const void *> &inputs) const {
    batch.num_structures = numStructures();
    batch.node_offsets = nodeOffsets.data();
    batch.child_offsets = childOffsets.data();
    batch.children = children.data();
    batch.types = Inputs::kHasType ? types.data() : nullptr;
    batch.root_offsets = rootOffsets.data();
    batch.roots = rootIds.data();
    for (size_t i = 0; i < inputs.size(); ++i)
      if (columns[i].place != CORTEX_AT_STRUCTURES)
        inputs[i] = columns[i].values.data();
  }

  //===--- Structures of several walks ---------------------------------------===//

  /// Numbers of what a batch holds, or of where a walk's first ones go.
  struct Place {
    int64_t structures, nodes, edges, roots;
    Place operator+(const Place &o) const {
      return {structures + o.structures, nodes + o.nodes, edges + o.edges, roots + o.roots};
    }
  };
  Place end() const { return {numStructures(), numNodes_, numEdges_, static_cast<int64_t>(rootIds.size())}; }

  /// Makes room for structures up to `to`, which take() fills and keep() makes part of the batch. False if that
  /// is more than a batch may have.
  bool makeRoom(const Place &to) {
    if (std::max({to.structures, to.nodes + 1, to.edges, to.roots}) > kMost)
      return false;
    if (to.nodes > nodeCapacity)
      growNodes(
          static_cast<int32_t>(std::min<int64_t>(std::max<int64_t>(to.nodes, 2 * int64_t(nodeCapacity)), kMost - 1)));
    if (static_cast<size_t>(to.edges) > children.size())
      growEdges(static_cast<size_t>(to.edges));
    nodeOffsets.resize(static_cast<size_t>(to.structures) + 1);
    rootOffsets.resize(static_cast<size_t>(to.structures) + 1);
    rootIds.resize(static_cast<size_t>(to.roots));
    return true;
  }
  /// Copies all structures of a part, but for their features, to `at`, for which there is room. Several threads may do
  /// so, each with other parts: what others write is not read.
  void take(const LinkedWalk &from, const Place &at) {
    const auto n = static_cast<size_t>(from.numNodes_), e = static_cast<size_t>(from.numEdges_);
    const auto node = static_cast<int32_t>(at.nodes), edge = static_cast<int32_t>(at.edges);
    std::copy_n(from.nodes.data(), n, nodes.data() + at.nodes);
    if constexpr (Inputs::kHasType)
      std::copy_n(from.types.data(), n, types.data() + at.nodes);
    shift(from.childOffsets.data() + 1, n, edge, childOffsets.data() + at.nodes + 1);
    shift(from.children.data(), e, node, children.data() + at.edges);
    shift(from.nodeOffsets.data() + 1, from.nodeOffsets.size() - 1, node, nodeOffsets.data() + at.structures + 1);
    shift(from.rootOffsets.data() + 1, from.rootOffsets.size() - 1, static_cast<int32_t>(at.roots),
          rootOffsets.data() + at.structures + 1);
    shift(from.rootIds.data(), from.rootIds.size(), node, rootIds.data() + at.roots);
    for (uint32_t i : reads.nodeInputs)
      if (columns[i].symbol)
        std::copy_n(from.columns[i].values.data(), n * columns[i].bytes, columns[i].at(node));
    for (uint32_t i : reads.edgeInputs)
      if (columns[i].symbol)
        std::copy_n(from.columns[i].values.data(), e * columns[i].bytes, columns[i].at(edge));
  }
  /// Reads the features of a part's nodes [first, end) and of their edges to where `at` says. Several threads may do
  /// so, each for other nodes. Throws Error where the accessor gives none.
  void takeFeatures(const LinkedWalk &from, const Place &at, int32_t first, int32_t end) {
    const auto node = static_cast<int32_t>(at.nodes), edge = static_cast<int32_t>(at.edges);
    for (uint32_t i : reads.nodeInputs)
      if (!columns[i].symbol)
        for (int32_t k = first; k < end; ++k)
          readFeatures(from.nodes[k], node + k, from.typeAgain(k), i);
    for (uint32_t i : reads.edgeInputs)
      if (!columns[i].symbol)
        for (int32_t k = first; k < end; ++k)
          for (int32_t e = from.childOffsets[k]; e < from.childOffsets[k + 1]; ++e)
            readEdgeFeatures(from.nodes[k], static_cast<size_t>(e - from.childOffsets[k]), i, edge + e, node + k);
  }
  /// What was taken up to `to` is part of the batch.
  void keep(const Place &to) {
    numNodes_ = static_cast<int32_t>(to.nodes);
    numEdges_ = static_cast<int32_t>(to.edges);
  }
  /// Forgets all structures from `to` on.
  void cut(const Place &to) {
    nodeOffsets.resize(static_cast<size_t>(to.structures) + 1);
    rootOffsets.resize(static_cast<size_t>(to.structures) + 1);
    rootIds.resize(static_cast<size_t>(to.roots));
    numNodes_ = static_cast<int32_t>(to.nodes);
    numEdges_ = static_cast<int32_t>(to.edges);
  }

private:
  using Input = typename Inputs::Input;
  /// The values of an input, by node or edge.
  struct Column : Input {
    std::vector<unsigned char> values;
    unsigned char *at(int32_t item) { return values.data() + static_cast<size_t>(item) * this->bytes; }
  };
  /// A node whose children are being walked.
  struct Frame {
    Node node;
    int32_t next, count; ///< the child being walked, and how many there are
    int32_t ticket;
  };
  /// How far the walk is. A local of the walk: the compiler can then tell it from the arrays.
  struct Cursor {
    int32_t nodes, edges, tickets;
    int32_t depth = 0, finished = 0;
  };
  static constexpr int32_t kOpen = -1; ///< the id of a node whose children are being walked
  static constexpr int32_t kMost = std::numeric_limits<int32_t>::max();

  static void shift(const int32_t *from, size_t count, int32_t by, int32_t *to) {
    for (size_t i = 0; i < count; ++i)
      to[i] = from[i] + by;
  }
  /// The type of a node that was walked before.
  int32_t typeAgain(int32_t id) const {
    return reads.wantsType
               ? reads.typeOf(accessor, nodes[id], static_cast<size_t>(childOffsets[id + 1] - childOffsets[id]))
               : 0;
  }

  //===--- The walk ---------------------------------------------------------===//

  size_t numChildren(Node n) const {
    if constexpr (Inputs::kHasRange)
      return std::size(accessor.children(n));
    else
      return accessor.num_children(n);
  }
  Node childOf(Node n, size_t i) const {
    if constexpr (Inputs::kHasRange)
      return std::begin(accessor.children(n))[i];
    else
      return accessor.child(n, i);
  }

  /// Nodes lie anywhere in memory: those that the walk comes to after the first child's are fetched while it is there.
  void fetchLater([[maybe_unused]] Node node, [[maybe_unused]] size_t count) const {
#if defined(__GNUC__)
    constexpr size_t kAhead = 4;
    if constexpr (std::is_pointer_v<Node>)
      for (size_t i = 1; i < std::min(count, kAhead); ++i)
        __builtin_prefetch(childOf(node, i));
#endif
  }

  /// Post-order: emits all nodes below `root` that are not there yet; returns the root's id.
  int32_t walk(Node root, int32_t firstTicket, Cursor &cursor) {
    Cursor c = cursor;
    const bool treesOnly = reads.trees;
    for (Node node = root;;) {
      if constexpr (std::is_pointer_v<Node>)
        if (!node)
          fault(c, "is null");
      if (c.tickets == nodeCapacity)
        growNodes();
      int32_t id = meet(node, firstTicket, c);
      if (id == kFresh) {
        const int32_t ticket = c.tickets++;
        if (const size_t count = numChildren(node); count > 0) {
          // Every finished child becomes an edge, too.
          if (count > static_cast<size_t>(kMost - c.edges) - static_cast<size_t>(c.finished))
            throw Error(CORTEX_INVALID_BATCH, "a batch has at most 2147483647 edges");
          if (static_cast<size_t>(c.finished) + count > finished.size())
            growFinished(static_cast<size_t>(c.finished) + count);
          idOf[ticket] = kOpen;
          stack[c.depth++] = {node, 0, static_cast<int32_t>(count), ticket};
          fetchLater(node, count);
          node = childOf(node, 0);
          continue;
        }
        idOf[ticket] = id = emit(node, 0, c);
      } else if (id == kOpen) {
        fault(c, "is its own descendant: the linked nodes have a cycle");
      } else if (treesOnly && c.depth > 0) {
        fault(c, "has two parents, but the model takes trees");
      }
      // `node` is done; so is every node above whose last child it is.
      for (;;) {
        if (c.depth == 0) {
          cursor = c;
          return id;
        }
        finished[c.finished++] = id;
        Frame &top = stack[c.depth - 1];
        if (++top.next < top.count) {
          node = childOf(top.node, static_cast<size_t>(top.next));
          break;
        }
        id = leave(top, c);
        --c.depth;
      }
    }
  }

  static constexpr int32_t kFresh = -2;

  /// The id of a node that was met before (kOpen while its children are
  /// walked), else kFresh: the next ticket is then its.
  int32_t meet(Node node, int32_t firstTicket, const Cursor &c) {
    if constexpr (Inputs::kHasSlot) {
      // What the slot holds is believed only if the node really has that ticket.
      int32_t &slot = accessor.slot(node);
      if (slot >= firstTicket && slot < c.tickets && met[slot] == node)
        return idOf[slot];
      slot = c.tickets;
      met[c.tickets] = node;
      return kFresh;
    } else {
      const int32_t known = table.find(node, c.tickets);
      return known == c.tickets ? kFresh : idOf[known];
    }
  }

  /// All children of the top frame have ids: they are the last of `finished`. Returns its own.
  int32_t leave(const Frame &top, Cursor &c) {
    const int32_t count = top.count;
    if (children.size() < static_cast<size_t>(c.edges) + static_cast<size_t>(count))
      growEdges(static_cast<size_t>(c.edges) + static_cast<size_t>(count));
    c.finished -= count;
    const int32_t *from = finished.data() + c.finished;
    int32_t *to = children.data() + c.edges;
    for (int32_t i = 0; i < count; ++i)
      to[i] = from[i];
    for (uint32_t input : reads.edgeInputs)
      for (int32_t i = 0; i < count; ++i)
        readEdge(top.node, static_cast<size_t>(i), input, c);
    c.edges += count;
    return idOf[top.ticket] = emit(top.node, static_cast<size_t>(count), c);
  }

  int32_t emit(Node node, size_t arity, Cursor &c) {
    const int32_t id = c.nodes++; // there is room: a node's ticket came first
    nodes[id] = node;
    childOffsets[id + 1] = c.edges;
    int32_t type = 0;
    if (reads.wantsType)
      type = reads.typeOf(accessor, node, arity);
    if constexpr (Inputs::kHasType)
      types[id] = type;
    for (uint32_t i : reads.nodeInputs)
      readNode(node, id, type, i);
    return id;
  }

  void readNode(Node node, int32_t id, int32_t type, uint32_t index) {
    Column &in = columns[index];
    if (in.symbol) {
      if constexpr (Inputs::kHasSymbol) {
        const int32_t value = in.isAt(type) ? accessor.symbol(node, index) : 0;
        std::memcpy(in.at(id), &value, sizeof value);
      }
    } else if (!part) {
      readFeatures(node, id, type, index);
    }
  }
  void readFeatures([[maybe_unused]] Node node, int32_t id, int32_t type, uint32_t index) {
    Column &in = columns[index];
    if constexpr (Inputs::kHasFeatures) {
      if (in.isAt(type))
        copyFeatures(in.at(id), accessor.features(node, index), in, id);
      else
        std::memset(in.at(id), 0, in.bytes);
    }
  }
  void readEdge(Node node, size_t child, uint32_t index, const Cursor &c) {
    Column &in = columns[index];
    const int32_t edge = c.edges + static_cast<int32_t>(child);
    if (in.symbol) {
      if constexpr (Inputs::kHasEdgeSymbol) {
        const int32_t value = accessor.edge_symbol(node, child, index);
        std::memcpy(in.at(edge), &value, sizeof value);
      }
    } else if (!part) {
      readEdgeFeatures(node, child, index, edge, c.nodes);
    }
  }
  void readEdgeFeatures([[maybe_unused]] Node node, size_t child, uint32_t index, int32_t edge, int32_t id) {
    Column &in = columns[index];
    if constexpr (Inputs::kHasEdgeFeatures)
      copyFeatures(in.at(edge), accessor.edge_features(node, child, index), in, id);
  }
  void copyFeatures(unsigned char *to, const void *from, const Input &in, int32_t id) const {
    if (!from)
      throw Error(CORTEX_INVALID_BATCH, where() + ", node " + std::to_string(id) + ", input '" + in.name +
                                            "': the accessor gives a null pointer");
    std::memcpy(to, from, in.bytes);
  }

  //===--- Room and messages ------------------------------------------------===//

  void growNodes() {
    if (nodeCapacity == kMost - 1)
      throw Error(CORTEX_INVALID_BATCH, "a batch has at most 2147483646 linked nodes");
    growNodes(nodeCapacity > kMost / 2 ? kMost - 1 : std::max(64, 2 * nodeCapacity));
  }
  void growNodes(int32_t capacity) {
    const auto n = static_cast<size_t>(capacity);
    nodes.resize(n);
    idOf.resize(n);
    stack.resize(n);
    childOffsets.resize(n + 1);
    if constexpr (Inputs::kHasType)
      types.resize(n);
    if constexpr (Inputs::kHasSlot)
      met.resize(n);
    growValues(reads.nodeInputs, n);
    nodeCapacity = capacity;
  }
  void growEdges(size_t needed) {
    const size_t n = std::max(needed, std::max<size_t>(64, 2 * children.size()));
    growValues(reads.edgeInputs, n);
    children.resize(n); // last: its size says how much room there is
  }

  void growValues(const std::vector<uint32_t> &of, size_t items) {
    for (uint32_t i : of)
      if (!part || columns[i].symbol)
        columns[i].values.resize(items * columns[i].bytes);
  }

  /// A child that is listed several times is finished several times: there may be more than nodes.
  void growFinished(size_t needed) { finished.resize(std::max(needed, std::max<size_t>(64, 2 * finished.size()))); }

  std::string where() const { return "structure " + std::to_string(nodeOffsets.size() - 1); }

  /// Throws: the node that was just reached is at fault. Names it by its path.
  [[noreturn]] void fault(const Cursor &c, const char *what) const {
    constexpr int32_t kShown = 12;
    std::string path = c.depth == 0 ? " root" : " node below the root at child";
    for (int32_t i = 0; i < c.depth && i < kShown; ++i)
      path += " " + std::to_string(stack[i].next);
    if (c.depth > kShown)
      path += " ... (" + std::to_string(c.depth) + " steps)";
    throw Error(CORTEX_INVALID_BATCH, where() + ": the" + path + " " + what);
  }

  const Inputs &reads;
  Accessor &accessor;
  const bool part;
  std::vector<Column> columns; // by input

  int32_t numNodes_ = 0, numEdges_ = 0, nodeCapacity = 0;
  std::vector<Node> nodes;                            // by id
  std::vector<int32_t> childOffsets, children, types; // the batch's arrays
  std::vector<int32_t> nodeOffsets, rootOffsets, rootIds;

  // A node's ticket says when it was first met. When a structure is done there are as many tickets as nodes.
  std::vector<Node> met;     // by ticket; with slots only
  std::vector<int32_t> idOf; // by ticket
  NodeTable<Node> table;
  std::vector<Frame> stack;      // as many as there may be nodes, as all arrays by node
  std::vector<int32_t> finished; // ids of walked children whose parents are not done
};

} // namespace cortex::detail
#endif // CORTEX_DETAIL_LINKED_WALK_HPP
