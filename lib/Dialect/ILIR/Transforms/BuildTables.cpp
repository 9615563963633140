//===- BuildTables.cpp - ilir-build-tables --------------------------------===//
//
//   1. In each nest over rows, and in its reductions over edges, find the
//      frontier: values of stage symbol:x (of the node, or of one neighbour) that
//      someone outside of that stage uses, and that are worth a table.
//   2. Take as many as the budget allows; equal values share a table.
//   3. Clone their slices into one nest over each symbol's domain, in prepare.
//   4. Replace them by loads of their tables' rows.
//===----------------------------------------------------------------------===//
#include "cortex/Dialect/ILIR/Transforms/Passes.h"
#include "cortex/Dialect/ILIR/Transforms/Slices.h"
#include "cortex/Dialect/RA/IR/TableWorth.h"
#include "cortex/Support/PassCount.h"
#include "cortex/Support/ValueNumbers.h"

namespace cortex {
#define GEN_PASS_DEF_ILIRBUILDTABLES
#include "cortex/Dialect/ILIR/Transforms/Passes.h.inc"
} // namespace cortex

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

namespace {

/// The one symbol that a stage names, with the neighbour that it is read at, if any; or empty.
std::pair<StringRef, StringRef> singleSymbol(StringRef stage) {
  if (!stage.consume_front("symbol:") || stage.contains(','))
    return {};
  return stage.split('@');
}

/// The symbol that a value of symbol stage is computed from.
SymbolOp keyOf(Value value) {
  SmallVector<Value> work{value};
  llvm::DenseSet<Value> seen;
  while (!work.empty()) {
    Value v = work.pop_back_val();
    if (auto symbol = v.getDefiningOp<SymbolOp>())
      return symbol;
    if (Operation *op = v.getDefiningOp(); op && seen.insert(v).second)
      llvm::append_range(work, op->getOperands());
  }
  llvm_unreachable("a value of symbol stage reads a symbol");
}

int64_t bytesOf(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor.getNumElements() * tensor.getElementTypeBitWidth() / 8;
}

/// Values of one block and stage: all of them become tables, or none does.
struct Frontier {
  StringRef symbol;
  bool ofNeighbour;
  SmallVector<Value> values;
};

/// The tables over one symbol, by the number of the value that they hold.
struct Tables {
  int64_t domain = 0;
  llvm::MapVector<unsigned, std::pair<Value, BufferOp>> byNumber;
};

struct ILIRBuildTables : cortex::impl::ILIRBuildTablesBase<ILIRBuildTables> {
  using Base::Base;

  void runOnOperation() override {
    ProgramOp program = getOperation();
    PassCount bytes(program, "ilir-build-tables", "table bytes");
    PassCount declined(program, "ilir-build-tables", "tables over budget");
    PassCount tables(program, "ilir-build-tables", "tables built");
    double room = 0;
    for (auto param : program.getBody().getOps<ParamOp>())
      room += budget * bytesOf(param.getType());

    ValueNumbers numbers([](Operation *op) {
      auto symbol = dyn_cast<SymbolOp>(op);
      return symbol ? "symbol " + symbol.getInput().str() : std::string();
    });
    llvm::MapVector<StringRef, Tables> bySymbol;
    SmallVector<std::pair<Value, BufferOp>> replaced;
    for (const Frontier &frontier : findFrontiers(program)) {
      Tables &known = bySymbol[frontier.symbol];
      auto input = cast<InputOp>(SymbolTable::lookupSymbolIn(program, frontier.symbol));
      known.domain = cast<ra::SymbolType>(input.getType()).getSize();
      double need = 0;
      llvm::DenseSet<unsigned> fresh;
      for (Value v : frontier.values)
        if (!known.byNumber.contains(numbers(v)) && fresh.insert(numbers(v)).second)
          need += static_cast<double>(known.domain) * bytesOf(v.getType());
      if (need > room) {
        declined += frontier.values.size();
        continue;
      }
      room -= need;
      bytes += static_cast<uint64_t>(need);
      getOrAddOrder(program, orderOf(frontier.symbol), OrderKind::Symbols, known.domain);
      for (Value v : frontier.values) {
        auto [it, isNew] = known.byNumber.try_emplace(numbers(v), v, BufferOp());
        if (isNew) {
          it->second.second = addBuffer(program, "table", Space::Const, cast<RankedTensorType>(v.getType()),
                                        Storage::Const, known.domain);
          ++tables;
        }
        replaced.push_back({v, it->second.second});
      }
    }
    // All slices first: a value may need another one, which is about to be replaced.
    for (auto &[symbol, known] : bySymbol)
      if (!known.byNumber.empty())
        fill(program, symbol, known, numbers);
    for (auto &[value, buffer] : replaced)
      load(value, buffer);
    getFunc(program, "run").walk([](RowsOp nest) { eraseDead(nest); });
  }

private:
  /// In the order in which they are given the budget: what neighbours are read for comes first.
  static SmallVector<Frontier> findFrontiers(ProgramOp program) {
    SmallVector<Frontier> found, all;
    getFunc(program, "run").walk<WalkOrder::PreOrder>([&](RowsOp nest) {
      if (nest.getDomain() != Domain::Rows)
        return;
      addFrontiers(nest.getBody().front(), found);
      for (auto edges : nest.getBody().getOps<EdgesOp>())
        addFrontiers(edges.getBody().front(), found);
    });
    for (bool ofNeighbour : {true, false})
      llvm::copy_if(found, std::back_inserter(all), [&](const Frontier &f) { return f.ofNeighbour == ofNeighbour; });
    return all;
  }

