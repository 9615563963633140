//===- Cpu.h - What this CPU and operating system can execute -------------===//
#ifndef CORTEX_RUNTIME_CPU_H
#define CORTEX_RUNTIME_CPU_H

#include "cortex/manifest.h"

#include <cstdint>
#include <string>

namespace cortex::rt {

/// The CPUID and XCR0 bits that the x86-64 levels are made of.
struct CpuFeatures {
  uint32_t leaf1_ecx = 0, leaf7_ebx = 0, leaf81_ecx = 0; ///< CPUID 1, 7.0 and 0x80000001
  uint64_t xcr0 = 0;                                     ///< the register state that the operating system saves
  uint32_t leaf71_eax = 0;                               ///< CPUID 7.1
};

/// Of the machine this runs on.
const CpuFeatures &hostCpu();

/// The features that `level` needs and `cpu` lacks, separated by spaces; empty if there are none.
std::string missingFeatures(TargetLevel level, const CpuFeatures &cpu);

/// Bytes of the second-level cache, which a worker has for itself, and of the last level, which all share.
struct CacheSizes {
  uint64_t own, last;
};
/// Of the machine this runs on; where it does not say, those of a small server.
const CacheSizes &hostCaches();

/// "x86-64-v3" and so on.
const char *nameOf(TargetLevel level);

} // namespace cortex::rt
#endif // CORTEX_RUNTIME_CPU_H
