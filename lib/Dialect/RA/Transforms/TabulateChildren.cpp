//===- TabulateChildren.cpp - Children that are known by a symbol ---------===//
//
// The states of a symbol type (a leaf that reads a word) are a function of a
// symbol. A parent computes what it needs of such a child from the child's
// symbol, without its states, so that all of it is a row of a table:
//
//   1. kinds        each body that reads its sweep's states at children becomes
//                   one per kind, which says what children of symbol types are
//   2. states       reads at such a child become the symbol type's body, of the
//                   child's symbol; a reduction over children becomes one over
//                   the inner children and one over the symbol children
//   3. products     W·(Σ_inner h + Σ_symbols t) becomes W·Σ_inner h + Σ_symbols W·t
//   4. budget       if the tables would be larger, 3 is left out, then all of it
//
//===----------------------------------------------------------------------===//
#include "ChildTables.h"
#include "Contract.h"
#include "cortex/Dialect/RA/Transforms/Passes.h"
#include "cortex/Dialect/RA/Transforms/Stages.h"
#include "cortex/Support/PassCount.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"

namespace cortex::ra {
#define GEN_PASS_DEF_TABULATECHILDREN
#include "cortex/Dialect/RA/Transforms/Passes.h.inc"
} // namespace cortex::ra

using namespace mlir;
using namespace cortex::ra;

namespace {

constexpr llvm::StringLiteral passName = "ra-tabulate-children";

void remarkMissed(Operation *op, StringRef what, const Twine &why) {
  remark::missed(op->getLoc(), remark::RemarkOpts::name(what).category(passName)) << why.str();
}

/// Whether a read is of a state of the sweep that it stands in.
bool readsOwnState(ReadOp read, SweepOp sweep) {
  return read.getPlace() != ReadPlace::Param && !read.getName().getNestedReferences().empty() &&
         read.getName().getRootReference() == sweep.getSymName();
}

/// Whether a reduction is over the sweep's states at children.
bool isOverChildren(OverOp over, SweepOp sweep) {
  return over.getNeighbours() == Neighbours::Children &&
         llvm::any_of(over.getBody().getOps<ReadOp>(),
                      [&](ReadOp read) { return read.getPlace() == ReadPlace::There && readsOwnState(read, sweep); });
}

/// What was done, for remarks.
struct Counts {
  uint64_t kinds = 0, reductions = 0, states = 0, products = 0;
};

/// Phases 1 and 2, for one sweep.
class ChildReader {
public:
  ChildReader(SweepOp sweep, TypeOp symbolType, Counts &counts)
      : sweep(sweep), symbolBody(sweep.getBodyFor(symbolType.getSymName())), counts(counts) {}

  /// The body of `type` becomes one for each of its kinds.
  SmallVector<BodyOp> makeKinds(TypeOp type) {
    SmallVector<BodyOp> bodies;
    BodyOp original = sweep.getBodyFor(type.getSymName());
    OpBuilder builder(original);
    for (unsigned kind = 0; kind < countKinds(type.getKinds()); ++kind) {
      auto body = cast<BodyOp>(builder.clone(*original));
      body.setKind(kind);
      bodies.push_back(body);
      ++counts.kinds;
      readChildren(body);
      reduceChildren(body, type);
    }
    original.erase();
    return bodies;
  }

private:
  /// The states of a child: the symbol type's body, which reads the symbol there.
  SmallVector<Value> statesAt(OpBuilder &builder, ReadPlace place, IntegerAttr index) {
    IRMapping map;
    for (Operation &op : symbolBody.getBody().front().without_terminator()) {
      auto copy = dyn_cast<ReadOp>(builder.clone(op, map));
      if (!copy || copy.getPlace() != ReadPlace::Self)
        continue;
      copy.setPlace(place);
      if (index)
        copy.setIndexAttr(index);
    }
    ++counts.states;
    return llvm::map_to_vector(symbolBody.getYield().getValues(), [&](Value v) { return map.lookup(v); });
  }

