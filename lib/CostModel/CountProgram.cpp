#include "cortex/CostModel/CountProgram.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace cortex::cost {

static uint64_t elementsOf(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? static_cast<uint64_t>(tensor.getNumElements()) : 1;
}

static uint64_t bytesOf(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? elementsOf(type) * tensor.getElementTypeBitWidth() / 8 : 4;
}

/// Instructions for a vector of results, a division counted by its time (docs/Performance.md, "What was tried": sigmoid
/// is 14 instructions and a division, tanh 18 and one).
static uint64_t instructionsOf(Operation *op) {
  constexpr uint64_t kDivision = 10, kSigmoid = 14, kFunction = 18;
  if (isa<ra::SigmoidOp>(op))
    return kSigmoid + kDivision;
  if (isa<arith::DivFOp>(op))
    return kDivision;
  if (op->getDialect() && isa<math::MathDialect>(op->getDialect()))
    return kFunction + kDivision;
  return isa<arith::ArithDialect>(op->getDialect()) && !isa<arith::ConstantOp>(op);
}

/// What an edge list's edges are by their child.
static SmallVector<Domain, 2> domainsOf(ilir::Adjacency adjacency) {
  switch (adjacency) {
  case ilir::Adjacency::Children:
    return {Domain::Inner, Domain::Symbols};
  case ilir::Adjacency::Parents:
    return {Domain::Parents};
  case ilir::Adjacency::Nodes:
    return {Domain::Nodes};
  case ilir::Adjacency::Inner:
    return {Domain::Inner};
  case ilir::Adjacency::Symbols:
    return {Domain::Symbols};
  }
  llvm_unreachable("an adjacency that is none of these");
}

static SmallVector<Domain, 2> domainsOf(ilir::Domain domain) {
  switch (domain) {
  case ilir::Domain::Rows:
    return {Domain::Rows};
  case ilir::Domain::Children:
    return domainsOf(ilir::Adjacency::Children);
  case ilir::Domain::Parents:
    return domainsOf(ilir::Adjacency::Parents);
  case ilir::Domain::Nodes:
    return domainsOf(ilir::Adjacency::Nodes);
  case ilir::Domain::Inner:
    return domainsOf(ilir::Adjacency::Inner);
  case ilir::Domain::Symbols:
    return domainsOf(ilir::Adjacency::Symbols);
  case ilir::Domain::Once:
    return {};
  }
  llvm_unreachable("a domain that is none of these");
}

namespace {

class ProgramCounter {
public:
  explicit ProgramCounter(ilir::ProgramOp program) : program(program) {
    for (auto type : program.getBody().getOps<ilir::TypeOp>()) {
      typeNumbers[type.getSymName()] = static_cast<uint32_t>(symbolTypes.size());
      symbolTypes.push_back(type.getSymbol());
    }
    work.types = static_cast<uint32_t>(std::max<size_t>(symbolTypes.size(), 1));
    symbolTypes.resize(work.types);
  }

  Work count() {
    for (auto input : program.getBody().getOps<ilir::InputOp>())
      work.inputBytes += bytesOf(input.getType());
    for (auto buffer : program.getBody().getOps<ilir::BufferOp>())
      if (buffer.getSpace() == ilir::Space::Rows)
        work.stateBytes += bytesOf(buffer.getType());
      else if (isTable(buffer))
        work.tableBytes += bytesOf(buffer.getType()) * *buffer.getCount();
    auto run = cast<ilir::FuncOp>(SymbolTable::lookupSymbolIn(program, "run"));
    for (auto levels : run.getBody().getOps<ilir::LevelsOp>())
      countLevels(levels);
    return std::move(work);
  }

private:
  static bool isTable(ilir::BufferOp buffer) {
    return buffer.getSpace() == ilir::Space::Const && buffer.getCount() && !buffer.getPacked();
  }

  template <typename Decl> Decl find(FlatSymbolRefAttr name) const {
    return dyn_cast_or_null<Decl>(SymbolTable::lookupSymbolIn(program, name));
  }

