//===- ModelErrorsTest.cpp - Wrong declarations, bodies and scopes --------===//
#include "BodyFixture.h"

#include <stdexcept>

using namespace cortex::build;
using cortex::DType;
using cortex::Place;
using cortex::StructureKind;
using testing::HasSubstr;

namespace {

struct ModelErrors : BodyFixture {};

TEST_F(ModelErrors, Names) {
  m.param("x", {2});
  m.input("x", {2});
  m.param("", {2});
  m.type("", 1);
  m.symbolInput("", 3);
  m.sweep("leaf", Direction::Up);
  EXPECT_EQ(errors(), "input 'x': the name is already that of a parameter\n"
                      "the name of a parameter is empty\n"
                      "the name of a type is empty\n"
                      "the name of an input is empty\n"
                      "sweep 'leaf': the name is already that of a type");
}

TEST_F(ModelErrors, Sizes) {
  m.param("p", {2, 0});
  m.param("q", {int64_t(1) << 30, int64_t(1) << 30});
  m.input("x", {-1});
  m.symbolInput("w", 0);
  m.symbolInput("v", int64_t(1) << 31);
  m.sweep("s", Direction::Up).state("h", {0});
  EXPECT_EQ(errors(), "parameter 'p': the shape (2, 0) has a size below 1\n"
                      "parameter 'q': the shape (1073741824, 1073741824) has more than 2^40 elements\n"
                      "input 'x': the shape (-1) has a size below 1\n"
                      "input 'w': the domain 0 is not from 1 to 2^31-1\n"
                      "input 'v': the domain 2147483648 is not from 1 to 2^31-1\n"
                      "state 'h' of sweep 's': the shape (0) has a size below 1");
}

TEST_F(ModelErrors, Arities) {
  m.type("a", -2);
  m.type("b", 3, 2);
  m.type("c", -1, any);
  m.type("d", 1, int64_t(1) << 32);
  EXPECT_EQ(errors(), "type 'a': the arity -2 is negative\n"
                      "type 'b': no arity is from 3 to 2\n"
                      "type 'c': no arity is from -1 to -1\n"
                      "type 'd': no arity is from 1 to 4294967296");
}

TEST_F(ModelErrors, Places) {
  m.input("x", Place::Roots, {2});
  m.sweep("a", Direction::Map, Place::Edges);
  m.sweep("b", Direction::Up, Place::Roots);
  Sweep s = m.sweep("s", Direction::Map);
  m.output("o", s.state("y", {}), Place::Edges);
  EXPECT_EQ(errors(), "input 'x': an input is at nodes, edges or structures, not at roots\n"
                      "sweep 'a': a sweep is at nodes, roots or structures, not at edges\n"
                      "sweep 'b': only a map sweep can be at roots or structures\n"
                      "output 'o': an output is at nodes, roots or structures, not at edges");
}

TEST_F(ModelErrors, FloatType) {
  Model i("I", StructureKind::Tree, DType::I32);
  std::string error;
  EXPECT_FALSE(i.verify(error));
  EXPECT_THAT(error, HasSubstr(": model 'I': the float type must be F32 or F64"));
  Model n("", StructureKind::Tree);
  EXPECT_FALSE(n.verify(error));
  EXPECT_THAT(error, HasSubstr("the name of the model is empty"));
}

TEST_F(ModelErrors, States) {
  Sweep s = m.sweep("s", Direction::Map);
  State y = s.state("y", {2}), z = s.state("z", {2});
  s.state("y", {3});
  s.state("", {3});
  State other = m.sweep("t", Direction::Map).state("o", {2});
  s.body([&](Body &b) {
    b.set(y, 0.0);
    b.set(y, 1.0);
    b.set(other, 0.0);
    b.set(State(), 0.0);
  });
  s.state("late", {1});
  EXPECT_EQ(errors(), "state 'y' of sweep 's': the sweep already has a state of that name\n"
                      "state '' of sweep 's': the name is empty\n"
                      "sweep 's', body: set: state 'y' is already set\n"
                      "sweep 's', body: set: state 'o' belongs to sweep 't'\n"
                      "sweep 's', body: set: the state was never declared\n"
                      "sweep 's', body: state 'z' is never set\n"
                      "state 'late' of sweep 's': states are declared before the sweep's first body");
}

TEST_F(ModelErrors, TheStatesShape) {
  Sweep s = m.sweep("s", Direction::Map);
  State y = s.state("y", {2, 3});
  s.body([&](Body &b) { b.set(y, in(b, {3})); });
  EXPECT_EQ(errors(), "sweep 's', body: set: state 'y' has the shape (2, 3), the value has the shape (3)");
}

TEST_F(ModelErrors, AValueThatWasNeverComputed) {
  Sweep s = m.sweep("s", Direction::Map);
  State y = s.state("y", {2});
  s.body([&](Body &b) { b.set(y, tanh(Value())); });
  EXPECT_EQ(errors(), "sweep 's', body: set: the value for state 'y' was never computed");
}

TEST_F(ModelErrors, BodiesAndTheirTypes) {
  Sweep s = m.sweep("s", Direction::Map), t = m.sweep("t", Direction::Map);
  State y = s.state("y", {}), z = t.state("z", {});
  s.body(leaf, [&](Body &b) { b.set(y, 0.0); });
  s.body(leaf, [&](Body &b) { b.set(y, 0.0); });
  s.body([&](Body &b) { b.set(y, 0.0); });
  t.body([&](Body &b) { b.set(z, 0.0); });
  t.body(leaf, [&](Body &b) { b.set(z, 0.0); });
  t.body(Type(), [&](Body &b) { b.set(z, 0.0); });
  s.body(internal, BodyFn());
  EXPECT_EQ(errors(), "sweep 's': type 'leaf' already has a body\n"
                      "sweep 's': a body without a type serves all nodes and must be the only one\n"
                      "sweep 't': a body without a type serves all nodes and must be the only one\n"
                      "sweep 't': the body's node type was never declared\n"
                      "sweep 's': the body's function is empty");
}

TEST_F(ModelErrors, DeclarationsInsideABody) {
  Sweep s = m.sweep("s", Direction::Map), t = m.sweep("t", Direction::Map);
  State y = s.state("y", {}), z = t.state("z", {});
  s.body([&](Body &b) {
    b.set(y, 0.0);
    m.sweep("u", Direction::Up);
    m.output("o", y);
    t.body([&](Body &c) { c.set(z, 0.0); });
  });
  EXPECT_EQ(errors(), "sweep 's', body: sweep 'u': a sweep cannot be declared inside a body\n"
                      "sweep 's', body: output 'o': an output cannot be declared inside a body\n"
                      "sweep 's', body: a body of sweep 't' cannot be inside another body");
}

TEST_F(ModelErrors, AParameterOutsideOfABody) {
  Param w = m.param("W", {2, 2});
  Value v = transpose(w);
  EXPECT_FALSE(v.valid());
  EXPECT_EQ(errors(), "parameter 'W' is used outside of a body");
}

TEST_F(ModelErrors, AValueOfAnotherBody) {
  Sweep s = m.sweep("s", Direction::Map);
  State y = s.state("y", {2});
  Value kept;
  s.body(leaf, [&](Body &b) {
    kept = in(b, {2});
    b.set(y, kept);
  });
  s.body(internal, [&](Body &b) { b.set(y, kept + 1.0); });
  EXPECT_EQ(errors(), "sweep 's', body 'internal': +: operand 1 was computed in sweep 's', body 'leaf', and can be "
                      "used only there");
}

TEST_F(ModelErrors, AValueOutOfItsReduction) {
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {2});
  up.body([&](Body &b) {
    Value kept;
    std::optional<Edge> edge;
    Value s = b.sum(children, [&](const Edge &e) {
      edge = e;
      return kept = e.there(h);
    });
    b.set(h, s + kept);
    edge->there(h);
  });
  EXPECT_EQ(errors(), "sweep 'up', body: +: operand 2 was computed in a reduction over children, and can be used only "
                      "there\n"
                      "sweep 'up', body: there: the neighbour belongs to a reduction over children, and can be used "
                      "only there");
}

