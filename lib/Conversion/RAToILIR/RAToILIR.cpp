//===- RAToILIR.cpp - convert-ra-to-ilir: from recursion to loops ---------===//
//
// Phases of the pass:
//   1. declarations: types, inputs, params, one order per direction or place;
//   2. states become buffers, one item per row, root or structure;
//   3. each sweep becomes a loop over levels, each body a nest over the rows of
//      its type (the paper's dynamic batching and specialization):
//
//      ra.sweep @up up states(@h: T) {      ilir.levels @up {
//        ra.body @leaf { A  yield %x }   =>   ilir.strips @leaf { ilir.rows { A  store %x, @up.h[%r] } }
//        ra.body @node { B  yield %y }        ilir.strips @node { ilir.rows { B  store %y, @up.h[%r] } }
//      }                                    }
//
//   4. in bodies, reads become steps through the linearizer's arrays and loads;
//      softmax reductions become a max, then a sum of exp(score - max); a look-up
//      becomes a load from a table, which prepare computes where it is no param.
//===----------------------------------------------------------------------===//
#include "cortex/Conversion/Passes.h"
#include "cortex/Dialect/ILIR/IR/ILIR.h"
#include "cortex/Dialect/ILIR/Transforms/Slices.h"
#include "cortex/Support/PassCount.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringSet.h"

namespace cortex {
#define GEN_PASS_DEF_CONVERTRATOILIR
#include "cortex/Conversion/Passes.h.inc"
} // namespace cortex

using namespace mlir;
using namespace cortex;
using ilir::IndexKind;
using ilir::Step;

namespace {

constexpr StringLiteral kStage = "ra.stage";

StringRef orderNameOf(ra::SweepOp sweep) {
  if (sweep.getPlace() == ra::Place::Roots)
    return "roots";
  if (sweep.getPlace() == ra::Place::Structures)
    return "structures";
  return ra::stringifyDirection(sweep.getDirection());
}

std::string bufferNameOf(ra::SweepOp sweep, StringRef state) {
  return (sweep.getSymName() + "." + state).str();
}

/// Converts one body into a nest.
class BodyConverter {
public:
  BodyConverter(OpBuilder &builder, ilir::ProgramOp program, ra::ModelOp model, ra::SweepOp sweep, Value position)
      : b(builder), program(program), model(model), sweep(sweep), position(position) {}

  LogicalResult convert(ra::BodyOp body) {
    IRMapping map;
    for (Operation &op : body.getBody().front().without_terminator())
      if (failed(convertOp(&op, map, {})))
        return failure();
    Location loc = body.getLoc();
    for (auto [i, value] : llvm::enumerate(body.getYield().getValues()))
      ilir::StoreOp::create(b, loc, map.lookup(value), bufferNameOf(sweep, sweep.getStateName(i)), selfIndex(loc));
    return success();
  }

private:
  Value index(Location loc, Step step, Value from, IndexKind to, IntegerAttr number = {}) {
    return ilir::IndexOp::create(b, loc, ilir::SpaceIndexType::get(b.getContext(), to),
                                 ilir::StepAttr::get(b.getContext(), step), number, from);
  }

  /// The index of this sweep's own states.
  Value selfIndex(Location loc) {
    switch (sweep.getPlace()) {
    case ra::Place::Roots:
      return position;
    case ra::Place::Structures:
      return index(loc, Step::Row, position, IndexKind::Structure);
    default:
      return row(loc);
    }
  }

  Value row(Location loc) { return index(loc, Step::Row, position, IndexKind::Row); }

  /// The row (or structure) whose value a read reads; `edge` inside ra.over.
  FailureOr<Value> placeOf(ra::ReadOp read, Value edge) {
    Location loc = read.getLoc();
    switch (read.getPlace()) {
    case ra::ReadPlace::Self:
      if (sweep.getPlace() == ra::Place::Structures)
        return index(loc, Step::Row, position, IndexKind::Structure);
      return row(loc);
    case ra::ReadPlace::Child:
      return index(loc, Step::Child, position, IndexKind::Row, read.getIndexAttr());
    case ra::ReadPlace::Parent:
      return index(loc, Step::Parent, position, IndexKind::Row);
    case ra::ReadPlace::Structure:
      if (sweep.getPlace() == ra::Place::Structures) // its own inputs
        return index(loc, Step::Row, position, IndexKind::Structure);
      return index(loc, Step::Structure, row(loc), IndexKind::Structure);
    case ra::ReadPlace::There:
      return index(loc, Step::Neighbour, edge, IndexKind::Row);
    case ra::ReadPlace::Edge:
      return index(loc, Step::EdgeId, edge, IndexKind::EdgeId);
    case ra::ReadPlace::Param:
      break;
    }
    return failure();
  }

