//===- Items.cpp - How many items a run's buffers have, how much it computes ===//
#include "Items.h"

#include <algorithm>

using namespace cortex;
using namespace cortex::rt;

void cortex::rt::countItems(const Manifest &manifest, const Linearizer &linearizer, std::vector<uint64_t> &items) {
  for (size_t i = 0; i < items.size(); ++i) {
    const BufferInfo &b = manifest.buffers[i];
    const auto order = [&]() -> const OrderArrays & { return linearizer.order(b.order); };
    uint64_t n = 0;
    switch (b.space) {
    case Space::Param:
    case Space::Const:
      break;
    case Space::Rows:
      n = linearizer.numNodes();
      break;
    case Space::Roots:
      n = linearizer.numRoots();
      break;
    case Space::Structures:
      n = linearizer.numStructures();
      break;
    case Space::LevelRows:
      n = order().levelRows;
      break;
    case Space::LevelEdges:
      n = order().levelEdges[b.adjacency];
      break;
    case Space::StripRows:
      n = order().stripRows;
      break;
    case Space::StripEdges:
      n = order().stripEdges[b.adjacency];
      break;
    case Space::Fixed:
      n = b.prepare_only ? 0 : b.count;
      break;
    case Space::OrderRows:
      n = static_cast<uint64_t>(order().positions);
      break;
    case Space::OrderEdges:
      n = static_cast<uint64_t>(order().adjacency[b.adjacency].offsets[order().positions]);
      break;
    }
    items[i] = n;
  }
}

/// The most neighbours that a position of `order` can have, of `edges` in all.
static uint64_t mostPerPosition(const Manifest &m, const OrderInfo &order, uint32_t adjacency, uint64_t edges) {
  if (order.kind == OrderKind::Structures || (adjacency == abi::kParents && m.structure == StructureKind::Dag))
    return edges;
  if (adjacency == abi::kParents)
    return 1;
  uint64_t most = 0;
  for (const TypeInfo &t : m.types)
    most = std::max<uint64_t>(most, t.max_arity);
  return std::min(most, edges);
}

void cortex::rt::boundItems(const Manifest &manifest, const Extent &x, uint64_t levelRows, bool wide,
                            std::vector<uint64_t> &items) {
  for (size_t i = 0; i < items.size(); ++i) {
    const BufferInfo &b = manifest.buffers[i];
    uint64_t rows = 0, edges = 0;
    if (isOrdered(b.space)) {
      const OrderInfo &o = manifest.orders[b.order];
      switch (o.kind) {
      case OrderKind::Symbols:
        break;
      case OrderKind::Structures:
        rows = x.structures, edges = x.nodes;
        break;
      case OrderKind::Roots:
        rows = x.roots, edges = x.rootEdges[b.adjacency == abi::kParents];
        break;
      case OrderKind::Map:
        rows = x.nodes, edges = x.edges;
        break;
      default:
        rows = b.space == Space::OrderRows ? x.nodes : levelRows, edges = x.edges;
      }
      if (b.space == Space::StripRows)
        rows = std::min<uint64_t>(rows, o.strip_rows);
      if (b.space == Space::StripEdges)
        edges = std::min(
            edges, std::max<uint64_t>(o.strip_edges, wide ? mostPerPosition(manifest, o, b.adjacency, edges) : 0));
    }
    uint64_t n = 0;
    switch (b.space) {
    case Space::Rows:
      n = x.nodes;
      break;
    case Space::Roots:
      n = x.roots;
      break;
    case Space::Structures:
      n = x.structures;
      break;
    case Space::LevelRows:
    case Space::StripRows:
    case Space::OrderRows:
      n = rows;
      break;
    case Space::LevelEdges:
    case Space::StripEdges:
    case Space::OrderEdges:
      n = edges;
      break;
    case Space::Fixed:
      n = b.prepare_only ? 0 : b.count;
      break;
    case Space::Param:
    case Space::Const:
      break;
    }
    items[i] = n;
  }
}

uint64_t cortex::rt::countFlops(const Manifest &manifest, const Linearizer &linearizer) {
  uint64_t flops = 0;
  for (size_t i = 0; i < manifest.orders.size(); ++i)
    flops += linearizer.order(i).flops;
  return flops;
}

uint64_t cortex::rt::flopsPerNode(const Manifest &m) {
  uint64_t leaves = 0, others = 0, kind = 0;
  for (const WorkInfo &w : m.work) {
    uint64_t flops = w.flops_per_row;
    if (w.type != WorkInfo::kEveryType && m.types[w.type].max_arity == 0) {
      leaves += flops;
      continue;
    }
    for (const uint64_t perEdge : w.flops_per_edge)
      flops += perEdge;
    if (w.kind == WorkInfo::kEveryKind)
      others += flops;
    else
      kind = std::max(kind, flops);
  }
  return m.structure == StructureKind::Sequence ? others + kind : (leaves + others + kind) / 2;
}
