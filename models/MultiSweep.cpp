//===- MultiSweep.cpp - Tree convolution, and an up-then-down pass --------===//
#include "Families.h"

namespace cortex::zoo {

using namespace build;

/// One hop of a tree convolution: W [v; v_left; v_right] + b, with 0 for an absent child.
template <typename Source> static Value hop(Body &b, const Source &v, const Param &w, const Param &bias) {
  return matvec(w, concat({b.self(v), b.child(0, v, 0.0), b.child(1, v, 0.0)}), bias);
}

/// y = hop(x); a = relu((y - mean) / sqrt(var + 1e-5)) with mean and variance
/// over all elements of all nodes of the tree; z = relu(hop(a)); v = max over nodes of z.
static Model planConv(const Sizes &s) {
  int64_t features = s.at("features"), c1 = s.at("channels1"), c2 = s.at("channels2");
  Model m("PlanConv", StructureKind::Tree, floatType(s));
  Type op = m.type("op", 0, 2);
  Input x = m.input("x", {features});
  Param w1 = m.param("W1", {c1, 3 * features}), b1 = m.param("b1", {c1});
  Param w2 = m.param("W2", {c2, 3 * c1}), b2 = m.param("b2", {c2});

  Sweep conv1 = m.sweep("conv1", Direction::Map);
  State y = conv1.state("y", {c1});
  conv1.body(op, [&](Body &b) { b.set(y, hop(b, x, w1, b1)); });

  Sweep centre = m.sweep("centre", Direction::Map, Place::Structures);
  State average = centre.state("mean", {});
  centre.body([&](Body &b) { b.set(average, b.mean(nodes, [&](const Edge &e) { return mean(e.there(y)); })); });

  Sweep spread = m.sweep("spread", Direction::Map, Place::Structures);
  State deviation = spread.state("deviation", {});
  spread.body([&](Body &b) {
    Value middle = b.self(average);
    Value variance = b.mean(nodes, [&](const Edge &e) {
      Value d = e.there(y) - middle;
      return mean(d * d);
    });
    b.set(deviation, sqrt(variance + 1e-5));
  });

  Sweep norm = m.sweep("norm", Direction::Map);
  State a = norm.state("a", {c1});
  norm.body(op, [&](Body &b) { b.set(a, relu((b.self(y) - b.structure(average)) / b.structure(deviation))); });

  Sweep conv2 = m.sweep("conv2", Direction::Map);
  State z = conv2.state("z", {c2});
  conv2.body(op, [&](Body &b) { b.set(z, relu(hop(b, a, w2, b2))); });

  Sweep pool = m.sweep("pool", Direction::Map, Place::Structures);
  State v = pool.state("v", {c2});
  pool.body([&](Body &b) { b.set(v, b.max(nodes, [&](const Edge &e) { return e.there(z); })); });

  declareOutput(m, "pooled", {v}, c2, s, Place::Structures);
  return m;
}

/// up: leaf h = tanh(W x + b), internal h = tanh(U sum h_k + b); then
/// down: d = tanh(V h + R d_parent + c), with 0 above a root. The output is per node.
static Model upDown(const Sizes &s) {
  int64_t hidden = s.at("hidden"), embed = s.at("embed");
  Model m("UpDown", StructureKind::Tree, floatType(s));
  ParseTree t = declareParseTree(m, 1, any, s.at("vocab"), embed);
  Param w = m.param("W", {hidden, embed}), u = m.param("U", {hidden, hidden}), bias = m.param("b", {hidden});
  Param v = m.param("V", {hidden, hidden}), r = m.param("R", {hidden, hidden}), c = m.param("c", {hidden});
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {hidden});
  up.body(t.leaf, [&](Body &b) { b.set(h, tanh(matvec(w, t.embedding[b.self(t.word)], bias))); });
  up.body(t.internal, [&](Body &b) {
    b.set(h, tanh(matvec(u, b.sum(children, [&](const Edge &e) { return e.there(h); }), bias)));
  });
  Sweep down = m.sweep("down", Direction::Down);
  State d = down.state("d", {hidden});
  down.body([&](Body &b) { b.set(d, tanh(matvec(v, b.self(h), c) + matvec(r, b.parent(d, 0.0)))); });
  declareOutput(m, "nodes", {d}, hidden, s, Place::Nodes);
  return m;
}

std::vector<Recipe> multiSweepRecipes() {
  return {{{"PlanConv",
            "two hops of binary tree convolution, whole-tree norm, max pool; features at every node",
            {featuresParameter(9),
             {"channels1", 64, "channels of the first hop"},
             {"channels2", 32, "channels of the second hop"},
             classesParameter(),
             floatParameter()}},
           planConv},
          {{"UpDown",
            "trees of any arity, a pass up and a pass down; the output is at every node",
            {hiddenParameter(256), vocabParameter(20000), embedParameter(), classesParameter(), floatParameter()}},
           upDown}};
}

} // namespace cortex::zoo
