//===- StructureRanges.cpp - Workers that own whole structures ------------===//
#include "StructureRanges.h"

#include "Cpu.h"
#include "Error.h"
#include "Items.h"

#include <algorithm>
#include <new>

using namespace cortex;
using namespace cortex::rt;

//===----------------------------------------------------------------------===//
// What is counted on
//===----------------------------------------------------------------------===//

/// What linearizing a node and copying outputs cost, in FLOPs that a worker computes meanwhile.
static constexpr uint64_t kFlopsPerNode = 3'000;
/// Rows are cut for the caches, which index arrays and inputs use too: bytes of them per node.
static constexpr uint64_t kOtherBytesPerNode = 128;
/// A range with fewer nodes than this is not worth its frame.
static constexpr uint64_t kLeastNodesPerRange = 32;

StructureRanges::Range::Range(const cortex_model &model)
    : linearizer(model.program().plan), items(model.program().manifest.buffers.size(), 0) {}

StructureRanges::StructureRanges(const cortex_model &model, uint32_t workers, bool exact, uint32_t flags,
                                 cortex_team::Call &call)
    : model(model), manifest(model.program().manifest), mostWorkers(workers), exact(exact),
      timed((flags & CORTEX_SESSION_TIME_LINEARIZER) != 0), call(call), bound(manifest.buffers.size(), 0) {
  done_.items.assign(manifest.buffers.size(), 0);
  workPerNode = kFlopsPerNode + flopsPerNode(manifest);
  uint64_t rowBytes = kOtherBytesPerNode;
  for (const BufferInfo &b : manifest.buffers)
    if (b.space == Space::Rows)
      rowBytes += b.item_bytes;
  const CacheSizes &caches = hostCaches();
  nodesPerRange = std::max(kLeastNodesPerRange, caches.last / 4 * 3 / workers / rowBytes);
  // Every worker reads all weights once per level of a range. From its own cache that costs nothing beside the
  // arithmetic of a row or two; from farther away it takes more rows to hide it, so more structures.
  structuresPerWorker = manifest.weight_bytes <= caches.own / 2        ? 2
                        : manifest.weight_bytes <= caches.last / 4 * 3 ? 16
                                                                       : 64;
  const bool may = manifest.partition == Partition::Auto || manifest.partition == Partition::Structures;
  if (!may || manifest.structures_at_once != 0)
    return;
  for (uint32_t w = 0; w < workers; ++w) {
    ranges.push_back(std::make_unique<Range>(model));
    lanes.push_back(std::make_unique<Alone>(model, (flags & CORTEX_SESSION_GUARD_PAGES) != 0));
  }
}

uint32_t StructureRanges::workersFor(uint64_t nodes) const {
  return exact ? mostWorkers
               : static_cast<uint32_t>(std::clamp<uint64_t>(nodes * workPerNode / kFlopsPerWorker, 1, mostWorkers));
}

/// How many ranges a batch is cut into: as many as workers, in rounds of which each fits the caches.
uint32_t StructureRanges::rangesFor(const Extent &whole) const {
  const uint64_t rounds = (whole.nodes + nodesPerRange * mostWorkers - 1) / (nodesPerRange * mostWorkers);
  return static_cast<uint32_t>(std::min(whole.structures, rounds * mostWorkers));
}

bool StructureRanges::suits(const Extent &whole) const {
  if (lanes.empty() || whole.structures < 2)
    return false;
  if (manifest.partition == Partition::Structures)
    return true;
  const uint64_t workers = workersFor(whole.nodes);
  if (workers > 1)
    return whole.structures >= workers * structuresPerWorker;
  return mostWorkers == 1 && rangesFor(whole) > 1 && whole.structures >= rangesFor(whole) * structuresPerWorker;
}

//===----------------------------------------------------------------------===//
// Room
//===----------------------------------------------------------------------===//

/// Whether a batch within `whole` may suit.
bool StructureRanges::someSuit(const Extent &whole) const {
  if (lanes.empty() || whole.structures < 2)
    return false;
  return manifest.partition == Partition::Structures ||
         (whole.structures >= 2 * structuresPerWorker && (workersFor(whole.nodes) > 1 || rangesFor(whole) > 1));
}

