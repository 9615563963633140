//===- Memory.cpp - Blocks of memory from the system ----------------------===//
#include "Memory.h"

#include <sys/mman.h>
#include <unistd.h>

using namespace cortex::rt;

static constexpr size_t kHugePage = size_t(2) << 20;

Block::Block(size_t size, bool guarded) {
  if (size == 0)
    return;
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const size_t payload = roundUp(size, page);
  // Mappings begin at some page; to begin at a huge page there must be room to move.
  const bool huge = payload >= kHugePage && !guarded;
  mappingSize = payload + (guarded ? page : huge ? kHugePage : 0);
  mapping = ::mmap(nullptr, mappingSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) {
    mapping = nullptr;
    throw std::bad_alloc();
  }
  base = static_cast<uint8_t *>(mapping);
  bytes = size;
  if (guarded) {
    ::mprotect(base + payload, page, PROT_NONE);
    base += payload - size;
  } else if (huge) {
    const auto address = reinterpret_cast<uintptr_t>(base);
    base += roundUp(address, kHugePage) - address;
    ::madvise(base, payload, MADV_HUGEPAGE);
  }
}

Block::~Block() {
  if (mapping)
    ::munmap(mapping, mappingSize);
}
