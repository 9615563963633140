//===- Search.h - Which schedule is the fastest? --------------------------===//
//
// The *space* of schedules is all legal combinations of the keys' choices. A
// *search* proposes its points one by one and is told what each costs:
//
//   the default schedule;
//   every schedule that differs from the best one so far in one key, again and
//     again while that finds a better one (coordinate descent);
//   then points at random, half of them near the best one, until the space is
//     exhausted. Whenever one of them is better, its neighbours come next.
//
// So a small space is searched whole, and a large one as far as the caller has
// time. No point is proposed twice. Costs are any numbers of which smaller is
// better; the search knows no clock.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_SCHEDULE_SEARCH_H
#define CORTEX_SCHEDULE_SEARCH_H

#include "cortex/Schedule/Schedule.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace cortex {

class ScheduleSpace {
public:
  /// A point: which choice each of the dimensions takes.
  using Point = std::vector<size_t>;

  /// Everything that `base` does not ask for is open. A key's default value is always among its choices; values that
  /// are there for ablation only if `ablations`. `open`, if given, further limits which keys are.
  ScheduleSpace(const Schedule &base, bool ablations, const std::function<bool(const ScheduleKey &)> &open = {});

  /// The names of the open keys that have more than one choice.
  std::vector<std::string> dimensions() const;
  /// Where no key differs from its default.
  const Point &start() const { return start_; }
  /// The schedule at a point, settled; nothing where values exclude each other.
  std::optional<Schedule> at(const Point &point) const;
  /// How many combinations there are, legal or not.
  double combinations() const;
  /// How many of them are legal: counted one by one up to `kMostCounted` combinations, above that estimated from a
  /// sample; `exact` says which.
  double legal(bool &exact) const;
  static constexpr double kMostCounted = 1 << 18;

  size_t numDimensions() const { return keys.size(); }
  size_t choices(size_t dimension) const { return values[dimension].size(); }
  Point random(std::mt19937_64 &generator) const;
  /// "walk=forward strip_rows=64": the values of a schedule that differ from the start's; "the default" if none does.
  std::string difference(const Schedule &schedule) const;

private:
  Schedule base;
  std::vector<const ScheduleKey *> keys;
  std::vector<std::vector<std::string>> values;
  Point start_;
};

class ScheduleSearch {
public:
  ScheduleSearch(const ScheduleSpace &space, uint64_t seed);

  /// The next schedule to try, or nothing if all were. Its cost must be told before the next one is asked for.
  std::optional<Schedule> next();
  /// The cost of the schedule that next() returned last; infinity if it cannot be used.
  void tell(double cost);

  size_t tried() const { return costs.size(); }
  double bestCost() const { return best; }
  const std::vector<double> &allCosts() const { return costs; }

private:
  std::optional<Schedule> take(const ScheduleSpace::Point &point);
  void refill();

  /// What is better by less than this part is noise, and no reason to go there.
  static constexpr double kNoise = 0.005;

  const ScheduleSpace &space;
  std::mt19937_64 generator;
  std::set<ScheduleSpace::Point> seen; ///< tried, or not legal
  std::vector<ScheduleSpace::Point> queue;
  ScheduleSpace::Point current, bestPoint;
  std::vector<double> costs;
  double best = 0;
};

} // namespace cortex
#endif // CORTEX_SCHEDULE_SEARCH_H
