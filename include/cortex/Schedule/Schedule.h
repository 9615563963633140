//===- Schedule.h - How a model is compiled -------------------------------===//
//
// A schedule says which optimizations a program is compiled with; it never
// changes what the program means. It has the same keys in a C++ struct, on the
// command line (`--schedule key=value,key=value`), in a JSON file, as an
// attribute of `ra.model` and in the artifact's manifest. What a key is called,
// which values it takes and what they mean is said once, in the table that
// `scheduleKeys` returns (lib/Schedule/Keys.cpp); parsing, printing, checking and
// enumerating all read that table. docs/Schedules.md shows each key's loops.
//
// Plain C++: the command line, the dialects and tools that search schedules use it.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_SCHEDULE_SCHEDULE_H
#define CORTEX_SCHEDULE_SCHEDULE_H

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cortex {

/// A key's value, and whether somebody asked for it. Assigning is asking.
template <typename T> class Setting {
public:
  explicit constexpr Setting(T byDefault) : value(byDefault) {}
  constexpr Setting &operator=(T asked) {
    value = asked;
    given = true;
    return *this;
  }
  constexpr operator T() const { return value; }
  constexpr bool isGiven() const { return given; }
  /// Another default; nobody asked for it.
  constexpr void choose(T byDefault) { value = byDefault; }
  /// Equal values; who chose them does not matter.
  friend constexpr bool operator==(const Setting &a, const Setting &b) { return a.value == b.value; }

private:
  T value;
  bool given = false;
};

/// Which nodes run together.
enum class Batching { Batch, Structure, None };
/// How much is computed in one loop nest.
enum class Fusion { Body, Elementwise, None };
/// What indexes a temporary.
enum class Indexing { Strip, Node };
/// Where the boundary of the recursion is moved to.
enum class Refactoring { Off, ProductAtChild };
/// Which sweeps share a loop over levels.
enum class Sweeps { Separate, Together };
/// How numbers are stored, or multiplied.
enum class Precision { F32, BF16 };
/// In which order a level walks the panels of weights.
enum class Walk { Alternate, Forward };
/// What the workers of a run share out among themselves.
enum class Partitioning { Auto, Units, Structures, Subtrees };

/// A complete schedule. Members are named as the keys are.
struct Schedule {
  /// `batch`: all nodes of a batch that are ready. `structure`: those of one structure. `none`: one node at a time.
  Setting<Batching> batching{Batching::Batch};
  /// Loop nests of their own for the nodes of each type; off: one nest that chooses between their bodies.
  Setting<bool> specialize{true};
  /// Bytes that symbol-stage tables may take, as a multiple of the parameters'; 0: no tables.
  Setting<double> tables{10};
  /// What parents need of children that are known by a symbol (leaves) is in tables too, products included. Takes its
  /// room from `tables`, and does nothing without it or without `specialize`.
  Setting<bool> leaf_products{true};
  /// Products that do not depend on the recursion are computed before the sweep, for all nodes.
  Setting<bool> hoist{true};
  /// `elementwise`: all elementwise operators between two products. `body`: products too, a few panels at a time.
  /// `none`: each operator by itself.
  Setting<Fusion> fuse{Fusion::Body};
  /// `product_at_child`: a weight's product with a child's state is computed by the child, once for all its parents.
  Setting<Refactoring> refactor{Refactoring::Off};
  /// `strip`: temporaries are indexed within the strip (or the level). `node`: they have an item for every node.
  Setting<Indexing> dense{Indexing::Strip};
  /// The product of a sum over neighbours, in the place of the sum of the neighbours' products; off: the reverse.
  Setting<bool> sum_first{true};
  /// A quadratic form, x^T V x, multiplies each pair of pieces of x once, by the sum of both weights.
  Setting<bool> quadratic{true};
  /// `together`: independent sweeps of one direction share levels and exchanges.
  Setting<Sweeps> sweeps{Sweeps::Separate};
  /// Most positions of a strip: a run of nodes whose temporaries are in memory at once.
  Setting<unsigned> strip_rows{128};
  /// `alternate`: every other level walks the panels of weights from the last to the first, and finds some of them in
  /// the nearest cache.
  Setting<Walk> walk{Walk::Alternate};
  /// Most rows of a product's register tile, and most panels; 0: by the target's registers (cortex/Conversion/Tiles.h).
  Setting<unsigned> tile_rows{0}, tile_panels{0};
  /// Rows of tables are fetched into the caches before the nests that load them.
  Setting<bool> prefetch{true};
  /// `units`: every worker computes its units of all nodes. `structures`: whole structures of its own, where a batch
  /// has several. `subtrees`: subtrees of its own, then the units of the nodes above them. `auto`: the runtime chooses
  /// for each batch.
  Setting<Partitioning> partition{Partitioning::Auto};
  /// `bf16`: packed weights are rounded to bf16 when they are prepared, and widened again in the kernels; states and
  /// sums stay f32. For models in f32.
  Setting<Precision> weights{Precision::F32};
  /// `bf16`: what a product multiplies with weights in bf16 is rounded to bf16 too; sums stay f32. Needs weights=bf16,
  /// which it chooses.
  Setting<Precision> compute{Precision::F32};

  bool operator==(const Schedule &) const = default;
};

/// What there is to say about a key of a schedule. A value is a word of a list or a number of a range; as text it is
/// the same everywhere.
struct ScheduleKey {
  struct Range {
    double least, most;
    bool whole; ///< integers only
  };

  std::string name;
  std::string doc; ///< one line, without a full stop
  std::vector<std::string> words;
  std::optional<Range> range;
  /// Legal values that differ in what they do: all words, and of a range those worth trying.
  std::vector<std::string> choices;
  /// Those of the words that are there to measure what the others gain, never because they are faster.
  std::vector<std::string> ablations;
  /// Its values store or compute with less precision than the model's float type has; searches leave it alone.
  bool changesAccuracy = false;

  std::function<std::string(const Schedule &)> get;
  std::function<bool(const Schedule &)> isGiven;
  /// Asks for a value; false, and nothing changes, where `text` is none.
  std::function<bool(Schedule &, std::string_view text)> set;
  /// Takes another schedule's value, and whether it is given.
  std::function<void(Schedule &to, const Schedule &from)> copy;

  /// "on or off", "off or a number of at least 0": what messages say is legal.
  std::string expected() const;
  /// The value that nobody asked for.
  std::string byDefault() const { return get(Schedule()); }
};

/// All keys, in the order in which schedules are printed.
const std::vector<ScheduleKey> &scheduleKeys();

/// Asks for one value. False where there is no such key or the key has no such value; `error` is then one line that
/// names both and says what is legal.
bool setScheduleKey(Schedule &schedule, std::string_view key, std::string_view value, std::string &error);

/// Asks for the values of `text`: `key=value`, separated by commas or spaces, no key twice. Errors as above.
bool parseSchedule(std::string_view text, Schedule &schedule, std::string &error);

/// All keys with their values, "batching=batch tables=10 …"; parseSchedule reads it.
std::string printSchedule(const Schedule &schedule);

/// `schedule` with what was asked for in `over` in its place.
Schedule overlaySchedule(const Schedule &schedule, const Schedule &over);

/// Fills in the defaults that follow from what was asked for, and checks the combination. False where values
/// exclude each other; `error` is then one line that names them and says why.
bool settleSchedule(Schedule &schedule, std::string &error);

} // namespace cortex
#endif // CORTEX_SCHEDULE_SCHEDULE_H