  FailureOr<Value> convertRead(ra::ReadOp read, IRMapping &map, Value edge) {
    Location loc = read.getLoc();
    Type type = read.getResult().getType();
    StringRef root = read.getName().getRootReference();
    if (read.getPlace() == ra::ReadPlace::Param)
      return Value(ilir::LoadOp::create(b, loc, type, root, Value()));
    Operation *decl = SymbolTable::lookupSymbolIn(model, read.getName().getRootReference());
    if (read.getPlace() == ra::ReadPlace::Edge && !decl) { // the built-in position
      Value place = index(loc, Step::Place, edge, IndexKind::Symbol);
      if (isa<ra::SymbolType>(type))
        return place;
      return Value(ilir::ToFloatOp::create(b, loc, type, place));
    }
    FailureOr<Value> at = placeOf(read, edge);
    if (failed(at))
      return failure();
    if (isa<ra::SymbolType>(type))
      return Value(ilir::SymbolOp::create(b, loc, ilir::SpaceIndexType::get(b.getContext(), IndexKind::Symbol),
                                          FlatSymbolRefAttr::get(b.getContext(), root), *at));
    Value otherwise = read.getOtherwise() ? map.lookup(read.getOtherwise()) : Value();
    if (auto input = dyn_cast<ra::InputOp>(decl)) {
      if (input.getPlace() == ra::Place::Nodes)
        at = index(loc, Step::Node, *at, IndexKind::Node);
      return Value(ilir::LoadOp::create(b, loc, type, root, *at, otherwise));
    }
    auto source = cast<ra::SweepOp>(decl);
    if (source.getPlace() == ra::Place::Roots)
      at = position;
    return Value(
        ilir::LoadOp::create(b, loc, type, bufferNameOf(source, read.getName().getLeafReference()), *at, otherwise));
  }

  LogicalResult convertLookup(ra::LookupOp lookup, IRMapping &map) {
    Value symbol = map.lookup(lookup.getSymbol());
    Value table = map.lookup(lookup.getTable());
    auto load = table.getDefiningOp<ilir::LoadOp>();
    StringRef buffer;
    if (load && !load.getIndex()) {
      buffer = load.getBuffer();
    } else if (ilir::getStage(table) == "constant") {
      ilir::BufferOp &made = tables[table];
      if (!made)
        made = ilir::hoistConstant(program, table, /*inPrepare=*/false);
      buffer = made.getSymName();
    } else {
      return chooseSlice(lookup, map, symbol, table);
    }
    map.map(lookup.getResult(),
            tagged(lookup, ilir::LoadOp::create(b, lookup.getLoc(), lookup.getType(), buffer, symbol)));
    return success();
  }

