//===- SplitNests.cpp - ilir-split-nests ----------------------------------===//
//
// A nest computes one shape, and pulls everything it needs from loads, through
// elementwise operations, at one panel of units at a time. What cannot be pulled
// that way, or would be pulled too often, becomes a temporary:
//
//   - results of products and of reductions over dimensions (but a product of states
//     whose only use is to be stored, or to be added to by another, is computed there);
//   - what a product reads: its operand must lie in memory;
//   - scalars (or lower ranks) that are broadcast, unless they are loads;
//   - values of the row that a reduction over edges captures;
//   - sources of shape changes that move units.
//
// Phases of the pass, per nest: walk the body in order; for each value that must
// be a temporary emit a nest that computes and stores it, over rows, or over
// edges if it stands in the region of a reduction; then one nest per shape of
// the original stores. Clones read temporaries by position (by edge).
//===----------------------------------------------------------------------===//
#include "cortex/Dialect/ILIR/Transforms/Passes.h"
#include "cortex/Dialect/ILIR/Transforms/Slices.h"
#include "cortex/Support/PassCount.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Iterators.h"
#include "llvm/ADT/StringMap.h"

namespace cortex {
#define GEN_PASS_DEF_ILIRSPLITNESTS
#include "cortex/Dialect/ILIR/Transforms/Passes.h.inc"
} // namespace cortex

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

namespace {

bool isPlainLoad(Value v) {
  auto load = v.getDefiningOp<LoadOp>();
  return load && !load.getOtherwise();
}

/// Whether an operation needs this operand in memory.
bool needsMemory(OpOperand &use) {
  Operation *op = use.getOwner();
  Value v = use.get();
  if (isa<ProductOp>(op))
    return use.getOperandNumber() == 0 && !isPlainLoad(v);
  if (isPlainLoad(v) || isLiteral(v))
    return false;
  if (auto contract = dyn_cast<linalg::ContractOp>(op))
    return use.getOperandNumber() < 2;
  if (auto broadcast = dyn_cast<linalg::BroadcastOp>(op))
    return use.getOperandNumber() == 0;
  if (isa<linalg::TransposeOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
    return use.getOperandNumber() == 0;
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    int64_t last = slice.getSourceType().getRank() - 1;
    return slice.getStaticOffsets()[last] != 0 ||
           slice.getStaticSizes()[last] != slice.getSourceType().getDimSize(last) || slice.getDroppedDims().test(last);
  }
  return false;
}

/// Whether a contraction can be computed where it is used, in tiles: by its only user, which
/// stores it, or continues its sums in another contraction.
bool isComputedInPlace(Value v) {
  if (!v.getDefiningOp<linalg::ContractOp>() || !v.hasOneUse())
    return false;
  OpOperand &use = *v.getUses().begin();
  if (use.getOwner()->getBlock() != v.getParentBlock())
    return false;
  return isa<StoreOp>(use.getOwner()) || (isa<linalg::ContractOp>(use.getOwner()) && use.getOperandNumber() == 2);
}

/// Whether a value is the result of an operator that is not the last of its nest: what becomes a temporary where
/// nothing is fused.
bool isBetweenOperators(Value v) {
  Operation *op = v.getDefiningOp();
  if (!op->hasTrait<OpTrait::Elementwise>() && !isa<EdgesOp>(op))
    return false;
  return !v.hasOneUse() || !isa<StoreOp>(*v.user_begin());
}

bool mustBeTemporary(Value v, Fusion fuse) {
  Operation *op = v.getDefiningOp();
  if (!op || !isa<RankedTensorType>(v.getType()) || isLiteral(v) || isMask(v) || isComputedInPlace(v))
    return false;
  if (isa<linalg::ContractOp, linalg::ReduceOp, ProductOp>(op) || (fuse == Fusion::None && isBetweenOperators(v)))
    return true;
  for (OpOperand &use : v.getUses()) {
    if (needsMemory(use))
      return true;
    // Captured by a reduction over edges.
    if (use.getOwner()->getBlock() != op->getBlock() && !isPlainLoad(v))
      return true;
  }
  return false;
}

/// Whether another product continues this one's chain, in place: nobody else may read its buffer.
bool isContinued(Value v) {
  return v.getDefiningOp<ProductOp>() && llvm::any_of(v.getUsers(), [&](Operation *user) {
           auto next = dyn_cast<ProductOp>(user);
           return next && next.getAcc() == v;
         });
}

/// Splits one unassigned nest.
class Splitter {
public:
  /// `fuse`: what is computed once, in prepare, is fused in any case: each nest there is followed by a barrier.
  Splitter(ProgramOp program, RowsOp nest, Fusion fuse, unsigned &shared)
      : program(program), nest(nest), b(nest), shared(shared), once(nest.getDomain() == Domain::Once),
        fuse(once ? Fusion::Elementwise : fuse) {}

