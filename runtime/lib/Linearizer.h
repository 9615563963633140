//===- Linearizer.h - From structures to the arrays a program reads -------===//
//
// Turns a range of a batch's structures into the arrays of abi.h: rows numbered
// children first, one ordering of positions per sweep, strips, neighbour lists,
// symbols by row. No tensor work, O(nodes + edges), no allocation: the arrays
// lie in memory that the session gives, laid out for a largest extent.
//
//   scan       heights, parent counts; proves that there is no cycle
//   classify   types, arities, kinds
//   cut        if asked for: trees into parts of whole subtrees, and the crown above them
//   orderings  stable counting sort by (part, level, type, kind, key); neighbours; strips
//
// The fast passes only notice *that* a batch is at fault. explainBatch then
// walks it again, slowly and independently, to say where.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_RUNTIME_LINEARIZER_H
#define CORTEX_RUNTIME_LINEARIZER_H

#include "LinearizerPlan.h"
#include "Memory.h"
#include "cortex/cortex.h"

#include <string>
#include <vector>

namespace cortex::rt {

/// A neighbour list by position (CSR); see abi::AdjacencySlot.
struct AdjacencyArrays {
  const int32_t *offsets = nullptr, *neighbour = nullptr, *edgeId = nullptr, *owner = nullptr;
};

/// What the frame says about one order, and how wide it is.
struct OrderArrays {
  int32_t positions = 0, numLevels = 0, numStrips = 0;
  const int32_t *levelStrips = nullptr;
  const cortex_strip *strips = nullptr;
  const int32_t *rows = nullptr;
  AdjacencyArrays adjacency[abi::kAdjacencies];
  int32_t levelRows = 0, stripRows = 0;       ///< positions of the widest level and strip
  int32_t levelEdges[abi::kAdjacencies] = {}, ///< edges of the widest level, by adjacency
      stripEdges[abi::kAdjacencies] = {};     ///< and of the widest strip
  uint64_t flops = 0;                         ///< of the products of all strips
  /// Part p of the cut has levels [partLevels[p], partLevels[p + 1]), and the crown those after the last part.
  const int32_t *partLevels = nullptr;
};

/// Whether and how trees are cut into *parts*: sets of whole subtrees, each for one worker. What is above them, the
/// *crown*, comes after all parts. Work is in FLOPs, or what takes as long.
struct Cutting {
  uint32_t mostParts = 0;    ///< below 2: they are not
  bool exact = false;        ///< that many where there are as many subtrees, however little work it is
  bool always = false;       ///< else only where the parts are expected to be faster than units
  uint64_t partWork = 0;     ///< a part has at least about so much work
  uint64_t levelWork = 0;    ///< what a level takes beside the work of its rows: its weights are read
  uint64_t exchangeWork = 0; ///< and where workers share units, because they wait for each other
  uint64_t mostNodes = 0;    ///< batches of more are not cut, unless always

  /// How long `work` in so many levels takes one worker, and several that share its units.
  uint64_t aloneTime(uint64_t work, uint64_t levels) const { return work + levels * levelWork; }
  uint64_t unitsTime(uint64_t work, uint64_t levels, uint64_t workers) const;
};

/// Checks what can be told from a batch's head alone; throws
/// CORTEX_INVALID_BATCH.
void checkBatchHead(const cortex_batch &batch);

/// One line that names the first fault of structures [first, last), or "" if
/// there is none.
std::string explainBatch(const LinearizerPlan &plan, const cortex_batch &batch, int32_t first, int32_t last);

/// How large a range of structures is: what the bytes of its arrays follow
/// from.
struct Extent {
  uint64_t structures = 0, nodes = 0, edges = 0, roots = 0;
  uint64_t rootEdges[2] = {0, 0}; ///< children and parents of all roots; 0 where
                                  ///< no order of roots lists (some of) them

  bool within(const Extent &room) const {
    return structures <= room.structures && nodes <= room.nodes && edges <= room.edges && roots <= room.roots &&
           rootEdges[0] <= room.rootEdges[0] && rootEdges[1] <= room.rootEdges[1];
  }
  /// The least that both are within.
  static Extent larger(const Extent &a, const Extent &b);
};

class Linearizer {
public:
  explicit Linearizer(const LinearizerPlan &plan, const Cutting &cutting = {});

