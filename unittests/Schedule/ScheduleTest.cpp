//===- ScheduleTest.cpp - Reading, printing and checking schedules --------===//
#include "cortex/Schedule/Schedule.h"
#include "cortex/IO/ScheduleFile.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace cortex;

namespace {

std::string errorOf(const std::string &text) {
  Schedule schedule;
  std::string error;
  EXPECT_FALSE(parseSchedule(text, schedule, error)) << text;
  return error;
}

TEST(ScheduleTest, EveryChoiceIsReadPrintedAndReadAgain) {
  for (const ScheduleKey &key : scheduleKeys()) {
    EXPECT_FALSE(key.doc.empty() || key.doc.ends_with('.')) << key.name;
    EXPECT_GE(key.choices.size(), 2U) << key.name;
    EXPECT_NE(std::find(key.choices.begin(), key.choices.end(), key.byDefault()), key.choices.end()) << key.name;
    for (const std::string &value : key.choices) {
      Schedule schedule, again;
      std::string error;
      ASSERT_TRUE(parseSchedule(key.name + "=" + value, schedule, error)) << error;
      EXPECT_EQ(key.get(schedule), value);
      EXPECT_TRUE(key.isGiven(schedule));
      ASSERT_TRUE(parseSchedule(printSchedule(schedule), again, error)) << error;
      EXPECT_EQ(again, schedule);
      const std::string json = "{\"" + key.name + "\": \"" + value + "\"}";
      Schedule fromJson;
      ASSERT_TRUE(io::parseScheduleJson(json, "s.json", fromJson, error)) << error;
      EXPECT_EQ(fromJson, schedule);
    }
    for (const std::string &value : key.ablations)
      EXPECT_NE(value, key.byDefault()) << key.name << ": what is there for ablation only is no default";
  }
}

TEST(ScheduleTest, Separators) {
  Schedule schedule;
  std::string error;
  ASSERT_TRUE(parseSchedule(" tables=0.5,strip_rows=7  batching=structure,", schedule, error)) << error;
  EXPECT_EQ(schedule.tables, 0.5);
  EXPECT_EQ(schedule.strip_rows, 7U);
  EXPECT_EQ(schedule.batching, Batching::Structure);
  ASSERT_TRUE(parseSchedule("", schedule, error));
}

TEST(ScheduleTest, NumbersAndFlagsInJson) {
  Schedule schedule;
  std::string error;
  ASSERT_TRUE(io::parseScheduleJson(R"({"tables": 2, "hoist": false, "strip_rows": 9})", "s", schedule, error))
      << error;
  EXPECT_EQ(schedule.tables, 2);
  EXPECT_FALSE(schedule.hoist);
  EXPECT_EQ(schedule.strip_rows, 9U);
}

TEST(ScheduleTest, Errors) {
  EXPECT_EQ(errorOf("hoist"), "expected KEY=VALUE, found 'hoist'");
  EXPECT_EQ(errorOf("=on"), "expected KEY=VALUE, found '=on'");
  EXPECT_EQ(errorOf("hoist=of"), "hoist is 'of', expected off or on, did you mean 'off'?");
  EXPECT_EQ(errorOf("strip_rows=-1"), "strip_rows is '-1', expected a whole number from 1 to 4096");
  EXPECT_EQ(errorOf("strip_rows=7.5"), "strip_rows is '7.5', expected a whole number from 1 to 4096");
  EXPECT_EQ(errorOf("tables=-1"), "tables is '-1', expected off or a number from 0 to 1000000000");
  EXPECT_EQ(errorOf("hoist=on hoist=on"), "'hoist' is set twice");
  EXPECT_EQ(errorOf("tabels=1"), "there is no key 'tabels', did you mean 'tables'? (cortex explain lists them)");
}

TEST(ScheduleTest, WhatWasAskedForOverrides) {
  Schedule model, asked;
  model.tables = 1;
  model.strip_rows = 5;
  asked.tables = 4; // the default, but asked for
  const Schedule both = overlaySchedule(model, asked);
  EXPECT_EQ(both.tables, 4);
  EXPECT_EQ(both.strip_rows, 5U);
}

TEST(ScheduleTest, DefaultsFollowFromOthers) {
  Schedule schedule;
  std::string error;
  schedule.batching = Batching::None;
  ASSERT_TRUE(settleSchedule(schedule, error)) << error;
  EXPECT_EQ(schedule.strip_rows, 1U);
  EXPECT_FALSE(schedule.strip_rows.isGiven());
  schedule.strip_rows = 2;
  EXPECT_FALSE(settleSchedule(schedule, error));
  EXPECT_EQ(error, "batching=none and strip_rows=2 exclude each other: one node at a time is strips of one row");
}

TEST(ScheduleTest, ProductsOfBF16HaveWeightsInBF16) {
  Schedule schedule;
  std::string error;
  schedule.compute = Precision::BF16;
  ASSERT_TRUE(settleSchedule(schedule, error)) << error;
  EXPECT_EQ(schedule.weights, Precision::BF16);
  EXPECT_FALSE(schedule.weights.isGiven());
  schedule.weights = Precision::F32;
  EXPECT_FALSE(settleSchedule(schedule, error));
  EXPECT_EQ(error, "compute=bf16 and weights=f32 exclude each other: products of bf16 have weights in bf16");
}

} // namespace
