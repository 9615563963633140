//===- TreeLSTMs.cpp - Child-sum and N-ary TreeLSTM (Tai et al. 2015) -----===//
#include "Families.h"

namespace cortex::zoo {

using namespace build;

/// A leaf of either: gates i, o, u from the word; no child, so no forget gate.
static void leafBody(Body &b, const ParseTree &t, const Param &w, const Param &bias, const State &h, const State &c) {
  Value g = matvec(w, t.embedding[b.self(t.word)], bias);
  Value cell = sigmoid(g[0]) * tanh(g[2]);
  b.set(c, cell);
  b.set(h, sigmoid(g[1]) * tanh(cell));
}

/// hs = sum h_k; i, o = sigmoid(U hs + b); u = tanh(U hs + b); f_k = sigmoid(Uf h_k + bf);
/// c = i*u + sum f_k*c_k; h = o*tanh(c).
static Model treeLstm(const Sizes &s) {
  int64_t hidden = s.at("hidden"), embed = s.at("embed");
  Model m("TreeLSTM", StructureKind::Tree, floatType(s));
  ParseTree t = declareParseTree(m, 1, any, s.at("vocab"), embed);
  Param w = m.param("W", {3, hidden, embed}), u = m.param("U", {3, hidden, hidden}); // i, o, u
  Param bias = m.param("b", {3, hidden});
  Param uf = m.param("Uf", {hidden, hidden}), bf = m.param("bf", {hidden});
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {hidden}), c = up.state("c", {hidden});
  up.body(t.leaf, [&](Body &b) { leafBody(b, t, w, bias, h, c); });
  up.body(t.internal, [&](Body &b) {
    Value hs = b.sum(children, [&](const Edge &e) { return e.there(h); });
    Value g = matvec(u, hs, bias);
    Value kept = b.sum(children, [&](const Edge &e) { return sigmoid(matvec(uf, e.there(h), bf)) * e.there(c); });
    Value cell = sigmoid(g[0]) * tanh(g[2]) + kept;
    b.set(c, cell);
    b.set(h, sigmoid(g[1]) * tanh(cell));
  });
  declareOutput(m, "root", {h}, hidden, s);
  return m;
}

/// As child-sum with a matrix per child position, and per pair of positions for
/// the forget gates: i, o, u from U [h_1; ...; h_N] + b, f_k from Uf[k] [h_1; ...; h_N] + bf.
static Model naryTreeLstm(const Sizes &s) {
  int64_t hidden = s.at("hidden"), embed = s.at("embed"), arity = s.at("arity");
  Model m("NaryTreeLSTM", StructureKind::Tree, floatType(s));
  ParseTree t = declareParseTree(m, 1, arity, s.at("vocab"), embed);
  Param w = m.param("W", {3, hidden, embed}), u = m.param("U", {3, hidden, arity * hidden}); // i, o, u
  Param bias = m.param("b", {3, hidden});
  Param uf = m.param("Uf", {arity, hidden, arity * hidden}), bf = m.param("bf", {hidden});
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {hidden}), c = up.state("c", {hidden});
  up.body(t.leaf, [&](Body &b) { leafBody(b, t, w, bias, h, c); });
  up.body(t.internal, [&](Body &b) {
    // Every internal node has a first child; the others may be absent.
    auto child = [&](int64_t k, const State &x) { return k == 0 ? b.child(0, x) : b.child(k, x, 0.0); };
    std::vector<Operand> hs;
    hs.reserve(static_cast<size_t>(arity));
    for (int64_t k = 0; k < arity; ++k)
      hs.emplace_back(child(k, h));
    Value all = concat(hs);
    Value g = matvec(u, all, bias), f = sigmoid(matvec(uf, all, bf));
    Value cell = sigmoid(g[0]) * tanh(g[2]);
    for (int64_t k = 0; k < arity; ++k)
      cell = cell + f[k] * child(k, c);
    b.set(c, cell);
    b.set(h, sigmoid(g[1]) * tanh(cell));
  });
  declareOutput(m, "root", {h}, hidden, s);
  return m;
}

std::vector<Recipe> treeLstmRecipes() {
  Parameter arity{"arity", 2, "the most children of a node", 1, 64};
  return {
      {{"TreeLSTM",
        "child-sum TreeLSTM over trees of any arity, words at leaves",
        {hiddenParameter(256), vocabParameter(20000), embedParameter(), classesParameter(), floatParameter()}},
       treeLstm},
      {{"NaryTreeLSTM",
        "N-ary TreeLSTM: weights per child position, words at leaves",
        {hiddenParameter(256), vocabParameter(20000), embedParameter(), arity, classesParameter(), floatParameter()}},
       naryTreeLstm}};
}

} // namespace cortex::zoo
