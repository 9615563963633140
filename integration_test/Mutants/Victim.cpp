#include "Victim.h"

#include "cortex/Conversion/ProgramLayout.h"
#include "cortex/Dialect/ILIR/Transforms/Slices.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"

#include <cmath>
#include <csignal>
#include <cstring>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlir;

namespace cortex::mutants {

namespace {

/// A check that failed.
struct Killed {
  std::string check, message;
};

void expect(const char *check, bool good, const std::string &message) {
  if (!good)
    throw Killed{check, message};
}

ilir::ProgramOp programIn(ModuleOp module) {
  return *module.getOps<ilir::ProgramOp>().begin();
}

bool run(ModuleOp module, llvm::function_ref<void(OpPassManager &)> build) {
  PassManager pm(module.getContext());
  build(pm);
  return succeeded(pm.run(module));
}

/// AVX2, so that the same sites are found on every machine that has it.
TargetSpec targetOfMutants() {
  TargetSpec v3 = cli::orFail(TargetSpec::parse("x86-64-v3"));
  return v3.runsHere() ? v3 : cli::orFail(TargetSpec::parse("x86-64"));
}

reference::Shape oneOf(ra::ModelOp model, reference::Shape wanted) {
  std::vector<reference::Shape> shapes = reference::shapesOf(model);
  return llvm::is_contained(shapes, wanted) ? wanted : shapes.front();
}

} // namespace

Victim::Victim(std::string name, test::Source source, const std::string &schedule, uint64_t seed)
    : title(std::move(name)), source(std::move(source)) {
  options.target = targetOfMutants();
  options.codegen.optLevel = 0; // quicker to compile; what the mutants do is the same
  if (std::string error; !parseSchedule("partition=units " + schedule, options.schedule, error))
    throw cli::Failure(title + ": " + error);
  ra::ModelOp model = cli::modelIn(*this->source.module);
  params = reference::randomParams(model, seed);
  // Mixed structures; then some whose levels are as wide as there are structures.
  for (const reference::StructureOptions &structures :
       {reference::StructureOptions{reference::Shape::Mixed, 7, 12},
        reference::StructureOptions{oneOf(model, reference::Shape::Chain), 9, 5},
        reference::StructureOptions{reference::Shape::Single, 9, 1}}) {
    test::Given &given = batches.emplace_back();
    std::string error;
    if (!reference::randomBatch(model, structures, seed, given.batch, error) ||
        !reference::evaluate(model, params, given.batch, given.result, error))
      throw cli::Failure(title + ": " + error);
  }
  if (std::string vacuous = reference::vacuity(batches.front().result); !vacuous.empty())
    throw cli::Failure(title + ": " + vacuous);
}

ModuleOp Victim::at(Stage stage) const {
  OwningOpRef<ModuleOp> &module = stages[static_cast<int>(stage)];
  if (!module) {
    module = OwningOpRef<ModuleOp>(ModuleOp(*source.module).clone());
    reference::exposeStates(cli::modelIn(*module));
    const CutPoint cuts[] = {CutPoint::RA, CutPoint::ILIR, CutPoint::Vector};
    manifest = cli::orFail(lowerModel(*module, options, cuts[static_cast<int>(stage)]));
  }
  return *module;
}

OwningOpRef<ModuleOp> Victim::lowered(Stage stage) const {
  return OwningOpRef<ModuleOp>(at(stage).clone());
}

bool Victim::isEquivalent(ModuleOp mutant) const {
  for (const test::Given &given : batches) {
    reference::Result changed;
    std::string error;
    if (!reference::evaluate(cli::modelIn(mutant), params, given.batch, changed, error))
      throw cli::Failure(title + ": " + error);
    for (size_t s = 0; s < changed.states.size(); ++s)
      for (size_t i = 0; i < changed.states[s].values.size(); ++i)
        if (!(std::abs(changed.states[s].values[i] - given.result.states[s].values[i]) < 1e-4))
          return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Compiling
//===----------------------------------------------------------------------===//

LLVMProgram Victim::compile(ModuleOp module, Stage stage) const {
  if (stage == Stage::Model)
    return cli::orFail(compileModel(module, options));
  Manifest described = manifest;
  if (stage == Stage::Loops) {
    expect("verifier of ilir", succeeded(verify(module)), "refused");
    expect("ilir-verify-exchanges", succeeded(ilir::verifyExchanges(programIn(module))), "refused");
    described = buildManifest(programIn(module), options.schedule);
    expect("lowering", run(module, [&](OpPassManager &pm) { buildILIRToVector(pm, options); }), "refused");
  }
  if (!run(module, [&](OpPassManager &pm) { buildLowerToLLVM(pm, options.target.fma); }))
    throw cli::Failure("the mutant is no module that can be lowered: choose the fault's sites better");
  return cli::orFail(compileToLLVM(module, options.target, described, options.codegen));
}

//===----------------------------------------------------------------------===//
// The checks
//===----------------------------------------------------------------------===//

/// Every state against the oracle, node by node.
void Victim::checkValues(const cli::Subject &subject, Session &session) const {
  for (const test::Given &given : batches) {
    reference::LocalReport local;
    std::string error;
    const std::vector<cli::Output> outputs = subject.run(session, given.batch);
    if (!reference::checkLocal(subject.model(), params, given.batch, subject.states(outputs), local, error))
      throw cli::Failure(error);
    expect("local check", local.passed, local.str());
  }
}

/// Words has nothing but sums: its bytes are those of plain additions in stored order.
void Victim::checkOrderOfSums(const cli::Subject &subject, Session &session) const {
  const io::Batch &batch = batches.front().batch;
  const std::vector<cli::Output> outputs = subject.run(session, batch);
  const reference::ProgramState h = subject.states(outputs).front();
  const auto *values = static_cast<const float *>(h.data);
  const size_t units = batches.front().result.states.front().itemSize();
  for (size_t n = 0; n < batch.nodes(); ++n)
    for (size_t u = 0; batch.arity(n) > 0 && u < units; ++u) {
      float sum = 0;
      for (int32_t k = batch.child_offsets[n]; k < batch.child_offsets[n + 1]; ++k)
        sum += values[batch.children[k] * units + u];
      expect("order of sums", sum == values[n * units + u], "node " + std::to_string(n));
    }
}

/// The bytes of each structure alone, and in batches of every size.
void Victim::checkAlone(const cli::Subject &subject, Session &session, const io::Batch &batch) const {
  std::vector<std::vector<cli::Output>> alone;
  for (size_t s = 0; s < batch.structures(); ++s)
    alone.push_back(subject.run(session, batch.slice(s, s + 1)));
  for (size_t size = 2; size <= batch.structures(); ++size) {
    const io::Batch first = batch.slice(0, size);
    const std::vector<cli::Output> outputs = subject.run(session, first);
    for (size_t s = 0; s < size; ++s) {
      const std::string found = cli::firstDifference(first, outputs, s, batch.slice(s, s + 1), alone[s], 0);
      expect("bytes: alone against batch", found.empty(), found + " in a batch of " + std::to_string(size));
    }
  }
}

void Victim::checkWorkers(const cli::Subject &subject, const Model &model, Session &session) const {
  for (const test::Given &given : batches) {
    const std::vector<cli::Output> outputs = subject.run(session, given.batch);
    for (int64_t workers : {2, 3}) {
      Session several = subject.session(model, workers);
      const std::string found = cli::firstDifference(outputs, subject.run(several, given.batch));
      expect("bytes: one worker against several", found.empty(), found + ", " + std::to_string(workers) + " workers");
    }
  }
}

void Victim::check(const cli::Subject &subject) const {
  const Model model = subject.prepare(subject.inProcess(), params);
  Session session = subject.session(model, 1);
  checkValues(subject, session);
  if (title == "Words")
    checkOrderOfSums(subject, session);
  for (const test::Given &given : batches)
    checkAlone(subject, session, given.batch);
  checkWorkers(subject, model, session);
}

//===----------------------------------------------------------------------===//
// In a process of its own
//===----------------------------------------------------------------------===//

Verdict Victim::tryOut(ModuleOp mutant, Stage stage) const {
  try {
    const ScopedDiagnosticHandler quiet(mutant.getContext(), [](Diagnostic &) { return success(); });
    check(cli::Subject(*source.module, options, [&](ModuleOp, const CompileOptions &) -> llvm::Expected<LLVMProgram> {
      return compile(mutant, stage);
    }));
    return {};
  } catch (const Killed &killed) {
    return {killed.check, killed.message};
  } catch (const std::exception &error) {
    return {"error", error.what()};
  }
}

/// What a mutant's end says. Only its own code can overrun a buffer or wait for ever; an abort, say, is the compiler's
/// or the runtime's, which the mutant was to get past.
static Verdict verdictOf(int status, const std::string &text) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    if (signal == SIGSEGV || signal == SIGBUS)
      return {"crash at a guard page", strsignal(signal)};
    if (signal == SIGALRM || signal == SIGXCPU || signal == SIGKILL)
      return {"no end", strsignal(signal)};
    return {"error", std::string("it died of a signal: ") + strsignal(signal)};
  }
  if (status != 0)
    return {"error", "it ended with exit status " + std::to_string(WEXITSTATUS(status))};
  const size_t line = text.find('\n');
  return {text.substr(0, line), line == std::string::npos ? "" : text.substr(line + 1)};
}

Verdict Victim::judge(ModuleOp mutant, Stage stage) const {
  int ends[2];
  if (pipe(ends) != 0)
    throw cli::Failure("no pipe");
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0)
    throw cli::Failure("no process");
  if (child == 0) {
    // A mutant may crash, compute for ever, or sleep for ever.
    const rlimit none{0, 0}, minute{60, 60};
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_CPU, &minute);
    for (int signal : {SIGSEGV, SIGBUS, SIGALRM, SIGXCPU})
      std::signal(signal, SIG_DFL);
    alarm(300);
    const Verdict verdict = tryOut(mutant, stage);
    const std::string text = verdict.killer + '\n' + verdict.detail;
    const bool written = write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(n));
  close(ends[0]);
  int status = 0;
  if (waitpid(child, &status, 0) != child)
    throw cli::Failure("the process is gone");
  return verdictOf(status, text);
}

} // namespace cortex::mutants
