//===- ErrorTable.cpp - Runs the table, or prints it ----------------------===//
#include "Cases.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <iostream>
#include <set>

using namespace cortex::errors;

namespace {

std::vector<Group> allGroups() {
  return {programCases(),      modelCases(),       sessionCases(), batchCases(), linkedCases(), fileCases(),
#ifdef CORTEX_ERRORS_OF_THE_COMPILER
          builderModelCases(), builderBodyCases(), compilerCases()
#endif
  };
}

void expectAsTold(const Group &group) {
  ASSERT_FALSE(group.cases.empty());
  for (const Case &one : group.cases) {
    SCOPED_TRACE(one.title);
    const Outcome found = one.run();
    EXPECT_EQ(found.status, one.status);
    EXPECT_EQ(found.message, one.message);
    EXPECT_NE(one.advice, "");
  }
}

} // namespace

std::string cortex::errors::nameOf(cortex_status status) {
  switch (status) {
  case CORTEX_OK:
    return "CORTEX_OK";
  case CORTEX_INVALID_ARGUMENT:
    return "CORTEX_INVALID_ARGUMENT";
  case CORTEX_INVALID_BATCH:
    return "CORTEX_INVALID_BATCH";
  case CORTEX_INVALID_WEIGHTS:
    return "CORTEX_INVALID_WEIGHTS";
  case CORTEX_INVALID_ARTIFACT:
    return "CORTEX_INVALID_ARTIFACT";
  case CORTEX_UNSUPPORTED_CPU:
    return "CORTEX_UNSUPPORTED_CPU";
  case CORTEX_OVER_BUDGET:
    return "CORTEX_OVER_BUDGET";
  case CORTEX_OUT_OF_MEMORY:
    return "CORTEX_OUT_OF_MEMORY";
  case CORTEX_SYSTEM_ERROR:
    return "CORTEX_SYSTEM_ERROR";
  }
  return "status " + std::to_string(static_cast<int>(status));
}

TEST(ErrorTable, Programs) {
  expectAsTold(programCases());
}
TEST(ErrorTable, Models) {
  expectAsTold(modelCases());
}
TEST(ErrorTable, Sessions) {
  expectAsTold(sessionCases());
}
TEST(ErrorTable, Batches) {
  expectAsTold(batchCases());
}
TEST(ErrorTable, LinkedNodes) {
  expectAsTold(linkedCases());
}
TEST(ErrorTable, Files) {
  expectAsTold(fileCases());
}
#ifdef CORTEX_ERRORS_OF_THE_COMPILER
TEST(ErrorTable, BuilderModels) {
  expectAsTold(builderModelCases());
}
TEST(ErrorTable, BuilderBodies) {
  expectAsTold(builderBodyCases());
}
TEST(ErrorTable, Compiler) {
  expectAsTold(compilerCases());
}
#endif

/// Every way in which the C interface can fail has a case.
TEST(ErrorTable, EveryStatusOccurs) {
  std::set<std::string> seen;
  for (const Group &group : allGroups())
    for (const Case &one : group.cases)
      seen.insert(one.status);
#ifdef CORTEX_SANITIZED
  seen.insert(nameOf(CORTEX_OUT_OF_MEMORY)); // its case is left out
#endif
  for (int status = CORTEX_INVALID_ARGUMENT; status <= CORTEX_SYSTEM_ERROR; ++status)
    EXPECT_TRUE(seen.contains(nameOf(static_cast<cortex_status>(status))))
        << nameOf(static_cast<cortex_status>(status));
}

/// --print-table: the table as JSON, for docs/Errors.md.
int main(int argc, char **argv) {
  if (argc == 2 && std::string(argv[1]) == "--print-table") {
    nlohmann::ordered_json groups = nlohmann::ordered_json::array();
    for (const Group &group : allGroups()) {
      groups.push_back({{"group", group.title}, {"about", group.about}, {"cases", nlohmann::ordered_json::array()}});
      for (const Case &one : group.cases)
        groups.back()["cases"].push_back(
            {{"title", one.title}, {"status", one.status}, {"message", one.message}, {"advice", one.advice}});
    }
    std::cout << groups.dump(1) << '\n';
    return 0;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
