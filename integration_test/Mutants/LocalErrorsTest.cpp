//===- LocalErrorsTest.cpp - How near programs come to the oracle's bounds ===//
//
// The local check allows a correct program a bound at every value. Here it is
// measured, per model of the zoo, how much of it compiled programs use, and how
// small the bound is beside the value. A ratio above 1 is a fault of the program;
// bounds that are far from what is used would let faults pass.
//===----------------------------------------------------------------------===//
#include "../Execution/Execution.h"

#include <cstdio>

using namespace cortex;

namespace {

constexpr uint64_t kSeed = 11;

struct Sharpness {
  double ratio = 0;    ///< largest error in units of its bound
  double bound = 0;    ///< largest bound / max(1, |value|)
  int64_t checked = 0; ///< states, node by node
};

Sharpness measure(const zoo::Entry &entry, int64_t size, int64_t bits) {
  std::map<std::string, int64_t> sizes = test::sizesOf(entry, size);
  sizes["float"] = bits;
  const test::Source source = test::fromZoo(entry.name, sizes);
  CompileOptions options = test::hostOptions();
  options.codegen.optLevel = 0; // quicker to compile, and the bits are the same
  const cli::Subject subject(*source.module, options);
  const reference::Params params = reference::randomParams(subject.model(), kSeed);
  const test::Given given = test::given(subject, params, {reference::Shape::Mixed, 6, 16}, kSeed);
  EXPECT_EQ(reference::vacuity(given.result), "");
  Session session = subject.session(subject.prepare(subject.inProcess(), params), 1);
  const std::vector<cli::Output> outputs = subject.run(session, given.batch);
  reference::LocalReport local;
  std::string error;
  EXPECT_TRUE(reference::checkLocal(subject.model(), params, given.batch, subject.states(outputs), local, error))
      << error;
  EXPECT_TRUE(local.passed) << local.str();
  return {local.ratio, local.max_bound, local.items_checked};
}

TEST(LocalErrors, UseAFairShareOfTheirBounds) {
  const std::vector<int64_t> widths = test::full() ? std::vector<int64_t>{13, 64, 256} : std::vector<int64_t>{13, 48};
  std::printf("| model |");
  for (const char *type : {"f32", "f64"})
    for (int64_t width : widths)
      std::printf(" %s, %lld |", type, static_cast<long long>(width));
  std::printf("\n");
  for (const zoo::Entry &entry : zoo::entries()) {
    std::printf("| `%s` |", entry.name.c_str());
    for (int64_t bits : {32, 64})
      for (int64_t width : widths) {
        SCOPED_TRACE(testing::Message() << entry.name << ", f" << bits << ", width " << width << ", seed " << kSeed);
        // A bilinear form has width^3 weights, a node of MVRNN width^2 values.
        const bool cubic = entry.name == "RNTN" || entry.name == "MVRNN";
        const Sharpness found = measure(entry, cubic ? std::min<int64_t>(width, 32) : width, bits);
        std::printf(" %.3f (%.0e) |", found.ratio, found.bound);
        EXPECT_LE(found.ratio, 1);
        EXPECT_GE(found.ratio, 0.005) << "the bound is far above the errors that are made";
        EXPECT_LE(found.bound, bits == 32 ? 3e-4 : 1e-12) << "the bound is large beside the value";
        EXPECT_GT(found.checked, 0);
      }
    std::printf("\n");
  }
}

} // namespace
