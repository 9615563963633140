#include "Subject.h"

#include <algorithm>
#include <cstring>

namespace cortex::cli {

LLVMProgram Subject::compile(mlir::ModuleOp module, CompileOptions options, const Schedule &schedule, Compile compiler,
                             Shown shown, std::vector<std::string> &stateOutputs) {
  options.schedule = pinned(schedule); // whatever is shown
  const mlir::OwningOpRef<mlir::ModuleOp> lowered(module.clone());
  if (shown == Shown::States)
    stateOutputs = reference::exposeStates(modelIn(*lowered));
  return orFail(compiler(*lowered, options));
}

Subject::Subject(mlir::ModuleOp module, const CompileOptions &options, Compile compiler, Shown shown)
    : reference_(modelIn(module)), schedule(orFail(chooseSchedule(module, options)).schedule),
      compiled(compile(module, options, schedule, compiler, shown, stateOutputs)),
      jit(orFail(JITProgram::create(compiled))), code(Program::fromEntry(*jit->entry())), expects(schemaOf(code)) {}

Program Subject::loadArtifact() const {
  const std::vector<uint8_t> bytes = orFail(buildArtifact(compiled));
  return Program::loadMemory(bytes.data(), bytes.size());
}

reference::Params Subject::stored(reference::Params params) const {
  if (schedule.weights == Precision::BF16)
    reference::roundToBF16(params);
  return params;
}

reference::Operands operandsOf(const Schedule &schedule) {
  return schedule.compute == Precision::BF16 ? reference::Operands::BF16 : reference::Operands::Exact;
}

double Subject::tolerance() const {
  if (operands() == reference::Operands::BF16)
    return 3e-2;
  return manifest().float_type == DType::F64 ? 1e-11 : 1e-4;
}

Model Subject::prepare(const Program &program, const reference::Params &params, const Team &team) const {
  return createModel(program, toTensors(manifest().params, params), team, CORTEX_MODEL_GUARD_PAGES);
}

Session Subject::session(const Model &model, int64_t workers, uint64_t scratchBudget) const {
  const Team team = Team::create(static_cast<uint32_t>(workers));
  cortex_session_options options{};
  options.exact_workers = static_cast<uint32_t>(workers);
  options.flags = CORTEX_SESSION_GUARD_PAGES;
  options.scratch_budget = scratchBudget;
  options.team = team.get();
  return Session(model, options);
}

std::vector<Output> Subject::run(Session &session, const io::Batch &batch) const {
  std::vector<Output> outputs = outputsOf(code);
  runInto(session, BatchView(batch, expects), batch, outputs);
  return outputs;
}

std::vector<reference::ProgramState> Subject::states(const std::vector<Output> &outputs) const {
  std::vector<reference::ProgramState> states;
  auto name = stateOutputs.begin();
  ra::ModelOp(reference_).walk([&](ra::SweepOp sweep) {
    for (unsigned i = 0; i < sweep.getNumStates(); ++i, ++name) {
      const auto output =
          std::find_if(outputs.begin(), outputs.end(), [&](const Output &o) { return o.name == *name; });
      if (output == outputs.end())
        throw Failure("the compiled program lacks the output '" + *name + "'");
      states.push_back({sweep.getSymName().str(), sweep.getStateName(i).str(), output->values.data(), output->dtype});
    }
  });
  return states;
}

Comparison compareWithOracle(const Subject &subject, const reference::Params &params, const io::Batch &batch,
                             const reference::Result &result, const std::vector<Output> &outputs) {
  Comparison found;
  std::string error;
  found.vacuous = reference::vacuity(result);
  const std::vector<reference::ProgramState> states = subject.states(outputs);
  reference::LocalOptions options;
  options.operands = subject.operands();
  if (!reference::checkLocal(subject.model(), params, batch, states, found.local, error, options) ||
      !reference::checkEndToEnd(batch, result, states, found.endToEnd, error))
    throw Failure(error);
  if (found.vacuous.empty() && found.local.unbounded > 0)
    found.vacuous = std::to_string(found.local.unbounded) + " values have no bound, the first at " +
                    found.local.where_unbounded.str();
  return found;
}

std::string firstDifference(const std::vector<Output> &a, const std::vector<Output> &b) {
  for (size_t i = 0; i < a.size(); ++i)
    if (i >= b.size() || a[i].name != b[i].name || a[i].values != b[i].values)
      return "output '" + a[i].name + "' differs";
  return "";
}

/// The items of `place` that structure `s` has: first and one past the last.
static std::pair<size_t, size_t> itemsOf(const io::Batch &batch, Place place, size_t s) {
  auto range = [&](const std::vector<int32_t> &offsets) {
    return std::pair(static_cast<size_t>(offsets[s]), static_cast<size_t>(offsets[s + 1]));
  };
  if (place == Place::Nodes)
    return range(batch.node_offsets);
  if (place == Place::Structures)
    return {s, s + 1};
  if (!batch.root_offsets.empty())
    return range(batch.root_offsets);
  size_t first = 0;
  for (size_t before = 0; before < s; ++before)
    first += io::defaultRoots(batch, before).size();
  return {first, first + io::defaultRoots(batch, s).size()};
}

std::string firstDifference(const io::Batch &batch, const std::vector<Output> &outputs, size_t inBatch,
                            const io::Batch &other, const std::vector<Output> &others, size_t inOther) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    const size_t bytes = outputs[i].elements * bytesOf(outputs[i].dtype);
    const auto [first, last] = itemsOf(batch, outputs[i].place, inBatch);
    const auto [otherFirst, otherLast] = itemsOf(other, others[i].place, inOther);
    if (last - first != otherLast - otherFirst ||
        std::memcmp(outputs[i].values.data() + first * bytes, others[i].values.data() + otherFirst * bytes,
                    (last - first) * bytes) != 0)
      return "output '" + outputs[i].name + "' differs";
  }
  return "";
}

} // namespace cortex::cli
