//===- RandomBodiesTest.cpp - Random models -------------------------------===//
//
// Models of random structure kind, types, inputs, sweeps and states, whose
// bodies are random operations of the closed list. Every one is compiled and
// passes the oracle's local check; the bytes do not depend on the number of
// workers, nor on the rest of the batch. A failure prints the seed, with which
// CORTEX_SEED=n runs that model alone and prints its text.
//===----------------------------------------------------------------------===//
#include "Execution.h"

#include <cstdlib>
#include <iostream>

using namespace cortex;
using namespace cortex::test;
using namespace cortex::build;

namespace {

int64_t elementsOf(const Shape &shape) {
  int64_t n = 1;
  for (int64_t size : shape)
    n *= size;
  return n;
}

/// One random model.
class Author {
public:
  explicit Author(uint64_t seed)
      : random(seed), kind(static_cast<StructureKind>(random.below(3))),
        m("Random", kind, random.below(8) == 0 ? DType::F64 : DType::F32) {
    declareTypes();
    for (int64_t i = 1 + random.below(3); i > 0; --i)
      features.push_back({m.input(name("x"), shapes.emplace_back(shape())), shapes.size() - 1});
    for (int64_t i = random.below(3); i > 0; --i)
      edgeFeatures.push_back({m.input(name("e"), Place::Edges, shapes.emplace_back(shape())), shapes.size() - 1});
    word = m.symbolInput("word", kWords);
    label = m.symbolInput("label", Place::Edges, kLabels);
    for (int64_t i = 1 + random.below(3); i > 0; --i)
      writeSweep();
    m.output("out", states.back().state);
  }

  const build::Model &model() const { return m; }

private:
  static constexpr int64_t kWords = 9, kLabels = 5;

  struct Source {
    Input input;
    size_t shape;
  };
  struct Written {
    State state;
    Shape shape;
    Place place;
    size_t sweep;
  };

  /// What a body may read, and what it has computed.
  struct Scope {
    Body &b;
    Direction direction;
    Place place;
    size_t sweep;
    int64_t maxArity; ///< so many children every type of the body may have; -1: no bound
    std::vector<Value> pool;
    const Edge *edge = nullptr;
    Neighbours over = children;
  };

  std::string name(const char *stem) { return stem + std::to_string(names++); }

  void declareTypes() {
    if (kind == StructureKind::Sequence) {
      types.push_back(m.type("cell", 0, 1));
      maxArities = {1};
    } else if (random.below(2)) {
      types.push_back(m.type("node", 0, 3));
      maxArities = {3};
    } else {
      types = {m.type("leaf", 0), m.type("few", 1, 2), m.type("many", 3, any)};
      maxArities = {0, 2, any};
    }
  }

  Shape shape() {
    static constexpr int64_t kSizes[] = {1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 20, 33};
    Shape s(static_cast<size_t>(random.below(6) == 0 ? 0 : random.below(4) == 0 ? 2 : random.below(12) == 0 ? 3 : 1));
    for (size_t i = 0; i < s.size(); ++i)
      s[i] = kSizes[random.below(i + 1 == s.size() ? 12 : 4)];
    return s;
  }

  Value pick(Scope &s) { return s.pool[static_cast<size_t>(random.below(static_cast<int64_t>(s.pool.size())))]; }
  int64_t dim(const Value &v) { return random.below(static_cast<int64_t>(v.shape().size())); }

  /// `v` with another shape.
  Value fit(Value v, const Shape &to) {
    if (v.shape() == to)
      return v;
    const int64_t from = elementsOf(v.shape()), want = elementsOf(to);
    Value flat = v.shape().size() == 1 ? v : reshape(v, {from});
    switch (random.below(4)) {
    case 0:
      return broadcast(random.below(2) ? mean(v) : max(v), to);
    case 1:
      if (want * from <= 2500)
        return reshape(matvec(m.param(name("w"), {want, from}), flat), to);
      [[fallthrough]];
    case 2:
      if ((to.size() == 2 || to.size() == 3) && want * from <= 2500) {
        Shape w = to;
        w.push_back(from);
        return matvec(m.param(name("w"), w), flat);
      }
      [[fallthrough]];
    default: {
      std::vector<Operand> parts;
      for (int64_t have = 0; have < want; have += from)
        parts.emplace_back(flat);
      Value all = parts.size() == 1 ? flat : concat(parts);
      return reshape(slice(all, 0, random.below(elementsOf(all.shape()) - want + 1), want), to);
    }
    }
  }

