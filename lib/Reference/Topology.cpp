//===- Topology.cpp - Validates a batch and walks its child lists ---------===//
#include "Topology.h"

#include <algorithm>

namespace cortex::reference {

int64_t Topology::items(const Batch &batch, Place place) const {
  switch (place) {
  case Place::Nodes:
    return static_cast<int64_t>(batch.nodes());
  case Place::Edges:
    return static_cast<int64_t>(batch.edges());
  case Place::Structures:
    return static_cast<int64_t>(batch.structures());
  case Place::Roots:
    return static_cast<int64_t>(roots.size());
  }
  return 0;
}

int64_t Topology::structureOfItem(Place place, int64_t item) const {
  int64_t node = nodeOfItem(place, item);
  return node < 0 ? item : structureOf[node];
}

int64_t Topology::nodeOfItem(Place place, int64_t item) const {
  return place == Place::Nodes ? item : place == Place::Roots ? roots[item] : -1;
}

namespace {

class Builder {
public:
  Builder(const ModelCode &model, const Batch &batch, Topology &topology, std::string &error)
      : model_(model), batch_(batch), topo_(topology), error_(error) {}

  bool build() {
    topo_ = {};
    return offsets() && children() && order() && types() && roots() && inputs();
  }

private:
  bool fail(const std::string &message) {
    error_ = message;
    return false;
  }
  std::string at(int64_t node) const {
    int64_t s = topo_.structureOf[node];
    return "structure " + std::to_string(s) + ", node " + std::to_string(node - batch_.node_offsets[s]) + ": ";
  }

  static bool isOffsets(const std::vector<int32_t> &offsets, size_t end) {
    return !offsets.empty() && offsets.front() == 0 && std::is_sorted(offsets.begin(), offsets.end()) &&
           static_cast<size_t>(offsets.back()) == end;
  }

  bool offsets() {
    if (batch_.child_offsets.empty() || !isOffsets(batch_.node_offsets, batch_.nodes()))
      return fail("node_offsets does not ascend from 0 to the number of nodes");
    if (!isOffsets(batch_.child_offsets, batch_.edges()))
      return fail("child_offsets does not ascend from 0 to the number of edges");
    topo_.structureOf.resize(batch_.nodes());
    for (size_t s = 0; s < batch_.structures(); ++s) {
      if (batch_.node_offsets[s] == batch_.node_offsets[s + 1])
        return fail("structure " + std::to_string(s) + " has no nodes");
      std::fill(topo_.structureOf.begin() + batch_.node_offsets[s],
                topo_.structureOf.begin() + batch_.node_offsets[s + 1], static_cast<int32_t>(s));
    }
    return true;
  }

  bool children() {
    size_t nodes = batch_.nodes();
    topo_.parentOf.resize(batch_.edges());
    topo_.parentOffsets.assign(nodes + 1, 0);
    for (size_t n = 0; n < nodes; ++n)
      for (int32_t e = batch_.child_offsets[n]; e < batch_.child_offsets[n + 1]; ++e) {
        int32_t child = batch_.children[e];
        int32_t s = topo_.structureOf[n];
        if (child < batch_.node_offsets[s] || child >= batch_.node_offsets[s + 1])
          return fail(at(n) + "child " + std::to_string(e - batch_.child_offsets[n]) +
                      " is not a node of the structure (node " + std::to_string(child) + " of the batch)");
        topo_.parentOf[e] = static_cast<int32_t>(n);
        ++topo_.parentOffsets[child + 1];
      }
    for (size_t n = 0; n < nodes; ++n) {
      if (model_.structure != ra::Structure::Dag && topo_.parentOffsets[n + 1] > 1)
        return fail(at(n) + "has " + std::to_string(topo_.parentOffsets[n + 1]) +
                    " parents, which only a model of DAGs allows");
      topo_.parentOffsets[n + 1] += topo_.parentOffsets[n];
    }
    topo_.parentEdges.resize(batch_.edges());
    std::vector<int32_t> next(topo_.parentOffsets.begin(), topo_.parentOffsets.end() - 1);
    for (size_t e = 0; e < batch_.edges(); ++e)
      topo_.parentEdges[next[batch_.children[e]]++] = static_cast<int32_t>(e);
    return true;
  }

