//===- LinearizerErrors.cpp - Saying what is wrong with a batch -----------===//
//
// Walks a batch that the linearizer refused, in order of structures and nodes,
// and names the first fault. Slow, simple, and independent of the fast passes.
//===----------------------------------------------------------------------===//
#include "Error.h"
#include "Linearizer.h"

#include <algorithm>

using namespace cortex;
using namespace cortex::rt;

void cortex::rt::checkBatchHead(const cortex_batch &b) {
  auto fail = [](const char *what) { throw Error(CORTEX_INVALID_BATCH, what); };
  if (b.struct_size != sizeof(cortex_batch))
    fail("cortex_batch.struct_size is not sizeof(cortex_batch)");
  if (b.num_structures < 0)
    fail("the number of structures is negative");
  if (b.num_structures == 0)
    return;
  if (!b.node_offsets)
    fail("node_offsets is null");
  if (!b.child_offsets)
    fail("child_offsets is null");
  if (b.node_offsets[0] != 0)
    fail("node_offsets does not begin with 0");
  if (b.node_offsets[b.num_structures] < 0)
    fail("node_offsets ends below 0, which means more than 2147483647 nodes");
  if (b.child_offsets[0] != 0)
    fail("child_offsets does not begin with 0");
  const int32_t edges = b.child_offsets[b.node_offsets[b.num_structures]];
  if (edges < 0)
    fail("child_offsets ends below 0, which means more than 2147483647 edges");
  if (edges > 0 && !b.children)
    fail("children is null, but there are edges");
  if (b.root_offsets) {
    if (b.root_offsets[0] != 0)
      fail("root_offsets does not begin with 0");
    if (b.root_offsets[b.num_structures] < 0)
      fail("root_offsets ends below 0, which means more than 2147483647 roots");
    if (b.root_offsets[b.num_structures] > 0 && !b.roots)
      fail("roots is null, but root_offsets counts some");
  } else if (b.roots) {
    fail("roots are given without root_offsets");
  }
}

namespace {

class Explainer {
public:
  Explainer(const LinearizerPlan &plan, const cortex_batch &b)
      : plan(plan), m(*plan.manifest), b(b), nodes(b.node_offsets[b.num_structures]), edges(b.child_offsets[nodes]) {}

  std::string explain(int32_t first, int32_t last) {
    if (!b.types && !plan.typesFromArity)
      return "types is null, but the arities of the model's types overlap: give the type of every node";
    if (!b.inputs && !m.inputs.empty())
      return "inputs is null, but the model has inputs";
    for (int32_t s = first; s < last; ++s)
      if (structure(s))
        return message;
    return {};
  }

private:
  std::string at(int32_t s) const { return "structure " + std::to_string(s); }
  std::string at(int32_t s, int32_t n) const { return at(s) + ", node " + std::to_string(n); }
  bool fault(const std::string &where, const std::string &what) {
    message = where + ": " + what;
    return true;
  }
  static std::string count(int64_t n, const char *one, const char *many) {
    return std::to_string(n) + " " + (n == 1 ? one : many);
  }

  bool structure(int32_t s) {
    begin = b.node_offsets[s];
    end = b.node_offsets[s + 1];
    if (end == begin)
      return fault(at(s), "it has no nodes");
    if (begin < 0 || end < begin || end > nodes)
      return fault(at(s), "node_offsets goes from " + std::to_string(begin) + " to " + std::to_string(end) + " of " +
                              std::to_string(nodes) + " nodes");
    for (int32_t n = begin; n < end; ++n)
      if (childList(s, n))
        return true;
    if (plan.tree && parents(s))
      return true;
    for (int32_t n = begin; n < end; ++n)
      if (type(s, n))
        return true;
    return cycle(s) || roots(s) || inputs(s);
  }

  bool childList(int32_t s, int32_t n) {
    const int32_t e0 = b.child_offsets[n], e1 = b.child_offsets[n + 1];
    if (e0 < 0 || e1 < e0 || e1 > edges)
      return fault(at(s, n), "child_offsets goes from " + std::to_string(e0) + " to " + std::to_string(e1) + " of " +
                                 std::to_string(edges) + " edges");
    for (int32_t e = e0; e < e1; ++e)
      if (b.children[e] < begin || b.children[e] >= end)
        return fault(at(s, n), "its child " + std::to_string(e - e0) + " is node " + std::to_string(b.children[e]) +
                                   ", the structure has nodes " + std::to_string(begin) + " to " +
                                   std::to_string(end - 1));
    return false;
  }

  bool parents(int32_t s) {
    const char *kind = m.structure == StructureKind::Sequence ? "sequences" : "trees";
    std::vector<int32_t> parent(static_cast<size_t>(end - begin), -1);
    for (int32_t n = begin; n < end; ++n) {
      const int32_t arity = b.child_offsets[n + 1] - b.child_offsets[n];
      if (static_cast<uint32_t>(arity) > plan.maxArity)
        return fault(at(s, n), "it has " + std::to_string(arity) + " children, but the model takes sequences");
      for (int32_t e = b.child_offsets[n]; e < b.child_offsets[n + 1]; ++e) {
        const int32_t c = b.children[e];
        int32_t &p = parent[c - begin];
        if (p == n)
          return fault(at(s, c),
                       "it is more than once a child of node " + std::to_string(n) + ", but the model takes " + kind);
        if (p != -1)
          return fault(at(s, c), "it has two parents, nodes " + std::to_string(p) + " and " + std::to_string(n) +
                                     ", but the model takes " + kind);
        p = n;
      }
    }
    return false;
  }

