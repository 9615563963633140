#include "cortex/Schedule/Search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

using namespace cortex;

namespace {

/// A schedule that asks for everything but the keys in `open`.
Schedule closedBut(const std::vector<std::string> &open) {
  Schedule schedule;
  for (const ScheduleKey &key : scheduleKeys())
    if (std::find(open.begin(), open.end(), key.name) == open.end())
      EXPECT_TRUE(key.set(schedule, key.byDefault())) << key.name;
  return schedule;
}

const ScheduleKey &keyOf(const std::string &name) {
  for (const ScheduleKey &key : scheduleKeys())
    if (key.name == name)
      return key;
  throw std::out_of_range(name);
}

/// Smaller the nearer strip_rows is to 32, and with tables of 100.
double costOf(const Schedule &schedule) {
  return std::abs(std::log2(static_cast<double>(schedule.strip_rows)) - 5) + (schedule.tables == 100 ? 0 : 0.5);
}

TEST(ScheduleSpaceTest, OpenKeysAndTheirChoices) {
  const ScheduleSpace space(closedBut({"tables", "strip_rows", "batching"}), /*ablations=*/false);
  // The other values of batching are there for ablation.
  EXPECT_EQ(space.dimensions(), (std::vector<std::string>{"tables", "strip_rows"}));
  EXPECT_EQ(space.combinations(),
            static_cast<double>(keyOf("tables").choices.size() * keyOf("strip_rows").choices.size()));
  bool exact = false;
  EXPECT_EQ(space.legal(exact), space.combinations());
  EXPECT_TRUE(exact);
  EXPECT_EQ(*space.at(space.start()), Schedule());
  EXPECT_EQ(space.difference(Schedule()), "the default");
  Schedule other;
  other.strip_rows = 64;
  EXPECT_EQ(space.difference(other), "strip_rows=64");
}

TEST(ScheduleSpaceTest, CountsOnlyWhatIsLegal) {
  const ScheduleSpace space(closedBut({"batching", "strip_rows"}), /*ablations=*/true);
  EXPECT_EQ(space.dimensions(), (std::vector<std::string>{"batching", "strip_rows"}));
  bool exact = false;
  // batching=none goes with strip_rows=1 alone, asked for or by default (which is the first choice).
  EXPECT_EQ(space.legal(exact), space.combinations() - static_cast<double>(space.choices(1) - 2));
  size_t refused = 0;
  for (size_t batching = 0; batching < space.choices(0); ++batching)
    for (size_t rows = 0; rows < space.choices(1); ++rows)
      refused += !space.at({batching, rows});
  EXPECT_EQ(static_cast<double>(refused), space.combinations() - space.legal(exact));
}

TEST(ScheduleSpaceTest, WhatWasAskedForStays) {
  Schedule base = closedBut({"tables"});
  base.strip_rows = 7;
  const ScheduleSpace space(base, /*ablations=*/true);
  std::mt19937_64 generator(1);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(space.at(space.random(generator))->strip_rows, 7U);
}

TEST(ScheduleSpaceTest, KeysCanBeLeftOut) {
  const ScheduleSpace space(Schedule(), false, [](const ScheduleKey &key) { return key.name == "tables"; });
  EXPECT_EQ(space.dimensions(), std::vector<std::string>{"tables"});
}

TEST(ScheduleSearchTest, TriesASmallSpaceWholeAndNothingTwice) {
  const ScheduleSpace space(closedBut({"batching", "strip_rows"}), /*ablations=*/true);
  bool exact = false;
  for (uint64_t seed = 0; seed < 5; ++seed) {
    ScheduleSearch search(space, seed);
    std::map<std::string, int> seen;
    double least = std::numeric_limits<double>::infinity();
    while (const std::optional<Schedule> schedule = search.next()) {
      if (seen.empty())
        EXPECT_EQ(*schedule, Schedule()) << "the default comes first";
      const double cost = costOf(*schedule);
      least = std::min(least, cost);
      search.tell(cost);
      ++seen[printSchedule(*schedule)];
    }
    EXPECT_EQ(static_cast<double>(search.tried()), space.legal(exact)) << "seed " << seed;
    EXPECT_EQ(search.bestCost(), least);
  }
}

TEST(ScheduleSearchTest, DescendsQuicklyInALargeSpace) {
  const ScheduleSpace space(closedBut({"tables", "strip_rows"}), /*ablations=*/false);
  ScheduleSearch search(space, 3);
  // One pass over each key from the default, and one from the best that it found, are enough for a cost that adds up.
  const size_t enough = 2 * (space.choices(0) + space.choices(1));
  while (search.tried() < enough) {
    const std::optional<Schedule> schedule = search.next();
    ASSERT_TRUE(schedule);
    search.tell(costOf(*schedule));
  }
  EXPECT_EQ(search.bestCost(), 0);
}

TEST(ScheduleSearchTest, WhatCannotBeUsedIsPassedOver) {
  const ScheduleSpace space(closedBut({"tables", "strip_rows"}), /*ablations=*/false);
  ScheduleSearch search(space, 4);
  double least = std::numeric_limits<double>::infinity();
  while (const std::optional<Schedule> schedule = search.next()) {
    const bool usable = schedule->strip_rows != 32;
    search.tell(usable ? costOf(*schedule) : std::numeric_limits<double>::infinity());
    least = usable ? std::min(least, costOf(*schedule)) : least;
  }
  EXPECT_GT(least, 0);
  EXPECT_EQ(search.bestCost(), least);
  EXPECT_EQ(static_cast<double>(search.tried()), space.combinations());
}

TEST(ScheduleSearchTest, SmallDifferencesAreNoise) {
  const ScheduleSpace space(closedBut({"strip_rows"}), /*ablations=*/false);
  ScheduleSearch search(space, 5);
  double cost = 1;
  while (search.next())
    search.tell(cost -= 0.0003);
  EXPECT_EQ(search.bestCost(), 1 - 0.0003);
}

} // namespace
