//===- MergeTypes.cpp - ilir-merge-types ----------------------------------===//
//
// Phases, per loop over levels with a nest for each node type:
//   1. obstacles   what only rows of one type can compute
//   2. clone       the bodies one after another into one nest; what a row of
//                  another type does not have gets a value that nobody uses
//   3. choose      each state by the number of the row's children
//===----------------------------------------------------------------------===//
#include "cortex/Dialect/ILIR/Transforms/Passes.h"
#include "cortex/Dialect/ILIR/Transforms/Slices.h"
#include "cortex/Support/PassCount.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"

namespace cortex {
#define GEN_PASS_DEF_ILIRMERGETYPES
#include "cortex/Dialect/ILIR/Transforms/Passes.h.inc"
} // namespace cortex

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

namespace {

/// The body of one type.
struct Typed {
  TypeOp type;
  RowsOp nest;
};

/// Whether an index leads through a child or parent, which rows of other types may lack.
bool leadsToNeighbour(Value index) {
  for (auto step = index ? index.getDefiningOp<IndexOp>() : IndexOp(); step;
       step = step.getFrom().getDefiningOp<IndexOp>())
    if (step.getStep() == Step::Child || step.getStep() == Step::Parent)
      return true;
  return false;
}

/// Whether some choice between types depends on what is computed level by level.
StringRef laterStage(Value a, Value b) {
  return getStage(a) == "recursive" || getStage(b) == "recursive" ? "recursive" : "node";
}

/// Merges the nests of one loop over levels.
class Merger {
public:
  Merger(ProgramOp program, LevelsOp levels, ArrayRef<Typed> bodies)
      : program(program), levels(levels), bodies(bodies), b(levels.getContext()) {}

  void run() {
    Location loc = levels.getLoc();
    SmallVector<StripsOp> old(levels.getBody().getOps<StripsOp>());
    b.setInsertionPoint(old.front());
    auto strips = StripsOp::create(b, loc, FlatSymbolRefAttr(), IntegerAttr());
    b.setInsertionPointToStart(&strips.getBody().emplaceBlock());
    auto nest = RowsOp::create(b, loc, Domain::Rows, Mode::Unassigned);
    b.setInsertionPointToStart(&nest.getBody().front());
    position = nest.getBody().getArgument(0);

    llvm::MapVector<StringRef, SmallVector<Value>> values; // of every state, by type
    for (const Typed &body : bodies)
      clone(body, values);
    countChildren(loc);
    for (auto &[state, ofTypes] : values) {
      Value chosen = ofTypes.back();
      for (size_t t = ofTypes.size() - 1; t-- > 0;)
        chosen = choose(bodies[t].type, ofTypes[t], chosen);
      StoreOp::create(b, loc, chosen, state, row);
    }
    for (StripsOp one : old)
      one.erase();
  }

private:
  void clone(const Typed &body, llvm::MapVector<StringRef, SmallVector<Value>> &values) {
    IRMapping map;
    map.map(RowsOp(body.nest).getBody().getArgument(0), position);
    for (Operation &op : RowsOp(body.nest).getBody().front()) {
      if (auto store = dyn_cast<StoreOp>(op)) {
        values[store.getBuffer()].push_back(map.lookup(store.getValue()));
        row = map.lookup(store.getIndex());
        continue;
      }
      b.clone(op, map)->walk([&](Operation *copy) { addDefaults(copy); });
    }
  }

  /// Zeros in the place of children that rows of another type lack.
  static void addDefaults(Operation *op) {
    OpBuilder at(op);
    auto zero = [&](Type type) -> Value {
      return arith::ConstantOp::create(at, op->getLoc(), cast<TypedAttr>(at.getZeroAttr(type)));
    };
    if (auto load = dyn_cast<LoadOp>(op)) {
      if (!load.getOtherwise() && leadsToNeighbour(load.getIndex()))
        load.getOtherwiseMutable().assign(zero(load.getType()));
    } else if (auto edges = dyn_cast<EdgesOp>(op)) {
      if (edges.getDefaults().empty())
        for (unsigned i = 0; i < edges.getNumResults(); ++i)
          if (ra::OverOp::takesDefault(edges.getCombiner(i)))
            edges.getDefaultsMutable().append(zero(edges.getResult(i).getType()));
    }
  }

  /// How many children the row has, as a number.
  void countChildren(Location loc) {
    auto type = RankedTensorType::get({}, program.getFloatType());
    auto edges =
        EdgesOp::create(b, loc, TypeRange{type}, Adjacency::Children, position, {ra::Combiner::Sum}, ValueRange());
    OpBuilder inside = OpBuilder::atBlockBegin(&edges.getBody().front());
    auto one = DenseElementsAttr::get(type, b.getFloatAttr(program.getFloatType(), 1.0));
    YieldOp::create(inside, loc, ValueRange{arith::ConstantOp::create(inside, loc, one)});
    tag(edges, "node");
    children = edges.getResult(0);
  }

