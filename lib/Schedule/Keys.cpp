//===- Keys.cpp - The table of a schedule's keys --------------------------===//
//
// One entry per key. Whoever implements another one adds a member to Schedule
// and an entry here; parsing, printing, checking and enumerating follow.
//===----------------------------------------------------------------------===//
#include "cortex/Schedule/Schedule.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace cortex {

namespace {

using Words = std::vector<std::string>;

/// The decimal that reads back as the same number.
template <typename T> std::string textOf(T value) {
  char buffer[40];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

/// What all kinds of keys have in common.
template <typename T> ScheduleKey makeKey(const char *name, Setting<T> Schedule::*member, const char *doc) {
  ScheduleKey key;
  key.name = name;
  key.doc = doc;
  key.isGiven = [member](const Schedule &schedule) { return (schedule.*member).isGiven(); };
  key.copy = [member](Schedule &to, const Schedule &from) { to.*member = from.*member; };
  return key;
}

/// One of a list of words, which are in the order of T's values.
template <typename T>
ScheduleKey oneOf(const char *name, Setting<T> Schedule::*member, const char *doc, Words words, Words ablations = {}) {
  ScheduleKey key = makeKey(name, member, doc);
  key.get = [member, words](const Schedule &schedule) {
    return words[static_cast<size_t>(static_cast<T>(schedule.*member))];
  };
  key.set = [member, words](Schedule &schedule, std::string_view text) {
    const auto at = std::find(words.begin(), words.end(), text);
    if (at != words.end())
      schedule.*member = static_cast<T>(at - words.begin());
    return at != words.end();
  };
  key.choices = words;
  key.words = std::move(words);
  key.ablations = std::move(ablations);
  return key;
}

/// A number, for 0 also a word.
template <typename T>
ScheduleKey numberOf(const char *name, Setting<T> Schedule::*member, const char *doc, double least, double most,
                     Words choices, const char *zero = nullptr) {
  ScheduleKey key = makeKey(name, member, doc);
  key.range = {least, most, std::is_integral_v<T>};
  key.choices = std::move(choices);
  if (zero)
    key.words = {zero};
  key.get = [member, zero](const Schedule &schedule) {
    const T value = schedule.*member;
    return zero && value == T(0) ? std::string(zero) : textOf(value);
  };
  key.set = [=](Schedule &schedule, std::string_view text) {
    T value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool number = status == std::errc() && end == text.data() + text.size() &&
                        std::isfinite(static_cast<double>(value)) && static_cast<double>(value) >= least &&
                        static_cast<double>(value) <= most;
    if (number || (zero && text == zero))
      schedule.*member = number ? value : T(0);
    return number || (zero && text == zero);
  };
  return key;
}

/// A key whose values round differently.
ScheduleKey lessAccurate(ScheduleKey key) {
  key.changesAccuracy = true;
  return key;
}

/// false and true.
Words offOn() {
  return {"off", "on"};
}

} // namespace

const std::vector<ScheduleKey> &scheduleKeys() {
  static const std::vector<ScheduleKey> kKeys{
      oneOf("batching", &Schedule::batching, "Which nodes run together: those of the batch, of a structure, or one",
            {"batch", "structure", "none"}, {"structure", "none"}),
      oneOf("specialize", &Schedule::specialize, "Loop nests for each node type; off: one that chooses between bodies",
            offOn(), {"off"}),
      numberOf("tables", &Schedule::tables,
               "Bytes of tables over symbols, as a multiple of the parameters'; what does not fit is computed per node",
               0, 1e9, {"off", "0.5", "4", "10", "100"}, "off"),
      oneOf("leaf_products", &Schedule::leaf_products,
            "Tables also hold what parents need of leaves that are known by a symbol: states and products", offOn()),
      oneOf("hoist", &Schedule::hoist, "Products that do not depend on the recursion are computed before the sweep",
            offOn(), {"off"}),
      oneOf("fuse", &Schedule::fuse,
            "What runs together: products and what consumes them, all that is elementwise, or one operator",
            {"body", "elementwise", "none"}, {"none"}),
      oneOf("refactor", &Schedule::refactor,
            "product_at_child: products with a child's state are computed once, by the child",
            {"off", "product_at_child"}),
      oneOf("dense", &Schedule::dense, "What temporaries have items for: positions of the strip, or every node",
            {"strip", "node"}, {"node"}),
      oneOf("sum_first", &Schedule::sum_first, "A product of the sum over neighbours; off: the sum of their products",
            offOn(), {"off"}),
      oneOf("quadratic", &Schedule::quadratic,
            "A quadratic form multiplies each pair of its vector's pieces once, by the sum of both weights", offOn(),
            {"off"}),
      oneOf("sweeps", &Schedule::sweeps, "together: independent sweeps of one direction share levels and exchanges",
            {"separate", "together"}),
      numberOf("strip_rows", &Schedule::strip_rows, "Most nodes whose temporaries are in memory at once", 1, 4096,
               {"1", "2", "3", "7", "8", "17", "32", "64", "128", "256", "1000"}),
      oneOf("walk", &Schedule::walk, "alternate: every other level walks the weights from the last panel to the first",
            {"alternate", "forward"}),
      numberOf("tile_rows", &Schedule::tile_rows, "Most rows of a product's tile in registers; auto: as many as fit", 1,
               8, {"auto", "1", "3", "4"}, "auto"),
      numberOf("tile_panels", &Schedule::tile_panels,
               "Most panels of a product's tile in registers; auto: by the number of its rows", 1, 4,
               {"auto", "1", "2", "4"}, "auto"),
      oneOf("prefetch", &Schedule::prefetch,
            "Rows of tables are fetched into the caches ahead of the nests that load them", offOn()),
      oneOf("partition", &Schedule::partition,
            "What workers share out: units of all nodes, whole structures, subtrees, or which of these suits the batch",
            {"auto", "units", "structures", "subtrees"}),
      lessAccurate(oneOf("weights", &Schedule::weights,
                         "How the weights of products are stored; sums and states have the model's float type",
                         {"f32", "bf16"})),
      lessAccurate(oneOf("compute", &Schedule::compute,
                         "What products multiply; bf16: weights and operands are rounded, sums are not",
                         {"f32", "bf16"})),
  };
  return kKeys;
}

} // namespace cortex
