#include "Author.h"

using namespace cortex;
using namespace cortex::build;

namespace cortex::fuzz {

int64_t elementsOf(const Shape &shape) {
  int64_t n = 1;
  for (int64_t size : shape)
    n *= size;
  return n;
}

Author::Author(uint64_t seed)
    : random(seed), kind(static_cast<StructureKind>(random.below(3))), size(oneIn(8) ? 1 + oneIn(4) : 0),
      m("Random", kind, oneIn(5) ? DType::F64 : DType::F32) {
  declareTypes();
  declareInputs();
  for (int64_t i = size == 0 ? pickFrom({1, 1, 1, 1, 2, 2, 3, 4}) : 1 + random.below(4); i > 0; --i)
    writeSweep();
  m.output("out", states.back().state);
}

void Author::declareTypes() {
  auto declare = [&](const char *name, int64_t least, int64_t most) {
    types.push_back(m.type(name, least, most));
    maxArities.push_back(most);
  };
  if (kind == StructureKind::Sequence) {
    declare("cell", 0, 1);
    if (oneIn(3)) // told apart by whoever runs the model
      declare("other", 0, 1);
    return;
  }
  switch (random.below(6)) {
  case 0:
    return declare("node", 0, oneIn(2) ? 3 : 5);
  case 1:
    declare("leaf", 0, 0);
    return declare("pair", 2, 2);
  case 2:
    declare("leaf", 0, 0);
    declare("few", 1, 2);
    return declare("many", 3, any);
  case 3:
    declare("variable", 0, 0);
    declare("constant", 0, 0);
    return declare("function", 1, 4);
  case 4:
    declare("leaf", 0, 0);
    declare("one", 1, 1);
    declare("two", 2, 2);
    return declare("more", 3, 5);
  default:
    declare("zero", 0, 0);
    declare("one", 1, 1);
    declare("two", 1, 2);
    declare("three", 2, 3);
    return declare("five", 0, 5);
  }
}

void Author::declareInputs() {
  for (int64_t i = 1 + random.below(2); i > 0; --i)
    features.push_back(m.input(name("x"), shape()));
  for (int64_t i = random.below(3); i > 0; --i)
    edgeFeatures.push_back(m.input(name("e"), Place::Edges, shape()));
  for (int64_t i = random.below(2); i > 0; --i)
    structureFeatures.push_back(m.input(name("g"), Place::Structures, shape()));
  for (size_t type = 0; type < types.size(); ++type)
    if (oneIn(4))
      typeFeatures.emplace_back(type, m.input(name("t"), shape(), {types[type]}));
  words = pickFrom({1, 2, 5, 9, 9, 23, 61});
  tags = pickFrom({2, 3, 3, 7});
  labels = pickFrom({1, 4, 5});
  word = m.symbolInput("word", words);
  tag = m.symbolInput("tag", tags);
  label = m.symbolInput("label", Place::Edges, labels);
  topic = m.symbolInput("topic", Place::Structures, tags);
}

/// A number of units: mostly small, around the lengths of vectors, and seldom anything up to 300.
int64_t Author::width() {
  if (!oneIn(12))
    return pickFrom({1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 15, 16, 17, 20, 23, 31, 32, 33});
  if (oneIn(2))
    return 1 + random.below(300);
  return pickFrom({37, 47, 61, 64, 67, 97, 101, 127, 128, 131, 149, 211, 256, 257, 293, 300});
}

Shape Author::shape() {
  const int64_t kind = random.below(24);
  Shape s(kind < 4 ? 0 : kind < 16 ? 1 : kind < 22 ? 2 : 3);
  for (int64_t &extent : s)
    extent = pickFrom({1, 2, 3, 5});
  if (s.size() == 1)
    s[0] = width();
  else if (!s.empty())
    s.back() = pickFrom({1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 20, 31, 33});
  return s;
}

/// A sweep over nodes or, once there is something to read, at roots or structures.
void Author::writeSweep() {
  Place place = Place::Nodes;
  if (sweeps > 0 && oneIn(3))
    place = oneIn(2) ? Place::Roots : Place::Structures;
  const Direction direction = place == Place::Nodes ? static_cast<Direction>(random.below(3)) : Direction::Map;
  Sweep sweep = m.sweep(name("sweep"), direction, place);
  for (int64_t i = size == 0 ? pickFrom({1, 1, 2, 3}) : 1 + random.below(3); i > 0; --i) {
    const Shape s = shape();
    states.push_back({sweep.state(name("s"), s), s, place, sweeps});
  }
  auto body = [&](Body &b, int64_t maxArity, int64_t type) {
    Scope scope{b, direction, place, sweeps, maxArity, type, {}};
    if (direction == Direction::Up && maxArity == 0 && type >= 0 && oneIn(2))
      writeLeaf(scope);
    else
      writeBody(scope);
  };
  if (place == Place::Structures || oneIn(2))
    sweep.body([&](Body &b) { body(b, maxArities.size() > 1 ? 0 : maxArities[0], types.size() > 1 ? -1 : 0); });
  else
    for (size_t i = 0; i < types.size(); ++i)
      sweep.body(types[i], [&](Body &b) { body(b, maxArities[i], static_cast<int64_t>(i)); });
  ++sweeps;
}

/// One that is known by its word: its states depend on nothing else.
void Author::writeLeaf(Scope &s) {
  for (const Written &w : states)
    if (w.sweep == s.sweep) {
      Shape rows = w.shape.size() > 2 || elementsOf(w.shape) * words > 4000 ? Shape{7} : w.shape;
      rows.insert(rows.begin(), words);
      s.b.set(w.state, tanh(fit(param(rows)[s.b.self(word)], w.shape)));
    }
}

void Author::writeBody(Scope &s) {
  if (s.place == Place::Structures)
    s.pool = {neighbours(s), neighbours(s)};
  else
    s.pool = {read(s), read(s)};
  if (size > 0 && s.place != Place::Structures)
    s.pool.push_back(read(s));
  if (s.direction != Direction::Map)
    s.pool.push_back(neighbours(s));
  const int64_t operations[] = {1 + random.below(3), 2 + random.below(6), 4 + random.below(8)};
  for (int64_t i = operations[size]; i > 0; --i)
    s.pool.push_back(operation(s));
  // Half of all values have a share in a state of their own accord: what no state depends on is not computed.
  std::vector<Value> values;
  std::vector<const Written *> own;
  for (const Written &w : states)
    if (w.sweep == s.sweep) {
      own.push_back(&w);
      values.push_back(fit(pick(s), w.shape));
    }
  for (const Value &v : s.pool)
    if (oneIn(2)) {
      const auto to = static_cast<size_t>(random.below(std::ssize(own)));
      values[to] = values[to] + 0.5 * fit(v, own[to]->shape);
    }
  // What comes back to the recursion must not grow from level to level until it overflows.
  for (size_t i = 0; i < own.size(); ++i) {
    if (oneIn(3) && s.direction != Direction::Map)
      values[i] = minimum(maximum(values[i], -8.0), 8.0);
    else if (!oneIn(3) || s.direction != Direction::Map)
      values[i] = tanh(values[i]);
    s.b.set(own[i]->state, values[i]);
  }
}

Value Author::neighbours(Scope &s) {
  const Neighbours over = s.place == Place::Structures ? nodes : oneIn(3) ? parents : children;
  std::vector<Combine> combine{static_cast<Combine>(random.below(6))};
  if (oneIn(3))
    combine.push_back(static_cast<Combine>(random.below(6)));
  std::vector<Operand> otherwise;
  for (Combine c : combine)
    if (over != nodes && (c == Combine::Max || c == Combine::Min || c == Combine::Softmax))
      otherwise.emplace_back(0.5);
  std::vector<Value> results = s.b.reduce(
      over, combine,
      [&](Edge e) {
        Scope inner{s.b, s.direction, s.place, s.sweep, s.maxArity, s.type, s.pool, &e, over};
        if (inner.pool.size() > 2) // seldom anything of the body around
          inner.pool.resize(2);
        inner.pool.push_back(read(inner));
        if (size > 0 || oneIn(2))
          inner.pool.push_back(read(inner));
        for (int64_t i = random.below(size == 0 ? 3 : 4); i > 0; --i)
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
  return results.size() == 1 ? results[0] : results[0] + fit(results[1], results[0].shape());
}

//===----------------------------------------------------------------------===//
// Reads
//===----------------------------------------------------------------------===//

/// A state over nodes of an earlier sweep, or of this one; null if there is none.
const Author::Written *Author::pickState(Scope &s, bool ofThisSweep) {
  std::vector<const Written *> found;
  for (const Written &w : states)
    if (w.place == Place::Nodes && (ofThisSweep ? w.sweep == s.sweep : w.sweep < s.sweep))
      found.push_back(&w);
  return found.empty() ? nullptr : pickFrom(found);
}

Value Author::read(Scope &s) {
  if (oneIn(5))
    return lookUp(s);
  if (oneIn(8))
    return param(shape());
  return s.edge ? readThere(s) : readItem(s);
}

/// A symbol that can be read here.
Symbol Author::symbol(Scope &s, int64_t &domain) {
  if (s.edge && oneIn(2)) {
    if (s.over != nodes && oneIn(2)) {
      domain = labels;
      return s.edge->edge(label);
    }
    domain = words;
    return s.edge->there(word);
  }
  if (s.place == Place::Structures || oneIn(4)) {
    domain = tags;
    return s.b.structure(topic);
  }
  domain = oneIn(3) ? tags : words;
  return s.b.self(domain == tags ? tag : word);
}

/// A row of a table: of a parameter, or of one that is computed from parameters.
Value Author::lookUp(Scope &s) {
  int64_t domain = 0;
  const Symbol at = symbol(s, domain);
  Shape rows = shape();
  if (rows.size() > 2 || elementsOf(rows) > 400 || elementsOf(rows) * domain > 4000)
    rows = {7};
  rows.insert(rows.begin(), domain);
  const Param table = param(rows);
  if (oneIn(3))
    return (tanh(table) + 0.25)[at];
  return table[at];
}

/// What a body reads at its own node, root or structure, and at certain neighbours.
Value Author::readItem(Scope &s) {
  if (s.place == Place::Structures || (!structureFeatures.empty() && oneIn(6)))
    return structureFeatures.empty() ? param(shape()) : s.b.structure(pickFrom(structureFeatures));
  if (oneIn(4))
    for (const auto &[type, input] : typeFeatures)
      if (static_cast<int64_t>(type) == s.type)
        return s.b.self(input);
  const Input &x = pickFrom(features);
  const Written *earlier = pickState(s, false);
  switch (random.below(6)) {
  case 0:
    if (s.place == Place::Nodes)
      return s.maxArity ? s.b.child(childOf(s), x, 0.125) : s.b.self(x) * 0.5;
    [[fallthrough]];
  case 1:
  case 2:
    if (earlier && s.place == Place::Nodes && s.maxArity != 0 && oneIn(2))
      return s.b.child(0, earlier->state, 0.25);
    if (earlier)
      return s.b.self(earlier->state);
    [[fallthrough]];
  case 3: {
    const Written *own = pickState(s, true);
    if (own && s.direction == Direction::Up && s.maxArity != 0)
      return s.b.child(childOf(s), own->state, oneIn(2) ? Operand(0.0) : Operand(param(own->shape)));
    if (own && s.direction == Direction::Down && kind != StructureKind::Dag)
      return s.b.parent(own->state, oneIn(2) ? Operand(0.0) : Operand(param(own->shape)));
    [[fallthrough]];
  }
  default:
    return s.b.self(x);
  }
}

/// What a reduction reads of one neighbour, and of the edge to it.
Value Author::readThere(Scope &s) {
  const Edge &e = *s.edge;
  const Written *own = pickState(s, true), *earlier = pickState(s, false);
  const bool recursive =
      (s.direction == Direction::Up && s.over == children) || (s.direction == Direction::Down && s.over == parents);
  switch (s.over == nodes ? 2 + random.below(3) : random.below(5)) {
  case 0:
    if (!edgeFeatures.empty())
      return e.edge(pickFrom(edgeFeatures));
    [[fallthrough]];
  case 1:
    return e.position() * 0.25;
  case 2:
    if (own && recursive)
      return e.there(own->state);
    [[fallthrough]];
  case 3:
    if (earlier)
      return e.there(earlier->state);
    [[fallthrough]];
  default:
    return e.there(pickFrom(features));
  }
}

} // namespace cortex::fuzz
