//===- Interpreter.h - Executes ilir with interleaved workers ---*- C++ -*-===//
//
// Runs `prepare` and `run` of a final ilir program (after ilir-form-phases) in
// double, with any number of workers that take turns at random: what ilir says,
// before any kernel exists, on the memory of Memory.h that knows who may see what.
//
// Control is uniform and follows from the index arrays only, so what a worker
// does is known before it begins: a list of *steps*. A step is one row (or edge)
// of a nest at one panel of the worker's own, or a panel to pack, or a barrier.
// The rows and panels of a nest run in parallel, so each worker takes them in an
// order of its own. A schedule then picks a worker that can go on, lets it take
// some steps, and picks again; all is drawn from a seed. At a barrier a worker
// waits for all others; if they do not come to the same one, that is a violation.
//
// Values do not depend on the schedule: every element is computed by its owner,
// from the same operands in the same order. A result that differs between seeds
// or numbers of workers is a fault, whether or not a rule was broken on the way.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_UNITTESTS_ILIR_INTERPRETER_H
#define CORTEX_UNITTESTS_ILIR_INTERPRETER_H

#include "Memory.h"
#include "NestCode.h"

#include "cortex/Reference/Random.h"
#include "cortex/Reference/Structures.h"

#include <memory>

namespace cortex::interleaved {

/// Who executes a function.
struct Crew {
  int64_t workers = 1;
  uint64_t seed = 0; ///< of the schedule
  /// What the last worker takes for the arrays: null, as ever, for what all others do.
  const Arrays *lastSees = nullptr;
};

struct Step {
  mlir::Operation *op; ///< a nest, a pack or a barrier
  const Order *order = nullptr;
  const Level *level = nullptr;
  const Strip *strip = nullptr;
  int64_t item = -1; ///< position or edge; the key of a pack
  int64_t outer = 0, panel = 0;
  Moment when; ///< serial numbers; worker and epoch are set as it is taken
};

class Interpreter {
public:
  Interpreter(ilir::ProgramOp program, int64_t lanes, const reference::Params &params);

  /// Throw Violation. `prepare` comes first; `run` may be called again, with other batches and crews. What is passed
  /// is used until the next call, by `output` too.
  void prepare(const Arrays &arrays, const Crew &crew);
  void run(const io::Batch &batch, const Arrays &arrays, const Crew &crew);

  /// The values of an output (its name without `out:`) after `run`: items in the
  /// order of the batch's nodes, roots or structures.
  std::vector<double> output(llvm::StringRef name) const;

  /// Multiply-adds of products that the last function's workers executed, all together.
  int64_t multiplyAdds() const { return multiplyAdds_; }

private:
  struct Worker {
    std::vector<Step> steps;
    size_t next = 0;
    int64_t epoch = 0;
  };

  // Interpreter.cpp: who does what, and when
  void execute(llvm::StringRef function, const Arrays &arrays, const Crew &crew);
  void meet();
  void take(Worker &worker, int64_t index);

  // Values.cpp: what a step does
  void computePanel(const Step &step);
  void pack(const Step &step);
  void evaluate(const std::vector<Instruction> &list, const Demand &demand);
  void evaluate(const Instruction &instruction, llvm::ArrayRef<int32_t> elements);
  void reduceEdges(const Instruction &instruction, const Demand &demand);
  double load(const Instruction &instruction, llvm::ArrayRef<Source> otherwise, int32_t element);
  double readInput(ilir::LoadOp op, ilir::InputOp input, int64_t index, int64_t element) const;
  int64_t indexOf(mlir::Value value) const;
  int64_t follow(ilir::IndexOp op) const;
  int64_t symbolOf(ilir::SymbolOp op) const;
  int64_t itemOf(ilir::BufferOp buffer, int64_t index) const;
  const EdgeList &listOf(mlir::Value edge) const;

  ilir::ProgramOp program;
  int64_t lanes;
  const reference::Params &params;
  Memory memory;
  llvm::DenseMap<mlir::Operation *, std::unique_ptr<NestCode>> codes;
  llvm::DenseMap<mlir::Operation *, mlir::Operation *> inputOf; ///< ilir.symbol -> its input

  // Of the function that is being executed.
  llvm::DenseMap<mlir::Operation *, const io::Input *> inputs;
  const Arrays *arrays = nullptr;
  std::vector<Worker> workers;
  int64_t multiplyAdds_ = 0;

  // Of the step that is being taken.
  const Step *now = nullptr;
  std::vector<std::vector<double>> values; ///< by slot
  int64_t edge = -1;                       ///< of the ilir.edges that is being executed
};

/// What worker `index` of `workers` does, in order but for the rows and panels of each nest, which `random` mixes.
std::vector<Step> stepsOf(ilir::FuncOp function, const Arrays &arrays, int64_t lanes, int64_t index, int64_t workers,
                          reference::Random &random);

} // namespace cortex::interleaved
#endif // CORTEX_UNITTESTS_ILIR_INTERPRETER_H