  void countLevels(ilir::LevelsOp levels) {
    auto order = find<ilir::OrderOp>(levels.getOrderAttr());
    sweep = Sweep{order.getSymName().str(), static_cast<OrderKind>(order.getKind()), symbolTypes, 0, {}, {}, {}};
    // Of an order with one level, the barrier may stand behind the loop.
    const bool single = sweep.order != OrderKind::Up && sweep.order != OrderKind::Down;
    sweep.exchanges = static_cast<uint32_t>(llvm::range_size(levels.getBody().getOps<ilir::BarrierOp>())) +
                      (single && isa_and_nonnull<ilir::BarrierOp>(levels->getNextNode()));
    levels.walk([&](ilir::RowsOp nest) { countNest(nest); });
    work.sweeps.push_back(std::move(sweep));
  }

  void countNest(ilir::RowsOp nest) {
    auto strips = nest->getParentOfType<ilir::StripsOp>();
    uint32_t rows = classOfAll(work.types);
    if (strips.getType()) {
      const uint32_t type = typeNumbers.lookup(*strips.getType());
      rows = strips.getKind() ? classOf(work.types, type, static_cast<uint32_t>(*strips.getKind())) : type;
    }
    const bool whole = nest.getMode() == ilir::Mode::Whole;
    nest.walk([&](Operation *op) {
      auto edges = op->getParentOfType<ilir::EdgesOp>();
      for (Domain domain : edges ? domainsOf(edges.getAdjacency()) : domainsOf(nest.getDomain()))
        countOp(op, {rows, domain, 0}, whole);
    });
  }

  void countOp(Operation *op, const Where &where, bool whole) {
    if (auto product = dyn_cast<ilir::ProductOp>(op)) {
      uint64_t flops = 2 * elementsOf(product.getResult().getType());
      for (int64_t d : product.getKDims())
        flops *= static_cast<uint64_t>(cast<RankedTensorType>(product.getX().getType()).getDimSize(d));
      auto weights = find<ilir::BufferOp>(product.getWeightsAttr());
      // Rows of one kind of child and of the other meet the same weights.
      const bool first = where.domain != Domain::Symbols || !sameProduct(flops, where);
      sweep.products.push_back({where, flops, first ? bytesOf(weights.getType()) : 0,
                                product.getKey() ? weights.getCount().value_or(1) : 0});
    } else if (auto contract = dyn_cast<linalg::ContractOp>(op)) {
      uint64_t flops = 2;
      for (int64_t extent : contract.getStaticLoopRanges())
        flops *= static_cast<uint64_t>(extent);
      sweep.products.push_back({where, flops, 0, 0});
    } else if (auto load = dyn_cast<ilir::LoadOp>(op)) {
      countAccess(load.getBufferAttr(), load.getResult().getType(), where, whole);
    } else if (auto store = dyn_cast<ilir::StoreOp>(op)) {
      countAccess(store.getBufferAttr(), store.getValue().getType(), where, whole);
    } else if (op->getNumResults() == 1 && isa<RankedTensorType>(op->getResult(0).getType())) {
      if (const uint64_t instructions = instructionsOf(op))
        sweep.elementwise.push_back({where, instructions * elementsOf(op->getResult(0).getType()), whole});
    }
  }

  /// Whether the product that was counted last is the same one, at inner children.
  bool sameProduct(uint64_t flops, const Where &where) const {
    return !sweep.products.empty() && sweep.products.back().where.domain == Domain::Inner &&
           sweep.products.back().where.type == where.type && sweep.products.back().flops == flops;
  }

  void countAccess(FlatSymbolRefAttr name, Type type, const Where &where, bool whole) {
    if (find<ilir::InputOp>(name)) {
      sweep.streams.push_back({where, Memory::Inputs, bytesOf(type), whole});
      return;
    }
    auto buffer = find<ilir::BufferOp>(name);
    if (buffer && (buffer.getSpace() == ilir::Space::Rows || isTable(buffer)))
      sweep.streams.push_back({where, isTable(buffer) ? Memory::Tables : Memory::States, bytesOf(type), whole});
  }

  ilir::ProgramOp program;
  llvm::StringMap<uint32_t> typeNumbers;
  std::vector<bool> symbolTypes;
  Work work;
  Sweep sweep; ///< the one at hand
};

} // namespace

Work countProgram(ilir::ProgramOp program) {
  return ProgramCounter(program).count();
}

} // namespace cortex::cost
