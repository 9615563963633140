//===- TreeGRUs.cpp - Child-sum TreeGRU and SimpleTreeGRU -----------------===//
#include "Families.h"

namespace cortex::zoo {

using namespace build;

/// hs = sum h_k; z = sigmoid(U_z hs + b_z); r = sigmoid(U_r hs + b_r); h' = tanh(U_h (r*hs) + b_h);
/// h = z*hs + (1 - z)*h', or in the simple form h = (1 - z)*h'. At a leaf hs = 0 and the
/// word's products W_z x, W_h x take its place.
static Model build(const char *name, bool simple, const Sizes &s) {
  int64_t hidden = s.at("hidden"), embed = s.at("embed");
  Model m(name, StructureKind::Tree, floatType(s));
  ParseTree t = declareParseTree(m, 1, any, s.at("vocab"), embed);
  Param wz = m.param("W_z", {hidden, embed}), wh = m.param("W_h", {hidden, embed});
  Param uz = m.param("U_z", {hidden, hidden}), ur = m.param("U_r", {hidden, hidden});
  Param uh = m.param("U_h", {hidden, hidden});
  Param bz = m.param("b_z", {hidden}), br = m.param("b_r", {hidden}), bh = m.param("b_h", {hidden});
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {hidden});
  up.body(t.leaf, [&](Body &b) {
    Value x = t.embedding[b.self(t.word)];
    b.set(h, (1.0 - sigmoid(matvec(wz, x, bz))) * tanh(matvec(wh, x, bh)));
  });
  up.body(t.internal, [&](Body &b) {
    Value hs = b.sum(children, [&](const Edge &e) { return e.there(h); });
    Value z = sigmoid(matvec(uz, hs, bz)), r = sigmoid(matvec(ur, hs, br));
    Value fresh = (1.0 - z) * tanh(matvec(uh, r * hs, bh));
    b.set(h, simple ? fresh : z * hs + fresh);
  });
  declareOutput(m, "root", {h}, hidden, s);
  return m;
}

static Model treeGru(const Sizes &s) {
  return build("TreeGRU", false, s);
}
static Model simpleTreeGru(const Sizes &s) {
  return build("SimpleTreeGRU", true, s);
}

std::vector<Recipe> treeGruRecipes() {
  std::vector<Parameter> parameters{hiddenParameter(256), vocabParameter(20000), embedParameter(), classesParameter(),
                                    floatParameter()};
  return {{{"TreeGRU", "child-sum TreeGRU over trees of any arity, words at leaves", parameters}, treeGru},
          {{"SimpleTreeGRU", "TreeGRU with h = (1 - z)*h'", parameters}, simpleTreeGru}};
}

} // namespace cortex::zoo
