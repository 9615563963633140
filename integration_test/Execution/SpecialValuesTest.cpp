//===- SpecialValuesTest.cpp - NaN, infinity, zeros' signs, denormals -----===//
//
// What docs/Architecture.md, "Numerics", says of them, sentence by sentence: each
// operation on every pair of special values, and each reduction over lists of them,
// in f32 and f64, on every target of this machine, with the caller's denormals
// flushed. The expected values are written out here; the oracle must give them, too.
//===----------------------------------------------------------------------===//
#include "Execution.h"

#include <bit>
#include <cmath>
#include <limits>
#include <xmmintrin.h>

using namespace cortex;
using namespace cortex::test;
using namespace cortex::build;

namespace {

template <typename T> constexpr T kNaN = std::numeric_limits<T>::quiet_NaN();
template <typename T> constexpr T kInf = std::numeric_limits<T>::infinity();
template <typename T> constexpr DType kType = sizeof(T) == 4 ? DType::F32 : DType::F64;

template <typename T> std::vector<T> specialValues() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> values;
  for (T x : {kNaN<T>, kInf<T>, T(0), Limits::denorm_min(), Limits::min() / 3, Limits::min(), Limits::max(), T(1),
              T(0.3), T(88.5), T(89), T(709.5), T(710), T(1e-20)}) {
    values.push_back(x);
    values.push_back(-x);
  }
  return values;
}

/// What is compared.
enum class Match {
  Value,      ///< value, and the sign of zeros
  AnyZero,    ///< value; which of two zeros is the larger is left open
  ProgramOnly ///< as Value, but the oracle differs: its range is wider, and it folds nothing
};

/// A result that is wrong: of another kind, of another sign where it is zero, or further away than `ulps`.
template <typename T> bool differs(T got, T expected, double ulps) {
  if (std::isnan(expected) || std::isnan(got))
    return std::isnan(got) != std::isnan(expected);
  if (got == expected)
    return expected == 0 && std::signbit(got) != std::signbit(expected);
  if (ulps == 0 || !std::isfinite(expected) || !std::isfinite(got))
    return true;
  // exp and sigmoid of f32 give 0 where the result is tiny.
  const T magnitude = std::max(std::abs(expected), std::numeric_limits<T>::min());
  const double unit = std::ldexp(1.0, std::ilogb(magnitude) + 1 - std::numeric_limits<T>::digits);
  return std::abs(double(got) - double(expected)) > ulps * unit + (sizeof(T) == 4 ? 0x1p-100 : 0);
}

/// An operation on two tensors of one shape, and what it is on numbers. `ulps` 0: exactly.
template <typename T> struct Op {
  const char *name;
  std::function<Value(Value, Value)> build;
  std::function<T(T, T)> expected;
  double ulps = 0;
  Match match = Match::Value;
};

template <typename T> T maximumOf(T a, T b) {
  if (std::isnan(a) || std::isnan(b))
    return kNaN<T>;
  return a == b ? (std::signbit(a) ? b : a) : std::max(a, b);
}
template <typename T> T minimumOf(T a, T b) {
  return -maximumOf(-a, -b);
}

