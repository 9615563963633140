//===- Author.h - Writes random models ------------------------------------===//
//
// A random structure kind, types, inputs, sweeps and states, with bodies of
// random operations of the closed list. Everything follows from the seed.
// Values stay in a moderate range, so that rounding shows and overflow does not.
// Most models are small, since compiling is what a case costs; few are large.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_TOOLS_FUZZ_AUTHOR_H
#define CORTEX_TOOLS_FUZZ_AUTHOR_H

#include "cortex/Builder/Builder.h"
#include "cortex/Reference/Random.h"

#include <string>
#include <vector>

namespace cortex::fuzz {

class Author {
public:
  explicit Author(uint64_t seed);
  const build::Model &model() const { return m; }

private:
  struct Written {
    build::State state;
    build::Shape shape;
    Place place;
    size_t sweep;
  };

  /// What a body may read, and what it has computed.
  struct Scope {
    build::Body &b;
    build::Direction direction;
    Place place;
    size_t sweep;
    int64_t maxArity; ///< so many children every type of the body may have; -1: no bound
    int64_t type;     ///< index of the body's type; -1: the body serves several
    std::vector<build::Value> pool;
    const build::Edge *edge = nullptr;
    build::Neighbours over = build::children;
  };

  // Author.cpp: what a model is made of
  void declareTypes();
  void declareInputs();
  void writeSweep();
  void writeBody(Scope &s);
  void writeLeaf(Scope &s);
  build::Value neighbours(Scope &s);
  build::Value read(Scope &s);
  build::Value readThere(Scope &s);
  build::Value readItem(Scope &s);
  build::Value lookUp(Scope &s);
  build::Symbol symbol(Scope &s, int64_t &domain);
  const Written *pickState(Scope &s, bool ofThisSweep);

  // AuthorOps.cpp: operations on values
  build::Value operation(Scope &s);
  build::Value elementwise(Scope &s);
  build::Value shaping(Scope &s);
  build::Value reduction(Scope &s);
  build::Value product(Scope &s);
  build::Value fit(build::Value v, const build::Shape &to);
  build::Value pick(Scope &s);

  bool oneIn(int64_t n) { return random.below(n) == 0; }
  template <typename T> const T &pickFrom(const std::vector<T> &list) {
    return list[static_cast<size_t>(random.below(static_cast<int64_t>(list.size())))];
  }
  std::string name(const char *stem) { return stem + std::to_string(names++); }
  int64_t pickFrom(std::initializer_list<int64_t> list) {
    return list.begin()[random.below(static_cast<int64_t>(list.size()))];
  }
  build::Param param(const build::Shape &shape) { return m.param(name("w"), shape); }
  build::Shape shape();
  int64_t width();
  int64_t dim(const build::Value &v) { return random.below(static_cast<int64_t>(v.shape().size())); }
  int64_t childOf(const Scope &s) { return random.below(s.maxArity == 1 ? 1 : 2); }

  reference::Random random;
  StructureKind kind;
  int64_t size; ///< 0 small, 1 medium, 2 large: how many sweeps, states and operations
  build::Model m;
  int64_t names = 0;
  size_t sweeps = 0;
  std::vector<build::Type> types;
  std::vector<int64_t> maxArities;
  int64_t words, tags, labels; ///< domains of the symbols
  std::vector<build::Input> features, edgeFeatures, structureFeatures;
  /// Of one type each; read at that type's own nodes only.
  std::vector<std::pair<size_t, build::Input>> typeFeatures;
  build::SymbolInput word, tag, label, topic;
  std::vector<Written> states;
};

/// Product of the sizes.
int64_t elementsOf(const build::Shape &shape);

} // namespace cortex::fuzz
#endif // CORTEX_TOOLS_FUZZ_AUTHOR_H
