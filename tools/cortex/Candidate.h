//===- Candidate.h - A schedule's program, to be timed --------------------===//
#ifndef CORTEX_TOOLS_CANDIDATE_H
#define CORTEX_TOOLS_CANDIDATE_H

#include "Input.h"
#include "Loaded.h"
#include "ModelSource.h"

#include "cortex/Reference/Evaluator.h"

#include <memory>
#include <string>
#include <vector>

namespace cortex::cli {

/// What all schedules of a model are tried on: its weights, and batches of structures with what the reference
/// evaluator says of some of them.
class Trials {
public:
  /// `weights` as `params` orders them; `operands` is what all the schedules' programs multiply with them.
  Trials(mlir::ModuleOp module, std::vector<io::Tensor> weights, const std::vector<ParamInfo> &params,
         const Structures &structures, const BatchOptions &batches, reference::Operands operands);

  const std::vector<io::Tensor> &weights() const { return tensors; }
  const std::vector<io::Batch> &batches() const { return batches_; }
  /// A few structures, and the model's outputs there, with bounds.
  const io::Batch &sample() const { return sample_; }
  const std::vector<reference::StateValues> &expected() const { return expected_; }

private:
  std::vector<io::Tensor> tensors;
  std::vector<io::Batch> batches_;
  io::Batch sample_;
  std::vector<reference::StateValues> expected_;
};

/// A model compiled with one schedule into this process.
class Candidate {
public:
  /// Throws Failure if the schedule is not legal for the model.
  Candidate(mlir::ModuleOp module, const CompileOptions &options);

  const Manifest &manifest() const { return compiled.manifest(); }
  const Program &program() const { return code; }
  /// Equal for equal programs, whatever the schedules that led to them.
  std::string hash() const;
  /// Makes a session on `team` and runs each batch once. `trials` must outlive this.
  void prepare(const Trials &trials, const Team &team);
  /// Why the outputs on the sample are not what the reference evaluator allows; empty if they are.
  std::string differsFromOracle(const Trials &trials);
  /// Runs all batches; microseconds per batch.
  double time(const Trials &trials);

private:
  static LLVMProgram compile(mlir::ModuleOp module, const CompileOptions &options);

  LLVMProgram compiled;
  std::unique_ptr<JITProgram> jit;
  Program code; // after `jit`, whose code it is
  Session session;
  std::vector<std::unique_ptr<BatchView>> views;
  std::vector<std::vector<Output>> outputs;
  std::vector<std::vector<void *>> targets;
};

} // namespace cortex::cli
#endif // CORTEX_TOOLS_CANDIDATE_H
