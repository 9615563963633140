//===- SimpleTrees.cpp - TreeRNN and TreeFC -------------------------------===//
#include "Families.h"

namespace cortex::zoo {

using namespace build;

/// leaf: h = E[word]; internal: h = tanh(h_l + h_r).
static Model treeRnn(const Sizes &s) {
  int64_t hidden = s.at("hidden");
  Model m("TreeRNN", StructureKind::Tree, floatType(s));
  ParseTree t = declareParseTree(m, 2, 2, s.at("vocab"), hidden);
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {hidden});
  up.body(t.leaf, [&](Body &b) { b.set(h, t.embedding[b.self(t.word)]); });
  up.body(t.internal, [&](Body &b) { b.set(h, tanh(b.child(0, h) + b.child(1, h))); });
  declareOutput(m, "root", {h}, hidden, s);
  return m;
}

/// leaf: h = E[word]; internal: h = relu(W [h_l; h_r] + b). The weights are stored with a row per input, as in the
/// trained models of this kind that are published.
static Model treeFc(const Sizes &s) {
  int64_t hidden = s.at("hidden"), classes = s.at("classes");
  Model m("TreeFC", StructureKind::Tree, floatType(s));
  ParseTree t = declareParseTree(m, 2, 2, s.at("vocab"), hidden);
  Param weight = m.param("composition.weight", {2 * hidden, hidden}), bias = m.param("composition.bias", {hidden});
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {hidden});
  up.body(t.leaf, [&](Body &b) { b.set(h, t.embedding[b.self(t.word)]); });
  up.body(t.internal, [&](Body &b) { b.set(h, relu(vecmat(concat({b.child(0, h), b.child(1, h)}), weight, bias))); });
  if (classes == 0) {
    m.output("root", h);
    return m;
  }
  Param projection = m.param("projection.weight", {hidden, classes}), c = m.param("projection.bias", {classes});
  Sweep readout = m.sweep("readout", Direction::Map, Place::Roots);
  State y = readout.state("y", {classes});
  readout.body([&](Body &b) { b.set(y, vecmat(b.self(h), projection, c)); });
  m.output("logits", y);
  return m;
}

std::vector<Recipe> simpleTreeRecipes() {
  return {{{"TreeRNN",
            "binary trees, the sum of the children under tanh, words at leaves",
            {hiddenParameter(256), vocabParameter(20000), classesParameter(), floatParameter()}},
           treeRnn},
          {{"TreeFC",
            "binary trees, one linear layer with relu over both children, words at leaves",
            {hiddenParameter(35), vocabParameter(1568), classesParameter(2), floatParameter()}},
           treeFc}};
}

} // namespace cortex::zoo
