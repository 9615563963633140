//===- BigModelsTest.cpp - Compiled models on large and deep structures ---===//
//
// Models of the zoo, and one of DAGs that goes up and down, on structures of
// 100,000 nodes or edges (1,000,000 with CORTEX_FULL=1), on a small stack. The
// oracle evaluates all of them and checks 10,000 nodes of each locally; bytes are
// the same with two workers and in chunks. The largest structure lies
// between smaller ones, so that chunks begin and end around it.
//===----------------------------------------------------------------------===//
#include "../../unittests/Runtime/BigStructures.h"
#include "../../unittests/Runtime/TestBatch.h"
#include "../../unittests/SmallStack.h"
#include "../Execution/Execution.h"

#include "cortex/IO/Brackets.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace cortex;
using namespace cortex::test;

namespace {

int32_t bigSize() {
  return full() ? 1'000'000 : 100'000;
}

/// up: h = tanh(U mean of children's h + W x); down: d = tanh(V h + R mean of
/// parents' d); pool: the largest d of the structure's nodes. Means keep units
/// of nodes with many neighbours out of saturation.
build::Model upAndDown() {
  using namespace build;
  build::Model m("UpAndDown", StructureKind::Dag);
  constexpr int64_t kHidden = 7, kFeatures = 3;
  Type node = m.type("node", 0, any);
  Input x = m.input("x", {kFeatures});
  Param u = m.param("U", {kHidden, kHidden}), w = m.param("W", {kHidden, kFeatures}), bias = m.param("b", {kHidden});
  Param v = m.param("V", {kHidden, kHidden}), r = m.param("R", {kHidden, kHidden});
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {kHidden});
  up.body(node, [&](Body &b) {
    b.set(h, tanh(matvec(u, b.mean(children, [&](const Edge &e) { return e.there(h); }), bias) + matvec(w, b.self(x))));
  });
  Sweep down = m.sweep("down", Direction::Down);
  State d = down.state("d", {kHidden});
  down.body(node, [&](Body &b) {
    b.set(d, tanh(matvec(v, b.self(h)) + matvec(r, b.mean(parents, [&](const Edge &e) { return e.there(d); }))));
  });
  Sweep pool = m.sweep("pool", Direction::Map, Place::Structures);
  State best = pool.state("best", {kHidden});
  pool.body([&](Body &b) { b.set(best, b.max(nodes, [&](const Edge &e) { return e.there(d); })); });
  m.output("best", best, Place::Structures);
  return m;
}

Source sourceOf(const std::string &name) {
  if (name == "UpAndDown")
    return fromBuilder(upAndDown());
  std::map<std::string, int64_t> sizes = sizesOf(*zoo::find(name == "BiLSTM2" ? "LSTM" : name), 7);
  if (name == "LSTM")
    sizes["layers"] = sizes["directions"] = 1;
  return fromZoo(name == "BiLSTM2" ? "LSTM" : name, sizes);
}

/// Random values of all inputs; those that a node's type lacks are 0.
void addInputs(io::Batch &batch, const io::Schema &schema, reference::Random &random) {
  for (const InputInfo &info : schema.inputs) {
    io::Input input{info.name, info.place, info.symbol ? DType::I32 : info.dtype, info.shape, {}, {}, {}};
    const size_t items = batch.items(info.place);
    for (size_t i = 0; i < items; ++i) {
      if (info.place == Place::Nodes && !schema.typeHasInput(*schema.typeOfArity(batch.arity(i)), info)) {
        input.appendZeros(1);
      } else if (info.symbol) {
        input.symbols.push_back(static_cast<int32_t>(random.below(info.domain)));
      } else {
        for (size_t k = 0; k < input.itemSize(); ++k)
          input.f32.push_back(static_cast<float>(random.uniform(-1, 1)));
      }
    }
    batch.inputs.push_back(std::move(input));
  }
}

io::Batch batchOf(const std::vector<big::Lists> &structures, const io::Schema &schema, uint64_t seed) {
  std::mt19937 shuffle(static_cast<uint32_t>(seed));
  io::Batch batch;
  for (const big::Lists &kids : structures) {
    const auto base = static_cast<int32_t>(batch.nodes());
    for (const auto &list : renumber(kids, static_cast<Ids>(seed % 3), shuffle)) {
      for (const int32_t child : list)
        batch.children.push_back(base + child);
      batch.child_offsets.push_back(static_cast<int32_t>(batch.edges()));
    }
    batch.node_offsets.push_back(static_cast<int32_t>(batch.nodes()));
  }
  reference::Random random(seed);
  addInputs(batch, schema, random);
  return batch;
}