template <typename T> std::vector<Op<T>> operations() {
  using V = const Value &;
  auto choose = [](bool which) { return which ? T(1) : T(2); };
  return {
      {"add", [](V a, V b) { return a + b; }, [](T a, T b) { return a + b; }},
      {"sub", [](V a, V b) { return a - b; }, [](T a, T b) { return a - b; }},
      {"mul", [](V a, V b) { return a * b; }, [](T a, T b) { return a * b; }},
      {"div", [](V a, V b) { return a / b; }, [](T a, T b) { return a / b; }},
      {"neg", [](V a, V) { return -a; }, [](T a, T) { return -a; }},
      {"abs", [](V a, V) { return abs(a); }, [](T a, T) { return std::abs(a); }},
      {"sqrt", [](V a, V) { return sqrt(a); }, [](T a, T) { return std::sqrt(a); }},
      {"maximum", [](V a, V b) { return maximum(a, b); }, maximumOf<T>, 0, Match::AnyZero},
      {"minimum", [](V a, V b) { return minimum(a, b); }, minimumOf<T>, 0, Match::AnyZero},
      {"relu", [](V a, V) { return relu(a); }, [](T a, T) { return maximumOf(a, T(0)); }, 0, Match::AnyZero},
      {"plusZero", [](V a, V) { return a + 0.0; }, [](T a, T) { return a; }, 0, Match::ProgramOnly},
      {"timesZero", [](V a, V) { return a * 0.0; }, [](T a, T) { return a * T(0); }},
      {"less", [](V a, V b) { return select(less(a, b), 1.0, 2.0); }, [=](T a, T b) { return choose(a < b); }},
      {"lessEqual", [](V a, V b) { return select(lessEqual(a, b), 1.0, 2.0); },
       [=](T a, T b) { return choose(a <= b); }},
      {"greater", [](V a, V b) { return select(greater(a, b), 1.0, 2.0); }, [=](T a, T b) { return choose(a > b); }},
      {"greaterEqual", [](V a, V b) { return select(greaterEqual(a, b), 1.0, 2.0); },
       [=](T a, T b) { return choose(a >= b); }},
      {"equal", [](V a, V b) { return select(equal(a, b), 1.0, 2.0); }, [=](T a, T b) { return choose(a == b); }},
      {"notEqual", [](V a, V b) { return select(notEqual(a, b), 1.0, 2.0); }, [=](T a, T b) { return choose(a != b); }},
      // The side that is not chosen does not matter.
      {"select", [](V a, V b) { return select(less(a, b), a, b); }, [](T a, T b) { return a < b ? a : b; }},
      {"exp", [](V a, V) { return exp(a); }, [](T a, T) { return std::exp(a); }, 5},
      {"log", [](V a, V) { return log(a); }, [](T a, T) { return std::log(a); }, 5},
      {"tanh", [](V a, V) { return tanh(a); }, [](T a, T) { return std::tanh(a); }, 5},
      {"sigmoid", [](V a, V) { return sigmoid(a); },
       [](T a, T) { return static_cast<T>(1 / (1 + std::exp(-static_cast<long double>(a)))); }, 5},
      {"erf", [](V a, V) { return erf(a); }, [](T a, T) { return std::erf(a); }, 5},
  };
}

/// Runs with FTZ and DAZ set, which must not matter, and restores what was.
std::vector<Output> runFlushed(const Subject &subject, Session &session, const io::Batch &batch) {
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);
  std::vector<Output> outputs = subject.run(session, batch);
  _mm_setcsr(before);
  return outputs;
}

std::vector<CompileOptions> allTargets() {
  std::vector<CompileOptions> all;
  for (llvm::StringRef name : TargetSpec::names()) {
    CompileOptions options;
    options.target = cli::orFail(TargetSpec::parse(name));
    if (name != "host" && options.target.runsHere()) // host is one of the others
      all.push_back(options);
  }
  return all;
}

template <typename T> void setValues(io::Input &input, const std::vector<T> &values) {
  if constexpr (sizeof(T) == 4)
    input.f32 = values;
  else
    input.f64 = values;
}

/// Trees of a root with so many leaves; in each the root is the last node.
io::Batch stars(int32_t trees, int32_t leaves) {
  io::Batch batch;
  for (int32_t t = 0; t < trees; ++t) {
    const int32_t first = batch.node_offsets.back();
    for (int32_t i = 0; i < leaves; ++i) {
      batch.child_offsets.push_back(batch.child_offsets.back());
      batch.children.push_back(first + i);
    }
    batch.child_offsets.push_back(static_cast<int32_t>(batch.children.size()));
    batch.node_offsets.push_back(first + leaves + 1);
  }
  return batch;
}

template <typename T> io::Input features(const char *name, std::vector<uint32_t> shape, const std::vector<T> &values) {
  io::Input input;
  input.name = name;
  input.dtype = kType<T>;
  input.shape = std::move(shape);
  setValues(input, values);
  return input;
}

/// A value that a state must have at some item.
template <typename T> struct Expected {
  std::string state;
  size_t item, element;
  T value;
  Match match;
  double ulps;
  std::string of; ///< the operation's arguments, for messages
};

