//===- Arrays.cpp - A plain linearizer ------------------------------------===//
#include "Arrays.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <tuple>

namespace cortex::interleaved {

namespace {

using Ints = std::vector<int64_t>;

class PlainLinearizer {
public:
  PlainLinearizer(ilir::ProgramOp program, const io::Batch &batch, int64_t stripRows)
      : program(program), batch(batch), stripRows(stripRows), nodes(static_cast<int64_t>(batch.nodes())) {}

  Arrays run() {
    findTypes();
    findRoots();
    findKinds();
    placeEdges();
    numberRows();
    for (auto order : program.getBody().getOps<ilir::OrderOp>())
      out.orders[order.getSymName().str()] = makeOrder(order);
    return std::move(out);
  }

private:
  /// Calls f(parent, child, edge) for every edge, by id.
  template <typename F> void forEachEdge(F f) const {
    for (int64_t n = 0; n < nodes; ++n)
      for (int64_t e = batch.child_offsets[n]; e < batch.child_offsets[n + 1]; ++e)
        f(n, int64_t(batch.children[e]), e);
  }

  void findTypes() {
    for (int64_t n = 0; n < nodes; ++n) {
      int64_t type = 0;
      if (!batch.types.empty())
        type = batch.types[n];
      else
        for (auto [t, op] : llvm::enumerate(program.getBody().getOps<ilir::TypeOp>())) {
          auto least = static_cast<int64_t>(op.getMinArity()), most = static_cast<int64_t>(op.getMaxArity());
          if (batch.arity(n) >= least && (most < 0 || batch.arity(n) <= most))
            type = static_cast<int64_t>(t);
        }
      out.typeOfNode.push_back(type);
    }
  }

  void findRoots() {
    out.structures = static_cast<int64_t>(batch.structures());
    out.roots.assign(batch.roots.begin(), batch.roots.end());
    if (batch.root_offsets.empty())
      for (size_t s = 0; s < batch.structures(); ++s)
        for (int32_t root : io::defaultRoots(batch, s))
          out.roots.push_back(root);
  }

  ilir::TypeOp typeOf(int64_t node) const {
    ilir::ProgramOp op = program;
    return *std::next(op.getBody().getOps<ilir::TypeOp>().begin(), out.typeOfNode[node]);
  }

  void findKinds() {
    for (int64_t n = 0; n < nodes; ++n) {
      std::vector<bool> symbols; // of the children
      for (int64_t e = batch.child_offsets[n]; e < batch.child_offsets[n + 1]; ++e)
        symbols.push_back(typeOf(batch.children[e]).getSymbol());
      auto isSymbol = [&](size_t i) { return i < symbols.size() && symbols[i] ? 1 : 0; };
      switch (typeOf(n).getKinds()) {
      case ra::KindRule::None:
        kindOfNode.push_back(0);
        break;
      case ra::KindRule::Inner:
        kindOfNode.push_back(std::count(symbols.begin(), symbols.end(), false) > 0);
        break;
      case ra::KindRule::First:
        kindOfNode.push_back(isSymbol(0));
        break;
      case ra::KindRule::FirstTwo:
        kindOfNode.push_back(isSymbol(0) + 2 * isSymbol(1));
        break;
      case ra::KindRule::Root:
        kindOfNode.push_back(std::count(out.roots.begin(), out.roots.end(), n) > 0);
        break;
      }
    }
  }

  void placeEdges() {
    forEachEdge(
        [&](int64_t parent, int64_t, int64_t e) { out.placeOfEdge.push_back(e - batch.child_offsets[parent]); });
  }

  /// Longest path from a node without children (or without parents), found by raising until nothing is too low.
  Ints levelsOfNodes(ilir::OrderKind kind) const {
    Ints level(nodes, 0);
    bool changed = kind == ilir::OrderKind::Up || kind == ilir::OrderKind::Down;
    while (changed) {
      changed = false;
      forEachEdge([&](int64_t parent, int64_t child, int64_t) {
        auto [upper, lower] = kind == ilir::OrderKind::Up ? std::pair(parent, child) : std::pair(child, parent);
        if (level[upper] <= level[lower]) {
          level[upper] = level[lower] + 1;
          changed = true;
        }
      });
    }
    return level;
  }

  /// The symbol that groups a node in an order, or 0.
  int64_t keyOf(ilir::OrderOp order, int64_t node) const {
    if (!order || !order.getKeys())
      return 0;
    auto name = llvm::cast<mlir::StringAttr>((*order.getKeys())[out.typeOfNode[node]]);
    return name.empty() ? 0 : batch.find(name.getValue().str())->symbols[node];
  }

  /// All nodes by (level, type, kind, key), else in their own order.
  Ints sorted(ilir::OrderOp order, const Ints &level) const {
    Ints all(nodes);
    std::iota(all.begin(), all.end(), 0);
    auto rank = [&](int64_t n) { return std::tuple(level[n], out.typeOfNode[n], kindOfNode[n], keyOf(order, n), n); };
    std::sort(all.begin(), all.end(), [&](int64_t a, int64_t b) { return rank(a) < rank(b); });
    return all;
  }

