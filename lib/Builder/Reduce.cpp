//===- Reduce.cpp - Reductions over neighbours ----------------------------===//
#include "ModelImpl.h"

#include "Emit.h"

#include "llvm/ADT/ScopeExit.h"

using namespace mlir;

namespace cortex::build {

using detail::Access;
using detail::Call;
using detail::ModelImpl;
using Shared = std::shared_ptr<ModelImpl>;

static const char *nameOf(Neighbours over) {
  switch (over) {
  case Neighbours::Children:
    return "children";
  case Neighbours::Parents:
    return "parents";
  case Neighbours::Nodes:
    return "nodes";
  }
  llvm_unreachable("all neighbours are named above");
}

namespace {

/// One ra.over while it is built: its region is filled first, because the
/// result types are known only then.
class Reduction {
public:
  Reduction(const Shared &impl, Neighbours over, ArrayRef<Combine> combine, const Loc &loc)
      : impl(impl), over(over), combine(combine), loc(loc), block(std::make_unique<Block>()) {}

  std::vector<Value> build(const EdgesFn &fn, ArrayRef<Operand> otherwise);

private:
  bool fillRegion(const EdgesFn &fn);
  bool check(ArrayRef<Value> yields);
  bool defaults(ArrayRef<Operand> otherwise);

