//===- SubtreeParts.cpp - Workers that own whole subtrees -----------------===//
#include "SubtreeParts.h"

#include "Cpu.h"
#include "Items.h"

#include <algorithm>

using namespace cortex;
using namespace cortex::rt;

/// FLOPs that a worker computes while workers that share units wait for each other once.
static constexpr uint64_t kWorkPerExchange = 25'000;
/// Least FLOPs of a node per byte of weights.
static constexpr uint64_t kFlopsPerWeightByte = 4;
/// Largest batch, in nodes, that is cut by the runtime's own choice: wider levels hide exchanges, and parts would need
/// room for theirs.
static constexpr uint64_t kMostNodes = 2'048;

SubtreeParts::SubtreeParts(const cortex_model &model, uint32_t workers, bool exact, bool guarded,
                           cortex_team::Call &call)
    : model(model), manifest(model.program().manifest), exact(exact), call(call) {
  const bool asked = manifest.partition == Partition::Subtrees;
  // Every worker reads all weights once per level of a part, which often is one row: its arithmetic is to hide that.
  const bool suits = manifest.partition == Partition::Auto && manifest.weight_bytes <= hostCaches().own / 2 &&
                     flopsPerNode(manifest) >= kFlopsPerWeightByte * manifest.weight_bytes;
  if (workers < 2 || !manifest.subtrees_alone || !(asked || suits))
    return;
  cutting_.mostParts = workers;
  cutting_.exact = exact;
  cutting_.always = asked;
  cutting_.partWork = kFlopsPerWorker;
  // A core's own cache gives it about a byte per FLOP.
  cutting_.levelWork = manifest.weight_bytes;
  cutting_.exchangeWork = manifest.exchanges_per_level * kWorkPerExchange;
  cutting_.mostNodes = kMostNodes;
  for (uint32_t p = 0; p < workers; ++p)
    lanes.push_back(std::make_unique<Alone>(model, guarded));
  partItems.assign(manifest.buffers.size(), 0);
}

/// How many items a part's own buffers have, at most, where all have so many.
const std::vector<uint64_t> &SubtreeParts::itemsOfPart(const std::vector<uint64_t> &items) const {
  for (size_t i = 0; i < items.size(); ++i) {
    const BufferInfo &b = manifest.buffers[i];
    partItems[i] = isOfStates(b) ? 0 : items[i];
    if (isOrdered(b.space) && !cutting_.always) // a tree has fewer edges than nodes
      partItems[i] = std::min(partItems[i], cutting_.mostNodes);
  }
  return partItems;
}

uint64_t SubtreeParts::bytes(const std::vector<uint64_t> &items) const {
  if (lanes.empty())
    return 0;
  const uint64_t one = roundUp(lanes.front()->lane.bytes(itemsOfPart(items)), 64), all = lanes.size();
  return one > Scratch::kHuge / all ? Scratch::kHuge : one * all;
}

uint32_t SubtreeParts::run(cortex_team &team, const Linearizer &linearizer, Lane &whole,
                           const std::vector<uint64_t> &items, uint8_t *memory) {
  numParts = static_cast<uint32_t>(linearizer.numParts());
  const std::vector<uint64_t> &own = itemsOfPart(items);
  for (uint32_t p = 0; p < numParts; ++p) {
    Lane &lane = lanes[p]->lane;
    lane.fillPart(whole, linearizer, static_cast<int32_t>(p), own, memory);
    memory += roundUp(lane.bytes(own), 64);
  }
  whole.narrow(linearizer, linearizer.numParts());
  crownFrame = whole.frame();
  uint64_t work = linearizer.crownWork(), levels = static_cast<uint64_t>(linearizer.crownLevels());
  for (size_t i = 0; i < manifest.orders.size(); ++i)
    if (const OrderKind kind = manifest.orders[i].kind; kind == OrderKind::Roots || kind == OrderKind::Structures) {
      work += linearizer.order(i).flops;
      ++levels;
    }
  crownAlone = cutting_.aloneTime(work, levels) <= cutting_.unitsTime(work, levels, numParts);
  if (crownAlone)
    whole.meetAt(ofOne);
  taken.store(0, std::memory_order_relaxed);
  const uint64_t frame[1] = {reinterpret_cast<uintptr_t>(this)};
  return team.run(&SubtreeParts::enter, frame, exact ? cutting_.mostParts : numParts,
                  exact ? cortex_team::Mode::Exact : cortex_team::Mode::Now, call);
}

/// Has the signature of a program's entries; the frame holds the address of the parts.
void SubtreeParts::enter(const uint64_t *frame, uint32_t worker, uint32_t workers) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a frame holds addresses
  reinterpret_cast<SubtreeParts *>(static_cast<uintptr_t>(frame[0]))->work(worker, workers);
}

void SubtreeParts::work(uint32_t worker, uint32_t workers) {
  const cortex_entry run = model.program().run;
  for (uint32_t p; (p = taken.fetch_add(1, std::memory_order_relaxed)) < numParts;)
    run(lanes[p]->lane.frame(), 0, 1);
  if (workers > 1)
    Barrier::wait(&call.barrier, worker);
  if (!crownAlone)
    run(crownFrame, worker, workers);
  else if (worker == 0)
    run(crownFrame, 0, 1);
}
