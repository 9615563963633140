//===- BuildTables.cpp - ilir-build-tables --------------------------------===//
//
//   1. In each nest over rows, find the frontier: values of stage symbol:x that
//      someone outside of that stage uses, and that are worth a table.
//   2. Clone their slices into one nest over the symbol's domain, in prepare.
//   3. Replace them by a load of the table's row.
//===----------------------------------------------------------------------===//
#include "cortex/Dialect/ILIR/Transforms/Passes.h"
#include "cortex/Dialect/ILIR/Transforms/Slices.h"
#include "cortex/Support/PassCount.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace cortex {
#define GEN_PASS_DEF_ILIRBUILDTABLES
#include "cortex/Dialect/ILIR/Transforms/Passes.h.inc"
} // namespace cortex

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

namespace {

/// The one symbol that a stage names, or empty.
StringRef singleSymbol(StringRef stage) {
  if (!stage.consume_front("symbol:") || stage.contains(','))
    return {};
  return stage;
}

/// Whether computing the value costs more than loading it from a table.
bool costsSomething(Value value, StringRef stage) {
  SmallVector<Value> work{value};
  llvm::DenseSet<Value> seen;
  while (!work.empty()) {
    Value v = work.pop_back_val();
    Operation *op = v.getDefiningOp();
    if (!op || !seen.insert(v).second || getStage(v) != stage)
      continue;
    if (isa<linalg::ContractOp, linalg::ReduceOp, ra::SigmoidOp>(op) || isa<math::MathDialect>(op->getDialect()))
      return true;
    llvm::append_range(work, op->getOperands());
  }
  return false;
}

int64_t bytesOf(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor.getNumElements() * tensor.getElementTypeBitWidth() / 8;
}

struct ILIRBuildTables : cortex::impl::ILIRBuildTablesBase<ILIRBuildTables> {
  using Base::Base;
  uint64_t tables = 0, declined = 0, bytes = 0; // reported as remarks

  void runOnOperation() override {
    tables = declined = bytes = 0;
    ProgramOp program = getOperation();
    double room = 0;
    for (auto param : program.getBody().getOps<ParamOp>())
      room += budget * bytesOf(param.getType());
    SmallVector<RowsOp> nests;
    getFunc(program, "run").walk([&](RowsOp nest) {
      if (nest.getDomain() == Domain::Rows)
        nests.push_back(nest);
    });
    for (RowsOp nest : nests)
      buildTables(program, nest, room);
    PassCount(program, "ilir-build-tables", "tables built") += tables;
    PassCount(program, "ilir-build-tables", "tables over budget") += declined;
    PassCount(program, "ilir-build-tables", "table bytes") += bytes;
  }

  void buildTables(ProgramOp program, RowsOp nest, double &room) {
    llvm::MapVector<StringRef, SmallVector<Value>> frontier; // by symbol
    for (Operation &op : nest.getBody().front())
      for (Value v : op.getResults()) {
        StringRef stage = getStage(v), symbol = singleSymbol(stage);
        if (symbol.empty() || !isStorableAt(v, stage))
          continue;
        if (leavesStage(v, stage) && costsSomething(v, stage))
          frontier[symbol].push_back(v);
      }
    for (auto &[symbol, values] : frontier)
      buildTable(program, nest, symbol, values, room);
    eraseDead(nest);
  }

  void buildTable(ProgramOp program, RowsOp nest, StringRef symbol, ArrayRef<Value> values, double &room) {
    auto input = cast<InputOp>(SymbolTable::lookupSymbolIn(program, symbol));
    int64_t domain = cast<ra::SymbolType>(input.getType()).getSize();
    double need = 0;
    for (Value v : values)
      need += static_cast<double>(domain) * bytesOf(v.getType());
    if (need > room) {
      declined += values.size();
      return;
    }
    room -= need;
    bytes += static_cast<uint64_t>(need);
    std::string order = ("symbols." + symbol).str();
    getOrAddOrder(program, order, OrderKind::Symbols, domain);
    Location loc = nest.getLoc();
    OpBuilder b = OpBuilder::atBlockEnd(&getFunc(program, "prepare").getBody().front());
    auto levels = LevelsOp::create(b, loc, order);
    b.setInsertionPointToStart(&levels.getBody().emplaceBlock());
    auto strips = StripsOp::create(b, loc, FlatSymbolRefAttr());
    b.setInsertionPointToStart(&strips.getBody().emplaceBlock());
    auto rows = RowsOp::create(b, loc, Domain::Rows, Mode::Unassigned);
    b.setInsertionPointToStart(&rows.getBody().front());
    auto kind = SpaceIndexType::get(b.getContext(), IndexKind::Symbol);
    Value at = IndexOp::create(b, loc, kind, StepAttr::get(b.getContext(), Step::Row), IntegerAttr(),
                               rows.getBody().getArgument(0));
    IRMapping map;
    for (SymbolOp read : nest.getBody().getOps<SymbolOp>())
      if (read.getInput() == symbol)
        map.map(read.getResult(), at);
    // All slices first: a value may need another one, which is about to be replaced.
    SmallVector<BufferOp> buffers;
    for (Value v : values) {
      buffers.push_back(
          addBuffer(program, "table", Space::Const, cast<RankedTensorType>(v.getType()), Storage::Const, domain));
      StoreOp::create(b, loc, cloneSlice(b, v, map), buffers.back().getSymName(), domain == 1 ? Value() : at);
    }
    for (auto [value, buffer] : llvm::zip(values, buffers)) {
      Value v = value;
      OpBuilder after(v.getContext());
      after.setInsertionPointAfterValue(v);
      Value row =
          IndexOp::create(after, loc, SpaceIndexType::get(b.getContext(), IndexKind::Row),
                          StepAttr::get(b.getContext(), Step::Row), IntegerAttr(), nest.getBody().getArgument(0));
      Value key = SymbolOp::create(after, loc, kind, FlatSymbolRefAttr::get(input), row);
      auto load = LoadOp::create(after, loc, v.getType(), buffer.getSymName(), domain == 1 ? Value() : key);
      load->setAttr("ra.stage", after.getStringAttr("node"));
      v.replaceAllUsesWith(load.getResult());
      ++tables;
    }
  }
};

} // namespace
