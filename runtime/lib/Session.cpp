//===- Session.cpp - Running a model on batches ---------------------------===//
#include "Session.h"

#include "Error.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>

using namespace cortex;
using namespace cortex::rt;

static constexpr uint64_t kDefaultBudget = uint64_t(1) << 30;
/// Below twice this much work a second worker costs more than it does.
static constexpr uint64_t kFlopsPerWorker = 500'000;

static uint64_t address(const void *p) {
  return reinterpret_cast<uintptr_t>(p);
}

static Ref<cortex_team> chooseTeam(const cortex_session_options &options) {
  if (options.team) {
    if (options.exact_workers > options.team->size())
      invalidArgument("exact_workers is " + std::to_string(options.exact_workers) + ", but the team has " +
                      std::to_string(options.team->size()));
    return Ref<cortex_team>::share(options.team);
  }
  cortex_team &shared = cortex_team::processWide();
  if (options.exact_workers > shared.size())
    return Ref<cortex_team>::adopt(new cortex_team(options.exact_workers));
  return Ref<cortex_team>::share(&shared);
}

static uint32_t mostWorkers(const cortex_session_options &options, const cortex_team &team) {
  if (options.exact_workers)
    return options.exact_workers;
  return options.max_workers ? std::min(options.max_workers, team.size()) : team.size();
}

cortex_session::cortex_session(cortex_model &model, const cortex_session_options &options)
    : model_(Ref<cortex_model>::share(&model)), team(chooseTeam(options)), manifest(model.program().manifest),
      layout(manifest.layout()), flags(options.flags), exactWorkers(options.exact_workers),
      maxWorkers(mostWorkers(options, *team)), budget(options.scratch_budget ? options.scratch_budget : kDefaultBudget),
      linearizer(model.program().plan),
      scratch(manifest, maxWorkers, (options.flags & CORTEX_SESSION_GUARD_PAGES) != 0), call(*team),
      frame(layout.size(), 0), counts(manifest.buffers.size(), 0) {
  frame[abi::kMagic] = CORTEX_ABI_MAGIC;
  frame[abi::kBarrier] = reinterpret_cast<uintptr_t>(&Barrier::wait);
  frame[abi::kBarrierContext] = address(&call.barrier);
  model.placeConstants(frame.data());
  for (const BufferInfo &b : manifest.buffers)
    if (b.space == Space::Rows)
      bytesPerRow += b.item_bytes * (b.per_worker ? maxWorkers : 1);
}

//===----------------------------------------------------------------------===//
// Room
//===----------------------------------------------------------------------===//

/// How many items every buffer has for the linearized chunk; returns the bytes that a run of it needs.
uint64_t cortex_session::countItems() {
  for (size_t i = 0; i < counts.size(); ++i) {
    const BufferInfo &b = manifest.buffers[i];
    const auto order = [&]() -> const OrderArrays & { return linearizer.order(b.order); };
    uint64_t n = 0;
    switch (b.space) {
    case Space::Param:
    case Space::Const:
      break;
    case Space::Rows:
      n = linearizer.numNodes();
      break;
    case Space::Roots:
      n = linearizer.numRoots();
      break;
    case Space::Structures:
      n = linearizer.numStructures();
      break;
    case Space::LevelRows:
      n = order().levelRows;
      break;
    case Space::LevelEdges:
      n = order().levelEdges[b.adjacency];
      break;
    case Space::StripRows:
      n = order().stripRows;
      break;
    case Space::StripEdges:
      n = order().stripEdges[b.adjacency];
      break;
    case Space::Fixed:
      n = b.prepare_only ? 0 : b.count;
      break;
    }
    counts[i] = n;
  }
  return scratch.bytes(counts) + linearizer.bytes();
}