  Value elementwise(Scope &s) {
    Value v = pick(s);
    switch (random.below(13)) {
    case 0:
      return exp(minimum(v, 2.0));
    case 1:
      return log(abs(v) + 0.5);
    case 2:
      return sqrt(abs(v));
    case 3:
      return tanh(v);
    case 4:
      return sigmoid(v);
    case 5:
      return erf(v);
    case 6:
      return gelu(v);
    case 7:
      return relu(v) - 0.25;
    case 8:
      return v + fit(pick(s), v.shape());
    case 9:
      return v * fit(pick(s), v.shape());
    case 10:
      return v / (abs(fit(pick(s), v.shape())) + 0.75);
    case 11:
      return maximum(v, fit(pick(s), v.shape())) - minimum(v, 0.125);
    default:
      return select(less(v, fit(pick(s), v.shape())), v, random.below(2) ? Operand(0.5) : Operand(tanh(v)));
    }
  }

  Value shaping(Scope &s) {
    Value v = pick(s);
    const Shape sizes = v.shape();
    if (sizes.empty())
      return broadcast(v, shape());
    const int64_t d = dim(v), size = sizes[static_cast<size_t>(d)];
    switch (random.below(8)) {
    case 0:
      return elementsOf(sizes) > 200 ? v : concat({v, tanh(v), v}, d);
    case 1: {
      const int64_t width = 1 + random.below(size);
      return slice(v, d, random.below(size - width + 1), width);
    }
    case 2:
      return v[random.below(sizes[0])];
    case 3: {
      std::vector<int64_t> order(sizes.size());
      for (size_t i = 0; i < order.size(); ++i)
        order[i] = static_cast<int64_t>((i + 1) % order.size());
      return transpose(v, order);
    }
    case 4:
      return reshape(v, {elementsOf(sizes)});
    case 5:
      return elementsOf(sizes) > 200 ? v : stack({v, fit(pick(s), sizes)}, random.below(2));
    case 6:
      return softmax(v, d);
    default:
      return layerNorm(v, 0.25);
    }
  }

  Value reduction(Scope &s) {
    Value v = pick(s);
    if (v.shape().empty())
      return v * 0.5;
    switch (random.below(4)) {
    case 0:
      return sum(v, {dim(v)}) * 0.25;
    case 1:
      return mean(v);
    case 2:
      return max(v, {dim(v)});
    default:
      return min(v, {dim(v)});
    }
  }

  Value product(Scope &s) {
    Value v = pick(s);
    const Shape sizes = v.shape();
    if (sizes.empty() || elementsOf(sizes) > 400)
      return mean(v) + m.param(name("w"), {});
    const int64_t k = sizes.back(), n = 1 + random.below(20);
    if (sizes.size() == 1)
      switch (random.below(6)) {
      case 0:
        return matvec(m.param(name("w"), {n, k}), v, m.param(name("b"), {n}));
      case 1:
        return matvec(m.param(name("w"), {2, n, k}), v);
      case 2:
        return vecmat(v, m.param(name("w"), {k, n}));
      case 3:
        return dot(v, fit(pick(s), {k})) * 0.25;
      case 4:
        return bilinear(v, m.param(name("w"), {3, k, 2}), fit(pick(s), {2}));
      default: {
        Value matrix = fit(pick(s), {3, k});
        return matvec(matrix, v);
      }
      }
    if (sizes.size() == 2)
      switch (random.below(4)) {
      case 0:
        return matmul(v, m.param(name("w"), {k, n}));
      case 1:
        return matmul(m.param(name("w"), {2, sizes[0]}), v);
      case 2:
        return matmul(v, fit(pick(s), {k, 3})) * 0.25;
      default:
        return contract("bik,bk->bi", m.param(name("w"), {sizes[0], 3, k}), v);
      }
    return sizes.size() == 3 ? contract("abk,k->ab", v, m.param(name("w"), {k})) : sum(v, {0}) * 0.5;
  }

