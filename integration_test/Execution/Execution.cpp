#include "Execution.h"

#include "cortex/Builder/BuilderIR.h"

namespace cortex::test {

Source fromZoo(const std::string &name, const std::map<std::string, int64_t> &sizes) {
  std::string error;
  const std::optional<build::Model> model = zoo::buildModel(name, sizes, error);
  if (!model)
    throw cli::Failure(error);
  return fromBuilder(*model);
}

Source fromBuilder(const build::Model &model) {
  Source source{cli::makeContext(), nullptr};
  std::string error;
  source.module = build::buildModule(model, *source.context, error);
  if (!source.module)
    throw cli::Failure(error);
  return source;
}

Source fromText(const std::string &text, const std::string &name) {
  Source source{cli::makeContext(), nullptr};
  source.module = cli::orFail(parseModel(text, name, *source.context));
  return source;
}

std::map<std::string, int64_t> sizesOf(const zoo::Entry &entry, int64_t size) {
  std::map<std::string, int64_t> sizes;
  int64_t step = 0;
  for (const zoo::Parameter &p : entry.parameters) {
    if (p.name == "float")
      continue;
    if (p.name == "hidden")
      sizes[p.name] = size;
    else if (p.name == "vocab" || p.name == "variables" || p.name == "functions")
      sizes[p.name] = 11 + step++;
    else if (p.name == "classes")
      sizes[p.name] = 5;
    else if (p.name == "layers" || p.name == "directions")
      sizes[p.name] = 2;
    else if (p.name == "each" || p.name == "arity")
      sizes[p.name] = p.value;
    else
      sizes[p.name] = size + ++step;
  }
  return sizes;
}

CompileOptions hostOptions() {
  CompileOptions options;
  options.target = cli::orFail(TargetSpec::parse("host"));
  return options;
}

Given given(const Subject &subject, const reference::Params &params, const reference::StructureOptions &structures,
            uint64_t seed) {
  Given given;
  std::string error;
  if (!reference::randomBatch(subject.model(), structures, seed, given.batch, error) ||
      !reference::evaluate(subject.model(), params, given.batch, given.result, error))
    throw cli::Failure(error);
  return given;
}

bool expectAgrees(const Subject &subject, const reference::Params &params, const Given &given,
                  const std::vector<Output> &outputs, bool endToEnd) {
  const Comparison found = cli::compareWithOracle(subject, params, given.batch, given.result, outputs);
  EXPECT_TRUE(found.local.passed) << found.local.str();
  if (endToEnd) {
    EXPECT_LE(found.endToEnd.max_rel_error, subject.tolerance()) << found.endToEnd.str();
  }
  return found.vacuous.empty();
}

void expectCorrect(const Subject &subject, uint64_t seed, const CheckSettings &settings) {
  const reference::Params params = subject.stored(reference::randomParams(subject.model(), seed));
  std::vector<std::pair<std::string, Session>> sessions;
  const Model model = subject.prepare(subject.inProcess(), params);
  for (int64_t workers : settings.workers)
    sessions.emplace_back(std::to_string(workers) + " workers", subject.session(model, workers));
  if (settings.artifact) {
    const Model loaded = subject.prepare(subject.loadArtifact(), params);
    for (int64_t workers : settings.workers)
      sessions.emplace_back("artifact, " + std::to_string(workers) + " workers", subject.session(loaded, workers));
  }
  bool shown = false;
  for (reference::Shape shape : reference::shapesOf(subject.model())) {
    SCOPED_TRACE(testing::Message() << "shape " << reference::nameOf(shape).str() << ", seed " << seed);
    const Given batch = given(subject, params, {shape, settings.structures, settings.nodes}, seed);
    const std::vector<Output> outputs = subject.run(sessions.front().second, batch.batch);
    shown |= expectAgrees(subject, params, batch, outputs, settings.endToEnd);
    for (size_t i = 1; i < sessions.size(); ++i)
      EXPECT_EQ(cli::firstDifference(outputs, subject.run(sessions[i].second, batch.batch)), "") << sessions[i].first;
  }
  if (settings.mustShow) {
    EXPECT_TRUE(shown) << "every comparison was vacuous, seed " << seed;
  }
}

void expectCorrect(const Source &source, uint64_t seed, const CheckSettings &settings, const CompileOptions &options) {
  try {
    expectCorrect(Subject(*source.module, options), seed, settings);
  } catch (const std::exception &error) {
    ADD_FAILURE() << error.what() << "\nseed " << seed;
  }
}

/// Appends `values` to `all`, each moved by `by`.
static void append(std::vector<int32_t> &all, const std::vector<int32_t> &values, size_t from, size_t by) {
  for (size_t i = from; i < values.size(); ++i)
    all.push_back(values[i] + static_cast<int32_t>(by));
}

template <typename T> static void append(std::vector<T> &all, const std::vector<T> &values) {
  all.insert(all.end(), values.begin(), values.end());
}

io::Batch joined(const std::vector<io::Batch> &batches) {
  io::Batch all;
  for (const io::Batch &one : batches) {
    const size_t nodes = all.nodes(), edges = all.edges(), roots = all.roots.size();
    append(all.node_offsets, one.node_offsets, 1, nodes);
    append(all.child_offsets, one.child_offsets, 1, edges);
    append(all.children, one.children, 0, nodes);
    append(all.types, one.types, 0, 0);
    append(all.root_offsets, one.root_offsets, all.root_offsets.empty() ? 0 : 1, roots);
    append(all.roots, one.roots, 0, nodes);
    if (all.inputs.empty()) {
      all.inputs = one.inputs;
      continue;
    }
    for (size_t i = 0; i < one.inputs.size(); ++i) {
      append(all.inputs[i].symbols, one.inputs[i].symbols);
      append(all.inputs[i].f32, one.inputs[i].f32);
      append(all.inputs[i].f64, one.inputs[i].f64);
    }
  }
  return all;
}

} // namespace cortex::test
