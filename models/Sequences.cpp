//===- Sequences.cpp - LSTM and GRU with PyTorch's equations and weights --===//
#include "Families.h"

namespace cortex::zoo {

using namespace build;

namespace {

/// A stack of layers over a sequence, in one or both directions.
struct Stack {
  Model &m;
  Type cell;
  Input x;
  int64_t hidden;

  /// Weights of one layer and direction, under PyTorch's names, gates apart.
  struct Weights {
    Param ih, hh, bih, bhh;
    int64_t gates, hidden, width;
    /// Products of the input and of the previous state: (gates, hidden) each.
    Value input(const Value &v) const {
      return matvec(reshape(ih, {gates, hidden, width}), v, reshape(bih, {gates, hidden}));
    }
    Value state(const Value &v) const {
      return matvec(reshape(hh, {gates, hidden, hidden}), v, reshape(bhh, {gates, hidden}));
    }
  };

  Weights weights(const std::string &suffix, int64_t gates, int64_t width) const {
    return {m.param("weight_ih" + suffix, {gates * hidden, width}),
            m.param("weight_hh" + suffix, {gates * hidden, hidden}),
            m.param("bias_ih" + suffix, {gates * hidden}),
            m.param("bias_hh" + suffix, {gates * hidden}),
            gates,
            hidden,
            width};
  }

  /// What a layer reads at a node: the features, or the states of the layer below.
  Value below(Body &b, const std::vector<State> &states) const {
    if (states.empty())
      return b.self(x);
    std::vector<Operand> parts;
    parts.reserve(states.size());
    for (const State &s : states)
      parts.emplace_back(b.self(s));
    return concat(parts);
  }
};

/// The state of the element before (forwards) or after (backwards), 0 at the end.
Value before(Body &b, const State &s, bool backwards) {
  return backwards ? b.parent(s, 0.0) : b.child(0, s, 0.0);
}

/// Declares one layer in one direction and returns its h.
using Layer = State (*)(const Stack &, const std::string &suffix, bool backwards, const std::vector<State> &below,
                        int64_t width);

} // namespace

/// i, f, g, o: c = f*c_ + i*g; h = o*tanh(c).
static State lstmLayer(const Stack &st, const std::string &suffix, bool backwards, const std::vector<State> &below,
                       int64_t width) {
  Stack::Weights w = st.weights(suffix, 4, width);
  Sweep sweep = st.m.sweep("layer" + suffix, backwards ? Direction::Down : Direction::Up);
  State h = sweep.state("h", {st.hidden}), c = sweep.state("c", {st.hidden});
  sweep.body(st.cell, [&](Body &b) {
    Value g = w.input(st.below(b, below)) + w.state(before(b, h, backwards));
    Value cell = sigmoid(g[1]) * before(b, c, backwards) + sigmoid(g[0]) * tanh(g[2]);
    b.set(c, cell);
    b.set(h, sigmoid(g[3]) * tanh(cell));
  });
  return h;
}

/// r, z, n: n = tanh(W_n x + b + r*(U_n h_ + b')); h = (1 - z)*n + z*h_.
static State gruLayer(const Stack &st, const std::string &suffix, bool backwards, const std::vector<State> &below,
                      int64_t width) {
  Stack::Weights w = st.weights(suffix, 3, width);
  Sweep sweep = st.m.sweep("layer" + suffix, backwards ? Direction::Down : Direction::Up);
  State h = sweep.state("h", {st.hidden});
  sweep.body(st.cell, [&](Body &b) {
    Value last = before(b, h, backwards);
    Value gi = w.input(st.below(b, below)), gh = w.state(last);
    Value r = sigmoid(gi[0] + gh[0]), z = sigmoid(gi[1] + gh[1]);
    Value n = tanh(gi[2] + r * gh[2]);
    b.set(h, (1.0 - z) * n + z * last);
  });
  return h;
}

static Model build(const char *name, Layer layer, const Sizes &s) {
  int64_t hidden = s.at("hidden"), directions = s.at("directions");
  Model m(name, StructureKind::Sequence, floatType(s));
  Type cell = m.type("cell", 0, 1);
  Stack st{m, cell, m.input("x", {s.at("features")}), hidden};
  std::vector<State> below;
  int64_t width = s.at("features");
  for (int64_t l = 0; l < s.at("layers"); ++l) {
    std::vector<State> states;
    std::string suffix = "_l" + std::to_string(l);
    states.push_back(layer(st, suffix, false, below, width));
    if (directions == 2)
      states.push_back(layer(st, suffix + "_reverse", true, below, width));
    below = states;
    width = directions * hidden;
  }
  declareOutput(m, s.at("each") ? "output" : "last", below, width, s, s.at("each") ? Place::Nodes : Place::Roots);
  return m;
}

static Model lstm(const Sizes &s) {
  return build("LSTM", lstmLayer, s);
}
static Model gru(const Sizes &s) {
  return build("GRU", gruLayer, s);
}

std::vector<Recipe> sequenceRecipes() {
  std::vector<Parameter> parameters{hiddenParameter(256),
                                    featuresParameter(256),
                                    {"layers", 1, "number of layers", 1, 64},
                                    {"directions", 1, "1: forwards; 2: forwards and backwards", 1, 2},
                                    {"each", 0, "0: the output is at the last element; 1: at each element", 0, 1},
                                    classesParameter(),
                                    floatParameter()};
  return {{{"LSTM", "LSTM over sequences; loads torch.nn.LSTM's weights", parameters}, lstm},
          {{"GRU", "GRU over sequences; loads torch.nn.GRU's weights", parameters}, gru}};
}

} // namespace cortex::zoo
