#include "FindFault.h"

#include "Subject.h"

#include <algorithm>

namespace cortex::fuzz {

using cli::firstDifference;
using cli::Output;
using cli::Subject;

void Agreement::add(const Agreement &more) {
  cases += more.cases;
  endToEnd += more.endToEnd;
  vacuous += more.vacuous;
  ratio = std::max(ratio, more.ratio);
  ratioToEnd = std::max(ratioToEnd, more.ratioToEnd);
  largestLoose = std::max(largestLoose, more.largestLoose);
}

namespace {

/// One trial, compiled in its ways.
class Run {
public:
  Run(mlir::ModuleOp module, const Trial &trial, Seen *seen, Agreement *agreement,
      const std::function<void(mlir::ModuleOp)> &compiled)
      : trial(trial), seen(seen), agreement(agreement), subject(compile(module, trial.way, seen, compiled)) {
    if (trial.other)
      other.emplace(compile(module, *trial.other, nullptr, compiled));
    // Which outputs there are says where states of symbol types are stored, and nothing else.
    const std::vector<TypeInfo> &types = subject.manifest().types;
    if (std::any_of(types.begin(), types.end(), [](const TypeInfo &type) { return type.symbol; }))
      declared.emplace(compile(module, trial.way, nullptr, compiled, cli::Shown::Declared));
  }

  std::string findFault(const Case &one) {
    const Model model = subject.prepare(subject.inProcess(), one.params);
    Session session = subject.session(model, 1);
    const std::vector<Output> outputs = subject.run(session, one.batch);
    if (std::string fault = differsFromOracle(one, outputs); !fault.empty())
      return fault;
    if (std::string fault = differsAlone(session, one, outputs); !fault.empty())
      return fault;
    if (std::string fault = differsOtherwise(model, one, outputs); !fault.empty())
      return fault;
    if (seen)
      seen->addCase(one, subject.manifest(), cli::BatchView(one.batch, subject.schema()).get());
    return "";
  }

private:
  static Subject compile(mlir::ModuleOp module, const Way &way, Seen *seen,
                         const std::function<void(mlir::ModuleOp)> &compiled, cli::Shown shown = cli::Shown::States) {
    CompileOptions options = way.options();
    if (seen)
      options.showILIR = [&](mlir::ModuleOp program) { seen->addProgram(program, options); };
    return {module, options,
            [&](mlir::ModuleOp copy, const CompileOptions &given) {
              if (compiled)
                compiled(copy);
              return compileModel(copy, given);
            },
            shown};
  }

  std::string differsFromOracle(const Case &one, const std::vector<Output> &outputs) {
    reference::Result result;
    std::string error;
    if (!reference::evaluateWithBounds(subject.model(), one.params, one.batch, result, error, subject.operands()))
      return "the oracle: " + error;
    const cli::Comparison found = cli::compareWithOracle(subject, one.params, one.batch, result, outputs);
    if (!found.local.passed)
      return found.local.str();
    if (!found.endToEnd.withinBounds() || (trial.tolerance > 0 && found.endToEnd.max_rel_error > trial.tolerance))
      return found.endToEnd.str();
    if (agreement)
      agreement->add(agreementOf(found));
    return "";
  }

  static Agreement agreementOf(const cli::Comparison &found) {
    Agreement one;
    one.cases = 1;
    one.vacuous = !found.vacuous.empty();
    one.endToEnd = found.endToEnd.max_rel_bound <= Agreement::kSharp;
    one.ratio = found.local.ratio;
    one.ratioToEnd = found.endToEnd.ratio;
    if (!one.endToEnd)
      one.largestLoose = found.endToEnd.max_rel_error;
    return one;
  }

  std::string differsAlone(Session &session, const Case &one, const std::vector<Output> &outputs) {
    for (size_t s = 0; s < one.batch.structures(); ++s) {
      const io::Batch alone = one.batch.slice(s, s + 1);
      const std::vector<Output> values = subject.run(session, alone);
      if (const std::string found = firstDifference(one.batch, outputs, s, alone, values, 0); !found.empty())
        return found + ": structure " + std::to_string(s) + " alone";
      largestScratch = std::max(largestScratch, session.stats().scratch_bytes);
    }
    return "";
  }

  std::string differsOtherwise(const Model &model, const Case &one, const std::vector<Output> &outputs) {
    auto differs = [&](const Subject &by, Session session, const std::string &how) {
      const std::string found = firstDifference(by.run(session, one.batch), outputs);
      return found.empty() ? "" : found + ": " + how;
    };
    const std::string workers = std::to_string(one.workers) + " workers";
    std::string found = differs(subject, subject.session(model, one.workers), workers);
    if (found.empty() && one.chunks)
      found = differs(subject, subject.session(model, 1, 2 * largestScratch), "in chunks");
    if (found.empty() && one.artifact) {
      if (!artifact)
        artifact = subject.loadArtifact();
      found = differs(subject, subject.session(subject.prepare(*artifact, one.params), one.workers),
                      "from the artifact, " + workers);
    }
    if (found.empty() && other)
      found = differs(*other, other->session(other->prepare(other->inProcess(), one.params), one.workers),
                      "strips of " + std::to_string(trial.other->schedule.strip_rows) + " rows at level " +
                          std::to_string(trial.other->optLevel) + ", " + workers);
    if (found.empty() && declared)
      found = differs(*declared, declared->session(declared->prepare(declared->inProcess(), one.params), one.workers),
                      "declared outputs alone, " + workers);
    return found;
  }

  const Trial &trial;
  Seen *seen;
  Agreement *agreement;
  Subject subject;
  std::optional<Subject> other;
  std::optional<Subject> declared; ///< with no outputs but the model's own
  std::optional<Program> artifact; ///< linked once somebody wants it
  uint64_t largestScratch = 0;
};

} // namespace

Fault findFault(mlir::ModuleOp module, const Trial &trial, Seen *seen, Agreement *agreement,
                const std::function<void(mlir::ModuleOp)> &compiled) {
  int64_t at = -1;
  try {
    Run run(module, trial, seen, agreement, compiled);
    for (at = 0; at < std::ssize(trial.cases); ++at)
      if (std::string fault = run.findFault(trial.cases[static_cast<size_t>(at)]); !fault.empty())
        return {fault, at};
  } catch (const std::exception &failure) {
    return {failure.what(), at};
  }
  if (seen) {
    seen->addModel(module);
    seen->addSchedule(trial);
  }
  return {};
}

} // namespace cortex::fuzz
