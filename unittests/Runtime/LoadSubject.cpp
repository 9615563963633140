//===- LoadSubject.cpp - A loaded program, random batches, right answers --===//
#include "LoadSubject.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

using namespace cortex;
using namespace cortex::test;

//===----------------------------------------------------------------------===//
// Batches
//===----------------------------------------------------------------------===//

static Children randomStructure(cortex_structure_kind kind, int32_t most, std::mt19937 &random) {
  const auto nodes = static_cast<int32_t>(1 + random() % static_cast<uint32_t>(most));
  if (kind == CORTEX_SEQUENCE)
    return chain(nodes);
  const Children kids = kind == CORTEX_DAG ? randomDag(nodes, random) : randomTree(nodes, 3, random);
  return renumber(kids, static_cast<Ids>(random() % 3), random);
}

RandomBatch::RandomBatch(const Program &program, uint32_t seed, int32_t structures, int32_t most) {
  std::mt19937 random(seed);
  for (int32_t s = 0; s < structures; ++s)
    add(randomStructure(program.info().structure, most, random));
  finish(program, random);
}

RandomBatch::RandomBatch(const Program &program, uint32_t seed, const std::vector<Children> &structures) {
  std::mt19937 random(seed);
  for (const Children &kids : structures)
    add(kids);
  finish(program, random);
}

/// Inputs of all nodes, edges and structures: small numbers whose sums are not exact.
void RandomBatch::finish(const Program &program, std::mt19937 &random) {
  const uint32_t count = program.info().num_inputs;
  for (uint32_t i = 0; i < count; ++i) {
    const cortex_input_info info = program.input(i);
    auto elements = static_cast<size_t>(info.place == CORTEX_AT_EDGES        ? edges()
                                        : info.place == CORTEX_AT_STRUCTURES ? structures()
                                                                             : nodes());
    for (uint32_t d = 0; d < info.rank; ++d)
      elements *= info.shape[d];
    values.push_back(std::make_shared<std::vector<std::byte>>(elements * (info.dtype == CORTEX_F64 ? 8 : 4) + 8));
    std::vector<std::byte> &array = *values.back();
    auto put = [&](size_t k, auto value) { std::memcpy(array.data() + k * sizeof value, &value, sizeof value); };
    for (size_t k = 0; k < elements; ++k) {
      const double value = static_cast<double>(random() % 2001) / 977.0 - 1.0;
      if (info.is_symbol)
        put(k, static_cast<int32_t>(random() % info.domain));
      else if (info.dtype == CORTEX_F64)
        put(k, value);
      else
        put(k, static_cast<float>(value));
    }
    inputs.push_back(array.data());
  }
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

static constexpr std::byte kBlank{0xa5};

void *const *OutputArrays::blank(const std::vector<size_t> &sizes) {
  bytes.assign(sizes.begin(), sizes.end());
  arrays.resize(sizes.size());
  pointers.resize(sizes.size());
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (arrays[i].size() < sizes[i] + 1) // an address even for none
      arrays[i].resize(sizes[i] + 1);
    std::fill(arrays[i].begin(), arrays[i].end(), kBlank);
    pointers[i] = arrays[i].data();
  }
  return pointers.data();
}

bool OutputArrays::stillBlank() const {
  return std::all_of(arrays.begin(), arrays.end(), [](const std::vector<std::byte> &a) {
    return std::all_of(a.begin(), a.end(), [](std::byte b) { return b == kBlank; });
  });
}

bool OutputArrays::hold(const Answer &answer) const {
  for (size_t i = 0; i < answer.size(); ++i) {
    const auto end = arrays[i].begin() + static_cast<ptrdiff_t>(answer[i].size());
    if (!std::equal(answer[i].begin(), answer[i].end(), arrays[i].begin()) ||
        !std::all_of(end, arrays[i].end(), [](std::byte b) { return b == kBlank; }))
      return false;
  }
  return true;
}

Answer OutputArrays::answer() const {
  Answer all;
  for (size_t i = 0; i < arrays.size(); ++i)
    all.emplace_back(arrays[i].begin(), arrays[i].begin() + static_cast<ptrdiff_t>(bytes[i]));
  return all;
}

//===----------------------------------------------------------------------===//
// Exercises
//===----------------------------------------------------------------------===//

std::string Exercise::tryOn(Session &session, OutputArrays &outputs) const {
  const cortex_batch view = batch.view();
  if (cortex_session_run(session.get(), &view, outputs.blank(outputBytes)) != CORTEX_OK)
    return cortex_last_error();
  return outputs.hold(answer) ? "" : "other bytes than alone";
}