  /// The extent of structures [first, last) of a batch whose head was checked;
  /// last > first. Its roots and their neighbours may turn out to be more: run
  /// then says so. Throws CORTEX_INVALID_BATCH with the fault if its offsets
  /// are bad.
  Extent measure(const cortex_batch &batch, int32_t first, int32_t last) const;
  /// The most that the extent of such a range can be. Throws as above.
  Extent bound(const cortex_batch &batch, int32_t first, int32_t last) const;
  /// Bytes of the arrays of any range within `room`; a multiple of 64.
  uint64_t bytes(const Extent &room) const;
  /// Puts the arrays for `room` at `memory`, which has bytes(room) bytes.
  /// `fresh`: it holds nothing of earlier runs.
  void place(const Extent &room, uint8_t *memory, bool fresh);

  /// Linearizes structures [first, last). Throws CORTEX_INVALID_BATCH with the
  /// fault. False if there is no room for it: extent() tells for how much there
  /// must be, at the least. Ids in the results are the batch's; structures
  /// count from `first`.
  bool run(const cortex_batch &batch, int32_t first, int32_t last);
  /// Of the range that was linearized last.
  const Extent &extent() const { return extent_; }

  // Results of the last run, valid until the next.
  int32_t numStructures() const { return structures; }
  int32_t numNodes() const { return nodes; }
  int32_t numEdges() const { return edges; }
  int32_t numRoots() const { return roots; }
  int32_t firstNode() const { return nodeBase; }
  int32_t firstEdge() const { return edgeBase; }
  const int32_t *nodeOfRow() const { return nodeOfRow_.data(); }
  const int32_t *structureOfRow() const { return structureOfRow_.data(); }
  /// By edge id less firstEdge().
  const int32_t *edgePosition() const { return edgePosition_.data(); }
  /// By node id less firstNode().
  const int32_t *rowOfNode() const { return rowOfNode_.data(); }
  /// By root, in order; only if the plan wants roots.
  const int32_t *rowOfRoot() const { return rowOfRoot_.data(); }
  /// Values by row of plan.nodeSymbols[i].
  const int32_t *nodeSymbol(size_t i) const { return symbols[i].data(); }
  const OrderArrays &order(size_t i) const { return orders[i]; }
  /// Into how many parts its trees were cut; 0: they were not.
  int32_t numParts() const { return parts; }
  /// The work of the crown's nodes, and its levels.
  uint64_t crownWork() const { return crownWork_; }
  int32_t crownLevels() const { return firstLevel[parts + 1] - firstLevel[parts]; }

private:
  /// Positions of one type, kind (an index of plan.classes) and key in one level.
  struct Group {
    int32_t rowClass, begin, end, key;
  };
  struct AdjacencyStore {
    PlacedArray<int32_t> offsets, neighbour, edgeId, owner;
  };
  struct Ordering {
    int32_t positions = 0, numLevels = 0;
    const int32_t *rows = nullptr; ///< ownRows or the identity
    PlacedArray<int32_t> ownRows, levelGroups;
    PlacedArray<Group> groups, keyedGroups;
    const Group *finalGroups = nullptr;
    AdjacencyStore adjacency[abi::kAdjacencies];
  };
  struct StripStore {
    PlacedArray<int32_t> levelStrips;
    PlacedArray<cortex_strip> strips;
    std::vector<int32_t> partLevels;
  };
  /// The work of a node of one class, in all orders of nodes.
  struct NodeWork {
    uint64_t perRow = 0, perEdge[abi::kAdjacencies] = {};
  };
  /// What one worker has to do.
  struct Share {
    uint64_t work = 0;
    int32_t levels = 0;
  };
  enum class Scan { Done, OtherOrder, Bad };

  // Linearizer.cpp
  template <class Visit> void eachArray(const Extent &room, const Visit &visit);
  const int32_t *identity(int32_t n);
  [[noreturn]] void fault(const cortex_batch &batch, int32_t first, int32_t last) const;
  bool rangeOf(const cortex_batch &batch, int32_t first, int32_t last, Extent &extent) const;
  bool roomForRoots();
  bool roomForRootEdges();
  void readRange(const cortex_batch &batch, int32_t first, int32_t last);
  bool scanStructures();
  template <bool Ascending> Scan scanInOrder(int32_t begin, int32_t end);
  bool scanAnyOrder(int32_t begin, int32_t end);
  bool classify();
  void tellKinds();
  bool checkInputs() const;
  bool inputNeeded(const InputInfo &input) const;
  void gatherSymbols();
  bool findRoots();
  void listParentsFirst(int32_t begin, int32_t end, bool ascending);

