//===- GuardTest.cpp - Guard pages are where they should be ---------------===//
//
// A program that reads one byte through its frame: the last one of an array, which
// must be there, and the one after its last item, which must end the process.
//===----------------------------------------------------------------------===//
#include "FakeFixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace cortex::test {
namespace {

/// What the program does: reads the byte `offset` bytes from where a frame slot points to.
struct Probe {
  bool prepare = false;
  uint32_t slot = 0;
  uint64_t offset = 0;
};
Probe probe; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): generated code has no other context

void read(const uint64_t *frame) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a frame holds addresses
  static_cast<void>(*reinterpret_cast<const volatile uint8_t *>(frame[probe.slot] + probe.offset));
}

void prepareProbe(const uint64_t *frame, uint32_t worker, uint32_t) {
  if (probe.prepare && worker == 0)
    read(frame);
}

void runProbe(const uint64_t *frame, uint32_t worker, uint32_t) {
  if (!probe.prepare && worker == 0)
    read(frame);
}

class GuardTest : public testing::Test {
protected:
  GuardTest() : entry(manifest) {
    entry.entry.prepare = prepareProbe;
    entry.entry.run = runProbe;
    // Leaves 0 and 1, then inner nodes 2 and 3, over 0, 1 and over 2, 1.
    batch.add({{}, {}, {0, 1}, {2, 1}});
    std::mt19937 random(1);
    batch.finish(random);
  }

  uint32_t buffer(const std::string &name) const {
    const auto at = std::find_if(manifest.buffers.begin(), manifest.buffers.end(),
                                 [&](const BufferInfo &b) { return b.name == name; });
    return manifest.layout().buffer(static_cast<uint32_t>(at - manifest.buffers.begin()), abi::kBase);
  }
  uint32_t order(abi::OrderSlot slot) const { return manifest.layout().order(0, slot); }
  uint32_t children(abi::AdjacencySlot slot) const { return manifest.layout().adjacency(0, abi::kChildren, slot); }

  /// Prepares and runs with guard pages everywhere; two workers' copies, one worker.
  void run() {
    const Program program = Program::fromEntry(entry.entry);
    const Model model = fakeModel<float>(program, Team::create(1), CORTEX_MODEL_GUARD_PAGES);
    const Team two = Team::create(2);
    cortex_session_options options{};
    options.max_workers = 2;
    options.team = two.get();
    options.flags = CORTEX_SESSION_GUARD_PAGES;
    Session session(model, options);
    Outputs outputs(program);
    if (earlier.structures() > 0)
      session.run(earlier.view(), outputs);
    session.run(batch.view(), outputs);
  }

  /// An array that a slot points to: its last value and its last item end there.
  void expectGuarded(const char *what, uint32_t slot, uint64_t lastValue, uint64_t end, bool prepare = false) {
    SCOPED_TRACE(what);
    probe = {prepare, slot, lastValue - 1};
    run();
    probe.offset = end;
    EXPECT_DEATH(run(), "");
  }
  void expectGuarded(const char *what, uint32_t slot, uint64_t end, bool prepare = false) {
    expectGuarded(what, slot, end, end, prepare);
  }
  /// `count` items of a buffer: kUnits floats in 64 bytes.
  void expectItemsGuarded(const char *name, uint64_t count, bool prepare = false) {
    expectGuarded(name, buffer(name), (count - 1) * 64 + kUnits * 4, count * 64, prepare);
  }

  const Manifest manifest = fakeManifest(DType::F32, StructureKind::Dag);
  FakeEntry entry;
  FakeBatch<float> earlier; ///< run before it, if it has structures
  FakeBatch<float> batch;
};

TEST_F(GuardTest, PackedWeightsAndTables) {
  expectItemsGuarded("table", kWordDomain, true);
  expectItemsGuarded("table", kWordDomain);
}

TEST_F(GuardTest, WhatPreparingUses) {
  expectGuarded("the parameter", buffer("E"), uint64_t(kWordDomain) * kUnits * 4, true);
  expectItemsGuarded("prepared", kWordDomain, true);
  expectItemsGuarded("symbols", 4, true);
}

TEST_F(GuardTest, Scratch) {
  expectItemsGuarded("h", 4);
  expectItemsGuarded("s", 1);
  expectItemsGuarded("messages", 2);
  expectItemsGuarded("stage", 2); // of the first of two workers
}

/// Buffers end behind the items of this run, not behind those of the largest so far.
TEST_F(GuardTest, ScratchAfterALargerRun) {
  for (int s = 0; s < 3; ++s)
    earlier.add({{}, {}, {}, {}, {0, 1}, {2, 3}, {1, 2}, {4, 5}, {6, 5}});
  std::mt19937 random(2);
  earlier.finish(random);
  expectItemsGuarded("h", 4);
  expectItemsGuarded("s", 1);
  expectItemsGuarded("messages", 2);
  expectItemsGuarded("stage", 2);
}

TEST_F(GuardTest, Inputs) {
  const abi::FrameLayout layout = manifest.layout();
  expectGuarded("word", layout.input(kWord), 4 * 4);
  expectGuarded("x", layout.input(kX), 4 * kUnits * 4);
  expectGuarded("label", layout.input(kLabel), 4 * 4);
  expectGuarded("topic", layout.input(kTopic), kUnits * 4);
}

TEST_F(GuardTest, IndexArrays) {
  expectGuarded("node of row", abi::kNodeOfRow, 4 * 4);
  expectGuarded("place of edge", abi::kEdgePosition, 4 * 4);
  expectGuarded("level strips", order(abi::kLevelStrips), 4 * 4);
  expectGuarded("strips", order(abi::kStrips), 3 * sizeof(cortex_strip));
  expectGuarded("rows", order(abi::kRows), 4 * 4);
  expectGuarded("offsets", children(abi::kOffsets), 5 * 4);
  expectGuarded("neighbours", children(abi::kNeighbour), 4 * 4);
  expectGuarded("owners", children(abi::kOwner), 4 * 4);
}

TEST(ModelOptions, AreChecked) {
  const Manifest manifest = fakeManifest(DType::F32, StructureKind::Dag);
  const FakeEntry entry(manifest);
  const Program program = Program::fromEntry(entry.entry);
  cortex_model *model = nullptr;
  cortex_model_options options{};
  EXPECT_EQ(cortex_model_create(program.get(), nullptr, 0, &options, &model), CORTEX_INVALID_ARGUMENT);
  EXPECT_STREQ(cortex_last_error(), "cortex_model_options.struct_size is not sizeof(cortex_model_options)");
  options.struct_size = sizeof options;
  options.flags = 2;
  EXPECT_EQ(cortex_model_create(program.get(), nullptr, 0, &options, &model), CORTEX_INVALID_ARGUMENT);
  EXPECT_STREQ(cortex_last_error(), "cortex_model_options.flags has unknown bits");
}

} // namespace
} // namespace cortex::test
