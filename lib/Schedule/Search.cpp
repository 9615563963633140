//===- Search.cpp - Spaces of schedules, and how to walk through them -----===//
#include "cortex/Schedule/Search.h"

#include <algorithm>
#include <limits>

namespace cortex {

//===----------------------------------------------------------------------===//
// Spaces
//===----------------------------------------------------------------------===//

/// The values of a key that a space has: the one that a schedule without wishes takes comes first.
static std::vector<std::string> choicesOf(const ScheduleKey &key, const Schedule &settled, bool ablations) {
  std::vector<std::string> result{key.get(settled)};
  for (const std::string &choice : key.choices) {
    const bool only = std::find(key.ablations.begin(), key.ablations.end(), choice) != key.ablations.end();
    if (choice != result.front() && (ablations || !only))
      result.push_back(choice);
  }
  return result;
}

ScheduleSpace::ScheduleSpace(const Schedule &base, bool ablations, const std::function<bool(const ScheduleKey &)> &open)
    : base(base) {
  Schedule settled = base;
  std::string error;
  settleSchedule(settled, error); // the caller has checked that `base` is legal
  for (const ScheduleKey &key : scheduleKeys()) {
    if (key.isGiven(base) || (open && !open(key)))
      continue;
    std::vector<std::string> choices = choicesOf(key, settled, ablations);
    if (choices.size() < 2)
      continue;
    keys.push_back(&key);
    values.push_back(std::move(choices));
  }
  start_.assign(keys.size(), 0);
}

std::vector<std::string> ScheduleSpace::dimensions() const {
  std::vector<std::string> names;
  names.reserve(keys.size());
  for (const ScheduleKey *key : keys)
    names.push_back(key->name);
  return names;
}

std::optional<Schedule> ScheduleSpace::at(const Point &point) const {
  Schedule schedule = base;
  for (size_t i = 0; i < keys.size(); ++i)
    if (point[i] != 0) // what is left alone may follow from the rest
      keys[i]->set(schedule, values[i][point[i]]);
  std::string error;
  if (!settleSchedule(schedule, error))
    return std::nullopt;
  return schedule;
}

double ScheduleSpace::combinations() const {
  double product = 1;
  for (const std::vector<std::string> &choices : values)
    product *= static_cast<double>(choices.size());
  return product;
}

double ScheduleSpace::legal(bool &exact) const {
  const double all = combinations();
  exact = all <= kMostCounted;
  if (!exact) {
    constexpr int kSamples = 4096;
    std::mt19937_64 generator(1);
    int good = 0;
    for (int i = 0; i < kSamples; ++i)
      good += at(random(generator)).has_value();
    return all * good / kSamples;
  }
  double count = 0;
  for (Point point(keys.size(), 0);;) {
    count += at(point).has_value();
    size_t digit = 0;
    while (digit < point.size() && ++point[digit] == values[digit].size())
      point[digit++] = 0;
    if (digit == point.size())
      return count;
  }
}

ScheduleSpace::Point ScheduleSpace::random(std::mt19937_64 &generator) const {
  Point point(keys.size());
  for (size_t i = 0; i < point.size(); ++i)
    point[i] = generator() % values[i].size();
  return point;
}

std::string ScheduleSpace::difference(const Schedule &schedule) const {
  const std::optional<Schedule> first = at(start_);
  std::string text;
  for (const ScheduleKey *key : keys)
    if (const std::string value = key->get(schedule); !first || value != key->get(*first))
      text += (text.empty() ? "" : " ") + key->name + "=" + value;
  return text.empty() ? "the default" : text;
}

//===----------------------------------------------------------------------===//
// Searches
//===----------------------------------------------------------------------===//

ScheduleSearch::ScheduleSearch(const ScheduleSpace &space, uint64_t seed)
    : space(space), generator(seed), queue{space.start()}, best(std::numeric_limits<double>::infinity()) {}

/// The schedule at a point that was not seen yet.
std::optional<Schedule> ScheduleSearch::take(const ScheduleSpace::Point &point) {
  if (!seen.insert(point).second)
    return std::nullopt;
  std::optional<Schedule> schedule = space.at(point);
  if (schedule)
    current = point;
  return schedule;
}

/// The points that differ from the best one in one dimension, in random order.
void ScheduleSearch::refill() {
  queue.clear();
  for (size_t dimension = 0; dimension < space.numDimensions(); ++dimension)
    for (size_t choice = 0; choice < space.choices(dimension); ++choice) {
      ScheduleSpace::Point point = bestPoint;
      point[dimension] = choice;
      if (!seen.contains(point))
        queue.push_back(std::move(point));
    }
  std::shuffle(queue.begin(), queue.end(), generator);
}

std::optional<Schedule> ScheduleSearch::next() {
  while (!queue.empty()) {
    const ScheduleSpace::Point point = std::move(queue.back());
    queue.pop_back();
    if (std::optional<Schedule> schedule = take(point))
      return schedule;
  }
  // Random points; where these are all old ones, the rest in order.
  for (int attempt = 0; attempt < 200; ++attempt) {
    ScheduleSpace::Point point = space.random(generator);
    if (attempt % 2 == 0 && !bestPoint.empty())
      for (size_t i = 0; i < point.size(); ++i)
        if (generator() % 3 != 0)
          point[i] = bestPoint[i];
    if (std::optional<Schedule> schedule = take(point))
      return schedule;
  }
  if (space.combinations() > ScheduleSpace::kMostCounted)
    return std::nullopt;
  for (ScheduleSpace::Point point = space.start();;) {
    if (std::optional<Schedule> schedule = take(point))
      return schedule;
    size_t digit = 0;
    while (digit < point.size() && ++point[digit] == space.choices(digit))
      point[digit++] = 0;
    if (digit == point.size())
      return std::nullopt;
  }
}

void ScheduleSearch::tell(double cost) {
  costs.push_back(cost);
  if (!(cost < best * (1 - kNoise)))
    return;
  best = cost;
  bestPoint = current;
  refill();
}

} // namespace cortex
