//===- from_model_to_answer.cpp - Write a model, compile it, run it -------===//
//
// Everything in one program: the model is written with the builder, compiled
// into this process and run on a tree of the program's own nodes. README.md
// shows the part between the marks; a test keeps them the same.
//===----------------------------------------------------------------------===//
#include "cortex/Compiler/Compiler.h"
#include "cortex/linked.hpp"

#include <cmath>
#include <cstdio>
#include <exception>
#include <vector>

using namespace cortex::build;

/// A tree as this program has it.
struct Tree {
  int word = -1;
  std::vector<const Tree *> kids;
};

/// How Cortex reads it.
struct TreeAccess {
  using Node = const Tree *;
  const std::vector<const Tree *> &children(Node n) const { return n->kids; }
  int32_t symbol(Node n, uint32_t /*input*/) const { return n->word; }
};

/// Some numbers in [-0.5, 0.5) in place of trained weights.
static std::vector<float> someWeights(size_t count) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>((i * 7919) % 1000) / 1000 - 0.5f;
  return values;
}

static cortex::Program compileModel() {
  // README: begin
  Model m("TreeFC", cortex::StructureKind::Tree);
  auto leaf = m.type("leaf", 0), pair = m.type("pair", 2);
  auto word = m.symbolInput("word", 1000, {leaf});
  auto E = m.param("E", {1000, 16}), W = m.param("W", {16, 32}), bias = m.param("bias", {16});
  auto up = m.sweep("up", Direction::Up);
  auto h = up.state("h", {16});
  up.body(leaf, [&](Body &b) { b.set(h, E[b.self(word)]); });
  up.body(pair, [&](Body &b) { b.set(h, relu(matvec(W, concat({b.child(0, h), b.child(1, h)}), bias))); });
  m.output("root", h);
  cortex::Program program = cortex::compile(m);
  // README: end
  return program;
}

static std::vector<float> runModel(const cortex::Program &program, const std::vector<cortex_tensor> &weights,
                                   const Tree &tree) {
  // README: begin
  cortex::Session session(cortex::Model(program, weights));
  cortex::LinkedBatch<TreeAccess> trees(program);
  trees.add(&tree);
  cortex::Outputs outputs(program);
  session.run(trees.batch(), outputs);
  auto root = outputs.values<float>("root"); // 16 numbers for each tree
  // README: end
  return {root.begin(), root.end()};
}

/// The same recursion in plain C++, to check the answer.
static std::vector<double> plain(const Tree &tree, const std::vector<float> &e, const std::vector<float> &w,
                                 const std::vector<float> &bias) {
  std::vector<double> h(16);
  if (tree.kids.empty()) {
    for (size_t i = 0; i < 16; ++i)
      h[i] = e[static_cast<size_t>(tree.word) * 16 + i];
    return h;
  }
  std::vector<double> both = plain(*tree.kids[0], e, w, bias), right = plain(*tree.kids[1], e, w, bias);
  both.insert(both.end(), right.begin(), right.end());
  for (size_t i = 0; i < 16; ++i) {
    double sum = bias[i];
    for (size_t k = 0; k < 32; ++k)
      sum += static_cast<double>(w[i * 32 + k]) * both[k];
    h[i] = std::fmax(sum, 0);
  }
  return h;
}

int main() {
  try {
    const Tree a{3, {}}, film{14, {}}, good{159, {}}, inner{-1, {&good, &film}}, tree{-1, {&a, &inner}};
    const std::vector<float> e = someWeights(1000 * 16), w = someWeights(16 * 32), bias = someWeights(16);
    const uint64_t eShape[] = {1000, 16}, wShape[] = {16, 32}, biasShape[] = {16};
    const cortex::Program program = compileModel();
    const std::vector<float> answer = runModel(program,
                                               {{"E", CORTEX_F32, 2, eShape, e.data()},
                                                {"W", CORTEX_F32, 2, wShape, w.data()},
                                                {"bias", CORTEX_F32, 1, biasShape, bias.data()}},
                                               tree);
    const std::vector<double> expected = plain(tree, e, w, bias);
    double largest = 0;
    for (size_t i = 0; i < expected.size(); ++i)
      largest = std::fmax(largest, std::fabs(expected[i] - static_cast<double>(answer.at(i))));
    std::printf("root state: %.4f %.4f %.4f … (%zu values)\nlargest difference from plain C++: %.1e\n",
                static_cast<double>(answer[0]), static_cast<double>(answer[1]), static_cast<double>(answer[2]),
                answer.size(), largest);
    return largest < 1e-5 ? 0 : 1;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 2;
  }
}