/// A compiled model with weights, and what every case checks.
class Checked {
public:
  explicit Checked(Source from)
      : source(std::move(from)), subject(*source.module, hostOptions()),
        params(reference::randomParams(subject.model(), kSeed)), model(subject.prepare(subject.inProcess(), params)) {}

  const io::Schema &schema() const { return subject.schema(); }
  bool admits(const big::Lists &kids) const {
    return std::all_of(kids.begin(), kids.end(), [&](const auto &list) {
      return schema().typeOfArity(static_cast<uint32_t>(list.size())).has_value();
    });
  }
  uint64_t bytesFor(const io::Batch &batch) const {
    Session session = subject.session(model, 1, kRoomy);
    subject.run(session, batch);
    return session.stats().scratch_bytes;
  }
  /// Each level has its exchanges, which are slow where there are fewer CPUs than workers: for smaller batches.
  void expectSameWithTwoWorkers(const io::Batch &batch) const {
    Session one = subject.session(model, 1), two = subject.session(model, 2);
    EXPECT_EQ(cli::firstDifference(subject.run(one, batch), subject.run(two, batch)), "") << "two workers";
  }

  /// Returns whether the comparison with the oracle says something.
  bool expectRight(const io::Batch &batch, uint64_t budget) const {
    Session one = subject.session(model, 1, kRoomy), small = subject.session(model, 1, budget);
    const std::vector<Output> outputs = subject.run(one, batch);
    EXPECT_EQ(one.stats().chunks, 1U);
    EXPECT_EQ(cli::firstDifference(outputs, subject.run(small, batch)), "") << "chunks";
    EXPECT_GT(small.stats().chunks, 1U);
    EXPECT_LE(small.stats().scratch_bytes, budget);
    Given given{batch, {}};
    std::string error;
    EXPECT_TRUE(reference::evaluate(subject.model(), params, batch, given.result, error)) << error;
    return expectAgrees(subject, params, given, outputs, false);
  }

private:
  static constexpr uint64_t kSeed = 21, kRoomy = uint64_t(8) << 30;
  Source source;
  Subject subject;
  reference::Params params;
  Model model;
};

class BigModels : public testing::TestWithParam<std::string> {};

TEST_P(BigModels, AgreeWithTheOracle) {
  onSmallStack([] {
    const Checked checked(sourceOf(GetParam()));
    const StructureKind kind = checked.schema().structure;
    std::mt19937 random(22);
    size_t shown = 0, tried = 0;
    for (const big::Shape &shape : big::shapes()) {
      const big::Lists large = shape.make(bigSize(), random), small = shape.make(bigSize() / 10, random);
      if (static_cast<int>(shape.needs) > static_cast<int>(kind) || !checked.admits(large) || !checked.admits(small))
        continue;
      SCOPED_TRACE(shape.name);
      const uint64_t seed = 23 + tried++;
      const uint64_t budget = checked.bytesFor(batchOf({large}, checked.schema(), seed));
      shown += checked.expectRight(batchOf({small, large, small}, checked.schema(), seed), budget);
      checked.expectSameWithTwoWorkers(batchOf({shape.make(bigSize() / 50, random)}, checked.schema(), seed));
    }
    EXPECT_GE(2 * shown, tried) << "the oracle says nothing about most of the structures";
    EXPECT_GE(tried, kind == StructureKind::Sequence ? 1U : 2U);
  });
}

INSTANTIATE_TEST_SUITE_P(Zoo, BigModels,
                         testing::Values("LSTM", "BiLSTM2", "TreeFC", "TreeLSTM", "UpDown", "DAGRNN", "UpAndDown"),
                         [](const auto &info) { return info.param; });

constexpr int64_t kTrees = 10'000;

TEST(BigBatches, TenThousandRandomTrees) {
  onSmallStack([] {
    const Checked checked(sourceOf("TreeLSTM"));
    std::mt19937 random(24);
    std::vector<big::Lists> trees;
    for (int64_t i = 0; i < kTrees; ++i)
      trees.push_back(big::randomBinary(1 + static_cast<int32_t>(random() % 73), random));
    const io::Batch batch = batchOf(trees, checked.schema(), 25);
    EXPECT_TRUE(checked.expectRight(batch, checked.bytesFor(batch) / 5));
  });
}