TEST_F(ModelErrors, ReductionsThatCannotBe) {
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {2}), g = up.state("g", {2});
  up.body([&](Body &b) {
    b.sum(children, [&](const Edge &) { return b.sum(children, [&](const Edge &e) { return e.there(h); }); });
    b.sum(children, [&](const Edge &) { return Value(); });
    b.sum(children, EdgeFn());
    b.attend(children, [&](const Edge &e) { return Scored{e.there(h), e.there(h)}; });
    b.reduce(children, {Combine::Sum, Combine::Softmax}, [&](const Edge &e) { return std::vector<Value>{e.there(h)}; });
    b.reduce(children, {}, [&](const Edge &e) { return std::vector<Value>{e.there(h)}; });
    b.reduce(children, {Combine::Sum}, [&](const Edge &e) { return std::vector<Value>{e.there(h)}; }, {0.0});
    b.max(children, [&](const Edge &e) { return e.there(h); }, in(b, {3}));
    b.sum(children, [&](const Edge &e) { return e.position(0), e.there(h); });
    b.set(h, b.sum(children, [&](const Edge &e) {
      b.set(g, 0.0);
      return e.there(h);
    }));
    b.set(g, 0.0);
  });
  EXPECT_EQ(errors(),
            "sweep 'up', body, a reduction over children: a reduction over children is inside a reduction; they do "
            "not nest\n"
            "sweep 'up', body, a reduction over children: a reduction: the function's result was never computed\n"
            "sweep 'up', body: a reduction over children has no function\n"
            "sweep 'up', body, a reduction over children: a score has the shape (2); it must be a scalar, ()\n"
            "sweep 'up', body, a reduction over children: the function returns 1 values, the combiners take 3\n"
            "sweep 'up', body: a reduction over children has no combiner\n"
            "sweep 'up', body: a reduction over children: 1 values for the case of nobody, the combiners take 0\n"
            "sweep 'up', body: a reduction: the value for the case of nobody of shape (3) does not broadcast to (2)\n"
            "sweep 'up', body, a reduction over children: position: the domain 0 is not from 1 to 2^31-1\n"
            "sweep 'up', body, a reduction over children: set: state 'g' is set inside a reduction; return the value "
            "from it and set it outside");
}

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
