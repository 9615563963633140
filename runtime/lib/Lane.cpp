//===- Lane.cpp - What one execution of a program needs beside the arrays -===//
#include "Lane.h"

#include <cstring>

using namespace cortex;
using namespace cortex::rt;

static uint64_t address(const void *p) {
  return reinterpret_cast<uintptr_t>(p);
}

Lane::Lane(const cortex_model &model, uint32_t copies, bool guarded, Barrier &barrier)
    : model(model), manifest(model.program().manifest), layout(manifest.layout()), guarded(guarded), barrier(barrier),
      scratch(manifest, copies, guarded), frame_(layout.size(), 0) {
  frame_[abi::kMagic] = CORTEX_ABI_MAGIC;
  frame_[abi::kBarrier] = reinterpret_cast<uintptr_t>(&Barrier::wait);
  meetAt(barrier);
  model.placeConstants(frame_.data());
}

void Lane::meetAt(Barrier &of) {
  frame_[abi::kBarrierContext] = address(&of);
}

/// The address at which the program finds an array of `count` items of `size`
/// bytes, which it only reads.
uint64_t Lane::show(const void *array, int64_t count, size_t size) {
  if (!array || !guarded)
    return address(array);
  return copies.add(array, static_cast<size_t>(count) * size);
}

/// The same for an input whose item 0 is at `items`: nodes and edges have the
/// batch's ids, structures count from the chunk's first.
uint64_t Lane::showInput(const Linearizer &linearizer, uint32_t index, const void *items, int32_t firstStructure) {
  if (!items)
    return 0;
  const size_t size = model.program().inputBytes[index];
  const auto *from = static_cast<const uint8_t *>(items);
  const Place place = manifest.inputs[index].place;
  if (place == Place::Structures)
    return show(from + static_cast<size_t>(firstStructure) * size, linearizer.numStructures(), size);
  const bool edges = place == Place::Edges;
  const size_t before = static_cast<size_t>(edges ? linearizer.firstEdge() : linearizer.firstNode()) * size;
  return show(from + before, edges ? linearizer.numEdges() : linearizer.numNodes(), size) - before;
}

void Lane::fill(const Linearizer &linearizer, const cortex_batch &batch, int32_t first,
                const std::vector<uint64_t> &items, uint8_t *memory) {
  scratch.place(items, memory, frame_.data());
  copies.clear();
  meetAt(barrier);
  const int32_t nodes = linearizer.numNodes();
  frame_[abi::kNodeOfRow] = show(linearizer.nodeOfRow(), nodes, sizeof(int32_t));
  frame_[abi::kStructureOfRow] = show(linearizer.structureOfRow(), nodes, sizeof(int32_t));
  // Edge ids are the batch's; the array holds those of this chunk.
  frame_[abi::kEdgePosition] = show(linearizer.edgePosition(), linearizer.numEdges(), sizeof(int32_t)) -
                               sizeof(int32_t) * static_cast<uint64_t>(linearizer.firstEdge());

  size_t symbol = 0;
  for (uint32_t i = 0; i < manifest.inputs.size(); ++i) {
    const InputInfo &input = manifest.inputs[i];
    frame_[layout.input(i)] = input.place == Place::Nodes && input.symbol
                                  ? show(linearizer.nodeSymbol(symbol++), nodes, sizeof(int32_t))
                                  : showInput(linearizer, i, batch.inputs[i], first);
  }
  for (uint32_t i = 0; i < manifest.orders.size(); ++i) {
    const OrderArrays &o = linearizer.order(i);
    frame_[layout.order(i, abi::kNumLevels)] = static_cast<uint64_t>(o.numLevels);
    frame_[layout.order(i, abi::kLevelStrips)] = show(o.levelStrips, int64_t(o.numLevels) + 1, sizeof(int32_t));
    frame_[layout.order(i, abi::kStrips)] = show(o.strips, o.numStrips, sizeof(cortex_strip));
    const int32_t positions = o.positions;
    frame_[layout.order(i, abi::kRows)] = show(o.rows, positions, sizeof(int32_t));
    for (abi::Adjacency a : {abi::kChildren, abi::kParents, abi::kInner, abi::kSymbols}) {
      const AdjacencyArrays &lists = o.adjacency[a];
      const int32_t listed = lists.offsets ? lists.offsets[positions] : 0;
      frame_[layout.adjacency(i, a, abi::kOffsets)] = show(lists.offsets, int64_t(positions) + 1, sizeof(int32_t));
      frame_[layout.adjacency(i, a, abi::kNeighbour)] = show(lists.neighbour, listed, sizeof(int32_t));
      frame_[layout.adjacency(i, a, abi::kEdgeId)] = show(lists.edgeId, listed, sizeof(int32_t));
      frame_[layout.adjacency(i, a, abi::kOwner)] = show(lists.owner, listed, sizeof(int32_t));
    }
  }
}

void Lane::narrow(const Linearizer &linearizer, int32_t part) {
  for (uint32_t i = 0; i < manifest.orders.size(); ++i) {
    const OrderArrays &o = linearizer.order(i);
    if (!o.partLevels) // belongs to prepare
      continue;
    const int32_t first = o.partLevels[part], levels = o.partLevels[part + 1] - first;
    frame_[layout.order(i, abi::kNumLevels)] = static_cast<uint64_t>(levels);
    frame_[layout.order(i, abi::kLevelStrips)] = show(o.levelStrips + first, int64_t(levels) + 1, sizeof(int32_t));
  }
}

void Lane::fillPart(const Lane &whole, const Linearizer &linearizer, int32_t part, const std::vector<uint64_t> &items,
                    uint8_t *memory) {
  copies.clear();
  frame_ = whole.frame_;
  meetAt(barrier);
  scratch.place(items, memory, frame_.data());
  for (uint32_t i = 0; i < items.size(); ++i)
    if (isOfStates(manifest.buffers[i]))
      frame_[layout.buffer(i, abi::kBase)] = whole.frame_[layout.buffer(i, abi::kBase)];
  narrow(linearizer, part);
}

void Lane::copyOutputs(const Linearizer &linearizer, int32_t first, uint64_t rootsBefore, void *const *outputs) const {
  for (uint32_t i = 0; i < manifest.outputs.size(); ++i) {
    if (!outputs[i])
      continue;
    const OutputInfo &o = manifest.outputs[i];
    const BufferInfo &b = manifest.buffers[o.buffer];
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a frame holds addresses
    const auto *from = reinterpret_cast<const uint8_t *>(frame_[layout.buffer(o.buffer, abi::kBase)]);
    const uint64_t size = model.program().outputBytes[i];
    const int32_t *index = nullptr; // null: items are in the caller's order
    uint64_t done = 0, count = 0;   // items of earlier chunks and of this one
    switch (o.place) {
    case Place::Nodes:
      index = linearizer.rowOfNode();
      done = linearizer.firstNode();
      count = linearizer.numNodes();
      break;
    case Place::Roots:
      index = b.space == Space::Rows ? linearizer.rowOfRoot() : nullptr;
      done = rootsBefore;
      count = linearizer.numRoots();
      break;
    case Place::Structures:
    case Place::Edges:
      done = first;
      count = linearizer.numStructures();
      break;
    }
    auto *to = static_cast<uint8_t *>(outputs[i]) + done * size;
    for (uint64_t k = 0; k < count; ++k, to += size)
      std::memcpy(to, from + (index ? static_cast<uint64_t>(index[k]) : k) * b.item_bytes, size);
  }
}
