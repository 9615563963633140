//===- BudgetTest.cpp - What a session really holds -----------------------===//
//
// This program is linked with every way to take and give back memory wrapped
// (see CMakeLists.txt), so that it knows what a session holds at its peak: never
// more than its budget (in whole pages), whatever was run before, and whether or
// not a run is refused.
//===----------------------------------------------------------------------===//
#include "BigStructures.h"
#include "FakeFixture.h"

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <malloc.h>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

namespace {
/// Bytes held, and the most since the mark was set.
struct Held {
  std::atomic<int64_t> now{0}, peak{0};
  void add(int64_t bytes) {
    const int64_t held = now += bytes;
    for (int64_t most = peak; held > most && !peak.compare_exchange_weak(most, held);)
      ;
  }
} mapped, onHeap;
} // namespace

extern "C" {
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *block);
void *__real_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);
int __real_munmap(void *address, size_t size);

static void *counted(void *block) {
  onHeap.add(block ? static_cast<int64_t>(malloc_usable_size(block)) : 0);
  return block;
}
static int64_t wholePages(size_t size) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return static_cast<int64_t>((size + page - 1) / page * page);
}
void *__wrap_malloc(size_t size) {
  return counted(__real_malloc(size));
}
void *__wrap_calloc(size_t count, size_t size) {
  return counted(__real_calloc(count, size));
}
void *__wrap_realloc(void *block, size_t size) {
  onHeap.add(block ? -static_cast<int64_t>(malloc_usable_size(block)) : 0);
  return counted(__real_realloc(block, size));
}
void *__wrap_aligned_alloc(size_t alignment, size_t size) {
  return counted(__real_aligned_alloc(alignment, size));
}
void __wrap_free(void *block) {
  onHeap.add(block ? -static_cast<int64_t>(malloc_usable_size(block)) : 0);
  __real_free(block);
}
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
  void *at = __real_mmap(address, size, protection, flags, fd, offset);
  mapped.add(at == MAP_FAILED ? 0 : wholePages(size));
  return at;
}
int __wrap_munmap(void *address, size_t size) {
  const int failed = __real_munmap(address, size);
  mapped.add(failed ? 0 : -wholePages(size));
  return failed;
}
}
void *operator new(size_t size) {
  if (void *p = counted(__real_malloc(size)))
    return p;
  throw std::bad_alloc();
}
void operator delete(void *p) noexcept {
  __wrap_free(p);
}
void operator delete(void *p, size_t) noexcept {
  __wrap_free(p);
}

using namespace cortex;
using namespace cortex::test;

namespace {

/// A block that is to begin at a huge page is first mapped with room to move.
constexpr int64_t kHugePage = int64_t(2) << 20;

/// While it lives: how much more was held at the peak than at its beginning.
class Peak {
public:
  Peak() : mappedBefore(mapped.now), heapBefore(onHeap.now) {
    mapped.peak = mappedBefore;
    onHeap.peak = heapBefore;
  }
  int64_t ofMaps() const { return mapped.peak - mappedBefore; }
  int64_t ofHeap() const { return onHeap.peak - heapBefore; }
  int64_t mapsNow() const { return mapped.now - mappedBefore; }

private:
  const int64_t mappedBefore, heapBefore;
};

using Batch = FakeBatch<float>;

Batch batchOf(const std::vector<Children> &structures, std::mt19937 &random, bool namedRoots = false) {
  Batch b;
  for (const Children &kids : structures)
    b.add(renumber(kids, static_cast<Ids>(random() % 3), random));
  if (namedRoots) {
    b.rootOffsets = {0};
    for (int32_t s = 0; s < b.structures(); ++s) {
      for (uint32_t r = random() % 50; r > 0; --r)
        b.roots.push_back(b.nodeOffsets[s] +
                          static_cast<int32_t>(random() % (b.nodeOffsets[s + 1] - b.nodeOffsets[s])));
      b.rootOffsets.push_back(static_cast<int32_t>(b.roots.size()));
    }
  }
  b.finish(random);
  return b;
}

/// Structures of about `size` nodes or edges: deep ones, wide ones, with many edges, many at once.
Batch someBatch(int32_t size, std::mt19937 &random) {
  const std::vector<big::Shape> shapes = big::shapes();
  std::vector<Children> structures;
  if (random() % 3 == 0)
    for (int32_t left = size; left > 0; left -= static_cast<int32_t>(structures.back().size()))
      structures.push_back(randomDag(1 + static_cast<int32_t>(random() % 30), random));
  else
    for (uint32_t s = 1 + random() % 3; s > 0; --s)
      structures.push_back(shapes[random() % shapes.size()].make(std::max(size, 9), random));
  return batchOf(structures, random, random() % 4 == 0);
}

class Budget : public testing::TestWithParam<uint32_t> {
protected:
  Session session(uint64_t budget) const {
    cortex_session_options o{};
    o.exact_workers = GetParam();
    o.scratch_budget = budget;
    o.team = team.get();
    return Session(model, o);
  }
  /// Outputs that nothing need allocate for.
  struct Room {
    explicit Room(const Batch &b)
        : values(4, std::vector<float>(static_cast<size_t>(
                                           std::max(b.nodes() + b.structures(), static_cast<int32_t>(b.roots.size()))) *
                                           kUnits,
                                       -5.0f)) {
      for (auto &v : values)
        pointers.push_back(v.data());
    }
    std::vector<std::vector<float>> values;
    std::vector<void *> pointers;
  };
  static void expectEqual(const Room &room, const std::vector<std::vector<float>> &expected) {
    // Sums grow with the paths: what is no number is none on both sides.
    for (size_t i = 0; i < expected.size(); ++i)
      for (size_t k = 0; k < expected[i].size(); ++k)
        ASSERT_TRUE(room.values[i][k] == expected[i][k] ||
                    (std::isnan(room.values[i][k]) && std::isnan(expected[i][k])))
            << "output " << i << ", value " << k;
  }
  static std::string needed(const std::string &message) {
    const size_t begin = message.find_first_of("0123456789", message.find(" needs ")),
                 end = message.find(" bytes of scratch");
    return message.substr(begin, end - begin);
  }