  /// Returns the number of temporaries made.
  unsigned run() {
    for (Operation &op : nest.getBody().front()) {
      if (auto edges = dyn_cast<EdgesOp>(op))
        for (Operation &inner : edges.getBody().front())
          for (Value v : inner.getResults())
            if (mustBeTemporary(v, fuse))
              materialize(v, edges);
      for (Value v : op.getResults())
        if (mustBeTemporary(v, fuse))
          materialize(v, {});
    }
    SmallVector<std::pair<Type, SmallVector<StoreOp>>> groups;
    for (StoreOp store : nest.getBody().getOps<StoreOp>()) {
      Type type = store.getValue().getType();
      // A contraction's tiles are a nest of their own.
      bool alone = isComputedInPlace(store.getValue());
      auto it = llvm::find_if(groups, [&](auto &g) {
        return !alone && g.first == type && !isComputedInPlace(g.second.front().getValue());
      });
      if (it == groups.end())
        it = groups.insert(groups.end(), {type, {}});
      it->second.push_back(store);
    }
    for (auto &[type, stores] : groups) {
      RowsOp copy = RowsOp::create(b, nest.getLoc(), nest.getDomain(), Mode::Unassigned);
      OpBuilder inner = OpBuilder::atBlockEnd(&copy.getBody().front());
      IRMapping map = argumentMap(copy, {});
      for (StoreOp store : stores) {
        Value value = clone(inner, store.getValue(), map);
        Value index = store.getIndex() ? cloneSlice(inner, store.getIndex(), map) : Value();
        StoreOp::create(inner, store.getLoc(), value, store.getBuffer(), index);
      }
      sortStores(copy);
      eraseDead(copy);
    }
    nest.erase();
    eraseUnread();
    return numTemporaries;
  }

private:
  struct Temporary {
    BufferOp buffer;
    EdgesOp edges; // null: by row
  };

  IRMapping argumentMap(RowsOp copy, EdgesOp edges) {
    IRMapping map;
    if (once)
      return map;
    map.map(nest.getBody().getArgument(0), copy.getBody().getArguments().back());
    if (edges)
      map.map(edges.getEdge(), copy.getBody().getArgument(0));
    return map;
  }

  /// Stores after everything that is computed.
  static void sortStores(RowsOp copy) {
    Block &block = copy.getBody().front();
    for (StoreOp store : llvm::to_vector(block.getOps<StoreOp>()))
      store->moveBefore(&block, block.end());
  }

  Value clone(OpBuilder &inner, Value value, IRMapping &map, Value except = {}) {
    return cloneSlice(inner, value, map, [&](Value v, OpBuilder &at, IRMapping &m) -> Value {
      auto it = temporaries.find(v);
      if (it == temporaries.end() || v == except)
        return {};
      Value index;
      if (!once)
        index = it->second.edges ? m.lookup(it->second.edges.getEdge()) : m.lookup(nest.getBody().getArgument(0));
      return LoadOp::create(at, v.getLoc(), v.getType(), it->second.buffer.getSymName(), index);
    });
  }

