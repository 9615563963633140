//===- BuilderFixture.h - A model to make mistakes in ---------------------===//
#ifndef CORTEX_UNITTESTS_ERRORS_BUILDERFIXTURE_H
#define CORTEX_UNITTESTS_ERRORS_BUILDERFIXTURE_H

#include "../Builder/BodyFixture.h"
#include "Cases.h"

namespace cortex::errors {

/// The builder's own fixture, outside of its tests: a tree model `m` with types `leaf` and `internal`.
struct Fixture : build::BodyFixture {
  void TestBody() override {}
};

} // namespace cortex::errors
#endif // CORTEX_UNITTESTS_ERRORS_BUILDERFIXTURE_H