/// Compiles for every target, runs with one worker and with two, and compares program and oracle with what is expected.
template <typename T>
void expectValues(const build::Model &model, const io::Batch &batch, const std::vector<Expected<T>> &expected) {
  for (const CompileOptions &options : allTargets()) {
    SCOPED_TRACE(options.target.name);
    const Source source = fromBuilder(model);
    const Subject subject(*source.module, options);
    const reference::Params params = reference::randomParams(subject.model(), 1);
    reference::Result oracle;
    std::string error;
    ASSERT_TRUE(reference::evaluate(subject.model(), params, batch, oracle, error)) << error;
    const cortex::Model prepared = subject.prepare(subject.inProcess(), params);
    for (int64_t workers : {1, 2}) {
      Session session = subject.session(prepared, workers);
      const std::vector<Output> outputs = runFlushed(subject, session, batch);
      const std::vector<reference::ProgramState> states = subject.states(outputs);
      size_t shown = 0;
      for (const Expected<T> &e : expected) {
        const reference::StateValues *want = oracle.find("s", e.state);
        const auto state =
            std::find_if(states.begin(), states.end(), [&](const auto &s) { return s.state == e.state; });
        ASSERT_TRUE(want && state != states.end()) << e.state;
        const size_t at = e.item * (want->values.size() / static_cast<size_t>(want->items)) + e.element;
        const T got = static_cast<const T *>(state->data)[at], reference = static_cast<T>(want->values[at]);
        if (e.match == Match::AnyZero && e.value == 0 && got == 0 && reference == 0)
          continue;
        if (differs(got, e.value, e.ulps) && ++shown <= 20) {
          ADD_FAILURE() << e.state << e.of << " = " << got << ", expected " << e.value;
        }
        // The oracle rounds twice: to the wider type that it computes in, and from it.
        if (e.match != Match::ProgramOnly && differs(reference, e.value, e.ulps + 1) && ++shown <= 20) {
          ADD_FAILURE() << "the oracle's " << e.state << e.of << " = " << reference << ", expected " << e.value;
        }
      }
    }
  }
}

template <typename T> std::string pairText(T a, T b) {
  std::ostringstream text;
  text << std::hexfloat << "(" << a << ", " << b << ")";
  return text.str();
}

/// Every operation on every pair, as vectors and, with `scalars`, one node for each pair.
template <typename T> void everyPair(bool scalars) {
  std::vector<T> a, b;
  for (T x : specialValues<T>())
    for (T y : specialValues<T>()) {
      a.push_back(x);
      b.push_back(y);
    }
  const auto pairs = static_cast<int64_t>(a.size());
  const Shape shape = scalars ? Shape{} : Shape{pairs};
  build::Model m("M", StructureKind::Tree, kType<T>);
  m.type("node", 0, 0);
  Input x = m.input("x", shape), y = m.input("y", shape);
  Sweep s = m.sweep("s", Direction::Map);
  const std::vector<Op<T>> ops = operations<T>();
  std::vector<State> states;
  for (const Op<T> &op : ops)
    states.push_back(s.state(op.name, shape));
  s.body([&](Body &body) {
    for (size_t i = 0; i < ops.size(); ++i)
      body.set(states[i], ops[i].build(body.self(x), body.self(y)));
  });
  m.output("first", states.front());

  io::Batch batch;
  const size_t nodes = scalars ? a.size() : 1;
  batch.node_offsets.clear();
  for (size_t i = 0; i <= nodes; ++i)
    batch.node_offsets.push_back(static_cast<int32_t>(i));
  batch.child_offsets.assign(nodes + 1, 0);
  const std::vector<uint32_t> itemShape = scalars ? std::vector<uint32_t>{} : std::vector{static_cast<uint32_t>(pairs)};
  batch.inputs = {features("x", itemShape, a), features("y", itemShape, b)};
  std::vector<Expected<T>> expected;
  for (const Op<T> &op : ops)
    for (size_t i = 0; i < a.size(); ++i)
      expected.push_back({op.name, scalars ? i : 0, scalars ? 0 : i, op.expected(a[i], b[i]), op.match, op.ulps,
                          pairText(a[i], b[i])});
  expectValues<T>(m, batch, expected);
}

TEST(SpecialValues, OperationsOnEveryPairF32) {
  everyPair<float>(false);
}
TEST(SpecialValues, OperationsOnEveryPairF64) {
  everyPair<double>(false);
}
TEST(SpecialValues, OperationsOnScalarsF32) {
  everyPair<float>(true);
}
TEST(SpecialValues, OperationsOnScalarsF64) {
  everyPair<double>(true);
}