  void materialize(Value v, EdgesOp edges) {
    Domain domain = edges ? domainOf(edges.getAdjacency()) : nest.getDomain();
    RowsOp copy = RowsOp::create(b, v.getLoc(), domain, Mode::Unassigned);
    OpBuilder inner = OpBuilder::atBlockEnd(&copy.getBody().front());
    IRMapping map = argumentMap(copy, edges);
    Value value = clone(inner, v, map, v);
    eraseDeadBut(copy, value);

    // Of equal computations only the first is kept.
    std::string text;
    llvm::raw_string_ostream os(text);
    for (Operation &op : copy.getBody().front())
      op.print(os, OpPrintingFlags().useLocalScope());
    os << static_cast<int>(domain) << cast<OpResult>(value).getResultNumber() << value.getType();
    bool overwritten = isContinued(v);
    if (auto it = known.find(text); it != known.end() && !overwritten) {
      temporaries[v] = {it->second, edges};
      copy.erase();
      ++shared;
      return;
    }

    BufferOp buffer;
    auto product = v.getDefiningOp<ProductOp>();
    if (product && product.getAcc()) { // continues the other product's chain, in place
      buffer = temporaries.lookup(product.getAcc()).buffer;
      assert(buffer && "a chain's start is a product");
    } else {
      auto type = cast<RankedTensorType>(v.getType());
      if (once) {
        buffer = addBuffer(program, "temp", Space::Const, type, Storage::Const);
        buffer.setInPrepare(true);
      } else {
        buffer = addBuffer(program, "temp", edges ? Space::LevelEdges : Space::LevelRows, type, Storage::Exchanged);
        buffer.setOrderAttr(nest->getParentOfType<LevelsOp>().getOrderAttr());
        if (edges)
          buffer.setAdjacencyAttr(edges.getAdjacencyAttr());
      }
      ++numTemporaries;
    }
    StoreOp::create(inner, v.getLoc(), value, buffer.getSymName(), once ? Value() : copy.getBody().getArgument(0));
    made.emplace_back(copy, buffer);
    temporaries[v] = {buffer, edges};
    if (!overwritten)
      known[text] = buffer;
  }

  /// Erases temporaries that nobody reads after all: a reduction over edges with several results is computed whole
  /// where one of them is needed, the others beside it.
  void eraseUnread() {
    for (auto &[copy, buffer] : llvm::reverse(made)) {
      if (llvm::any_of(copy->getBlock()->getOps<RowsOp>(), [&, name = buffer.getSymName()](RowsOp other) {
            return other
                .walk([&](LoadOp load) {
                  return load.getBuffer() == name ? WalkResult::interrupt() : WalkResult::advance();
                })
                .wasInterrupted();
          }))
        continue;
      copy.erase();
      if (SymbolTable::symbolKnownUseEmpty(buffer, program)) {
        buffer.erase();
        --numTemporaries;
      }
    }
  }

  /// Erases what `keep` does not need.
  static void eraseDeadBut(RowsOp copy, Value keep) {
    copy.walk<WalkOrder::PostOrder, ReverseIterator>([&](Operation *op) {
      if (isa_and_nonnull<RowsOp, EdgesOp>(op->getParentOp()) && !isa<YieldOp>(op) && op != keep.getDefiningOp() &&
          op->use_empty())
        op->erase();
    });
  }

  ProgramOp program;
  RowsOp nest;
  OpBuilder b;
  unsigned &shared;
  bool once;
  Fusion fuse;
  unsigned numTemporaries = 0;
  llvm::DenseMap<Value, Temporary> temporaries;
  SmallVector<std::pair<RowsOp, BufferOp>> made; ///< the nests that compute temporaries, in order
  llvm::StringMap<BufferOp> known;
};

struct ILIRSplitNests : cortex::impl::ILIRSplitNestsBase<ILIRSplitNests> {
  using Base::Base;
  uint64_t nests = 0, temporaries = 0, shared = 0; // reported as remarks
  void runOnOperation() override {
    nests = temporaries = shared = 0;
    ProgramOp program = getOperation();
    SmallVector<RowsOp> work;
    program.walk([&](RowsOp nest) {
      if (nest.getMode() == Mode::Unassigned)
        work.push_back(nest);
    });
    unsigned numShared = 0;
    for (RowsOp nest : work)
      temporaries += Splitter(program, nest, fuse, numShared).run();
    program.walk([&](RowsOp) { ++nests; });
    shared += numShared;
    PassCount(program, "ilir-split-nests", "nests") += nests;
    PassCount(program, "ilir-split-nests", "temporaries") += temporaries;
    PassCount(program, "ilir-split-nests", "shared temporaries") += shared;
  }
};

} // namespace
