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

namespace {
/// A session is in use while this lives; only one at a time does.
class InUse {
public:
  explicit InUse(std::atomic<bool> &busy) : busy(busy) {
    if (busy.exchange(true, std::memory_order_acquire))
      invalidArgument("the session is in use by another thread");
  }
  InUse(const InUse &) = delete;
  InUse &operator=(const InUse &) = delete;
  ~InUse() { busy.store(false, std::memory_order_release); }

private:
  std::atomic<bool> &busy;
};
} // namespace

cortex_session::cortex_session(cortex_model &model, const cortex_session_options &options)
    : model_(Ref<cortex_model>::share(&model)), team(chooseTeam(options)), manifest(model.program().manifest),
      layout(manifest.layout()), flags(options.flags), exactWorkers(options.exact_workers),
      maxWorkers(mostWorkers(options, *team)), budget(options.scratch_budget ? options.scratch_budget : kDefaultBudget),
      linearizer(model.program().plan),
      scratch(manifest, maxWorkers, (options.flags & CORTEX_SESSION_GUARD_PAGES) != 0), call(*team),
      frame(layout.size(), 0), counts(manifest.buffers.size(), 0), roomItems(manifest.buffers.size(), 0),
      wantedItems(manifest.buffers.size(), 0) {
  frame[abi::kMagic] = CORTEX_ABI_MAGIC;
  frame[abi::kBarrier] = reinterpret_cast<uintptr_t>(&Barrier::wait);
  frame[abi::kBarrierContext] = address(&call.barrier);
  model.placeConstants(frame.data());
  for (const BufferInfo &b : manifest.buffers)
    if (b.space == Space::Rows)
      bytesPerRow += b.item_bytes * (b.per_worker ? maxWorkers : 1);
  bytesOfNoItems = scratch.bytes(counts);
}

//===----------------------------------------------------------------------===//
// Room
//===----------------------------------------------------------------------===//

/// How many items every buffer has for the linearized range.
void cortex_session::countItems() {
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
}

/// How many items every buffer has at most for ranges within `x` whose levels
/// have at most `levelRows` positions. `wide`: a node may have more edges than
/// a strip should.
std::vector<uint64_t> cortex_session::mostItems(const Extent &x, uint64_t levelRows, bool wide) const {
  std::vector<uint64_t> most(counts.size(), 0);
  for (size_t i = 0; i < most.size(); ++i) {
    const BufferInfo &b = manifest.buffers[i];
    uint64_t rows = 0, edges = 0;
    if (b.space >= Space::LevelRows && b.space <= Space::StripEdges) {
      const OrderInfo &o = manifest.orders[b.order];
      switch (o.kind) {
      case OrderKind::Symbols:
        break;
      case OrderKind::Structures:
        rows = x.structures, edges = x.nodes;
        break;
      case OrderKind::Roots:
        rows = x.roots, edges = x.rootEdges[b.adjacency];
        break;
      case OrderKind::Map:
        rows = x.nodes, edges = x.edges;
        break;
      default:
        rows = levelRows, edges = x.edges;
      }
      if (b.space == Space::StripRows)
        rows = std::min<uint64_t>(rows, o.strip_rows);
      if (b.space == Space::StripEdges && !wide)
        edges = std::min<uint64_t>(edges, o.strip_edges);
    }
    switch (b.space) {
    case Space::Rows:
      most[i] = x.nodes;
      break;
    case Space::Roots:
      most[i] = x.roots;
      break;
    case Space::Structures:
      most[i] = x.structures;
      break;
    case Space::LevelRows:
    case Space::StripRows:
      most[i] = rows;
      break;
    case Space::LevelEdges:
    case Space::StripEdges:
      most[i] = edges;
      break;
    case Space::Fixed:
      most[i] = b.prepare_only ? 0 : b.count;
      break;
    case Space::Param:
    case Space::Const:
      break;
    }
  }
  return most;
}

uint64_t cortex_session::bytes(const Extent &x, const std::vector<uint64_t> &items) const {
  return std::min(Scratch::kHuge, linearizer.bytes(x) + scratch.bytes(items));
}

/// What a run of structures within `x` needs at the least; more is known when
/// they are linearized.
uint64_t cortex_session::leastBytes(const Extent &x) const {
  return linearizer.bytes(x) + bytesOfNoItems + x.nodes * bytesPerRow;
}

