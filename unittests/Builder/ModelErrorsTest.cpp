//===- ModelErrorsTest.cpp - How mistakes in a model are reported ---------===//
//
// The messages themselves are in a table: unittests/Errors.
//===----------------------------------------------------------------------===//
#include "BodyFixture.h"

#include <stdexcept>

using namespace cortex::build;
using cortex::StructureKind;
using testing::HasSubstr;

namespace {

struct ModelErrors : BodyFixture {};

TEST_F(ModelErrors, ModelsDoNotMix) {
  Model other("Other", StructureKind::Tree);
  Type otherLeaf = other.type("leaf", 0);
  Param w = other.param("W", {2});
  m.symbolInput("word", 5, {otherLeaf});
  std::string message = "input 'word': the node type belongs to model 'Other' and is used in model 'M'";
  EXPECT_EQ(errors(), message);
  ASSERT_EQ(other.errors().size(), 1U);
  EXPECT_THAT(other.errors()[0], HasSubstr(message));
  // Two open bodies, one per model: values do not pass between them.
  Sweep s = m.sweep("s", Direction::Map), o = other.sweep("o", Direction::Map);
  State y = s.state("y", {2}), z = o.state("z", {2});
  s.body([&](Body &b) {
    o.body([&](Body &c) {
      Value mixed = in(b, {2}) + Operand(w);
      EXPECT_FALSE(mixed.valid());
      b.set(y, Value(w));
      c.set(z, 0.0);
    });
  });
  EXPECT_EQ(errors(),
            message +
                "\nsweep 's', body: +: operand 2 belongs to model 'Other' and is used in model 'M'\n"
                "sweep 's', body: set: the value for state 'y' belongs to model 'Other' and is used in model 'M'");
}

TEST_F(ModelErrors, OneMistakeGivesOneError) {
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {2});
  Param broken = m.param("broken", {0});
  up.body([&](Body &b) {
    Value x = matvec(broken, b.child(0, h, 0.0));
    Value y = tanh(concat({x, x * 2.0})) + b.sum(children, [&](const Edge &e) { return e.there(h) * x; });
    Value z = b.attend(children, [&](const Edge &e) { return Scored{dot(x, e.there(h)), x}; }, y);
    b.set(h, layerNorm(reshape(select(less(z, y), x, 0.0), {2}))[0]);
  });
  EXPECT_EQ(errors(), "parameter 'broken': the shape (0) has a size below 1");
}

TEST_F(ModelErrors, ErrorsNameTheUsersLine) {
  Sweep s = m.sweep("s", Direction::Map);
  State y = s.state("y", {2});
  unsigned line = 0;
  s.body([&](Body &b) {
    Value x = in(b, {3});
    line = __LINE__ + 1;
    b.set(y, x + b.zeros({2}));
  });
  ASSERT_EQ(m.errors().size(), 1U);
  EXPECT_THAT(m.errors()[0], HasSubstr("ModelErrorsTest.cpp:" + std::to_string(line) + ": sweep 's', body: +: "));
}

TEST_F(ModelErrors, ABodyThatThrowsIsClosed) {
  Sweep s = m.sweep("s", Direction::Map);
  State y = s.state("y", {});
  EXPECT_THROW(s.body([&](Body &) -> void { throw std::runtime_error("mine"); }), std::runtime_error);
  EXPECT_THROW(m.sweep("t", Direction::Up).body([&](Body &b) {
    b.sum(children, [&](const Edge &) -> Value { throw std::runtime_error("mine"); });
  }),
               std::runtime_error);
  std::string error;
  EXPECT_FALSE(m.verify(error));
  EXPECT_EQ(m.text(), "");
  (void)y;
}

/// What only the whole model shows is found by the dialect's verifier, at the user's line.
TEST_F(ModelErrors, TheDialectsVerifierIsAsked) {
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {2});
  unsigned line = __LINE__ + 1;
  up.body([&](Body &b) { b.set(h, b.self(h)); });
  std::string error;
  ASSERT_FALSE(m.verify(error));
  EXPECT_THAT(error, HasSubstr("ModelErrorsTest.cpp:" + std::to_string(line) + ": "));
  EXPECT_THAT(error, HasSubstr("@up::@h"));
  EXPECT_EQ(m.text(), "");
}

TEST_F(ModelErrors, AModelThatWasMovedFrom) {
  Model other = std::move(m);
  std::string error;
  EXPECT_FALSE(m.verify(error));
  EXPECT_EQ(error, "the model was moved from");
  EXPECT_FALSE(m.type("t", 0).valid());
  EXPECT_FALSE(m.param("p", {1}).valid());
  m.sweep("s", Direction::Up).body([](Body &) { FAIL(); });
  m.output("o", State());
  EXPECT_EQ(m.text(), "");
  EXPECT_EQ(m.name(), "");
  m = std::move(other);
  EXPECT_EQ(m.name(), "M");
}

TEST(ModelErrorsStandalone, HandlesOutliveTheirModel) {
  State h;
  Param p;
  {
    Model m("M", StructureKind::Tree);
    p = m.param("p", {2, 3});
    h = m.sweep("s", Direction::Up).state("h", {2});
  }
  EXPECT_EQ(p.shape(), (Shape{2, 3}));
  EXPECT_TRUE(h.valid());
}

} // namespace
