//===- CountWork.cpp - The work of a model --------------------------------===//
//
// One sweep of the model becomes up to two loops over levels: what depends on
// nodes alone (one level, before), and what recurses. Each product of a body is
// traced back to what it is linear in:
//
//   U · (sum over children of h)    rows that have an inner child; table rows for symbol children
//   over children: Uf · h           inner children; table rows for symbol children
//   W · concat(h of child 0, h of child 1)
//                                   by position, a part of W each
//   U · (r * h)                     not linear: rows
//
// Of a quadratic form, (V · x) · x, the weights of a pair of x's elements can be
// added up beforehand: of n² of them n (n + 1) / 2 are left.
//===----------------------------------------------------------------------===//
#include "cortex/CostModel/CountWork.h"

#include "cortex/Dialect/RA/Transforms/Stages.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <map>
#include <set>
#include <tuple>

using namespace mlir;

namespace cortex::cost {

namespace {

/// What a value is linear in: a state of the child at a position, of the child that ra.over is at, or of all children.
struct Source {
  enum Kind { ChildAt, There, AllChildren } kind;
  uint32_t position = 0;
  double part = 1; ///< of the value's elements
};
using Sources = std::optional<SmallVector<Source, 2>>;

uint64_t bytesOf(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? static_cast<uint64_t>(tensor.getNumElements()) * tensor.getElementTypeBitWidth() / 8 : 4;
}

class Counter {
public:
  Counter(ra::ModelOp model, const CountOptions &options)
      : model(model), options(options), stages(model), types(ra::getTypes(model)) {}

  Work count() {
    work.types = static_cast<uint32_t>(std::max<size_t>(types.size(), 1));
    for (auto param : model.getBody().getOps<ra::ParamOp>())
      paramBytes += static_cast<double>(bytesOf(param.getType()));
    for (auto input : model.getBody().getOps<ra::InputOp>())
      if (input.getPlace() == ra::Place::Nodes)
        work.inputBytes += bytesOf(input.getType());
    auto sweeps = llvm::to_vector(model.getBody().getOps<ra::SweepOp>());
    const auto recursive = static_cast<uint32_t>(
        llvm::count_if(sweeps, [](ra::SweepOp s) { return s.getDirection() != ra::Direction::Map; }));
    for (ra::SweepOp sweep : sweeps)
      countSweep(sweep, recursive, sweep != sweeps.back());
    return std::move(work);
  }

private:
  //===--- Sweeps -------------------------------------------------------------===//

  void countSweep(ra::SweepOp sweep, uint32_t recursiveSweeps, bool followed) {
    const bool map = sweep.getDirection() == ra::Direction::Map;
    const bool atNodes = sweep.getPlace() == ra::Place::Nodes || sweep.getPlace() == ra::Place::Roots;
    before = Sweep{sweep.getSymName().str() + " before", OrderKind::Map, {}, 1, {}, {}, {}};
    levels = Sweep{sweep.getSymName().str(), OrderKind::Map, {}, map && followed, {}, {}, {}};
    levels.order = !map ? sweep.getDirection() == ra::Direction::Up ? OrderKind::Up : OrderKind::Down
                   : sweep.getPlace() == ra::Place::Roots      ? OrderKind::Roots
                   : sweep.getPlace() == ra::Place::Structures ? OrderKind::Structures
                                                               : OrderKind::Map;
    if (!map)
      levels.exchanges = options.exchangesPerLevel / recursiveSweeps;
    levels.symbolTypes.assign(work.types, false);
    for (Type state : sweep.getStateTypes().getAsValueRange<TypeAttr>())
      if (sweep.getPlace() == ra::Place::Nodes)
        work.stateBytes += bytesOf(state);
    SmallVector<std::pair<uint32_t, ra::BodyOp>> bodies;
    for (uint32_t t = 0; t < (atNodes ? work.types : 1); ++t)
      if (ra::BodyOp body = sweep.getBodyFor(atNodes && !types.empty() ? types[t].getSymName() : ""))
        bodies.push_back({t, body});
    tableDomain = 0;
    for (auto [t, body] : bodies)
      if (atNodes && stages.getStage(body).stage <= ra::Stage::Symbol) {
        levels.symbolTypes[t] = true;
        tableDomain = std::max(tableDomain, domainOf(stages.getStage(body)));
      }
    before.symbolTypes = levels.symbolTypes;
    if (tableDomain > 0 && !map)
      for (Type state : sweep.getStateTypes().getAsValueRange<TypeAttr>())
        work.tableBytes += static_cast<uint64_t>(tableDomain) * bytesOf(state);
    // What a map sweep computes depends on nodes alone: its own loop is the one before.
    into = &before;
    for (auto [t, body] : bodies)
      if (!levels.symbolTypes[t])
        countBody(t, body, map);
    if (!before.products.empty() || !before.streams.empty())
      work.sweeps.push_back(std::move(before));
    work.sweeps.push_back(std::move(levels));
  }