  /// Reads of children that are known to be of the symbol type.
  void readChildren(BodyOp body) {
    SmallVector<ReadOp> reads;
    body.walk([&](ReadOp read) {
      if (read.getPlace() == ReadPlace::Child && readsOwnState(read, sweep) && body.isSymbolChild(*read.getIndex()))
        reads.push_back(read);
    });
    llvm::SmallDenseMap<uint64_t, SmallVector<Value>> known;
    for (ReadOp read : reads) {
      OpBuilder builder = OpBuilder::atBlockBegin(&body.getBody().front());
      SmallVector<Value> &states = known[*read.getIndex()];
      if (states.empty())
        states = statesAt(builder, ReadPlace::Child, read.getIndexAttr());
      replaceState(read, states);
    }
  }

  void replaceState(ReadOp read, ArrayRef<Value> states) {
    read.getResult().replaceAllUsesWith(states[sweep.findState(read.getName().getLeafReference().getValue())]);
    read.erase();
  }

  void reduceChildren(BodyOp body, TypeOp type) {
    SmallVector<OverOp> overs;
    body.walk([&](OverOp over) {
      if (isOverChildren(over, sweep))
        overs.push_back(over);
    });
    bool allSymbols = type.getKinds() == KindRule::Inner && *body.getKind() == 0;
    for (OverOp over : overs) {
      if (allSymbols)
        goOverSymbols(over);
      else if (StringRef obstacle = getObstacle(over); obstacle.empty())
        split(over, type.getMinArity() > 0);
      else
        remarkMissed(over, "reduction over children", obstacle);
    }
  }

  static StringRef getObstacle(OverOp over) {
    for (unsigned i = 0, e = over.getNumCombiners(); i != e; ++i)
      if (over.getCombiner(i) == Combiner::Softmax)
        return "a softmax needs the scores of all children together";
    return over.getDefaults().empty() ? "" : "its default is for no children of either sort";
  }

  /// The region then reads what symbols say.
  void goOverSymbols(OverOp over) {
    over.setNeighbours(Neighbours::Symbols);
    OpBuilder builder = OpBuilder::atBlockBegin(&over.getBody().front());
    SmallVector<Value> states = statesAt(builder, ReadPlace::There, {});
    for (ReadOp read : llvm::to_vector(over.getBody().getOps<ReadOp>()))
      if (read.getPlace() == ReadPlace::There && readsOwnState(read, sweep))
        replaceState(read, states);
    ++counts.reductions;
  }

  /// The inner children first, then those of symbol types.
  void split(OverOp over, bool someChild) {
    OpBuilder builder(over);
    auto inner = cast<OverOp>(builder.clone(*over)), symbols = cast<OverOp>(builder.clone(*over));
    inner.setNeighbours(Neighbours::Inner);
    goOverSymbols(symbols);
    Attribute sum = CombinerAttr::get(over.getContext(), Combiner::Sum);
    SmallVector<Attribute> combiners(over.getCombiners().getValue());
    for (unsigned i = 0, e = over.getNumCombiners(); i != e; ++i)
      if (over.getCombiner(i) == Combiner::Mean)
        combiners[i] = sum;
    for (OverOp part : {inner, symbols})
      part.setCombinersAttr(builder.getArrayAttr(combiners));
    for (unsigned i = 0, e = over.getNumCombiners(); i != e; ++i) {
      Value both = combine(builder, over.getLoc(), over.getCombiner(i), inner.getResult(i), symbols.getResult(i));
      if (over.getCombiner(i) == Combiner::Mean)
        both =
            arith::DivFOp::create(builder, over.getLoc(), both, countChildren(builder, over.getResult(i), someChild));
      over.getResult(i).replaceAllUsesWith(both);
    }
    over.erase();
  }

