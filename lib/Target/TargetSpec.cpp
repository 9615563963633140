//===- TargetSpec.cpp - Names of targets and what they stand for ----------===//
#include "cortex/Target/Target.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

namespace {

constexpr StringRef kNames[] = {"host", "x86-64", "x86-64-v3", "x86-64-v4", "x86-64-v4-bf16"};

/// What the levels of the x86-64 psABI add that generated code can make use of.
constexpr StringRef kV3[] = {"avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe", "popcnt", "sse4.2"};
constexpr StringRef kV4[] = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"};

/// The highest level that both the CPU and the system (which must save the
/// registers) support.
cortex::TargetLevel hostLevel() {
  StringMap<bool> features = sys::getHostCPUFeatures();
  auto hasAll = [&](ArrayRef<StringRef> names) {
    return all_of(names, [&](StringRef name) { return features.lookup(name); });
  };
  if (!hasAll(kV3))
    return cortex::TargetLevel::X86_64;
  if (!hasAll(kV4))
    return cortex::TargetLevel::X86_64_V3;
  return hasAll({"avx512bf16"}) ? cortex::TargetLevel::X86_64_V4_BF16 : cortex::TargetLevel::X86_64_V4;
}

bool hostIsX86() {
  return Triple(sys::getProcessTriple()).getArch() == Triple::x86_64;
}

cortex::TargetSpec specOfLevel(cortex::TargetLevel level) {
  switch (level) {
  case cortex::TargetLevel::X86_64:
    return {"x86-64", level, "x86-64", "x86-64", /*fma=*/false, /*vectorBytes=*/16, /*vectorRegisters=*/16};
  case cortex::TargetLevel::X86_64_V3:
    return {"x86-64-v3", level, "x86-64-v3", "x86-64-v3", /*fma=*/true, /*vectorBytes=*/32, /*vectorRegisters=*/16};
  case cortex::TargetLevel::X86_64_V4:
    return {"x86-64-v4", level, "x86-64-v4", "x86-64-v4", /*fma=*/true, /*vectorBytes=*/64, /*vectorRegisters=*/32};
  case cortex::TargetLevel::X86_64_V4_BF16: {
    cortex::TargetSpec spec = specOfLevel(cortex::TargetLevel::X86_64_V4);
    spec.name = "x86-64-v4-bf16";
    spec.level = level;
    spec.features = "+avx512bf16";
    spec.bf16Dots = true;
    return spec;
  }
  }
  llvm_unreachable("a level without a target");
}

/// Only the level's instructions are used, so that its name is all that a
/// loader on another machine has to check; the CPU decides their order.
cortex::TargetSpec hostSpec(cortex::TargetLevel level) {
  cortex::TargetSpec spec = specOfLevel(level);
  spec.name = "host";
  StringRef cpu = sys::getHostCPUName();
  if (cpu != "generic")
    spec.tuneCPU = cpu.str();
  return spec;
}

} // namespace

cortex::TargetSpec cortex::TargetSpec::forBF16() const {
  return name == "host" && level == TargetLevel::X86_64_V4 ? hostSpec(hostLevel()) : *this;
}

ArrayRef<StringRef> cortex::TargetSpec::names() {
  return kNames;
}

bool cortex::TargetSpec::runsHere() const {
  return hostIsX86() && hostLevel() >= level;
}

Expected<cortex::TargetSpec> cortex::TargetSpec::parse(StringRef name) {
  if (name == "host") {
    if (!hostIsX86())
      return createStringError("target 'host': this machine is not x86-64; name one of the others: " +
                               join(ArrayRef(kNames).drop_front(), ", "));
    return hostSpec(std::min(hostLevel(), TargetLevel::X86_64_V4));
  }
  for (TargetLevel level :
       {TargetLevel::X86_64, TargetLevel::X86_64_V3, TargetLevel::X86_64_V4, TargetLevel::X86_64_V4_BF16})
    if (TargetSpec spec = specOfLevel(level); spec.name == name)
      return spec;
  if (name.contains(','))
    return createStringError("expected one target, found '" + name + "'; only artifacts carry several");
  return createStringError("unknown target '" + name + "'; the targets are " + join(ArrayRef(kNames), ", "));
}

Expected<std::vector<cortex::TargetSpec>> cortex::TargetSpec::parseList(StringRef names) {
  std::vector<TargetSpec> specs;
  SmallVector<StringRef> parts;
  names.split(parts, ',');
  for (StringRef name : parts) {
    Expected<TargetSpec> spec = parse(name);
    if (!spec)
      return spec.takeError();
    // Which level `host` stands for may depend on the schedule; it is none of the others'.
    const auto same = find_if(specs, [&](const TargetSpec &other) {
      return other.level == spec->level || other.forBF16().level == spec->forBF16().level;
    });
    if (same != specs.end() && same->name == spec->name)
      return createStringError("targets '" + names + "': '" + spec->name + "' is given twice");
    if (same != specs.end())
      return createStringError("targets '" + names + "': '" + same->name + "' and '" + spec->name +
                               "' stand for the same instructions; name one of them");
    specs.push_back(std::move(*spec));
  }
  return specs;
}
