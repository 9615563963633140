//===- HoistProducts.cpp - ilir-hoist-products ----------------------------===//
//
// The products of a sweep that do not depend on its own states are cloned, with
// what they need, into one loop over all rows before the sweep; the sweep loads
// their results by row.
//===----------------------------------------------------------------------===//
#include "cortex/Dialect/ILIR/Transforms/Passes.h"
#include "cortex/Dialect/ILIR/Transforms/Slices.h"
#include "cortex/Support/PassCount.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace cortex {
#define GEN_PASS_DEF_ILIRHOISTPRODUCTS
#include "cortex/Dialect/ILIR/Transforms/Passes.h.inc"
} // namespace cortex

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

namespace {

struct ILIRHoistProducts : cortex::impl::ILIRHoistProductsBase<ILIRHoistProducts> {
  uint64_t hoisted = 0; // reported as remarks
  void runOnOperation() override {
    hoisted = 0;
    ProgramOp program = getOperation();
    for (LevelsOp levels : llvm::to_vector(getFunc(program, "run").getBody().getOps<LevelsOp>())) {
      auto order = cast<OrderOp>(SymbolTable::lookupSymbolIn(program, levels.getOrderAttr()));
      if (order.getKind() == OrderKind::Up || order.getKind() == OrderKind::Down)
        hoistFrom(program, levels);
    }
    PassCount(program, "ilir-hoist-products", "products hoisted") += hoisted;
  }

  void hoistFrom(ProgramOp program, LevelsOp levels) {
    LevelsOp before; // made when there is something to hoist
    for (StripsOp strips : levels.getBody().getOps<StripsOp>())
      for (RowsOp nest : strips.getBody().getOps<RowsOp>()) {
        SmallVector<Value> values;
        for (auto contract : nest.getBody().getOps<linalg::ContractOp>()) {
          StringRef stage = getStage(contract.getResult(0));
          if (!stage.empty() && stage != "recursive" && stage != "constant" && !onlyFeeds(contract))
            values.push_back(contract.getResult(0));
        }
        // Where nothing is recursive there is nothing to wait for, and rows of a kind lie in few levels.
        if (values.empty() || (strips.getKind() && !isRecursive(nest)))
          continue;
        if (!before) {
          getOrAddOrder(program, "map", OrderKind::Map);
          OpBuilder b(levels);
          before = LevelsOp::create(b, levels.getLoc(), "map");
          before.getBody().emplaceBlock();
        }
        moveProducts(program, before, strips, nest, values);
      }
  }

  static bool isRecursive(RowsOp nest) {
    return llvm::any_of(nest.getBody().front(), [](Operation &op) {
      return op.getNumResults() > 0 && getStage(op.getResult(0)) == "recursive";
    });
  }

  /// Whether the product is the initial value of a product that is hoisted too (the next in a chain).
  static bool onlyFeeds(linalg::ContractOp contract) {
    if (!contract->hasOneUse())
      return false;
    auto next = dyn_cast<linalg::ContractOp>(*contract->user_begin());
    if (!next || next->getBlock() != contract->getBlock() || next.getOutputs()[0] != contract.getResult(0))
      return false;
    StringRef stage = getStage(next.getResult(0));
    return !stage.empty() && stage != "recursive" && stage != "constant";
  }

  void moveProducts(ProgramOp program, LevelsOp before, StripsOp strips, RowsOp nest, ArrayRef<Value> values) {
    Location loc = nest.getLoc();
    OpBuilder b = OpBuilder::atBlockEnd(&before.getBody().front());
    auto copy = StripsOp::create(b, loc, strips.getTypeAttr(), strips.getKindAttr());
    b.setInsertionPointToStart(&copy.getBody().emplaceBlock());
    auto rows = RowsOp::create(b, loc, Domain::Rows, Mode::Unassigned);
    b.setInsertionPointToStart(&rows.getBody().front());
    auto rowOf = [](OpBuilder &at, Value position) -> Value {
      return IndexOp::create(at, position.getLoc(), SpaceIndexType::get(at.getContext(), IndexKind::Row),
                             StepAttr::get(at.getContext(), Step::Row), IntegerAttr(), position);
    };
    Value row = rowOf(b, rows.getBody().getArgument(0));
    IRMapping map;
    map.map(nest.getBody().getArgument(0), rows.getBody().getArgument(0));
    // All are cloned before one is replaced: a product may need another's result, which no row has stored yet.
    for (Value v : values)
      cloneSlice(b, v, map);
    for (Value v : values) {
      auto type = cast<RankedTensorType>(v.getType());
      BufferOp buffer = addBuffer(program, "hoist", Space::Rows, type, Storage::Exchanged);
      StoreOp::create(b, loc, map.lookup(v), buffer.getSymName(), row);
      OpBuilder at(v.getDefiningOp());
      auto load = LoadOp::create(at, loc, type, buffer.getSymName(), rowOf(at, nest.getBody().getArgument(0)));
      load->setAttr("ra.stage", at.getStringAttr("node"));
      v.replaceAllUsesWith(load.getResult());
      ++hoisted;
    }
    eraseDead(nest);
  }
};

} // namespace
