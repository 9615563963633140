//===- LinkedCases.cpp - Batches of linked nodes --------------------------===//
#include "Fakes.h"

#include "cortex/linked.hpp"

namespace cortex::errors {

namespace {

struct Node {
  std::vector<const Node *> kids;
};

/// Gives the fake program all that it takes.
struct Accessor {
  using Node = const errors::Node *;
  size_t num_children(Node n) const { return n->kids.size(); }
  Node child(Node n, size_t i) const { return n->kids[i]; }
  int32_t symbol(Node, uint32_t) const { return 0; }
  const float *features(Node, uint32_t) const { return values; }
  int32_t edge_symbol(Node, size_t, uint32_t) const { return 0; }
  const float *edge_features(Node, size_t, uint32_t) const { return values; }
  float values[kUnits] = {};
};

struct Bare {
  using Node = const errors::Node *;
  size_t num_children(Node n) const { return n->kids.size(); }
  Node child(Node n, size_t i) const { return n->kids[i]; }
};
struct WithSymbols : Bare {
  int32_t symbol(Node, uint32_t) const { return 0; }
};
struct WithFeatures : WithSymbols {
  const float *features(Node, uint32_t) const { return nullptr; }
};
struct WithEdgeSymbols : WithFeatures {
  int32_t edge_symbol(Node, size_t, uint32_t) const { return 0; }
};
struct Endless : Accessor {
  size_t num_children(Node) const { return size_t(1) << 31; }
};
struct NullFeatures : Accessor {
  const float *features(Node, uint32_t) const { return nullptr; }
};

/// Adds a structure to a batch that has one; the batch stays what it was.
template <class A = Accessor> Outcome add(const Node *root, StructureKind kind = StructureKind::Tree) {
  const Node leaf;
  LinkedBatch<A> linked(fakeProgram(kind));
  if constexpr (!std::is_same_v<A, NullFeatures>)
    linked.add(&leaf);
  const int32_t before = linked.numStructures();
  const Outcome found = thrown([&] { linked.add(root); });
  return linked.numStructures() == before ? found : Outcome{"", "the batch was touched"};
}

template <class A> Outcome make() {
  return thrown([] { LinkedBatch<A> linked(fakeProgram()); });
}

} // namespace

Group linkedCases() {
  const std::string argument = "CORTEX_INVALID_ARGUMENT", batch = "CORTEX_INVALID_BATCH";
  const char *const give = "Add the function to the accessor; `cortex/linked.hpp` lists them.";
  const char *const cycle = "Break the cycle: recursion over it would not end.";
  return {
      "C++: linked nodes",
      "`LinkedBatch` names nodes by their path from the root: \"child 1 0\" is the first child of the second child.",
      {
          {"an accessor without symbols", argument, "the model has the input 'word', but the accessor has no symbol()",
           give, [] { return make<Bare>(); }},
          {"an accessor without features", argument, "the model has the input 'x', but the accessor has no features()",
           give, [] { return make<WithSymbols>(); }},
          {"an accessor without symbols on edges", argument,
           "the model has the input 'label', but the accessor has no edge_symbol()", give,
           [] { return make<WithFeatures>(); }},
          {"an accessor without features on edges", argument,
           "the model has the input 'weight', but the accessor has no edge_features()", give,
           [] { return make<WithEdgeSymbols>(); }},
          {"an accessor without types", argument,
           "the arities of the model's types overlap, but the accessor has no type()", give,
           [] {
             Manifest m = fakeManifest(DType::F32, StructureKind::Dag);
             m.types = {{"a", 0, 2}, {"b", 1, TypeInfo::kAnyArity}};
             const IdleProgram program(m);
             return thrown([&] { LinkedBatch<Accessor> linked(Program::fromEntry(program.entry)); });
           }},
          {"an input that is not at structures", argument, "input 0 is not at structures",
           "Only the inputs at structures are set; the others are read from the nodes.",
           [] {
             LinkedBatch<Accessor> linked(fakeProgram());
             return thrown([&] { linked.setStructureInput(kWord, nullptr); });
           }},
          {"a root that is null", batch, "structure 1: the root is null", "Add the root of a structure.",
           [] { return add(nullptr); }},
          {"no roots", batch, "structure 0: it has no nodes", "Leave the structure out.",
           [] {
             LinkedBatch<Accessor> linked(fakeProgram());
             return thrown([&] { linked.addRoots(std::vector<const Node *>()); });
           }},
          {"a child that is null", batch, "structure 1: the node below the root at child 1 0 is null",
           "Leave absent children out, in `num_children` too.",
           [] {
             const Node leaf, inner{{nullptr}}, root{{&leaf, &inner}};
             return add(&root);
           }},
          {"a cycle", batch,
           "structure 1: the node below the root at child 1 0 is its own descendant: the linked nodes have a cycle",
           cycle,
           [] {
             const Node leaf;
             Node inner, root;
             root.kids = {&leaf, &inner};
             inner.kids = {&root};
             return add(&root);
           }},
          {"a cycle far below", batch,
           "structure 1: the node below the root at child 0 0 0 0 0 0 0 0 0 0 0 0 ... (30 steps) is its own "
           "descendant: "
           "the linked nodes have a cycle",
           cycle,
           [] {
             std::vector<Node> nodes(30);
             for (size_t i = 0; i < nodes.size(); ++i)
               nodes[i].kids = {&nodes[i + 1 < nodes.size() ? i + 1 : 20]};
             return add(&nodes[0], StructureKind::Dag);
           }},
          {"two parents in a tree", batch,
           "structure 1: the node below the root at child 1 has two parents, but the model takes trees",
           "Copy what is shared, or use a model over DAGs.",
           [] {
             const Node leaf, root{{&leaf, &leaf}};
             return add(&root);
           }},
          {"more children than 32 bits count", batch, "a batch has at most 2147483647 edges",
           "Run fewer structures at once. A `num_children` that gives -1 looks like this.",
           [] {
             const Node leaf;
             LinkedBatch<Endless> linked(fakeProgram());
             return thrown([&] { linked.add(&leaf); });
           }},
          {"features that are null", batch, "structure 0, node 0, input 'x': the accessor gives a null pointer",
           "Give the values; a node whose type does not have the input is not asked.",
           [] {
             const Node leaf;
             return add<NullFeatures>(&leaf);
           }},
      }};
}

} // namespace cortex::errors
