//===- Heap.cpp - Counting and refusing memory in tests -------------------===//
#include "Heap.h"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>

using namespace cortex::test;

static std::atomic<uint64_t> taken, given;
static std::atomic<int64_t> blocks, maps;
/// Requests until one is refused; 0 = never. In the program itself, so that using it takes no memory.
static thread_local uint64_t untilRefusal;
static thread_local bool allLaterToo, wasRefused;

static bool refuse() {
  ++taken;
  if (untilRefusal == 0)
    return false;
  --untilRefusal;
  if (untilRefusal > 0)
    return false;
  untilRefusal = allLaterToo ? 1 : 0;
  wasRefused = true;
  errno = ENOMEM;
  return true;
}
static void *counted(void *block) {
  blocks += block != nullptr;
  return block;
}

HeapCounts cortex::test::heapCounts() {
  return {taken, given, blocks, maps};
}

RefuseMemory::RefuseMemory(uint64_t n, bool allLater) {
  wasRefused = false;
  allLaterToo = allLater;
  untilRefusal = n;
}
RefuseMemory::~RefuseMemory() {
  untilRefusal = 0;
}
bool RefuseMemory::refused() const {
  return wasRefused;
}

// The C library's own names of its functions.
#define REAL(name) __libc_##name

// NOLINTBEGIN(bugprone-reserved-identifier): that is what they are called
extern "C" {
void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t count, size_t size);
void *REAL(realloc)(void *block, size_t size);
void *REAL(memalign)(size_t alignment, size_t size);
void REAL(free)(void *block);

void *malloc(size_t size) {
  return refuse() ? nullptr : counted(REAL(malloc)(size));
}
void *calloc(size_t count, size_t size) {
  return refuse() ? nullptr : counted(REAL(calloc)(count, size));
}
void *realloc(void *block, size_t size) {
  if (refuse())
    return nullptr;
  void *moved = REAL(realloc)(block, size);
  if (!block)
    counted(moved);
  else if (!moved && size == 0)
    --blocks;
  return moved;
}
void *memalign(size_t alignment, size_t size) {
  return refuse() ? nullptr : counted(REAL(memalign)(alignment, size));
}
void *aligned_alloc(size_t alignment, size_t size) {
  return refuse() ? nullptr : counted(REAL(memalign)(alignment, size));
}
int posix_memalign(void **block, size_t alignment, size_t size) {
  if (refuse())
    return ENOMEM;
  *block = counted(REAL(memalign)(alignment, size));
  return *block ? 0 : ENOMEM;
}
void free(void *block) {
  if (!block)
    return;
  ++given;
  --blocks;
  REAL(free)(block);
}

// These are not called before the loader is done, so that it can say where the next ones are.
void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset) noexcept {
  static const auto next = reinterpret_cast<decltype(&mmap)>(dlsym(RTLD_NEXT, "mmap"));
  if (refuse())
    return MAP_FAILED;
  void *mapping = next(address, size, protection, flags, fd, offset);
  maps += mapping != MAP_FAILED;
  return mapping;
}
int munmap(void *address, size_t size) noexcept {
  static const auto next = reinterpret_cast<decltype(&munmap)>(dlsym(RTLD_NEXT, "munmap"));
  ++given;
  const int result = next(address, size);
  maps -= result == 0;
  return result;
}
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  static const auto next = reinterpret_cast<decltype(&pthread_create)>(dlsym(RTLD_NEXT, "pthread_create"));
  return refuse() ? EAGAIN : next(thread, attributes, start, argument);
}
}
// NOLINTEND(bugprone-reserved-identifier)
