#include "cortex/CostModel/CostModel.h"

#include <algorithm>
#include <cmath>

namespace cortex::cost {

namespace {

/// The structures [begin, end) of a batch, their nodes numbered from 0.
class Nodes {
public:
  Nodes(const io::Batch &batch, const std::vector<TypeInfo> &types, size_t begin, size_t end)
      : batch(batch), first(batch.node_offsets[begin]), count(batch.node_offsets[end] - first) {
    const auto n = static_cast<size_t>(count);
    type.resize(n);
    parents.assign(n, 0);
    for (int32_t node = 0; node < count; ++node) {
      type[node] = typeOf(node, types);
      for (int32_t child : childrenOf(node))
        ++parents[child];
    }
    findRoots(begin, end);
    walk();
  }

  std::vector<int32_t> childrenOf(int32_t node) const {
    const auto id = static_cast<size_t>(first) + static_cast<size_t>(node);
    std::vector<int32_t> children(batch.children.begin() + batch.child_offsets[id],
                                  batch.children.begin() + batch.child_offsets[id + 1]);
    for (int32_t &child : children)
      child -= first;
    return children;
  }

  const io::Batch &batch;
  int32_t first, count;
  std::vector<uint32_t> type;
  std::vector<int32_t> parents;        ///< how many edges lead to each node
  std::vector<int32_t> roots;          ///< that the caller names, else the nodes without a parent
  std::vector<uint32_t> height, depth; ///< steps to the farthest leaf, from the farthest root

private:
  uint32_t typeOf(int32_t node, const std::vector<TypeInfo> &types) const {
    const auto id = static_cast<size_t>(first) + static_cast<size_t>(node);
    if (!batch.types.empty())
      return static_cast<uint32_t>(batch.types[id]);
    const auto arity = static_cast<uint32_t>(batch.arity(id));
    const auto at = std::find_if(types.begin(), types.end(),
                                 [&](const TypeInfo &t) { return t.min_arity <= arity && arity <= t.max_arity; });
    return static_cast<uint32_t>(at - types.begin());
  }

  void findRoots(size_t begin, size_t end) {
    if (batch.root_offsets.empty()) {
      for (int32_t node = 0; node < count; ++node)
        if (parents[node] == 0)
          roots.push_back(node);
      return;
    }
    for (int32_t i = batch.root_offsets[begin]; i < batch.root_offsets[end]; ++i)
      roots.push_back(batch.roots[i] - first);
  }

  /// Parents before their children, then back.
  void walk() {
    std::vector<int32_t> order, open = parents;
    for (int32_t node = 0; node < count; ++node)
      if (open[node] == 0)
        order.push_back(node);
    depth.assign(static_cast<size_t>(count), 0);
    for (size_t i = 0; i < order.size(); ++i)
      for (int32_t child : childrenOf(order[i])) {
        depth[child] = std::max(depth[child], depth[order[i]] + 1);
        if (--open[child] == 0)
          order.push_back(child);
      }
    height.assign(static_cast<size_t>(count), 0);
    for (size_t i = order.size(); i-- > 0;)
      for (int32_t child : childrenOf(order[i]))
        height[order[i]] = std::max(height[order[i]], height[child] + 1);
  }
};

} // namespace

static void addAt(std::vector<uint64_t> &counts, size_t position) {
  if (counts.size() <= position)
    counts.resize(position + 1, 0);
  ++counts[position];
}

static void addRow(TypeCount &to, const Nodes &nodes, int32_t node, const std::vector<bool> &symbolTypes) {
  ++to.rows;
  to.parents += static_cast<uint64_t>(nodes.parents[node]);
  const std::vector<int32_t> children = nodes.childrenOf(node);
  uint64_t inner = 0;
  for (size_t i = 0; i < children.size(); ++i) {
    const bool symbol = symbolTypes[nodes.type[children[i]]];
    inner += !symbol;
    addAt(symbol ? to.symbolAt : to.innerAt, i);
  }
  to.inner += inner;
  to.symbols += children.size() - inner;
  to.rowsWithInner += inner > 0;
}

/// In each class that the row belongs to.
static void addRowTo(Level &level, const Nodes &nodes, int32_t node, uint32_t types,
                     const std::vector<bool> &symbolTypes) {
  const uint32_t type = nodes.type[node];
  TypeCount &all = level[type];
  const uint64_t before = all.rowsWithInner;
  addRow(all, nodes, node, symbolTypes);
  const uint32_t kind = all.rowsWithInner > before;
  addRow(level[classOf(types, type, kind)], nodes, node, symbolTypes);
  addRow(level[classOfAll(types)], nodes, node, symbolTypes);
}

static std::vector<Level> countSweep(const Sweep &sweep, const Nodes &nodes, uint32_t types, uint64_t structures) {
  std::vector<Level> levels;
  auto level = [&](size_t i) -> Level & {
    if (levels.size() <= i)
      levels.resize(i + 1, Level(classOfAll(types) + 1));
    return levels[i];
  };
  if (sweep.order == OrderKind::Structures) {
    for (const uint32_t at : {0U, classOfAll(types)}) {
      level(0)[at].rows = structures;
      level(0)[at].nodes = static_cast<uint64_t>(nodes.count);
    }
    return levels;
  }
  if (sweep.order == OrderKind::Roots) {
    for (const int32_t root : nodes.roots)
      if (!sweep.symbolTypes[nodes.type[root]])
        addRowTo(level(0), nodes, root, types, sweep.symbolTypes);
    return levels;
  }
  for (int32_t node = 0; node < nodes.count; ++node) {
    const uint32_t type = nodes.type[node];
    if (sweep.symbolTypes[type])
      continue;
    const size_t at = sweep.order == OrderKind::Up     ? nodes.height[node]
                      : sweep.order == OrderKind::Down ? nodes.depth[node]
                                                       : 0;
    addRowTo(level(at), nodes, node, types, sweep.symbolTypes);
  }
  return levels;
}

Histogram countLevels(const Work &work, const io::Batch &batch, const std::vector<TypeInfo> &types, size_t begin,
                      size_t end) {
  const Nodes nodes(batch, types, begin, end);
  Histogram result;
  result.structures = end - begin;
  for (const Sweep &sweep : work.sweeps)
    result.sweeps.push_back(countSweep(sweep, nodes, work.types, result.structures));
  for (uint32_t type : nodes.type)
    result.rows += work.sweeps.empty() || !work.sweeps.front().symbolTypes[type];
  return result;
}

Histogram repeated(Histogram histogram, double times) {
  auto scale = [&](uint64_t &count) {
    count = static_cast<uint64_t>(std::llround(static_cast<double>(count) * times));
  };
  scale(histogram.structures);
  scale(histogram.rows);
  for (std::vector<Level> &levels : histogram.sweeps)
    for (Level &level : levels)
      for (TypeCount &count : level) {
        for (uint64_t *one :
             {&count.rows, &count.rowsWithInner, &count.inner, &count.symbols, &count.parents, &count.nodes})
          scale(*one);
        for (std::vector<uint64_t> *list : {&count.innerAt, &count.symbolAt})
          for (uint64_t &one : *list)
            scale(one);
      }
  return histogram;
}

} // namespace cortex::cost
