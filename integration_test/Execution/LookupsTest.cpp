//===- LookupsTest.cpp - Symbols of every place in tables of every stage --===//
#include "Execution.h"

using namespace cortex;
using namespace cortex::test;
using namespace cortex::build;

namespace {

class Lookups : public testing::TestWithParam<int64_t> {
protected:
  static void check(const build::Model &m, uint64_t seed, double tables = 4) {
    CheckSettings settings;
    settings.endToEnd = settings.artifact = settings.mustShow = false;
    CompileOptions options = hostOptions();
    options.schedule.tables = tables;
    expectCorrect(fromBuilder(m), seed, settings, options);
  }
};

/// The same symbol input at the node, at children, at neighbours: only the node's own may be a table's key.
TEST_P(Lookups, OneSymbolAtSeveralPlaces) {
  const int64_t n = GetParam();
  build::Model m("M", StructureKind::Tree);
  Type leaf = m.type("leaf", 0), pair = m.type("pair", 2, 3);
  SymbolInput word = m.symbolInput("word", 7), language = m.symbolInput("language", Place::Structures, 3);
  Param E = m.param("E", {7, n}), U = m.param("U", {n, n}), L = m.param("L", {3, n});
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {n});
  auto meaning = [&](const Symbol &s) { return tanh(matvec(U, E[s])); };
  up.body(leaf, [&](Body &b) { b.set(h, meaning(b.self(word)) * sigmoid(L[b.structure(language)])); });
  up.body(pair, [&](Body &b) {
    Value others = b.sum(children, [&](Edge e) { return meaning(e.there(word)) * e.there(h); });
    b.set(h, meaning(b.self(word)) + meaning(b.child(0, word)) * meaning(b.child(1, word)) + others);
  });
  m.output("h", h);
  check(m, 91);
  check(m, 91, /*tables=*/0);
}

/// Tables that are computed: from parameters alone, and from what the node itself knows.
TEST_P(Lookups, ComputedTables) {
  const int64_t n = GetParam();
  build::Model m("M", StructureKind::Dag);
  m.type("node", 0, 4);
  SymbolInput word = m.symbolInput("word", 5);
  Input x = m.input("x", {n});
  Param E = m.param("E", {5, n}), scale = m.param("scale", {5, 1}), W = m.param("W", {4, n, n}),
        V = m.param("V", {n, 5}), M = m.param("M", {5, n, n}), S = m.param("S", {n, 3});
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {n}), g = up.state("g", {});
  up.body([&](Body &b) {
    Value rows = tanh(E * scale), columns = transpose(V), matrices = M * 0.5 + 0.125;
    Symbol own = b.self(word);
    Value gates = sigmoid(matvec(W, b.self(x))); // (4, n): one per place in the list of children
    Value kept = b.sum(children, [&](Edge e) { return gates[e.position(4)] * e.there(h); });
    Value there = b.max(children, [&](Edge e) { return rows[e.there(word)] * columns[e.there(word)]; }, 0.0);
    b.set(h, tanh(rows[own] + columns[own] * kept + matvec(matrices[own], b.self(x)) + there));
    // One number of a vector that the node computed.
    b.set(g, softmax(matvec(columns, b.self(x)))[own] + sum(transpose(S)[0]));
  });
  m.output("h", h);
  check(m, 92);
  check(m, 92, /*tables=*/0);
}

/// Slices and sums of looked-up rows, which passes may move before the look-up.
TEST_P(Lookups, PartsOfRows) {
  const int64_t n = GetParam();
  build::Model m("M", StructureKind::Tree);
  m.type("node", 0, 2);
  SymbolInput word = m.symbolInput("word", 6), tag = m.symbolInput("tag", 3);
  Param E = m.param("E", {6, 2 * n + 1}), F = m.param("F", {3, n, 2}), bias = m.param("bias", {n});
  Sweep s = m.sweep("s", Direction::Map);
  State y = s.state("y", {n}), z = s.state("z", {2, n});
  s.body([&](Body &b) {
    Value e = E[b.self(word)], f = F[b.self(tag)];
    b.set(y, slice(e, 0, 1, n) * exp(slice(e, 0, n, n)) + sum(f, {1}) + bias);
    b.set(z, transpose(f) + select(less(e[0], e[2 * n]), slice(e, 0, n + 1, n), 0.5));
  });
  m.output("y", y);
  check(m, 93);
}

/// A symbol that selects a matrix for a product, alone and beside another with the same or another key.
TEST_P(Lookups, MatricesBySymbol) {
  const int64_t n = GetParam();
  build::Model m("M", StructureKind::Dag);
  Type leaf = m.type("leaf", 0), node = m.type("node", 1, any);
  SymbolInput kind = m.symbolInput("kind", 4), other = m.symbolInput("other", 3),
              road = m.symbolInput("road", Place::Edges, 2);
  Input x = m.input("x", {n});
  Param W = m.param("W", {4, n, n}), U = m.param("U", {4, 2, n, n}), V = m.param("V", {3, n, n}),
        R = m.param("R", {2, n, n}), b4 = m.param("b4", {4, n});
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {n});
  up.body(leaf, [&](Body &b) { b.set(h, tanh(matvec(W[b.self(kind)], b.self(x), b4[b.self(kind)]))); });
  up.body(node, [&](Body &b) {
    Value s = b.mean(children, [&](Edge e) { return matvec(R[e.edge(road)], e.there(h)); });
    Value g = matvec(U[b.self(kind)], s);
    b.set(h, tanh(matvec(W[b.self(kind)], s) + sigmoid(g[0]) * matvec(V[b.self(other)], b.self(x)) + g[1]));
  });
  Sweep down = m.sweep("down", Direction::Down);
  State d = down.state("d", {n});
  down.body([&](Body &b) {
    Value above = b.sum(parents, [&](Edge e) { return e.there(d); });
    b.set(d, tanh(matvec(V[b.self(other)], above) + b.self(h)));
  });
  m.output("h", h);
  m.output("d", d);
  check(m, 94);
}

INSTANTIATE_TEST_SUITE_P(Sizes, Lookups, testing::Values(1, 7, 16, 17, 33));

} // namespace
