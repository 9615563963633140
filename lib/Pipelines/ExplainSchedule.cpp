#include "ExplainSchedule.h"

#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace cortex;

//===----------------------------------------------------------------------===//
// PassCounts
//===----------------------------------------------------------------------===//

static std::string nameOf(StringRef pass, StringRef what) {
  return (pass + ": " + what).str();
}

namespace {
struct Collector : remark::detail::MLIRRemarkStreamerBase {
  std::shared_ptr<llvm::StringMap<uint64_t>> counts;
  explicit Collector(std::shared_ptr<llvm::StringMap<uint64_t>> counts) : counts(std::move(counts)) {}
  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    for (const auto &argument : remark.getArgs())
      if (uint64_t number = 0; argument.key == "count" && !StringRef(argument.val).getAsInteger(10, number))
        (*counts)[nameOf(remark.getCategoryName(), remark.getRemarkName())] += number;
  }
};
} // namespace

PassCounts::PassCounts(MLIRContext &context) : context(context), counts(std::make_shared<llvm::StringMap<uint64_t>>()) {
  remark::RemarkCategories categories;
  categories.passed = ".*";
  (void)remark::enableOptimizationRemarks(context, std::make_unique<Collector>(counts),
                                          std::make_unique<remark::RemarkEmittingPolicyAll>(), categories);
}

PassCounts::~PassCounts() {
  context.setRemarkEngine(nullptr);
}

uint64_t PassCounts::get(StringRef pass, StringRef what) const {
  return counts->lookup(nameOf(pass, what));
}

//===----------------------------------------------------------------------===//
// What each key did
//===----------------------------------------------------------------------===//

namespace {

/// "1 table", "2 tables", "2 bodies".
std::string number(uint64_t count, StringRef one) {
  if (count == 1)
    return ("1 " + one).str();
  const bool y = one.ends_with("y");
  return (Twine(count) + " " + (y ? one.drop_back() : one) + (y ? "ies" : "s")).str();
}

struct Effects {
  const Schedule &schedule;
  const Manifest &manifest;
  const PassCounts &counts;
  const llvm::json::Object &bytes;

  uint64_t byteCount(StringRef purpose) const { return bytes.getInteger(purpose).value_or(0); }

  std::string batching() const {
    switch (static_cast<Batching>(schedule.batching)) {
    case Batching::Batch:
      return "a level holds nodes of all structures";
    case Batching::Structure:
      return "a run takes one structure";
    case Batching::None:
      return "a strip is one node";
    }
    llvm_unreachable("a value that is none of the three");
  }

  std::string tables() const {
    const auto budget = static_cast<uint64_t>(schedule.tables * static_cast<double>(byteCount("parameter_bytes")));
    return number(counts.get("ilir-build-tables", "tables built"), "table") + ", " +
           std::to_string(counts.get("ilir-build-tables", "table bytes")) + " of " + std::to_string(budget) +
           " bytes; " + number(counts.get("ilir-build-tables", "tables over budget"), "value") + " over the budget";
  }

  std::string specialize() const {
    if (!schedule.specialize)
      return number(counts.get("ilir-merge-types", "bodies merged"), "body") + " in a nest with others";
    return number(counts.get("ra-specialize", "bodies made"), "body") + " made of one for all types; " +
           number(counts.get("ra-specialize", "reductions removed"), "reduction") + " and " +
           number(counts.get("ra-specialize", "reads removed"), "read") + " removed";
  }

  std::string leaf_products() const {
    return number(counts.get("ra-tabulate-children", "kinds made"), "kind") + " of nodes; symbols in the place of " +
           number(counts.get("ra-tabulate-children", "states read from symbols"), "read") + " of children; " +
           number(counts.get("ra-tabulate-children", "products pushed to symbol children"), "product") +
           " moved into sums over symbol children";
  }

  std::string hoist() const {
    return number(counts.get("ilir-hoist-products", "products hoisted"), "product") + " before a sweep";
  }

  std::string fuse() const {
    return number(counts.get("ilir-split-nests", "nests"), "nest") + " with " +
           number(counts.get("ilir-split-nests", "temporaries"), "temporary") + " between them; " +
           number(counts.get("convert-ilir-to-vector", "nests walked together"), "nest") + " walked together by panel";
  }

  std::string refactor() const {
    return number(counts.get("ra-refactor-products", "products moved to the child"), "product") +
           " computed by the child";
  }

  std::string dense() const {
    return schedule.dense == Indexing::Strip
               ? number(byteCount("scratch_bytes_per_strip_row"), "byte") + " of temporaries for a node of a strip"
               : "temporaries have " + number(byteCount("scratch_bytes_per_strip_row"), "byte") + " for every node";
  }

  std::string sum_first() const {
    return schedule.sum_first
               ? number(counts.get("ra-pull-products", "products pulled"), "product") + " moved out of sums"
               : number(counts.get("ra-push-products", "products pushed"), "product") + " moved into sums";
  }

  std::string quadratic() const {
    return number(counts.get("ra-fold-quadratic-forms", "forms folded"), "quadratic form") +
           " with each pair of pieces once";
  }

  std::string sweeps() const {
    return number(counts.get("ilir-join-sweeps", "sweeps joined"), "sweep") + " in the loop of another";
  }

  std::string strip_rows() const {
    return "temporaries of a strip take at most " +
           number(schedule.strip_rows * byteCount("scratch_bytes_per_strip_row"), "byte");
  }

  std::string walk() const {
    return number(counts.get("convert-ilir-to-vector", "loops that alternate"), "loop") +
           " over panels that alternate" + (schedule.walk == Walk::Alternate ? "" : ": all go forward");
  }