  /// How many rows a table over these symbols has.
  double domainOf(const ra::ValueStage &stage) {
    double rows = 1;
    for (auto input : model.getBody().getOps<ra::InputOp>())
      if (auto symbol = dyn_cast<ra::SymbolType>(input.getType());
          symbol && llvm::is_contained(stage.symbols, input.getSymName()))
        rows *= static_cast<double>(symbol.getSize());
    return rows;
  }

  //===--- Bodies -------------------------------------------------------------===//

  void countBody(uint32_t type, ra::BodyOp body, bool map) {
    tabled.clear();
    SmallVector<linalg::ContractOp> contracts;
    body.walk([&](linalg::ContractOp contract) { contracts.push_back(contract); });
    for (linalg::ContractOp contract : contracts) {
      const ra::Stage stage = stages.getStage(contract.getOperation()).stage;
      if (stage <= ra::Stage::Symbol)
        continue;
      into = stage == ra::Stage::Node && !map ? &before : &levels;
      countProduct(type, contract);
      if (into == &before) // written once, read once
        into->streams.push_back(
            {{type, Domain::Rows, 0}, Memory::States, 2 * bytesOf(contract.getResult(0).getType())});
    }
    into = &levels;
    uint64_t written = 0;
    for (Value state : body.getYield().getValues())
      written += bytesOf(state.getType());
    into->streams.push_back({{type, Domain::Rows, 0}, Memory::States, written});
    std::set<std::tuple<int, int64_t, void *>> seen;
    body.walk([&](ra::ReadOp read) {
      const auto key = std::tuple(static_cast<int>(read.getPlace()), static_cast<int64_t>(read.getIndex().value_or(0)),
                                  const_cast<void *>(read.getName().getAsOpaquePointer()));
      if (read.getPlace() != ra::ReadPlace::Param && seen.insert(key).second)
        countRead(type, read);
    });
  }

  void countRead(uint32_t type, ra::ReadOp read) {
    const uint64_t bytes = bytesOf(read.getType());
    const bool state = !read.getName().getNestedReferences().empty();
    const Memory memory = state ? Memory::States : Memory::Inputs;
    // A symbol child's states are rows of tables, read where more is wanted than their products.
    auto neighbour = [&](Domain inner, Domain symbols, uint32_t position) {
      into->streams.push_back({{type, inner, position}, memory, bytes});
      if (!tabled.contains(read))
        into->streams.push_back({{type, symbols, position}, state ? Memory::Tables : memory, bytes});
    };
    const auto position = static_cast<uint32_t>(read.getIndex().value_or(0));
    switch (read.getPlace()) {
    case ra::ReadPlace::Child:
      return neighbour(Domain::InnerAt, Domain::SymbolAt, position);
    case ra::ReadPlace::There:
      switch (read->getParentOfType<ra::OverOp>().getNeighbours()) {
      case ra::Neighbours::Children:
        return neighbour(Domain::Inner, Domain::Symbols, 0);
      case ra::Neighbours::Parents:
        into->streams.push_back({{type, Domain::Parents, 0}, memory, bytes});
        return;
      case ra::Neighbours::Nodes:
        into->streams.push_back({{type, Domain::Nodes, 0}, memory, bytes});
        return;
      case ra::Neighbours::Inner: // a model as it is written has neither
      case ra::Neighbours::Symbols:
        return;
      }
      return;
    case ra::ReadPlace::Parent:
      into->streams.push_back({{type, Domain::Parents, 0}, memory, bytes});
      return;
    case ra::ReadPlace::Self:
      into->streams.push_back({{type, Domain::Rows, 0}, memory, bytes});
      return;
    case ra::ReadPlace::Param:
    case ra::ReadPlace::Structure: // few
    case ra::ReadPlace::Edge:
      return;
    }
  }

