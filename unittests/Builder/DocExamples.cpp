//===- DocExamples.cpp - The C++ of docs/Models.md ------------------------===//
//
// Every block of C++ in docs/Models.md stands here, line for line; DocTest.cpp
// checks that, and that what the functions build verifies.
//===----------------------------------------------------------------------===//
#include "DocExamples.h"

using cortex::DType;
using cortex::Place;
using cortex::StructureKind;

namespace examples {

using namespace cortex::build;

Model treeFc() {
  Model m("TreeFC", StructureKind::Tree);
  auto leaf = m.type("leaf", 0), pair = m.type("pair", 2);
  auto word = m.symbolInput("word", 1000, {leaf});
  auto E = m.param("E", {1000, 16}), W = m.param("W", {16, 32}), bias = m.param("bias", {16});
  auto up = m.sweep("up", Direction::Up);
  auto h = up.state("h", {16});
  up.body(leaf, [&](Body &b) { b.set(h, E[b.self(word)]); });
  up.body(pair, [&](Body &b) { b.set(h, relu(matvec(W, concat({b.child(0, h), b.child(1, h)}), bias))); });
  m.output("root", h);
  return m;
}

Model biLstm() {
  const int64_t hidden = 128, features = 300, classes = 5;
  Model m("BiLSTM2", StructureKind::Sequence);
  auto cell = m.type("cell", 0, 1); // the first element has no child
  auto x = m.input("x", {features});

  // One layer in one direction. `below` states what the layer reads at a node, `width` its size.
  auto layer = [&](const std::string &name, bool backwards, int64_t width, const std::function<Value(Body &)> &below) {
    auto W = m.param("W_" + name, {4, hidden, width}), U = m.param("U_" + name, {4, hidden, hidden});
    auto bias = m.param("b_" + name, {4, hidden});
    auto sweep = m.sweep(name, backwards ? Direction::Down : Direction::Up);
    auto h = sweep.state("h", {hidden}), c = sweep.state("c", {hidden});
    sweep.body(cell, [&](Body &b) {
      // The neighbour that was computed before this node; zero where there is none.
      auto last = [&](const State &s) { return backwards ? b.parent(s, 0.0) : b.child(0, s, 0.0); };
      Value g = matvec(W, below(b), bias) + matvec(U, last(h));
      Value now = sigmoid(g[1]) * last(c) + sigmoid(g[0]) * tanh(g[2]);
      b.set(c, now);
      b.set(h, sigmoid(g[3]) * tanh(now));
    });
    return h;
  };

  auto features1 = [&](Body &b) { return b.self(x); };
  auto f1 = layer("f1", false, features, features1), b1 = layer("b1", true, features, features1);
  auto states1 = [&](Body &b) { return concat({b.self(f1), b.self(b1)}); };
  auto f2 = layer("f2", false, 2 * hidden, states1), b2 = layer("b2", true, 2 * hidden, states1);

  auto V = m.param("V", {classes, 2 * hidden}), bv = m.param("bv", {classes});
  auto tag = m.sweep("tag", Direction::Map);
  auto y = tag.state("y", {classes});
  tag.body([&](Body &b) { b.set(y, softmax(matvec(V, concat({b.self(f2), b.self(b2)}), bv))); });
  m.output("tags", y, Place::Nodes);
  return m;
}

Model treeConvolution() {
  const int64_t features = 9, channels = 64;
  Model m("TreeConv", StructureKind::Tree, DType::F64);
  auto op = m.type("op", 0, 2);
  auto x = m.input("x", {features});
  auto W = m.param("W", {channels, 3 * features}), bias = m.param("b", {channels});

  // Each node with its children; a child that is absent counts as zero.
  auto conv = m.sweep("conv", Direction::Map);
  auto y = conv.state("y", {channels});
  conv.body(op,
            [&](Body &b) { b.set(y, matvec(W, concat({b.self(x), b.child(0, x, 0.0), b.child(1, x, 0.0)}), bias)); });

  // The mean over all elements of all nodes of the tree: a state of the structure.
  auto stats = m.sweep("stats", Direction::Map, Place::Structures);
  auto average = stats.state("mean", {});
  stats.body([&](Body &b) { b.set(average, b.mean(nodes, [&](const Edge &e) { return mean(e.there(y)); })); });

  // Each node reads its structure's state.
  auto centre = m.sweep("centre", Direction::Map);
  auto z = centre.state("z", {channels});
  centre.body(op, [&](Body &b) { b.set(z, relu(b.self(y) - b.structure(average))); });

  auto pool = m.sweep("pool", Direction::Map, Place::Structures);
  auto v = pool.state("v", {channels});
  pool.body([&](Body &b) { b.set(v, b.max(nodes, [&](const Edge &e) { return e.there(z); })); });
  m.output("pooled", v);
  return m;
}

Model typedDag() {
  Model m("Circuit", StructureKind::Dag);
  auto wire = m.type("wire", 0), gate = m.type("gate", 1, any);
  auto name = m.symbolInput("name", 50, {wire}), kind = m.symbolInput("kind", 12, {gate});
  auto delay = m.input("delay", Place::Edges, {});
  auto names = m.param("names", {50, 32});
  auto query = m.param("query", {12, 32}), W = m.param("W", {12, 32, 32}), bias = m.param("bias", {12, 32});
  auto up = m.sweep("up", Direction::Up);
  auto h = up.state("h", {32});
  up.body(wire, [&](Body &b) { b.set(h, names[b.self(name)]); });
  up.body(gate, [&](Body &b) {
    Symbol k = b.self(kind);
    Value q = query[k];
    Value seen = b.attend(children, [&](const Edge &e) {
      Value v = e.there(h);
      return Scored{dot(q, v) - e.edge(delay), v};
    });
    b.set(h, layerNorm(tanh(matvec(W[k], seen, bias[k])) + seen));
  });
  m.output("signals", h, Place::Nodes);
  return m;
}

std::string wrongModel() {
  Model m("Wrong", StructureKind::Tree);
  auto leaf = m.type("leaf", 0), pair = m.type("pair", 2);
  auto x = m.input("x", {30}, {leaf});
  auto W = m.param("W", {16, 30}), U = m.param("U", {16, 16});
  auto up = m.sweep("up", Direction::Up);
  auto h = up.state("h", {16});
  up.body(leaf, [&](Body &b) { b.set(h, matvec(W, b.self(x))); });
  up.body(pair, [&](Body &b) { b.set(h, matvec(U, concat({b.child(0, h), b.child(1, h)}))); });
  m.output("root", h);

  std::string error;
  if (!m.verify(error))
    return error;
  return "";
}

} // namespace examples
