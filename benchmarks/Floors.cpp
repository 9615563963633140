#include "Floors.h"

#include "Files.h"

#include "cortex/CostModel/CountWork.h"
#include "cortex/cortex.hpp"

namespace cortex::bench {

cli::Json toJson(const std::vector<cost::Ceilings> &ceilings) {
  cli::Json list = cli::Json::array();
  for (size_t i = 0; i < ceilings.size(); ++i) {
    const cost::Ceilings &c = ceilings[i];
    list.push_back({{"workers", i + 1},
                    {"gflops", c.gflops},
                    {"l1_gbps", c.l1Gbps},
                    {"l2_gbps", c.l2Gbps},
                    {"l3_gbps", c.l3Gbps},
                    {"memory_gbps", c.memoryGbps},
                    {"l1_bytes", c.l1Bytes},
                    {"l2_bytes", c.l2Bytes},
                    {"l3_bytes", c.l3Bytes},
                    {"barrier_us", c.barrierUs},
                    {"bf16_gflops", c.bf16Gflops}});
  }
  return list;
}

std::vector<cost::Ceilings> ceilingsFrom(const cli::Json &json) {
  std::vector<cost::Ceilings> result;
  for (const cli::Json &one : json)
    result.push_back({one.at("gflops"), one.at("l1_gbps"), one.at("l2_gbps"), one.at("l3_gbps"), one.at("memory_gbps"),
                      one.at("l1_bytes"), one.at("l2_bytes"), one.at("l3_bytes"), one.at("barrier_us"),
                      one.at("bf16_gflops")});
  return result;
}

cli::Json floors(const Case &c, const std::string &folder, std::vector<cost::Ceilings> ceilings,
                 const std::vector<int64_t> &batch, const std::vector<uint32_t> &workers) {
  const Loaded loaded = load(c);
  const Program program = Program::load(Files(folder, c.name).artifact);
  cost::CountOptions options;
  options.exchangesPerLevel = program.info().exchanges_per_level;
  const std::string dtype = cli::Json::parse(readText(Files(folder, c.name).facts)).at("dtype");
  if (dtype != "f32")
    options.weightScale = 0.5;
  if (dtype == "compute=bf16")
    for (cost::Ceilings &one : ceilings) {
      if (one.bf16Gflops == 0)
        return cli::Json::array();
      one.gflops = one.bf16Gflops;
    }
  const cost::Work work = cost::countWork(loaded.model(), options);
  const std::vector<TypeInfo> types = cost::typesOf(loaded.model());
  cli::Json rows = cli::Json::array();
  for (int64_t size : batch) {
    const auto each = std::min(static_cast<size_t>(size), loaded.batch.structures());
    const double repeats = static_cast<double>(size) / static_cast<double>(each);
    std::vector<cost::Histogram> histograms;
    for (size_t first = 0; first + each <= loaded.batch.structures(); first += each)
      histograms.push_back(cost::repeated(cost::countLevels(work, loaded.batch, types, first, first + each), repeats));
    for (uint32_t w : workers) {
      if (w > ceilings.size())
        continue;
      const std::vector<cost::Ceilings> some(ceilings.begin(), ceilings.begin() + w);
      cost::Estimate sum{0, 0, Partition::Units, 0, 0, 0, 0, 0, 0};
      uint32_t byStructures = 0, chosenWorkers = 0;
      for (const cost::Histogram &histogram : histograms) {
        const cost::Estimate one = cost::floorOf(work, histogram, some);
        sum.us += one.us;
        sum.flops += one.flops;
        sum.levels += one.levels;
        sum.flopsUs += one.flopsUs;
        sum.weightsUs += one.weightsUs;
        sum.streamsUs += one.streamsUs;
        sum.exchangesUs += one.exchangesUs;
        byStructures += one.partition == Partition::Structures;
        chosenWorkers += one.workers;
      }
      const auto n = static_cast<double>(histograms.size());
      rows.push_back({{"case", c.name},
                      {"batch", size},
                      {"workers", w},
                      {"floor_us", sum.us / n},
                      {"floor_parts",
                       {{"flops_us", sum.flopsUs / n},
                        {"weights_us", sum.weightsUs / n},
                        {"streams_us", sum.streamsUs / n},
                        {"exchanges_us", sum.exchangesUs / n},
                        {"levels", sum.levels / n},
                        {"workers", chosenWorkers / n},
                        {"by_structures", byStructures / n}}},
                      {"floor_flops", static_cast<double>(sum.flops) / n}});
    }
  }
  return rows;
}

} // namespace cortex::bench
