#include "Trial.h"

#include "cortex/Reference/Random.h"

#include <algorithm>
#include <array>
#include <sstream>

namespace cortex::fuzz {

/// From the fewest instructions to the most.
constexpr std::array kTargets{"x86-64", "x86-64-v3", "x86-64-v4", "x86-64-v4-bf16"};

const std::vector<std::string> &targets() {
  static const std::vector<std::string> here = [] {
    std::vector<std::string> names;
    for (const char *name : kTargets)
      if (cli::orFail(TargetSpec::parse(name)).runsHere())
        names.emplace_back(name);
    return names;
  }();
  return here;
}

CompileOptions Way::options() const {
  CompileOptions options;
  options.target = cli::orFail(TargetSpec::parse(target));
  options.schedule = schedule;
  options.codegen.optLevel = optLevel;
  return options;
}

/// Names some nodes of every structure as its roots: inner ones, and one twice.
static void nameRoots(io::Batch &batch, reference::Random &random) {
  batch.root_offsets = {0};
  for (size_t s = 0; s < batch.structures(); ++s) {
    const int32_t first = batch.node_offsets[s], count = batch.node_offsets[s + 1] - first;
    for (int64_t i = 1 + random.below(3); i > 0; --i)
      batch.roots.push_back(first + static_cast<int32_t>(random.below(count)));
    if (random.below(4) == 0)
      batch.roots.push_back(batch.roots.back());
    batch.root_offsets.push_back(static_cast<int32_t>(batch.roots.size()));
  }
}

static Case randomCase(uint64_t seed, ra::ModelOp model) {
  reference::Random random(seed);
  auto oneIn = [&](int64_t n) { return random.below(n) == 0; };
  Case made;
  reference::StructureOptions options;
  options.structures = oneIn(12) ? 40 : oneIn(5) ? 1 : 1 + random.below(9);
  options.nodes = oneIn(12) ? 60 : 1 + random.below(20);
  const std::vector<reference::Shape> shapes = reference::shapesOf(model);
  options.shape = oneIn(3) ? shapes[static_cast<size_t>(random.below(std::ssize(shapes)))] : reference::Shape::Mixed;
  made.params = reference::randomParams(model, seed);
  std::string error;
  if (!reference::randomBatch(model, options, seed, made.batch, error))
    throw cli::Failure("random structures: " + error);
  if (oneIn(4))
    nameRoots(made.batch, random);
  made.workers = oneIn(12) ? 8 : oneIn(2) ? 2 : 3 + random.below(3);
  made.artifact = oneIn(12);
  made.chunks = oneIn(4);
  return made;
}

/// What excludes each other is drawn again.
Schedule randomSchedule(reference::Random &random, ra::ModelOp model) {
  for (;;) {
    Schedule schedule;
    for (const ScheduleKey &key : scheduleKeys())
      if (random.below(2) == 0)
        key.set(schedule, key.choices[static_cast<size_t>(random.below(std::ssize(key.choices)))]);
    if (model.getFloatType().isF64()) {
      schedule.weights.choose(Precision::F32);
      schedule.compute.choose(Precision::F32);
    }
    if (std::string error; settleSchedule(schedule, error))
      return schedule;
  }
}

Trial::Trial(uint64_t seed, ra::ModelOp model, int64_t count) : seed(seed) {
  reference::Random random(~seed);
  auto pick = [&](const auto &list) { return list[static_cast<size_t>(random.below(std::ssize(list)))]; };
  // Drawn from all, so that a seed is the same trial on every machine that can run it.
  way.target = pick(kTargets);
  if (!llvm::is_contained(targets(), way.target))
    way.target = targets().back();
  way.schedule = randomSchedule(random, model);
  // Code that is not optimized is soon made, and must give the same bits. What takes long is done seldom.
  size_t operations = 0;
  model.walk([&](mlir::Operation *) { ++operations; });
  const bool quick = operations < 150 || random.below(8) == 0;
  way.optLevel = quick ? pick(std::vector{0U, 0U, 0U, 0U, 0U, 1U, 2U, 3U, 3U, 3U}) : 0;
  if (quick && random.below(5) == 0) {
    other = way;
    if (way.schedule.batching != Batching::None)
      other->schedule.strip_rows = pick(std::vector{1U, 4U, 9U, 64U, 128U});
    other->optLevel = way.optLevel == 0 ? 3 : 0;
  }
  for (int64_t i = 0; i < count; ++i)
    cases.push_back(randomCase(seed * 1000003 + static_cast<uint64_t>(i), model));
  // As the program stores them, so that the oracle's bounds hold.
  if (way.schedule.weights == Precision::BF16)
    for (Case &one : cases)
      reference::roundToBF16(one.params);
}

std::string Trial::command(const std::string &stem) const {
  const Case &one = cases.front();
  std::ostringstream text;
  text << "cortex check " << stem << ".mlir --input " << stem << ".jsonl --weights " << stem << ".safetensors --target "
       << way.target << " --schedule " << printSchedule(way.schedule) << " --workers 1," << one.workers
       << " --tolerance ";
  if (tolerance > 0)
    text << tolerance;
  else
    text << "1e30"; // what the bounds allow
  std::string also;
  if (other)
    also += " strip_rows=" + std::to_string(other->schedule.strip_rows);
  if (other || way.optLevel != 3)
    also += " opt-level=" + std::to_string(way.optLevel != 3 ? way.optLevel : other->optLevel);
  if (one.chunks)
    also += " chunks";
  if (!also.empty())
    text << " --also" << also;
  return text.str();
}

} // namespace cortex::fuzz
