//===- ZooTest.cpp - The zoo with interleaved workers ---------------------===//
#include "Lowered.h"

#include "cortex/Builder/BuilderIR.h"
#include "models/Zoo.h"

namespace cortex::interleaved {
namespace {

/// Small sizes, prime and different from each other, so that no mixed-up pair goes unseen.
std::map<std::string, int64_t> sizesOf(const zoo::Entry &entry, int64_t bits) {
  const std::vector<int64_t> primes{7, 11, 5, 13, 3};
  std::map<std::string, int64_t> sizes{{"float", bits}};
  size_t next = 0;
  for (const zoo::Parameter &p : entry.parameters)
    if (p.name == "layers" || p.name == "directions")
      sizes[p.name] = 2;
    else if (p.name != "float" && p.value > 4)
      sizes[p.name] = primes[next++ % primes.size()];
  return sizes;
}

class ZooInterleaved : public testing::TestWithParam<zoo::Entry> {};

TEST_P(ZooInterleaved, AgreesWithTheOracle) {
  for (int64_t bits : {32, 64}) {
    std::string error;
    const auto built = zoo::buildModel(GetParam().name, sizesOf(GetParam(), bits), error);
    ASSERT_TRUE(built) << error;
    const std::unique_ptr<mlir::MLIRContext> context = cli::makeContext();
    const auto module = build::buildModule(*built, *context, error);
    ASSERT_TRUE(module) << error;
    int64_t stripRows = 3;
    for (reference::Shape shape : reference::shapesOf(cli::modelIn(*module))) {
      const uint64_t seed = 40 + static_cast<uint64_t>(shape);
      SCOPED_TRACE(testing::Message() << "f" << bits << ", shape " << reference::nameOf(shape).str() << ", strips of "
                                      << stripRows << ", seed " << seed);
      const Lowered lowered(*module, stripRows);
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
