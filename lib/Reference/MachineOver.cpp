//===- MachineOver.cpp - ra.over: reductions over neighbours --------------===//
#include "Machine.h"

namespace cortex::reference {

template <typename T>
std::vector<typename BodyMachine<T>::Neighbour> BodyMachine<T>::neighboursOf(ra::Neighbours neighbours) const {
  const Batch &batch = context_.batch;
  const Topology &topology = context_.topology;
  std::vector<Neighbour> list;
  switch (neighbours) {
  case ra::Neighbours::Children:
  case ra::Neighbours::Inner:
  case ra::Neighbours::Symbols:
    for (int32_t e = batch.child_offsets[node_]; e < batch.child_offsets[node_ + 1]; ++e) {
      const bool symbol = context_.model.types[topology.typeOf[batch.children[e]]].symbol;
      if (neighbours == ra::Neighbours::Children || symbol == (neighbours == ra::Neighbours::Symbols))
        list.push_back({batch.children[e], e});
    }
    break;
  case ra::Neighbours::Parents:
    for (int32_t i = topology.parentOffsets[node_]; i < topology.parentOffsets[node_ + 1]; ++i)
      list.push_back({topology.parentOf[topology.parentEdges[i]], topology.parentEdges[i]});
    break;
  case ra::Neighbours::Nodes:
    for (int32_t n = batch.node_offsets[structure_]; n < batch.node_offsets[structure_ + 1]; ++n)
      list.push_back({n, -1});
    break;
  }
  return list;
}

template <typename T> bool BodyMachine<T>::over(const Instruction &instr) {
  if (node_ < 0 && instr.neighbours != ra::Neighbours::Nodes)
    return fail("reduces over the children or parents of a structure");
  std::vector<Neighbour> neighbours = neighboursOf(instr.neighbours);
  size_t combiners = instr.combiners.size();
  softmax_.assign(combiners, {});
  for (size_t c = 0; c < combiners; ++c)
    begin(instr, c);
  for (size_t k = 0; k < neighbours.size(); ++k) {
    there_ = neighbours[k];
    if (!execute(instr.body))
      return false;
    for (size_t c = 0; c < combiners; ++c)
      accumulate(instr, c, k == 0);
  }
  there_ = {-1, -1};
  for (size_t c = 0; c < combiners; ++c)
    if (!finish(instr, c, static_cast<int64_t>(neighbours.size())))
      return false;
  return true;
}

template <typename T> void BodyMachine<T>::begin(const Instruction &instr, size_t combiner) {
  SlotState &out = open(instr.out[combiner], true);
  T start = instr.combiners[combiner] == ra::Combiner::Prod ? T(1) : T(0);
  std::fill(out.v.begin(), out.v.end(), start);
  std::fill(out.m.begin(), out.m.end(), start);
  std::fill(out.b.begin(), out.b.end(), T(0));
}

template <typename T> void BodyMachine<T>::accumulate(const Instruction &instr, size_t combiner, bool first) {
  using B = Bounded<T>;
  SlotState &out = slots_[instr.out[combiner]];
  int value = instr.yields[instr.yieldOf[combiner]];
  int64_t size = code_.slots[instr.out[combiner]].size;
  ra::Combiner kind = instr.combiners[combiner];
  bool bounded = context_.bounded;
  auto element = [&](int slot, int64_t i) { return bounded ? load(slot, i) : B{slots_[slot].view.v[i], 0, 0}; };
  if (kind == ra::Combiner::Softmax) {
    SoftmaxTerms &terms = softmax_[combiner];
    terms.scores.push_back(element(value, 0));
    int values = instr.yields[instr.yieldOf[combiner] + 1];
    for (int64_t i = 0; i < size; ++i)
      terms.values.push_back(element(values, i));
    return;
  }
  const Precision<T> none{0, 0, 0}; // γ follows in finish()
  for (int64_t i = 0; i < size; ++i) {
    B x = element(value, i), acc{out.v[i], bounded ? out.b[i] : T(0), bounded ? out.m[i] : T(0)};
    switch (kind) {
    case ra::Combiner::Sum:
    case ra::Combiner::Mean:
      acc = add(acc, x, none);
      break;
    case ra::Combiner::Prod:
      acc = multiply(acc, x, none);
      break;
    case ra::Combiner::Max:
      acc = first ? x : maximum(acc, x);
      break;
    case ra::Combiner::Min:
      acc = first ? x : minimum(acc, x);
      break;
    case ra::Combiner::Softmax:
      break;
    }
    out.v[i] = acc.v;
    if (bounded) {
      out.m[i] = acc.m;
      out.b[i] = acc.b;
    }
  }
}

template <typename T> bool BodyMachine<T>::finish(const Instruction &instr, size_t combiner, int64_t count) {
  ra::Combiner kind = instr.combiners[combiner];
  SlotState &out = slots_[instr.out[combiner]];
  bool selects = kind == ra::Combiner::Max || kind == ra::Combiner::Min;
  if (count == 0 && (selects || kind == ra::Combiner::Softmax)) {
    int otherwise = instr.defaults[combiner];
    // Of one sort of children alone there may be nobody, where there is somebody of the other.
    if (otherwise < 0 && selects &&
        (instr.neighbours == ra::Neighbours::Inner || instr.neighbours == ra::Neighbours::Symbols)) {
      const T infinity = std::numeric_limits<T>::infinity();
      std::fill(out.v.begin(), out.v.end(), kind == ra::Combiner::Max ? -infinity : infinity);
      std::fill(out.m.begin(), out.m.end(), infinity);
      return true;
    }
    if (otherwise < 0)
      return fail("reduces by max, min or softmax over nobody, without `else`");
    out.view = slots_[otherwise].view;
    return true;
  }
  if (kind == ra::Combiner::Softmax) {
    finishSoftmax(instr, combiner, count);
    return true;
  }
  if (kind == ra::Combiner::Mean && count > 1)
    for (size_t i = 0; i < out.v.size(); ++i) {
      out.v[i] /= static_cast<T>(count);
      if (context_.bounded) {
        out.m[i] /= static_cast<T>(count);
        out.b[i] /= static_cast<T>(count);
      }
    }
  if (!context_.bounded || selects || count < 2)
    return true;
  // Sums and products of `count` terms; a mean may multiply by a rounded 1 / count.
  int64_t roundings = count - 1 + (kind == ra::Combiner::Mean ? 2 : 0);
  T gamma = context_.precision.gamma(roundings), tiny = context_.precision.tiny * static_cast<T>(roundings);
  for (size_t i = 0; i < out.v.size(); ++i)
    out.b[i] += gamma * (out.m[i] + out.b[i]) + tiny;
  return true;
}

/// Σ p_k v_k with p_k = exp(s_k - max s) / Σ exp(s_j - max s). An error d of a
/// score is a relative error expm1(d) of its weight; an error of the maximum
/// itself cancels in the quotient.
template <typename T> void BodyMachine<T>::finishSoftmax(const Instruction &instr, size_t combiner, int64_t count) {
  SlotState &out = slots_[instr.out[combiner]];
  const SoftmaxTerms &terms = softmax_[combiner];
  const Precision<T> &p = context_.precision;
  T highest = terms.scores[0].v;
  for (const Bounded<T> &s : terms.scores)
    highest = maximum(highest, s.v);
  std::vector<T> weight(count), relative(count, T(0));
  T sum = 0, worst = 0;
  for (int64_t k = 0; k < count; ++k) {
    const Bounded<T> &s = terms.scores[k];
    weight[k] = std::exp(s.v - highest);
    sum += weight[k];
    if (context_.bounded && std::isfinite(s.v - highest)) {
      T d = s.b + p.u * (std::abs(s.v - highest) + 2 * s.b);
      relative[k] = std::expm1(d) + 8 * p.u * std::exp(d);
      worst = std::max(worst, relative[k]);
    }
  }
  T quotient = worst + p.gamma(2 * count + 4), least = 1 - quotient;
  int64_t size = static_cast<int64_t>(out.v.size());
  for (int64_t i = 0; i < size; ++i) {
    Bounded<T> total{0, 0, 0};
    for (int64_t k = 0; k < count; ++k) {
      const Bounded<T> &x = terms.values[k * size + i];
      T w = weight[k] / sum;
      total.v += w * x.v;
      if (!context_.bounded)
        continue;
      // However wrong the scores are, both weights lie between 0 and 1.
      T error = least > 0 ? std::min(w * (relative[k] + quotient) / least, T(1)) : T(1);
      total.m += w * x.m;
      total.b += error * x.m + (w + error) * x.b + p.function * (x.m + x.b);
    }
    out.v[i] = total.v;
    if (context_.bounded) {
      out.m[i] = total.m;
      out.b[i] = total.b + p.gamma(count + 2) * (total.m + total.b) + p.tiny * static_cast<T>(count);
    }
  }
}

template bool BodyMachine<double>::over(const Instruction &);
template bool BodyMachine<long double>::over(const Instruction &);

} // namespace cortex::reference
