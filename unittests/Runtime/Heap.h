//===- Heap.h - Counting and refusing memory in tests ---------------------===//
//
// A program that links Heap.cpp has its own malloc, calloc, realloc,
// aligned_alloc, posix_memalign, memalign, free, mmap, munmap and
// pthread_create in front of the system's: for the runtime, for libstdc++
// (operator new) and for the system's loader alike. They count, and refuse when
// they are told to. What the C library takes from the kernel for itself is seen
// by SystemCalls.h.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_UNITTESTS_RUNTIME_HEAP_H
#define CORTEX_UNITTESTS_RUNTIME_HEAP_H

#include <cstdint>

namespace cortex::test {

/// Calls of all threads since the process began.
struct HeapCounts {
  uint64_t taken = 0; ///< successful or not, of every function that takes memory or starts a thread
  uint64_t given = 0; ///< free and munmap of something
  int64_t blocks = 0; ///< taken from the heap and not given back
  int64_t maps = 0;   ///< made by mmap and not unmapped

  uint64_t calls() const { return taken + given; }
};
HeapCounts heapCounts();

/// While in scope the calling thread's n-th request for memory or a thread is refused, or it and all later ones; n
/// counts from 1.
class RefuseMemory {
public:
  explicit RefuseMemory(uint64_t n, bool allLater = false);
  ~RefuseMemory();
  RefuseMemory(const RefuseMemory &) = delete;
  RefuseMemory &operator=(const RefuseMemory &) = delete;
  /// Whether it came to that.
  bool refused() const;
};

struct RefuseMemoryFrom : RefuseMemory {
  explicit RefuseMemoryFrom(uint64_t n) : RefuseMemory(n, true) {}
};

} // namespace cortex::test
#endif // CORTEX_UNITTESTS_RUNTIME_HEAP_H
