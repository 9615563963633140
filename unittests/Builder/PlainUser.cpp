//===- PlainUser.cpp - A model written as a user of the library does ------===//
//
// Compiled without MLIR's headers on the include path: that it compiles is
// half of the test. The rest is in ModelTest.cpp.
//===----------------------------------------------------------------------===//
#include "cortex/Builder/Builder.h"

using namespace cortex::build;

Model plainTreeLstm(int64_t hidden, int64_t vocab) {
  Model m("TreeLSTM", cortex::StructureKind::Tree);
  auto leaf = m.type("leaf", 0), internal = m.type("internal", 1, any);
  auto word = m.symbolInput("word", vocab, {leaf});
  auto E = m.param("E", {vocab, 30}), W = m.param("W", {3, hidden, 30}), U = m.param("U", {3, hidden, hidden});
  auto bias = m.param("b", {3, hidden}), Uf = m.param("Uf", {hidden, hidden}), bf = m.param("bf", {hidden});
  auto up = m.sweep("up", Direction::Up);
  auto h = up.state("h", {hidden}), c = up.state("c", {hidden});
  auto finish = [&](Body &b, const Value &g, const Value &cell) {
    b.set(c, cell);
    b.set(h, sigmoid(g[1]) * tanh(cell));
  };
  up.body(leaf, [&](Body &b) {
    Value g = matvec(W, E[b.self(word)], bias);
    finish(b, g, sigmoid(g[0]) * tanh(g[2]));
  });
  up.body(internal, [&](Body &b) {
    Value hs = b.sum(children, [&](const Edge &e) { return e.there(h); });
    Value fc = b.sum(children, [&](const Edge &e) { return sigmoid(matvec(Uf, e.there(h), bf)) * e.there(c); });
    Value g = matvec(U, hs, bias);
    finish(b, g, sigmoid(g[0]) * tanh(g[2]) + fc);
  });
  m.output("root", h);
  return m;
}