  // CutSubtrees.cpp
  void planCut();
  void cutSubtrees();
  uint64_t sumWork();
  bool isLarger(int32_t a, int32_t b) const { return treeWork[a] != treeWork[b] ? treeWork[a] > treeWork[b] : a < b; }
  void openSubtrees(uint64_t all);
  int32_t collectSubtrees();
  uint64_t openLargest(int32_t &count);
  uint64_t deal(int32_t count, bool mark);
  void markNodes();

  // Orderings.cpp
  void orderRows();
  void orderDown(Ordering &o, const OrderingPlan &p);
  void orderMap(Ordering &o, const OrderingPlan &p);
  void orderRoots(Ordering &o);
  void orderStructures(Ordering &o);
  void placeNodes(Ordering &o, const OrderingPlan &p, const int32_t *level, int32_t numLevels, int32_t *nodeAt,
                  int32_t *positionOf);
  void placeUp(Ordering &o, const OrderingPlan &p, int32_t *nodeAt, int32_t *positionOf);
  void placeAll(Ordering &o, const OrderingPlan &p, int32_t *nodeAt, int32_t *positionOf);
  void sortKeys(Ordering &o, const OrderingPlan &p, int32_t *nodeAt);
  void sortGroup(int32_t *nodeAt, int32_t count, const int32_t *key, int32_t domain);
  void rowsOfNodes(Ordering &o, int32_t *nodeAt);
  void listParents();
  void fillAdjacency(Ordering &o, abi::Adjacency which);
  template <bool Part, bool Vary> void listChildren(const Ordering &o, AdjacencyStore &to, bool wanted) const;
  void listParentsOf(const Ordering &o, AdjacencyStore &to) const;
  void fillStructureNodes(Ordering &o);
  void cutStrips(size_t order);

  const LinearizerPlan &plan;
  const Cutting cutting;

  // The range being linearized; pointers start at its first node.
  const cortex_batch *batch = nullptr;
  int32_t firstStructure = 0, structures = 0, nodeBase = 0, nodes = 0, edgeBase = 0, edges = 0, roots = 0;
  const int32_t *nodeOffsets = nullptr, *childOffsets = nullptr, *children = nullptr, *givenTypes = nullptr;
  int32_t numLevels = 0;
  Extent room, extent_;

  // The cut.
  int32_t parts = 0, opened = 0; ///< nodes of the crown
  uint64_t crownWork_ = 0;
  std::vector<NodeWork> nodeWork;                        ///< by class
  std::vector<Share> shares;                             ///< by part
  std::vector<int32_t> firstLevel;                       ///< by part, and of the crown; then of what is behind it
  PlacedArray<uint64_t> treeWork;                        ///< by node: of its subtree
  PlacedArray<int32_t> part, partLevel, subtrees, crown; ///< by node; by node; roots of subtrees by work; nodes by time
                                                         ///< of opening

  // By node, counted from the first.
  PlacedArray<int32_t> height, depth, type_, class_, rootMark, parentCount, remaining, queue, rowOfNode_;
  PlacedArray<int32_t> parentEnd, parentNode,
      parentEdge; ///< parents of each node: CSR by its end
  // By row, edge, root, structure.
  PlacedArray<int32_t> nodeOfRow_, structureOfRow_, edgePosition_, rowOfRoot_, identity_;
  int32_t identitySize = 0;
  std::vector<PlacedArray<int32_t>> symbols;
  PlacedArray<int32_t> counts;    ///< by level and class
  PlacedArray<int32_t> keyCounts; ///< by key
  PlacedArray<int32_t> sorted;
  PlacedArray<uint64_t> sortable;
  std::vector<Ordering> orderings;
  std::vector<StripStore> strips;
  std::vector<OrderArrays> orders;
};

} // namespace cortex::rt
#endif // CORTEX_RUNTIME_LINEARIZER_H
