//===- manifest.h - What a compiled program says about itself -------------===//
//
// The compiler fills in a Manifest, serializes it into the program's object
// file, and the runtime parses it back with a bounded reader before it trusts
// anything else. Both directions live here, in one header, so that they cannot
// drift apart.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_MANIFEST_H
#define CORTEX_MANIFEST_H

#include "cortex/abi.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cortex {

enum class DType : uint32_t { F32 = 0, F64 = 1, I32 = 2 };
inline uint32_t bytesOf(DType t) {
  return t == DType::F64 ? 8 : 4;
}

/// What the structures of a model look like.
enum class StructureKind : uint32_t { Sequence = 0, Tree = 1, Dag = 2 };
/// Where an input or an output lives, and which items a sweep visits.
enum class Place : uint32_t { Nodes = 0, Edges = 1, Structures = 2, Roots = 3 };

/// How the nodes of a type are told apart further, into *kinds*: those that a
/// program treats alike. A *symbol child* is a child of a symbol type, any other
/// is an *inner* child.
enum class KindRule : uint32_t {
  None = 0,     ///< one kind
  Inner = 1,    ///< 1 if some child is an inner one, else 0
  First = 2,    ///< 1 if there is a first child and it is a symbol child, else 0
  FirstTwo = 3, ///< that, plus 2 if there is a second child and it is a symbol child
  Root = 4      ///< 1 if the node is a root, else 0
};
/// How many kinds a rule tells apart.
constexpr uint32_t kindsOf(KindRule rule) {
  return rule == KindRule::None ? 1 : rule == KindRule::FirstTwo ? 4 : 2;
}

/// A node type. When the arity ranges of all types are disjoint, the runtime
/// tells types apart by arity; otherwise the caller gives a type per node.
struct TypeInfo {
  std::string name;
  uint32_t min_arity = 0;
  uint32_t max_arity = 0; ///< kAnyArity: unbounded
  bool symbol = false;    ///< a parent may know its nodes by their symbol, without their states
  KindRule kinds = KindRule::None;
  static constexpr uint32_t kAnyArity = 0xffffffffu;
};

struct InputInfo {
  std::string name;
  Place place = Place::Nodes;  ///< Nodes, Edges or Structures
  bool symbol = false;         ///< int32 in [0, domain); else dense features
  uint32_t domain = 0;         ///< symbols only
  DType dtype = DType::F32;    ///< features only: the model's float type
  std::vector<uint32_t> shape; ///< features only; empty = a scalar
  std::vector<uint32_t> types; ///< node inputs: the types that have it; empty = all
};

struct ParamInfo {
  std::string name;
  DType dtype = DType::F32;
  std::vector<uint64_t> shape;
  uint32_t buffer = 0; ///< its raw, row-major values, only during prepare
};

/// How many items a buffer has (item = item_bytes bytes).
enum class Space : uint32_t {
  Param = 0,      ///< the caller's weights; index = 0; valid during prepare only
  Const = 1,      ///< `count` items; written by prepare, read-only in run; belongs to the model
  Rows = 2,       ///< one per node of the batch, by row
  Roots = 3,      ///< one per root, by position in the Roots order
  Structures = 4, ///< one per structure
  LevelRows = 5,  ///< by position within the level of `order`: the widest level
  LevelEdges = 6, ///< by edge within the level, of `adjacency` of `order`
  StripRows = 7,  ///< by position within the strip: the widest strip of `order`
  StripEdges = 8, ///< by edge within the strip, of `adjacency` of `order`
  Fixed = 9,      ///< `count` items of scratch
  OrderRows = 10, ///< by position of `order`
  OrderEdges = 11 ///< by edge, of `adjacency` of `order`
};

/// Whether a buffer of that space names its order.
constexpr bool isOrdered(Space space) {
  return (space >= Space::LevelRows && space <= Space::StripEdges) || space == Space::OrderRows ||
         space == Space::OrderEdges;
}
/// Whether it names an edge list of it.
constexpr bool isByEdge(Space space) {
  return space == Space::LevelEdges || space == Space::StripEdges || space == Space::OrderEdges;
}

struct BufferInfo {
  std::string name;
  Space space = Space::Rows;
  uint64_t item_bytes = 0; ///< distance of two items; a multiple of 64
  /// Of an item, from its first element to its last; the rest, up to the next item, is padding that nobody reads or
  /// writes.
  uint64_t value_bytes = 0;
  uint64_t count = 0;        ///< Const and Fixed only
  bool per_worker = false;   ///< every worker has a copy of its own
  bool prepare_only = false; ///< scratch that only prepare uses
  uint32_t order = 0;        ///< Level*/Strip* only
  uint32_t adjacency = 0;    ///< *Edges only: abi::Adjacency
};