  static Value combine(OpBuilder &builder, Location loc, Combiner combiner, Value a, Value b) {
    switch (combiner) {
    case Combiner::Prod:
      return arith::MulFOp::create(builder, loc, a, b);
    case Combiner::Max:
      return arith::MaximumFOp::create(builder, loc, a, b);
    case Combiner::Min:
      return arith::MinimumFOp::create(builder, loc, a, b);
    case Combiner::Sum:
    case Combiner::Mean:
      return arith::AddFOp::create(builder, loc, a, b);
    case Combiner::Softmax:
      break;
    }
    llvm_unreachable("a softmax is not split");
  }

  /// How many children there are, at least 1, in the shape of `like`.
  static Value countChildren(OpBuilder &builder, Value like, bool someChild) {
    Location loc = like.getLoc();
    auto type = cast<RankedTensorType>(like.getType());
    auto scalar = RankedTensorType::get({}, type.getElementType());
    auto one = [&](OpBuilder &b) -> Value {
      Attribute value = b.getFloatAttr(type.getElementType(), 1.0);
      return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(scalar, value));
    };
    Attribute sum = CombinerAttr::get(builder.getContext(), Combiner::Sum);
    auto over = OverOp::create(builder, loc, TypeRange{scalar}, Neighbours::Children, builder.getArrayAttr({sum}),
                               ValueRange());
    OpBuilder inside = OpBuilder::atBlockBegin(&over.getBody().emplaceBlock());
    YieldOp::create(inside, loc, one(inside));
    Value count = over.getResult(0);
    if (!someChild)
      count = arith::MaximumFOp::create(builder, loc, count, one(builder));
    if (type.getRank() == 0)
      return count;
    Value init = tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType());
    SmallVector<int64_t> dims = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
    return linalg::BroadcastOp::create(builder, loc, count, init, dims)->getResult(0);
  }

  SweepOp sweep;
  BodyOp symbolBody;
  Counts &counts;
};

/// Phase 3, for one body.
class ProductPusher {
public:
  ProductPusher(BodyOp body, Counts &counts) : body(body), counts(counts) {}

  void run() {
    body.walk([&](linalg::ContractOp op) { worklist.push_back(op); });
    while (!worklist.empty()) {
      linalg::ContractOp op = worklist.pop_back_val();
      for (unsigned side : {0u, 1u})
        if (isConstantStage(op.getInputs()[1 - side]) && (push(op, side) || separate(op, side)))
          break;
    }
  }

private:
  /// The reduction over symbol children that gives a value, if products with it
  /// are sums (or means) of what tables hold.
  OverOp getSymbolSum(Value value) {
    auto over = value.getDefiningOp<OverOp>();
    if (!over || over.getNeighbours() != Neighbours::Symbols)
      return {};
    unsigned i = cast<OpResult>(value).getResultNumber();
    Combiner combiner = over.getCombiner(i);
    StageAnalysis stages(body);
    bool linear = combiner == Combiner::Sum || combiner == Combiner::Mean;
    return linear && isTabulated(stages.getStage(over.getYield().getValues()[over.getYieldIndex(i)])) ? over : OverOp();
  }

  static bool isTabulated(const ValueStage &stage) { return stage.stage <= Stage::Symbol && stage.symbols.size() <= 1; }