  //===--- Products -----------------------------------------------------------===//

  /// The part of a product that is left where its result is multiplied with the same vector again, and with nothing
  /// else.
  static double partOfForm(linalg::ContractOp contract, Value vector) {
    auto type = cast<RankedTensorType>(vector.getType());
    if (type.getRank() != 1 || !contract->hasOneUse())
      return 1;
    auto outer = dyn_cast<linalg::ContractOp>(*contract->user_begin());
    if (!outer || !llvm::is_contained(outer.getInputs(), vector) || outer.getOutputs()[0] == contract.getResult(0))
      return 1;
    const auto n = static_cast<double>(type.getNumElements());
    return (n + 1) / (2 * n);
  }

  void countProduct(uint32_t type, linalg::ContractOp contract) {
    uint64_t flops = 2;
    for (int64_t extent : contract.getStaticLoopRanges())
      flops *= static_cast<uint64_t>(extent);
    Value weights, other;
    uint64_t groups = 0;
    for (unsigned i = 0; i < 2 && !weights; ++i) {
      Value operand = contract.getDpsInputOperand(i)->get();
      if (stages.getStage(operand).stage == ra::Stage::Constant)
        weights = operand;
      else if (auto lookup = operand.getDefiningOp<ra::LookupOp>();
               lookup && cast<RankedTensorType>(operand.getType()).getRank() >= 2 &&
               stages.getStage(lookup.getTable()).stage == ra::Stage::Constant) {
        weights = operand;
        groups = static_cast<uint64_t>(cast<RankedTensorType>(lookup.getTable().getType()).getDimSize(0));
      }
      if (weights)
        other = contract.getDpsInputOperand(1 - i)->get();
    }
    const double ofForm = weights && groups == 0 ? partOfForm(contract, other) : 1;
    auto add = [&](Domain domain, uint32_t position, double ofSource) {
      const double part = ofSource * ofForm;
      into->products.push_back(
          {{type, domain, position},
           static_cast<uint64_t>(static_cast<double>(flops) * part),
           weights ? static_cast<uint64_t>(static_cast<double>(bytesOf(weights.getType())) * part * options.weightScale)
                   : 0,
           groups});
    };
    const Sources sources = weights && groups == 0 && into == &levels ? linearIn(other) : std::nullopt;
    if (!sources)
      return addEverywhere(contract, add);
    const uint64_t row = bytesOf(contract.getResult(0).getType());
    const double table = tableDomain * static_cast<double>(row);
    const bool fits = tableDomain > 0 && table <= options.tableBudget * paramBytes;
    for (const Source &source : *sources) {
      const Domain inner = source.kind == Source::ChildAt ? Domain::InnerAt
                           : source.kind == Source::There ? Domain::Inner
                                                          : Domain::RowsWithInner;
      const Domain symbols = source.kind == Source::ChildAt ? Domain::SymbolAt : Domain::Symbols;
      add(fits || source.kind != Source::AllChildren ? inner : Domain::Rows, source.position, source.part);
      if (fits) {
        into->streams.push_back({{type, symbols, source.position}, Memory::Tables, row});
        work.tableBytes += static_cast<uint64_t>(table);
      } else if (source.kind != Source::AllChildren) {
        add(symbols, source.position, source.part);
        into->products.back().weightBytes = 0; // the same weights
      }
    }
    if (fits)
      markTabled(other);
  }

  /// A product that is done for every row, or for every neighbour.
  template <typename Add> void addEverywhere(linalg::ContractOp contract, const Add &add) {
    auto over = contract->getParentOfType<ra::OverOp>();
    if (!over)
      return add(Domain::Rows, 0, 1);
    switch (over.getNeighbours()) {
    case ra::Neighbours::Children:
      add(Domain::Inner, 0, 1);
      add(Domain::Symbols, 0, 1);
      into->products.back().weightBytes = 0; // the same weights
      return;
    case ra::Neighbours::Parents:
      return add(Domain::Parents, 0, 1);
    case ra::Neighbours::Nodes:
      return add(Domain::Nodes, 0, 1);
    case ra::Neighbours::Inner: // a model as it is written has neither
    case ra::Neighbours::Symbols:
      return;
    }
  }

