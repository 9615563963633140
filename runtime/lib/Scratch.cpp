//===- Scratch.cpp - The buffers of a run ---------------------------------===//
#include "Scratch.h"

#include "Poison.h"

#include <algorithm>

using namespace cortex;
using namespace cortex::rt;

/// Sizes above this are as good as infinite.
static constexpr uint64_t kHuge = uint64_t(1) << 60;
/// Between buffers, and between the workers' copies of one: neighbours share no
/// pair of cache lines, and equal rows of different buffers not all their low
/// address bits (items are often a power of two of bytes).
static constexpr uint64_t kGap = 192;

Scratch::Scratch(const Manifest &manifest, uint32_t copies, bool guarded)
    : manifest(manifest), copies(copies), guarded(guarded), largest(manifest.buffers.size(), 0) {}

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

void Scratch::place(const std::vector<uint64_t> &counts, uint64_t budget, uint64_t *frame) {
  if (guarded) {
    placeGuarded(counts, frame);
    return;
  }
  bool grew = !placed;
  for (size_t i = 0; i < counts.size(); ++i)
    grew |= counts[i] > largest[i];
  if (!grew)
    return;
  for (size_t i = 0; i < counts.size(); ++i)
    largest[i] = placed ? std::max(largest[i], counts[i]) : counts[i];
  uint64_t need = bytes(largest);
  if (need > std::max(budget, bytes(counts))) { // what was seen before no longer fits beside this
    largest = counts;
    need = bytes(largest);
  }
  placed = false; // nothing is, if there is no memory
  if (need > arena.size())
    grow(std::max(need, std::min(need + need / 4, budget)));
  const abi::FrameLayout layout = manifest.layout();
  const uint8_t *at = arena.data();
  poison(arena.data(), arena.size());
  for (uint32_t i = 0; i < counts.size(); ++i)
    if (isScratch(i)) {
      const uint64_t stride = extent(i, largest[i]);
      frame[layout.buffer(i, abi::kBase)] = reinterpret_cast<uintptr_t>(at);
      frame[layout.buffer(i, abi::kWorkerStride)] = copiesOf(i) > 1 ? stride : 0;
      for (uint32_t copy = 0; copy < copiesOf(i); ++copy, at += stride)
        unpoisonItems(at, largest[i], manifest.buffers[i].value_bytes, manifest.buffers[i].item_bytes);
    }
  placed = true;
}

void Scratch::hold(uint64_t bytes) {
  if (!guarded && bytes > arena.size())
    grow(bytes);
}

void Scratch::grow(uint64_t bytes) {
  placed = false;
  arena = Block(); // both at once might be too much
  arena = Block(bytes);
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