  /// Depth first from every node in turn, with a stack of our own: a chain of
  /// 100,000 nodes is no recursion of 100,000 calls.
  bool order() {
    enum : char { Unseen, Open, Done };
    size_t nodes = batch_.nodes();
    std::vector<char> mark(nodes, Unseen);
    std::vector<std::pair<int32_t, int32_t>> stack; // node, next edge
    topo_.childrenFirst.reserve(nodes);
    for (size_t start = 0; start < nodes; ++start) {
      if (mark[start] != Unseen)
        continue;
      stack.emplace_back(static_cast<int32_t>(start), batch_.child_offsets[start]);
      mark[start] = Open;
      while (!stack.empty()) {
        auto &[node, edge] = stack.back();
        if (edge == batch_.child_offsets[node + 1]) {
          mark[node] = Done;
          topo_.childrenFirst.push_back(node);
          stack.pop_back();
          continue;
        }
        int32_t child = batch_.children[edge++];
        if (mark[child] == Open)
          return fail(at(child) + "is its own descendant (a cycle)");
        if (mark[child] == Unseen) {
          mark[child] = Open;
          stack.emplace_back(child, batch_.child_offsets[child]);
        }
      }
    }
    return true;
  }

  bool types() {
    size_t nodes = batch_.nodes();
    topo_.typeOf.resize(nodes);
    bool given = !batch_.types.empty();
    if (given && batch_.types.size() != nodes)
      return fail("types has " + std::to_string(batch_.types.size()) + " entries for " + std::to_string(nodes) +
                  " nodes");
    if (!given && model_.typesOverlap())
      return fail("arity does not tell the model's types apart: a type per node is needed");
    for (size_t n = 0; n < nodes; ++n) {
      int64_t arity = batch_.arity(n);
      if (model_.structure == ra::Structure::Sequence && arity > 1)
        return fail(at(n) + "has " + std::to_string(arity) + " children in a sequence");
      int64_t type = -1;
      if (given) {
        type = batch_.types[n];
        if (type < 0 || type >= static_cast<int64_t>(model_.types.size()))
          return fail(at(n) + "type " + std::to_string(type) + " does not exist");
        if (!model_.types[type].admits(arity))
          return fail(at(n) + "type @" + model_.types[type].name + " does not have " + std::to_string(arity) +
                      " children");
      } else {
        for (size_t t = 0; t < model_.types.size(); ++t)
          if (model_.types[t].admits(arity))
            type = static_cast<int64_t>(t);
        if (type < 0)
          return fail(at(n) + "no type of the model has " + std::to_string(arity) + " children");
      }
      topo_.typeOf[n] = static_cast<int32_t>(type);
    }
    return true;
  }

  bool roots() {
    if (batch_.root_offsets.empty()) {
      topo_.rootOffsets.push_back(0);
      for (size_t s = 0; s < batch_.structures(); ++s) {
        for (int32_t n = batch_.node_offsets[s]; n < batch_.node_offsets[s + 1]; ++n)
          if (topo_.parentOffsets[n] == topo_.parentOffsets[n + 1])
            topo_.roots.push_back(n);
        topo_.rootOffsets.push_back(static_cast<int32_t>(topo_.roots.size()));
      }
      return true;
    }
    if (batch_.root_offsets.size() != batch_.structures() + 1 || !isOffsets(batch_.root_offsets, batch_.roots.size()))
      return fail("root_offsets does not have structures + 1 entries that ascend from 0 to the number of roots");
    for (size_t s = 0; s < batch_.structures(); ++s)
      for (int32_t i = batch_.root_offsets[s]; i < batch_.root_offsets[s + 1]; ++i)
        if (batch_.roots[i] < batch_.node_offsets[s] || batch_.roots[i] >= batch_.node_offsets[s + 1])
          return fail("structure " + std::to_string(s) + ": root " + std::to_string(i - batch_.root_offsets[s]) +
                      " is not a node of the structure (node " + std::to_string(batch_.roots[i]) + " of the batch)");
    topo_.rootOffsets = batch_.root_offsets;
    topo_.roots = batch_.roots;
    return true;
  }

