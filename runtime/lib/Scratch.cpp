//===- Scratch.cpp - The buffers of a run ---------------------------------===//
#include "Scratch.h"

#include "Poison.h"

#include <algorithm>

using namespace cortex;
using namespace cortex::rt;

/// Between buffers, and between the workers' copies of one: neighbours share no
/// pair of cache lines, and equal rows of different buffers not all their low
/// address bits (items are often a power of two of bytes).
static constexpr uint64_t kGap = 192;

Scratch::Scratch(const Manifest &manifest, uint32_t copies, bool guarded)
    : manifest(manifest), copies(copies), guarded(guarded) {}

bool Scratch::isScratch(size_t buffer) const {
  const Space s = manifest.buffers[buffer].space;
  return s != Space::Param && s != Space::Const;
}

/// Bytes from one worker's copy to the next.
uint64_t Scratch::extent(size_t buffer, uint64_t count) const {
  const uint64_t item = manifest.buffers[buffer].item_bytes;
  return count > kHuge / item ? kHuge : count * item + (guarded ? 0 : kGap);
}

uint64_t Scratch::bytes(const std::vector<uint64_t> &counts) const {
  uint64_t total = 0;
  for (size_t i = 0; i < counts.size(); ++i)
    if (isScratch(i)) {
      const uint64_t one = extent(i, counts[i]), all = copiesOf(i);
      total = one > kHuge / all ? kHuge : std::min(kHuge, total + one * all);
    }
  return total;
}

void Scratch::place(const std::vector<uint64_t> &counts, uint8_t *memory, uint64_t *frame) {
  if (guarded) {
    placeGuarded(counts, frame);
    return;
  }
  const abi::FrameLayout layout = manifest.layout();
  poison(memory, bytes(counts));
  for (uint32_t i = 0; i < counts.size(); ++i)
    if (isScratch(i)) {
      const uint64_t stride = extent(i, counts[i]);
      frame[layout.buffer(i, abi::kBase)] = reinterpret_cast<uintptr_t>(memory);
      frame[layout.buffer(i, abi::kWorkerStride)] = copiesOf(i) > 1 ? stride : 0;
      for (uint32_t copy = 0; copy < copiesOf(i); ++copy, memory += stride)
        unpoisonItems(memory, counts[i], manifest.buffers[i].value_bytes, manifest.buffers[i].item_bytes);
    }
}

void Scratch::placeGuarded(const std::vector<uint64_t> &counts, uint64_t *frame) {
  const abi::FrameLayout layout = manifest.layout();
  guardedBlocks.clear();
  for (uint32_t i = 0; i < counts.size(); ++i)
    if (isScratch(i)) {
      size_t stride;
      Block block = Block::guarded(extent(i, counts[i]), copiesOf(i), stride);
      frame[layout.buffer(i, abi::kBase)] = reinterpret_cast<uintptr_t>(block.data());
      frame[layout.buffer(i, abi::kWorkerStride)] = copiesOf(i) > 1 ? stride : 0;
      for (uint32_t copy = 0; copy < copiesOf(i); ++copy)
        poisonPadding(block.data() + copy * stride, counts[i], manifest.buffers[i].value_bytes,
                      manifest.buffers[i].item_bytes);
      guardedBlocks.push_back(std::move(block));
    }
}