  int32_t typeOf(int32_t n) const {
    const auto arity = static_cast<uint32_t>(b.child_offsets[n + 1] - b.child_offsets[n]);
    if (b.types)
      return b.types[n];
    for (size_t t = 0; t < m.types.size(); ++t)
      if (arity >= m.types[t].min_arity && arity <= m.types[t].max_arity)
        return static_cast<int32_t>(t);
    return -1;
  }

  bool type(int32_t s, int32_t n) {
    const auto arity = static_cast<uint32_t>(b.child_offsets[n + 1] - b.child_offsets[n]);
    const int32_t t = typeOf(n);
    if (!b.types)
      return t < 0 && fault(at(s, n), "no type of the model takes " + count(arity, "child", "children"));
    if (t < 0 || t >= plan.numTypes)
      return fault(at(s, n), "its type is " + std::to_string(t) + ", the model has types 0 to " +
                                 std::to_string(plan.numTypes - 1));
    const TypeInfo &info = m.types[t];
    if (arity >= info.min_arity && arity <= info.max_arity)
      return false;
    std::string takes = info.min_arity == info.max_arity ? count(info.min_arity, "child", "children")
                        : info.max_arity == TypeInfo::kAnyArity
                            ? std::to_string(info.min_arity) + " or more children"
                            : std::to_string(info.min_arity) + " to " + std::to_string(info.max_arity) + " children";
    return fault(at(s, n), "type " + quoted(info.name) + " takes " + takes + ", it has " + std::to_string(arity));
  }

  /// Removes nodes all of whose children are removed, as often as there are
  /// any; what stays has a child that stays, so walking down finds a cycle.
  bool cycle(int32_t s) {
    const auto size = static_cast<size_t>(end - begin);
    std::vector<int32_t> open(size), done;
    std::vector<std::vector<int32_t>> parentsOf(size);
    for (int32_t n = begin; n < end; ++n) {
      open[n - begin] = b.child_offsets[n + 1] - b.child_offsets[n];
      if (open[n - begin] == 0)
        done.push_back(n);
      for (int32_t e = b.child_offsets[n]; e < b.child_offsets[n + 1]; ++e)
        parentsOf[b.children[e] - begin].push_back(n);
    }
    for (size_t i = 0; i < done.size(); ++i)
      for (int32_t p : parentsOf[done[i] - begin])
        if (--open[p - begin] == 0)
          done.push_back(p);
    if (done.size() == size)
      return false;
    int32_t n = begin;
    while (open[n - begin] == 0)
      ++n;
    std::vector<uint8_t> seen(size, 0);
    while (!seen[n - begin]) {
      seen[n - begin] = 1;
      int32_t e = b.child_offsets[n];
      while (open[b.children[e] - begin] == 0)
        ++e;
      n = b.children[e];
    }
    return fault(at(s, n), "it is its own descendant: the structure has a cycle");
  }

  bool roots(int32_t s) {
    if (!b.root_offsets || !plan.wantsRoots)
      return false;
    const int32_t r0 = b.root_offsets[s], r1 = b.root_offsets[s + 1], all = b.root_offsets[b.num_structures];
    if (r0 < 0 || r1 < r0 || r1 > all)
      return fault(at(s), "root_offsets goes from " + std::to_string(r0) + " to " + std::to_string(r1) + " of " +
                              std::to_string(all) + " roots");
    for (int32_t r = r0; r < r1; ++r)
      if (b.roots[r] < begin || b.roots[r] >= end)
        return fault(at(s), "its root " + std::to_string(r - r0) + " is node " + std::to_string(b.roots[r]) +
                                ", the structure has nodes " + std::to_string(begin) + " to " +
                                std::to_string(end - 1));
    return false;
  }

  /// Items of one input at one place, with the place in words.
  bool item(const InputInfo &input, size_t index, int64_t i, const std::string &where) {
    const void *data = b.inputs[index];
    const std::string place = where + ", input " + quoted(input.name);
    if (!data)
      return fault(place, "it is needed here, but its pointer is null");
    if (!input.symbol)
      return false;
    const int32_t v = static_cast<const int32_t *>(data)[i];
    if (v >= 0 && static_cast<uint32_t>(v) < input.domain)
      return false;
    return fault(place, "symbol " + std::to_string(v) + " is not in 0 to " + std::to_string(input.domain - 1));
  }

  bool inputs(int32_t s) {
    for (int32_t n = begin; n < end; ++n)
      for (size_t i = 0; i < m.inputs.size(); ++i) {
        const InputInfo &input = m.inputs[i];
        if (input.place == Place::Nodes) {
          const auto t = static_cast<uint32_t>(typeOf(n));
          if ((input.types.empty() || std::find(input.types.begin(), input.types.end(), t) != input.types.end()) &&
              item(input, i, n, at(s, n)))
            return true;
        } else if (input.place == Place::Edges) {
          for (int32_t e = b.child_offsets[n]; e < b.child_offsets[n + 1]; ++e)
            if (item(input, i, e, at(s, n) + ", child " + std::to_string(e - b.child_offsets[n])))
              return true;
        }
      }
    for (size_t i = 0; i < m.inputs.size(); ++i)
      if (m.inputs[i].place == Place::Structures && item(m.inputs[i], i, s, at(s)))
        return true;
    return false;
  }

  const LinearizerPlan &plan;
  const Manifest &m;
  const cortex_batch &b;
  const int32_t nodes, edges;
  int32_t begin = 0, end = 0;
  std::string message;
};

} // namespace

std::string cortex::rt::explainBatch(const LinearizerPlan &plan, const cortex_batch &batch, int32_t first,
                                     int32_t last) {
  return Explainer(plan, batch).explain(first, last);
}
