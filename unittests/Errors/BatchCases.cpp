//===- BatchCases.cpp - Batches that are wrong ----------------------------===//
#include "Fakes.h"

namespace cortex::errors {

namespace {

constexpr const char *kStatus = "CORTEX_INVALID_BATCH";
const std::vector<TypeInfo> kFewAndMany = {{"few", 0, 1}, {"many", 2, TypeInfo::kAnyArity}};

/// What a run of the batch says, for a program with these types.
Outcome run(const cortex_batch &batch, StructureKind kind, const std::vector<TypeInfo> &types, bool withInputs = true) {
  Manifest m = manifestOfTypes(kind, types);
  m.model = "idle";
  if (!withInputs)
    m.inputs.clear();
  const IdleProgram program(m);
  Session session(Model(Program::fromEntry(program.entry), std::span<const cortex_tensor>()));
  return thrown([&] { session.run(batch, nullptr); });
}

/// Two trees, damaged.
Case treeCase(const char *title, const char *message, const char *advice, std::function<void(TwoTrees &)> damage,
              StructureKind kind = StructureKind::Tree, const std::vector<TypeInfo> &types = kLeafAndPair) {
  return {title, kStatus, message, advice, [=] {
            TwoTrees b;
            damage(b);
            return run(b.view(), kind, types);
          }};
}

/// The record itself, damaged.
Case headCase(const char *title, const char *message, const char *advice, std::function<void(cortex_batch &)> damage) {
  return {title, kStatus, message, advice, [=] {
            const TwoTrees b;
            cortex_batch view = b.view();
            damage(view);
            return run(view, StructureKind::Tree, kLeafAndPair);
          }};
}

/// Structures of nodes that take any number of children and have no inputs.
Case shapeCase(const char *title, const char *message, const char *advice, const Children &kids, StructureKind kind) {
  return {title, kStatus, message, advice, [=] {
            TestBatch b;
            b.add({{}});
            b.add(kids);
            return run(b.view(), kind, {{"any", 0, TypeInfo::kAnyArity}}, false);
          }};
}

std::vector<Case> arrayCases() {
  const char *const offsets = "Offsets begin with 0 and never fall; the last is the number of all.";
  return {
      headCase("a record without its size", "cortex_batch.struct_size is not sizeof(cortex_batch)",
               "Set `struct_size` (`makeBatch()` does).", [](cortex_batch &b) { b.struct_size = 8; }),
      headCase("a negative number of structures", "the number of structures is negative", "Count from 0.",
               [](cortex_batch &b) { b.num_structures = -1; }),
      headCase("no node offsets", "node_offsets is null", "Give the array.",
               [](cortex_batch &b) { b.node_offsets = nullptr; }),
      headCase("no child offsets", "child_offsets is null", "Give the array, also where no node has children.",
               [](cortex_batch &b) { b.child_offsets = nullptr; }),
      headCase("no children", "children is null, but there are edges", "Give the array.",
               [](cortex_batch &b) { b.children = nullptr; }),
      headCase("no inputs", "inputs is null, but the model has inputs", "Give an array with a pointer for each input.",
               [](cortex_batch &b) { b.inputs = nullptr; }),
      headCase("roots without offsets", "roots are given without root_offsets", "Give both or neither.",
               [](cortex_batch &b) { b.roots = b.children; }),
      {"root offsets without roots", kStatus, "roots is null, but root_offsets counts some", "Give both or neither.",
       [] {
         TwoTrees b;
         b.rootOffsets = {0, 1, 2};
         cortex_batch view = b.view();
         view.roots = nullptr;
         return run(view, StructureKind::Tree, kLeafAndPair);
       }},
      treeCase("node offsets that do not begin with 0", "node_offsets does not begin with 0", offsets,
               [](TwoTrees &b) { b.nodeOffsets[0] = 1; }),
      treeCase("child offsets that do not begin with 0", "child_offsets does not begin with 0", offsets,
               [](TwoTrees &b) { b.childOffsets[0] = 1; }),
      treeCase("root offsets that do not begin with 0", "root_offsets does not begin with 0", offsets,
               [](TwoTrees &b) { b.rootOffsets = {1, 1, 1}; }),
      treeCase("more nodes than 32 bits count", "node_offsets ends below 0, which means more than 2147483647 nodes",
               "Run fewer structures at once.", [](TwoTrees &b) { b.nodeOffsets[2] = INT32_MIN; }),
      treeCase("more edges than 32 bits count", "child_offsets ends below 0, which means more than 2147483647 edges",
               "Run fewer structures at once.", [](TwoTrees &b) { b.childOffsets[6] = -4; }),
      treeCase("more roots than 32 bits count", "root_offsets ends below 0, which means more than 2147483647 roots",
               "Run fewer structures at once.", [](TwoTrees &b) { b.rootOffsets = {0, 0, -1}; }),
      treeCase("an empty structure", "structure 0: it has no nodes", "Leave the structure out.",
               [](TwoTrees &b) { b.nodeOffsets[1] = 0; }),
      treeCase("node offsets that fall", "structure 0: node_offsets goes from 0 to 9 of 6 nodes", offsets,
               [](TwoTrees &b) { b.nodeOffsets[1] = 9; }),
      treeCase("child offsets that fall", "structure 1, node 3: child_offsets goes from 2 to 1 of 4 edges", offsets,
               [](TwoTrees &b) { b.childOffsets[4] = 1; }),
      treeCase("root offsets beyond the end", "structure 0: root_offsets goes from 0 to 5 of 2 roots", offsets,
               [](TwoTrees &b) {
                 b.rootOffsets = {0, 5, 2};
                 b.roots = {2, 5};
               }),
      {"roots that cannot be counted", kStatus, "children[0] is 99, the batch has 6 nodes",
       "Children are ids of the batch's nodes.",
       [] {
         TwoTrees b;
         b.children[0] = 99;
         return thrown([&] { numRoots(b.view()); });
       }},
      {"no place for the number of roots", "CORTEX_INVALID_ARGUMENT", "num_roots is null",
       "Give the address of a number.",
       [] {
         const cortex_batch empty = makeBatch();
         return called(cortex_batch_num_roots(&empty, nullptr));
       }},
  };
}

std::vector<Case> structureCases() {
  const char *const copy = "Copy what is shared, or use a model over DAGs.";
  const char *const cycle = "Break the cycle: recursion over it would not end.";
  return {
      treeCase("a child in another structure",
               "structure 0, node 2: its child 1 is node 3, the structure has nodes 0 to 2",
               "Children are nodes of the same structure; ids count through the whole batch.",
               [](TwoTrees &b) { b.children[1] = 3; }),
      treeCase("a child that does not exist",
               "structure 1, node 5: its child 0 is node -1, the structure has nodes 3 to 5",
               "Where a child is absent, leave it out.", [](TwoTrees &b) { b.children[2] = -1; }),
      treeCase("the same child twice in a tree",
               "structure 0, node 0: it is more than once a child of node 2, but the model takes trees", copy,
               [](TwoTrees &b) { b.children[1] = 0; }),
      shapeCase("two parents in a tree",
                "structure 1, node 1: it has two parents, nodes 2 and 3, but the model takes trees", copy,
                {{}, {0}, {0}, {1, 2}}, StructureKind::Tree),
      shapeCase("two successors in a sequence",
                "structure 1, node 1: it has two parents, nodes 2 and 3, but the model takes sequences",
                "Use a model over trees.", {{}, {0}, {0}}, StructureKind::Sequence),
      treeCase(
          "two children in a sequence", "structure 0, node 2: it has 2 children, but the model takes sequences",
          "Use a model over trees.", [](TwoTrees &) {}, StructureKind::Sequence),
      shapeCase("a cycle", "structure 1, node 2: it is its own descendant: the structure has a cycle", cycle,
                {{}, {2}, {3}, {1}}, StructureKind::Tree),
      shapeCase("a node that is its own child",
                "structure 1, node 1: it is its own descendant: the structure has a cycle", cycle, {{0}},
                StructureKind::Dag),
      treeCase("a number of children that no type takes", "structure 0, node 2: no type of the model takes 2 children",
               "Use a model that takes them.", [](TwoTrees &) {}, StructureKind::Tree, {{"leaf", 0, 0}, {"one", 1, 1}}),
      treeCase("types that are needed",
               "types is null, but the arities of the model's types overlap: give the type of every node",
               "Give the array.", [](TwoTrees &) {}, StructureKind::Tree, {{"a", 0, 2}, {"b", 2, 2}}),
      treeCase("a type that there is not", "structure 1, node 4: its type is 2, the model has types 0 to 1",
               "`cortex_program_find_type` gives the numbers.", [](TwoTrees &b) { b.types = {0, 0, 1, 0, 2, 1}; }),
      treeCase("a type that takes another number of children",
               "structure 1, node 3: type 'pair' takes 2 children, it has 0", "Correct the type, or the children.",
               [](TwoTrees &b) { b.types = {0, 0, 1, 1, 0, 1}; }),
      treeCase(
          "a type that takes fewer children", "structure 0, node 2: type 'few' takes 0 to 1 children, it has 2",
          "Correct the type, or the children.", [](TwoTrees &b) { b.types = {0, 0, 0, 0, 0, 0}; }, StructureKind::Tree,
          kFewAndMany),
      treeCase(
          "a type that takes more children", "structure 0, node 0: type 'many' takes 2 or more children, it has 0",
          "Correct the type, or the children.", [](TwoTrees &b) { b.types = {1, 0, 1, 0, 0, 1}; }, StructureKind::Tree,
          kFewAndMany),
      treeCase("a root in another structure", "structure 1: its root 0 is node 2, the structure has nodes 3 to 5",
               "Roots are nodes of the same structure.",
               [](TwoTrees &b) {
                 b.rootOffsets = {0, 1, 2};
                 b.roots = {2, 2};
               }),
  };
}

std::vector<Case> inputCases() {
  const char *const domain = "Symbols count from 0; the domain is a size of the model.";
  const char *const pointer = "A pointer may be null only where no node of the batch has the input.";
  return {
      treeCase("a symbol out of its domain", "structure 1, node 4, input 'word': symbol 10 is not in 0 to 9", domain,
               [](TwoTrees &b) { b.word[4] = 10; }),
      treeCase("an edge's symbol out of its domain",
               "structure 1, node 5, child 1, input 'label': symbol 4 is not in 0 to 3", domain,
               [](TwoTrees &b) { b.label[3] = 4; }),
      treeCase("a structure's symbol out of its domain", "structure 1, input 'topic': symbol 2 is not in 0 to 1",
               domain, [](TwoTrees &b) { b.topic[1] = 2; }),
      treeCase("no values of an input", "structure 0, node 0, input 'x': it is needed here, but its pointer is null",
               pointer, [](TwoTrees &b) { b.inputs[1] = nullptr; }),
      treeCase("no values on edges",
               "structure 0, node 2, child 0, input 'label': it is needed here, but its pointer is null", pointer,
               [](TwoTrees &b) { b.inputs[2] = nullptr; }),
      treeCase("no values on structures", "structure 0, input 'topic': it is needed here, but its pointer is null",
               pointer, [](TwoTrees &b) { b.inputs[3] = nullptr; }),
  };
}

} // namespace

Group batchCases() {
  Group group{
      "C and C++: batches",
      "`cortex_session_run` and `cortex_batch_num_roots`. Node ids are those of the batch. The examples are two "
      "trees of three nodes.",
      arrayCases()};
  for (const std::vector<Case> &cases : {structureCases(), inputCases()})
    group.cases.insert(group.cases.end(), cases.begin(), cases.end());
  return group;
}

} // namespace cortex::errors
