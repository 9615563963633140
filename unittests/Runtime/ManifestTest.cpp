//===- ManifestTest.cpp - Writing and reading manifests -------------------===//
//
// What is said of manifests at fault is in a table: unittests/Errors.
//===----------------------------------------------------------------------===//
#include "FakeProgram.h"

#include <gtest/gtest.h>
#include <random>

using namespace cortex;
using namespace cortex::test;

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
