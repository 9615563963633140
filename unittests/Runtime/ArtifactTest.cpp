//===- ArtifactTest.cpp - Writing, damaging and loading artifacts ---------===//
#include "../../runtime/lib/Artifact.h"
#include "../../runtime/lib/Error.h"
#include "FakeFixture.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>

using namespace cortex;
using namespace cortex::test;

namespace {

std::vector<uint8_t> bytesOfFile(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A directory of its own, gone with the test.
struct TemporaryDirectory {
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cortex-test-XXXXXX").string();
    if (mkdtemp(pattern.data()))
      path = pattern;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

class ArtifactTest : public testing::Test {
protected:
  const std::vector<uint8_t> elf = bytesOfFile(CORTEX_FAKE_F32);
  const Manifest manifest = fakeManifest(DType::F32, StructureKind::Dag);
  const std::vector<float> e = fakeWeights<float>();

  std::vector<uint8_t> artifact(bool weights = true) const {
    std::vector<WeightTensor> list;
    if (weights)
      list.push_back({"E", DType::F32, {kWordDomain, kUnits}, e.data()});
    return writeArtifact(elf, manifest, list);
  }

  static ArtifactFooter footerOf(const std::vector<uint8_t> &bytes) {
    ArtifactFooter f;
    std::memcpy(&f, bytes.data() + bytes.size() - sizeof f, sizeof f);
    return f;
  }
  /// Changes the footer and makes the checksum right again.
  static void editFooter(std::vector<uint8_t> &bytes, const std::function<void(ArtifactFooter &)> &edit) {
    ArtifactFooter f = footerOf(bytes);
    edit(f);
    std::memcpy(bytes.data() + bytes.size() - sizeof f, &f, sizeof f);
    f.checksum = contentHash(bytes.data(), bytes.size() - 16);
    std::memcpy(bytes.data() + bytes.size() - sizeof f, &f, sizeof f);
  }
  static std::string faultOf(const std::vector<uint8_t> &bytes, cortex_status expected = CORTEX_INVALID_ARTIFACT) {
    cortex_program *program = nullptr;
    const cortex_status status = cortex_program_load_memory(bytes.data(), bytes.size(), &program);
    cortex_program_release(program);
    if (status == CORTEX_OK)
      return "";
    EXPECT_EQ(status, expected);
    return cortex_last_error();
  }
};

} // namespace

TEST(ContentHash, KnownValues) {
  auto hash = [](const std::string &s) { return contentHash(s.data(), s.size()); };
  EXPECT_EQ(hash(""), 0xef46db3751d8e999u);
  EXPECT_EQ(hash("a"), 0xd24ec4f1a98c6e5bu);
  EXPECT_EQ(hash("abc"), 0x44bc2cf5ad770999u);
  EXPECT_EQ(hash("Nobody inspects the spammish repetition"), 0xfbcea83c8a378bf1u);
}

TEST_F(ArtifactTest, LoadedFromAFileWithItsWeights) {
  TemporaryDirectory directory;
  const std::string path = directory.path / "fake.cortex";
  const std::vector<uint8_t> bytes = artifact();
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  const Program program = Program::load(path);
  std::filesystem::remove(path); // what was loaded is in memory
  EXPECT_TRUE(program.info().has_weights);
  Session session{Model(program)};
  for (uint32_t seed = 0; seed < 5; ++seed) {
    const FakeBatch<float> b = randomFakeBatch<float>(seed, 3, 20, true);
    EXPECT_EQ(runBatch(session, b), expectedOutputs(b));
  }
}

TEST_F(ArtifactTest, WithoutWeights) {
  const std::vector<uint8_t> bytes = artifact(false);
  const Program program = Program::loadMemory(bytes.data(), bytes.size());
  EXPECT_FALSE(program.info().has_weights);
  Session session(fakeModel<float>(program));
  const FakeBatch<float> b = randomFakeBatch<float>(1, 3, 20, true);
  EXPECT_EQ(runBatch(session, b), expectedOutputs(b));
}

/// Programs are told apart although the system's loader goes by path.
TEST_F(ArtifactTest, SeveralProgramsAtOnce) {
  const std::vector<uint8_t> f32 = artifact(false),
                             f64 = writeArtifact(bytesOfFile(CORTEX_FAKE_F64),
                                                 fakeManifest(DType::F64, StructureKind::Dag), {});
  const FakeBatch<float> b = randomFakeBatch<float>(1, 2, 20, true);
  const FakeBatch<double> d = randomFakeBatch<double>(2, 2, 20, true);
  for (int round = 0; round < 3; ++round) {
    Program first = Program::loadMemory(f32.data(), f32.size());
    const Program second = Program::loadMemory(f64.data(), f64.size());
    Session sf(fakeModel<float>(first)), sd(fakeModel<double>(second));
    first = Program();
    const Program third = Program::loadMemory(f32.data(), f32.size());
    EXPECT_EQ(runBatch(sf, b), expectedOutputs(b));
    EXPECT_EQ(runBatch(sd, d), expectedOutputs(d));
  }
}

/// Every damage is found before the object is loaded: a small object without a
/// program serves, whose own fault must never be what is reported.
TEST_F(ArtifactTest, DamagedAnywhere) {
  const std::vector<uint8_t> good =
      writeArtifact(bytesOfFile(CORTEX_FAKE_EMPTY), manifest, {{"E", DType::F32, {kWordDomain, kUnits}, e.data()}});
  const std::string loaded = "the artifact: its machine code has no symbol 'cortex_program'";
  ASSERT_EQ(faultOf(good), loaded);
  for (size_t at = 0; at < good.size(); at += at + 200 < good.size() ? 97 : 1) {
    std::vector<uint8_t> bad = good;
    bad[at] ^= 0x10;
    const std::string fault = faultOf(bad);
    ASSERT_TRUE(!fault.empty() && fault != loaded) << "byte " << at << " of " << good.size();
  }
  for (size_t size = 0; size < good.size(); size += size + 200 < good.size() ? 97 : 1) {
    const std::string fault = faultOf({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)});
    ASSERT_TRUE(!fault.empty() && fault != loaded) << "the first " << size << " bytes of " << good.size();
  }
  std::vector<uint8_t> bad = good;
  bad[bad.size() / 2] ^= 1;
  EXPECT_EQ(faultOf(bad), "the artifact: it is damaged: its checksum does not match its contents");
}

TEST_F(ArtifactTest, TruncatedOrExtended) {
  const std::vector<uint8_t> good = artifact();
  EXPECT_EQ(faultOf({1, 2, 3}), "the artifact: it is no Cortex artifact: it has only 3 bytes");
  EXPECT_EQ(faultOf({good.begin(), good.end() - 1}),
            "the artifact: it is no Cortex artifact, or it is truncated: it does not end as one");
  std::vector<uint8_t> longer = good;
  longer.insert(longer.begin(), 64, 0);
  EXPECT_EQ(faultOf(longer), "the artifact: it should have " + std::to_string(good.size()) + " bytes, but has " +
                                 std::to_string(longer.size()));
}

TEST_F(ArtifactTest, OtherVersions) {
  std::vector<uint8_t> bytes = artifact();
  editFooter(bytes, [](ArtifactFooter &f) { f.version = 2; });
  EXPECT_EQ(faultOf(bytes), "the artifact: it is of artifact version 2, this runtime reads version 1");
  bytes = artifact();
  editFooter(bytes, [](ArtifactFooter &f) { f.abi_version = 77; });
  EXPECT_EQ(faultOf(bytes),
            "the artifact: it is of ABI version 77, this runtime needs version " + std::to_string(CORTEX_ABI_VERSION));
}

TEST_F(ArtifactTest, HostileSections) {
  auto fault = [&](const std::function<void(ArtifactFooter &)> &edit) {
    std::vector<uint8_t> bytes = artifact();
    editFooter(bytes, edit);
    return faultOf(bytes);
  };
  EXPECT_EQ(fault([](ArtifactFooter &f) { f.elf_size = ~uint64_t(0); }),
            "the artifact: its section of machine code does not lie within the file");
  EXPECT_EQ(fault([](ArtifactFooter &f) { f.manifest_offset = ~uint64_t(0) - 8; }),
            "the artifact: its section of machine code does not lie within the file");
  EXPECT_EQ(fault([](ArtifactFooter &f) { f.manifest_size = ~uint64_t(0) - f.manifest_offset + 5; }),
            "the artifact: its section of manifest does not lie within the file");
  EXPECT_EQ(fault([](ArtifactFooter &f) { f.weights_size = uint64_t(1) << 40; }),
            "the artifact: its section of weights does not lie within the file");
  EXPECT_EQ(fault([](ArtifactFooter &f) { f.elf_size = 10; }), "the artifact: its machine code is no ELF object");
}

TEST_F(ArtifactTest, HostileWeights) {
  // Offsets in the table: count 0, name length 4, name 8, dtype 9, rank 13, shape 17 and 25, offset 33, bytes 41.
  auto fault = [&](size_t at, uint64_t value, size_t size) {
    std::vector<uint8_t> bytes = artifact();
    std::memcpy(bytes.data() + footerOf(bytes).weights_offset + at, &value, size);
    editFooter(bytes, [](ArtifactFooter &) {});
    return faultOf(bytes);
  };
  const std::string table = "the artifact: its table of weights is damaged",
                    place = "the artifact: the size of its weight 'E' does not match its place in the file";
  EXPECT_EQ(fault(0, 0xffffffff, 4), table);
  EXPECT_EQ(fault(4, 0xfffffff0, 4), table);
  EXPECT_EQ(fault(9, 9, 4), table);
  EXPECT_EQ(fault(13, 0x40000000, 4), table);
  EXPECT_EQ(fault(17, uint64_t(1) << 62, 8), place); // times 6 units times 4 bytes wraps around
  EXPECT_EQ(fault(33, ~uint64_t(63), 8), place);
  EXPECT_EQ(fault(41, ~uint64_t(0), 8), place);
  EXPECT_EQ(fault(33, 65, 8), place);
}

TEST_F(ArtifactTest, OtherCpu) {
  std::vector<WeightTensor> none;
  Manifest m = manifest;
  m.level = TargetLevel::X86_64_V4;
  rt::CpuFeatures none_such,
      haswell = {0x7ed8320b | (1u << 12) | (1u << 22) | (1u << 28) | (1u << 29), 0x128, 0x21, 0x7};
  auto fault = [&](const rt::CpuFeatures &cpu) -> std::string {
    try {
      rt::readArtifact(writeArtifact(elf, m, none), "M.cortex", cpu);
    } catch (const rt::Error &e) {
      EXPECT_EQ(e.status, CORTEX_UNSUPPORTED_CPU);
      return e.what();
    }
    return "";
  };
  EXPECT_EQ(fault(haswell),
            "M.cortex: it is compiled for x86-64-v4, but this CPU lacks avx512f avx512dq avx512cd avx512bw avx512vl "
            "operating-system-support-for-512-bit-registers");
  m.level = TargetLevel::X86_64_V3;
  EXPECT_EQ(fault(haswell), "");
  EXPECT_TRUE(fault(none_such).starts_with(
      "M.cortex: it is compiled for x86-64-v3, but this CPU lacks sse3 ssse3 cmpxchg16b sse4.1"));
  m.level = TargetLevel::X86_64;
  EXPECT_EQ(fault(none_such), "");
}

TEST_F(ArtifactTest, ForeignCode) {
  const std::vector<uint8_t> empty = bytesOfFile(CORTEX_FAKE_EMPTY);
  EXPECT_EQ(faultOf(writeArtifact(empty, manifest, {})),
            "the artifact: its machine code has no symbol 'cortex_program'");
  EXPECT_EQ(faultOf(writeArtifact(elf, fakeManifest(DType::F32, StructureKind::Tree), {})),
            "the artifact: its manifest is not that of its machine code");
  std::vector<uint8_t> arm = elf;
  arm[18] = 183; // e_machine
  EXPECT_EQ(faultOf(writeArtifact(arm, manifest, {}), CORTEX_UNSUPPORTED_CPU),
            "the artifact: its machine code is for another kind of CPU");
}

TEST_F(ArtifactTest, Files) {
  cortex_program *program = nullptr;
  EXPECT_EQ(cortex_program_load("/nonexistent/m.cortex", &program), CORTEX_SYSTEM_ERROR);
  EXPECT_STREQ(cortex_last_error(), "cannot open '/nonexistent/m.cortex': No such file or directory");
  EXPECT_EQ(cortex_program_load("/", &program), CORTEX_SYSTEM_ERROR);
  EXPECT_STREQ(cortex_last_error(), "cannot read '/': it is not a regular file");
}
