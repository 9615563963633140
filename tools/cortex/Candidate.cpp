#include "Candidate.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA1.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace cortex::cli {

//===----------------------------------------------------------------------===//
// Trials
//===----------------------------------------------------------------------===//

Trials::Trials(mlir::ModuleOp module, std::vector<io::Tensor> weights, const std::vector<ParamInfo> &params,
               const Structures &structures, const BatchOptions &batches, reference::Operands operands)
    : tensors(std::move(weights)) {
  batches_ = cutIntoBatches(structures.batch, batches);
  // The evaluator takes a node at a time; a few structures show a wrong program.
  constexpr size_t kSample = 4;
  sample_ = structures.batch.slice(0, std::min(kSample, structures.batch.structures()));
  ra::ModelOp model = modelIn(module);
  reference::Result result;
  std::string error;
  if (!reference::evaluateWithBounds(model, toParams(params, tensors), sample_, result, error, operands))
    throw Failure(structures.file + ": " + error);
  for (auto output : model.getOps<ra::OutputOp>())
    expected_.push_back(reference::outputValues(output, result));
}

//===----------------------------------------------------------------------===//
// Candidates
//===----------------------------------------------------------------------===//

Candidate::Candidate(mlir::ModuleOp module, const CompileOptions &options) : compiled(compile(module, options)) {
  jit = orFail(JITProgram::create(compiled));
  code = Program::fromEntry(*jit->entry());
}

LLVMProgram Candidate::compile(mlir::ModuleOp module, const CompileOptions &options) {
  const TargetSpec target = targetFor(options.target, orFail(scheduleOf(module, options)));
  const mlir::OwningOpRef<mlir::ModuleOp> lowered(module.clone());
  Manifest manifest = orFail(lowerModel(*lowered, options, CutPoint::LLVM));
  manifest.schedule.clear(); // so that schedules which lead to the same program have the same bytes
  return orFail(compileToLLVM(*lowered, target, std::move(manifest), options.codegen));
}

std::string Candidate::hash() const {
  return llvm::toHex(llvm::SHA1::hash(orFail(compiled.object())));
}

void Candidate::prepare(const Trials &trials, const Team &team) {
  cortex_session_options options{};
  options.team = team.get();
  session = Session(createModel(code, trials.weights(), team), options);
  const io::Schema schema = schemaOf(code);
  for (const io::Batch &batch : trials.batches()) {
    views.push_back(std::make_unique<BatchView>(batch, schema));
    makeRoom(*views.back(), batch, outputs.emplace_back(outputsOf(code)), targets.emplace_back());
    session.run(views.back()->get(), targets.back().data());
  }
}

std::string Candidate::differsFromOracle(const Trials &trials) {
  std::vector<Output> found = outputsOf(code);
  runInto(session, BatchView(trials.sample(), schemaOf(code)), trials.sample(), found);
  for (size_t o = 0; o < found.size(); ++o) {
    const reference::StateValues &expected = trials.expected()[o];
    for (size_t i = 0; i < expected.values.size(); ++i) {
      const double value = found[o].at(i / found[o].elements, i % found[o].elements);
      const bool same = expected.values[i] == value || (std::isnan(expected.values[i]) && std::isnan(value));
      if (!same && !(std::abs(value - expected.values[i]) <= expected.bounds[i]))
        return "output '" + found[o].name + "' is " + formatNumber(value) + " where the reference evaluator has " +
               formatNumber(expected.values[i]) + " and allows a difference of " + formatNumber(expected.bounds[i]);
    }
  }
  return "";
}

double Candidate::time(const Trials &trials) {
  const auto begin = std::chrono::steady_clock::now();
  for (size_t i = 0; i < views.size(); ++i)
    session.run(views[i]->get(), targets[i].data());
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count() /
         static_cast<double>(trials.batches().size());
}

} // namespace cortex::cli
