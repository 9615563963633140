//===- ManifestTest.cpp - Writing and reading manifests -------------------===//
#include "FakeProgram.h"

#include <functional>
#include <gtest/gtest.h>
#include <random>

using namespace cortex;
using namespace cortex::test;

namespace {

/// The error of parsing `m` as it is written, or "".
std::string faultOf(const std::function<void(Manifest &)> &damage) {
  Manifest m = fakeManifest(DType::F32, StructureKind::Dag), out;
  damage(m);
  const std::vector<uint8_t> bytes = serializeManifest(m);
  std::string error;
  return parseManifest(bytes.data(), bytes.size(), out, error) ? "" : error;
}

} // namespace

TEST(Manifest, RoundTrip) {
  for (DType type : {DType::F32, DType::F64}) {
    Manifest m = fakeManifest(type, StructureKind::Tree), out;
    m.orders[0].key_input = {0, -1};
    m.level = TargetLevel::X86_64_V4;
    const std::vector<uint8_t> bytes = serializeManifest(m);
    std::string error;
    ASSERT_TRUE(parseManifest(bytes.data(), bytes.size(), out, error)) << error;
    EXPECT_EQ(serializeManifest(out), bytes);
    EXPECT_EQ(out.model, "fake");
    EXPECT_EQ(out.types[1].max_arity, TypeInfo::kAnyArity);
    EXPECT_EQ(out.inputs[0].types, std::vector<uint32_t>{0});
    EXPECT_EQ(out.orders[0].key_input, (std::vector<int32_t>{0, -1}));
    EXPECT_EQ(out.outputs[3].place, Place::Roots);
    EXPECT_EQ(out.work[0].flops_per_row, 10000000u);
    EXPECT_EQ(out.layout().size(), m.layout().size());
  }
}

TEST(Manifest, TruncatedAnywhere) {
  const std::vector<uint8_t> bytes = serializeManifest(fakeManifest(DType::F32, StructureKind::Tree));
  for (size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<uint8_t> part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    Manifest out;
    std::string error;
    ASSERT_FALSE(parseManifest(part.data(), part.size(), out, error)) << size;
    ASSERT_FALSE(error.empty());
  }
}

/// Damaged bytes give an error or another valid manifest, never a crash.
TEST(Manifest, RandomDamage) {
  const std::vector<uint8_t> good = serializeManifest(fakeManifest(DType::F32, StructureKind::Tree));
  std::mt19937 random(11);
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<uint8_t> bytes = good;
    for (uint32_t k = 1 + random() % 3; k > 0; --k)
      bytes[random() % bytes.size()] = static_cast<uint8_t>(random() % 4 ? random() : 0xff);
    Manifest out;
    std::string error;
    refused += parseManifest(bytes.data(), bytes.size(), out, error) ? 0 : 1;
  }
  EXPECT_GT(refused, 5000);
}

TEST(Manifest, HostileCounts) {
  std::vector<uint8_t> bytes = serializeManifest(Manifest());
  // The list of types is the first after model, target (empty) and three enumerations.
  const size_t types = 8 + 4 + 4 + 4 + 4 + 4 + 4;
  for (int i = 0; i < 4; ++i)
    bytes[types + i] = 0xff;
  Manifest out;
  std::string error;
  EXPECT_FALSE(parseManifest(bytes.data(), bytes.size(), out, error));
  EXPECT_EQ(error, "bad manifest: it is truncated or damaged");
}