  /// A read at this place, or of a parameter.
  Value read(Scope &s) {
    std::vector<const Written *> readable;
    for (const Written &w : states)
      if (w.place == Place::Nodes && w.sweep < s.sweep)
        readable.push_back(&w);
    if (s.edge)
      return readThere(s, readable);
    if (s.place == Place::Structures)
      return m.param(name("p"), shape());
    const auto &[x, xShape] = features[static_cast<size_t>(random.below(static_cast<int64_t>(features.size())))];
    switch (random.below(6)) {
    case 0:
      return m.param(name("E"), withRows(kWords))[s.b.self(word)];
    case 1:
      return m.param(name("p"), shape());
    case 2:
      return s.maxArity ? s.b.child(childOf(s), x, 0.125) : s.b.self(x) * 0.5;
    case 3:
      if (!readable.empty()) {
        const Written &w = *readable[static_cast<size_t>(random.below(static_cast<int64_t>(readable.size())))];
        return random.below(2) || s.maxArity == 0 ? s.b.self(w.state) : s.b.child(0, w.state, 0.25);
      }
      [[fallthrough]];
    case 4:
      for (const Written &w : states)
        if (w.sweep == s.sweep && s.direction == Direction::Up && s.maxArity != 0 && random.below(2))
          return s.b.child(childOf(s), w.state, random.below(2) ? Operand(0.0) : Operand(m.param(name("d"), w.shape)));
      [[fallthrough]];
    default:
      return s.b.self(x);
    }
  }

  int64_t childOf(const Scope &s) { return random.below(s.maxArity == 1 ? 1 : 2); }

  Shape withRows(int64_t rows) {
    Shape s = shape();
    if (s.size() > 2)
      s.pop_back();
    s.insert(s.begin(), rows);
    return s;
  }

  Value readThere(Scope &s, const std::vector<const Written *> &readable) {
    const Edge &e = *s.edge;
    const auto &[x, xShape] = features[static_cast<size_t>(random.below(static_cast<int64_t>(features.size())))];
    switch (s.over == nodes ? 3 + random.below(3) : random.below(6)) {
    case 0:
      return m.param(name("L"), withRows(kLabels))[e.edge(label)];
    case 1:
      if (!edgeFeatures.empty())
        return e.edge(edgeFeatures[static_cast<size_t>(random.below(static_cast<int64_t>(edgeFeatures.size())))].input);
      [[fallthrough]];
    case 2:
      return e.position() * 0.25;
    case 3:
      for (const Written &w : states)
        if (w.sweep == s.sweep && w.place == Place::Nodes &&
            ((s.direction == Direction::Up && s.over == children) ||
             (s.direction == Direction::Down && s.over == parents)))
          return e.there(w.state);
      [[fallthrough]];
    case 4:
      if (!readable.empty())
        return e.there(readable[static_cast<size_t>(random.below(static_cast<int64_t>(readable.size())))]->state);
      [[fallthrough]];
    default:
      return e.there(x);
    }
  }

  Value neighbours(Scope &s) {
    const Neighbours over = s.place == Place::Structures ? nodes : random.below(3) ? children : parents;
    std::vector<Combine> combine{static_cast<Combine>(random.below(6))};
    if (random.below(3) == 0)
      combine.push_back(static_cast<Combine>(random.below(6)));
    std::vector<Operand> otherwise;
    for (Combine c : combine)
      if (over != nodes && (c == Combine::Max || c == Combine::Min || c == Combine::Softmax))
        otherwise.emplace_back(0.5);
    std::vector<Value> results = s.b.reduce(
        over, combine,
        [&](Edge e) {
          Scope inner{s.b, s.direction, s.place, s.sweep, s.maxArity, s.pool, &e, over};
          if (inner.pool.size() > 2) // seldom anything of the body around
            inner.pool.resize(2);
          inner.pool.push_back(read(inner));
          inner.pool.push_back(read(inner));
          for (int64_t i = random.below(4); i > 0; --i)
            inner.pool.push_back(operation(inner));
          std::vector<Value> values;
          for (Combine c : combine) {
            if (c == Combine::Softmax)
              values.push_back(mean(inner.pool.back()));
            Value v = values.empty() ? inner.pool.back() : pick(inner);
            values.push_back(c == Combine::Prod ? 1.0 + 0.25 * tanh(v) : v);
          }
          return values;
        },
        otherwise);
    return results[static_cast<size_t>(random.below(static_cast<int64_t>(results.size())))];
  }

