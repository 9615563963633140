//===- NeighboursTest.cpp - Reads at places, reductions over neighbours ---===//
#include "BodyFixture.h"

using namespace cortex::build;
using testing::HasSubstr;

namespace {

struct NeighbourReads : BodyFixture {
  /// An up sweep with state h of size 4, `fn` as the internal body; the body's text.
  std::string internalBody(const std::function<Value(Body &, const State &)> &fn) {
    Sweep up = m.sweep("up", Direction::Up);
    State h = up.state("h", {4});
    up.body(leaf, [&](Body &b) { b.set(h, 0.5); });
    up.body(internal, [&](Body &b) { b.set(h, fn(b, h)); });
    std::string error;
    EXPECT_TRUE(m.verify(error)) << error;
    std::string text = m.text();
    size_t at = text.find("ra.body @internal {\n");
    return text.substr(at, text.find("\n    }\n", at) - at);
  }
};

TEST_F(NeighbourReads, ChildrenWithAndWithoutADefault) {
  std::string text = internalBody([](Body &b, const State &h) { return b.child(0, h) + b.child(2, h, 0.0); });
  EXPECT_THAT(text, HasSubstr("ra.read child(0) @up::@h : tensor<4xf32>"));
  EXPECT_THAT(text, HasSubstr("ra.read child(2) @up::@h else %cst : tensor<4xf32>"));
}

TEST_F(NeighbourReads, ADefaultMayBeAParameterAndBroadcasts) {
  Param initial = m.param("initial", {4}), scalar = m.param("one", {});
  std::string text =
      internalBody([&](Body &b, const State &h) { return b.child(2, h, initial) + b.child(2, h, scalar); });
  EXPECT_THAT(text, HasSubstr("child(2) @up::@h else %initial :"));
  EXPECT_THAT(text, HasSubstr("child(2) @up::@h else %broadcasted :"));
}

TEST_F(NeighbourReads, EveryCombiner) {
  std::string text = internalBody([](Body &b, const State &h) {
    auto there = [&](const Edge &e) { return e.there(h); };
    return b.sum(children, there) + b.mean(children, there) + b.prod(children, there) + b.max(children, there) +
           b.min(children, there, 1.0);
  });
  for (const char *combiner : {"[sum]", "[mean]", "[prod]", "[max]", "[min] else"})
    EXPECT_THAT(text, HasSubstr(std::string("ra.over children ") + combiner));
  EXPECT_THAT(text, HasSubstr("ra.read there @up::@h : tensor<4xf32>"));
}

TEST_F(NeighbourReads, Attention) {
  std::string text = internalBody([](Body &b, const State &h) {
    Value q = b.child(0, h);
    return b.attend(children, [&](const Edge &e) { return Scored{dot(q, e.there(h)), e.there(h)}; }, q);
  });
  EXPECT_THAT(text, HasSubstr("ra.over children [softmax] else(%h) {"));
  EXPECT_THAT(text, HasSubstr(": tensor<f32>, tensor<4xf32>"));
}

TEST_F(NeighbourReads, SeveralReductionsInOnePass) {
  std::string text = internalBody([](Body &b, const State &h) {
    auto r = b.reduce(children, {Combine::Max, Combine::Softmax, Combine::Sum},
                      [&](const Edge &e) {
                        Value v = e.there(h);
                        return std::vector<Value>{v, v[0], v, v[1]};
                      },
                      {-1.0, 0.0});
    EXPECT_EQ(r.size(), 3U);
    EXPECT_EQ(r[2].shape(), Shape{});
    return r[0] + r[1] + r[2];
  });
  EXPECT_THAT(text, HasSubstr("ra.over children [max, softmax, sum] else(%cst, %cst_0) {"));
}

TEST_F(NeighbourReads, EdgesHaveInputsAndAPosition) {
  Input weight = m.input("weight", cortex::Place::Edges, {});
  SymbolInput kind = m.symbolInput("kind", cortex::Place::Edges, 5);
  Param byKind = m.param("byKind", {5, 4}), byPosition = m.param("byPosition", {3, 4});
  std::string text = internalBody([&](Body &b, const State &h) {
    return b.sum(children, [&](const Edge &e) {
      return e.there(h) * e.edge(weight) * e.position() + byKind[e.edge(kind)] + byPosition[e.position(3)];
    });
  });
  EXPECT_THAT(text, HasSubstr("ra.read edge @weight : tensor<f32>"));
  EXPECT_THAT(text, HasSubstr("ra.read edge @position : tensor<f32>"));
  EXPECT_THAT(text, HasSubstr("ra.read edge @kind : !ra.symbol<5>"));
  EXPECT_THAT(text, HasSubstr("ra.read edge @position : !ra.symbol<3>"));
}

TEST_F(NeighbourReads, ParentsStructuresRootsAndNodes) {
  Input x = m.input("x", {4}), global = m.input("global", cortex::Place::Structures, {4});
  SymbolInput language = m.symbolInput("language", cortex::Place::Structures, 7);
  Param table = m.param("table", {7, 4});
  Sweep down = m.sweep("down", Direction::Down);
  State d = down.state("d", {4});
  down.body([&](Body &b) {
    b.set(d, b.parent(d, 0.0) + b.parent(x, 1.0) + b.structure(global) + table[b.structure(language)]);
  });
  Sweep pool = m.sweep("pool", Direction::Map, cortex::Place::Structures);
  State p = pool.state("p", {4});
  pool.body([&](Body &b) { b.set(p, b.max(nodes, [&](const Edge &e) { return e.there(d); }) + b.structure(global)); });
  Sweep top = m.sweep("top", Direction::Map, cortex::Place::Roots);
  State t = top.state("t", {4});
  top.body([&](Body &b) { b.set(t, b.self(d) + b.structure(p)); });
  m.output("out", t);
  m.output("pooled", p, cortex::Place::Structures);
  m.output("all", d, cortex::Place::Nodes);
  std::string error;
  ASSERT_TRUE(m.verify(error)) << error;
  std::string text = m.text();
  for (const char *part :
       {"ra.read parent @down::@d else %cst", "ra.read parent @x else", "ra.read structure @global",
        "ra.read structure @language : !ra.symbol<7>", "ra.over nodes [max]", "ra.sweep @pool map at structures",
        "ra.sweep @top map at roots", "ra.output @out = @top::@t\n", "ra.output @pooled = @pool::@p at structures",
        "ra.output @all = @down::@d at nodes"})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST_F(NeighbourReads, SymbolsOfChildrenAndNeighbours) {
  SymbolInput word = m.symbolInput("word", 6);
  Param table = m.param("table", {6, 4});
  std::string text = internalBody([&](Body &b, const State &) {
    return table[b.child(1, word)] + b.sum(children, [&](const Edge &e) { return table[e.there(word)]; });
  });
  EXPECT_THAT(text, HasSubstr("ra.read child(1) @word : !ra.symbol<6>"));
  EXPECT_THAT(text, HasSubstr("ra.read there @word : !ra.symbol<6>"));
}

} // namespace
