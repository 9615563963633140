//===- NewModelsTest.cpp - Models that no one had in mind -----------------===//
//
// Models written from docs/Models.md alone, as text (models/) and with the
// builder, and the models of that page itself.
//===----------------------------------------------------------------------===//
#include "Execution.h"

#include "cortex/IO/Files.h"

using namespace cortex;
using namespace cortex::test;
using namespace cortex::build;

namespace {

std::string readText(const std::string &path) {
  std::string text, error;
  EXPECT_TRUE(io::readFile(path, text, error)) << error;
  return text;
}

TEST(NewModels, AsText) {
  for (const char *name : {"routes.mlir", "grids.mlir", "dag_lstm.mlir", "dag_gates.mlir"}) {
    SCOPED_TRACE(name);
    const std::string path = std::string(CORTEX_MODELS "/") + name;
    CheckSettings settings;
    settings.nodes = 25;
    expectCorrect(fromText(readText(path), name), 81, settings);
  }
}

/// Every text of docs/Models.md that holds a model.
TEST(NewModels, OfTheDocumentation) {
  const std::string page = readText(CORTEX_SOURCE_DIR "/docs/Models.md");
  size_t models = 0;
  for (size_t at = page.find("```mlir\n"); at != std::string::npos; at = page.find("```mlir\n", at)) {
    at += 8;
    const std::string text = page.substr(at, page.find("\n```", at) - at);
    if (text.find("ra.model") == std::string::npos)
      continue;
    SCOPED_TRACE(text.substr(text.find("ra.model"), 60));
    CheckSettings settings;
    settings.structures = 3;
    settings.endToEnd = settings.mustShow = false; // chosen to show operations, not to contract
    expectCorrect(fromText(text, "Models.md"), 82, settings);
    ++models;
  }
  EXPECT_GE(models, 2U);
}

/// A bidirectional LSTM whose elements are pooled by attention with several heads.
build::Model attentionPooling(int64_t hidden, DType type) {
  const int64_t features = hidden + 3, heads = 3, classes = 4;
  build::Model m("AttentionPooling", StructureKind::Sequence, type);
  Type cell = m.type("cell", 0, 1);
  Input x = m.input("x", {features});
  SymbolInput tag = m.symbolInput("tag", 13);
  Input topic = m.input("topic", Place::Structures, {hidden});
  Param tags = m.param("tags", {13, features});
  auto layer = [&](const std::string &name, bool backwards) {
    Param W = m.param(name + ".W", {4, hidden, features}), U = m.param(name + ".U", {4, hidden, hidden}),
          bias = m.param(name + ".b", {4, hidden});
    Sweep sweep = m.sweep(name, backwards ? Direction::Down : Direction::Up);
    State h = sweep.state("h", {hidden}), c = sweep.state("c", {hidden});
    sweep.body(cell, [&](Body &b) {
      auto last = [&](const State &s) { return backwards ? b.parent(s, 0.0) : b.child(0, s, 0.0); };
      Value g = matvec(W, b.self(x) + tags[b.self(tag)], bias) + matvec(U, last(h));
      Value now = sigmoid(g[1] + 1.0) * last(c) + sigmoid(g[0]) * tanh(g[2]);
      b.set(c, now);
      b.set(h, sigmoid(g[3]) * tanh(now));
    });
    return h;
  };
  State f = layer("forwards", false), r = layer("backwards", true);
  Param keys = m.param("keys", {heads, hidden, 2 * hidden}), query = m.param("query", {heads, hidden});
  Sweep score = m.sweep("score", Direction::Map);
  State s = score.state("s", {heads}), both = score.state("both", {2 * hidden});
  score.body([&](Body &b) {
    Value v = concat({b.self(f), b.self(r)});
    Value k = tanh(matvec(keys, v)) * b.structure(topic);
    b.set(s, sum(k * query, {1}));
    b.set(both, layerNorm(v, 0.01));
  });
  Param V = m.param("V", {classes, heads * 2 * hidden}), bv = m.param("bv", {classes});
  Sweep pool = m.sweep("pool", Direction::Map, Place::Structures);
  State y = pool.state("y", {classes});
  pool.body([&](Body &b) {
    std::vector<Operand> pooled;
    for (int64_t i = 0; i < heads; ++i)
      pooled.emplace_back(b.attend(nodes, [&](Edge e) { return Scored{e.there(s)[i], e.there(both)}; }));
    b.set(y, softmax(matvec(V, concat(pooled), bv)));
  });
  m.output("classes", y);
  return m;
}

/// A typed circuit: wires, gates with a matrix per kind, latches that look both ways.
build::Model circuit(int64_t width) {
  build::Model m("Circuit", StructureKind::Dag);
  Type wire = m.type("wire", 0), gate = m.type("gate", 1, 2), latch = m.type("latch", 1, any);
  SymbolInput kind = m.symbolInput("kind", 7, {gate});
  Input level = m.input("level", {}, {wire, latch}), delay = m.input("delay", Place::Edges, {});
  Param W = m.param("W", {7, width, width}), bias = m.param("bias", {7, width}), start = m.param("start", {width}),
        Q = m.param("Q", {width, width}), K = m.param("K", {width, width}), byPlace = m.param("byPlace", {2, width});
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {width}), depth = up.state("depth", {});
  up.body(wire, [&](Body &b) {
    b.set(h, tanh(start * b.self(level)));
    b.set(depth, 0.0);
  });
  up.body(gate, [&](Body &b) {
    Symbol k = b.self(kind);
    Value seen =
        b.sum(children, [&](Edge e) { return e.there(h) * byPlace[e.position(2)] * exp(-abs(e.edge(delay))); });
    b.set(h, gelu(matvec(W[k], seen, bias[k])) + b.child(0, h) - b.child(1, h, start));
    b.set(depth, 1.0 + b.max(children, [&](Edge e) { return e.there(depth); }));
  });
  up.body(latch, [&](Body &b) {
    Value q = matvec(Q, broadcast(b.self(level), {width}) + start);
    Value seen = b.attend(
        children, [&](Edge e) { return Scored{dot(q, matvec(K, e.there(h))) / 2.0 - e.edge(delay), e.there(h)}; });
    b.set(h, layerNorm(seen + q, 0.1));
    b.set(depth, b.mean(children, [&](Edge e) { return e.there(depth) + e.position() * 0.25; }));
  });
  Sweep down = m.sweep("down", Direction::Down);
  State load = down.state("load", {width}), users = down.state("users", {});
  down.body([&](Body &b) {
    auto above =
        b.reduce(parents, {Combine::Max, Combine::Sum, Combine::Prod},
                 [&](Edge e) {
                   return std::vector<Value>{e.there(load) * e.there(h), e.there(users) + 1.0, 1.0 + 0.25 * e.there(h)};
                 },
                 {b.self(h)});
    b.set(load, select(less(above[0], 0.0), above[2], sqrt(abs(above[0]) + 0.5)));
    b.set(users, above[1] / (1.0 + abs(b.self(depth))));
  });
  Sweep last = m.sweep("last", Direction::Map, Place::Roots);
  State y = last.state("y", {2, width});
  last.body([&](Body &b) { b.set(y, stack({b.self(h), log(1.0 + abs(b.self(load)))})); });
  m.output("roots", y);
  m.output("users", users, Place::Nodes);
  return m;
}

TEST(NewModels, AttentionPooling) {
  expectCorrect(fromBuilder(attentionPooling(12, DType::F32)), 83);
  expectCorrect(fromBuilder(attentionPooling(17, DType::F64)), 84);
}

TEST(NewModels, Circuit) {
  CheckSettings settings;
  settings.endToEnd = false; // deep DAGs of gates do not contract
  settings.nodes = 22;
  for (int64_t width : {5, 16, 33})
    expectCorrect(fromBuilder(circuit(width)), 85, settings);
}

} // namespace
