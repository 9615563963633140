//===- Zoo.cpp - The list of models, and what they share ------------------===//
#include "Zoo.h"

#include "Families.h"

namespace cortex::zoo {

using namespace build;

static const std::vector<Recipe> &recipes() {
  static const std::vector<Recipe> all = [] {
    std::vector<Recipe> list;
    for (auto family : {simpleTreeRecipes, treeLstmRecipes, treeGruRecipes, compositionRecipes, dagRecipes,
                        sequenceRecipes, multiSweepRecipes})
      for (Recipe &r : family())
        list.push_back(std::move(r));
    return list;
  }();
  return all;
}

const std::vector<Entry> &entries() {
  static const std::vector<Entry> all = [] {
    std::vector<Entry> list;
    for (const Recipe &r : recipes())
      list.push_back(r.entry);
    return list;
  }();
  return all;
}

const Entry *find(std::string_view name) {
  for (const Entry &e : entries())
    if (e.name == name)
      return &e;
  return nullptr;
}

template <typename List> static std::string namesOf(const List &list) {
  std::string text;
  for (const auto &item : list)
    text += (text.empty() ? "" : ", ") + item.name;
  return text;
}

/// Defaults overlaid with `values`, or an error.
static std::optional<Sizes> complete(const Entry &e, const std::map<std::string, int64_t> &values, std::string &error) {
  Sizes sizes;
  for (const Parameter &p : e.parameters)
    sizes[p.name] = p.value;
  for (const auto &[name, value] : values) {
    if (!sizes.count(name)) {
      error = "model " + e.name + " has no parameter '" + name + "'; it has: " + namesOf(e.parameters);
      return std::nullopt;
    }
    sizes[name] = value;
  }
  for (const Parameter &p : e.parameters) {
    int64_t value = sizes[p.name];
    bool isFloat = p.name == "float";
    if (value < p.least || value > p.most || (isFloat && value != 32 && value != 64)) {
      error = "model " + e.name + ": " + p.name + " is " + std::to_string(value) + "; it must be " +
              (isFloat ? "32 or 64" : "from " + std::to_string(p.least) + " to " + std::to_string(p.most));
      return std::nullopt;
    }
  }
  return sizes;
}

std::optional<Model> buildModel(std::string_view name, const std::map<std::string, int64_t> &values,
                                std::string &error) {
  for (const Recipe &r : recipes()) {
    if (r.entry.name != name)
      continue;
    std::optional<Sizes> sizes = complete(r.entry, values, error);
    if (!sizes)
      return std::nullopt;
    return r.build(*sizes);
  }
  error = "no model '" + std::string(name) + "' in the zoo; it has: " + namesOf(entries());
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// What the families share
//===----------------------------------------------------------------------===//

Parameter hiddenParameter(int64_t value) {
  return {"hidden", value, "size of a node's state"};
}
Parameter vocabParameter(int64_t value) {
  return {"vocab", value, "number of words", 1, 100'000'000};
}
Parameter embedParameter() {
  return {"embed", 300, "size of a word's embedding"};
}
Parameter featuresParameter(int64_t value) {
  return {"features", value, "size of a node's input"};
}
Parameter classesParameter(int64_t value) {
  return {"classes", value, "outputs of a linear readout; 0: none, the state is the output", 0};
}
Parameter floatParameter() {
  return {"float", 32, "bits of the float type: 32 or 64", 32, 64};
}

DType floatType(const Sizes &sizes) {
  return sizes.at("float") == 64 ? DType::F64 : DType::F32;
}

ParseTree declareParseTree(Model &m, int64_t minArity, int64_t maxArity, int64_t vocab, int64_t width) {
  ParseTree t;
  t.leaf = m.type("leaf", 0);
  t.internal = m.type("internal", minArity, maxArity);
  t.word = m.symbolInput("word", vocab, {t.leaf});
  t.embedding = m.param("embedding", {vocab, width});
  return t;
}

/// The states of this node as one vector.
static Value joined(Body &b, const std::vector<State> &states) {
  std::vector<Operand> parts;
  parts.reserve(states.size());
  for (const State &s : states)
    parts.emplace_back(b.self(s));
  return concat(parts);
}

void declareOutput(Model &m, const char *name, const std::vector<State> &states, int64_t size, const Sizes &sizes,
                   Place at) {
  int64_t classes = sizes.at("classes");
  if (classes == 0 && states.size() == 1)
    return m.output(name, states.front(), at);
  Sweep readout = m.sweep("readout", Direction::Map, at);
  if (classes == 0) {
    State all = readout.state("all", {size});
    readout.body([&](Body &b) { b.set(all, joined(b, states)); });
    return m.output(name, all, at);
  }
  Param weight = m.param("readout.weight", {classes, size}), bias = m.param("readout.bias", {classes});
  State y = readout.state("y", {classes});
  readout.body([&](Body &b) { b.set(y, matvec(weight, joined(b, states), bias)); });
  m.output("logits", y, at);
}

} // namespace cortex::zoo