  FakeEntry entry{fakeManifest(DType::F32, StructureKind::Dag)};
  Program program = Program::fromEntry(entry.entry);
  Team team = Team::create(GetParam());
  Model model = fakeModel<float>(program, team);
};

} // namespace

TEST_P(Budget, IsNeverExceeded) {
  std::mt19937 random(31);
  size_t inChunks = 0, refused = 0, whole = 0;
  for (uint64_t budget : {30'000U, 100'000U, 1'000'000U, 4'500'000U}) {
    const Peak fromTheBeginning;
    Session s = session(budget);
    for (int round = 0; round < 40; ++round) {
      SCOPED_TRACE("budget " + std::to_string(budget) + ", round " + std::to_string(round));
      const Batch b = someBatch(1 + static_cast<int32_t>(random() % (budget / 100)), random);
      const cortex_batch view = b.view();
      Room room(b);
      cortex_status status;
      int64_t maps, heap;
      {
        const Peak peak;
        status = cortex_session_run(s.get(), &view, room.pointers.data());
        maps = peak.ofMaps();
        heap = peak.ofHeap();
      }
      EXPECT_LE(fromTheBeginning.mapsNow(), wholePages(budget)) << "between runs";
      EXPECT_LE(maps, wholePages(budget) + (budget >= kHugePage ? kHugePage : 0));
      EXPECT_LE(heap, 4096) << "messages, and nothing by the node";
      ASSERT_TRUE(status == CORTEX_OK || status == CORTEX_OVER_BUDGET) << cortex_last_error();
      if (status == CORTEX_OK) {
        const cortex_session_stats stats = s.stats();
        EXPECT_LE(stats.scratch_bytes, budget);
        EXPECT_EQ(stats.rows, static_cast<uint64_t>(b.nodes()));
        ++(stats.chunks > 1 ? inChunks : whole);
      } else {
        ++refused;
        for (const auto &values : room.values)
          ASSERT_EQ(values, std::vector<float>(values.size(), -5.0f)) << "something was written";
      }
    }
  }
  EXPECT_GT(inChunks, 10u);
  EXPECT_GT(refused, 10u);
  EXPECT_GT(whole, 10u);
}