TEST(Manifest, Faults) {
  EXPECT_EQ(faultOf([](Manifest &) {}), "");
  EXPECT_EQ(faultOf([](Manifest &m) { m.types.clear(); }), "bad manifest: it has no node types");
  EXPECT_EQ(faultOf([](Manifest &m) { m.types[0] = {"t", 3, 2}; }),
            "bad manifest: type 't' has an empty range of arities");
  EXPECT_EQ(faultOf([](Manifest &m) { m.level = static_cast<TargetLevel>(7); }), "bad manifest: unknown target level");
  EXPECT_EQ(faultOf([](Manifest &m) { m.float_type = DType::I32; }),
            "bad manifest: the float type is neither f32 nor f64");
  EXPECT_EQ(faultOf([](Manifest &m) { m.inputs[0].domain = 0; }),
            "bad manifest: input 'word' has a domain outside of 1..2147483647");
  EXPECT_EQ(faultOf([](Manifest &m) { m.inputs[0].types = {2}; }),
            "bad manifest: input 'word' names a type that does not exist");
  EXPECT_EQ(faultOf([](Manifest &m) { m.inputs[1].shape = {0xffffffff, 0xffffffff, 0xffffffff}; }),
            "bad manifest: input 'x' has an impossible shape");
  EXPECT_EQ(faultOf([](Manifest &m) { m.params[0].buffer = 1; }),
            "bad manifest: parameter 'E' has no parameter buffer");
  EXPECT_EQ(faultOf([](Manifest &m) { m.buffers[2].item_bytes = 32; }),
            "bad manifest: buffer 'h' has an item size that is not a positive multiple of 64");
  EXPECT_EQ(faultOf([](Manifest &m) { m.buffers[2].value_bytes = 65; }),
            "bad manifest: buffer 'h' has values that do not fit its items");
  EXPECT_EQ(faultOf([](Manifest &m) { m.buffers[1].count = ~uint64_t(0); }),
            "bad manifest: buffer 'table' is too large");
  EXPECT_EQ(faultOf([](Manifest &m) { m.buffers[6].order = 5; }),
            "bad manifest: buffer 'messages' names an order that does not exist");
  EXPECT_EQ(faultOf([](Manifest &m) { m.buffers[6].order = 1; }),
            "bad manifest: buffer 'messages' is indexed by edges that its order does not have");
  EXPECT_EQ(faultOf([](Manifest &m) { m.buffers[1].per_worker = true; }),
            "bad manifest: buffer 'table' is a parameter or a constant and cannot be scratch");
  EXPECT_EQ(faultOf([](Manifest &m) { m.orders[1].strip_rows = 0; }), "bad manifest: order '1' has empty strips");
  EXPECT_EQ(faultOf([](Manifest &m) { m.orders[2].needs_parents = true; }),
            "bad manifest: order '2' has an adjacency that its kind does not have");
  EXPECT_EQ(faultOf([](Manifest &m) { m.orders[0].key_input = {0}; }),
            "bad manifest: order '0' does not have one key per type");
  EXPECT_EQ(faultOf([](Manifest &m) { m.orders[0].key_input = {0, 0}; }),
            "bad manifest: order '0' has a group key that is not a node symbol of the type");
  EXPECT_EQ(faultOf([](Manifest &m) { m.orders[3].key_input = {0, -1}; }),
            "bad manifest: order '3' has a group key, but is neither up, down nor map");
  EXPECT_EQ(faultOf([](Manifest &m) { m.work[0].order = 5; }),
            "bad manifest: work '0' names an order that does not exist");
  EXPECT_EQ(faultOf([](Manifest &m) { m.work[0].order = 4; }),
            "bad manifest: work '0' is of an order that run does not visit");
  EXPECT_EQ(faultOf([](Manifest &m) { m.work[0].type = 2; }),
            "bad manifest: work '0' names a type that does not exist");
  EXPECT_EQ(faultOf([](Manifest &m) { m.work[0].type = -2; }),
            "bad manifest: work '0' names a type that does not exist");
  EXPECT_EQ(faultOf([](Manifest &m) { m.work[0].flops_per_parent = 1; }),
            "bad manifest: work '0' counts edges that its order does not have");
  EXPECT_EQ(faultOf([](Manifest &m) { m.outputs[0].buffer = 4; }),
            "bad manifest: output 'h' does not fit the space of its buffer");
  EXPECT_EQ(faultOf([](Manifest &m) { m.outputs[0].shape = {17}; }),
            "bad manifest: output 'h' is larger than the items of its buffer");
}