  /// A look-up in what the node itself computed has no address: select(symbol == i, table[i], …) over all i.
  LogicalResult chooseSlice(ra::LookupOp lookup, IRMapping &map, Value symbol, Value table) {
    constexpr int64_t kMost = 64;
    auto from = cast<RankedTensorType>(table.getType()), to = cast<RankedTensorType>(lookup.getType());
    int64_t domain = from.getDimSize(0);
    if (domain > kMost)
      return lookup.emitOpError() << "looks up a value computed at the node, of " << domain
                                  << " slices; expected a table of parameters, or at most " << kMost << " slices";
    Location loc = lookup.getLoc();
    auto element = cast<FloatType>(to.getElementType());
    Value number = tagged(lookup, ilir::ToFloatOp::create(b, loc, RankedTensorType::get({}, element), symbol));
    Value wide = broadcastTo(b, loc, number, to);
    tagged(lookup, wide);
    Value result;
    for (int64_t i = 0; i < domain; ++i) {
      SmallVector<OpFoldResult> offsets(from.getRank(), b.getIndexAttr(0)), sizes,
          strides(from.getRank(), b.getIndexAttr(1));
      offsets[0] = b.getIndexAttr(i);
      for (int64_t d = 0; d < from.getRank(); ++d)
        sizes.push_back(b.getIndexAttr(d == 0 ? 1 : from.getDimSize(d)));
      Value slice = tagged(lookup, tensor::ExtractSliceOp::create(b, loc, to, table, offsets, sizes, strides));
      if (!result) {
        result = slice;
        continue;
      }
      Value which = arith::ConstantOp::create(
          b, loc, DenseElementsAttr::get(to, b.getFloatAttr(element, static_cast<double>(i))));
      Value is = tagged(lookup, arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, wide, which));
      result = tagged(lookup, arith::SelectOp::create(b, loc, is, slice, result));
    }
    map.map(lookup.getResult(), result);
    return success();
  }

  Value tagged(Operation *from, Value value) {
    if (Attribute stage = from->getAttr(kStage))
      value.getDefiningOp()->setAttr(kStage, stage);
    return value;
  }

  LogicalResult convertOp(Operation *op, IRMapping &map, Value edge) {
    if (auto read = dyn_cast<ra::ReadOp>(op)) {
      FailureOr<Value> value = convertRead(read, map, edge);
      if (failed(value))
        return read.emitOpError("has no lowering at this place");
      map.map(read.getResult(), tagged(op, *value));
      return success();
    }
    if (auto lookup = dyn_cast<ra::LookupOp>(op))
      return convertLookup(lookup, map);
    if (auto over = dyn_cast<ra::OverOp>(op))
      return convertOver(over, map);
    b.clone(*op, map);
    return success();
  }

