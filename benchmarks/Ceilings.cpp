//===- Ceilings.cpp -------------------------------------------------------===//
//
// Loops of single instructions, written so that the compiler cannot shorten
// them: chains of FMAs that stay in registers, and loads that nothing waits for.
//===----------------------------------------------------------------------===//
#include "Ceilings.h"

#include "Cli.h"
#include "baselines/SpinTeam.h"

#include <immintrin.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>

namespace cortex::bench {

namespace {

using Clock = std::chrono::steady_clock;
double secondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// One instruction set's two loops.
struct Loops {
  const char *name;
  double flopsPerRound; ///< of `multiply`
  void (*multiply)(int rounds);
  void (*read)(const char *from, size_t bytes); ///< a multiple of 512
};

constexpr int kChains = 12; // more than latency times units

__attribute__((target("avx512f"))) void multiply512(int rounds) {
  __m512 sums[kChains];
  for (__m512 &sum : sums)
    sum = _mm512_set1_ps(1.0f);
  const __m512 x = _mm512_set1_ps(0.999f), y = _mm512_set1_ps(0.001f);
  for (int r = 0; r < rounds; ++r)
#pragma clang loop unroll(full)
    for (__m512 &sum : sums)
      asm volatile("vfmadd213ps %2, %1, %0" : "+v"(sum) : "v"(x), "v"(y));
}
__attribute__((target("avx512f,avx512bf16"))) void multiplyBF16(int rounds) {
  __m512 sums[kChains];
  for (__m512 &sum : sums)
    sum = _mm512_setzero_ps();
  const __m512i x = _mm512_set1_epi16(0x3f80), y = _mm512_set1_epi16(0x3a80); // 1 and about 0.001
  for (int r = 0; r < rounds; ++r)
#pragma clang loop unroll(full)
    for (__m512 &sum : sums)
      asm volatile("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(x), "v"(y));
}
__attribute__((target("avx512f"))) void read512(const char *from, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 512)
#pragma clang loop unroll(full)
    for (int k = 0; k < 8; ++k) {
      __m512 value;
      asm volatile("vmovups %1, %0" : "=v"(value) : "m"(*reinterpret_cast<const __m512 *>(from + i + 64 * k)));
    }
}
__attribute__((target("avx2,fma"))) void multiply256(int rounds) {
  __m256 sums[kChains];
  for (__m256 &sum : sums)
    sum = _mm256_set1_ps(1.0f);
  const __m256 x = _mm256_set1_ps(0.999f), y = _mm256_set1_ps(0.001f);
  for (int r = 0; r < rounds; ++r)
#pragma clang loop unroll(full)
    for (__m256 &sum : sums)
      asm volatile("vfmadd213ps %2, %1, %0" : "+x"(sum) : "x"(x), "x"(y));
}
__attribute__((target("avx2"))) void read256(const char *from, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 512)
#pragma clang loop unroll(full)
    for (int k = 0; k < 16; ++k) {
      __m256 value;
      asm volatile("vmovups %1, %0" : "=x"(value) : "m"(*reinterpret_cast<const __m256 *>(from + i + 32 * k)));
    }
}
void multiply128(int rounds) {
  __m128 sums[kChains];
  for (__m128 &sum : sums)
    sum = _mm_set1_ps(1.0f);
  const __m128 x = _mm_set1_ps(0.999f), y = _mm_set1_ps(0.001f);
  for (int r = 0; r < rounds; ++r)
#pragma clang loop unroll(full)
    for (__m128 &sum : sums)
      asm volatile("mulps %1, %0\n\taddps %2, %0" : "+x"(sum) : "x"(x), "x"(y));
}
void read128(const char *from, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 512)
#pragma clang loop unroll(full)
    for (int k = 0; k < 32; ++k) {
      __m128 value;
      asm volatile("movups %1, %0" : "=x"(value) : "m"(*reinterpret_cast<const __m128 *>(from + i + 16 * k)));
    }
}

const Loops kLoops[] = {{"avx512", kChains * 32.0, multiply512, read512},
                        {"avx2", kChains * 16.0, multiply256, read256},
                        {"sse", kChains * 8.0, multiply128, read128}};

const Loops &loopsOf(const std::string &vectors) {
  for (const Loops &loops : kLoops)
    if (vectors == loops.name)
      return loops;
  throw cli::Failure("--vectors: expected avx512, avx2 or sse, found '" + vectors + "'");
}

/// Keeps a thread of the team on a CPU of its own, of those that the process may use.
void pin(int thread) {
  cpu_set_t all, one;
  CPU_ZERO(&one);
  sched_getaffinity(0, sizeof all, &all);
  for (int cpu = 0, seen = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &all) && seen++ == thread) {
      CPU_SET(cpu, &one);
      pthread_setaffinity_np(pthread_self(), sizeof one, &one);
      return;
    }
}