  bool inputs() {
    for (const InputCode &declared : model_.inputs) {
      const io::Input *input = batch_.find(declared.name);
      if (!input)
        return fail("input @" + declared.name + " is missing");
      if (input->place != declared.place)
        return fail("input @" + declared.name + " is at another place than the model says");
      DType dtype = declared.symbol ? DType::I32 : model_.f64 ? DType::F64 : DType::F32;
      if (input->dtype != dtype)
        return fail("input @" + declared.name + " has another element type than the model says");
      if (!declared.symbol && Dims(input->shape.begin(), input->shape.end()) != declared.shape)
        return fail("input @" + declared.name + " has another shape than the model says");
      int64_t items = topo_.items(batch_, declared.place);
      size_t have = dtype == DType::I32   ? input->symbols.size()
                    : dtype == DType::F64 ? input->f64.size()
                                          : input->f32.size();
      if (have != static_cast<size_t>(items * declared.size))
        return fail("input @" + declared.name + " has " + std::to_string(have) + " values, " +
                    std::to_string(items * declared.size) + " expected");
      if (declared.symbol && !symbolsInRange(declared, *input))
        return false;
    }
    return true;
  }

  bool symbolsInRange(const InputCode &declared, const io::Input &input) {
    for (size_t i = 0; i < input.symbols.size(); ++i) {
      bool used = declared.place != Place::Nodes || declared.onType[topo_.typeOf[i]];
      if (used && (input.symbols[i] < 0 || input.symbols[i] >= declared.domain)) {
        std::string where = declared.place == Place::Nodes   ? at(static_cast<int64_t>(i))
                            : declared.place == Place::Edges ? at(topo_.parentOf[i])
                                                             : "structure " + std::to_string(i) + ": ";
        return fail(where + "input @" + declared.name + " is " + std::to_string(input.symbols[i]) + ", outside 0.." +
                    std::to_string(declared.domain - 1));
      }
    }
    return true;
  }

  const ModelCode &model_;
  const Batch &batch_;
  Topology &topo_;
  std::string &error_;
};

} // namespace

bool buildTopology(const ModelCode &model, const Batch &batch, Topology &topology, std::string &error) {
  return Builder(model, batch, topology, error).build();
}

int bodyFor(const ModelCode &model, const SweepCode &sweep, const Batch &batch, const Topology &topology,
            int64_t node) {
  const int type = node < 0 ? 0 : topology.typeOf[node], first = sweep.bodyOfType[type];
  if (first < 0 || sweep.bodies[first].kind < 0)
    return first;
  std::vector<bool> symbols; // of the children
  for (int32_t e = batch.child_offsets[node]; e < batch.child_offsets[node + 1]; ++e)
    symbols.push_back(model.types[topology.typeOf[batch.children[e]]].symbol);
  const bool firstIs = !symbols.empty() && symbols[0], secondIs = symbols.size() > 1 && symbols[1];
  int kind = 0;
  switch (model.types[type].kinds) {
  case ra::KindRule::None:
    break;
  case ra::KindRule::Inner:
    kind = std::count(symbols.begin(), symbols.end(), false) > 0;
    break;
  case ra::KindRule::First:
    kind = firstIs;
    break;
  case ra::KindRule::FirstTwo:
    kind = firstIs + 2 * secondIs;
    break;
  case ra::KindRule::Root:
    kind = std::count(topology.roots.begin(), topology.roots.end(), node) > 0;
    break;
  }
  for (size_t i = 0; i < sweep.bodies.size(); ++i)
    if (sweep.bodies[i].type == type && sweep.bodies[i].kind == kind)
      return static_cast<int>(i);
  return -1;
}

bool checkParams(const ModelCode &model, const Params &params, std::string &error) {
  for (const ParamCode &declared : model.params) {
    auto it = params.find(declared.name);
    if (it == params.end()) {
      error = "parameter @" + declared.name + " is missing";
      return false;
    }
    const Tensor &tensor = it->second;
    if (tensor.shape != declared.shape || static_cast<int64_t>(tensor.values.size()) != countOf(declared.shape)) {
      error = "parameter @" + declared.name + " has another shape than the model says";
      return false;
    }
  }
  return true;
}

} // namespace cortex::reference