  /// `value` where the row is of `type` or of one with fewer children, else `other`.
  Value choose(TypeOp type, Value value, Value other) {
    Location loc = levels.getLoc();
    auto shape = cast<RankedTensorType>(value.getType());
    Value &mask = masks[{type, shape}];
    if (!mask) {
      Value count = children;
      if (shape.getRank() > 0) {
        Value init = tensor::EmptyOp::create(b, loc, shape.getShape(), shape.getElementType());
        SmallVector<int64_t> dims = llvm::to_vector(llvm::seq<int64_t>(0, shape.getRank()));
        count = tag(linalg::BroadcastOp::create(b, loc, children, init, dims), "node")->getResult(0);
      }
      const auto most = static_cast<double>(type.getMaxArity());
      Value bound = arith::ConstantOp::create(
          b, loc, DenseElementsAttr::get(shape, b.getFloatAttr(shape.getElementType(), most)));
      mask = tag(arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLE, count, bound), "node")->getResult(0);
    }
    return tag(arith::SelectOp::create(b, loc, mask, value, other), laterStage(value, other))->getResult(0);
  }

  Operation *tag(Operation *op, StringRef stage) {
    op->setAttr("ra.stage", b.getStringAttr(stage));
    return op;
  }

  ProgramOp program;
  LevelsOp levels;
  ArrayRef<Typed> bodies; ///< by their number of children
  OpBuilder b;
  Value position, row, children;
  llvm::DenseMap<std::pair<Operation *, Type>, Value> masks;
};

struct ILIRMergeTypes : cortex::impl::ILIRMergeTypesBase<ILIRMergeTypes> {
  uint64_t merged = 0; // reported as a remark

  void runOnOperation() override {
    merged = 0;
    ProgramOp program = getOperation();
    for (LevelsOp levels : llvm::to_vector(getFunc(program, "run").getBody().getOps<LevelsOp>())) {
      SmallVector<Typed> bodies;
      for (StripsOp strips : levels.getBody().getOps<StripsOp>())
        if (strips.getType())
          bodies.push_back({cast<TypeOp>(SymbolTable::lookupSymbolIn(program, *strips.getType())),
                            *strips.getBody().getOps<RowsOp>().begin()});
      if (bodies.size() < 2)
        continue;
      llvm::sort(bodies, [](const Typed &a, const Typed &c) { return minOf(a.type) < minOf(c.type); });
      if (StringRef obstacle = findObstacle(program, levels, bodies); !obstacle.empty()) {
        remark::missed(levels.getLoc(), remark::RemarkOpts::name("specialize=off").category("ilir-merge-types"))
            << obstacle;
        continue;
      }
      merged += bodies.size();
      Merger(program, levels, bodies).run();
    }
    PassCount(program, "ilir-merge-types", "bodies merged") += merged;
  }

private:
  static int64_t minOf(TypeOp type) { return type.getMinArity(); }

  /// Why the types of a level stay apart, or nothing.
  static StringRef findObstacle(ProgramOp program, LevelsOp levels, ArrayRef<Typed> bodies) {
    auto order = cast<OrderOp>(SymbolTable::lookupSymbolIn(program, levels.getOrderAttr()));
    if (order.getKind() != OrderKind::Up && order.getKind() != OrderKind::Down && order.getKind() != OrderKind::Map)
      return "the rows are not nodes";
    for (size_t t = 0; t + 1 < bodies.size(); ++t) {
      const int64_t most = TypeOp(bodies[t].type).getMaxArity();
      if (most < 0 || most >= minOf(bodies[t + 1].type))
        return "the number of children does not tell the types apart";
    }
    for (const Typed &body : bodies) {
      WalkResult fits = RowsOp(body.nest).walk([](Operation *op) {
        if (auto symbol = dyn_cast<SymbolOp>(op))
          return leadsToNeighbour(symbol.getAt()) ? WalkResult::interrupt() : WalkResult::advance();
        auto load = dyn_cast<LoadOp>(op);
        const bool chosen = load && load.getIndex() && load.getIndex().getDefiningOp<SymbolOp>() &&
                            cast<RankedTensorType>(load.getType()).getRank() > 1;
        return chosen ? WalkResult::interrupt() : WalkResult::advance();
      });
      if (fits.wasInterrupted())
        return "a symbol that a type lacks chooses weights or belongs to a child";
      fits = RowsOp(body.nest).walk([&](LoadOp load) {
        auto input = dyn_cast<InputOp>(lookupMemory(load, load.getBufferAttr()));
        return input && isLacked(input, bodies) ? WalkResult::interrupt() : WalkResult::advance();
      });
      if (fits.wasInterrupted())
        return "an input that a type lacks has no values to read there";
    }
    return "";
  }

  /// Whether nodes of one of the types do not have `input`. Callers leave its array out if no node has it.
  static bool isLacked(InputOp input, ArrayRef<Typed> bodies) {
    std::optional<ArrayAttr> types = input.getTypes();
    return types && !llvm::all_of(bodies, [&](const Typed &body) {
             return llvm::is_contained(*types, FlatSymbolRefAttr::get(TypeOp(body.type).getSymNameAttr()));
           });
  }
};

} // namespace