  /// W·Σ t becomes Σ W·t.
  bool push(linalg::ContractOp op, unsigned side) {
    Value sum = op.getInputs()[side];
    OverOp over = getSymbolSum(sum);
    if (!over)
      return false;
    unsigned i = cast<OpResult>(sum).getResultNumber();
    OpBuilder builder(op);
    Location loc = op.getLoc();
    Type type = op.getResult(0).getType();
    Attribute combiner = over.getCombiners()[i];
    auto products = OverOp::create(builder, loc, TypeRange{type}, Neighbours::Symbols, builder.getArrayAttr({combiner}),
                                   ValueRange());
    OpBuilder inside = OpBuilder::atBlockBegin(&products.getBody().emplaceBlock());
    IRMapping map;
    for (Operation &inner : over.getBody().front().without_terminator())
      inside.clone(inner, map);
    SmallVector<Value> inputs(op.getInputs());
    inputs[side] = map.lookupOrDefault(over.getYield().getValues()[over.getYieldIndex(i)]);
    Value zero = arith::ConstantOp::create(inside, loc, cast<TypedAttr>(builder.getZeroAttr(type)));
    YieldOp::create(inside, loc, createContract(inside, loc, inputs, zero, op.getIndexingMapsArray()));
    op.getResult(0).replaceAllUsesWith(arith::AddFOp::create(builder, loc, op.getOutputs()[0], products.getResult(0)));
    op.erase();
    ++counts.products;
    return true;
  }

  /// W·(x + y), where a table holds W·y but not W·x, becomes W·x + W·y.
  bool separate(linalg::ContractOp op, unsigned side) {
    auto sum = op.getInputs()[side].getDefiningOp<arith::AddFOp>();
    if (!sum)
      return false;
    StageAnalysis stages(body);
    auto held = [&](Value v) {
      const ValueStage &stage = stages.getStage(v);
      return (stage.stage == Stage::Symbol && isTabulated(stage)) || getSymbolSum(v);
    };
    if (held(sum.getResult()) || (!held(sum.getLhs()) && !held(sum.getRhs())))
      return false;
    OpBuilder builder(op);
    Value result = op.getOutputs()[0];
    for (Value part : {sum.getLhs(), sum.getRhs()}) {
      SmallVector<Value> inputs(op.getInputs());
      inputs[side] = part;
      Value zero =
          arith::ConstantOp::create(builder, op.getLoc(), cast<TypedAttr>(builder.getZeroAttr(result.getType())));
      bool first = part == sum.getLhs();
      Value product = createContract(builder, op.getLoc(), inputs, first ? result : zero, op.getIndexingMapsArray());
      worklist.push_back(product.getDefiningOp<linalg::ContractOp>());
      result = first ? product : Value(arith::AddFOp::create(builder, op.getLoc(), result, product));
    }
    op.getResult(0).replaceAllUsesWith(result);
    op.erase();
    return true;
  }

  BodyOp body;
  Counts &counts;
  SmallVector<linalg::ContractOp> worklist;
};

struct TabulateChildren : public cortex::ra::impl::TabulateChildrenBase<TabulateChildren> {
  using Base::Base;

  void runOnOperation() override {
    ModelOp model = getOperation();
    if (llvm::any_of(getTypes(model), [](TypeOp type) { return type.getSymbol(); }))
      return; // done before
    SmallVector<SweepOp> sweeps;
    TypeOp type = chooseSymbolType(model, sweeps);
    if (!type)
      return;
    const double room = budget * parameterBytes(model);
    for (bool products : {true, false}) {
      SmallVector<SweepOp> saved = llvm::map_to_vector(sweeps, [](SweepOp sweep) { return sweep.clone(); });
      Counts counts;
      tellKinds(model, type, sweeps);
      for (SweepOp sweep : sweeps)
        rewrite(sweep, type, products, counts);
      eraseDeadOperations(model);
      const double need = childTableBytes(model, type, sweeps);
      if (need <= room) {
        for (SweepOp copy : saved)
          copy.erase();
        return report(model, counts);
      }
      remarkMissed(type, products ? "products of symbol children" : "states of symbol children",
                   "their tables need " + Twine(static_cast<uint64_t>(need)) + " bytes, and the budget is " +
                       Twine(static_cast<uint64_t>(room)));
      restore(model, type, sweeps, saved);
    }
  }

private:
  static bool readsChildren(BodyOp body, SweepOp sweep) {
    bool reads = false;
    body.walk([&](ReadOp read) { reads |= read.getPlace() == ReadPlace::Child && readsOwnState(read, sweep); });
    body.walk([&](OverOp over) { reads |= isOverChildren(over, sweep); });
    return reads;
  }

