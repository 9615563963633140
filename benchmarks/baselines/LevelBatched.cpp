#include "LevelBatched.h"

#include "Elementwise.h"

namespace cortex::bench {

//===----------------------------------------------------------------------===//
// Levels
//===----------------------------------------------------------------------===//

void Levels::build(std::span<const Structure *const> structures) {
  met.clear();
  height.clear();
  structureAt.clear();
  roots.clear();
  for (size_t s = 0; s < structures.size(); ++s) {
    first = static_cast<int>(met.size()); // nodes of other structures are others, though they may be the same
    for (const Node *root : *structures[s])
      roots.push_back(visit(root, static_cast<int>(s)));
  }
  int top = 0;
  for (int h : height)
    top = std::max(top, h);
  start.assign(static_cast<size_t>(top) + 2, 0);
  for (int h : height)
    ++start[static_cast<size_t>(h) + 1];
  most = 0;
  for (size_t l = 1; l < start.size(); ++l) {
    most = std::max(most, start[l]);
    start[l] += start[l - 1];
  }
  next.assign(start.begin(), start.end());
  row.resize(met.size());
  node.resize(met.size());
  structureOf.resize(met.size());
  for (size_t i = 0; i < met.size(); ++i) {
    const int at = row[i] = next[static_cast<size_t>(height[i])]++;
    node[static_cast<size_t>(at)] = met[i];
    structureOf[static_cast<size_t>(at)] = structureAt[i];
  }
  for (int &root : roots)
    root = row[static_cast<size_t>(root)];
  kidStart.assign(met.size() + 1, 0);
  for (size_t i = 0; i < met.size(); ++i)
    kidStart[static_cast<size_t>(row[i]) + 1] = met[i]->count;
  for (size_t r = 1; r < kidStart.size(); ++r)
    kidStart[r] += kidStart[r - 1];
  kids.resize(static_cast<size_t>(kidStart.back()));
  for (size_t i = 0; i < met.size(); ++i) {
    // A structure may be there several times. Children come before their parents, so theirs are this time's.
    met[i]->slot = static_cast<int>(i);
    int *to = kids.data() + kidStart[static_cast<size_t>(row[i])];
    for (int c = 0; c < met[i]->count; ++c)
      to[c] = row[static_cast<size_t>(met[i]->at(static_cast<size_t>(c))->slot)];
  }
}

/// Children before their parent, each node of a structure once; structures are shallow enough to recurse.
int Levels::visit(const Node *n, int structure) {
  if (n->slot >= first && n->slot < static_cast<int>(met.size()) && met[static_cast<size_t>(n->slot)] == n)
    return n->slot;
  int level = 0;
  for (int c = 0; c < n->count; ++c)
    level = std::max(level, height[static_cast<size_t>(visit(n->at(static_cast<size_t>(c)), structure))] + 1);
  n->slot = static_cast<int>(met.size());
  met.push_back(n);
  height.push_back(level);
  structureAt.push_back(structure);
  return n->slot;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

std::vector<float> floatsOf(const reference::Params &weights, const std::string &name) {
  return weights.at(name).toFloats();
}

std::vector<float> rowsOf(const std::vector<float> &weights, int gates, int units, int k, Units owned) {
  std::vector<float> result;
  for (int gate = 0; gate < gates; ++gate) {
    const float *from =
        weights.data() + (static_cast<size_t>(gate) * static_cast<size_t>(units) + static_cast<size_t>(owned.first)) *
                             static_cast<size_t>(k);
    result.insert(result.end(), from, from + static_cast<size_t>(owned.count) * static_cast<size_t>(k));
  }
  return result;
}

std::vector<float> productTable(const std::vector<float> &embedding, const std::vector<float> &w,
                                const std::vector<float> &b, int k) {
  const auto rows = static_cast<int64_t>(b.size());
  const int64_t words = static_cast<int64_t>(embedding.size()) / k;
  std::vector<float> table(static_cast<size_t>(words * rows));
  Product product(w.data(), rows, k);
  constexpr int64_t kBlock = 256;
  Buffer block;
  block.reserve(static_cast<size_t>(kBlock * rows));
  for (int64_t word = 0; word < words; word += kBlock) {
    const int64_t count = std::min(kBlock, words - word);
    product.run(count, embedding.data() + word * k, block.data());
    for (int64_t i = 0; i < count; ++i)
      add(&table[static_cast<size_t>((word + i) * rows)], block.data() + i * rows, b.data(), static_cast<int>(rows));
  }
  return table;
}

//===----------------------------------------------------------------------===//
// LevelBatched
//===----------------------------------------------------------------------===//

void LevelBatched::forward(std::span<const Structure *const> structures, float *out) {
  nodes.build(structures);
  states.reserve(static_cast<size_t>(nodes.nodes()) * static_cast<size_t>(width));
  team.run([this](int thread) {
    reserve(thread);
    for (int l = 0; l < nodes.levels(); ++l)
      level(thread, l, nodes.start[static_cast<size_t>(l)],
            nodes.start[static_cast<size_t>(l) + 1] - nodes.start[static_cast<size_t>(l)]);
  });
  for (int root : nodes.roots) {
    std::memcpy(out, state(root), static_cast<size_t>(width) * sizeof(float));
    out += width;
  }
}

void LevelBatched::gatherChildren(int first, int count, int parts, float *to) {
  for (int r = 0; r < count; ++r)
    for (int part = 0; part < parts; ++part, to += width)
      std::memcpy(to, state(nodes.child(first + r, part)), static_cast<size_t>(width) * sizeof(float));
}

void LevelBatched::sumChildren(int first, int count, float *to) {
  for (int r = 0; r < count; ++r, to += width) {
    const int arity = nodes.arity(first + r);
    std::memcpy(to, state(nodes.child(first + r, 0)), static_cast<size_t>(width) * sizeof(float));
    for (int i = 1; i < arity; ++i)
      add(to, to, state(nodes.child(first + r, i)), width);
  }
}

} // namespace cortex::bench