  const Shared &impl;
  Neighbours over;
  ArrayRef<Combine> combine;
  Loc loc;
  std::unique_ptr<Block> block;
  SmallVector<mlir::Value> yielded, defaultValues;
  SmallVector<mlir::Type> results;
};

} // namespace

static ra::Combiner combinerOf(Combine c) {
  static_assert(static_cast<int>(Combine::Sum) == static_cast<int>(ra::Combiner::Sum) &&
                static_cast<int>(Combine::Mean) == static_cast<int>(ra::Combiner::Mean) &&
                static_cast<int>(Combine::Prod) == static_cast<int>(ra::Combiner::Prod) &&
                static_cast<int>(Combine::Max) == static_cast<int>(ra::Combiner::Max) &&
                static_cast<int>(Combine::Min) == static_cast<int>(ra::Combiner::Min) &&
                static_cast<int>(Combine::Softmax) == static_cast<int>(ra::Combiner::Softmax));
  return static_cast<ra::Combiner>(c);
}

/// The values that the region yields: in number, in use here, scores scalar.
bool Reduction::check(ArrayRef<Value> yields) {
  size_t wanted = 0;
  for (Combine c : combine)
    wanted += c == Combine::Softmax ? 2 : 1;
  if (yields.size() != wanted) {
    impl->error(loc, "the function returns " + Twine(yields.size()) + " values, the combiners take " + Twine(wanted));
    return false;
  }
  for (const Value &v : yields) {
    Call call("a reduction", Operand(v, loc), "the function's result", loc, impl);
    if (!call)
      return false;
    yielded.push_back(call[0]);
  }
  size_t next = 0;
  for (Combine c : combine) {
    if (c == Combine::Softmax && !detail::shapeOf(yielded[next++]).empty()) {
      impl->error(loc, "a score has the shape " + detail::shapeText(detail::shapeOf(yielded[next - 1])) +
                           "; it must be a scalar, ()");
      return false;
    }
    results.push_back(yielded[next++].getType());
  }
  return true;
}

bool Reduction::fillRegion(const EdgesFn &fn) {
  OpBuilder::InsertionGuard guard(impl->builder);
  int64_t scope = impl->open(std::string("a reduction over ") + nameOf(over));
  llvm::scope_exit close([&] { impl->close(scope); });
  impl->builder.setInsertionPointToEnd(block.get());
  std::vector<Value> yields = fn(Access::edge(impl, scope));
  if (!check(yields))
    return false;
  ra::YieldOp::create(impl->builder, impl->location(loc), yielded);
  return true;
}

/// The values for combiners that have none over nobody.
bool Reduction::defaults(ArrayRef<Operand> otherwise) {
  if (otherwise.empty())
    return true;
  SmallVector<size_t> takers;
  for (auto [i, c] : llvm::enumerate(combine))
    if (ra::OverOp::takesDefault(combinerOf(c)))
      takers.push_back(i);
  if (takers.size() != otherwise.size()) {
    impl->error(loc, "a reduction over " + Twine(nameOf(over)) + ": " + Twine(otherwise.size()) +
                         " values for the case of nobody, the combiners take " + Twine(takers.size()));
    return false;
  }
  for (auto [i, operand] : llvm::zip_equal(takers, otherwise)) {
    ArrayRef<int64_t> shape = cast<RankedTensorType>(results[i]).getShape();
    const char *role = "the value for the case of nobody";
    Call call("a reduction", operand, role, loc, impl);
    defaultValues.push_back(call.toShape(0, role, shape));
    if (!call)
      return false;
  }
  return true;
}

std::vector<Value> Reduction::build(const EdgesFn &fn, ArrayRef<Operand> otherwise) {
  std::vector<Value> invalid(combine.size(), Access::invalid<Value>(impl));
  if (impl->inReduction()) {
    impl->error(loc, "a reduction over " + Twine(nameOf(over)) + " is inside a reduction; they do not nest");
    return invalid;
  }
  // Once the region holds values that the user may still name, it is kept even if the reduction fails.
  llvm::scope_exit keep([&] {
    if (block)
      impl->abandoned.push_back(std::move(block));
  });
  if (!fillRegion(fn) || !defaults(otherwise))
    return invalid;
  SmallVector<Attribute> combiners;
  for (Combine c : combine)
    combiners.push_back(ra::CombinerAttr::get(&impl->context, combinerOf(c)));
  OpBuilder &b = impl->builder;
  auto op = ra::OverOp::create(b, impl->location(loc), results, static_cast<ra::Neighbours>(over),
                               b.getArrayAttr(combiners), defaultValues);
  op->getRegion(0).push_back(block.release());
  std::vector<Value> values;
  values.reserve(combine.size());
  for (mlir::Value r : op->getResults())
    values.push_back(Access::wrap<Value>(impl, r));
  return values;
}

std::vector<Value> Body::reduce(Neighbours over, const std::vector<Combine> &combine, const EdgesFn &fn,
                                const std::vector<Operand> &otherwise, Loc loc) {
  if (combine.empty() || !fn) {
    impl->error(loc, "a reduction over " + Twine(nameOf(over)) + " has no " + (fn ? "combiner" : "function"));
    return std::vector<Value>(combine.size(), Access::invalid<Value>(impl));
  }
  return Reduction(impl, over, combine, loc).build(fn, otherwise);
}

/// A reduction with one combiner and one value.
static Value reduceOne(Body &body, Combine c, Neighbours over, const EdgeFn &fn, const std::vector<Operand> &otherwise,
                       const Loc &loc) {
  EdgesFn one;
  if (fn)
    one = [&fn](const Edge &e) { return std::vector<Value>{fn(e)}; };
  std::vector<Value> results = body.reduce(over, {c}, one, otherwise, loc);
  return results.front();
}

Value Body::sum(Neighbours over, const EdgeFn &fn, Loc loc) {
  return reduceOne(*this, Combine::Sum, over, fn, {}, loc);
}
Value Body::mean(Neighbours over, const EdgeFn &fn, Loc loc) {
  return reduceOne(*this, Combine::Mean, over, fn, {}, loc);
}
Value Body::prod(Neighbours over, const EdgeFn &fn, Loc loc) {
  return reduceOne(*this, Combine::Prod, over, fn, {}, loc);
}
Value Body::max(Neighbours over, const EdgeFn &fn, Loc loc) {
  return reduceOne(*this, Combine::Max, over, fn, {}, loc);
}
Value Body::max(Neighbours over, const EdgeFn &fn, const Operand &otherwise, Loc loc) {
  return reduceOne(*this, Combine::Max, over, fn, {otherwise}, loc);
}
Value Body::min(Neighbours over, const EdgeFn &fn, Loc loc) {
  return reduceOne(*this, Combine::Min, over, fn, {}, loc);
}
Value Body::min(Neighbours over, const EdgeFn &fn, const Operand &otherwise, Loc loc) {
  return reduceOne(*this, Combine::Min, over, fn, {otherwise}, loc);
}

static Value attendTo(Body &body, Neighbours over, const ScoredFn &fn, const std::vector<Operand> &otherwise,
                      const Loc &loc) {
  EdgesFn both;
  if (fn)
    both = [&fn](const Edge &e) {
      Scored s = fn(e);
      return std::vector<Value>{s.score, s.value};
    };
  return body.reduce(over, {Combine::Softmax}, both, otherwise, loc).front();
}

Value Body::attend(Neighbours over, const ScoredFn &fn, Loc loc) {
  return attendTo(*this, over, fn, {}, loc);
}
Value Body::attend(Neighbours over, const ScoredFn &fn, const Operand &otherwise, Loc loc) {
  return attendTo(*this, over, fn, {otherwise}, loc);
}

} // namespace cortex::build
