//===- BigStructures.h - Large and deep structures ------------------------===//
//
// Child lists of about n nodes (or edges, where edges are the point). Children
// have lower ids than their parents. None is made by recursion.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_UNITTESTS_RUNTIME_BIGSTRUCTURES_H
#define CORTEX_UNITTESTS_RUNTIME_BIGSTRUCTURES_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

namespace cortex::test::big {

using Lists = std::vector<std::vector<int32_t>>;

inline Lists chain(int32_t n) {
  Lists kids(n);
  for (int32_t i = 1; i < n; ++i)
    kids[i] = {i - 1};
  return kids;
}

/// A spine with a leaf at each of its nodes: binary, and as deep as a binary tree can be.
inline Lists caterpillar(int32_t n) {
  Lists kids(1 + n / 2 * 2);
  for (int32_t i = 2; i < static_cast<int32_t>(kids.size()); i += 2)
    kids[i] = {i - 2, i - 1}; // i - 1 is a leaf
  return kids;
}

/// A heap, turned over: node i of it is node n - 1 - i.
inline Lists balanced(int32_t n) {
  Lists kids(n | 1);
  const auto size = static_cast<int32_t>(kids.size());
  for (int32_t i = 0; 2 * i + 2 < size; ++i)
    kids[size - 1 - i] = {size - 2 - 2 * i, size - 3 - 2 * i};
  return kids;
}

/// A random binary tree: any two of the trees so far become one, until there is one.
inline Lists randomBinary(int32_t n, std::mt19937 &random) {
  Lists kids(n | 1);
  const int32_t leaves = (n | 1) / 2 + 1;
  std::vector<int32_t> trees(leaves);
  for (int32_t i = 0; i < leaves; ++i)
    trees[i] = i;
  auto take = [&] {
    std::swap(trees[random() % trees.size()], trees.back());
    const int32_t tree = trees.back();
    trees.pop_back();
    return tree;
  };
  for (int32_t i = leaves; i < static_cast<int32_t>(kids.size()); ++i) {
    kids[i] = {take(), take()};
    trees.push_back(i);
  }
  return kids;
}

/// One node over n leaves.
inline Lists star(int32_t n) {
  Lists kids(n + 1);
  for (int32_t i = 0; i < n; ++i)
    kids[n].push_back(i);
  return kids;
}

/// Layers in which every node is a child of every node of the next: n edges.
inline Lists denseLayers(int32_t n, int32_t layers = 10) {
  const auto width = static_cast<int32_t>(std::sqrt(n / (layers - 1)));
  Lists kids(static_cast<size_t>(width) * layers);
  for (int32_t i = width; i < static_cast<int32_t>(kids.size()); ++i)
    for (int32_t c = 0; c < width; ++c)
      kids[i].push_back(i / width * width - width + c);
  return kids;
}

/// One node that lists the same leaf n times.
inline Lists sameChild(int32_t n) {
  Lists kids(2);
  kids[1].assign(n, 0);
  return kids;
}

/// One leaf with n parents, which are all roots.
inline Lists manyParents(int32_t n) {
  Lists kids(n + 1);
  for (int32_t i = 1; i <= n; ++i)
    kids[i] = {0};
  return kids;
}

/// Diamonds on top of each other: 2^(n/3) paths from the root to the leaf.
inline Lists ladder(int32_t n) {
  Lists kids(1 + n / 3 * 3);
  for (int32_t i = 3; i < static_cast<int32_t>(kids.size()); i += 3) {
    kids[i - 2] = kids[i - 1] = {i - 3};
    kids[i] = {i - 2, i - 1};
  }
  return kids;
}

/// n nodes without an edge: as many roots.
inline Lists manyRoots(int32_t n) {
  return Lists(n);
}

/// Which kinds of structure take it.
enum class Needs { Sequence, Tree, Dag };

struct Shape {
  const char *name;
  Needs needs;
  std::function<Lists(int32_t, std::mt19937 &)> make;
};

inline std::vector<Shape> shapes() {
  auto plain = [](Lists (*make)(int32_t)) { return [make](int32_t n, std::mt19937 &) { return make(n); }; };
  return {{"chain", Needs::Sequence, plain(chain)},
          {"caterpillar", Needs::Tree, plain(caterpillar)},
          {"balanced", Needs::Tree, plain(balanced)},
          {"random tree", Needs::Tree, randomBinary},
          {"star", Needs::Tree, plain(star)},
          {"dense layers", Needs::Dag, [](int32_t n, std::mt19937 &) { return denseLayers(n); }},
          {"the same child", Needs::Dag, plain(sameChild)},
          {"many parents", Needs::Dag, plain(manyParents)},
          {"ladder of diamonds", Needs::Dag, plain(ladder)},
          {"many roots", Needs::Tree, plain(manyRoots)}};
}

} // namespace cortex::test::big
#endif // CORTEX_UNITTESTS_RUNTIME_BIGSTRUCTURES_H