/// Lists of three, to be reduced.
template <typename T> std::vector<std::vector<T>> lists() {
  const T inf = kInf<T>, nan = kNaN<T>, max = std::numeric_limits<T>::max();
  return {{1, 2, 3},          {nan, 1, 2},    {1, 2, nan},     {inf, 1, 2},        {-inf, 1, 2},
          {-inf, -inf, -inf}, {inf, -inf, 0}, {inf, inf, 1},   {nan, inf, -inf},   {-0.0, -0.0, -0.0},
          {-0.0, 0, -0.0},    {0, inf, 1},    {max, max, max}, {-max, -max, -max}, {1000, 1001, 999},
          {-1000, -1001, 0},  {-inf, 0, -0.0}};
}

template <typename T> std::string listText(const std::vector<T> &list) {
  std::ostringstream text;
  for (T x : list)
    text << (&x == list.data() ? "(" : " ") << x;
  return "(" + text.str() + ")";
}

/// The weight of element i in the softmax of a list, as PyTorch has it.
template <typename T> T softmaxOf(const std::vector<T> &list, size_t i) {
  T most = list[0];
  for (T x : list)
    most = maximumOf(most, x);
  long double sum = 0;
  for (T x : list)
    sum += std::exp(static_cast<long double>(x - most));
  return static_cast<T>(std::exp(static_cast<long double>(list[i] - most)) / sum);
}

template <typename T, typename Combine> T fold(const std::vector<T> &list, T start, Combine combine) {
  T result = start;
  for (T x : list)
    result = combine(result, x);
  return result;
}

/// The reductions of one list. A sum that leaves the range is infinite, in every order: the lists have no others.
template <typename T> void addReductions(std::vector<Expected<T>> &expected, size_t item, const std::vector<T> &list) {
  const std::string of = listText(list);
  const T sum = fold(list, T(0), std::plus<T>());
  const bool overflows = std::isinf(sum) && std::all_of(list.begin(), list.end(), [](T x) { return std::isfinite(x); });
  auto add = [&](const char *state, T value, Match match, double ulps = 0) {
    expected.push_back({state, item, 0, value, match, ulps, of});
  };
  add("max", fold(list, list[0], maximumOf<T>), Match::AnyZero);
  add("min", fold(list, list[0], minimumOf<T>), Match::AnyZero);
  // It starts from +0, so a sum of zeros has no sign.
  add("sum", sum, overflows ? Match::ProgramOnly : Match::Value);
  add("mean", sum / T(3), overflows ? Match::ProgramOnly : Match::Value, 1);
}

/// Reductions of a tensor's own dimension, one node per list.
template <typename T> void reductionsOverUnits() {
  build::Model m("M", StructureKind::Tree, kType<T>);
  m.type("node", 0, 0);
  Input x = m.input("x", {3});
  Sweep s = m.sweep("s", Direction::Map);
  State max = s.state("max", {}), min = s.state("min", {}), sum = s.state("sum", {}), mean = s.state("mean", {}),
        soft = s.state("softmax", {3});
  s.body([&](Body &b) {
    Value v = b.self(x);
    b.set(max, build::max(v));
    b.set(min, build::min(v));
    b.set(sum, build::sum(v));
    b.set(mean, build::mean(v));
    b.set(soft, softmax(v));
  });
  m.output("max", max);
  io::Batch batch;
  batch.node_offsets = {0};
  std::vector<T> values;
  std::vector<Expected<T>> expected;
  for (const std::vector<T> &list : lists<T>()) {
    const size_t item = values.size() / 3;
    values.insert(values.end(), list.begin(), list.end());
    batch.node_offsets.push_back(static_cast<int32_t>(item + 1));
    addReductions(expected, item, list);
    for (size_t i = 0; i < 3; ++i)
      expected.push_back({"softmax", item, i, softmaxOf(list, i), Match::Value, 20, listText(list)});
  }
  batch.child_offsets.assign(batch.node_offsets.size(), 0);
  batch.inputs = {features("x", {3}, values)};
  expectValues<T>(m, batch, expected);
}

TEST(SpecialValues, ReductionsOverUnitsF32) {
  reductionsOverUnits<float>();
}
TEST(SpecialValues, ReductionsOverUnitsF64) {
  reductionsOverUnits<double>();
}

