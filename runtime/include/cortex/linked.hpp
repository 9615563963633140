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
// Nodes that are reached several times are one node of a DAG; for trees and
// sequences that is an error, as cycles are everywhere. The walk keeps its own
// stack, so depth does not matter.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_LINKED_HPP
#define CORTEX_LINKED_HPP

#include "cortex/cortex.hpp"

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

namespace cortex {

namespace detail {

/// From a node to the number it got when the walk first met it. Open
/// addressing; starting a new structure empties it in no time.
template <class Node> class NodeTable {
public:
  void start() {
    used = 0;
    if (++epoch == 0) {
      std::fill(entries.begin(), entries.end(), Entry{});
      epoch = 1;
    }
  }
  /// The node's ticket, or `fresh`, which it then has.
  int32_t find(Node node, int32_t fresh) {
    if (2 * (used + 1) > entries.size())
      grow();
    Entry &e = entries[place(node)];
    if (e.epoch == epoch)
      return e.ticket;
    e = {node, epoch, fresh};
    ++used;
    return fresh;
  }

private:
  struct Entry {
    Node node{};
    uint32_t epoch = 0;
    int32_t ticket = 0;
  };

  static uint64_t bitsOf(Node node) {
    if constexpr (std::is_pointer_v<Node>)
      return reinterpret_cast<uintptr_t>(node);
    else
      return static_cast<uint64_t>(node);
  }
  size_t place(Node node) const {
    size_t i = (bitsOf(node) * 0x9E3779B97F4A7C15u) >> shift;
    while (entries[i].epoch == epoch && entries[i].node != node)
      i = (i + 1) & (entries.size() - 1);
    return i;
  }
  void grow() {
    std::vector<Entry> old(std::max<size_t>(64, entries.size() * 2));
    old.swap(entries);
    shift = 64 - std::countr_zero(entries.size());
    for (const Entry &e : old)
      if (e.epoch == epoch)
        entries[place(e.node)] = e;
  }

  std::vector<Entry> entries;
  size_t used = 0;
  uint32_t epoch = 0;
  int shift = 64;
};

} // namespace detail

template <class Accessor> class LinkedBatch {
public:
  using Node = typename Accessor::Node;
  static_assert(std::is_pointer_v<Node> || std::integral<Node>, "a node is a pointer or an integer");

  /// Throws Error if the model has inputs that the accessor does not give.
  explicit LinkedBatch(Program model, Accessor accessor = Accessor())
      : program(std::move(model)), accessor(std::move(accessor)) {
    describe();
    clear();
  }
  LinkedBatch(const LinkedBatch &) = delete;
  LinkedBatch &operator=(const LinkedBatch &) = delete;

  /// Forgets all structures, keeps the memory.
  void clear() {
    numNodes_ = numEdges_ = numTickets = 0;
    nodeOffsets.assign(1, 0);
    rootOffsets.assign(1, 0);
    rootIds.clear();
    if (nodeCapacity == 0)
      growNodes();
    childOffsets[0] = 0;
  }

  /// Adds the structure below one root. Throws Error if its nodes have a cycle
  /// (or a node with two parents, where the model takes trees); the batch is
  /// then as it was before.
  void add(Node root) { addRoots(&root, &root + 1); }

  /// Adds one structure with several roots: all that is reached from them.
  template <class Range> void addRoots(const Range &roots) { addRoots(std::begin(roots), std::end(roots)); }

  /// The values of an input at structures, [structures][shape]; read by the run.
  void setStructureInput(uint32_t input, const void *values) {
    if (input >= inputs.size() || inputs[input].place != CORTEX_AT_STRUCTURES)
      throw Error(CORTEX_INVALID_ARGUMENT, "input " + std::to_string(input) + " is not at structures");
    structureInputs[input] = values;
  }

  /// The batch of all structures added; valid until the next change of this object.
  const cortex_batch &batch() {
    batch_ = makeBatch();
    batch_.num_structures = static_cast<int32_t>(nodeOffsets.size() - 1);
    batch_.node_offsets = nodeOffsets.data();
    batch_.child_offsets = childOffsets.data();
    batch_.children = children.data();
    batch_.types = kHasType ? types.data() : nullptr;
    batch_.root_offsets = rootOffsets.data();
    batch_.roots = rootIds.data();
    for (size_t i = 0; i < inputs.size(); ++i)
      inputPointers[i] = inputs[i].place == CORTEX_AT_STRUCTURES ? structureInputs[i] : inputs[i].values.data();
    batch_.inputs = inputPointers.data();
    return batch_;
  }

  int32_t numStructures() const { return static_cast<int32_t>(nodeOffsets.size() - 1); }
  int32_t numNodes() const { return numNodes_; }
  int32_t numEdges() const { return numEdges_; }
  /// The user's node behind a node id of the batch: where an output at nodes belongs.
  Node node(int32_t id) const { return nodes[id]; }
  Accessor &access() { return accessor; }

private:
  static constexpr bool kHasType = requires(const Accessor &a, Node n) {
    { a.type(n) } -> std::convertible_to<int32_t>;
  };
  static constexpr bool kHasSlot = requires(const Accessor &a, Node n) {
    { a.slot(n) } -> std::same_as<int32_t &>;
  };
  static constexpr bool kHasRange = requires(const Accessor &a, Node n) { a.children(n); };
  static constexpr bool kHasSymbol = requires(const Accessor &a, Node n) {
    { a.symbol(n, 0u) } -> std::convertible_to<int32_t>;
  };
  static constexpr bool kHasFeatures = requires(const Accessor &a, Node n) {
    { a.features(n, 0u) } -> std::convertible_to<const void *>;
  };
  static constexpr bool kHasEdgeSymbol = requires(const Accessor &a, Node n) {
    { a.edge_symbol(n, size_t(0), 0u) } -> std::convertible_to<int32_t>;
  };
  static constexpr bool kHasEdgeFeatures = requires(const Accessor &a, Node n) {
    { a.edge_features(n, size_t(0), 0u) } -> std::convertible_to<const void *>;
  };

  /// A node whose children are being walked.
  struct Frame {
    Node node;
    int32_t next, count; ///< the child being walked, and how many there are
    int32_t ticket;
  };
  struct Input {
    std::string name;
    cortex_place place;
    bool symbol;
    size_t bytes;                      ///< of one item
    std::vector<unsigned char> ofType; ///< nonzero for the types that have it; empty = all
    std::vector<unsigned char> values;
  };
  /// How far the walk is. A local of the walk: the compiler can then tell it from the arrays.
  struct Cursor {
    int32_t nodes, edges, tickets;
    int32_t depth = 0, finished = 0;
  };
  static constexpr int32_t kOpen = -1; ///< the id of a node whose children are being walked
  static constexpr int32_t kMost = std::numeric_limits<int32_t>::max();

  //===--- What the program wants ------------------------------------------===//

  void describe() {
    const cortex_program_info info = program.info();
    trees = info.structure != CORTEX_DAG;
    bool typed = false;
    for (uint32_t i = 0; i < info.num_inputs; ++i) {
      const cortex_input_info in = program.input(i);
      size_t bytes = in.dtype == CORTEX_F64 ? 8 : 4;
      for (uint32_t d = 0; d < in.rank; ++d)
        bytes *= in.shape[d];
      Input input{in.name, in.place, in.is_symbol != 0, bytes, {}, {}};
      if (in.num_types > 0) {
        input.ofType.assign(info.num_types, 0);
        for (uint32_t t = 0; t < in.num_types; ++t)
          input.ofType[in.types[t]] = 1;
        typed = true;
      }
      const bool node = in.place == CORTEX_AT_NODES, edge = in.place == CORTEX_AT_EDGES;
      require(!node || !input.symbol || kHasSymbol, input, "symbol");
      require(!node || input.symbol || kHasFeatures, input, "features");
      require(!edge || !input.symbol || kHasEdgeSymbol, input, "edge_symbol");
      require(!edge || input.symbol || kHasEdgeFeatures, input, "edge_features");
      if (node)
        nodeInputs.push_back(i);
      if (edge)
        edgeInputs.push_back(i);
      inputs.push_back(std::move(input));
    }
    if (!kHasType && !info.types_from_arity)
      throw Error(CORTEX_INVALID_ARGUMENT, "the arities of the model's types overlap, but the accessor has no type()");
    wantsType = kHasType || typed;
    if (!kHasType)
      tabulateTypes(info.num_types);
    structureInputs.assign(inputs.size(), nullptr);
    inputPointers.assign(inputs.size(), nullptr);
  }
  /// The type of every arity; the last entry is that of all larger ones.
  void tabulateTypes(uint32_t numTypes) {
    uint32_t last = 0;
    for (uint32_t t = 0; t < numTypes; ++t) {
      const cortex_type_info i = program.type(t);
      last = std::max(last, (i.max_arity == CORTEX_ANY_ARITY ? i.min_arity : i.max_arity) + 1);
    }
    typeOfArity.assign(size_t(last) + 1, -1);
    for (uint32_t t = 0; t < numTypes; ++t) {
      const cortex_type_info i = program.type(t);
      for (uint32_t a = i.min_arity; a <= std::min(i.max_arity, last); ++a)
        typeOfArity[a] = static_cast<int32_t>(t);
    }
  }
  static void require(bool given, const Input &input, const char *function) {
    if (!given)
      throw Error(CORTEX_INVALID_ARGUMENT,
                  "the model has the input '" + input.name + "', but the accessor has no " + function + "()");
  }

  int32_t typeOf([[maybe_unused]] Node node, size_t arity) const {
    if constexpr (kHasType)
      return accessor.type(node);
    else // -1 where there is none: the run refuses the node
      return typeOfArity[std::min(arity, typeOfArity.size() - 1)];
  }

  //===--- The walk ---------------------------------------------------------===//

  size_t numChildren(Node n) const {
    if constexpr (kHasRange)
      return std::size(accessor.children(n));
    else
      return accessor.num_children(n);
  }
  Node childOf(Node n, size_t i) const {
    if constexpr (kHasRange)
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

  template <class It> void addRoots(It begin, It end) {
    if (nodeOffsets.size() > static_cast<size_t>(kMost))
      throw Error(CORTEX_INVALID_BATCH, "a batch has at most 2147483647 structures");
    const size_t rootsBefore = rootIds.size();
    const int32_t firstTicket = numTickets;
    if constexpr (!kHasSlot)
      table.start();
    Cursor c{numNodes_, numEdges_, numTickets};
    try {
      for (; begin != end; ++begin)
        rootIds.push_back(walk(*begin, firstTicket, c));
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
    numTickets = c.tickets;
  }

  /// Post-order: emits all nodes below `root` that are not there yet; returns the root's id.
  int32_t walk(Node root, int32_t firstTicket, Cursor &cursor) {
    Cursor c = cursor;
    const bool treesOnly = trees;
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
    if constexpr (kHasSlot) {
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
    for (uint32_t input : edgeInputs)
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
    if (wantsType)
      type = typeOf(node, arity);
    if constexpr (kHasType)
      types[id] = type;
    for (uint32_t i : nodeInputs)
      readNode(node, id, type, i);
    return id;
  }

  void readNode(Node node, int32_t id, int32_t type, uint32_t index) {
    Input &in = inputs[index];
    unsigned char *to = in.values.data() + static_cast<size_t>(id) * in.bytes;
    const bool has = in.ofType.empty() || (static_cast<size_t>(type) < in.ofType.size() && in.ofType[type]);
    if (in.symbol) {
      if constexpr (kHasSymbol) {
        const int32_t value = has ? accessor.symbol(node, index) : 0;
        std::memcpy(to, &value, sizeof value);
      }
    } else if constexpr (kHasFeatures) {
      if (has)
        copyFeatures(to, accessor.features(node, index), in, id);
      else
        std::memset(to, 0, in.bytes);
    }
  }
  void readEdge(Node node, size_t child, uint32_t index, const Cursor &c) {
    Input &in = inputs[index];
    unsigned char *to = in.values.data() + (static_cast<size_t>(c.edges) + child) * in.bytes;
    if (in.symbol) {
      if constexpr (kHasEdgeSymbol) {
        const int32_t value = accessor.edge_symbol(node, child, index);
        std::memcpy(to, &value, sizeof value);
      }
    } else if constexpr (kHasEdgeFeatures) {
      copyFeatures(to, accessor.edge_features(node, child, index), in, c.nodes);
    }
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
    const int32_t capacity = nodeCapacity > kMost / 2 ? kMost - 1 : std::max(64, 2 * nodeCapacity);
    const auto n = static_cast<size_t>(capacity);
    nodes.resize(n);
    idOf.resize(n);
    stack.resize(n);
    childOffsets.resize(n + 1);
    if constexpr (kHasType)
      types.resize(n);
    if constexpr (kHasSlot)
      met.resize(n);
    for (uint32_t i : nodeInputs)
      inputs[i].values.resize(n * inputs[i].bytes);
    nodeCapacity = capacity;
  }
  void growEdges(size_t needed) {
    const size_t n = std::max(needed, std::max<size_t>(64, 2 * children.size()));
    for (uint32_t i : edgeInputs)
      inputs[i].values.resize(n * inputs[i].bytes);
    children.resize(n); // last: its size says how much room there is
  }

  /// A child that is listed several times is finished several times: there may be more than nodes.
  void growFinished(size_t needed) { finished.resize(std::max(needed, std::max<size_t>(64, 2 * finished.size()))); }

  std::string where() const { return "structure " + std::to_string(numStructures()); }

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

  Program program;
  Accessor accessor;
  bool trees = false, wantsType = false;
  std::vector<int32_t> typeOfArity;
  std::vector<Input> inputs;
  std::vector<uint32_t> nodeInputs, edgeInputs;
  std::vector<const void *> structureInputs, inputPointers;
  cortex_batch batch_{};

  int32_t numNodes_ = 0, numEdges_ = 0, nodeCapacity = 0;
  std::vector<Node> nodes;                            // by id
  std::vector<int32_t> childOffsets, children, types; // the batch's arrays
  std::vector<int32_t> nodeOffsets, rootOffsets, rootIds;

  int32_t numTickets = 0;    // a node's ticket says when it was first met
  std::vector<Node> met;     // by ticket; with slots only
  std::vector<int32_t> idOf; // by ticket
  detail::NodeTable<Node> table;
  std::vector<Frame> stack;      // as many as there may be nodes, as all arrays by node
  std::vector<int32_t> finished; // ids of walked children whose parents are not done
};

} // namespace cortex
#endif // CORTEX_LINKED_HPP
