//===- LoopFaults.cpp - Faults in ilir, after its passes ------------------===//
#include "Faults.h"

#include "cortex/Dialect/ILIR/IR/ILIR.h"
#include "cortex/Dialect/ILIR/Transforms/Slices.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

namespace cortex::mutants {

namespace {

BufferOp bufferOf(Operation *access, FlatSymbolRefAttr name) {
  return dyn_cast_or_null<BufferOp>(lookupMemory(access, name));
}

/// Whether somebody may read what it exchanges before another barrier does it. Those of
/// prepare stand after every nest, needed or not, and are only counted where a pack comes next.
bool isNeeded(BarrierOp barrier) {
  if (barrier->getParentOfType<FuncOp>().getSymName() == "run")
    return true;
  auto pack = dyn_cast_or_null<PackOp>(barrier->getNextNode());
  return pack && llvm::is_contained(barrier.getExchanges(), pack.getSourceAttr());
}

void exchangeRemoved(ModuleOp module, Sites &sites) {
  module.walk([&](BarrierOp barrier) {
    if (isNeeded(barrier))
      sites.push_back({describe(barrier), [=]() mutable { barrier.erase(); }});
  });
}

/// A level's last barrier also names temporaries that an earlier one has exchanged.
bool isExchangedBefore(BarrierOp barrier, Attribute buffer) {
  for (Operation *op = barrier->getPrevNode(); op; op = op->getPrevNode())
    if (auto earlier = dyn_cast<BarrierOp>(op); earlier && llvm::is_contained(earlier.getExchanges(), buffer))
      return true;
  return false;
}

void exchangeForgetsBuffer(ModuleOp module, Sites &sites) {
  module.walk([&](BarrierOp barrier) {
    if (!isNeeded(barrier) || barrier.getExchanges().size() < 2)
      return;
    for (Attribute buffer : barrier.getExchanges()) {
      if (isExchangedBefore(barrier, buffer))
        continue;
      SmallVector<Attribute> others;
      llvm::copy_if(barrier.getExchanges(), std::back_inserter(others), [&](Attribute a) { return a != buffer; });
      sites.push_back({describe(barrier),
                       [=]() mutable { barrier.setExchangesAttr(ArrayAttr::get(barrier.getContext(), others)); }});
    }
  });
}

void exchangedMadePrivate(ModuleOp module, Sites &sites) {
  module.walk([&](BufferOp buffer) {
    if (buffer.getStorage() == Storage::Exchanged)
      sites.push_back({describe(buffer), [=]() mutable { buffer.setStorage(Storage::Private); }});
  });
}

void modeSwapped(ModuleOp module, Sites &sites) {
  module.walk([&](RowsOp nest) {
    sites.push_back(
        {describe(nest), [=]() mutable { nest.setMode(nest.getMode() == Mode::Owned ? Mode::Whole : Mode::Owned); }});
  });
}

void levelTemporaryKeptForStrip(ModuleOp module, Sites &sites) {
  module.walk([&](BufferOp buffer) {
    Space space = buffer.getSpace();
    if (space == Space::LevelRows || space == Space::LevelEdges)
      sites.push_back({describe(buffer), [=]() mutable {
                         buffer.setSpace(space == Space::LevelRows ? Space::StripRows : Space::StripEdges);
                       }});
  });
}

bool reads(RowsOp nest, RowsOp writer) {
  bool found = false;
  for (StoreOp store : writer.getBody().getOps<StoreOp>())
    nest.walk([&](LoadOp load) { found |= load.getBuffer() == store.getBuffer(); });
  return found;
}

void nestsOutOfOrder(ModuleOp module, Sites &sites) {
  module.walk([&](RowsOp nest) {
    auto next = dyn_cast_or_null<RowsOp>(nest->getNextNode());
    if (next && isa<StripsOp>(nest->getParentOp()) && reads(next, nest))
      sites.push_back({describe(nest), [=] { next->moveBefore(nest); }});
  });
}

/// Whether anything that a nest stores is a state, or is loaded.
bool isUsed(RowsOp nest) {
  bool used = false;
  for (StoreOp store : nest.getBody().getOps<StoreOp>()) {
    BufferOp buffer = bufferOf(store, store.getBufferAttr());
    used |= !buffer.getOrder() && buffer.getSpace() != Space::Const;
    nest->getParentOfType<ProgramOp>().walk([&](LoadOp load) { used |= load.getBuffer() == store.getBuffer(); });
  }
  return used;
}

void nestLeftOut(ModuleOp module, Sites &sites) {
  module.walk([&](RowsOp nest) {
    if (isUsed(nest))
      sites.push_back({describe(nest), [=]() mutable { nest.erase(); }});
  });
}

void packLeftOut(ModuleOp module, Sites &sites) {
  module.walk([&](PackOp pack) { sites.push_back({describe(pack), [=]() mutable { pack.erase(); }}); });
}

void sweepsOutOfOrder(ModuleOp module, Sites &sites) {
  module.walk([&](FuncOp func) {
    SmallVector<LevelsOp> loops(func.getBody().getOps<LevelsOp>());
    for (size_t i = 0; i + 1 < loops.size(); ++i) {
      LevelsOp first = loops[i], second = loops[i + 1];
      bool depends = false;
      first.walk([&](RowsOp writer) { second.walk([&](RowsOp nest) { depends |= reads(nest, writer); }); });
      if (depends)
        sites.push_back({describe(second), [=] { second->moveBefore(first); }});
    }
  });
}

/// A child's number, where a nest uses that of another child as well.
void childIndexOffByOne(ModuleOp module, Sites &sites) {
  module.walk([&](RowsOp nest) {
    SmallVector<IndexOp> children;
    nest.walk([&](IndexOp index) {
      if (index.getStep() == Step::Child)
        children.push_back(index);
    });
    for (IndexOp index : children)
      for (IndexOp other : children)
        if (other.getNumber() != index.getNumber()) {
          int64_t number = *other.getNumber();
          sites.push_back({describe(index), [=]() mutable { index.setNumber(number); }});
          break;
        }
  });
}

/// The row itself, where a neighbour's is meant.
void ownRowForNeighbour(ModuleOp module, Sites &sites) {
  module.walk([&](IndexOp index) {
    if (index.getStep() != Step::Neighbour)
      return;
    auto edge = cast<BlockArgument>(index.getFrom());
    Operation *loop = edge.getOwner()->getParentOp();
    auto edges = dyn_cast<EdgesOp>(loop);
    Value position = edges ? Value(edges.getPosition()) : Value(cast<RowsOp>(loop).getBody().getArgument(1));
    // At a structure there is no row of its own.
    auto nest = edges ? edges->getParentOfType<RowsOp>() : cast<RowsOp>(loop);
    auto order = cast<OrderOp>(lookupMemory(nest, nest->getParentOfType<LevelsOp>().getOrderAttr()));
    if (order.getKind() == OrderKind::Structures)
      return;
    sites.push_back({describe(index), [=]() mutable {
                       OpBuilder b(index);
                       auto own =
                           IndexOp::create(b, index.getLoc(), index.getType(), Step::Row, IntegerAttr(), position);
                       index.getResult().replaceAllUsesWith(own);
                     }});
  });
}

bool areAlike(BufferOp a, BufferOp b) {
  return a != b && a.getSpace() == b.getSpace() && a.getType() == b.getType() && a.getCount() == b.getCount() &&
         a.getOrder() == b.getOrder() && a.getAdjacency() == b.getAdjacency() && a.getPacked() == b.getPacked();
}

/// Buffers that could be taken for `name`.
SmallVector<BufferOp> others(Operation *access, FlatSymbolRefAttr name) {
  SmallVector<BufferOp> found;
  if (BufferOp buffer = bufferOf(access, name))
    for (auto other : access->getParentOfType<ProgramOp>().getBody().getOps<BufferOp>())
      if (areAlike(buffer, other))
        found.push_back(other);
  return found;
}

void otherBufferLoaded(ModuleOp module, Sites &sites) {
  module.walk([&](LoadOp load) {
    BufferOp own = bufferOf(load, load.getBufferAttr());
    if (!own || own.getInPrepare() || !isUsed(load->getParentOfType<RowsOp>()))
      return;
    for (BufferOp other : others(load, load.getBufferAttr()))
      sites.push_back(
          {describe(load) + " of " + other.getSymName().str(), [=]() mutable { load.setBuffer(other.getSymName()); }});
  });
}

void storesSwapped(ModuleOp module, Sites &sites) {
  module.walk([&](RowsOp nest) {
    SmallVector<StoreOp> stores(nest.getBody().getOps<StoreOp>());
    for (size_t i = 0; i + 1 < stores.size(); ++i) {
      StoreOp a = stores[i], b = stores[i + 1];
      if (a.getValue() != b.getValue() && a.getValue().getType() == b.getValue().getType())
        sites.push_back({describe(a), [=]() mutable {
                           Value first = a.getValue();
                           a.getValueMutable().assign(b.getValue());
                           b.getValueMutable().assign(first);
                         }});
    }
  });
}

void otherWeights(ModuleOp module, Sites &sites) {
  module.walk([&](ProductOp product) {
    for (BufferOp other : others(product, product.getWeightsAttr()))
      sites.push_back({describe(product) + " by " + other.getSymName().str(),
                       [=]() mutable { product.setWeights(other.getSymName()); }});
  });
}

void packTransposed(ModuleOp module, Sites &sites) {
  module.walk([&](PackOp pack) {
    ArrayRef<int64_t> k = pack.getKDims();
    auto shape = getItemType(lookupMemory(pack, pack.getSourceAttr())).getShape();
    if (k.size() != 1 || shape[k[0]] != shape[pack.getUnitDim()])
      return;
    sites.push_back({describe(pack), [=]() mutable {
                       int64_t unit = pack.getUnitDim();
                       pack.setUnitDim(pack.getKDims()[0]);
                       pack.setKDims({unit});
                     }});
  });
}

void chainCut(ModuleOp module, Sites &sites) {
  module.walk([&](ProductOp product) {
    if (product.getAcc())
      sites.push_back({describe(product), [=]() mutable { product.getAccMutable().clear(); }});
  });
}

/// The maximum that a softmax subtracts cancels out.
bool isMostOfScores(EdgesOp edges, unsigned i) {
  return edges.getCombiner(i) == ra::Combiner::Max && cast<RankedTensorType>(edges.getType(i)).getRank() == 0;
}

void edgesCombinedOtherwise(ModuleOp module, Sites &sites) {
  module.walk([&](EdgesOp edges) {
    if (!isUsed(edges->getParentOfType<RowsOp>()))
      return;
    for (unsigned i = 0; i < edges.getNumResults(); ++i) {
      if (edges.getResult(i).use_empty() || isMostOfScores(edges, i))
        continue;
      ra::Combiner c = edges.getCombiner(i), other = ra::Combiner::Prod;
      if (c == ra::Combiner::Max || c == ra::Combiner::Min)
        other = c == ra::Combiner::Max ? ra::Combiner::Min : ra::Combiner::Max;
      else if (c == ra::Combiner::Mean)
        other = ra::Combiner::Sum;
      else if (c == ra::Combiner::Prod)
        other = ra::Combiner::Sum;
      sites.push_back({describe(edges), [=]() mutable {
                         SmallVector<Attribute> all(edges.getCombiners().begin(), edges.getCombiners().end());
                         all[i] = ra::CombinerAttr::get(edges.getContext(), other);
                         edges.setCombinersAttr(ArrayAttr::get(edges.getContext(), all));
                       }});
    }
  });
}

void absentValueChanged(ModuleOp module, Sites &sites) {
  module.walk([&](LoadOp load) {
    if (!load.getOtherwise())
      return;
    sites.push_back({describe(load), [=]() mutable {
                       OpBuilder b(load);
                       auto type = cast<RankedTensorType>(load.getType());
                       auto value = DenseElementsAttr::get(type, b.getFloatAttr(type.getElementType(), 0.75));
                       load.getOtherwiseMutable().assign(arith::ConstantOp::create(b, load.getLoc(), value));
                     }});
  });
}

} // namespace

std::vector<Fault> loopFaults() {
  return {{"an exchange removed", exchangeRemoved},
          {"an exchange that forgets a buffer", exchangeForgetsBuffer},
          {"an exchanged buffer made private", exchangedMadePrivate},
          {"owned and whole taken for each other", modeSwapped},
          {"a level's temporary kept for a strip only", levelTemporaryKeptForStrip},
          {"two nests out of order", nestsOutOfOrder},
          {"a nest left out", nestLeftOut},
          {"a pack left out", packLeftOut},
          {"two sweeps out of order", sweepsOutOfOrder},
          {"a child's number off by one", childIndexOffByOne},
          {"the row itself for its neighbour", ownRowForNeighbour},
          {"another buffer loaded", otherBufferLoaded},
          {"two stores swapped", storesSwapped},
          {"a product by other weights", otherWeights},
          {"weights packed transposed", packTransposed},
          {"a chain of products cut", chainCut, {"Chain"}},
          {"edges combined otherwise", edgesCombinedOtherwise},
          {"another value where a neighbour is absent", absentValueChanged}};
}

} // namespace cortex::mutants