/// The same bytes in chunks, and a second time without memory from the system.
TEST_P(Budget, ChunksTakeTheirMemoryOnce) {
  std::mt19937 random(32);
  std::vector<Children> structures;
  for (int i = 0; i < 300; ++i)
    structures.push_back(randomDag(1 + static_cast<int32_t>(random() % 40), random));
  const Batch b = batchOf(structures, random);
  const auto expected = expectedOutputs(b);
  const cortex_batch view = b.view();
  Room room(b);
  Session s = session(120'000);
  for (int round = 0; round < 6; ++round) {
    const Peak peak;
    ASSERT_EQ(cortex_session_run(s.get(), &view, room.pointers.data()), CORTEX_OK) << cortex_last_error();
    const int64_t taken = peak.ofMaps() + peak.ofHeap();
    EXPECT_GT(s.stats().chunks, 3u);
    expectEqual(room, expected);
    if (round >= 1) {
      EXPECT_EQ(taken, 0) << "round " << round;
    }
  }
}

/// Nor does any other batch take more, once two did not fit into the budget together.
TEST_P(Budget, TwoThatDoNotFitTogetherTakeAllOfIt) {
  std::mt19937 random(36);
  // Many nodes; many edges; nearly both, which alone needs all of the budget.
  const auto ladder = [](int32_t nodes, int32_t edgesOfEach) {
    Children c(static_cast<size_t>(nodes));
    for (int32_t n = 1; n < nodes; ++n)
      c[n].assign(static_cast<size_t>(edgesOfEach), n - 1);
    return c;
  };
  const Batch batches[] = {batchOf({ladder(900, 1)}, random), batchOf({ladder(100, 36)}, random),
                           batchOf({ladder(880, 4)}, random)};
  uint64_t budget = 0;
  for (const Batch &b : batches) {
    Session roomy = session(0);
    runBatch(roomy, b);
    budget = std::max(budget, roomy.stats().scratch_bytes);
  }
  Session s = session(budget);
  for (const Batch &b : batches) {
    const auto expected = expectedOutputs(b);
    const cortex_batch view = b.view();
    Room room(b);
    const Peak peak;
    ASSERT_EQ(cortex_session_run(s.get(), &view, room.pointers.data()), CORTEX_OK) << cortex_last_error();
    const int64_t taken = peak.ofMaps() + peak.ofHeap();
    EXPECT_EQ(s.stats().chunks, 1u);
    expectEqual(room, expected);
    if (&b == &batches[2]) {
      EXPECT_EQ(taken, 0);
    }
  }
}

/// A structure that needs all of the budget leaves the others what they had.
TEST_P(Budget, OneLargeStructureAmongSmallOnes) {
  std::mt19937 random(33);
  std::vector<Children> small;
  for (int i = 0; i < 3000; ++i)
    small.push_back(randomDag(10, random));
  const Children large = big::star(3000); // wide: it needs a buffer by the edge that others hardly use
  Session roomy = session(0);
  const Batch alone = batchOf({large}, random);
  runBatch(roomy, alone);
  const uint64_t budget = roomy.stats().scratch_bytes;
  Session s = session(budget);
  runBatch(s, batchOf(small, random));
  const uint32_t ofSmall = s.stats().chunks;
  ASSERT_GT(ofSmall, 3u);
  std::vector<Children> mixed(small);
  mixed.insert(mixed.begin() + 1500, large);
  const Batch b = batchOf(mixed, random);
  EXPECT_EQ(runBatch(s, b), expectedOutputs(b));
  EXPECT_LE(s.stats().chunks, ofSmall + 4);
}

TEST_P(Budget, TheErrorNamesWhatSuffices) {
  std::mt19937 random(34);
  size_t exact = 0, atMost = 0;
  for (int round = 0; round < 120; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const std::vector<big::Shape> shapes = big::shapes();
    const big::Shape &shape = shapes[round % shapes.size()];
    const Children large = shape.make(300 + static_cast<int32_t>(random() % 300), random);
    const bool named = random() % 3 == 0;
    const Batch b = batchOf({Children(3), large}, random, named);
    const auto expected = expectedOutputs(b);
    // So small that the arrays alone do not fit, or nearly enough.
    Session roomy = session(0);
    const Batch alone = batchOf({large}, random, named);
    runBatch(roomy, alone);
    const uint64_t budget = round % 2 ? 25'000 : roomy.stats().scratch_bytes * 9 / 10;
    Session tight = session(budget);
    Room room(b);
    const cortex_batch view = b.view();
    if (cortex_session_run(tight.get(), &view, room.pointers.data()) == CORTEX_OK)
      continue;
    const std::string message = cortex_last_error(), bytes = needed(message);
    const std::string upTo = message.find("up to") == std::string::npos ? "" : "up to ";
    EXPECT_EQ(message, "structure 1 needs " + upTo + bytes + " bytes of scratch, the session's budget is " +
                           std::to_string(budget));
    ++(upTo.empty() ? exact : atMost);
    Session enough = session(std::stoull(bytes));
    ASSERT_EQ(cortex_session_run(enough.get(), &view, room.pointers.data()), CORTEX_OK) << cortex_last_error();
    expectEqual(room, expected);
    if (upTo.empty()) {
      Session less = session(std::stoull(bytes) - 1);
      EXPECT_EQ(cortex_session_run(less.get(), &view, room.pointers.data()), CORTEX_OVER_BUDGET);
      EXPECT_EQ(needed(cortex_last_error()), bytes);
    }
    // The session that refused it is as good as before.
    const Batch little = batchOf({randomDag(9, random)}, random);
    EXPECT_EQ(runBatch(tight, little), expectedOutputs(little));
  }
  EXPECT_GT(exact, 5u);
  EXPECT_GT(atMost, 5u);
}

TEST_P(Budget, Reserve) {
  Session s = session(50'000);
  EXPECT_EQ(cortex_session_reserve(s.get(), 10, 500, 900, 20, 0), CORTEX_OVER_BUDGET);
  const std::string message = cortex_last_error();
  ASSERT_TRUE(message.starts_with("to reserve this takes ")) << message;
  const uint64_t need = std::stoull(message.substr(22));
  EXPECT_EQ(message,
            "to reserve this takes " + std::to_string(need) + " bytes of scratch, the session's budget is 50000");
  Session less = session(need - 1), enough = session(need);
  EXPECT_EQ(cortex_session_reserve(less.get(), 10, 500, 900, 20, 0), CORTEX_OVER_BUDGET);
  {
    const Peak peak;
    ASSERT_EQ(cortex_session_reserve(enough.get(), 10, 500, 900, 20, 0), CORTEX_OK) << cortex_last_error();
    EXPECT_LE(peak.ofMaps(), wholePages(need));
  }
  std::mt19937 random(35);
  for (int round = 0; round < 40; ++round) {
    std::vector<Children> structures;
    for (uint32_t left = 1 + random() % 10; left > 0; --left)
      structures.push_back(randomTree(1 + static_cast<int32_t>(random() % 50), 4, random));
    const Batch b = batchOf(structures, random); // a root per structure
    const cortex_batch view = b.view();
    Room room(b);
    const auto expected = expectedOutputs(b);
    const Peak peak;
    ASSERT_EQ(cortex_session_run(enough.get(), &view, room.pointers.data()), CORTEX_OK) << cortex_last_error();
    const int64_t taken = peak.ofMaps() + peak.ofHeap();
    if (round > 0) { // the first one starts the team
      EXPECT_EQ(taken, 0) << "round " << round;
    }
    EXPECT_EQ(enough.stats().chunks, 1u);
    expectEqual(room, expected);
  }
}

/// The gaps between many workers' copies count before anything is linearized, too.
TEST(BudgetOfManyWorkers, IsNeverExceeded) {
  constexpr uint64_t kBudget = 115'000;
  Manifest manifest = fakeManifest(DType::F32, StructureKind::Dag);
  manifest.work[0].flops_per_row = 1; // too little for a second worker
  FakeEntry entry{manifest};
  const Team team = Team::create(256);
  const Model model = fakeModel<float>(Program::fromEntry(entry.entry), Team::create(1));
  cortex_session_options options{};
  options.max_workers = 256;
  options.scratch_budget = kBudget;
  options.team = team.get();
  std::mt19937 random(37);
  size_t whole = 0, refused = 0;
  for (int32_t nodes = 1; nodes < 400; nodes += 2) {
    const Batch b = batchOf({big::star(nodes)}, random);
    const cortex_batch view = b.view();
    void *outputs[4] = {};
    const Peak peak;
    Session s(model, options);
    const cortex_status status = cortex_session_run(s.get(), &view, outputs);
    ASSERT_TRUE(status == CORTEX_OK || status == CORTEX_OVER_BUDGET) << cortex_last_error();
    EXPECT_LE(peak.ofMaps(), wholePages(kBudget)) << nodes << " nodes";
    ++(status == CORTEX_OK ? whole : refused);
  }
  EXPECT_GT(whole, 10u);
  EXPECT_GT(refused, 10u);
}

INSTANTIATE_TEST_SUITE_P(Workers, Budget, testing::Values(1u, 3u));
