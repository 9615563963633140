//===- Dags.cpp - DAG-RNN (Shuai et al. 2015), a typed model of terms -----===//
#include "Families.h"

namespace cortex::zoo {

using namespace build;

/// h = relu(U x + W sum_pred h + b); a node's children are its predecessors.
static Model dagRnn(const Sizes &s) {
  int64_t hidden = s.at("hidden"), features = s.at("features");
  Model m("DAGRNN", StructureKind::Dag, floatType(s));
  Type node = m.type("node", 0, any);
  Input x = m.input("x", {features});
  Param u = m.param("U", {hidden, features}), w = m.param("W", {hidden, hidden}), bias = m.param("b", {hidden});
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {hidden});
  up.body(node, [&](Body &b) {
    Value before = b.sum(children, [&](const Edge &e) { return e.there(h); });
    b.set(h, relu(matvec(u, b.self(x), bias) + matvec(w, before)));
  });
  declareOutput(m, "root", {h}, hidden, s);
  return m;
}

/// Terms and equations as DAGs: a variable is a row of a table; a function
/// application attends over its arguments with its symbol's query and maps the
/// result by its symbol's matrix; an equation sees left and right side apart.
static Model terms(const Sizes &s) {
  int64_t hidden = s.at("hidden"), functions = s.at("functions"), variables = s.at("variables");
  Model m("Terms", StructureKind::Dag, floatType(s));
  Type var = m.type("var", 0), fn = m.type("fn", 1, any), eq = m.type("eq", 2);
  SymbolInput name = m.symbolInput("name", variables, {var}), function = m.symbolInput("sym", functions, {fn});
  Param table = m.param("embedding", {variables, hidden});
  Param query = m.param("Q", {functions, hidden}), wfn = m.param("Wfn", {functions, hidden, hidden});
  Param wl = m.param("W_l", {hidden, hidden}), wr = m.param("W_r", {hidden, hidden}), bias = m.param("b", {hidden});
  Sweep up = m.sweep("up", Direction::Up);
  State h = up.state("h", {hidden});
  up.body(var, [&](Body &b) { b.set(h, table[b.self(name)]); });
  up.body(fn, [&](Body &b) {
    Symbol symbol = b.self(function);
    Value q = query[symbol];
    Value seen = b.attend(children, [&](const Edge &e) { return Scored{dot(q, e.there(h)), e.there(h)}; });
    b.set(h, relu(matvec(wfn[symbol], seen)));
  });
  up.body(eq, [&](Body &b) { b.set(h, tanh(matvec(wl, b.child(0, h), bias) + matvec(wr, b.child(1, h)))); });
  declareOutput(m, "root", {h}, hidden, s);
  return m;
}

std::vector<Recipe> dagRecipes() {
  return {{{"DAGRNN",
            "DAGs with features at every node; children are the predecessors",
            {hiddenParameter(256), featuresParameter(256), classesParameter(), floatParameter()}},
           dagRnn},
          {{"Terms",
            "DAGs of variables, functions and equations; attention over arguments, weights per function",
            {hiddenParameter(64),
             {"functions", 300, "number of function symbols", 1, 1'000'000},
             {"variables", 1000, "number of variable names", 1, 100'000'000},
             classesParameter(),
             floatParameter()}},
           terms}};
}

} // namespace cortex::zoo
