//===- NonFiniteTest.cpp - NaN and infinity go where they belong ----------===//
//
// Features are made NaN or infinite at some nodes; every value that the oracle
// finds NaN or infinite is so in the program, and no other.
//===----------------------------------------------------------------------===//
#include "Execution.h"

#include <cmath>
#include <limits>

using namespace cortex;
using namespace cortex::test;
using namespace cortex::build;

namespace {

/// Puts `value` into feature 1 (or 0) of every third node of an f32 input.
void poison(io::Batch &batch, float value) {
  for (io::Input &input : batch.inputs)
    if (!input.f32.empty())
      for (size_t node = 0; node < batch.items(input.place); node += 3)
        input.f32[node * input.itemSize() + (input.itemSize() > 1)] = value;
}

/// How many values of the result are not finite.
size_t notFinite(const reference::Result &result) {
  size_t count = 0;
  for (const reference::StateValues &state : result.states)
    for (double value : state.values)
      count += !std::isfinite(value);
  return count;
}

void expectPropagates(const Source &source, uint64_t seed) {
  const Subject subject(*source.module, hostOptions());
  const reference::Params params = reference::randomParams(subject.model(), seed);
  const cortex::Model model = subject.prepare(subject.inProcess(), params);
  for (int64_t workers : {1, 2}) {
    Session session = subject.session(model, workers);
    for (float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                        -std::numeric_limits<float>::infinity()}) {
      SCOPED_TRACE(testing::Message() << value << ", " << workers << " workers, seed " << seed);
      Given batch = given(subject, params, {reference::Shape::Mixed, 5, 9}, seed);
      const size_t before = notFinite(batch.result);
      EXPECT_EQ(before, 0U);
      poison(batch.batch, value);
      std::string error;
      ASSERT_TRUE(reference::evaluate(subject.model(), params, batch.batch, batch.result, error)) << error;
      const Comparison found =
          cli::compareWithOracle(subject, params, batch.batch, batch.result, subject.run(session, batch.batch));
      EXPECT_TRUE(found.local.passed) << found.local.str();
      EXPECT_TRUE(std::isfinite(found.endToEnd.max_abs_error)) << found.endToEnd.str();
      if (std::isnan(value)) {
        EXPECT_GT(notFinite(batch.result), 0U) << "the NaN went nowhere";
      }
    }
  }
}

TEST(NonFinite, ZooModelsWithFeatures) {
  for (const char *name : {"DAGRNN", "LSTM", "GRU", "PlanConv"}) {
    SCOPED_TRACE(name);
    expectPropagates(fromZoo(name, sizesOf(*zoo::find(name), 18)), 51);
  }
}

TEST(NonFinite, ReductionsOverNeighbours) {
  build::Model m("M", StructureKind::Dag);
  m.type("node", 0, any);
  Input x = m.input("x", {17});
  Param U = m.param("U", {17, 17});
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {17}), best = up.state("best", {17}), mean = up.state("mean", {17});
  up.body([&](Body &b) {
    auto there = [&](Edge e) { return std::vector<Value>{e.there(x), e.there(x), e.there(h), e.there(h)}; };
    auto r = b.reduce(children, {Combine::Max, Combine::Min, Combine::Mean, Combine::Prod}, there, {0.0, 0.0});
    Value seen = b.attend(parents, [&](Edge e) { return Scored{sum(e.there(x)) / 17.0, e.there(x)}; }, 0.0);
    b.set(best, maximum(r[0], seen) + minimum(r[1], b.self(x)));
    b.set(mean, r[2]);
    b.set(h, tanh(matvec(U, r[3]) + relu(b.self(x))));
  });
  m.output("h", h);
  expectPropagates(fromBuilder(m), 52);
}

TEST(NonFinite, FunctionsAndComparisons) {
  build::Model m("M", StructureKind::Tree);
  m.type("node", 0, 2);
  Input x = m.input("x", {5});
  Sweep s = m.sweep("s", Direction::Map);
  std::vector<State> y;
  for (int i = 0; i < 13; ++i)
    y.push_back(s.state("y" + std::to_string(i), {5}));
  s.body([&](Body &b) {
    Value v = b.self(x), w = b.child(0, x, 0.5);
    b.set(y[0], exp(v));
    b.set(y[1], tanh(v));
    b.set(y[2], sigmoid(v));
    b.set(y[3], erf(v));
    b.set(y[4], abs(v));
    b.set(y[5], log(abs(v) + 1.0));
    b.set(y[6], sqrt(abs(v)));
    b.set(y[7], maximum(v, w) * minimum(v, w));
    b.set(y[8], select(less(v, w), 1.0, 2.0));
    b.set(y[9], select(notEqual(v, w), v, 2.0));
    b.set(y[10], select(greaterEqual(v, w), 1.0, w));
    b.set(y[11], relu(v) - softmax(w));
    b.set(y[12], broadcast(max(v) + min(w), {5}));
  });
  m.output("y", y[0]);
  expectPropagates(fromBuilder(m), 53);
}

} // namespace
