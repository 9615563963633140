//===- Compositions.cpp - MV-RNN (Socher et al. 2012), RNTN (2013) --------===//
#include "Families.h"

namespace cortex::zoo {

using namespace build;

/// A node has a vector a and a matrix A: p = tanh(W [B a; A b] + bias), P = W_M [A; B].
static Model mvRnn(const Sizes &s) {
  int64_t hidden = s.at("hidden"), vocab = s.at("vocab");
  Model m("MVRNN", StructureKind::Tree, floatType(s));
  ParseTree t = declareParseTree(m, 2, 2, vocab, hidden);
  Param matrices = m.param("embedding_matrix", {vocab, hidden, hidden});
  Param w = m.param("W", {hidden, 2 * hidden}), bias = m.param("bias", {hidden});
  Param wm = m.param("W_M", {hidden, 2 * hidden});
  Sweep up = m.sweep("up", Direction::Up);
  State vector = up.state("a", {hidden}), matrix = up.state("A", {hidden, hidden});
  up.body(t.leaf, [&](Body &b) {
    Symbol word = b.self(t.word);
    b.set(vector, t.embedding[word]);
    b.set(matrix, matrices[word]);
  });
  up.body(t.internal, [&](Body &b) {
    Value va = b.child(0, vector), vb = b.child(1, vector);
    Value ma = b.child(0, matrix), mb = b.child(1, matrix);
    b.set(vector, tanh(matvec(w, concat({matvec(mb, va), matvec(ma, vb)}), bias)));
    b.set(matrix, matmul(wm, concat({ma, mb})));
  });
  declareOutput(m, "root", {vector}, hidden, s);
  return m;
}

/// x = [a; b]: p = tanh(x^T V x + W [x; 1]); the column of W that meets the 1 is the parameter b.
static Model rntn(const Sizes &s) {
  int64_t hidden = s.at("hidden");
  Model m("RNTN", StructureKind::Tree, floatType(s));
  ParseTree t = declareParseTree(m, 2, 2, s.at("vocab"), hidden);
  Param v = m.param("V", {hidden, 2 * hidden, 2 * hidden});
  Param w = m.param("W", {hidden, 2 * hidden}), bias = m.param("b", {hidden});
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {hidden});
  up.body(t.leaf, [&](Body &b) { b.set(h, t.embedding[b.self(t.word)]); });
  up.body(t.internal, [&](Body &b) {
    Value x = concat({b.child(0, h), b.child(1, h)});
    b.set(h, tanh(bilinear(x, v, x) + matvec(w, x, bias)));
  });
  declareOutput(m, "root", {h}, hidden, s);
  return m;
}

std::vector<Recipe> compositionRecipes() {
  std::vector<Parameter> parameters{hiddenParameter(64), vocabParameter(1568), classesParameter(), floatParameter()};
  return {{{"MVRNN", "binary trees, a vector and a matrix per node (and per word)", parameters}, mvRnn},
          {{"RNTN", "binary trees, a tensor product of both children, words at leaves", parameters}, rntn}};
}

} // namespace cortex::zoo
