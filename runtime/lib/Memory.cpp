//===- Memory.cpp - Blocks of memory from the system ----------------------===//
#include "Memory.h"

#include "Poison.h"

#include <cstring>
#include <limits>
#include <sys/mman.h>
#include <unistd.h>

using namespace cortex::rt;

static constexpr size_t kHugePage = size_t(2) << 20;

static size_t pageSize() {
  return static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

void Block::map(size_t size) {
  void *start = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED)
    throw std::bad_alloc();
  mapping = start;
  mappingSize = size;
  base = static_cast<uint8_t *>(mapping);
}

Block::Block(size_t size) {
  if (size == 0)
    return;
  const size_t payload = roundUp(size, pageSize());
  // Mappings begin at some page; to begin at a huge page there must be room to
  // move.
  const bool huge = payload >= kHugePage;
  map(payload + (huge ? kHugePage : 0));
  bytes = size;
  if (huge) {
    // What lies before and behind is given back: a block holds its bytes, in
    // whole pages, and no more.
    const auto address = reinterpret_cast<uintptr_t>(base);
    const size_t before = roundUp(address, kHugePage) - address;
    if (before != 0)
      ::munmap(mapping, before);
    base += before;
    if (before != kHugePage)
      ::munmap(base + payload, kHugePage - before);
    mapping = base;
    mappingSize = payload;
    ::madvise(base, payload, MADV_HUGEPAGE);
  }
}

Block Block::copyOf(const void *from, size_t size) {
  Block block(size);
  if (size != 0)
    std::memcpy(block.data(), from, size);
  block.shorten(size);
  return block;
}

void Block::shorten(size_t size) {
  bytes = size;
  poison(base + bytes, mappingSize - bytes);
}

Block Block::guarded(size_t size, size_t copies, size_t &stride) {
  Block block;
  const size_t page = pageSize(), payload = roundUp(size, page);
  if (payload < size || payload + page > std::numeric_limits<size_t>::max() / copies)
    throw std::bad_alloc();
  stride = payload + page;
  block.map(stride * copies);
  block.bytes = size;
  for (size_t i = 0; i < copies; ++i) {
    uint8_t *copy = block.base + i * stride;
    std::memset(copy, 0xff, payload);
    poison(copy, payload - size);
    if (::mprotect(copy + payload, page, PROT_NONE) != 0)
      throw std::bad_alloc();
  }
  block.base += payload - size;
  return block;
}

Block::~Block() {
  if (mapping) {
    unpoison(mapping, mappingSize);
    ::munmap(mapping, mappingSize);
  }
}

uint64_t GuardedCopies::add(const void *array, size_t size) {
  Block block = Block::guarded(size);
  if (size != 0)
    std::memcpy(block.data(), array, size);
  return reinterpret_cast<uintptr_t>(blocks.emplace_back(std::move(block)).data());
}