/// Whether that is within the budget. Mostly what there is room for says so.
bool cortex_session::leastFits(const Extent &x) const {
  return (x.within(roomExtent) && roomBytes + bytesOfNoItems + x.nodes * bytesPerRow <= budget) ||
         leastBytes(x) <= budget;
}

/// Takes `size` bytes in place of the memory that there is (both at once might be too much), laid out for nothing.
void cortex_session::take(uint64_t size) {
  roomExtent = Extent();
  roomBytes = 0;
  std::fill(roomItems.begin(), roomItems.end(), 0);
  memory = Block();
  memory = Block(size);
}

/// Takes memory for the whole budget, so that no later run needs more. Pages that are not used cost nothing; where the
/// system refuses all the same, memory is taken as it is needed.
void cortex_session::takeBudget() {
  if (memory.size() >= budget || budgetRefused)
    return;
  try {
    take(budget);
  } catch (const std::bad_alloc &) {
    budgetRefused = true;
  }
}

/// Lays memory out for `x` and `items`, together with what it is laid out for
/// now where both fit into `limit`, so that it soon fits all; where they do
/// not, later runs may need anything within the budget. Returns whether that
/// moved the linearizer's arrays, which lose what they held.
bool cortex_session::layOut(const Extent &x, const std::vector<uint64_t> &items, uint64_t limit) {
  bool fits = x.within(roomExtent);
  for (size_t i = 0; i < items.size(); ++i)
    fits = fits && items[i] <= roomItems[i];
  if (fits)
    return false;
  Extent extent = Extent::larger(x, roomExtent);
  for (size_t i = 0; i < items.size(); ++i)
    wantedItems[i] = std::max(roomItems[i], items[i]);
  uint64_t size = bytes(extent, wantedItems);
  if (size > limit) {
    takeBudget();
    extent = x;
    wantedItems = items;
    size = bytes(extent, wantedItems);
  }
  if (size > memory.size())
    take(std::max(size, std::min(size + size / 4, limit)));
  roomItems = wantedItems;
  const bool fresh = roomBytes == 0;
  if (!fresh && extent.within(roomExtent) && roomExtent.within(extent))
    return false;
  linearizer.place(extent, memory.data(), fresh);
  roomExtent = extent;
  roomBytes = linearizer.bytes(extent);
  return true;
}

void cortex_session::reserve(uint64_t s, uint64_t n, uint64_t e, uint64_t r, uint64_t levelRows) {
  const InUse use(busy);
  constexpr uint64_t kMost = std::numeric_limits<int32_t>::max();
  if (std::max({s, n, e, r}) > kMost)
    invalidArgument("a batch has at most 2147483647 structures, nodes, edges and roots");
  const Extent x{s, n, e, r, {e, e}};
  const std::vector<uint64_t> items = mostItems(x, levelRows ? levelRows : n, false);
  if (const uint64_t need = bytes(x, items); need > budget)
    throw Error(CORTEX_OVER_BUDGET, "to reserve this takes " + std::to_string(need) +
                                        " bytes of scratch, the session's budget is " + std::to_string(budget));
  layOut(x, items, budget);
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

void cortex_session::run(const cortex_batch &batch, void *const *outputs) {
  const InUse use(busy);
  checkBatchHead(batch);
  if (!outputs && !manifest.outputs.empty())
    invalidArgument("outputs is null");
  const cortex_session_stats before = last;
  last = {};
  last.struct_size = sizeof last;
  last.workers = std::numeric_limits<uint32_t>::max();
  Cursor cursor;
  const int32_t all = batch.num_structures;
  try {
    if (all == 0)
      last.workers = 0;
    else if (fit(batch, 0, all, budget))
      runLinearized(batch, 0, outputs, cursor);
    else
      runChunks(batch, outputs, cursor);
  } catch (...) {
    last = before;
    throw;
  }
}

bool cortex_session::linearize(const cortex_batch &batch, int32_t first, int32_t end) {
  if (!(flags & CORTEX_SESSION_TIME_LINEARIZER))
    return linearizer.run(batch, first, end);
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  const bool done = linearizer.run(batch, first, end);
  last.linearize_ns +=
      static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count());
  return done;
}

