//===- ReductionsTest.cpp - Reductions over neighbours, everywhere --------===//
//
// Every combiner over children, parents and the nodes of a structure, with edge
// inputs, positions and values of the body around; in sweeps of each direction.
//===----------------------------------------------------------------------===//
#include "Execution.h"

#include <array>

using namespace cortex;
using namespace cortex::test;
using namespace cortex::build;

namespace {

class Reductions : public testing::TestWithParam<std::tuple<StructureKind, int64_t>> {
protected:
  StructureKind kind() const { return std::get<0>(GetParam()); }
  int64_t size() const { return std::get<1>(GetParam()); }
  /// A model whose nodes may have any number of children that the kind allows.
  build::Model model() const {
    build::Model m("M", kind());
    m.type("node", 0, kind() == StructureKind::Sequence ? 1 : 4);
    return m;
  }
  static void check(const build::Model &m, uint64_t seed) {
    CheckSettings settings;
    settings.endToEnd = settings.mustShow = false;
    settings.artifact = false;
    expectCorrect(fromBuilder(m), seed, settings);
  }
};

constexpr std::array kAll{Combine::Sum, Combine::Mean, Combine::Prod, Combine::Max, Combine::Min, Combine::Softmax};

TEST_P(Reductions, EveryCombinerOverEachNeighbourhood) {
  for (Neighbours over : {children, parents}) {
    SCOPED_TRACE(over == children ? "children" : "parents");
    build::Model m = model();
    Input x = m.input("x", {size()});
    Sweep s = m.sweep("s", Direction::Map);
    std::vector<State> y;
    for (size_t i = 0; i < kAll.size(); ++i)
      y.push_back(s.state("y" + std::to_string(i), {size()}));
    s.body([&](Body &b) {
      auto results = b.reduce(over, {kAll.begin(), kAll.end()},
                              [&](Edge e) {
                                Value v = e.there(x);
                                return std::vector<Value>{v, v * 2.0, v + 1.0, v, exp(v), sum(v), v};
                              },
                              {0.5, b.self(x), -1.0});
      for (size_t i = 0; i < kAll.size(); ++i)
        b.set(y[i], results[i]);
    });
    m.output("y", y[0]);
    check(m, 71);
  }
}

TEST_P(Reductions, ResultsOfDifferentShapes) {
  build::Model m = model();
  Input x = m.input("x", {3, size()});
  Sweep s = m.sweep("s", Direction::Map);
  State a = s.state("a", {}), v = s.state("v", {size()}), w = s.state("w", {3, size()}), t = s.state("t", {size(), 3});
  s.body([&](Body &b) {
    auto r = b.reduce(children, {Combine::Max, Combine::Sum, Combine::Softmax, Combine::Min},
                      [&](Edge e) {
                        Value z = e.there(x);
                        return std::vector<Value>{max(z), z[1], sum(z[0]), z, transpose(z)};
                      },
                      {0.25, b.self(x), 2.0});
    b.set(a, r[0]);
    b.set(v, r[1]);
    b.set(w, r[2]);
    b.set(t, r[3]);
  });
  m.output("a", a);
  check(m, 72);
}

TEST_P(Reductions, EdgeInputsPositionsAndCaptures) {
  build::Model m = model();
  const int64_t arity = kind() == StructureKind::Sequence ? 1 : 4;
  Input x = m.input("x", {size()}), gain = m.input("gain", Place::Edges, {}),
        shift = m.input("shift", Place::Edges, {size()});
  SymbolInput label = m.symbolInput("label", Place::Edges, 5), kind = m.symbolInput("kind", 7);
  Param byLabel = m.param("byLabel", {5, size()}), byPosition = m.param("byPosition", {arity, size()}),
        byKind = m.param("byKind", {7, size()}), U = m.param("U", {size(), size()});
  Sweep s = m.sweep("s", Direction::Up);
  State h = s.state("h", {size()}), g = s.state("g", {});
  s.body([&](Body &b) {
    Value own = b.self(x), q = matvec(U, own), own2 = sum(own);
    Value r = b.sum(children, [&](Edge e) {
      return e.edge(gain) * e.there(h) + e.edge(shift) * byLabel[e.edge(label)] + byKind[e.there(kind)] * q +
             byPosition[e.position(arity)] * (e.position() + own2);
    });
    Value seen = b.attend(
        children, [&](Edge e) { return Scored{dot(q, e.there(h)) - e.edge(gain), matvec(U, e.there(h))}; }, own);
    Value up = b.mean(parents, [&](Edge e) { return e.there(x) * e.edge(gain) + byLabel[e.edge(label)]; });
    b.set(h, tanh(r + seen + up));
    b.set(g, b.max(children, [&](Edge e) { return e.there(g) + e.edge(gain); }, mean(own)));
  });
  m.output("h", h);
  check(m, 73);
}

TEST_P(Reductions, CapturedMask) {
  build::Model m = model();
  Input x = m.input("x", {size()});
  Sweep s = m.sweep("s", Direction::Map);
  State y = s.state("y", {size()});
  s.body([&](Body &b) {
    Mask positive = greater(b.self(x), 0.0);
    b.set(y, b.sum(children, [&](Edge e) { return select(positive, e.there(x), 0.5); }));
  });
  m.output("y", y);
  check(m, 74);
}

/// Down and up sweeps that read one another, at neighbours too.
TEST_P(Reductions, SweepsOfSweeps) {
  build::Model m = model();
  const int64_t n = size();
  Input x = m.input("x", {n});
  Param U = m.param("U", {n, n}), V = m.param("V", {n, n}), B = m.param("B", {n});
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {n});
  up.body(
      [&](Body &b) { b.set(h, tanh(matvec(U, b.sum(children, [&](Edge e) { return e.there(h); }), B) + b.self(x))); });
  Sweep down = m.sweep("down", Direction::Down);
  State d = down.state("d", {n});
  down.body([&](Body &b) {
    Value above = b.mean(parents, [&](Edge e) { return sigmoid(e.there(h)) * e.there(d); });
    Value below = b.max(children, [&](Edge e) { return e.there(h) * e.there(x); }, -0.25);
    b.set(d, tanh(matvec(V, above) + matvec(U, below) + b.self(h)));
  });
  Sweep hops = m.sweep("hops", Direction::Map);
  State z = hops.state("z", {n});
  hops.body([&](Body &b) {
    Value best = b.max(parents, [&](Edge e) { return matvec(V, e.there(d)); }, 0.0);
    b.set(z, layerNorm(b.prod(children, [&](Edge e) { return 1.0 + 0.25 * e.there(d); }) + best, 0.1));
  });
  m.output("z", z);
  check(m, 75);
}