std::string FaultyExercise::tryOn(Session &session, OutputArrays &outputs) const {
  const cortex_batch view = batch.view();
  if (cortex_session_run(session.get(), &view, outputs.blank(outputBytes)) != CORTEX_INVALID_BATCH)
    return "the fault was not found";
  if (message != cortex_last_error())
    return std::string(cortex_last_error()) + " (expected: " + message + ")";
  return outputs.stillBlank() ? "" : "outputs were written in spite of the fault";
}

static std::vector<size_t> outputBytes(const Program &program, const RandomBatch &batch) {
  std::vector<size_t> sizes;
  for (uint32_t i = 0; i < program.info().num_outputs; ++i) {
    const cortex_output_info info = program.output(i);
    const uint64_t items = info.place == CORTEX_AT_ROOTS   ? numRoots(batch.view())
                           : info.place == CORTEX_AT_NODES ? static_cast<uint64_t>(batch.nodes())
                                                           : static_cast<uint64_t>(batch.structures());
    sizes.push_back(items * info.elements * (info.dtype == CORTEX_F64 ? 8 : 4));
  }
  return sizes;
}

Exercise cortex::test::exerciseOf(const Model &model, RandomBatch batch) {
  cortex_program_retain(cortex_model_program(model.get()));
  const Program program(cortex_model_program(model.get()));
  Exercise made{std::move(batch), {}, {}};
  made.outputBytes = outputBytes(program, made.batch);
  OutputArrays outputs;
  Session session = sessionOf(model, Team(), 1);
  session.run(made.batch.view(), outputs.blank(made.outputBytes));
  made.answer = outputs.answer();
  return made;
}

Session cortex::test::sessionOf(const Model &model, const Team &team, uint32_t exactWorkers, uint64_t budget) {
  cortex_session_options options{};
  options.team = team.get();
  options.exact_workers = exactWorkers;
  options.scratch_budget = budget;
  return Session(model, options);
}

/// The batch with one child that is no node of its structure.
static FaultyExercise withBadChild(const Exercise &good, std::mt19937 &random) {
  FaultyExercise bad{good.batch, good.outputBytes, ""};
  RandomBatch &b = bad.batch;
  const auto edge = static_cast<int32_t>(random() % static_cast<uint32_t>(b.edges()));
  int32_t node = 0, structure = 0;
  while (b.childOffsets[node + 1] <= edge)
    ++node;
  while (b.nodeOffsets[structure + 1] <= node)
    ++structure;
  b.children[edge] = b.nodeOffsets[structure + 1];
  bad.message = "structure " + std::to_string(structure) + ", node " + std::to_string(node) + ": its child " +
                std::to_string(edge - b.childOffsets[node]) + " is node " + std::to_string(b.children[edge]) +
                ", the structure has nodes " + std::to_string(b.nodeOffsets[structure]) + " to " +
                std::to_string(b.nodeOffsets[structure + 1] - 1);
  return bad;
}

/// About half of what the largest batch needs, but enough for its largest structure.
static uint64_t findTightBudget(const LoadSubject &subject) {
  uint64_t most = 0;
  Session roomy = sessionOf(subject.model, Team(), 1);
  OutputArrays outputs;
  for (const Exercise &e : subject.exercises) {
    roomy.run(e.batch.view(), outputs.blank(e.outputBytes));
    most = std::max(most, roomy.stats().scratch_bytes);
  }
  for (uint64_t budget = most / 2;; budget += budget / 8) {
    Session tight = sessionOf(subject.model, Team(), 1, budget);
    if (std::all_of(subject.exercises.begin(), subject.exercises.end(),
                    [&](const Exercise &e) { return e.tryOn(tight, outputs).empty(); }))
      return budget;
    if (budget > 2 * most) // then it is no matter of budgets: runs give other bytes
      throw std::runtime_error("no budget suffices");
  }
}

LoadSubject::LoadSubject(const NamedArtifact &artifact, uint32_t count, int32_t mostStructures, int32_t mostNodes)
    : program(Program::loadMemory(artifact.bytes.data(), artifact.bytes.size())), model(program) {
  std::mt19937 random(1);
  for (uint32_t seed = 0; seed < count; ++seed) {
    const auto structures = static_cast<int32_t>(1 + random() % static_cast<uint32_t>(mostStructures));
    exercises.push_back(exerciseOf(model, RandomBatch(program, seed, structures, mostNodes)));
    if (exercises.back().batch.edges() > 0)
      faulty.push_back(withBadChild(exercises.back(), random));
  }
  tightBudget = findTightBudget(*this);
}
