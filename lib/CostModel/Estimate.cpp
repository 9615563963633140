#include "cortex/CostModel/CostModel.h"

#include <algorithm>

namespace cortex::cost {

Ceilings Ceilings::assumed(double gflops, uint32_t workers) {
  Ceilings c;
  c.gflops = gflops;
  c.l1Gbps = 200;
  c.l2Gbps = 110;
  c.l3Gbps = 95;
  c.memoryGbps = 20;
  c.l1Bytes = 32 << 10;
  c.l2Bytes = 1 << 20;
  c.l3Bytes = 32 << 20;
  c.barrierUs = workers > 1 ? 0.1 : 0;
  return c;
}

double Ceilings::bandwidth(double share, double all) const {
  if (share <= kHeld * static_cast<double>(l1Bytes))
    return l1Gbps;
  if (share <= kHeld * static_cast<double>(l2Bytes))
    return l2Gbps;
  return all <= kHeld * static_cast<double>(l3Bytes) ? l3Gbps : memoryGbps;
}

uint64_t TypeCount::at(Domain domain, uint32_t position) const {
  switch (domain) {
  case Domain::Rows:
    return rows;
  case Domain::RowsWithInner:
    return rowsWithInner;
  case Domain::Inner:
    return inner;
  case Domain::Symbols:
    return symbols;
  case Domain::InnerAt:
    return position < innerAt.size() ? innerAt[position] : 0;
  case Domain::SymbolAt:
    return position < symbolAt.size() ? symbolAt[position] : 0;
  case Domain::Parents:
    return parents;
  case Domain::Nodes:
    return nodes;
  }
  return 0;
}

static uint64_t countAt(const Level &level, const Where &where) {
  return where.type < level.size() ? level[where.type].at(where.domain, where.position) : 0;
}

/// Bytes of all weights of a sweep: what a worker wants to find in its cache again at the next level.
static double weightsOf(const Sweep &sweep) {
  double bytes = 0;
  for (const Product &product : sweep.products)
    bytes += static_cast<double>(product.weightBytes) * static_cast<double>(std::max<uint64_t>(product.groups, 1));
  return bytes;
}

Estimate estimate(const Work &work, const Histogram &histogram, const Ceilings &ceilings, uint32_t workers,
                  Partition partition) {
  constexpr double kPerUs = 1e3; // 10^9 per second is 10^3 per microsecond
  const bool units = partition == Partition::Units;
  const auto w = static_cast<double>(workers), rows = static_cast<double>(histogram.rows);
  auto bandwidthOf = [&](double all) { return ceilings.bandwidth(all / w, all) * kPerUs; };
  const double stateRate = bandwidthOf(static_cast<double>(work.stateBytes) * rows);
  const double inputRate = bandwidthOf(static_cast<double>(work.inputBytes) * rows);
  const auto tables = static_cast<double>(work.tableBytes);
  const double tableRate = ceilings.bandwidth(tables, tables) * kPerUs; // any worker reads any row
  auto sharersOf = [&](bool whole) { return units && whole ? 1.0 : w; };
  Estimate result;
  result.workers = workers;
  result.partition = partition;
  for (size_t s = 0; s < work.sweeps.size(); ++s) {
    const Sweep &sweep = work.sweeps[s];
    const double all = weightsOf(sweep), share = units ? all / w : all;
    const double weightRate = ceilings.bandwidth(share, all) * kPerUs;
    for (const Level &level : histogram.sweeps[s]) {
      double flops = 0, weights = 0, streams = 0; // FLOPs and bytes; the last one microseconds
      for (const Product &product : sweep.products) {
        const uint64_t count = countAt(level, product.where);
        flops += static_cast<double>(count) * static_cast<double>(product.flops);
        const uint64_t read = product.groups ? std::min(count, product.groups) : count ? 1 : 0;
        weights += static_cast<double>(read) * static_cast<double>(product.weightBytes);
      }
      for (const Stream &stream : sweep.streams) {
        const double bytes = static_cast<double>(countAt(level, stream.where)) * static_cast<double>(stream.bytes);
        streams += bytes /
                   (stream.memory == Memory::States   ? stateRate
                    : stream.memory == Memory::Tables ? tableRate
                                                      : inputRate) /
                   sharersOf(stream.whole);
      }
      for (const Elementwise &part : sweep.elementwise)
        result.elementwiseUs += static_cast<double>(countAt(level, part.where)) * static_cast<double>(part.operations) *
                                2 / (ceilings.gflops * kPerUs) / sharersOf(part.whole);
      result.flops += static_cast<uint64_t>(flops);
      const double byFlops = flops / w / (ceilings.gflops * kPerUs);
      const double byWeights = (units ? weights / w : weights) / weightRate, byStreams = streams;
      const double time = std::max({byFlops, byWeights, byStreams});
      (time == byFlops ? result.flopsUs : time == byWeights ? result.weightsUs : result.streamsUs) += time;
      if (units && workers > 1)
        result.exchangesUs += sweep.exchanges * ceilings.barrierUs;
      result.levels += time > 0;
    }
  }
  result.us = result.flopsUs + result.weightsUs + result.streamsUs + result.exchangesUs + result.elementwiseUs;
  return result;
}

Estimate floorOf(const Work &work, const Histogram &histogram, const std::vector<Ceilings> &ceilings) {
  Estimate least;
  for (uint32_t workers = 1; workers <= ceilings.size(); ++workers)
    for (Partition partition : {Partition::Units, Partition::Structures}) {
      if (partition == Partition::Structures && (workers == 1 || histogram.structures < workers))
        continue; // with one worker both are the same
      const Estimate one = estimate(work, histogram, ceilings[workers - 1], workers, partition);
      if (least.us == 0 || one.us < least.us)
        least = one;
    }
  return least;
}

} // namespace cortex::cost