  static void addFrontiers(Block &block, SmallVectorImpl<Frontier> &all) {
    llvm::MapVector<StringRef, SmallVector<Value>> byStage;
    for (Operation &op : block)
      for (Value v : op.getResults()) {
        StringRef stage = getStage(v);
        if (!singleSymbol(stage).first.empty() && isStorableAt(v, stage) && leavesStage(v, stage) &&
            ra::costsSomething(v, [&](Value part) { return getStage(part) == stage; }))
          byStage[stage].push_back(v);
      }
    for (auto &[stage, values] : byStage) {
      auto [symbol, place] = singleSymbol(stage);
      all.push_back({symbol, !place.empty(), values});
    }
  }

  static std::string orderOf(StringRef symbol) { return ("symbols." + symbol).str(); }

  /// The nest of prepare that computes all tables over one symbol.
  static void fill(ProgramOp program, StringRef symbol, Tables &tables, ValueNumbers &numbers) {
    Location loc = program.getLoc();
    OpBuilder b = OpBuilder::atBlockEnd(&getFunc(program, "prepare").getBody().front());
    auto levels = LevelsOp::create(b, loc, orderOf(symbol));
    b.setInsertionPointToStart(&levels.getBody().emplaceBlock());
    auto strips = StripsOp::create(b, loc, FlatSymbolRefAttr(), IntegerAttr());
    b.setInsertionPointToStart(&strips.getBody().emplaceBlock());
    auto rows = RowsOp::create(b, loc, Domain::Rows, Mode::Unassigned);
    b.setInsertionPointToStart(&rows.getBody().front());
    auto kind = SpaceIndexType::get(b.getContext(), IndexKind::Symbol);
    Value at = IndexOp::create(b, loc, kind, StepAttr::get(b.getContext(), Step::Row), IntegerAttr(),
                               rows.getBody().getArgument(0));
    llvm::DenseMap<unsigned, Value> copies; // by number: what two tables need is computed once
    for (auto &[number, table] : tables.byNumber) {
      auto &[value, buffer] = table;
      Value held = copy(b, value, at, copies, numbers);
      StoreOp::create(b, value.getLoc(), held, buffer.getSymName(), tables.domain == 1 ? Value() : at);
    }
  }

  static Value copy(OpBuilder &b, Value value, Value at, llvm::DenseMap<unsigned, Value> &copies,
                    ValueNumbers &numbers) {
    Operation *op = value.getDefiningOp();
    if (isa<SymbolOp>(op))
      return at;
    unsigned number = numbers(value);
    if (Value known = copies.lookup(number))
      return known;
    IRMapping map;
    for (Value operand : op->getOperands())
      map.map(operand, copy(b, operand, at, copies, numbers));
    Value result = b.clone(*op, map)->getResult(cast<OpResult>(value).getResultNumber());
    copies[number] = result;
    return result;
  }

  static void load(Value value, BufferOp buffer) {
    OpBuilder after(value.getContext());
    after.setInsertionPointAfterValue(value);
    Value row = buffer.getCount() ? keyOf(value).getResult() : Value();
    auto load = LoadOp::create(after, value.getLoc(), value.getType(), buffer.getSymName(), row);
    load->setAttr("ra.stage", after.getStringAttr("node"));
    value.replaceAllUsesWith(load.getResult());
  }
};

} // namespace
