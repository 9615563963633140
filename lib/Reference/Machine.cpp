//===- Machine.cpp - Executes a body's instructions at one item -----------===//
#include "Machine.h"

#include "llvm/ADT/SmallVector.h"

namespace cortex::reference {

template <typename T> static std::vector<T> magnitudes(const std::vector<T> &v) {
  std::vector<T> m(v.size());
  std::transform(v.begin(), v.end(), m.begin(), [](T x) { return std::abs(x); });
  return m;
}

template <typename T>
Context<T>::Context(const ModelCode &model, const Params &weights, const Batch &batch, const Topology &topology,
                    bool bounded, Operands operands)
    : model(model), batch(batch), topology(topology), bounded(bounded), operands(operands),
      precision(Precision<T>::of(model.f64)) {
  for (const ParamCode &param : model.params) {
    const std::vector<double> &values = weights.at(param.name).values;
    Param p{std::vector<T>(values.begin(), values.end()), {}};
    if (bounded)
      p.m = magnitudes(p.v);
    params.push_back(std::move(p));
  }
  for (const InputCode &input : model.inputs)
    inputs.push_back(batch.find(input.name));
  for (const SweepCode &sweep : model.sweeps)
    states.emplace_back(sweep.states.size());
}

template <typename T>
BodyMachine<T>::BodyMachine(const BodyCode &code, const Context<T> &context)
    : code_(code), context_(context), slots_(code.slots.size()) {}

template <typename T> bool BodyMachine<T>::fail(std::string message) {
  error_ = std::move(message);
  return false;
}

template <typename T> bool BodyMachine<T>::run(const SweepCode &sweep, int64_t item, std::string &error) {
  place_ = sweep.place;
  item_ = item;
  node_ = context_.topology.nodeOfItem(place_, item);
  structure_ = context_.topology.structureOfItem(place_, item);
  bool ok = (started_ || execute(code_.prologue)) && execute(code_.instructions);
  started_ = true;
  if (!ok)
    error = error_;
  return ok;
}

template <typename T> bool BodyMachine<T>::execute(const std::vector<Instruction> &list) {
  for (const Instruction &instr : list)
    if (!execute(instr))
      return false;
  return true;
}

template <typename T> bool BodyMachine<T>::execute(const Instruction &instr) {
  switch (instr.code) {
  case Opcode::Read:
    return read(instr);
  case Opcode::Over:
    return over(instr);
  case Opcode::Constant:
  case Opcode::Poison:
    constant(instr);
    return true;
  case Opcode::Lookup:
    lookup(instr);
    return true;
  case Opcode::Contract:
    contract(instr);
    return true;
  case Opcode::Reduce:
    reduce(instr);
    return true;
  case Opcode::Gather:
    gather(instr);
    return true;
  case Opcode::Scatter:
    scatter(instr);
    return true;
  case Opcode::Alias:
    slots_[instr.out[0]].view = slots_[instr.in[0]].view;
    return true;
  case Opcode::Select:
    select(instr);
    return true;
  default:
    elementwise(instr);
    return true;
  }
}

template <typename T> typename BodyMachine<T>::SlotState &BodyMachine<T>::open(int slot, bool inexact) {
  SlotState &s = slots_[slot];
  size_t size = code_.slots[slot].size;
  s.v.resize(size);
  s.view = {s.v.data(), nullptr, nullptr};
  if (context_.bounded) {
    s.m.resize(size);
    s.view.m = s.m.data();
    s.b.resize(inexact ? size : 0);
    s.view.b = inexact ? s.b.data() : nullptr;
  }
  return s;
}

template <typename T> bool BodyMachine<T>::exact(const std::vector<int> &slots) const {
  return llvm::all_of(slots, [&](int slot) { return !slots_[slot].view.b; });
}

//===----------------------------------------------------------------------===//
// Elementwise operations
//===----------------------------------------------------------------------===//

template <typename T>
template <typename Plain, typename WithBounds>
void BodyMachine<T>::map1(const Instruction &instr, bool rounds, Plain plain, WithBounds bounded) {
  SlotState &out = open(instr.out[0], rounds || !exact(instr.in));
  int64_t size = code_.slots[instr.out[0]].size;
  const T *x = slots_[instr.in[0]].view.v;
  for (int64_t i = 0; i < size; ++i)
    if (context_.bounded)
      store(out, i, bounded(load(instr.in[0], i)));
    else
      out.v[i] = plain(x[i]);
}

template <typename T>
template <typename Plain, typename WithBounds>
void BodyMachine<T>::map2(const Instruction &instr, bool rounds, Plain plain, WithBounds bounded) {
  SlotState &out = open(instr.out[0], rounds || !exact(instr.in));
  int64_t size = code_.slots[instr.out[0]].size;
  const T *x = slots_[instr.in[0]].view.v, *y = slots_[instr.in[1]].view.v;
  for (int64_t i = 0; i < size; ++i)
    if (context_.bounded)
      store(out, i, bounded(load(instr.in[0], i), load(instr.in[1], i)));
    else
      out.v[i] = plain(x[i], y[i]);
}

template <typename T> void BodyMachine<T>::elementwise(const Instruction &instr) {
  using B = Bounded<T>;
  const Precision<T> &p = context_.precision;
  switch (instr.code) {
  case Opcode::Add:
    return map2(instr, true, [](T x, T y) { return x + y; }, [&](B x, B y) { return add(x, y, p); });
  case Opcode::Sub:
    return map2(instr, true, [](T x, T y) { return x - y; }, [&](B x, B y) { return add(x, negate(y), p); });
  case Opcode::Mul:
    return map2(instr, true, [](T x, T y) { return x * y; }, [&](B x, B y) { return multiply(x, y, p); });
  case Opcode::Div:
    return map2(instr, true, [](T x, T y) { return x / y; }, [&](B x, B y) { return divide(x, y, p); });
  case Opcode::Max:
    return map2(instr, false, [](T x, T y) { return maximum(x, y); }, [](B x, B y) { return maximum(x, y); });
  case Opcode::Min:
    return map2(instr, false, [](T x, T y) { return minimum(x, y); }, [](B x, B y) { return minimum(x, y); });
  case Opcode::Compare:
    return map2(
        instr, false, [&](T x, T y) { return compare(instr.predicate, x, y) ? T(1) : T(0); },
        [&](B x, B y) { return compare(instr.predicate, x, y); });
  case Opcode::Neg:
    return map1(instr, false, [](T x) { return -x; }, [](B x) { return negate(x); });
  case Opcode::Abs:
    return map1(instr, false, [](T x) { return std::abs(x); }, [](B x) { return absolute(x); });
  case Opcode::Exp:
    return map1(instr, true, [](T x) { return std::exp(x); }, [&](B x) { return exponential(x, p); });
  case Opcode::Log:
    return map1(instr, true, [](T x) { return std::log(x); }, [&](B x) { return logarithm(x, p); });
  case Opcode::Tanh:
    return map1(instr, true, [](T x) { return std::tanh(x); }, [&](B x) { return hyperbolicTangent(x, p); });
  case Opcode::Erf:
    return map1(instr, true, [](T x) { return std::erf(x); }, [&](B x) { return errorFunction(x, p); });
  case Opcode::Sqrt:
    return map1(instr, true, [](T x) { return std::sqrt(x); }, [&](B x) { return squareRoot(x, p); });
  case Opcode::Sigmoid:
    return map1(instr, true, [](T x) { return logistic(x); }, [&](B x) { return sigmoid(x, p); });
  case Opcode::Fma: {
    SlotState &out = open(instr.out[0], true);
    for (int64_t i = 0; i < code_.slots[instr.out[0]].size; ++i)
      if (context_.bounded)
        store(out, i, fma(load(instr.in[0], i), load(instr.in[1], i), load(instr.in[2], i), p));
      else
        out.v[i] = slots_[instr.in[0]].view.v[i] * slots_[instr.in[1]].view.v[i] + slots_[instr.in[2]].view.v[i];
    return;
  }
  default:
    llvm_unreachable("every other instruction has its own function");
  }
}

template <typename T> void BodyMachine<T>::select(const Instruction &instr) {
  SlotState &out = open(instr.out[0], !exact(instr.in));
  bool scalar = code_.slots[instr.in[0]].size == 1;
  for (int64_t i = 0; i < code_.slots[instr.out[0]].size; ++i) {
    int64_t c = scalar ? 0 : i;
    if (context_.bounded)
      store(out, i, reference::select(load(instr.in[0], c), load(instr.in[1], i), load(instr.in[2], i)));
    else
      out.v[i] = slots_[instr.in[slots_[instr.in[0]].view.v[c] != 0 ? 1 : 2]].view.v[i];
  }
}

//===----------------------------------------------------------------------===//
// Constants, look-ups, shapes
//===----------------------------------------------------------------------===//

template <typename T> void BodyMachine<T>::constant(const Instruction &instr) {
  SlotState &out = open(instr.out[0], false);
  if (instr.code == Opcode::Poison)
    std::fill(out.v.begin(), out.v.end(), std::numeric_limits<T>::quiet_NaN());
  else
    std::copy(instr.values.begin(), instr.values.end(), out.v.begin());
  if (context_.bounded)
    out.m = magnitudes(out.v);
  out.view.m = context_.bounded ? out.m.data() : nullptr;
}

template <typename T> void BodyMachine<T>::lookup(const Instruction &instr) {
  const View<T> &table = slots_[instr.in[0]].view;
  int64_t at = slots_[instr.in[1]].symbol * code_.slots[instr.out[0]].size;
  slots_[instr.out[0]].view = {table.v + at, table.b ? table.b + at : nullptr, table.m ? table.m + at : nullptr};
}

template <typename T> void BodyMachine<T>::gather(const Instruction &instr) {
  const View<T> x = slots_[instr.in[0]].view;
  SlotState &out = open(instr.out[0], x.b != nullptr);
  const std::vector<int32_t> &index = instr.indices[0];
  for (size_t i = 0; i < index.size(); ++i) {
    out.v[i] = x.v[index[i]];
    if (context_.bounded)
      out.m[i] = x.m[index[i]];
    if (x.b)
      out.b[i] = x.b[index[i]];
  }
}

template <typename T> void BodyMachine<T>::scatter(const Instruction &instr) {
  SlotState &out = open(instr.out[0], !exact(instr.in));
  for (size_t k = 0; k < instr.in.size(); ++k) {
    const View<T> &x = slots_[instr.in[k]].view;
    const std::vector<int32_t> &index = instr.indices[k];
    int64_t size = code_.slots[instr.in[k]].size;
    for (int64_t i = 0; i < size; ++i) {
      int64_t o = index.empty() ? i : index[i];
      out.v[o] = x.v[i];
      if (context_.bounded)
        out.m[o] = x.m[i];
      if (!out.b.empty())
        out.b[o] = x.b ? x.b[i] : T(0);
    }
  }
}

//===----------------------------------------------------------------------===//
// Products and reductions
//===----------------------------------------------------------------------===//

template <typename T> static void innermost(const ContractLoops::Dim &dim, const T *a, const T *b, T *c) {
  if (dim.c != 0) {
    for (int64_t i = 0; i < dim.extent; ++i)
      c[i * dim.c] += a[i * dim.a] * b[i * dim.b];
    return;
  }
  T sums[8] = {};
  int64_t i = 0;
  if (dim.a == 1 && dim.b == 1)
    for (; i + 8 <= dim.extent; i += 8)
      for (int64_t j = 0; j < 8; ++j)
        sums[j] += a[i + j] * b[i + j];
  for (; i < dim.extent; ++i)
    sums[0] += a[i * dim.a] * b[i * dim.b];
  for (T s : sums)
    *c += s;
}

/// c += a * b over all loops.
template <typename T> static void multiplyInto(const ContractLoops &loops, const T *a, const T *b, T *c) {
  if (loops.dims.empty()) {
    *c += *a * *b;
    return;
  }
  for (const ContractLoops::Dim &dim : loops.dims)
    if (dim.extent == 0)
      return;
  int outer = static_cast<int>(loops.dims.size()) - 1;
  llvm::SmallVector<int64_t, 6> position(outer, 0);
  while (true) {
    innermost(loops.dims[outer], a, b, c);
    int d = outer - 1;
    for (; d >= 0; --d) {
      const ContractLoops::Dim &dim = loops.dims[d];
      a += dim.a;
      b += dim.b;
      c += dim.c;
      if (++position[d] < dim.extent)
        break;
      position[d] = 0;
      a -= dim.a * dim.extent;
      b -= dim.b * dim.extent;
      c -= dim.c * dim.extent;
    }
    if (d < 0)
      return;
  }
}

/// Linear rewritings may round each term of a sum by itself, so the error is relative to their magnitudes.
template <typename T> View<T> BodyMachine<T>::operand(int slot, int other, std::vector<T> &bounds) const {
  View<T> x = slots_[slot].view;
  const Slot &own = code_.slots[slot], &its = code_.slots[other];
  if (!context_.bounded || context_.operands == Operands::Exact || (own.constant && its.constant) ||
      (!own.weight && !its.weight))
    return x;
  // An instruction that multiplies may take a denormal for zero, also one that is a weight.
  const T relative = its.weight && !own.constant ? std::ldexp(T(1), -8) : T(0), tiny = context_.precision.tiny;
  for (int64_t i = 0; i < own.size; ++i) {
    const T b = x.b ? x.b[i] : T(0);
    bounds.push_back(b + relative * (x.m[i] + b) + tiny);
  }
  x.b = bounds.data();
  return x;
}

template <typename T> void BodyMachine<T>::contract(const Instruction &instr) {
  std::vector<T> xBounds, yBounds;
  const View<T> x = operand(instr.in[0], instr.in[1], xBounds), y = operand(instr.in[1], instr.in[0], yBounds),
                init = slots_[instr.in[2]].view;
  SlotState &out = open(instr.out[0], true);
  std::copy_n(init.v, out.v.size(), out.v.begin());
  multiplyInto(instr.loops, x.v, y.v, out.v.data());
  if (!context_.bounded)
    return;
  std::copy_n(init.m, out.m.size(), out.m.begin());
  multiplyInto(instr.loops, x.m, y.m, out.m.data());
  if (init.b)
    std::copy_n(init.b, out.b.size(), out.b.begin());
  else
    std::fill(out.b.begin(), out.b.end(), T(0));
  if (x.b)
    multiplyInto(instr.loops, x.b, y.m, out.b.data());
  if (y.b)
    multiplyInto(instr.loops, x.m, y.b, out.b.data());
  if (x.b && y.b)
    multiplyInto(instr.loops, x.b, y.b, out.b.data());
  // A term meets one rounding of its product and at most one per addition.
  T gamma = context_.precision.gamma(instr.loops.terms + 1);
  T tiny = context_.precision.tiny * static_cast<T>(instr.loops.terms + 1);
  for (size_t i = 0; i < out.b.size(); ++i)
    out.b[i] += gamma * (out.m[i] + out.b[i]) + tiny;
}

template <typename T> void BodyMachine<T>::reduce(const Instruction &instr) {
  using B = Bounded<T>;
  int x = instr.in[0], init = instr.in[1];
  int64_t inSize = code_.slots[x].size, outSize = code_.slots[instr.out[0]].size;
  bool selects = instr.combiner == Opcode::Max || instr.combiner == Opcode::Min;
  SlotState &out = open(instr.out[0], !selects || !exact(instr.in));
  const std::vector<int32_t> &index = instr.indices[0];
  if (!context_.bounded) {
    std::copy_n(slots_[init].view.v, outSize, out.v.begin());
    for (int64_t i = 0; i < inSize; ++i) {
      T &o = out.v[index[i]], e = slots_[x].view.v[i];
      o = instr.combiner == Opcode::Add   ? o + e
          : instr.combiner == Opcode::Mul ? o * e
          : instr.combiner == Opcode::Max ? maximum(o, e)
                                          : minimum(o, e);
    }
    return;
  }
  // Without roundings first; γ over all of them afterwards, for any order.
  const Precision<T> none{0, 0, 0};
  for (int64_t o = 0; o < outSize; ++o)
    store(out, o, load(init, o));
  for (int64_t i = 0; i < inSize; ++i) {
    int64_t o = index[i];
    B acc{out.v[o], out.b.empty() ? T(0) : out.b[o], out.m[o]}, e = load(x, i);
    store(out, o,
          instr.combiner == Opcode::Add   ? add(acc, e, none)
          : instr.combiner == Opcode::Mul ? multiply(acc, e, none)
          : instr.combiner == Opcode::Max ? maximum(acc, e)
                                          : minimum(acc, e));
  }
  if (selects || outSize == 0)
    return;
  int64_t terms = inSize / outSize;
  T gamma = context_.precision.gamma(terms), tiny = context_.precision.tiny * static_cast<T>(terms);
  for (int64_t o = 0; o < outSize; ++o)
    out.b[o] += gamma * (out.m[o] + out.b[o]) + tiny;
}

//===----------------------------------------------------------------------===//
// Reads
//===----------------------------------------------------------------------===//

template <typename T> template <typename U> void BodyMachine<T>::copyIn(int slot, const U *values, const T *bounds) {
  SlotState &out = open(slot, bounds);
  std::copy_n(values, out.v.size(), out.v.begin());
  if (!out.b.empty())
    std::copy_n(bounds, out.b.size(), out.b.begin());
  if (context_.bounded)
    for (size_t i = 0; i < out.v.size(); ++i)
      out.m[i] = std::abs(out.v[i]);
}

template <typename T> bool BodyMachine<T>::read(const Instruction &instr) {
  const ReadSite &site = instr.read;
  if (site.source == ReadSite::Param) {
    const auto &param = context_.params[site.index];
    slots_[instr.out[0]].view = {param.v.data(), nullptr, param.m.data()};
    return true;
  }
  if (site.source == ReadSite::Position)
    return readPosition(instr);
  const Topology &topology = context_.topology;
  int64_t node = node_;
  switch (site.place) {
  case ra::ReadPlace::Child: {
    int64_t begin = context_.batch.child_offsets[node_];
    node = site.child < context_.batch.arity(node_) ? context_.batch.children[begin + site.child] : -1;
    break;
  }
  case ra::ReadPlace::Parent: {
    int32_t begin = topology.parentOffsets[node_];
    node = begin < topology.parentOffsets[node_ + 1] ? topology.parentOf[topology.parentEdges[begin]] : -1;
    break;
  }
  case ra::ReadPlace::There:
    node = there_.node;
    break;
  default:
    break;
  }
  bool absent = node < 0 && (site.place == ra::ReadPlace::Child || site.place == ra::ReadPlace::Parent);
  if (absent) {
    if (site.otherwise < 0)
      return fail(site.place == ra::ReadPlace::Parent
                      ? std::string("reads its parent, which it does not have, without `else`")
                      : "reads child(" + std::to_string(site.child) + "), which it does not have, without `else`");
    slots_[instr.out[0]].view = slots_[site.otherwise].view;
    return true;
  }
  Place at = site.source == ReadSite::Input ? context_.model.inputs[site.index].place
                                            : context_.model.sweeps[site.index].place;
  int64_t item = at == Place::Nodes        ? node
                 : at == Place::Edges      ? there_.edge
                 : at == Place::Structures ? structure_
                                           : item_;
  return site.source == ReadSite::Input ? readInput(instr, item) : readState(instr, item);
}

template <typename T> bool BodyMachine<T>::readInput(const Instruction &instr, int64_t item) {
  const InputCode &code = context_.model.inputs[instr.read.index];
  const io::Input &input = *context_.inputs[instr.read.index];
  if (item < 0)
    return fail("reads input @" + code.name + " where there is none");
  if (code.place == Place::Nodes) {
    int32_t type = context_.topology.typeOf[item];
    if (!code.onType[type])
      return fail("reads input @" + code.name + " of a node of type @" + context_.model.types[type].name +
                  ", which does not have it");
  }
  if (code.symbol)
    slots_[instr.out[0]].symbol = input.symbols[item];
  else if (input.dtype == DType::F32)
    copyIn(instr.out[0], input.f32.data() + item * code.size);
  else
    copyIn(instr.out[0], input.f64.data() + item * code.size);
  return true;
}

template <typename T> bool BodyMachine<T>::readPosition(const Instruction &instr) {
  int64_t edge = there_.edge;
  if (edge < 0)
    return fail("reads the position of a neighbour that has no edge");
  int64_t position = edge - context_.batch.child_offsets[context_.topology.parentOf[edge]];
  if (code_.slots[instr.out[0]].kind == Slot::Symbol) {
    if (position >= instr.read.domain)
      return fail("a child's position " + std::to_string(position) + " is outside its symbol's domain, 0.." +
                  std::to_string(instr.read.domain - 1));
    slots_[instr.out[0]].symbol = position;
    return true;
  }
  copyIn(instr.out[0], &position);
  return true;
}

template <typename T> bool BodyMachine<T>::readState(const Instruction &instr, int64_t item) {
  const SweepCode &sweep = context_.model.sweeps[instr.read.index];
  const StateCode &state = sweep.states[instr.read.state];
  const StateSource<T> &source = context_.states[instr.read.index][instr.read.state];
  auto named = [&] { return "state @" + sweep.name + "::@" + state.name; };
  if (item < 0 || (sweep.place == Place::Roots && place_ != Place::Roots))
    return fail("reads " + named() + " where there is none");
  if (sweep.place == Place::Nodes && sweep.bodyOfType[context_.topology.typeOf[item]] < 0)
    return fail("reads " + named() + " of a node for whose type the sweep has no body");
  if (!source.known())
    return fail("reads " + named() + ", whose values are not given");
  int64_t at = item * state.size;
  if (source.f32)
    copyIn(instr.out[0], source.f32 + at);
  else if (source.f64)
    copyIn(instr.out[0], source.f64 + at);
  else if (context_.bounded)
    copyIn(instr.out[0], source.native + at, source.bound ? source.bound + at : nullptr);
  else
    slots_[instr.out[0]].view = {source.native + at, nullptr, nullptr};
  return true;
}

template struct Context<double>;
template struct Context<long double>;
template class BodyMachine<double>;
template class BodyMachine<long double>;

} // namespace cortex::reference