  /// Rows are what the order `up` visits, whether or not the program has one.
  void numberRows() {
    ilir::OrderOp up;
    for (auto order : program.getBody().getOps<ilir::OrderOp>())
      if (order.getKind() == ilir::OrderKind::Up)
        up = order;
    out.nodeOfRow = sorted(up, levelsOfNodes(ilir::OrderKind::Up));
    out.rowOfNode.resize(nodes);
    for (int64_t r = 0; r < nodes; ++r) {
      const int64_t n = out.nodeOfRow[r];
      out.rowOfNode[n] = r;
      int64_t s = 0;
      while (batch.node_offsets[s + 1] <= n)
        ++s;
      out.structureOfRow.push_back(s);
    }
  }

  Order makeOrder(ilir::OrderOp op) const {
    Order order;
    Ints level, type, kind, key; // by position
    auto append = [&](int64_t row, int64_t l, int64_t t, int64_t sort, int64_t k) {
      order.rows.push_back(row);
      level.push_back(l);
      type.push_back(t);
      kind.push_back(sort);
      key.push_back(k);
    };
    switch (op.getKind()) {
    case ilir::OrderKind::Symbols:
    case ilir::OrderKind::Structures: {
      bool symbols = op.getKind() == ilir::OrderKind::Symbols;
      for (int64_t i = 0, n = symbols ? static_cast<int64_t>(*op.getDomain()) : out.structures; i < n; ++i)
        append(i, 0, 0, 0, 0);
      if (!symbols)
        listNodes(order);
      break;
    }
    case ilir::OrderKind::Roots:
      for (int64_t n : out.roots)
        append(out.rowOfNode[n], 0, out.typeOfNode[n], kindOfNode[n], 0);
      listNeighbours(order);
      break;
    default:
      Ints levels = levelsOfNodes(op.getKind());
      for (int64_t n : sorted(op, levels))
        append(out.rowOfNode[n], levels[n], out.typeOfNode[n], kindOfNode[n], keyOf(op, n));
      listNeighbours(order);
    }
    cut(order, level, type, kind, key);
    return order;
  }

  static void addEdge(EdgeList &list, int64_t row, int64_t id) {
    list.neighbour.push_back(row);
    list.id.push_back(id);
    list.owner.push_back(static_cast<int64_t>(list.first.size()) - 1);
  }
  static void closePosition(EdgeList &list) { list.first.push_back(static_cast<int64_t>(list.neighbour.size())); }

  void listNodes(Order &order) const {
    for (int64_t s = 0; s < out.structures; ++s) {
      for (int64_t n = batch.node_offsets[s]; n < batch.node_offsets[s + 1]; ++n)
        addEdge(order.children, out.rowOfNode[n], -1);
      closePosition(order.children);
    }
  }

  void listNeighbours(Order &order) const {
    for (int64_t row : order.rows) {
      const int64_t node = out.nodeOfRow[row];
      forEachEdge([&](int64_t parent, int64_t child, int64_t e) {
        if (parent == node) {
          addEdge(order.children, out.rowOfNode[child], e);
          addEdge(typeOf(child).getSymbol() ? order.symbols : order.inner, out.rowOfNode[child], e);
        }
        if (child == node)
          addEdge(order.parents, out.rowOfNode[parent], e);
      });
      for (EdgeList *list : {&order.children, &order.parents, &order.inner, &order.symbols})
        closePosition(*list);
    }
  }

  void cut(Order &order, const Ints &level, const Ints &type, const Ints &kind, const Ints &key) const {
    auto edgesOf = [](const EdgeList &list, int64_t begin, int64_t end) {
      return list.first.size() == 1 ? 0 : list.first[end] - list.first[begin];
    };
    auto joins = [&](const Strip &s, int64_t p) {
      return s.type == type[p] && s.kind == kind[p] && s.key == key[p] && p - s.begin < stripRows &&
             edgesOf(order.children, s.begin, p + 1) <= 4 * stripRows &&
             edgesOf(order.parents, s.begin, p + 1) <= 4 * stripRows;
    };
    for (int64_t p = 0; p < static_cast<int64_t>(order.rows.size()); ++p) {
      if (p == 0 || level[p] != level[p - 1])
        order.levels.push_back({p, p, {}});
      std::vector<Strip> &strips = order.levels.back().strips;
      if (strips.empty() || !joins(strips.back(), p))
        strips.push_back({type[p], kind[p], p, p, key[p]});
      order.levels.back().end = strips.back().end = p + 1;
    }
  }

  ilir::ProgramOp program;
  const io::Batch &batch;
  int64_t stripRows, nodes;
  Ints kindOfNode;
  Arrays out;
};

} // namespace

Arrays linearize(ilir::ProgramOp program, const io::Batch &batch, int64_t stripRows) {
  return PlainLinearizer(program, batch, stripRows).run();
}

} // namespace cortex::interleaved
