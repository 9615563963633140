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
    return writeArtifact({{elf, manifest}}, list);
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
  /// Changes an entry of the table of variants and makes the checksum right again.
  static void editVariant(std::vector<uint8_t> &bytes, size_t index,
                          const std::function<void(ArtifactVariant &)> &edit) {
    uint8_t *at = bytes.data() + footerOf(bytes).variants_offset + index * sizeof(ArtifactVariant);
    ArtifactVariant v;
    std::memcpy(&v, at, sizeof v);
    edit(v);
    std::memcpy(at, &v, sizeof v);
    editFooter(bytes, [](ArtifactFooter &) {});
  }
  /// The fake program's manifest, for another level.
  Manifest manifestFor(TargetLevel level) const {
    Manifest m = manifest;
    m.level = level;
    return m;
  }
  /// With variants for x86-64-v3, whose code is no program, and x86-64, given out of order.
  std::vector<uint8_t> twoVariants() const {
    return writeArtifact({{elf, manifest}, {bytesOfFile(CORTEX_FAKE_EMPTY), manifestFor(TargetLevel::X86_64_V3)}},
                         {{"E", DType::F32, {kWordDomain, kUnits}, e.data()}});
  }
  static std::string faultOf(const std::vector<uint8_t> &bytes, cortex_status expected = CORTEX_INVALID_ARTIFACT) {
    cortex_program *program = nullptr;
    const cortex_status status = cortex_program_load_memory(bytes.data(), bytes.size(), nullptr, &program);
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
                             f64 = writeArtifact(
                                 {{bytesOfFile(CORTEX_FAKE_F64), fakeManifest(DType::F64, StructureKind::Dag)}}, {});
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
  const std::vector<uint8_t> empty = bytesOfFile(CORTEX_FAKE_EMPTY);
  const std::vector<uint8_t> good = writeArtifact({{empty, manifest}, {empty, manifestFor(TargetLevel::X86_64_V3)}},
                                                  {{"E", DType::F32, {kWordDomain, kUnits}, e.data()}});
  const std::string loaded = "the artifact: its machine code has no symbol 'cortex_program'";
  ASSERT_EQ(faultOf(good), loaded);
  for (size_t at = 0; at < good.size(); at += at + 300 < good.size() ? 97 : 1) {
    std::vector<uint8_t> bad = good;
    bad[at] ^= 0x10;
    const std::string fault = faultOf(bad);
    ASSERT_TRUE(!fault.empty() && fault != loaded) << "byte " << at << " of " << good.size();
  }
  for (size_t size = 0; size < good.size(); size += size + 300 < good.size() ? 97 : 1) {
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
  editFooter(bytes, [](ArtifactFooter &f) { f.version = 1; });
  EXPECT_EQ(faultOf(bytes), "the artifact: it is of artifact version 1, this runtime reads version 2");
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
  const std::string beyond = " does not lie within the file", weights = "the artifact: its section of weights" + beyond,
                    table = "the artifact: its table of variants" + beyond;
  EXPECT_EQ(fault([](ArtifactFooter &f) { f.weights_size = uint64_t(1) << 40; }), weights);
  EXPECT_EQ(fault([](ArtifactFooter &f) { f.weights_size = ~uint64_t(0) - f.weights_offset + 5; }), weights);
  EXPECT_EQ(fault([](ArtifactFooter &f) { f.weights_offset = 0; }), weights) << "it would overlap with code";
  EXPECT_EQ(fault([](ArtifactFooter &f) { f.weights_size += 1000; }), weights) << "it would overlap with the table";
  EXPECT_EQ(fault([](ArtifactFooter &f) { f.variants_offset = ~uint64_t(0) - 8; }), table);
  EXPECT_EQ(fault([](ArtifactFooter &f) { f.variants_offset = f.file_size - sizeof f - 31; }), table);
  EXPECT_EQ(fault([](ArtifactFooter &f) { f.variant_count = 1000; }), table);
  EXPECT_EQ(fault([](ArtifactFooter &f) { f.variant_count = (uint64_t(1) << 59) + 1; }), table); // times 32 is 32
  EXPECT_EQ(fault([](ArtifactFooter &f) { f.variant_count = 0; }), "the artifact: its table of variants is empty");
}

TEST_F(ArtifactTest, HostileVariants) {
  auto fault = [&](size_t index, const std::function<void(ArtifactVariant &)> &edit) {
    std::vector<uint8_t> bytes = twoVariants();
    editVariant(bytes, index, edit);
    return faultOf(bytes);
  };
  const std::string code = "the artifact: its section of machine code does not lie within the file",
                    text = "the artifact: its section of manifest does not lie within the file";
  for (size_t i : {0, 1}) {
    SCOPED_TRACE(i);
    EXPECT_EQ(fault(i, [](ArtifactVariant &v) { v.code_size = ~uint64_t(0); }), code);
    EXPECT_EQ(fault(i, [](ArtifactVariant &v) { v.code_offset = ~uint64_t(0) - 8; }), code);
    EXPECT_EQ(fault(i, [](ArtifactVariant &v) { v.code_size = v.manifest_offset - v.code_offset + 1; }), text)
        << "they would overlap";
    EXPECT_EQ(fault(i, [](ArtifactVariant &v) { v.manifest_offset = 0; }), text);
    EXPECT_EQ(fault(i, [](ArtifactVariant &v) { v.manifest_size = ~uint64_t(0) - v.manifest_offset + 5; }), text);
    EXPECT_EQ(fault(i, [](ArtifactVariant &v) { v.code_size = 10; }),
              "the artifact: its machine code is no ELF object");
    EXPECT_EQ(fault(i, [](ArtifactVariant &v) { v.code_offset += 8, v.code_size -= 8; }),
              "the artifact: its machine code is no ELF object");
    EXPECT_EQ(fault(i, [](ArtifactVariant &v) { v.code_size = 100; }),
              "the artifact: the program headers of its machine code do not lie within it");
    EXPECT_EQ(fault(i, [](ArtifactVariant &v) { v.code_size = 2048; }),
              "the artifact: a segment of its machine code does not lie within it");
    EXPECT_EQ(fault(i, [](ArtifactVariant &v) { v.manifest_size -= 1; }),
              "the artifact: bad manifest: it is truncated or damaged");
  }
  EXPECT_EQ(fault(1, [](ArtifactVariant &v) { v.code_offset = 0; }), code) << "it would overlap with the first";

  // The same level twice, or a lower one first, would make the choice depend on luck.
  auto order = [&](TargetLevel second) {
    std::vector<uint8_t> bytes = twoVariants();
    const std::vector<uint8_t> text = serializeManifest(manifestFor(second));
    editVariant(bytes, 1, [&](ArtifactVariant &v) {
      ASSERT_EQ(v.manifest_size, text.size());
      std::memcpy(bytes.data() + v.manifest_offset, text.data(), text.size());
    });
    return faultOf(bytes);
  };
  EXPECT_EQ(order(TargetLevel::X86_64_V3),
            "the artifact: its variants are out of order: one for x86-64-v3 follows one for x86-64-v3");
  EXPECT_EQ(order(TargetLevel::X86_64_V4),
            "the artifact: its variants are out of order: one for x86-64-v4 follows one for x86-64-v3");

  // Which model it is must not depend on the CPU.
  auto withOther = [&](const std::function<void(Manifest &)> &change) {
    Manifest other = manifestFor(TargetLevel::X86_64_V3);
    change(other);
    return faultOf(writeArtifact({{elf, manifest}, {bytesOfFile(CORTEX_FAKE_EMPTY), other}}, {}));
  };
  const std::string models = "the artifact: its variants are of different models";
  EXPECT_EQ(withOther([](Manifest &m) { m.model = "Another"; }), models);
  EXPECT_EQ(withOther([](Manifest &m) { m.params.front().shape.front() += 1; }), models);
  EXPECT_EQ(withOther([](Manifest &m) { m.inputs.front().name += "2"; }), models);
  EXPECT_EQ(withOther([](Manifest &m) { m.outputs.front().name += "2"; }), models);
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
  const rt::CpuFeatures none_such,
      haswell = {0x7ed8320b | (1u << 12) | (1u << 22) | (1u << 28) | (1u << 29), 0x128, 0x21, 0x7},
      v4 = {~0u, ~0u, ~0u, ~uint64_t(0)}, everything = {~0u, ~0u, ~0u, ~uint64_t(0), ~0u};
  auto fault = [&](const std::vector<TargetLevel> &levels, const rt::CpuFeatures &cpu, const std::string &level,
                   const std::string &taken, cortex_status expected = CORTEX_UNSUPPORTED_CPU) -> std::string {
    std::vector<CodeVariant> variants;
    for (TargetLevel l : levels)
      variants.push_back({elf, manifestFor(l)});
    try {
      const std::vector<uint8_t> bytes = writeArtifact(variants, {});
      const rt::Artifact a = rt::readArtifact(rt::Block::copyOf(bytes.data(), bytes.size()), "M.cortex", cpu, level);
      EXPECT_EQ(rt::nameOf(a.manifest.level), taken);
    } catch (const rt::Error &e) {
      EXPECT_EQ(e.status, expected);
      return e.what();
    }
    return "";
  };
  constexpr TargetLevel kBase = TargetLevel::X86_64, kV3 = TargetLevel::X86_64_V3, kV4 = TargetLevel::X86_64_V4,
                        kDots = TargetLevel::X86_64_V4_BF16;
  const std::string zmm = "avx512f avx512dq avx512cd avx512bw avx512vl operating-system-support-for-512-bit-registers";
  EXPECT_EQ(fault({kV4}, haswell, "", ""), "M.cortex: it is compiled for x86-64-v4, but this CPU lacks " + zmm);
  EXPECT_EQ(fault({kV3}, haswell, "", "x86-64-v3"), "");
  EXPECT_TRUE(
      fault({kV3}, none_such, "", "")
          .starts_with("M.cortex: it is compiled for x86-64-v3, but this CPU lacks sse3 ssse3 cmpxchg16b sse4.1"));
  EXPECT_EQ(fault({kBase}, none_such, "", "x86-64"), "");
  EXPECT_EQ(fault({kDots}, v4, "", ""), "M.cortex: it is compiled for x86-64-v4-bf16, but this CPU lacks avx512bf16");
  EXPECT_EQ(fault({kDots, kV4}, v4, "", "x86-64-v4"), "");
  EXPECT_EQ(fault({kDots, kV4}, everything, "", "x86-64-v4-bf16"), "");

  // The most capable that fits, in whatever order they were given; or the one that is asked for.
  EXPECT_EQ(fault({kBase, kV3, kV4}, everything, "", "x86-64-v4"), "");
  EXPECT_EQ(fault({kV3, kV4, kBase}, haswell, "", "x86-64-v3"), "");
  EXPECT_EQ(fault({kV4, kBase}, haswell, "", "x86-64"), "");
  EXPECT_EQ(fault({kV4, kV3, kBase}, none_such, "", "x86-64"), "");
  EXPECT_EQ(fault({kV4, kV3, kBase}, everything, "x86-64-v3", "x86-64-v3"), "");
  EXPECT_EQ(fault({kV4, kV3, kBase}, everything, "x86-64", "x86-64"), "");
  EXPECT_EQ(fault({kV4, kV3, kBase}, haswell, "x86-64-v4", ""),
            "M.cortex: it is compiled for x86-64-v4, but this CPU lacks " + zmm);
  EXPECT_TRUE(fault({kV3, kV4}, none_such, "", "")
                  .starts_with("M.cortex: it is compiled for x86-64-v4 and x86-64-v3, but this CPU lacks sse3 ssse3"));
  for (const std::string absent : {"x86-64", "x86-64-v2", "host", "x86-64-v4,x86-64-v3"})
    EXPECT_EQ(fault({kV3, kV4}, everything, absent, "", CORTEX_INVALID_ARGUMENT),
              "M.cortex: it has no variant for target '" + absent + "', only for x86-64-v4,x86-64-v3");
}

/// One copy of the weights serves all variants, and the code of the one that was taken runs.
TEST_F(ArtifactTest, SeveralVariants) {
  const std::vector<uint8_t> one = artifact(), two = twoVariants();
  EXPECT_LT(two.size(), one.size() + bytesOfFile(CORTEX_FAKE_EMPTY).size() + serializeManifest(manifest).size() + 200);
  const Program program = Program::loadMemory(two.data(), two.size(), "x86-64");
  EXPECT_STREQ(program.info().level, "x86-64");
  EXPECT_STREQ(program.info().variants, "x86-64-v3,x86-64");
  EXPECT_TRUE(program.info().has_weights);
  Session session{Model(program)};
  const FakeBatch<float> b = randomFakeBatch<float>(3, 3, 20, true);
  EXPECT_EQ(runBatch(session, b), expectedOutputs(b));
  if (rt::missingFeatures(TargetLevel::X86_64_V3, rt::hostCpu()).empty())
    EXPECT_EQ(faultOf(two), "the artifact: its machine code has no symbol 'cortex_program'") << "v3 was to be taken";
  const Program single = Program::loadMemory(one.data(), one.size());
  EXPECT_STREQ(single.info().variants, "x86-64");

  cortex_program *loaded = nullptr;
  cortex_program_options options{};
  EXPECT_EQ(cortex_program_load_memory(two.data(), two.size(), &options, &loaded), CORTEX_INVALID_ARGUMENT);
  EXPECT_STREQ(cortex_last_error(), "cortex_program_options.struct_size is not sizeof(cortex_program_options)");
}

TEST_F(ArtifactTest, ForeignCode) {
  const std::vector<uint8_t> empty = bytesOfFile(CORTEX_FAKE_EMPTY);
  EXPECT_EQ(faultOf(writeArtifact({{empty, manifest}}, {})),
            "the artifact: its machine code has no symbol 'cortex_program'");
  EXPECT_EQ(faultOf(writeArtifact({{elf, fakeManifest(DType::F32, StructureKind::Tree)}}, {})),
            "the artifact: its manifest is not that of its machine code");
  std::vector<uint8_t> arm = elf;
  arm[18] = 183; // e_machine
  EXPECT_EQ(faultOf(writeArtifact({{arm, manifest}}, {}), CORTEX_UNSUPPORTED_CPU),
            "the artifact: its machine code is for another kind of CPU");
}

TEST_F(ArtifactTest, Files) {
  cortex_program *program = nullptr;
  EXPECT_EQ(cortex_program_load("/nonexistent/m.cortex", nullptr, &program), CORTEX_SYSTEM_ERROR);
  EXPECT_STREQ(cortex_last_error(), "cannot open '/nonexistent/m.cortex': No such file or directory");
  EXPECT_EQ(cortex_program_load("/", nullptr, &program), CORTEX_SYSTEM_ERROR);
  EXPECT_STREQ(cortex_last_error(), "cannot read '/': it is not a regular file");
}