  /// What `value` is linear in, if it is linear in children's states and in nothing else.
  Sources linearIn(Value value) {
    Operation *op = value.getDefiningOp();
    if (auto read = dyn_cast<ra::ReadOp>(op)) {
      if (read.getName().getNestedReferences().empty() || stages.getStage(value).stage != ra::Stage::Recursive)
        return std::nullopt;
      if (read.getPlace() == ra::ReadPlace::Child)
        return SmallVector<Source, 2>{{Source::ChildAt, static_cast<uint32_t>(*read.getIndex())}};
      auto over = read->getParentOfType<ra::OverOp>();
      if (read.getPlace() == ra::ReadPlace::There && over.getNeighbours() == ra::Neighbours::Children)
        return SmallVector<Source, 2>{{Source::There}};
      return std::nullopt;
    }
    if (auto over = dyn_cast<ra::OverOp>(op)) {
      const auto i = cast<OpResult>(value).getResultNumber();
      const ra::Combiner combiner = over.getCombiner(i);
      if (over.getNeighbours() != ra::Neighbours::Children ||
          (combiner != ra::Combiner::Sum && combiner != ra::Combiner::Mean))
        return std::nullopt;
      const Sources inner = linearIn(over.getYield().getValues()[over.getYieldIndex(i)]);
      if (!inner || inner->size() != 1 || inner->front().kind != Source::There)
        return std::nullopt;
      return SmallVector<Source, 2>{{Source::AllChildren}};
    }
    if (isa<tensor::ExtractSliceOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp, linalg::TransposeOp>(op))
      return linearIn(op->getOperand(0));
    if (isa<tensor::ConcatOp, arith::AddFOp>(op)) {
      const auto all = static_cast<double>(bytesOf(value.getType()));
      SmallVector<Source, 2> result;
      for (Value part : op->getOperands()) {
        const Sources sources = linearIn(part);
        if (!sources)
          return std::nullopt;
        for (Source source : *sources) {
          // Of a sum, each summand meets all weights.
          source.part *= isa<tensor::ConcatOp>(op) ? static_cast<double>(bytesOf(part.getType())) / all : 1;
          result.push_back(source);
        }
      }
      return result;
    }
    return std::nullopt;
  }

  /// The reads below `value` whose only use this is: for symbol children the product's row takes their place.
  void markTabled(Value value) {
    Operation *op = value.getDefiningOp();
    if (!value.hasOneUse())
      return;
    if (isa<ra::ReadOp>(op))
      tabled.insert(op);
    else if (auto over = dyn_cast<ra::OverOp>(op))
      for (Value yielded : over.getYield().getValues())
        markTabled(yielded);
    else
      for (Value operand : op->getOperands())
        markTabled(operand);
  }

  ra::ModelOp model;
  const CountOptions &options;
  ra::StageAnalysis stages;
  SmallVector<ra::TypeOp> types;
  double paramBytes = 0;
  Work work;
  Sweep before, levels;   ///< of the sweep at hand
  Sweep *into = nullptr;  ///< one of them
  double tableDomain = 0; ///< rows of the tables of the sweep's symbol types; 0: it has none
  llvm::DenseSet<Operation *> tabled;
};

} // namespace

Work countWork(ra::ModelOp model, const CountOptions &options) {
  return Counter(model, options).count();
}

std::vector<TypeInfo> typesOf(ra::ModelOp model) {
  std::vector<TypeInfo> result;
  for (ra::TypeOp type : ra::getTypes(model)) {
    TypeInfo info;
    info.name = type.getSymName().str();
    info.min_arity = static_cast<uint32_t>(type.getMinArity());
    const auto most = static_cast<int64_t>(type.getMaxArity());
    info.max_arity = most < 0 ? TypeInfo::kAnyArity : static_cast<uint32_t>(most);
    result.push_back(std::move(info));
  }
  return result;
}

} // namespace cortex::cost
