//===- linked_nodes.cpp - A compiled model on the program's own nodes -----===//
//
//   cortex compile TreeFC --weights samples/treefc/weights.safetensors -o treefc.cortex
//   linked_nodes treefc.cortex
//
// Only the runtime is linked, no compiler. The nodes stay where they are: an
// accessor says how to read them.
//===----------------------------------------------------------------------===//
#include "cortex/linked.hpp"

#include <cstdio>
#include <deque>
#include <exception>

/// A node of a parser that knows nothing of Cortex.
struct ParseNode {
  int word = -1;
  const ParseNode *left = nullptr, *right = nullptr;
};

struct ParseAccess {
  using Node = const ParseNode *;
  size_t num_children(Node n) const { return n->left ? 2 : 0; }
  Node child(Node n, size_t i) const { return i == 0 ? n->left : n->right; }
  int32_t symbol(Node n, uint32_t /*input*/) const { return n->word; }
};

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: linked_nodes MODEL.cortex\n");
    return 2;
  }
  try {
    const cortex::Program program = cortex::Program::load(argv[1]);
    const cortex::Model model(program); // with the weights that the artifact carries
    cortex::Session session(model);
    cortex::LinkedBatch<ParseAccess> batch(program);
    cortex::Outputs outputs(program);

    // ("a" ("tremendous" "piece")) and ("a" "piece"), by their numbers in vocab.txt.
    std::deque<ParseNode> nodes;
    auto leaf = [&](int word) { return &nodes.emplace_back(ParseNode{word}); };
    auto pair = [&](const ParseNode *l, const ParseNode *r) { return &nodes.emplace_back(ParseNode{-1, l, r}); };
    batch.add(pair(leaf(1), pair(leaf(2), leaf(3))));
    batch.add(pair(leaf(1), leaf(3)));

    session.run(batch.batch(), outputs);
    const std::span<const float> logits = outputs.values<float>(0u);
    const size_t each = program.output(0).elements;
    for (int32_t tree = 0; tree < batch.numStructures(); ++tree) {
      std::printf("tree %d:", tree);
      for (size_t i = 0; i < each; ++i)
        std::printf(" %.4f", static_cast<double>(logits[static_cast<size_t>(tree) * each + i]));
      std::printf("\n");
    }
    return 0;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 2;
  }
}