  std::string tiles() const {
    return number(counts.get("convert-ilir-to-vector", "product kernels"), "kernel") + ", the largest of " +
           number(counts.get("convert-ilir-to-vector", "sums of the largest tile"), "sum");
  }

  std::string prefetch() const {
    return number(counts.get("convert-ilir-to-vector", "table rows fetched ahead"), "load") +
           " of a table's row fetched ahead";
  }

  std::string weights() const {
    return number(counts.get("ilir-pack-products", "products with bf16 weights"), "product") + " with weights in bf16";
  }

  std::string compute() const {
    return number(counts.get("ilir-pack-products", "products with bf16 operands"), "product") + " of bf16 with bf16, " +
           number(counts.get("convert-ilir-to-vector", "kernels of dot products"), "kernel") +
           " of dot-product instructions";
  }

  std::string partition() const {
    switch (static_cast<Partitioning>(schedule.partition)) {
    case Partitioning::Auto:
      return "of a batch of many structures each worker runs some alone, of few trees of large nodes some subtrees, "
             "else all share the units of all nodes";
    case Partitioning::Units:
      return "each worker computes its units of all nodes";
    case Partitioning::Structures:
      return "of a batch of several structures each worker runs some alone";
    case Partitioning::Subtrees:
      return manifest.subtrees_alone
                 ? "each worker runs subtrees alone, then all share the units of the nodes above them"
                 : "a node needs more than its subtree: all workers share the units of all nodes";
    }
    llvm_unreachable("a value that is none of the four");
  }
};

} // namespace

/// Why a value that nobody asked for is the same for all models.
static std::string reasonFor(const ScheduleKey &key, const Schedule &schedule) {
  if (key.name == "leaf_products" && !schedule.leaf_products)
    return schedule.tables == 0 ? "with tables=off there are no rows to hold them"
                                : "with specialize=off there are no kinds of nodes";
  if (key.name == "strip_rows" && schedule.batching == Batching::None)
    return "follows from batching=none: a strip is one node";
  if (key.name == "weights" && schedule.compute == Precision::BF16)
    return "compute=bf16: both factors are rounded";
  static const llvm::StringMap<StringRef> kReasons{
      {"batching", "wide levels reuse weights from registers"},
      {"specialize", "what a type lacks costs nothing"},
      {"tables", "a row costs a load, its value a product; the budget keeps up to ten vectors per word"},
      {"leaf_products", "most of a tree is leaves: products with them are rows"},
      {"hoist", "weights are read once per strip of all nodes, not once per level"},
      {"fuse", "sums are read while they are in the nearest cache"},
      {"dense", "positions of a strip are small and contiguous"},
      {"sum_first", "one product per node, not one per child"},
      {"quadratic", "pairs of elements are multiplied once, not twice"},
      {"sweeps", "apart, the weights of one sweep stay in the nearest cache"},
      {"strip_rows", "32 to 512 rows measured alike: tall tiles, and temporaries within the second cache"},
      {"walk", "each level finds the weights that the last one ended with"},
      {"tile_rows", "as many rows as registers hold sums for"},
      {"tile_panels", "as many panels as keep the multiply-add units busy"},
      {"prefetch", "tables exceed the caches, and rows are known ahead"},
      {"partition", "the runtime counts structures, weights and caches of each batch"},
      {"weights", "stored as the model's floats: nothing rounds unless asked for"},
      {"compute", "multiplied as the model's floats: nothing rounds unless asked for"},
  };
  return kReasons.lookup(key.name).str();
}

llvm::json::Array cortex::explainSchedule(const ScheduleChoice &choice, const Manifest &manifest,
                                          const PassCounts &counts, const llvm::json::Object &bytes) {
  const Schedule &schedule = choice.schedule;
  using Effect = std::string (Effects::*)() const;
  static const llvm::StringMap<Effect> kEffects{{"batching", &Effects::batching},
                                                {"tables", &Effects::tables},
                                                {"leaf_products", &Effects::leaf_products},
                                                {"specialize", &Effects::specialize},
                                                {"hoist", &Effects::hoist},
                                                {"fuse", &Effects::fuse},
                                                {"refactor", &Effects::refactor},
                                                {"dense", &Effects::dense},
                                                {"sum_first", &Effects::sum_first},
                                                {"quadratic", &Effects::quadratic},
                                                {"sweeps", &Effects::sweeps},
                                                {"strip_rows", &Effects::strip_rows},
                                                {"partition", &Effects::partition},
                                                {"weights", &Effects::weights},
                                                {"compute", &Effects::compute},
                                                {"walk", &Effects::walk},
                                                {"prefetch", &Effects::prefetch},
                                                {"tile_rows", &Effects::tiles},
                                                {"tile_panels", &Effects::tiles}};
  const Effects effects{schedule, manifest, counts, bytes};
  llvm::json::Array all;
  for (const ScheduleKey &key : scheduleKeys()) {
    const Effect effect = kEffects.lookup(key.name);
    ScheduleReason reason;
    if (key.isGiven(schedule))
      reason.text = "asked for";
    else if (const auto found = choice.reasons.find(key.name); found != choice.reasons.end())
      reason = found->second;
    else
      reason.text = reasonFor(key, schedule);
    all.push_back(llvm::json::Object{{"key", key.name},
                                     {"value", key.get(schedule)},
                                     {"chosen", key.isGiven(schedule) ? "given"
                                                : reason.estimated    ? "estimated"
                                                                      : "default"},
                                     {"effect", effect ? (effects.*effect)() : key.doc},
                                     {"reason", reason.text}});
  }
  return all;
}