uint64_t StructureRanges::reserve(const Extent &whole) {
  if (!someSuit(whole))
    return 0;
  const uint32_t count = rangesFor(whole);
  try {
    while (ranges.size() < count)
      ranges.push_back(std::make_unique<Range>(model));
  } catch (const std::bad_alloc &) {
    return 0;
  }
  // Ranges are about equal; half as much again for the structures at their ends. Where the schedule does not ask
  // for that, one may be nearly all of the batch.
  Extent part = whole;
  if (manifest.partition != Partition::Structures)
    part.nodes = std::min(whole.nodes, nodesPerRange + nodesPerRange / 2);
  part.structures = std::min(whole.structures, part.nodes);
  part.roots = std::min(whole.roots, part.nodes);
  part.edges = part.nodes < whole.nodes ? std::min(whole.edges, 4 * part.nodes) : whole.edges;
  part.rootEdges[0] = part.rootEdges[1] = part.edges;
  const Linearizer &any = ranges.front()->linearizer;
  // Arrays are rounded up, and some have an element more, in every range.
  const uint64_t perRange = 2 * any.bytes({1, 1, 1, 1, {1, 1}});
  return any.bytes(whole) + count * perRange + mostWorkers * boundLane(part);
}

/// The most bytes that a worker's buffers take for a range within `room`. Their rows may all be in one level, and all
/// their edges in one node's list.
uint64_t StructureRanges::boundLane(const Extent &room) {
  boundItems(manifest, room, room.nodes, true, bound);
  return std::min(Scratch::kHuge / mostWorkers, roundUp(lanes.front()->lane.bytes(bound), 64));
}

uint64_t StructureRanges::cut(const cortex_batch &b, const Extent &whole) {
  numRanges = rangesFor(whole);
  if (numRanges < 2 || numRanges > ranges.size())
    return Scratch::kHuge;
  const int32_t *offsets = b.node_offsets, *last = offsets + b.num_structures;
  const auto total = static_cast<int64_t>(whole.nodes);
  arrayBytes = 0;
  Extent largest;
  int32_t first = 0;
  for (uint32_t i = 0; i < numRanges; ++i) {
    // Up to the structure whose end is nearest to this range's share, one at least, and leave one for each to come.
    const auto limit = static_cast<int32_t>(offsets[0] + total * (i + 1) / numRanges);
    const auto most = b.num_structures - static_cast<int32_t>(numRanges - 1 - i);
    auto end = static_cast<int32_t>(std::lower_bound(offsets + first + 1, last, limit) - offsets);
    // Nobody has checked the offsets between: their differences may be any.
    if (end - 1 > first && int64_t(limit) - offsets[end - 1] < int64_t(offsets[end]) - limit)
      --end;
    end = i + 1 == numRanges ? b.num_structures : std::min(end, most);
    Range &range = *ranges[i];
    range.first = first;
    range.end = end;
    range.room = range.linearizer.bound(b, first, end);
    arrayBytes += range.linearizer.bytes(range.room);
    largest = Extent::larger(largest, range.room);
    first = end;
  }
  // One worker would be busy with the largest range when all others are done.
  if (manifest.partition != Partition::Structures && largest.nodes * numRanges > whole.nodes + whole.nodes / 2)
    return Scratch::kHuge;
  return arrayBytes + mostWorkers * boundLane(largest);
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

bool StructureRanges::run(cortex_team &team, const cortex_batch &b, const Extent &whole, void *const *out, uint8_t *to,
                          uint64_t size) {
  batch = &b;
  outputs = out;
  memory = to;
  memorySize = size;
  failed.store(false, std::memory_order_relaxed);
  error = nullptr;
  uint8_t *at = memory;
  for (uint32_t i = 0; i < numRanges; ++i) {
    Range &range = *ranges[i];
    range.linearizer.place(range.room, at, true);
    at += range.linearizer.bytes(range.room);
    range.linearized.store(false, std::memory_order_relaxed);
    range.taken.store(false, std::memory_order_relaxed);
  }
  began = timed ? nowNs() : 0;
  const uint32_t wanted = exact ? mostWorkers : std::min(workersFor(whole.nodes), numRanges);
  const auto self = reinterpret_cast<uintptr_t>(this);
  const uint64_t frame[1] = {self};
  done_.workers =
      team.run(&StructureRanges::enter, frame, wanted, exact ? cortex_team::Mode::Exact : cortex_team::Mode::Now, call);
  done_.barriers = call.barrier.passed();
  if (error)
    std::rethrow_exception(error);
  return !failed.load(std::memory_order_relaxed) && done_.bytes <= memorySize;
}

/// Has the signature of a program's entries; the frame holds the address of the ranges.
void StructureRanges::enter(const uint64_t *frame, uint32_t worker, uint32_t workers) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a frame holds addresses
  reinterpret_cast<StructureRanges *>(static_cast<uintptr_t>(frame[0]))->work(worker, workers);
}

