//===- Check.cpp - The local check ----------------------------------------===//
#include "cortex/Reference/Check.h"

#include "Machine.h"

#include "llvm/Support/FormatVariadic.h"

namespace cortex::reference {

std::string Location::str() const {
  std::string text = "@" + sweep + "::@" + state;
  if (structure >= 0)
    text += " at structure " + std::to_string(structure);
  if (node >= 0)
    text += ", node " + std::to_string(node) + (place == Place::Roots ? " (root " : " (node ") + std::to_string(item) +
            " of the batch)";
  if (element >= 0)
    text += ", element " + std::to_string(element);
  return text;
}

std::string LocalReport::str() const {
  std::string text = llvm::formatv("local check {0}: {1} items, largest error/bound {2:e3}, largest error {3:e3}, "
                                   "largest bound {4:e3}",
                                   passed ? "passed" : "FAILED", items_checked, ratio, max_abs_error, max_bound);
  if (unbounded > 0)
    text += llvm::formatv("; says nothing of {0} values without a bound, the first at {1}", unbounded,
                          where_unbounded.str())
                .str();
  if (!passed)
    text += llvm::formatv("; at {0}: program {1:e9}, reference {2:e9}, bound {3:e3}", where.str(), program, reference,
                          bound)
                .str();
  return text;
}

namespace {

/// A fixed pseudo-random number per item, for sampling.
uint64_t scramble(uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

template <typename T> class LocalCheck {
public:
  LocalCheck(const ModelCode &model, const Params &params, const Batch &batch, const Topology &topology,
             Operands operands, LocalReport &report)
      : model_(model), batch_(batch), topology_(topology), context_(model, params, batch, topology, true, operands),
        report_(report) {}

  bool run(llvm::ArrayRef<ProgramState> states, const LocalOptions &options, std::string &error) {
    if (!takeStates(states, error))
      return false;
    report_ = {};
    report_.passed = true;
    for (size_t s = 0; s < model_.sweeps.size(); ++s)
      if (!checkSweep(s, options, error))
        return false;
    if (report_.items_checked == 0) {
      error = "the local check has nothing to compare";
      return false;
    }
    return true;
  }

private:
  bool takeStates(llvm::ArrayRef<ProgramState> states, std::string &error) {
    for (const ProgramState &given : states) {
      int sweep = model_.findSweep(given.sweep);
      StateSource<T> *source = nullptr;
      if (sweep >= 0)
        for (size_t i = 0; i < model_.sweeps[sweep].states.size(); ++i)
          if (model_.sweeps[sweep].states[i].name == given.state)
            source = &context_.states[sweep][i];
      std::string name = "state @" + given.sweep + "::@" + given.state;
      if (!source) {
        error = name + " is given, but not in the model";
        return false;
      }
      bool items = topology_.items(batch_, model_.sweeps[sweep].place) > 0;
      if (given.dtype == DType::I32 || (!given.data && items)) {
        error = name + " has no floating-point values";
        return false;
      }
      if (given.dtype == DType::F32)
        source->f32 = static_cast<const float *>(given.data);
      else
        source->f64 = static_cast<const double *>(given.data);
    }
    return true;
  }

  bool checkSweep(size_t index, const LocalOptions &options, std::string &error) {
    const SweepCode &sweep = model_.sweeps[index];
    bool wanted = false;
    for (const StateSource<T> &source : context_.states[index])
      wanted |= source.known();
    if (!wanted)
      return true;
    std::vector<BodyMachine<T>> machines;
    machines.reserve(sweep.bodies.size());
    for (const BodyCode &body : sweep.bodies)
      machines.emplace_back(body, context_);
    int64_t items = topology_.items(batch_, sweep.place);
    for (int64_t item = 0; item < items; ++item) {
      bool sampled = items <= options.max_items || item == 0 || item == items - 1 ||
                     static_cast<int64_t>(scramble(item) % static_cast<uint64_t>(items)) < options.max_items;
      if (!sampled)
        continue;
      int64_t node = topology_.nodeOfItem(sweep.place, item);
      int body = bodyFor(model_, sweep, batch_, topology_, node);
      std::string problem = "no body for the node's type";
      if (body < 0 || !machines[body].run(sweep, item, problem)) {
        error = locate(sweep, 0, item, -1).str() + ": " + problem;
        return false;
      }
      ++report_.items_checked;
      for (size_t i = 0; i < sweep.states.size(); ++i)
        compareItem(sweep, i, item, context_.states[index][i], machines[body].yield(i));
    }
    return true;
  }

  Location locate(const SweepCode &sweep, size_t state, int64_t item, int64_t element) const {
    int64_t s = topology_.structureOfItem(sweep.place, item), node = topology_.nodeOfItem(sweep.place, item);
    return {sweep.name, sweep.states[state].name, sweep.place, s, item, node < 0 ? -1 : node - batch_.node_offsets[s],
            element};
  }

  void compareItem(const SweepCode &sweep, size_t state, int64_t item, const StateSource<T> &source, View<T> expected) {
    if (!source.known())
      return;
    int64_t size = sweep.states[state].size;
    for (int64_t e = 0; e < size; ++e) {
      T program =
          source.f32 ? static_cast<T>(source.f32[item * size + e]) : static_cast<T>(source.f64[item * size + e]);
      T reference = expected.v[e], bound = expected.b ? orInfinity(expected.b[e]) : T(0), ratio;
      T error = std::abs(program - reference);
      if (std::isfinite(program) && std::isfinite(reference)) {
        if (!std::isfinite(bound) && report_.unbounded++ == 0)
          report_.where_unbounded = locate(sweep, state, item, e);
        ratio = error == 0 ? T(0) : error / bound; // an exact value leaves no room: infinity; an infinite bound: 0
        report_.max_abs_error = std::max(report_.max_abs_error, static_cast<double>(error));
        report_.max_bound =
            std::max(report_.max_bound, static_cast<double>(bound / std::max(T(1), std::abs(reference))));
      } else {
        bool same = program == reference || (std::isnan(program) && std::isnan(reference));
        ratio = same ? T(0) : std::numeric_limits<T>::infinity();
      }
      if (ratio > report_.ratio) {
        report_.ratio = static_cast<double>(ratio);
        report_.where = locate(sweep, state, item, e);
        report_.program = static_cast<double>(program);
        report_.reference = static_cast<double>(reference);
        report_.bound = static_cast<double>(bound);
      }
    }
    report_.passed = report_.ratio <= 1;
  }

  const ModelCode &model_;
  const Batch &batch_;
  const Topology &topology_;
  Context<T> context_;
  LocalReport &report_;
};

} // namespace

bool checkLocal(ra::ModelOp model, const Params &params, const Batch &batch, llvm::ArrayRef<ProgramState> states,
                LocalReport &report, std::string &error, const LocalOptions &options) {
  ModelCode code;
  Topology topology;
  if (!compileModel(model, code, error) || !checkParams(code, params, error) ||
      !buildTopology(code, batch, topology, error))
    return false;
  if (code.f64)
    return LocalCheck<long double>(code, params, batch, topology, options.operands, report).run(states, options, error);
  return LocalCheck<double>(code, params, batch, topology, options.operands, report).run(states, options, error);
}

} // namespace cortex::reference
