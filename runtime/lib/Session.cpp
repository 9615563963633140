//===- Session.cpp - Running a model on batches ---------------------------===//
#include "Session.h"

#include "Error.h"
#include "Items.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <new>

using namespace cortex;
using namespace cortex::rt;

static constexpr uint64_t kDefaultBudget = uint64_t(1) << 30;

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
  return options.max_workers ? std::min(options.max_workers, team.atOnce()) : team.atOnce();
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
      flags(options.flags), exactWorkers(options.exact_workers), maxWorkers(mostWorkers(options, *team)),
      budget(options.scratch_budget ? options.scratch_budget : kDefaultBudget), call(*team), parallelCall(*team),
      subtrees(model, maxWorkers, exactWorkers != 0, (options.flags & CORTEX_SESSION_GUARD_PAGES) != 0, call),
      linearizer(model.program().plan, subtrees.cutting()),
      lane(model, maxWorkers, (options.flags & CORTEX_SESSION_GUARD_PAGES) != 0, call.barrier),
      ranges(model, maxWorkers, exactWorkers != 0, options.flags, call), counts(manifest.buffers.size(), 0),
      roomItems(manifest.buffers.size(), 0), wantedItems(manifest.buffers.size(), 0) {
  for (const BufferInfo &b : manifest.buffers)
    if (b.space == Space::Rows)
      bytesPerRow += b.item_bytes * (b.per_worker ? maxWorkers : 1);
  parallelCall.aside = true;
  bytesOfNoItems = lane.bytes(counts) + subtrees.bytes(counts);
}

//===----------------------------------------------------------------------===//
// Room
//===----------------------------------------------------------------------===//

uint64_t cortex_session::bytes(const Extent &x, const std::vector<uint64_t> &items) const {
  return std::min(Scratch::kHuge, linearizer.bytes(x) + lane.bytes(items) + subtrees.bytes(items));
}

/// What a run of structures within `x` needs at the least; more is known when
/// they are linearized.
uint64_t cortex_session::leastBytes(const Extent &x) const {
  return linearizer.bytes(x) + bytesOfNoItems + x.nodes * bytesPerRow;
}

/// Whether that is within the budget. Mostly what there is room for says so.
bool cortex_session::leastFits(const Extent &x) const {
  return (roomBytes != 0 && x.within(roomExtent) && roomBytes + bytesOfNoItems + x.nodes * bytesPerRow <= budget) ||
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

/// Takes `size` bytes; where the system does not have them, the `least` that will do.
void cortex_session::takeEither(uint64_t size, uint64_t least) {
  try {
    take(size);
  } catch (const std::bad_alloc &) {
    take(least);
  }
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
  if (fits && roomBytes != 0)
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
  // The same batches may be run by ranges of structures.
  const uint64_t either = std::max(size, std::min(ranges.reserve(extent), limit));
  if (either > memory.size())
    takeEither(std::max(either, std::min(either + either / 4, limit)), size);
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
  std::vector<uint64_t> items(counts.size(), 0);
  boundItems(manifest, x, levelRows ? levelRows : n, false, items);
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
    else if (all <= mostStructures() && runRanges(batch, outputs))
      ;
    else if (all <= mostStructures() && fit(batch, 0, all, budget))
      runLinearized(batch, 0, outputs, cursor);
    else
      runChunks(batch, outputs, cursor);
  } catch (...) {
    last = before;
    throw;
  }
}

/// Takes memory for a run by ranges: at least `need` bytes, better `usual`. What
/// it is laid out for stays what was seen. False if the system has none.
bool cortex_session::takeForRanges(uint64_t need, uint64_t usual) {
  const Extent seen = roomExtent;
  wantedItems = roomItems;
  try {
    takeEither(usual, need);
  } catch (const std::bad_alloc &) {
    return false; // the other way may do with less
  }
  roomExtent = seen;
  roomItems = wantedItems;
  return true;
}

