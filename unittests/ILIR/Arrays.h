//===- Arrays.h - A plain linearizer ----------------------------*- C++ -*-===//
//
// Structures as the arrays that a program of ilir reads: rows, levels, strips,
// edge lists (docs/Architecture.md, "The linearizer's arrays"). Written slowly
// and obviously, from that page alone: it shares no code with runtime/.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_UNITTESTS_ILIR_ARRAYS_H
#define CORTEX_UNITTESTS_ILIR_ARRAYS_H

#include "cortex/Dialect/ILIR/IR/ILIR.h"
#include "cortex/IO/Batch.h"

#include <map>
#include <string>
#include <vector>

namespace cortex::interleaved {

/// The edges of every position, one after another: those of p are [first[p], first[p + 1]).
struct EdgeList {
  std::vector<int64_t> first{0};
  std::vector<int64_t> neighbour; ///< a row
  std::vector<int64_t> id;        ///< index in the batch's `children`; -1 for a structure's node
  std::vector<int64_t> owner;     ///< the position
};

/// Positions [begin, end) of one type, kind and key.
struct Strip {
  int64_t type, kind, begin, end, key;
};

struct Level {
  int64_t begin, end; ///< positions
  std::vector<Strip> strips;
};

struct Order {
  std::vector<int64_t> rows; ///< by position; what a position counts itself at structures and symbols
  std::vector<Level> levels;
  EdgeList children, parents; ///< at structures, `children` lists their nodes
  EdgeList inner, symbols;    ///< children by whether their type is a symbol type

  const EdgeList &edges(ilir::Adjacency adjacency) const {
    switch (adjacency) {
    case ilir::Adjacency::Parents:
      return parents;
    case ilir::Adjacency::Inner:
      return inner;
    case ilir::Adjacency::Symbols:
      return symbols;
    default:
      return children;
    }
  }
  /// What a nest goes over.
  const EdgeList &edges(ilir::Domain domain) const {
    return edges(*ilir::symbolizeAdjacency(ilir::stringifyDomain(domain)));
  }
};

struct Arrays {
  int64_t structures = 0;
  std::vector<int64_t> nodeOfRow, rowOfNode, structureOfRow, typeOfNode;
  std::vector<int64_t> placeOfEdge; ///< by id: the child's place among its siblings
  std::vector<int64_t> roots;       ///< nodes
  std::map<std::string, Order> orders;
};

/// The arrays that `program` asks for, with strips of at most `stripRows`
/// positions and four times as many edges. The batch must be sound.
Arrays linearize(ilir::ProgramOp program, const io::Batch &batch, int64_t stripRows);

} // namespace cortex::interleaved
#endif // CORTEX_UNITTESTS_ILIR_ARRAYS_H
