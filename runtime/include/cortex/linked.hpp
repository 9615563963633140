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
    int32_t next, count; ///< of its children
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
    for (uint32_t t = 0; t < info.num_types; ++t)
      typeInfos.push_back(program.type(t));
    structureInputs.assign(inputs.size(), nullptr);
    inputPointers.assign(inputs.size(), nullptr);
  }
  static void require(bool given, const Input &input, const char *function) {
    if (!given)
      throw Error(CORTEX_INVALID_ARGUMENT,
                  "the model has the input '" + input.name + "', but the accessor has no " + function + "()");
  }

  int32_t typeOf([[maybe_unused]] Node node, int32_t arity) const {
    if constexpr (kHasType)
      return accessor.type(node);
    else {
      for (size_t t = 0; t < typeInfos.size(); ++t)
        if (static_cast<uint32_t>(arity) >= typeInfos[t].min_arity &&
            static_cast<uint32_t>(arity) <= typeInfos[t].max_arity)
          return static_cast<int32_t>(t);
      return -1; // the run refuses the node
    }
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

  template <class It> void addRoots(It begin, It end) {
    const int32_t nodesBefore = numNodes_, edgesBefore = numEdges_, ticketsBefore = numTickets;
    const size_t rootsBefore = rootIds.size();
    if (nodeOffsets.size() > static_cast<size_t>(kMost))
      throw Error(CORTEX_INVALID_BATCH, "a batch has at most 2147483647 structures");
    firstTicket = numTickets;
    if constexpr (!kHasSlot)
      table.start();
    try {
      for (; begin != end; ++begin)
        rootIds.push_back(walk(*begin));
      if (numNodes_ == nodesBefore)
        throw Error(CORTEX_INVALID_BATCH, where() + ": it has no nodes");
      nodeOffsets.push_back(numNodes_);
      rootOffsets.push_back(static_cast<int32_t>(rootIds.size()));
    } catch (...) {
      numNodes_ = nodesBefore;
      numEdges_ = edgesBefore;
      numTickets = ticketsBefore;
      rootIds.resize(rootsBefore);
      stack.clear();
      finished.clear();
      throw;
    }
  }

  /// Post-order: emits all nodes below `root` that are not there yet; returns the root's id.
  int32_t walk(Node root) {
    int32_t ticket;
    if (int32_t id = meet(root, ticket); id != kFresh)
      return id;
    enter(root, ticket);
    for (;;) {
      if (stack.empty()) {
        const int32_t id = finished.back();
        finished.pop_back();
        return id;
      }
      Frame &top = stack.back();
      if (top.next == top.count) {
        leave(top);
        continue;
      }
      const Node child = childOf(top.node, static_cast<size_t>(top.next++));
      if (int32_t id = meet(child, ticket); id == kFresh)
        enter(child, ticket);
      else if (id == kOpen)
        fault("is its own descendant: the linked nodes have a cycle");
      else if (trees)
        fault("has two parents, but the model takes trees");
      else
        finished.push_back(id);
    }
  }

  static constexpr int32_t kFresh = -2;

  /// The id of a node that was met before (kOpen while its children are
  /// walked), else kFresh and the ticket it got.
  int32_t meet(Node node, int32_t &ticket) {
    if constexpr (std::is_pointer_v<Node>)
      if (!node)
        fault("is null");
    if (numTickets == nodeCapacity)
      growNodes();
    if constexpr (kHasSlot) {
      // What the slot holds is believed only if the node really has that ticket.
      int32_t &slot = accessor.slot(node);
      if (slot >= firstTicket && slot < numTickets && met[slot] == node)
        return idOf[slot];
      slot = numTickets;
      met[numTickets] = node;
    } else if (int32_t known = table.find(node, numTickets); known != numTickets) {
      return idOf[known];
    }
    ticket = numTickets++;
    idOf[ticket] = kOpen;
    return kFresh;
  }

  void enter(Node node, int32_t ticket) {
    const size_t count = numChildren(node);
    if (count == 0) {
      const int32_t id = emit(node, 0);
      idOf[ticket] = id;
      finished.push_back(id);
      return;
    }
    if (count > static_cast<size_t>(kMost - numEdges_))
      throw Error(CORTEX_INVALID_BATCH, "a batch has at most 2147483647 edges");
    stack.push_back({node, 0, static_cast<int32_t>(count), ticket});
  }

  /// All children of the top frame have ids: they are the last of `finished`.
  void leave(const Frame &top) {
    const size_t count = static_cast<size_t>(top.count), from = finished.size() - count;
    if (children.size() < static_cast<size_t>(numEdges_) + count)
      growEdges(static_cast<size_t>(numEdges_) + count);
    for (size_t i = 0; i < count; ++i)
      children[numEdges_ + i] = finished[from + i];
    for (uint32_t input : edgeInputs)
      for (size_t i = 0; i < count; ++i)
        readEdge(top.node, i, input);
    numEdges_ += top.count;
    const int32_t id = emit(top.node, top.count);
    idOf[top.ticket] = id;
    finished.resize(from);
    finished.push_back(id);
    stack.pop_back();
  }

  int32_t emit(Node node, int32_t arity) {
    const int32_t id = numNodes_++; // there is room: a node's ticket came first
    nodes[id] = node;
    childOffsets[id + 1] = numEdges_;
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
    if (!in.ofType.empty() && (type < 0 || static_cast<size_t>(type) >= in.ofType.size() || !in.ofType[type])) {
      std::memset(to, 0, in.bytes);
      return;
    }
    if (in.symbol) {
      if constexpr (kHasSymbol) {
        const int32_t value = accessor.symbol(node, index);
        std::memcpy(to, &value, sizeof value);
      }
    } else if constexpr (kHasFeatures) {
      copyFeatures(to, accessor.features(node, index), in, id);
    }
  }
  void readEdge(Node node, size_t child, uint32_t index) {
    Input &in = inputs[index];
    unsigned char *to = in.values.data() + (static_cast<size_t>(numEdges_) + child) * in.bytes;
    if (in.symbol) {
      if constexpr (kHasEdgeSymbol) {
        const int32_t value = accessor.edge_symbol(node, child, index);
        std::memcpy(to, &value, sizeof value);
      }
    } else if constexpr (kHasEdgeFeatures) {
      copyFeatures(to, accessor.edge_features(node, child, index), in, numNodes_);
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
    children.resize(n);
    for (uint32_t i : edgeInputs)
      inputs[i].values.resize(n * inputs[i].bytes);
  }

  std::string where() const { return "structure " + std::to_string(numStructures()); }

  /// Throws: the child that was just met is at fault. Names it by its path.
  [[noreturn]] void fault(const char *what) const {
    constexpr size_t kShown = 12;
    std::string path = stack.empty() ? " root" : " node below the root at child";
    for (size_t i = 0; i < stack.size() && i < kShown; ++i)
      path += " " + std::to_string(stack[i].next - 1);
    if (stack.size() > kShown)
      path += " ... (" + std::to_string(stack.size()) + " steps)";
    throw Error(CORTEX_INVALID_BATCH, where() + ": the" + path + " " + what);
  }

  Program program;
  Accessor accessor;
  bool trees = false, wantsType = false;
  std::vector<cortex_type_info> typeInfos;
  std::vector<Input> inputs;
  std::vector<uint32_t> nodeInputs, edgeInputs;
  std::vector<const void *> structureInputs, inputPointers;
  cortex_batch batch_{};

  int32_t numNodes_ = 0, numEdges_ = 0, nodeCapacity = 0;
  std::vector<Node> nodes;                            // by id
  std::vector<int32_t> childOffsets, children, types; // the batch's arrays
  std::vector<int32_t> nodeOffsets, rootOffsets, rootIds;

  int32_t numTickets = 0, firstTicket = 0; // a node's ticket says when it was first met
  std::vector<Node> met;                   // by ticket; with slots only
  std::vector<int32_t> idOf;               // by ticket
  detail::NodeTable<Node> table;
  std::vector<Frame> stack;
  std::vector<int32_t> finished; // ids of walked nodes whose parents are not finished
};

} // namespace cortex
#endif // CORTEX_LINKED_HPP
