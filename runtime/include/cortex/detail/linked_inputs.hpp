//===- linked_inputs.hpp - What a program reads of linked nodes -----------===//
//
// A part of linked.hpp: which of an accessor's functions a program needs, and
// which nodes a walk has met.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_DETAIL_LINKED_INPUTS_HPP
#define CORTEX_DETAIL_LINKED_INPUTS_HPP

#include "cortex/cortex.hpp"

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace cortex::detail {

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

/// What a program reads of linked nodes, by the functions that an accessor has.
template <class Accessor> class LinkedInputs {
public:
  using Node = typename Accessor::Node;

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

  struct Input {
    std::string name;
    cortex_place place;
    bool symbol;
    size_t bytes;                      ///< of one item
    std::vector<unsigned char> ofType; ///< nonzero for the types that have it; empty = all

    /// Whether nodes of the type have it.
    bool isAt(int32_t type) const {
      return ofType.empty() || (static_cast<size_t>(type) < ofType.size() && ofType[static_cast<size_t>(type)]);
    }
  };

  /// Throws Error if the program has inputs that the accessor does not give.
  explicit LinkedInputs(const Program &program) {
    const cortex_program_info info = program.info();
    trees = info.structure != CORTEX_DAG;
    bool typed = false;
    for (uint32_t i = 0; i < info.num_inputs; ++i) {
      const cortex_input_info in = program.input(i);
      size_t bytes = in.dtype == CORTEX_F64 ? 8 : 4;
      for (uint32_t d = 0; d < in.rank; ++d)
        bytes *= in.shape[d];
      Input input{in.name, in.place, in.is_symbol != 0, bytes, {}};
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
      if ((node || edge) && !input.symbol)
        featureBytes += bytes;
      if (edge)
        edgeInputs.push_back(i);
      inputs.push_back(std::move(input));
    }
    if (!kHasType && !info.types_from_arity)
      throw Error(CORTEX_INVALID_ARGUMENT, "the arities of the model's types overlap, but the accessor has no type()");
    wantsType = kHasType || typed;
    if (!kHasType)
      tabulateTypes(program, info.num_types);
  }

  /// The type of a node with so many children; -1 where there is none: the run refuses the node.
  int32_t typeOf([[maybe_unused]] const Accessor &accessor, [[maybe_unused]] Node node, size_t arity) const {
    if constexpr (kHasType)
      return accessor.type(node);
    else
      return typeOfArity[std::min(arity, typeOfArity.size() - 1)];
  }

  std::vector<Input> inputs; ///< in the program's order
  std::vector<uint32_t> nodeInputs, edgeInputs;
  uint64_t featureBytes = 0; ///< of a node and an edge, of which trees have as many
  bool trees = false;        ///< no node has two parents
  bool wantsType = false;    ///< of nodes, while they are walked

private:
  /// The type of every arity; the last entry is that of all larger ones.
  void tabulateTypes(const Program &program, uint32_t numTypes) {
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

  std::vector<int32_t> typeOfArity;
};

} // namespace cortex::detail
#endif // CORTEX_DETAIL_LINKED_INPUTS_HPP
