//===- Evaluator.cpp - Runs all sweeps of a model in order ----------------===//
#include "cortex/Reference/Evaluator.h"

#include "Machine.h"

#include <memory>

namespace cortex::reference {

int64_t StateValues::itemSize() const {
  return countOf(shape);
}

const StateValues *Result::find(llvm::StringRef sweep, llvm::StringRef state) const {
  for (const StateValues &values : states)
    if (values.sweep == sweep && values.state == state)
      return &values;
  return nullptr;
}

namespace {

std::string describe(const SweepCode &sweep, const Topology &topology, const Batch &batch, int64_t item) {
  int64_t node = topology.nodeOfItem(sweep.place, item), s = topology.structureOfItem(sweep.place, item);
  std::string where = "sweep @" + sweep.name + ", structure " + std::to_string(s);
  if (node >= 0)
    where += ", node " + std::to_string(node - batch.node_offsets[s]);
  return where + ": ";
}

/// Runs the model with numbers of type T.
template <typename T> class Evaluation {
public:
  Evaluation(const ModelCode &model, const Params &params, const Batch &batch, const Topology &topology, bool bounded,
             Operands operands)
      : model_(model), batch_(batch), topology_(topology), context_(model, params, batch, topology, bounded, operands) {
  }

  bool run(Result &result, std::string &error) {
    for (size_t s = 0; s < model_.sweeps.size(); ++s) {
      const SweepCode &sweep = model_.sweeps[s];
      int64_t items = topology_.items(batch_, sweep.place);
      for (size_t i = 0; i < sweep.states.size(); ++i) {
        const int64_t size = items * sweep.states[i].size;
        storage_.push_back(
            std::make_unique<Stored>(Stored{std::vector<T>(size), std::vector<T>(context_.bounded ? size : 0)}));
        context_.states[s][i].native = storage_.back()->values.data();
        if (context_.bounded)
          context_.states[s][i].bound = storage_.back()->bounds.data();
      }
      if (!runSweep(sweep, storage_.size() - sweep.states.size(), error))
        return false;
    }
    takeResults(result);
    return true;
  }

private:
  bool runSweep(const SweepCode &sweep, size_t firstState, std::string &error) {
    std::vector<BodyMachine<T>> machines;
    machines.reserve(sweep.bodies.size());
    for (const BodyCode &body : sweep.bodies)
      machines.emplace_back(body, context_);
    int64_t items = topology_.items(batch_, sweep.place);
    for (int64_t i = 0; i < items; ++i) {
      int64_t item = i;
      if (sweep.place == Place::Nodes) // parents first is children first, backwards
        item = topology_.childrenFirst[sweep.direction == ra::Direction::Down ? items - 1 - i : i];
      int64_t node = topology_.nodeOfItem(sweep.place, item);
      int body = bodyFor(model_, sweep, batch_, topology_, node);
      if (body < 0) {
        error =
            describe(sweep, topology_, batch_, item) + "no body for type @" + model_.types[topology_.typeOf[node]].name;
        return false;
      }
      std::string problem;
      if (!machines[body].run(sweep, item, problem)) {
        error = describe(sweep, topology_, batch_, item) + problem;
        return false;
      }
      for (size_t k = 0; k < sweep.states.size(); ++k) {
        int64_t size = sweep.states[k].size;
        View<T> view = machines[body].yield(k);
        std::copy_n(view.v, size, storage_[firstState + k]->values.data() + item * size);
        if (view.b)
          std::copy_n(view.b, size, storage_[firstState + k]->bounds.data() + item * size);
      }
    }
    return true;
  }

  void takeResults(Result &result) {
    result = {};
    size_t next = 0;
    for (const SweepCode &sweep : model_.sweeps)
      for (const StateCode &state : sweep.states) {
        StateValues values{sweep.name, state.name, sweep.place, state.shape, topology_.items(batch_, sweep.place),
                           {},         {}};
        std::vector<T> &from = storage_[next]->values, &bounds = storage_[next]->bounds;
        ++next;
        if (context_.bounded)
          for (size_t i = 0; i < from.size(); ++i) // a long double is rounded once more
            values.bounds.push_back(static_cast<double>(
                bounds[i] == 0 ? bounds[i] : orInfinity(bounds[i]) + std::ldexp(std::abs(from[i]), -53)));
        if constexpr (std::is_same_v<T, double>)
          values.values = std::move(from);
        else
          values.values.assign(from.begin(), from.end());
        result.states.push_back(std::move(values));
      }
    result.root_offsets = topology_.rootOffsets;
    result.roots = topology_.roots;
  }

  const ModelCode &model_;
  const Batch &batch_;
  const Topology &topology_;
  Context<T> context_;
  struct Stored {
    std::vector<T> values, bounds;
  };
  std::vector<std::unique_ptr<Stored>> storage_; ///< per state; addresses stay
};

} // namespace

static bool evaluate(ra::ModelOp model, const Params &params, const Batch &batch, bool bounded, Operands operands,
                     Result &result, std::string &error) {
  ModelCode code;
  Topology topology;
  if (!compileModel(model, code, error) || !checkParams(code, params, error) ||
      !buildTopology(code, batch, topology, error))
    return false;
  if (code.f64)
    return Evaluation<long double>(code, params, batch, topology, bounded, operands).run(result, error);
  return Evaluation<double>(code, params, batch, topology, bounded, operands).run(result, error);
}

bool validate(ra::ModelOp model, const Batch &batch, std::string &error) {
  ModelCode code;
  Topology topology;
  return compileModel(model, code, error) && buildTopology(code, batch, topology, error);
}

bool evaluate(ra::ModelOp model, const Params &params, const Batch &batch, Result &result, std::string &error) {
  return evaluate(model, params, batch, false, Operands::Exact, result, error);
}

bool evaluateWithBounds(ra::ModelOp model, const Params &params, const Batch &batch, Result &result, std::string &error,
                        Operands operands) {
  return evaluate(model, params, batch, true, operands, result, error);
}

StateValues outputValues(ra::OutputOp output, const Result &result) {
  mlir::SymbolRefAttr state = output.getState();
  const StateValues *source = result.find(state.getRootReference(), state.getLeafReference());
  if (!source)
    return {};
  if (source->place != Place::Nodes || output.getEffectivePlace() != ra::Place::Roots)
    return *source;
  StateValues gathered{
      source->sweep, source->state, Place::Roots, source->shape, static_cast<int64_t>(result.roots.size()), {}, {}};
  for (int32_t root : result.roots) {
    const int64_t first = root * source->itemSize(), last = first + source->itemSize();
    gathered.values.insert(gathered.values.end(), source->values.begin() + first, source->values.begin() + last);
    if (!source->bounds.empty())
      gathered.bounds.insert(gathered.bounds.end(), source->bounds.begin() + first, source->bounds.begin() + last);
  }
  return gathered;
}

} // namespace cortex::reference