/// Cores that work at once, each on its own CPU. The caller's CPU is given back at the end.
class Cores {
public:
  explicit Cores(uint32_t workers) : workers(workers), team(static_cast<int>(workers)) {
    sched_getaffinity(0, sizeof before, &before);
    team.run([](int thread) { pin(thread); });
  }
  ~Cores() { pthread_setaffinity_np(pthread_self(), sizeof before, &before); }
  Cores(const Cores &) = delete;
  Cores &operator=(const Cores &) = delete;

  /// The mean over cores of what `work` does per second, at the upper quartile of `times`: other processes only slow.
  double rate(int times, const std::function<double(int)> &work) {
    std::vector<double> rates;
    for (int i = 0; i < times; ++i) {
      std::vector<double> each(workers);
      team.run([&](int thread) {
        team.barrier();
        const Clock::time_point begin = Clock::now();
        double done = 0, seconds = 0;
        do {
          done += work(thread);
          seconds = secondsSince(begin);
        } while (seconds < 0.02);
        each[static_cast<size_t>(thread)] = done / seconds;
      });
      double sum = 0;
      for (double one : each)
        sum += one;
      rates.push_back(sum / workers);
    }
    return cli::quantile(rates, 0.75);
  }

  double barrierUs() {
    constexpr int kBarriers = 20000;
    std::vector<double> times;
    for (int i = 0; i < 7; ++i) {
      const Clock::time_point begin = Clock::now();
      team.run([&](int) {
        for (int b = 0; b < kBarriers; ++b)
          team.barrier();
      });
      times.push_back(secondsSince(begin) / kBarriers * 1e6);
    }
    return cli::quantile(times, 0.5);
  }

private:
  const uint32_t workers;
  SpinTeam team;
  cpu_set_t before;
};

/// The bytes of the first CPU's data cache of a level, as the system tells.
uint64_t cacheBytes(int level, uint64_t otherwise) {
  const std::string cpu = "/sys/devices/system/cpu/cpu0/cache/index";
  for (int index = 0;; ++index) {
    const std::string folder = cpu + std::to_string(index);
    std::ifstream levelFile(folder + "/level"), typeFile(folder + "/type"), sizeFile(folder + "/size");
    int found = 0;
    uint64_t kib = 0;
    std::string type;
    if (!(levelFile >> found))
      return otherwise;
    if (found == level && typeFile >> type && type != "Instruction" && sizeFile >> kib) // "32768K"
      return kib << 10;
  }
}

} // namespace

std::string vectorsHere() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
    return "avx512";
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? "avx2" : "sse";
}

static double peak(Cores &cores, void (*multiply)(int), double flopsPerRound, int times) {
  return cores.rate(times, [&](int) {
    multiply(10000);
    return flopsPerRound * 10000 * 1e-9;
  });
}

double measurePeak(uint32_t workers, const std::string &vectors) {
  Cores cores(workers);
  const Loops &loops = loopsOf(vectors);
  return peak(cores, loops.multiply, loops.flopsPerRound, 3) * workers;
}

std::vector<cost::Ceilings> measureCeilings(uint32_t most, const std::string &vectors) {
  const Loops &loops = loopsOf(vectors);
  cost::Ceilings here;
  here.l1Bytes = cacheBytes(1, 32 << 10);
  here.l2Bytes = cacheBytes(2, 1 << 20);
  here.l3Bytes = cacheBytes(3, 32 << 20);
  const size_t big = here.l3Bytes * 4;
  struct Free {
    void operator()(char *p) const { std::free(p); }
  };
  std::vector<std::unique_ptr<char, Free>> buffers;
  for (uint32_t w = 0; w < most; ++w) {
    buffers.emplace_back(static_cast<char *>(std::aligned_alloc(2 << 20, big)));
    std::memset(buffers.back().get(), 0, big);
  }
  std::vector<cost::Ceilings> result;
  for (uint32_t workers = 1; workers <= most; ++workers) {
    Cores cores(workers);
    auto bandwidth = [&](size_t bytes) {
      bytes = bytes / 512 * 512;
      const size_t repeats = std::max<size_t>(1, (4 << 20) / bytes);
      return cores.rate(5, [&](int thread) {
        for (size_t i = 0; i < repeats; ++i)
          loops.read(buffers[static_cast<size_t>(thread)].get(), bytes);
        return static_cast<double>(bytes * repeats) * 1e-9;
      });
    };
    cost::Ceilings one = here;
    one.gflops = peak(cores, loops.multiply, loops.flopsPerRound, 7);
    if (vectors == "avx512" && __builtin_cpu_supports("avx512bf16"))
      one.bf16Gflops = peak(cores, multiplyBF16, kChains * 64.0, 7);
    one.l1Gbps = bandwidth(here.l1Bytes / 2);
    one.l2Gbps = bandwidth(here.l2Bytes / 2);
    one.l3Gbps = bandwidth(here.l3Bytes / 4);
    one.memoryGbps = bandwidth(big);
    one.barrierUs = workers > 1 ? cores.barrierUs() : 0;
    result.push_back(one);
  }
  return result;
}

} // namespace cortex::bench