/// Runs a batch by ranges of structures where that is wanted and there is memory
/// for it. False if nothing was run. Batches within what was seen take no more
/// memory, unless the schedule wants all run so.
bool cortex_session::runRanges(const cortex_batch &batch, void *const *outputs) {
  const Extent whole = linearizer.measure(batch, 0, batch.num_structures);
  if (!ranges.suits(whole))
    return false;
  const bool seen = whole.within(roomExtent);
  if (!seen && linearizer.bytes(whole) > budget) // before anything is made for ranges
    return false;
  const uint64_t usual = seen ? 0 : std::min(ranges.reserve(Extent::larger(whole, roomExtent)), budget);
  const uint64_t need = ranges.cut(batch, whole);
  if (need > (seen && manifest.partition != Partition::Structures ? memory.size() : budget))
    return false;
  if (std::max(need, usual) > memory.size() && !takeForRanges(need, std::max(usual, std::min(need + need / 4, budget))))
    return false;
  roomBytes = 0; // the linearizer's arrays are overwritten
  if (!ranges.run(*team, batch, whole, outputs, memory.data(), memory.size()))
    return false;
  const StructureRanges::Done &done = ranges.done();
  last.workers = done.workers;
  last.chunks = 1;
  last.ranges = done.ranges;
  last.rows = done.extent.nodes;
  last.edges = done.extent.edges;
  last.roots = done.extent.roots;
  last.levels = done.levels;
  last.strips = done.strips;
  last.barriers = done.barriers;
  last.flops = done.flops;
  last.linearize_ns = done.linearizeNs;
  last.scratch_bytes = done.bytes;
  if (!seen && bytes(done.extent, done.items) <= budget)
    try {
      layOut(done.extent, done.items, budget);
    } catch (const std::bad_alloc &) {
      roomExtent = Extent(); // the run is done; nothing is laid out for the next
    }
  return true;
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
    countItems(manifest, linearizer, counts);
    needed_ = bytes(x, counts);
    if (needed_ > budget)
      return false;
    if (!layOut(x, counts, limit))
      return true;
  }
}

/// How many structures the schedule lets run together.
int32_t cortex_session::mostStructures() const {
  constexpr auto kAll = static_cast<uint32_t>(std::numeric_limits<int32_t>::max());
  return static_cast<int32_t>(manifest.structures_at_once ? std::min(manifest.structures_at_once, kAll) : kAll);
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
  int32_t end = std::min(lastWithin(batch, first, most / ratio),
                         first + std::min(mostStructures(), batch.num_structures - first));
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
    const Extent x = linearizer.bound(batch, structure, structure + 1);
    std::vector<uint64_t> items(counts.size(), 0);
    boundItems(manifest, x, x.nodes, true, items);
    need = bytes(x, items);
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

uint32_t cortex_session::wantedWorkers(uint64_t flops) const {
  if (exactWorkers)
    return exactWorkers;
  return static_cast<uint32_t>(std::clamp<uint64_t>(flops / kFlopsPerWorker, 1, maxWorkers));
}

void cortex_session::runLinearized(const cortex_batch &batch, int32_t first, void *const *outputs, Cursor &cursor) {
  lane.fill(linearizer, batch, first, counts, memory.data() + roomBytes);
  const uint64_t flops = countFlops(manifest, linearizer);
  call.work = static_cast<double>(flops);
  const uint32_t workers =
      linearizer.numParts()
          ? subtrees.run(*team, linearizer, lane, counts, memory.data() + roomBytes + lane.bytes(counts))
          : team->run(model_->program().run, lane.frame(), wantedWorkers(flops),
                      exactWorkers ? cortex_team::Mode::Exact : cortex_team::Mode::Now, call);
  last.workers = std::min(last.workers, workers);
  last.chunks += 1;
  last.subtrees += static_cast<uint64_t>(linearizer.numParts());
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
  lane.copyOutputs(linearizer, first, cursor.roots, outputs);
  cursor.roots += static_cast<uint64_t>(linearizer.numRoots());
}

/// Has the signature of a program's entries; the frame holds the function and its context.
static void enterFunction(const uint64_t *frame, uint32_t worker, uint32_t workers) {
  // NOLINTBEGIN(performance-no-int-to-ptr): a frame holds addresses
  reinterpret_cast<cortex_function>(static_cast<uintptr_t>(frame[0]))(
      reinterpret_cast<void *>(static_cast<uintptr_t>(frame[1])), worker, workers);
  // NOLINTEND(performance-no-int-to-ptr)
}

uint32_t cortex_session::parallel(cortex_function function, void *context) {
  const InUse use(busy);
  const uint64_t frame[2] = {reinterpret_cast<uintptr_t>(function), reinterpret_cast<uintptr_t>(context)};
  // Where runs find that workers are late, these would be, too.
  const uint32_t most = call.late.alone() ? 1 : maxWorkers;
  return team->run(enterFunction, frame, exactWorkers ? exactWorkers : most,
                   exactWorkers ? cortex_team::Mode::Exact : cortex_team::Mode::Now, parallelCall);
}

void cortex_session::stats(cortex_session_stats &to) const {
  to = last;
  to.struct_size = sizeof to;
}
