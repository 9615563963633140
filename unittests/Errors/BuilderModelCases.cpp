//===- BuilderModelCases.cpp - Wrong declarations, bodies and scopes ------===//
#include "BuilderFixture.h"

namespace cortex::errors {

using namespace build;

namespace {

/// Something done with the model `m` of a fixture; its errors, without the file and line.
Case modelCase(const char *title, const char *message, const char *advice, std::function<void(Fixture &)> fn) {
  return {title, "", message, advice, [fn = std::move(fn)] {
            Fixture t;
            fn(t);
            return Outcome{"", t.errors()};
          }};
}

std::vector<Case> declarationCases() {
  const char *const name =
      "Choose another name; types, inputs, parameters, sweeps and outputs share one space of names.";
  const char *const sizes = "Sizes are at least 1.";
  return {
      modelCase("an empty name", "the name of a parameter is empty", "Give it a name.",
                [](Fixture &t) { t.m.param("", {2}); }),
      modelCase("an empty name of an input", "the name of an input is empty", "Give it a name.",
                [](Fixture &t) { t.m.symbolInput("", 3); }),
      modelCase("a name that is taken", "input 'x': the name is already that of a parameter", name,
                [](Fixture &t) {
                  t.m.param("x", {2});
                  t.m.input("x", {2});
                }),
      modelCase("a sweep named like a type", "sweep 'leaf': the name is already that of a type", name,
                [](Fixture &t) { t.m.sweep("leaf", Direction::Up); }),
      modelCase("an input named like an output", "input 'o': the name is already that of an output", name,
                [](Fixture &t) {
                  t.m.output("o", t.m.sweep("s", Direction::Map).state("y", {}));
                  t.m.input("o", {2});
                }),
      {"a model without a name", "", "the name of the model is empty", "Give it a name.",
       [] {
         const build::Model m("", StructureKind::Tree);
         return Outcome{"", m.errors()[0].substr(m.errors()[0].find(": ") + 2)};
       }},
      {"a model of integers", "", "model 'M': the float type must be F32 or F64",
       "Symbols are integers; values are not.",
       [] {
         const build::Model m("M", StructureKind::Tree, DType::I32);
         return Outcome{"", m.errors()[0].substr(m.errors()[0].find(": ") + 2)};
       }},
      modelCase("a size of 0", "parameter 'p': the shape (2, 0) has a size below 1", sizes,
                [](Fixture &t) { t.m.param("p", {2, 0}); }),
      modelCase("more elements than memory",
                "parameter 'q': the shape (1073741824, 1073741824) has more than 2^40 elements", "Make it smaller.",
                [](Fixture &t) { t.m.param("q", {int64_t(1) << 30, int64_t(1) << 30}); }),
      modelCase("a negative size", "input 'x': the shape (-1) has a size below 1", sizes,
                [](Fixture &t) { t.m.input("x", {-1}); }),
      modelCase("a symbol without values", "input 'w': the domain 0 is not from 1 to 2^31-1", sizes,
                [](Fixture &t) { t.m.symbolInput("w", 0); }),
      modelCase("a negative arity", "type 'a': the arity -2 is negative", "Count children from 0.",
                [](Fixture &t) { t.m.type("a", -2); }),
      modelCase("a range of arities that is empty", "type 'b': no arity is from 3 to 2",
                "The smaller number comes first.", [](Fixture &t) { t.m.type("b", 3, 2); }),
      modelCase("an input at roots", "input 'x': an input is at nodes, edges or structures, not at roots",
                "Make it an input at nodes; those that are not read need no values.",
                [](Fixture &t) { t.m.input("x", Place::Roots, {2}); }),
      modelCase("an input on a type of nobody", "input 'x': the node type was never declared",
                "Declare the type first; a default-constructed one is empty.",
                [](Fixture &t) { t.m.input("x", {2}, {Type()}); }),
      modelCase("a sweep at edges", "sweep 'a': a sweep is at nodes, roots or structures, not at edges",
                "Compute what edges need in a reduction.",
                [](Fixture &t) { t.m.sweep("a", Direction::Map, Place::Edges); }),
      modelCase("a recursion at roots", "sweep 'b': only a map sweep can be at roots or structures",
                "Recursion visits all nodes; read its states in a map sweep.",
                [](Fixture &t) { t.m.sweep("b", Direction::Up, Place::Roots); }),
      modelCase("a state without a name", "state '' of sweep 's': the name is empty", "Give it a name.",
                [](Fixture &t) { t.m.sweep("s", Direction::Map).state("", {3}); }),
      modelCase("two states of a name", "state 'y' of sweep 's': the sweep already has a state of that name",
                "Choose another name.",
                [](Fixture &t) {
                  Sweep s = t.m.sweep("s", Direction::Map);
                  s.state("y", {2});
                  s.state("y", {3});
                }),
      modelCase("a state that comes late", "state 'z' of sweep 's': states are declared before the sweep's first body",
                "Declare all states first.",
                [](Fixture &t) {
                  Sweep s = t.m.sweep("s", Direction::Map);
                  State y = s.state("y", {});
                  s.body([&](Body &b) { b.set(y, 0.0); });
                  s.state("z", {1});
                }),
      modelCase("an output at edges", "output 'o': an output is at nodes, roots or structures, not at edges",
                "Choose a place.",
                [](Fixture &t) { t.m.output("o", t.m.sweep("s", Direction::Map).state("y", {}), Place::Edges); }),
      modelCase("an output of nothing", "output 'o': the state was never declared",
                "Declare the state first; a default-constructed one is empty.",
                [](Fixture &t) { t.m.output("o", State()); }),
      {"a type of another model", "", "input 'word': the node type belongs to model 'Other' and is used in model 'M'",
       "Use the handles of one model.",
       [] {
         Fixture t;
         build::Model other("Other", StructureKind::Tree);
         t.m.symbolInput("word", 5, {other.type("leaf", 0)});
         return Outcome{"", t.errors()};
       }},
  };
}

/// In the body of a map sweep `s` with one state `y` of shape ().
Case inBody(const char *title, const char *message, const char *advice,
            std::function<void(Body &, Fixture &, State &)> fn) {
  return modelCase(title, message, advice, [fn = std::move(fn)](Fixture &t) {
    Sweep s = t.m.sweep("s", Direction::Map);
    State y = s.state("y", {});
    s.body([&](Body &b) { fn(b, t, y); });
  });
}

std::vector<Case> bodyCases() {
  return {
      inBody("a state that is not set", "sweep 's', body: state 'y' is never set", "Set every state of the sweep.",
             [](Body &, Fixture &, State &) {}),
      inBody("a state that is set twice", "sweep 's', body: set: state 'y' is already set", "Set every state once.",
             [](Body &b, Fixture &, State &y) {
               b.set(y, 0.0);
               b.set(y, 1.0);
             }),
      modelCase("a state of another sweep", "sweep 's', body: set: state 'o' belongs to sweep 't'",
                "A body sets the states of its own sweep.",
                [](Fixture &t) {
                  Sweep s = t.m.sweep("s", Direction::Map);
                  State y = s.state("y", {}), other = t.m.sweep("t", Direction::Map).state("o", {});
                  s.body([&](Body &b) {
                    b.set(y, 0.0);
                    b.set(other, 0.0);
                  });
                }),
      inBody("a value of another shape",
             "sweep 's', body: set: state 'y' has the shape (), the value has the shape (3)",
             "Give the value the state's shape.", [](Body &b, Fixture &t, State &y) { b.set(y, t.in(b, {3})); }),
      inBody("a value that was never computed", "sweep 's', body: set: the value for state 'y' was never computed",
             "Compute the value first; a default-constructed one is empty.",
             [](Body &b, Fixture &, State &y) { b.set(y, Value()); }),
      inBody("a sweep inside a body", "sweep 's', body: sweep 'u': a sweep cannot be declared inside a body",
             "Declare it before or after the body.",
             [](Body &b, Fixture &t, State &y) {
               b.set(y, 0.0);
               t.m.sweep("u", Direction::Up);
             }),
      inBody("an output inside a body", "sweep 's', body: output 'o': an output cannot be declared inside a body",
             "Declare it after the body.",
             [](Body &b, Fixture &t, State &y) {
               b.set(y, 0.0);
               t.m.output("o", y);
             }),
      modelCase("a body inside a body", "sweep 's', body: a body of sweep 't' cannot be inside another body",
                "Write one body after the other.",
                [](Fixture &t) {
                  Sweep s = t.m.sweep("s", Direction::Map), u = t.m.sweep("t", Direction::Map);
                  State y = s.state("y", {}), z = u.state("z", {});
                  s.body([&](Body &b) {
                    b.set(y, 0.0);
                    u.body([&](Body &c) { c.set(z, 0.0); });
                  });
                }),
      modelCase("two bodies of a type", "sweep 's': type 'leaf' already has a body", "Write one body for each type.",
                [](Fixture &t) {
                  Sweep s = t.m.sweep("s", Direction::Map);
                  State y = s.state("y", {});
                  s.body(t.leaf, [&](Body &b) { b.set(y, 0.0); });
                  s.body(t.leaf, [&](Body &b) { b.set(y, 0.0); });
                }),
      modelCase("a body for all beside one for a type",
                "sweep 's': a body without a type serves all nodes and must be the only one",
                "Write one body, or one for each type.",
                [](Fixture &t) {
                  Sweep s = t.m.sweep("s", Direction::Map);
                  State y = s.state("y", {});
                  s.body(t.leaf, [&](Body &b) { b.set(y, 0.0); });
                  s.body([&](Body &b) { b.set(y, 0.0); });
                }),
      modelCase("a body without a function", "sweep 's': the body's function is empty", "Give a lambda.",
                [](Fixture &t) { t.m.sweep("s", Direction::Map).body(t.leaf, BodyFn()); }),
      modelCase("a body of a type of nobody", "sweep 's': the body's node type was never declared",
                "Declare the type first; a default-constructed one is empty.",
                [](Fixture &t) { t.m.sweep("s", Direction::Map).body(Type(), [](Body &) {}); }),
      {"a model that is verified too early", "", "model 'M': verified while a body is being written",
       "Verify it when it is complete.",
       [] {
         Fixture t;
         std::string error;
         t.m.sweep("s", Direction::Map).body([&](Body &) { t.m.verify(error); });
         return Outcome{"", error};
       }},
      modelCase("a parameter outside of a body", "parameter 'W' is used outside of a body",
                "Compute in the bodies of sweeps; what depends on parameters only is computed once all the same.",
                [](Fixture &t) { transpose(t.m.param("W", {2, 2})); }),
      modelCase("a value of another body",
                "sweep 's', body 'internal': +: operand 1 was computed in sweep 's', body 'leaf', and can be used only "
                "there",
                "Compute it in each body; a function that both call is a good place.",
                [](Fixture &t) {
                  Sweep s = t.m.sweep("s", Direction::Map);
                  State y = s.state("y", {2});
                  Value kept;
                  s.body(t.leaf, [&](Body &b) { b.set(y, kept = t.in(b, {2})); });
                  s.body(t.internal, [&](Body &b) { b.set(y, kept + 1.0); });
                }),
  };
}

/// In the body of an up sweep `up` with one state `h` of shape (2), which is then set.
Case inReduction(const char *title, const char *message, const char *advice,
                 std::function<void(Body &, Fixture &, State &)> fn) {
  return modelCase(title, message, advice, [fn = std::move(fn)](Fixture &t) {
    Sweep up = t.m.sweep("up", Direction::Up);
    State h = up.state("h", {2});
    up.body([&](Body &b) {
      fn(b, t, h);
      b.set(h, 0.0);
    });
  });
}

std::vector<Case> reductionCases() {
  return {
      inReduction("a reduction inside a reduction",
                  "sweep 'up', body, a reduction over children: a reduction over children is inside a reduction; they "
                  "do not nest",
                  "A node knows its neighbours, not theirs: compute the inner one in a sweep before.",
                  [](Body &b, Fixture &, State &h) {
                    b.sum(children,
                          [&](const Edge &) { return b.sum(children, [&](const Edge &e) { return e.there(h); }); });
                  }),
      inReduction("a reduction of nothing",
                  "sweep 'up', body, a reduction over children: a reduction: the function's result was never computed",
                  "Return a value.",
                  [](Body &b, Fixture &, State &) { b.sum(children, [](const Edge &) { return Value(); }); }),
      inReduction("a reduction without a function", "sweep 'up', body: a reduction over children has no function",
                  "Give a lambda.", [](Body &b, Fixture &, State &) { b.sum(children, EdgeFn()); }),
      inReduction("a reduction without a combiner", "sweep 'up', body: a reduction over children has no combiner",
                  "Name at least one.",
                  [](Body &b, Fixture &, State &h) {
                    b.reduce(children, {}, [&](const Edge &e) { return std::vector<Value>{e.there(h)}; });
                  }),
      inReduction("a score that is no scalar",
                  "sweep 'up', body, a reduction over children: a score has the shape (2); it must be a scalar, ()",
                  "Compute the score with `dot` or `sum`.",
                  [](Body &b, Fixture &, State &h) {
                    b.attend(children, [&](const Edge &e) { return Scored{e.there(h), e.there(h)}; });
                  }),
      inReduction("another number of values",
                  "sweep 'up', body, a reduction over children: the function returns 1 values, the combiners take 3",
                  "Return a value for each combiner; softmax takes a score and a value.",
                  [](Body &b, Fixture &, State &h) {
                    b.reduce(children, {Combine::Sum, Combine::Softmax},
                             [&](const Edge &e) { return std::vector<Value>{e.there(h)}; });
                  }),
      inReduction("defaults that are not needed",
                  "sweep 'up', body: a reduction over children: 1 values for the case of nobody, the combiners take 0",
                  "Sums, means and products have their own; give one for each max, min and softmax.",
                  [](Body &b, Fixture &, State &h) {
                    b.reduce(children, {Combine::Sum}, [&](const Edge &e) { return std::vector<Value>{e.there(h)}; },
                             {0.0});
                  }),
      inReduction(
          "a default of another shape",
          "sweep 'up', body: a reduction: the value for the case of nobody of shape (3) does not broadcast to (2)",
          "Give a number, or the shape of what is reduced.",
          [](Body &b, Fixture &t, State &h) {
            b.max(children, [&](const Edge &e) { return e.there(h); }, t.in(b, {3}));
          }),
      inReduction("positions without values",
                  "sweep 'up', body, a reduction over children: position: the domain 0 is not from 1 to 2^31-1",
                  "Say how many positions there may be.",
                  [](Body &b, Fixture &, State &h) {
                    b.sum(children, [&](const Edge &e) { return e.position(0), e.there(h); });
                  }),
      inReduction("a state set inside a reduction",
                  "sweep 'up', body, a reduction over children: set: state 'h' is set inside a reduction; return the "
                  "value from it and set it outside",
                  "Return the value.",
                  [](Body &b, Fixture &, State &h) {
                    b.sum(children, [&](const Edge &e) {
                      b.set(h, 0.0);
                      return e.there(h);
                    });
                  }),
      inReduction(
          "a value out of its reduction",
          "sweep 'up', body: +: operand 1 was computed in a reduction over children, and can be used only there",
          "Return it from the reduction.",
          [](Body &b, Fixture &, State &h) {
            Value kept;
            b.sum(children, [&](const Edge &e) { return kept = e.there(h); });
            static_cast<void>(kept + 1.0);
          }),
      inReduction(
          "a neighbour out of its reduction",
          "sweep 'up', body: there: the neighbour belongs to a reduction over children, and can be used only there",
          "Read what is needed inside.",
          [](Body &b, Fixture &, State &h) {
            std::optional<Edge> kept;
            b.sum(children, [&](const Edge &e) {
              kept = e;
              return e.there(h);
            });
            kept->there(h);
          }),
  };
}

} // namespace

Group builderModelCases() {
  Group group{
      "Builder: models, sweeps and bodies",
      "Every message begins with the file and line of the call, which are left out here. `Model::errors` has all "
      "of them, `verify` joins them.",
      declarationCases()};
  for (const std::vector<Case> &cases : {bodyCases(), reductionCases()})
    group.cases.insert(group.cases.end(), cases.begin(), cases.end());
  return group;
}

} // namespace cortex::errors