TEST_P(Reductions, AtStructuresAndRoots) {
  build::Model m = model();
  const int64_t n = size();
  Input x = m.input("x", {n}), whole = m.input("whole", Place::Structures, {n});
  SymbolInput language = m.symbolInput("language", Place::Structures, 6);
  Param byLanguage = m.param("byLanguage", {6, n}), W = m.param("W", {n, n});
  Sweep pool = m.sweep("pool", Direction::Map, Place::Structures);
  State p = pool.state("p", {n}), scale = pool.state("scale", {}), pairs = pool.state("pairs", {2, n});
  pool.body([&](Body &b) {
    auto r = b.reduce(nodes, {kAll.begin(), kAll.end()}, [&](Edge e) {
      Value v = e.there(x) * byLanguage[b.structure(language)];
      return std::vector<Value>{v, v, 1.0 + 0.125 * v, v, v, mean(v), v};
    });
    b.set(p, r[0] + r[1] + r[2] + b.structure(whole));
    b.set(scale, max(r[3]) - min(r[4]));
    b.set(pairs, stack({r[5], r[3]}));
  });
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {n});
  up.body([&](Body &b) {
    Value seen = b.sum(children, [&](Edge e) { return e.there(h) * b.structure(scale); });
    b.set(h, tanh(matvec(W, seen) + b.self(x) + b.structure(pairs)[0] + byLanguage[b.structure(language)]));
  });
  Sweep again = m.sweep("again", Direction::Map, Place::Structures);
  State q = again.state("q", {n});
  again.body([&](Body &b) { b.set(q, b.mean(nodes, [&](Edge e) { return matvec(W, e.there(h)) * b.self(p); })); });
  Sweep head = m.sweep("head", Direction::Map, Place::Roots);
  State y = head.state("y", {n}), k = head.state("k", {});
  head.body([&](Body &b) {
    b.set(y, softmax(matvec(W, b.self(h)) + b.structure(q)));
    b.set(k, b.sum(children, [&](Edge e) { return dot(e.there(h), b.self(x)); }));
  });
  Sweep last = m.sweep("last", Direction::Map, Place::Roots);
  State z = last.state("z", {n});
  last.body([&](Body &b) { b.set(z, b.self(y) * b.self(k)); });
  m.output("z", z);
  m.output("q", q);
  check(m, 76);
}

constexpr const char *kKinds[] = {"Sequence", "Tree", "Dag"};

INSTANTIATE_TEST_SUITE_P(Kinds, Reductions,
                         testing::Combine(testing::Values(StructureKind::Sequence, StructureKind::Tree,
                                                          StructureKind::Dag),
                                          testing::Values(1, 7, 16, 17, 33)),
                         [](const auto &info) {
                           return std::string(kKinds[static_cast<int>(std::get<0>(info.param))]) + "_" +
                                  std::to_string(std::get<1>(info.param));
                         });

} // namespace
