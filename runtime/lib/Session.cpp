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
  const auto is = static_cast<int32_t>(s), in = static_cast<int32_t>(n), ie = static_cast<int32_t>(e),
             ir = static_cast<int32_t>(r);
  const uint64_t arrays = linearizer.reservedBytes(is, in, ie, ir), need = scratch.bytes(room) + arrays;
  if (need > budget)
    throw Error(CORTEX_OVER_BUDGET, "to reserve this takes " + std::to_string(need) +
                                        " bytes of scratch, the session's budget is " + std::to_string(budget));
  linearizer.reserve(is, in, ie, ir);
  scratch.place(room, budget - arrays, frame.data());
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
      runLinearized(batch, 0, buffersBudget(), outputs, cursor);
    } else if (all > 0) {
      planChunks(batch);
      int32_t first = 0;
      for (int32_t end : chunkEnds) {
        linearize(batch, first, end);
        countItems();
        runLinearized(batch, first, scratch.capacity(), outputs, cursor);
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
  const int32_t from = batch.node_offsets[first], to = batch.node_offsets[end], all = batch.num_structures;
  if (from < 0 || to <= from || to > batch.node_offsets[all])
    return 0; // the linearizer says what is wrong
  const int64_t nodes = int64_t(to) - from, edges = int64_t(batch.child_offsets[to]) - batch.child_offsets[from];
  return static_cast<uint64_t>(nodes) * bytesPerRow +
         linearizer.leastBytes(static_cast<uint64_t>(nodes), edges > 0 ? static_cast<uint64_t>(edges) : 0);
}

/// What the index arrays of the chunk that was linearized last leave of the budget.
uint64_t cortex_session::buffersBudget() const {
  return budget - std::min(budget, linearizer.bytes());
}

/// The largest end (at least one structure) such that [first, end) needs no more than `limit` at the least.
int32_t cortex_session::lastWithin(const cortex_batch &batch, int32_t first, double limit) const {
  int32_t good = first + 1, bad = batch.num_structures + 1;
  while (bad - good > 1) {
    const int32_t middle = good + (bad - good) / 2;
    (static_cast<double>(leastBytes(batch, first, middle)) <= limit ? good : bad) = middle;
  }
  return good;
}

/// Cuts a batch that is too large into chunks of whole structures. All of it is
/// linearized here first, so that a fault in the last structure is found before
/// anything is run; and afterwards there is memory for each chunk, so that none
/// fails when others have written their outputs.
void cortex_session::planChunks(const cortex_batch &batch) {
  chunkEnds.clear();
  const int32_t all = batch.num_structures;
  double ratio = 1; // what the last chunk needed, as a multiple of its leastBytes
  uint64_t most = 0;
  for (int32_t first = 0, end; first < all; first = end) {
    end = lastWithin(batch, first, static_cast<double>(budget) / ratio);
    for (;;) {
      linearize(batch, first, end);
      const uint64_t need = countItems(), least = leastBytes(batch, first, end);
      if (least > 0)
        ratio = static_cast<double>(need) / static_cast<double>(least);
      if (need <= budget)
        break;
      if (end - first == 1)
        throw Error(CORTEX_OVER_BUDGET, "structure " + std::to_string(first) + " needs " + std::to_string(need) +
                                            " bytes of scratch, the session's budget is " + std::to_string(budget));
      end = std::min(lastWithin(batch, first, static_cast<double>(budget) / ratio), end - 1);
    }
    most = std::max(most, scratch.bytes(counts));
    chunkEnds.push_back(end);
  }
  scratch.hold(most);
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

/// `limit`: of the bytes of buffers.
void cortex_session::runLinearized(const cortex_batch &batch, int32_t first, uint64_t limit, void *const *outputs,
                                   Cursor &cursor) {
  scratch.place(counts, limit, frame.data());
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

/// The address at which the program finds an array of `count` items of `size` bytes, which it only reads.
uint64_t cortex_session::show(const void *array, int64_t count, size_t size) {
  if (!array || !(flags & CORTEX_SESSION_GUARD_PAGES))
    return address(array);
  return copies.add(array, static_cast<size_t>(count) * size);
}

/// The same for an input whose item 0 is at `items`: nodes and edges have the batch's ids, structures count
/// from the chunk's first.
uint64_t cortex_session::showInput(uint32_t index, const void *items, int32_t firstStructure) {
  if (!items)
    return 0;
  const size_t size = model_->program().inputBytes[index];
  const auto *from = static_cast<const uint8_t *>(items);
  const Place place = manifest.inputs[index].place;
  if (place == Place::Structures)
    return show(from + static_cast<size_t>(firstStructure) * size, linearizer.numStructures(), size);
  const bool edges = place == Place::Edges;
  const size_t before = static_cast<size_t>(edges ? linearizer.firstEdge() : linearizer.firstNode()) * size;
  return show(from + before, edges ? linearizer.numEdges() : linearizer.numNodes(), size) - before;
}

void cortex_session::fillFrame(const cortex_batch &batch, int32_t first) {
  copies.clear();
  const int32_t nodes = linearizer.numNodes();
  frame[abi::kNodeOfRow] = show(linearizer.nodeOfRow(), nodes, sizeof(int32_t));
  frame[abi::kStructureOfRow] = show(linearizer.structureOfRow(), nodes, sizeof(int32_t));
  // Edge ids are the batch's; the array holds those of this chunk.
  frame[abi::kEdgePosition] = show(linearizer.edgePosition(), linearizer.numEdges(), sizeof(int32_t)) -
                              sizeof(int32_t) * static_cast<uint64_t>(linearizer.firstEdge());

  size_t symbol = 0;
  for (uint32_t i = 0; i < manifest.inputs.size(); ++i) {
    const InputInfo &input = manifest.inputs[i];
    frame[layout.input(i)] = input.place == Place::Nodes && input.symbol
                                 ? show(linearizer.nodeSymbol(symbol++), nodes, sizeof(int32_t))
                                 : showInput(i, batch.inputs[i], first);
  }
  for (uint32_t i = 0; i < manifest.orders.size(); ++i) {
    const OrderArrays &o = linearizer.order(i);
    frame[layout.order(i, abi::kNumLevels)] = static_cast<uint64_t>(o.numLevels);
    frame[layout.order(i, abi::kLevelStrips)] = show(o.levelStrips, int64_t(o.numLevels) + 1, sizeof(int32_t));
    frame[layout.order(i, abi::kStrips)] = show(o.strips, o.numStrips, sizeof(cortex_strip));
    // The strips cover all positions of their order.
    const int32_t positions = o.numStrips ? o.strips[o.numStrips - 1].end : 0;
    frame[layout.order(i, abi::kRows)] = show(o.rows, positions, sizeof(int32_t));
    for (abi::Adjacency a : {abi::kChildren, abi::kParents}) {
      const AdjacencyArrays &lists = o.adjacency[a];
      const int32_t listed = lists.offsets ? lists.offsets[positions] : 0;
      frame[layout.adjacency(i, a, abi::kOffsets)] = show(lists.offsets, int64_t(positions) + 1, sizeof(int32_t));
      frame[layout.adjacency(i, a, abi::kNeighbour)] = show(lists.neighbour, listed, sizeof(int32_t));
      frame[layout.adjacency(i, a, abi::kEdgeId)] = show(lists.edgeId, listed, sizeof(int32_t));
      frame[layout.adjacency(i, a, abi::kOwner)] = show(lists.owner, listed, sizeof(int32_t));
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