/// Reductions over children, one tree per list, and what a leaf has of nobody.
template <typename T> void reductionsOverChildren() {
  build::Model m("M", StructureKind::Tree, kType<T>);
  m.type("node", 0, 3);
  Input x = m.input("x", {});
  Sweep s = m.sweep("s", Direction::Map);
  State max = s.state("max", {}), min = s.state("min", {}), sum = s.state("sum", {}), mean = s.state("mean", {}),
        prod = s.state("prod", {}), attended = s.state("attended", {});
  s.body([&](Body &b) {
    auto there = [&](Edge e) { return std::vector<Value>(5, e.there(x)); };
    auto r =
        b.reduce(children, {Combine::Max, Combine::Min, Combine::Sum, Combine::Mean, Combine::Prod}, there, {7.0, 8.0});
    b.set(max, r[0]);
    b.set(min, r[1]);
    b.set(sum, r[2]);
    b.set(mean, r[3]);
    b.set(prod, r[4]);
    b.set(attended, b.attend(children, [&](Edge e) { return Scored{e.there(x), e.there(x) * 0.0 + 2.0}; }, 9.0));
  });
  m.output("max", max);
  const std::vector<std::vector<T>> all = lists<T>();
  std::vector<T> values;
  std::vector<Expected<T>> expected;
  for (const std::vector<T> &list : all) {
    const size_t leaf = values.size(), root = leaf + 3;
    values.insert(values.end(), list.begin(), list.end());
    values.push_back(0);
    addReductions(expected, root, list);
    T attention = 0;
    for (size_t i = 0; i < 3; ++i)
      attention += softmaxOf(list, i) * (list[i] * T(0) + T(2));
    expected.push_back({"prod", root, 0, fold(list, T(1), std::multiplies<T>()), Match::Value, 0, listText(list)});
    expected.push_back({"attended", root, 0, attention, Match::Value, 20, listText(list)});
    for (auto [state, value] :
         {std::pair("max", T(7)), {"min", T(8)}, {"sum", T(0)}, {"mean", T(0)}, {"prod", T(1)}, {"attended", T(9)}})
      expected.push_back({state, leaf, 0, value, Match::Value, 0, " over nobody"});
  }
  io::Batch batch = stars(static_cast<int32_t>(all.size()), 3);
  batch.inputs = {features("x", {}, values)};
  expectValues<T>(m, batch, expected);
}

TEST(SpecialValues, ReductionsOverChildrenF32) {
  reductionsOverChildren<float>();
}
TEST(SpecialValues, ReductionsOverChildrenF64) {
  reductionsOverChildren<double>();
}

/// A product with an operand that is known to be zero is its bias, whatever the weight; with one that just happens to
/// be zero it is not: an infinite weight makes it NaN.
TEST(SpecialValues, ProductsWithAbsentChildren) {
  build::Model m("M", StructureKind::Tree);
  Type leaf = m.type("leaf", 0), inner = m.type("inner", 1, 3);
  Input x = m.input("x", {1});
  Param W = m.param("W", {1, 1});
  Sweep s = m.sweep("s", Direction::Up);
  State h = s.state("h", {1});
  auto step = [&](Body &b, const Value &from) { b.set(h, matvec(W, from) + b.self(x)); };
  s.body(leaf, [&](Body &b) { step(b, b.zeros({1})); });
  s.body(inner, [&](Body &b) { step(b, b.child(0, h)); });
  m.output("h", h);
  const Source source = fromBuilder(m);
  for (const CompileOptions &options : allTargets()) {
    SCOPED_TRACE(options.target.name);
    const Subject subject(*source.module, options);
    reference::Params params = reference::randomParams(subject.model(), 1);
    params.at("W").values = {kInf<double>};
    const cortex::Model model = subject.prepare(subject.inProcess(), params);
    Session session = subject.session(model, 1);
    io::Batch batch = stars(1, 1);
    batch.inputs = {features<float>("x", {1}, {0, 3})};
    const std::vector<Output> outputs = runFlushed(subject, session, batch);
    const auto *values = static_cast<const float *>(subject.states(outputs).front().data);
    EXPECT_EQ(values[0], 0) << "inf times a known zero";
    EXPECT_TRUE(std::isnan(values[1])) << "inf times a computed zero is " << values[1];
  }
}

} // namespace
