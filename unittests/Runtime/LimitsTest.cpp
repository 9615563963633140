//===- LimitsTest.cpp - Where 32 bits end ---------------------------------===//
//
// Nodes, edges, roots and structures are counted in 32 bits. What claims more is
// refused before it is read: the arrays here are mapped, but have no memory.
//===----------------------------------------------------------------------===//
#include "FakeFixture.h"
#include "cortex/linked.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <sys/mman.h>

using namespace cortex;
using namespace cortex::test;

namespace {

constexpr int32_t kMost = std::numeric_limits<int32_t>::max();

/// Zeros that take memory only where they are read or written.
class Sparse {
public:
  explicit Sparse(size_t elements) : size(elements * sizeof(int32_t)) {
    at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
      throw std::bad_alloc();
  }
  ~Sparse() { ::munmap(at, size); }
  Sparse(const Sparse &) = delete;
  Sparse &operator=(const Sparse &) = delete;
  int32_t &operator[](size_t i) { return static_cast<int32_t *>(at)[i]; }
  int32_t *data() { return static_cast<int32_t *>(at); }
  /// Bytes of it that have memory.
  size_t resident() const {
    size_t pages = 0;
    std::vector<unsigned char> there(size_t(1) << 16);
    for (size_t done = 0; done < size; done += there.size() << 12) {
      const size_t part = std::min(size - done, there.size() << 12);
      ::mincore(static_cast<char *>(at) + done, part, there.data());
      for (size_t i = 0; i < (part + 4095) / 4096; ++i)
        pages += there[i] & 1;
    }
    return pages << 12;
  }

private:
  size_t size;
  void *at;
};

class Limits : public testing::Test {
protected:
  std::string messageOf(const cortex_batch &b, cortex_status status) {
    void *outputs[] = {outputsOf, outputsOf, outputsOf, outputsOf};
    EXPECT_EQ(cortex_session_run(session.get(), &b, outputs), status);
    return cortex_last_error();
  }
  FakeEntry entry{fakeManifest(DType::F32, StructureKind::Dag)};
  Program program = Program::fromEntry(entry.entry);
  Session session{fakeModel<float>(program)};
  float outputsOf[kUnits] = {};
  const void *inputs[5] = {outputsOf, outputsOf, outputsOf, outputsOf, outputsOf};
};

/// Whether the message is about structure 0 and the default budget, and names a plausible number of bytes.
void expectOverBudget(const std::string &message, uint64_t least) {
  const std::string begin = "structure 0 needs up to ", end = " bytes of scratch, the session's budget is 1073741824";
  ASSERT_TRUE(message.starts_with(begin) && message.ends_with(end)) << message;
  EXPECT_GT(std::stoull(message.substr(begin.size())), least);
}

} // namespace

TEST_F(Limits, AsManyNodesAsThereCanBe) {
  Sparse childOffsets(size_t(kMost) + 1);
  const int32_t nodeOffsets[] = {0, kMost};
  cortex_batch b = makeBatch();
  b.num_structures = 1;
  b.node_offsets = nodeOffsets;
  b.child_offsets = childOffsets.data();
  b.inputs = inputs;
  expectOverBudget(messageOf(b, CORTEX_OVER_BUDGET), uint64_t(kMost) * 64);
  EXPECT_LT(childOffsets.resident(), size_t(1) << 20) << "it was read";
}

TEST_F(Limits, AsManyEdgesAsThereCanBe) {
  Sparse children(kMost);
  const int32_t nodeOffsets[] = {0, 2}, childOffsets[] = {0, 0, kMost};
  cortex_batch b = makeBatch();
  b.num_structures = 1;
  b.node_offsets = nodeOffsets;
  b.child_offsets = childOffsets;
  b.children = children.data();
  b.inputs = inputs;
  expectOverBudget(messageOf(b, CORTEX_OVER_BUDGET), uint64_t(kMost) * 12);
  EXPECT_LT(children.resident(), size_t(1) << 20) << "it was read";
}