/// Takes ranges whose `flag` nobody has set: first those of the worker's own
/// share, which are the same in both phases, then what is left of the others'.
template <class Do>
void StructureRanges::forEachRange(uint32_t worker, uint32_t workers, std::atomic<bool> Range::*flag, const Do &body) {
  const auto begin = static_cast<uint32_t>(static_cast<uint64_t>(numRanges) * worker / workers);
  for (uint32_t k = 0; k < numRanges; ++k) {
    const uint32_t i = begin + k < numRanges ? begin + k : begin + k - numRanges;
    std::atomic<bool> &taken = (*ranges[i]).*flag;
    if (!taken.load(std::memory_order_relaxed) && !taken.exchange(true, std::memory_order_relaxed))
      body(*ranges[i]);
  }
}

void StructureRanges::work(uint32_t worker, uint32_t workers) {
  auto meet = [&] {
    if (workers > 1)
      Barrier::wait(&call.barrier, worker);
  };
  forEachRange(worker, workers, &Range::linearized, [&](Range &range) { linearize(range); });
  meet();
  // Nothing sets it until all have met again, so that all go on or none does.
  if (failed.load(std::memory_order_relaxed))
    return;
  if (worker == 0)
    plan(workers);
  meet();
  if (done_.bytes > memorySize)
    return;
  forEachRange(worker, workers, &Range::taken, [&](Range &range) { runRange(range, worker); });
}

/// A batch at fault is left to the other way, which says where.
void StructureRanges::linearize(Range &range) {
  bool done = false;
  try {
    done = range.linearizer.run(*batch, range.first, range.end);
  } catch (const std::exception &) {
    done = false;
  }
  if (!done) {
    failed.store(true, std::memory_order_relaxed);
    return;
  }
  countItems(manifest, range.linearizer, range.items);
  range.flops = countFlops(manifest, range.linearizer);
}

/// What follows from all ranges together. By one worker, while the others wait.
void StructureRanges::plan(uint32_t workers) {
  done_.ranges = numRanges;
  done_.levels = done_.strips = done_.flops = 0;
  done_.linearizeNs = timed ? static_cast<uint64_t>(nowNs() - began) : 0;
  done_.extent = Extent();
  std::fill(done_.items.begin(), done_.items.end(), 0);
  laneBytes = 0;
  for (uint32_t i = 0; i < numRanges; ++i) {
    Range &range = *ranges[i];
    const Extent &x = range.linearizer.extent();
    range.rootsBefore = done_.extent.roots;
    done_.extent.structures += x.structures;
    done_.extent.nodes += x.nodes;
    done_.extent.edges += x.edges;
    done_.extent.roots += static_cast<uint64_t>(range.linearizer.numRoots());
    for (int a = 0; a < 2; ++a)
      done_.extent.rootEdges[a] += x.rootEdges[a];
    for (size_t b = 0; b < bound.size(); ++b)
      done_.items[b] += range.items[b];
    laneBytes = std::max(laneBytes, roundUp(lanes.front()->lane.bytes(range.items), 64));
    done_.flops += range.flops;
    for (size_t o = 0; o < manifest.orders.size(); ++o) {
      done_.levels += static_cast<uint64_t>(range.linearizer.order(o).numLevels);
      done_.strips += static_cast<uint64_t>(range.linearizer.order(o).numStrips);
    }
  }
  done_.bytes = arrayBytes + workers * laneBytes;
  call.work = static_cast<double>(done_.flops);
}

void StructureRanges::runRange(Range &range, uint32_t worker) {
  Lane &lane = lanes[worker]->lane;
  try {
    lane.fill(range.linearizer, *batch, range.first, range.items, memory + arrayBytes + worker * laneBytes);
  } catch (...) { // of guarded copies, in tests
    if (!failed.exchange(true, std::memory_order_acq_rel))
      error = std::current_exception();
    return;
  }
  model.program().run(lane.frame(), 0, 1);
  lane.copyOutputs(range.linearizer, range.first, range.rootsBefore, outputs);
}