  Value operation(Scope &s) {
    switch (random.below(s.edge ? 9 : 12)) {
    case 0:
    case 1:
    case 2:
      return elementwise(s);
    case 3:
    case 4:
      return shaping(s);
    case 5:
      return reduction(s);
    case 6:
    case 7:
      return product(s);
    case 8:
      return read(s);
    default:
      return neighbours(s);
    }
  }

  void writeBody(Scope &s) {
    if (s.place == Place::Structures)
      s.pool = {neighbours(s), neighbours(s)};
    else
      s.pool = {read(s), read(s), read(s)};
    if (s.direction != Direction::Map)
      s.pool.push_back(neighbours(s));
    for (int64_t i = 4 + random.below(9); i > 0; --i)
      s.pool.push_back(operation(s));
    for (const Written &w : states)
      if (w.sweep == s.sweep) {
        Value v = fit(random.below(2) ? s.pool.back() : pick(s), w.shape);
        s.b.set(w.state, random.below(3) ? tanh(v) : v);
      }
  }

  void writeSweep() {
    const bool atStructures = sweeps > 0 && random.below(4) == 0;
    const Place place = atStructures ? Place::Structures : Place::Nodes;
    const Direction direction = atStructures ? Direction::Map : static_cast<Direction>(random.below(3));
    Sweep sweep = m.sweep(name("sweep"), direction, place);
    for (int64_t i = 1 + random.below(3); i > 0; --i) {
      const Shape s = shape();
      states.push_back({sweep.state(name("s"), s), s, place, sweeps});
    }
    auto body = [&](Body &b, int64_t maxArity) {
      Scope scope{b, direction, place, sweeps, maxArity, {}};
      writeBody(scope);
    };
    if (atStructures || random.below(2))
      sweep.body([&](Body &b) { body(b, maxArities.size() > 1 ? 0 : maxArities[0]); });
    else
      for (size_t i = 0; i < types.size(); ++i)
        sweep.body(types[i], [&](Body &b) { body(b, maxArities[i]); });
    ++sweeps;
  }

  reference::Random random;
  StructureKind kind;
  build::Model m;
  int64_t names = 0;
  size_t sweeps = 0;
  std::vector<Type> types;
  std::vector<int64_t> maxArities;
  std::vector<Shape> shapes;
  std::vector<Source> features, edgeFeatures;
  SymbolInput word, label;
  std::vector<Written> states;
};

void expectSoundModel(uint64_t seed) {
  SCOPED_TRACE(testing::Message() << "seed " << seed << " (CORTEX_SEED=" << seed << " runs it alone)");
  const Author author(seed);
  std::string error;
  ASSERT_TRUE(author.model().verify(error)) << error;
  if (std::getenv("CORTEX_SEED"))
    std::cout << author.model().text() << '\n';
  try {
    const Source source = fromBuilder(author.model());
    const Subject subject(*source.module, hostOptions());
    const reference::Params params = reference::randomParams(subject.model(), seed);
    const cortex::Model model = subject.prepare(subject.inProcess(), params);
    Session one = subject.session(model, 1), two = subject.session(model, 2);
    const Given batch = given(subject, params, {reference::Shape::Mixed, 5, 11}, seed);
    const std::vector<Output> outputs = subject.run(one, batch.batch);
    expectAgrees(subject, params, batch, outputs, /*endToEnd=*/false);
    EXPECT_EQ(cli::firstDifference(outputs, subject.run(two, batch.batch)), "") << "2 workers";
    for (size_t s = 0; s < batch.batch.structures(); ++s) {
      const io::Batch alone = batch.batch.slice(s, s + 1);
      EXPECT_EQ(cli::firstDifference(batch.batch, outputs, s, alone, subject.run(one, alone), 0), "")
          << "structure " << s << " alone";
    }
  } catch (const std::exception &failure) {
    ADD_FAILURE() << failure.what();
  }
}

constexpr uint64_t kGroups = 12, kGroup = 10;

class RandomBodies : public testing::TestWithParam<uint64_t> {};

TEST_P(RandomBodies, AgreeWithTheOracle) {
  const char *only = std::getenv("CORTEX_SEED");
  for (uint64_t round = 0; round < (full() ? 20 : 1); ++round)
    for (uint64_t i = 0; i < kGroup; ++i) {
      const uint64_t seed = (round * kGroups + GetParam()) * kGroup + i;
      if (!only || std::to_string(seed) == only)
        expectSoundModel(seed);
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomBodies, testing::Range<uint64_t>(0, kGroups));

} // namespace