  /// The type whose states, in `sweeps`, are a function of one symbol; null if
  /// there is none, or nobody reads them.
  static TypeOp chooseSymbolType(ModelOp model, SmallVectorImpl<SweepOp> &sweeps) {
    StageAnalysis stages(model);
    TypeOp chosen;
    for (TypeOp type : getTypes(model)) {
      SmallVector<SweepOp> of;
      for (SweepOp sweep : model.getBody().getOps<SweepOp>()) {
        if (sweep.getDirection() != Direction::Up)
          continue;
        ValueStage stage = stages.getStage(sweep.getBodyFor(type.getSymName()));
        bool read = llvm::any_of(sweep.getBody().getOps<BodyOp>(), [&](BodyOp b) { return readsChildren(b, sweep); });
        if (read && stage.stage <= Stage::Symbol && stage.symbols.size() <= 1 &&
            llvm::none_of(stage.symbols, [](StringRef s) { return s.contains('@'); }))
          of.push_back(sweep);
      }
      if (of.empty())
        continue;
      if (chosen) {
        remarkMissed(type, "a symbol type", "only children of one type, @" + chosen.getSymName() + ", are told apart");
        continue;
      }
      chosen = type;
      sweeps.assign(of);
    }
    return chosen;
  }

  /// What tells the kinds of each type apart, for all sweeps together.
  static void tellKinds(ModelOp model, TypeOp symbolType, ArrayRef<SweepOp> sweeps) {
    symbolType.setSymbol(true);
    for (TypeOp type : getTypes(model)) {
      int64_t told = 0;
      bool over = false;
      for (SweepOp sweep : sweeps) {
        BodyOp body = sweep.getBodyFor(type.getSymName());
        body.walk([&](ReadOp read) {
          if (read.getPlace() != ReadPlace::Child || !readsOwnState(read, sweep))
            return;
          auto index = static_cast<int64_t>(*read.getIndex());
          if (index < 2)
            told = std::max(told, index + 1);
          else
            remarkMissed(read, "a child by its place", "only the first two are told apart");
        });
        body.walk([&](OverOp reduction) { over |= isOverChildren(reduction, sweep); });
      }
      type.setKinds(told == 2   ? KindRule::FirstTwo
                    : told == 1 ? KindRule::First
                    : over      ? KindRule::Inner
                                : KindRule::None);
    }
  }

  static void rewrite(SweepOp sweep, TypeOp symbolType, bool products, Counts &counts) {
    ChildReader reader(sweep, symbolType, counts);
    for (TypeOp type : getTypes(getModel(sweep))) {
      BodyOp original = sweep.getBodyFor(type.getSymName());
      if (type.getKinds() == KindRule::None || !readsChildren(original, sweep))
        continue;
      for (BodyOp body : reader.makeKinds(type)) {
        if (products)
          ProductPusher(body, counts).run();
        splitLateSums(body);
      }
    }
  }

  static void restore(ModelOp model, TypeOp symbolType, MutableArrayRef<SweepOp> sweeps, ArrayRef<SweepOp> saved) {
    for (auto [sweep, copy] : llvm::zip(sweeps, saved)) {
      sweep->getBlock()->getOperations().insert(Block::iterator(sweep), copy);
      sweep.erase();
      sweep = copy;
    }
    symbolType.setSymbol(false);
    for (TypeOp type : getTypes(model))
      type.setKinds(KindRule::None);
  }

  static void report(ModelOp model, const Counts &counts) {
    cortex::PassCount(model, passName, "kinds made") += counts.kinds;
    cortex::PassCount(model, passName, "reductions over symbol children") += counts.reductions;
    cortex::PassCount(model, passName, "states read from symbols") += counts.states;
    cortex::PassCount(model, passName, "products pushed to symbol children") += counts.products;
  }
};

} // namespace
