//===- LinearizerPlan.h - What a manifest asks of the linearizer ----------===//
#ifndef CORTEX_RUNTIME_LINEARIZERPLAN_H
#define CORTEX_RUNTIME_LINEARIZERPLAN_H

#include "cortex/manifest.h"

#include <cstdint>
#include <vector>

namespace cortex::rt {

/// One way to order positions, and the neighbours wanted with it. Several
/// orders of a manifest that differ only in how strips are cut share one.
struct OrderingPlan {
  OrderKind kind = OrderKind::Up;
  std::vector<int32_t> keys; ///< per type: input index of the group key or -1;
                             ///< empty = no type has one
  bool byKind = false;       ///< rows are told apart by kinds
  bool adjacency[abi::kAdjacencies] = {false, false, false, false};
};

/// FLOPs of the products for a row of one class, and for each of its edges.
struct ClassWork {
  uint64_t perRow = 0, perEdge[abi::kAdjacencies] = {};
};

/// One order of the manifest.
struct OrderPlan {
  int32_t ordering = -1; ///< index into LinearizerPlan::orderings; -1: the
                         ///< order belongs to prepare
  uint32_t stripRows = 0, stripEdges = 0;
  bool adjacency[abi::kAdjacencies] = {false, false, false, false};
  std::vector<uint8_t> visits; ///< per class: whether it has strips; empty = all have
  std::vector<ClassWork> work; ///< per class
};

/// A symbol input.
struct SymbolPlan {
  uint32_t input = 0;
  int32_t domain = 0;
  std::vector<uint8_t> ofType; ///< node inputs: nonzero for the types that have it; empty = all
};

/// A kind of a type: what one strip's rows have in common, but for their key.
struct ClassPlan {
  int32_t type = 0, kind = 0;
};

/// A type's KindRule as a sum: what each property of a node adds to its kind.
struct KindPlan {
  int32_t firstIsSymbol = 0, secondIsSymbol = 0, isRoot = 0;
  int32_t hasInner = 0; ///< where the symbol types are the leaves: of nodes higher than 1
};

/// Everything about a manifest that linearization needs, computed once.
struct LinearizerPlan {
  explicit LinearizerPlan(const Manifest &manifest);

  const Manifest *manifest;
  bool tree;         ///< at most one parent
  uint32_t maxArity; ///< 1 for sequences
  int32_t numTypes;
  bool typesFromArity;
  std::vector<int32_t> typeOfArity;    ///< the last entry is for every larger
                                       ///< arity; -1 = no such type
  std::vector<ClassPlan> classes;      ///< all kinds of all types, by type
  std::vector<int32_t> firstClass;     ///< per type: its kind 0
  std::vector<uint8_t> symbolType;     ///< per type: TypeInfo::symbol
  bool aritiesVary = false;            ///< nodes of one type may differ in their number of children
  std::vector<KindPlan> kinds;         ///< per type
  bool kindsBySums = false;            ///< they say all that its rule says
  std::vector<OrderingPlan> orderings; ///< the first defines the rows
  std::vector<OrderPlan> orders;       ///< as in the manifest
  std::vector<SymbolPlan> nodeSymbols, edgeSymbols, structureSymbols;
  bool wantsDepth = false, wantsParents = false, wantsKeys = false, wantsKinds = false; ///< some ordering does
  bool wantsRootKind = false; ///< a type tells its roots apart
  uint32_t largestDomain = 0; ///< of the symbols on nodes
  bool wantsRoots;            ///< an order, a buffer or an output is at roots, or a type tells them apart
};

} // namespace cortex::rt
#endif // CORTEX_RUNTIME_LINEARIZERPLAN_H
