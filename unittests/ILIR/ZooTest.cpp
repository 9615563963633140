//===- ZooTest.cpp - The zoo with interleaved workers ---------------------===//
#include "Zoo.h"
#include "Lowered.h"

namespace cortex::interleaved {
namespace {

class ZooInterleaved : public testing::TestWithParam<zoo::Entry> {};

TEST_P(ZooInterleaved, AgreesWithTheOracle) {
  for (int64_t bits : {32, 64}) {
    const ZooModel model(GetParam(), bits);
    int64_t stripRows = 3;
    for (reference::Shape shape : reference::shapesOf(cli::modelIn(*model.module))) {
      const uint64_t seed = 40 + static_cast<uint64_t>(shape);
      SCOPED_TRACE(testing::Message() << "f" << bits << ", shape " << reference::nameOf(shape).str() << ", strips of "
                                      << stripRows << ", seed " << seed);
      const Lowered lowered(*model.module, stripRows);
      const Given given(lowered.model(), {shape, 3, 13}, seed);
      const Lowered::Values values = expectSameForAll(lowered, given, {1, 2, 3, 5}, 2, seed);
      ASSERT_FALSE(HasFailure());
      const reference::EndToEndReport report = compare(lowered, given, values);
      EXPECT_LE(report.max_rel_error, 1e-9) << report.str();
      EXPECT_GT(report.values_compared, 0);
      stripRows = stripRows == 3 ? 128 : 3;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Zoo, ZooInterleaved, testing::ValuesIn(zoo::entries()),
                         [](const auto &info) { return info.param.name; });

} // namespace
} // namespace cortex::interleaved