TEST(BigBatches, TenThousandTreesOfTheTreebank) {
  const char *given = std::getenv("CORTEX_DATA");
  const std::filesystem::path file =
      std::filesystem::path(given ? given : CORTEX_SOURCE_DIR "/../shared/data") / "sst" / "train.txt";
  if (!std::filesystem::exists(file))
    GTEST_SKIP() << "needs the treebank sst/train.txt: set CORTEX_DATA to the folder that has it";
  onSmallStack([&] {
    // The training set has 8,544 trees: some are there twice.
    io::BracketTrees trees;
    std::string error;
    ASSERT_TRUE(io::readBrackets(file.string(), trees, error)) << error;
    trees.batch.inputs.push_back({"word", Place::Nodes, DType::I32, {}, trees.word, {}, {}});
    for (int32_t &word : trees.batch.inputs[0].symbols)
      word = std::max(word, 0);
    const auto count = static_cast<int64_t>(trees.batch.structures());
    const io::Batch batch = joined(
        {trees.batch.slice(0, std::min(count, kTrees)), trees.batch.slice(0, std::max<int64_t>(kTrees - count, 0))});
    ASSERT_EQ(static_cast<int64_t>(batch.structures()), kTrees);
    std::map<std::string, int64_t> sizes = sizesOf(*zoo::find("TreeLSTM"), 7);
    sizes["vocab"] = static_cast<int64_t>(trees.words.size());
    const Checked checked(fromZoo("TreeLSTM", sizes));
    EXPECT_TRUE(checked.expectRight(batch, checked.bytesFor(batch) / 5));
  });
}

/// Bytes that the system could give.
uint64_t availableMemory() {
  std::ifstream info("/proc/meminfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("MemAvailable:"))
      return std::stoull(line.substr(13)) << 10;
  return 0;
}

/// Buffers above 4 GiB: the same bytes as in chunks whose buffers are small.
TEST(BigBuffers, AddressesAreOf64Bits) {
  constexpr uint64_t kGiB = uint64_t(1) << 30;
  if (!full())
    GTEST_SKIP() << "takes 5 GiB of memory: set CORTEX_FULL=1";
  if (availableMemory() < 7 * kGiB)
    GTEST_SKIP() << "needs 7 GiB of memory that is available";
  constexpr int64_t kHidden = 4096, kWords = 7;
  constexpr size_t kTrees = 1000, kNodesOfTree = 281;
  static_assert(kTrees * kNodesOfTree * kHidden * sizeof(float) > 4 * kGiB);
  build::Model m("Wide", StructureKind::Tree);
  {
    using namespace build;
    Type leaf = m.type("leaf", 0), inner = m.type("inner", 1, any);
    SymbolInput word = m.symbolInput("word", kWords, {leaf});
    Param table = m.param("E", {kWords, kHidden}), bias = m.param("b", {kHidden});
    Sweep up = m.sweep("up", Direction::Up);
    State h = up.state("h", {kHidden});
    up.body(leaf, [&](Body &b) { b.set(h, table[b.self(word)]); });
    up.body(inner, [&](Body &b) { b.set(h, b.mean(children, [&](const Edge &e) { return e.there(h); }) + bias); });
    m.output("root", h);
  }
  const Source source = fromBuilder(m);
  const mlir::OwningOpRef<mlir::ModuleOp> lowered(mlir::ModuleOp(*source.module).clone());
  const LLVMProgram compiled = cli::orFail(compileModel(*lowered, hostOptions()));
  const std::unique_ptr<JITProgram> jit = cli::orFail(JITProgram::create(compiled));
  const Program program = Program::fromEntry(*jit->entry());
  const reference::Params params = reference::randomParams(cli::modelIn(*source.module), 26);
  const Model model = cli::createModel(program, cli::toTensors(compiled.manifest().params, params), Team());
  std::mt19937 random(27);
  std::vector<big::Lists> trees;
  for (size_t i = 0; i < kTrees; ++i)
    trees.push_back(big::randomBinary(kNodesOfTree, random));
  const io::Schema schema = cli::schemaOf(program);
  const io::Batch batch = batchOf(trees, schema, 28);
  auto run = [&](uint64_t budget, uint64_t &bytes) {
    cortex_session_options options{};
    options.scratch_budget = budget;
    Session session(model, options);
    std::vector<Output> outputs = cli::outputsOf(program);
    cli::runInto(session, cli::BatchView(batch, schema), batch, outputs);
    bytes = session.stats().scratch_bytes;
    return outputs;
  };
  uint64_t large = 0, small = 0;
  const std::vector<Output> inChunks = run(kGiB / 8, small), whole = run(6 * kGiB, large);
  EXPECT_GT(large, 4 * kGiB);
  EXPECT_LE(small, kGiB / 8);
  EXPECT_EQ(cli::firstDifference(whole, inChunks), "");
}

} // namespace
