//===- Subject.h - A compiled model, to be compared with the oracle -------===//
//
// What `cortex check` and the execution tests share: a model compiled with every
// state as an output, run in process or from its artifact by any number of
// workers, its values handed to the reference evaluator's checks, and its bytes
// compared between ways to run it. Errors are Failure or cortex::Error.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_TOOLS_SUBJECT_H
#define CORTEX_TOOLS_SUBJECT_H

#include "Loaded.h"
#include "ModelSource.h"

#include "cortex/Reference/Check.h"

#include <memory>
#include <string>
#include <vector>

namespace cortex::cli {

/// What programs of this schedule multiply with weights, for the oracle's bounds.
reference::Operands operandsOf(const Schedule &schedule);

/// What a compiled model shows.
enum class Shown {
  States,  ///< every state is an output: the oracle can check each
  Declared ///< the outputs that the model declares, as users run it; states that nobody reads are nowhere
};

/// A compiled model whose states are all outputs, or one with its own outputs to be compared with that.
class Subject {
public:
  /// From a module with one model to a program.
  using Compile = llvm::function_ref<llvm::Expected<LLVMProgram>(mlir::ModuleOp, const CompileOptions &)>;

  /// Compiles the one model of `module`, which is not changed and must outlive this.
  Subject(mlir::ModuleOp module, const CompileOptions &options, Compile compiler = compileModel,
          Shown shown = Shown::States);

  /// What the oracle interprets; lowering got a copy.
  ra::ModelOp model() const { return reference_; }
  const Manifest &manifest() const { return compiled.manifest(); }
  const io::Schema &schema() const { return expects; }
  /// The code in this process; it must not outlive this.
  const Program &inProcess() const { return code; }
  /// The same code, linked as an artifact and loaded from its bytes.
  Program loadArtifact() const;

  /// The weights as the program stores them: rounded to bf16 if its schedule says so. Given to program and oracle
  /// alike, storing loses nothing more, so that the oracle's bounds hold and are as sharp as for f32.
  reference::Params stored(reference::Params params) const;
  reference::Operands operands() const { return operandsOf(schedule); }
  /// The largest relative error from inputs to states that is usual where the recursion contracts.
  double tolerance() const;

  /// Prepares `program` (inProcess() or loadArtifact()) for these weights, with guard pages.
  Model prepare(const Program &program, const reference::Params &params, const Team &team = Team()) const;
  /// A session that exactly `workers` workers run, with a team of its own, guard
  /// pages after all that the program touches and NaN in its buffers; `scratchBudget` 0 is the default.
  Session session(const Model &model, int64_t workers, uint64_t scratchBudget = 0) const;

  std::vector<Output> run(Session &session, const io::Batch &batch) const;
  /// The values of every state, as the checks take them; they point into `outputs`. All states must be shown.
  std::vector<reference::ProgramState> states(const std::vector<Output> &outputs) const;

private:
  static LLVMProgram compile(mlir::ModuleOp module, CompileOptions options, const Schedule &schedule, Compile compiler,
                             Shown shown, std::vector<std::string> &stateOutputs);

  ra::ModelOp reference_;
  Schedule schedule;
  std::vector<std::string> stateOutputs; ///< [states]: the output that shows each; none if only declared ones are shown
  LLVMProgram compiled;
  std::unique_ptr<JITProgram> jit;
  Program code; // after `jit`, whose code it is
  io::Schema expects;
};

/// What a run's values look like beside the oracle's.
struct Comparison {
  reference::LocalReport local;
  reference::EndToEndReport endToEnd;
  std::string vacuous; ///< why the comparison says nothing; empty = it does
};

/// Compares the values of all states; `result` is evaluate's on the same weights and batch.
Comparison compareWithOracle(const Subject &subject, const reference::Params &params, const io::Batch &batch,
                             const reference::Result &result, const std::vector<Output> &outputs);

/// The first output of `a` whose bytes differ from those of the same one in `b`:
/// "output 'x' differs"; empty if none does. `b` may have more outputs after those.
std::string firstDifference(const std::vector<Output> &a, const std::vector<Output> &b);

/// The same between structure `inBatch` of `batch`, whose values are `outputs`,
/// and structure `inOther` of `other`, whose values are `others`.
std::string firstDifference(const io::Batch &batch, const std::vector<Output> &outputs, size_t inBatch,
                            const io::Batch &other, const std::vector<Output> &others, size_t inOther);

} // namespace cortex::cli
#endif // CORTEX_TOOLS_SUBJECT_H