void cortex_session::reserve(uint64_t s, uint64_t n, uint64_t e, uint64_t r, uint64_t levelRows) {
  constexpr uint64_t kMost = std::numeric_limits<int32_t>::max();
  if (std::max({s, n, e, r}) > kMost)
    invalidArgument("a batch has at most 2147483647 structures, nodes, edges and roots");
  if (levelRows == 0)
    levelRows = n;
  std::vector<uint64_t> room(counts.size(), 0);
  for (size_t i = 0; i < room.size(); ++i) {
    const BufferInfo &b = manifest.buffers[i];
    uint64_t rows = levelRows, edges = e;
    if (b.space >= Space::LevelRows && b.space <= Space::StripEdges) {
      const OrderInfo &o = manifest.orders[b.order];
      rows = o.kind == OrderKind::Roots ? r : o.kind == OrderKind::Structures ? s : o.kind == OrderKind::Map ? n : rows;
      edges = o.kind == OrderKind::Structures ? n : e;
      if (o.kind == OrderKind::Symbols)
        rows = edges = 0;
      if (b.space == Space::StripRows)
        rows = std::min<uint64_t>(rows, o.strip_rows);
      if (b.space == Space::StripEdges)
        edges = std::min<uint64_t>(edges, o.strip_edges);
    }
    switch (b.space) {
    case Space::Rows:
      room[i] = n;
      break;
    case Space::Roots:
      room[i] = r;
      break;
    case Space::Structures:
      room[i] = s;
      break;
    case Space::LevelRows:
    case Space::StripRows:
      room[i] = rows;
      break;
    case Space::LevelEdges:
    case Space::StripEdges:
      room[i] = edges;
      break;
    case Space::Fixed:
      room[i] = b.prepare_only ? 0 : b.count;
      break;
    case Space::Param:
    case Space::Const:
      break;
    }
  }
  const uint64_t need = scratch.bytes(room);
  if (need > budget)
    throw Error(CORTEX_OVER_BUDGET, "to reserve this takes " + std::to_string(need) +
                                        " bytes of scratch, the session's budget is " + std::to_string(budget));
  linearizer.reserve(static_cast<int32_t>(s), static_cast<int32_t>(n), static_cast<int32_t>(e),
                     static_cast<int32_t>(r));
  scratch.place(room, budget, frame.data());
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

void cortex_session::run(const cortex_batch &batch, void *const *outputs) {
  if (busy.exchange(true, std::memory_order_acquire))
    invalidArgument("the session is in use by another thread");
  struct Release {
    std::atomic<bool> &busy;
    ~Release() { busy.store(false, std::memory_order_release); }
  } release{busy};

  checkBatchHead(batch);
  if (!outputs && !manifest.outputs.empty())
    invalidArgument("outputs is null");
  const cortex_session_stats before = last;
  last = {};
  last.struct_size = sizeof last;
  last.workers = std::numeric_limits<uint32_t>::max();
  Cursor cursor;
  try {
    const int32_t all = batch.num_structures;
    bool whole = false;
    if (all > 0 && leastBytes(batch, 0, all) <= budget) {
      linearize(batch, 0, all);
      whole = countItems() <= budget;
    }
    if (whole) {
      runLinearized(batch, 0, outputs, cursor);
    } else if (all > 0) {
      planChunks(batch);
      int32_t first = 0;
      for (int32_t end : chunkEnds) {
        linearize(batch, first, end);
        countItems();
        runLinearized(batch, first, outputs, cursor);
        first = end;
      }
    } else {
      last.workers = 0;
    }
  } catch (...) {
    last = before;
    throw;
  }
}

void cortex_session::linearize(const cortex_batch &batch, int32_t first, int32_t end) {
  if (!(flags & CORTEX_SESSION_TIME_LINEARIZER)) {
    linearizer.run(batch, first, end);
    return;
  }
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  linearizer.run(batch, first, end);
  last.linearize_ns +=
      static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count());
}

/// What structures [first, end) need at the least: tells hopeless chunks without linearizing them.
uint64_t cortex_session::leastBytes(const cortex_batch &batch, int32_t first, int32_t end) const {
  const int64_t nodes = int64_t(batch.node_offsets[end]) - batch.node_offsets[first];
  return nodes > 0 ? static_cast<uint64_t>(nodes) * bytesPerRow : 0;
}

/// Cuts a batch that is too large into chunks of whole structures. All of it is
/// linearized here first, so that a fault in the last structure is found before
/// anything is run.
void cortex_session::planChunks(const cortex_batch &batch) {
  chunkEnds.clear();
  const int32_t all = batch.num_structures;
  int32_t size = all; // what the last chunk suggests for the next
  for (int32_t first = 0; first < all;) {
    int32_t end = first + std::min(size, all - first);
    for (;;) {
      while (end - first > 1 && leastBytes(batch, first, end) > budget)
        end = first + (end - first) / 2;
      linearize(batch, first, end);
      const uint64_t need = countItems();
      if (need <= budget)
        break;
      if (end - first == 1)
        throw Error(CORTEX_OVER_BUDGET, "structure " + std::to_string(first) + " needs " + std::to_string(need) +
                                            " bytes of scratch, the session's budget is " + std::to_string(budget));
      end = first + (end - first) / 2;
    }
    chunkEnds.push_back(end);
    size = end - first;
    first = end;
  }
}

