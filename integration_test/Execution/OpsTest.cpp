//===- OpsTest.cpp - Every operation, in several sizes and places ---------===//
//
// One model per size and kind of operand; one state per operation, so that a
// failure names the operation. Sizes are around the width of a vector: the code
// generator treats whole panels, short panels and single units apart.
//===----------------------------------------------------------------------===//
#include "Execution.h"

using namespace cortex;
using namespace cortex::test;
using namespace cortex::build;

namespace {

/// Where an operation's operands come from: each has its own way through lowering.
enum class From {
  Loads,     ///< inputs of the node, as they lie in memory
  Computed,  ///< elementwise values of the node
  Absent,    ///< inputs of a child that may be absent
  Recursive, ///< values that depend on the children's states
  Edges      ///< inputs of a neighbour, inside a reduction over children
};
constexpr const char *kNames[] = {"Loads", "Computed", "Absent", "Recursive", "Edges"};

/// Makes operands for operations.
class Operands {
public:
  /// `count` numbers the model's inputs and parameters.
  Operands(build::Model &m, Body &b, From from, const State &carried, const Edge *edge, int &count)
      : m(m), b(b), from(from), carried(carried), edge(edge), count(count) {}

  /// A fresh tensor that differs from row to row.
  Value row(const Shape &shape) {
    Input x = m.input("x" + std::to_string(count++), shape);
    switch (from) {
    case From::Loads:
      return b.self(x);
    case From::Computed:
      return tanh(b.self(x)) * 1.25;
    case From::Absent:
      return b.child(1, x, 0.25);
    case From::Recursive:
      return b.self(x) + b.child(0, carried, 0.125);
    case From::Edges:
      return edge->there(x);
    }
    return {};
  }
  Value weight(const Shape &shape) { return m.param("w" + std::to_string(count++), shape); }

private:
  build::Model &m;
  Body &b;
  From from;
  const State &carried;
  const Edge *edge;
  int &count;
};

struct Op {
  std::string name;
  Shape result;
  std::function<Value(Operands &)> apply;
};
using Ops = std::vector<Op>;

void addElementwise(Ops &ops, int64_t n) {
  const Shape s{n}, m{3, n};
  ops.push_back({"arithmetic", s, [=](Operands &o) {
                   return (o.row(s) + o.row(s)) * o.row(s) - o.row(s) / (abs(o.row(s)) + 0.5) + -o.row(s);
                 }});
  ops.push_back({"exp", s, [=](Operands &o) { return exp(o.row(s)); }});
  ops.push_back({"log", s, [=](Operands &o) { return log(abs(o.row(s)) + 0.125); }});
  ops.push_back({"sqrt", m, [=](Operands &o) { return sqrt(abs(o.row(m))); }});
  ops.push_back({"tanh", s, [=](Operands &o) { return tanh(o.row(s) * 3.0); }});
  ops.push_back({"sigmoid", m, [=](Operands &o) { return sigmoid(o.row(m)); }});
  ops.push_back({"erf", s, [=](Operands &o) { return erf(o.row(s)); }});
  ops.push_back({"gelu", s, [=](Operands &o) { return gelu(o.row(s)); }});
  ops.push_back({"maxmin", s, [=](Operands &o) { return maximum(o.row(s), 0.25) - minimum(o.row(s), o.row(s)); }});
  ops.push_back({"relu", m, [=](Operands &o) { return relu(o.row(m)); }});
  ops.push_back({"select", s, [=](Operands &o) {
                   Value x = o.row(s), y = o.row(s);
                   return select(less(x, y), x, 1.0) + select(greaterEqual(x, 0.0), y, o.row({})) +
                          select(equal(x, x), 1.0, y) + select(notEqual(y, y), 1.0, 0.5) +
                          select(lessEqual(x, y), 2.0, y) + select(greater(y, x), y, x);
                 }});
  ops.push_back(
      {"maskOfScalars", s, [=](Operands &o) { return select(less(o.row({}), o.row({})), o.row(s), o.row(s)); }});
  ops.push_back({"maskOfSums", m,
                 [=](Operands &o) { return select(greater(sum(o.row(s)), mean(o.row(m))), o.row(m), o.row(s)); }});
  ops.push_back({"broadcasts", m,
                 [=](Operands &o) { return o.row({3, 1}) * o.row({1, n}) + o.row({}) * o.row(s) + o.row({1, 1}); }});
  ops.push_back({"broadcastOfComputed", m, [=](Operands &o) { return exp(o.row({3, 1})) - tanh(o.row({n})); }});
  ops.push_back({"scalar", {}, [=](Operands &o) { return tanh(o.row({})) + o.row({}); }});
  ops.push_back({"constant", s, [=](Operands &o) { return broadcast(o.row({}), s) * 0.0 + 2.5; }});
}

void addShapes(Ops &ops, int64_t n) {
  const Shape s{n};
  ops.push_back({"concat0", {3 * n + 2}, [=](Operands &o) { return concat({o.row(s), o.row({2}), o.row({2 * n})}); }});
  ops.push_back({"concatOfMany", {5 * n}, [=](Operands &o) {
                   return concat({o.row(s), tanh(o.row(s)), o.row(s) + o.row({}), o.row(s), softmax(o.row(s))});
                 }});
  ops.push_back({"concatRows", {5, n}, [=](Operands &o) { return concat({o.row({2, n}), o.row({3, n})}, 0); }});
  ops.push_back({"concatLast", {3, 2 * n + 1}, [=](Operands &o) {
                   return concat({o.row({3, n}), o.row({3, 1}), exp(o.row({3, n}))}, -1);
                 }});
  ops.push_back(
      {"concatRank3", {2, 3, n + 2}, [=](Operands &o) { return concat({o.row({2, 3, n}), o.row({2, 3, 2})}, 2); }});
  ops.push_back({"stack0", {3, n}, [=](Operands &o) { return stack({o.row(s), o.row(s), o.row(s)}); }});
  ops.push_back({"stackLast", {n, 3}, [=](Operands &o) { return stack({o.row(s), tanh(o.row(s)), o.row(s)}, -1); }});
  ops.push_back({"stackScalars", {3}, [=](Operands &o) { return stack({o.row({}), sum(o.row(s)), o.row({})}); }});
  ops.push_back({"index", s, [=](Operands &o) { return o.row({3, n})[2] + o.row({3, n})[0]; }});
  ops.push_back({"element", {}, [=](Operands &o) { return o.row(s)[n - 1] * o.row({2, n})[1][0]; }});
  ops.push_back({"slice0", {n}, [=](Operands &o) { return slice(o.row({2 * n + 3}), 0, n + 1, n); }});
  ops.push_back({"sliceLast", {3, n}, [=](Operands &o) { return slice(o.row({3, n + 5}), -1, 3, n); }});
  ops.push_back({"sliceRows", {2, n}, [=](Operands &o) { return slice(o.row({4, n}), 0, 1, 2); }});
  ops.push_back({"sliceColumn", {3, 1}, [=](Operands &o) { return slice(o.row({3, n}), 1, n / 2, 1); }});
  ops.push_back(
      {"sliceOfConcat", {n}, [=](Operands &o) { return slice(concat({o.row(s), exp(o.row(s))}), 0, (n + 1) / 2, n); }});
  ops.push_back({"reshapeSplit", {2, n}, [=](Operands &o) { return reshape(o.row({2 * n}), {2, n}); }});
  ops.push_back({"reshapeJoin", {3 * n}, [=](Operands &o) { return reshape(o.row({3, n}), {3 * n}); }});
  ops.push_back({"reshapeMix", {3, 2 * n}, [=](Operands &o) { return reshape(o.row({2 * n, 3}), {3, 2 * n}); }});
  ops.push_back({"reshapeOnes", {1, n, 1}, [=](Operands &o) { return reshape(tanh(o.row(s)), {1, n, 1}); }});
  ops.push_back({"reshapeOfReshape", {n, 2, 3}, [=](Operands &o) {
                   return reshape(exp(reshape(o.row({6 * n}), {3, n, 2})), {n, 2, 3});
                 }});
  ops.push_back({"transpose", {n, 3}, [=](Operands &o) { return transpose(o.row({3, n})); }});
  ops.push_back({"transposeTwice", {3, n}, [=](Operands &o) {
                   return transpose(exp(transpose(o.row({3, n}))) + o.row({n, 3}));
                 }});
  ops.push_back({"permute120", {n, 3, 2}, [=](Operands &o) { return transpose(o.row({2, n, 3}), {1, 2, 0}); }});
  ops.push_back({"permute102", {3, 2, n}, [=](Operands &o) { return transpose(o.row({2, 3, n}), {1, 0, 2}); }});
  ops.push_back({"permute210", {n, 3, 2}, [=](Operands &o) { return transpose(o.row({2, 3, n}), {2, 1, 0}); }});
  ops.push_back({"broadcastRows", {3, n}, [=](Operands &o) { return broadcast(o.row(s), {3, n}); }});
  ops.push_back({"broadcastColumns", {n, 3}, [=](Operands &o) { return broadcast(o.row({n, 1}), {n, 3}); }});
  ops.push_back({"outer", {n, 3}, [=](Operands &o) { return outer(o.row(s), o.row({3})); }});
}

void addReductions(Ops &ops, int64_t n) {
  const Shape s{n}, m{3, n}, t{2, 3, n};
  ops.push_back({"sum", {}, [=](Operands &o) { return sum(o.row(s)) + sum(o.row(m)) + sum(o.row(t)); }});
  ops.push_back({"sum0", s, [=](Operands &o) { return sum(o.row(m), {0}); }});
  ops.push_back({"sum1", {3}, [=](Operands &o) { return sum(o.row(m), {1}); }});
  ops.push_back({"sumMiddle", {2, n}, [=](Operands &o) { return sum(o.row(t), {1}); }});
  ops.push_back({"sumOuterTwo", s, [=](Operands &o) { return sum(o.row(t), {0, 1}); }});
  ops.push_back({"sumEnds", {3}, [=](Operands &o) { return sum(o.row(t), {0, 2}); }});
  ops.push_back({"sumColumn", {n}, [=](Operands &o) { return sum(o.row({n, 3}), {1}); }});
  ops.push_back({"mean", {3}, [=](Operands &o) { return mean(o.row(m), {-1}) + mean(o.row(s)); }});
  ops.push_back({"max", {2, 3}, [=](Operands &o) { return max(o.row(t), {-1}); }});
  ops.push_back({"max0", {3, n}, [=](Operands &o) { return max(o.row(t), {0}) - max(o.row(s)); }});
  ops.push_back({"min", {}, [=](Operands &o) { return min(o.row(t)) * min(o.row(s) + 1.0); }});
  ops.push_back({"softmax", s, [=](Operands &o) { return softmax(o.row(s)); }});
  ops.push_back({"softmaxRows", m, [=](Operands &o) { return softmax(o.row(m) * 3.0); }});
  ops.push_back({"softmaxColumns", m, [=](Operands &o) { return softmax(o.row(m), 0); }});
  ops.push_back({"layerNorm", s, [=](Operands &o) { return layerNorm(o.row(s), o.weight(s), o.weight(s), 0.01); }});
  ops.push_back({"layerNormRows", m, [=](Operands &o) { return layerNorm(o.row(m), 0.1); }});
}

void addProducts(Ops &ops, int64_t n) {
  const Shape s{n};
  ops.push_back(
      {"matvec", {n + 2}, [=](Operands &o) { return matvec(o.weight({n + 2, n}), o.row(s), o.weight({n + 2})); }});
  ops.push_back(
      {"matvecGates", {3, n}, [=](Operands &o) { return matvec(o.weight({3, n, 5}), o.row({5}), o.row({3, n})); }});
  ops.push_back({"matvecManyGates", {8, n}, [=](Operands &o) { return matvec(o.weight({8, n, 3}), o.row({3})); }});
  ops.push_back({"matvecGroups", {2, 3, n}, [=](Operands &o) { return matvec(o.weight({2, 3, n, 4}), o.row({4})); }});
  ops.push_back({"chained", s, [=](Operands &o) {
                   return matvec(o.weight({n, 3}), o.row({3}), matvec(o.weight({n, n}), o.row(s), o.weight(s)));
                 }});
  ops.push_back({"sumOfProducts", s, [=](Operands &o) {
                   Value x = o.row(s);
                   return matvec(o.weight({n, n}), x) + tanh(matvec(o.weight({n, n}), x)) + vecmat(x, o.weight({n, n}));
                 }});
  ops.push_back({"matvecOfRows", {3}, [=](Operands &o) { return matvec(o.row({3, n}), o.row(s)); }});
  ops.push_back({"matvecRowMatrix", {n}, [=](Operands &o) { return matvec(o.row({n, 3}), o.weight({3})); }});
  ops.push_back({"vecmat", {n + 1}, [=](Operands &o) { return vecmat(o.row({4}), o.weight({4, n + 1})); }});
  ops.push_back({"vecmatOfRows", {n}, [=](Operands &o) { return vecmat(o.row({4}), o.row({4, n}), o.row({})); }});
  ops.push_back({"matmulWeightRow", {4, n}, [=](Operands &o) { return matmul(o.weight({4, 3}), o.row({3, n})); }});
  ops.push_back({"matmulRowWeight", {3, n}, [=](Operands &o) { return matmul(o.row({3, 4}), o.weight({4, n})); }});
  ops.push_back(
      {"matmulRows", {3, n}, [=](Operands &o) { return matmul(o.row({3, 4}), o.row({4, n}), o.weight({n})); }});
  ops.push_back({"matmulTall", {n, 3}, [=](Operands &o) { return matmul(o.row({n, n}), o.weight({n, 3})); }});
  ops.push_back(
      {"matmulWeights", {3, n}, [=](Operands &o) { return matmul(o.weight({3, 4}), o.weight({4, n})) + o.row({}); }});
  ops.push_back({"bilinear", {3}, [=](Operands &o) { return bilinear(o.row(s), o.weight({3, n, 4}), o.row({4})); }});
  ops.push_back({"bilinearWide", {n}, [=](Operands &o) {
                   return bilinear(o.row({3}), o.weight({n, 3, 2}), o.row({2}), o.weight({n}));
                 }});
  ops.push_back({"dot", {}, [=](Operands &o) { return dot(o.row(s), o.row(s)) + dot(o.weight(s), o.row(s)); }});
  ops.push_back(
      {"batched", {3, n}, [=](Operands &o) { return contract("bik,bk->bi", o.weight({3, n, 4}), o.row({3, 4})); }});
  ops.push_back(
      {"batchedRows", {2, n}, [=](Operands &o) { return contract("bik,bk->bi", o.row({2, n, 3}), o.row({2, 3})); }});
  ops.push_back({"transposedResult", {n, 3}, [=](Operands &o) {
                   return contract("gik,k->ig", o.weight({3, n, 4}), o.row({4}));
                 }});
  ops.push_back(
      {"transposedOperand", {n, 3}, [=](Operands &o) { return contract("ki,kj->ij", o.row({4, n}), o.row({4, 3})); }});
  ops.push_back(
      {"twoReduced", {n}, [=](Operands &o) { return contract("ajb,ab->j", o.weight({3, n, 4}), o.row({3, 4})); }});
  ops.push_back({"twoReducedSwapped", {n}, [=](Operands &o) {
                   return contract("iab,ba->i", o.weight({n, 3, 4}), o.row({4, 3}));
                 }});
  ops.push_back({"full", {}, [=](Operands &o) { return contract("ij,ij->", o.row({3, n}), o.weight({3, n})); }});
  ops.push_back({"fullTransposed", {}, [=](Operands &o) { return contract("ij,ji->", o.row({3, n}), o.row({n, 3})); }});
  ops.push_back({"ofSlices", s, [=](Operands &o) {
                   Value W = o.weight({n, 6}), x = o.row({9});
                   return matvec(W, slice(x, 0, 2, 6)) + matvec(slice(W, 1, 1, 4), slice(x, 0, 5, 4));
                 }});
  ops.push_back({"ofConcat", s, [=](Operands &o) {
                   return matvec(o.weight({n, n + 5}), concat({o.row(s), tanh(o.row({3})), o.row({2})}));
                 }});
  ops.push_back(
      {"ofTransposedWeight", s, [=](Operands &o) { return matvec(transpose(o.weight({4, n})), o.row({4})); }});
  ops.push_back({"ofProduct", {3}, [=](Operands &o) {
                   return matvec(o.weight({3, n}), tanh(matvec(o.weight({n, 4}), o.row({4}))));
                 }});
}

using Case = std::tuple<int64_t, From>;
class Operations : public testing::TestWithParam<Case> {};

/// A model with one state per operation, over operands of one kind.
build::Model modelOf(const Ops &ops, From from, DType type) {
  build::Model m("M", StructureKind::Tree, type);
  m.type("node", 0, 3);
  Sweep sweep = m.sweep("s", from == From::Recursive ? Direction::Up : Direction::Map);
  State carried = sweep.state("carried", {});
  std::vector<State> states;
  for (const Op &op : ops)
    states.push_back(sweep.state(op.name, op.result));
  Input own = m.input("own", {});
  int count = 0;
  sweep.body([&](Body &b) {
    b.set(carried, tanh(b.self(own)));
    for (size_t i = 0; i < ops.size(); ++i) {
      Value value;
      if (from == From::Edges) {
        value = b.sum(children, [&](Edge e) {
          Operands operands(m, b, from, carried, &e, count);
          return ops[i].apply(operands);
        });
      } else {
        Operands operands(m, b, from, carried, nullptr, count);
        value = ops[i].apply(operands);
      }
      b.set(states[i], value);
    }
  });
  m.output("first", states.front());
  return m;
}

void expectOps(void (*add)(Ops &, int64_t), const Case &parameter, DType type = DType::F32) {
  const auto &[size, from] = parameter;
  Ops ops;
  add(ops, size);
  CheckSettings settings;
  settings.workers = {1, 3};
  settings.artifact = settings.endToEnd = settings.mustShow = false;
  expectCorrect(fromBuilder(modelOf(ops, from, type)), 61, settings);
}

TEST_P(Operations, Elementwise) {
  expectOps(addElementwise, GetParam());
}
TEST_P(Operations, Shapes) {
  expectOps(addShapes, GetParam());
}
TEST_P(Operations, Reductions) {
  expectOps(addReductions, GetParam());
}
TEST_P(Operations, Products) {
  expectOps(addProducts, GetParam());
}
TEST_P(Operations, DoublePrecision) {
  if (!full() && std::get<0>(GetParam()) != 7)
    GTEST_SKIP() << "only with CORTEX_FULL=1";
  expectOps(addElementwise, GetParam(), DType::F64);
  expectOps(addShapes, GetParam(), DType::F64);
  expectOps(addReductions, GetParam(), DType::F64);
  expectOps(addProducts, GetParam(), DType::F64);
}

INSTANTIATE_TEST_SUITE_P(Sizes, Operations,
                         testing::Combine(testing::Values(1, 7, 16, 17, 33),
                                          testing::Values(From::Loads, From::Computed, From::Absent, From::Recursive,
                                                          From::Edges)),
                         [](const auto &info) {
                           return std::string(kNames[static_cast<int>(std::get<1>(info.param))]) + "_" +
                                  std::to_string(std::get<0>(info.param));
                         });

} // namespace
