//===- MatrixTest.cpp - Every model of the zoo, every size ----------------===//
//
// Every structure that a model admits, by one, two and three workers, in process
// and from the artifact: the oracle's local and end-to-end checks, and the same
// bytes whoever runs it.
//===----------------------------------------------------------------------===//
#include "Execution.h"

using namespace cortex;
using namespace cortex::test;

namespace {

bool hasMatrixStates(const std::string &name) {
  return name == "MVRNN" || name == "RNTN";
}

std::vector<int64_t> sizesFor(const std::string &name) {
  return hasMatrixStates(name) ? std::vector<int64_t>{7, 35, 64} : std::vector<int64_t>{7, 35, 150, 256};
}

using Case = std::tuple<std::string, int64_t>;

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const zoo::Entry &entry : zoo::entries())
    for (int64_t size : sizesFor(entry.name))
      all.emplace_back(entry.name, size);
  return all;
}

class Matrix : public testing::TestWithParam<Case> {};

TEST_P(Matrix, AgreesWithTheOracle) {
  const auto &[name, size] = GetParam();
  const zoo::Entry &entry = *zoo::find(name);
  CheckSettings settings;
  if (!full() && size > 35) { // the oracle's time grows with the square of the size
    settings.structures = 2;
    settings.nodes = 9;
  }
  expectCorrect(fromZoo(name, sizesOf(entry, size)), 1000 + static_cast<uint64_t>(size), settings);
}

TEST_P(Matrix, DoublePrecision) {
  const auto &[name, size] = GetParam();
  if (!full() && size != 35)
    GTEST_SKIP() << "only with CORTEX_FULL=1";
  std::map<std::string, int64_t> sizes = sizesOf(*zoo::find(name), size);
  sizes["float"] = 64;
  expectCorrect(fromZoo(name, sizes), 2000 + static_cast<uint64_t>(size));
}

/// Options of the zoo that sizesOf leaves at one value: no readout, one layer, other arities.
TEST(MatrixOptions, WithoutReadout) {
  for (const zoo::Entry &entry : zoo::entries()) {
    SCOPED_TRACE(entry.name);
    std::map<std::string, int64_t> sizes = sizesOf(entry, 16);
    for (auto &[name, value] : sizes)
      if (name == "classes")
        value = entry.name == "TreeFC" ? 1 : 0;
      else if (name == "arity")
        value = 3;
      else if (name == "each")
        value = 1;
      else if (name == "layers" || name == "directions")
        value = 1;
    expectCorrect(fromZoo(entry.name, sizes), 31);
  }
}

/// A width of one: every panel is nearly empty.
TEST(MatrixOptions, WidthOne) {
  for (const zoo::Entry &entry : zoo::entries()) {
    SCOPED_TRACE(entry.name);
    std::map<std::string, int64_t> sizes = sizesOf(entry, 1);
    for (auto &[name, value] : sizes)
      if (name == "embed" || name == "features" || name == "classes" || name.starts_with("channels"))
        value = 1;
    CheckSettings settings;
    settings.mustShow = false; // one unit is always equal to itself
    expectCorrect(fromZoo(entry.name, sizes), 32, settings);
  }
}

/// Wide levels: many rows of one level, so that strips and tiles of every height occur.
TEST(MatrixOptions, WideLevels) {
  for (const zoo::Entry &entry : zoo::entries()) {
    SCOPED_TRACE(entry.name);
    CheckSettings settings;
    settings.structures = 37;
    settings.nodes = 21;
    settings.artifact = false;
    expectCorrect(fromZoo(entry.name, sizesOf(entry, 19)), 33, settings);
  }
}

INSTANTIATE_TEST_SUITE_P(Zoo, Matrix, testing::ValuesIn(cases()), [](const auto &info) {
  return std::get<0>(info.param) + "_" + std::to_string(std::get<1>(info.param));
});

} // namespace