enum class OrderKind : uint32_t {
  Up = 0,         ///< all nodes; level = height (0 without children); rows are numbered in this order
  Down = 1,       ///< all nodes; level = distance from the farthest root-like ancestor (0 without parents)
  Map = 2,        ///< all nodes in one level, by type and key
  Roots = 3,      ///< the roots in the caller's order, one level; type = the node's type
  Structures = 4, ///< the structures in input order, one level, one type
  Symbols = 5     ///< prepare only: the values 0..domain-1 of a symbol, one level, one type
};

struct OrderInfo {
  OrderKind kind = OrderKind::Up;
  bool needs_children = false;    ///< fill adjacency kChildren (at Structures: kNodes)
  bool needs_parents = false;     ///< fill adjacency kParents
  bool needs_inner = false;       ///< fill adjacency kInner
  bool needs_symbols = false;     ///< fill adjacency kSymbols
  uint32_t domain = 0;            ///< Symbols only
  uint32_t strip_rows = 64;       ///< a strip has at most this many positions
  uint32_t strip_edges = 256;     ///< and at most this many edges of either filled adjacency, unless it is one position
  std::vector<int32_t> key_input; ///< per type: the node symbol input that is its group key, or -1
  /// Per type: the kinds that have strips, bit k for kind k. Empty: rows are not
  /// told apart by kinds, and all have strips.
  std::vector<uint32_t> visits;

  /// Whether an edge list (abi::Adjacency) is to be filled.
  bool needs(uint32_t adjacency) const {
    return adjacency == abi::kChildren  ? needs_children
           : adjacency == abi::kParents ? needs_parents
           : adjacency == abi::kInner   ? needs_inner
                                        : needs_symbols;
  }
};

struct OutputInfo {
  std::string name;
  uint32_t buffer = 0;        ///< a Rows, Roots or Structures buffer
  Place place = Place::Roots; ///< Nodes: every node; Roots; Structures
  DType dtype = DType::F32;
  std::vector<uint32_t> shape;
};

/// FLOPs of the products that `run` computes, two per multiply-add, for each position of an order's strips of a type
/// and kind, and for each of its edges.
struct WorkInfo {
  static constexpr int32_t kEveryType = -1, kEveryKind = -1;
  uint32_t order = 0;
  int32_t type = kEveryType;
  int32_t kind = kEveryKind;
  uint64_t flops_per_row = 0;
  uint64_t flops_per_edge[abi::kAdjacencies] = {0, 0, 0, 0}; ///< by abi::Adjacency
};

/// Instruction sets that a program's code may need, each with all of the ones before. The last one adds dot products of
/// bf16 to the psABI's v4.
enum class TargetLevel : uint32_t { X86_64 = 0, X86_64_V3 = 3, X86_64_V4 = 4, X86_64_V4_BF16 = 5 };

/// What the workers of a run share out among themselves.
enum class Partition : uint32_t {
  Auto = 0,       ///< the runtime chooses for each batch
  Units = 1,      ///< the units of every node; an exchange per level
  Structures = 2, ///< the structures, where a batch has several
  Subtrees = 3    ///< subtrees, where `run` computes each by itself; then the units of what is above them
};

struct Manifest {
  std::string model;
  std::string target; ///< as the user named it, for messages
  TargetLevel level = TargetLevel::X86_64;
  DType float_type = DType::F32;
  StructureKind structure = StructureKind::Tree;
  std::vector<TypeInfo> types; ///< at least one
  std::vector<InputInfo> inputs;
  std::vector<ParamInfo> params;
  std::vector<BufferInfo> buffers;
  std::vector<OrderInfo> orders;
  std::vector<OutputInfo> outputs;
  std::vector<WorkInfo> work; ///< sums over its entries give a run's FLOPs
  /// Exchanges (barriers) per level, summed over sweeps: DESIGN's E. For reports.
  uint32_t exchanges_per_level = 0;
  /// A run takes at most this many structures at a time; 0: as many as fit.
  uint32_t structures_at_once = 0;
  Partition partition = Partition::Auto;
  /// What `run` computes at a node depends on nothing but the node's subtree: structures are trees, sweeps go up, and
  /// no loop over nodes reads what is computed at parents, roots or structures.
  bool subtrees_alone = false;
  uint64_t weight_bytes = 0; ///< of the packed weights that `run` reads and the rows of a level share
  std::string schedule;      ///< "key=value key=value …", complete. For reports

  abi::FrameLayout layout() const {
    return {static_cast<uint32_t>(buffers.size()), static_cast<uint32_t>(inputs.size()),
            static_cast<uint32_t>(orders.size())};
  }
};

/// Serializes; the inverse of parseManifest.
std::vector<uint8_t> serializeManifest(const Manifest &m);

/// Parses `size` bytes with bounds checks everywhere and checks every index
/// (buffers, orders, inputs, types) against its table. On failure returns false
/// and sets `error` to one line.
bool parseManifest(const uint8_t *data, size_t size, Manifest &out, std::string &error);

} // namespace cortex
#endif // CORTEX_MANIFEST_H