/// Of the products of the batch that was linearized last.
uint64_t cortex_session::countFlops() const {
  uint64_t flops = 0;
  for (const WorkInfo &work : manifest.work) {
    const OrderArrays &order = linearizer.order(work.order);
    uint64_t rows = 0, edges[2] = {0, 0};
    for (const cortex_strip *s = order.strips; s != order.strips + order.numStrips; ++s) {
      if (work.type != WorkInfo::kEveryType && work.type != s->type)
        continue;
      rows += static_cast<uint64_t>(s->end - s->begin);
      for (abi::Adjacency a : {abi::kChildren, abi::kParents})
        if (const int32_t *offsets = order.adjacency[a].offsets)
          edges[a] += static_cast<uint64_t>(offsets[s->end] - offsets[s->begin]);
    }
    flops += rows * work.flops_per_row + edges[abi::kChildren] * work.flops_per_child +
             edges[abi::kParents] * work.flops_per_parent;
  }
  return flops;
}

uint32_t cortex_session::wantedWorkers(uint64_t flops) const {
  if (exactWorkers)
    return exactWorkers;
  return static_cast<uint32_t>(std::clamp<uint64_t>(flops / kFlopsPerWorker, 1, maxWorkers));
}

void cortex_session::runLinearized(const cortex_batch &batch, int32_t first, void *const *outputs, Cursor &cursor) {
  scratch.place(counts, budget, frame.data());
  fillFrame(batch, first);
  const uint64_t flops = countFlops();
  const uint32_t workers = team->run(model_->program().run, frame.data(), wantedWorkers(flops),
                                     exactWorkers ? cortex_team::Mode::Exact : cortex_team::Mode::Now, call);
  last.workers = std::min(last.workers, workers);
  last.chunks += 1;
  last.rows += linearizer.numNodes();
  last.edges += linearizer.numEdges();
  last.roots += linearizer.numRoots();
  last.barriers += call.barrier.passed();
  last.flops += flops;
  for (size_t i = 0; i < manifest.orders.size(); ++i) {
    last.levels += linearizer.order(i).numLevels;
    last.strips += linearizer.order(i).numStrips;
  }
  last.scratch_bytes = std::max(last.scratch_bytes, scratch.bytes(counts) + linearizer.bytes());
  copyOutputs(first, outputs, cursor);
}

void cortex_session::fillFrame(const cortex_batch &batch, int32_t first) {
  frame[abi::kNodeOfRow] = address(linearizer.nodeOfRow());
  frame[abi::kStructureOfRow] = address(linearizer.structureOfRow());
  // Edge ids are the batch's; the array holds those of this chunk.
  frame[abi::kEdgePosition] =
      address(linearizer.edgePosition()) - sizeof(int32_t) * static_cast<uint64_t>(linearizer.firstEdge());

  size_t symbol = 0;
  for (uint32_t i = 0; i < manifest.inputs.size(); ++i) {
    const InputInfo &input = manifest.inputs[i];
    uint64_t pointer = address(batch.inputs[i]);
    if (input.place == Place::Nodes && input.symbol)
      pointer = address(linearizer.nodeSymbol(symbol++));
    else if (input.place == Place::Structures) // structures count from the chunk's first
      pointer += static_cast<uint64_t>(first) * model_->program().inputBytes[i];
    frame[layout.input(i)] = pointer;
  }
  for (uint32_t i = 0; i < manifest.orders.size(); ++i) {
    const OrderArrays &o = linearizer.order(i);
    frame[layout.order(i, abi::kNumLevels)] = static_cast<uint64_t>(o.numLevels);
    frame[layout.order(i, abi::kLevelStrips)] = address(o.levelStrips);
    frame[layout.order(i, abi::kStrips)] = address(o.strips);
    frame[layout.order(i, abi::kRows)] = address(o.rows);
    for (abi::Adjacency a : {abi::kChildren, abi::kParents}) {
      frame[layout.adjacency(i, a, abi::kOffsets)] = address(o.adjacency[a].offsets);
      frame[layout.adjacency(i, a, abi::kNeighbour)] = address(o.adjacency[a].neighbour);
      frame[layout.adjacency(i, a, abi::kEdgeId)] = address(o.adjacency[a].edgeId);
      frame[layout.adjacency(i, a, abi::kOwner)] = address(o.adjacency[a].owner);
    }
  }
}

void cortex_session::copyOutputs(int32_t first, void *const *outputs, Cursor &cursor) {
  for (uint32_t i = 0; i < manifest.outputs.size(); ++i) {
    if (!outputs[i])
      continue;
    const OutputInfo &o = manifest.outputs[i];
    const BufferInfo &b = manifest.buffers[o.buffer];
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a frame holds addresses
    const auto *from = reinterpret_cast<const uint8_t *>(frame[layout.buffer(o.buffer, abi::kBase)]);
    const uint64_t size = model_->program().outputBytes[i];
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
      done = cursor.roots;
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
  cursor.roots += linearizer.numRoots();
}

void cortex_session::stats(cortex_session_stats &to) const {
  to = last;
  to.struct_size = sizeof to;
}
