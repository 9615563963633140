//===- LeafProductsTest.cpp - Leaves whose states are not stored ----------===//
//
// The oracle's checks make every state an output, so that every leaf's states
// are stored. Here only the model's own outputs are there: leaves are stored
// where they are roots, or nowhere. The outputs have the same bytes.
//===----------------------------------------------------------------------===//
#include "Execution.h"

using namespace cortex;
using namespace cortex::test;

namespace {

CompileOptions quick() {
  CompileOptions options = hostOptions();
  options.codegen.optLevel = 0;
  options.schedule.tables = 100;
  return options;
}

/// Default roots, or nodes that the caller names: leaves, inner nodes, some twice.
io::Batch batchFor(const Subject &subject, const reference::Params &params, reference::Shape shape, bool named) {
  io::Batch batch = given(subject, params, {shape, 6, 9}, 3).batch;
  if (!named)
    return batch;
  reference::Random random(11);
  batch.roots.clear();
  batch.root_offsets = {0};
  for (size_t s = 0; s < batch.structures(); ++s) {
    const int32_t first = batch.node_offsets[s], nodes = batch.node_offsets[s + 1] - first;
    for (size_t i = 0; i < s % 4; ++i)
      batch.roots.push_back(first + static_cast<int32_t>(random.below(nodes)));
    batch.root_offsets.push_back(static_cast<int32_t>(batch.roots.size()));
  }
  return batch;
}

class LeafProducts : public testing::TestWithParam<std::string> {};

TEST_P(LeafProducts, StoredAtRootsOnly) {
  const Source source = fromZoo(GetParam(), sizesOf(*zoo::find(GetParam()), GetParam() == "MVRNN" ? 5 : 11));
  const Subject all(*source.module, quick()), own(*source.module, quick(), compileModel, cli::Shown::Declared);
  const auto &types = own.manifest().types;
  ASSERT_TRUE(std::any_of(types.begin(), types.end(), [](const TypeInfo &t) { return t.symbol; }));
  // Attention needs all children's states: they stay in rows.
  EXPECT_EQ(std::any_of(types.begin(), types.end(), [](const TypeInfo &t) { return t.kinds == KindRule::Root; }),
            GetParam() != "Terms");
  const reference::Params params = reference::randomParams(all.model(), 2);
  const Model allModel = all.prepare(all.inProcess(), params), ownModel = own.prepare(own.inProcess(), params);
  for (reference::Shape shape : {reference::Shape::Mixed, reference::Shape::Single})
    for (bool named : {false, true}) {
      const io::Batch batch = batchFor(all, params, shape, named);
      Session expected = all.session(allModel, 1);
      const std::vector<Output> values = all.run(expected, batch);
      for (int64_t workers : {1, 2, 3}) {
        Session session = own.session(ownModel, workers);
        const std::vector<Output> outputs = own.run(session, batch);
        ASSERT_FALSE(outputs.empty());
        EXPECT_EQ(cli::firstDifference(outputs, values), "") << workers << " workers" << (named ? ", named roots" : "");
      }
    }
}

INSTANTIATE_TEST_SUITE_P(Zoo, LeafProducts,
                         testing::Values("TreeRNN", "TreeFC", "TreeLSTM", "NaryTreeLSTM", "TreeGRU", "SimpleTreeGRU",
                                         "MVRNN", "RNTN", "Terms"),
                         [](const auto &info) { return info.param; });

/// Expects the same bytes of the declared outputs with and without those of all states.
void expectSameDeclared(const Source &source, const std::string &schedule) {
  SCOPED_TRACE(schedule);
  CompileOptions options = quick();
  std::string error;
  ASSERT_TRUE(parseSchedule(schedule, options.schedule, error)) << error;
  const Subject all(*source.module, options), own(*source.module, options, compileModel, cli::Shown::Declared);
  const reference::Params params = reference::randomParams(all.model(), 2);
  Session expected = all.session(all.prepare(all.inProcess(), params), 1);
  Session session = own.session(own.prepare(own.inProcess(), params), 2);
  const io::Batch batch = given(all, params, {reference::shapesOf(all.model()).back(), 6, 9}, 3).batch;
  const std::vector<Output> outputs = own.run(session, batch);
  ASSERT_FALSE(outputs.empty());
  EXPECT_EQ(cli::firstDifference(outputs, all.run(expected, batch)), "");
}

/// Whether sweeps=together could change something.
bool hasSeveralSweeps(const Source &source) {
  return llvm::range_size(cli::modelIn(*source.module).getBody().getOps<ra::SweepOp>()) > 1;
}

TEST(DeclaredOutputs, OfTheZoo) {
  for (const zoo::Entry &entry : zoo::entries()) {
    SCOPED_TRACE(entry.name);
    const Source source = fromZoo(entry.name, sizesOf(entry, 5));
    expectSameDeclared(source, "");
    if (hasSeveralSweeps(source))
      expectSameDeclared(source, "sweeps=together");
  }
}

/// Leaves of the first sweep are read at roots, those of the second one everywhere.
TEST(DeclaredOutputs, OfSweepsThatShareNests) {
  std::string text = "ra.model @Two structure(tree) float(f32) {\n  ra.type @leaf(0)\n  ra.type @internal(2)\n"
                     "  ra.input @word : !ra.symbol<10> on @leaf\n  ra.param @e : tensor<10x8xf32>\n";
  for (const std::string sweep : {"a", "b"}) {
    text.append("  ra.sweep @").append(sweep).append(" up states(@h : tensor<8xf32>) {\n");
    text += "    ra.body @leaf {\n      %e = ra.read param @e : tensor<10x8xf32>\n"
            "      %w = ra.read self @word : !ra.symbol<10>\n"
            "      %0 = ra.lookup %e[%w] : (tensor<10x8xf32>, !ra.symbol<10>) -> tensor<8xf32>\n"
            "      %1 = math.tanh %0 : tensor<8xf32>\n      ra.yield %1 : tensor<8xf32>\n    }\n"
            "    ra.body @internal {\n";
    text.append("      %l = ra.read child(0) @").append(sweep).append("::@h : tensor<8xf32>\n");
    text.append("      %r = ra.read child(1) @").append(sweep).append("::@h : tensor<8xf32>\n");
    text += "      %0 = arith.addf %l, %r : tensor<8xf32>\n      %1 = math.tanh %0 : tensor<8xf32>\n"
            "      ra.yield %1 : tensor<8xf32>\n    }\n  }\n";
  }
  text += "  ra.output @root = @a::@h at roots\n";
  for (const std::string place : {"nodes", "roots"}) {
    SCOPED_TRACE(place);
    std::string whole = text;
    whole.append("  ra.output @second = @b::@h at ").append(place).append("\n}\n");
    expectSameDeclared(fromText(whole, "two.mlir"), "sweeps=together");
  }
}

/// What a leaf is for one parent it is for all; and a node is of one kind by all of its children.
TEST(LeafProductsOf, SharedLeavesAndMixedTypes) {
  const char *const text = R"(
#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>
module {
  ra.model @Mixed structure(dag) float(f32) {
    ra.type @word(0 to 2)
    ra.type @other(0)
    ra.type @many(1 to *)
    ra.type @pair(0 to 2)
    ra.input @w : !ra.symbol<7> on @word, @pair
    ra.input @x : tensor<6xf32> on @other
    ra.param @E : tensor<7x6xf32>
    ra.param @U : tensor<6x6xf32>
    ra.sweep @up up states(@h : tensor<6xf32>) {
      ra.body @word {
        %w = ra.read self @w : !ra.symbol<7>
        %E = ra.read param @E : tensor<7x6xf32>
        %e = ra.lookup %E[%w] : (tensor<7x6xf32>, !ra.symbol<7>) -> tensor<6xf32>
        %t = math.tanh %e : tensor<6xf32>
        ra.yield %t : tensor<6xf32>
      }
      ra.body @other {
        %x = ra.read self @x : tensor<6xf32>
        ra.yield %x : tensor<6xf32>
      }
      ra.body @many {
        %U = ra.read param @U : tensor<6x6xf32>
        %z = arith.constant dense<0.0> : tensor<6xf32>
        %m, %p, %t = ra.over children [mean, prod, max] {
          %h = ra.read there @up::@h : tensor<6xf32>
          ra.yield %h, %h, %h : tensor<6xf32>, tensor<6xf32>, tensor<6xf32>
        } : tensor<6xf32>, tensor<6xf32>, tensor<6xf32>
        %g = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %m : tensor<6x6xf32>, tensor<6xf32>) outs(%p : tensor<6xf32>) -> tensor<6xf32>
        %s = arith.addf %g, %t : tensor<6xf32>
        %y = math.tanh %s : tensor<6xf32>
        ra.yield %y : tensor<6xf32>
      }
      ra.body @pair {
        %U = ra.read param @U : tensor<6x6xf32>
        %z = arith.constant dense<0.25> : tensor<6xf32>
        %l = ra.read child(0) @up::@h else %z : tensor<6xf32>
        %r = ra.read child(1) @up::@h else %z : tensor<6xf32>
        %s = arith.addf %l, %r : tensor<6xf32>
        %g = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %s : tensor<6x6xf32>, tensor<6xf32>) outs(%r : tensor<6xf32>) -> tensor<6xf32>
        %y = math.tanh %g : tensor<6xf32>
        ra.yield %y : tensor<6xf32>
      }
    }
    ra.output @root = @up::@h at roots
  }
}
)";
  CompileOptions options = quick();
  const Source source = fromText(text, "mixed.mlir");
  expectCorrect(source, 5, {}, options);
  const Subject subject(*source.module, options);
  EXPECT_EQ(subject.manifest().types[0].symbol, true);
  EXPECT_EQ(subject.manifest().types[2].kinds, KindRule::Inner);
  EXPECT_EQ(subject.manifest().types[3].kinds, KindRule::FirstTwo);
}

} // namespace
