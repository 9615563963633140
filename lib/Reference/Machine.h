//===- Machine.h - Executes a body's instructions at one item -------------===//
#ifndef CORTEX_LIB_REFERENCE_MACHINE_H
#define CORTEX_LIB_REFERENCE_MACHINE_H

#include "Bounded.h"
#include "Code.h"
#include "Topology.h"

#include "cortex/Reference/Evaluator.h"

namespace cortex::reference {

/// Where the values of a state come from: the evaluator's own (native) or the
/// program's (f32, f64). At most one of these is set.
template <typename T> struct StateSource {
  const T *native = nullptr;
  const T *bound = nullptr; ///< of native values; null: exact
  const float *f32 = nullptr;
  const double *f64 = nullptr;
  bool known() const { return native || f32 || f64; }
};

/// A tensor's values. `b` null: exact. `b` and `m` are used with bounds only.
template <typename T> struct View {
  const T *v = nullptr, *b = nullptr, *m = nullptr;
};

/// What the machines of all bodies share.
template <typename T> struct Context {
  const ModelCode &model;
  const Batch &batch;
  const Topology &topology;
  bool bounded; ///< propagate bounds
  Operands operands;
  Precision<T> precision;
  struct Param {
    std::vector<T> v, m;
  };
  std::vector<Param> params;
  std::vector<const io::Input *> inputs;
  std::vector<std::vector<StateSource<T>>> states; ///< per sweep, per state

  Context(const ModelCode &model, const Params &weights, const Batch &batch, const Topology &topology, bool bounded,
          Operands operands);
};

template <typename T> class BodyMachine {
public:
  /// Executes the prologue at the first run. `code` and `context` must outlive this.
  BodyMachine(const BodyCode &code, const Context<T> &context);

  /// Runs the body at one item of the sweep's place. On failure returns false
  /// and sets `error` to what is wrong (without the place).
  bool run(const SweepCode &sweep, int64_t item, std::string &error);

  /// The value of state `i` after run().
  View<T> yield(size_t i) const { return slots_[code_.yields[i]].view; }

private:
  struct SlotState {
    std::vector<T> v, b, m; ///< storage, unless the view is of somebody else's
    View<T> view;
    int64_t symbol = 0;
  };
  struct Neighbour {
    int64_t node, edge; ///< edge -1: over the nodes of a structure
  };

  bool execute(const std::vector<Instruction> &list);
  bool execute(const Instruction &instr);
  bool fail(std::string message);

  /// Makes the slot's storage its view; b too if `inexact` (and bounds are wanted).
  SlotState &open(int slot, bool inexact);
  bool exact(const std::vector<int> &slots) const;
  /// What is not finite is the same in every correct program: it has no error
  /// to pass on to the finite values that functions, maxima and selections make of it.
  Bounded<T> load(int slot, int64_t i) const {
    const View<T> &x = slots_[slot].view;
    if (!std::isfinite(x.v[i]))
      return Bounded<T>::fresh(x.v[i], T(0));
    return {x.v[i], x.b ? orInfinity(x.b[i]) : T(0), x.m[i]};
  }
  static void store(SlotState &out, int64_t i, Bounded<T> x) {
    out.v[i] = x.v;
    out.m[i] = x.m;
    if (!out.b.empty())
      out.b[i] = x.b;
  }
  /// out[i] = f(in...[i]): `plain` without bounds, `bounded` with.
  template <typename Plain, typename WithBounds>
  void map1(const Instruction &instr, bool rounds, Plain plain, WithBounds bounded);
  template <typename Plain, typename WithBounds>
  void map2(const Instruction &instr, bool rounds, Plain plain, WithBounds bounded);

  void elementwise(const Instruction &instr);
  void select(const Instruction &instr);
  void constant(const Instruction &instr);
  void lookup(const Instruction &instr);
  void contract(const Instruction &instr);
  /// The operand `slot` of a product with `other`, as the program may have it: of a weight's, it may be rounded.
  View<T> operand(int slot, int other, std::vector<T> &bounds) const;
  void reduce(const Instruction &instr);
  void gather(const Instruction &instr);
  void scatter(const Instruction &instr);

  bool read(const Instruction &instr);
  bool readInput(const Instruction &instr, int64_t item);
  bool readPosition(const Instruction &instr);
  bool readState(const Instruction &instr, int64_t item);
  template <typename U> void copyIn(int slot, const U *values, const T *bounds = nullptr);

  // MachineOver.cpp
  bool over(const Instruction &instr);
  std::vector<Neighbour> neighboursOf(ra::Neighbours neighbours) const;
  void begin(const Instruction &instr, size_t combiner);
  void accumulate(const Instruction &instr, size_t combiner, bool first);
  bool finish(const Instruction &instr, size_t combiner, int64_t count);
  void finishSoftmax(const Instruction &instr, size_t combiner, int64_t count);

  const BodyCode &code_;
  const Context<T> &context_;
  std::vector<SlotState> slots_;
  bool started_ = false;
  std::string error_;

  // The item of the current run.
  Place place_ = Place::Nodes;
  int64_t item_ = 0, node_ = -1, structure_ = 0;
  Neighbour there_{-1, -1}; ///< inside ra.over

  /// Scores and values of all neighbours: softmax needs all scores first. Per combiner of the running ra.over.
  struct SoftmaxTerms {
    std::vector<Bounded<T>> scores, values;
  };
  std::vector<SoftmaxTerms> softmax_;
};

} // namespace cortex::reference
#endif // CORTEX_LIB_REFERENCE_MACHINE_H