  /// An ilir.edges whose region is over's, yielding what `yields` picks from the converted yield.
  FailureOr<ilir::EdgesOp> emitEdges(ra::OverOp over, IRMapping map, ArrayRef<ra::Combiner> combiners, TypeRange types,
                                     ValueRange defaults,
                                     function_ref<SmallVector<Value>(OpBuilder &, ArrayRef<Value>)> yields) {
    Location loc = over.getLoc();
    auto adjacency = static_cast<ilir::Adjacency>(over.getNeighbours());
    auto edges = ilir::EdgesOp::create(b, loc, types, adjacency, position, combiners, defaults);
    if (Attribute stage = over->getAttr(kStage))
      edges->setAttr(kStage, stage);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&edges.getBody().front());
    for (Operation &op : over.getBody().front().without_terminator())
      if (failed(convertOp(&op, map, edges.getEdge())))
        return failure();
    SmallVector<Value> values;
    for (Value v : over.getYield().getValues())
      values.push_back(map.lookup(v));
    ilir::YieldOp::create(b, loc, yields(b, values));
    return edges;
  }

  static Value broadcastTo(OpBuilder &b, Location loc, Value scalar, RankedTensorType type) {
    if (type.getRank() == 0)
      return scalar;
    Value init = tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
    SmallVector<int64_t> dims = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
    return linalg::BroadcastOp::create(b, loc, scalar, init, dims)->getResult(0);
  }

  LogicalResult convertOver(ra::OverOp over, IRMapping &map) {
    Location loc = over.getLoc();
    SmallVector<ra::Combiner> plain;
    SmallVector<unsigned> indices;
    SmallVector<Type> types;
    SmallVector<Value> defaults;
    for (unsigned i = 0; i < over.getNumCombiners(); ++i) {
      ra::Combiner c = over.getCombiner(i);
      if (c == ra::Combiner::Softmax)
        continue;
      plain.push_back(c);
      indices.push_back(i);
      types.push_back(over.getResult(i).getType());
      if (Value d = over.getDefault(i))
        defaults.push_back(map.lookup(d));
    }
    if (!plain.empty()) {
      auto edges = emitEdges(over, map, plain, types, defaults, [&](OpBuilder &, ArrayRef<Value> values) {
        SmallVector<Value> picked;
        for (unsigned i : indices)
          picked.push_back(values[over.getYieldIndex(i)]);
        return picked;
      });
      if (failed(edges))
        return failure();
      for (auto [k, i] : llvm::enumerate(indices))
        map.map(over.getResult(i), edges->getResult(k));
    }
    for (unsigned i = 0; i < over.getNumCombiners(); ++i)
      if (over.getCombiner(i) == ra::Combiner::Softmax && failed(convertSoftmax(over, i, map, loc)))
        return failure();
    return success();
  }

  /// sum_k exp(s_k - m) v_k / sum_k exp(s_k - m) with m = max_k s_k; over nobody, the default.
  LogicalResult convertSoftmax(ra::OverOp over, unsigned i, IRMapping &map, Location loc) {
    unsigned at = over.getYieldIndex(i);
    auto type = cast<RankedTensorType>(over.getResult(i).getType());
    auto scalar = cast<RankedTensorType>(over.getYield().getValues()[at].getType());
    FloatType element = cast<FloatType>(scalar.getElementType());
    auto constant = [&](RankedTensorType t, double x) -> Value {
      return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(t, b.getFloatAttr(element, x)));
    };
    Value zero = constant(scalar, 0.0);
    auto max = emitEdges(over, map, {ra::Combiner::Max}, TypeRange{scalar}, zero,
                         [&](OpBuilder &, ArrayRef<Value> values) { return SmallVector<Value>{values[at]}; });
    if (failed(max))
      return failure();
    Value m = max->getResult(0);
    auto sums = emitEdges(over, map, {ra::Combiner::Sum, ra::Combiner::Sum}, TypeRange{scalar, type}, {},
                          [&](OpBuilder &inner, ArrayRef<Value> values) {
                            Value shifted = arith::SubFOp::create(inner, loc, values[at], m);
                            Value e = math::ExpOp::create(inner, loc, shifted);
                            Value wide = broadcastTo(inner, loc, e, type);
                            Value weighted = arith::MulFOp::create(inner, loc, wide, values[at + 1]);
                            if (Attribute stage = over->getAttr(kStage))
                              for (Value v : {shifted, e, wide, weighted})
                                v.getDefiningOp()->setAttr(kStage, stage);
                            return SmallVector<Value>{e, weighted};
                          });
    if (failed(sums))
      return failure();
    Value den = broadcastTo(b, loc, sums->getResult(0), type);
    Value result = arith::DivFOp::create(b, loc, sums->getResult(1), den);
    if (Value d = over.getDefault(i)) { // over nobody the sum of weights is 0; else it is at least 1
      Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, den, constant(type, 0.0));
      result = arith::SelectOp::create(b, loc, none, map.lookup(d), result);
    }
    map.map(over.getResult(i), result);
    return success();
  }

  OpBuilder &b;
  ilir::ProgramOp program;
  ra::ModelOp model;
  ra::SweepOp sweep;
  Value position;
  llvm::DenseMap<Value, ilir::BufferOp> tables; ///< of constant-stage values that are looked up
};

struct ConvertRAToILIR : cortex::impl::ConvertRAToILIRBase<ConvertRAToILIR> {
  using Base::Base;
  uint64_t nests = 0; // reported as remarks

  void runOnOperation() override {
    nests = 0;
    for (ra::ModelOp model : llvm::make_early_inc_range(getOperation().getOps<ra::ModelOp>())) {
      if (failed(convertModel(model)))
        return signalPassFailure();
      model.erase();
    }
    PassCount(getOperation(), "convert-ra-to-ilir", "nests made") += nests;
  }

