//===- Lowered.cpp - Models in ilir, interpreted and compared -------------===//
#include "Lowered.h"

namespace cortex::interleaved {

static Schedule withStrips(int64_t rows) {
  Schedule schedule;
  schedule.strip_rows = static_cast<unsigned>(rows);
  return schedule;
}

Lowered::Lowered(mlir::ModuleOp module, int64_t stripRows) : Lowered(module, withStrips(stripRows)) {}

Lowered::Lowered(mlir::ModuleOp module, const Schedule &schedule)
    : reference(cli::modelIn(module)), lowered(module.clone()) {
  CompileOptions options;
  options.target = cli::orFail(TargetSpec::parse("x86-64"));
  options.schedule = schedule;
  const Schedule settled = cli::orFail(scheduleOf(*lowered, options));
  stripRows = settled.strip_rows;
  multiplied = cli::operandsOf(settled);
  outputs = reference::exposeStates(cli::modelIn(*lowered));
  described = cli::orFail(lowerModel(*lowered, options, CutPoint::ILIR));
  ilir = *lowered->getOps<ilir::ProgramOp>().begin();
  lanesOfVector = options.target.lanes(reference.getFloatType().isF64() ? DType::F64 : DType::F32);
}

Lowered::Values Lowered::values(const Interpreter &interpreter) const {
  Values values;
  for (const std::string &name : outputs)
    values.push_back(interpreter.output(name));
  return values;
}

std::vector<reference::ProgramState> Lowered::states(const Values &values) const {
  std::vector<reference::ProgramState> states;
  ra::ModelOp(reference).walk([&](ra::SweepOp sweep) {
    for (unsigned i = 0; i < sweep.getNumStates(); ++i)
      states.push_back(
          {sweep.getSymName().str(), sweep.getStateName(i).str(), values[states.size()].data(), DType::F64});
  });
  return states;
}

Given::Given(ra::ModelOp model, const reference::StructureOptions &structures, uint64_t seed)
    : params(reference::randomParams(model, seed)) {
  std::string error;
  if (!reference::randomBatch(model, structures, seed, batch, error))
    throw cli::Failure(error);
}

Lowered::Values expectSameForAll(const Lowered &lowered, const Given &given, const std::vector<int64_t> &workers,
                                 int64_t schedules, uint64_t seed) {
  const Arrays none = lowered.arrays(io::Batch()), arrays = lowered.arrays(given.batch);
  Lowered::Values first;
  for (size_t i = 0; i < workers.size(); ++i) {
    const Crew prepare{workers[(i + seed) % workers.size()], seed + i};
    SCOPED_TRACE(testing::Message() << "prepared by " << prepare.workers << ", run by " << workers[i]
                                    << " workers, schedules from " << seed + i);
    try {
      Interpreter interpreter(lowered.program(), lowered.lanes(), given.params);
      interpreter.prepare(none, prepare);
      for (int64_t s = 0; s < (workers[i] == 1 ? 1 : schedules); ++s) {
        interpreter.run(given.batch, arrays, {workers[i], seed + i + 1000 * static_cast<uint64_t>(s)});
        Lowered::Values values = lowered.values(interpreter);
        if (first.empty())
          first = std::move(values);
        else
          EXPECT_EQ(first, values) << "values depend on the schedule or on the number of workers";
      }
    } catch (const Violation &violation) {
      ADD_FAILURE() << violation.what();
      return first;
    }
  }
  return first;
}

reference::EndToEndReport compare(const Lowered &lowered, const Given &given, const Lowered::Values &values) {
  reference::Result result;
  reference::EndToEndReport report;
  std::string error;
  if (!reference::evaluate(lowered.model(), given.params, given.batch, result, error) ||
      !reference::checkEndToEnd(given.batch, result, lowered.states(values), report, error))
    throw cli::Failure(error);
  return report;
}

std::string violationOf(const Lowered &lowered, const Given &given, int64_t workers, uint64_t seed) {
  const Arrays none = lowered.arrays(io::Batch()), arrays = lowered.arrays(given.batch);
  try {
    Interpreter interpreter(lowered.program(), lowered.lanes(), given.params);
    interpreter.prepare(none, {workers, seed});
    interpreter.run(given.batch, arrays, {workers, seed});
    (void)lowered.values(interpreter);
    return "";
  } catch (const Violation &violation) {
    return violation.what();
  }
}

} // namespace cortex::interleaved
