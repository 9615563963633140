#include "cortex/Target/Target.h"

#include <gmock/gmock.h>

using namespace cortex;

static std::string message(llvm::Error error) {
  return llvm::toString(std::move(error));
}

TEST(TargetSpec, LevelsHaveTheirVectorRegisters) {
  struct Case {
    const char *name;
    TargetLevel level;
    bool fma;
    unsigned bytes, registers, floats, doubles;
  } cases[] = {{"x86-64", TargetLevel::X86_64, false, 16, 16, 4, 2},
               {"x86-64-v3", TargetLevel::X86_64_V3, true, 32, 16, 8, 4},
               {"x86-64-v4", TargetLevel::X86_64_V4, true, 64, 32, 16, 8},
               {"x86-64-v4-bf16", TargetLevel::X86_64_V4_BF16, true, 64, 32, 16, 8}};
  for (const Case &c : cases) {
    auto spec = TargetSpec::parse(c.name);
    ASSERT_TRUE(static_cast<bool>(spec)) << message(spec.takeError());
    EXPECT_EQ(spec->name, c.name);
    EXPECT_EQ(spec->level, c.level);
    EXPECT_EQ(spec->fma, c.fma);
    EXPECT_EQ(spec->vectorBytes, c.bytes);
    EXPECT_EQ(spec->vectorRegisters, c.registers);
    EXPECT_EQ(spec->lanes(DType::F32), c.floats);
    EXPECT_EQ(spec->lanes(DType::F64), c.doubles);
    EXPECT_EQ(spec->bf16Dots, c.level == TargetLevel::X86_64_V4_BF16);
  }
}

TEST(TargetSpec, HostIsTheBestLevelThatRunsHere) {
  auto host = TargetSpec::parse("host");
  ASSERT_TRUE(static_cast<bool>(host)) << message(host.takeError());
  EXPECT_EQ(host->name, "host");
  EXPECT_TRUE(host->runsHere());
  EXPECT_FALSE(host->tuneCPU.empty());
  // The instructions are those of the level, whatever else this CPU has.
  for (const char *name : {"x86-64", "x86-64-v3", "x86-64-v4"}) {
    TargetSpec spec = llvm::cantFail(TargetSpec::parse(name));
    EXPECT_EQ(spec.runsHere(), spec.level <= host->level) << name;
    if (spec.level == host->level) {
      EXPECT_EQ(host->cpu, spec.cpu);
    }
  }
}

/// Dot products of bf16 are asked for by name, or by a program that has any.
TEST(TargetSpec, HostHasDotProductsForProgramsInBF16Only) {
  const TargetSpec host = llvm::cantFail(TargetSpec::parse("host")), dots = host.forBF16(),
                   named = llvm::cantFail(TargetSpec::parse("x86-64-v4-bf16")),
                   without = llvm::cantFail(TargetSpec::parse("x86-64-v4"));
  EXPECT_FALSE(host.bf16Dots);
  EXPECT_LE(host.level, TargetLevel::X86_64_V4);
  EXPECT_EQ(dots.bf16Dots, named.runsHere());
  EXPECT_EQ(dots.name, "host");
  EXPECT_EQ(dots.level, named.runsHere() ? named.level : host.level);
  EXPECT_EQ(dots.tuneCPU, host.tuneCPU);
  EXPECT_TRUE(dots.runsHere());
  EXPECT_EQ(dots.forBF16().level, dots.level);
  EXPECT_EQ(named.forBF16().level, named.level);
  EXPECT_EQ(without.forBF16().level, without.level);
}

TEST(TargetSpec, AListHasEachLevelOnce) {
  const std::vector<TargetSpec> specs = llvm::cantFail(TargetSpec::parseList("x86-64-v3,x86-64,x86-64-v4"));
  ASSERT_EQ(specs.size(), 3u);
  EXPECT_EQ(specs[0].level, TargetLevel::X86_64_V3);
  EXPECT_EQ(specs[1].level, TargetLevel::X86_64);
  EXPECT_EQ(specs[2].level, TargetLevel::X86_64_V4);
  EXPECT_EQ(llvm::cantFail(TargetSpec::parseList("host")).size(), 1u);
  auto fault = [](const std::string &names) {
    auto specs = TargetSpec::parseList(names);
    return specs ? "" : message(specs.takeError());
  };
  const std::string unknown = "'; the targets are host, x86-64, x86-64-v3, x86-64-v4, x86-64-v4-bf16";
  EXPECT_EQ(fault(""), "unknown target '" + unknown);
  EXPECT_EQ(fault("x86-64,"), "unknown target '" + unknown);
  EXPECT_EQ(fault("x86-64, x86-64-v3"), "unknown target ' x86-64-v3" + unknown);
  EXPECT_EQ(fault("x86-64,x86-64-v3,x86-64"), "targets 'x86-64,x86-64-v3,x86-64': 'x86-64' is given twice");
  const std::string best = [] {
    for (const char *name : {"x86-64-v4", "x86-64-v3"})
      if (llvm::cantFail(TargetSpec::parse(name)).runsHere())
        return name;
    return "x86-64";
  }();
  EXPECT_EQ(fault("host," + best),
            "targets 'host," + best + "': 'host' and '" + best + "' stand for the same instructions; name one of them");
  if (llvm::cantFail(TargetSpec::parse("x86-64-v4-bf16")).runsHere())
    EXPECT_EQ(fault("x86-64-v4-bf16,host"), "targets 'x86-64-v4-bf16,host': 'x86-64-v4-bf16' and 'host' stand for the "
                                            "same instructions; name one of them");
  EXPECT_EQ(llvm::cantFail(TargetSpec::parseList("x86-64-v4,x86-64-v4-bf16")).size(), 2u);
  auto one = TargetSpec::parse("x86-64,x86-64-v3");
  ASSERT_FALSE(static_cast<bool>(one));
  EXPECT_EQ(message(one.takeError()), "expected one target, found 'x86-64,x86-64-v3'; only artifacts carry several");
}

TEST(TargetSpec, UnknownNameListsTheLegalOnes) {
  for (const char *name : {"", "x86-64-v2", "HOST", "aarch64"}) {
    auto spec = TargetSpec::parse(name);
    ASSERT_FALSE(static_cast<bool>(spec)) << name;
    EXPECT_EQ(message(spec.takeError()), "unknown target '" + std::string(name) +
                                             "'; the targets are host, x86-64, x86-64-v3, x86-64-v4, x86-64-v4-bf16");
  }
}