TEST_F(Limits, OffsetsThatWrapAround) {
  const int32_t wrapped[] = {0, std::numeric_limits<int32_t>::min()}, nodes[] = {0, 1}, none[] = {0, 0};
  cortex_batch b = makeBatch();
  b.num_structures = 1;
  b.inputs = inputs;
  b.node_offsets = wrapped;
  b.child_offsets = none;
  EXPECT_EQ(messageOf(b, CORTEX_INVALID_BATCH), "node_offsets ends below 0, which means more than 2147483647 nodes");
  b.node_offsets = nodes;
  b.child_offsets = wrapped;
  EXPECT_EQ(messageOf(b, CORTEX_INVALID_BATCH), "child_offsets ends below 0, which means more than 2147483647 edges");
  b.child_offsets = none;
  b.root_offsets = wrapped;
  b.roots = none;
  EXPECT_EQ(messageOf(b, CORTEX_INVALID_BATCH), "root_offsets ends below 0, which means more than 2147483647 roots");
}

/// 50,000 times the root of a star over 50,000 leaves has more neighbours than there are numbers.
TEST(LimitsOfRoots, NeighboursOfNamedRoots) {
  constexpr int32_t kArity = 50'000;
  Manifest m = fakeManifest(DType::F32, StructureKind::Dag);
  for (OrderInfo &o : m.orders)
    if (o.kind == OrderKind::Roots)
      o.needs_children = true;
  FakeEntry entry(m);
  Session session(fakeModel<float>(Program::fromEntry(entry.entry)));
  FakeBatch<float> b;
  Children star(kArity + 1);
  star[kArity].resize(kArity);
  std::iota(star[kArity].begin(), star[kArity].end(), 0);
  b.add(star);
  std::mt19937 random(1);
  b.finish(random);
  b.roots.assign(kArity, kArity);
  b.rootOffsets = {0, kArity};
  try {
    runBatch(session, b);
    FAIL() << "it was run";
  } catch (const Error &e) {
    EXPECT_EQ(e.status(), CORTEX_INVALID_BATCH);
    EXPECT_STREQ(e.what(), "the roots have more than 2147483647 neighbours");
  }
  // A few of them are fine, and more than there are edges.
  b.roots.resize(30);
  b.rootOffsets = {0, 30};
  EXPECT_EQ(runBatch(session, b), expectedOutputs(b));
}

namespace {

/// Nodes by number; node 0 claims any number of children.
struct Claims {
  using Node = int64_t;
  size_t claimed = 0;
  size_t num_children(Node n) const { return n == 0 ? claimed : 0; }
  Node child(Node, size_t) const { return 1; }
  int32_t symbol(Node, uint32_t) const { return 1; }
  const float *features(Node, uint32_t) const { return zeros; }
  int32_t edge_symbol(Node, size_t, uint32_t) const { return 1; }
  const float *edge_features(Node, size_t, uint32_t) const { return zeros; }
  float zeros[kUnits] = {};
};

} // namespace

TEST_F(Limits, LinkedNodes) {
  for (size_t claimed : {size_t(kMost) + 1, size_t(3'000'000'000), size_t(1) << 32, ~size_t(0)}) {
    LinkedBatch<Claims> linked(program, Claims{claimed});
    try {
      linked.add(0);
      FAIL() << claimed;
    } catch (const Error &e) {
      EXPECT_EQ(e.status(), CORTEX_INVALID_BATCH);
      EXPECT_STREQ(e.what(), "a batch has at most 2147483647 edges");
    }
    EXPECT_EQ(linked.numStructures(), 0);
    linked.access().claimed = 3;
    linked.add(0);
    EXPECT_EQ(linked.numEdges(), 3);
  }
}

TEST_F(Limits, Reserve) {
  const uint64_t over = uint64_t(kMost) + 1;
  const uint64_t cases[][4] = {{over, 1, 1, 1}, {1, over, 1, 1}, {1, 1, over, 1}, {1, 1, 1, over}};
  for (const auto &c : cases) {
    EXPECT_EQ(cortex_session_reserve(session.get(), c[0], c[1], c[2], c[3], 0), CORTEX_INVALID_ARGUMENT);
    EXPECT_STREQ(cortex_last_error(), "a batch has at most 2147483647 structures, nodes, edges and roots");
  }
  EXPECT_EQ(cortex_session_reserve(session.get(), kMost, kMost, kMost, kMost, 0), CORTEX_OVER_BUDGET);
}