/// Linearizes structures [first, end) and makes room for their run, if both
/// take no more than the budget. Else returns false; needed_ then says what
/// they take, or is 0 if not even the linearizer's arrays fit. `limit`: of the
/// memory that may be taken for more than that, so that later runs find it
/// there.
bool cortex_session::fit(const cortex_batch &batch, int32_t first, int32_t end, uint64_t limit) {
  Extent x = linearizer.measure(batch, first, end);
  needed_ = 0;
  std::fill(counts.begin(), counts.end(), 0);
  for (;;) {
    if (!leastFits(x))
      return false;
    layOut(x, counts, limit);
    if (!linearize(batch, first,
                   end)) { // there are more roots than could be told
      x = Extent::larger(x, linearizer.extent());
      continue;
    }
    x = linearizer.extent();
    if (!leastFits(x)) // as above: what fits does not depend on the
                       // room that there was
      return false;
    countItems();
    needed_ = bytes(x, counts);
    if (needed_ > budget)
      return false;
    if (!layOut(x, counts, limit))
      return true;
  }
}

/// The largest end (at least one structure) such that [first, end) needs no
/// more than `limit` at the least.
int32_t cortex_session::lastWithin(const cortex_batch &batch, int32_t first, double limit) const {
  int32_t good = first + 1, bad = batch.num_structures + 1;
  while (bad - good > 1) {
    const int32_t middle = good + (bad - good) / 2;
    const bool fits = static_cast<double>(leastBytes(linearizer.measure(batch, first, middle))) <= limit;
    (fits ? good : bad) = middle;
  }
  return good;
}

/// Makes the next chunk fit: as many structures from `first` on as the budget
/// allows; returns their end, which depends on batch and budget only. `ratio`:
/// what the last chunk needed, as a multiple of its leastBytes; it says what to
/// try.
int32_t cortex_session::nextChunk(const cortex_batch &batch, int32_t first, uint64_t limit, double &ratio) {
  const auto most = static_cast<double>(budget);
  int32_t end = lastWithin(batch, first, most / ratio);
  for (bool again = false; !fit(batch, first, end, limit); again = true) {
    const int32_t tried = end - first;
    if (tried == 1)
      refuse(batch, first);
    --end;
    if (needed_ > 0) {
      ratio = static_cast<double>(needed_) / static_cast<double>(leastBytes(linearizer.extent()));
      end = std::min(end, lastWithin(batch, first, most / ratio));
    }
    if (again || needed_ == 0) // the estimate is no help
      end = std::min(end, first + tried / 2);
  }
  ratio = static_cast<double>(needed_) / static_cast<double>(leastBytes(linearizer.extent()));
  return end;
}

/// One structure needs more than the budget.
void cortex_session::refuse(const cortex_batch &batch, int32_t structure) const {
  uint64_t need = needed_;
  if (need == 0) { // it was not linearized: there is no memory for that either
    const Extent x = linearizer.bound(batch, linearizer.measure(batch, structure, structure + 1));
    need = bytes(x, mostItems(x, x.nodes, true));
  }
  throw Error(CORTEX_OVER_BUDGET, "structure " + std::to_string(structure) + " needs " +
                                      (needed_ == 0 ? "up to " : "") + std::to_string(need) +
                                      " bytes of scratch, the session's budget is " + std::to_string(budget));
}

/// Runs a batch that is too large in chunks of whole structures. All of it is
/// linearized before, so that a fault in the last structure is found before
/// anything is run; and there is memory for each chunk then, so that none fails
/// when others have written their outputs.
void cortex_session::runChunks(const cortex_batch &batch, void *const *outputs, Cursor &cursor) {
  const int32_t all = batch.num_structures;
  takeBudget();
  double ratio = 1;
  for (int32_t first = 0; first < all;)
    first = nextChunk(batch, first, budget, ratio);
  ratio = 1;
  for (int32_t first = 0; first < all;) {
    const int32_t end = nextChunk(batch, first, memory.size(), ratio);
    runLinearized(batch, first, outputs, cursor);
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
  scratch.place(counts, memory.data() + roomBytes, frame.data());
  fillFrame(batch, first);
  const uint64_t flops = countFlops();
  call.work = static_cast<double>(flops);
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
  last.scratch_bytes = std::max(last.scratch_bytes, needed_);
  copyOutputs(first, outputs, cursor);
}

/// The address at which the program finds an array of `count` items of `size`
/// bytes, which it only reads.
uint64_t cortex_session::show(const void *array, int64_t count, size_t size) {
  if (!array || !(flags & CORTEX_SESSION_GUARD_PAGES))
    return address(array);
  return copies.add(array, static_cast<size_t>(count) * size);
}

/// The same for an input whose item 0 is at `items`: nodes and edges have the
/// batch's ids, structures count from the chunk's first.
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
