//===- EndToEnd.cpp - The end-to-end check, and when it says nothing ------===//
#include "cortex/Reference/Check.h"

#include "mlir/IR/Builders.h"

#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cortex::reference {

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string EndToEndReport::str() const {
  std::string text = llvm::formatv("end to end: {0} values, largest error {1:e3} (relative {2:e3}) at {3}",
                                   values_compared, max_abs_error, max_rel_error, where.str());
  if (!withinBounds())
    text += llvm::formatv("; {0:f1} times the bound at {1}", ratio, worst.str()).str();
  return text;
}

static Location locate(const Batch &batch, const Result &reference, const StateValues &values, int64_t item,
                       int64_t element) {
  Location where{values.sweep, values.state, values.place, item, item, -1, element};
  if (values.place == Place::Structures)
    return where;
  int64_t node = values.place == Place::Roots ? reference.roots[item] : item;
  auto next = std::upper_bound(batch.node_offsets.begin(), batch.node_offsets.end(), node);
  where.structure = next - batch.node_offsets.begin() - 1;
  where.node = node - batch.node_offsets[where.structure];
  return where;
}

bool checkEndToEnd(const Batch &batch, const Result &reference, llvm::ArrayRef<ProgramState> states,
                   EndToEndReport &report, std::string &error) {
  report = {};
  for (const ProgramState &given : states) {
    const StateValues *expected = reference.find(given.sweep, given.state);
    if (!expected) {
      error = "state @" + given.sweep + "::@" + given.state + " is given, but not in the model";
      return false;
    }
    if (given.dtype == DType::I32 || (!given.data && !expected->values.empty())) {
      error = "state @" + given.sweep + "::@" + given.state + " has no floating-point values";
      return false;
    }
    double largest = std::numeric_limits<double>::min();
    for (double v : expected->values)
      if (std::isfinite(v))
        largest = std::max(largest, std::abs(v));
    int64_t size = expected->itemSize();
    for (int64_t i = 0; i < static_cast<int64_t>(expected->values.size()); ++i) {
      double program = given.dtype == DType::F32 ? static_cast<const float *>(given.data)[i]
                                                 : static_cast<const double *>(given.data)[i];
      double value = expected->values[i];
      bool same = program == value || (std::isnan(program) && std::isnan(value));
      double difference = same ? 0 : std::abs(program - value);
      if (std::isnan(difference))
        difference = kInfinity;
      if (difference > report.max_abs_error || report.where.item < 0) {
        report.max_abs_error = difference;
        report.where = locate(batch, reference, *expected, i / size, i % size);
      }
      report.max_rel_error = std::max(report.max_rel_error, difference / largest);
      if (expected->bounds.empty())
        continue;
      const double bound = expected->bounds[i];
      report.max_rel_bound = std::max(report.max_rel_bound, bound / largest);
      if (const double ratio = difference == 0 || !(bound < kInfinity) ? 0 : difference / bound; ratio > report.ratio) {
        report.ratio = ratio;
        report.worst = locate(batch, reference, *expected, i / size, i % size);
      }
    }
    report.values_compared += static_cast<int64_t>(expected->values.size());
  }
  if (report.values_compared == 0) {
    error = "the end-to-end check has nothing to compare";
    return false;
  }
  return true;
}

static std::string vacuity(const StateValues &state) {
  const std::vector<double> &values = state.values;
  if (values.empty())
    return "";
  size_t zero = 0, saturated = 0, size = state.itemSize();
  bool unitsEqual = size > 1, itemsEqual = state.items > 1;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]))
      return "is not finite at item " + std::to_string(i / size) + ", element " + std::to_string(i % size);
    zero += values[i] == 0;
    saturated += std::abs(std::abs(values[i]) - 1) < 1e-3;
    unitsEqual &= values[i] == values[i - i % size];
    itemsEqual &= values[i] == values[i % size];
  }
  if (zero == values.size())
    return "is zero everywhere";
  if (values.size() >= 2 && saturated * 100 >= values.size() * 99)
    return "is saturated: at least 99% of its values are within 1e-3 of 1 or -1";
  if (unitsEqual)
    return "is equal in all units";
  if (itemsEqual)
    return "is equal at all " + std::to_string(state.items) + " items";
  return "";
}

std::string vacuity(const Result &reference) {
  bool any = false;
  for (const StateValues &state : reference.states) {
    any |= !state.values.empty();
    if (std::string why = vacuity(state); !why.empty())
      return "state @" + state.sweep + "::@" + state.state + " of the reference " + why;
  }
  return any ? "" : "the reference has no values";
}

std::vector<std::string> exposeStates(ra::ModelOp model) {
  std::vector<std::string> names;
  mlir::OpBuilder builder = mlir::OpBuilder::atBlockEnd(&model.getBody().front());
  for (auto sweep : model.getBody().getOps<ra::SweepOp>())
    for (unsigned i = 0; i < sweep.getNumStates(); ++i) {
      llvm::StringRef state = sweep.getStateName(i);
      std::string found;
      for (auto output : model.getBody().getOps<ra::OutputOp>())
        if (output.getState().getRootReference() == sweep.getSymName() &&
            output.getState().getLeafReference() == state && output.getEffectivePlace() == sweep.getPlace())
          found = output.getSymName().str();
      if (found.empty()) {
        found = (sweep.getSymName() + "." + state).str();
        while (mlir::SymbolTable::lookupSymbolIn(model, found))
          found += "_";
        auto reference = mlir::SymbolRefAttr::get(builder.getContext(), sweep.getSymName(),
                                                  {mlir::FlatSymbolRefAttr::get(builder.getContext(), state)});
        ra::OutputOp::create(builder, model.getLoc(), builder.getStringAttr(found), reference,
                             ra::PlaceAttr::get(builder.getContext(), sweep.getPlace()));
      }
      names.push_back(found);
    }
  return names;
}

} // namespace cortex::reference
