//===- Cpu.cpp - What this CPU and operating system can execute -----------===//
#include "Cpu.h"

#include <algorithm>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

using namespace cortex;
using namespace cortex::rt;

const CpuFeatures &cortex::rt::hostCpu() {
  static const CpuFeatures features = [] {
    CpuFeatures f;
#if defined(__x86_64__)
    unsigned a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d))
      f.leaf1_ecx = c;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
      f.leaf7_ebx = b;
      if (a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d))
        f.leaf71_eax = a;
    }
    if (__get_cpuid(0x80000001u, &a, &b, &c, &d))
      f.leaf81_ecx = c;
    if (f.leaf1_ecx & (1u << 27)) { // OSXSAVE: XGETBV exists
      uint32_t low, high;
      __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
      f.xcr0 = static_cast<uint64_t>(high) << 32 | low;
    }
#endif
    return f;
  }();
  return features;
}

std::string cortex::rt::missingFeatures(TargetLevel level, const CpuFeatures &cpu) {
  enum Word { Leaf1, Leaf7, Leaf81, Leaf71 };
  struct Feature {
    TargetLevel level;
    Word word;
    int bit;
    const char *name;
  };
  static constexpr TargetLevel V3 = TargetLevel::X86_64_V3, V4 = TargetLevel::X86_64_V4,
                               V4BF16 = TargetLevel::X86_64_V4_BF16;
  static constexpr Feature kFeatures[] = {
      {V3, Leaf1, 0, "sse3"},      {V3, Leaf1, 9, "ssse3"},     {V3, Leaf1, 13, "cmpxchg16b"},
      {V3, Leaf1, 19, "sse4.1"},   {V3, Leaf1, 20, "sse4.2"},   {V3, Leaf1, 23, "popcnt"},
      {V3, Leaf81, 0, "lahf"},     {V3, Leaf1, 12, "fma"},      {V3, Leaf1, 22, "movbe"},
      {V3, Leaf1, 28, "avx"},      {V3, Leaf1, 29, "f16c"},     {V3, Leaf7, 3, "bmi1"},
      {V3, Leaf7, 5, "avx2"},      {V3, Leaf7, 8, "bmi2"},      {V3, Leaf81, 5, "lzcnt"},
      {V4, Leaf7, 16, "avx512f"},  {V4, Leaf7, 17, "avx512dq"}, {V4, Leaf7, 28, "avx512cd"},
      {V4, Leaf7, 30, "avx512bw"}, {V4, Leaf7, 31, "avx512vl"}, {V4BF16, Leaf71, 5, "avx512bf16"}};
  std::string missing;
  auto lack = [&](const char *name) { missing += (missing.empty() ? "" : " ") + std::string(name); };
  const uint32_t words[] = {cpu.leaf1_ecx, cpu.leaf7_ebx, cpu.leaf81_ecx, cpu.leaf71_eax};
  for (const Feature &f : kFeatures)
    if (f.level <= level && !(words[f.word] & (1u << f.bit)))
      lack(f.name);
  constexpr uint64_t kYmm = 0x6, kZmm = 0xe0;
  if (level >= V3 && (cpu.xcr0 & kYmm) != kYmm)
    lack("operating-system-support-for-256-bit-registers");
  if (level >= V4 && (cpu.xcr0 & kZmm) != kZmm)
    lack("operating-system-support-for-512-bit-registers");
  return missing;
}

#if defined(__x86_64__)
/// Reads the sizes from CPUID leaf 4 (Intel) or 0x8000001D (AMD), which have one form. False if it says nothing.
static bool readCaches(unsigned leaf, CacheSizes &sizes) {
  bool any = false;
  for (unsigned i = 0;; ++i) {
    unsigned a, b, c, d;
    if (!__get_cpuid_count(leaf, i, &a, &b, &c, &d) || (a & 0x1f) == 0)
      return any;
    const bool instructions = (a & 0x1f) == 2;
    const unsigned level = a >> 5 & 7;
    const uint64_t bytes = uint64_t((b >> 22) + 1) * ((b >> 12 & 0x3ff) + 1) * ((b & 0xfff) + 1) * (uint64_t(c) + 1);
    if (instructions || level < 2)
      continue;
    (level == 2 ? sizes.own : sizes.last) = bytes;
    any = true;
  }
}
#endif

const CacheSizes &cortex::rt::hostCaches() {
  static const CacheSizes sizes = [] {
    CacheSizes s{uint64_t(1) << 20, uint64_t(16) << 20};
#if defined(__x86_64__)
    if (!readCaches(4, s))
      readCaches(0x8000001du, s);
#endif
    s.last = std::max(s.last, s.own);
    return s;
  }();
  return sizes;
}

const char *cortex::rt::nameOf(TargetLevel level) {
  switch (level) {
  case TargetLevel::X86_64:
    return "x86-64";
  case TargetLevel::X86_64_V3:
    return "x86-64-v3";
  case TargetLevel::X86_64_V4:
    return "x86-64-v4";
  case TargetLevel::X86_64_V4_BF16:
    return "x86-64-v4-bf16";
  }
  return "an unknown target";
}