  LogicalResult convertModel(ra::ModelOp model) {
    OpBuilder b(model);
    Location loc = model.getLoc();
    auto program = ilir::ProgramOp::create(b, loc, model.getSymName(), model.getStructure(), model.getFloatType());
    b.setInsertionPointToStart(&program.getBody().emplaceBlock());

    for (auto type : model.getBody().getOps<ra::TypeOp>())
      ilir::TypeOp::create(b, type.getLoc(), type.getSymName(), type.getMinArity(), type.getMaxArity(),
                           type.getSymbol(), type.getKinds());
    for (auto input : model.getBody().getOps<ra::InputOp>())
      ilir::InputOp::create(b, input.getLoc(), input.getSymName(), input.getPlace(), input.getType(),
                            input.getTypesAttr());
    for (auto param : model.getBody().getOps<ra::ParamOp>())
      ilir::ParamOp::create(b, param.getLoc(), param.getSymName(), param.getType());

    // Rows are numbered in the up order, so it is there if only sweeps down depend on it. Where no sweep depends on
    // levels, sorting rows by them would be for nothing.
    llvm::StringSet<> orders;
    auto addOrder = [&](StringRef name) {
      if (orders.insert(name).second)
        ilir::OrderOp::create(b, loc, name, *ilir::symbolizeOrderKind(name), IntegerAttr(), ArrayAttr());
    };
    if (llvm::any_of(model.getBody().getOps<ra::SweepOp>(),
                     [](ra::SweepOp sweep) { return sweep.getDirection() != ra::Direction::Map; }))
      addOrder("up");
    for (auto sweep : model.getBody().getOps<ra::SweepOp>())
      addOrder(orderNameOf(sweep));

    for (auto sweep : model.getBody().getOps<ra::SweepOp>()) {
      ilir::Space space = sweep.getPlace() == ra::Place::Roots        ? ilir::Space::Roots
                          : sweep.getPlace() == ra::Place::Structures ? ilir::Space::Structures
                                                                      : ilir::Space::Rows;
      for (unsigned i = 0; i < sweep.getNumStates(); ++i)
        ilir::BufferOp::create(b, sweep.getLoc(), bufferNameOf(sweep, sweep.getStateName(i)), space,
                               sweep.getStateType(i), ilir::Storage::Exchanged, IntegerAttr(), FlatSymbolRefAttr(),
                               ilir::AdjacencyAttr(), false, false);
    }
    convertOutputs(model, b);

    auto prepare = ilir::FuncOp::create(b, loc, "prepare");
    prepare.getBody().emplaceBlock();
    auto run = ilir::FuncOp::create(b, loc, "run");
    b.setInsertionPointToStart(&run.getBody().emplaceBlock());
    for (auto sweep : model.getBody().getOps<ra::SweepOp>()) {
      OpBuilder::InsertionGuard guard(b);
      auto levels = ilir::LevelsOp::create(b, sweep.getLoc(), orderNameOf(sweep));
      b.setInsertionPointToStart(&levels.getBody().emplaceBlock());
      for (auto body : sweep.getBody().getOps<ra::BodyOp>()) {
        OpBuilder::InsertionGuard guard(b);
        auto strips = ilir::StripsOp::create(b, body.getLoc(), body.getTypeAttr(), body.getKindAttr());
        b.setInsertionPointToStart(&strips.getBody().emplaceBlock());
        auto rows = ilir::RowsOp::create(b, body.getLoc(), ilir::Domain::Rows, ilir::Mode::Unassigned);
        b.setInsertionPointToStart(&rows.getBody().front());
        if (failed(BodyConverter(b, program, model, sweep, rows.getBody().getArgument(0)).convert(body)))
          return failure();
        ++nests;
      }
    }
    return success();
  }

  void convertOutputs(ra::ModelOp model, OpBuilder &b) {
    for (auto output : model.getBody().getOps<ra::OutputOp>()) {
      auto sweep = cast<ra::SweepOp>(SymbolTable::lookupSymbolIn(model, output.getState().getRootReference()));
      std::string buffer = bufferNameOf(sweep, output.getState().getLeafReference());
      ilir::OutputOp::create(b, output.getLoc(), outputName(output.getSymName()), buffer, output.getEffectivePlace());
    }
    if (!allStates)
      return;
    for (auto sweep : model.getBody().getOps<ra::SweepOp>())
      for (unsigned i = 0; i < sweep.getNumStates(); ++i) {
        std::string name = bufferNameOf(sweep, sweep.getStateName(i));
        ilir::OutputOp::create(b, sweep.getLoc(), outputName(name), name, sweep.getPlace());
      }
  }

  /// Outputs and buffers share the program's symbol table.
  static std::string outputName(StringRef name) { return ("out:" + name).str(); }
};

} // namespace
